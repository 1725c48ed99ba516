"""The sections that look ahead: what lies low, what moved, what comes, what needs somebody."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.page.parts import Sentence, Table
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.measures import Result
    from funnelkit.report.review import Review

#: Rows of a list that fit on a page; the rest is counted.
_MOST_ROWS = 20
_TEXTS = {"verdict", "kind", "column", "group", "stage", "severity", "reason", "action", "owner"}


def findings(review: Review) -> tuple[Any, ...]:
    """Return what lies below its expectation, with the family it was compared in."""
    from funnelkit.measures.diagnose import diagnose

    since, until = (review.period[k] for k in ("since", "until"))
    found = diagnose(review.pipeline, since=since, until=until)
    rows = found.table[found.table["verdict"].isin(["act", "watch"])]
    lead = Sentence(found.summary())
    if rows.empty:
        return (lead,)
    columns = ("verdict", "column", "group", "stage", "kind", "observed", "expected", "n",
               "amount_at_stake", "visible_since")  # fmt: skip
    marks = [f"verdict-{'bad' if v == 'act' else 'same'}" for v in rows["verdict"]]
    table = _listed(found, rows, columns, say("report.findings_caption"), marks)
    return lead, *table, Sentence(say("report.findings_note"), "fk-muted")


def moved(review: Review) -> tuple[Any, ...]:
    """Return the waterfall of the last whole quarter."""
    from funnelkit.measures import movement

    start, end = last_quarter(review.pipeline.as_of.date())
    found = movement(review.pipeline, start - dt.timedelta(days=1), end)
    lead = say("report.moved_period", since=start, until=end)
    return Sentence(lead), Sentence(found.summary()), found.plot()


def ahead(review: Review) -> tuple[Any, ...]:
    """Return the forecast to the end of the quarter that runs or begins."""
    from funnelkit.planning import forecast

    _, last = last_quarter(review.pipeline.as_of.date())
    found = forecast(review.pipeline, (pd.Timestamp(last) + pd.offsets.QuarterEnd(1)).date())
    return Sentence(found.summary()), found.plot(), found


def attention(review: Review) -> tuple[Any, ...]:
    """Return the open deals whose control points fired, by severity and money."""
    from funnelkit.control import checkpoints

    found = checkpoints(review.pipeline)
    lead = Sentence(found.summary())
    if found.table.empty:
        return (lead,)
    columns = ("deal_id", "owner", "stage", "severity", "reason", "action", "amount", "days")
    return lead, *_listed(found, found.table, columns, say("report.attention_caption"))


def _listed(
    found: Result, rows: pd.DataFrame, columns: tuple[str, ...], caption: str,
    marks: list[str] | None = None,
) -> list[Any]:  # fmt: skip
    """Return the first rows as a table in the reader's words, and how many follow."""
    shown = found.shown().set_axis(found.table.columns, axis=1).loc[rows.index[:_MOST_ROWS]]
    heads = dict(zip(found.table.columns, found.shown().columns, strict=True))
    kept = [c for c in columns if c in rows]
    texts = frozenset(k for k, c in enumerate(kept) if c in _TEXTS)
    cells = [list(map(str, row)) for row in shown[kept].itertuples(index=False)]
    marked = (marks or [])[:_MOST_ROWS]
    parts: list[Any] = [Table([heads[c] for c in kept], cells, caption, texts, marked)]
    if len(rows) > _MOST_ROWS:
        parts.append(Sentence(say("report.list_rest", n=len(rows) - _MOST_ROWS), "fk-muted"))
    return parts


def last_quarter(day: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and last day of the last quarter that was over at the end of ``day``.

    Examples
    --------
    >>> [str(d) for d in last_quarter(dt.date(2026, 6, 30))]
    ['2026-04-01', '2026-06-30']
    >>> [str(d) for d in last_quarter(dt.date(2026, 5, 12))]
    ['2026-01-01', '2026-03-31']
    """
    quarter = (pd.Timestamp(day) + pd.Timedelta(days=1)).to_period("Q") - 1
    return quarter.start_time.date(), quarter.end_time.date()
