"""The same drawing as a chart in rows, for pages: what a kind in rows draws, mark by mark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from funnelkit.show.chart_table import Axis, ChartTable, Mark, round_ticks
from funnelkit.show.column import COUNT, SHARE, Column, Money, Quantity
from funnelkit.show.table import Table
from funnelkit.words import money, percent, say
from funnelkit.words.formats import counted

#: What an outcome looks like in the style sheet.
OUTCOME_LOOKS = {"won": "won", "lost": "lost", "no_decision": "nodec", "open": "band"}


Written = tuple[Column, Sequence[Any]]


def as_texts(headings: Sequence[str], columns: Sequence[Sequence[str]]) -> list[Written]:
    """Return columns of numbers that are written already."""
    return [(Column(h, COUNT), texts) for h, texts in zip(headings, columns, strict=False)]


def as_amounts(
    heading: str, values: Sequence[float], write: Callable[[float], str], sums: Sequence[bool] = ()
) -> Written:
    """Return a column of numbers; amounts in one unit, with a sign where they are no sums."""
    if write is not money:
        return Column(heading, COUNT), [write(v) if v == v else "" for v in values]
    unit = Money(currency=counted() or "").fitted(values)
    unit = replace(unit, most=unit.most or 1.0)
    cells: Sequence[Any] = values
    if sums:
        signed = replace(unit, signed=True)
        cells = [Quantity(v, unit if s else signed) for v, s in zip(values, sums, strict=True)]
    return Column(Column(heading, unit).heading, unit), cells


def in_rows(
    labels: Iterable[object],
    columns: Sequence[Written],
    plots: Sequence[Sequence[Mark]],
    axis: Axis,
    *,
    spans: Sequence[Any] = (),
    key: Sequence[tuple[Mark, str]] = (),
    first: int = 1,
    sums: Sequence[bool] = (),
) -> ChartTable:
    """Return a chart in rows with the columns that stand beside it.

    Parameters
    ----------
    columns : sequence of (Column, sequence)
        Each with its cells.
    plots, axis, key, first
        As `ChartTable` takes them.
    spans : sequence of (float, float)
        The interval of each row, as shares.
    sums : sequence of bool
        Which rows are totals.
    """
    heads = [Column(""), *(head for head, _ in columns)]
    cells: list[Sequence[Any]] = [values for _, values in columns]
    if spans:
        heads.append(Column(say("charts.col_interval"), SHARE, pair="span"))
        cells.append([None if low != low else (low, high) for low, high in spans])
    rows = [(str(label), *r) for label, *r in zip(labels, *cells, strict=True)]
    marks = ["fk-sum" if s else "" for s in sums]
    tight = len(heads) <= 3 and not axis.ticks
    return ChartTable(
        Table(heads, rows, marks=marks), plots, axis, key=key, first=first, tight=tight
    )


def interval_marks(r: Mapping[Any, Any], overall: float | None) -> list[Mark]:
    """Draw a rate with its interval, and the line of all."""
    found = [] if overall is None else [Mark("tick", "all", overall)]
    if r["rate"] == r["rate"]:
        accent = " fk-act" if r.get("mark") else ""
        if r["low"] == r["low"] and r["low"] < r["high"]:
            found.append(Mark("line", f"ci{accent}", r["low"], r["high"]))
        look = "dot" if r.get("mature", True) else "dot fk-young"
        found.append(Mark("dot", look + accent, r["rate"]))
    return found


def span_marks(near: float, far: float, low: float, high: float, sign: int = 1) -> list[Mark]:
    """Draw days: as far as the slow ones reach, the interval of the middle, the middle."""
    if near != near:
        return []
    found = []
    if far == far:
        found = [Mark("line", "thin", 0.0, sign * far), Mark("end", "thin", sign * far)]
    if low < high:
        found.append(Mark("line", "ci", sign * low, sign * high))
    return [*found, Mark("dot", "dot", sign * near)]


def share_axis(high: float) -> Axis:
    """Return an axis of shares from 0 to what is drawn furthest right."""
    ticks = round_ticks(high or 1.0)
    digits = 0 if high > 0.06 else 1
    return Axis(0.0, max(high, ticks[-1]), [(x, percent(x, digits)) for x in ticks])


__all__ = [
    "OUTCOME_LOOKS",
    "as_amounts",
    "as_texts",
    "in_rows",
    "interval_marks",
    "share_axis",
    "span_marks",
]
