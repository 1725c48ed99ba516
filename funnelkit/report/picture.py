"""One picture that says the most important: for a chat, where nobody opens a page."""

from __future__ import annotations

import io
import unicodedata
from typing import Any

from funnelkit.report.blocks import headline_of
from funnelkit.report.contents import contents_of

_WIDTH, _HEIGHT, _DPI = 9.0, 12.0, 120
_MOST_SENTENCES = 10


def to_png(notebook: Any, *, title: str, lang: str) -> bytes:
    """Draw the first screen of a report: title, headline numbers, what leads it."""
    from matplotlib.figure import Figure

    from funnelkit.charts.fonts import family
    from funnelkit.charts.tokens import INK, MUTED, PAPER

    found, headline = contents_of(notebook), headline_of(notebook)
    figure = Figure(figsize=(_WIDTH, _HEIGHT), dpi=_DPI, facecolor=PAPER)
    fonts: dict[str, Any] = {"fontfamily": list(family())}
    y = 0.965
    for line in wrapped(title, 46):
        figure.text(0.06, y, line, fontsize=19, color=INK, va="top", **fonts)
        y -= 0.03
    y -= 0.012
    facts = list(headline.facts) if headline else []
    for start in range(0, len(facts), 3):
        for k, fact in enumerate(facts[start : start + 3]):
            x = 0.06 + 0.305 * k
            figure.text(x, y, fact.label, fontsize=9, color=MUTED, va="top", **fonts)
            figure.text(x, y - 0.016, fact.text, fontsize=18, color=INK, va="top", **fonts)
            for n, line in enumerate(wrapped(fact.note, 40)[:2]):
                figure.text(
                    x, y - 0.045 - 0.013 * n, line, fontsize=8, color=MUTED, va="top",
                    **fonts,
                )  # fmt: skip
        y -= 0.088
    for point in found.points[:_MOST_SENTENCES]:
        for n, line in enumerate(wrapped(point, 104)):
            if n == 0:
                figure.text(0.06, y, "•", fontsize=10.5, va="top", **fonts)
            figure.text(0.08, y, line, fontsize=10.5, va="top", **fonts)
            y -= 0.0185
        y -= 0.007
    return _cut(figure, y - 0.03, title)


def _cut(figure: Any, low: float, title: str) -> bytes:
    """Return the picture without the empty part of the page below ``low``."""
    from matplotlib.transforms import Bbox

    low = min(max(low, 0.0), 0.9)
    file = io.BytesIO()
    box = Bbox([[0, low * _HEIGHT], [_WIDTH, _HEIGHT]])
    told = {"Software": "funnelkit", "Title": title.encode("latin-1", "replace").decode("latin-1")}
    figure.savefig(file, format="png", metadata=told, bbox_inches=box)
    return file.getvalue()


def wrapped(text: str, width: int) -> list[str]:
    """Break a text into lines; a Chinese sign is two places wide and may end a line.

    Examples
    --------
    >>> wrapped("one two three", 8)
    ['one two', 'three']
    >>> wrapped("销售漏斗", 4)
    ['销售', '漏斗']
    """
    lines, line, size = [], "", 0
    for piece in _pieces(text):
        wide = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in piece)
        if line and size + wide - (piece[-1] == " ") > width:
            lines.append(line.rstrip())
            line, size = "", 0
        line, size = line + piece, size + wide
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> list[str]:
    """Split where a line may end: behind a space, around a wide sign; not before punctuation."""
    found: list[str] = []
    for sign in text:
        wide = unicodedata.east_asian_width(sign) in "WF"
        closing = unicodedata.category(sign) in ("Po", "Pe", "Pf")
        joins = found and (
            (not wide and not found[-1].endswith(" ") and not _wide(found[-1][-1]))
            or (wide and closing)
        )
        if joins:
            found[-1] += sign
        else:
            found.append(sign)
    return found


def _wide(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in "WF"
