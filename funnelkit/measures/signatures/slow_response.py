"""Slow first response: leads answered after a day seldom become contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from funnelkit.measures.signatures.base import Signature, stake, versus
from funnelkit.measures.signatures.facts import Facts

_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class SlowResponse(Signature):
    """Leads first touched after ``hours`` working-day hours against leads touched before.

    The clock stands still on days off, so a lead of Saturday answered on Monday is not slow;
    the comparison is made within sources, apart for leads that came on a day off.
    """

    min_n: int = 20
    hours: float = 24.0

    id: ClassVar[str] = "slow_response"
    needs: ClassVar[tuple[str, ...]] = (
        "created_at", "first_touch_at", "outcome", "stage_history",
    )  # fmt: skip

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row: the first step rate of leads answered late."""
        touched = f.time("first_touch_at")
        counted = f.settled(0) & ~np.isnat(touched) & ~np.isnat(f.created) & (touched >= f.created)
        workdays = [d in f.p.process.calendar.workdays for d in _NAMES]
        begin, off = _awake(f.created, workdays)
        end, _ = _awake(touched, workdays)
        slow = worked_hours(begin, end, workdays) > self.hours
        kinds = off.astype(int).astype(str)
        if f.p.has("source"):
            kinds = np.char.add(kinds, f.text("source").astype(str))
        v = versus(f.far > 0, counted & slow, counted & ~slow, "less", kinds)
        gain = f.won[counted & (f.far > 0) & f.over]
        share = (v.expected - v.k / max(v.n, 1)) * (gain.mean() if gain.size else np.nan)
        worth = stake(share, v.n, f.amount[counted & slow])
        stage = f.p.process.open_ids[0]
        return [self.row(v.k, v.n, v.expected, v.p_value, stage=stage, stake=worth)]


def _awake(moment: np.ndarray, workdays: list[bool]) -> tuple[np.ndarray, np.ndarray]:
    """Move moments of days off to the start of the next working day."""
    known = ~np.isnat(moment)
    day = np.where(known, moment, np.datetime64("2000-01-03", "us")).astype("datetime64[D]")
    off = ~np.is_busday(day, weekmask=workdays) & known
    rolled = np.busday_offset(day, 0, roll="forward", weekmask=workdays)
    return np.where(off, rolled.astype("datetime64[us]"), moment), off


def worked_hours(begin: np.ndarray, end: np.ndarray, workdays: list[bool]) -> np.ndarray:
    """Return the hours between two moments on working days, days off not counted.

    Examples
    --------
    Friday noon to Monday noon is one day:

    >>> friday = np.array(["2026-11-20T12"], "datetime64[us]")
    >>> monday = np.array(["2026-11-23T12"], "datetime64[us]")
    >>> worked_hours(friday, monday, [True] * 5 + [False] * 2).tolist()
    [24.0]
    """
    known = ~np.isnat(begin) & ~np.isnat(end)
    some = np.datetime64("2000-01-03", "us")
    b, e = np.where(known, begin, some), np.where(known, end, some)
    first, last = b.astype("datetime64[D]"), e.astype("datetime64[D]")
    days = np.busday_count(first, last, weekmask=workdays)
    clock = ((e - last) - (b - first)) / np.timedelta64(1, "h")
    return np.where(known, days * 24.0 + clock, np.nan)


__all__ = ["SlowResponse", "worked_hours"]
