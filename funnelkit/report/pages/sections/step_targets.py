"""What the process sheet expects of each stage against what happened, with the doubt there is."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.measures import Funnel, TimeInStage
from funnelkit.stats.intervals import wilson

VERDICTS = ("below", "within", "above")


def against_step_targets(funnel: Funnel) -> pd.DataFrame:
    """Compare each step with the share of deals the sheet expects to go on.

    A step is *above* when the whole interval of the step rate is, and *below* when the whole
    interval of the rate among the deals that are through with the stage is: deals that still
    stand there may yet go on, and must not make a step look worse than it is.  For the verdict
    the intervals are widened by the number of steps (Bonferroni), so that all of them together
    raise a false alarm in at most one of twenty faultless pipelines.

    Returns
    -------
    DataFrame
        ``stage, deals, still_open, step_rate, low, high, target, verdict``; a stage's own row,
        its rate that of the step out of it.
    """
    ids = list(funnel.process.funnel_ids)
    table: dict[str, Any] = {r["stage"]: r for r in funnel.table.to_dict("records")}
    rows = []
    targets = [_target(funnel, stage, "step_rate") for stage in ids]
    level = 1 - 0.05 / max(1, sum(target is not None for target in targets))
    for stage, following in pairwise(ids):
        target = _target(funnel, stage, "step_rate")
        deals, passed = int(table[stage]["deals"]), int(table[following]["deals"])
        if target is None or not deals:
            continue
        waiting = int(table[stage]["still_open"])
        step = table[following]
        decided = max(deals - waiting, passed)
        worst = float(wilson([passed], [deals], level)[0][0])
        best = float(wilson([passed], [decided], level)[1][0]) if decided else 1.0
        verdict = "below" if best < target else "above" if worst > target else "within"
        rows.append(
            (stage, deals, waiting, step["step_rate"], step["low"], step["high"], target, verdict)
        )
    columns = ["stage", "deals", "still_open", "step_rate", "low", "high", "target", "verdict"]
    return pd.DataFrame(rows, columns=columns)


def against_time_targets(time: TimeInStage) -> pd.DataFrame:
    """Compare the median stay in each stage with the median the sheet expects.

    Returns
    -------
    DataFrame
        ``stage, entered, still_there, median_days, low, high, p90_days, target, verdict``;
        *above* means slower than expected.
    """
    rows = []
    for row in time.table.to_dict("records"):
        target = _target(time, row["stage"], "median_days")
        verdict = "none"
        if target is not None and row["median_days"] == row["median_days"]:
            verdict = (
                "above" if row["low"] > target else "below" if row["high"] < target else "within"
            )
        rows.append({**row, "target": target, "verdict": verdict})
    return pd.DataFrame(rows)


def _target(result: Funnel | TimeInStage, stage: str, name: str) -> float | None:
    for known in result.process.stages:
        if known.id == stage and known.target is not None:
            value = getattr(known.target, name)
            return None if value is None else float(value)
    return None


def furthest(compared: pd.DataFrame, gap: pd.Series) -> dict[str, Any]:
    """Return the row with the largest gap to its target."""
    return dict(compared.iloc[int(np.argmax(gap.to_numpy(dtype=float)))])
