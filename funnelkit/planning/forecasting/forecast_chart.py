"""From a forecast to its chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from funnelkit.charts.distribution import distribution
from funnelkit.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart
    from funnelkit.planning.forecasting.forecast import Forecast


def draw_forecast(result: Forecast, ax: Axes | None) -> Chart:
    """Draw the distribution of the total with P10, P50, P90 and the weighted number."""
    total = result.distribution
    assert total is not None
    ends = [(q, total.quantile(q)) for q in (0.1, 0.5, 0.9)]
    weighted = result.weighted_amount
    known = bool(np.isfinite(weighted))
    said = (
        say("forecast.alt_weighted", value=result.write(weighted), chance=total.at_least(weighted))
        if known
        else ""
    )
    return distribution(
        pd.DataFrame({"value": total.values, "weight": total.weights}),
        title=result.title,
        alt=say("forecast.alt_forecast", text=result.summary(), weighted=said).strip(),
        data=result.shown(),
        marks=[(value, f"P{round(100 * q)}\n{result.write(value)}") for q, value in ends],
        interval=(ends[0][1], ends[2][1]),
        interval_label=say("forecast.chart_interval"),
        reference=(weighted, say("forecast.chart_weighted", value=result.write(weighted)))
        if known
        else None,
        axis_label=say("forecast.chart_axis"),
        share_label=say("forecast.chart_share"),
        write=result.write,
        note=result.footnote,
        ax=ax,
    )
