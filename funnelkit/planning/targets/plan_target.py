"""A target for a period, joined: what has to be where by when, and where it does not close."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from funnelkit.data.kept import kept
from funnelkit.data.pipeline import Pipeline, start_of
from funnelkit.errors import FunnelkitError
from funnelkit.measures.columns import MONEY, ends
from funnelkit.planning.targets.basis import Plan, draw_steps, months_between, positive
from funnelkit.planning.targets.capacity import RAMP, Capacity
from funnelkit.planning.targets.coverage import Coverage
from funnelkit.planning.targets.decompose import Decomposition, decompose
from funnelkit.planning.targets.gap import GapTree
from funnelkit.planning.targets.lags import stage_lags
from funnelkit.planning.targets.leadtime import LeadDates, lead_dates
from funnelkit.planning.targets.levels import TargetLevels, chance_of, chance_text, target_levels
from funnelkit.planning.targets.outlook import Outlook, outlook
from funnelkit.planning.targets.plan_parts import (
    TOO_LATE,
    calendar_of,
    capacity_of,
    checks_of,
    coverage_of,
    dimensions,
    gap_of,
    groups_of,
    month_weights,
    next_day,
    scope_of,
    season_of,
    won_last_year,
)
from funnelkit.planning.targets.reverse import ReverseFunnel, reverse_funnel, won_amounts
from funnelkit.planning.targets.season import SeasonIndex
from funnelkit.words import say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

CHECKS = ("outlook", "volume", "time", "capacity", "coverage")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TargetPlan(Plan):
    """A target with all that follows from it.

    Attributes
    ----------
    stages : ReverseFunnel
        Deals each stage needs, what is in place, what is to be created.
    dates : LeadDates
        By when a deal must enter each stage to be won in time.
    calendar : DataFrame
        ``stage, month, needed_exact``: entries needed month by month; the month ``before`` is
        what should be in the pipeline already.
    decomposition : Decomposition
        The target by month, region and person.
    season : SeasonIndex or None
        None where the past is too short: months then weigh as their days do.
    outlook : Outlook
        What is booked, what the open deals and the usual pace of new ones bring.
    levels : TargetLevels
        Base, plan and stretch.
    capacity, coverage, gap
        None where the data lack what they need (``notes`` say so).
    notes : tuple of str
        Keys of what could not be worked out.
    """

    name: ClassVar[str] = "plan"
    units: ClassVar = ends(MONEY)

    stages: ReverseFunnel
    dates: LeadDates
    calendar: pd.DataFrame
    decomposition: Decomposition
    season: SeasonIndex | None
    outlook: Outlook
    levels: TargetLevels
    capacity: Capacity | None
    coverage: Coverage | None
    gap: GapTree | None
    notes: tuple[str, ...] = ()

    @property
    def definition(self) -> str:
        """How the plan is made, and what could not be worked out."""
        notes = [say(f"targets.note_{n}") for n in self.notes]
        return "\n".join([say("targets.plan_definition"), *notes])

    @property
    def new_deals_in_period(self) -> float:
        """Deals to create from now on so that enough of them are won inside the period.

        What booked and open deals leave over, divided by the mean amount, the share won in
        the end and the share of it that lands in time; infinite when none can any more.
        """
        o = self.outlook
        rest = max(float(self.option("target")) - o.booked - o.open_in_period, 0.0)
        if rest == 0:
            return 0.0
        return (
            float(np.ceil(rest / o.new_in_period * o.new_deals)) if o.new_in_period > 0 else np.inf
        )

    @property
    def closes(self) -> bool:
        """Whether no check is short."""
        return not (self.table["verdict"] == "short").any()

    def summary(self) -> str:
        """Say what is there, what is missing, and where the plan does not close."""
        said, o = dict(self.options), self.outlook
        short = [
            self.name_value("check", c)
            for c in self.table.loc[self.table["verdict"] == "short", "check"]
        ]
        parts = [
            say(
                "targets.plan_summary",
                target=said["target"], until=said["last_day"], booked=o.booked,
                open=o.open_in_period, new=o.new_in_period, expected=o.expected,
                chance=chance_text(said["chance"]),
            ),
            say("targets.plan_short", checks=short) if short
            else say("targets.plan_closes" if (self.table["verdict"] == "closes").all()
                     else "targets.plan_unclear"),
        ]  # fmt: skip
        if self.new_deals_in_period == 0:
            return sentences([*parts, say("targets.plan_no_new")])
        if o.inside < TOO_LATE:
            return sentences([*parts, say("targets.plan_too_late", share=o.inside)])
        parts.append(
            say(
                "targets.plan_create",
                n=self.new_deals_in_period,
                pace=o.new_deals,
                stage=self.process.label(self.stages.table["stage"].iloc[0]),
                by=self.dates.table["median_date"].iloc[0],
            )
        )
        return sentences(parts)

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the way from what is booked to the target."""
        o, target = self.outlook, self.option("target")
        rest = target - o.expected
        steps: list[tuple[Any, ...]] = [
            (say("targets.column_booked_amount"), o.booked, "total"),
            (say("targets.open_brings"), o.open_in_period, "change"),
            (say("targets.new_brings"), o.new_in_period, "change"),
        ]
        if abs(rest) > 1e-9 * target:
            name, colour = ("missing", "lost") if rest > 0 else ("ahead", "won")
            steps.append((say(f"targets.{name}"), rest, "change", colour))
        steps.append((say("targets.column_target_amount"), target, "total"))
        return draw_steps(self, ax, steps)


def plan_target(
    p: Pipeline,
    target: float,
    until: dt.date | str,
    since: dt.date | str | None = None,
    *,
    by: str | Sequence[str] | None = None,
    deal_value: float | None = None,
    step_rates: Mapping[str, float] | Sequence[float] | None = None,
    potential: Mapping[Any, float] | None = None,
    weight: float = 0.5,
    unit: float = 1.0,
    history_since: dt.date | str | None = None,
    spring: str | None = None,
    sellers: float | None = None,
    per_month: float | None = None,
    hires: Sequence[int] | Mapping[int, int] = (),
    ramp: Sequence[float] = RAMP,
    attainment: float = 1.0,
    forecast: Any = None,
    probabilities: Sequence[float] = (0.8, 0.5, 0.2),
    draws: int = 10_000,
    seed: int = 0,
) -> TargetPlan:
    """Turn a target for [since, until) into what has to be where by when.

    Parameters
    ----------
    p : Pipeline
        With a stage history and amounts.
    target : float
        Amount to win in the period.
    until : date
        End of the period, not included.
    since : date, optional
        Start of the period; the day after ``as_of`` if not given. What was won in it so far is
        booked.
    by : str or list of str, optional
        Dimensions beside the month; region and owner where the data have them.
    deal_value, step_rates : optional
        Planned figures in place of the pipeline's own.
    potential : mapping, optional
        Of the values of the first dimension, to be mixed with history at ``weight``.
    history_since : date, optional
        Rates, value and win rate from deals created (closed) since then; what booked, open and
        new deals bring in the period is the forecast's.
    spring : {"ignore", "joint", "flag"}, optional
        See :func:`season_index`; *joint* where the process counts in CNY.
    sellers, per_month, hires, ramp, attainment
        See :func:`capacity`; the first two from the last 12 months if not given.
    forecast : object with ``draws``, optional
        For the levels, in place of the simulation of the period; throughout where it tells its
        parts apart.

    Returns
    -------
    TargetPlan
        ``table``: ``check, needed_amount, available_amount, short_amount, low, high,
        verdict`` with one row a check; ``verdict`` is ``closes``, ``short`` or ``unclear`` (the
        interval of what is available holds the need).

    Raises
    ------
    FunnelkitError
        The period is over, the target is 0 or below, nothing was ever won.
    """
    goal = positive("target", target)
    start = start_of(since) if since is not None else next_day(p.as_of)
    end = start_of(until)
    if end <= p.as_of or end <= start:
        raise FunnelkitError("targets.period_over", until=end, as_of=p.as_of, since=start)
    p.need("amount", "outcome", "created_at", "closed_at", "stage_history", what="plan_target")
    notes: list[str] = []
    lags = stage_lags(p, since=history_since)
    amounts = won_amounts(p, history_since)
    first_look = reverse_funnel(goal, deal_value, step_rates, p, since=history_since)
    value = float(dict(first_look.options)["deal_value"])
    if amounts.size == 0:
        raise FunnelkitError("targets.no_won_amount")
    # whatever the plan hopes for, new deals at the usual pace bring the usual amount
    seen = _outlook(p, start, end, history_since, draws, seed, forecast)
    stages = reverse_funnel(
        goal, deal_value, step_rates, p, booked=seen.booked, since=history_since
    )
    months = months_between(start, end)
    season = season_of(p, spring, start.year, notes)
    weights = month_weights(months, start, end, season)
    groups = groups_of(p, by)
    decomposition = decompose(
        goal,
        dimensions(p, groups, weights, potential, weight, notes),
        unit=unit,
        process=p.process,
        scope=won_last_year(p),
        synthetic=p.synthetic,
    )
    to_win = max(goal - seen.booked, 0.0)
    load = capacity_of(
        p, to_win, months, start, end, sellers, per_month, hires, ramp, attainment, notes
    )
    cover = coverage_of(p, goal, start, end, history_since, notes)
    source = seen.total if forecast is None else forecast
    scope = scope_of(p, lags, start, end)
    levels = target_levels(
        source, probabilities, target=goal, process=p.process, scope=scope,
        synthetic=p.synthetic,
    )  # fmt: skip
    table = checks_of(goal, seen, lags, amounts, load, cover)
    gap = gap_of(p, goal, seen, lags, value, amounts, notes, scope)
    options = (
        ("target", goal),
        ("last_day", end - dt.timedelta(days=1)),
        ("chance", chance_of(source, goal)[0]),
    )
    return TargetPlan(
        table,
        scope,
        p.process,
        (),
        options,
        p.synthetic,
        stages=stages,
        dates=lead_dates(end - dt.timedelta(days=1), p),
        calendar=calendar_of(p, lags, to_win / value, months, weights, start, end),
        decomposition=decomposition,
        season=season,
        outlook=seen,
        levels=levels,
        capacity=load,
        coverage=cover,
        gap=gap,
        notes=tuple(dict.fromkeys(notes)),
    )


@kept
def _outlook(
    p: Pipeline,
    start: dt.datetime,
    end: dt.datetime,
    history_since: dt.date | str | None,
    draws: int,
    seed: int,
    forecast: Any = None,
) -> Outlook:
    """Say what the period will bring, and new deals whenever at the past's rates and amounts."""
    lags = stage_lags(p, since=history_since)
    amounts = won_amounts(p, history_since)
    return outlook(p, lags, start, end, amounts=amounts, forecast=forecast, draws=draws, seed=seed)


__all__ = ["CHECKS", "TargetPlan", "plan_target"]
