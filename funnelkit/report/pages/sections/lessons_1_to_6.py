"""The first six sections of the course report, from what a funnel is to finding problems."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.errors import FunnelkitError
from funnelkit.measures.fiscal import last_quarter, next_quarter
from funnelkit.page.parts import Heading, Points, Sentence
from funnelkit.report.blocks import left_out
from funnelkit.report.pages.sections import plan_goal
from funnelkit.report.pages.shown import drawn, listed
from funnelkit.report.pages.study.next_steps import as_actions
from funnelkit.show.column import COUNT, SHARE, TEXT, Column, Days, columns
from funnelkit.show.table import Table
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.report.pages.study.course import CourseStudy


def told(make: Callable[[], Any], *, chart: bool = True) -> list[Any]:
    """Return a result's sentence with its chart or table, or why the data do not carry it."""
    try:
        found = make()
    except FunnelkitError as problem:
        return [left_out(problem)]
    parts: list[Any] = [Sentence(found.summary())]
    if not chart:
        return parts
    try:
        return [*parts, found.plot()]
    except FunnelkitError:  # a result without a picture
        return [*parts, listed(found, found.table, found.table.columns, found.title)]


def what_it_is(report: CourseStudy) -> Iterator[Any]:
    """R1: the funnel from raw history, and the pipeline of today beside it."""
    from funnelkit.measures import snapshot

    p = report.pipeline
    yield from told(lambda: report.measure("funnel"))
    yield Heading(say("coursereport.today"))
    yield from told(lambda: report.kept("snapshot", lambda: snapshot(p, p.as_of)))
    yield Sentence(say("coursereport.today_note"), "fk-muted")


def standards(report: CourseStudy) -> Iterator[Any]:
    """R2: the stage sheet, what the data are like, and what a stage is worth."""
    import funnelkit

    process = report.pipeline.process
    rows = []
    for stage in process.stages:
        goal = stage.target
        joined = [say("coursereport.semicolon").join(map(str, part)) or None
                  for part in (stage.exit, stage.evidence)]  # fmt: skip
        rows.append([process.label(stage.id), *joined, goal.step_rate, goal.median_days])
    heads = columns("coursereport.col_", stage=TEXT, exit=TEXT, evidence=TEXT, rate=SHARE,
                    days=Days(0, worded=True))  # fmt: skip
    yield Table(heads, rows, say("coursereport.sheet_caption", name=str(process.name)))
    yield Sentence(funnelkit.quality(report.pipeline).summary())
    yield from told(lambda: report.measure("stage_win_rate"))


def conversion(report: CourseStudy) -> Iterator[Any]:
    """R3: rates, counting rules, time in stage, cycle, velocity, a target from history."""
    from funnelkit.measures import trend

    yield from _rules(report)
    yield Points(tuple(report.measure(name).summary() for name in ("skips", "returns")))
    yield from told(lambda: report.measure("time_in_stage"))
    yield from told(lambda: report.measure("sales_cycle"), chart=False)
    yield from told(lambda: report.measure("velocity"), chart=False)
    stage = watched(report)
    yield Heading(say("coursereport.history_of", stage=report.pipeline.process.label(stage)))
    yield from told(
        lambda: report.kept(
            "trend", lambda: trend(report.pipeline, "step_rate", "quarter", stage=stage)
        )
    )


def _rules(report: CourseStudy) -> Iterator[Any]:
    """Print how many deals come to each stage under every counting rule."""
    found = report.measure("counting_rules")
    yield Sentence(found.summary())
    wide = found.table.pivot(index="rule", columns="stage", values="deals")
    stages = list(dict.fromkeys(found.table["stage"]))
    rules = list(dict.fromkeys(found.table["rule"]))
    rows = [[say(f"measures.rule_name_{r}"), *(wide.loc[r, s] for s in stages)] for r in rules]
    label = report.pipeline.process.label
    heads = [Column(say("coursereport.col_rule")), *(Column(label(s), COUNT, s) for s in stages)]
    yield Table(heads, rows, say("coursereport.rules_caption"))


def watched(report: CourseStudy) -> str:
    """Return the stage the lessons watch: the one before the last in which a deal can be."""
    ids = report.pipeline.process.open_ids
    return str(ids[max(0, len(ids) - 2)])


def targets(report: CourseStudy) -> Iterator[Any]:
    """R4: from a target back to leads, dates and months, and whether the plan closes."""
    regional = report.regional
    yield Sentence(plan_goal.goal_text(regional))
    plan = regional.plan
    yield from told(lambda: plan.stages)
    yield from told(lambda: plan.dates)
    yield Sentence(plan_goal.season_text(plan))
    yield next(plan_goal.tables(regional))
    yield from told(lambda: plan)
    yield Sentence(plan.levels.summary())


def coming(report: CourseStudy) -> Any:
    """Return the forecast to the end of the quarter that runs or begins."""
    from funnelkit.planning import forecast

    p = report.pipeline
    _, until = next_quarter(p.as_of.date(), p.process.calendar)
    return report.kept("forecast", lambda: forecast(p, until))


def forecasting(report: CourseStudy) -> Iterator[Any]:
    """R5: the range of the coming quarter, and how well every method did before."""
    from funnelkit.planning import backtest

    p = report.pipeline
    yield from told(lambda: coming(report))
    yield Heading(say("coursereport.methods"))
    try:
        past = report.kept("backtest", lambda: backtest(p))
    except FunnelkitError as problem:
        yield left_out(problem)
        return
    yield Sentence(past.summary())
    yield drawn(past)
    columns = ("method", "wape", "bias", "brier", "coverage", "verdict")
    caption = say("coursereport.methods_caption")
    yield listed(past, past.table, columns, caption)


def problems(report: CourseStudy) -> Iterator[Any]:
    """R6: what moved, what rings, where it leaks, since when, rate or mix."""
    from funnelkit.control import rule_quality
    from funnelkit.measures import compare, drift, movement

    p, stage = report.pipeline, watched(report)
    start, end = last_quarter(p.as_of.date(), p.process.calendar)
    yield from told(
        lambda: report.kept("movement", lambda: movement(p, start - dt.timedelta(days=1), end))
    )
    yield Heading(say("coursereport.alarms"))
    yield from _limits(report)
    yield from told(
        lambda: report.kept("rule", lambda: rule_quality(p, _rule(report), stage)), chart=False
    )
    yield Heading(say("coursereport.leak"))
    yield from leaks(report, "rest")
    yield from told(lambda: report.kept("drift", lambda: drift(p, stage)))
    group = report.parameters["compare_by"]
    yield Heading(say("coursereport.mix"))
    yield from told(lambda: report.kept("compare", lambda: compare(p, *two_years(report), group)))


def leaks(report: CourseStudy, against: str) -> Iterator[Any]:
    """Say what lies below the others, or below its own past, the most money first."""
    from funnelkit.measures.diagnose import diagnose

    key = "diagnose" if against == "rest" else f"diagnose {against}"
    try:
        found = report.kept(key, lambda: diagnose(report.pipeline, against=against))
    except FunnelkitError as problem:
        yield left_out(problem)
        return
    steps = as_actions(found, report.pipeline.process)
    if steps.empty:
        yield Sentence(say("loop.nothing_low"))
    else:
        yield Points(tuple(steps["text"]))
    if against == "rest":
        yield drawn(found)
        yield Sentence(say("report.findings_note"), "fk-muted")


def _limits(report: CourseStudy) -> Iterator[Any]:
    """Print from how many days on a deal is amber and red in each stage."""
    from funnelkit.control import ageing_limits

    label = report.pipeline.process.label
    try:
        report.pipeline.need("stage_history", what="ageing_limits")
        table = ageing_limits(report.pipeline)
    except FunnelkitError as problem:
        yield left_out(problem)
        return
    rows = [
        [label(r["stage"]), r["moved_on"], r["amber_days"], r["red_days"]]
        for r in table.to_dict("records")
    ]
    whole = Days(0, worded=True)
    heads = columns("coursereport.col_", stage=TEXT, moved_on=COUNT, amber=whole, red=whole)
    yield Table(heads, rows, say("coursereport.limits_caption"))


def _rule(report: CourseStudy) -> str:
    from funnelkit.control import ageing_limits

    report.pipeline.need("stage_history", what="ageing_limits")
    amber = ageing_limits(report.pipeline).set_index("stage")["amber_days"][watched(report)]
    return f"days_in_stage > {amber if amber == amber else 30:.0f}"


def two_years(report: CourseStudy) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the twelve months before the last twelve, and the last twelve, half-open."""
    end = pd.Timestamp(report.pipeline.as_of.date()) + pd.Timedelta(days=1)
    edges = [str((end - pd.DateOffset(months=m)).date()) for m in (24, 12, 0)]
    return (edges[0], edges[1]), (edges[1], edges[2])
