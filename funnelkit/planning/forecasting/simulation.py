"""The period drawn many times: won so far, open deals by stage and age, deals yet to come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from funnelkit.data.kept import kept
from funnelkit.planning.forecasting.amounts import (
    Amounts,
    amounts_of,
    past_wins,
    shifted_gamma,
    sums_of_past,
)
from funnelkit.planning.forecasting.answers import Answer, Span, won_so_far
from funnelkit.planning.forecasting.book import UNKNOWN, Known
from funnelkit.planning.forecasting.closing import closing_weeks, weeks_before
from funnelkit.planning.forecasting.hazards import (
    Chances,
    Hazards,
    hazards_of,
    stays_of,
    whole_age,
    win_chances,
)
from funnelkit.planning.forecasting.newcomers import Arrivals, Newcomers, wins_of_newcomers
from funnelkit.planning.forecasting.record import classes, size_factors
from funnelkit.planning.forecasting.track import track_of
from funnelkit.stats.checks import floats

Floats = NDArray[np.float64]

#: How often the chances themselves are drawn again; the draws share these.
WORLDS = 100
_DRAWS_A_WORLD = 40
#: Coin flips (draws times deals) up to which every deal is drawn on its own.
_MOST_FLIPS = 400_000_000
# Flips at once: what fits into the processor's own memory is drawn six times as fast.
_BLOCK = 200_000


def simulate(
    known: Known, span: Span, while_open: bool, draws: int, seed: int, stages: bool = True,
    model: Known | None = None,
) -> Answer:  # fmt: skip
    """Draw the rest of the period from daily chances by stage and age.

    Parameters
    ----------
    stages : bool
        False: by age since creation alone, all stages as one (the cohort method).
    model : Known, optional
        The deals the chances are learnt from; ``known`` itself if not given.
    """
    by_stage = stages and known.has_history
    basis = known if model is None else model
    worlds = min(WORLDS, max(draws // _DRAWS_A_WORLD, 20))
    track = track_of(basis, by_stage)
    hazards, by_end, by_start, state = _learnt(basis, by_stage, worlds, seed, span, track.half_life)
    rng = np.random.default_rng(seed)
    rng.bit_generator.state = state

    placed = known.open & (known.place != UNKNOWN) if by_stage else known.open
    place = known.place[placed] if by_stage else np.zeros(int(placed.sum()), np.int64)
    age = whole_age(known.since[placed] if by_stage else known.created[placed], known.moment)
    age = np.minimum(age, hazards.band.shape[1] - 1)
    by_age = by_end.by_age[span.days]
    if by_start is not None:
        by_age = by_age - by_start.by_age[span.wait]
    p = by_age[:, place, age]
    if by_stage and while_open:
        edges, factors = size_factors(basis, by_end.by_age[span.days][0], span.days)
        kind = classes(_asked(known)[placed], edges)
        p = 1 - (1 - np.clip(p, 0.0, 1.0)) ** factors[kind]
    p = _centred(p) * track.level
    amounts = amounts_of(known, placed, while_open, kept=by_stage)
    past = past_wins(known)

    shock = common_factor(track.spread, worlds, rng)
    per_world = np.full(worlds, draws // worlds)
    per_world[: draws % worlds] += 1
    from_open = drawn_total(p[1:] * shock[:, None], amounts, per_world, rng)

    entrants = Arrivals.of(known, by_stage).expected(span, known.moment)
    before = None if by_start is None else by_start.on_entry
    expected = wins_of_newcomers(entrants, by_end.on_entry, before, span)
    expected = _centred(expected[:, None])[:, 0] * track.level
    mean = np.repeat(expected[1:] * shock, per_world) * rate_factor(entrants, draws, rng)
    new = sums_of_past(past, rng.poisson(mean), rng)

    won, wins = won_so_far(known, span)
    chance = np.zeros(known.open.sum())
    chance[placed[known.open]] = np.minimum(p[0], 1.0)
    said = (
        ("forecast.no_place", int((known.open & ~placed).sum())),
        ("forecast.no_amount", int(amounts.unknown.sum())),
    )
    return Answer(
        won, wins, from_open + new, float(p[0].sum() + expected[0]),
        from_open, new, float(p[0].sum()), float(expected[0]),
        float(np.minimum(p[0], 1.0) @ amounts.expected),
        float(expected[0]) * (float(past.mean()) if past.size else 0.0), chance, said=said,
    )  # fmt: skip


@kept
def _learnt(
    basis: Known, by_stage: bool, worlds: int, seed: int, span: Span, half_life: float | None
) -> tuple[Hazards, Chances, Chances | None, Mapping[str, Any]]:
    """Return hazards, chances in every world, and the state of the generator behind them.

    Chances to be won by the end of the period, and by its start where it has not begun. The first
    world is the estimate itself, the others are as likely given the counts. What-ifs ask the same
    deals again and again.
    """
    rng = np.random.default_rng(seed)
    stays = stays_of(basis, by_stage)
    hazards = hazards_of(stays, basis.moment, half_life)
    daily = np.concatenate([hazards.daily[None], hazards.drawn(worlds, rng)])
    closing = closing_weeks(stays, basis.moment)

    def within(days: int, moment: int) -> Chances:
        return win_chances(daily, hazards, days, (days,), closing, weeks_before(moment, days))

    by_start = within(span.wait, span.start) if span.wait else None
    return hazards, within(span.days, span.end), by_start, rng.bit_generator.state


def rate_factor(entrants: Newcomers, draws: int, rng: np.random.Generator) -> Floats:
    """Draw by how much creation is above or below its mean: as it varied, and as it is known."""
    if entrants.spread <= 0:
        return np.ones(draws)
    return floats(rng.gamma(1 / entrants.spread, entrants.spread, draws))


def common_factor(spread: float, worlds: int, rng: np.random.Generator) -> Floats:
    """Draw a factor that moves all chances of a world together; its mean is 1."""
    if spread <= 0:
        return np.ones(worlds)
    # one draw from each of so many equal slices: few worlds then still have the right spread
    slices = (rng.permutation(worlds) + rng.random(worlds)) / worlds
    factor = gammaincinv(1 / spread, slices) * spread
    return floats(factor / factor.mean())


def _centred(p: Floats) -> Floats:
    """Scale the drawn worlds so that their mean is the estimate, the first row."""
    mean = p[1:].mean(axis=0)
    scale = np.divide(p[0], mean, out=np.ones_like(mean), where=mean > 0)
    return np.concatenate([p[:1], p[1:] * scale])


def _asked(known: Known) -> Floats:
    """Return the amount each deal had when it entered the stage it sits in."""
    asked = np.full(known.created.size, np.nan)
    here = known.entered == known.since[known.deal]
    asked[known.deal[here]] = known.asked[here]
    return asked


def drawn_total(
    p: Floats, amounts: Amounts, per_world: NDArray[np.int64], rng: np.random.Generator
) -> Floats:
    """Draw which deals are won, and add up what they bring.

    Parameters
    ----------
    p : ndarray, (worlds, deals)
        Chances of the deals in each world.
    per_world : ndarray
        How many draws each world has.
    """
    n = p.shape[1]
    if not n:
        return np.zeros(int(per_world.sum()))
    p = np.clip(p, 0.0, 1.0)
    if n * int(per_world.sum()) > _MOST_FLIPS:
        return _by_moments(p, amounts, per_world, rng)
    columns = [amounts.own]
    noisy, unknown = bool(amounts.noise.any()), bool(amounts.unknown.any())
    if noisy:
        columns.append(amounts.noise)
    if unknown:
        columns.append(amounts.unknown.astype(float))
    weights = np.stack(columns, axis=1)
    # in single precision a total of thousands of deals is good to some millionths
    scale = np.where(weights.max(axis=0) > 0, weights.max(axis=0), 1.0)
    scaled = (weights / scale).astype(np.float32)
    out = np.empty((int(per_world.sum()), weights.shape[1]))
    at = 0
    block = max(_BLOCK // n, 1)
    for chances, times in zip(p, per_world, strict=True):
        # sixteen bits a flip; rounding the chance up or down at random keeps its mean
        level = np.minimum(chances * 65536 + rng.random(n), 65535).astype(np.uint16)
        for begin in range(0, int(times), block):
            size = min(block, int(times) - begin)
            bits = np.frombuffer(rng.bytes(2 * size * n), dtype=np.uint16).reshape(size, n)
            out[at : at + size] = (bits < level).astype(np.float32) @ scaled
            at += size
    out *= scale
    total = out[:, 0]
    if noisy:
        total = total + np.sqrt(np.maximum(out[:, 1], 0)) * rng.standard_normal(total.size)
    if unknown:
        wins = np.rint(out[:, -1]).astype(np.int64)
        total = total + sums_of_past(amounts.past, wins, rng)
    return np.maximum(total, 0.0)


def _by_moments(
    p: Floats, amounts: Amounts, per_world: NDArray[np.int64], rng: np.random.Generator
) -> Floats:
    """Draw totals of very many deals from their mean, variance and skewness."""
    a = amounts.expected
    noise = amounts.noise + np.where(
        amounts.unknown, amounts.past.var() if amounts.past.size else 0.0, 0.0
    )
    mean = p @ a
    variance = (p * (1 - p)) @ a**2 + p @ noise
    third = (p * (1 - p) * (1 - 2 * p)) @ a**3
    world = np.repeat(np.arange(p.shape[0]), per_world)
    return np.maximum(shifted_gamma(mean[world], variance[world], third[world], rng), 0.0)


__all__ = ["WORLDS", "drawn_total", "simulate"]
