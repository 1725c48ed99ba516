"""L07 Team: execution, review, new hires."""

from __future__ import annotations

from funnelkit.teach.bank.l07.handing import EXERCISES as HANDING
from funnelkit.teach.bank.l07.newcomers import EXERCISES as NEWCOMERS
from funnelkit.teach.bank.l07.newcomers import PLANS, newcomer
from funnelkit.teach.bank.l07.panels import WHATIFS, focus_table, team
from funnelkit.teach.bank.l07.sellers import EXERCISES as SELLERS
from funnelkit.teach.bank.l07.week import EXERCISES as WEEK

EXERCISES = (*WEEK, *SELLERS, *NEWCOMERS, *HANDING)

__all__ = ["EXERCISES", "PLANS", "WHATIFS", "focus_table", "newcomer", "team"]
