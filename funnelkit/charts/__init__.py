"""Charts: frames with ready labels in, a ``Chart`` out. Nothing is computed here.

Each drawing lives in a file of its own name: ``from funnelkit.charts.flow import flow``. It takes
the frame first, then by name ``title`` and ``alt`` (the sentence with numbers that stands for the
picture), ``data`` (the table shown with it), ``note`` (small print at the foot), ``subtitle`` and
``ax`` (draw there instead of on a new figure). Only a drawing imports matplotlib.
"""

from __future__ import annotations

from funnelkit.charts import theme
from funnelkit.charts.chart import Chart

__all__ = ["Chart", "theme"]
