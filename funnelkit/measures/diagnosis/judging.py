"""The questions of a diagnosis: each segment and stage, tested over several stretches of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import scipy

from funnelkit.measures.diagnosis.cells import OFF, ON, OPEN, WHOLE, WINDOW_SHARE, Cells
from funnelkit.measures.diagnosis.team import LEAST, Answers, mostly, team
from funnelkit.stats.checks import FloatArray
from funnelkit.stats.exact_tests import (
    Laws,
    Null,
    binomial_null,
    conditional_null,
    trailing_nulls,
)
from funnelkit.stats.ordinary import MIDDLE, NODES, chance_below, spread_between
from funnelkit.stats.scores import peto_scores

#: Stretches judged, in months back from the end, beside the whole time: each twice the one
#: before, so that none lies far from where a drop began.
STRETCHES = (3, 6, 12, 24, 48)
#: A drop worth acting on: the odds of going on halve (55% to 38%), or so does the pace.
ODDS = PACE = float(np.log(2))
#: Beyond this a drop worth acting on cannot be missed, and all tests count alike.
FARTHEST = 4.5
#: What a question counts for beside others: a manager asks for what changed before what always
#: was so, and the shortest stretch holds few deals; for rates before times ...
WHOLE_SHARE, SHORTEST_SHARE, TIME_SHARE = 0.15, 0.3, 0.15
#: ... and for regions (or whatever else has its own sellers) before what cuts across the
#: sellers, and before the single seller.
ACROSS_SHARE, SELLER_SHARE = 0.1, 0.025
#: Below so many deals a stretch of its own is not judged.
FEWEST = 5
#: A time score's variance is about a third, and Wilcoxon's scores have three quarters of the
#: information of the log-rank test.
_TIME = 3 * 0.75
#: Efficiency of Wilcoxon's scores beside the log-rank test at a constant ratio of pace.
_WILCOXON = 0.75


@dataclass(frozen=True)
class Key:
    """What is asked about."""

    kind: str  # rate | time
    column: str
    group: str
    stage: int


@dataclass(frozen=True)
class Test:
    """One answer: a count or a score over one stretch."""

    key: Key
    #: First month of the stretch; None: the whole time.
    since: int | None
    n: int
    observed: float
    expected: float
    p: float
    reach: float
    share: float
    null: Null | None = field(default=None, repr=False)
    #: Correlation with the test before it of the same question; 0: not known.
    overlap: float = 0.0
    #: p and reach of chance alone, as if all sellers or months were alike.
    alone: float = np.nan
    alone_reach: float = 0.0


@dataclass(frozen=True)
class Known:
    """The cells as arrays of one column: group x stage x month."""

    column: str
    groups: list[str]
    first: int
    came: FloatArray
    went: FloatArray
    stays: FloatArray
    scores: FloatArray
    squares: FloatArray
    left: FloatArray
    #: Last month with passages old enough to judge, by stage.
    last_old: np.ndarray
    by_target: FloatArray
    #: Went on at all so far.
    went_ever: FloatArray
    #: Sums over the groups, worked out when first asked for.
    _sums: dict[tuple[str, int], FloatArray] = field(default_factory=dict, repr=False)
    _stretches: dict[int, _Stretches | None] = field(default_factory=dict, repr=False)
    _paces: dict[int, _Paces] = field(default_factory=dict, repr=False)
    _month_spread: dict[tuple[str, int, int | None], FloatArray] = field(
        default_factory=dict, repr=False
    )

    def total(self, name: str, stage: int) -> FloatArray:
        """Return the sum of a cube over all groups, by month."""
        if (name, stage) not in self._sums:
            self._sums[(name, stage)] = getattr(self, name)[:, stage].sum(axis=0)
        return self._sums[(name, stage)]


def known(
    cells: Cells, column: str, own_scores: bool, medians: dict[int, float] | None = None
) -> Known | None:
    """Put one column's cells into arrays; None where it has nothing to compare."""
    part = cells.table[cells.table["column"] == column]
    if part.empty:
        return None
    codes, names = _codes(part["group"])
    stage, month = part["stage"].to_numpy(int), part["month"].to_numpy(int)
    first = int(month.min())
    shape = (len(names), len(cells.windows), int(month.max()) - first + 1)
    at = (codes, stage, month - first)
    n, exit_ = part["n"].to_numpy(float), part["exit"].to_numpy(int)
    day, old = part["day"].to_numpy(int), part["old"].to_numpy(bool)
    window = np.array([cells.windows[k] for k in range(shape[1])])

    def cube(weights: FloatArray) -> FloatArray:
        out = np.zeros(shape)
        np.add.at(out, at, weights)
        return out

    stayed = n * part["stayed"].to_numpy(bool)
    value = _score(codes if own_scores else np.zeros_like(codes), stage, day, exit_, stayed)
    came = cube(n * old)
    some = came.sum(axis=0) > 0
    last_old = np.where(some.any(axis=1), shape[2] - 1 - some[:, ::-1].argmax(axis=1), -1)
    by_target = np.zeros(shape)
    if medians:
        bar = np.array([medians.get(k, -1.0) for k in range(shape[1])])
        in_time = (exit_ != OPEN) & (day < bar[stage])
        by_target = cube(stayed * old * in_time)
    return Known(
        column, [str(g) for g in names], first, came,
        cube(n * (old & (exit_ == ON) & (day < window[stage]))),
        cube(stayed), cube(stayed * value), cube(stayed * value**2),
        cube(stayed * (exit_ != OPEN)), last_old, by_target, cube(n * (old & (exit_ == ON))),
    )  # fmt: skip


def _codes(column: pd.Series[str]) -> tuple[np.ndarray, list[str]]:
    if isinstance(column.dtype, pd.CategoricalDtype):  # worked out before, for many looks
        return column.cat.codes.to_numpy(np.int64), [str(c) for c in column.cat.categories]
    codes, names = pd.factorize(column.astype("str"), sort=True)
    return codes.astype(np.int64), [str(c) for c in names]


def _score(
    group: np.ndarray, stage: np.ndarray, day: np.ndarray, exit_: np.ndarray, n: FloatArray
) -> FloatArray:
    value = np.zeros(len(n))
    pool = group * (int(stage.max()) + 1) + stage
    order = np.argsort(pool, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(pool[order])) + 1):
        rows = rows[n[rows] > 0]
        if rows.size:
            value[rows] = peto_scores(day[rows], exit_[rows] != OPEN, n[rows])
    return value


def starts(months: int) -> list[int]:
    """Return where the stretches begin in so many months, the whole time first."""
    return [0, *sorted(months - s for s in STRETCHES if s < months)]


def tests_against_rest(known: Known, only: set[Key] | None) -> Iterator[Test]:
    """Test every group against all the others over the same months."""
    for kind in ("rate", "time"):
        for k in range(known.came.shape[1]):
            make = _rate_rest if kind == "rate" else _time_rest
            for g in _asked(known, kind, k, only):
                yield from make(known, g, k)


def tests_in_team(cells: Cells, column: str, only: set[Key] | None) -> Iterator[Test]:
    """Test every group against all the others, among sellers who differ."""
    part = cells.table[cells.table["column"] == column]
    if part.empty:
        return
    codes, groups = _codes(part["group"])
    sellers, names = _codes(part["seller"])
    share = _share(part, column, codes, sellers)
    first, last = int(part["month"].min()), int(part["month"].max())
    begin = starts(last - first + 1)
    stage, stages = part["stage"].to_numpy(int), len(cells.windows)
    wanted = None if only is None else {(key.kind, key.stage) for key in only}
    for kind in ("rate", "time"):
        asked = [k for k in range(stages) if wanted is None or (kind, k) in wanted]
        if not asked:
            continue
        value = np.zeros(len(part))
        if kind == "time":
            stayed = part["n"].to_numpy(float) * part["stayed"].to_numpy(bool)
            value = _score(
                np.zeros_like(codes), stage, part["day"].to_numpy(int),
                part["exit"].to_numpy(int), stayed,
            )  # fmt: skip
        scored = team(part, codes, len(groups), sellers, len(names), stages, begin, kind, value)
        for k in asked:
            answers = scored.answers(k)
            for g, group in enumerate(groups):
                key = Key(kind, column, group, k)
                if only is None or key in only:
                    yield from _of_team(answers, key, g, begin, first, share)


def _share(part: pd.DataFrame, column: str, codes: np.ndarray, sellers: np.ndarray) -> float:
    """Return what a column counts for: sellers, what has sellers of its own, what has not."""
    if column == "owner":
        return SELLER_SHARE
    inside = mostly(codes, sellers, part["n"].to_numpy(float))
    return 1.0 if inside.any(axis=1).mean() > 0.5 else ACROSS_SHARE


def _of_team(
    at: Answers, key: Key, g: int, begin: list[int], first: int, share: float
) -> Iterator[Test]:
    rate = key.kind == "rate"
    # log odds have V itself, a time score of one deal has a variance of about a third
    chance = (ODDS if rate else PACE) * np.sqrt(at.information[g] * (1.0 if rate else _TIME))
    reach = np.clip(chance * np.sqrt(at.within[g]), 0.05, FARTHEST)
    own = share * (1.0 if rate else TIME_SHARE)
    before = False
    for i, start in enumerate(begin):
        told = at.information[g, i] > 0 and at.n[g, i] >= (FEWEST if i else 1)
        if told:
            yield Test(
                key, None if i == 0 else first + start, int(at.n[g, i]),
                float(at.observed[g, i]) if rate else np.nan,
                float(at.expected[g, i]) if rate else np.nan,
                float(at.p[g, i]), float(reach[i]), own * _stretch_share(i, begin),
                overlap=float(at.overlap[g, i]) if before else 0.0, alone=float(at.alone[g, i]),
                alone_reach=float(chance[i]),
            )  # fmt: skip
        before = told


def _stretch_share(i: int, begin: list[int]) -> float:
    if i == 0 and len(begin) > 1:
        return WHOLE_SHARE
    return SHORTEST_SHARE if i == len(begin) - 1 and i else 1.0


def tests_against_past(known: Known, only: set[Key] | None) -> Iterator[Test]:
    """Test every group's recent months against its own months before."""
    for kind in ("rate", "time"):
        for k in range(known.came.shape[1]):
            make = _rate_past if kind == "rate" else _time_past
            for g in _asked(known, kind, k, only):
                yield from make(known, g, k)


def tests_against_target(
    known: Known,
    rates: dict[int, float],
    medians: dict[int, float],
    only: set[Key] | None,
) -> Iterator[Test]:
    """Test every group against what the process sheet asks."""
    for kind, targets in (("rate", rates), ("time", medians)):
        for k in targets:
            for g in _asked(known, kind, k, only):
                yield from _target(known, g, k, kind, targets[k])


def _asked(known: Known, kind: str, k: int, only: set[Key] | None) -> list[int]:
    size = known.came if kind == "rate" else known.stays
    return [
        g for g in np.flatnonzero(size[:, k].any(axis=1)).tolist()
        if only is None or Key(kind, known.column, known.groups[g], k) in only
    ]  # fmt: skip


def _since(known: Known, start: int) -> int | None:
    return None if start == 0 else known.first + start


def _rate_reach(n: float, others: float, rate: float) -> float:
    spread = n * rate * (1 - rate) * others / (n + others) if n + others else 0.0
    return float(np.clip(ODDS * np.sqrt(spread), 0.05, FARTHEST))


def _time_reach(n: float, others: float, leaving: float) -> float:
    events = n * leaving * others / (n + others) if n + others else 0.0
    return float(np.clip(PACE * np.sqrt(_WILCOXON * events), 0.05, FARTHEST))


@dataclass(frozen=True)
class _Stretches:
    """The rates of every group over every stretch of one stage: group x stretch."""

    begin: list[int]
    own: FloatArray
    seen: FloatArray
    others: FloatArray
    expected: FloatArray
    reach: FloatArray
    #: Per group and block between two starts, and of all groups.
    drawn: FloatArray
    good: FloatArray
    total: FloatArray
    laws: Laws = field(default_factory=dict, repr=False)


def _stretches(known: Known, k: int) -> _Stretches | None:
    months = int(known.last_old[k]) + 1
    if months <= 0:
        return None
    begin = starts(months)
    # the months between two starts are one stratum, so that a change for all is nobody's fault
    n, went = (
        np.add.reduceat(cube[:, k, :months], begin, axis=1)
        for cube in (known.came, known.went_ever)
    )
    total, good = n.sum(axis=0), went.sum(axis=0)
    rest = total - n
    weight = np.where(rest > 0, n, 0.0)
    usual = np.divide(good - went, rest, out=np.zeros_like(n), where=rest > 0)
    own, seen, others = _onward(n), _onward(went), _onward(rest)
    weights = _onward(weight)
    expected = np.divide(
        _onward(weight * usual), weights, out=np.full_like(n, np.nan), where=weights > 0
    )
    all_own, all_good = _onward(total), _onward(good)
    rate = np.divide(all_good, all_own, out=np.zeros_like(all_own), where=all_own > 0)
    spread = np.where(all_own > 0, own * others / np.maximum(all_own, 1) * rate * (1 - rate), 0.0)
    reach = np.clip(ODDS * np.sqrt(spread), 0.05, FARTHEST)
    return _Stretches(begin, own, seen, others, expected, reach, n, good, total)


def _onward(blocks: FloatArray) -> FloatArray:
    """Return the sums from each block to the last."""
    summed: FloatArray = blocks[..., ::-1].cumsum(axis=-1)[..., ::-1]
    return summed


def _rate_rest(known: Known, g: int, k: int) -> Iterator[Test]:
    if k not in known._stretches:
        known._stretches[k] = _stretches(known, k)
    at = known._stretches[k]
    if at is None:
        return
    key = Key("rate", known.column, known.groups[g], k)
    nulls = trailing_nulls(at.good, at.total, at.drawn[g], at.laws)
    for i, start in enumerate(at.begin):
        own = at.own[g, i]
        if not at.others[g, i] or own < (FEWEST if i else 1) or np.isnan(at.expected[g, i]):
            continue
        seen = int(at.seen[g, i])
        yield Test(
            key, _since(known, start), int(own), seen / own, float(at.expected[g, i]),
            nulls[i].p(seen), float(at.reach[g, i]), _stretch_share(i, at.begin), nulls[i],
        )  # fmt: skip


@dataclass(frozen=True)
class _Paces:
    """The scores of every group over every stretch of one stage: group x stretch."""

    begin: list[int]
    own: FloatArray
    p: FloatArray
    reach: FloatArray
    told: np.ndarray


def _paces(known: Known, k: int) -> _Paces:
    n, score = known.stays[:, k], known.scores[:, k]
    total, all_scores = known.total("stays", k), known.total("scores", k)
    squares, left = known.total("squares", k), known.total("left", k)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(total > 0, all_scores / total, 0.0)
        spread = np.where(total > 1, (squares - total * mean**2) / (total - 1), 0.0)
        variance = np.where(total > 0, n * (total - n) / total * spread, 0.0)
    begin = starts(total.size)
    own, others, v, above, gone, every = (
        _onward(x)[..., begin] for x in (n, total - n, variance, score - n * mean, left, total)
    )
    told = (v > 0) & (own >= FEWEST)
    z = np.divide(above, np.sqrt(np.maximum(v, 0)), out=np.zeros_like(v), where=told)
    leaving = np.divide(gone, every, out=np.zeros_like(gone), where=every > 0)
    both = np.maximum(own + others, 1)
    reach = np.clip(PACE * np.sqrt(_WILCOXON * (own * leaving * others / both)), 0.05, FARTHEST)
    return _Paces(begin, own, scipy.special.ndtr(z), reach, told)


def _time_rest(known: Known, g: int, k: int) -> Iterator[Test]:
    if k not in known._paces:
        known._paces[k] = _paces(known, k)
    at = known._paces[k]
    key = Key("time", known.column, known.groups[g], k)
    for i in np.flatnonzero(at.told[g]):
        yield Test(
            key, _since(known, at.begin[i]), int(at.own[g, i]), np.nan, np.nan,
            float(at.p[g, i]), float(at.reach[g, i]),
            TIME_SHARE * _stretch_share(int(i), at.begin),
        )  # fmt: skip


def _rate_past(known: Known, g: int, k: int) -> Iterator[Test]:
    months = int(known.last_old[k]) + 1
    n, went = known.came[g, k, :months], known.went[g, k, :months]
    rate = float(went.sum() / n.sum()) if n.sum() else 0.0
    for start in starts(months)[1:]:
        own, before = n[start:].sum(), n[:start].sum()
        if own < FEWEST or before < FEWEST:
            continue
        null = conditional_null([went.sum()], [n.sum()], [own])
        seen = int(went[start:].sum())
        extra, within = _months(known, "rate", k, start, n, rate * (1 - rate))
        yield Test(
            Key("rate", known.column, known.groups[g], k), _since(known, start), int(own),
            seen / own, float(went[:start].sum() / before), _widened(null.p(seen), extra),
            _rate_reach(own, before, rate) * within, 1.0, alone=null.p(seen),
        )  # fmt: skip


def _time_past(known: Known, g: int, k: int) -> Iterator[Test]:
    n, score, squares = known.stays[g, k], known.scores[g, k], known.squares[g, k]
    total = n.sum()
    if total < 2 * FEWEST:
        return
    mean = score.sum() / total
    spread = (squares.sum() - total * mean**2) / (total - 1)
    for start in starts(n.size)[1:]:
        own = n[start:].sum()
        v = own * (total - own) / total * spread
        if own < FEWEST or total - own < FEWEST or v <= 0:
            continue
        alone = float(scipy.special.ndtr((score[start:].sum() - own * mean) / np.sqrt(v)))
        leaving = known.left[g, k].sum() / total
        extra, within = _months(known, "time", k, start, n, spread)
        yield Test(
            Key("time", known.column, known.groups[g], k), _since(known, start), int(own),
            np.nan, np.nan, _widened(alone, extra),
            _time_reach(own, total - own, leaving) * within, TIME_SHARE, alone=alone,
        )  # fmt: skip


def _target(known: Known, g: int, k: int, kind: str, target: float) -> Iterator[Test]:
    months = int(known.last_old[k]) + 1
    n = known.came[g, k, :months]
    good = (known.went if kind == "rate" else known.by_target)[g, k, :months]
    # a sheet's rate has no end date: of those who go on, the window holds this share
    rate = target * WINDOW_SHARE if kind == "rate" else 0.5
    share = 1.0 if kind == "rate" else TIME_SHARE
    begin = starts(months)
    for i, start in enumerate(begin):
        own = n[start:].sum()
        if own < (FEWEST if i else 1):
            continue
        null, seen = binomial_null(int(own), rate), int(good[start:].sum())
        extra, within = _months(known, kind, k, None, n[start:], rate * (1 - rate))
        yield Test(
            Key(kind, known.column, known.groups[g], k), _since(known, start), int(own),
            seen / own, rate, _widened(null.p(seen), extra), _rate_reach(own, 1e9, rate) * within,
            share * _stretch_share(i, begin), alone=null.p(seen),
        )  # fmt: skip


def _months(
    known: Known, kind: str, k: int, start: int | None, n: FloatArray, spread: float
) -> tuple[FloatArray, float]:
    """Return what good and bad months for all add to a variance, as shares of it, by node.

    ``n`` are a group's deals by month; of the months before ``start`` the mean is taken off,
    without a start a fixed rate. With fewer than three months nothing is known of them, and
    chance alone is taken. Also what is left of the reach.
    """
    if (kind, k, start) not in known._month_spread:
        known._month_spread[(kind, k, start)] = _between_months(known, kind, k, start)
    tau2 = known._month_spread[(kind, k, start)]
    total = n.sum()
    if start is None:
        load, own = spread * n, spread * total
    else:
        recent = n[start:].sum()
        load = spread * n * ((np.arange(n.size) >= start) - recent / total)
        own = spread * recent * (total - recent) / total
    extra: FloatArray = tau2 * float((load**2).sum()) / max(own, 1e-9)
    return extra, float(1 / np.sqrt(1 + extra[MIDDLE]))


def _between_months(known: Known, kind: str, k: int, start: int | None) -> FloatArray:
    if kind == "rate":
        n, good = known.total("came", k), known.total("went", k)
        rate = good.sum() / n.sum() if n.sum() else 0.0
        spread = rate * (1 - rate)
    elif start is None:
        n, good = known.total("came", k), known.total("by_target", k)
        rate = good.sum() / n.sum() if n.sum() else 0.0
        spread = rate * (1 - rate)
    else:
        n, good = known.total("stays", k), known.total("scores", k)
        spread = known.total("squares", k).sum() / max(n.sum(), 1)
    sides = [slice(0, None)] if start is None else [slice(0, start), slice(start, None)]
    moved = np.zeros(n.size)
    for side in sides:  # a step between the sides is what is asked about, not an ordinary month
        part = n[side].sum()
        moved[side] = good[side] - n[side] * (good[side].sum() / part if part else 0.0)
    size = spread * n
    told = size > LEAST
    if told.sum() < 2 + len(sides):
        return np.zeros(NODES.size)
    effect = np.divide(moved, size, out=np.zeros_like(size), where=told)
    return spread_between(effect, 1 / np.maximum(size, 1e-9), told, means=len(sides))


def _widened(p: float, extra: FloatArray) -> float:
    """Return an exact p-value as it is when its variance grows by these shares."""
    z = scipy.special.ndtri(min(max(p, 1e-300), 1 - 1e-12))
    return float(chance_below(np.full(NODES.size, z), 1 + extra))


__all__ = [
    "OFF", "STRETCHES", "WHOLE", "Key", "Known", "Test", "known", "starts",
    "tests_against_past", "tests_against_rest", "tests_against_target", "tests_in_team",
]  # fmt: skip
