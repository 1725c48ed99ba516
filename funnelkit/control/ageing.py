"""Ageing: how long a stage takes the deals that move on, and so from when a deal is old."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from funnelkit.control.facts import working_days
from funnelkit.control.milestones import SIGMA
from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.engine import visits
from funnelkit.stats import aalen_johansen, to_life_table

#: From amber to red.
RED = 1.5
# Below this many deals that moved on, the sheet's median speaks in place of the data.
_FEWEST = 10
_Z80 = 0.8416212


def ageing_limits(p: Pipeline, *, working: bool = False) -> pd.DataFrame:
    """Return, for every stage, from how many days on a deal is amber and red.

    Amber is the 80th percentile of the time in the stage of stays that ended in a later stage
    or a win. Stays that still run are censored, and those that ended otherwise compete: the
    curve of moving on (Aalen-Johansen) over its last value. Taking only what has moved so far
    would favour the quick. Red is 1.5 times amber.

    Parameters
    ----------
    working : bool
        Count working days of the process's calendar in place of calendar days.

    Returns
    -------
    DataFrame
        ``stage, moved_on, amber_days, red_days, source``; ``source`` is ``data``, ``sheet``
        (fewer than 10 moved on: the sheet's median times exp(0.6 z)) or ``none``.
    """
    p.need("stage_history", what="ageing_limits")
    stays = visits(p).select("stage", "entered_at", "left_at", "next", "dated").to_pandas()
    stays = stays[stays["dated"].astype(bool)]
    running = stays["left_at"].isna()
    until = stays["left_at"].fillna(pd.Timestamp(p.as_of))
    if working:
        days = working_days(stays["entered_at"], until.reset_index(drop=True), p.process)
    else:
        days = np.floor((until - stays["entered_at"]).dt.total_seconds().to_numpy() / 86400)
    rank = {s: k for k, s in enumerate(p.process.open_ids)} | {"won": len(p.process.open_ids)}
    onward = stays["next"].map(rank).astype(float).fillna(-1) > stays["stage"].map(rank).astype(
        float
    )
    exits = np.where(running, "censored", np.where(onward, "on", "off"))
    table = pd.DataFrame({"stage": stays["stage"].to_numpy(), "day": days, "exit": exits})
    table = table[table["day"] >= 0]
    rows = []
    for stage in p.process.open_ids:
        part = table[table["stage"] == stage]
        moved = int((part["exit"] == "on").sum())
        amber, source = _p80(part["day"], part["exit"]), "data"  # type: ignore[arg-type]
        if moved < _FEWEST:
            median = p.process.stage(stage).target.median_days
            amber = np.nan if median is None else math.ceil(median * math.exp(SIGMA * _Z80))
            source = "none" if median is None else "sheet"
        rows.append((stage, moved, float(amber), float(amber) * RED, source))
    columns = ["stage", "moved_on", "amber_days", "red_days", "source"]
    return pd.DataFrame(rows, columns=columns)


def _p80(day: Sequence[float], exits: Sequence[str]) -> float:
    if "on" not in set(exits):
        return float("nan")
    curve = aalen_johansen(to_life_table(day, exits))
    share = curve["on"].to_numpy() / curve["on"].iloc[-1]
    return float(curve["day"].iloc[int(np.argmax(share >= 0.8 - 1e-12))])


__all__ = ["RED", "ageing_limits"]
