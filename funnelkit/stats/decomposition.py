"""Splitting a change exactly: mix and rate of a share, the drivers of a product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.stats.checks import counts, vectors


@dataclass(frozen=True)
class MixRate:
    """A change of an overall rate, split into its two causes.

    Attributes
    ----------
    before, after : float
        The overall rates.
    rate_effect, mix_effect : float
        They add exactly to ``after - before``.
    parts : DataFrame
        One row a group: ``group``, ``weight_before``, ``weight_after``, ``rate_before``,
        ``rate_after``, ``rate_effect``, ``mix_effect``.
    reversal : bool
        Whether the overall rate moved one way and every group present on both sides the
        other way (E. H. Simpson 1951, JRSS B 13, 238-241).
    """

    before: float
    after: float
    rate_effect: float
    mix_effect: float
    parts: pd.DataFrame
    reversal: bool

    @property
    def change(self) -> float:
        """The change of the overall rate."""
        return self.after - self.before


def kitagawa(
    n_before: ArrayLike,
    k_before: ArrayLike,
    n_after: ArrayLike,
    k_after: ArrayLike,
    groups: Sequence[object] | None = None,
) -> MixRate:
    """Split the change of an overall rate ``sum k / sum n`` into rate and mix.

    E. M. Kitagawa (1955), JASA 50, 1168-1194: rate effect = mean weight x change of rate, mix
    effect = mean rate x change of weight, summed over groups; nothing is left over. A
    group's mix effect is counted from the overall mean rate, which leaves the sum as it is
    and makes a growing group with a low rate a drag. A group absent on one side has no rate
    there: it takes the one of the other side, so that its whole effect is mix.

    Examples
    --------
    The rate rises although it falls in both channels:

    >>> split = kitagawa([150, 350], [60, 42], [350, 150], [126, 15], ["referral", "ads"])
    >>> round(split.before, 3), round(split.after, 3), split.reversal
    (0.204, 0.282, True)
    >>> round(split.rate_effect, 3), round(split.mix_effect, 3)
    (-0.03, 0.108)
    """
    n0, k0, n1, k1 = vectors(n_before=n_before, k_before=k_before, n_after=n_after, k_after=k_after)
    counts(k0, n0)
    counts(k1, n1)
    for name, total in (("n_before", n0.sum()), ("n_after", n1.sum())):
        if not total > 0:
            raise FunnelkitError("stats.not_positive", name=name, found=f"{total:g}")
    names = list(range(n0.size)) if groups is None else list(groups)
    if len(names) != n0.size:
        raise FunnelkitError(
            "stats.lengths_differ", name="groups", found=len(names), allowed=n0.size
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        r0, r1 = k0 / n0, k1 / n1
    both = (n0 > 0) & (n1 > 0)
    used0 = np.where(n0 > 0, r0, np.where(n1 > 0, r1, 0.0))
    used1 = np.where(n1 > 0, r1, np.where(n0 > 0, r0, 0.0))
    w0, w1 = n0 / n0.sum(), n1 / n1.sum()
    before, after = float(k0.sum() / n0.sum()), float(k1.sum() / n1.sum())
    rate = (w0 + w1) / 2 * (used1 - used0)
    mix = ((used0 + used1) / 2 - (before + after) / 2) * (w1 - w0)
    parts = pd.DataFrame(
        {
            "group": names,
            "weight_before": w0,
            "weight_after": w1,
            "rate_before": r0,
            "rate_after": r1,
            "rate_effect": rate,
            "mix_effect": mix,
        }
    )
    way = np.sign(after - before)
    turned = np.sign(np.round(r1 - r0, 12)[both]) == -way
    reversal = bool(way != 0 and both.sum() > 1 and turned.all())
    return MixRate(before, after, float(rate.sum()), float(mix.sum()), parts, reversal)


def product_split(
    before: Mapping[str, float],
    after: Mapping[str, float],
    powers: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Split the change of a product into its drivers, exactly and whatever their order.

    The logarithmic mean Divisia index (B. W. Ang 2005, Energy Policy 33, 867-871): a driver's
    part of the change is ``L(after, before) * power * log(ratio)`` with the logarithmic mean
    ``L(a, b) = (a - b) / (log a - log b)``; the parts add to the change.

    Parameters
    ----------
    before, after : mapping
        Drivers, all above 0.
    powers : mapping, optional
        -1 for a driver that divides, 1 if not given.

    Returns
    -------
    DataFrame
        ``driver``, ``before``, ``after``, ``power``, ``log_change``, ``share`` (of the log
        change, nan if the product did not change), ``contribution``.

    Examples
    --------
    >>> parts = product_split({"n": 100, "days": 50}, {"n": 110, "days": 40}, {"days": -1})
    >>> round(float(parts["contribution"].sum()), 9)
    0.75
    """
    if set(before) != set(after):
        raise FunnelkitError(
            "stats.different_names", found=list(before), allowed=[str(a) for a in after]
        )
    given = powers or {}
    for name in given:
        if name not in before:
            raise FunnelkitError(
                "stats.unknown_option", name="powers", found=name, allowed=nearest(name, before)
            )
    for side in (before, after):
        for name, value in side.items():
            if not value > 0:
                raise FunnelkitError("stats.not_positive", name=name, found=f"{value:g}")
    drivers = list(before)
    power = np.array([float(given.get(d, 1.0)) for d in drivers])
    first, last = (np.array([float(side[d]) for d in drivers]) for side in (before, after))
    logs = power * np.log(last / first)
    start, end = float(np.prod(first**power)), float(np.prod(last**power))
    total = float(logs.sum())
    # The logarithmic mean tends to the value itself where both sides are equal.
    mean = (end - start) / total if abs(total) > 1e-12 else start
    return pd.DataFrame(
        {
            "driver": drivers,
            "before": first,
            "after": last,
            "power": power,
            "log_change": logs,
            "share": logs / total if abs(total) > 1e-12 else np.nan,
            "contribution": mean * logs,
        }
    )
