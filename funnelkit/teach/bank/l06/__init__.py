"""L06 Finding the problem, control points."""

from __future__ import annotations

from funnelkit.teach.bank.l06.panels import (
    WHATIFS,
    last_quarter,
    limits,
    months,
    own_rule,
    two_years,
    watched,
)

__all__ = [
    "WHATIFS",
    "last_quarter",
    "limits",
    "months",
    "own_rule",
    "two_years",
    "watched",
]
