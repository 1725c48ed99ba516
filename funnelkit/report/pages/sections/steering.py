"""The sections that look ahead: what lies low, what moved, what comes, what needs somebody."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from funnelkit.measures.fiscal import last_quarter, next_quarter
from funnelkit.page.parts import Sentence
from funnelkit.report.pages.sections.rows import waterfall_rows
from funnelkit.report.pages.sections.screen import open_there
from funnelkit.report.pages.sections.standing import forecast_of, planned
from funnelkit.report.pages.shown import MOST_ROWS, a_row_a_deal, listed
from funnelkit.words import date, say

if TYPE_CHECKING:
    from funnelkit.report.pages.study.base import Study


def findings(review: Study) -> tuple[Any, ...]:
    """Return what lies below its expectation, with the family it was compared in."""
    found = review.diagnosis()
    rows = found.table[found.table["verdict"].isin(["act", "watch"])]
    lead = Sentence(found.summary())
    if rows.empty:
        return (lead,)
    columns = ("column", "group", "stage", "kind", "observed", "expected", "n",
               "amount_at_stake", "visible_since", "verdict")  # fmt: skip
    marks = [f"verdict-{'bad' if v == 'act' else 'same'}" for v in rows["verdict"]]
    table = listed(found, rows, columns, say("report.findings_caption"), marks)
    shown = rows.head(MOST_ROWS).to_dict("records")
    table = replace(table, links=[open_there(review, found, row) for row in shown])
    return table, lead, Sentence(say("report.findings_note"), "fk-muted")


def moved(review: Study) -> tuple[Any, ...]:
    """Return the waterfall of the last whole quarter."""
    from funnelkit.measures import movement

    p = review.pipeline
    start, end = last_quarter(p.as_of.date(), p.process.calendar)
    before = start - dt.timedelta(days=1)
    found = review.kept(f"movement {before} {end}", lambda: movement(p, before, end))
    if not found.scope.used:
        return (Sentence(found.summary()),)
    lead = say("report.moved_period", since=start, until=end)
    first, last = (say("glance.open_on", day=date(day)) for day in (before, end))
    names = {k: say(f"glance.step_{k}") for k in ("increased", "decreased")}
    drawn = waterfall_rows(found, p.currency, (first, last), names, review.lists)
    return Sentence(found.summary(), "fk-deck"), Sentence(lead, "fk-muted"), drawn


def ahead(review: Study) -> tuple[Any, ...]:
    """Return the forecast to the end of the quarter that runs or begins."""
    p = review.pipeline
    first, last = next_quarter(p.as_of.date(), p.process.calendar)
    found = forecast_of(review, first, last)
    drawn = found.plot(plan=planned(review, first, last))
    return Sentence(found.summary(), "fk-deck"), drawn, found.shown()


def attention(review: Study) -> tuple[Any, ...]:
    """Return the open deals whose control points fired, by severity and money."""
    from funnelkit.control import checkpoints

    found = review.kept("checkpoints", lambda: checkpoints(review.pipeline))
    lead = Sentence(found.summary())
    if found.table.empty:
        return (lead,)
    columns = ("deal_id", "owner", "stage", "severity", "reason", "action", "amount", "days")
    caption = say("report.attention_caption")
    return lead, a_row_a_deal(found, found.table, columns, caption, lists=review.lists)
