"""Charts that add up: the movement of the open amount, and a rate's change in mix and rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from funnelkit.charts.waterfall import waterfall
from funnelkit.words import money, number, say
from funnelkit.words.formats import money_signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart
    from funnelkit.measures.compare import Comparison
    from funnelkit.measures.movement import Movement

_OUTCOMES = ("won", "lost", "no_decision")
_MOST_EFFECTS = 6


def draw_movement(result: Movement, ax: Axes | None) -> Chart:
    """Draw the steps from the open amount of one date to that of the other."""
    from funnelkit.measures.movement import step_label

    table, notes = result.table, [result.footnote]
    if "currency" in result.by and len(table):
        first = table["currency"].iloc[0]
        if (table["currency"] != first).any():
            notes.append(say("hygiene.chart_first_currency", currency=first))
        table = table[table["currency"] == first]
    if result.by and len(table.drop_duplicates(list(result.by))) > 1:
        notes.append(say("hygiene.chart_pooled"))
    sums = table.groupby("step", sort=False)[["deals", "amount"]].sum().reset_index()
    ends = sums["step"].isin(["start", "end"])
    sums = sums[ends | (sums["amount"] != 0)]
    frame = pd.DataFrame(
        {
            "label": [step_label(s) for s in sums["step"]],
            "value": sums["amount"],
            "kind": ["total" if s in ("start", "end") else "change" for s in sums["step"]],
            "colour": [s if s in _OUTCOMES else None for s in sums["step"]],
        }
    )
    parts = [
        say(
            "measures.alt_value",
            label=r["label"],
            value=money(r["value"]) if r["kind"] == "total" else money_signed(r["value"]),
        )
        for r in frame.to_dict("records")
    ]
    return waterfall(
        frame,
        title=result.title,
        alt=say("hygiene.alt_parts", title=result.title, parts=say("measures.list", parts=parts)),
        heading=say("hygiene.chart_net"),
        data=result.shown(),
        write=money,
        note=" · ".join(filter(None, notes)),
        ax=ax,
    )


def draw_comparison(result: Comparison, ax: Axes | None) -> Chart:
    """Draw the rate before, what rates and mix of the groups added, and the rate after."""
    rows: list[tuple[str, float, str]] = [(say("hygiene.chart_before"), result.before, "total")]
    for kind in ("rate", "mix"):
        column = f"{kind}_effect"
        table = result.table.dropna(subset=[column])
        sizes = table[column].abs().sort_values(ascending=False, kind="stable")
        shown = table.loc[[i for i in table.index if i in set(sizes.index[:_MOST_EFFECTS])]]
        for r in shown.to_dict("records"):
            group = " · ".join(str(r[b]) for b in result.by)
            rows.append((say(f"hygiene.chart_{kind}_of", group=group), r[column], "change"))
        if len(table) > len(shown):
            rest = float(table[column].sum() - shown[column].sum())
            label = say(f"hygiene.chart_{kind}_rest", n=len(table) - len(shown))
            rows.append((label, rest, "change"))
    rows.append((say("hygiene.chart_after"), result.after, "total"))
    frame = pd.DataFrame(rows, columns=["label", "value", "kind"])
    return waterfall(
        frame,
        title=result.title,
        alt=result.summary(),
        heading=say("hygiene.chart_points"),
        data=result.shown(),
        write=lambda v: number(100 * v, 1),
        note=result.footnote,
        ax=ax,
    )
