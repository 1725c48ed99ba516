"""Drawings of a diagnosis and of drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from funnelkit.charts.rates import rates
from funnelkit.charts.trend import trend
from funnelkit.measures.result import column_label
from funnelkit.words import percent, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart
    from funnelkit.measures.diagnose import Diagnosis
    from funnelkit.measures.drift import Drift

_MOST = 12


def draw_diagnosis(result: Diagnosis, ax: Axes | None = None) -> Chart:
    """Draw the rates that stand out most, each beside what was expected."""
    table = result.table[result.table["kind"] != "time_in_stage"]
    table = table[table["observed"].notna() & (table["verdict"] != "too_little_data")]
    table = table.sort_values("adjusted_p", kind="stable").head(_MOST)
    records = table.to_dict("records")
    labels = [
        say("diagnose.chart_expected", label=result.label(r), expected=percent(r["expected"]))
        for r in records
    ]
    frame = table[["n", "low", "high"]].assign(
        label=labels, rate=table["observed"], mark=table["verdict"] == "act"
    )
    told = [
        say("diagnose.chart_row", label=result.label(r), observed=percent(r["observed"], 1),
            n=r["n"], expected=percent(r["expected"], 1))
        for r in records
    ]  # fmt: skip
    marked = bool(frame["mark"].any())
    return rates(
        frame,
        title=say("diagnose.chart_title" if marked else "diagnose.chart_title_none"),
        alt=say("diagnose.chart_alt", n=len(told), rows="; ".join(told)),
        headings=(column_label("n", "diagnose"), column_label("observed", "diagnose")),
        data=result.shown(),
        note=" ".join(t for t in (say("diagnose.chart_note"), result.footnote) if t),
        ax=ax,
    )


def draw_drift(result: Drift, ax: Axes | None = None) -> Chart:
    """Draw the rate over the periods with the limits of a single one."""
    table = result.table
    if result.by:  # one chart holds one group: the one that rings loudest
        loud = table.assign(over=table["cusum"] / table["threshold"])
        worst = loud.sort_values("over", ascending=False, kind="stable").iloc[0][result.by[0]]
        table = table[table[result.by[0]] == worst]
    usual = float(table["usual_rate"].iloc[0])
    frame = pd.DataFrame(
        {
            "period": [f"{d:%Y-%m}" for d in table["period"]],
            "value": table["rate"], "low": table["low"], "high": table["high"],
            "n": table["n"], "mature": table["mature"],
        }
    )  # fmt: skip
    named = str(table[result.by[0]].iloc[0]) + " · " if result.by else ""
    ringing = table[table["alarm"] != "none"]
    alt = say(
        "diagnose.drift_alt", what=named + result._what, n=len(table), usual=percent(usual, 1),
        last=percent(table["rate"].dropna().iloc[-1], 1),
        ringing=[f"{d:%Y-%m}" for d in ringing["period"]] or [say("diagnose.drift_no_period")],
    )  # fmt: skip
    return trend(
        frame,
        title=named + result._what,
        alt=alt,
        data=result.shown(*(() if result.by else ("rate",))),
        number_label="n",
        write=lambda v: percent(v),
        target=usual,
        target_label=say("diagnose.drift_usual", rate=percent(usual, 1)),
        note=" ".join(t for t in (say("diagnose.drift_note"), result.footnote) if t),
        ax=ax,
    )
