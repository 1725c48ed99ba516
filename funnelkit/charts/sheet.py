"""The sheet a chart is drawn on: room for title and note, measured text, nothing cut off."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Unpack

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from funnelkit.charts import theme
from funnelkit.charts import tokens as t
from funnelkit.charts.chart import Around, Chart
from funnelkit.charts.fonts import boxes, family
from funnelkit.charts.fonts.measured import wrap
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.show.chart_table import ChartTable
from funnelkit.show.dots import DotPlot
from funnelkit.show.table import Table
from funnelkit.words import say

if TYPE_CHECKING:
    import pandas as pd

_LINE = 1.35  # line height over type size


class Sheet:
    """Open a sheet, draw on ``ax`` inside the block, take ``chart`` after it.

    Parameters
    ----------
    height, width : float
        Of the drawing in inches, without title and note.
    kind : str
        How a workbook can draw ``data`` again; see `funnelkit.show.drawn_again`.
    **around
        See :class:`Around`.
    """

    def __init__(
        self, *, height: float, width: float = t.WIDTH, kind: str = "", **around: Unpack[Around]
    ) -> None:
        data = around["data"]
        self._texts = (around["title"], around.get("subtitle", ""), around.get("note", ""))
        self._alt, self._kind = around["alt"], kind
        self._data = data if isinstance(data, Table) else Table.of(data)
        self._given, self._height, self._width = around.get("ax"), height, width
        self._rc = matplotlib.rc_context()
        #: What a page of any width shows in place of the drawing.
        self.rows: ChartTable | DotPlot | None = None
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
        raised: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        nothing = isinstance(error, _NothingToDraw)
        try:
            if nothing:
                self._say_empty()
            if nothing or error is None:
                head = self._finish()
                kind = self._kind if self._data.drawn else ""
                self.chart = Chart(
                    self.figure, self._alt, self._data, self._texts[0], head, kind,
                    None if nothing else self.rows,
                )  # fmt: skip
        finally:
            self._rc.__exit__(raised, error, trace)
        return nothing

    def _finish(self) -> float:
        title, subtitle, note = self._texts
        if self._given is not None:
            self.ax.set_title(title, loc="left")
            _set_family(self.figure)
            return 0.0
        unknown = boxes("".join((title, subtitle, note, *_words(self.figure))))
        if unknown:
            codes = [f"U+{ord(sign):04X}" for sign in unknown]
            note = f"{note} {say('charts.boxes', signs=codes)}".strip()
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
            engine.execute(self.figure)
        # Laid out once and for all: drawing again moves nothing, so bytes stay the same. With no
        # engine left, not even a placeholder, saving spares matplotlib's extra pass for one.
        self.figure._layout_engine = None  # type: ignore[attr-defined]
        return head if drawn else 0.0

    def empty_if(self, nothing: bool) -> None:
        """Leave the block where there is nothing to draw; the sheet then says so."""
        if nothing:
            raise _NothingToDraw

    def _say_empty(self) -> None:
        self.ax.set_axis_off()
        middle: dict[str, Any] = {"ha": "center", "va": "center", "transform": self.ax.transAxes}
        text = say("charts.no_data")
        self.ax.text(0.5, 0.5, text, color=t.MUTED, size=t.SIZES["label"], **middle)


class _NothingToDraw(Exception):
    pass


def _words(figure: Figure) -> list[str]:
    for axes in figure.axes:  # labels at ticks are written when they are asked for
        axes.get_xticklabels(), axes.get_yticklabels()
    return [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text)]


def _set_family(figure: Figure) -> None:
    names = family()
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_fontfamily(names)
        text.set_linespacing(1.25)  # the default lets lines of Chinese touch


def require(frame: pd.DataFrame, *names: str) -> None:
    """Refuse a table that lacks a column."""
    for name in names:
        if name not in frame.columns:
            raise FunnelkitError(
                "charts.missing_column", found=name, allowed=nearest(name, frame.columns)
            )
