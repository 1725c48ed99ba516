"""The methods people use beside the simulation: weighted, by stage, pacing, last year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnelkit.data.kept import kept
from funnelkit.errors import FunnelkitError
from funnelkit.planning.forecasting.amounts import amounts_of, sums_of_past
from funnelkit.planning.forecasting.answers import Answer, Span, total_of, won_so_far
from funnelkit.planning.forecasting.book import DAY, NEVER, OPEN, UNKNOWN, WON, Known
from funnelkit.planning.forecasting.simulation import drawn_total, simulate
from funnelkit.process import Process
from funnelkit.stats.checks import floats
from funnelkit.stats.competing_risks import incidence
from funnelkit.stats.convolution import EXACT_UNITS, Total, bernoulli_sum

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

METHODS = ("simulation", "weighted", "stage", "cohort", "pacing", "naive")
#: Those that need no more than a sheet of paper.
SIMPLE = ("weighted", "stage", "pacing", "naive")
_MOST_SPANS = 8
_FEWEST_SPANS = 2


@dataclass(frozen=True)
class Setting:
    """What every method is given beside the deals."""

    process: Process
    while_open: bool
    draws: int
    seed: int
    model: Known | None = None


def ask(method: str, known: Known, span: Span, setting: Setting) -> Answer:
    """Ask one method for one period.

    Raises
    ------
    FunnelkitError
        The data cannot carry the method.
    """
    basis = known if setting.model is None else setting.model
    if method not in ("weighted", "naive") and not basis.won.any():
        raise FunnelkitError("forecast.no_wins", method=method)
    if method in ("simulation", "cohort"):
        return simulate(
            known, span, setting.while_open, setting.draws, setting.seed,
            stages=method == "simulation", model=setting.model,
        )  # fmt: skip
    if method == "weighted":
        return _weighted(known, span, setting)
    if method == "stage":
        return _by_stage(known, span, setting, basis)
    if method == "pacing":
        return _pacing(known, span, setting)
    return _last_year(known, span, setting)


def _weighted(known: Known, span: Span, setting: Setting) -> Answer:
    """Sum up amount times the stated probability of the deals due in the period."""
    placed = known.open & (known.place != UNKNOWN)
    if np.isfinite(known.stated[known.open]).any():
        p = np.where(known.open, known.stated, np.nan)
    else:
        rates = [setting.process.expected_win_rate(s) for s in setting.process.open_ids]
        if all(r is None for r in rates):
            raise FunnelkitError("forecast.no_probability")
        if known.open.any() and not placed.any():
            raise FunnelkitError("forecast.no_stages", method="weighted")
        table = np.array([*(np.nan if r is None else r for r in rates), np.nan])
        p = table[np.where(placed, known.place, -1)]
    return _weights(known, span, setting, p)


def _by_stage(known: Known, span: Span, setting: Setting, basis: Known) -> Answer:
    """Weight each deal by the share of past deals that was won from its stage."""
    if not known.has_history:
        raise FunnelkitError("forecast.no_history", method="stage")
    p = np.append(stage_win_shares(basis), np.nan)
    placed = known.open & (known.place != UNKNOWN)
    return _weights(known, span, setting, p[np.where(placed, known.place, -1)])


@kept
def stage_win_shares(known: Known) -> Floats:
    """Return the share won of the deals that entered each stage, open ones counted as open.

    Aalen-Johansen from the first entry of the stage, at the last day anybody was followed to;
    nan for a stage nobody has left.
    """
    order = np.lexsort((known.entered, known.stage, known.deal))
    deal, stage = known.deal[order], known.stage[order]
    first = np.r_[True, (deal[1:] != deal[:-1]) | (stage[1:] != stage[:-1])][: deal.size]
    deal, stage, began = deal[first], stage[first], known.entered[order][first]
    running = known.outcome[deal] == OPEN
    end = np.where(running, known.moment, known.closed[deal])
    usable = (end != NEVER) & (end >= began)
    kind = np.where(running, 0, np.where(known.outcome[deal] == WON, 1, 2))
    days = ((end - began) // DAY)[usable]
    shares = np.full(known.stages, np.nan)
    if not days.size:
        return shares
    length = int(days.max()) + 1
    cells = (stage[usable] * length + days) * 3 + kind[usable]
    counts = np.bincount(cells, minlength=known.stages * length * 3)
    for s, left in enumerate(counts.reshape(known.stages, length, 3)):
        if left[:, 1:].any():
            shares[s] = incidence(floats(left))[-1, 0]
    return shares


def _weights(known: Known, span: Span, setting: Setting, p: Floats) -> Answer:
    """Turn a probability a deal into the distribution of the total."""
    dated = known.open & (known.due != NEVER)
    p = p[known.open]
    unrated = int(np.isnan(p).sum())
    if dated.any():  # the practice: only what is due by then, what is overdue included
        due = (known.due <= span.end) & (known.due != NEVER)
        if span.wait:
            due &= known.due > span.start
        p = np.where(due[known.open], p, 0.0)
    p = np.where(np.isnan(p), 0.0, p)
    amounts = amounts_of(known, known.open, setting.while_open, kept=False)
    won, wins = won_so_far(known, span)
    expected = float(p.sum())
    said = (
        ("forecast.no_place", unrated),
        ("forecast.no_amount", int(amounts.unknown.sum())),
        ("forecast.no_due", int((known.open & ~dated).sum()) if dated.any() else 0),
    )
    coming = p > 0
    a = amounts.expected
    exact = None
    rng = np.random.default_rng(setting.seed)
    if coming.sum() <= EXACT_UNITS:
        exact = bernoulli_sum(a[coming], p[coming], certain=won)
        rest = exact.values[np.searchsorted(_running(exact.weights), rng.random(setting.draws))]
        rest = rest - won
    else:
        rest = drawn_total(p[None], amounts, np.array([setting.draws]), rng)
        exact = total_of(rest + won, mean=float(won + (a * p).sum()))
    return Answer(
        won, wins, rest, expected, rest, np.zeros(setting.draws), expected, 0.0,
        exact.mean - won, 0.0, p, exact, said,
    )  # fmt: skip


def _running(weights: Floats) -> Floats:
    running = np.cumsum(weights)
    running[-1] = 1.0
    return running


def _pacing(known: Known, span: Span, setting: Setting) -> Answer:
    """Take what came in the same days of past periods.

    Each past period is compared with this one at the same day: what came after that day in
    the mean is still to come here.
    """
    length = span.end - span.start
    first = int(known.created.min()) if known.created.size else span.now
    rest, wins = [], []
    for k in range(1, _MOST_SPANS + 1):
        shift = -(-(span.end - span.now) // length) * length + (k - 1) * length
        if span.start - shift < first:
            break
        came = known.won_between(span.begun - shift, span.end - shift)
        rest.append(float(np.nansum(known.amount[came])))
        wins.append(int(came.sum()))
    if len(rest) < _FEWEST_SPANS:
        raise FunnelkitError("forecast.few_periods", found=len(rest), needed=_FEWEST_SPANS)
    past = np.array(rest)
    rng = np.random.default_rng(setting.seed)
    n = past.size
    # as far off as the past periods were from their own mean, and the mean is itself estimated
    spread = past.std(ddof=1) * np.sqrt(1 + 1 / n)
    draws = past.mean() + spread * rng.standard_t(n - 1, setting.draws)
    won, already = won_so_far(known, span)
    draws = np.maximum(draws, 0.0)
    return Answer(
        won, already, draws, float(np.mean(wins)),
        exact=_with_mean(won + draws, won + float(past.mean())),
    )  # fmt: skip


def _last_year(known: Known, span: Span, setting: Setting) -> Answer:
    """Take what came in the same days a year ago."""
    shift = 52 * 7 * DAY if span.days < 28 else _year_before(span.end)
    first = int(known.created.min()) if known.created.size else span.now
    if span.begun - shift < first or span.end - shift > known.moment:
        raise FunnelkitError("forecast.no_year")
    came = known.won_between(span.begun - shift, span.end - shift)
    amounts = known.amount[came]
    amounts = amounts[np.isfinite(amounts)]
    rng = np.random.default_rng(setting.seed)
    # the number as uncertain as a count is, twice: it was drawn then and is drawn again
    mean = rng.gamma(max(amounts.size, 1), 1.0, setting.draws) if amounts.size else 0.0
    rest = sums_of_past(amounts, rng.poisson(np.broadcast_to(mean, setting.draws)), rng)
    won, already = won_so_far(known, span)
    return Answer(
        won, already, rest, float(came.sum()), exact=_with_mean(won + rest, won + amounts.sum())
    )


def _year_before(moment: int) -> int:
    """Return the time from the same calendar day a year ago."""
    now = pd.Timestamp(moment, unit="us")
    earlier = now - pd.DateOffset(years=1)
    return int((now - earlier) // pd.Timedelta(microseconds=1))


def _with_mean(draws: Floats, mean: float) -> Total:
    return total_of(draws, mean=float(mean))
