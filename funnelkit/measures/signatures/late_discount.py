"""Late discount leak: some approvers give more in the last days of a quarter."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
import scipy

from funnelkit.measures.signatures.base import Signature, values_of
from funnelkit.measures.signatures.exact import mean_p
from funnelkit.measures.signatures.facts import DAY, Facts
from funnelkit.process.model import Calendar


@dataclass(frozen=True)
class LateDiscounts(Signature):
    """An approver's discounts late in a quarter exceed his others, and other approvers' late ones.

    A programme with its own approval code gives the same discount all quarter long; a price
    pressure of the season is felt by all approvers. Both comparisons of means (by permutation,
    exact for few deals) have to hold: the p-value is that against the approver's other deals,
    unless the other one is above 5%. Other approvers who do the same are no measure: those
    whose late discounts rise significantly themselves are left out of it.

    A week holds few deals of one approver, so the clearest two are judged together as well:
    each must lean that way alone (``lean``), and the p-value allows for all pairs.
    """

    min_n: int = 3
    lean: float = 0.20
    window_days: int = 7

    id: ClassVar[str] = "late_discount"
    needs: ClassVar[tuple[str, ...]] = (
        "discount_pct", "discount_approved_by", "closed_at", "outcome",
    )  # fmt: skip

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row an approver: the mean discount of deals closed late in a quarter."""
        discount, approver = f.number("discount_pct"), f.text("discount_approved_by")
        counted = f.over & ~np.isnan(discount) & (approver != None) & ~np.isnat(f.closed)  # noqa: E711
        late = counted & late_in_quarter(f.closed, self.window_days, f.p.process.calendar)
        listed = f.number("list_amount") if "list_amount" in f.frame else f.amount
        names = values_of(approver, counted)
        rise = {n: _rise(discount, counted & (approver == n), late) for n in names}
        out = [self._made((n,), discount, approver, counted, late, rise, listed) for n in names]
        pairs = [
            self._made(pair, discount, approver, counted, late, rise, listed)
            for pair in combinations(names, 2)
            if all(rise[n] <= self.lean for n in pair)
        ]
        if pairs:
            best = min(pairs, key=lambda row: row["p_value"])
            best["p_value"] = min(best["p_value"] * len(names) * (len(names) - 1) / 2, 1.0)
            out.append(best)
        return out

    def _made(
        self, who: tuple[Any, ...], discount: np.ndarray, approver: np.ndarray,
        counted: np.ndarray, late: np.ndarray, rise: dict[Any, float], listed: np.ndarray,
    ) -> dict[str, Any]:  # fmt: skip
        named = approver.astype(str)
        own = counted & np.isin(named, [str(n) for n in who])
        here, before = discount[late & own], discount[own & ~late]
        elsewhere = [n for n in rise if n not in who]
        alike = [str(n) for n in elsewhere if not rise[n] <= self.sign_level]
        others = discount[late & np.isin(named, alike)]
        if others.size < self.min_n:  # one or two deals do not make an approver a case
            few = [str(n) for n in elsewhere if (late & (approver == n)).sum() < self.min_n]
            others = discount[late & np.isin(named, alike + few)]
        p, mean, spread = np.nan, np.nan, np.nan
        usual = float(before.mean()) if before.size else np.nan
        if here.size:
            mean = float(here.mean())
        if min(here.size, before.size, others.size) >= self.min_n:
            p = rise[who[0]] if len(who) == 1 else mean_p(discount[own], late[own], named[own])
            against = _higher(here, others)
            p = p if against <= self.sign_level else max(p, against)
            spread = float(
                scipy.stats.t.ppf(0.975, here.size - 1) * here.std(ddof=1) / np.sqrt(here.size)
            )
        given = float(np.nansum(listed[late & own])) if here.size else 0.0
        worth = max(mean - usual, 0.0) * given if given else np.nan
        row = self.row(0, int(here.size), usual, p, column="discount_approved_by",
                       group=" · ".join(str(n) for n in who), stake=worth)  # fmt: skip
        return row | {"observed": mean, "low": max(mean - spread, 0.0), "high": mean + spread}


def late_in_quarter(moment: np.ndarray, days: int, calendar: Calendar) -> np.ndarray:
    """Say which moments lie in the last days of a fiscal quarter."""
    month = moment.astype("datetime64[M]")
    last = month + (2 - (month.astype(int) + 1 - calendar.fiscal_year_start) % 3)
    end = (last + 1).astype("datetime64[us]")
    late: np.ndarray = (end - moment) <= days * DAY
    return late


def _rise(discount: np.ndarray, own: np.ndarray, late: np.ndarray) -> float:
    return mean_p(discount[own], late[own])


def _higher(one: np.ndarray, other: np.ndarray) -> float:
    return mean_p(np.concatenate([one, other]), np.arange(one.size + other.size) < one.size)
