"""How much room a text takes, in points: a slide has to know before anybody draws it.

Widths are those of the widest fonts an office falls back to where it lacks Arial (DejaVu Sans), so
that nothing is cut anywhere; a Chinese character is as wide as its size, and stands a quarter of it
off a letter or a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from unicodedata import category, east_asian_width

#: A line's height, and how much wider bold text is, as shares.
LINE = 1.25
BOLD = 1.12
#: What stands between two parts, in points.
GAP = 10.0
_NARROW, _WIDE = frozenset("ijltfrI.,:;'|!()[] ·-"), frozenset("mwMW@%—→+−<>=~")


def wide(sign: str) -> bool:
    """Whether a sign is as wide as two letters."""
    return east_asian_width(sign) in "WF"


def width(text: str, size: float) -> float:
    """Return how wide a text is in one line.

    Examples
    --------
    >>> round(width("Win", 10), 1), round(width("赢单", 10), 1)
    (19.6, 20.0)
    """
    apart = sum(wide(a) != wide(b) for a, b in pairwise(text))
    return size * (sum(map(_share, text)) + 0.25 * apart)


def _share(sign: str) -> float:
    if wide(sign):
        return 1.0
    if sign in _NARROW:
        return 0.36
    if sign in _WIDE:
        return 0.96
    return 0.7 if sign.isupper() else 0.64


def wrapped(text: str, room: float, size: float) -> list[str]:
    """Break a text into lines of at most ``room``; a Chinese sign may end a line.

    Examples
    --------
    >>> wrapped("one two three", 50, 10), wrapped("销售漏斗", 25, 10)
    (['one two', 'three'], ['销售', '漏斗'])
    """
    if "\n" in text:
        return [line for part in text.split("\n") for line in wrapped(part, room, size)]
    lines: list[str] = []
    line = ""
    room += 0.01  # as wide as a text is, it fits
    for piece in pieces(text):
        if line and width((line + piece).rstrip(), size) > room:
            lines.append(line.rstrip())
            line = ""
        line += piece
        while width(line.rstrip(), size) > room and len(line) > 1:  # a word wider than the room
            cut = next(k for k in range(len(line), 0, -1) if width(line[:k], size) <= room or k < 2)
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line.rstrip()] if line.strip() else lines


def height(text: str, room: float, size: float) -> float:
    """Return how high a text is once it is broken into lines."""
    return LINE * size * max(1, len(wrapped(text, room, size)))


def before_brackets(text: str, room: float, size: float) -> str:
    r"""Break a heading before its Chinese brackets, where an office would break inside them.

    Examples
    --------
    >>> before_brackets("金额（欧元）", 50, 10)
    '金额\n（欧元）'
    """
    parts = re.split("(?=（)", text)
    fits = len(parts) > 1 and all(width(part, size) <= room for part in parts)
    return "\n".join(parts) if fits and width(text, size) > room else text


def pieces(text: str) -> Iterator[str]:
    """Split where a line may end: behind a space, around a wide sign; not before punctuation."""
    found = ""
    for sign in text:
        closing = category(sign) in ("Po", "Pe", "Pf")
        ends = found.endswith(" ") or (found and (wide(found[-1]) or wide(sign)))
        if found and ends and not closing:
            yield found
            found = ""
        found += sign
    if found:
        yield found
