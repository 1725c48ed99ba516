"""What the two case companies went through: a leak mended in some regions, a slow decline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from funnelkit.simulation.patterns.base import Pattern, shifted
from funnelkit.simulation.world import World


@dataclass(frozen=True)
class MendedLeak(Pattern):
    """A stage leaks everywhere; from a month on it is mended in the regions of a pilot.

    The other regions go on as before: they are the control group.
    """

    key: ClassVar[str] = "mended_leak"
    has_twin: ClassVar[bool] = False
    month: ClassVar[int] = 13

    stage_id: str = "proposal"
    leaking: float = 0.35
    mended: float = 0.60

    def stage(self, w: World, k: int) -> None:
        """Let fewer go on, but for the pilot once it runs."""
        if w.process.open_ids[k] != self.stage_id:
            return
        pilot = self.here(w) & w.since(self.start(w))
        w.plant(self.label, pilot)
        w.p = np.where(pilot, shifted(w, k, self.mended), shifted(w, k, self.leaking))


@dataclass(frozen=True)
class SlowDecline(Pattern):
    """Month by month fewer deals go on from a stage; the wins follow a sales cycle later."""

    key: ClassVar[str] = "slow_decline"
    has_twin: ClassVar[bool] = False
    month: ClassVar[int] = 10

    stage_id: str = "need"
    rate: float = 0.22
    months: float = 8.0

    def stage(self, w: World, k: int) -> None:
        """Lower the chance a little more every month until it stays low."""
        if w.process.open_ids[k] != self.stage_id:
            return
        first, steps = self.start(w), max(1, round(self.months))
        w.plant(self.label, w.since(first))
        planned = w.process.stage(self.stage_id).target.step_rate or 0.5
        usual = w.p
        for step in range(1, steps + 1):
            w.p, now = usual, planned + (self.rate - planned) * step / steps
            lowered = shifted(w, k, now)
            late = w.since(first + step - 1)
            if step == 1:
                found = usual
            found = np.where(late, lowered, found)
        w.p = found
