"""L04 Setting and decomposing targets: from a gap to what has to be where by when."""

from __future__ import annotations

from funnelkit.teach.bank.l04.panels import WHATIFS, next_target

__all__ = ["WHATIFS", "next_target"]
