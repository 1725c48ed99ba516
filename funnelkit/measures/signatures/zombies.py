"""Zombie deals: old, put off again and again, never closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from funnelkit.measures.signatures.base import Signature, values_of, versus
from funnelkit.measures.signatures.exact import above_p
from funnelkit.measures.signatures.facts import DAY, Facts


@dataclass(frozen=True)
class ZombieDeals(Signature):
    """Open deals beyond 1.5 times the usual cycle whose closing date moved three times.

    A deal with a dated step of the buyer after ``quiet_days`` ago is alive, however long it
    runs: public tenders do. ``pushes`` and ``beyond`` follow curriculum 5.8 and section 7;
    up to ``usual_share`` of the open deals is ordinary untidiness.
    """

    pushes: int = 3
    beyond: float = 1.5
    quiet_days: int = 60
    usual_share: float = 0.10

    id: ClassVar[str] = "zombies"
    needs: ClassVar[tuple[str, ...]] = ("created_at", "closed_at", "outcome", "field_history")

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row for all open deals against the usual share, one for the seller who has most."""
        cycle = f.days(f.created, f.closed)[f.won]
        cycle = cycle[~np.isnan(cycle)]
        if not cycle.size:
            return []
        limit = self.beyond * float(np.quantile(cycle, 0.8))
        age = f.days(f.created, np.full(len(f), f.now))
        pushed = f.number("pushes") + f.number("common_pushes")
        dead = ~f.over & (pushed >= self.pushes) & (age > limit) & ~self._alive(f)
        n, k = int((~f.over).sum()), int(dead.sum())
        worth = float(np.nansum(f.amount[dead])) if not np.isnan(f.amount).all() else float("nan")
        out = [self.row(k, n, self.usual_share, above_p(k, n, self.usual_share), stake=worth)]
        if f.p.has("owner") and k:
            out += self._seller(f, dead)
        return out

    def _seller(self, f: Facts, dead: np.ndarray) -> list[dict[str, Any]]:
        owner, found = f.text("owner"), []
        for name in values_of(owner, ~f.over):
            own = owner == name
            v = versus(dead, own & ~f.over, ~own & ~f.over, "greater")
            if v.n >= self.min_n:
                found.append((v.p_value, name, v))
        if not found:
            return []
        p, name, v = min(found, key=lambda t: t[0])
        worth = float(f.amount[dead & (owner == name)].sum())
        return [
            self.row(v.k, v.n, v.expected, min(p * len(found), 1.0), column="owner", group=name,
                     stake=worth)
        ]  # fmt: skip

    def _alive(self, f: Facts) -> np.ndarray:
        alive = np.zeros(len(f), dtype=bool)
        for column in ("last_buyer", "last_proof"):
            if column in f.frame:
                alive |= f.time(column) >= f.now - self.quiet_days * DAY
        return alive
