"""Coverage: the open amount due against what is still to be won, and what is enough."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from funnelkit.data.kept import kept
from funnelkit.data.pipeline import Pipeline, start_of
from funnelkit.errors import FunnelkitError
from funnelkit.measures.behind import because
from funnelkit.measures.columns import RATIO, ends
from funnelkit.measures.engine import group_columns, groups_first, period, within
from funnelkit.measures.fiscal import days_of
from funnelkit.measures.scope import Scope, make_scope
from funnelkit.measures.winning import single_currency
from funnelkit.planning.targets.basis import (
    ASSUMED,
    TOTAL,
    Plan,
    not_negative,
    positive,
    rate,
    same_keys,
)
from funnelkit.process import Process, load_process
from funnelkit.stats import ratio_of_sums
from funnelkit.words import number, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart


@dataclass(frozen=True, eq=False, repr=False)
class Coverage(Plan):
    """Coverage, coverage to go and the coverage needed."""

    name: ClassVar[str] = "coverage"
    units: ClassVar = ends(RATIO)
    counts: ClassVar = ("open_amount", "booked_amount")

    def _behind(self, p: Pipeline) -> ir.Table:
        deals, (start, end) = p.deals, (self.scope.since, self.scope.until)
        is_open, amount = deals.outcome == "open", deals.amount.fill_null(0.0)
        dated, due = deals.expected_close.notnull(), within(deals.expected_close, start, end)
        booked = (deals.outcome == "won") & within(deals.closed_at, start, end)
        rows = deals.select(
            "deal_id",
            open_amount=(is_open & due).ifelse(amount, 0.0),
            booked_amount=booked.ifelse(amount, 0.0),
            no_amount=is_open & deals.amount.isnull(),
            why=because(
                (is_open & ~dated, "targets.no_close_date"),
                (is_open & deals.amount.notnull() & ~due, "targets.due_elsewhere"),
            ),
        )
        bare = rows.filter(rows.no_amount).mutate(why=ibis.literal("no_amount"))
        return ibis.union(rows, bare).drop("no_amount")

    def summary(self) -> str:
        """Compare coverage to go with what is needed."""
        table = self.table
        if table.empty:
            return say("measures.nothing")
        row = table.iloc[-1 if self.by else 0]
        parts = [
            say(
                "targets.coverage_summary",
                open=row["open_amount"], to_go=row["to_go_amount"],
                ratio=_times(row["to_go_ratio"]),
            )
        ]  # fmt: skip
        if not np.isnan(row["needed_ratio"]):
            parts.append(
                say(
                    "targets.coverage_needed",
                    needed=_times(row["needed_ratio"]),
                    verdict=say(f"targets.verdict_{row['verdict']}"),
                )
            )
        low, high = _times(row["low"]), _times(row["high"])
        if not np.isnan(row["low"]) and low != high:
            parts.append(say("targets.coverage_range", low=low, high=high))
        if self.by:
            thin = int((table["verdict"].iloc[:-1] == "thin").sum())
            parts.append(say("targets.coverage_groups", n=thin, of=len(table) - 1))
        return sentences([*parts, say("targets.three_times")])

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw each row's coverage to go beside the coverage needed."""
        from funnelkit.charts.bars import bars

        have = self.table["to_go_ratio"]
        frame = self.table[["low", "high"]].assign(
            label=[
                " · ".join(self.name_value(b, row[b]) for b in self.by) or self.title
                for row in self.table.to_dict("records")
            ],
            n=have.where(np.isfinite(have), 0.0),
            against=self.table["needed_ratio"],
            mark=self.table["verdict"] == "thin",
        )
        return bars(
            frame,
            headings=[
                say(f"targets.{head}") for head in ("to_go_short", "needed_short", "interval")
            ],
            write=lambda v: number(v, 1),
            **self._around(ax, say("targets.three_times")),
        )


def _times(value: float) -> str:
    return "∞" if np.isinf(value) else number(value, 1)


def needed_coverage(win_rate_by_value: float, inside: float = 0.0, booked: float = 0.0) -> float:
    """Return the open amount needed per unit still to be won.

    (1 - booked - inside) / win rate by value / (1 - booked); all three are shares of the same
    target, so that a plan which adds up to it has just what it needs.

    Parameters
    ----------
    inside : float
        Share of the target that deals not yet created bring inside the period.
    booked : float
        Share of the target that is won already; 0 at the start of the period.

    Examples
    --------
    >>> round(needed_coverage(0.2, inside=0.3), 1), round(needed_coverage(0.22), 1)
    (3.5, 4.5)
    >>> round(needed_coverage(0.2, inside=0.3, booked=0.4), 1)  # 4 + 20% of 15 + 3 make 10
    2.5
    """
    for name, share in (("inside", inside), ("booked", booked)):
        if not_negative(name, share) > 1:
            raise FunnelkitError("targets.impossible_rate", name=name, found=f"{share:g}",
                                 allowed=f"{share / 100:g}")  # fmt: skip
    found = _needed(rate("win_rate", win_rate_by_value), inside, 1.0, 1 - booked)
    return float(found)


def _needed(
    win_rate: ArrayLike, inside: float, target: ArrayLike, to_go: ArrayLike
) -> NDArray[np.float64]:
    """Return what open deals have to bring, in times of what is still to be won."""
    rate_, goal, rest = (np.asarray(x, dtype=float) for x in (win_rate, target, to_go))
    open_share = np.maximum(rest - inside * goal, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        times = open_share / np.where(rate_ > 0, rate_, np.nan) / rest
    return np.where((rest > 0) | np.isnan(rate_), times, 0.0)


def coverage(
    open_due: float,
    target: float,
    *,
    booked: float = 0.0,
    win_rate: float | None = None,
    win_rate_interval: tuple[float, float] | None = None,
    inside: float = 0.0,
    process: Process | str | None = None,
) -> Coverage:
    """Compare an open amount with a target, from given figures.

    Parameters
    ----------
    open_due : float
        Open amount due in the period.
    booked : float
        Already won in it.
    win_rate : float, optional
        By value; with it the coverage needed is told.
    inside : float
        Share of the target that deals not yet created will still bring inside the period.

    Returns
    -------
    Coverage
        ``table``: ``open_amount, booked_amount, target_amount, to_go_amount, coverage_ratio,
        to_go_ratio, win_rate, needed_ratio, low, high, verdict``.

    Examples
    --------
    >>> found = coverage(15, 10, booked=4).table.iloc[0]
    >>> float(found["coverage_ratio"]), float(found["to_go_ratio"])
    (1.5, 2.5)
    """
    low, high = win_rate_interval or (np.nan, np.nan)
    row = {
        "open_amount": not_negative("open_due", open_due),
        "booked_amount": not_negative("booked", booked),
        "target_amount": positive("target", target),
        "win_rate": np.nan if win_rate is None else rate("win_rate", win_rate),
        "win_low": low,
        "win_high": high,
    }
    table = _judged(pd.DataFrame([row]), not_negative("inside", inside))
    return Coverage(table, ASSUMED, load_process(process), (), (("inside", inside),))


def _judged(table: pd.DataFrame, inside: float) -> pd.DataFrame:
    """Add the ratios and the verdict."""
    table = table.copy()
    table["to_go_amount"] = (table["target_amount"] - table["booked_amount"]).clip(lower=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        target = table["target_amount"].where(table["target_amount"] > 0)
        table["coverage_ratio"] = table["open_amount"] / target
        to_go = table["to_go_amount"]
        table["to_go_ratio"] = np.where(to_go > 0, table["open_amount"] / to_go, np.inf)
    for name, from_rate in (("needed_ratio", "win_rate"), ("low", "win_high"), ("high", "win_low")):
        table[name] = _needed(table[from_rate], inside, table["target_amount"], to_go)
    table["verdict"] = [_verdict(r) for r in table.to_dict("records")]
    return table.drop(columns=["win_low", "win_high"])[
        [c for c in table.columns if c not in _LAST and not c.startswith("win_")] + list(_LAST)
    ]


_LAST = (
    "open_amount", "booked_amount", "target_amount", "to_go_amount", "coverage_ratio",
    "to_go_ratio", "win_rate", "needed_ratio", "low", "high", "verdict",
)  # fmt: skip


def _verdict(row: Mapping[Any, Any]) -> str:
    """Judge coverage to go: only what lies outside the interval of what is needed is clear."""
    have, needed = row["to_go_ratio"], row["needed_ratio"]
    if np.isinf(have):
        return "reached"
    if np.isnan(needed):
        return "unknown"
    low = needed if np.isnan(row["low"]) else row["low"]
    high = needed if np.isnan(row["high"]) else row["high"]
    if have >= high - 1e-9:
        return "enough"
    return "thin" if have < low else "unclear"


def pipeline_coverage(
    p: Pipeline,
    target: float | Mapping[Any, float],
    since: dt.date | str,
    until: dt.date | str,
    by: str | None = None,
    *,
    history_since: dt.date | str | None = None,
) -> Coverage:
    """Compare the open amount due in [since, until) with what is still to be won.

    Parameters
    ----------
    target : float or mapping
        For the whole, or by group.
    by : str, optional
        One row a group and one for all (last).
    history_since : date, optional
        Win rate and inside share from deals closed since then; all of the past otherwise.

    Returns
    -------
    Coverage
        As :func:`coverage`, by group. The win rate by value (won over closed amount) is that
        of closed deals that came as far as those due, with its 95% interval, which is the
        interval of the coverage needed (low, high). ``inside`` is the share of the target
        that deals created from ``as_of`` on bring inside the period (:func:`inside_share`).

    Raises
    ------
    FunnelkitError
        No expected close dates, no amounts, several currencies, nothing closed yet.
    """
    groups = group_columns(p, by, *_LAST)
    p.need("expected_close", "amount", "outcome", "closed_at", what="coverage")
    p.need_open_amounts("coverage")
    single_currency(p)
    start, end = period(since, until)
    assert start is not None
    assert end is not None
    if isinstance(target, Mapping) != bool(groups):
        raise FunnelkitError("targets.target_by", by=by or "-")
    raw, rates = (f.copy() for f in _due_in(p, start, end, history_since, *groups))
    table = _with_targets(raw, groups, target)
    table = _with_total(table, groups)
    columns = ["win_rate", "win_low", "win_high"]
    if groups:
        table = table.merge(rates, on=groups, how="left")
    else:
        table[columns] = rates[columns].to_numpy()
    inside = inside_share(p, start, end, history_since)
    left_out = [
        ("targets.no_close_date", int(raw["no_date"].sum())),
        ("no_amount", int(raw["no_amount"].sum())),
        ("targets.due_elsewhere", int(raw["elsewhere"].sum())),
    ]
    scope: Scope = make_scope(p, int(raw["due"].sum()), left_out, start, end)
    options = (("inside", inside),)
    return Coverage(_judged(table, inside), scope, p.process, tuple(groups), options, p.synthetic)


@kept
def _due_in(
    p: Pipeline,
    start: dt.datetime,
    end: dt.datetime,
    history_since: dt.date | str | None,
    *by: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the sums of what is due in a period, by group, and the win rates of such deals."""
    groups, deals = list(by), p.deals
    is_open, won = deals.outcome == "open", deals.outcome == "won"
    due = is_open & within(deals.expected_close, start, end) & deals.amount.notnull()
    booked = won & within(deals.closed_at, start, end)
    sums = {
        "open_amount": due.ifelse(deals.amount, 0.0).sum(),
        "booked_amount": booked.ifelse(deals.amount, 0.0).sum(),
        "due": due.sum(),
        "no_date": (is_open & deals.expected_close.isnull()).sum(),
        "no_amount": (is_open & deals.amount.isnull()).sum(),
        "elsewhere": (is_open & deals.expected_close.notnull() & deals.amount.notnull()
                      & ~within(deals.expected_close, start, end)).sum(),
    }  # fmt: skip
    raw = (deals.group_by(groups) if groups else deals).agg(**sums).to_pandas().fillna(0)
    raw = groups_first(raw, groups).sort_values(groups or ["due"]).reset_index(drop=True)
    return raw, _rates_of_due(p, groups, due, history_since)


def _with_total(table: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    if not groups:
        return table
    whole: dict[str, Any] = {c: table[c].sum() for c in table.columns if c not in groups}
    whole[groups[0]] = TOTAL
    return pd.concat([table, pd.DataFrame([whole])[table.columns]], ignore_index=True)


def _rates_of_due(
    p: Pipeline, groups: list[str], due: ir.BooleanValue, since: dt.date | str | None
) -> pd.DataFrame:
    """Return the win rate by value of deals like those due, by group and (last) for all.

    Closed deals that came as far as a due deal's furthest stage, weighted with the amounts due:
    the win rate of all that was ever created would ask far too much of late-stage deals.
    """
    single_currency(p)
    placed = p.has("stage_history")
    deals = p.deals.mutate(_due=due)
    if placed:
        deals = deals.left_join(p.furthest, "deal_id").drop("deal_id_right")
        deals = deals.mutate(_far=deals.furthest.fill_null(0))
    else:
        deals = deals.mutate(_far=ibis.literal(0, "int64"))
    closed = (deals.outcome != "open") & deals.amount.notnull()
    if since is not None:
        closed = closed & within(deals.closed_at, start_of(since), None)
    won = closed & (deals.outcome == "won")
    last = len(p.process.open_ids) - 1 if placed else 0
    # a won deal came all the way, whatever stages its history shows
    far = won.ifelse(last, deals._far)
    x, y = closed.ifelse(deals.amount, 0.0), won.ifelse(deals.amount, 0.0)
    sums = deals.mutate(
        _far=deals._due.ifelse(deals._far, far), x=x, y=y, n=closed.cast("int64"),
        d=deals._due.ifelse(deals.amount, 0.0),
    )  # fmt: skip
    found = (
        sums.group_by([*groups, "_far"])
        .agg(
            n=sums.n.sum(), x=sums.x.sum(), y=sums.y.sum(), xx=(sums.x * sums.x).sum(),
            xy=(sums.x * sums.y).sum(), yy=(sums.y * sums.y).sum(), d=sums.d.sum(),
        )
        .to_pandas()
    )  # fmt: skip
    if not found["x"].sum() > 0:
        raise FunnelkitError("targets.nothing_closed")
    found = groups_first(found, groups)
    whole = _by_stage(found, last)
    rows = []
    for key, part in found.groupby(groups[0], sort=True) if groups else []:
        own = _by_stage(part, last)
        own[own["x"] == 0] = whole[own["x"] == 0].assign(d=own["d"])
        rows.append({groups[0]: key, **_weighted(own)})
    total = {groups[0]: TOTAL} if groups else {}
    return pd.DataFrame([*rows, {**total, **_weighted(whole)}])


def _by_stage(found: pd.DataFrame, last: int) -> pd.DataFrame:
    """Return the sums of the closed deals that came to each stage, and the amount due in it."""
    sums = found.groupby("_far")[["n", "x", "y", "xx", "xy", "yy", "d"]].sum()
    sums = sums.reindex(range(last + 1), fill_value=0.0).astype(float)
    came = sums[::-1].cumsum()[::-1]
    came["d"] = sums["d"]
    return came


def _weighted(sums: pd.DataFrame) -> dict[str, float]:
    """Return the win rate weighted with the amounts due; its errors are added, not averaged."""
    closed = [sums[c].to_numpy(dtype=float) for c in ("n", "x", "y", "xx", "xy", "yy")]
    rate, low, high = ratio_of_sums(*closed, share=True)
    weight = sums["d"].to_numpy(dtype=float)
    if not weight.sum() > 0:  # nothing due: all that was closed
        weight = np.eye(1, weight.size).ravel()
    used = weight > 0
    share = weight[used] / weight.sum()
    return {
        "win_rate": float(share @ rate[used]),
        "win_low": float(share @ low[used]),
        "win_high": float(share @ high[used]),
    }


def coverage_by_period(
    p: Pipeline,
    targets: Mapping[str, float],
    *,
    history_since: dt.date | str | None = None,
) -> Coverage:
    """Compare, month by month or quarter by quarter, what is due with what is to be won.

    Parameters
    ----------
    targets : mapping
        ``{"2026-07": ..., "2026-08": ...}`` or ``{"2026-Q3": ...}``, in order without a gap;
        quarters are those of the process sheet's fiscal year.

    Returns
    -------
    Coverage
        As :func:`pipeline_coverage` with ``period`` as the group; the last row is the whole span.
    """
    if not targets:
        raise FunnelkitError("targets.no_weight", name="targets")
    spans = {label: days_of(label, p.process.calendar) for label in targets}
    for (first, (_, end)), (second, (start, _)) in pairwise(spans.items()):
        if end != start:
            raise FunnelkitError("targets.periods_apart", first=first, second=second)
    ends = list(spans.values())
    parts = [
        pipeline_coverage(p, targets[k], s, e, history_since=history_since)
        for k, (s, e) in spans.items()
    ]
    total = sum(targets.values())
    whole = pipeline_coverage(p, total, ends[0][0], ends[-1][1], history_since=history_since)
    frames = [
        c.table.assign(period=label)
        for c, label in zip([*parts, whole], [*targets, TOTAL], strict=True)
    ]
    table = pd.concat(frames, ignore_index=True)[["period", *_LAST]]
    return Coverage(table, whole.scope, p.process, ("period",), parts[0].options, p.synthetic)


def _with_targets(
    raw: pd.DataFrame, groups: list[str], target: float | Mapping[Any, float]
) -> pd.DataFrame:
    table = raw[[*groups, "open_amount", "booked_amount"]].copy()
    if not isinstance(target, Mapping):
        table["target_amount"] = positive("target", target)
        return table
    known = dict.fromkeys(table[groups[0]])
    unknown = [k for k in target if k not in known]
    if unknown:
        same_keys("target", {unknown[0]: 0}, known)
    # a group without a target of its own has none
    table["target_amount"] = [not_negative(str(g), target.get(g, 0.0)) for g in known]
    return table


@kept
def inside_share(
    p: Pipeline, start: dt.datetime, end: dt.datetime, since: dt.date | str | None = None
) -> float:
    """Return the share of a period's wins that deals not yet created bring inside it.

    A deal with cycle c, created at a steady pace from ``as_of`` on, is won in [start, end) if it
    is created at least c before the end and less than c before the start: of the period's length
    that is max(0, end - c) - max(0, start - c), both from ``as_of``. Averaged over the won deals,
    weighted with their amounts. The further the period has run, the less is still to come.
    """
    p.need("created_at", "closed_at", "amount", what="coverage")
    p.need_open_amounts("coverage")
    won = p.deals.filter((p.deals.outcome == "won") & p.deals.amount.notnull())
    if since is not None:
        won = won.filter(within(won.closed_at, start_of(since), None))
    frame = won.select("amount", "created_at", "closed_at").to_pandas().dropna()
    if frame.empty or not frame["amount"].sum() > 0:
        return 0.0
    cycle = ((frame["closed_at"] - frame["created_at"]) / pd.Timedelta(days=1)).clip(lower=0)
    begins, ends = (max((x - p.as_of) / dt.timedelta(days=1), 0.0) for x in (start, end))
    days = (ends - cycle).clip(lower=0) - (begins - cycle).clip(lower=0)
    share = (days * frame["amount"]).sum() / frame["amount"].sum()
    return float(share / ((end - start) / dt.timedelta(days=1)))


def rolling(quarters_in_plan: Sequence[int]) -> list[str]:
    """Judge open deals by the number of quarters they have been in the plan for.

    Two: ``suspected``; three or more: ``confirmed`` rolling; fewer: ``fresh``.

    Examples
    --------
    >>> rolling([0, 1, 2, 3, 5])
    ['fresh', 'fresh', 'suspected', 'confirmed', 'confirmed']
    """
    return ["confirmed" if q >= 3 else "suspected" if q == 2 else "fresh" for q in quarters_in_plan]


__all__ = [
    "Coverage", "coverage", "coverage_by_period", "inside_share", "needed_coverage",
    "pipeline_coverage", "rolling",
]  # fmt: skip
