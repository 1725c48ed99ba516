"""Drawings of a diagnosis and of drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from funnelkit.charts.rates import rates
from funnelkit.measures.result import column_label
from funnelkit.words import percent, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart
    from funnelkit.measures.diagnose import Diagnosis

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
