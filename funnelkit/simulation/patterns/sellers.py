"""Patterns of one seller or one team: what he believes, what he hides, what he inherits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from funnelkit.process.flaws import Flaw
from funnelkit.simulation.patterns.base import Pattern, shifted
from funnelkit.simulation.world import WON, World


@dataclass(frozen=True)
class HappyEars(Pattern):
    """One seller moves deals on without the buyer, and loses them at the end.

    The twin is a seller with hard accounts: few wins, but moves and evidence as usual.
    """

    key: ClassVar[str] = "happy_ears"
    place: ClassVar[str] = "owner"

    win: float = 0.25
    upstream: float = 0.82
    evidence: float = 0.35
    returns: float = 0.25
    optimism: float = 1.45

    def behave(self, w: World) -> None:
        """Keep less evidence, go back more often, promise more."""
        mine = self.here(w)
        if self.twin:
            return
        mine &= w.clock.month(w.a["created"]) >= self.start(w)
        w.a["evidence"] = np.where(mine, self.evidence, w.a["evidence"])
        w.a["back_rate"] = np.where(mine, self.returns, w.a["back_rate"])
        for seller in self.segment(w).get("owner", []):
            w.seller_bias[seller] *= self.optimism

    def stage(self, w: World, k: int) -> None:
        """Move on early, fail late."""
        mine = self.here(w) & w.since(self.start(w))
        if k == w.last:
            w.plant(self.label, mine)
            w.p = np.where(mine, shifted(w, k, self.win), w.p)
        elif k >= w.qualify and not self.twin:
            w.p = np.where(mine, shifted(w, k, self.upstream), w.p)


@dataclass(frozen=True)
class Sandbagging(Pattern):
    """One seller keeps deals to himself until they are nearly signed.

    The twin are repeat orders that need no stages: the same short way, of type renewal.
    """

    key: ClassVar[str] = "sandbagging"
    place: ClassVar[str] = "owner"

    share: float = 0.7
    forecast: float = 0.70

    def behave(self, w: World) -> None:
        """Promise little, and keep it."""
        if self.twin:
            return
        for seller in self.segment(w).get("owner", []):
            w.seller_bias[seller] *= self.forecast
            w.seller_easy[seller] = True

    def ends(self, w: World) -> None:
        """Enter won deals only a few days before they are closed."""
        first = w.clock.month_start(self.start(w))
        hides = self.here(w) & (w.outcome == WON) & (w.end >= first)
        hides &= w.uniform(f"hide/{self.label}") < self.share
        who = np.flatnonzero(hides)
        late = w.end[who] - (1 + 3.4 * w.uniform("hide/days")[who])
        created = np.maximum(late, w.a["created"][who])
        w.a["created"][who] = created
        w.enter[:-1, who] = created
        w.leave[:-1, who] = created
        w.skipped[:, who] = True
        w.skipped[w.contact, who] = False
        w.back[:, who] = w.again[:, who] = np.nan
        w.a["response"][who] = np.maximum(w.a["response"][who], created + 0.005)
        w.a["pushes"][who] = 0.0
        if self.twin:
            w.a["renewal"][who] = True
        w.plant(self.label, hides)


@dataclass(frozen=True)
class Reshuffle(Pattern):
    """A territory is cut anew: customers get a new owner, and everything slows for two quarters.

    It is cut everywhere if no region is told. The twin is a new hire who has to learn, in one
    region; no customer changes hands.
    """

    key: ClassVar[str] = "reshuffle"
    month: ClassVar[int] = 13

    accounts: float = 0.30
    slower: float = 1.40
    points: float = 0.10
    lasts: float = 6.0

    def segment(self, w: World) -> dict[str, list[int]]:
        """Return the regions it is told; the new hire of the twin needs one."""
        place = "region" if self.twin else None
        found: dict[str, list[int]] = w.segment(self.label, place, self.where)
        return found

    def _span(self, w: World) -> tuple[float, float]:
        first = self.start(w)
        return float(w.clock.month_start(first)), float(
            w.clock.month_start(first + round(self.lasts))
        )

    def assign(self, w: World) -> None:
        """Hand customers over, or let a seller begin."""
        begin, end = self._span(w)
        regions = self.segment(w).get("region", range(len(w.regions)))
        alone = [r for r in regions if (w.seller_region == r).sum() < 2]
        if alone and (self.where or len(alone) == len(regions)):
            raise Flaw(("patterns", self.key), "team_too_small", found=w.regions[alone[0]])
        here = self.here(w)
        owner, created = w.a["owner"], w.a["created"]
        if self.twin:
            for region in self.segment(w).get("region", []):
                team = np.flatnonzero(w.seller_region == region)
                if len(team) < 2:
                    continue
                new, others = team[-1], team[:-1]
                w.seller_start[new] = begin
                early = (owner == new) & (created < begin)
                pick = (w.uniform("cover") * len(others)).astype(np.int64)
                owner = np.where(early, others[pick], owner)
                w.plant(self.label, (owner == new) & (created < end))
            w.a["owner"] = owner
            return
        n = len(w.a["account_number"])
        # a territory is a list of customers: each has one owner, that of the first deal
        account = w.a["account"]
        order = np.argsort(created, kind="stable")[::-1]
        first, keeper = np.full(n, np.inf), np.zeros(n, owner.dtype)
        first[account[order]], keeper[account[order]] = created[order], owner[order]
        owner = w.a["owner"] = np.where(here, keeper[account], owner)
        # nobody hands over a customer he does not know yet
        moved = (w.draws.uniform("reshuffle/accounts", n) < self.accounts) & (first < begin)
        mask = here & moved[account]
        team_of = [np.flatnonzero(w.seller_region == g) for g in range(len(w.regions))]
        drawn = w.draws.uniform("reshuffle/owner", n)[w.a["account"]]
        heir = owner.copy()
        for region, team in enumerate(team_of):
            mine = mask & (w.a["region"] == region)
            if len(team) < 2:
                mask &= ~mine
                continue
            place = np.searchsorted(team, owner[mine])
            step = 1 + (drawn[mine] * (len(team) - 1)).astype(np.int64)
            heir[mine] = team[(place + step) % len(team)]
        w.a["owner"] = np.where(mask & (created >= begin), heir, owner)
        before = mask & (created < begin)
        w.a["moves_at"] = np.where(before, begin + 3 * w.uniform("reshuffle/day"), np.nan)
        w.a["moves_to"] = heir
        w.a["reshuffled"] = mask

    def stage(self, w: World, k: int) -> None:
        """Lose pace and deals while the new owners settle in."""
        if self.twin:
            return
        begin, end = self._span(w)
        mine = w.a["reshuffled"] & (w.moment >= begin) & (w.moment < end)
        w.plant(self.label, mine)
        w.p = np.where(mine, np.maximum(w.p - self.points, 0.02), w.p)
        w.pace = np.where(mine, w.pace * self.slower, w.pace)


@dataclass(frozen=True)
class SingleContact(Pattern):
    """Deals that hang on one person are lost more often.

    In the twin small customers have one contact and win less; within a size there is nothing.
    """

    key: ClassVar[str] = "single_contact"

    single: float = 0.35
    several: float = 0.68

    def behave(self, w: World) -> None:
        """In the twin, let the number of contacts go with the customer's size."""
        mine = self.here(w)
        if not self.twin:
            return
        sizes = len(w.values("size"))
        share = np.resize([0.85, 0.08, 0.08], sizes)[w.a["size"]]
        alone = w.uniform("contacts") < share
        more = np.maximum(w.a["contacts"], 2)
        w.a["contacts"] = np.where(mine, np.where(alone, 1, more), w.a["contacts"])

    def stage(self, w: World, k: int) -> None:
        """Win by the number of contacts, in the twin by size."""
        if k != w.last:
            return
        mine = self.here(w) & w.since(self.start(w))
        weak = (w.a["size"] == 0) if self.twin else (w.a["contacts"] == 1)
        w.plant(self.label, mine & weak)
        rate = np.where(weak, shifted(w, k, self.single), shifted(w, k, self.several))
        w.p = np.where(mine, rate, w.p)
