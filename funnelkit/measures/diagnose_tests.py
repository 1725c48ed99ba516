"""The questions of a diagnosis: each segment and stage, tested over several stretches of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import special

from funnelkit.measures.diagnose_cells import OFF, ON, OPEN, WHOLE, WINDOW_SHARE, Cells
from funnelkit.stats.checks import FloatArray
from funnelkit.stats.exact_tests import (
    Laws,
    Null,
    binomial_null,
    conditional_null,
    trailing_nulls,
)
from funnelkit.stats.scores import peto_scores

#: Stretches judged, in months back from the end, beside the whole time.
STRETCHES = (3, 6, 9, 12, 18, 24, 36)
#: A drop worth acting on: the odds of going on fall to 0.35 of what they were (55 % to 30 %) ...
ODDS = float(-np.log(0.35))
#: ... or deals leave at half the pace.
PACE = float(np.log(2))
#: Beyond this a drop worth acting on cannot be missed, and all tests count alike.
FARTHEST = 4.5
#: Weight of a stretch and of a time test beside the rate of the whole time.
STRETCH_SHARE, TIME_SHARE = 0.25, 0.5
#: Below so many deals a stretch of its own is not judged.
FEWEST = 5
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
    group = part["group"]
    if isinstance(group.dtype, pd.CategoricalDtype):  # worked out before, for many looks
        codes, names = group.cat.codes.to_numpy(np.int64), group.cat.categories
    else:
        codes, names = pd.factorize(group.astype("str"), sort=True)
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
            nulls[i].p(seen), float(at.reach[g, i]), 1.0 if i == 0 else STRETCH_SHARE, nulls[i],
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
    return _Paces(begin, own, special.ndtr(z), reach, told)


def _time_rest(known: Known, g: int, k: int) -> Iterator[Test]:
    if k not in known._paces:
        known._paces[k] = _paces(known, k)
    at = known._paces[k]
    key = Key("time", known.column, known.groups[g], k)
    for i in np.flatnonzero(at.told[g]):
        yield Test(
            key, _since(known, at.begin[i]), int(at.own[g, i]), np.nan, np.nan,
            float(at.p[g, i]), float(at.reach[g, i]),
            TIME_SHARE * (1.0 if i == 0 else STRETCH_SHARE),
        )  # fmt: skip


def _rate_past(known: Known, g: int, k: int) -> Iterator[Test]:
    months = int(known.last_old[k]) + 1
    n, went = known.came[g, k, :months], known.went[g, k, :months]
    for start in starts(months)[1:]:
        own, before = n[start:].sum(), n[:start].sum()
        if own < FEWEST or before < FEWEST:
            continue
        null = conditional_null([went.sum()], [n.sum()], [own])
        seen = int(went[start:].sum())
        yield Test(
            Key("rate", known.column, known.groups[g], k), _since(known, start), int(own),
            seen / own, float(went[:start].sum() / before), null.p(seen),
            _rate_reach(own, before, went.sum() / n.sum()), 1.0, null,
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
        z = (score[start:].sum() - own * mean) / np.sqrt(v)
        leaving = known.left[g, k].sum() / total
        yield Test(
            Key("time", known.column, known.groups[g], k), _since(known, start), int(own),
            np.nan, np.nan, float(special.ndtr(z)), _time_reach(own, total - own, leaving),
            TIME_SHARE,
        )  # fmt: skip


def _target(known: Known, g: int, k: int, kind: str, target: float) -> Iterator[Test]:
    months = int(known.last_old[k]) + 1
    n = known.came[g, k, :months]
    good = (known.went if kind == "rate" else known.by_target)[g, k, :months]
    # a sheet's rate has no end date: of those who go on, the window holds this share
    rate = target * WINDOW_SHARE if kind == "rate" else 0.5
    share = 1.0 if kind == "rate" else TIME_SHARE
    for i, start in enumerate(starts(months)):
        own = n[start:].sum()
        if own < (FEWEST if i else 1):
            continue
        null, seen = binomial_null(int(own), rate), int(good[start:].sum())
        yield Test(
            Key(kind, known.column, known.groups[g], k), _since(known, start), int(own),
            seen / own, rate, null.p(seen), _rate_reach(own, 1e9, rate),
            share * (1.0 if i == 0 else STRETCH_SHARE), null,
        )  # fmt: skip


__all__ = [
    "OFF", "STRETCHES", "WHOLE", "Key", "Known", "Test", "known", "starts",
    "tests_against_past", "tests_against_rest", "tests_against_target",
]  # fmt: skip
