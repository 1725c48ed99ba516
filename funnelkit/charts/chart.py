"""``Chart``: a figure that also says in words and numbers what it shows."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from funnelkit.charts import theme
from funnelkit.charts import tokens as t
from funnelkit.charts.inline import as_part_of_page, inline
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.show.chart_table import ChartTable
from funnelkit.show.dots import DotPlot
from funnelkit.show.table import Table
from funnelkit.words import say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# No dates and no program versions: the same chart gives the same bytes.
_METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


#: Rows of the data below a picture; `Chart.data` and a workbook have them all.
_MOST = 50


class Around(TypedDict):
    """What every drawing takes by name, beside what it draws.

    Attributes
    ----------
    title, alt, note, subtitle : str
        Texts, ready in the reader's language. ``alt`` is the sentence with numbers that stands
        for the picture, ``note`` the small print at the foot.
    data : funnelkit.show.Table or pandas.DataFrame
        The table shown with the chart; its ``drawn`` names the columns that are drawn.
    ax : matplotlib.axes.Axes, optional
        Draw here instead of on a figure of its own.
    """

    title: str
    alt: str
    data: Table | pd.DataFrame
    note: NotRequired[str]
    subtitle: NotRequired[str]
    ax: NotRequired[Axes | None]


@dataclass(frozen=True, eq=False, repr=False)
class Chart:
    """A drawn figure, the sentence that stands for it and the data behind it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What is drawn.
    alt : str
        One or two sentences with the main numbers; also what ``repr`` shows.
    data : funnelkit.show.Table
        The numbers drawn, shown below the picture.
    title : str
        Heading of the picture.
    head : float
        Height of the drawn title in inches, left out where the page writes the title itself.
    kind : str
        How a workbook can draw the columns ``data.drawn`` again, as in
        `funnelkit.show.drawn_again`; "" where it cannot.
    rows : funnelkit.show.ChartTable or funnelkit.show.DotPlot, optional
        The same for a page of any width, which shows it in place of the picture.
    redrawn : (funnelkit.show.Table, str), optional
        What is drawn and how, where that is not ``data`` itself: how often which value is, or
        the steps of a waterfall.
    """

    figure: Figure
    alt: str
    data: Table
    title: str
    head: float = 0.0
    kind: str = ""
    rows: ChartTable | DotPlot | None = None
    redrawn: tuple[Table, str] | None = None

    def __post_init__(self) -> None:
        """Refuse a chart that says nothing to those who cannot see it."""
        if not self.alt.strip():
            raise FunnelkitError("charts.no_alt")

    def __repr__(self) -> str:
        return f"<Chart: {self.alt}>"

    def blocks(self) -> Iterator[dict[str, Any]]:
        """Yield what is drawn, as a block of a page."""
        yield from replace(self.data, caption=self.title).blocks(self.kind)
        if self.redrawn is not None:
            table, kind = self.redrawn
            yield from table.blocks(kind)

    def png(self, *, title: bool = True) -> bytes:
        """Return the picture as PNG; the same chart always gives the same bytes."""
        return self._render("png", title=title)

    def svg(self, *, title: bool = True) -> bytes:
        """Return the picture as SVG with its texts as outlines."""
        return self._render("svg", title=title)

    def save(self, path: str | Path) -> Path:
        """Write the picture; the ending of the name (png, svg or pdf) chooses the format."""
        target = Path(path)
        kind = target.suffix.lower().lstrip(".")
        if kind not in _METADATA:
            raise FunnelkitError(
                "charts.unknown_format",
                found=kind,
                file=target.name,
                allowed=nearest(kind, _METADATA),
            )
        target.write_bytes(self._render(kind, title=True))
        return target

    def _render(self, kind: str, *, title: bool) -> bytes:
        from matplotlib.transforms import Bbox

        buffer = io.BytesIO()
        width, height = self.figure.get_size_inches()
        box = None if title or not self.head else Bbox([[0, 0], [width, height - self.head]])
        packed: dict[str, Any] = (
            {"pil_kwargs": {"compress_level": 4}} if kind == "png" else {}
        )  # quicker than 6
        with theme.applied():
            self.figure.savefig(
                buffer, format=kind, dpi=t.DPI, metadata=_METADATA[kind], bbox_inches=box, **packed
            )
        return buffer.getvalue()

    def part_of_page(self) -> str:
        """Return the drawing as SVG inside a page, its text as text."""
        import matplotlib
        from matplotlib.transforms import Bbox

        with theme.applied(), matplotlib.rc_context({"svg.fonttype": "none"}):
            buffer = io.BytesIO()
            width, height = self.figure.get_size_inches()
            box = Bbox([[0, 0], [width, height - self.head]]) if self.head else None
            self.figure.savefig(buffer, format="svg", metadata=_METADATA["svg"], bbox_inches=box)
        return as_part_of_page(buffer.getvalue().decode("utf-8"), self.alt)

    def _repr_html_(self) -> str:
        if inline.get() and self.rows is not None:
            drawn = self.rows._repr_html_()
        elif inline.get():
            drawn = self.part_of_page()
        else:
            picture = base64.b64encode(self.png(title=False)).decode("ascii")
            width = round(self.figure.get_size_inches()[0] * 96)
            source = f"data:image/png;base64,{picture}"
            drawn = f'<img alt="{escape(self.alt)}" width="{width}" src="{source}">'
        return (
            f'<figure class="fk-chart"><figcaption>{escape(self.title)}</figcaption>{drawn}'
            f"<details><summary>{escape(say('charts.data'))}</summary>"
            f"{replace(self.data, caption='', most=_MOST, rest='show.rest')._repr_html_()}"
            "</details></figure>"
        )
