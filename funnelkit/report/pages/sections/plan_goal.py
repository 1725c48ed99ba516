"""The target of a regional plan: how much, for whom, when, and where it does not close."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.measures.fiscal import name_of, said, span_of
from funnelkit.page.parts import Heading, Sentence
from funnelkit.process.model import Calendar
from funnelkit.report.blocks import Fact, figure
from funnelkit.report.pages.sections.rows import bar_rows
from funnelkit.report.pages.shown import drawn, listed
from funnelkit.show.column import COUNT, Column, Money
from funnelkit.show.table import Table
from funnelkit.words import number, say

if TYPE_CHECKING:
    from funnelkit.planning import TargetPlan
    from funnelkit.report.pages.study.regional import RegionalStudy

#: Columns of a table by territory that fit beside the months.
_MOST_COLUMNS = 7


def target(report: RegionalStudy) -> tuple[Any, ...]:
    """Return where the target comes from, and who has to win how much of it in which month."""
    goal, plan = report.goal, report.plan
    parts: list[Any] = [Sentence(goal_text(report)), Sentence(plan.levels.summary())]
    if goal.source != "given":
        parts.append(Sentence(say("regional.target_how"), "fk-callout"))
    parts.append(Heading(say("regional.by_month")))
    parts.append(Sentence(season_text(plan)))
    if plan.season is not None:
        parts.append(plan.season.plot())
    parts += tables(report)
    parts.append(Sentence(say("regional.sums_hold", unit=number(report.parameters["unit"]))))
    return tuple(parts)


def goal_text(report: RegionalStudy) -> str:
    """Say how much is aimed at, by when, and where the figure comes from."""
    goal = report.goal
    key = "regional.target_part" if report.subject else "regional.target_whole"
    last = goal.until - dt.timedelta(days=1)
    why = say(f"regional.target_{goal.source}", growth=report.parameters["growth"])
    return say(
        key, amount=goal.amount, whole=goal.whole, part=report.subject, since=goal.since,
        last=last, why=why,
    )  # fmt: skip


def season_text(plan: TargetPlan) -> str:
    """Say how the months are weighed, and what is done about the Spring Festival."""
    if plan.season is None:
        return say("targets.note_no_season")
    said = dict(plan.season.options)
    spring = say(f"targets.spring_{said['spring']}", year=said["for_year"])
    return " ".join([plan.season.summary(), spring])


def cells_of(report: RegionalStudy) -> pd.DataFrame:
    """Return the target by territory, person and month, one row a cell.

    Every territory's target is broken down by itself, so that the page of a territory and the
    page of all of them show the same amounts.
    """
    from funnelkit.planning import decompose

    found = report.plan.decomposition
    column = report.territory_column
    if column not in found.by:
        return found.table.drop(columns="exact_amount")
    inner = tuple(c for c in found.by if c not in (column, "month"))
    shared = report.allocation(report.goal.whole).table
    months = dict(found.table.groupby("month", sort=False)["exact_amount"].sum())
    parts = []
    for name, amount in zip(shared[report.territory], shared["allotted"], strict=True):
        own = found.table[found.table[column].astype(str) == str(name)]
        weights: dict[Any, Any] = {"month": months}
        if inner and own["exact_amount"].sum() > 0:
            sums = own.groupby(list(inner), sort=False)["exact_amount"].sum()
            key = inner if len(inner) > 1 else inner[0]
            weights = {key: dict(sums), **weights}
        table = decompose(amount, weights, unit=float(report.parameters["unit"])).table
        absent = {c: say("regional.nobody") for c in inner if c not in table}
        parts.append(table.drop(columns="exact_amount").assign(**{column: name}, **absent))
    cells = pd.concat(parts, ignore_index=True)
    return cells[[column, *inner, "month", "amount"]]


def tables(report: RegionalStudy) -> Iterator[Any]:
    """Print the target by month and territory, and by person and quarter; every sum is exact."""
    cells = cells_of(report)
    dims = [c for c in cells.columns if c not in ("month", "amount")]
    months = cells.groupby("month", sort=True)["amount"].sum()
    wide: Any = pd.DataFrame(index=months.index)
    names: list[Any] = []
    if dims and cells[dims[0]].nunique() <= _MOST_COLUMNS:
        wide = cells.pivot_table(index="month", columns=dims[0], values="amount", aggfunc="sum")
        names = list(wide.columns)
    rows = [
        [_month(str(m)), *(wide.loc[m, n] for n in names), total] for m, total in months.items()
    ]
    rows.append([say("regional.total"), *(wide[n].sum() for n in names), months.sum()])
    heads = _amounts(report, "month", names)
    marks = [""] * (len(rows) - 1) + ["fk-total"]
    caption = say("regional.month_caption", currency=report.currency)
    yield Table(heads, rows, caption, marks)
    if "owner" in dims and len(dims) > 1:
        yield _by_person(report, cells, dims)


def _by_person(report: RegionalStudy, frame: pd.DataFrame, dims: list[str]) -> Table:
    """Return one row a person: quarter by quarter, with the total."""
    calendar = report.pipeline.process.calendar
    frame = frame.assign(quarter=[_quarter(m, calendar) for m in frame["month"]])
    quarters = list(dict.fromkeys(frame["quarter"]))
    cells = frame.pivot_table(index=dims, columns="quarter", values="amount", aggfunc="sum")
    cells = cells[quarters].sort_index()
    rows = []
    for key, row in cells.iterrows():
        names: Any = key  # one level a dimension
        label = " · ".join(str(n) for n in reversed(tuple(names)))
        rows.append([label, *row, row.sum()])
    rows.append([say("regional.total"), *(cells[q].sum() for q in quarters),
                 cells.to_numpy().sum()])  # fmt: skip
    heads = _amounts(report, "person", quarters)
    marks = [""] * (len(rows) - 1) + ["fk-total"]
    caption = say("regional.person_caption", currency=report.currency)
    return Table(heads, rows, caption, marks)


def _amounts(report: RegionalStudy, first: str, names: Iterable[Any]) -> list[Column]:
    """Return the columns of a breakdown: what a row is, amounts in full, and their total."""
    unit = Money(currency=report.currency, whole=True)
    labels = [*map(str, names), say("regional.total")]
    return [Column(say(f"regional.col_{first}")), *(Column(label, unit) for label in labels)]


def _month(text: str) -> str:
    return say("regional.month", year=text[:4], month=int(text[5:7]))


def _quarter(text: str, calendar: Calendar) -> str:
    span = span_of(dt.date.fromisoformat(f"{text[:7]}-01"), "quarter", calendar)
    if calendar.fiscal_year_start != 1:
        return said(name_of(span, calendar))
    return say("regional.quarter", year=str(span.year), quarter=span.quarter)


def stages(report: RegionalStudy) -> tuple[Any, ...]:
    """Return what must be in which stage, and by when."""
    plan = report.plan
    found, dates, process = plan.stages, plan.dates, report.pipeline.process
    columns = ("stage", "step_rate", "needed_deals", "in_place_deals")
    table = listed(found, found.table, columns, say("regional.stages_caption"))
    latest = listed(dates, dates.table, list(dates.table.columns), say("regional.dates_caption"))
    wide = plan.calendar.pivot(index="month", columns="stage", values="needed_exact")
    names = [s for s in process.open_ids if s in wide]
    months = list(dict.fromkeys(plan.calendar["month"]))
    rows = [
        [say("regional.before") if m == "before" else _month(m),
         *(wide.loc[m, s] for s in names)]
        for m in months
    ]  # fmt: skip
    heads = [Column(say("regional.col_month"))]
    heads += [Column(process.label(s), COUNT, s) for s in names]
    flow = Table(heads, rows, say("regional.flow_caption"))
    return (
        Sentence(found.summary()), bar_rows(table, "needed_deals"), Sentence(dates.summary()),
        latest, flow,
        Sentence(say("regional.flow_note"), "fk-muted"),
    )  # fmt: skip


def closes(report: RegionalStudy) -> tuple[Any, ...]:
    """Return the checks of the plan: what is needed, what there is, what is short."""
    plan = report.plan
    marks = [_MARKS[v] for v in plan.table["verdict"]]
    columns = ("check", "needed_amount", "available_amount", "short_amount", "low", "high",
               "verdict")  # fmt: skip
    caption = say("regional.checks_caption")
    table = listed(plan, plan.table, columns, caption, marks)
    parts: list[Any] = [Sentence(plan.summary()), drawn(plan), table]
    parts += [Sentence(r.summary()) for r in (plan.coverage, plan.capacity) if r is not None]
    if plan.gap is not None:
        parts += [Heading(plan.gap.title), Sentence(plan.gap.summary()), drawn(plan.gap)]
    notes = [say(f"targets.note_{n}") for n in plan.notes if n != "no_season"]
    parts += [Sentence(note, "fk-muted") for note in notes]
    return tuple(parts)


_MARKS = {"short": "verdict-bad", "closes": "verdict-good", "unclear": "verdict-same"}


def target_fact(report: RegionalStudy) -> Fact:
    """The target and its last day."""
    goal = report.goal
    last = goal.until - dt.timedelta(days=1)
    note = say("regional.until", currency=report.currency, day=last)
    return figure(goal.amount, Money(currency=report.currency), note=note)
