"""Stalled proposals: from some month on one region's proposals lie, and fewer move on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import scipy

from funnelkit.measures.signatures.base import Signature, stake, values_of, versus
from funnelkit.measures.signatures.exact import logrank_p, scan_p
from funnelkit.measures.signatures.facts import Facts


@dataclass(frozen=True)
class StalledProposals(Signature):
    """Deals move on later and less often than other regions' since then.

    One log-rank test of moving on says both, with deals that stopped and open ones censored,
    within classes of amount, since large deals take longer. It has to be later than the
    region's own past as well (5%). If the region's deals became larger at the same time
    (Mann-Whitney at 5%, or a median ``larger`` times the former) or in any month (at
    ``grown``), that explains the time, and only a step rate below the others' at 5% tells a
    stall. All months are tried as a start; the p-value allows for that.
    """

    min_n: int = 15
    size_classes: int = 3
    larger: float = 1.4
    grown: float = 0.002

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
            grew = self._grew(f.number("amount"), own, start, f.months())
            tried: list[tuple[float, Any, Any, int]] = []
            for month in f.months():
                after = start >= month
                group, others, past = own & after, there & ~own & after, own & ~after
                told = group & settled
                if min(group.sum(), others.sum(), past.sum()) < self.min_n or not told.any():
                    continue
                both, mine = group | others, group | past
                p = logrank_p(days[both], passed[both], group[both], size[both], "longer")
                since = logrank_p(days[mine], passed[mine], group[mine], size[mine], "longer")
                rate = versus(passed, told, others & settled, "less", size)
                if grew or self._larger(f.number("amount")[group], f.number("amount")[past]):
                    p = max(p, rate.p_value) if rate.p_value <= self.sign_level else 1.0
                p = p if since <= self.sign_level else max(p, since)
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
            row = self.row(
                rate.k, rate.n, rate.expected, p, column="region", group=name,
                stage=stages[k], since=month, stake=worth,
            )  # fmt: skip
            row["p_value"] = p  # rests on all deals that came, not only on those that left
            out.append(row)
        return out

    def _grew(
        self, amount: np.ndarray, own: np.ndarray, start: np.ndarray, months: Iterable[Any]
    ) -> bool:
        """Whether the deals of a region became larger in some month, whenever the stall began."""
        known = own & ~np.isnan(amount)
        for month in months:
            now, before = amount[known & (start >= month)], amount[known & (start < month)]
            if min(now.size, before.size) >= self.min_n and _rose(now, before) <= self.grown:
                return True
        return False

    def _larger(self, now: np.ndarray, before: np.ndarray) -> bool:
        now, before = now[~np.isnan(now)], before[~np.isnan(before)]
        if not (now.size and before.size):
            return False
        rose = _rose(now, before) <= self.sign_level
        return bool(rose or np.median(now) >= self.larger * np.median(before))


def _rose(now: np.ndarray, before: np.ndarray) -> float:
    """Return the p-value of Mann and Whitney of amounts being larger now."""
    return float(scipy.stats.mannwhitneyu(now, before, alternative="greater").pvalue)
