"""What a narrow screen folds: wide screens and print always show all of it.

A fold is an empty ``<details>`` that the style sheet shows below 640 px alone; while it is closed,
what belongs to it is hidden there.  No script is needed, and a browser that does not know the
rule shows everything.
"""

from __future__ import annotations

from html import escape

from funnelkit.words import say

#: Rows a narrow screen shows before somebody asks for the others, and of those that become
#: several lines there; ``page_rules.css`` counts the same.
ROWS, LINES = 8, 3
#: Columns that stand beside one another on a narrow screen; with more, a row becomes lines.
BESIDE = 4
#: Signs of a text that leaves no room for other columns there.
LONG = 24


def fold(text: str, kind: str) -> str:
    """Return a fold; ``kind`` is the class that says what belongs to it."""
    return f'<details class="fk-fold {kind}" hidden><summary>{escape(text)}</summary></details>'


def cut(rows: int, most: int = ROWS, *, numbers: bool = False) -> str:
    """Return the fold of a table; "" where nothing of it is folded.

    Parameters
    ----------
    rows : int
        How many stand on the page, without sums.
    most : int
        How many of them a narrow screen shows.
    numbers : bool
        Whether some numbers of each row are folded too.
    """
    more = max(rows - most, 0)
    if not more and not numbers:
        return ""
    key = "fold_both" if more and numbers else "fold_rows" if more else "fold_numbers"
    return fold(say(f"show.{key}", n=more), "fk-cut")


__all__ = ["BESIDE", "LINES", "LONG", "ROWS", "cut", "fold"]
