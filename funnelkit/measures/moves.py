"""Moves between stages: every ordered pair, skips, returns."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from funnelkit.data.pipeline import OUTCOMES, Pipeline
from funnelkit.measures.engine import deals_in, groups_first, period, rank_of, visits
from funnelkit.measures.result import Result, make_scope
from funnelkit.stats.intervals import wilson
from funnelkit.words import percent, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart


@dataclass(frozen=True, eq=False, repr=False)
class StagePairs(Result):
    """Every ordered pair of stages and outcomes."""

    name: ClassVar[str] = "stage_pairs"

    def summary(self) -> str:
        """Name the most frequent move that is not a step to the next stage."""
        order = list(self.process.open_ids)
        table = self.table.groupby(["from_stage", "to_stage"], as_index=False, sort=False).sum(
            numeric_only=True
        )
        usual = {(a, b) for a, b in zip(order, [*order[1:], "won"], strict=True)}
        other = table[
            [pair not in usual for pair in zip(table["from_stage"], table["to_stage"], strict=True)]
        ]
        if other.empty:
            return say("measures.nothing")
        top = other.loc[other["moves"].idxmax()]
        return say(
            "measures.stage_pairs_summary",
            start=self.process.label(top["from_stage"]),
            end=self.process.label(top["to_stage"]),
            n=int(top["moves"]),
        )

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw where the deals of each stage went."""
        from funnelkit.measures.pictures import draw_flow

        return draw_flow(self, ax)


def stage_pairs(
    p: Pipeline,
    by: str | list[str] | None = None,
    *,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> StagePairs:
    """Count the moves between every ordered pair of stages and outcomes.

    Returns
    -------
    StagePairs
        ``table``: [by], ``from_stage, to_stage, moves, left_from, rate, low, high``. ``rate``
        is ``moves`` over ``left_from``, the stays in ``from_stage`` that ended. Stays that
        still run are in ``scope``.
    """
    groups = p.groups(by)
    p.need("stage_history", what="stage_pairs")
    start, end = period(since, until)
    part = p._with_deals(deals_in(p, start, end))
    stays = visits(part, tuple(g for g in groups if g != "outcome"))
    keys = [*groups, "stage", "next"]
    counts = groups_first(stays.group_by(keys).agg(moves=stays.count()).to_pandas(), groups)
    running = int(counts.loc[counts["next"].isna(), "moves"].sum())
    table = counts.dropna(subset=["next"]).rename(
        columns={"stage": "from_stage", "next": "to_stage"}
    )
    order = {s: k for k, s in enumerate([*p.process.open_ids, *OUTCOMES])}
    table = table[table["to_stage"].isin(order)]
    table = table.sort_values(
        [*groups, "from_stage", "to_stage"],
        key=lambda c: c.map(order) if c.name in ("from_stage", "to_stage") else c,
    ).reset_index(drop=True)
    table["moves"] = table["moves"].astype("int64")
    table["left_from"] = table.groupby([*groups, "from_stage"])["moves"].transform("sum")
    table["rate"] = table["moves"] / table["left_from"]
    table["low"], table["high"] = wilson(table["moves"].to_numpy(), table["left_from"].to_numpy())
    scope = make_scope(p, int(table["moves"].sum()), [("running", running)], start, end)
    return StagePairs(table, scope, p.process, tuple(groups), synthetic=p.synthetic)


@dataclass(frozen=True, eq=False, repr=False)
class Skips(Result):
    """Deals that came further without ever being in a stage."""

    name: ClassVar[str] = "skips"

    def summary(self) -> str:
        """Name the stage that is skipped most."""
        if self.table["passed"].sum() == 0:
            return say("measures.nothing")
        top = self.table.loc[self.table["skip_rate"].idxmax()]
        return say(
            "measures.skips_summary",
            stage=self.process.label(top["stage"]),
            n=int(top["skipped"]),
            of=int(top["passed"]),
            rate=percent(top["skip_rate"], 1),
        )


def skips(
    p: Pipeline, *, since: dt.date | str | None = None, until: dt.date | str | None = None
) -> Skips:
    """Report, for every stage, the deals that passed it without being in it, and how they fared.

    Returns
    -------
    Skips
        ``table``: ``stage, passed, skipped, skip_rate, low, high, win_rate_skipped,
        win_rate_stayed``. ``passed`` are deals that came to a later stage or won; the win
        rates are won over closed deals.
    """
    p.need("stage_history", what="skips")
    start, end = period(since, until)
    deals = deals_in(p, start, end)
    history = p.stage_history
    assert history is not None  # noqa: S101
    stages = p.process.open_ids
    at = {f"at_{k}": (history.stage == s).any() for k, s in enumerate(stages)}
    seen = history.group_by("deal_id").agg(furthest=rank_of(history.stage, p).max(), **at)
    joined = deals.select("deal_id", "outcome").inner_join(seen, "deal_id")
    far = (joined.outcome == "won").ifelse(len(stages), joined.furthest)
    sums = {}
    for k in range(len(stages)):
        gone = (far > k).fill_null(False)
        for label, group in (("skipped", ~joined[f"at_{k}"]), ("stayed", joined[f"at_{k}"])):
            inside = gone & group.fill_null(False)
            sums[f"{label}_{k}"] = inside.sum()
            sums[f"{label}_won_{k}"] = (inside & (joined.outcome == "won")).sum()
            sums[f"{label}_closed_{k}"] = (inside & (joined.outcome != "open")).sum()
    row = joined.agg(**sums, n=joined.count()).to_pandas().iloc[0].fillna(0).astype("int64")
    skipped = [row[f"skipped_{k}"] for k in range(len(stages))]
    passed = [row[f"skipped_{k}"] + row[f"stayed_{k}"] for k in range(len(stages))]
    table = pd.DataFrame({"stage": stages, "passed": passed, "skipped": skipped})
    table["skip_rate"] = table["skipped"] / table["passed"].where(table["passed"] > 0)
    table["low"], table["high"] = wilson(table["skipped"].to_numpy(), table["passed"].to_numpy())
    for label in ("skipped", "stayed"):
        won = pd.Series([row[f"{label}_won_{k}"] for k in range(len(stages))], dtype="float64")
        closed = pd.Series(
            [row[f"{label}_closed_{k}"] for k in range(len(stages))], dtype="float64"
        )
        table[f"{label}_win_rate"] = won / closed.where(closed > 0)
    scope = make_scope(p, int(row["n"]), [], start, end)
    return Skips(table, scope, p.process, synthetic=p.synthetic)


@dataclass(frozen=True, eq=False, repr=False)
class Returns(Result):
    """Stages that deals came back to."""

    name: ClassVar[str] = "returns"

    def summary(self) -> str:
        """Name the stage deals come back to most."""
        if self.table["returned"].sum() == 0:
            return say("measures.returns_none")
        top = self.table.loc[self.table["return_rate"].idxmax()]
        return say(
            "measures.returns_summary",
            stage=self.process.label(top["stage"]),
            n=int(top["returned"]),
            of=int(top["deals"]),
            rate=percent(top["return_rate"], 1),
        )


def returns(
    p: Pipeline, *, since: dt.date | str | None = None, until: dt.date | str | None = None
) -> Returns:
    """Report, for every stage, the deals with more than one stay and the moves back out of it.

    Returns
    -------
    Returns
        ``table``: ``stage, deals, visits, returned, return_rate, low, high, moved_back``.
        ``returned`` deals were in the stage more than once; ``moved_back`` counts stays that
        ended in an earlier stage.
    """
    p.need("stage_history", what="returns")
    start, end = period(since, until)
    stays = visits(p._with_deals(deals_in(p, start, end)))
    back = (rank_of(stays.next, p) < rank_of(stays.stage, p)).fill_null(False)
    counts = (
        stays.group_by("stage")
        .agg(
            deals=(stays.visit == 0).sum(),
            visits=stays.count(),
            returned=(stays.visit == 1).sum(),
            moved_back=back.sum(),
        )
        .to_pandas()
        .set_index("stage")
        .reindex(p.process.open_ids, fill_value=0)
        .astype("int64")
        .rename_axis("stage")
        .reset_index()
    )
    counts.insert(4, "return_rate", counts["returned"] / counts["deals"].where(counts["deals"] > 0))
    low, high = wilson(counts["returned"].to_numpy(), counts["deals"].to_numpy())
    counts.insert(5, "low", low)
    counts.insert(6, "high", high)
    scope = make_scope(p, int(counts["visits"].sum()), [], start, end)
    return Returns(counts, scope, p.process, synthetic=p.synthetic)


__all__ = ["Returns", "Skips", "StagePairs", "returns", "skips", "stage_pairs"]
