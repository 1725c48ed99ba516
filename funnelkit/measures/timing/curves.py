"""Conversion curves: what share was won, lost, undecided or still open after each day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnelkit.data.pipeline import OUTCOMES, Pipeline
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.clustered import EACH_DEAL, cluster_column, design_effects, in_clusters
from funnelkit.measures.columns import each
from funnelkit.measures.engine import (
    deals_in,
    first_entries,
    group_columns,
    groups_first,
    moment_at,
    outside,
    period,
    whole_days,
)
from funnelkit.measures.result import Result, highest_and_lowest
from funnelkit.measures.scope import make_scope
from funnelkit.show.column import RATE
from funnelkit.stats.competing_risks import aalen_johansen
from funnelkit.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart


@dataclass(frozen=True, eq=False, repr=False)
class ConversionCurve(Result):
    """Shares won, lost, undecided and open by day; they add up to one."""

    name: ClassVar[str] = "conversion_curve"
    units: ClassVar = each(RATE, "won lost no_decision open")

    def summary(self) -> str:
        """Give the won share on the last day that is known."""
        if self.table.empty:
            return say("measures.nothing")
        if self.by:
            last = self.table.groupby(list(self.by), sort=False).tail(1)
            return highest_and_lowest(self, last, "won")
        row = self.table.iloc[-1]
        return say(
            "measures.conversion_curve_summary",
            day=int(row["day"]), won=row["won"], low=row["low"], high=row["high"],
            open=row["open"],
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the stacked shares of the outcomes; of groups, one line each of what was won."""
        from funnelkit.charts.curves import lines, stacked_shares

        shares = (*OUTCOMES, "open")
        alt = say("measures.alt_curve", text=self.summary())
        around = self._around(ax, alt=alt, drawn=() if self.by else shares)
        shown = self.shown(*(() if self.by else shares))
        # some two dozen days of a curve: the table beside the picture, not the result's
        around["data"] = shown.take(range(0, len(shown), max(1, len(shown) // 24)))
        days = say("measures.chart_day")
        if not self.by:
            labels = {o: self.process.label(o) for o in shares}
            return stacked_shares(self.table, labels=labels, axis_label=days, **around)
        names = [self._where(row) for row in self.table[list(self.by)].to_dict("records")]
        around["title"] = f"{self.title} · {self.process.label('won')}"
        frame = self.table.assign(label=names, rate=self.table["won"])
        return lines(frame, axis_label=days, **around)


def conversion_curve(
    p: Pipeline,
    to: str = "won",
    start: str = "created",
    by: str | list[str] | None = None,
    *,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
    cluster: str | None = None,
) -> ConversionCurve:
    """Estimate what share of deals is won, lost, undecided or still open after each day.

    Aalen-Johansen: lost competes with won, and open deals are censored at ``as_of`` rather
    than counted as failures.

    Parameters
    ----------
    to : str
        ``won``, or a stage: then ``won`` is the share that came to it (or further).
    start : str
        ``created`` or a stage whose first entry starts the clock.
    cluster : str, optional
        Deals of one value hang together, and the interval is wider for it; the account where
        the source has it, and always the months in which deals began. ``deal_id``: every deal
        for itself.

    Returns
    -------
    ConversionCurve
        ``table``: [by], ``day, won, lost, no_decision, open, low, high`` for every whole day
        from 0; ``low`` and ``high`` are the 95% interval of ``won``.

    Notes
    -----
    Aalen and Johansen (1978), Scandinavian Journal of Statistics 5, 141-150.
    """
    groups = group_columns(p, by)
    ids = list(p.process.open_ids)
    for name, allowed in ((to, [*ids, "won"]), (start, ["created", *ids])):
        if name not in allowed:
            raise FunnelkitError(
                "measures.unknown_stage", found=name, allowed=nearest(name, allowed)
            )
    p.need("outcome", "closed_at", what="conversion_curve")
    if start == "created":
        p.need("created_at", what="conversion_curve")
    if start != "created" or to != "won":
        p.need("stage_history", what="conversion_curve")
    first, last = period(since, until)
    whose = cluster_column(p, cluster)
    facts = ["deal_id", "created_at", "closed_at", "outcome", *groups, *([whose] if whose else [])]
    deals = deals_in(p, first, last).select(*dict.fromkeys(facts))
    if start != "created" or to != "won":
        deals = deals.left_join(first_entries(p), "deal_id").drop("deal_id_right")
    begin = deals.created_at if start == "created" else deals[f"at_{ids.index(start)}"]
    end = (deals.outcome != "open").ifelse(deals.closed_at, moment_at(p.as_of))
    exit_ = (deals.outcome == "open").ifelse("censored", deals.outcome)
    if to != "won":
        arrive = [deals[f"at_{k}"] for k in range(ids.index(to), len(ids))]
        came = ibis.least(*arrive) if len(arrive) > 1 else arrive[0]
        end = came.notnull().ifelse(came, end)
        exit_ = came.notnull().ifelse("won", exit_)
    shape = deals.select(
        *dict.fromkeys([*groups, *([whose] if whose else [])]),
        day=whole_days(begin, end),
        exit=exit_,
        began=(begin.year() * 12 + begin.month()).cast("int32"),
    )
    counts = shape.group_by([*groups, "day", "exit"]).agg(n=shape.count()).to_pandas()
    counts = groups_first(counts, groups)
    undated = int(counts.loc[counts["day"].isna(), "n"].sum())
    backwards = int(counts.loc[counts["day"] < 0, "n"].sum())
    kept = counts[counts["day"] >= 0].sort_values([*groups, "day", "exit"]).reset_index(drop=True)
    if kept.empty:
        raise FunnelkitError("measures.no_deals", what="conversion_curve")
    clusters = [*([whose] if whose else []), *([] if cluster == EACH_DEAL else ["began"])]
    design = _design(shape, kept, clusters)
    curve = aalen_johansen(kept, causes=list(OUTCOMES), design=design)
    scope = make_scope(
        p,
        int(kept["n"].sum()),
        [
            *outside(p.deals, "created_at", first, last),
            ("never_started" if start != "created" else "undated", undated),
            ("ends_before_start", backwards),
        ],
        first,
        last,
    )
    return ConversionCurve(
        _narrow(curve, groups), scope, p.process, tuple(groups),
        (("to", to), ("start", start)), p.synthetic,
    )  # fmt: skip


def _design(shape: ir.Table, kept: pd.DataFrame, clusters: list[str]) -> float:
    """Return how much wider the shares are for deals that hang together, by those decided."""
    ended = kept[kept["exit"] != "censored"]
    if not clusters or ended.empty:
        return 1.0
    share = float(ended.loc[ended["exit"] == "won", "n"].sum() / ended["n"].sum())
    rows = shape.filter((shape.exit != "censored") & (shape.day >= 0)).mutate(one=0)
    won = (rows.exit == "won").ifelse(1, 0).cast("float64")
    return design_effects(in_clusters(rows, won - share, clusters, "one")).get(0, 1.0)


def _narrow(curve: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Keep the shares and the interval of the share that was won."""
    curve = curve.rename(columns={"won_low": "low", "won_high": "high"})
    return curve[[*by, "day", *OUTCOMES, "open", "low", "high"]]
