"""Conformance: which histories follow the sheet, where others leave it, how far people differ."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from funnelkit.control.variation import Variation, between, spread_ratio
from funnelkit.data.kept import kept
from funnelkit.data.pipeline import Pipeline, start_of
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.engine import group_columns, groups_first, visits
from funnelkit.measures.result import Result
from funnelkit.measures.scope import make_scope, twin
from funnelkit.stats import wilson
from funnelkit.words import number, percent, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

#: Ways to leave the sheet: begin later, jump ahead, win from an earlier stage, go back.
DEVIATIONS = ("late_start", "skip", "early_win", "back")
PERIODS = ("before", "after")


@dataclass(frozen=True, eq=False, repr=False)
class Conformance(Result):
    """Histories that follow the sheet, and those that do not."""

    name: ClassVar[str] = "conformance"
    room: ClassVar[str] = "control"
    counts: ClassVar = ("deals", "conform", *DEVIATIONS)

    #: One row a move that is not on the sheet: how often, and what became of the deals.
    deviations: pd.DataFrame | None = None
    #: Variation between groups beyond chance, before and after the date.
    variation: tuple[tuple[str, Variation], ...] = ()
    #: Dispersion after over before, with its interval.
    ratio: tuple[float, float, float] | None = None

    def _behind(self, p: Pipeline) -> pd.DataFrame:
        if "period" in self.table:  # a deal of two columns: of its group, and of a period
            raise FunnelkitError("measures.no_list", title=self.title)
        deals, without = _judged(p, _course(p, self.option("allowed"))[0], [])
        rows = deals[["deal_id", "conform", *DEVIATIONS]].astype(dict.fromkeys(
            ["conform", *DEVIATIONS], "int64"))  # fmt: skip
        out = pd.DataFrame({"deal_id": without, "why": "no_stage"})
        return pd.concat([rows.assign(deals=1, why=None), out], ignore_index=True)

    @property
    def definition(self) -> str:
        """What a deviation is and which further moves are allowed, in the current language."""
        allowed = [
            f"{self.process.label(a) if a != 'created' else say('measures.created')} → "
            f"{self.process.label(b)}"
            for a, b in self.option("allowed")
        ]
        key = "conformance_definition" + ("_allowed" if allowed else "")
        return say(f"control.{key}", **({"allowed": allowed} if allowed else {}))

    def summary(self) -> str:
        """Give the share that follows the sheet, the usual deviation and the variation."""
        table = self.table
        total, kept = int(table["deals"].sum()), int(table["conform"].sum())
        if not total:
            return say("measures.nothing")
        parts = [
            say(
                "control.conformance_summary",
                conform=kept, deals=total, rate=percent(kept / total, 1),
            )
        ]  # fmt: skip
        counts = {d: int(table[d].sum()) for d in DEVIATIONS}
        top = max(DEVIATIONS, key=lambda d: counts[d])
        if counts[top]:
            name = say(f"control.column_{top}")
            parts.append(say("control.conformance_top", deviation=name, n=counts[top]))
        if self.ratio is not None and self.ratio[0] == self.ratio[0]:
            ratio, low, high = self.ratio
            verdict = "less" if high < 1 else "more" if low > 1 else "unclear"
            if math.isinf(ratio):  # no difference at all before: a few deals may do that
                verdict = "unclear"
            first, second = (v for _, v in self.variation)
            bounded = "ratio" if math.isfinite(ratio) else "alone"
            parts.append(
                say(
                    f"control.conformance_{bounded}",
                    before=percent(first.spread, 1), after=percent(second.spread, 1),
                    ratio=number(ratio, 2), ends=_ends(low, high),
                    verdict=say(f"control.variation_{verdict}"),
                )
            )  # fmt: skip
        return sentences(parts)

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the share that follows the sheet, group by group."""
        from funnelkit.charts.rates import rates

        rows = self.table.to_dict("records")
        keys = [*self.by, *(["period"] if "period" in self.table else [])]
        labels = [" · ".join(self.name_value(k, r[k]) for k in keys) for r in rows]
        frame = self.table.rename(columns={"deals": "n"})[["n", "rate", "low", "high"]]
        frame.insert(0, "label", [t or say("measures.chart_whole") for t in labels])
        total = max(int(self.table["deals"].sum()), 1)
        overall = float(self.table["conform"].sum()) / total if len(rows) > 1 else None
        return rates(
            frame,
            headings=(say("control.chart_deals"), say("measures.chart_rate")),
            overall=overall,
            overall_label=say("measures.chart_all", rate=overall),
            **self._around(ax, drawn=["rate"]),
        )


def _ends(low: float, high: float) -> str:
    """Write an interval that may have no upper end, or no width."""
    first, last = number(low, 2), number(high, 2)
    if math.isinf(high):
        return say("control.conformance_above", low=first)
    return "" if first == last else say("control.conformance_ends", low=first, high=last)


def conformance(
    p: Pipeline,
    by: str | list[str] | None = None,
    *,
    before_after: dt.date | str | None = None,
    allowed: Iterable[tuple[str, str]] = (),
    seed: int = 0,
) -> Conformance:
    """Ask which histories follow the sheet: first stage first, one step at a time, no return.

    Parameters
    ----------
    by : str or list of str, optional
        One row a group; with `before_after` the owner when not given.
    before_after : date, optional
        Compare deals created before the date with those created from it on, and how far the
        groups differ beyond chance in each.
    allowed : iterable of (from stage, to stage)
        Moves that are all right too: ``[("contact", "proposal")]``; ``("created", "need")``
        for deals that begin there.
    seed : int
        Of the bootstrap behind the interval of the ratio.

    Returns
    -------
    Conformance
        ``table``: [by], [period], ``deals, conform, rate, low, high, late_start, skip,
        early_win, back, conform_win_rate, other_win_rate``: deals with each deviation, and
        won of closed deals of either kind. Open deals count as far as they have come.
        ``deviations`` lists every such move with its outcomes, ``variation`` and ``ratio``
        how far groups differ.

    Raises
    ------
    FunnelkitError
        Snapshot without history, unknown stage in `allowed`.
    """
    if by is None and before_after is not None:
        by = "owner"
    own = ("deals", "conform", "period", *DEVIATIONS)
    groups = group_columns(p, by, *own)
    p.need("stage_history", what="conformance")
    pairs = tuple(sorted(_allowed(p, allowed)))
    ways, deviations = _course(twin(p), pairs)
    deals, without = _judged(p, ways, groups)
    keys = list(groups)
    undated = 0
    if before_after is not None:
        p.need("created_at", what="conformance(before_after=...)")
        cut = pd.Timestamp(start_of(before_after))
        undated = int(deals["created_at"].isna().sum())
        deals = deals[deals["created_at"].notna()]
        deals["period"] = (deals["created_at"] >= cut).map({False: "before", True: "after"})
        keys.append("period")
    table = _counted(deals, keys)
    variation: tuple[tuple[str, Variation], ...] = ()
    ratio = None
    if before_after is not None:
        wide = table.pivot(index=groups, columns="period", values=["conform", "deals"]).fillna(0)
        sides = {
            t: (wide[("conform", t)].to_numpy(), wide[("deals", t)].to_numpy())
            for t in PERIODS
            if ("deals", t) in wide
        }
        variation = tuple((t, between(*side)) for t, side in sides.items())
        if len(sides) == 2:
            ratio = spread_ratio(sides["before"], sides["after"], seed=seed)
    elif groups and len(table) > 1:
        variation = (("all", between(table["conform"], table["deals"])),)
    left_out = [("no_stage", len(without)), ("undated", undated)]
    return Conformance(
        table, make_scope(p, len(deals), left_out), p.process, tuple(groups),
        (("allowed", pairs),), p.synthetic,
        deviations, variation, ratio,
    )  # fmt: skip


@kept
def _course(p: Pipeline, allowed: tuple[tuple[str, str], ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the ways each deal with a history left the sheet, and all such moves counted."""
    moves = _moves(p, set(allowed))
    ways = pd.DataFrame(False, moves["deal_id"].unique(), list(DEVIATIONS))
    for kind in DEVIATIONS:
        ways.loc[moves.loc[moves["kind"] == kind, "deal_id"].unique(), kind] = True
    return ways, _deviations(moves)


def _judged(p: Pipeline, ways: pd.DataFrame, groups: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """Return each deal with a history and how it deviates, and the ids of those without one."""
    columns = list(dict.fromkeys(["deal_id", "outcome", "created_at", *groups]))
    deals = p.deals.select(*columns).order_by("deal_id").to_pandas()
    place = ways.index.get_indexer(pd.Index(deals["deal_id"]))
    known = place >= 0
    without = deals.loc[~known, "deal_id"].tolist()
    deals = groups_first(deals[known].reset_index(drop=True), groups)
    deals[list(DEVIATIONS)] = ways.to_numpy()[place[known]]
    deals["conform"] = ~deals[list(DEVIATIONS)].any(axis=1)
    return deals, without


def _allowed(p: Pipeline, allowed: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    pairs = set()
    for start, end in allowed:
        for place, name in ((0, start), (1, end)):
            known = [*p.process.open_ids, "created" if place == 0 else "won"]
            if name not in known:
                raise FunnelkitError(
                    "measures.unknown_stage", found=name, allowed=nearest(name, known)
                )
        pairs.add((start, end))
    return pairs


def _moves(p: Pipeline, allowed: set[tuple[str, str]]) -> pd.DataFrame:
    """One row a move with its ``kind`` of deviation, "" where it is on the sheet."""
    stays = visits(p)
    rows = stays.select("deal_id", "stage", "entered_at", "left_at", "next", "outcome").to_pandas()
    ids = p.process.open_ids
    rank = {s: k for k, s in enumerate(ids)} | {"won": len(ids)}
    rows["at"] = rows["stage"].map(rank)
    # at one moment the earlier stage comes first, unless the next row says otherwise
    rows = rows.sort_values(["deal_id", "entered_at", "left_at"], kind="stable")
    begin = rows.loc[_first(p)(rows)]
    # where exports first saw a deal is no move: it may have passed the stages before unseen
    late = (begin["at"].astype(float) > 0) & ("begun" not in stays.columns)
    starts = pd.DataFrame(
        {
            "deal_id": begin["deal_id"], "from_stage": "created", "to_stage": begin["stage"],
            "outcome": begin["outcome"],
            "kind": np.where(late, "late_start", ""),
        }
    )  # fmt: skip
    gone = rows[rows["next"].notna()]
    steps = gone["next"].map(rank).astype(float) - gone["at"].astype(float)
    on_sheet = steps.isna() | (steps == 1)
    kinds = np.select(
        [on_sheet, steps < 0, gone["next"] == "won"], ["", "back", "early_win"], "skip"
    )
    onward = pd.DataFrame(
        {
            "deal_id": gone["deal_id"], "from_stage": gone["stage"], "to_stage": gone["next"],
            "outcome": gone["outcome"], "kind": kinds,
        }
    )  # fmt: skip
    moves = pd.concat([starts, onward], ignore_index=True)
    for start, end in allowed:
        moves.loc[(moves["from_stage"] == start) & (moves["to_stage"] == end), "kind"] = ""
    return moves


def _first(p: Pipeline) -> Any:
    """Return what picks each deal's first stay: the one that no other stay of it leads to."""
    assert p.stage_history is not None
    history = p.stage_history.order_by("deal_id", "entered_at", "seq")
    frame = history.select("deal_id", "stage").to_pandas()
    frame = frame[frame["stage"].isin(p.process.open_ids)]
    first = frame.drop_duplicates("deal_id").set_index("deal_id")["stage"]

    def pick(rows: pd.DataFrame) -> pd.Series[Any]:
        fits = rows["stage"] == rows["deal_id"].map(first)
        again = rows[fits].duplicated("deal_id").reindex(rows.index, fill_value=True)
        return fits & ~again

    return pick


def _counted(deals: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    pieces = list(deals.groupby(keys, sort=True)) if keys else [((), deals)]
    rows = []
    for key, part in pieces:
        row = dict(zip(keys, key, strict=True)) | {
            "deals": len(part), "conform": int(part["conform"].sum()),
        }  # fmt: skip
        row |= {d: int(part[d].sum()) for d in DEVIATIONS}
        closed = part[part["outcome"] != "open"]
        for name, side in (("conform", closed["conform"]), ("other", ~closed["conform"])):
            won = closed.loc[side, "outcome"] == "won"
            row[f"{name}_win_rate"] = float(won.mean()) if len(won) else float("nan")
        rows.append(row)
    columns = [*keys, "deals", "conform", *DEVIATIONS, "conform_win_rate", "other_win_rate"]
    table = pd.DataFrame(rows, columns=columns)
    low, high = wilson(table["conform"].to_numpy(), table["deals"].to_numpy())
    place = len(keys) + 2
    table.insert(place, "rate", table["conform"] / table["deals"].where(table["deals"] > 0))
    table.insert(place + 1, "low", low)
    table.insert(place + 2, "high", high)
    if "period" in keys:
        order = {t: k for k, t in enumerate(PERIODS)}
        table = table.sort_values(keys, key=lambda c: c.map(order) if c.name == "period" else c)
    return table.reset_index(drop=True)


def _deviations(moves: pd.DataFrame) -> pd.DataFrame:
    off = moves[moves["kind"] != ""].drop_duplicates(["deal_id", "kind", "from_stage", "to_stage"])
    grouped = off.groupby(["kind", "from_stage", "to_stage"])["outcome"]
    table = grouped.agg(
        deals="size",
        won=lambda o: int((o == "won").sum()),
        closed=lambda o: int((o != "open").sum()),
    ).reset_index()
    numbers = ["deals", "won", "closed"]
    table[numbers] = table[numbers].astype("int64")
    table["win_rate"] = table["won"] / table["closed"].where(table["closed"] > 0)
    return table.sort_values("deals", ascending=False, kind="stable").reset_index(drop=True)


__all__ = ["DEVIATIONS", "Conformance", "conformance"]
