"""The process sheet: stages, outcomes, targets and control points, read from YAML."""

from __future__ import annotations

from funnelkit.process.model import (
    Calendar,
    ForecastCategory,
    Milestone,
    PaymentTerm,
    Process,
)
from funnelkit.process.outcomes import LOST, NO_DECISION, OPEN, OUTCOMES, WON, Outcomes
from funnelkit.process.sheet import bundled_processes, check, load_process, show
from funnelkit.process.stage import Checkpoint, Stage, Target
from funnelkit.process.starter import new
from funnelkit.process.text import Text
from funnelkit.process.written import sheet_text, with_checkpoints

__all__ = [
    "LOST",
    "NO_DECISION",
    "OPEN",
    "OUTCOMES",
    "WON",
    "Calendar",
    "Checkpoint",
    "ForecastCategory",
    "Milestone",
    "Outcomes",
    "PaymentTerm",
    "Process",
    "Stage",
    "Target",
    "Text",
    "bundled_processes",
    "check",
    "load_process",
    "new",
    "sheet_text",
    "show",
    "with_checkpoints",
]
