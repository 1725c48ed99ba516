"""One question asked again and again: what a running score costs over all its looks."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import ArrayLike

from funnelkit.stats.checks import FloatArray, floats


def over_looks(score: ArrayLike, looks: int, renewal: ArrayLike) -> FloatArray:
    """Return the chance that a normal score reaches a bar at any of so many looks.

    The budget is spent evenly over the calendar (K. K. G. Lan and D. L. DeMets 1983, Biometrika
    70, 659-663, with the same bar at every look, as S. J. Pocock's): a sales year has no last
    look to save up for. Looks that share most of their deals count for little more than one:
    between two looks the score keeps the share ``1 - renewal``, and the chance that it reaches
    the bar at a later look for the first time is that of D. Siegmund (1985), Sequential
    Analysis, chapter IV; never more than every look by itself.

    Examples
    --------
    >>> over_looks(3.0, 1, 0.1).round(5).tolist(), over_looks(3.0, 52, 1.0).round(4).tolist()
    (0.00135, 0.0702)
    >>> over_looks(3.0, 52, 0.02).round(4).tolist()
    0.0108
    """
    z, new = np.broadcast_arrays(floats(score), floats(renewal))
    tail = scipy.special.ndtr(-z)
    if looks <= 1:
        return floats(tail)
    up = np.maximum(z, 0.0)
    density = np.exp(-(up**2) / 2) / np.sqrt(2 * np.pi)
    later = (looks - 1) * new * up * density * _overshoot(up * np.sqrt(2 * new))
    return floats(np.minimum(np.minimum(tail + later, looks * tail), 1.0))


def _overshoot(x: FloatArray) -> FloatArray:
    """Return Siegmund's correction for looks that are apart (his approximation of nu)."""
    half = np.maximum(x, 1e-6) / 2
    density = np.exp(-(half**2) / 2) / np.sqrt(2 * np.pi)
    below = scipy.special.ndtr(half)
    return floats((below - 0.5) / half / (half * below + density))


__all__ = ["over_looks"]
