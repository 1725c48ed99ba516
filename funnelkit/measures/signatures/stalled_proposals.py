"""Stalled proposals: from some month on one region's proposals lie, and fewer move on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from funnelkit.measures.signatures.base import Signature, stake, values_of, versus
from funnelkit.measures.signatures.exact import logrank_p, scan_p
from funnelkit.measures.signatures.facts import Facts


@dataclass(frozen=True)
class StalledProposals(Signature):
    """Deals move on later and less often than other regions' since then.

    One log-rank test of moving on says both, with deals that stopped and open ones censored,
    within classes of amount, since large deals take longer. Two more signs have to be there:
    later than the region's own past (5 %), and a lower step rate of the deals that left
    (``rate_level``; it is a mild one, since slow deals that stop leave last). Larger deals are
    longer at the same step rate. All months are tried as a start; the p-value allows for that.
    """

    min_n: int = 15
    size_classes: int = 3
    rate_level: float = 0.30

    id: ClassVar[str] = "stalled_proposals"
    needs: ClassVar[tuple[str, ...]] = ("region", "amount", "stage_history")

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row a region, at its clearest start."""
        stages = f.p.process.open_ids
        k = max(len(stages) - 2, 0)
        start, end = f.time(f"at_{k}"), f.left(k)
        there = ~np.isnat(start) & ~(end < start)
        days = f.days(start, np.where(np.isnat(end), f.now, end))
        passed, settled = f.far > k, f.settled(k)
        size, region = f.size_class(there, self.size_classes), f.text("region")
        out = []
        for name in values_of(region, there):
            own = there & (region == name)
            tried: list[tuple[float, Any, Any, int]] = []
            for month in f.months():
                after = start >= month
                group, others, past = own & after, there & ~own & after, own & ~after
                told = group & settled
                if min(told.sum(), (others & settled).sum(), past.sum()) < self.min_n:
                    continue
                both, mine = group | others, group | past
                p = logrank_p(days[both], passed[both], group[both], size[both], "longer")
                since = logrank_p(days[mine], passed[mine], group[mine], size[mine], "longer")
                rate = versus(passed, told, others & settled, "less", size)
                if since > self.sign_level or rate.p_value > self.rate_level:
                    p = max(p, since, rate.p_value)
                tried.append((p, month, rate, int(group.sum())))
            if not tried:
                out.append(self.row(0, 0, np.nan, np.nan, column="region", group=name,
                                    stage=stages[k]))  # fmt: skip
                continue
            n = np.array([t[3] for t in tried], dtype=float)
            p = scan_p([t[0] for t in tried], np.sqrt(n[1:] / n[:-1]).tolist())
            _, month, rate, _ = min(tried, key=lambda t: t[0])
            told = own & settled & (start >= month)
            worth = stake(rate.expected - rate.k / rate.n, rate.n, f.amount[told])
            out.append(
                self.row(
                    rate.k, rate.n, rate.expected, p, column="region", group=name,
                    stage=stages[k], since=month, stake=worth,
                )
            )  # fmt: skip
        return out
