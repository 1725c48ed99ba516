"""Groups against the rest of a team whose sellers differ: what an ordinary one would show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from funnelkit.measures.diagnosis.cells import ON, OPEN
from funnelkit.stats.checks import FloatArray, floats
from funnelkit.stats.ordinary import BOUNDLESS, MIDDLE, NODES, chance_below, spread_between

#: Up to so many sellers a group's own sellers are left out of what is ordinary.
_EACH_LEFT_OUT = 25
#: Months of a block in which a seller's swings beyond chance are looked for.
_BLOCK = 3
#: Below this variance of its score a cell says nothing.
LEAST = 0.5
#: A seller belongs to the group that has more than this share of the seller's deals.
_MOSTLY = 0.5


@dataclass(frozen=True)
class Answers:
    """One stage of one kind: group x stretch, the longest stretch first."""

    n: FloatArray
    observed: FloatArray
    expected: FloatArray
    p: FloatArray
    #: Chance alone, as if all sellers were alike.
    alone: FloatArray
    #: Information: the variance of the score, and the share of it that is chance within.
    information: FloatArray
    within: FloatArray
    #: Correlation with the next longer stretch.
    overlap: FloatArray


@dataclass(frozen=True, eq=False)
class Team:
    """Scores by group, seller, stage and stratum (deals that began together), of one kind.

    A deal's score is whether it went on (rate) or how early it left (time). Within a stratum
    the sum of a group's scores, less its share of the whole, is U, with the hypergeometric
    variance V; U / V is the one-step estimate of the log odds ratio (S. Yusuf, R. Peto and
    others 1985, Progress in Cardiovascular Diseases 27, 335-371), and U adds up over strata
    and sellers. With u the sellers' own log odds, E[U] = C u.
    """

    begin: list[int]
    months: int
    #: One entry a cell of group, seller, stage and stratum.
    group: np.ndarray
    seller: np.ndarray
    stage: np.ndarray
    stratum: np.ndarray
    n: FloatArray
    total: FloatArray
    mean: FloatArray
    spread: FloatArray
    third: FloatArray
    #: Centred sums: group x stage x stratum, and seller x stage x stratum.
    size: FloatArray
    score: FloatArray
    seller_size: FloatArray
    seller_score: FloatArray

    @cached_property
    def beyond(self) -> float:
        """How much more a seller's quarters swing than chance has it; 1 or above."""
        left = self.total - self.seller_size
        v = self.spread * self.seller_size * left / np.maximum(self.total, 1)
        blocks = np.arange(0, self.months, _BLOCK)
        u, v = (np.add.reduceat(self._by_month(x), blocks, axis=-1) for x in (self.seller_score, v))
        told = v > LEAST
        u, v = np.where(told, u, 0.0), np.where(told, v, 0.0)
        each = np.divide(u**2, v, out=np.zeros_like(v), where=told).sum(axis=-1)
        own = u.sum(axis=-1) ** 2 / np.maximum(v.sum(axis=-1), 1e-9)
        free = np.maximum(told.sum(axis=-1) - 1, 0).sum()
        return float(max(1.0, (each - own).sum() / free)) if free else 1.0

    def _by_month(self, values: FloatArray) -> FloatArray:
        if values.shape[-1] == self.months:
            return values
        summed: FloatArray = values.reshape(*values.shape[:-1], -1, self.months).sum(axis=-2)
        return summed

    def answers(self, k: int) -> Answers:
        """Judge every group at one stage over all stretches."""
        begin = self.begin
        n, total = self.size[:, k], self.total[k]
        rest = total - n
        share = np.where(total > 0, n * rest / np.maximum(total, 1), 0.0)
        others = np.where(rest > 0, n, 0.0)
        usual = np.divide(
            total * self.mean[k] - n * self.mean[k] - self.score[:, k], rest,
            out=np.zeros_like(n), where=rest > 0,
        )  # fmt: skip
        own, seen, weight, wanted, u, v, third = (
            self._onward(x)
            for x in (
                n, n * self.mean[k] + self.score[:, k], others, others * usual, self.score[:, k],
                self.spread[k] * share, _third(n, total, self.third[k]),
            )
        )  # fmt: skip
        c = self._loads(k)
        size = self._by_month(self.spread[k] * self.seller_size[:, k])
        moved = self._by_month(self.seller_score[:, k])
        after = self._onward(size), self._onward(moved)
        all_size, all_moved = size.sum(axis=-1), moved.sum(axis=-1)
        before_size = all_size[:, None] - after[0]
        before_moved = all_moved[:, None] - after[1]
        beyond = self.beyond
        tau2 = self._spread(all_size, all_moved, before_size, before_moved)
        shape = (*u.shape, NODES.size)
        shifted, extra = np.zeros(shape), np.zeros(shape)
        for i in range(len(begin)):
            # what a seller's own past says of the seller, drawn towards the team
            belief = 1 / (before_size[:, i, None, None] / beyond + 1 / np.maximum(tau2[i], 1e-9))
            if belief.shape[1] == 1:  # one spread for all groups: seller x node
                p = belief[:, 0]
                shifted[:, i] = c[i] @ (p * before_moved[:, i, None] / beyond)
                extra[:, i] = c[i] ** 2 @ p
            else:
                shifted[:, i] = np.einsum(
                    "gs,sgj->gj", c[i], belief * before_moved[:, i, None, None] / beyond
                )
                extra[:, i] = np.einsum("gs,sgj->gj", c[i] ** 2, belief)
        variance = beyond * v[..., None] + extra
        p = chance_below(u[..., None] - shifted, variance, third[..., None])
        none = np.zeros(NODES.size)
        alone = chance_below(u[..., None] + none, v[..., None] + none, third[..., None])
        within = v / np.maximum(variance[..., MIDDLE], 1e-12)
        told = v > LEAST
        with np.errstate(invalid="ignore", divide="ignore"):
            observed = np.where(own > 0, seen / own, np.nan)
            expected = np.where(weight > 0, wanted / weight, np.nan)
        return Answers(
            own, observed, expected, np.where(told, p, 1.0), np.where(told, alone, 1.0),
            np.where(told, v, 0.0), within, self._overlap(v, c, tau2[..., MIDDLE]),
        )  # fmt: skip

    def _spread(
        self, size: FloatArray, moved: FloatArray, before_size: FloatArray, before_moved: FloatArray
    ) -> FloatArray:
        """Return the variance between sellers: stretch x group (or 1) x node.

        Sellers of the group that is asked about count with what came before the stretch only,
        so that what is to be found does not make itself ordinary.
        """
        stretches = before_size.shape[1]
        if self.seller_size.shape[0] > _EACH_LEFT_OUT:
            told = size > LEAST
            effect = np.divide(moved, size, out=np.zeros_like(size), where=told)
            one = spread_between(effect, self.beyond / np.maximum(size, 1e-9), told)
            return np.broadcast_to(one, (stretches, 1, NODES.size))
        inside = self._inside
        sizes = np.where(inside[None], before_size.T[:, None], size)
        moves = np.where(inside[None], before_moved.T[:, None], moved)
        told = sizes > LEAST
        effect = np.divide(moves, sizes, out=np.zeros_like(sizes), where=told)
        return spread_between(effect, self.beyond / np.maximum(sizes, 1e-9), told)

    @cached_property
    def _inside(self) -> np.ndarray:
        return mostly(self.group, self.seller, self.n, self.size.shape[0], len(self.seller_size))

    def _loads(self, k: int) -> FloatArray:
        """Return C: how a group's U moves with each seller's log odds; stretch x group x seller."""
        begin, groups, sellers = self.begin, self.size.shape[0], self.seller_size.shape[0]
        here = self.stage == k
        month = self.stratum[here] % self.months
        block = np.searchsorted(begin, month, side="right") - 1
        weight = self.spread[k, self.stratum[here]] * self.n[here]
        flat = (block * groups + self.group[here]) * sellers + self.seller[here]
        size = len(begin) * groups * sellers
        # of nothing at all bincount makes whole numbers
        loads = floats(np.bincount(flat, weight, size)).reshape(len(begin), groups, sellers)
        joint = self.spread[k] / np.maximum(self.total[k], 1)
        of_stratum = np.searchsorted(begin, np.arange(joint.size) % self.months, side="right") - 1
        for i in range(len(begin)):
            at = of_stratum == i
            loads[i] -= (self.size[:, k, at] * joint[at]) @ self.seller_size[:, k, at].T
        summed: FloatArray = loads[::-1].cumsum(axis=0)[::-1]
        return summed

    def _onward(self, values: FloatArray) -> FloatArray:
        blocks = np.add.reduceat(self._by_month(values), self.begin, axis=-1)
        summed: FloatArray = blocks[..., ::-1].cumsum(axis=-1)[..., ::-1]
        return summed

    def _overlap(self, v: FloatArray, c: FloatArray, tau2: FloatArray) -> FloatArray:
        """Return each stretch's correlation with the next longer one when nothing is amiss."""
        chance = self.beyond
        own = np.minimum(tau2.T, BOUNDLESS) * (c**2).sum(axis=-1).T / np.maximum(v, 1e-9) ** 2
        whole = v[:, :1]
        before = whole - v
        drawn = own / (own + chance / np.maximum(before, 1e-9))
        b = np.where(before > 1e-9, drawn * v / np.maximum(before, 1e-9), 0.0)
        rest = v - b * before
        variance = chance * (v + b**2 * before) + own * rest**2
        out = np.zeros_like(v)
        for i in range(1, v.shape[1]):
            long, short = v[:, i - 1], v[:, i]
            joint = short - b[:, i] * (long - short) + b[:, i] * b[:, i - 1] * (whole[:, 0] - long)
            shared = (
                chance * joint + np.minimum(own[:, i], own[:, i - 1]) * rest[:, i] * rest[:, i - 1]
            )
            scale = np.sqrt(np.maximum(variance[:, i] * variance[:, i - 1], 1e-12))
            out[:, i] = np.clip(shared / scale, 0.0, 0.999)
        return out


def _third(n: FloatArray, total: FloatArray, lopsided: FloatArray) -> FloatArray:
    """Return the third central moment of a sum drawn from a stratum without putting back."""
    few = np.maximum(total, 1)
    many = total > 2
    part: FloatArray = np.where(
        many, n * (few - n) * (few - 2 * n) / few / np.where(many, (few - 1) * (few - 2), 1), 0.0
    )
    return floats(part * lopsided)


def mostly(
    group: np.ndarray, seller: np.ndarray, n: FloatArray, groups: int = 0, sellers: int = 0
) -> np.ndarray:
    """Say which sellers have most of their deals in which group: group x seller."""
    shape = (
        max(groups, int(group.max(initial=-1)) + 1), max(sellers, int(seller.max(initial=-1)) + 1),
    )  # fmt: skip
    both = np.bincount(group * shape[1] + seller, n, shape[0] * shape[1]).reshape(shape)
    found: np.ndarray = both > _MOSTLY * np.maximum(both.sum(axis=0), 1)
    return found


def team(
    part: pd.DataFrame, group: np.ndarray, groups: int, seller: np.ndarray, sellers: int,
    stages: int, begin: list[int], kind: str, value: FloatArray,
) -> Team:  # fmt: skip
    """Add up one column's cells; ``value`` is the score of each cell's deals.

    A rate counts the deals that came at least a window ago, and, apart from them, those
    younger ones that have been decided: against others that came in the same month.
    """
    exit_, old = part["exit"].to_numpy(int), part["old"].to_numpy(bool)
    month = part["month"].to_numpy(int)
    stratum = month - month.min()
    months = int(stratum.max()) + 1
    strata = months
    if kind == "rate":
        used, score = old | (exit_ != OPEN), (exit_ == ON).astype(float)
        stratum, strata = stratum + months * ~old, 2 * months
    else:
        used, score = part["stayed"].to_numpy(bool), value
    group, seller, stage, stratum, n, score = (
        x[used]
        for x in (group, seller, part["stage"].to_numpy(int), stratum, part["n"].to_numpy(float),
                  score)
    )  # fmt: skip
    place = stage * strata + stratum
    each = stages * strata

    def add(by: np.ndarray | None, size: int, weights: FloatArray) -> FloatArray:
        flat = place if by is None else by * each + place
        return floats(np.bincount(flat, weights, size * each).reshape(size, stages, strata))

    total, sums, squares, cubes = (add(None, 1, n * score**i)[0] for i in range(4))
    mean = sums / np.maximum(total, 1)
    around = np.maximum(squares - total * mean**2, 0.0)
    spread = np.where(total > 1, around / np.maximum(total - 1, 1), 0.0)
    third = cubes - 3 * mean * squares + 3 * mean**2 * sums - total * mean**3
    size, seller_size = add(group, groups, n), add(seller, sellers, n)
    return Team(
        begin, months, group, seller, stage, stratum, n, total, mean, spread, third,
        size, add(group, groups, n * score) - size * mean,
        seller_size, add(seller, sellers, n * score) - seller_size * mean,
    )  # fmt: skip


__all__ = ["LEAST", "Answers", "Team", "mostly", "team"]
