"""New competitor: from some month on one region loses to a rival it used to match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from funnelkit.measures.signatures.base import Signature, stake, values_of, versus
from funnelkit.measures.signatures.exact import scan_p
from funnelkit.measures.signatures.facts import Facts


@dataclass(frozen=True)
class NewCompetitor(Signature):
    """Fewer wins against a rival in one region than in the others since then, and than before.

    Deals against the rival since then are held against all other deals; the same rival
    elsewhere since then (``there_level``, since those are few) and the region before (5 %) have
    to agree. A price rise that is felt everywhere lowers the other regions too. All months are tried as
    a start; the p-value allows for that. Deals that name no rival, or never came to the
    last open stage, are not counted.
    """

    there_level: float = 0.15

    id: ClassVar[str] = "new_competitor"
    needs: ClassVar[tuple[str, ...]] = ("region", "competitor", "outcome", "closed_at")

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row a region and rival, at its clearest start."""
        region, rival = f.text("region"), f.text("competitor")
        counted = f.over & (rival != None) & (region != None) & ~np.isnat(f.closed)  # noqa: E711
        if f.p.has("stage_history"):  # a deal lost before was not lost to the rival's terms
            counted &= f.far >= len(f.p.process.open_ids) - 1
        if not (counted & f.won).any():  # a rival is written down for losses only
            return []
        out = []
        for x in values_of(rival, counted):
            met = counted & (rival == x)
            for name in values_of(region, counted):
                row = self._best(f, met, counted, region == name)
                row |= {"group": f"{name} · {x}"}
                out.append(row)
        return out

    def _best(
        self, f: Facts, met: np.ndarray, counted: np.ndarray, own: np.ndarray
    ) -> dict[str, Any]:
        tried = []
        for month in f.months():
            after = f.closed >= month
            group, others, past = met & own & after, met & ~own & after, counted & own & ~after
            if min(group.sum(), others.sum(), past.sum()) < self.min_n:
                continue
            # against all else; elsewhere since then and here before have to agree
            v = versus(f.won, group, counted & ~group, "less")
            there, before = (versus(f.won, group, o, "less").p_value for o in (others, past))
            p = v.p_value
            if there > self.there_level or before > self.sign_level:
                p = max(p, there, before)
            tried.append((p, month, v))
        if not tried:
            return self.row(0, 0, np.nan, np.nan, column="region")
        n = np.array([t[2].n for t in tried], dtype=float)
        p = scan_p([t[0] for t in tried], np.sqrt(n[1:] / n[:-1]).tolist())
        _, month, v = min(tried, key=lambda t: t[0])
        worth = stake(v.expected - v.k / v.n, v.n, f.amount[met & own & (f.closed >= month)])
        return self.row(v.k, v.n, v.expected, p, column="region", since=month, stake=worth)
