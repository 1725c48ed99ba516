"""From a pipeline's past: the share that goes on from each stage, and how long that takes.

How many go on in the end is the eventual rate that the funnel shows; how long they take, and how
long those that end, is read off the two curves of Aalen and Johansen. Stages are joined by
convolution. Sums of medians are not medians: nothing here adds medians.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from funnelkit.data.kept import kept
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.diagnosis.cells import passages
from funnelkit.measures.engine import (
    in_days,
    microseconds,
    moment_at,
    outside,
    period,
    within,
)
from funnelkit.measures.eventual_rates import eventual_rates
from funnelkit.measures.scope import Scope, make_scope
from funnelkit.planning.targets.basis import FloatArray
from funnelkit.stats.checks import floats
from funnelkit.stats.competing_risks import incidence
from funnelkit.stats.eventual import OFF, ON, OPEN


@dataclass(frozen=True, eq=False)
class StageLags:
    """What the past says of every open stage.

    Attributes
    ----------
    stages : tuple of str
        The open stages in order.
    rates : DataFrame
        ``stage, deals, step_rate, low, high, std_error``: the share that goes on in the end,
        as :func:`funnelkit.funnel` gives it (``eventual_rate`` with its 95% interval).
    on, stay : dict of stage to array
        Share gone on at each whole day after entry, and share still there before that day.
    rest : dict of stage to array
        Share won at each whole day after leaving the stage onwards.
    scope : Scope
    """

    stages: tuple[str, ...]
    rates: pd.DataFrame
    on: dict[str, FloatArray]
    stay: dict[str, FloatArray]
    rest: dict[str, FloatArray]
    scope: Scope

    def to_won(self, stage: str, age: int = 0) -> FloatArray:
        """Return the chance that a deal is won on each day from now, by day.

        The deal entered the stage ``age`` days ago and is still in it. Times in different
        stages are taken as independent (semi-Markov).
        """
        first, here = self.on[stage], self.stay[stage]
        if age:
            left = float(here[age]) if age < here.size else 0.0
            # older than any deal that ever moved on: the past knows no way ahead
            first = first[age:] / left if left > 1e-12 else np.zeros(1)
        return np.convolve(first, self.rest[stage])

    def win_rate(self, stage: str) -> float:
        """Return the share of the deals that came to a stage that is won in the end."""
        place = self.stages.index(stage)
        return float(np.prod(self.rates["step_rate"].to_numpy(dtype=float)[place:]))


def stage_lags(
    p: Pipeline, *, since: dt.date | str | None = None, until: dt.date | str | None = None
) -> StageLags:
    """Measure step rates and times to the next stage with open deals censored.

    Parameters
    ----------
    since, until : date, optional
        Deals created in [since, until).

    Raises
    ------
    FunnelkitError
        Snapshot without history; a stage from which nothing ever went on.
    """
    p.need("stage_history", "outcome", what="plan_target")
    start, end = period(since, until)
    return _measure(p, start, end)


@kept
def _measure(p: Pipeline, start: dt.datetime | None, end: dt.datetime | None) -> StageLags:
    counted, undated, backwards = _passed(p, start, end)
    known = eventual_rates(p, [], start, end, None).set_index("place")
    stages = p.process.open_ids
    on: dict[str, FloatArray] = {}
    stay: dict[str, FloatArray] = {}
    for place, stage in enumerate(stages):
        part = counted[counted["place"] == place]
        if part.loc[part["exit"] == ON, "n"].sum() == 0:
            raise FunnelkitError("targets.nothing_went_on", stage=p.process.label(stage))
        rate = float(known["eventual_rate"][place])
        gone = _in_time(part) * [[rate, 1 - rate]]
        on[stage] = gone[:, 0]
        stay[stage] = 1 - np.r_[0.0, gone.sum(axis=1).cumsum()[:-1]]
    rates = known.reindex(list(range(len(stages)))).reset_index()
    rates = pd.DataFrame(
        {
            "stage": stages, "deals": rates["n"].astype("int64"),
            "step_rate": rates["eventual_rate"], "low": rates["eventual_low"],
            "high": rates["eventual_high"], "std_error": rates["eventual_error"],
        }
    )  # fmt: skip
    rest = {stages[-1]: np.ones(1)}
    for stage, later in zip(stages[-2::-1], stages[:0:-1], strict=True):
        rest[stage] = np.convolve(on[later], rest[later])
    used = int(counted.loc[counted["place"] == 0, "n"].sum())
    left_out = [
        *outside(p.deals, "created_at", start, end),
        ("close_undated", undated),
        ("ends_before_start", backwards),
    ]
    scope = make_scope(p, used, left_out, start, end)
    return StageLags(stages, rates, on, stay, rest, scope)


def _in_time(part: pd.DataFrame) -> FloatArray:
    """Return of those that go on, and of those that end, the share that does on each day."""
    day, way = part["day"].to_numpy(int), part["exit"].to_numpy(int)
    left = np.bincount(day * 3 + way, part["n"].to_numpy(float), 3 * (int(day.max()) + 1))
    curves = incidence(floats(left).reshape(-1, 3)[:, [OPEN, ON, OFF]])
    return floats(np.diff(curves, axis=0, prepend=0.0) / np.maximum(curves[-1], 1e-300))


def _passed(
    p: Pipeline, start: dt.datetime | None, end: dt.datetime | None
) -> tuple[pd.DataFrame, int, int]:
    """Count deals by stage, whole days to the next one and exit, under the reached rule."""
    rows = passages(p, [], put_down=False)
    if start is not None or end is not None:
        rows = rows.filter(within(rows.created_at, start, end))
    until = rows.went.coalesce(moment_at(p.as_of))
    rows = rows.select("place", "exit", "dated", day=in_days(microseconds(rows.came, until)))
    keys = ["place", "exit", "dated", "day"]
    counted = rows.group_by(keys).agg(n=rows.count()).to_pandas().sort_values(keys)
    undated, backwards = ~counted["dated"].astype(bool), counted["day"] < 0
    kept = counted[~undated & ~backwards].astype({"day": "int64"}).reset_index(drop=True)
    return kept, int(counted.loc[undated, "n"].sum()), int(counted.loc[backwards, "n"].sum())


__all__ = ["StageLags", "stage_lags"]
