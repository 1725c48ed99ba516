"""The sections that look ahead: what lies low, what moved, what comes, what needs somebody."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from funnelkit.measures.fiscal import last_quarter, next_quarter
from funnelkit.page.parts import Sentence
from funnelkit.report.pages.frame import listed
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.report.pages.funnel_review import Review


def findings(review: Review) -> tuple[Any, ...]:
    """Return what lies below its expectation, with the family it was compared in."""
    from funnelkit.measures.diagnose import diagnose

    since, until = (review.period[k] for k in ("since", "until"))
    looks = review.parameters["looks"]
    found = diagnose(review.pipeline, since=since, until=until, looks=looks)
    rows = found.table[found.table["verdict"].isin(["act", "watch"])]
    lead = Sentence(found.summary())
    if rows.empty:
        return (lead,)
    columns = ("column", "group", "stage", "kind", "observed", "expected", "n",
               "amount_at_stake", "visible_since", "verdict")  # fmt: skip
    marks = [f"verdict-{'bad' if v == 'act' else 'same'}" for v in rows["verdict"]]
    table = listed(found, rows, columns, say("report.findings_caption"), marks)
    return lead, table, Sentence(say("report.findings_note"), "fk-muted")


def moved(review: Review) -> tuple[Any, ...]:
    """Return the waterfall of the last whole quarter."""
    from funnelkit.measures import movement

    p = review.pipeline
    start, end = last_quarter(p.as_of.date(), p.process.calendar)
    found = movement(p, start - dt.timedelta(days=1), end)
    lead = say("report.moved_period", since=start, until=end)
    return Sentence(lead), Sentence(found.summary()), found.plot()


def ahead(review: Review) -> tuple[Any, ...]:
    """Return the forecast to the end of the quarter that runs or begins."""
    from funnelkit.planning import forecast

    p = review.pipeline
    _, last = next_quarter(p.as_of.date(), p.process.calendar)
    found = forecast(p, last)
    return Sentence(found.summary()), found.plot(), found


def attention(review: Review) -> tuple[Any, ...]:
    """Return the open deals whose control points fired, by severity and money."""
    from funnelkit.control import checkpoints

    found = checkpoints(review.pipeline)
    lead = Sentence(found.summary())
    if found.table.empty:
        return (lead,)
    columns = ("deal_id", "owner", "stage", "severity", "reason", "action", "amount", "days")
    return lead, listed(found, found.table, columns, say("report.attention_caption"))
