"""L05 Forecasting: what an amount of money to come can mean, and how to tell a good forecast."""

from __future__ import annotations

from funnelkit.teach.bank.l05.panels import WHATIFS

__all__ = ["WHATIFS"]
