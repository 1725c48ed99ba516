"""The last six sections of the course report: team, regions, rivals, process, cases, outlook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.errors import FunnelkitError
from funnelkit.measures.result import column_label
from funnelkit.page.parts import Heading, Sentence
from funnelkit.report.blocks import left_out, missing
from funnelkit.report.pages.sections import market, positions
from funnelkit.report.pages.sections.lessons_1_to_6 import leaks, told, two_years, watched
from funnelkit.report.pages.shown import drawn
from funnelkit.show.column import COUNT, DATE, SHARE, TEXT, Column, columns
from funnelkit.show.table import Table
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.report.pages.study.course import CourseStudy

#: Won and lost deals a score needs before it can learn.
LEAST_WON, LEAST_LOST = 50, 150
#: Months after which a seller is no longer new.
_NEW_MONTHS = 18
_ORDER = {"act": 0, "watch": 1, "as_expected": 2, "too_little_data": 3}


def team(report: CourseStudy) -> Iterator[Any]:
    """R7: sellers with their doubt, one focus each, new colleagues, what waits for whom."""
    p = report.pipeline
    p.need("owner", what="win_rate")
    yield from told(lambda: report.measure("win_rate", by="owner"))
    yield Sentence(say("coursereport.people"), "fk-callout")
    yield from _focus(report)
    yield from _newest(report)
    yield Heading(say("coursereport.waiting"))
    owners = report.loop.points_now().by_owner
    rows = [
        [r["owner"] if isinstance(r["owner"], str) else say("loop.no_owner"),
         r["deals"], r["act"], r["watch"]]
        for r in owners.to_dict("records")
    ]  # fmt: skip
    yield Sentence(report.loop.points_now().summary())
    if rows:
        heads = columns("coursereport.col_", owner=TEXT, deals=COUNT, act=COUNT, watch=COUNT)
        yield Table(heads, rows, say("coursereport.waiting_caption"))


def focus_of(report: CourseStudy) -> pd.DataFrame:
    """Return for every seller the step that stands out most, or the fact that none does."""
    from funnelkit.measures.diagnose import diagnose

    found = report.kept("diagnose", lambda: diagnose(report.pipeline))
    table: pd.DataFrame = found.table
    table = table[(table["column"] == "owner") & (table["kind"] == "step_rate")]
    order = table["verdict"].map(_ORDER)
    table = table.assign(order=order, gap=table["observed"] - table["expected"])
    table = table.sort_values(["order", "adjusted_p", "gap"], kind="stable")
    first = table.drop_duplicates("group").sort_values("group").reset_index(drop=True)
    return first.drop(columns=["order", "gap"])


def _focus(report: CourseStudy) -> Iterator[Any]:
    try:
        table = focus_of(report)
    except FunnelkitError as problem:
        yield left_out(problem)
        return
    label = report.pipeline.process.label
    rows = [
        [
            str(r["group"]), label(r["stage"]), r["observed"], r["expected"], r["n"],
            say(f"coursereport.focus_{r['verdict']}"),
        ]
        for r in table.to_dict("records")
    ]  # fmt: skip
    if rows:
        heads = columns("coursereport.col_", owner=TEXT, stage=TEXT, observed=SHARE,
                        expected=SHARE, n=COUNT, reading=TEXT)  # fmt: skip
        marks = ["verdict-bad" if v == "act" else "" for v in table["verdict"]]
        yield Table(heads, rows, say("coursereport.focus_caption"), marks)


def _newest(report: CourseStudy) -> Iterator[Any]:
    """Draw the ramp of the newest seller, where somebody is new."""
    from funnelkit.control import ramp_curve

    p = report.pipeline
    if "reps" not in p.tables:
        return
    reps = p.tables["reps"].to_pandas()
    reps["start_date"] = pd.to_datetime(reps["start_date"])
    since = pd.Timestamp(p.as_of) - pd.DateOffset(months=_NEW_MONTHS)
    owners = set(p.frame()["owner"].dropna())
    new = reps[(reps["start_date"] > since) & reps["name"].isin(owners)]
    if new.empty:
        yield Sentence(say("coursereport.nobody_new", months=_NEW_MONTHS), "fk-muted")
        return
    name = str(new.sort_values(["start_date", "name"]).iloc[-1]["name"])
    yield Heading(say("coursereport.ramp", name=name))
    yield from told(lambda: report.kept("ramp", lambda: ramp_curve(report.whole, name)))


def regions(report: CourseStudy) -> Iterator[Any]:
    """R8: potential and penetration, customers by value, the hours they take."""
    from funnelkit.planning import abc, service_hours

    plan = report.regional
    p = report.pipeline
    yield from told(lambda: plan.territories)
    try:
        yield market.allocation_table(plan)
    except FunnelkitError as problem:
        yield left_out(problem)
    p.need("account", what="abc")
    tiers: Any = report.kept("abc", lambda: abc(p))
    yield Sentence(tiers.summary())
    hours = report.kept(
        "hours",
        lambda: service_hours(tiers, market.visits_of(plan)),
    )
    yield Sentence(hours.summary())
    yield from told(lambda: report.kept("wallet", lambda: market.wallet_of(plan)))


def competition(report: CourseStudy) -> Iterator[Any]:
    """R9: what the largest open deals are worth pursuing, and the rivals over time."""
    plan = report.regional
    try:
        yield from positions.positions(plan)[:2]
    except FunnelkitError as problem:
        yield left_out(problem)
    yield Heading(say("coursereport.rivals"))
    yield from told(lambda: market.rivals_of(plan))


def followed(report: CourseStudy) -> Any:
    """Return which histories follow the sheet."""
    from funnelkit.control import conformance

    return report.kept("conformance", lambda: conformance(report.pipeline))


def process(report: CourseStudy) -> Iterator[Any]:
    """R10: does the work follow the sheet, by when what, which papers lack, which loops close."""
    from funnelkit.control import conformance, evidence_gaps, milestones

    p = report.pipeline
    yield from told(lambda: _by_region(report))
    middle = p.as_of.replace(year=p.as_of.year - 1) if p.as_of.month != 2 else p.as_of
    if middle != p.as_of and p.has("owner"):
        yield from told(
            lambda: report.kept("variation", lambda: conformance(p, before_after=middle)),
            chart=False,
        )
    last = dt.date(p.as_of.year, 12, 31)
    yield from told(lambda: report.kept("milestones", lambda: milestones(last, p)))
    yield from told(lambda: report.kept("evidence", lambda: evidence_gaps(p)), chart=False)
    yield Heading(say("coursereport.actions"))
    if not report.parameters["actions"]:
        yield Sentence(say("coursereport.no_log"), "fk-muted")
        return
    try:
        loop = report.loop.loop
    except FunnelkitError as problem:
        yield left_out(problem)
        return
    yield Sentence(loop.reviews.summary())
    yield Sentence(loop.closure.summary())


def _by_region(report: CourseStudy) -> Any:
    from funnelkit.control import conformance

    p = report.pipeline
    by = next((c for c in ("region", "owner", "source") if p.has(c)), None)
    return report.kept("conformance by", lambda: conformance(p, by=by))


def cases(report: CourseStudy) -> Iterator[Any]:
    """R11: the page nobody drew: every step watched month by month, and the cost of waiting."""
    from funnelkit.measures import drift

    p = report.pipeline
    rows: list[list[Any]] = []
    marks, first = [], None
    for of in ("win_rate", *p.process.open_ids):
        name = say("coursereport.whole_way") if of == "win_rate" else p.process.label(of)
        try:
            found = report.kept(f"drift {of}", lambda of=of: drift(p, of))  # type: ignore[misc]
        except FunnelkitError as problem:
            rows.append([name, missing(problem), None, None, None, None])
            marks.append("")
            continue
        drops = found.table[found.table["alarm"] == "drop"]
        if drops.empty:
            rows.append([name, say("coursereport.no_drop"), None, None, None, None])
            marks.append("")
            continue
        row = drops.iloc[0]
        if first is None or row["period"] < first[1]:
            first = (found, row["period"])
        rows.append([name, say("coursereport.drop"), row["changed_since"], row["period"],
                     row["usual_rate"], row["since_rate"]])  # fmt: skip
        marks.append("verdict-bad")
    heads = [
        *columns("coursereport.col_", step=TEXT, reading=TEXT, since=DATE, seen=DATE),
        *(Column(column_label(c, "diagnose"), SHARE, c) for c in ("usual_rate", "since_rate")),
    ]
    yield Table(heads, rows, say("coursereport.watch_caption"), marks)
    if first is not None and first[0].of != watched(report):  # that one stands in R6
        yield drawn(first[0])
    yield Heading(say("coursereport.against_past"))
    yield from leaks(report, "past")
    yield Sentence(say("coursereport.proof"), "fk-callout")


def outlook(report: CourseStudy) -> Iterator[Any]:
    """R12: two years side by side, whether a score could learn, and ninety days."""
    from funnelkit.measures import compare

    p = report.pipeline
    group = report.parameters["compare_by"]
    yield from told(
        lambda: report.kept("compare", lambda: compare(p, *two_years(report), group)), chart=False
    )
    p.need("outcome", what="R12")
    outcome = p.frame()["outcome"]
    won, lost = int((outcome == "won").sum()), int((outcome == "lost").sum())
    enough = "enough" if won >= LEAST_WON and lost >= LEAST_LOST else "few"
    yield Sentence(
        say(f"coursereport.score_{enough}", won=won, lost=lost, least_won=LEAST_WON,
            least_lost=LEAST_LOST)
    )  # fmt: skip
    yield Heading(say("coursereport.ninety"))
    yield _ninety_days(report)
    yield Sentence(say("coursereport.ninety_note"), "fk-muted")


def _ninety_days(report: CourseStudy) -> Table:
    """Return a plan to fill in: what to do by when, who does it, how one will know."""
    day = report.pipeline.as_of.date()
    try:
        steps = list(report.loop.steps["problem"])
    except FunnelkitError:
        steps = []
    what = [say(f"coursereport.day_{n}") for n in (30, 60, 90)]
    for k, step in enumerate(steps[:3]):
        what[k] += say("coursereport.day_step", step=step)
    rows = [
        [day + dt.timedelta(days=n), text, "", say(f"coursereport.measure_{n}")]
        for n, text in zip((30, 60, 90), what, strict=True)
    ]
    heads = columns("coursereport.col_", by=DATE, what=TEXT, who=TEXT, measured=TEXT)
    return Table(heads, rows, say("coursereport.ninety_caption"))
