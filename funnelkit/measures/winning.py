"""Win rates: of closed deals, of created deals, by value, and from each stage."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import ibis
import pandas as pd

from funnelkit.data.kept import kept
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.behind import because, dated, ones
from funnelkit.measures.drawn import draw_rates, row_name
from funnelkit.measures.engine import (
    deals_in,
    group_columns,
    groups_first,
    is_call_off,
    outside,
    period,
    rank_of,
    within,
)
from funnelkit.measures.result import Result, alike, choose, standing_out
from funnelkit.measures.scope import make_scope
from funnelkit.stats.intervals import ratio_of_sums, wilson
from funnelkit.words import count, money, percent, say, sentences
from funnelkit.words.texts import texts

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

OF = ("closed", "created", "value")


@dataclass(frozen=True, eq=False, repr=False)
class WinRate(Result):
    """Won over closed deals, created deals or closed value."""

    name: ClassVar[str] = "win_rate"
    counts: ClassVar = ("of", "won", "no_decision", "still_open")

    @property
    def of(self) -> str:
        """What the rate is a share of: closed, created or value."""
        return str(self.option("of"))

    @property
    def definition(self) -> str:
        """How the rate is counted, in the current language."""
        return self._own("definition", stage=self._first_of_deals)

    @property
    def denominator(self) -> str:
        """What the rate is a share of, in the current language."""
        return self._own("denominator")

    @property
    def title(self) -> str:
        """Name of this win rate: the three are different numbers."""
        return self._own("title")

    def _own(self, what: str, **values: Any) -> str:
        """Say it of deals, or of leads and deals where the funnel starts with leads."""
        key = f"win_rate_{self.of}{self.process.leads}_{what}"
        if key not in texts("measures"):
            key = f"win_rate_{self.of}_{what}"
        return say(f"measures.{key}", **values)

    @property
    def _first_of_deals(self) -> str:
        return self.process.label(self.process.deals_from) if self.process.deals_from else ""

    def summary(self) -> str:
        """Give the rate with its interval, or the ends of the groups."""
        table = self.table[self.table["of"] > 0]
        if table.empty:
            return say("measures.nothing")
        if not self.by:
            row = table.iloc[0]
            told = self._own(
                "summary", won=row["won"], of=row["of"], rate=f"{row['rate']:.1%}",
                low=row["low"], high=row["high"],
            )  # fmt: skip
            return sentences([told, self._of_deals()])
        best, worst = (
            table.iloc[int(table["rate"].argmax())],
            table.iloc[int(table["rate"].argmin())],
        )
        even = percent(best["rate"]) == percent(worst["rate"])
        span = alike(self, table, percent(best["rate"])) if even else say(
            "measures.win_rate_groups",
            n=len(table), best=self._where(best), worst=self._where(worst),
            best_rate=best["rate"], worst_rate=worst["rate"],
        )  # fmt: skip
        if len(table) == 1:
            return span
        if self.of == "value":
            return sentences([span, say("measures.order_only")])
        return sentences([span, standing_out(self, table, "won", "of")])

    def _of_deals(self) -> str:
        """Say what was won of the deals, where what is counted are leads too."""
        if (p := self.scope.pipeline) is None or self.of != "closed":
            return ""
        row = deal_win_rate(p, since=self.scope.since, until=self.scope.until)
        return "" if row is None else say(
            "measures.win_rate_of_deals", stage=self._first_of_deals,
            **{name: row[name] for name in row.index},
        )  # fmt: skip

    def _behind(self, p: Pipeline) -> ir.Table:
        deals = p.deals
        closed, won = deals.outcome != "open", deals.outcome == "won"
        created, dates = self.of == "created", (self.scope.since, self.scope.until) != (None, None)
        why = dated(deals, "created_at" if created else "closed_at", self.scope)
        if (call_off := is_call_off(p)) is not None:
            why = ibis.coalesce(because((call_off, "call_offs")), why)
        if not created and dates:
            why = ibis.coalesce(because((~closed, "still_open")), why)
        if self.of == "value":
            amount = deals.amount.fill_null(0.0)
            sums = {"won": won.ifelse(amount, 0.0), "of": closed.ifelse(amount, 0.0)}
        else:
            sums = {"won": ones(won), "of": ones(closed | created)}
        decided = ones(deals.outcome == "no_decision")
        rows = deals.select(
            "deal_id", "amount", **sums, no_decision=decided, still_open=ones(~closed), why=why
        )
        parts = [rows]  # what has a column of its own and is left out of the rate is there twice
        if not created:
            new = rows.filter((rows.why != "call_offs").fill_null(True))
            parts.append(new.filter(new.still_open == 1).mutate(why=ibis.literal("still_open")))
        if self.of == "value":
            bare = rows.filter((rows.still_open == 0) & rows.amount.isnull() & rows.why.isnull())
            parts.append(bare.mutate(why=ibis.literal("no_amount")))
        return ibis.union(*parts).drop("amount") if len(parts) > 1 else rows.drop("amount")

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the rate of every group with its interval."""
        table = self.table
        labels = [row_name(self, row) for row in table.to_dict("records")]
        total = float(table["of"].sum())
        return draw_rates(
            self,
            ax,
            labels,
            ("of", "rate", "low", "high"),
            (say(f"measures.chart_{self.of}"), say("measures.chart_rate")),
            alt="measures.alt_rates",
            overall=float(table["won"].sum()) / total if total else None,
            size=money if self.of == "value" else count,
        )


def win_rate(
    p: Pipeline,
    by: str | list[str] | None = None,
    *,
    of: str = "closed",
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> WinRate:
    """Share of deals (or of value) that was won.

    Parameters
    ----------
    by : str or list of str, optional
        One row a group.
    of : {"closed", "created", "value"}
        *closed*: won / (won + lost + no decision), by closing date. *created*: won / all
        deals created in the period, the open ones included, by creation date. *value*:
        amount won / amount closed, by closing date.
    since, until : date, optional
        Half-open period on the closing date (``created``: on the creation date).

    Orders under a frame agreement, where the sheet says how they are marked (``call_offs``), are
    no new wins: they are left out.

    Returns
    -------
    WinRate
        ``table``: [by], ``won, of, rate, low, high, no_decision, still_open``. ``won`` and
        ``of`` are deals, or amounts for ``of="value"``. The interval is Wilson's at 95%; for
        values the ratio of sums by linearisation, since large deals weigh more.

    Raises
    ------
    FunnelkitError
        Missing column, unknown option, more than one currency for ``value``.

    Examples
    --------
    >>> from funnelkit.data.pipeline import from_frames
    >>> deals = pd.DataFrame({"deal_id": list("abcd"), "outcome": ["won", "lost", "lost", "open"]})
    >>> deals["created_at"] = pd.Timestamp("2026-01-01")
    >>> table = win_rate(from_frames(deals)).table
    >>> table[["won", "of"]].values.tolist()
    [[1, 3]]
    """
    choose(of, OF, "of")
    groups = group_columns(p, by, "won", "no_decision", "still_open")
    p.need("outcome", what=f"win_rate(of={of!r})")
    start, end = period(since, until)
    deals = p.deals
    left_out: list[tuple[str, int]] = []
    if (call_off := is_call_off(p)) is not None:
        left_out.append(("call_offs", int(deals.filter(call_off).count().execute())))
        deals = deals.filter(~call_off)
    if start is not None or end is not None:
        column = "created_at" if of == "created" else "closed_at"
        p.need(column, what="since/until")
        counted = deals if of == "created" else deals.filter(deals.outcome != "open")
        left_out += outside(counted, column, start, end)
        deals = deals.filter(within(deals[column], start, end))
    if of == "value":
        p.need("amount", what="win_rate(of='value')")
        p.need_open_amounts("win_rate(of='value')")
        single_currency(p, groups)
    won, closed = deals.outcome == "won", deals.outcome != "open"
    amount = closed.ifelse(deals.amount, None)
    won_amount = won.ifelse(deals.amount, 0.0)
    sums = {
        "n_won": won.sum(),
        "n_closed": closed.sum(),
        "n": deals.count(),
        "no_decision": (deals.outcome == "no_decision").sum(),
        "no_amount": (closed & deals.amount.isnull()).sum(),
        "with_amount": amount.count(),
        "x": amount.sum(),
        "y": (amount.notnull()).ifelse(won_amount, 0.0).sum(),
        "xx": (amount * amount).sum(),
        "xy": (amount * won_amount).sum(),
        "yy": (amount.notnull()).ifelse(won_amount * won_amount, 0.0).sum(),
    }
    raw = (deals.group_by(groups) if groups else deals).agg(**sums).to_pandas()
    raw = groups_first(raw, groups).fillna(0).sort_values(groups or ["n"]).reset_index(drop=True)
    table = raw[groups].copy()
    if of == "value":
        table["won"], table["of"] = raw["y"], raw["x"]
        left_out.append(("no_amount", int(raw["no_amount"].sum())))
    else:
        table["won"] = raw["n_won"].astype("int64")
        table["of"] = raw["n_closed" if of == "closed" else "n"].astype("int64")
    of_positive = table["of"].where(table["of"] > 0)
    table["rate"] = table["won"] / of_positive
    if of == "value":
        sums_of = (
            raw[c].to_numpy(dtype=float) for c in ("with_amount", "x", "y", "xx", "xy", "yy")
        )
        _, table["low"], table["high"] = ratio_of_sums(*sums_of, share=True)
    else:
        table["low"], table["high"] = wilson(table["won"].to_numpy(), table["of"].to_numpy())
    table["no_decision"] = raw["no_decision"].astype("int64")
    table["still_open"] = (raw["n"] - raw["n_closed"]).astype("int64")
    used = raw["n"] if of == "created" else raw["n_closed"]
    if of != "created":
        left_out.append(("still_open", int(table["still_open"].sum())))
    scope = make_scope(p, int(used.sum()), left_out, start, end)
    return WinRate(table, scope, p.process, tuple(groups), (("of", of),), p.synthetic)


@kept
def single_currency(p: Pipeline, by: list[str] | None = None) -> str | None:
    """Return the one currency of the amounts; refuse to add up several.

    Grouped by currency, no two are added up.

    Raises
    ------
    FunnelkitError
        The deals carry more than one currency.
    """
    if not p.has("currency") or "currency" in (by or []):
        return None
    if len(p.currencies) > 1:
        raise FunnelkitError("measures.currencies", found=list(p.currencies))
    return p.currency or None


@dataclass(frozen=True, eq=False, repr=False)
class StageWinRate(Result):
    """Win rate from each stage."""

    name: ClassVar[str] = "stage_win_rate"
    counts: ClassVar = ("deals", "won", "of", "still_open")
    keys: ClassVar = ("stage",)

    def _behind(self, p: Pipeline) -> ir.Table:
        shape = _furthest(p, p.deals, ["created_at"])
        why = because((shape.far < 0, "no_stage"))
        why = ibis.coalesce(dated(shape, "created_at", self.scope), why)
        is_open = shape.outcome == "open"
        parts = [
            shape.select(
                "deal_id",
                stage=ibis.literal(stage),
                deals=ones(shape.far >= k),
                won=ones((shape.far >= k) & (shape.outcome == "won")),
                of=ones((shape.far >= k) & ~is_open),
                still_open=ones((shape.far >= k) & is_open),
                why=why,
            )
            for k, stage in enumerate(p.process.open_ids)
        ]
        return ibis.union(*parts)

    def summary(self) -> str:
        """Give the rate from the first and the last stage."""
        table = self.table.dropna(subset=["rate"])
        if table.empty:
            return say("measures.nothing")
        first, last = table.iloc[0], table.iloc[-1]
        return say(
            "measures.stage_win_rate_summary",
            first=self.process.label(first["stage"]), first_rate=first["rate"],
            last=self.process.label(last["stage"]), last_rate=last["rate"],
        )  # fmt: skip


def stage_win_rate(
    p: Pipeline,
    by: str | list[str] | None = None,
    *,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> StageWinRate:
    """Share of the deals that reached a stage and are closed that was won.

    Returns
    -------
    StageWinRate
        ``table``: [by], ``stage, deals, won, of, rate, low, high, still_open``: ``deals``
        reached the stage (rule *reached*), ``of`` of them are closed.
    """
    groups = group_columns(p, by, "stage", "still_open")
    p.need("stage_history", "outcome", what="stage_win_rate")
    start, end = period(since, until)
    shape = _furthest(p, deals_in(p, start, end), [g for g in groups if g != "outcome"])
    keys = list(dict.fromkeys([*groups, "far", "outcome"]))
    counts = groups_first(shape.group_by(keys).agg(n=shape.count()).to_pandas(), groups)
    rows = []
    pieces = list(counts.groupby(groups)) if groups else [((), counts)]
    for key, part in pieces:
        for k, stage in enumerate(p.process.open_ids):
            there = part[part["far"] >= k]
            row = dict(zip(groups, key, strict=True)) | {"stage": stage}
            row["deals"] = int(there["n"].sum())
            row["won"] = int(there.loc[there["outcome"] == "won", "n"].sum())
            row["of"] = int(there.loc[there["outcome"] != "open", "n"].sum())
            rows.append(row)
    table = pd.DataFrame(rows, columns=[*groups, "stage", "deals", "won", "of"])
    table["rate"] = table["won"] / table["of"].where(table["of"] > 0)
    table["low"], table["high"] = wilson(table["won"].to_numpy(), table["of"].to_numpy())
    table["still_open"] = table["deals"] - table["of"]
    nowhere = int(counts.loc[counts["far"] < 0, "n"].sum())
    left_out = [*outside(p.deals, "created_at", start, end), ("no_stage", nowhere)]
    scope = make_scope(p, int(counts["n"].sum()) - nowhere, left_out, start, end)
    return StageWinRate(table, scope, p.process, tuple(groups), synthetic=p.synthetic)


def deal_win_rate(
    p: Pipeline, *, since: dt.date | str | None = None, until: dt.date | str | None = None
) -> pd.Series[Any] | None:
    """Return the win rate from the stage where an entry is a deal, by closing date.

    Returns
    -------
    Series or None
        ``won, of, rate, low, high``, named by the stage; None where every entry is a deal,
        where no stages were recorded, or where no deal is closed.
    """
    first = p.process.deals_from
    if first is None or not p.has("stage_history") or not p.has("outcome"):
        return None
    start, end = period(since, until)
    deals = p.deals.filter(p.deals.outcome != "open")
    if (call_off := is_call_off(p)) is not None:
        deals = deals.filter(~call_off)
    if start is not None or end is not None:
        deals = deals.filter(within(deals["closed_at"], start, end))
    shape = _furthest(p, deals, [])
    there = shape.filter(shape.far >= p.process.open_ids.index(first))
    row = there.agg(of=there.count(), won=(there.outcome == "won").sum()).to_pandas()
    row = row.fillna(0).astype("int64")
    if not row["of"].iloc[0]:
        return None
    low, high = wilson(row["won"].to_numpy(), row["of"].to_numpy())
    found: pd.Series[Any] = row.assign(rate=row["won"] / row["of"], low=low, high=high).iloc[0]
    return found.rename(first)


def _furthest(p: Pipeline, deals: ir.Table, extra: list[str]) -> ir.Table:
    """Return one row a deal with ``far``, the furthest stage it reached; won ones passed all."""
    history = p.stage_history
    assert history is not None
    far = history.group_by("deal_id").agg(furthest=rank_of(history.stage, p).max())
    joined = deals.select("deal_id", "stage", "outcome", *extra)
    joined = joined.left_join(far, "deal_id").drop("deal_id_right")
    ever = ibis.greatest(joined.furthest.fill_null(-1), rank_of(joined.stage, p).fill_null(-1))
    top = len(p.process.open_ids)
    return joined.mutate(far=(joined.outcome == "won").ifelse(top, ever))


__all__ = [
    "StageWinRate", "WinRate", "deal_win_rate", "single_currency", "stage_win_rate", "win_rate",
]  # fmt: skip
