"""Charts: frames with ready labels in, a ``Chart`` out. Nothing is computed here.

Each drawing lives in a file of its own name: ``from funnelkit.charts.flow import flow``. It takes
the frame first, then by name what stands around it (:class:`Around`): ``title``, ``alt``, ``data``,
``note``, ``subtitle``, ``ax``. It draws on a :class:`~funnelkit.charts.sheet.Sheet`; marks that
several share are in ``marks.py``. Only a drawing imports matplotlib.
"""

from __future__ import annotations

from funnelkit.charts import theme
from funnelkit.charts.chart import Around, Chart

__all__ = ["Around", "Chart", "theme"]
