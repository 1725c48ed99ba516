"""A ledger as a source for :func:`funnelkit.read`."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

from funnelkit.data.pipeline import Pipeline

_MAGIC, _AT = b"DUCK", 8


def is_ledger(source: Any) -> bool:
    """Say whether a path names a DuckDB file, by its first bytes."""
    if not isinstance(source, str | Path):
        return False
    path = Path(source).expanduser()
    if not path.is_file():
        return False
    try:
        with path.open("rb") as handle:
            return handle.read(_AT + len(_MAGIC))[_AT:] == _MAGIC
    except OSError:
        return False  # the reader says why


def read_ledger(
    source: str | Path, as_of: dt.date | dt.datetime | str | None, name: str | None
) -> Pipeline:
    """Open a ledger, take its pipeline and shut it; others may look at the same time."""
    from funnelkit.data.ledger.book import Ledger

    with Ledger(Path(source).expanduser(), read_only=True) as ledger:
        found = ledger.pipeline()
    if name is not None:
        found = replace(found, name=name)
    return found if as_of is None else found.at(as_of)
