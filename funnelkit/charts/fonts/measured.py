"""Text that is measured before it is drawn: wrapped lines and how wide they are."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from matplotlib.font_manager import FontProperties

from funnelkit.charts.fonts import family

_PIECES = re.compile(r"\s+|[\u2e80-\u9fff\uff00-\uffef]|[^\s\u2e80-\u9fff\uff00-\uffef]+")
_NEVER_FIRST = set("，。、；：！？）》」』”’%")


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
    line anywhere. Two lines are made about equally long. Line breaks in the text stay.
    """
    done = [line for part in text.split("\n") for line in _filled(part, width, size)]
    if len(done) == 2 and "\n" not in text:
        for share in (0.55, 0.7, 0.85):
            even = _filled(text, width * share, size)
            if len(even) == 2:
                done = even
                break
    if len(done) > lines:
        last = done[lines - 1]
        while last and text_width(last + "…", size) > width:
            last = last[:-1]
        done = [*done[: lines - 1], last.rstrip() + "…"]
    return "\n".join(done)


def _filled(text: str, width: float, size: float) -> list[str]:
    done: list[str] = []
    line = ""
    for piece in _pieces(text, width, size):
        if not line or text_width(line + piece.rstrip(), size) <= width or piece in _NEVER_FIRST:
            line = line + piece if line or piece.strip() else line
            continue
        done.append(line.rstrip())
        line = piece.lstrip()
    return [*done, line.rstrip()]


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
