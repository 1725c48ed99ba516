"""The chances' own record: what they would have said at past dates, and what came.

Rates fall, markets turn, months end: chances learnt from the past lag behind, and quarters
differ beyond chance. The record of past dates says how fast to forget, by how much the level is
off, and how much spans vary around it; a forecast without it is too sure of itself.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnelkit.data.kept import kept
from funnelkit.planning.forecasting.answers import Span
from funnelkit.planning.forecasting.book import DAY, NEVER, WON, Known, moment_of
from funnelkit.planning.forecasting.hazards import (
    Stays,
    hazards_of,
    stays_of,
    whole_age,
    win_chances,
)
from funnelkit.planning.forecasting.newcomers import Arrivals, wins_of_newcomers

Floats = NDArray[np.float64]

#: Days after which the past counts half; None: the whole past counts alike.
HALF_LIVES = (None, 180.0)
#: Past dates, a month apart, and the days of past each of them needs.
_MOST_DATES, _FIRST_DAYS = 12, 180
_FEWEST_DATES, _QUARTER = 3, 3
#: Wins of prior weight that hold the level at 1.
_PRIOR = 25.0
#: By how much deviance forgetting has to explain past dates better: it costs precision.
_DEAR = 1.0


@dataclass(frozen=True)
class Track:
    """How the chances did at past dates.

    Attributes
    ----------
    half_life : float or None
        Days after which the past counts half, as past dates preferred it.
    level : float
        Wins that came, over wins that were expected; drawn towards 1 where they are few.
    spread : float
        Squared relative spread of the level from span to span beyond chance, and of its estimate.
    dates : int
        Past dates behind it.
    """

    half_life: float | None = None
    level: float = 1.0
    spread: float = 0.0
    dates: int = 0


@kept
def track_of(known: Known, by_stage: bool) -> Track:
    """Hold the chances against what came after past dates, each with what was known then.

    Whole quarters, a month apart, the last of them up to now, whatever the period asked for:
    the parts of a period then add up to it. Shorter spans where the data do not hold three.
    """
    spans = _spans(known)
    if len(spans) < _FEWEST_DATES:
        return Track()
    stays, arrivals = stays_of(known, by_stage), Arrivals.of(known, by_stage)
    record = np.array([_record(stays, arrivals, *s) for s in spans])
    came = record[:, -1]
    # spans that overlap hold one another's wins: they count as the whole time they cover
    covered = spans[0][1] - spans[-1][0]
    apart = min(covered / sum(e - s for s, e in spans), 1.0)
    best, least = Track(), np.inf
    for k, half_life in enumerate(HALF_LIVES):
        expected = record[:, k]
        if not expected.all():
            continue
        level, spread = _level(came, expected, apart)
        fit = apart * _deviance(came, level * expected) + _DEAR * (half_life is not None)
        if fit < least:
            best, least = Track(half_life, level, spread, len(spans)), fit
    return best


def _spans(known: Known) -> list[tuple[int, int]]:
    """Return past spans, the latest first."""
    if not known.created.size:
        return []
    first = int(known.created.min()) + _FIRST_DAYS * DAY
    now = pd.Timestamp(known.moment, unit="us")

    def back(months: int) -> int:
        then = now - pd.DateOffset(months=months)
        # the month's last day stays the last one
        then = then + pd.offsets.MonthEnd(0) if now.is_month_end else then
        return moment_of(then.to_pydatetime())

    months = range(_QUARTER, _QUARTER + _MOST_DATES)
    found = [(back(k), back(k - _QUARTER)) for k in months if back(k) >= first]
    if len(found) < _FEWEST_DATES:
        width = (known.moment - first) // _FEWEST_DATES // DAY * DAY
        ends = [known.moment - k * width for k in range(_FEWEST_DATES + 1)]
        found = list(zip(ends[1:], ends[:-1], strict=True)) if width >= DAY else []
    return found


def _record(stays: Stays, arrivals: Arrivals, now: int, end: int) -> tuple[float, ...]:
    """Return the wins each half-life expected at a past date, and those that came."""
    won = (stays.after == WON) & (stays.end > now) & (stays.end <= end)
    expected = _expected(stays.at(now), arrivals.at(now), Span(now, now, end))
    return *expected, float(won.sum())


#: What was expected at past dates, by all that was known then.
_said: dict[bytes, tuple[float, ...]] = {}
_MOST_SAID = 1_000


def _expected(then: Stays, arrivals: Arrivals, span: Span) -> tuple[float, ...]:
    """Return the wins each half-life expects; forecasts of several dates share past ones."""
    known = hashlib.blake2b(repr((span, then.stages)).encode(), digest_size=16)
    for column in (then.stage, then.start, then.end, then.after, arrivals.created, arrivals.stage):
        known.update(np.ascontiguousarray(column).data)
    key = known.digest()
    if key not in _said:
        if len(_said) >= _MOST_SAID:
            _said.clear()
        _said[key] = tuple(_of_half_life(then, arrivals, span, days) for days in HALF_LIVES)
    return _said[key]


def _of_half_life(then: Stays, arrivals: Arrivals, span: Span, half_life: float | None) -> float:
    running = then.end == NEVER
    stage, age = then.stage[running], whole_age(then.start[running], span.now)
    hazards = hazards_of(then, span.now, half_life)
    chances = win_chances(hazards.daily[None], hazards, span.days, (span.days,))
    table = chances.by_age[span.days][0]
    by_open = table[stage, np.minimum(age, table.shape[1] - 1)].sum()
    new = wins_of_newcomers(arrivals.expected(span, span.now, half_life), chances.on_entry, span)
    return float(by_open + new[0])


def _level(came: Floats, expected: Floats, apart: float) -> tuple[float, float]:
    """Return the level and its squared relative spread (method of moments)."""
    wins = came.sum() * apart + _PRIOR
    level = wins / (expected.sum() * apart + _PRIOR)
    mean = expected * came.sum() / expected.sum()
    alone = max(came.size * apart, 1.5)
    excess = alone / (alone - 1) * ((came - mean) ** 2).sum() - mean.sum()
    between = max(excess / (mean**2).sum(), 0.0) if mean.any() else 0.0
    return float(level), float(between + 1 / wins)


def _deviance(came: Floats, expected: Floats) -> float:
    """Return the Poisson deviance."""
    log = np.where(came > 0, came * np.log(np.maximum(came, 1e-300) / expected), 0.0)
    return float(2 * (log - (came - expected)).sum())
