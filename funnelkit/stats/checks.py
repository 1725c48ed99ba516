"""Checks shared by the functions of this room, and the array types they speak in."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from funnelkit.errors import FunnelkitError, nearest

FloatArray = NDArray[np.float64]


def z_value(level: float) -> float:
    """Return the two-sided normal quantile of a confidence level.

    Examples
    --------
    >>> round(z_value(0.95), 4)
    1.96
    """
    if not 0 < level < 1:
        raise FunnelkitError("stats.level_range", found=level)
    return NormalDist().inv_cdf(0.5 + level / 2)


def floats(values: ArrayLike) -> FloatArray:
    """Return the values as a float array (missing ones as nan)."""
    return np.asarray(values, dtype=np.float64)


def vectors(**named: ArrayLike) -> list[FloatArray]:
    """Return one-dimensional float arrays of equal length, or say which one differs."""
    arrays = [np.atleast_1d(floats(v)) for v in named.values()]
    size = arrays[0].size
    for name, array in zip(named, arrays, strict=True):
        if array.size != size:
            raise FunnelkitError("stats.lengths_differ", name=name, found=array.size, allowed=size)
    if size == 0:
        raise FunnelkitError("stats.empty", name=next(iter(named)))
    return arrays


def probabilities(name: str, values: FloatArray) -> FloatArray:
    """Return the values unchanged if all lie in [0, 1] (nan passes)."""
    wrong = (values < 0) | (values > 1)
    if wrong.any():
        raise FunnelkitError(
            "stats.probability_range", name=name, found=float(np.atleast_1d(values[wrong])[0])
        )
    return values


def counts(k: FloatArray, n: FloatArray) -> None:
    """Raise if some count is negative or above its total."""
    k, n = np.broadcast_arrays(k, n)
    wrong = np.atleast_1d((k < 0) | (k > n) | (n < 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        found, allowed = (float(np.atleast_1d(a)[row]) for a in (k, n))
        raise FunnelkitError(
            "stats.count_above_total", row=row, found=f"{found:g}", allowed=f"{allowed:g}"
        )


def choice(name: str, found: str, allowed: tuple[str, ...]) -> None:
    """Raise unless the option is one of those allowed."""
    if found not in allowed:
        raise FunnelkitError(
            "stats.unknown_option", name=name, found=found, allowed=nearest(found, allowed)
        )


def scalar(array: Any) -> Any:
    """Return a plain number for a zero-dimensional array, any other array unchanged."""
    return array[()] if isinstance(array, np.ndarray) else array
