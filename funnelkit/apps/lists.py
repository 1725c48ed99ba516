"""Which deals are these? The list behind a number of an app, by ids, folded until it is asked for.

Names are personal: a list has none.  `Result.deals` gives whole lists with everything known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from funnelkit.data.kept import kept
from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.behind import ids_behind
from funnelkit.measures.result import Result
from funnelkit.page.parts import Folded, Part
from funnelkit.show.column import DATE, TEXT, Money, columns
from funnelkit.show.table import Table
from funnelkit.words import say

#: Rows of a list on the screen, the first of those given.
MOST = 20


def listed(p: Pipeline, title: str, ids: Sequence[str]) -> list[Part]:
    """Return a list of deals under its title and their number; nothing where there are none."""
    if not ids:
        return []
    facts = _facts(p)
    units: dict[str, Any] = {
        "deal_id": TEXT, "stage": TEXT, "outcome": TEXT, "amount": Money(currency=p.currency),
        "created_at": DATE, "closed_at": DATE,
    }  # fmt: skip
    shown = facts.reindex(list(ids[:MOST])).reset_index()
    names = [str(name) for name in shown]
    heads = columns("apps.list_", **{name: units[name] for name in names})
    rows = [
        [_told(p, name, value) for name, value in zip(names, row, strict=True)]
        for row in shown.itertuples(index=False)
    ]
    rows += [[None] * len(heads)] * (len(ids) - len(rows))  # counted, not shown
    text = say("apps.list_title", what=title, n=len(ids))
    return [Folded(text, Table(heads, rows, most=MOST))]


def behind(found: Result, title: str, column: str, **cell: Any) -> list[Part]:
    """Return the list behind a cell of a result, as :meth:`Result.deals` gives it."""
    p = found.scope.pipeline
    return [] if p is None else listed(p, title, ids_behind(found, column, **cell))


def counts(found: Result, title: str, rows: Sequence[tuple[str, dict[str, Any]]]) -> list[Part]:
    """Return the lists behind one column of a result, a row each, folded into one.

    Parameters
    ----------
    rows : sequence of (str, mapping)
        What a row is called, and what `ids_behind` takes to tell it from others.
    """
    lists = [part for name, cell in rows for part in behind(found, name, **cell)]
    return [Folded(title, Several(tuple(lists)))] if lists else []


class Several:
    """Parts one after the other."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self.parts = parts

    def __repr__(self) -> str:
        return "\n".join(map(repr, self.parts))

    def _repr_html_(self) -> str:
        return "".join(part._repr_html_() for part in self.parts)


@kept
def _facts(p: Pipeline) -> pd.DataFrame:
    """Return what a list says of each deal, by id."""
    names = ["stage", "outcome", "amount", "created_at", "closed_at"]
    given = [c for c in names if c == "outcome" or c in p.given]
    facts: pd.DataFrame = p.deals.select("deal_id", *given).to_pandas().set_index("deal_id")
    return facts


def _told(p: Pipeline, name: str, value: Any) -> Any:
    if value is None or value != value:
        return None
    if name == "stage":
        return p.process.label(value)
    return say(f"process.{value}") if name == "outcome" else value


__all__ = ["MOST", "behind", "counts", "listed"]
