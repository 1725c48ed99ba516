"""Daily chances of leaving a stage, by age in it and by exit, and where they lead.

The life table of every stage gives, for each whole day of age, the chance to move to another
stage, to be won, lost or given up. Walked forward day by day they tell how likely a deal of
any stage and age is to be won within so many days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from funnelkit.data.kept import kept
from funnelkit.planning.forecasting.book import DAY, NEVER, OPEN, UNKNOWN, Known
from funnelkit.stats.checks import floats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Days are joined until this many exits stand behind a chance: fewer would be noise.
EXITS = 25


@dataclass(frozen=True, eq=False)
class Hazards:
    """Exits and exposure by stage and band of days.

    Attributes
    ----------
    counts : ndarray, (stages, bands, stages + 3)
        Exits to each stage, then won, lost and no decision.
    exposed : ndarray, (stages, bands)
        Days at risk.
    band : ndarray, (stages, ages)
        Which band an age in whole days is in; the last age stands for all later ones.
    part : ndarray, (stages, 2)
        Mean part of a day that has gone when a deal moves: on its first day, and later. With
        dates it is 0; two moves on one day are then possible.
    """

    counts: Floats
    exposed: Floats
    band: Ints
    part: Floats

    @property
    def daily(self) -> Floats:
        """The chances themselves, (stages, bands, stages + 3)."""
        known = self.exposed > 0
        safe = np.where(known, self.exposed, 1.0)[..., None]
        return np.where(known[..., None], self.counts / safe, 0.0)

    def drawn(self, times: int, rng: np.random.Generator) -> Floats:
        """Draw the chances again, as uncertain as their counts leave them."""
        shape = np.maximum(self.counts, 1e-300)
        draws = np.where(self.counts > 0, rng.gamma(shape, size=(times, *shape.shape)), 0.0)
        daily = draws / np.where(self.exposed > 0, self.exposed, 1.0)[..., None]
        total = daily.sum(axis=-1, keepdims=True)
        return floats(daily / np.maximum(total, 1.0))


@dataclass(frozen=True, eq=False)
class Stays:
    """Times at risk: each begins, may end, and says what came next.

    Attributes
    ----------
    stage, start, end, after : ndarray
        ``end`` is ``NEVER`` and ``after`` is ``OPEN`` while a stay runs.
    stages : int
        How many stages there are.
    """

    stage: Ints
    start: Ints
    end: Ints
    after: Ints
    stages: int

    @kept
    def at(self, moment: int) -> Stays:
        """Return the stays begun by a moment; those that ended later still run."""
        begun = self.start <= moment
        end = self.end[begun]
        runs = (end == NEVER) | (end > moment)
        return Stays(
            self.stage[begun], self.start[begun], np.where(runs, NEVER, end),
            np.where(runs, OPEN, self.after[begun]), self.stages,
        )  # fmt: skip


def stays_of(known: Known, by_stage: bool) -> Stays:
    """Return the stays of all deals in their stages, or each deal's life as one stay."""
    if by_stage:
        after = np.where(known.after == UNKNOWN, OPEN, known.after)
        start, end, stage = known.entered, known.left, known.stage
    else:
        start, end, after = known.created, known.closed, known.outcome
        stage = np.zeros(start.size, np.int64)
    usable = ((after == OPEN) | (end != NEVER)) & ((end == NEVER) | (end >= start))
    stages = known.stages if by_stage else 1
    return Stays(stage[usable], start[usable], end[usable], after[usable], stages)


def hazards_of(
    stays: Stays, moment: int, half_life: float | None = None, exits: int = EXITS
) -> Hazards:
    """Count exits by stage and age; stays that still run are censored at the moment.

    Parameters
    ----------
    half_life : float, optional
        Days after which an exit, and a day at risk, count half as much; all alike if not given.
        Weighted counts are scaled to the number of equal ones that would be as certain.
    """
    stages, stage = stays.stages, stays.stage
    took = np.where(stays.end == NEVER, moment, stays.end) - stays.start
    day = (took / DAY).astype(np.int64)  # exact for some thousand years, and quicker than //
    causes = stages + 3
    length = int(day.max()) + 1 if day.size else 1
    cause = np.where(stays.after >= 0, stays.after, stages - 1 - stays.after)
    gone = stays.after != OPEN
    # a day at age a of a stay begun t days ago lies t - a days back: the weight is a product
    weight, of_exit, growth = None, None, np.ones(length)
    if half_life is not None:
        weight = 2.0 ** -((moment - stays.start) / DAY / half_life)
        growth = 2.0 ** (np.arange(length) / half_life)
        of_exit = (weight * growth[day])[gone]
    cells = (stage[gone] * length + day[gone]) * causes + cause[gone]
    shape = (stages, length, causes)

    def counted(weights: Floats | None) -> Floats:
        return floats(np.bincount(cells, weights, stages * length * causes).reshape(shape))

    alike = counted(None)
    left = alike if of_exit is None else counted(of_exit)
    ended = np.bincount(stage * length + day, weight, stages * length).reshape(stages, length)
    at_risk = ended[:, ::-1].cumsum(axis=1)[:, ::-1] * growth
    band = _bands(alike.sum(axis=2), exits)
    bands = int(band.max()) + 1
    counts, exposed = np.zeros((stages, bands, causes)), np.zeros((stages, bands))
    for s in range(stages):
        np.add.at(counts[s], band[s], left[s])
        np.add.at(exposed[s], band[s], at_risk[s])
    if of_exit is not None:  # Kish (1965): as many equal weights as would be as certain
        squares = np.zeros((stages, bands))
        for s in range(stages):
            np.add.at(squares[s], band[s], counted(of_exit**2)[s].sum(axis=1))
        scale = np.divide(counts.sum(axis=2), squares, out=np.ones_like(squares), where=squares > 0)
        counts, exposed = counts * scale[..., None], exposed * scale
    moved = gone & (stays.after >= 0)
    place = 2 * stage[moved] + (day[moved] > 0)
    n = np.bincount(place, minlength=2 * stages)
    gone_by = np.bincount(place, (took[moved] % DAY) / DAY, 2 * stages)
    part = np.divide(gone_by, n, out=np.full(2 * stages, 0.5), where=n > 0).reshape(stages, 2)
    # ages from the start of every stage's last band on are all alike
    starts = (band == band.max(axis=1, keepdims=True)).argmax(axis=1)
    return Hazards(counts, exposed, band[:, : int(starts.max()) + 1], part)


def _bands(left: Floats, exits: int) -> Ints:
    """Join days until enough exits stand behind each band; the first day stays alone."""
    band = np.zeros(left.shape, np.int64)
    for s, row in enumerate(left):
        total = row.sum()
        current, gathered, seen = 0, 0.0, 0.0
        for day, n in enumerate(row):
            band[s, day] = current
            gathered += n
            seen += n
            first = day == 0 and total > n
            if first or (gathered >= exits and total - seen >= exits):
                current, gathered = current + 1, 0.0
    return band


@dataclass(frozen=True, eq=False)
class Chances:
    """Chances to be won within some days.

    Attributes
    ----------
    by_age : dict of int to ndarray, (draws, stages, ages)
        For each number of days asked for.
    on_entry : ndarray, (days + 1, draws, stages)
        Of a deal that enters a stage now, within 0, 1, 2, ... days.
    """

    by_age: dict[int, Floats]
    on_entry: Floats


def win_chances(
    daily: Floats, hazards: Hazards, days: int, ask: tuple[int, ...],
    closing: Floats | None = None, week: Ints | None = None,
) -> Chances:  # fmt: skip
    """Walk the chances forward: how likely is a win within so many days.

    Parameters
    ----------
    daily : ndarray, (draws, stages, bands, stages + 3)
        Daily chances by band.
    hazards : Hazards
        For the bands of the ages.
    days : int
        How far to walk.
    ask : tuple of int
        Numbers of days to keep by age.
    closing : ndarray, (2, weeks), optional
        By how much more deals are won, and closed otherwise, in some weeks; alike if not given.
    week : ndarray, (days,), optional
        The week of each day, counted back from the last.

    Notes
    -----
    With ``V(h, s, a)`` the chance to win within h days from stage s at age a,
    ``V(h, s, a) = won + sum_j move_j [(1 - u) V(h, j, 0) + u V(h - 1, j, 0)]
    + stay V(h - 1, s, a + 1)``, where u is the part of the day gone when a deal moves. The
    ``V(h, j, 0)`` on both sides are solved for.
    """
    draws, stages = daily.shape[:2]
    closing = np.ones((2, 1)) if closing is None else closing
    week = np.zeros(days, np.int64) if week is None else week
    moves = daily[..., :stages]
    bands = daily.shape[2]
    cell = np.arange(draws * stages).reshape(draws, stages, 1) * bands + hazards.band
    wins, stays = [], []
    room = np.clip(1 - moves.sum(axis=-1), 0.0, 1.0)
    for of_won, of_others in closing.T:
        won = daily[..., stages] * of_won
        closed = won + daily[..., stages + 1 :].sum(axis=-1) * of_others
        fits = np.minimum(np.divide(room, closed, out=np.ones_like(room), where=closed > 0), 1.0)
        wins.append(won * fits)
        stays.append((room - closed * fits).take(cell))
    first, later = hazards.part[:, 0], hazards.part[:, 1]
    today = moves[:, :, 0, :] * (1 - first)[None, :, None]
    # a stage that a deal leaves and enters again at once for ever has no answer: damp it
    inverse = np.linalg.inv(np.eye(stages) - today * (1 - 1e-13))
    ages = hazards.band.shape[1]
    value = np.zeros((draws, stages, ages))
    by_age = {0: value} if 0 in ask else {}
    on_entry = np.zeros((days + 1, draws, stages))
    rows = np.arange(ages)
    following = np.minimum(rows + 1, ages - 1)
    for h in range(1, days + 1):
        won, stay = wins[week[h - 1]], stays[week[h - 1]]
        before = on_entry[h - 1]
        ahead = stay * value[:, :, following]
        base = won[:, :, 0] + first * np.einsum("bsj,bj->bs", moves[:, :, 0, :], before)
        entry = np.einsum("bsj,bj->bs", inverse, base + ahead[:, :, 0])
        mixed = (1 - later)[None, :, None] * entry[:, None, :]
        mixed = mixed + later[None, :, None] * before[:, None, :]
        gain = won + np.einsum("bskj,bsj->bsk", moves, mixed)
        value = gain.take(cell)
        value += ahead
        value[:, :, 0] = entry
        on_entry[h] = entry
        if h in ask:
            by_age[h] = value
    return Chances(by_age, on_entry)


def whole_age(since: Ints, moment: int) -> Ints:
    """Return ages in whole days, to the nearest: the next day at risk is that day's.

    With dates, a deal of today's date has been through its first day when the day ends.
    """
    return np.maximum((moment - since + DAY // 2) // DAY, 0)
