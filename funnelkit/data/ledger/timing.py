"""How sure the times of a pipeline are that was seen only now and then."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from funnelkit.words import say, sentences


@dataclass(frozen=True)
class Timing:
    """Moves seen between exports: their times are known to within an interval.

    Attributes
    ----------
    typical, most : float
        Median and largest width of the intervals, in days.
    between : int
        Moves dated so.
    begun : int
        Stays that had begun before their deal was first seen.
    exports : int
        Exports in the ledger.
    before : datetime, optional
        When the export before the last one was taken.
    """

    typical: float
    most: float
    between: int
    begun: int
    exports: int
    before: dt.datetime | None = None

    def __str__(self) -> str:
        parts = []
        if self.between:
            width = {"typical": self.typical, "most": self.most}
            parts.append(say("ledger.timing", exports=self.exports, **width))
        if self.begun:
            parts.append(say("ledger.timing_begun", n=self.begun))
        return sentences(parts)
