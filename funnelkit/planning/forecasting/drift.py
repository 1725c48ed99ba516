"""How much winning varies from one span to the next, beyond chance.

Quarters differ: budgets, seasons, a competitor. An interval that leaves this out is too
narrow, however well the mean chances are known.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from funnelkit.planning.forecasting.book import DAY, NEVER, OPEN, Known
from funnelkit.planning.forecasting.hazards import Hazards

Floats = NDArray[np.float64]

_MOST_SPANS = 12
_FEWEST_SPANS = 3


def drift(known: Known, hazards: Hazards, by_stage: bool, days: int) -> float:
    """Return the squared relative spread of wins around what the chances expect.

    For past spans of the length of the period (shorter where the data hold fewer than six),
    the wins are compared with the sum of the daily chances over all deals then at risk; what
    their distance exceeds the counting error is the spread (method of moments).
    """
    if by_stage:
        start, stage, after = known.entered, known.stage, known.after
        end = np.where(after == OPEN, known.moment, known.left)
    else:
        start, stage, after = known.created, np.zeros(known.created.size, np.int64), known.outcome
        end = np.where(after == OPEN, known.moment, known.closed)
    usable = (end != NEVER) & (end >= start)
    if not usable.any():
        return 0.0
    start, end, stage, after = start[usable], end[usable], stage[usable], after[usable]
    history = (known.moment - int(start.min())) / DAY
    width = min(float(days), history / 6)
    times = min(int(history // width) - 1, _MOST_SPANS) if width >= 1 else 0
    if times < _FEWEST_SPANS:
        return 0.0
    daily = hazards.daily[..., hazards.counts.shape[0]]
    by_age = np.take_along_axis(daily, hazards.band, axis=1)
    sums = np.concatenate([np.zeros((by_age.shape[0], 1)), by_age.cumsum(axis=1)], axis=1)
    last = by_age.shape[1]

    def expected_by(moment: float) -> float:
        """Chances added up over all days at risk until a moment."""
        begun = start < moment
        stop = np.minimum(end[begun], moment)
        # the day on which it leaves was at risk as a whole
        whole = np.floor((stop - start[begun]) / DAY) + (end[begun] <= moment)
        whole = whole.astype(np.int64)
        beyond = np.maximum(whole - last, 0)
        s = stage[begun]
        return float((sums[s, np.minimum(whole, last)] + beyond * by_age[s, -1]).sum())

    edges = [known.moment - k * width * DAY for k in range(times + 1)]
    run = np.array([expected_by(e) for e in edges])
    closes = np.sort(end[after == -1])
    seen = np.searchsorted(closes, np.array(edges), side="right")
    expected, wins = run[:-1] - run[1:], (seen[:-1] - seen[1:]).astype(float)
    known_spans = expected > 0
    expected, wins = expected[known_spans], wins[known_spans]
    if expected.size < _FEWEST_SPANS:
        return 0.0
    # the level itself is fitted: compare around the spans' own mean
    expected = expected * wins.sum() / expected.sum() if wins.sum() else expected
    lost = expected.size / (expected.size - 1)
    excess = lost * ((wins - expected) ** 2).sum() - expected.sum()
    return float(max(excess / (expected**2).sum(), 0.0))
