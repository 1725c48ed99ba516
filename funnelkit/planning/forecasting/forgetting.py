"""How fast to forget: what would have foretold best where deals went in past months.

Wins are few, moves and losses are many: whether chances have changed is seen in them first.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from funnelkit.planning.forecasting.book import DAY, NEVER, OPEN
from funnelkit.planning.forecasting.hazards import Stays, hazards_of, whole_age
from funnelkit.planning.forecasting.past import months_back, remembered
from funnelkit.stats.checks import floats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Days after which the past counts half; None: the whole past counts alike.
HALF_LIVES = (None, 180.0, 90.0)
#: Past months, and the days of past the first of them needs.
_MOST_MONTHS, _FIRST_DAYS = 12, 180
_FEWEST_MONTHS = 4


def half_life_of(stays: Stays, moment: int) -> float | None:
    """Return the half-life that past months preferred beyond noise, None if none.

    Notes
    -----
    Each month is foretold with what was known before it: exits by stage and kind, Poisson
    deviance. A half-life counts as better where it is so by more than one standard error of its
    monthly differences from the whole past (L. Breiman et al. 1984, Classification and
    Regression Trees, the one-standard-error rule).
    """
    if not stays.start.size:
        return None
    first = int(stays.start.min()) + _FIRST_DAYS * DAY
    dates = [months_back(moment, k) for k in range(_MOST_MONTHS + 1)]
    months = [(b, e) for e, b in pairwise(dates) if b >= first]
    if len(months) < _FEWEST_MONTHS:
        return None
    off = np.array([_deviances(stays.at(e), b, e) for b, e in months])
    gain = off[:, :1] - off
    mean, error = gain.mean(axis=0), gain.std(axis=0, ddof=1) / np.sqrt(len(months))
    return HALF_LIVES[int(np.where(mean > error, mean, 0.0).argmax())]


@remembered
def _deviances(stays: Stays, begin: int, end: int) -> tuple[float, ...]:
    """Return how far each half-life was off between two moments."""
    then, stages = stays.at(begin), stays.stages
    here = (stays.end == NEVER) | (stays.end > begin)
    stage, after = stays.stage[here], stays.after[here]
    old = whole_age(stays.start[here], begin)
    new = whole_age(stays.start[here], np.where(stays.end == NEVER, end, stays.end)[here])
    kind = np.where(after >= 0, after, stages - 1 - after)
    gone = after != OPEN
    shape = (stages, stages + 3)
    came = np.bincount(stage[gone] * shape[1] + kind[gone], minlength=shape[0] * shape[1])
    came = came.reshape(shape).astype(float)
    found = []
    for half_life in HALF_LIVES:
        hazards = hazards_of(then, begin, half_life)
        daily = np.take_along_axis(hazards.daily, hazards.band[..., None], axis=1)
        summed = np.concatenate([np.zeros((stages, 1, shape[1])), daily.cumsum(axis=1)], axis=1)
        risk = _up_to(new, stage, summed, daily) - _up_to(old, stage, summed, daily)
        expected = np.stack([np.bincount(stage, column, stages) for column in risk.T], axis=1)
        expected = np.maximum(expected, 0.1)
        log = np.where(came > 0, came * np.log(np.maximum(came, 1e-300) / expected), 0.0)
        found.append(float(2 * (log - (came - expected)).sum()))
    return tuple(found)


def _up_to(age: Ints, stage: Ints, summed: Floats, daily: Floats) -> Floats:
    """Return the chances of a stay summed up to an age; beyond the last one they go on alike."""
    ages = daily.shape[1]
    beyond = np.maximum(age - ages, 0)[:, None] * daily[stage, -1]
    return floats(summed[stage, np.minimum(age, ages)] + beyond)
