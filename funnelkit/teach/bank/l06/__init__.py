"""L06 Finding the problem, control points."""

from __future__ import annotations

from funnelkit.teach.bank.l06.alarms import EXERCISES as ALARMS
from funnelkit.teach.bank.l06.chance import EXERCISES as CHANCE
from funnelkit.teach.bank.l06.fault import EXERCISES as FAULT
from funnelkit.teach.bank.l06.fault import PLANS
from funnelkit.teach.bank.l06.movement import EXERCISES as MOVEMENT
from funnelkit.teach.bank.l06.panels import (
    WHATIFS,
    last_quarter,
    limits,
    months,
    own_rule,
    two_years,
    watched,
)
from funnelkit.teach.bank.l06.reviews import ACTION
from funnelkit.teach.bank.l06.reviews import EXERCISES as REVIEWS

EXERCISES = (*MOVEMENT, *REVIEWS, *ALARMS, *FAULT, *CHANCE, *ACTION)

__all__ = [
    "EXERCISES",
    "PLANS",
    "WHATIFS",
    "last_quarter",
    "limits",
    "months",
    "own_rule",
    "two_years",
    "watched",
]
