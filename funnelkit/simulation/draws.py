"""Uniform numbers by purpose, and what is made of them by inverse functions.

Every purpose has a stream of its own: planting a pattern leaves all other draws as they were,
and the numbers are the same on every machine.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Draws:
    """Streams of uniform numbers of one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def uniform(self, purpose: str, n: int) -> Floats:
        """Return ``n`` numbers in [0, 1), always the same for a purpose."""
        stream = np.random.SeedSequence([self.seed, zlib.crc32(purpose.encode())])
        return np.random.Generator(np.random.PCG64(stream)).random(n)

    def normal(self, purpose: str, n: int) -> Floats:
        """Return standard normal numbers."""
        # half a step up: the inverse has no value at 0
        found: Floats = ndtri(self.uniform(purpose, n) + 2.0**-54)
        return found

    def choice(self, purpose: str, n: int, weights: Sequence[float]) -> Ints:
        """Return places drawn with these weights."""
        return pick(self.uniform(purpose, n), weights)

    def shuffled(self, purpose: str, n: int) -> Ints:
        """Return the numbers 0 to n - 1 in random order."""
        return np.argsort(self.uniform(purpose, n), kind="stable")


def pick(uniform: Floats, weights: Sequence[float]) -> Ints:
    """Turn uniform numbers into places by cumulated weights."""
    bounds = np.cumsum(weights)[:-1] / np.sum(weights)
    return np.searchsorted(bounds, uniform, side="right").astype(np.int64)
