"""Stuffed pipeline: many new deals just before the review, gone soon after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import stats

from funnelkit.measures.signatures.base import Signature, stake, values_of, versus
from funnelkit.measures.signatures.exact import above_p, together
from funnelkit.measures.signatures.facts import DAY, Facts


@dataclass(frozen=True)
class StuffedPipeline(Signature):
    """More deals than the calendar explains start in a month's last days and are soon lost.

    A fair in that week brings the deals without the early losses. ``window_days`` and
    ``lost_within_days`` follow curriculum section 7, pattern 2. Where activities are
    recorded, deals with at most ``few_acts`` have to be more frequent too.
    """

    window_days: int = 5
    lost_within_days: int = 45
    few_acts: int = 1

    id: ClassVar[str] = "stuffed_pipeline"
    needs: ClassVar[tuple[str, ...]] = ("created_at", "closed_at", "outcome")

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row for all months' ends, one for the busiest of them, one a seller."""
        month = f.created.astype("datetime64[M]")
        until_end = ((month + 1).astype("datetime64[us]") - f.created) / DAY
        window = until_end <= self.window_days
        ripe = ~np.isnat(f.created) & (f.created <= f.now - self.lost_within_days * DAY)
        early = f.over & ~f.won & (f.days(f.created, f.closed) <= self.lost_within_days)
        first = np.argmin(
            np.column_stack(
                [np.nan_to_num(f.days(f.created, f.entered(k)), nan=1e9)
                 for k in range(len(f.p.process.open_ids))]
            ).round(6),
            axis=1,
        )  # fmt: skip
        out = [self._tested(f, ripe, window, early, first, None)]
        worst = self._worst(f, ripe, window, early, first, month)
        out += [worst] if worst else []
        if f.p.has("owner"):
            owner = f.text("owner")
            for name in values_of(owner, ripe & window):
                own = ripe & (owner == name)
                out.append(self._tested(f, own, window, early, first, name, ripe))
        return out

    def _tested(
        self, f: Facts, own: np.ndarray, window: np.ndarray, early: np.ndarray,
        first: np.ndarray, name: str | None, every: np.ndarray | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        inside, n = own & window, int(own.sum())
        rest = (own if every is None else every) & ~window
        spike = above_p(int(inside.sum()), n, self.window_days / 30.4375)
        gone = versus(early, inside, rest, "greater", first)
        p = together(spike, gone.p_value, level=self.sign_level)
        if "acts" in f.frame:
            few = f.number("acts") <= self.few_acts
            quiet = versus(few, inside, rest, "greater", first).p_value
            p = p if quiet <= self.sign_level else max(p, quiet)
        worth = stake(gone.k / max(gone.n, 1) - gone.expected, gone.n, f.amount[inside])
        return self.row(
            gone.k, gone.n, gone.expected, p,
            column=None if name is None else "owner", group=name, stake=worth,
        )  # fmt: skip

    def _worst(
        self, f: Facts, ripe: np.ndarray, window: np.ndarray, early: np.ndarray,
        first: np.ndarray, month: np.ndarray,
    ) -> dict[str, Any] | None:  # fmt: skip
        months = np.unique(month[ripe])
        sizes = np.array([int((ripe & window & (month == m)).sum()) for m in months])
        rest, found = ripe & ~window, []
        for m, size in zip(months, sizes, strict=True):
            inside = ripe & window & (month == m)
            if size < self.min_n:
                continue
            usual = (sizes.sum() - size) / max(len(months) - 1, 1)
            spike = float(stats.poisson.sf(size - 1, max(usual, 1e-9)))
            gone = versus(early, inside, rest, "greater", first)
            found.append((together(spike, gone.p_value, level=self.sign_level), m, gone, inside))
        if not found:
            return None
        p, m, gone, inside = min(found, key=lambda x: x[0])
        worth = stake(gone.k / gone.n - gone.expected, gone.n, f.amount[inside])
        since = (m + 1).astype("datetime64[us]") - self.window_days * DAY
        return self.row(
            gone.k, gone.n, gone.expected, min(p * len(found), 1.0),
            column="month", group=str(m), since=since, stake=worth,
        )  # fmt: skip
