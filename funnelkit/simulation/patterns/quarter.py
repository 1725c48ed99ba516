"""Patterns of the end of the quarter: late discounts, and business borrowed from the next one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from funnelkit.simulation.draws import Floats, pick
from funnelkit.simulation.patterns.base import Mask, Pattern
from funnelkit.simulation.world import NEVER, WON, World


@dataclass(frozen=True)
class LateDiscount(Pattern):
    """In the last week of a quarter two approvers let everything pass; no more is won by it.

    The twin is an agreement with strategic customers: as deep, but at any time and by its code.
    """

    key: ClassVar[str] = "late_discount"

    discount: float = 0.19

    def ends(self, w: World) -> None:
        """Deepen the discount."""
        approver = pick(w.uniform("approver"), [1.0] * len(w.approvers))
        mean = w.a.get("discount_mean", np.full(w.n, w.plan.discount))
        first = w.clock.month_start(self.start(w))
        if self.twin:
            where = {"tier": w.values("tier")[0], **self.where}
            mine = w.inside(w.segment(self.label, None, where)) & (w.end >= first)
            approver = np.where(mine, len(w.approvers), approver)
        else:
            where = {"discount_approved_by": w.approvers[:2], **self.where}
            w.a["discount_approved_by"] = approver
            left = w.clock.quarter_end(w.end) - w.end
            mine = w.inside(w.segment(self.label, None, where)) & (w.end >= first) & (left <= 5)
        mine &= w.reached == w.last
        w.plant(self.label, mine)
        w.a["discount_mean"] = np.where(mine, self.discount, mean)
        w.a["approver"] = approver


@dataclass(frozen=True)
class HockeyStick(Pattern):
    """Wins are pulled into the last days of the quarter, and losses cleared away there.

    The twin are public buyers who spend their budget in December.
    """

    key: ClassVar[str] = "hockey_stick"

    pulled: float = 0.80
    losses: float = 0.60
    discount: float = 0.30

    def ends(self, w: World) -> None:
        """Move ends; nothing that was won or lost changes."""
        first = w.clock.month_start(self.start(w))
        late = w.uniform("quarter/day")
        closed = (w.end >= first) & (w.end < NEVER / 2)
        if self.twin:
            self._december(w, closed, late)
            return
        here = self.here(w) & closed
        wins = here & (w.outcome == WON) & (w.uniform("pull") < self.pulled)
        this = w.clock.quarter_end(w.end)
        # the end of the quarter before is one working day ahead of this quarter's first
        month = w.clock.date(w.end).astype("datetime64[M]").astype(int)
        opens = (month // 3 * 3).astype("datetime64[M]").astype("datetime64[D]")
        began = w.clock.of(opens).astype(float)
        came = np.where(np.isnan(w.again[w.last]), w.enter[w.last], w.again[w.last])
        early = wins & (w.end - began < 30) & (came < began - 1) & (began > first)
        target = np.where(early, began, this) - 0.05 - 6.5 * late
        who = np.flatnonzero(wins)
        w.end_at(who, np.maximum(target, came + 0.05)[who])
        mean = w.a.get("discount_mean", np.full(w.n, w.plan.discount))
        w.a["discount_mean"] = np.where(early, self.discount, mean)
        drops = here & (w.outcome != WON) & (w.uniform("drop") < self.losses)
        who = np.flatnonzero(drops)
        w.end_at(who, (w.clock.month_end(w.end) - 0.05 - 1.8 * late)[who])
        w.plant(self.label, wins | drops)

    def _december(self, w: World, closed: Mask, late: Floats) -> None:
        industry = w.values("industry")
        where = {"industry": industry[-1], **self.where}
        mine = w.inside(w.segment(self.label, None, where)) & closed & (w.outcome == WON)
        month = w.clock.date(w.end).astype("datetime64[M]").astype(int) % 12
        mine &= (month >= 9) & (w.uniform("pull") < self.pulled)
        who = np.flatnonzero(mine)
        year = w.clock.date(w.end[who]).astype("datetime64[Y]") + 1
        close = w.clock.of(year.astype("datetime64[D]")).astype(float)
        w.end_at(who, close - 0.05 - 6.5 * late[who])
        w.plant(self.label, mine)
