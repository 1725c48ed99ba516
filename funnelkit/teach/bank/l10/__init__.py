"""L10 Process, milestones, closed loop."""

from __future__ import annotations

from funnelkit.teach.bank.l10.cells import WHATIFS, action

__all__ = ["WHATIFS", "action"]
