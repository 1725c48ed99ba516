"""A case's company as it was known on a day: deals, stays and money by quarter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from funnelkit.teach.paper.page import table
from funnelkit.words import count, language, money, number, percent, say

if TYPE_CHECKING:
    from funnelkit.data.pipeline import Pipeline

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, eq=False)
class Known:
    """A company on a day; ``at`` gives it as it was known earlier."""

    p: Pipeline
    day: str

    @cached_property
    def then(self) -> Pipeline:
        """The pipeline as it was known on the day."""
        return self.p.at(self.day)

    @cached_property
    def deals(self) -> pd.DataFrame:
        """The deals, with the quarters they began and closed in."""
        deals: pd.DataFrame = self.then.deals.to_pandas()
        return deals.assign(
            began=deals["created_at"].dt.to_period("Q"), closed=deals["closed_at"].dt.to_period("Q")
        )

    @cached_property
    def stays(self) -> pd.DataFrame:
        """The first visits of every stage: when, how long, whether it was left and went on."""
        s: pd.DataFrame = self.then.stays.to_pandas()
        s = s[s["first"]].assign(
            stage=s["place"].map(dict(enumerate(self.p.process.open_ids))),
            left=s["left_at"].notna(),
            on=s["after"].fillna(-1) > s["place"],
            came=s["entered_at"].dt.to_period("Q"),
            days=(s["left_at"] - s["entered_at"]).dt.days,
            waits=(pd.Timestamp(self.day) - s["entered_at"]).dt.days,
        )
        columns = ["deal_id", "region", "source", "product", "industry", "size", "owner"]
        columns += [c for c in ("group",) if c in self.deals.columns]
        return s.merge(self.deals[columns], on="deal_id")

    def of(self, stage: str) -> pd.DataFrame:
        """Return the first visits of a stage."""
        return self.stays[self.stays["stage"] == stage]

    @cached_property
    def open(self) -> pd.DataFrame:
        """The open deals."""
        return self.deals[self.deals["outcome"] == "open"]

    @cached_property
    def won(self) -> pd.DataFrame:
        """The won deals."""
        return self.deals[self.deals["outcome"] == "won"]

    def at(self, day: str) -> Known:
        """Return the company as it was known on another day."""
        return Known(self.p, day)

    def plan(self, quarter: pd.Period) -> float:
        """Return the plan of a quarter: all sellers, all months."""
        t = self.p.tables["targets"].to_pandas()
        inside = pd.PeriodIndex(t["period"], freq="M").asfreq("Q") == quarter
        return float(t.loc[inside & (t["level"] == "plan"), "amount"].sum())

    def commit(self, quarter: pd.Period) -> float:
        """Return what sellers committed to for the months of a quarter, as told last."""
        f = self.p.tables["forecasts"].to_pandas()
        f = f[(f["category"] == "commit") & (f["made_at"] <= pd.Timestamp(self.day))]
        f = f[pd.PeriodIndex(f["period"], freq="M").asfreq("Q") == quarter]
        last = f.sort_values("made_at").groupby(["period", "owner"])["amount"].last()
        return float(last.sum())

    def won_in(self, quarter: pd.Period) -> tuple[int, float]:
        """Return number and amount of the deals won in a quarter."""
        won = self.won[self.won["closed"] == quarter]
        return len(won), float(won["amount"].sum())


def quarters(first: str, last: str) -> list[pd.Period]:
    """Return the quarters from the first to the last."""
    return list(pd.period_range(first, last, freq="Q"))


def ends(quarter: pd.Period) -> str:
    """Return the last day of a quarter."""
    return f"{quarter.end_time:%Y-%m-%d}"


def named(quarter: pd.Period) -> str:
    """Write a quarter for a reader."""
    if language() == "zh":
        return f"{quarter.year} 年第{'一二三四'[quarter.quarter - 1]}季度"
    return f"Q{quarter.quarter} {quarter.year}"


def drawn(heads: Sequence[str], rows: Rows) -> Markup:
    """Return an exhibit as a table; heads are named in the catalogue."""
    return table([say(f"cases.{h}") for h in heads], rows, loose=True)


def share(part: float, whole: float) -> str:
    """Write a share with what it is a share of."""
    if not whole:
        return "–"
    of = f"（{count(whole)}）" if language() == "zh" else f" ({count(whole)})"
    return f"{percent(part / whole)}{of}"


def points(x: float) -> str:
    """Write a difference of two shares in points, with its sign."""
    return f"{'+' if x > 0 else '−' if x < 0 else ''}{number(abs(100 * x), 1)}"


__all__ = ["Known", "count", "drawn", "ends", "money", "named", "points", "quarters", "share"]
