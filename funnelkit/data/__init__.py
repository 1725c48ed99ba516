"""Reading, checking and holding pipelines.

``read``, ``inspect`` and ``quality`` carry the names of their modules: take them from there, or
from ``funnelkit``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_WHERE = {
    "DEALS": "pipeline",
    "DataRefused": "defects",
    "Finding": "defects",
    "Findings": "defects",
    "Pipeline": "pipeline",
    "Quality": "quality",
    "from_frames": "pipeline",
    "load_mapping": "mapping",
}
__all__ = list(_WHERE)


def __getattr__(name: str) -> Any:
    # the readers need pandas and a database: only who asks for them pays for them
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = found
    return found
