"""What several drawings put on their axes: row labels, columns of text, names of lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from funnelkit.charts import tokens as t
from funnelkit.charts.fonts.measured import text_width, wrap
from funnelkit.words import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
_MOST_TICKS = 9


def percent_tick(span: float) -> Callable[[float, float], str]:
    """Return a tick formatter whose digits suit an axis of ``span``."""
    digits = 0 if span > 0.06 else 1
    return lambda value, _: percent(value, digits)


def end_labels(ax: Axes, x: float, ends: Sequence[tuple[float, str]]) -> None:
    """Name lines at their right ends; names too close to each other move apart.

    Call it when the limits of the y axis are set.
    """
    low, high = ax.get_ylim()
    inches = ax.get_figure(root=True).get_size_inches()[1] * ax.get_position().height  # type: ignore[union-attr]
    gap = (high - low) * t.SIZES["small"] * 1.3 / 72 / max(inches, 0.5)
    placed: list[float] = []
    ordered = sorted(ends)
    for y, _ in ordered:
        placed.append(max(y, placed[-1] + gap) if placed else y)
    over = placed[-1] - (high - gap / 2) if placed else 0
    for i in range(len(placed) - 1, -1, -1):  # push back down what ran out at the top
        ceiling = placed[i + 1] - gap if i + 1 < len(placed) else high - gap / 2
        placed[i] = min(placed[i], ceiling) if over > 0 else placed[i]
    for (y, text), at in zip(ordered, placed, strict=True):
        moved = abs(at - y) > gap / 4
        ax.annotate(
            text, (x, y), (12 if moved else 5, 72 * inches * (at - y) / (high - low)),
            textcoords="offset points", va="center", size=t.SIZES["small"],
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": t.RULE, "lw": 0.6} if moved else None,
        )  # fmt: skip


def row_bars(ax: Axes, lengths: pd.Series[Any], colours: Sequence[str]) -> None:
    """Draw one bar at each whole y, first row at the top; none where there is no number."""
    from seaborn import barplot

    rows = range(len(lengths))
    barplot(
        x=list(lengths), y=list(rows), hue=list(rows), palette=list(colours), orient="h",
        width=0.66, saturation=1, errorbar=None, legend=False, ax=ax,
    )  # fmt: skip


def period_ticks(ax: Axes, labels: Iterable[str]) -> None:
    """Name periods at each whole x, as many as find room."""
    texts = list(labels)
    every = max(1, -(-len(texts) // _MOST_TICKS))
    ax.set_xticks(range(0, len(texts), every), texts[::every])


def no_scale(ax: Axes) -> None:
    """Leave out the horizontal axis: the numbers are written beside the rows."""
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)


def label_rows(ax: Axes, labels: Iterable[object], *, width: float = 2.2) -> None:
    """Put one wrapped label at each whole y, first row at the top."""
    size = t.SIZES["body"]
    wrapped = [wrap(str(text), width, size) for text in labels]
    ax.set_yticks(range(len(wrapped)), wrapped)
    ax.set_ylim(len(wrapped) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def text_columns(ax: Axes, headings: Sequence[str], columns: Sequence[Sequence[str]]) -> None:
    """Write columns of text to the right of the rows, each under its heading.

    Widths are measured, so a column never runs into the next.
    """
    offset = 10.0  # points from the right edge of the axes
    size, small = t.SIZES["body"], t.SIZES["small"]
    common: dict[str, Any] = {"textcoords": "offset points", "ha": "right"}
    common["annotation_clip"] = False
    for heading, texts in zip(headings, columns, strict=False):
        heading = wrap(heading, 1.3, small)
        widths = [text_width(text, size) for text in texts if text]
        offset += 72 * max([*widths, text_width(heading, small)])
        ax.annotate(
            heading,
            (1, 1),
            (offset, 5),
            xycoords="axes fraction",
            va="baseline",
            size=small,
            color=t.MUTED,
            **common,
        )
        for row, text in enumerate(texts):
            if text:
                ax.annotate(
                    text,
                    (1, row),
                    (offset, 0),
                    xycoords=("axes fraction", "data"),
                    va="center_baseline",
                    size=size,
                    color=t.INK,
                    **common,
                )
        offset += 14
