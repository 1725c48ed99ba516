"""From a back-test to its charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from funnelkit.charts.calibration import calibration
from funnelkit.charts.track import track
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.show.column import COUNT, RATE, Column
from funnelkit.show.table import Table
from funnelkit.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart
    from funnelkit.planning.forecasting.backtest import Backtest


def draw_backtest(result: Backtest, method: str, ax: Axes | None) -> Chart:
    """Draw one method's intervals with what came."""
    methods = list(result.table["method"])
    if method not in methods:
        raise FunnelkitError(
            "measures.unknown_option", name="method", found=method, allowed=nearest(method, methods)
        )
    part = result.details[result.details["method"] == method]
    frame = pd.DataFrame(
        {
            "period": [f"{d:%Y-%m}" for d in part["until"]],
            "middle": part["p50_amount"],
            "low": part["p10_amount"],
            "high": part["p90_amount"],
            "actual": part["actual_amount"],
        }
    )
    last = frame.iloc[-1]
    return track(
        frame,
        title=say("forecast.backtest_chart_title", method=say(f"forecast.method_{method}")),
        alt=say(
            "forecast.alt_backtest", text=result.summary(),
            forecast=result.write(last["middle"]), actual=result.write(last["actual"]),
        ),
        data=result.shown(),
        forecast_label=say("forecast.backtest_forecast"),
        actual_label=say("forecast.backtest_actual"),
        write=result.write,
        note=result.footnote,
        ax=ax,
    )  # fmt: skip


def draw_calibration(result: Backtest, method: str | None, ax: Axes | None) -> Chart:
    """Draw stated chances against the share that came true."""
    table = result.reliability(method)
    shown = method or next(m for m in result.table["method"] if len(result.chances[m][0]))
    frame = table.rename(columns={"forecast": "predicted", "rate": "observed"})
    headings = {
        "forecast": say("forecast.calibration_stated"), "n": say("measures.column_deals"),
        "rate": say("forecast.calibration_came"),
    }  # fmt: skip
    units = {"forecast": RATE, "n": COUNT, "rate": RATE}
    heads = [Column(headings[name], unit, name) for name, unit in units.items()]
    data = Table.of(table[list(units)], heads)
    return calibration(
        frame,
        title=say("forecast.calibration_title", method=say(f"forecast.method_{shown}")),
        alt=say(
            "forecast.alt_calibration", n=int(table["n"].sum()), groups=len(table),
            inside=int(table["inside"].sum()),
        ),
        axis_labels=(headings["forecast"], headings["rate"]),
        perfect_label=say("forecast.calibration_perfect"),
        number_label="n =",
        data=data,
        note=result.footnote,
        ax=ax,
    )  # fmt: skip
