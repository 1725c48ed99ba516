"""Mix shift: the total moves because the channels' weights do (Simpson)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import scipy

from funnelkit.measures.signatures.base import Signature, stake
from funnelkit.measures.signatures.facts import Facts
from funnelkit.stats.decomposition import kitagawa


@dataclass(frozen=True)
class MixShift(Signature):
    """A year's change of the second step's rate is one of mix; the channels' own did not go along.

    Kitagawa's split. The mix effect has to be the larger part and at least ``smallest``, and
    the rate effect must not go the total's way at 5% (in Simpson's reversal it goes the other
    way). A true improvement with a stable mix has no mix effect.
    """

    min_n: int = 30
    months: int = 12
    smallest: float = 0.02

    id: ClassVar[str] = "mix_shift"
    needs: ClassVar[tuple[str, ...]] = ("source", "created_at", "outcome", "stage_history")

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row: the step rate of the last year's deals against those of the year before."""
        source = f.text("source")
        k = min(1, len(f.p.process.open_ids) - 1)
        passed = f.far > k
        counted = f.settled(k) & (source != None) & ~np.isnat(f.created)  # noqa: E711
        month = (f.now.astype("datetime64[M]") + 1) - f.created.astype("datetime64[M]")
        back = (month.astype(float) - 1) // self.months
        sides = [counted & (back == 1), counted & (back == 0)]
        names, place = np.unique(source[counted].astype(str), return_inverse=True)
        where = np.zeros(len(f), dtype=int)
        where[counted] = place
        n0, n1 = (np.bincount(where[s], minlength=names.size) for s in sides)
        k0, k1 = (np.bincount(where[s & passed], minlength=names.size) for s in sides)
        n = int(n1.sum())
        if min(n0.sum(), n1.sum()) < self.min_n or names.size < 2:
            return [self.row(int(k1.sum()), 0, np.nan, np.nan, column="source")]
        split = kitagawa(n0, k0, n1, k1, list(names))
        p = mix_p(n0, k0, n1, k1)
        way = float(np.sign(split.change))
        # the chance that rates which stood still look at least this much like the total's change
        rates = float(scipy.stats.norm.sf(way * split.rate_effect / _rate_error(n0, k0, n1, k1)))
        by_mix = split.mix_effect * way >= max(self.smallest, abs(split.rate_effect))
        if not by_mix or rates <= self.sign_level:
            p = 1.0
        came = sides[1] & passed & f.over
        won = float(f.won[came].mean()) if came.any() else float("nan")
        worth = stake(abs(split.mix_effect) * won, n, f.amount[sides[1]])
        first = (f.now.astype("datetime64[M]") + 1 - self.months).astype("datetime64[us]")
        return [
            self.row(
                int(k1.sum()), n, split.before + split.rate_effect, p, column="source",
                stage=f.p.process.open_ids[k],
                since=first, stake=worth,
            )
        ]  # fmt: skip


def mix_p(n0: np.ndarray, k0: np.ndarray, n1: np.ndarray, k1: np.ndarray) -> float:
    """Return the p-value of the mix effect: that the weights moved and that the rates differ.

    Both have to be so: the larger one of two chi-squared tests (independence of weights and
    period; of success and group, within periods pooled).
    """
    used = (n0 + n1) > 0
    weights = scipy.stats.chi2_contingency(np.vstack([n0, n1])[:, used]).pvalue
    k, n = (k0 + k1)[used], (n0 + n1)[used]
    if k.sum() in (0, n.sum()):
        return 1.0
    return float(max(weights, scipy.stats.chi2_contingency(np.vstack([k, n - k])).pvalue))


def _rate_error(n0: np.ndarray, k0: np.ndarray, n1: np.ndarray, k1: np.ndarray) -> float:
    weight = (n0 / n0.sum() + n1 / n1.sum()) / 2
    both = (n0 > 0) & (n1 > 0)
    r0, r1 = k0[both] / n0[both], k1[both] / n1[both]
    variance = r0 * (1 - r0) / n0[both] + r1 * (1 - r1) / n1[both]
    return float(np.sqrt(max((weight[both] ** 2 * variance).sum(), 1e-12)))
