"""Simulation: pipelines whose truth is known, planted patterns, exports in CRM layouts."""

from __future__ import annotations

from funnelkit.simulate.patterns import PATTERNS, Pattern
from funnelkit.simulate.pipeline import simulate
from funnelkit.simulate.plan import Plan
from funnelkit.simulate.reading import read_plan
from funnelkit.simulate.truth import Truth

__all__ = ["PATTERNS", "Pattern", "Plan", "Truth", "read_plan", "simulate"]
