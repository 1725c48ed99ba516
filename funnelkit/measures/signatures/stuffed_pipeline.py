"""Stuffed pipeline: many new deals just before the review, gone soon after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from funnelkit.measures.signatures.base import Signature, Versus, stake, values_of, versus
from funnelkit.measures.signatures.exact import above_p, exact_p, expected_rate, together
from funnelkit.measures.signatures.facts import DAY, Facts


@dataclass(frozen=True)
class StuffedPipeline(Signature):
    """More deals than those weekdays explain start in a month's last days and are soon lost.

    A fair in that week brings the deals without the early losses. Early losses are counted
    from the start, and compared with other deals' from when they came to the stage the deal
    started in. ``window_days`` and ``lost_within_days`` follow curriculum section 7,
    pattern 2. Where activities are recorded, deals with at most ``few_acts`` have to be more
    frequent too. A busy week is nothing rare, so the losses have to hold at 1% alone.
    """

    sign_level: float = 0.01
    window_days: int = 5
    lost_within_days: int = 45
    few_acts: int = 1

    id: ClassVar[str] = "stuffed_pipeline"
    needs: ClassVar[tuple[str, ...]] = ("created_at", "closed_at", "outcome", "stage_history")

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row for all months' ends, one for the clearest of them, one for a seller."""
        if not len(f):
            return []
        counts = _Starts(f, self)
        out = [self._made(f, self._tested(counts, counts.ripe, counts.ripe))]
        months = [
            (str(m), self._tested(counts, counts.ripe & (counts.month == m), counts.ripe))
            for m in np.unique(counts.month[counts.ripe])
        ]
        out += self._clearest(f, "month", months)
        if f.p.has("owner"):
            owner = f.text("owner")
            sellers = [
                (name, self._tested(counts, counts.ripe & (owner == name), counts.ripe))
                for name in values_of(owner, counts.ripe & counts.window)
            ]
            out += self._clearest(f, "owner", sellers)
        return out

    def _tested(self, c: _Starts, own: np.ndarray, every: np.ndarray) -> _Tested:
        inside = own & c.window
        spike = above_p(int(inside.sum()), int(own.sum()), c.share(own))
        gone = c.early_losses(inside, every & ~c.window)
        p = together(spike, gone.p_value, level=self.sign_level)
        if c.few is not None:
            quiet = versus(c.few, inside, every & ~c.window, "greater").p_value
            p = p if quiet <= SIGN else max(p, quiet)
        return p, gone, inside

    def _clearest(self, f: Facts, column: str, tested: list[tuple[str, _Tested]]) -> list[Any]:
        enough = [(name, t) for name, t in tested if t[1].n >= self.min_n]
        if not enough:
            return []
        name, best = min(enough, key=lambda x: x[1][0])
        return [self._made(f, best, column, name, len(enough))]

    def _made(
        self, f: Facts, tested: _Tested, column: str | None = None, name: str | None = None,
        tried: int = 1,
    ) -> dict[str, Any]:  # fmt: skip
        p, gone, inside = tested
        worth = stake(gone.k / max(gone.n, 1) - gone.expected, gone.n, f.amount[inside])
        since = f.created[inside].min() if column == "month" else None
        return self.row(
            gone.k, gone.n, gone.expected, min(p * tried, 1.0),
            column=column, group=name, since=since, stake=worth,
        )  # fmt: skip


class _Starts:
    """When deals start, and which of them are lost early."""

    def __init__(self, f: Facts, like: StuffedPipeline) -> None:
        self.f, self.limit = f, like.lost_within_days
        self.month = f.created.astype("datetime64[M]")
        day = f.created.astype("datetime64[D]")
        self.window = (self.month + 1).astype("datetime64[D]") - day <= like.window_days
        self.ripe = ~np.isnat(f.created) & (f.created <= f.now - self.limit * DAY)
        self.few = f.number("acts") <= like.few_acts if "acts" in f.frame else None
        moments = [f.days(f.created, f.entered(k)) for k in range(len(f.p.process.open_ids))]
        # the stage a deal starts in; entries of the same moment count as the later stage
        self.first = np.sum([(m <= 0) for m in moments[1:]], axis=0).astype(int)
        known = day[self.ripe]
        days = np.arange(known.min(), known.max() + 1) if known.size else known
        left = (days.astype("datetime64[M]") + 1).astype("datetime64[D]") - days
        self.days, self.day_in = days, left <= like.window_days
        weekday, of = (days.astype(int) + 3) % 7, (day.astype(int) + 3) % 7
        outside = np.bincount(of[self.ripe & ~self.window], minlength=7)
        self.weight = outside / np.maximum(np.bincount(weekday[~self.day_in], minlength=7), 1)
        self.weight = self.weight[weekday]

    def share(self, own: np.ndarray) -> float:
        """Return the share of starts that the weekdays of the windows explain."""
        months = np.unique(self.month[own])
        here = np.isin(self.days.astype("datetime64[M]"), months)
        total = float(self.weight[here].sum())
        return float(self.weight[here & self.day_in].sum()) / total if total else float("nan")

    def early_losses(self, inside: np.ndarray, others: np.ndarray) -> Versus:
        f = self.f
        counts: list[tuple[int, int, int, int]] = []
        for k in np.unique(self.first[inside]):
            start = f.created if k == 0 else f.entered(int(k))
            came = others & (f.far >= k) & (start <= f.now - self.limit * DAY)
            soon = f.over & ~f.won & (np.floor(f.days(start, f.closed)) <= self.limit)
            here = inside & (self.first == k)
            counts.append(
                (int((here & soon).sum()), int(here.sum()), int((came & soon).sum()),
                 int(came.sum()))
            )  # fmt: skip
        if not counts:
            return Versus(0, 0, float("nan"), float("nan"))
        k_in, n_in, k_out, n_out = (np.array(x) for x in zip(*counts, strict=True))
        p = exact_p(k_in, n_in, k_out, n_out, "greater")
        return Versus(int(k_in.sum()), int(n_in.sum()), expected_rate(n_in, k_out, n_out), p)


_Tested = tuple[float, Versus, np.ndarray]
SIGN = 0.05

__all__ = ["StuffedPipeline"]
