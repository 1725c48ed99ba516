"""Push count: deals whose closing date was moved three times are seldom won."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from funnelkit.measures.signatures.base import Signature, stake, versus
from funnelkit.measures.signatures.facts import Facts


@dataclass(frozen=True)
class PushCount(Signature):
    """Closed deals pushed often against closed deals of about the same age pushed less.

    Only deals that came to the last open stage count: most deals lost before have no date.

    A push on a day when everybody's dates moved (a holiday) is not the deal's own and is not
    counted. Older deals had more time to be pushed, so the exact Cochran-Mantel-Haenszel test
    compares within classes of age at closing.
    """

    pushes: int = 3
    age_classes: int = 4

    id: ClassVar[str] = "push_count"
    needs: ClassVar[tuple[str, ...]] = (
        "field_history", "outcome", "created_at", "closed_at", "stage_history",
    )  # fmt: skip

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row: the win rate of deals pushed three times or more."""
        counted = f.over & (f.far >= len(f.p.process.open_ids) - 1)
        age = f.days(f.created, f.closed)
        counted &= ~np.isnan(age)
        if not counted.any():
            return [self.row(0, 0, np.nan, np.nan)]
        often = f.number("pushes") >= self.pushes
        cuts = np.arange(1, self.age_classes) / self.age_classes
        # cut where the often pushed lie, so that each class has some of them
        of = age[counted & often] if (counted & often).any() else age[counted]
        old = np.searchsorted(np.quantile(of, cuts), age)
        v = versus(f.won, counted & often, counted & ~often, "less", old)
        worth = stake(v.expected - v.k / max(v.n, 1), v.n, f.amount[counted & often])
        return [self.row(v.k, v.n, v.expected, v.p_value, stake=worth)]
