"""The reverse funnel: from a target back to the deals that each stage needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from funnelkit.data.kept import kept
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.columns import ends
from funnelkit.measures.result import choose
from funnelkit.measures.scope import Scope
from funnelkit.measures.winning import single_currency
from funnelkit.planning.targets.basis import (
    ASSUMED,
    FloatArray,
    Plan,
    not_negative,
    positive,
    rate,
    round_up,
    same_keys,
)
from funnelkit.planning.targets.lags import StageLags, stage_lags
from funnelkit.process import Process, load_process
from funnelkit.show.column import COUNT
from funnelkit.stats import product_interval
from funnelkit.words import say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

ROUNDINGS = ("up_once", "up_each", "none")


@dataclass(frozen=True, eq=False, repr=False)
class ReverseFunnel(Plan):
    """How many deals each stage needs for the target."""

    name: ClassVar[str] = "reverse"
    units: ClassVar = ends(COUNT)

    @property
    def needed(self) -> dict[str, float]:
        """Deals needed by stage; the last one is the won deals."""
        return dict(zip(self.table["stage"], self.table["needed_deals"], strict=True))

    @property
    def definition(self) -> str:
        """How the numbers follow from each other, and the rounding rule."""
        said = dict(self.options)
        parts = [say("targets.reverse_definition"), say(f"targets.round_{said['round']}")]
        parts.append(say(f"targets.rates_from_{said['source']}"))
        return "\n".join(parts)

    def summary(self) -> str:
        """Name the target, the wins and what the first stage needs."""
        said, first, last = dict(self.options), self.table.iloc[0], self.table.iloc[-1]
        parts = [
            say(
                "targets.reverse_summary",
                target=said["target"],
                value=said["deal_value"],
                won=last["needed_deals"],
                n=first["needed_deals"],
                stage=self.process.label(first["stage"]),
            )
        ]
        if not np.isnan(first["low"]):
            parts.append(say("targets.reverse_range", low=first["low"], high=first["high"]))
        if said["source"] == "pipeline":
            parts.append(
                say(
                    "targets.reverse_in_place",
                    n=int(self.table["in_place_deals"].sum()),
                    amount=said["in_place"],
                    new=first["new_whenever_deals"],
                    stage=self.process.label(first["stage"]),
                )
            )
        return sentences(parts)

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the deals needed at each stage, with the interval where there is one."""
        from funnelkit.charts.bars import bars

        names = {"needed_deals": "n", "low": "low", "high": "high"}
        frame = self.table[list(names)].rename(columns=names)
        frame["label"] = [self.process.label(s) for s in self.table["stage"]]
        headings = [say("targets.column_needed_deals"), say("targets.interval")]
        return bars(frame, headings=headings, **self._around(ax, drawn=["needed_deals"]))


def reverse_funnel(
    target: float,
    deal_value: float | None = None,
    step_rates: Mapping[str, float] | Sequence[float] | None = None,
    p: Pipeline | None = None,
    *,
    round: str = "up_once",
    process: Process | str | None = None,
    booked: float = 0.0,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> ReverseFunnel:
    """Work back from a target to the deals needed at each stage.

    Parameters
    ----------
    target : float
        Amount to win.
    deal_value : float, optional
        Mean amount of a won deal; from the pipeline's won deals if not given.
    step_rates : mapping or sequence, optional
        From each open stage to the next, the last one to won. Without them: the pipeline's
        own (open deals censored), or, without a pipeline, the targets of the process sheet.
    p : Pipeline, optional
        Gives rates and value with their intervals, and what is already in place.
    round : {"up_once", "up_each", "none"}
        *up_once*: exact numbers all the way, each rounded up at the end. *up_each*: rounded up
        at every step and carried on, which asks for too much.
    booked : float
        Already won towards the target.
    since, until : date, optional
        The past the rates come from: deals created in [since, until).

    Returns
    -------
    ReverseFunnel
        ``table``: ``stage, step_rate, needed_exact, needed_deals, low, high, in_place_deals,
        new_whenever_deals``. ``step_rate`` is the share that goes on from the stage; ``low``
        and ``high`` are the 95% interval of the number needed (delta method on the log
        scale, rates and value independent). ``new_whenever_deals`` is what is still
        needed when each open deal counts with its chance of being won, whenever that is; for a
        period see :attr:`TargetPlan.new_deals_in_period`.

    Raises
    ------
    FunnelkitError
        A target below 0, a value of 0, a rate that is 0, above 1 or missing.

    Examples
    --------
    >>> plan = reverse_funnel(60e6, 400_000, [0.55, 0.40, 0.50, 0.60, 0.55])
    >>> [int(n) for n in plan.table["needed_deals"]]
    [4133, 2273, 910, 455, 273, 150]
    """
    choose(round, ROUNDINGS, "round")
    goal = not_negative("target", target)
    goal_left = max(goal - not_negative("booked", booked), 0.0)
    sheet = p.process if p is not None else load_process(process)
    lags = stage_lags(p, since=since, until=until) if p is not None else None
    given = step_rates is not None
    rates = _rates(step_rates, lags, sheet)
    errors = {} if given or lags is None else _errors(lags)
    value, value_error = _value(deal_value, p, since, until)
    names, steps = list(rates), np.array(list(rates.values()))
    wins = goal_left / value
    to_win = np.append(np.cumprod(steps[::-1])[::-1], 1.0)
    exact = wins / to_win
    low, high = _interval(goal_left, rates, value, errors, value_error)
    in_place, worth = _in_place(p, names, to_win, value)
    table = pd.DataFrame(
        {
            "stage": [*names, sheet.funnel_ids[-1]],
            "step_rate": [*steps, np.nan],
            "needed_exact": exact,
            "needed_deals": _rounded(exact, steps, round),
            "low": low,
            "high": high,
        }
    )
    if p is not None:
        still = max(goal_left - worth, 0.0) / value / to_win
        table["in_place_deals"] = np.append(in_place, 0).astype("int64")
        table["new_whenever_deals"] = _rounded(still, steps, round)
    source = "given" if given else "pipeline" if p is not None else "sheet"
    scope: Scope = lags.scope if lags is not None else ASSUMED
    options = (
        ("target", goal), ("booked", booked), ("deal_value", value), ("round", round),
        ("source", source), ("in_place", worth),
    )  # fmt: skip
    return ReverseFunnel(table, scope, sheet, (), options, p is not None and p.synthetic)


def _rates(
    given: Mapping[str, float] | Sequence[float] | None, lags: StageLags | None, sheet: Process
) -> dict[str, float]:
    stages = sheet.open_ids
    if given is None and lags is not None:
        found = dict(zip(lags.rates["stage"], lags.rates["step_rate"], strict=True))
    elif given is None:
        found = {s.id: s.target.step_rate for s in sheet.stages if s.id in stages}
        if missing := [s for s, r in found.items() if r is None]:
            raise FunnelkitError("targets.no_sheet_rate", missing=[sheet.label(s) for s in missing])
    elif isinstance(given, Mapping):
        same_keys("step_rates", given, dict.fromkeys(stages))
        found = {s: given[s] for s in stages}
    else:
        values = list(given)
        if len(values) != len(stages):
            raise FunnelkitError(
                "targets.rates_count", found=len(values), allowed=len(stages),
                stages=[sheet.label(s) for s in stages],
            )  # fmt: skip
        found = dict(zip(stages, values, strict=True))
    return {s: rate(sheet.label(s), r) for s, r in found.items()}


def _errors(lags: StageLags) -> dict[str, float]:
    return dict(zip(lags.rates["stage"], lags.rates["std_error"], strict=True))


@kept
def won_amounts(
    p: Pipeline, since: dt.date | str | None = None, until: dt.date | str | None = None
) -> FloatArray:
    """Return the amounts of the won deals created in [since, until), in one currency."""
    from funnelkit.measures.engine import deals_in, period

    p.need("amount", "outcome", what="plan_target")
    single_currency(p)
    deals = deals_in(p, *period(since, until))
    won = deals.filter((deals.outcome == "won") & deals.amount.notnull())
    amounts: FloatArray = won.order_by("deal_id").amount.to_pandas().to_numpy(dtype=float)
    return amounts


def _value(
    given: float | None,
    p: Pipeline | None,
    since: dt.date | str | None,
    until: dt.date | str | None,
) -> tuple[float, float]:
    """Return the mean amount of a won deal and its standard error."""
    if given is not None:
        return positive("deal_value", given), 0.0
    if p is None:
        raise FunnelkitError("targets.no_value")
    amounts = won_amounts(p, since, until)
    if amounts.size == 0:
        raise FunnelkitError("targets.no_won_amount")
    error = float(amounts.std(ddof=1) / np.sqrt(amounts.size)) if amounts.size > 1 else np.nan
    return positive("deal_value", float(amounts.mean())), error


def _rounded(exact: FloatArray, steps: FloatArray, rule: str) -> list[float]:
    if rule == "none":
        return [float(x) for x in exact]
    if rule == "up_once":
        return [round_up(x) for x in exact]
    needed = [round_up(float(exact[-1]))]
    for step in steps[::-1]:
        needed.append(round_up(needed[-1] / step))
    return [float(n) for n in needed[::-1]]


def _interval(
    goal: float,
    rates: Mapping[str, float],
    value: float,
    errors: Mapping[str, float],
    value_error: float,
) -> tuple[list[float], list[float]]:
    """Return the interval of the number needed at each stage and of the wins."""
    low, high, names = [], [], list(rates)
    known = bool(errors) or value_error > 0
    for k in range(len(names) + 1):
        part = {"value": value, **{n: rates[n] for n in names[k:]}}
        spread = {n: errors[n] for n in names[k:] if n in errors}
        found = product_interval(part, {"value": value_error, **spread}, dict.fromkeys(part, -1.0))
        low.append(goal * found.low if known else np.nan)
        high.append(goal * found.high if known else np.nan)
    return low, high


def _in_place(
    p: Pipeline | None, names: list[str], to_win: FloatArray, value: float
) -> tuple[FloatArray, float]:
    """Count the open deals by stage, and the amount they bring on average."""
    open_deals = np.zeros(len(names))
    if p is None:
        return open_deals, 0.0
    worth = 0.0
    for row in _open_by_stage(p).to_dict("records"):
        if row["stage"] in names:
            k = names.index(row["stage"])
            open_deals[k] = row["n"]
            # without an amount of its own a deal counts with the mean one
            worth += float(to_win[k]) * (row["amount"] + (row["n"] - row["known"]) * value)
    return open_deals, worth


@kept
def _open_by_stage(p: Pipeline) -> pd.DataFrame:
    deals = p.deals.filter(p.deals.outcome == "open")
    sums = {"n": deals.count(), "known": deals.amount.count(), "amount": deals.amount.sum()}
    found: pd.DataFrame = deals.group_by("stage").agg(**sums).to_pandas().fillna(0)
    return found


@dataclass(frozen=True, eq=False, repr=False)
class RoundingRules(Plan):
    """The same target under every rounding rule and its usual slips."""

    name: ClassVar[str] = "rounding_rules"

    def summary(self) -> str:
        """Say how far the rules lie apart at the first stage."""
        first = self.table.iloc[0]
        return say(
            "targets.rounding_rules_summary",
            stage=self.process.label(first["stage"]), once=first["up_once"],
            each=first["up_each"], nearest=first["nearest"],
        )  # fmt: skip


def rounding_rules(
    target: float,
    deal_value: float,
    step_rates: Mapping[str, float] | Sequence[float] | None = None,
    *,
    process: Process | str | None = None,
) -> RoundingRules:
    """Show what each way of rounding makes of the same reverse funnel.

    Returns
    -------
    RoundingRules
        ``table``: ``stage, exact, up_once, up_each, nearest``. Only *up_once* is enough and
        no more: *nearest* may fall short by a deal, *up_each* asks for deals nobody needs.

    Examples
    --------
    >>> rules = rounding_rules(60e6, 400_000, [0.55, 0.40, 0.50, 0.60, 0.55])
    >>> rules.table.loc[0, ["up_once", "up_each", "nearest"]].astype(int).tolist()
    [4133, 4137, 4132]
    """
    once = reverse_funnel(target, deal_value, step_rates, process=process)
    each = reverse_funnel(target, deal_value, step_rates, process=process, round="up_each")
    exact = once.table["needed_exact"]
    table = pd.DataFrame(
        {
            "stage": once.table["stage"],
            "needed_exact": exact,
            "up_once": once.table["needed_deals"].astype("int64"),
            "up_each": each.table["needed_deals"].astype("int64"),
            "nearest": np.floor(exact + 0.5).astype("int64"),
        }
    )
    return RoundingRules(table, ASSUMED, once.process, (), once.options)


def explain_needed(answer: float, plan: ReverseFunnel, stage: str | None = None) -> str:
    """Say which slip an answer to "how many does the stage need?" comes from.

    Parameters
    ----------
    answer : float
        What somebody worked out.
    plan : ReverseFunnel
    stage : str, optional
        The first stage if not given.

    Returns
    -------
    str
        One of ``right, rounded_down, rounded_each, rate_skipped, rate_twice, multiplied,
        value_forgotten, other``, as a key; ``targets.slip_<key>`` is its text.

    Examples
    --------
    >>> plan = reverse_funnel(60e6, 400_000, [0.55, 0.40, 0.50, 0.60, 0.55])
    >>> [explain_needed(n, plan) for n in (4133, 4132, 4137, 2273)]
    ['right', 'rounded_down', 'rounded_each', 'rate_skipped']
    """
    stages = plan.table["stage"].tolist()
    k = 0 if stage is None else stages.index(stage)
    exact = plan.table["needed_exact"].to_numpy(dtype=float)
    steps = plan.table["step_rate"].to_numpy(dtype=float)[:-1]
    right = round_up(exact[k])

    def near(value: float) -> bool:
        return abs(answer - value) <= 1

    if answer == right:
        return "right"
    if answer == int(exact[k]):
        return "rounded_down"
    if answer == _rounded(exact, steps, "up_each")[k]:
        return "rounded_each"
    if any(near(exact[k] * r) for r in steps[k:]):
        return "rate_skipped"
    if any(near(exact[k] / r) for r in steps[k:]):
        return "rate_twice"
    if near(exact[-1] * float(np.prod(steps[k:]))):
        return "multiplied"
    if near(float(dict(plan.options)["target"]) / float(np.prod(steps[k:]))):
        return "value_forgotten"
    return "other"


__all__ = [
    "ROUNDINGS", "ReverseFunnel", "RoundingRules", "explain_needed", "reverse_funnel",
    "rounding_rules", "won_amounts",
]  # fmt: skip
