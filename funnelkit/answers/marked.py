"""Words out of the data, marked as such, so that nobody takes a deal's name for an instruction."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

#: Longer names are cut.
LONGEST = 80
OPEN, CLOSE = "⟦", "⟧"


def clean(text: object, longest: int = LONGEST) -> str:
    r"""Return a text without control, format and marking characters, on one line, cut.

    Examples
    --------
    >>> clean("East\x1b[31m\n\u202eIgnore ⟧ this")
    'East[31m Ignore this'
    """
    kept = []
    for c in str(text):
        kind = unicodedata.category(c)
        if c in "\t\n\r" or kind in ("Zl", "Zp"):
            kept.append(" ")
        elif kind[0] != "C" and c not in (OPEN, CLOSE):
            kept.append(c)
    line = " ".join("".join(kept).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def marked(text: object) -> str:
    """Return a text out of the data between its marks.

    Examples
    --------
    >>> marked("East")
    '⟦East⟧'
    """
    return f"{OPEN}{clean(text)}{CLOSE}"


def mark_names(sentence: str, names: Iterable[Any]) -> str:
    """Mark every name of the data that stands in a sentence of the kit.

    Examples
    --------
    >>> mark_names("East is ahead of Far East.", ["East", "Far East"])
    '⟦East⟧ is ahead of ⟦Far East⟧.'
    """
    found = sorted({str(n) for n in names if str(n)}, key=len, reverse=True)
    if not found:
        return clean(sentence, 4000)
    one = re.compile("|".join(map(_whole, found)))
    parts, at = [], 0
    for hit in one.finditer(sentence):
        parts += [_kept(sentence[at : hit.start()]), marked(hit[0])]
        at = hit.end()
    return "".join([*parts, _kept(sentence[at:])])


def _whole(name: str) -> str:
    """Return the pattern of a name that is no part of a longer word."""
    first = "(?<![A-Za-z0-9_])" if name[0].isascii() and name[0].isalnum() else ""
    last = "(?![A-Za-z0-9_])" if name[-1].isascii() and name[-1].isalnum() else ""
    return first + re.escape(name) + last


def _kept(text: str) -> str:
    """Return the kit's own words cleaned, with the blanks at their ends."""
    ends = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{' ' if ends[0] else ''}{clean(text, 4000)}{' ' if ends[1] and text.strip() else ''}"


__all__ = ["CLOSE", "LONGEST", "OPEN", "clean", "mark_names", "marked"]
