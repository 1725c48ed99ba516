"""Failure patterns and their innocent twins; each changes the mechanism, none leaves a mark."""

from __future__ import annotations

from funnelkit.simulation.patterns import hygiene, market, quarter, sellers
from funnelkit.simulation.patterns.base import Pattern

_KINDS: tuple[type[Pattern], ...] = (
    sellers.HappyEars,
    hygiene.StuffedPipeline,
    hygiene.Zombies,
    market.StalledProposals,
    sellers.SingleContact,
    quarter.LateDiscount,
    quarter.HockeyStick,
    sellers.Sandbagging,
    market.LeadQuality,
    market.MixShift,
    hygiene.PushCount,
    market.NewCompetitor,
    sellers.Reshuffle,
    market.SlowResponse,
    hygiene.MissingData,
)
#: patterns by name, in the order of the curriculum
PATTERNS: dict[str, type[Pattern]] = {kind.key: kind for kind in _KINDS}

__all__ = ["PATTERNS", "Pattern"]
