"""Two periods compared: what the groups' rates and what their mix did to the total."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnelkit.data.pipeline import OUTCOMES, Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.behind import because, ones
from funnelkit.measures.columns import ends
from funnelkit.measures.engine import (
    first_entries,
    group_columns,
    groups_first,
    in_days,
    microseconds,
    period,
    within,
)
from funnelkit.measures.result import Result, choose, column_label
from funnelkit.measures.scope import make_scope
from funnelkit.show.column import PercentagePoints
from funnelkit.stats.decomposition import MixRate, kitagawa
from funnelkit.stats.intervals import newcombe
from funnelkit.words import number, percent, say, sentences
from funnelkit.words.formats import signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

Period = tuple[dt.date | str, dt.date | str]
_COLUMNS = (
    "of_before", "won_before", "rate_before", "of_after", "won_after", "rate_after",
    "weight_before", "weight_after", "rate_effect", "mix_effect", "difference",
)  # fmt: skip
#: Effects of single groups on a picture; the rest are added up.
_MOST_DRAWN = 6


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Result):
    """The change of a rate between two periods, split into rate and mix."""

    name: ClassVar[str] = "compare"
    room: ClassVar[str] = "movement"
    units: ClassVar = ends(PercentagePoints())
    counts: ClassVar = ("of_after", "won_after", "of_before", "won_before")
    split: MixRate | None = None
    #: 95% interval of the change (Newcombe).
    interval: tuple[float, float] = (float("nan"), float("nan"))

    def _behind(self, p: Pipeline) -> ir.Table:
        given = dict(self.options)
        rows, when, good, backwards = _counted(p, [], self.of, self.days)
        sides = {side: within(when, *given[side]) for side in ("before", "after")}
        counts = {f"of_{side}": ones(inside & good.notnull()) for side, inside in sides.items()}
        counts |= {f"won_{side}": ones(inside & good) for side, inside in sides.items()}
        why = because(
            (when.isnull(), "undated"),
            (~sides["before"] & ~sides["after"], "outside_period"),
            (good.isnull() & backwards, "ends_before_start"),
            (good.isnull(), "undated"),
        )
        found = rows.select("deal_id", **counts, why=why)
        if self.of != "closed":
            return found
        still = p.deals.filter(p.deals.outcome == "open")
        nothing = dict.fromkeys(counts, ibis.literal(0, "int64"))
        return found.union(still.select("deal_id", **nothing, why=ibis.literal("still_open")))

    @property
    def of(self) -> str:
        """What is compared: closed, created or the stage whose step rate it is."""
        return str(self.option("of"))

    @property
    def days(self) -> int | None:
        """Age at which both sides are measured; None for closed deals, which have ended."""
        found: int | None = self.option("days")
        return found

    @property
    def before(self) -> float:
        """The rate before."""
        return self._split.before

    @property
    def after(self) -> float:
        """The rate after."""
        return self._split.after

    @property
    def change(self) -> float:
        """``after - before``, in fractions."""
        return self._split.change

    @property
    def rate_effect(self) -> float:
        """The part that comes from the groups' rates."""
        return self._split.rate_effect

    @property
    def mix_effect(self) -> float:
        """The part that comes from the groups' weights."""
        return self._split.mix_effect

    @property
    def reversal(self) -> bool:
        """Whether every group moved one way and the total the other (Simpson)."""
        return self._split.reversal

    @property
    def _split(self) -> MixRate:
        assert self.split is not None
        return self.split

    def _values(self) -> dict[str, Any]:
        given = dict(self.options)
        stage = "" if self.of in ("closed", "created") else self.process.label(self.of)
        return {"days": given["days"], "stage": stage}

    @property
    def _kind(self) -> str:
        return self.of if self.of in ("closed", "created") else "stage"

    @property
    def definition(self) -> str:
        """How both sides are counted, in the current language."""
        rate = say(f"movement.compare_{self._kind}_definition", **self._values())
        return rate + " " + say("movement.compare_definition")

    @property
    def denominator(self) -> str:
        """What the rates are shares of, in the current language."""
        return say(f"movement.compare_{self._kind}_denominator", **self._values())

    @property
    def title(self) -> str:
        """Name of the comparison in the current language."""
        leads = self.process.leads if self._kind == "closed" else ""
        return say(f"movement.compare_{self._kind}{leads}_title", **self._values())

    def summary(self) -> str:
        """Give the change, its interval and its two causes; name a reversal."""
        low, high = self.interval
        parts = [
            say(
                "movement.compare_summary",
                title=self.title,
                before=percent(self.before, 1), after=percent(self.after, 1),
                change=points(self.change), low=points(low), high=points(high),
                rate=points(self.rate_effect), mix=points(self.mix_effect),
                by=", ".join(column_label(b, self.room) for b in self.by),
            )
        ]  # fmt: skip
        if low <= 0 <= high:
            parts.append(say("movement.compare_chance"))
        if self.reversal:
            parts.append(say("movement.simpson_up" if self.change > 0 else "movement.simpson_down"))
        elif self.rate_effect * self.change < 0:
            parts.append(say("movement.mix_wins"))
        if self.days is not None:
            parts.append(say("movement.same_age", days=self.days))
        return sentences(parts)

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the change as steps of rate and mix that add up."""
        from funnelkit.charts.waterfall import waterfall

        rows = [(say("hygiene.chart_before"), self.before, "total")]
        for kind in ("rate", "mix"):
            column = f"{kind}_effect"
            table = self.table.dropna(subset=[column])
            sizes = table[column].abs().sort_values(ascending=False, kind="stable")
            shown = table.loc[[i for i in table.index if i in set(sizes.index[:_MOST_DRAWN])]]
            for row in shown.to_dict("records"):
                label = say(f"hygiene.chart_{kind}_of", group=self._where(row))
                rows.append((label, row[column], "change"))
            if len(table) > len(shown):
                rest = float(table[column].sum() - shown[column].sum())
                label = say(f"hygiene.chart_{kind}_rest", n=len(table) - len(shown))
                rows.append((label, rest, "change"))
        rows.append((say("hygiene.chart_after"), self.after, "total"))
        return waterfall(
            pd.DataFrame(rows, columns=["label", "value", "kind"]),
            heading=say("hygiene.chart_points"),
            write=lambda v: number(100 * v, 1),
            unit=PercentagePoints(signed=False, worded=False),
            **self._around(ax),
        )


def points(value: float) -> str:
    """Write a difference of shares in points, signed: ``−3.0``."""
    if value != value:
        return percent(value)
    return say("movement.points", x=signed(100 * value, 1))


def compare(
    p: Pipeline,
    before: Period,
    after: Period,
    by: str | list[str],
    of: str = "closed",
) -> Comparison:
    """Split the change of a rate between two periods exactly into rate and mix.

    Parameters
    ----------
    before, after : (date, date)
        Two half-open periods [since, until) that do not overlap.
    by : str or list of str
        The groups whose shares may have shifted.
    of : {"closed", "created"} or a stage
        *closed*: won / closed deals, by closing date. *created*: won / created deals, by
        creation date. A stage: share of the deals that came to it (or past it) in the period
        that went on to a later stage or were won. The last two are measured at the same age on
        both sides: the follow-up of the period that was followed for the shorter time.

    Returns
    -------
    Comparison
        ``table``: [by], ``of_before, won_before, rate_before, of_after, won_after, rate_after,
        weight_before, weight_after, rate_effect, mix_effect, difference, low, high``; the
        interval is Newcombe's for ``difference``. ``before``, ``after``, ``change``,
        ``rate_effect``, ``mix_effect``, ``interval`` and ``reversal`` of the total.

    Raises
    ------
    FunnelkitError
        Overlapping periods, one without deals, or one with no follow-up at all.

    Examples
    --------
    >>> from funnelkit.data.pipeline import from_frames
    >>> rows = [("x", "01", 3, 4), ("y", "01", 1, 4), ("x", "03", 4, 4), ("y", "03", 2, 4)]
    >>> deals = pd.DataFrame([(s, f"2026-{m}-05", "won" if i < k else "lost")
    ...     for s, m, k, n in rows for i in range(n)], columns=["source", "closed_at", "outcome"])
    >>> deals["closed_at"] = pd.to_datetime(deals["closed_at"])
    >>> deals["deal_id"] = [str(i) for i in range(16)]
    >>> p = from_frames(deals, as_of="2026-04-30")
    >>> c = compare(p, ("2026-01-01", "2026-02-01"), ("2026-03-01", "2026-04-01"), "source")
    >>> c.before, c.after, c.rate_effect, c.mix_effect
    (0.5, 0.75, 0.25, 0.0)
    """
    groups = group_columns(p, by, *_COLUMNS, "side", "good", "undated", "backwards")
    if not groups:
        raise FunnelkitError("movement.compare_needs_by", allowed=p.attributes)
    choose(of, ("closed", "created", *p.process.open_ids), "of")
    for name, given in (("before", before), ("after", after)):
        if isinstance(given, str) or len(given) != 2:
            raise FunnelkitError("movement.compare_period", name=name, found=given)
    spans = [period(*before), period(*after)]
    (start0, end0), (start1, end1) = spans
    assert start0 is not None
    assert end0 is not None
    assert start1 is not None
    assert end1 is not None
    if start0 < end1 and start1 < end0:
        raise FunnelkitError("movement.compare_overlap", since=max(start0, start1))
    days: int | None = None
    if of != "closed":
        # the data end with a tick before midnight: that day counts as followed
        seen = p.as_of + dt.timedelta(microseconds=1)
        days = (seen - max(end0, end1)).days
        if days < 1:
            raise FunnelkitError("movement.compare_no_age", until=max(end0, end1), as_of=p.as_of)
    rows, when, good, backwards = _counted(p, groups, of, days)
    kept = ibis.cases(
        (within(when, start0, end0), "before"), (within(when, start1, end1), "after"), else_="-"
    )
    shape = rows.mutate(side=kept, good=good, undated=when.isnull(), backwards=backwards)
    keys = [*groups, "side", "undated", "backwards", "good"]
    counts = shape.group_by(keys).agg(n=shape.count()).to_pandas()
    counts = groups_first(counts, groups)
    good_flag = counts["good"].astype("boolean")
    unknown = (counts["side"] != "-") & good_flag.isna()
    undated, turned = counts["undated"].astype(bool), unknown & counts["backwards"].astype(bool)
    left_out = [
        ("outside_period", int(counts["n"][(counts["side"] == "-") & ~undated].sum())),
        ("undated", int(counts["n"][undated | (unknown & ~turned)].sum())),
        ("ends_before_start", int(counts["n"][turned].sum())),
    ]
    if of == "closed":
        still_open = int(p.deals.filter(p.deals.outcome == "open").count().execute())
        left_out.append(("still_open", still_open))
    counts = counts[(counts["side"] != "-") & ~unknown]
    counts = counts.assign(won=counts["n"].where(counts["good"].astype(bool), 0))
    table = _sides(counts, groups)
    for side, (since, until) in zip(("before", "after"), spans, strict=True):
        if table.empty or table[f"of_{side}"].sum() == 0:
            raise FunnelkitError("movement.compare_empty", since=since, until=until)
    n0, k0, n1, k1 = (table[c] for c in ("of_before", "won_before", "of_after", "won_after"))
    parts = kitagawa(n0, k0, n1, k1)
    for c in ("rate_before", "rate_after", "weight_before", "weight_after", "rate_effect"):
        table[c] = parts.parts[c].to_numpy()
    table["mix_effect"] = parts.parts["mix_effect"].to_numpy()
    table["difference"], table["low"], table["high"] = newcombe(k1, n1, k0, n0)
    _, low, high = newcombe(k1.sum(), n1.sum(), k0.sum(), n0.sum())
    scope = make_scope(p, int(n0.sum() + n1.sum()), left_out)
    options = (("of", of), ("days", days), ("before", spans[0]), ("after", spans[1]))
    return Comparison(
        table[[*groups, *_COLUMNS, "low", "high"]], scope, p.process, tuple(groups), options,
        p.synthetic, parts, (float(low), float(high)),
    )  # fmt: skip


def _counted(
    p: Pipeline, groups: list[str], of: str, days: int | None
) -> tuple[ir.Table, ir.TimestampValue, ir.BooleanValue, ir.BooleanValue]:
    """Return the deals that may count, the moment that places each, and whether it succeeded.

    Success is null where it cannot be known: won or moved on at no known time, or, as the last
    value says, earlier than the start.
    """
    p.need("outcome", "closed_at", what=f"compare(of={of!r})")
    deals = p.deals
    if of == "closed":
        deals = deals.filter(deals.outcome.isin(OUTCOMES))
        return deals, deals.closed_at, deals.outcome == "won", ibis.literal(False)
    assert days is not None
    won = deals.outcome == "won"
    if of == "created":
        p.need("created_at", what="compare(of='created')")
        begin, reached, won_at = deals.created_at, won, deals.closed_at
    else:
        p.need("stage_history", what=f"compare(of={of!r})")
        deals = deals.left_join(first_entries(p), "deal_id").drop("deal_id_right")
        won = deals.outcome == "won"
        rank, top = p.process.rank(of), len(p.process.open_ids)
        end = won.ifelse(deals.closed_at, ibis.null("timestamp(6)"))
        later = [deals[f"at_{k}"] for k in range(rank + 1, top)]
        won_at = ibis.least(*later, end) if later else end
        here = deals[f"at_{rank}"]
        begin = ibis.least(here, won_at)
        deals = deals.filter(begin.notnull())
        reached = won_at.notnull() | won
    took = microseconds(begin, won_at)
    in_time = (took >= 0).ifelse(in_days(took) <= days, ibis.null("boolean"))
    success = reached.ifelse(in_time, ibis.literal(False))
    return deals, begin, success, (reached & (took < 0)).fill_null(False)


def _sides(counts: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    """Return one row a group with both sides' counts."""
    sums = counts.groupby([*groups, "side"])[["n", "won"]].sum().reset_index()
    sides = []
    for side in ("before", "after"):
        part = sums[sums["side"] == side].drop(columns="side")
        sides.append(part.rename(columns={"n": f"of_{side}", "won": f"won_{side}"}))
    table = sides[0].merge(sides[1], on=groups, how="outer")
    numbers = [c for c in table.columns if c not in groups]
    table[numbers] = table[numbers].fillna(0).astype("int64")
    return table.sort_values(groups, key=lambda c: c.astype("str")).reset_index(drop=True)


__all__ = ["Comparison", "compare"]
