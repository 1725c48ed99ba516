"""Targets: from a sum of money to deals by stage, region, person and month, and back to the gap."""

from __future__ import annotations

from funnelkit.planning.targets.capacity import capacity, quota_fit, ramped
from funnelkit.planning.targets.coverage import (
    coverage,
    coverage_by_period,
    inside_share,
    needed_coverage,
    pipeline_coverage,
    rolling,
)
from funnelkit.planning.targets.decompose import blend, decompose, reconcile
from funnelkit.planning.targets.gap import driver_effects, gap_tree
from funnelkit.planning.targets.lags import stage_lags
from funnelkit.planning.targets.leadtime import creation_plan, landing, lead_dates
from funnelkit.planning.targets.levels import chance_of, target_levels
from funnelkit.planning.targets.outlook import outlook
from funnelkit.planning.targets.plan_target import TargetPlan, plan_target
from funnelkit.planning.targets.reverse import explain_needed, reverse_funnel, rounding_rules
from funnelkit.planning.targets.season import LUNAR_NEW_YEAR, season_index

__all__ = [
    "LUNAR_NEW_YEAR",
    "TargetPlan",
    "blend",
    "capacity",
    "chance_of",
    "coverage",
    "coverage_by_period",
    "creation_plan",
    "decompose",
    "driver_effects",
    "explain_needed",
    "gap_tree",
    "inside_share",
    "landing",
    "lead_dates",
    "needed_coverage",
    "outlook",
    "pipeline_coverage",
    "plan_target",
    "quota_fit",
    "ramped",
    "reconcile",
    "reverse_funnel",
    "rolling",
    "rounding_rules",
    "season_index",
    "stage_lags",
    "target_levels",
]
