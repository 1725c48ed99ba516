"""Sandbagging: one seller's deals appear only when they are as good as won."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from funnelkit.measures.signatures.base import Signature, values_of, versus
from funnelkit.measures.signatures.facts import Facts


@dataclass(frozen=True)
class Sandbagging(Signature):
    """Won deals created days before the close, with hardly a stage on record.

    Renewals truly need no stages and are left out. With fewer than ``least`` such deals in the
    whole team there is one row for all, which keeps the family small.
    """

    min_n: int = 4
    created_within_days: int = 7
    least: int = 3
    stages_seen: int = 2

    id: ClassVar[str] = "sandbagging"
    needs: ClassVar[tuple[str, ...]] = (
        "owner", "created_at", "closed_at", "outcome", "stage_history",
    )  # fmt: skip

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row a seller: the share of won deals that appeared just before the close."""
        stages = range(len(f.p.process.open_ids))
        seen = np.sum([~np.isnat(f.time(f"at_{k}")) for k in stages], axis=0)
        owner = f.text("owner")
        counted = f.won & (owner != None) & ~np.isnat(f.closed)  # noqa: E711
        if "type" in f.frame:
            counted &= f.text("type") != "renewal"
        quick = (np.floor(f.days(f.created, f.closed)) <= self.created_within_days) & (
            seen <= self.stages_seen
        )
        n, k = int(counted.sum()), int((counted & quick).sum())
        if k < self.least:  # the rows could not say anything: one tells that
            return [self.row(k, n, k / n if n else np.nan, 1.0)]
        out = []
        for name in values_of(owner, counted):
            own = counted & (owner == name)
            v = versus(quick, own, counted & ~own, "greater")
            worth = float(f.amount[own & quick].sum())
            out.append(
                self.row(v.k, v.n, v.expected, v.p_value, column="owner", group=name, stake=worth)
            )
        return out
