"""Charts: frames with ready labels in, a ``Chart`` out. Nothing is computed here.

Every drawing function takes the frame first, then ``title`` and ``alt`` by name, and ``note``
(small print at the foot), ``subtitle``, ``data`` (the table to show, when it is not the frame),
``formats`` (how its columns are written) and ``ax`` (draw there instead of on a new figure).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from funnelkit.charts import theme
from funnelkit.charts.chart import Chart

_HOMES: dict[str, str] = {}

__all__ = ["Chart", "theme"]


def __getattr__(name: str) -> Any:
    # Drawing needs matplotlib, which is slow to import; a count of deals does not.
    if name in _HOMES:
        return getattr(import_module(f"funnelkit.charts.{_HOMES[name]}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
