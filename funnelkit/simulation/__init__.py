"""Simulation: pipelines whose truth is known, planted patterns, exports in CRM layouts."""

from __future__ import annotations

from funnelkit.simulation.patterns import PATTERNS, Pattern
from funnelkit.simulation.pipeline import simulate
from funnelkit.simulation.plan import Plan
from funnelkit.simulation.reading import read_plan
from funnelkit.simulation.truth import Truth

__all__ = ["PATTERNS", "Pattern", "Plan", "Truth", "read_plan", "simulate"]
