"""What the action log answers: verdicts with their numbers, and how many loops were closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from funnelkit.control.verdicts import LESS, VERDICTS
from funnelkit.measures.result import Result
from funnelkit.show.column import RATE, Days, PercentagePoints, Unit
from funnelkit.show.table import Table
from funnelkit.stats import wilson
from funnelkit.words import number, percent, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart


@dataclass(frozen=True, eq=False, repr=False)
class Reviews(Result):
    """Actions with their computed verdicts."""

    name: ClassVar[str] = "reviews"
    room: ClassVar[str] = "control"

    def summary(self) -> str:
        """Count the verdicts and tell the clearest."""
        if self.table.empty:
            return say("control.reviews_none")
        counts = self.table["verdict"].value_counts()
        parts = [
            say("control.verdict_part", verdict=say(f"control.verdict_{v}"), n=int(counts[v]))
            for v in VERDICTS
            if v in counts
        ]
        text = [say("control.reviews_summary", n=len(self.table), parts=parts)]
        told = self.table[self.table["verdict"] != "too_early"]
        if len(told):
            row = told.iloc[0]
            text.append(
                say(
                    "control.reviews_first",
                    problem=row["problem"],
                    verdict=say(f"control.verdict_{row['verdict']}"),
                    effect=_amount(row["measure"], row["effect"]),
                    low=_amount(row["measure"], row["low"]),
                    high=_amount(row["measure"], row["high"]),
                )
            )
            if row["by_chance"] * (-1 if row["measure"] in LESS else 1) > 0:
                text.append(
                    say(
                        "control.reviews_by_chance",
                        change=_amount(row["measure"], row["after"] - row["before"]),
                        chance=_amount(row["measure"], row["by_chance"]),
                    )
                )
        return sentences(text)

    def shown(self, *drawn: str) -> Table:
        """Return the table for people: changes in points or days."""
        late = self.table["measure"] == "median_days"
        sides = [Days(worded=True) if row else RATE for row in late]
        changes = [Days(signed=True, worded=True) if row else PercentagePoints() for row in late]
        units: dict[str, Sequence[Unit]] = dict.fromkeys(("before", "after"), sides)
        units |= dict.fromkeys(("by_chance", "effect", "low", "high", "control_change"), changes)
        return super().shown(*drawn).each(units)

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the share before and after every action, with their intervals."""
        from funnelkit.charts.rates import rates

        table = self.table[~self.table["measure"].eq("median_days")]
        rows = []
        for r in table.to_dict("records"):
            for side in ("before", "after"):
                n, rate = int(r[f"n_{side}"]), float(r[side])
                low, high = wilson(round(rate * n) if n else 0, n)
                label = f"{r['id']} · {r['problem']} · {say(f'control.period_{side}')}"
                if side == "after":  # with a control group the two shares alone do not tell
                    label += " · " + say(f"control.verdict_{r['verdict']}")
                rows.append(
                    {
                        "label": label, "n": n, "rate": rate, "low": float(low),
                        "high": float(high), "mature": r["verdict"] != "too_early",
                    }
                )  # fmt: skip
        columns = ["label", "n", "rate", "low", "high", "mature"]
        return rates(
            pd.DataFrame(rows, columns=columns),
            headings=(say("control.chart_deals"), say("measures.chart_rate")),
            **self._around(ax),
        )


def _amount(measure: object, value: float, signed: bool = True) -> str:
    if value is None or value != value:
        return number(None)
    sign = "+" if signed and value > 0 else ""
    if measure == "median_days":
        return sign + say("control.in_days", value=value)
    return sign + (say("control.points", value=100 * value) if signed else percent(value, 1))


@dataclass(frozen=True, eq=False, repr=False)
class ClosureRate(Result):
    """Actions closed with a verdict, of those that were due."""

    name: ClassVar[str] = "closure_rate"
    room: ClassVar[str] = "control"

    def summary(self) -> str:
        """Give the rate with its numbers."""
        row = self.table.iloc[0]
        if not row["due"]:
            return say("control.closure_rate_none")
        return say(
            "control.closure_rate_summary",
            closed=int(row["closed"]), due=int(row["due"]), rate=percent(row["rate"]),
            low=percent(row["low"]), high=percent(row["high"]),
        )  # fmt: skip


__all__ = ["ClosureRate", "Reviews"]
