"""Patterns that come from outside the team: leads, channels, rivals, a missing engineer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from funnelkit.simulation.patterns.base import Mask, Pattern, shifted
from funnelkit.simulation.world import Extra, World

_DAY = 86_400_000_000


@dataclass(frozen=True)
class StalledProposals(Pattern):
    """In one region proposals lie about and come to less: the presales engineer has left.

    The twin is a region whose deals grow: they take longer, and go on as before.
    """

    key: ClassVar[str] = "stalled_proposals"
    place: ClassVar[str] = "region"
    month: ClassVar[int] = 17

    rate: float = 0.35
    slower: float = 2.5
    larger: float = 2.2

    def behave(self, w: World) -> None:
        """In the twin, sell larger deals."""
        if self.twin:
            mine = self.here(w) & (w.clock.month(w.a["created"]) >= self.start(w) - 2)
            w.a["amount"] = np.where(mine, w.a["amount"] * self.larger, w.a["amount"])

    def stage(self, w: World, k: int) -> None:
        """Take longer, and in the pattern itself lose more."""
        if k != w.offer:
            return
        mine = self.here(w) & w.since(self.start(w))
        w.plant(self.label, mine)
        w.pace = np.where(mine, w.pace * self.slower, w.pace)
        if self.twin:
            return
        w.p = np.where(mine, shifted(w, k, self.rate), w.p)
        usual = w.a["region"] % len(w.presales)
        # a colleague from elsewhere steps in
        w.a["presales"] = np.where(mine, (usual + 1) % len(w.presales), usual)


@dataclass(frozen=True)
class LeadQuality(Pattern):
    """A campaign doubles the leads of one source, and fewer of them have a need.

    Half a year of it are some 300 contacts of the reference business.

    The twin is a general decline: the same drop in all sources, and no more leads.
    """

    key: ClassVar[str] = "lead_quality"
    place: ClassVar[str] = "source"
    month: ClassVar[int] = 13

    rate: float = 0.25
    times: float = 2.0
    lasts: float = 6.0

    def _span(self, w: World) -> tuple[float, float]:
        first = self.start(w)
        end = w.clock.month_start(first + max(1, round(self.lasts)))
        return float(w.clock.month_start(first)), float(min(end, w.clock.last))

    def intake(self, w: World) -> None:
        """Add the leads of the campaign."""
        if self.twin:
            return
        begin, end = self._span(w)
        shares = np.array([s.share for s in w.plan.source_list])
        for source in self.segment(w).get("source", []):
            usual = w.plan.deals_planned * shares[source] / shares.sum()
            n = round(usual * (end - begin) / w.clock.last * (self.times - 1))
            w.extras.append(Extra(n, begin, end, self.label, {"source": source}))

    def _cohort(self, w: World) -> Mask:
        begin, end = self._span(w)
        inside: Mask = (w.a["created"] >= begin) & (w.a["created"] < end)
        return inside if self.twin else inside & self.here(w)

    def behave(self, w: World) -> None:
        """Book the leads on the campaign."""
        if not self.twin:
            cohort = self._cohort(w)
            share = w.a.get("campaign_share", np.full(w.n, 0.35))
            w.a["campaign_share"] = np.where(cohort, 0.8, share)

    def stage(self, w: World, k: int) -> None:
        """Find a need less often."""
        if k == w.contact:
            cohort = self._cohort(w)
            w.plant(self.label, cohort)
            w.p = np.where(cohort, shifted(w, k, self.rate), w.p)


@dataclass(frozen=True)
class MixShift(Pattern):
    """The better of two sources grows, and both get worse: the total rises all the same.

    The twin is a true improvement of both, with the mix as it was.
    """

    key: ClassVar[str] = "mix_shift"
    month: ClassVar[int] = 13

    first_before: float = 0.40
    first_after: float = 0.36
    second_before: float = 0.12
    second_after: float = 0.10
    share_before: float = 0.30
    share_after: float = 0.70
    twin_rise: float = 0.09

    def _pair(self, w: World) -> list[int]:
        names = self.where.get("source", w.values("source")[:2])
        where = {**self.where, "source": names}
        found: list[int] = w.segment(self.label, None, where)["source"]
        return [*found, *found][:2]

    def assign(self, w: World) -> None:
        """Shift the mix of the two sources."""
        first, second = self._pair(w)
        mine = np.isin(w.a["source"], (first, second))
        after = w.clock.month(w.a["created"]) >= self.start(w)
        share = np.where(after & (not self.twin), self.share_after, self.share_before)
        share = np.full(w.n, 0.5) if self.twin else share
        drawn = np.where(w.uniform("mix") < share, first, second)
        w.a["source"] = np.where(mine, drawn, w.a["source"])
        w.plant(self.label, mine & after)

    def stage(self, w: World, k: int) -> None:
        """Find a need at the rate of the source and the time."""
        if k != w.contact:
            return
        after = w.clock.month(w.a["created"]) >= self.start(w)
        rise = self.twin_rise if self.twin else None
        pairs = ((self.first_before, self.first_after), (self.second_before, self.second_after))
        for source, (before, later) in zip(self._pair(w), pairs, strict=True):
            then = before + rise if rise is not None else later
            mine = w.a["source"] == source
            w.p = np.where(mine, np.where(after, then, before), w.p)


@dataclass(frozen=True)
class NewCompetitor(Pattern):
    """From some month on one rival takes deals away, in one region.

    It is in every deal there: some 30 negotiations of the reference business.

    The twin is a price rise: a little less is won everywhere, whoever the rival is.
    """

    key: ClassVar[str] = "new_competitor"
    place: ClassVar[tuple[str, ...]] = ("region", "competitor")
    month: ClassVar[int] = 14

    win: float = 0.25
    share: float = 1.00
    price_win: float = 0.42

    def stage(self, w: World, k: int) -> None:
        """Meet the rival more often, and lose to it."""
        after = w.since(self.start(w))
        if self.twin:
            if k == w.last:
                w.plant(self.label, after)
                w.p = np.where(after, shifted(w, k, self.price_win), w.p)
            return
        where = self.segment(w)
        rival = where["competitor"][0]
        inside = w.inside({d: c for d, c in where.items() if d != "competitor"}) & after
        if k == w.offer:
            meets = inside & (w.uniform("rival comes") < self.share)
            w.a["competitor"] = np.where(meets, rival, w.a["competitor"])
        if k == w.last:
            mine = inside & (w.a["competitor"] == rival)
            w.plant(self.label, mine)
            w.p = np.where(mine, shifted(w, k, self.win), w.p)


@dataclass(frozen=True)
class SlowResponse(Pattern):
    """Leads that wait longer than a day for the first answer are mostly gone.

    The twin are leads that come in at the weekend: they wait, and go on as usual.
    """

    key: ClassVar[str] = "slow_response"

    slow: float = 0.25
    fast: float = 0.60

    def assign(self, w: World) -> None:
        """In the twin, let Monday's leads have come in at the weekend."""
        if not self.twin:
            return
        created = w.a["created"]
        day = w.clock.day(created)
        date = w.clock.days[day]
        gap = (date - w.clock.days[np.maximum(day - 1, 0)]).astype(int)
        mine = self.here(w) & (gap >= 2) & (w.uniform("weekend") < 0.7)
        mine &= w.clock.month(created) >= self.start(w)
        # any moment of the free days; the seller sees it on the next working day
        back = 0.4 + (gap - 0.8) * w.uniform("weekend/at")
        moment = (date.astype("datetime64[us]").astype(np.int64) + _DAY * 0.3) - _DAY * back
        wall = np.floor(moment / 1e6).astype(np.int64) * 1_000_000
        w.a["created"] = np.where(mine, day + 0.02 * (created - day), created)
        w.a["created_at"] = np.where(mine, wall, -1)
        w.plant(self.label, mine)

    def stage(self, w: World, k: int) -> None:
        """Reach people by how soon they are answered."""
        if self.twin or k > 0:
            return
        mine = self.here(w) & w.since(self.start(w))
        slow = w.clock.micro(w.a["response"]) - w.clock.micro(w.a["created"]) > _DAY
        w.plant(self.label, mine & slow)
        rate = np.where(slow, shifted(w, k, self.slow), shifted(w, k, self.fast))
        w.p = np.where(mine, rate, w.p)
