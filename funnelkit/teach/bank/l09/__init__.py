"""L09 Opening position and competition."""

from __future__ import annotations

from funnelkit.teach.bank.l09.panels import ANSWERS, bid, offers, two_plans, with_rivals

WHATIFS = {"bid": bid}

__all__ = ["ANSWERS", "WHATIFS", "bid", "offers", "two_plans", "with_rivals"]
