"""What the process sheet expects of each stage against what happened, with the doubt there is."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.measures import Funnel, TimeInStage
from funnelkit.stats.eventual import at_level
from funnelkit.stats.intervals import wilson

VERDICTS = ("below", "within", "above")


def against_step_targets(funnel: Funnel) -> pd.DataFrame:
    """Compare each step with the share of deals the sheet expects to go on.

    What is compared is the share that goes on in the end: deals that still stand in a stage may
    yet go on, and must not make a step look worse than it is. For the verdict its interval is
    widened by the number of steps (Bonferroni), so that all of them together raise a false alarm
    in at most one of twenty faultless pipelines. Where the eventual rate is not known (other
    counting rules, no closing dates, nothing that ended yet) a step is *below* only if it is
    among the deals that are through with the stage, and *above* only if it is among all.

    Returns
    -------
    DataFrame
        ``stage, deals, still_open, step_rate, eventual_rate, low, high, target, verdict``; a
        stage's own row, its rates those of the step out of it: so far, and in the end with its
        95% interval (the interval of the rate so far where only that is known).
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
        low, high = step["eventual_low"], step["eventual_high"]
        if 0 < step["eventual_rate"] < 1:
            worst, best = at_level(step["eventual_rate"], low, high, level)
        else:
            decided = max(deals - waiting, passed)
            worst = float(wilson([passed], [deals], level)[0][0])
            best = float(wilson([passed], [decided], level)[1][0]) if decided else 1.0
            if step["eventual_rate"] != step["eventual_rate"]:
                low, high = step["low"], step["high"]
        verdict = "below" if best < target else "above" if worst > target else "within"
        rows.append((stage, deals, waiting, step["step_rate"], step["eventual_rate"], low, high,
                     target, verdict))  # fmt: skip
    columns = ["stage", "deals", "still_open", "step_rate", "eventual_rate", "low", "high",
               "target", "verdict"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def planned_rate(rows: pd.DataFrame) -> pd.Series:
    """Return the rate in the end, or the one so far where only that is known."""
    return rows["eventual_rate"].fillna(rows["step_rate"])


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
