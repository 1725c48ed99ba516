"""Forecast categories: what became of them between two dates, and how much of them was won."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from funnelkit.data.pipeline import NO_GROUP, Pipeline, end_of
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.columns import CENTS, Named, each
from funnelkit.measures.dates.looks import open_then
from funnelkit.measures.drawn import MOST_LINES, first_of
from funnelkit.measures.engine import period
from funnelkit.measures.fiscal import frequency
from funnelkit.measures.result import Result, choose
from funnelkit.measures.scope import make_scope
from funnelkit.measures.winning import single_currency
from funnelkit.process import Process
from funnelkit.stats.intervals import ratio_of_sums, wilson
from funnelkit.words import count, money, percent, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

_FIELD = "forecast_category"
#: Where a deal can come from and end beside the categories themselves.
FROM_OUTSIDE = ("new", "reopened")
TO_OUTSIDE = ("won", "lost", "no_decision", "removed")
_PERIODS = ("month", "quarter", "year")


def _category(result: Result, value: str) -> str:
    return category_label(result.process, value)


class _Categories(Result):
    """What both results share: categories by their names, amounts to the cent."""

    room: ClassVar[str] = "hygiene"
    units: ClassVar = {
        **each(Named(_category), "category from_category to_category"),
    }


def category_label(process: Process, value: str) -> str:
    """Return a category's, an outcome's or a way's name in the current language."""
    for known in process.forecast_categories:
        if known.id == value:
            return str(known.name)
    if value in ("won", "lost", "no_decision"):
        return process.label(value)
    return say(f"hygiene.way_{value}") if value in ("new", "reopened", "removed") else value


@dataclass(frozen=True, eq=False, repr=False)
class CategoryTransitions(_Categories):
    """Forecast category at one date by forecast category or outcome at a later one."""

    name: ClassVar[str] = "category_transitions"
    units: ClassVar = each(CENTS, "start_amount end_amount")

    @property
    def definition(self) -> str:
        """How the cells are counted, in the current language."""
        text = say("hygiene.category_transitions_definition")
        known = self.option("recorded")
        return text if known else sentences([text, say("hygiene.categories_of_today")])

    def matrix(self, of: str = "deals") -> pd.DataFrame:
        """Return start categories as rows and end categories as columns.

        Parameters
        ----------
        of : {"deals", "start_amount", "end_amount"}
        """
        choose(of, ("deals", "start_amount", "end_amount"), "of")
        order = [list(dict.fromkeys(self.table[c])) for c in ("from_category", "to_category")]
        wide = self.table.pivot(index="from_category", columns="to_category", values=of)
        ends = sorted(order[1], key=_place_in(self.process, TO_OUTSIDE))
        return wide.reindex(index=order[0], columns=ends).fillna(0)

    def summary(self) -> str:
        """Give what the open deals of the start came to."""
        table = self.table[~self.table["from_category"].isin(FROM_OUTSIDE)]
        n = int(table["deals"].sum())
        if not n:
            return say("measures.nothing")
        sums = table.groupby("to_category")["deals"].sum()
        stayed = table.loc[table["from_category"] == table["to_category"], "deals"].sum()
        return say(
            "hygiene.category_transitions_summary",
            n=n, amount=money(table["start_amount"].sum()), stayed=int(stayed),
            won=int(sums.get("won", 0)),
            lost=int(sums.get("lost", 0)) + int(sums.get("no_decision", 0)),
            new=int(self.table.loc[self.table["from_category"] == "new", "deals"].sum()),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the matrix of deals."""
        from funnelkit.charts.matrix import matrix

        wide = self.matrix()
        names = {c: category_label(self.process, str(c)) for c in [*wide.index, *wide.columns]}
        cells = [
            (names[row], names[column], float(n), count(n) if n else "")
            for row, numbers in wide.iterrows()
            for column, n in numbers.items()
        ]
        alt = say("hygiene.alt_text", title=self.title, text=self.summary())
        return matrix(
            pd.DataFrame(cells, columns=["row", "column", "value", "text"]),
            row_label=say("hygiene.column_from_category"),
            column_label=say("hygiene.column_to_category"),
            **self._around(ax, say("hygiene.chart_rows_columns"), alt=alt),
        )


def category_transitions(
    p: Pipeline, start: dt.date | str, end: dt.date | str
) -> CategoryTransitions:
    """Count how deals went from forecast category to forecast category between two dates.

    Both ends are the pipeline as known at the end of that day.

    Returns
    -------
    CategoryTransitions
        ``table``: ``from_category, to_category, deals, start_amount, end_amount``.
        ``from_category`` may be *new* or *reopened*, ``to_category`` *won*, *lost*,
        *no_decision* or *removed*. The start amounts add up to the start of
        :func:`funnelkit.movement`, the end amounts of open deals to its end.
    """
    p.need("outcome", "amount", _FIELD, what="category_transitions")
    p.need_open_amounts("category_transitions")
    single_currency(p)
    first, last = end_of(start), end_of(end)
    if last <= first:
        raise FunnelkitError("measures.period_order", since=first, until=last)
    if first > p.as_of:
        raise FunnelkitError("hygiene.period_runs", until=first, as_of=p.as_of)
    sides = [_side(p.as_known(moment)) for moment in (first, last)]
    rows = sides[0].merge(
        sides[1], how="outer", left_index=True, right_index=True, suffixes=("_0", "_1")
    )
    was, now = rows["state_0"], rows["state_1"]
    came = was.isna()
    over = was.isin(["won", "lost", "no_decision"])
    rows = rows[~(over & ((was == now) | now.isna()))]
    rows["from_category"] = was.mask(came, "new").mask(over, "reopened")
    rows["to_category"] = now.fillna("removed")
    cents = {c: (rows[c].fillna(0) * 100).round().astype("int64") for c in ("amount_0", "amount_1")}
    rows["start"] = cents["amount_0"].where(~(came | over), 0)
    rows["end"] = cents["amount_1"]
    keys = ["from_category", "to_category"]
    table = rows.groupby(keys).agg(
        deals=("start", "size"), start_amount=("start", "sum"), end_amount=("end", "sum")
    )
    table = table.reset_index()
    table[["start_amount", "end_amount"]] /= 100
    ways = {"from_category": FROM_OUTSIDE, "to_category": TO_OUTSIDE}
    table = table.sort_values(
        keys, key=lambda c: c.map(_place_in(p.process, ways[str(c.name)]))
    ).reset_index(drop=True)
    no_amount = int((rows["amount_0"].isna() & rows["amount_1"].isna()).sum())
    tick = dt.timedelta(microseconds=1)
    scope = make_scope(p, len(rows), [("no_amount", no_amount)], first + tick, last + tick)
    options = (("recorded", _recorded(p)),)
    return CategoryTransitions(table, scope, p.process, (), options, p.synthetic)


def _recorded(p: Pipeline) -> bool:
    if p.field_history is None:
        return False
    changes = p.field_history.filter(p.field_history.field == _FIELD)
    return bool(changes.count().execute())


def _side(p: Pipeline) -> pd.DataFrame:
    """Return each deal's category (outcome once it is closed) and amount."""
    frame = p.deals.select("deal_id", "outcome", "amount", _FIELD).to_pandas().set_index("deal_id")
    category = _matched(frame[_FIELD], p.process)
    state = category.where(frame["outcome"] == "open", frame["outcome"])
    return pd.DataFrame({"state": state, "amount": frame["amount"]})


def _matched(labels: pd.Series[Any], process: Process) -> pd.Series[Any]:
    """Return categories by id, whatever name of them the source uses."""
    names: dict[str, str] = {}
    for known in process.forecast_categories:
        for label in (known.id, known.name.en, known.name.zh, *known.aliases):
            names[_plain(label)] = known.id
    own = labels.astype("object").where(labels.notna(), NO_GROUP)
    return own.map(lambda v: names.get(_plain(str(v)), str(v)))


def _plain(label: str) -> str:
    return label.casefold().replace("_", " ").replace("-", " ").strip()


def _place_in(process: Process, outside: tuple[str, ...]) -> Any:
    order = [c.id for c in process.forecast_categories]

    def place(value: str) -> tuple[int, int, str]:
        if value in order:
            return (0, order.index(value), "")
        if value in outside:
            return (2, outside.index(value), "")
        return (1, 0, value)

    return place


@dataclass(frozen=True, eq=False, repr=False)
class CategoryAccuracy(_Categories):
    """Share of each forecast category that was won by the end of the period."""

    name: ClassVar[str] = "category_accuracy"

    def _said(self) -> dict[str, Any]:
        given = dict(self.options)
        return given | {"every": say(f"hygiene.every_{given['every']}")}

    def summary(self) -> str:
        """Compare the first and the last look at the first category."""
        known = self.table.dropna(subset=["rate"])
        if known.empty:
            return say("measures.nothing")
        category = "commit" if (known["category"] == "commit").any() else known["category"].iloc[0]
        part = known[known["category"] == category]
        far, near = part.iloc[0], part.iloc[-1]
        return say(
            "hygiene.category_accuracy_summary",
            category=category_label(self.process, str(category)),
            far=int(far["days_before"]), far_rate=percent(far["rate"], 1), far_n=int(far["deals"]),
            near=int(near["days_before"]), near_rate=percent(near["rate"], 1),
            near_n=int(near["deals"]),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the won share of each category by age of the snapshot."""
        from funnelkit.charts.trend import trend

        names = list(dict.fromkeys(self.table["category"]))
        table = self.table[self.table["category"].isin(names[:MOST_LINES])]
        # all categories share the axis: the oldest look first
        table = table.iloc[(-table["days_before"].to_numpy()).argsort(kind="stable")]
        frame = table[["low", "high"]].assign(
            period=[say("hygiene.chart_days_before", n=d) for d in table["days_before"]],
            value=table["rate"],
            n=table["deals"],
            mature=True,
            series=[category_label(self.process, str(c)) for c in table["category"]],
        )
        alt = say("hygiene.alt_text", title=self.title, text=self.summary())
        return trend(
            frame,
            axis_label=say("hygiene.chart_won_by_end"),
            write=percent,
            **self._around(ax, first_of(MOST_LINES, len(names)), alt=alt),
        )


def category_accuracy(
    p: Pipeline,
    category: str | None = None,
    horizons: Sequence[int] = (90, 60, 30, 7),
    *,
    every: str = "quarter",
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> CategoryAccuracy:
    """Share of the deals in each forecast category that was won by the end of its period.

    Parameters
    ----------
    category : str, optional
        One category; without it all of them.
    horizons : sequence of int
        Days before the end of the period at which the pipeline is looked at, as it was then.
    every : {"quarter", "month", "year"}
        Length of the periods.
    since, until : date, optional
        Whole periods in [since, until); by default the last four that are over.

    Returns
    -------
    CategoryAccuracy
        ``table``: ``category, days_before, periods, deals, won, rate, low, high, amount,
        won_amount, amount_rate, amount_low, amount_high``. Deals: open at the snapshot and
        expected to close by the end of the period, not before its start. Won: by the end of
        the period; amounts as of the snapshot. The same deal may be in several snapshots.
    """
    p.need("outcome", "closed_at", "expected_close", "amount", _FIELD, what="category_accuracy")
    p.need_open_amounts("category_accuracy")
    p.need("field_history", what="category_accuracy")
    choose(every, _PERIODS, "every")
    single_currency(p)
    start, end = period(since, until)
    ends = pd.Timestamp(p.as_of) + pd.Timedelta(microseconds=1)
    begun = pd.Timestamp(str(p.deals.created_at.min().execute())) if start is None else start
    limit = min(ends, pd.Timestamp(end or ends))
    spans = pd.period_range(begun, limit, freq=frequency(every, p.process.calendar))
    whole = [
        s for s in spans
        if (s + 1).start_time <= limit and (start is None or s.start_time >= start)
    ]  # fmt: skip
    if start is None and end is None:
        whole = whole[-4:]
    if not whole:
        raise FunnelkitError(
            "hygiene.no_period", every=say(f"hygiene.every_{every}"), as_of=p.as_of
        )
    closed = p.deals.select("deal_id", "outcome", "closed_at").to_pandas().set_index("deal_id")
    won_at = closed["closed_at"].where(closed["outcome"] == "won")
    asked = [(h, span) for h in sorted({int(h) for h in horizons}, reverse=True) for span in whole]
    moments = [(s + 1).start_time - pd.Timedelta(days=h, microseconds=1) for h, s in asked]
    looks = []
    views = open_then(p, moments, ["amount", "expected_close", _FIELD])
    for (horizon, span), seen, view in zip(asked, moments, views, strict=True):
        over = (span + 1).start_time
        part = view[view["expected_close"].between(span.start_time, over, inclusive="left")]
        hit = part["deal_id"].map(won_at)
        part = part.assign(
            category=_matched(part[_FIELD], p.process), days_before=horizon, span=str(span),
            won=((hit > seen) & (hit < over)).astype(bool),
        )  # fmt: skip
        looks.append(part)
    rows_ = pd.concat(looks)
    found = sorted(set(rows_["category"]), key=_place_in(p.process, ()))
    if category is not None:
        wanted = _matched(pd.Series([category]), p.process).iloc[0]
        if wanted not in found:
            known = [*found, *(c.id for c in p.process.forecast_categories if c.id not in found)]
            if wanted not in known:
                raise FunnelkitError(
                    "hygiene.unknown_category", found=category, allowed=nearest(category, known)
                )
        rows_, found = rows_[rows_["category"] == wanted], [wanted]
    table = _pooled(rows_, found, p.process)
    left_out = [("no_amount", int(rows_["amount"].isna().sum()))]
    scope = make_scope(
        p, len(rows_), left_out, whole[0].start_time.to_pydatetime(),
        (whole[-1] + 1).start_time.to_pydatetime(),
    )  # fmt: skip
    options = (("every", every), ("n", len(whole)))
    return CategoryAccuracy(table, scope, p.process, (), options, p.synthetic)


def _pooled(rows: pd.DataFrame, order: list[str], process: Process) -> pd.DataFrame:
    """Add the periods up: one row a category and age of the snapshot."""
    x = rows["amount"].fillna(0.0)
    y = x.where(rows["won"], 0.0)
    rows = rows.assign(x=x, y=y, xx=x * x, xy=x * y, yy=y * y, valued=rows["amount"].notna())
    grouped = rows.groupby(["category", "days_before"])
    sums = grouped[["won", "valued", "x", "y", "xx", "xy", "yy"]].sum()
    sums.insert(0, "deals", grouped.size())
    sums.insert(0, "periods", grouped["span"].nunique())
    sums = sums.reset_index()
    place = {c: k for k, c in enumerate(order)}
    sums = sums.sort_values(
        ["category", "days_before"], key=lambda c: c.map(place) if c.name == "category" else -c
    ).reset_index(drop=True)
    table = sums[["category", "days_before", "periods", "deals"]].copy()
    table["won"] = sums["won"].astype("int64")
    table["rate"] = table["won"] / table["deals"]
    table["low"], table["high"] = wilson(table["won"].to_numpy(), table["deals"].to_numpy())
    table["amount"], table["won_amount"] = sums["x"], sums["y"]
    parts = (sums[c].to_numpy(dtype=float) for c in ("valued", "x", "y", "xx", "xy", "yy"))
    table["amount_rate"], table["amount_low"], table["amount_high"] = ratio_of_sums(
        *parts, share=True
    )
    return table


__all__ = ["CategoryAccuracy", "CategoryTransitions", "category_accuracy", "category_transitions"]
