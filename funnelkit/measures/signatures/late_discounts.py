"""Late discount leak: some approvers give more in the last days of a quarter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import stats

from funnelkit.measures.signatures.base import Signature, values_of
from funnelkit.measures.signatures.facts import DAY, Facts


@dataclass(frozen=True)
class LateDiscounts(Signature):
    """An approver's discounts late in a quarter exceed his others, and other approvers' late ones.

    A programme with its own approval code gives the same discount all quarter long; a price
    pressure of the season is felt by all approvers. Both comparisons (Mann-Whitney) have to
    hold, so the p-value is the larger one.
    """

    window_days: int = 7

    id: ClassVar[str] = "late_discounts"
    needs: ClassVar[tuple[str, ...]] = (
        "discount_pct", "discount_approved_by", "closed_at", "outcome",
    )  # fmt: skip

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row an approver: the mean discount of deals won late in a quarter."""
        discount, approver = f.number("discount_pct"), f.text("discount_approved_by")
        counted = f.won & ~np.isnan(discount) & (approver != None) & ~np.isnat(f.closed)  # noqa: E711
        late = counted & late_in_quarter(f.closed, self.window_days)
        listed = f.number("list_amount") if "list_amount" in f.frame else f.amount
        out = []
        for name in values_of(approver, counted):
            own = approver == name
            here, before = discount[late & own], discount[counted & ~late & own]
            others = discount[late & ~own]
            p, mean, spread = np.nan, np.nan, np.nan
            usual = float(before.mean()) if before.size else np.nan
            if here.size:
                mean = float(here.mean())
            if min(here.size, before.size, others.size) >= self.min_n:
                p = max(_higher(here, before), _higher(here, others))
                spread = float(
                    stats.t.ppf(0.975, here.size - 1) * here.std(ddof=1) / np.sqrt(here.size)
                )
            given = float(np.nansum(listed[late & own])) if here.size else 0.0
            worth = max(mean - usual, 0.0) * given if given else np.nan
            row = self.row(0, int(here.size), usual, p, column="discount_approved_by", group=name,
                           stake=worth)  # fmt: skip
            row |= {"observed": mean, "low": max(mean - spread, 0.0), "high": mean + spread}
            out.append(row)
        return out


def late_in_quarter(moment: np.ndarray, days: int) -> np.ndarray:
    """Say which moments lie in the last days of a calendar quarter."""
    month = moment.astype("datetime64[M]")
    last = month + (2 - month.astype(int) % 3)
    end = (last + 1).astype("datetime64[us]")
    late: np.ndarray = (end - moment) <= days * DAY
    return late


def _higher(one: np.ndarray, other: np.ndarray) -> float:
    return float(stats.mannwhitneyu(one, other, alternative="greater").pvalue)
