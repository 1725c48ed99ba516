"""New competitor: from some month on one region meets a rival, and loses to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from funnelkit.measures.signatures.base import Signature, stake, values_of, versus
from funnelkit.measures.signatures.exact import scan_p, together
from funnelkit.measures.signatures.facts import Facts


@dataclass(frozen=True)
class NewCompetitor(Signature):
    """A rival is met more often in one region since then, and fewer of those deals are won.

    Both signs are needed: more of the region's deals name the rival than before, and deals
    against it are won less often than all others. What is won elsewhere against the same rival
    must not have fallen as much (``there_level``): a price rise lowers all regions, and brings
    no rival. All months are tried as a start; the p-value allows for that. Wins are counted
    among deals that came to the last open stage and name a rival.
    """

    there_level: float = 0.30

    id: ClassVar[str] = "new_competitor"
    needs: ClassVar[tuple[str, ...]] = ("region", "competitor", "outcome", "closed_at")

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row a region and rival, at its clearest start."""
        region, rival = f.text("region"), f.text("competitor")
        named = f.over & (rival != None) & (region != None) & ~np.isnat(f.closed)  # noqa: E711
        counted = named
        if f.p.has("stage_history"):  # a deal lost before was not lost to the rival's terms
            counted = named & (f.far >= len(f.p.process.open_ids) - 1)
        if not (counted & f.won).any():  # a rival is written down for losses only
            return []
        out = []
        for x in values_of(rival, counted):
            met = rival == x
            for name in values_of(region, counted):
                row = self._best(f, met, named, counted, region == name)
                row |= {"group": f"{name} · {x}"}
                out.append(row)
        return out

    def _best(
        self, f: Facts, met: np.ndarray, named: np.ndarray, counted: np.ndarray, own: np.ndarray
    ) -> dict[str, Any]:
        tried = []
        for month in f.months():
            after = f.closed >= month
            group, others = counted & met & own & after, counted & met & ~own & after
            past = named & own & ~after
            if min(group.sum(), others.sum(), past.sum()) < self.min_n:
                continue
            v = versus(f.won, group, counted & ~group, "less")
            more = versus(met, named & own & after, past, "greater").p_value
            there = versus(f.won, group, others, "less").p_value
            p = together(v.p_value, more, level=self.sign_level)
            tried.append((p if there <= self.there_level else max(p, there), month, v))
        if not tried:
            return self.row(0, 0, np.nan, np.nan, column="region")
        n = np.array([t[2].n for t in tried], dtype=float)
        p = scan_p([t[0] for t in tried], np.sqrt(n[1:] / n[:-1]).tolist())
        _, month, v = min(tried, key=lambda t: t[0])
        lost = counted & met & own & (f.closed >= month)
        worth = stake(v.expected - v.k / v.n, v.n, f.amount[lost])
        return self.row(v.k, v.n, v.expected, p, column="region", since=month, stake=worth)
