"""The checks of a sheet's fields as plain values, so that a browser can make the same ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from funnelkit.process.text import Text
from funnelkit.teach.kinds.faults import CHECKS


class NoCounterpart(Exception):
    """The script of the pages has nothing that does the same."""


def check_of(fault: Callable[..., Any] | None) -> list[Any] | None:
    """Return a check by the name the script knows it by, with what it needs; None for none.

    Raises
    ------
    NoCounterpart
        The script has no such check.
    """
    if fault is None:
        return None
    for name, kind in CHECKS.items():
        if isinstance(kind, type) and isinstance(fault, kind):
            return [name, {"hint": str(vars(fault)["hint"])}]
    key = (fault.func, *fault.args) if isinstance(fault, partial) else (fault,)
    if key not in _own():
        raise NoCounterpart(str(key))
    name, given = _own()[key]
    return [name, {k: str(v) if isinstance(v, Text) else v for k, v in given.items()}]


def _falls(read: str, sign: str, fields: tuple[str, ...], hint: Text) -> tuple[str, dict[str, Any]]:
    """Return a check of neighbours: what each field has to be to the next."""
    pairs = [[a, sign, b] for a, b in itertools.pairwise(fields)]
    return "pairs", {"read": read, "pairs": pairs, "hint": hint}


@cache
def _own() -> Mapping[tuple[Any, ...], tuple[str, Mapping[str, Any]]]:
    """Return the lessons' own checks, each with the script's check that does the same."""
    from funnelkit.teach.bank import l01, l02, l03, l11
    from funnelkit.teach.bank.l04 import gaps
    from funnelkit.teach.bank.l05 import totals
    from funnelkit.teach.bank.l06 import movement
    from funnelkit.teach.bank.l07 import week
    from funnelkit.teach.bank.l08 import regions
    from funnelkit.teach.bank.l10 import loop, ways
    from funnelkit.teach.bank.l12 import cases

    def between(low: float, high: float, hint: Text) -> tuple[str, dict[str, Any]]:
        return "between", {"low": low, "high": high, "none": hint, "hint": hint}

    inside = {
        (l03._inside, stage): (
            "between",
            {
                "low": low - 1e-9,
                "high": high + 1e-9,
                "read": "rate",
                "none": l03._NO_NUMBER,
                "hint": l03._OUTSIDE,
            },
        )
        for stage, (_, low, high) in l03._SEEN.items()
    }
    return {
        (l01._rising,): _falls("share", ">=", l01._STAGES, l01._RISES),
        (l02.not_ours,): ("unlike", {"pattern": l02._SELLER.pattern, "hint": l02._OURS}),
        (l03._fewer,): _falls("share", "<=", ("leads", "offers"), l03._ORDERED),
        **inside,
        (l03._product,): (
            "product",
            {
                "today": {stage: rate for stage, (rate, _, _) in l03._SEEN.items()},
                "of": 1000,
                "least": 40,
                "most": 43,
                "same": l03._PAST,
                "small": l03._TOO_SMALL,
                "large": l03._TOO_MUCH,
            },
        ),
        (gaps._fewer,): _falls("number", ">=", ("leads", "wins"), gaps._MORE_WINS),
        (totals._rising,): _falls("number", "<", ("low", "likely", "high"), totals._NOT_RISING),
        (movement._hundred,): between(0, 100, movement._SHARE),
        (movement._weeks,): between(0, 100, movement._WEEKS),
        (week._hours,): between(0, 60, week._HOURS),
        (week._months,): between(0, 60, week._MONTHS),
        (week._whole_week,): (
            "week",
            {
                "most": 40,
                "new": 10,
                "late": 12,
                "large": week._TOO_MUCH,
                "no_new": week._NO_NEW,
                "no_late": week._NO_LATE,
            },
        ),
        (regions.count_fault,): between(1, 100, regions.NO_COUNT),
        (ways.nested,): _falls("share", ">=", ("owned", "checked"), ways.NOT_NESTED),
        (loop.in_turn,): (
            "pairs",
            {
                "read": "day",
                "hint": loop.DAYS_ORDER,
                "pairs": [["start", "<", "due"], ["due", "<=", "review"]],
            },
        ),
        (l11._cited,): ("cited", {"two": l11._TWO, "flow": l11._FLOW}),
        (cases.ninety,): (
            "ninety",
            {
                "fields": ["start", "day30", "day60", "day90"],
                "least": 80,
                "most": 100,
                "hint": cases.SPAN,
            },
        ),
        (cases.rising,): _falls("share", "<=", tuple(cases.STAGES), cases.FALLING),
    }
