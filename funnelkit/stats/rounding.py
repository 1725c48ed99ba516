"""Rounding parts so that they add exactly to the whole."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from numpy.typing import ArrayLike

from funnelkit.errors import FunnelkitError
from funnelkit.stats.checks import FloatArray, floats, vectors


def largest_remainder(parts: ArrayLike, total: float, unit: float = 1.0) -> FloatArray:
    """Share a total in proportion to the parts, in whole units that add exactly to it.

    Hamilton's method (Balinski and Young, Fair Representation, 2nd ed., 2001): round down,
    then give the missing units to the largest remainders, the earlier part first where they
    are equal.

    Parameters
    ----------
    parts : array_like
        Weights, 0 or more.
    total : float
        What is shared, a multiple of the unit.
    unit : float
        The smallest step, such as 0.1 or 0.01.

    Examples
    --------
    >>> largest_remainder([1, 1, 1], 100).tolist()
    [34.0, 33.0, 33.0]
    >>> largest_remainder([1, 1, 1], 1, unit=0.01).tolist()
    [0.34, 0.33, 0.33]
    """
    (weights,) = vectors(parts=parts)
    sum_ = float(weights.sum())
    for name, value in (("parts", sum_), ("unit", unit)):
        if not value > 0 or not np.isfinite(value):
            raise FunnelkitError("stats.not_positive", name=name, found=f"{value:g}")
    if (weights < 0).any():
        raise FunnelkitError("stats.not_positive", name="parts", found=f"{np.min(weights):g}")
    step = Decimal(str(unit))
    steps = Decimal(str(total)) / step
    if steps != steps.to_integral_value():
        raise FunnelkitError("stats.not_multiple", found=f"{total:g}", allowed=f"{unit:g}")
    sign, whole = (-1 if steps < 0 else 1), abs(int(steps))
    exact = weights / sum_ * whole
    # A share meant to be whole may come out a hair below.
    down = np.floor(exact + 1e-9)
    order = np.argsort(-np.round(exact - down, 9), kind="stable")
    down[order[: whole - int(down.sum())]] += 1
    return floats([float(sign * int(n) * step) for n in down])
