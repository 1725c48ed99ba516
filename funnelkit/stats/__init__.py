"""Statistics: arrays and frames in, frames and small frozen results out."""

from __future__ import annotations

from funnelkit.lazy import names_from

__getattr__, __dir__, __all__ = names_from(__name__)
