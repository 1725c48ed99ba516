"""What the drawings of several results share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from funnelkit.measures.result import Result
from funnelkit.words import count, percent, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

#: Rows that fit on one picture; the rest is in the table.
MOST_ROWS = 72
#: Lines that can be told apart on one picture.
MOST_LINES = 6


def row_name(result: Result, row: Mapping[Any, Any], last: str = "") -> str:
    """Name a row by its groups and what else tells it apart; with neither it is the whole."""
    parts = [result._where(row), last]
    return " · ".join(filter(None, parts)) or say("measures.chart_whole")


def listed(labels: Iterable[str], values: Iterable[str]) -> str:
    """List labels with their values, for the sentence that stands for a picture."""
    pairs = zip(labels, values, strict=True)
    parts = [say("measures.alt_value", label=label, value=value) for label, value in pairs]
    return say("measures.list", parts=parts)


def first_of(shown: int, groups: int) -> str:
    """Say that a picture shows the first of its groups alone; "" where it shows them all."""
    return "" if shown >= groups else say("measures.chart_first_groups", shown=shown, groups=groups)


def whole_groups(result: Result) -> tuple[list[dict[Any, Any]], str]:
    """Return the rows of as many whole groups as fit, and what to say of the others."""
    rows = result.table.to_dict("records")
    keys = list(dict.fromkeys(result._where(r) for r in rows))
    fit = max(1, MOST_ROWS * len(keys) // max(len(rows), 1))
    shown = set(keys[:fit])
    return [r for r in rows if result._where(r) in shown], first_of(fit, len(keys))


def draw_rates(
    result: Result,
    ax: Axes | None,
    labels: list[str],
    columns: tuple[str, str, str, str],
    headings: tuple[str, str],
    *notes: str,
    alt: str = "hygiene.alt_parts",
    overall: float | None = None,
    size: Callable[[float], str] = count,
) -> Chart:
    """Draw the rates of a table with their intervals.

    Parameters
    ----------
    columns : tuple of str
        What the rate is a share of, the rate, the ends of its interval.
    headings : tuple of str
        Over the first two of them.
    overall : float, optional
        Drawn as a line across where there is more than one row.
    """
    from funnelkit.charts.rates import rates

    named = dict(zip(columns, ("n", "rate", "low", "high"), strict=True))
    frame = result.table[list(columns)].rename(columns=named).assign(label=labels).head(MOST_ROWS)
    written = listed(frame["label"], [percent(rate, 1) for rate in frame["rate"]])
    if len(labels) < 2:
        overall = None
    around = result._around(
        ax, *notes, first_of(len(frame), len(labels)), drawn=[columns[1]],
        alt=say(alt, title=result.title, parts=written),
    )  # fmt: skip
    return rates(
        frame,
        headings=headings,
        overall=overall,
        overall_label=say("measures.chart_all", rate=overall),
        size=size,
        **around,
    )
