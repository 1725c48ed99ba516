"""The verdict on an action: cohorts from before and after its start, seen at equal age."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.data.kept import kept
from funnelkit.data.pipeline import NO_GROUP, Pipeline
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.engine import visits
from funnelkit.stats import aalen_johansen, newcombe, to_life_table
from funnelkit.stats.ordinary import WEIGHTS, spread_between

MEASURES = ("step_rate", "win_rate", "no_decision_rate", "median_days")
VERDICTS = ("worked", "not_shown", "worse", "too_early")
#: Measures of which less is better.
LESS = ("median_days", "no_decision_rate")
REST = "rest"
# Deals on either side below which nothing is said, and how far back the comparison reaches.
ENOUGH = 20
BACK_DAYS = 365
_DRAWS = 2000
# Deals a group needs to count among those a segment is drawn towards.
_SOME = 5
# Beyond this many points groups are not taken to differ (standard deviation of their shares).
_WIDEST = 0.15


@dataclass(frozen=True)
class Change:
    """A measure before and after, with the interval of its change."""

    before: float
    n_before: int
    after: float
    n_after: int
    change: float
    low: float
    high: float


@dataclass(frozen=True)
class Verdict:
    """What can be said of an action, and on which grounds."""

    verdict: str
    window: int
    segment: Change
    control: Change | None
    effect: float
    low: float
    high: float
    #: What the measure was to move by itself, because a group that lay low was picked.
    by_chance: float
    #: The first day on which the youngest deals that count are old enough.
    ready: dt.date


def judge(
    p: Pipeline,
    *,
    measure: str,
    start: dt.date,
    stage: str | None = None,
    segment: tuple[str, str] | None = None,
    control: tuple[str, str] | None = None,
    window: int | None = None,
    enough: int = ENOUGH,
    back_days: int = BACK_DAYS,
) -> Verdict:
    """Compare the deals that began after the start of an action with those before.

    A deal begins when it is created, or when it first enters ``stage``. Everyone is looked at
    after the same ``window`` of days: younger deals are left out on both sides, and so are
    those whose window runs across the start, as they saw both. Shares are compared by
    Newcombe's interval, medians by a seeded bootstrap; with a control group the change there
    is taken off, the intervals joined by the sum of squares (Zou and Donner 2008, Statistics
    in Medicine 27, 1693-1702). Without one named the others of the segment's column are it, so
    that a market that rises for all is nobody's merit. But others that nobody chose may have had
    an action of their own: they can take a verdict away and make none. It has to hold with them
    and without them, and the interval spans both.

    A segment is acted on because it lay low, and part of that was chance. So what it was before
    is drawn towards the other groups of its column by as much as they do not differ (C. N. Morris
    1983, JASA 78, 47-65; the spread between them with its own uncertainty): given that, it no
    longer matters that the worst was picked.
    """
    alike = control is None
    if segment is not None and alike:
        control = (segment[0], REST)
    begun = _begun(p, measure, stage)
    origin = pd.Timestamp(start)
    if window is None:
        window = _window(begun, measure, origin)
    as_of = pd.Timestamp(p.as_of)
    mature = begun["began"] + pd.Timedelta(days=window) <= as_of
    after = (begun["began"] >= origin) & mature
    before = (begun["began"] + pd.Timedelta(days=window) <= origin) & (
        begun["began"] >= origin - pd.Timedelta(days=back_days + window)
    )
    inside = _mask(begun, segment, None)
    changed = _change(begun, before & inside, after & inside, measure, window)
    against = None
    if control is not None:
        outside = _mask(begun, control, segment)
        against = _change(begun, before & outside, after & outside, measure, window)
        if alike and min(against.n_before, against.n_after) < enough:
            against = None  # nobody asked for them, and they cannot tell
    sides = [changed] if against is None else [changed, against]
    by_chance = 0.0
    if segment is not None:
        by_chance = _by_chance(begun, before, segment, changed.before, measure, window)
    alone = tuple(x - by_chance for x in (changed.change, changed.low, changed.high))
    effect, low, high = alone
    if against is not None:
        effect -= against.change
        low = effect - math.hypot(changed.change - changed.low, against.high - against.change)
        high = effect + math.hypot(changed.high - changed.change, against.change - against.low)
        if alike:  # what both ways of looking agree on: nothing where they point apart
            effect = float(np.median([alone[0], effect, 0.0]))
            low, high = min(alone[1], low), max(alone[2], high)
    few = any(min(s.n_before, s.n_after) < enough for s in sides)
    sign = -1 if measure in LESS else 1
    if few or math.isnan(effect):
        verdict = "too_early"
    elif min(sign * low, sign * high) > 0:
        verdict = "worked"
    elif max(sign * low, sign * high) < 0:
        verdict = "worse"
    else:
        verdict = "not_shown"
    ready = (origin + pd.Timedelta(days=window)).date()
    return Verdict(verdict, window, changed, against, effect, low, high, by_chance, ready)


def _by_chance(
    rows: pd.DataFrame, before: pd.Series[Any], segment: tuple[str, str], was: float,
    measure: str, window: int,
) -> float:  # fmt: skip
    """Return how far the segment was to come back by itself, having been picked as it was."""
    column, value = segment
    names = _values(rows, column)[before]
    days = np.minimum(rows["event"][before].fillna(window).to_numpy(float), window)
    hit = (rows["event"][before] <= window).to_numpy(float)
    codes, groups = pd.factorize(names)
    n = np.bincount(codes, minlength=len(groups)).astype(float)
    told = n >= _SOME
    if value not in set(groups[told]) or told.sum() < 2 or math.isnan(was):
        return 0.0
    if measure == "median_days":
        level = np.array([np.median(days[codes == g]) for g in range(len(groups))])
        first, third = np.quantile(days, [0.25, 0.75])
        # the large-sample variance of a median, were the days normal
        variance = np.pi / 2 * max((third - first) / 1.349, 0.5) ** 2 / np.maximum(n, 1)
        widest = np.inf
    else:
        level = np.bincount(codes, hit, len(groups)) / np.maximum(n, 1)
        share = float(np.clip(hit.mean(), 0.5 / len(hit), 1 - 0.5 / len(hit)))
        variance, widest = share * (1 - share) / np.maximum(n, 1), _WIDEST**2
    tau2 = np.minimum(spread_between(level, variance, told), widest)[:, None]
    weight = told / (variance + tau2)
    middle = (weight * level).sum(axis=1) / weight.sum(axis=1)
    own = list(groups).index(value)
    kept = (tau2 / (tau2 + variance[own]))[:, 0]
    return float(WEIGHTS @ (kept * level[own] + (1 - kept) * middle)) - was


@kept
def _begun(p: Pipeline, measure: str, stage: str | None) -> pd.DataFrame:
    """One row a deal: when it began, how many days until what counts (nan: not yet)."""
    if measure not in MEASURES:
        raise FunnelkitError(
            "control.unknown_measure", found=measure, allowed=nearest(measure, MEASURES)
        )
    if stage is not None and stage not in p.process.open_ids:
        raise FunnelkitError(
            "measures.unknown_stage", found=stage, allowed=nearest(stage, p.process.open_ids)
        )
    p.need("outcome", what=f"ActionLog ({measure})")
    deals = p.deals.to_pandas()
    if stage is None:
        if measure == "step_rate":
            raise FunnelkitError("control.stage_needed", measure=measure)
        p.need("created_at", what=f"ActionLog ({measure})")
        rows = deals.assign(began=deals["created_at"])
        on = rows["closed_at"].where(rows["outcome"] == "won")
    else:
        p.need("stage_history", what=f"ActionLog ({measure})")
        stays = visits(p)
        first = stays.filter((stays["stage"] == stage) & stays["first"])
        first = first.select("deal_id", began=first.entered_at, left=first.left_at)
        rows = first.to_pandas().merge(deals, on="deal_id")
        further = p.process.open_ids[p.process.rank(stage) + 1 :]
        later = stays.filter(stays["stage"].isin(further)).select("deal_id", at=stays.entered_at)
        at = later.to_pandas().merge(rows[["deal_id", "began"]], on="deal_id")
        moved = at[at["at"] >= at["began"]].groupby("deal_id")["at"].min()
        won = rows["closed_at"].where(rows["outcome"] == "won")
        # nothing lies beyond the last stage: then there is nothing to look up
        on = pd.Series(
            moved.reindex(rows["deal_id"]).to_numpy("datetime64[us]"), index=rows.index
        ).fillna(won)
    if measure == "win_rate":
        on = rows["closed_at"].where(rows["outcome"] == "won")
    elif measure == "no_decision_rate":
        on = rows["closed_at"].where(rows["outcome"] == "no_decision")
    elif measure == "median_days":
        on = rows["left"] if stage is not None else rows["closed_at"]
    rows["event"] = (on - rows["began"]).dt.total_seconds() / 86400
    end = rows["closed_at"].fillna(pd.Timestamp(p.as_of))
    rows["seen"] = (end - rows["began"]).dt.total_seconds() / 86400
    begun: pd.DataFrame = rows[rows["began"].notna()].reset_index(drop=True)
    return begun


def _window(begun: pd.DataFrame, measure: str, origin: pd.Timestamp) -> int:
    """Days within which 80% of what happens had happened, as known at the start."""
    old = begun[begun["began"] < origin]
    until = (origin - old["began"]).dt.total_seconds() / 86400
    hit = old["event"].notna() & (old["event"] <= until)
    over = ~hit & (old["seen"] <= until) & (old["outcome"] != "open")
    day = np.floor(old["event"].where(hit, np.minimum(old["seen"], until)))
    table = pd.DataFrame(
        {"day": day, "exit": np.where(hit, "hit", np.where(over, "over", "censored"))}
    )
    table = table[table["day"] >= 0]
    if not (table["exit"] == "hit").any():
        return 90
    curve = aalen_johansen(to_life_table(table["day"], table["exit"]))
    share = curve["hit"].to_numpy() / curve["hit"].iloc[-1]
    return int(curve["day"].iloc[int(np.argmax(share >= 0.8 - 1e-12))]) + 1


def _mask(
    rows: pd.DataFrame, group: tuple[str, str] | None, other_than: tuple[str, str] | None
) -> pd.Series[Any]:
    if group is None:
        return pd.Series(True, index=rows.index)
    column, value = group
    values = _values(rows, column)
    if value == REST:
        return values != (other_than[1] if other_than else REST)
    if value not in set(values):
        raise FunnelkitError(
            "pipeline.unknown_value",
            found=value,
            column=column,
            allowed=nearest(value, sorted(set(values))),
        )
    return values == value


def _values(rows: pd.DataFrame, column: str) -> pd.Series[Any]:
    if column not in rows.columns:
        raise FunnelkitError(
            "pipeline.unknown_column", found=column, allowed=nearest(column, rows.columns)
        )
    return rows[column].astype("object").where(rows[column].notna(), NO_GROUP).astype("str")


def _change(
    rows: pd.DataFrame, before: pd.Series[Any], after: pd.Series[Any], measure: str, window: int
) -> Change:
    n0, n1 = int(before.sum()), int(after.sum())
    if measure == "median_days":
        return _medians(rows["event"][before], rows["event"][after], window)
    hit = rows["event"] <= window
    k0, k1 = int((hit & before).sum()), int((hit & after).sum())
    if not n0 or not n1:
        nan = float("nan")
        return Change(k0 / n0 if n0 else nan, n0, k1 / n1 if n1 else nan, n1, nan, nan, nan)
    difference, low, high = newcombe(k1, n1, k0, n0)
    return Change(k0 / n0, n0, k1 / n1, n1, float(difference), float(low), float(high))


def _medians(before: pd.Series[Any], after: pd.Series[Any], window: int) -> Change:
    """Compare medians of days, anything longer than the window counted as the window."""
    first = np.minimum(before.fillna(window).to_numpy(float), window)
    second = np.minimum(after.fillna(window).to_numpy(float), window)
    if not len(first) or not len(second):
        nan = float("nan")
        return Change(nan, len(first), nan, len(second), nan, nan, nan)
    rng = np.random.default_rng(20261123)
    draws = np.array(
        [
            np.median(rng.choice(second, len(second))) - np.median(rng.choice(first, len(first)))
            for _ in range(_DRAWS)
        ]
    )
    low, high = np.quantile(draws, [0.025, 0.975])
    m0, m1 = float(np.median(first)), float(np.median(second))
    return Change(m0, len(first), m1, len(second), m1 - m0, float(low), float(high))


__all__ = ["ENOUGH", "LESS", "MEASURES", "REST", "VERDICTS", "Change", "Verdict", "judge"]
