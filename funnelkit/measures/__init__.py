"""The measures: what happened to the deals, how often, how long, and how sure that is."""

from __future__ import annotations

from funnelkit.data.asked import asked_of_pipeline
from funnelkit.lazy import names_from

__getattr__, __dir__, __all__ = names_from(__name__, each=asked_of_pipeline)
