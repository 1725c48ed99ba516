"""Failure patterns and their innocent twins; each changes the mechanism, none leaves a mark."""

from __future__ import annotations

from funnelkit.simulate.patterns.base import Pattern

_ALL: tuple[type[Pattern], ...] = ()
#: patterns by name, in the order of the curriculum
PATTERNS: dict[str, type[Pattern]] = {kind.key: kind for kind in _ALL}

__all__ = ["PATTERNS", "Pattern"]
