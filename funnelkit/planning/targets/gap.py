"""The gap to a target, split exactly into volume, rate, value and time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from funnelkit.errors import FunnelkitError
from funnelkit.measures.columns import MONEY, Named, each, ends
from funnelkit.measures.result import choose
from funnelkit.measures.scope import Scope
from funnelkit.planning.targets.basis import (
    ASSUMED,
    Plan,
    draw_steps,
    not_negative,
    positive,
    same_keys,
)
from funnelkit.process import Process, load_process
from funnelkit.show.column import Number, Quantity, Rate
from funnelkit.stats import product_split
from funnelkit.words import percent, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

BRANCHES = ("volume", "rate", "value", "time")
METHODS = ("log", "shapley")
# Every order of the drivers is looked at: 2^n products.
_MOST_DRIVERS = 12


def _figure(_: object, value: float) -> Quantity:
    """Give a driver's figure its decimals: deals, days and shares stand in one column."""
    return Quantity(value, Number(3 if abs(value) < 10 else 0))


@dataclass(frozen=True, eq=False, repr=False)
class GapTree(Plan):
    """What each driver adds to or takes from the target; the parts sum to the gap."""

    name: ClassVar[str] = "gap"
    units: ClassVar = {
        "driver": Named(lambda r, name: r.label(name)),
        **each(Named(_figure), "planned actual"),
        **ends(MONEY),
    }

    @property
    def gap(self) -> float:
        """What is ahead of (or, negative, short of) the target."""
        said = dict(self.options)
        return float(said["actual"]) - float(said["target"])

    @property
    def branches(self) -> dict[str, float]:
        """The gap by branch."""
        found = self.table.groupby("branch", sort=False)["contribution_amount"].sum()
        return {str(k): float(v) for k, v in found.items()}

    @property
    def definition(self) -> str:
        """How the parts are made to sum to the gap, with the source."""
        return (
            say("targets.gap_definition")
            + "\n"
            + say(f"targets.gap_{dict(self.options)['method']}")
        )

    def label(self, driver: str) -> str:
        """Name a driver: a stage by its name, another by its text."""
        if driver in self.process.open_ids:
            return say("targets.driver_step", stage=self.process.label(driver))
        return say(f"targets.driver_{driver}") if driver in _DRIVERS else driver

    def summary(self) -> str:
        """Say how large the gap is and which driver it comes from most."""
        said, table = dict(self.options), self.table
        if abs(self.gap) < 1e-9 * max(1.0, abs(said["target"])):
            return say("targets.gap_none", target=said["target"])
        way = np.sign(self.gap)
        worst = table.iloc[int((way * table["contribution_amount"]).argmax())]
        return say(
            "targets.gap_summary" if self.gap < 0 else "targets.gap_ahead",
            target=said["target"], actual=said["actual"], gap=abs(self.gap),
            driver=self.label(worst["driver"]), part=abs(worst["contribution_amount"]),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the way from the target to what comes, driver by driver."""
        given = dict(self.options)
        rows = self.table.to_dict("records")
        steps = [
            (say("targets.column_target_amount"), given["target"], "total"),
            *((self.label(r["driver"]), r["contribution_amount"], "change") for r in rows),
            (say("targets.comes"), given["actual"], "total"),
        ]
        return draw_steps(self, ax, steps)


_DRIVERS = ("volume", "value", "time", "win_rate", "cycle_days", "inside")


def gap_tree(
    planned: Mapping[str, float],
    actual: Mapping[str, float],
    branches: Mapping[str, str],
    *,
    divides: tuple[str, ...] = (),
    method: str = "log",
    log_errors: Mapping[str, float] | None = None,
    process: Process | str | None = None,
    scope: Scope = ASSUMED,
    synthetic: bool = False,
) -> GapTree:
    """Split the gap between two products of the same drivers.

    Parameters
    ----------
    planned, actual : mapping
        Drivers whose product is the target, and what came of them: deals, one rate a stage,
        mean amount, share that lands in time.
    branches : mapping
        Driver to ``volume``, ``rate``, ``value`` or ``time``.
    divides : tuple
        Drivers that divide, such as days in velocity.
    method : {"log", "shapley"}
        *log*: in proportion to the logarithm of each driver's ratio (LMDI). *shapley*: mean
        effect over every order in which the drivers may change; works where a driver is 0.
    log_errors : mapping, optional
        Standard error of the logarithm of an actual driver; gives ``low`` and ``high``.

    Returns
    -------
    GapTree
        ``table``: ``branch, driver, planned, actual, contribution_amount, share, low, high``.
        The contributions sum to actual less target whatever the order of the drivers.

    Notes
    -----
    LMDI: B. W. Ang (2005), Energy Policy 33, 867-871. Shapley: A. F. Shorrocks (2013), Journal
    of Economic Inequality 11, 99-126.

    Examples
    --------
    >>> tree = gap_tree({"volume": 100, "value": 10}, {"volume": 80, "value": 11},
    ...     {"volume": "volume", "value": "value"})
    >>> round(tree.gap, 6), round(sum(tree.branches.values()), 6)
    (-120.0, -120.0)
    """
    choose(method, METHODS, "method")
    same_keys("actual", actual, planned)
    same_keys("branches", branches, planned)
    for name, branch in branches.items():
        if branch not in BRANCHES:
            raise FunnelkitError(
                "targets.unknown_part", name=f"branches[{name!r}]", found=branch,
                allowed=list(BRANCHES),
            )  # fmt: skip
    before = {k: not_negative(k, v) for k, v in planned.items()}
    after = {k: not_negative(k, actual[k]) for k in planned}
    for name in divides:
        positive(name, before[name])
        positive(name, after[name])
    powers = {k: -1.0 if k in divides else 1.0 for k in before}
    target = _product(before, powers)
    came = _product(after, powers)
    if method == "log":
        zero = [k for side in (before, after) for k, v in side.items() if v == 0]
        if zero:
            raise FunnelkitError("targets.zero_driver", name=zero[0])
        split = product_split(before, after, powers)
        parts = dict(zip(split["driver"], split["contribution"], strict=True))
    else:
        parts = _shapley(before, after, powers)
    gap = came - target
    logs = sum(powers[k] * math.log(after[k] / before[k]) for k in before) if method == "log" else 0
    mean = gap / logs if abs(logs) > 1e-12 else came
    rows = []
    for name in before:
        error = (log_errors or {}).get(name, math.nan) if method == "log" else math.nan
        half = 1.959963984540054 * abs(mean) * error
        part = parts[name]
        rows.append((branches[name], name, before[name], after[name], part, part - half,
                     part + half))  # fmt: skip
    columns = ["branch", "driver", "planned", "actual", "contribution_amount", "low", "high"]
    table = pd.DataFrame(rows, columns=columns)
    table.insert(5, "share", table["contribution_amount"] / gap if gap else np.nan)
    options = (("target", target), ("actual", came), ("method", method))
    return GapTree(table, scope, load_process(process), (), options, synthetic)


def _product(drivers: Mapping[str, float], powers: Mapping[str, float]) -> float:
    return float(math.prod(v ** powers[k] for k, v in drivers.items()))


def _shapley(
    before: Mapping[str, float], after: Mapping[str, float], powers: Mapping[str, float]
) -> dict[str, float]:
    """Return each driver's mean effect over all orders."""
    names = list(before)
    n = len(names)
    if n > _MOST_DRIVERS:
        raise FunnelkitError("targets.too_many_drivers", found=n, allowed=_MOST_DRIVERS)
    parts = dict.fromkeys(names, 0.0)
    for name in names:
        others = [k for k in names if k != name]
        for size in range(n):
            weight = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
            for changed in itertools.combinations(others, size):
                rest = {k: (after if k in changed else before)[k] for k in others}
                step = after[name] ** powers[name] - before[name] ** powers[name]
                parts[name] += weight * _product(rest, powers) * step
    return parts


@dataclass(frozen=True, eq=False, repr=False)
class DriverEffects(Plan):
    """What a change of one driver alone does to a product."""

    name: ClassVar[str] = "drivers"
    units: ClassVar = {
        "effect_rate": Rate(2),
        **each(Named(_figure), "value changed_value product"),
    }

    def summary(self) -> str:
        """Name the driver with the largest effect, and all of them together."""
        alone = self.table.iloc[:-1]
        top = alone.iloc[int(alone["effect_rate"].argmax())]
        return say(
            "targets.drivers_summary",
            change=self.option("change"),
            driver=self.name_value("driver", top["driver"]),
            effect=percent(top["effect_rate"], 2),
            together=percent(self.table["effect_rate"].iloc[-1], 2),
        )


def driver_effects(
    drivers: Mapping[str, float],
    change: float = 0.1,
    *,
    divides: tuple[str, ...] = ("cycle_days",),
    process: Process | str | None = None,
) -> DriverEffects:
    """Show what each driver does to the product if it alone gets better by ``change``.

    A driver that divides gets smaller by it. The levers are not independent in life: what
    brings in more deals may lower the win rate.

    Returns
    -------
    DriverEffects
        ``table``: ``driver, value, changed_value, product, effect_rate``; the last row is
        all of them together.

    Examples
    --------
    >>> effects = driver_effects({"deals": 120, "win_rate": 0.25, "value": 80_000,
    ...     "cycle_days": 75})
    >>> effects.table["effect_rate"].round(4).tolist()
    [0.1, 0.1, 0.1, 0.1111, 0.4789]
    """
    values = {k: positive(k, v) for k, v in drivers.items()}
    if not 0 < change < 1:
        raise FunnelkitError("targets.weight", found=f"{change:g}")
    powers = {k: -1.0 if k in divides else 1.0 for k in values}
    better = {k: v * (1 + powers[k] * change) for k, v in values.items()}
    base = _product(values, powers)
    rows = []
    for name in values:
        product = _product({**values, name: better[name]}, powers)
        rows.append((name, values[name], better[name], product, product / base - 1))
    product = _product(better, powers)
    rows.append(("all", base, product, product, product / base - 1))
    table = pd.DataFrame(
        rows, columns=["driver", "value", "changed_value", "product", "effect_rate"]
    )
    return DriverEffects(table, ASSUMED, load_process(process), (), (("change", change),))


__all__ = ["BRANCHES", "DriverEffects", "GapTree", "driver_effects", "gap_tree"]
