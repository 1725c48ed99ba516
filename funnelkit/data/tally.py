"""What became of the rows of a file: every row is used, set aside for one reason, or no data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from funnelkit.data.reasons import reason
from funnelkit.errors import FunnelkitError
from funnelkit.words import say


@dataclass(frozen=True)
class Tally:
    """The rows of one table of a file.

    Attributes
    ----------
    file : str
        Where they stand.
    rows : int
        All rows below the header.
    used : int
        Those that were read.
    set_aside : tuple of (reason, rows)
        Those that could not be used; a row stands under one reason.
    no_data : tuple of (reason, rows)
        Those that were none: blank ones, totals, a repeated header, a footer.

    Raises
    ------
    FunnelkitError
        The parts do not add up to the rows: a fault of the kit, and no number may rest on it.

    Examples
    --------
    >>> Tally("deals.csv", 5, 3, (("missing_id", 1),), (("footer", 1),)).used
    3
    """

    file: str
    rows: int
    used: int
    set_aside: tuple[tuple[str, int], ...] = ()
    no_data: tuple[tuple[str, int], ...] = ()

    @property
    def faults(self) -> int:
        """Rows set aside because something is wrong with them, not because somebody said so."""
        return sum(n for why, n in self.set_aside if reason(why).severity == "error")

    def __str__(self) -> str:
        return say(
            "data.tally", file=self.file, rows=self.rows, used=self.used,
            aside=sum(n for _, n in self.set_aside), none=sum(n for _, n in self.no_data),
        )  # fmt: skip

    def __post_init__(self) -> None:
        parts = self.used + sum(n for _, n in (*self.set_aside, *self.no_data))
        if parts != self.rows:
            raise FunnelkitError(
                "data.rows_lost", file=self.file, rows=self.rows, used=self.used,
                aside=[f"{why}: {n}" for why, n in (*self.set_aside, *self.no_data)],
            )  # fmt: skip


def tally_of(file: str, rows: int, used: int, reasons: Mapping[str, int]) -> Tally:
    """Sort the reasons into rows set aside and rows that were no data, most frequent first."""
    parts = Counter({why: n for why, n in reasons.items() if n}).most_common()
    none = tuple((why, n) for why, n in parts if reason(why).costs == "none")
    return Tally(file, rows, used, tuple(p for p in parts if p not in none), none)
