"""What every signature shares: its rows, its words, what it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.signatures.exact import exact_p, expected_rate
from funnelkit.measures.signatures.facts import Facts, facts
from funnelkit.stats.intervals import wilson
from funnelkit.words import say

COLUMNS = (
    "signature", "column", "group", "stage", "since", "observed", "expected", "n", "low", "high",
    "p_value", "amount_at_stake",
)  # fmt: skip
Test = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class Signature:
    """One failure pattern as a test on the history.

    Attributes
    ----------
    min_n : int
        Below this many deals nothing is said; cells under 8 are greyed in the kit.
    sign_level : float
        Each sign of a pattern that has several must hold at this level alone.
    """

    min_n: int = 8
    sign_level: float = 0.05

    id: ClassVar[str] = ""
    #: Columns and tables the pattern cannot be seen without.
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def name(self) -> str:
        """What the pattern is called, in the current language."""
        return say(f"signatures.signature_{self.id}")

    @property
    def looks(self) -> str:
        """What it looks like in the history."""
        return say(f"signatures.{self.id}_looks", **self._said())

    @property
    def innocent(self) -> str:
        """The innocent explanation to rule out first."""
        return say(f"signatures.{self.id}_innocent", **self._said())

    @property
    def ask(self) -> str:
        """What to ask next."""
        return say(f"signatures.{self.id}_ask", **self._said())

    def _said(self) -> dict[str, Any]:
        return {k: v for k, v in vars(self).items() if not k.startswith("_")}

    def __call__(self, p: Pipeline) -> pd.DataFrame:
        """Return the rows of the pattern.

        Raises
        ------
        FunnelkitError
            The source lacks what the pattern is seen by.
        """
        p.need(*self.needs, what=f"signatures(only={self.id!r})")
        return frame_of(self.rows(facts(p)))

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """Count and test."""
        raise NotImplementedError

    def row(
        self,
        k: int,
        n: int,
        expected: float,
        p_value: float,
        *,
        column: str | None = None,
        group: Any = None,
        stage: str | None = None,
        since: Any = None,
        stake: float = float("nan"),
    ) -> dict[str, Any]:
        """Make a row of a share k of n; too few deals give no p-value."""
        low, high = wilson(k, n)
        enough = n >= self.min_n
        return {
            "signature": self.id, "column": column, "group": None if group is None else str(group),
            "stage": stage, "since": since, "observed": k / n if n else np.nan,
            "expected": expected, "n": n, "low": float(low), "high": float(high),
            "p_value": p_value if enough else np.nan, "amount_at_stake": stake,
        }  # fmt: skip


def frame_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a frame of fixed columns and types."""
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    for column in ("signature", "column", "group", "stage"):
        table[column] = table[column].astype("object").where(table[column].notna(), None)
    table["since"] = pd.to_datetime(table["since"]).astype("datetime64[us]")
    table["n"] = table["n"].astype("int64")
    numbers = ["observed", "expected", "low", "high", "p_value", "amount_at_stake"]
    table[numbers] = table[numbers].astype("float64")
    return table


@dataclass(frozen=True)
class Versus:
    """A group's share against the others', stratum by stratum."""

    k: int
    n: int
    expected: float
    p_value: float


def versus(
    success: np.ndarray,
    group: np.ndarray,
    others: np.ndarray,
    side: str,
    strata: np.ndarray | None = None,
) -> Versus:
    """Count ``success`` in ``group`` and in ``others`` and test the difference exactly."""
    place = np.zeros(success.size, dtype=int)
    if strata is not None:
        _, place = np.unique(strata, return_inverse=True)
    size = int(place.max()) + 1 if place.size else 1

    def count(which: np.ndarray) -> np.ndarray:
        return np.bincount(place[which], minlength=size)

    n, n_other = count(group), count(others)
    k, k_other = count(group & success), count(others & success)
    p = exact_p(k, n, k_other, n_other, side)
    return Versus(int(k.sum()), int(n.sum()), expected_rate(n, k_other, n_other), p)


def stake(share: float, n: int, amounts: np.ndarray) -> float:
    """Return what a missing share of n deals is worth at their mean amount; never below 0."""
    known = amounts[~np.isnan(amounts)]
    if not known.size or np.isnan(share):
        return float("nan")
    return float(max(share, 0.0) * n * known.mean())


def values_of(column: np.ndarray, of: np.ndarray) -> list[Any]:
    """Return the known values of a column among some deals, sorted."""
    return sorted({v for v in column[of] if v is not None}, key=str)


__all__ = ["COLUMNS", "Signature", "Versus", "frame_of", "stake", "values_of", "versus"]
