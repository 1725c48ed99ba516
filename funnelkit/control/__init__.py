"""Control: checkpoints on open deals, conformance to the sheet, milestones, the action log."""

from __future__ import annotations

from funnelkit.control.action_results import ClosureRate, Reviews
from funnelkit.control.actions import ActionLog
from funnelkit.control.ageing import ageing_limits
from funnelkit.control.checkpoint_result import Checkpoints
from funnelkit.control.checkpoints import checkpoints
from funnelkit.control.conformance import Conformance, conformance
from funnelkit.control.deal import Deal, deal
from funnelkit.control.evidence import EvidenceGaps, evidence_gaps
from funnelkit.control.milestones import (
    Milestones,
    backward_dates,
    milestones,
    path_quantile,
    path_share,
)
from funnelkit.control.ramp import RampCurve, ramp_curve
from funnelkit.control.rule_quality import RuleQuality, rule_quality
from funnelkit.control.rules import rule_variables
from funnelkit.control.variation import Variation, between, spread_ratio
from funnelkit.data.asked import ask_of_pipelines

__all__ = [
    "ActionLog",
    "Checkpoints",
    "ClosureRate",
    "Conformance",
    "Deal",
    "EvidenceGaps",
    "Milestones",
    "RampCurve",
    "Reviews",
    "RuleQuality",
    "Variation",
    "ageing_limits",
    "backward_dates",
    "between",
    "checkpoints",
    "conformance",
    "deal",
    "evidence_gaps",
    "milestones",
    "path_quantile",
    "path_share",
    "ramp_curve",
    "rule_quality",
    "rule_variables",
    "spread_ratio",
]

ask_of_pipelines(globals(), __all__)
