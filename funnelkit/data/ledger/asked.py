"""How often a ledger was asked what needs somebody, and what was told then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from funnelkit.data.ledger.book import Ledger

_STEPS = {
    1: """
    CREATE TABLE looks (day DATE PRIMARY KEY, times INTEGER NOT NULL);
    CREATE TABLE looks_told (what VARCHAR PRIMARY KEY, day DATE NOT NULL);
    """
}
_YEAR = dt.timedelta(days=365)


class Looks:
    """The looks at a ledger: one row a day of its data, and what was told for the first time when.

    Asking twice of the same data is one look. What was told stays told for a year.

    Examples
    --------
    >>> looks = Looks(Ledger())
    >>> looks.keep(dt.date(2026, 3, 2), 52, ["a"])
    >>> looks.before(dt.date(2026, 3, 9)), looks.told(dt.date(2026, 3, 9))
    (1, {'a'})
    """

    def __init__(self, ledger: Ledger) -> None:
        self._store = ledger._store
        self._store.part("looks", 1, _STEPS)

    def before(self, day: dt.date) -> int:
        """Return how many other days of the year up to this one were looked at."""
        row = self._store.run(
            "SELECT count(*) FROM looks WHERE day > ? AND day <> ? AND day <= ?",
            [day - _YEAR, day, day],
        ).fetchone()
        return 0 if row is None else int(row[0])

    def told(self, day: dt.date) -> set[str]:
        """Return what was told on earlier days of the year."""
        rows = self._store.run(
            "SELECT what FROM looks_told WHERE day > ? AND day < ?", [day - _YEAR, day]
        ).fetchall()
        return {str(what) for (what,) in rows}

    def keep(self, day: dt.date, times: int, told: Iterable[str]) -> None:
        """Write down a look, for how many a year it was meant, and what it told anew."""
        with self._store.transaction():
            self._store.run("INSERT OR REPLACE INTO looks VALUES (?, ?)", [day, times])
            for what in told:
                self._store.run("INSERT OR REPLACE INTO looks_told VALUES (?, ?)", [what, day])


__all__ = ["Looks"]
