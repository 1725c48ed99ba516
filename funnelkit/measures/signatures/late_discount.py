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
    pressure of the season is felt by all approvers. Both comparisons (Mann-Whitney, exact for
    few deals) have to hold: the p-value is that against the approver's other deals, unless
    the other one is above 5 %. Other approvers who do the same are no measure: those whose
    late discounts rise significantly themselves are left out of it.
    """

    min_n: int = 4
    window_days: int = 7

    id: ClassVar[str] = "late_discount"
    needs: ClassVar[tuple[str, ...]] = (
        "discount_pct", "discount_approved_by", "closed_at", "outcome",
    )  # fmt: skip

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row an approver: the mean discount of deals closed late in a quarter."""
        discount, approver = f.number("discount_pct"), f.text("discount_approved_by")
        counted = f.over & ~np.isnan(discount) & (approver != None) & ~np.isnat(f.closed)  # noqa: E711
        late = counted & late_in_quarter(f.closed, self.window_days)
        listed = f.number("list_amount") if "list_amount" in f.frame else f.amount
        names = values_of(approver, counted)
        rise = {n: _rise(discount, counted & (approver == n), late, self.min_n) for n in names}
        out = []
        for name in names:
            own = approver == name
            here, before = discount[late & own], discount[counted & ~late & own]
            alike = [n for n in names if n != name and not rise[n] <= self.sign_level]
            others = discount[late & np.isin(approver.astype(str), alike)]
            p, mean, spread = np.nan, np.nan, np.nan
            usual = float(before.mean()) if before.size else np.nan
            if here.size:
                mean = float(here.mean())
            if min(here.size, before.size, others.size) >= self.min_n:
                p, against = rise[name], _higher(here, others)
                p = p if against <= self.sign_level else max(p, against)
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


def _rise(discount: np.ndarray, own: np.ndarray, late: np.ndarray, least: int) -> float:
    here, before = discount[own & late], discount[own & ~late]
    return _higher(here, before) if min(here.size, before.size) >= least else float("nan")


def _higher(one: np.ndarray, other: np.ndarray) -> float:
    return float(stats.mannwhitneyu(one, other, alternative="greater").pvalue)
