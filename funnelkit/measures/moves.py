"""Moves between stages: every ordered pair, skips, returns."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import ibis
import pandas as pd

from funnelkit.data.pipeline import OUTCOMES, Pipeline
from funnelkit.measures.behind import because, dated, ones
from funnelkit.measures.engine import (
    deals_in,
    every_stage,
    group_columns,
    groups_first,
    in_process_order,
    outside,
    part_in,
    period,
    rank_of,
    visits,
)
from funnelkit.measures.result import Result
from funnelkit.measures.scope import make_scope
from funnelkit.stats.intervals import wilson
from funnelkit.words import percent, say

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart


@dataclass(frozen=True, eq=False, repr=False)
class StagePairs(Result):
    """Every ordered pair of stages and outcomes."""

    name: ClassVar[str] = "stage_pairs"
    counts: ClassVar = ("moves",)
    keys: ClassVar = ("from_stage", "to_stage")

    def _behind(self, p: Pipeline) -> ir.Table:
        stays = visits(p, ("created_at",))
        why = because((stays.next.isnull(), "running"))
        return stays.select(
            "deal_id",
            from_stage=stays.stage,
            to_stage=stays.next,
            moves=ones(stays.next.notnull()),
            why=ibis.coalesce(dated(stays, "created_at", self.scope), why),
        )

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
        top = other.iloc[int(other["moves"].argmax())]
        return say(
            "measures.stage_pairs_summary",
            start=self.process.label(top["from_stage"]),
            end=self.process.label(top["to_stage"]),
            n=int(top["moves"]),
        )

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw where the deals of each stage went."""
        from funnelkit.charts.flow import flow

        moves = self.table.groupby(["from_stage", "to_stage"], sort=False)["moves"].sum()
        frame = moves.reset_index().set_axis(["start", "end", "n"], axis=1)
        ids, label = list(self.process.open_ids), self.process.label
        keys = [*ids, *OUTCOMES]
        places = pd.DataFrame(
            {
                "key": keys,
                "label": [label(key) for key in keys],
                "column": [*range(len(ids)), *[len(ids)] * len(OUTCOMES)],
                "colour": ["stage"] * len(ids) + list(OUTCOMES),
            }
        )
        largest = [
            say("measures.alt_flow_part", start=label(r["start"]), end=label(r["end"]), n=r["n"])
            for r in frame.nlargest(4, "n").to_dict("records")
        ]
        alt = say("measures.alt_flow", parts=say("measures.list", parts=largest))
        return flow(frame, places=places, **self._around(ax, say("measures.chart_back"), alt=alt))


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
    groups = group_columns(p, by, "from_stage", "to_stage", "moves", "left_from", "stage")
    p.need("stage_history", what="stage_pairs")
    start, end = period(since, until)
    stays = visits(part_in(p, start, end), tuple(g for g in groups if g != "outcome"))
    keys = [*groups, "stage", "next"]
    counts = groups_first(stays.group_by(keys).agg(moves=stays.count()).to_pandas(), groups)
    running = int(counts.loc[counts["next"].isna(), "moves"].sum())
    table = counts.dropna(subset=["next"]).rename(
        columns={"stage": "from_stage", "next": "to_stage"}
    )
    table = in_process_order(table, groups, [*p.process.open_ids, *OUTCOMES])
    table["moves"] = table["moves"].astype("int64")
    table["left_from"] = table.groupby([*groups, "from_stage"])["moves"].transform("sum")
    table["rate"] = table["moves"] / table["left_from"]
    table["low"], table["high"] = wilson(table["moves"].to_numpy(), table["left_from"].to_numpy())
    left_out = [*outside(p.deals, "created_at", start, end), ("running", running)]
    scope = make_scope(p, int(table["moves"].sum()), left_out, start, end)
    return StagePairs(table, scope, p.process, tuple(groups), synthetic=p.synthetic)


@dataclass(frozen=True, eq=False, repr=False)
class Skips(Result):
    """Deals that came further without ever being in a stage."""

    name: ClassVar[str] = "skips"
    counts: ClassVar = ("passed", "skipped")
    keys: ClassVar = ("stage",)

    def _behind(self, p: Pipeline) -> ir.Table:
        rows = _seen(p, p.deals, ["created_at"])
        why = dated(rows, "created_at", self.scope)
        parts = [
            rows.select(
                "deal_id",
                stage=ibis.literal(stage),
                passed=ones(rows.far > k),
                skipped=ones((rows.far > k) & ~rows[f"at_{k}"]),
                why=why,
            )
            for k, stage in enumerate(p.process.open_ids)
        ]
        return ibis.union(*parts)

    def summary(self) -> str:
        """Name the stage that is skipped most."""
        if self.table["passed"].sum() == 0:
            return say("measures.nothing")
        if self.table["skipped"].sum() == 0:
            return say("measures.skips_none")
        top = self.table.iloc[int(self.table["skip_rate"].argmax())]
        return say(
            "measures.skips_summary",
            stage=self._where(top, "stage"),
            n=int(top["skipped"]),
            of=int(top["passed"]),
            rate=percent(top["skip_rate"], 1),
        )


def skips(
    p: Pipeline,
    by: str | list[str] | None = None,
    *,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> Skips:
    """Report, for every stage, the deals that passed it without being in it, and how they fared.

    Returns
    -------
    Skips
        ``table``: [by], ``stage, passed, skipped, skip_rate, low, high, skipped_win_rate,
        stayed_win_rate``. ``passed`` are deals that came to a later stage or won; the win
        rates are won over closed deals, of those that skipped the stage and those that did not.
    """
    groups = group_columns(p, by, "stage", "passed", "skipped")
    p.need("stage_history", what="skips")
    start, end = period(since, until)
    stages = p.process.open_ids
    at = [f"at_{k}" for k in range(len(stages))]
    joined = _seen(p, deals_in(p, start, end), groups)
    keys = list(dict.fromkeys([*groups, "far", "outcome", *at]))
    counts = groups_first(joined.group_by(keys).agg(n=joined.count()).to_pandas(), groups)
    n, won, closed = counts["n"], counts["outcome"] == "won", counts["outcome"] != "open"
    rows = []
    for k, stage in enumerate(stages):
        there = counts[f"at_{k}"].astype(bool)
        row = counts[groups].assign(stage=stage)
        for column, inside in (("skipped", ~there), ("stayed", there)):
            inside &= counts["far"] > k
            row[column] = n.where(inside, 0)
            row[f"{column}_won"] = n.where(inside & won, 0)
            row[f"{column}_closed"] = n.where(inside & closed, 0)
        rows.append(row)
    keys = [*groups, "stage"]
    numbers = [str(c) for c in rows[0] if c not in keys]
    sums = pd.concat(rows).groupby(keys)[numbers].sum()
    full = every_stage(sums.reset_index(), groups, stages, numbers)
    table = full[keys].copy()
    table["passed"] = full["skipped"] + full["stayed"]
    table["skipped"] = full["skipped"]
    table["skip_rate"] = table["skipped"] / table["passed"].where(table["passed"] > 0)
    table["low"], table["high"] = wilson(table["skipped"].to_numpy(), table["passed"].to_numpy())
    for column in ("skipped", "stayed"):
        closed = full[f"{column}_closed"]
        table[f"{column}_win_rate"] = full[f"{column}_won"] / closed.where(closed > 0)
    left_out = outside(p.deals, "created_at", start, end)
    used = int(counts["n"].sum())
    scope = make_scope(p, used, left_out, start, end)
    return Skips(table, scope, p.process, tuple(groups), synthetic=p.synthetic)


def _seen(p: Pipeline, deals: ir.Table, extra: list[str]) -> ir.Table:
    """Return one row a deal: in which stages it was (``at_<rank>``) and how far it came."""
    history = p.stage_history
    assert history is not None
    stages = p.process.open_ids
    at = {f"at_{k}": (history.stage == s).any() for k, s in enumerate(stages)}
    seen = history.group_by("deal_id").agg(furthest=rank_of(history.stage, p).max(), **at)
    facts = deals.select(*dict.fromkeys(["deal_id", "outcome", *extra]))
    joined = facts.inner_join(seen, "deal_id")
    return joined.mutate(far=(joined.outcome == "won").ifelse(len(stages), joined.furthest))


@dataclass(frozen=True, eq=False, repr=False)
class Returns(Result):
    """Stages that deals came back to."""

    name: ClassVar[str] = "returns"
    counts: ClassVar = ("deals", "visits", "returned", "moved_back")
    keys: ClassVar = ("stage",)

    def _behind(self, p: Pipeline) -> ir.Table:
        stays = visits(p, ("created_at",))
        back = rank_of(stays.next, p) < rank_of(stays.stage, p)
        return stays.select(
            "deal_id",
            "stage",
            deals=ones(stays.visit == 0),
            visits=ones(stays.visit >= 0),
            returned=ones(stays.visit == 1),
            moved_back=ones(back),
            why=dated(stays, "created_at", self.scope),
        )

    def summary(self) -> str:
        """Name the stage deals come back to most."""
        if self.table["returned"].sum() == 0:
            return say("measures.returns_none")
        top = self.table.iloc[int(self.table["return_rate"].argmax())]
        return say(
            "measures.returns_summary",
            stage=self._where(top, "stage"),
            n=int(top["returned"]),
            of=int(top["deals"]),
            rate=percent(top["return_rate"], 1),
        )


def returns(
    p: Pipeline,
    by: str | list[str] | None = None,
    *,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> Returns:
    """Report, for every stage, the deals with more than one stay and the moves back out of it.

    Returns
    -------
    result : Returns
        ``table``: [by], ``stage, deals, visits, returned, return_rate, low, high,
        moved_back``. ``returned`` deals were in the stage more than once; ``moved_back``
        counts stays that ended in an earlier stage.
    """
    groups = group_columns(p, by, "stage", "visits", "returned", "moved_back")
    p.need("stage_history", what="returns")
    start, end = period(since, until)
    stays = visits(part_in(p, start, end), tuple(g for g in groups if g != "outcome"))
    back = (rank_of(stays.next, p) < rank_of(stays.stage, p)).fill_null(False)
    counts = stays.group_by([*groups, "stage"]).agg(
        deals=(stays.visit == 0).sum(),
        visits=stays.count(),
        returned=(stays.visit == 1).sum(),
        moved_back=back.sum(),
    )
    numbers = ["deals", "visits", "returned", "moved_back"]
    table = every_stage(
        groups_first(counts.to_pandas(), groups), groups, p.process.open_ids, numbers
    )
    back_again, moved = table["returned"], table.pop("moved_back")
    table["return_rate"] = back_again / table["deals"].where(table["deals"] > 0)
    table["low"], table["high"] = wilson(back_again.to_numpy(), table["deals"].to_numpy())
    table["moved_back"] = moved
    left_out = outside(p.deals, "created_at", start, end)
    scope = make_scope(p, int(table["visits"].sum()), left_out, start, end)
    return Returns(table, scope, p.process, tuple(groups), synthetic=p.synthetic)


__all__ = ["Returns", "Skips", "StagePairs", "returns", "skips", "stage_pairs"]
