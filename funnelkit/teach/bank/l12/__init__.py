"""L12 Outlook: data-driven, own data, 90-day plan."""

from __future__ import annotations

from funnelkit.teach.bank.l12.model import threshold

WHATIFS = {"threshold": threshold}
