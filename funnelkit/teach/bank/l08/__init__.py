"""L08 Regional plan and customer value."""

from __future__ import annotations

from funnelkit.teach.bank.l08.panels import PLAN, last_year, markets, next_target, service, weights

WHATIFS = {"weights": weights, "service": service}

__all__ = ["PLAN", "WHATIFS", "last_year", "markets", "next_target", "service", "weights"]
