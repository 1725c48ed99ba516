"""The parts of a target plan, each from the pipeline's own past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.data.kept import kept
from funnelkit.data.pipeline import NO_GROUP, Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.engine import group_columns, within
from funnelkit.measures.scope import Scope, make_scope
from funnelkit.planning.targets.basis import FloatArray, shares
from funnelkit.planning.targets.capacity import Capacity, capacity
from funnelkit.planning.targets.coverage import Coverage, pipeline_coverage
from funnelkit.planning.targets.decompose import blend
from funnelkit.planning.targets.gap import GapTree, gap_tree
from funnelkit.planning.targets.lags import StageLags
from funnelkit.planning.targets.outlook import Outlook
from funnelkit.planning.targets.season import SeasonIndex, season_index
from funnelkit.stats.checks import floats

# Below this share of new wins in time, creating more is no way to the target.
TOO_LATE = 0.05
_Z = 1.959963984540054
#: Months of the past year by which results are told apart.
_MONTHS = 12


@kept
def won_last_year(p: Pipeline) -> Scope:
    """The deals whose amounts are the weights of regions and persons."""
    since = p.as_of - dt.timedelta(days=365)
    won = p.deals.filter((p.deals.outcome == "won") & within(p.deals.closed_at, since, None))
    return make_scope(p, int(won.count().execute()), since=since)


def next_day(moment: dt.datetime) -> dt.datetime:
    """Return the first moment of the day after."""
    return dt.datetime.combine(moment.date() + dt.timedelta(days=1), dt.time.min)


def scope_of(p: Pipeline, lags: StageLags, start: dt.datetime, end: dt.datetime) -> Scope:
    """Return the deals behind the rates, and what they could not count."""
    own = list(lags.scope.left_out[len(p.left_out) :])
    return make_scope(p, lags.scope.used, own, start, end)


def season_of(p: Pipeline, spring: str | None, year: int, notes: list[str]) -> SeasonIndex | None:
    """Return the seasonal index, or None with a note where the past is too short for one."""
    rule = spring or ("joint" if p.process.currency == "CNY" else "ignore")
    try:
        return season_index(p, for_year=year, spring=rule, partial="drop")
    except FunnelkitError as error:
        if error.key not in ("targets.few_years", "targets.empty_year"):
            raise
        notes.append("no_season")
        return None


def parts_of(months: Sequence[str], start: dt.datetime, end: dt.datetime) -> FloatArray:
    """Return the part of each month that lies in [start, end)."""
    parts = []
    for month in months:
        first = dt.datetime.fromisoformat(f"{month}-01")
        after = (first + dt.timedelta(days=32)).replace(day=1)
        inside = min(end, after) - max(start, first)
        parts.append(max(inside / (after - first), 0.0))
    return np.array(parts)


def month_weights(
    months: Sequence[str], start: dt.datetime, end: dt.datetime, season: SeasonIndex | None
) -> dict[str, float]:
    """Return the weight of each month: its index times the part of it inside the period."""
    parts = parts_of(months, start, end)
    index = season.weights if season is not None else {}
    found = {m: float(x) * index.get(m[-2:], 1.0) for m, x in zip(months, parts, strict=True)}
    # a period in which the past never won anything: its months weigh as their days do
    return found if sum(found.values()) > 0 else dict(zip(months, parts.tolist(), strict=True))


def groups_of(p: Pipeline, by: str | Sequence[str] | None) -> list[str]:
    """Return the dimensions beside the month."""
    if by is None:
        return [c for c in ("region", "owner") if p.has(c)]
    return group_columns(p, by if isinstance(by, str) else list(by), "month")


def dimensions(
    p: Pipeline,
    groups: list[str],
    months: dict[str, float],
    potential: Mapping[Any, float] | None,
    weight: float,
    notes: list[str],
) -> dict[str | tuple[str, ...], Mapping[Any, float]]:
    """Return the weights: groups as they occur together, by won amount of the last year."""
    by_month: dict[str | tuple[str, ...], Mapping[Any, float]] = {"month": months}
    if not groups:
        return by_month
    found = _won_by(p, *groups).copy()
    found[["amount", "squares"]] = found[["amount", "squares"]].fillna(0.0)
    if not found["amount"].sum() > 0:
        notes.append("no_recent_wins")
        return by_month
    for column in groups:
        found[column] = found[column].astype("object").where(found[column].notna(), NO_GROUP)
    found = found.sort_values(groups)
    rows = {tuple(r[g] for g in groups): r for r in found.to_dict("records")}
    weights = {key: float(r["amount"]) for key, r in rows.items()}
    if "owner" in groups:
        squares = {key: float(r["squares"]) for key, r in rows.items()}
        weights = without_luck(weights, squares, groups.index("owner"))
    if potential is not None:
        past: dict[Any, float] = {}
        for key, amount in weights.items():
            past[key[0]] = past.get(key[0], 0.0) + amount
        mixed, own = blend(past, potential, weight), shares(groups[0], past)
        weights = {k: a * mixed[k[0]] / own[k[0]] if own[k[0]] else 0.0 for k, a in weights.items()}
    if len(groups) == 1:
        return {groups[0]: {k[0]: v for k, v in weights.items()}, **by_month}
    return {tuple(groups): weights, **by_month}


def without_luck(
    won: Mapping[tuple[Any, ...], float], squares: Mapping[tuple[Any, ...], float], person: int
) -> dict[tuple[Any, ...], float]:
    """Draw what each person won towards the mean of their territory: last year's luck is no quota.

    What somebody wins is a sum of few deals, whose variance is estimated by the sum of their
    squares. How far the persons of a territory differ beyond that is kept (James and Stein's
    estimator, each territory by itself, as on its own page); the sum of every territory stays.

    Examples
    --------
    >>> won = {("N", "Ann"): 90.0, ("N", "Bo"): 10.0}
    >>> without_luck(won, {("N", "Ann"): 1000.0, ("N", "Bo"): 600.0}, 1)
    {('N', 'Ann'): 80.0, ('N', 'Bo'): 20.0}
    """
    homes: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for key in won:
        homes.setdefault(key[:person] + key[person + 1 :], []).append(key)
    found: dict[tuple[Any, ...], float] = {}
    for keys in homes.values():
        own = np.array([won[key] for key in keys])
        spread = float(own.var(ddof=1)) if len(own) > 1 else 0.0
        chance = sum(squares[key] for key in keys) / len(keys)
        real = max(0.0, 1 - chance / spread) if spread > 0 else 0.0
        found |= zip(keys, (own.mean() + real * (own - own.mean())).tolist(), strict=True)
    return {key: found[key] for key in won}


@kept
def _won_by(p: Pipeline, *groups: str) -> pd.DataFrame:
    """Return the amounts won in the last year, by groups as they occur together."""
    since = p.as_of - dt.timedelta(days=365)
    won = p.deals.filter((p.deals.outcome == "won") & within(p.deals.closed_at, since, None))
    sums = {"amount": won.amount.sum(), "squares": (won.amount * won.amount).sum()}
    found: pd.DataFrame = won.group_by(list(groups)).agg(**sums).to_pandas()
    return found


def capacity_of(
    p: Pipeline,
    to_win: float,
    months: Sequence[str],
    start: dt.datetime,
    end: dt.datetime,
    sellers: float | None,
    per_month: float | None,
    hires: Sequence[int] | Mapping[int, int],
    ramp: Sequence[float],
    attainment: float,
    notes: list[str],
) -> Capacity | None:
    """Take sellers and what they bring a month from the last 12 months."""
    past = None
    if sellers is None or per_month is None:
        if not p.has("owner"):
            notes.append("no_owner")
            return None
        n, past = _productivity(p)
        each = float(past.mean()) if past.size else 0.0
        if n == 0 or not each > 0:
            notes.append("no_recent_wins")
            return None
        sellers = float(n) if sellers is None else sellers
        if per_month is not None:
            each, past = per_month, None
        per_month = each
    ahead = max(start, next_day(p.as_of))
    return capacity(
        sellers, per_month, hires=hires, ramp=ramp, attainment=attainment, target=to_win,
        months=len(months), labels=months, parts=list(parts_of(months, ahead, end)),
        past_months=None if past is None else past.tolist(), process=p.process,
        scope=make_scope(p, p.size), synthetic=p.synthetic,
    )  # fmt: skip


@kept
def _productivity(p: Pipeline) -> tuple[int, FloatArray]:
    """Return the sellers active in the last 90 days, and won amount per seller, month by month.

    Months are twelfths of the last year, so that none is cut.
    """
    deals = p.deals.filter(p.deals.owner.notnull())
    last = p.as_of - dt.timedelta(days=90)
    active = deals.filter(
        within(deals.created_at, last, None)
        | within(deals.closed_at, last, None)
        | (deals.outcome == "open")
    )
    n = int(active.owner.nunique().execute())
    year = dt.timedelta(days=365)
    since = p.as_of - year
    won = deals.filter((deals.outcome == "won") & within(deals.closed_at, since, None))
    found = won.select("owner", "amount", "closed_at").to_pandas()
    known = deals.filter(within(deals.created_at, since, None)).select("owner").distinct()
    everyone = set(known.to_pandas()["owner"]) | set(found["owner"])
    if not everyone:
        return n, np.zeros(0)
    month = ((found["closed_at"] - pd.Timestamp(since)) / (year / _MONTHS)).astype(int)
    amounts = np.bincount(
        month.clip(0, _MONTHS - 1), found["amount"].fillna(0.0).to_numpy(float), _MONTHS
    )
    return n, floats(amounts / len(everyone))


def coverage_of(
    p: Pipeline,
    goal: float,
    start: dt.datetime,
    end: dt.datetime,
    since: dt.date | str | None,
    notes: list[str],
) -> Coverage | None:
    """Return the coverage of the period, or None with a note where nothing has a close date."""
    if not p.has("expected_close"):
        notes.append("no_close_dates")
        return None
    return pipeline_coverage(p, goal, start, end, history_since=since)


def checks_of(
    goal: float,
    seen: Outlook,
    lags: StageLags,
    amounts: FloatArray,
    load: Capacity | None,
    cover: Coverage | None,
) -> pd.DataFrame:
    """One row a check: what is needed, what there is, and whether it is enough.

    The intervals are those of one period's result: how many new deals are won and what each
    brings is chance too, beside the uncertainty of the rates.
    """
    to_win = max(goal - seen.booked, 0.0)
    from_new = max(to_win - seen.open_in_period, 0.0)
    rates = lags.rates
    error = np.sqrt(float(((rates["std_error"] / rates["step_rate"]) ** 2).sum()))
    low, high = seen.interval
    rows = [("outlook", goal, seen.expected, low, high)]
    size = float((amounts**2).mean() / amounts.mean())
    for check, there in (("volume", seen.new_whenever), ("time", seen.new_in_period)):
        # what open deals leave over is as uncertain as what new ones bring
        half = _Z * np.sqrt((there * error) ** 2 + there * size + seen.open_sd**2)
        rows.append((check, from_new, there, max(there - half, 0.0), there + half))
    if load is not None:
        rows.append(("capacity", to_win, load.expected, *load.interval))
    table = pd.DataFrame(
        rows, columns=["check", "needed_amount", "available_amount", "low", "high"]
    )
    table["verdict"] = [_verdict(*r[1:]) for r in rows]
    if cover is not None:
        row = cover.table.iloc[-1]
        needed = row["needed_ratio"] * row["to_go_amount"]
        word = {"enough": "closes", "reached": "closes", "thin": "short"}
        table.loc[len(table)] = [
            "coverage", needed, row["open_amount"], np.nan, np.nan,
            word.get(row["verdict"], "unclear"),
        ]  # fmt: skip
    short = (table["needed_amount"] - table["available_amount"]).clip(lower=0)
    table.insert(3, "short_amount", short)
    return table


def _verdict(needed: float, there: float, low: float, high: float) -> str:
    low, high = (there if np.isnan(low) else low), (there if np.isnan(high) else high)
    if needed <= low:
        return "closes"
    return "short" if needed > high else "unclear"


def gap_of(
    p: Pipeline,
    goal: float,
    seen: Outlook,
    lags: StageLags,
    value: float,
    amounts: FloatArray,
    notes: list[str],
    scope: Scope,
) -> GapTree | None:
    """Split what new deals fall short of; the plan forgets the lead time, the outlook cannot."""
    from_new = goal - seen.booked - seen.open_in_period
    if from_new <= 0 or seen.inside < TOO_LATE:
        notes.append("no_gap" if from_new <= 0 else "no_time")
        return None
    past = dict(zip(lags.rates["stage"], lags.rates["step_rate"], strict=True))
    sheet = {s.id: s.target.step_rate for s in p.process.stages if s.id in past}
    hoped = {s: (sheet[s] or past[s]) for s in past}
    mean = float(amounts.mean())
    actual = {"volume": seen.new_deals, **past, "value": mean, "inside": seen.inside}
    per_deal = float(np.prod(list(hoped.values()))) * value
    planned = {"volume": from_new / per_deal, **hoped, "value": value, "inside": 1.0}
    branches = {"volume": "volume", **dict.fromkeys(past, "rate"), "value": "value",
                "inside": "time"}  # fmt: skip
    errors = dict(
        zip(lags.rates["stage"], lags.rates["std_error"] / lags.rates["step_rate"], strict=True)
    )
    if amounts.size > 1:
        errors["value"] = float(amounts.std(ddof=1) / np.sqrt(amounts.size) / mean)
    return gap_tree(
        planned, actual, branches, log_errors=errors, process=p.process, scope=scope,
        synthetic=p.synthetic,
    )  # fmt: skip


def calendar_of(
    p: Pipeline,
    lags: StageLags,
    wins: float,
    months: Sequence[str],
    weights: Mapping[str, float],
    start: dt.datetime,
    end: dt.datetime,
) -> pd.DataFrame:
    """Spread the wins over the days ahead and lay each stage's entries before them."""
    ahead = max(start, next_day(p.as_of))
    days = pd.date_range(ahead, end - dt.timedelta(days=1), freq="D")
    month = [str(m) for m in days.strftime("%Y-%m")]
    share = np.array([weights[m] / month.count(m) for m in month])
    daily = wins * share / share.sum()
    rows = []
    for stage in lags.stages:
        to_won = lags.to_won(stage)
        # day t needs wins of day t + lag, each of which takes 1 / win rate entries
        entries = np.convolve(daily, to_won[::-1] / to_won.sum()) / to_won.sum()
        dates = days[0] + pd.to_timedelta(np.arange(entries.size) - (to_won.size - 1), unit="D")
        when = np.where(dates < days[0], "before", dates.strftime("%Y-%m"))
        sums = pd.Series(entries).groupby(when).sum()
        rows += [
            (stage, m, float(sums.get(m, 0.0)))
            for m in ["before", *(x for x in months if x >= month[0])]
        ]
    return pd.DataFrame(rows, columns=["stage", "month", "needed_exact"])
