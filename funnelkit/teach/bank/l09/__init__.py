"""L09 Opening position and competition."""

from __future__ import annotations

from funnelkit.teach.bank.l09.panels import ANSWERS, bid, offers, two_plans, with_rivals
from funnelkit.teach.bank.l09.rivals import RIVALS

PLANS = {"rivals": RIVALS}
WHATIFS = {"bid": bid}

__all__ = ["ANSWERS", "PLANS", "WHATIFS", "bid", "offers", "two_plans", "with_rivals"]
