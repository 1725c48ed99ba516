"""The courses of single deals as a page carries them: each text stands once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from funnelkit.control import Checkpoints
from funnelkit.control.deal import deals_told
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError


def courses(p: Pipeline, numbers: Mapping[str, int], room: int, rung: Checkpoints | None) -> str:
    """Return what `funnelkit.deal` tells of these deals, as JSON no longer than ``room`` bytes.

    Returns
    -------
    str
        ``heads``: captions with their headings; ``texts``: every text once; ``deals``: by the
        number of the deal, the place of its sentence and its tables (place of the caption,
        rows of places of texts). The deals come in their order until the room is used up.
    """
    texts: dict[str, int] = {}
    heads: dict[tuple[str, ...], int] = {}
    deals: dict[int, Any] = {}
    used = 0
    try:
        for told in deals_told(p, list(numbers), rung):
            tables = []
            for table in told.tables():
                head = (table.caption, *(c.label for c in table.columns))
                rows = [[_place(texts, t) for t in row] for row in table.texts()]
                tables.append([heads.setdefault(head, len(heads)), rows])
            one = [_place(texts, told.summary()), tables]
            deals[numbers[told.facts["deal_id"]]] = one
            used += len(json.dumps(one, separators=(",", ":")))
            if used + sum(len(t.encode()) + 3 for t in texts) > room:
                break
    except FunnelkitError:  # no history, no course
        return ""
    found = {"heads": list(heads), "texts": list(texts), "deals": deals}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _place(texts: dict[str, int], text: str) -> int:
    return texts.setdefault(text, len(texts))
