"""Target decomposition: by month, region and person; what must be where by when; what is short."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from funnelkit.apps.app import Answer, App
from funnelkit.apps.ranges import choice, round_step, slider
from funnelkit.data.kept import kept
from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.fiscal import span_of
from funnelkit.measures.result import column_label
from funnelkit.page.controls import Control, State
from funnelkit.page.parts import Heading, Part, Sentence
from funnelkit.planning import TargetPlan, plan_target
from funnelkit.show.column import COUNT, DATE, Column, Money
from funnelkit.show.table import Table
from funnelkit.words import date, say

#: The target tried first: what the past reaches with this chance.
_CHANCE = 0.5
_MOST_HIRES = 10
_RULES = ("joint", "flag", "ignore")


@dataclass(frozen=True, eq=False)
class Base:
    """A pipeline, the periods that can be planned and what each is likely to bring."""

    p: Pipeline
    ends: tuple[str, ...]
    likely: float
    most: float
    seasonal: bool


def prepare(p: Pipeline) -> Base:
    """Plan once, to see what the period is likely to bring."""
    ends = _ends(p)
    first = plan_target(p, 1.0, ends[-1])
    draws = pd.Series(first.outlook.draws)
    # what a period this long brings at most: as much as it does once in a hundred, twice over
    return Base(
        p, ends, float(draws.quantile(_CHANCE)), float(draws.quantile(0.99)),
        first.season is not None,
    )  # fmt: skip


def _ends(p: Pipeline) -> tuple[str, ...]:
    """Return the first days after this quarter, the next one, and twelve months."""
    tomorrow = pd.Timestamp(p.as_of).normalize() + pd.Timedelta(days=1)
    quarter = span_of(tomorrow, "quarter", p.process.calendar)
    days = [(quarter + k).start_time for k in (1, 2, 4)]
    return tuple(str(d.date()) for d in days)


def controls(base: Base) -> tuple[Control, ...]:
    """Return target, period, people and season; amounts range as the data do."""
    step = round_step(max(base.most, 1.0) / 40)
    start = max(round(base.likely / step), 1) * step
    last = dt.timedelta(days=1)
    ends = tuple((e, date(dt.date.fromisoformat(e) - last)) for e in base.ends)
    cuts = tuple((c, _called(c)) for c in ("month", *_groups(base.p)))
    found: list[Control] = [
        choice("targets", "until", ends, ends[-1][0]),
        slider("targets", "target", step, step * 80, step, start, "money"),
        choice("targets", "cut", cuts, "month"),
        slider("targets", "hires", 0, _MOST_HIRES, 1, 0, "count"),
        slider("targets", "begin", 1, 12, 1, 1, "count"),
        slider("targets", "ramp", 0, 12, 1, 4, "count"),
        slider("targets", "attainment", 0.5, 1.0, 0.05, 1.0, "share"),
    ]
    if base.seasonal:
        rules = tuple((r, say(f"app_targets.season_{r}")) for r in _RULES)
        start_rule = "joint" if base.p.process.currency == "CNY" else "ignore"
        found.append(choice("targets", "season", rules, start_rule))
    return tuple(found)


def _groups(p: Pipeline) -> list[str]:
    return [c for c in ("region", "owner") if p.has(c)]


@kept
def plan_of(base: Base, until: str, target: float, hires: int, begin: int, ramp: int,
            attainment: float, season: str | None) -> TargetPlan:  # fmt: skip
    """Return the plan of a state, as `plan_target` makes it."""
    months = _months(base, until)
    begin = min(begin, months)
    learning = tuple(k / ramp for k in range(ramp + 1)) if ramp else (1.0,)
    return plan_target(
        base.p, target, until, hires={begin: hires} if hires else (), ramp=learning,
        attainment=attainment, spring=season,
    )  # fmt: skip


def _months(base: Base, until: str) -> int:
    tomorrow = pd.Timestamp(base.p.as_of).normalize() + pd.Timedelta(days=1)
    return max(len(pd.period_range(tomorrow, pd.Timestamp(until), freq="M")) - 1, 1)


def answer(base: Base, state: State) -> Answer:
    """Say whether the plan closes, and what each month, region, person and stage has to bring."""
    plan = plan_of(
        base, str(state["until"]), float(state["target"]), int(state["hires"]),
        int(state["begin"]), int(state["ramp"]), float(state["attainment"]), state.get("season"),
    )  # fmt: skip
    by = plan.decomposition.margin(str(state["cut"]))
    parts: list[Part] = [
        Sentence(plan.summary(), "lead"),
        plan,
        Heading(say("app_targets.head_stages")),
        _by_stage(base, plan),
        Heading(say("app_targets.head_cut", cut=_called(str(state["cut"])))),
        _by_cut(str(state["cut"]), by),
    ]
    if plan.capacity is not None:
        parts += [Heading(say("app_targets.head_people")), Sentence(plan.capacity.summary())]
    parts += [
        Sentence(plan.season.summary() if plan.season else say("targets.note_no_season")),
        *(Sentence(text, "fk-muted") for text in (plan.definition, str(plan.scope)) if text),
    ]
    tables: dict[str, Table | pd.DataFrame] = {
        say("app_targets.sheet_checks"): plan.shown(),
        say("app_targets.sheet_parts"): plan.decomposition.table.rename(columns=column_label),
        say("app_targets.sheet_stages"): _calendar(base, plan),
    }
    asked = {"target": float(state["target"]), "plan_until": str(state["until"])}
    return Answer(tuple(parts), plan.plot, tables, ("regional-plan", asked))


def _calendar(base: Base, plan: TargetPlan) -> pd.DataFrame:
    """Return the entries needed by stage and month, one row a stage, as people read it."""
    wide = plan.calendar.pivot_table(
        index="stage", columns="month", values="needed_exact", sort=False
    )
    before = [c for c in wide.columns if c == "before"]
    wide = wide[[*before, *sorted(c for c in wide.columns if c != "before")]]
    wide = wide.rename(columns={"before": say("app_targets.before")})
    wide.insert(0, column_label("stage"), [base.p.process.label(str(s)) for s in wide.index])
    return wide.reset_index(drop=True).rename_axis(columns=None)


def _by_stage(base: Base, plan: TargetPlan) -> Table:
    """By when a deal has to be in each stage, and how many have to come there each month."""
    wide = _calendar(base, plan)
    dates = plan.dates.table.set_index("stage")
    needed = plan.stages.table.set_index("stage")
    stages = list(dict.fromkeys(plan.calendar["stage"]))
    rows = []
    for k, stage in enumerate(stages):
        numbers = wide.iloc[k, 1:]
        when = dates.loc[stage, "median_date"] if stage in dates.index else None
        there = needed.loc[stage, "in_place_deals"] if stage in needed.index else None
        rows.append(
            [base.p.process.label(stage), when, there, *numbers]
        )  # fmt: skip
    heads = [
        Column(column_label("stage")), Column(say("app_targets.by_when"), DATE),
        Column(say("app_targets.in_place"), COUNT),
        *(Column(str(month), COUNT) for month in wide.columns[1:]),
    ]  # fmt: skip
    return Table(heads, rows, say("app_targets.stages_caption"))


def _by_cut(cut: str, by: pd.DataFrame) -> Table:
    """Write whole amounts in full, so that anybody can add them up."""
    rows = [[str(r[cut]), r["amount"]] for r in by.to_dict("records")]
    rows.append([say("app_targets.sum"), by["amount"].sum()])
    heads = [Column(_called(cut)), Column(column_label("amount"), Money(whole=True))]
    return Table(heads, rows, say("app_targets.cut_caption"))


def _called(cut: str) -> str:
    return say(f"targets.by_{cut}")


APP = App("targets", prepare, controls, answer)
