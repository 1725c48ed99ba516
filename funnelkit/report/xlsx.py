"""Write a report as a workbook: its headline, its leading sentences, and every table, whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from funnelkit.report.blocks import Fact, headline_of
from funnelkit.report.contents import contents_of
from funnelkit.show.column import COUNT, TEXT, Quantity, columns
from funnelkit.show.table import Table
from funnelkit.show.workbook import Front, workbook
from funnelkit.words import say, speaking


def to_xlsx(notebook: Any, path: Path, *, title: str, lang: str, moment: str = "") -> None:
    """Write the tables of an executed notebook, none cut, numbers as numbers."""
    found, headline = contents_of(notebook), headline_of(notebook)
    with speaking(lang):
        front: list[Any] = [_facts(headline.facts)] if headline and headline.facts else []
        made = {"created": dt.datetime.fromisoformat(moment)} if moment else {}
        body = workbook(
            Front(say("report.sheet_summary"), title, [*front, *found.points]),
            found.sheets,
            properties={"title": title, "comments": "funnelkit", **made},
        )
    path.write_bytes(body)


def _facts(facts: Sequence[Fact]) -> Table:
    """Return the headline as a table: values in full, their ends, and what is said of them."""
    heads = columns("report.sheet_", figure=TEXT, value=COUNT, low=COUNT, high=COUNT, n=COUNT,
                    note=TEXT)  # fmt: skip
    rows = [
        (f.label, *(Quantity(v, f.unit) for v in (f.value, f.low, f.high)), f.n, f.note)
        for f in facts
    ]
    return Table(heads, rows)
