"""L05 Forecasting: what an amount of money to come can mean, and how to tell a good forecast."""

from __future__ import annotations

from funnelkit.teach.bank.l05.panels import WHATIFS
from funnelkit.teach.bank.l05.probabilities import EXERCISES as PROBABILITIES
from funnelkit.teach.bank.l05.scores import EXERCISES as SCORES
from funnelkit.teach.bank.l05.scores import PLANS
from funnelkit.teach.bank.l05.totals import EXERCISES as TOTALS

EXERCISES = (*TOTALS, *PROBABILITIES, *SCORES)

__all__ = ["EXERCISES", "PLANS", "WHATIFS"]
