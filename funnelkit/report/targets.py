"""What the process sheet expects of each stage against what happened, with the doubt there is."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from funnelkit.measures import Funnel, TimeInStage
from funnelkit.stats.intervals import wilson

VERDICTS = ("below", "within", "above")


def against_step_targets(funnel: Funnel) -> pd.DataFrame:
    """Compare each step with the share of deals the sheet expects to go on.

    A step is *above* when the whole interval of the step rate is, and *below* when the whole
    interval of the rate among the deals that are through with the stage is: deals that still
    stand there may yet go on, and must not make a step look worse than it is.

    Returns
    -------
    DataFrame
        ``stage, deals, still_open, step_rate, low, high, target, verdict``; a stage's own row,
        its rate that of the step out of it.
    """
    ids = list(funnel.process.funnel_ids)
    table = funnel.table.set_index("stage")
    rows = []
    for stage, following in pairwise(ids):
        target = _target(funnel, stage, "step_rate")
        deals, passed = int(table.loc[stage, "deals"]), int(table.loc[following, "deals"])
        if target is None or not deals:
            continue
        waiting = int(table.loc[stage, "still_open"])
        step = table.loc[following]
        decided = max(deals - waiting, passed)
        best = float(wilson([passed], [decided])[1][0]) if decided else 1.0
        verdict = "below" if best < target else "above" if step["low"] > target else "within"
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
