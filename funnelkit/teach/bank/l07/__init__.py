"""L07 Team: execution, review, new hires."""

from __future__ import annotations

from funnelkit.teach.bank.l07.newcomers import newcomer
from funnelkit.teach.bank.l07.panels import WHATIFS, focus_table, team

__all__ = ["WHATIFS", "focus_table", "newcomer", "team"]
