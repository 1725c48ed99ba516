"""The chances' own record: what they would have said at past dates, and what came.

Rates fall, markets turn, months end: chances learnt from the past lag behind, and quarters
differ beyond chance. The record of past dates says how fast to forget, by how much the level is
off, and how much spans vary around it; a forecast without it is too sure of itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from funnelkit.data.kept import kept
from funnelkit.planning.forecasting.book import DAY, NEVER, WON, Known
from funnelkit.planning.forecasting.closing import closing_weeks, weeks_before
from funnelkit.planning.forecasting.forgetting import half_life_of
from funnelkit.planning.forecasting.hazards import (
    Stays,
    hazards_of,
    stays_of,
    whole_age,
    win_chances,
)
from funnelkit.planning.forecasting.newcomers import Arrivals
from funnelkit.planning.forecasting.past import months_back, remembered

Floats = NDArray[np.float64]

#: Past dates, a month apart, and the days of past each of them needs.
_MOST_DATES, _FIRST_DAYS = 12, 180
_FEWEST_DATES, _QUARTER = 3, 3
#: How far the level is thought likely to lie from 1 (sd of its log) beforehand.
_LIKELY = 0.2


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
    half_life = half_life_of(stays, known.moment)
    expected = np.array([_expected(stays.at(s), arrivals.between(s, e), s, e, half_life)
                         for s, e in spans])  # fmt: skip
    won = stays.end[stays.after == WON]
    came = np.array([float(((won > s) & (won <= e)).sum()) for s, e in spans])
    if not expected.all():
        return Track(half_life)
    # spans that overlap hold one another's wins: they count as the whole time they cover
    covered = spans[0][1] - spans[-1][0]
    apart = min(covered / sum(e - s for s, e in spans), 1.0)
    age = np.array([(known.moment - e) / DAY for _, e in spans])
    weight = np.ones(age.size) if half_life is None else 2.0 ** (-age / half_life)
    return Track(half_life, *_level(came, expected, apart, weight), len(spans))


def _spans(known: Known) -> list[tuple[int, int]]:
    """Return past spans, the latest first."""
    if not known.created.size:
        return []
    first = int(known.created.min()) + _FIRST_DAYS * DAY

    def back(months: int) -> int:
        return months_back(known.moment, months)

    months = range(_QUARTER, _QUARTER + _MOST_DATES)
    found = [(back(k), back(k - _QUARTER)) for k in months if back(k) >= first]
    if len(found) < _FEWEST_DATES:
        width = (known.moment - first) // _FEWEST_DATES // DAY * DAY
        ends = [known.moment - k * width for k in range(_FEWEST_DATES + 1)]
        found = list(zip(ends[1:], ends[:-1], strict=True)) if width >= DAY else []
    return found


@remembered
def _expected(
    then: Stays, entrants: Arrivals, start: int, end: int, half_life: float | None
) -> float:
    """Return the wins expected of the deals open at the start and of those that did come then."""
    running, days = then.end == NEVER, max(round((end - start) / DAY), 1)
    stage, age = then.stage[running], whole_age(then.start[running], start)
    hazards = hazards_of(then, start, half_life)
    chances = win_chances(
        hazards.daily[None], hazards, days, (days,),
        closing_weeks(then, start), weeks_before(end, days),
    )  # fmt: skip
    table = chances.by_age[days][0]
    by_open = table[stage, np.minimum(age, table.shape[1] - 1)].sum()
    placed = entrants.stage >= 0
    left = np.clip((end - entrants.created[placed]) / DAY, 0, days)
    whole, late = np.divmod(left, 1.0)
    entry, place, at = chances.on_entry[:, 0], entrants.stage[placed], whole.astype(np.int64)
    by_new = (1 - late) * entry[at, place] + late * entry[np.minimum(at + 1, days), place]
    return float(by_open + by_new.sum())


def _level(came: Floats, expected: Floats, apart: float, weight: Floats) -> tuple[float, float]:
    """Return the level and its squared relative spread.

    Parameters
    ----------
    came, expected : ndarray
        Wins of past spans, and what was expected of them.
    apart : float
        Share of the spans' time that they do not hold in common.
    weight : ndarray
        How much each span counts.

    Notes
    -----
    The spread from span to span is by the method of moments. The level is drawn to 1 by as much
    as chance and that spread leave open (a normal prior of its log). Weighted sums count as the
    equal ones that would be as certain (Kish 1965).
    """
    kept, meant = float(weight @ came), float(weight @ expected)
    wins = max(apart * kept**2 / max(float(weight**2 @ came), 1e-9), 0.5)
    alone = max(apart * float(weight.sum()) ** 2 / float((weight**2).sum()), 1.5)
    ratio = max(kept, 0.5) / meant
    mean = ratio * expected
    excess = alone / (alone - 1) * float(weight @ (came - mean) ** 2) - float(weight @ mean)
    between = max(excess / float(weight @ mean**2), 0.0)
    noise = 1 / wins + between / alone
    held = _LIKELY**2 / (_LIKELY**2 + noise)
    return float(ratio**held), float(between + held * noise)
