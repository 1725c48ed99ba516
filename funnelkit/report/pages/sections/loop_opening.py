"""What a closed-loop review says first: its headline numbers and its opening sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from funnelkit.errors import FunnelkitError
from funnelkit.report.blocks import Fact, figure
from funnelkit.show.column import COUNT, SHARE
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.report.pages.study.loop import LoopStudy


def points_text(report: LoopStudy) -> str:
    """Say how many control points fired then and fire now, and what became of them."""
    total = report.moved_points.drop(columns="owner").sum()
    said = {name: int(total[name]) for name in total.index}
    return say("loop.points_lead", day=report.last_review, **said)


def late_text(report: LoopStudy) -> str:
    """Say how many dated open deals keep their milestone."""
    _, table, _ = report.milestones_kept
    late = table[table["late_days"] > 0]
    if table.empty:
        return say("loop.no_dates")
    whole = table["amount"].sum()
    return say(
        "loop.milestones_lead", n=len(table), late=len(late), share=1 - len(late) / len(table),
        worth=say("loop.milestones_worth", money=late["amount"].sum(), whole=whole)
        if whole else "",
    )  # fmt: skip


def verdicts(report: LoopStudy) -> Iterator[str]:
    """Yield what the open actions came to."""
    yield report.loop.reviews.summary()


def closing(report: LoopStudy) -> Iterator[str]:
    """Yield how many loops were closed."""
    if not isinstance(report._loop, FunnelkitError):
        yield report.loop.closure.summary()


def points(report: LoopStudy) -> Iterator[str]:
    """Yield what became of the control points."""
    yield points_text(report)


def late(report: LoopStudy) -> Iterator[str]:
    """Yield how many deals keep their milestone."""
    yield late_text(report)


def next_(report: LoopStudy) -> Iterator[str]:
    """Yield the first thing to act on."""
    yield from report.steps["text"].head(1)


def _n_actions(report: LoopStudy) -> Fact:
    table = report.loop.actions
    open_ = int((table["state"] != "closed").sum())
    return figure(len(table), COUNT, note=say("loop.fact_open", n=open_))


def _closure(report: LoopStudy) -> Fact:
    row = report.loop.closure.table.iloc[0]
    note = say("loop.fact_due", closed=int(row["closed"]), due=int(row["due"]))
    return figure(row["rate"], SHARE, note=note)


def _worked(report: LoopStudy) -> Fact:
    verdicts = report.loop.actions["verdict"]
    n = int((verdicts == "worked").sum())
    told = int(verdicts.isin(["worked", "not_shown", "worse"]).sum())
    return figure(n, COUNT, note=say("loop.fact_told", n=told))


def _n_points(report: LoopStudy) -> Fact:
    total = report.moved_points[["then", "now"]].sum()
    return figure(int(total["now"]), COUNT, note=say("loop.fact_then", n=int(total["then"])))


def _on_time(report: LoopStudy) -> Fact:
    from funnelkit.stats import wilson

    _, table, _ = report.milestones_kept
    if table.empty:
        return figure(float("nan"), COUNT)
    n, kept = len(table), int((table["late_days"] <= 0).sum())
    low, high = (float(x) for x in wilson(kept, n))
    return figure(kept / n, SHARE, low=low, high=high)


FACTS = {
    "actions": _n_actions, "closure": _closure, "worked": _worked, "points": _n_points,
    "on_time": _on_time,
}  # fmt: skip
