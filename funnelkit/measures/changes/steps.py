"""The steps of a movement: which reasons one deal's change between two states falls into."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

#: The steps in the order they are shown; ``start`` plus all between is ``end``.
STEPS = (
    "start", "new", "pulled_in", "pushed_in", "pushed_out", "pulled_out", "increased",
    "decreased", "won", "lost", "no_decision", "reopened", "removed", "end",
)  # fmt: skip
#: With ``by``: a deal that went from one group to another, apart from all other reasons.
HANDED = ("handed_in", "handed_out")
#: The first reason that holds names the way in, or the way out.
PRECEDENCE_IN = ("new", "reopened", "pushed_in", "pulled_in")
PRECEDENCE_OUT = ("removed", "won", "lost", "no_decision", "pulled_out", "pushed_out")

Window = tuple[dt.datetime, dt.datetime] | None


class State(NamedTuple):
    """What is known of a deal at one moment; money in whole cents."""

    outcome: str
    cents: int
    due: dt.datetime | None
    closed_at: dt.datetime | None = None
    reopened: bool = False


def in_scope(state: State | None, due: Window) -> bool:
    """Say whether a deal's amount belongs to the open pipeline that is followed."""
    return state is not None and state.outcome == "open" and _due(state.due, due)


def _due(when: dt.datetime | None, due: Window) -> bool:
    return due is None or (when is not None and due[0] <= when < due[1])


def split(b: State | None, a: State | None, due: Window) -> list[tuple[str, int]]:
    """Split what a deal adds between two states into steps; they sum to the difference.

    Examples
    --------
    >>> split(State("open", 10000, None), State("won", 9000, None), None)
    [('decreased', -1000), ('won', -9000)]
    >>> split(None, State("lost", 500, None), None)
    [('new', 500), ('lost', -500)]
    """
    if a is None:
        return [("removed", -b.cents)] if b is not None and in_scope(b, due) else []
    stays = in_scope(a, due)
    flows: list[tuple[str, int]] = []
    if b is not None and in_scope(b, due):
        if a.cents != b.cents:
            flows.append(("increased" if a.cents > b.cents else "decreased", a.cents - b.cents))
    elif stays or _came_and_went(b, a, due):
        flows.append((_way_in(b, due), a.cents))
    else:
        return []
    return flows if stays else [*flows, (_way_out(a, due), -a.cents)]


def _came_and_went(b: State | None, a: State, due: Window) -> bool:
    if a.outcome == "open":
        return False
    closed_anew = b is None or b.outcome == "open" or b.outcome != a.outcome or a.reopened
    return closed_anew and _due(a.closed_at if a.outcome == "won" else a.due, due)


def _way_in(b: State | None, due: Window) -> str:
    if b is None:
        return "new"
    if b.outcome != "open":
        return "reopened"
    early = due is not None and b.due is not None and b.due < due[0]
    return "pushed_in" if early else "pulled_in"


def _way_out(a: State, due: Window) -> str:
    if a.outcome != "open":
        return a.outcome
    if a.due is None or due is None:
        return "removed"
    return "pulled_out" if a.due < due[0] else "pushed_out"


__all__ = [
    "HANDED",
    "PRECEDENCE_IN",
    "PRECEDENCE_OUT",
    "STEPS",
    "State",
    "Window",
    "in_scope",
    "split",
]
