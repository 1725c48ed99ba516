"""Milestones backward from a date: when a deal has to enter each stage to be signed in time.

`path_quantile` and `backward_dates` are pure functions of days and dates, for whoever plans.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from scipy import signal
from scipy import stats as distributions

from funnelkit.data.pipeline import Pipeline, start_of
from funnelkit.errors import FunnelkitError
from funnelkit.measures.engine import visits
from funnelkit.measures.result import Result, choose
from funnelkit.measures.scope import Scope, make_scope
from funnelkit.process import Process, load_process
from funnelkit.show.column import COUNT
from funnelkit.stats import aalen_johansen, to_life_table
from funnelkit.words import date as written
from funnelkit.words import percent, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

#: Spread of the time in a stage on the log scale, where neither sheet nor data say one.
SIGMA = 0.6
SOURCES = ("sheet", "data")
# Below this many wins from a stage the data do not speak of a quantile.
_FEWEST = 20
_STEP = 0.05


@lru_cache(maxsize=64)
def _path(medians: tuple[float, ...], sigma: float) -> np.ndarray:
    """Return the distribution function of a sum of lognormal times on a grid of `_STEP` days."""
    reach = sum(medians) * math.exp(sigma * 4.5)
    grid = np.arange(0.0, reach + _STEP, _STEP)
    total = np.array([1.0])
    for median in medians:
        # the mass around each point, so that the sum stays where it belongs
        edges = np.append(np.maximum(grid - _STEP / 2, 0.0), grid[-1] + _STEP / 2)
        mass = np.diff(distributions.lognorm.cdf(edges, sigma, scale=median))
        total = signal.fftconvolve(total, mass)[: len(grid)]
    return np.cumsum(np.clip(total, 0.0, None))


def _checked(medians: Sequence[float], q: float, sigma: float) -> None:
    if not 0 < q < 1:
        raise FunnelkitError("control.bad_quantile", found=q)
    if any(not m > 0 for m in medians) or not sigma > 0:
        raise FunnelkitError("control.bad_days", found=[*medians, sigma])


def path_quantile(medians: Sequence[float], q: float, sigma: float = SIGMA) -> float:
    """Return the days within which a share ``q`` gets through all of these stages.

    The times are independent and lognormal with these medians. It is the quantile of their
    sum: adding up each stage's own quantile would promise too much at the median and ask too
    much above it, as not every stage is slow in the same deal.

    Examples
    --------
    >>> round(path_quantile([20], 0.8), 1)
    33.1
    >>> round(path_quantile([20, 20], 0.8), 1) < 2 * 33.1
    True
    """
    _checked(medians, q, sigma)
    if len(medians) == 1:
        return float(medians[0] * math.exp(sigma * distributions.norm.ppf(q)))
    shares = _path(tuple(map(float, medians)), sigma)
    at = int(np.searchsorted(shares, q))
    before = shares[at - 1] if at else 0.0
    return float((at - 0.5 + (q - before) / (shares[at] - before)) * _STEP)


def path_share(medians: Sequence[float], days: float, sigma: float = SIGMA) -> float:
    """Return the share that gets through all of these stages within ``days``.

    Examples
    --------
    Half of the deals need longer than the median of one stage, more than half longer than
    the sum of several medians.

    >>> round(path_share([20], 20), 3), round(path_share([5, 12, 24, 30, 20], 91), 2)
    (0.5, 0.34)
    """
    _checked(medians, 0.5, sigma)
    if len(medians) == 1:
        return float(distributions.lognorm.cdf(days, sigma, scale=medians[0]))
    shares = _path(tuple(map(float, medians)), sigma)
    return float(np.interp(days, (np.arange(len(shares)) + 0.5) * _STEP, shares))


def backward_dates(
    date: dt.date | str,
    medians: Mapping[str, float],
    quantiles: Sequence[float] = (0.5, 0.8),
    sigma: float = SIGMA,
) -> pd.DataFrame:
    """Count back from a date through stages with these median days, in process order.

    Returns
    -------
    DataFrame
        ``stage, quantile, days, enter_by, on_time_share``. At 0.5 the medians are added up, as
        everybody does by hand; ``on_time_share`` says how few deals keep to that. Any other
        quantile is the quantile of the whole remaining path, rounded up to whole days.

    Examples
    --------
    >>> table = backward_dates("2026-12-31", {"offer": 30, "terms": 20}, (0.5,))
    >>> [str(d) for d in table["enter_by"]]
    ['2026-11-11', '2026-12-11']
    """
    day = start_of(date).date()
    rows = []
    names, days = list(medians), [float(m) for m in medians.values()]
    for k, stage in enumerate(names):
        rest = days[k:]
        for q in quantiles:
            _checked(rest, q, sigma)
            lead = sum(rest) if q == 0.5 else path_quantile(rest, q, sigma)
            lead = math.ceil(round(lead, 6))
            share = path_share(rest, lead, sigma)
            rows.append((stage, q, lead, day - dt.timedelta(days=lead), share))
    return pd.DataFrame(rows, columns=["stage", "quantile", "days", "enter_by", "on_time_share"])


@dataclass(frozen=True, eq=False, repr=False)
class Milestones(Result):
    """The latest day to enter each stage for a signature by a date."""

    name: ClassVar[str] = "milestones"
    room: ClassVar[str] = "control"
    units: ClassVar = {"days": COUNT}

    @property
    def source(self) -> str:
        """Where the times come from: sheet or data."""
        return str(self.option("source"))

    @property
    def definition(self) -> str:
        """How the dates are counted back, in the current language."""
        said = dict(self.options)
        return say(f"control.milestones_definition_{self.source}", sigma=said["sigma"])

    def summary(self) -> str:
        """Give the dates of the first quantile, then the first date of the last one."""
        quantiles = [float(q) for q in dict.fromkeys(self.table["quantile"])]
        first = self.table[self.table["quantile"] == quantiles[0]].dropna(subset=["days"])
        parts = [
            say(
                "control.milestone_part",
                stage=self.process.label(r["stage"]), date=r["enter_by"],
            )
            for r in first.iloc[::-1].to_dict("records")
        ]  # fmt: skip
        if not parts:
            return say("measures.nothing")
        text = say(
            "control.milestones_summary",
            date=self.option("date"), quantile=percent(quantiles[0]), parts=parts,
            share=float(first["on_time_share"].iloc[0]),
        )  # fmt: skip
        last = self.table[self.table["quantile"] == quantiles[-1]].dropna(subset=["days"])
        if len(quantiles) > 1 and len(last):
            return sentences(
                [
                text,
                say(
                    "control.milestones_safe",
                    quantile=percent(quantiles[-1]), date=last["enter_by"].iloc[0],
                    stage=self.process.label(last["stage"].iloc[0]),
                ),
                ]
            )  # fmt: skip
        return text

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the days before the date at which each stage has to begin."""
        from funnelkit.charts.spans import lead_times

        quantiles = sorted({float(q) for q in self.table["quantile"]})
        near, far = quantiles[0], quantiles[-1]
        by = self.table.set_index(["stage", "quantile"])
        stages = list(dict.fromkeys(self.table["stage"]))
        frame = pd.DataFrame(
            {
                "label": [self.process.label(s) for s in stages],
                "near": [by.loc[(s, near), "days"] for s in stages],
                "far": [by.loc[(s, far), "days"] for s in stages],
                "near_text": [written(by.loc[(s, near), "enter_by"]) for s in stages],
                "far_text": [written(by.loc[(s, far), "enter_by"]) for s in stages],
            }
        )
        return lead_times(
            frame,
            headings=(percent(far), percent(near)),
            unit=say("control.milestones_axis"),
            **self._around(ax),
        )

    def _small_print(self) -> str:
        if self.source == "sheet":  # no deals stand behind it
            return f"{self.definition}\n{self.denominator}"
        return super()._small_print()


def milestones(
    date: dt.date | str,
    p: Pipeline | Process | str | None = None,
    *,
    quantiles: Sequence[float] = (0.5, 0.8),
    source: str | None = None,
    sigma: float = SIGMA,
) -> Milestones:
    """Say by when a deal has to be in each stage to be signed on a date.

    Parameters
    ----------
    date : date
        The day of the signature.
    p : Pipeline, Process, name or path of a sheet, optional
    quantiles : sequence of float
        Shares of deals that should be in time. 0.5 of the sheet adds up its median days.
    source : {"sheet", "data"}, optional
        Times of the process sheet, or of the deals that were won; the sheet where it has
        median days for every open stage, else the data.
    sigma : float
        Spread of the sheet's times on the log scale.

    Returns
    -------
    Milestones
        ``table``: ``stage, milestone, quantile, days, enter_by, on_time_share``. From the data,
        days are a quantile of the time from entering the stage to winning, among deals that win,
        with open deals censored (Aalen-Johansen curve of winning over its last value).

    Raises
    ------
    FunnelkitError
        The sheet has no median days, the data have no history.

    Examples
    --------
    >>> [str(d) for d in milestones("2026-12-31", quantiles=(0.5,)).table["enter_by"]]
    ['2026-10-01', '2026-10-06', '2026-10-18', '2026-11-11', '2026-12-11']
    """
    pipeline = p if isinstance(p, Pipeline) else None
    process = pipeline.process if pipeline is not None else load_process(p)  # type: ignore[arg-type]
    day = start_of(date).date()
    known = {s: process.stage(s).target.median_days for s in process.open_ids}
    silent = [process.label(s) for s, m in known.items() if m is None]
    if source is None:
        source = "data" if silent and pipeline is not None else "sheet"
    choose(source, SOURCES, "source")
    if source == "sheet":
        if silent:
            raise FunnelkitError("control.no_medians", stages=silent, process=str(process.name))
        table = backward_dates(day, {s: m for s, m in known.items() if m}, quantiles, sigma)
        scope = Scope(0, (), pipeline.as_of if pipeline else dt.datetime.combine(day, dt.time()))
    else:
        if pipeline is None:
            raise FunnelkitError("control.needs_pipeline", what="milestones(source='data')")
        pipeline.need("stage_history", what="milestones(source='data')")
        table, used, few = _from_data(pipeline, day, quantiles)
        scope = make_scope(pipeline, used, [("control.few_wins", few)])
    names = {m.stage: m for m in process.milestones}
    table.insert(1, "milestone", [str(names[s].name) if s in names else "" for s in table["stage"]])
    options = (("date", day), ("source", source), ("sigma", sigma))
    synthetic = pipeline.synthetic if pipeline else False
    return Milestones(table, scope, process, (), options, synthetic)


def _from_data(
    p: Pipeline, day: dt.date, quantiles: Sequence[float]
) -> tuple[pd.DataFrame, int, int]:
    """Quantiles of the time from a stage's first entry to winning, among deals that win."""
    stays = visits(p)
    first = stays.filter(stays["first"]).select("deal_id", "stage", "entered_at")
    facts = p.deals.select("deal_id", "outcome", "closed_at")
    rows = first.inner_join(facts, "deal_id").to_pandas()
    end = rows["closed_at"].fillna(pd.Timestamp(p.as_of))
    rows["day"] = np.floor((end - rows["entered_at"]).dt.total_seconds() / 86400)
    rows["exit"] = rows["outcome"].replace("open", "censored")
    undated = (rows["outcome"] != "open") & rows["closed_at"].isna()
    rows = rows[(rows["day"] >= 0) & ~undated]
    out: list[tuple[Any, ...]] = []
    few = 0
    for stage in p.process.open_ids:
        part = rows[rows["stage"] == stage]
        won = int((part["exit"] == "won").sum())
        if won < _FEWEST:
            few += 1
            out += [(stage, q, np.nan, pd.NaT, np.nan) for q in quantiles]
            continue
        curve = aalen_johansen(to_life_table(part["day"], part["exit"]))
        share = curve["won"].to_numpy() / curve["won"].iloc[-1]
        for q in quantiles:
            at = int(np.argmax(share >= q - 1e-12))
            # exits on day d happen before d + 1: the whole day is needed
            lead = int(curve["day"].iloc[at]) + 1
            out.append((stage, q, lead, day - dt.timedelta(days=lead), float(share[at])))
    columns = ["stage", "quantile", "days", "enter_by", "on_time_share"]
    table = pd.DataFrame(out, columns=columns)
    return table, int(rows["deal_id"].nunique()), few


__all__ = ["Milestones", "backward_dates", "milestones", "path_quantile", "path_share"]
