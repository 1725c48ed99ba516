"""The sheet a chart is drawn on: room for title and note, measured text, nothing cut off."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from funnelkit.charts import theme
from funnelkit.charts import tokens as t
from funnelkit.charts.chart import Chart
from funnelkit.charts.fonts import family
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.words import say

if TYPE_CHECKING:
    import pandas as pd

_LINE = 1.35  # line height over type size
_PIECES = re.compile(r"\s+|[\u2e80-\u9fff\uff00-\uffef]|[^\s\u2e80-\u9fff\uff00-\uffef]+")
_NEVER_FIRST = set("，。、；：！？）》」』”’%")


class Sheet:
    """Open a sheet, draw on ``ax`` inside the block, take ``chart`` after it.

    Parameters
    ----------
    title, alt, note, subtitle : str
        Texts, ready in the reader's language. ``note`` is the small print at the foot.
    height : float
        Height of the drawing in inches, without title and note.
    data : pandas.DataFrame
        The table shown with the chart.
    ax : matplotlib.axes.Axes, optional
        Draw here instead of on a figure of its own.
    """

    def __init__(
        self,
        *,
        title: str,
        alt: str,
        data: pd.DataFrame,
        height: float,
        note: str = "",
        subtitle: str = "",
        formats: Mapping[str, str] | None = None,
        ax: Axes | None = None,
        width: float = t.WIDTH,
    ) -> None:
        self._texts = (title, subtitle, note)
        self._alt, self._data, self._formats = alt, data, dict(formats or {})
        self._given, self._height, self._width = ax, height, width
        self._rc = matplotlib.rc_context()
        self.chart: Chart

    def __enter__(self) -> Sheet:
        self._rc.__enter__()
        matplotlib.rcParams.update(theme.settings())
        if self._given is None:
            self.figure = Figure((self._width, self._height), dpi=t.DPI, layout="constrained")
            self.ax: Axes = self.figure.subplots()
        else:
            root = self._given.get_figure(root=True)
            assert isinstance(root, Figure)
            self.figure, self.ax = root, self._given
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                head = self._finish()
                self.chart = Chart(
                    self.figure, self._alt, self._data, self._texts[0], self._formats, head
                )
        finally:
            self._rc.__exit__(kind, error, trace)

    def _finish(self) -> float:
        title, subtitle, note = self._texts
        if self._given is not None:
            self.ax.set_title(title, loc="left")
            _set_family(self.figure)
            return 0.0
        room = self._width - 2 * t.PAD
        top, head = t.PAD, t.PAD
        drawn: list[tuple[str, float, float, str]] = []  # text, inches from top, size, colour
        for text, size, colour in (
            (title, t.SIZES["title"], t.INK),
            (subtitle, t.SIZES["body"], t.MUTED),
        ):
            if text:
                lines = wrap(text, room, size, lines=3)
                drawn.append((lines, head, size, colour))
                head += (lines.count("\n") + 1) * size * _LINE / 72 + 0.04
        head = head + 0.06 if drawn else top
        foot = t.PAD / 2
        if note:
            note = wrap(note, room, t.SIZES["small"], lines=4)
            foot += (note.count("\n") + 1) * t.SIZES["small"] * _LINE / 72 + 0.06
        total = self._height + head + foot
        self.figure.set_size_inches(self._width, total)
        left = t.PAD / self._width
        for text, offset, size, colour in drawn:
            self.figure.text(
                left, 1 - offset / total, text, size=size, color=colour, va="top", in_layout=False
            ).set_gid("title")
        if note:
            self.figure.text(
                left, 0.06 / total, note, size=t.SIZES["small"], color=t.MUTED, va="bottom"
            ).set_in_layout(False)
        _set_family(self.figure)
        engine = self.figure.get_layout_engine()
        if engine is not None:
            engine.set(  # type: ignore[call-arg]  # the constrained engine takes these
                rect=(left, foot / total, 1 - 2 * left, 1 - (head + foot) / total),
                w_pad=0.02,
                h_pad=0.02,
            )
        self.figure.draw_without_rendering()
        # Laid out once and for all: drawing again moves nothing, so bytes stay the same.
        self.figure.set_layout_engine("none")
        return head if drawn else 0.0

    def panels(self, rows: int, columns: int, *, sharey: bool = False) -> list[Axes]:
        """Replace the one axes by a grid of them, in the place it had."""
        self.ax.set_axis_off()
        if self._given is None:
            self.ax.remove()
            grid = self.figure.subplots(rows, columns, squeeze=False, sharey=sharey)
            return list(grid.ravel())
        gap = 0.12
        return [
            self.ax.inset_axes(
                (
                    (c + gap) / columns,
                    1 - (r + 1 - gap) / rows,
                    (1 - 1.5 * gap) / columns,
                    (1 - 2.5 * gap) / rows,
                )
            )
            for r in range(rows)
            for c in range(columns)
        ]

    def empty(self) -> None:
        """Say that there is nothing to draw."""
        self.ax.set_axis_off()
        self.ax.text(
            0.5,
            0.5,
            say("charts.no_data"),
            ha="center",
            va="center",
            color=t.MUTED,
            size=t.SIZES["label"],
            transform=self.ax.transAxes,
        )


def _set_family(figure: Figure) -> None:
    names = family()
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_fontfamily(names)


def require(frame: pd.DataFrame, *names: str) -> None:
    """Refuse a table that lacks a column."""
    for name in names:
        if name not in frame.columns:
            raise FunnelkitError(
                "charts.missing_column", found=name, allowed=nearest(name, frame.columns)
            )


@cache
def _renderer() -> Any:
    from matplotlib.backends.backend_agg import RendererAgg

    maker: Any = RendererAgg  # matplotlib leaves it without types
    return maker(10, 10, 72)


@cache
def text_width(text: str, size: float) -> float:
    """Return the width of the widest line in inches."""
    font = FontProperties(family=family(), size=size)
    measure = _renderer().get_text_width_height_descent
    return max(float(measure(line, font, False)[0]) / 72 for line in text.split("\n"))


def wrap(text: str, width: float, size: float, *, lines: int = 2) -> str:
    """Break ``text`` into at most ``lines`` lines of ``width`` inches, the rest an ellipsis.

    Chinese breaks between any two characters, other scripts at spaces, a word too long for a
    line anywhere.
    """
    done: list[str] = []
    line = ""
    for piece in _pieces(text, width, size):
        if not line or text_width(line + piece.rstrip(), size) <= width or piece in _NEVER_FIRST:
            line = line + piece if line or piece.strip() else line
            continue
        done.append(line.rstrip())
        line = piece.lstrip()
    done.append(line.rstrip())
    if len(done) > lines:
        last = done[lines - 1]
        while last and text_width(last + "…", size) > width:
            last = last[:-1]
        done = [*done[: lines - 1], last.rstrip() + "…"]
    return "\n".join(done)


def _pieces(text: str, width: float, size: float) -> list[str]:
    pieces: list[str] = []
    for piece in _PIECES.findall(text):
        while text_width(piece, size) > width and len(piece) > 1:
            fits = len(piece) - 1
            while fits > 1 and text_width(piece[:fits], size) > width:
                fits -= 1
            pieces.append(piece[:fits])
            piece = piece[fits:]
        pieces.append(" " if piece.isspace() else piece)
    return pieces


def label_rows(ax: Axes, labels: Sequence[str], *, width: float = 2.2) -> None:
    """Put one wrapped label at each whole y, first row at the top."""
    size = t.SIZES["body"]
    ax.set_yticks(range(len(labels)), [wrap(str(text), width, size) for text in labels])
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def text_columns(
    ax: Axes, columns: Sequence[tuple[str, Sequence[str]]], *, muted: Sequence[bool] | None = None
) -> None:
    """Write columns of text to the right of the rows, each under its heading.

    Widths are measured, so a column never runs into the next.
    """
    offset = 10.0  # points from the right edge of the axes
    size = t.SIZES["body"]
    for heading, texts in columns:
        heading = wrap(heading, 1.3, t.SIZES["small"])
        widths = [text_width(text, size) for text in texts if text]
        offset += 72 * max([*widths, text_width(heading, t.SIZES["small"])], default=0.0)
        common: dict[str, Any] = {
            "textcoords": "offset points",
            "ha": "right",
            "annotation_clip": False,
        }
        ax.annotate(
            heading,
            (1, 1),
            (offset, 3),
            xycoords="axes fraction",
            size=t.SIZES["small"],
            color=t.MUTED,
            va="bottom",
            **common,
        )
        for row, text in enumerate(texts):
            if not text:
                continue
            soft = muted is not None and muted[row]
            ax.annotate(
                text,
                (1, row),
                (offset, 0),
                xycoords=("axes fraction", "data"),
                size=size,
                color=t.MUTED if soft else t.INK,
                va="center",
                **common,
            )
        offset += 14
