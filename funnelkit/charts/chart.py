"""``Chart``: a figure that also says in words and numbers what it shows."""

from __future__ import annotations

import base64
import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funnelkit.charts import theme
from funnelkit.charts import tokens as t
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.words import count, date, days, money, number, percent, say
from funnelkit.words.formats import exact

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

# No dates and no program versions: the same chart gives the same bytes.
_METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
_WRITERS = {"percent": percent, "count": count, "days": days, "money": money, "number": number}


@dataclass(frozen=True, eq=False, repr=False)
class Chart:
    """A drawn figure, the sentence that stands for it and the data behind it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What is drawn.
    alt : str
        One or two sentences with the main numbers; also what ``repr`` shows.
    data : pandas.DataFrame
        The numbers drawn, shown as a table below the picture.
    title : str
        Heading of the picture.
    formats : mapping of str to str
        How columns of ``data`` are written: percent, count, days, money or number.
    head : float
        Height of the drawn title in inches, left out where the page writes the title itself.
    drawn : str
        What of ``data`` the picture draws, for a workbook to draw it again: ``"bar 3"`` or
        ``"line 1 2"``, the columns counted from 0; empty where it is neither.
    """

    figure: Figure
    alt: str
    data: pd.DataFrame
    title: str
    formats: Mapping[str, str] = field(default_factory=dict)
    head: float = 0.0
    drawn: str = ""

    def __post_init__(self) -> None:
        """Refuse a chart that says nothing to those who cannot see it."""
        if not self.alt.strip():
            raise FunnelkitError("charts.no_alt")

    def __repr__(self) -> str:
        return f"<Chart: {self.alt}>"

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
        with theme.applied():
            self.figure.savefig(
                buffer, format=kind, dpi=t.DPI, metadata=_METADATA[kind], bbox_inches=box
            )
        return buffer.getvalue()

    def _repr_html_(self) -> str:
        picture = base64.b64encode(self.png(title=False)).decode("ascii")
        width = round(self.figure.get_size_inches()[0] * 96)
        drawn = f' data-drawn="{self.drawn}"' if self.drawn else ""
        return (
            f'<figure class="fk-chart"{drawn}><figcaption>{escape(self.title)}</figcaption>'
            f'<img alt="{escape(self.alt)}" width="{width}" src="data:image/png;base64,{picture}">'
            f"<details><summary>{escape(say('charts.data'))}</summary>"
            f'<div class="fk-table-wrap">{self.table_html()}</div></details></figure>'
        )

    def table_html(self) -> str:
        """Return ``data`` as an HTML table, numbers written for reading."""
        numeric = [_is_numeric(self.data[name]) for name in self.data.columns]
        head = "".join(
            f"<th scope='col'{_NUM if num else ''}>{escape(str(name))}</th>"
            for name, num in zip(self.data.columns, numeric, strict=True)
        )
        body = "".join(
            "<tr>"
            + "".join(
                f"<td{_NUM if num else ''}{exact(text := self._write(str(name), value))}>"
                f"{escape(text)}</td>"
                for name, value, num in zip(self.data.columns, row, numeric, strict=True)
            )
            + "</tr>"
            for row in self.data.itertuples(index=False, name=None)
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _write(self, name: str, value: Any) -> str:
        if value is None or value != value:
            return "–"
        writer = _WRITERS.get(self.formats.get(name, ""))
        if writer is not None:
            return writer(value)
        if isinstance(value, dt.date):
            return date(value)
        if isinstance(value, bool) or not isinstance(value, Real):
            return value if isinstance(value, str) else str(value)
        if isinstance(value, Integral):
            return count(float(value))
        size = abs(float(value))
        return number(float(value), 3 if size <= 1 else 1)


_NUM = " class='fk-num'"


def _is_numeric(column: pd.Series[Any]) -> bool:
    return column.dtype.kind in "iuf"
