"""Hockey stick: the quarter's wins come in its last days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from funnelkit.measures.signatures.base import Signature
from funnelkit.measures.signatures.exact import above_p
from funnelkit.measures.signatures.facts import Facts
from funnelkit.measures.signatures.late_discount import late_in_quarter


@dataclass(frozen=True)
class HockeyStick(Signature):
    """Too many of a quarter's wins fall in its last days.

    The quarter that holds December is left out, and so are customers of ``public_industries``:
    public buyers spend their budgets in December. ``usual_share`` allows the ordinary push
    (10 of 91 days are 11%).
    """

    window_days: int = 10
    usual_share: float = 0.20
    public_industries: tuple[str, ...] = ("public", "government", "public sector", "政府", "公共")

    id: ClassVar[str] = "hockey_stick"
    needs: ClassVar[tuple[str, ...]] = ("closed_at", "outcome")

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row: the share of wins in the last days of quarters."""
        begins = (f.p.process.calendar.fiscal_year_start - 1) % 3
        quarter = (f.closed.astype("datetime64[M]").astype(int) - begins) % 12 // 3
        counted = f.won & ~np.isnat(f.closed) & (quarter != (11 - begins) // 3)
        if "industry" in f.frame:
            public = [str(v).casefold() in self.public_industries for v in f.text("industry")]
            counted &= ~np.array(public, dtype=bool)
        late = counted & late_in_quarter(f.closed, self.window_days, f.p.process.calendar)
        n, k = int(counted.sum()), int(late.sum())
        p = above_p(k, n, self.usual_share)
        worth = float(np.nansum(f.amount[late]) * max(1 - self.usual_share * n / k, 0)) if k else 0
        worth = float("nan") if np.isnan(f.amount).all() else worth
        return [self.row(k, n, self.usual_share, p, stake=worth)]
