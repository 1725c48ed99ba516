"""The measures: what happened to the deals, how often, how long, and how sure that is."""

from __future__ import annotations

from funnelkit.measures.cohorts import Cohorts, cohorts
from funnelkit.measures.compare import Comparison, compare
from funnelkit.measures.curves import ConversionCurve, conversion_curve
from funnelkit.measures.funnel import RULES, CountingRules, Funnel, counting_rules, funnel
from funnelkit.measures.movement import Movement, movement
from funnelkit.measures.moves import Returns, Skips, StagePairs, returns, skips, stage_pairs
from funnelkit.measures.periods import (
    ConversionWindow,
    InOut,
    Snapshot,
    conversion_window,
    in_out,
    snapshot,
)
from funnelkit.measures.result import Result, Scope
from funnelkit.measures.time import (
    SalesCycle,
    TimeInStage,
    TimeToReach,
    sales_cycle,
    time_in_stage,
    time_to_reach,
)
from funnelkit.measures.velocity import Velocity, velocity, velocity_equation
from funnelkit.measures.winning import StageWinRate, WinRate, stage_win_rate, win_rate

__all__ = [
    "RULES",
    "Cohorts",
    "Comparison",
    "ConversionCurve",
    "ConversionWindow",
    "CountingRules",
    "Funnel",
    "InOut",
    "Movement",
    "Result",
    "Returns",
    "SalesCycle",
    "Scope",
    "Skips",
    "Snapshot",
    "StagePairs",
    "StageWinRate",
    "TimeInStage",
    "TimeToReach",
    "Velocity",
    "WinRate",
    "cohorts",
    "compare",
    "conversion_curve",
    "conversion_window",
    "counting_rules",
    "funnel",
    "in_out",
    "movement",
    "returns",
    "sales_cycle",
    "skips",
    "snapshot",
    "stage_pairs",
    "stage_win_rate",
    "time_in_stage",
    "time_to_reach",
    "velocity",
    "velocity_equation",
    "win_rate",
]
