"""Competitors: how often we win against each of them, where, and whether that has changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import ibis
import pandas as pd
from scipy.stats import fisher_exact

from funnelkit.data.pipeline import NO_GROUP, Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.drawn import first_of
from funnelkit.measures.engine import group_columns, period, within
from funnelkit.measures.scope import make_scope
from funnelkit.planning.market.plain import MOST_DRAWN, PlainResult
from funnelkit.stats.intervals import wilson
from funnelkit.stats.multiplicity import holm
from funnelkit.words import count, percent, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

#: Cells with fewer closed deals are grey and take part in no test.
ENOUGH = 8
LEVEL = 0.05
Window = tuple[dt.date | str, dt.date | str]


@dataclass(frozen=True, eq=False, repr=False)
class CompetitorMatrix(PlainResult):
    """Won / (won + lost) against each competitor, by segment and window."""

    name: ClassVar[str] = "competitors"

    @property
    def windows(self) -> list[str]:
        """The windows, oldest first."""
        return list(dict.fromkeys(self.table["window"]))

    def latest(self) -> pd.DataFrame:
        """Return the rows of the last window."""
        return self.table[self.table["window"] == self.windows[-1]].reset_index(drop=True)

    def summary(self) -> str:
        """Name the rivals against whom the win rate clearly changed."""
        if not self.table["of"].sum():
            return say("measures.nothing")
        tested = self.table["p_value"].notna()
        changed = self.table[self.table["verdict"] == "change"]
        last = self.latest()
        last = last[last["enough"]]
        parts = []
        if len(last):
            low = last.iloc[int(last["rate"].argmin())]
            parts.append(
                say(
                    "territory.competitors_hardest", rival=self._cell_name(low),
                    rate=percent(low["rate"], 1), n=int(low["of"]), low=low["low"],
                    high=low["high"],
                )
            )  # fmt: skip
            parts.append(say("measures.order_only"))
        if len(changed):
            names = [
                say(
                    "territory.competitors_changed", rival=self._cell_name(r),
                    before=percent(r["before_rate"], 1), after=percent(r["rate"], 1),
                )
                for r in changed.to_dict("records")
            ]  # fmt: skip
            parts.append(say("territory.competitors_change", names=names, n=int(tested.sum())))
        elif tested.any():
            parts.append(say("territory.competitors_keep", n=int(tested.sum())))
        else:
            parts.append(say("territory.competitors_few"))
        return sentences(parts)

    def _cell_name(self, row: Any) -> str:
        return " · ".join([str(row["competitor"]), *(str(row[b]) for b in self.by)])

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the matrix of the last window; cells with fewer than 8 deals are grey."""
        table = self.latest()
        shown = table[table["competitor"].isin(table["competitor"].unique()[:MOST_DRAWN])]
        notes = [say("territory.chart_window", window=self.windows[-1])]
        cut = first_of(MOST_DRAWN, table["competitor"].nunique())
        alt = say("hygiene.alt_text", title=self.title, text=self.summary())
        marked = shown["verdict"] == "change"
        if not self.by:
            from funnelkit.charts.rates import rates

            frame = shown[["rate", "low", "high"]].assign(
                label=shown["competitor"], n=shown["of"], mature=shown["enough"], mark=marked
            )
            headings = (say("territory.chart_won_lost"), say("territory.column_win_rate"))
            around = self._around(ax, *notes, cut, alt=alt, drawn=["rate"])
            return rates(frame, headings=headings, **around)
        from funnelkit.charts.matrix import matrix

        texts = [
            f"{percent(rate)}\nn = {count(of)}" if of else "–"
            for rate, of in zip(shown["rate"], shown["of"], strict=True)
        ]
        frame = pd.DataFrame(
            {
                "row": shown["competitor"],
                "column": shown[self.by[0]].astype("str"),
                "value": shown["rate"],
                "text": texts,
                "faint": ~shown["enough"],
                "mark": marked,
            }
        )
        return matrix(frame, **self._around(ax, *notes, say("territory.chart_grey"), cut, alt=alt))


def competitor_matrix(
    p: Pipeline,
    by: str | None = None,
    *,
    windows: Sequence[Window] | None = None,
) -> CompetitorMatrix:
    """Count wins and losses against each competitor.

    Parameters
    ----------
    by : str, optional
        The segments, as columns of the matrix.
    windows : sequence of (since, until), optional
        Half-open, by closing date, oldest first; by default the twelve months up to the
        pipeline's date and the twelve before.

    Returns
    -------
    CompetitorMatrix
        ``table``: ``window, competitor``, [by], ``won, lost, of, rate, low, high, no_decision,
        enough, before_rate, p_value, adjusted, verdict``. ``of`` is won + lost; no decision
        stands apart. ``p_value``: Fisher's exact test against the window before, where both
        have 8 deals or more; ``adjusted``: Holm over all cells tested. ``verdict``: *change*
        (adjusted at most 0.05), *keep*, *too_little*, or *first* in the first window.

    Raises
    ------
    FunnelkitError
        No competitor column, or one that only lost deals fill in.
    """
    own = ("competitor", "window", "lost", "before_rate", "p_value", "adjusted", "verdict")
    groups = group_columns(p, by, *own, "enough")
    p.need("outcome", "closed_at", "competitor", what="competitor_matrix")
    spans = _windows(p) if windows is None else [period(*w) for w in windows]
    ends: dt.datetime | None = None
    for since, until in spans:
        if since is None or until is None or (ends is not None and since < ends):
            raise FunnelkitError("territory.windows_order")
        ends = until
    deals = p.deals.filter(p.deals.outcome != "open")
    place = ibis.cases(
        *((within(deals.closed_at, *span), ibis.literal(k)) for k, span in enumerate(spans)),
        else_=ibis.literal(-1),
    )
    known = deals.competitor.notnull() & (deals.competitor != "")
    shape = deals.mutate(place=place, known=known)
    keys = ["place", "known", "competitor", *groups, "outcome"]
    counts = shape.group_by(keys).agg(n=shape.count()).to_pandas()
    inside = counts["place"] >= 0
    left_out = [
        ("outside_period", int(counts["n"][~inside].sum())),
        ("territory.no_competitor", int(counts["n"][inside & ~counts["known"]].sum())),
    ]
    counts = counts[inside & counts["known"]].copy()
    if len(counts) and not (counts["outcome"] == "won").any():
        raise FunnelkitError("territory.competitor_of_losses_only")
    for g in groups:
        counts[g] = counts[g].astype("object").where(counts[g].notna(), NO_GROUP).astype("str")
    names = [f"{a:%Y-%m-%d}/{_last_day(b):%Y-%m-%d}" for a, b in spans if a and b]
    table = _cells(counts, groups, names)
    scope = make_scope(p, int(counts["n"].sum()), left_out, spans[0][0], spans[-1][1])
    return CompetitorMatrix(table, scope, p.process, tuple(groups), (), p.synthetic)


def _last_day(until: dt.datetime) -> dt.datetime:
    return until - dt.timedelta(microseconds=1)


def _windows(p: Pipeline) -> list[tuple[dt.datetime | None, dt.datetime | None]]:
    end = (pd.Timestamp(p.as_of) + pd.Timedelta(microseconds=1)).normalize()
    if end <= pd.Timestamp(p.as_of):
        end += pd.Timedelta(days=1)
    edges = [end - pd.DateOffset(months=m) for m in (24, 12, 0)]
    moments = [e.to_pydatetime() for e in edges]
    return [(moments[0], moments[1]), (moments[1], moments[2])]


def _cells(counts: pd.DataFrame, groups: list[str], names: list[str]) -> pd.DataFrame:
    """Return every competitor x segment in every window, with its test against the one before."""
    keys = ["competitor", *groups]
    cells = counts[keys].drop_duplicates().sort_values(keys)
    frame = pd.DataFrame({"place": range(len(names)), "window": names}).merge(cells, how="cross")
    for outcome in ("won", "lost", "no_decision"):
        part = counts[counts["outcome"] == outcome].groupby(["place", *keys])["n"].sum()
        frame = frame.merge(part.rename(outcome).reset_index(), on=["place", *keys], how="left")
        frame[outcome] = frame[outcome].fillna(0).astype("int64")
    frame["of"] = frame["won"] + frame["lost"]
    frame["rate"] = frame["won"] / frame["of"].where(frame["of"] > 0)
    frame["low"], frame["high"] = wilson(frame["won"].to_numpy(), frame["of"].to_numpy())
    frame["enough"] = frame["of"] >= ENOUGH
    # rows come window by window, the cells in the same order
    before = frame[["rate", "won", "lost", "enough"]].shift(len(cells))
    frame["before_rate"] = before["rate"]
    testable = frame["enough"] & (before["enough"].eq(True))
    frame["p_value"] = [
        _exact(w, lost, w0, lost0) if able else float("nan")
        for able, w, lost, w0, lost0 in zip(
            testable, frame["won"], frame["lost"], before["won"], before["lost"], strict=True
        )
    ]
    if testable.any():
        frame["adjusted"] = holm(frame["p_value"].to_numpy()).adjusted
    else:
        frame["adjusted"] = float("nan")
    verdict = pd.Series("too_little", index=frame.index)
    verdict = verdict.mask(testable, "keep")
    verdict = verdict.mask(frame["place"] == 0, "first")
    frame["verdict"] = verdict.mask(testable & (frame["adjusted"] <= LEVEL), "change")
    order = ["won", "lost", "of", "rate", "low", "high", "no_decision", "enough"]
    tests = ["before_rate", "p_value", "adjusted", "verdict"]
    return frame[["window", *keys, *order, *tests]]


def _exact(won: int, lost: int, won_before: float, lost_before: float) -> float:
    table = [[int(won), int(lost)], [int(won_before), int(lost_before)]]
    return float(fisher_exact(table)[1])


__all__ = ["ENOUGH", "CompetitorMatrix", "competitor_matrix"]
