"""The reasons the readers know: how bad each is, what it costs, and its texts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from funnelkit.words import fill, language
from funnelkit.words.texts import texts

Severity = Literal["error", "warning", "info"]
Costs = Literal["row", "cell", "none", "told"]
ROOM = "reasons"


@dataclass(frozen=True)
class Reason:
    """One entry of the catalogue ``reasons``.

    Attributes
    ----------
    id : str
        The same in both languages.
    severity : {"error", "warning", "info"}
        ``strict`` refuses on errors; the others are only reported.
    costs : {"row", "cell", "none", "told"}
        The row is set aside, the cell is emptied, the row was no data at all, or nothing but
        being told.
    first : tuple of str or None
        The measures that rest on it and say so before their numbers; None for every one.
    """

    id: str
    severity: Severity
    costs: Costs
    first: tuple[str, ...] | None = ()

    def concerns(self, measure: str) -> bool:
        """Whether a measure has to say it before its numbers."""
        return self.first is None or measure in self.first


@cache
def reasons() -> dict[str, Reason]:
    """Return all reasons by id.

    Examples
    --------
    >>> reasons()["missing_id"].costs
    'row'
    """
    return {
        key: Reason(
            key,
            entry["severity"],
            entry["costs"],
            None if entry.get("first") == "all" else tuple(entry.get("first", ())),
        )
        for key, entry in _entries().items()
    }


def _entries() -> dict[str, Any]:
    return texts(ROOM)


def reason(key: str) -> Reason:
    """Return a reason; one that is not in the catalogue is a mistake in the kit."""
    found = reasons().get(key)
    if found is None:
        raise KeyError(f"{key!r} is no reason: give it an entry in words/catalogue/{ROOM}.yaml")
    return found


def sentence(key: str, **values: Any) -> str:
    """Write what was found, in the current language."""
    return fill(_entries()[key][language()], values)


def scope_line(key: str, n: int) -> str:
    """Write the line of a result that did without ``n`` rows or deals.

    ``key`` is a reason of the readers, or a measure's own: one of the room ``measures``, or
    ``room.reason`` of another.

    Examples
    --------
    >>> scope_line("missing_id", 2)
    'Left out: 2 rows without a deal id.'
    """
    return fill(_line(key)[language()], {"n": n})


def _line(key: str) -> dict[str, str]:
    own: dict[str, str] | None = _entries().get(key, {}).get("scope")
    if own is not None:
        return own
    room, _, why = key.rpartition(".")
    return texts(room or "measures")[f"left_out_{why}"]


def has_line(key: str) -> bool:
    """Say whether a result can write the reason down."""
    try:
        return bool(_line(key))
    except (KeyError, FileNotFoundError):
        return False
