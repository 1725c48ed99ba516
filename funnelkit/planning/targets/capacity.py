"""Capacity: what the sellers there are, and those still learning, can carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
import scipy

from funnelkit.errors import FunnelkitError
from funnelkit.measures.columns import MONEY, ends
from funnelkit.measures.scope import Scope
from funnelkit.planning.targets.basis import ASSUMED, FloatArray, Plan, not_negative, positive
from funnelkit.process import Process, load_process
from funnelkit.stats import wilson
from funnelkit.stats.checks import floats
from funnelkit.words import money, number, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

RAMP = (0.0, 0.25, 0.5, 0.75, 1.0)
#: Past months below which nothing is said of how much months differ.
_FEWEST_MONTHS = 3


@dataclass(frozen=True, eq=False, repr=False)
class Capacity(Plan):
    """Ramped seller-months and what they bring, month by month."""

    name: ClassVar[str] = "capacity"
    units: ClassVar = ends(MONEY, "cumulated_amount")

    @property
    def ramped_months(self) -> float:
        """Seller-months, a learner's month counted at its share."""
        return float(self.table["ramped_months"].sum())

    @property
    def assigned(self) -> float:
        """Capacity if everybody brought the full monthly amount."""
        return float(self.table["full_amount"].sum())

    @property
    def expected(self) -> float:
        """Capacity at the usual attainment."""
        return float(self.table["expected_amount"].sum())

    @property
    def over_assignment(self) -> float:
        """How much more than the target has to be assigned, 1 / attainment."""
        return 1 / float(self.option("attainment"))

    @property
    def closes(self) -> bool | None:
        """Whether the expected capacity reaches the target; None without one."""
        target = self.option("target")
        return None if target is None else self.expected >= target - 1e-9 * abs(target)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% interval of what the period will bring, nan without past months."""
        return float(self.table["low"].iloc[-1]), float(self.table["high"].iloc[-1])

    def summary(self) -> str:
        """Say what the sellers can carry and whether the plan closes."""
        said = dict(self.options)
        parts = [
            say(
                "targets.capacity_summary",
                months=number(self.ramped_months, 1), full=self.assigned,
                attainment=said["attainment"], expected=self.expected,
            )
        ]  # fmt: skip
        low, high = self.interval
        if not np.isnan(low):
            parts.append(say("targets.capacity_range", low=low, high=high))
        if said["target"] is not None:
            gap = said["target"] - self.expected
            key = "closes" if self.closes else "short"
            parts.append(say(f"targets.capacity_{key}", target=said["target"], gap=abs(gap)))
            if said["attainment"] < 1:
                parts.append(say("targets.capacity_over", factor=number(self.over_assignment, 2)))
        return sentences(parts)

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the capacity as it adds up over the months, against the target."""
        from funnelkit.charts.trend import trend

        frame = self.table[["low", "high"]].assign(
            period=self.table["month"].astype(str),
            value=self.table["cumulated_amount"],
            n=self.table["sellers"],
            mature=True,
        )
        return trend(
            frame,
            axis_label=say("targets.cumulated"),
            number_label=say("targets.column_sellers"),
            write=money,
            target=self.option("target"),
            target_label=say("targets.column_target_amount"),
            **self._around(ax),
        )


def ramped(start: int, months: int, ramp: Sequence[float] = RAMP) -> FloatArray:
    """Return a new seller's share of a full one in each month; full after the ramp.

    Examples
    --------
    >>> float(ramped(3, 12).sum())
    7.5
    """
    steps = np.array([not_negative(f"ramp {k + 1}", r) for k, r in enumerate(ramp)])
    if steps.size == 0 or (steps > 1).any() or (np.diff(steps) < 0).any():
        raise FunnelkitError("targets.ramp", found=[f"{s:g}" for s in steps])
    if not 1 <= start <= months:
        raise FunnelkitError("targets.hire_month", found=start, allowed=months)
    own = np.ones(months)
    own[: start - 1] = 0.0
    part = steps[: months - start + 1]
    own[start - 1 : start - 1 + part.size] = part
    return own


def capacity(
    sellers: float,
    per_month: float,
    *,
    hires: Sequence[int] | Mapping[int, int] = (),
    ramp: Sequence[float] = RAMP,
    attainment: float = 1.0,
    target: float | None = None,
    months: int = 12,
    past_months: Sequence[float] | None = None,
    labels: Sequence[str] | None = None,
    parts: Sequence[float] | None = None,
    process: Process | str | None = None,
    scope: Scope = ASSUMED,
    synthetic: bool = False,
) -> Capacity:
    """Add up what full and ramping sellers bring, and compare it with the target.

    Parameters
    ----------
    sellers : float
        Fully ramped from the first month on.
    per_month : float
        Amount that a full seller is to bring in a month.
    hires : sequence or mapping
        Month of each hire, counted from 1, or hires by month.
    ramp : sequence
        Share of a full seller in the first, second ... month.
    attainment : float
        Share of what is assigned that is usually brought.
    past_months : sequence, optional
        What a full seller of this team brought in each of three past months or more.
    labels, parts : sequence, optional
        Names of the months, and the part of each that still lies ahead.

    Returns
    -------
    Capacity
        ``table``: ``month, sellers, ramped_months, full_amount, expected_amount,
        cumulated_amount, low, high``; the last three are of all months up to this one.

    Notes
    -----
    The interval is of a result to come, not of the sellers' mean: as the past months differed,
    so will those ahead, and their mean is known from so many months only (the prediction
    interval of a sum of new observations, Student's t; G. J. Hahn 1970, Technometrics 12,
    667-676). With loads L it is t s sqrt(sum L² + (sum L)² / n).

    Examples
    --------
    >>> plan = capacity(6, 0.85, hires=(3, 6), attainment=0.8, target=60)
    >>> plan.ramped_months, round(plan.assigned, 1), round(plan.expected, 1), plan.closes
    (84.0, 71.4, 57.1, False)
    """
    full, each = not_negative("sellers", sellers), positive("per_month", per_month)
    share = positive("attainment", attainment)
    if months < 1:
        raise FunnelkitError("targets.not_positive", name="months", found=str(months))
    starts: list[int] = []
    for month, n in hires.items() if isinstance(hires, Mapping) else ((m, 1) for m in hires):
        starts += [int(month)] * int(n)
    heads = np.full(months, full)
    load = np.full(months, full)
    for start in starts:
        load += ramped(start, months, ramp)
        heads[start - 1 :] += 1
    if parts is not None:
        load = load * np.array([not_negative("parts", x) for x in parts])
    far = share * _spread_of(past_months, load)
    so_far = np.cumsum(load * each * share)
    table = pd.DataFrame(
        {
            "month": list(labels) if labels is not None else range(1, months + 1),
            "sellers": heads,
            "ramped_months": load,
            "full_amount": load * each,
            "expected_amount": load * each * share,
            "cumulated_amount": so_far,
            "low": np.maximum(so_far - far, 0.0),
            "high": so_far + far,
        }
    )
    if target is not None:
        not_negative("target", target)
    options = (("target", target), ("attainment", share), ("per_month", each))
    return Capacity(table, scope, load_process(process), (), options, synthetic)


def _spread_of(past: Sequence[float] | None, load: FloatArray) -> FloatArray:
    """Return half the width of the interval up to each month; nan where nothing is known."""
    known = floats([] if past is None else past)
    n = known.size
    if n < _FEWEST_MONTHS:
        return np.full(load.size, np.nan)
    new = np.cumsum(load**2) + np.cumsum(load) ** 2 / n
    half: FloatArray = scipy.special.stdtrit(n - 1, 0.975) * known.std(ddof=1) * np.sqrt(new)
    return half


def quota_fit(attainments: Sequence[float]) -> tuple[str, float, float, float]:
    """Judge a set of quotas by the share of sellers who reach them.

    Returns
    -------
    verdict, share, low, high
        ``"too_high"`` if fewer than 40% reached theirs, ``"too_low"`` if more than 80% did,
        ``"fits"`` between; ``"unclear"`` if the 95% Wilson interval leaves the verdict open.
        The two limits are a rule of practice, not a law.

    Examples
    --------
    >>> quota_fit([1.1, 0.7, 0.6, 0.5, 0.9, 0.8, 0.7, 0.4, 0.6, 0.5, 0.7, 0.8])[0]
    'too_high'
    """
    values = np.array([not_negative("attainment", a) for a in attainments])
    if values.size == 0:
        raise FunnelkitError("targets.no_weight", name="attainments")
    k, n = float((values >= 1).sum()), float(values.size)
    low, high = (float(x) for x in wilson(k, n))
    verdict = "unclear"
    if high < 0.4:
        verdict = "too_high"
    elif low > 0.8:
        verdict = "too_low"
    elif low >= 0.4 and high <= 0.8:
        verdict = "fits"
    return verdict, k / n, low, high


__all__ = ["RAMP", "Capacity", "capacity", "quota_fit", "ramped"]
