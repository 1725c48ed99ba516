"""The measures: what happened to the deals, how often, how long, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from funnelkit.lazy import names_from

if TYPE_CHECKING:
    from funnelkit.measures.categories import (
        CategoryAccuracy,
        CategoryTransitions,
        category_accuracy,
        category_transitions,
    )
    from funnelkit.measures.cohorts import Cohorts, cohorts
    from funnelkit.measures.compare import Comparison, compare
    from funnelkit.measures.curves import ConversionCurve, conversion_curve
    from funnelkit.measures.diagnose import Diagnosis, diagnose
    from funnelkit.measures.drift import Drift, drift
    from funnelkit.measures.funnel import RULES, CountingRules, Funnel, counting_rules, funnel
    from funnelkit.measures.hygiene import (
        CloseDateHygiene,
        Slippage,
        close_date_hygiene,
        slippage,
    )
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
    from funnelkit.measures.pushes import PushBands, PushRate, push_rate
    from funnelkit.measures.result import Result, Scope
    from funnelkit.measures.signatures import SIGNATURES, Signatures, signatures
    from funnelkit.measures.time import (
        SalesCycle,
        TimeInStage,
        TimeToReach,
        sales_cycle,
        time_in_stage,
        time_to_reach,
    )
    from funnelkit.measures.trend import Trend, trend
    from funnelkit.measures.velocity import Velocity, velocity, velocity_equation
    from funnelkit.measures.winning import StageWinRate, WinRate, stage_win_rate, win_rate

__getattr__ = names_from(
    __name__,
    {
        "categories": (
            "CategoryAccuracy",
            "CategoryTransitions",
            "category_accuracy",
            "category_transitions",
        ),
        "cohorts": ("Cohorts", "cohorts"),
        "compare": ("Comparison", "compare"),
        "curves": ("ConversionCurve", "conversion_curve"),
        "diagnose": ("Diagnosis", "diagnose"),
        "drift": ("Drift", "drift"),
        "funnel": ("RULES", "CountingRules", "Funnel", "counting_rules", "funnel"),
        "hygiene": ("CloseDateHygiene", "Slippage", "close_date_hygiene", "slippage"),
        "movement": ("Movement", "movement"),
        "moves": ("Returns", "Skips", "StagePairs", "returns", "skips", "stage_pairs"),
        "periods": (
            "ConversionWindow",
            "InOut",
            "Snapshot",
            "conversion_window",
            "in_out",
            "snapshot",
        ),
        "pushes": ("PushBands", "PushRate", "push_rate"),
        "result": ("Result", "Scope"),
        "signatures": ("SIGNATURES", "Signatures", "signatures"),
        "time": (
            "SalesCycle",
            "TimeInStage",
            "TimeToReach",
            "sales_cycle",
            "time_in_stage",
            "time_to_reach",
        ),
        "trend": ("Trend", "trend"),
        "velocity": ("Velocity", "velocity", "velocity_equation"),
        "winning": ("StageWinRate", "WinRate", "stage_win_rate", "win_rate"),
    },
)

__all__ = [
    "RULES",
    "SIGNATURES",
    "CategoryAccuracy",
    "CategoryTransitions",
    "CloseDateHygiene",
    "Cohorts",
    "Comparison",
    "ConversionCurve",
    "ConversionWindow",
    "CountingRules",
    "Diagnosis",
    "Drift",
    "Funnel",
    "InOut",
    "Movement",
    "PushBands",
    "PushRate",
    "Result",
    "Returns",
    "SalesCycle",
    "Scope",
    "Signatures",
    "Skips",
    "Slippage",
    "Snapshot",
    "StagePairs",
    "StageWinRate",
    "TimeInStage",
    "TimeToReach",
    "Trend",
    "Velocity",
    "WinRate",
    "category_accuracy",
    "category_transitions",
    "close_date_hygiene",
    "cohorts",
    "compare",
    "conversion_curve",
    "conversion_window",
    "counting_rules",
    "diagnose",
    "drift",
    "funnel",
    "in_out",
    "movement",
    "push_rate",
    "returns",
    "sales_cycle",
    "signatures",
    "skips",
    "slippage",
    "snapshot",
    "stage_pairs",
    "stage_win_rate",
    "time_in_stage",
    "time_to_reach",
    "trend",
    "velocity",
    "velocity_equation",
    "win_rate",
]
