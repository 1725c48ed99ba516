"""From a pipeline's past: the share that goes on from each stage, and how long that takes.

One engine pass counts, for every stage, the deals that came to it (or to a later one), by the
whole days until they came further and by exit: ``on``, ``out`` or still there (censored). The
Aalen-Johansen curve of each stage is its step rate spread over time; stages are joined by
convolution. Sums of medians are not medians: nothing here adds medians.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from funnelkit.data.kept import kept
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.engine import (
    deals_in,
    first_entries,
    in_days,
    microseconds,
    moment_at,
    outside,
    period,
)
from funnelkit.measures.result import Scope, make_scope
from funnelkit.planning.targets.basis import FloatArray
from funnelkit.stats import aalen_johansen


@dataclass(frozen=True, eq=False)
class StageLags:
    """What the past says of every open stage.

    Attributes
    ----------
    stages : tuple of str
        The open stages in order.
    rates : DataFrame
        ``stage, deals, step_rate, low, high, std_error``: the share that ever went on, open
        deals censored (Aalen-Johansen at the last day, 95% log-log interval).
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
    counted, undated, backwards = _life_tables(p, start, end)
    stages, rows = p.process.open_ids, []
    on: dict[str, FloatArray] = {}
    stay: dict[str, FloatArray] = {}
    for place, stage in enumerate(stages):
        part = counted[counted["place"] == place]
        if part.loc[part["exit"] == "on", "n"].sum() == 0:
            raise FunnelkitError("targets.nothing_went_on", stage=p.process.label(stage))
        curve = aalen_johansen(part[["day", "exit", "n"]], ["on", "out"])
        gone = curve["on"].to_numpy(dtype=float)
        on[stage] = np.diff(gone, prepend=0.0)
        stay[stage] = np.append(1.0, curve["open"].to_numpy(dtype=float)[:-1])
        last = curve.iloc[-1]
        rows.append(
            {
                "stage": stage,
                "deals": int(part["n"].sum()),
                "step_rate": float(last["on"]),
                "low": float(last["on_low"]),
                "high": float(last["on_high"]),
                "std_error": float(last["on_std_error"]),
            }
        )
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
    return StageLags(stages, pd.DataFrame(rows), on, stay, rest, scope)


def _life_tables(
    p: Pipeline, start: dt.datetime | None, end: dt.datetime | None
) -> tuple[pd.DataFrame, int, int]:
    """Count deals by stage, whole days to the next one and exit, under the reached rule."""
    entries = first_entries(p)
    facts = deals_in(p, start, end).select("deal_id", "outcome", "closed_at")
    rows = facts.inner_join(entries, "deal_id")
    won, closed = rows.outcome == "won", rows.outcome != "open"
    # a deal came to a stage when it first was there or beyond
    reached = won.ifelse(rows.closed_at, ibis.null("timestamp(6)"))
    came = {}
    for place in reversed(range(len(p.process.open_ids))):
        came[place + 1] = reached
        reached = ibis.least(reached, rows[f"at_{place}"])
        came[place] = reached
    parts = []
    for place in range(len(p.process.open_ids)):
        here, there = came[place], came[place + 1]
        on = won | there.notnull()
        out = closed & ~on
        leaves = ibis.cases((on, there), (out, rows.closed_at), else_=moment_at(p.as_of))
        part = rows.filter(here.notnull()).select(
            place=ibis.literal(place, "int64"),
            exit=ibis.cases((on, "on"), (out, "out"), else_="censored"),
            day=in_days(microseconds(here, leaves)),
        )
        parts.append(part.group_by(["place", "exit", "day"]).agg(n=part.count()))
    counted = ibis.union(*parts).to_pandas() if len(parts) > 1 else parts[0].to_pandas()
    undated, backwards = counted["day"].isna(), counted["day"] < 0
    kept = counted[~undated & ~backwards].sort_values(["place", "day", "exit"])
    kept = kept.astype({"day": "int64"}).reset_index(drop=True)
    return kept, int(counted.loc[undated, "n"].sum()), int(counted.loc[backwards, "n"].sum())


__all__ = ["StageLags", "stage_lags"]
