"""Patterns of an untidy pipeline: deals that are none, dates that wander, fields left empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from funnelkit.simulation.patterns.base import Mask, Pattern, shifted
from funnelkit.simulation.world import WON, Extra, World


@dataclass(frozen=True)
class StuffedPipeline(Pattern):
    """Before a review deals are entered that are none, and lost soon after.

    The twin is a real fair in the same week: as many deals, but they go their usual way.
    """

    key: ClassVar[str] = "stuffed_pipeline"
    place: ClassVar[str] = "region"
    month: ClassVar[int] = 12

    deals: float = 80
    lost: float = 0.60

    def intake(self, w: World) -> None:
        """Add the deals of the week."""
        review = w.clock.month_start(self.start(w) + 1)
        review = min(review, w.clock.last)
        region = self.segment(w).get("region", [0])[0]
        forced = {"region": region}
        if self.twin:
            forced["source"] = min(2, len(w.sources) - 1)
        extra = Extra(round(self.deals), max(review - 5, 0), review, self.label, forced, w.qualify)
        w.extras.append(extra)

    def _mine(self, w: World) -> Mask:
        tag = next(i + 1 for i, extra in enumerate(w.extras) if extra.tag == self.label)
        found: Mask = w.a["tag"] == tag
        return found

    def behave(self, w: World) -> None:
        """Write round amounts, and do nothing more."""
        mine = self._mine(w)
        w.plant(self.label, mine)
        if self.twin:
            return
        w.a["rough"] = w.a.get("rough", np.zeros(w.n, bool)) | mine
        w.a["activity_most"] = np.where(mine, 1, 1 << 30)

    def stage(self, w: World, k: int) -> None:
        """Lose most of them within six weeks."""
        if self.twin or k < w.qualify:
            return
        mine = self._mine(w)
        if k == w.qualify:
            # some of those that stop take longer than six weeks to be closed
            w.p = np.where(mine, max(1 - self.lost / 0.85, 0.02), w.p)
            w.pace = np.where(mine, w.pace * 0.5, w.pace)
        else:
            w.p = np.where(mine, w.p * 0.4, w.p)


@dataclass(frozen=True)
class Zombies(Pattern):
    """Deals that are lost but never closed: their date just moves on.

    The twin are long public tenders: as old, but dated steps and evidence all along.
    """

    key: ClassVar[str] = "zombies"

    share: float = 0.40

    def _tender(self, w: World) -> Mask:
        industry = len(w.values("industry")) - 1
        where = {"industry": w.values("industry")[industry], **self.where}
        found: Mask = w.inside(w.segment(self.label, None, where))
        return found & (w.uniform("tender") < 0.6)

    def behave(self, w: World) -> None:
        """In the twin, set dates far ahead."""
        if self.twin:
            mine = self._tender(w)
            w.a["date_far"] = np.where(mine, 3.0, w.a.get("date_far", np.ones(w.n)))

    def stage(self, w: World, k: int) -> None:
        """In the twin, take long while the offer is out."""
        if self.twin and k == w.offer:
            mine = self._tender(w)
            w.plant(self.label, mine)
            w.pace = np.where(mine, w.pace * 3.5, w.pace)

    def ends(self, w: World) -> None:
        """Never close a part of the lost deals."""
        if self.twin:
            who = np.flatnonzero(self._tender(w) & (w.reached >= w.offer))
            steps = [(who, w.enter[w.offer][who] + 20.0 * i) for i in range(1, 12)]
            kept = [(x[at < w.leave[w.offer][x]], at[at < w.leave[w.offer][x]]) for x, at in steps]
            w.a["dated_steps"] = tuple(np.concatenate(part) for part in zip(*kept, strict=True))
            return
        dead = self.here(w) & (w.outcome != WON) & (w.reached >= w.qualify)
        dead &= w.end >= w.clock.month_start(self.start(w))
        dead &= w.uniform("zombie") < self.share
        w.plant(self.label, dead)
        w.a["activity"] = np.where(dead, w.a["activity"] * 0.2, w.a["activity"])
        w.never(np.flatnonzero(dead))


@dataclass(frozen=True)
class PushCount(Pattern):
    """Deals whose date moves three times or more are rarely won.

    The twin is one push of everything over a holiday; it says nothing about winning.
    """

    key: ClassVar[str] = "push_count"
    month: ClassVar[int] = 1

    often: float = 0.18
    seldom: float = 0.62
    share: float = 0.35

    def _drifts(self, w: World) -> Mask:
        found: Mask = w.uniform("drift") < self.share
        return found

    def behave(self, w: World) -> None:
        """Let some dates wander."""
        mine = self.here(w)
        if self.twin:
            first = w.clock.month_start(self.since or max(2, round(w.clock.months * 0.7)))
            w.a["one_push"] = (first - 0.5, 14)
            return
        mine &= w.clock.month(w.a["created"]) >= self.start(w)
        drifts = self._drifts(w)
        w.plant(self.label, mine & drifts)
        count = np.floor(w.uniform("push/n") * 3)
        count = np.where(drifts, 3 + count, count)
        w.a["pushes"] = np.where(mine, count, w.a["pushes"])

    def stage(self, w: World, k: int) -> None:
        """Win by how the date behaves."""
        if self.twin or k != w.last:
            return
        mine = self.here(w) & (w.clock.month(w.a["created"]) >= self.start(w))
        rate = np.where(
            self._drifts(w), shifted(w, k, self.often), shifted(w, k, self.seldom)
        )  # fmt: skip
        w.p = np.where(mine, rate, w.p)


@dataclass(frozen=True)
class MissingData(Pattern):
    """Nobody fills in more than the form forces out of him."""

    key: ClassVar[str] = "missing_data"
    has_twin: ClassVar[bool] = False

    other: float = 0.70
    copied: float = 0.50
    month_end: float = 0.80

    def behave(self, w: World) -> None:
        """Write the nearest thing into each field."""
        mine = self.here(w) & (w.clock.month(w.a["created"]) >= self.start(w))
        w.plant(self.label, mine)
        w.a["vague"] = w.uniform("vague") < np.where(mine, self.other, 0.06)
        w.a["copied"] = mine & (w.uniform("copied") < self.copied)
        w.a["month_end"] = mine & (w.uniform("month end") < self.month_end)
