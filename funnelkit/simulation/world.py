"""The state of a simulated business while it is being drawn: one array entry a deal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from funnelkit.process import Process
from funnelkit.process.flaws import Flaw
from funnelkit.simulation.business import Business
from funnelkit.simulation.clock import Clock
from funnelkit.simulation.draws import Draws, Floats, Ints

Mask = npt.NDArray[np.bool_]

WON, LOST, NO_DECISION = 0, 1, 2
#: A deal never ends: nobody closes it.
NEVER = 1e9
SHORTEST = 0.01  # working days: about five minutes


@dataclass
class Extra:
    """Deals that come on top of the plan: how many, when, and what is fixed about them."""

    n: int
    first: float
    until: float
    tag: str
    forced: dict[str, int] = field(default_factory=dict)
    first_stage: int = 0


@dataclass
class World:
    """All arrays of a run; the engine fills them, patterns change them on the way."""

    plan: Business
    process: Process
    clock: Clock
    draws: Draws
    seed: int

    regions: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    sellers: list[str] = field(default_factory=list)
    seller_region: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    seller_start: Floats = field(default_factory=lambda: np.zeros(0))
    seller_lift: Floats = field(default_factory=lambda: np.zeros(0))
    #: a seller's own forecasts against what the deals are worth; patterns move it
    seller_bias: Floats = field(default_factory=lambda: np.ones(0))
    #: quarters in which a seller's target follows from what he sold
    seller_easy: Mask = field(default_factory=lambda: np.zeros(0, bool))
    approvers: list[str] = field(default_factory=list)
    presales: list[str] = field(default_factory=list)

    extras: list[Extra] = field(default_factory=list)
    #: per deal, by name: created, region, source, owner, account, size, ...
    a: dict[str, Any] = field(default_factory=dict)
    #: what patterns set for deals: codes into lists, or figures
    planted: dict[str, Mask] = field(default_factory=dict)
    where: dict[str, dict[str, Any]] = field(default_factory=dict)

    # working arrays of the stage being drawn
    p: Floats = field(default_factory=lambda: np.zeros(0))
    pace: Floats = field(default_factory=lambda: np.zeros(0))
    moment: Floats = field(default_factory=lambda: np.zeros(0))
    went: Mask = field(default_factory=lambda: np.zeros(0, bool))

    # the way of each deal, by stage
    enter: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    leave: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    chance: Floats = field(default_factory=lambda: np.zeros((0, 0)), repr=False)
    plain: Floats = field(default_factory=lambda: np.zeros((0, 0)), repr=False)
    skipped: Mask = field(default_factory=lambda: np.zeros((0, 0), bool))
    back: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    again: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    reached: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    outcome: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    end: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def n(self) -> int:
        """Number of deals."""
        return len(self.a["created"])

    @property
    def k(self) -> int:
        """Number of stages a deal can sit in."""
        return len(self.process.open_ids)

    # Stages by their part in a sale, for processes of any length.
    @property
    def last(self) -> int:
        """Where the terms are settled."""
        return self.k - 1

    @property
    def offer(self) -> int:
        """Where the buyer holds the offer."""
        return self._part("tender" if self.process.deals_from else None, 2)

    @property
    def qualify(self) -> int:
        """Where the need is made clear; deals begin there where the sheet parts them from leads."""
        return self._part(self.process.deals_from, 3)

    def _part(self, stage: str | None, from_end: int) -> int:
        ids = self.process.open_ids
        return ids.index(stage) if stage in ids else max(self.k - from_end, 0)

    @property
    def contact(self) -> int:
        """Where the talk has begun."""
        return min(1, self.k - 1)

    def uniform(self, purpose: str) -> Floats:
        """Return one uniform number a deal."""
        return self.draws.uniform(purpose, self.n)

    def values(self, what: str) -> list[str]:
        """Return the names a dimension can have."""
        if what in ("region", "source"):
            return self.regions if what == "region" else self.sources
        if what == "owner":
            return self.sellers
        if what == "discount_approved_by":
            return self.approvers
        plural = {"industry": "industries", "size": "sizes", "tier": "tiers",
                  "product": "products", "competitor": "competitors"}  # fmt: skip
        if what not in plural:
            allowed = ["owner", "region", "source", "discount_approved_by", *plural]
            raise Flaw(
                ("patterns", "where"), "unknown_name", item="where", found=what, allowed=allowed
            )
        return [i.name for i in self.plan.items(plural[what])]

    def code(self, what: str, name: Any) -> int:
        """Return the place of a name in its dimension."""
        known = self.values(what)
        if str(name) not in known:
            raise Flaw(
                ("patterns", "where"), "unknown_name", item=what, found=str(name), allowed=known
            )
        return known.index(str(name))

    def segment(
        self, key: str, place: str | tuple[str, ...] | None, told: Any
    ) -> dict[str, list[int]]:
        """Return a pattern's segment as codes; what is not told but due is drawn."""
        where = dict(told)
        for what in (place,) if isinstance(place, str) else place or ():
            if what not in where:
                allowed = self.values(what)
                drawn = float(self.draws.uniform(f"where/{key}/{what}", 1)[0])
                where[what] = allowed[int(drawn * len(allowed))]
        found: dict[str, list[int]] = {}
        for what, names in where.items():
            chosen = names if isinstance(names, list | tuple) else [names]
            found[what] = [self.code(what, name) for name in chosen]
        self.where[key] = {k: [self.values(k)[c] for c in v] for k, v in found.items()}
        return found

    def inside(self, segment: dict[str, list[int]]) -> Mask:
        """Say which deals lie in a segment."""
        found: Mask = np.ones(self.n, bool)
        for what, codes in segment.items():
            found &= np.isin(self.a[what], codes)
        return found

    def since(self, month: int) -> Mask:
        """Say which deals are, in the stage being drawn, in or after a month."""
        found: Mask = self.moment >= self.clock.month_start(month)
        return found

    def plant(self, key: str, mask: Mask) -> None:
        """Remember which deals a pattern acts on: of those that really come so far."""
        mask = mask & self.went if len(self.went) else mask
        self.planted[key] = self.planted.get(key, np.zeros(self.n, bool)) | mask

    def end_at(self, who: Floats | Ints, moment: Floats) -> None:
        """Let deals end at another moment, never before they came to their last stage."""
        index = np.asarray(who, np.int64)
        stage = self.reached[index]
        began = self.enter[stage, index]
        again = self.again[stage, index]
        began = np.where(np.isnan(again), began, again)
        self.end[index] = np.maximum(moment, began + SHORTEST)
        self.leave[stage, index] = self.end[index]

    def never(self, who: Ints) -> None:
        """Let deals stay open for good."""
        self.end[who] = NEVER
        self.leave[self.reached[who], who] = NEVER
