"""Base, plan and stretch: target levels with the chance of reaching each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from funnelkit.errors import FunnelkitError
from funnelkit.measures.columns import MONEY, ends
from funnelkit.measures.scope import Scope
from funnelkit.planning.targets.basis import ASSUMED, FloatArray, Plan
from funnelkit.process import Process, load_process
from funnelkit.show.column import Chance
from funnelkit.stats import Total, quantile_of_counts, wilson
from funnelkit.words import money, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

LEVELS = ("base", "plan", "stretch")


@dataclass(frozen=True, eq=False, repr=False)
class TargetLevels(Plan):
    """Amounts that are reached with stated chances."""

    name: ClassVar[str] = "levels"
    units: ClassVar = ends(MONEY)

    def amount(self, level: str) -> float:
        """Return the amount of a level."""
        found = dict(zip(self.table["level"], self.table["amount"], strict=True))
        if level not in found:
            raise FunnelkitError(
                "targets.unknown_part", name="level", found=level, allowed=list(found)
            )
        return float(found[level])

    def summary(self) -> str:
        """Name each level with its chance, and the chance of a given target."""
        parts = [
            say(
                "targets.level_summary",
                level=self.name_value("level", r["level"]), amount=r["amount"],
                chance=r["chance_rate"],
            )
            for r in self.table.to_dict("records")
        ]  # fmt: skip
        said = dict(self.options)
        if said["target"] is not None:
            parts.append(
                say(
                    "targets.level_target",
                    target=said["target"],
                    chance=chance_text(said["chance"]),
                )
            )
        return sentences(parts)

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the chance of reaching each amount, and the levels on it."""
        from funnelkit.charts.bars import bars

        given = dict(self.options)
        names = {"amount": "n", "chance_rate": "share"}
        frame = (
            self.table[list(names)]
            .rename(columns=names)
            .assign(
                label=[self.name_value("level", level) for level in self.table["level"]], mark=False
            )
        )
        if given["target"] is not None:
            asked = {"label": say("targets.asked"), "n": given["target"], "share": given["chance"]}
            frame = pd.concat([frame, pd.DataFrame([asked | {"mark": False}])], ignore_index=True)
            frame = frame.sort_values("share", ascending=False, ignore_index=True)
        headings = [say("targets.column_amount"), say("targets.column_chance_rate")]
        return bars(frame, headings=headings, write=money, **self._around(ax, drawn=["amount"]))


def target_levels(
    distribution: Any,
    probabilities: Sequence[float] = (0.8, 0.5, 0.2),
    *,
    names: Sequence[str] = LEVELS,
    target: float | None = None,
    process: Process | str | None = None,
    scope: Scope | None = None,
    synthetic: bool = False,
) -> TargetLevels:
    """Set base, plan and stretch where the forecast reaches them with stated chances.

    Parameters
    ----------
    distribution : array, Total or object with ``draws``
        Draws of the period's total, such as a forecast's, or an exact distribution.
    probabilities : sequence
        Chance of reaching each level, falling.
    target : float, optional
        A figure asked from above: its chance is told too.

    Returns
    -------
    TargetLevels
        ``table``: ``level, chance_rate, amount, low, high``: the largest amount that is
        reached with at least that chance. ``low`` and ``high`` are the 95% interval that
        the number of draws leaves (order statistics); an exact distribution has none.

    Notes
    -----
    Not the plan plus and minus ten per cent: what ten per cent more costs in chance depends
    on how wide the forecast is.

    Examples
    --------
    >>> levels = target_levels(range(1, 101))
    >>> levels.table["amount"].tolist()
    [21.0, 51.0, 81.0]
    """
    values, weights = _distribution(distribution)
    chances = [float(c) for c in probabilities]
    if len(names) != len(chances) or not chances:
        raise FunnelkitError("targets.level_names", found=len(chances), allowed=len(names))
    if any(not 0 < c < 1 for c in chances) or sorted(chances, reverse=True) != chances:
        raise FunnelkitError("targets.chances", found=[f"{c:g}" for c in chances])
    # chance of reaching each value or more
    reach = np.cumsum(weights[::-1])[::-1] / weights.sum()
    drawn = weights.sum() > 1.5
    rows = []
    for name, chance in zip(names, chances, strict=True):
        place = int(np.flatnonzero(reach >= chance - 1e-12)[-1])
        low = high = np.nan
        if drawn:
            _, low, high = quantile_of_counts(values, weights, 1 - chance)
        rows.append((name, chance, float(values[place]), low, high))
    table = pd.DataFrame(rows, columns=["level", "chance_rate", "amount", "low", "high"])
    asked: float | None = None
    if target is not None:
        asked = float(weights[values >= target - 1e-9 * max(abs(target), 1)].sum() / weights.sum())
    options = (
        ("target", target), ("chance", asked), ("drawn", int(weights.sum()) if drawn else 0),
        ("curve", (values, reach)),
    )  # fmt: skip
    own = scope or getattr(distribution, "scope", None) or ASSUMED
    sheet = getattr(distribution, "process", None) or load_process(process)
    made_up = synthetic or bool(getattr(distribution, "synthetic", False))
    return TargetLevels(table, own, sheet, (), options, made_up)


def chance_of(distribution: Any, target: float) -> tuple[float, float, float]:
    """Return the chance of reaching a target with the interval the draws leave (Wilson).

    Examples
    --------
    >>> chance_of(range(1, 101), 51)[0]
    0.5
    """
    values, weights = _distribution(distribution)
    hits = float(weights[values >= target - 1e-9 * max(abs(target), 1)].sum())
    if weights.sum() <= 1.5:
        return hits, hits, hits
    low, high = wilson(hits, float(weights.sum()))
    return hits / float(weights.sum()), float(low), float(high)


def chance_text(chance: float) -> str:
    """Write a chance; what was not seen in the draws is not impossible.

    Examples
    --------
    >>> chance_text(0.37), chance_text(0.0)
    ('37%', 'under 1%')
    """
    return Chance().write(chance)


def _distribution(given: Any) -> tuple[FloatArray, FloatArray]:
    """Return values in order, and their weights: numbers of draws, or probabilities."""
    if isinstance(given, Total):
        return given.values, given.weights
    draws = np.asarray(list(given) if isinstance(given, range) else getattr(given, "draws", given))
    draws = draws.astype(float).ravel()
    if draws.size == 0 or not np.isfinite(draws).all():
        raise FunnelkitError("targets.no_draws", found=draws.size)
    values, times = np.unique(draws, return_counts=True)
    return values, times.astype(float)


__all__ = ["LEVELS", "TargetLevels", "chance_of", "chance_text", "target_levels"]
