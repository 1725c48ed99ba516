"""The sections that look ahead: what lies low, what moved, what comes, what needs somebody."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.page.parts import Sentence
from funnelkit.report.frame import listed
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.report.review import Review


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
    table = listed(found, rows, columns, say("report.findings_caption"), marks)
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
    return lead, *listed(found, found.table, columns, say("report.attention_caption"))


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
