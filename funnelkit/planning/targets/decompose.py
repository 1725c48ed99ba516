"""A target broken down by region, person, product and month so that every sum is exact."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from scipy import optimize, sparse

from funnelkit.errors import FunnelkitError
from funnelkit.measures.scope import Scope
from funnelkit.planning.targets.basis import (
    ASSUMED,
    TOTAL,
    FloatArray,
    Plan,
    draw_steps,
    not_negative,
    positive,
    same_keys,
    shares,
)
from funnelkit.process import Process, load_process
from funnelkit.stats import largest_remainder
from funnelkit.words import money, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

# More cells than a person would read, and more than the rounding should be asked to hold.
_MOST_CELLS = 200_000

Dimension = str | tuple[str, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Decomposition(Plan):
    """A target by all its dimensions jointly; every sum is exact."""

    name: ClassVar[str] = "decompose"

    @property
    def total(self) -> float:
        """The target."""
        return float(self.option("target"))

    def margin(self, by: str | Sequence[str]) -> pd.DataFrame:
        """Add the target up over all dimensions but ``by``."""
        names = [by] if isinstance(by, str) else list(by)
        same_keys("margin", dict.fromkeys(names), {n: None for n in self.by if n in names})
        summed = self.table.groupby(names, sort=False)[["exact_amount", "amount"]].sum()
        # whole units were given out: what the sum of floats adds behind them is no money
        unit = float(self.option("unit"))
        summed["amount"] = _in_units(np.round(summed["amount"] / unit), unit)
        return summed.reset_index()

    def summary(self) -> str:
        """Name the cells, the largest part of each dimension and that the sums hold."""
        parts = [
            say(
                "targets.decompose_summary",
                target=self.total, n=len(self.table), unit=money(self.option("unit"))
            )
        ]  # fmt: skip
        for name in self.by:
            margin = self.margin(name)
            top = margin.iloc[int(margin["amount"].argmax())]
            parts.append(
                say(
                    "targets.decompose_largest",
                    by=say(f"targets.by_{name}") if name in _NAMED else name,
                    group=str(top[name]), amount=top["amount"],
                    share=top["amount"] / self.total if self.total else 0.0,
                )
            )  # fmt: skip
        return sentences(parts)

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the parts of the first dimension."""
        from funnelkit.charts.bars import bars

        margin = self.margin(self.by[0])
        label = margin[self.by[0]].astype(str)
        share = margin["amount"] / max(self.total, 1e-300)
        headings = [say("targets.column_amount"), say("targets.column_share")]
        around = self._around(ax)
        amounts = [money(v) for v in margin["amount"]]
        around["data"] = pd.DataFrame({self.by[0]: label, headings[0]: amounts})
        frame = pd.DataFrame({"label": label, "n": margin["amount"], "share": share})
        return bars(frame, headings=headings, write=money, **around)


_NAMED = ("region", "owner", "product", "month", "customer")


def decompose(
    target: float,
    by: Mapping[Dimension, Mapping[Any, float]],
    *,
    unit: float = 1.0,
    process: Process | str | None = None,
    scope: Scope = ASSUMED,
    synthetic: bool = False,
) -> Decomposition:
    """Break a target down by several dimensions at once, in whole units that add up.

    Parameters
    ----------
    target : float
        A whole number of units.
    by : mapping of dimension to weights
        ``{"region": {"East": 3, "West": 1}, "month": {...}}``. A dimension that is nested in
        another is given as a pair with its values as pairs:
        ``{("region", "owner"): {("East", "Wang"): 2, ...}}``.
    unit : float
        The smallest step of money, such as 1 or 10,000.

    Returns
    -------
    Decomposition
        ``table``: one row a cell with its dimensions, ``exact_amount`` (target times the
        shares) and ``amount`` (whole units). The sums over any set of dimensions are exact:
        every dimension's own total is the largest-remainder rounding of its exact shares.

    Raises
    ------
    FunnelkitError
        A negative target or weight, weights that sum to 0, a target that is no multiple of
        the unit.

    Notes
    -----
    The dimensions are taken as independent: a region's months run like the target's months.
    Each dimension is rounded by largest remainders (Hamilton), then the table is filled up
    dimension by dimension by controlled rounding (L. H. Cox 1987, JASA 82, 520-524): each cell
    goes up or down to the next unit, the largest remainders up, such that all sums hold.

    Examples
    --------
    >>> plan = decompose(100, {"region": {"East": 1, "West": 1, "South": 1}})
    >>> plan.table["amount"].tolist()
    [34.0, 33.0, 33.0]
    """
    goal, step = not_negative("target", target), positive("unit", unit)
    if not by:
        raise FunnelkitError("targets.no_dimension")
    units = round(goal / step)
    if abs(units * step - goal) > 1e-6 * max(1.0, step):
        raise FunnelkitError("targets.not_in_units", found=f"{goal:,.10g}", unit=f"{step:g}")
    cells: list[tuple[Any, ...]] = [()]
    exact, whole = np.ones(1), np.array([float(units)])
    names: list[str] = []
    for dimension, weights in by.items():
        own = (dimension,) if isinstance(dimension, str) else tuple(dimension)
        part = shares("/".join(own), weights)
        labels = [k if isinstance(k, tuple) else (k,) for k in part]
        if any(len(label) != len(own) for label in labels) or set(own) & set(names):
            raise FunnelkitError("targets.bad_dimension", found="/".join(own))
        if len(cells) * len(labels) > _MOST_CELLS:
            raise FunnelkitError("targets.too_many_cells", n=len(cells) * len(labels))
        share = np.array(list(part.values()))
        margin = largest_remainder(share, units) if units else np.zeros(share.size)
        whole = _fill(whole, margin).ravel()
        exact = np.outer(exact, share).ravel()
        cells = [(*cell, *label) for cell in cells for label in labels]
        names += own
    table = pd.DataFrame(cells, columns=names)
    table["exact_amount"] = exact * goal
    table["amount"] = _in_units(whole, step)
    options = (("target", goal), ("unit", step))
    return Decomposition(table, scope, load_process(process), tuple(names), options, synthetic)


def _in_units(whole: Any, step: float) -> FloatArray:
    """Return whole units as money without the tail a product of floats may have."""
    digits = max(0, -math.floor(math.log10(step))) + 2 if step < 1 else 2
    money_: FloatArray = np.round(np.asarray(whole, dtype=float) * step, digits)
    return money_


def _fill(rows: FloatArray, columns: FloatArray) -> FloatArray:
    """Return whole numbers with these row and column sums, each within 1 of r c / total."""
    total = rows.sum()
    if rows.size == 1 or total == 0:
        alone: FloatArray = np.outer(rows, columns) / (total or 1.0)
        return alone
    exact = np.outer(rows, columns) / total
    down: FloatArray = np.floor(exact + 1e-9)
    rest = np.where(exact - down < 1e-9, 0.0, exact - down)
    short_rows, short_columns = rows - down.sum(axis=1), columns - down.sum(axis=0)
    if not short_rows.any():
        return down
    # Which cells go up: a transport problem, whose corners are whole numbers.
    i, j = np.nonzero(rest)
    cells = np.arange(i.size)
    ones = np.ones(i.size)
    held = sparse.vstack(
        [
            sparse.csr_matrix((ones, (i, cells)), shape=(rows.size, i.size)),
            sparse.csr_matrix((ones, (j, cells)), shape=(columns.size, i.size)),
        ]
    )
    # Equal remainders: the earlier cell first.
    cost = -rest[i, j] + 1e-7 * cells / cells.size
    found = optimize.linprog(
        cost, A_eq=held, b_eq=np.concatenate([short_rows, short_columns]), bounds=(0, 1),
        method="highs-ds",
    )  # fmt: skip
    down[i, j] += np.round(found.x)
    return down


def blend(
    history: Mapping[Any, float], potential: Mapping[Any, float], weight: float = 0.5
) -> dict[Any, float]:
    """Mix the share of the past with the share of the potential.

    Parameters
    ----------
    weight : float
        Of the history; 1 - weight of the potential.

    Examples
    --------
    >>> blend({"East": 3, "West": 1}, {"East": 1, "West": 1})
    {'East': 0.625, 'West': 0.375}
    """
    if not 0 <= weight <= 1:
        raise FunnelkitError("targets.weight", found=f"{weight:g}")
    same_keys("potential", potential, history)
    past, ahead = shares("history", history), shares("potential", potential)
    return {k: weight * past[k] + (1 - weight) * ahead[k] for k in past}


@dataclass(frozen=True, eq=False, repr=False)
class Reconciliation(Plan):
    """Top-down beside bottom-up."""

    name: ClassVar[str] = "reconcile"

    def summary(self) -> str:
        """Say how far the two lie apart in all, and where most."""
        total = self.table.iloc[-1]
        parts = self.table.iloc[:-1]
        most = parts.iloc[int(parts["difference_amount"].abs().argmax())]
        return say(
            "targets.reconcile_summary" if total["difference_amount"] <= 0
            else "targets.reconcile_over",
            top=total["top_down_amount"], bottom=total["bottom_up_amount"],
            gap=abs(total["difference_amount"]), group=str(most[self.by[0]]),
            most=abs(most["difference_amount"]),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw from the sum of the promises to the target, group by group."""
        *parts, total = self.table.to_dict("records")
        start, end = "top_down_amount", "bottom_up_amount"
        steps = [
            (say(f"targets.column_{start}"), total[start], "total"),
            *((str(r[self.by[0]]), r["difference_amount"], "change") for r in parts),
            (say(f"targets.column_{end}"), total[end], "total"),
        ]
        return draw_steps(self, ax, steps)


def reconcile(
    top_down: Mapping[Any, float],
    bottom_up: Mapping[Any, float],
    *,
    by: str = "region",
    process: Process | str | None = None,
) -> Reconciliation:
    """Set what is asked from above beside what is promised from below.

    Returns
    -------
    Reconciliation
        ``table``: the group, ``top_down_amount, bottom_up_amount, difference_amount, ratio``
        (bottom-up less, and divided by, top-down) with the total (``total``) as last row.

    Examples
    --------
    >>> reconcile({"East": 6, "West": 4}, {"East": 5, "West": 4.5}).table["ratio"].tolist()[-1]
    0.95
    """
    same_keys("bottom_up", bottom_up, top_down)
    rows = [
        (
            k,
            not_negative(f"top_down {k}", top_down[k]),
            not_negative(f"bottom_up {k}", bottom_up[k]),
        )
        for k in top_down
    ]
    above, below = math.fsum(r[1] for r in rows), math.fsum(r[2] for r in rows)
    table = pd.DataFrame(
        [*rows, (TOTAL, above, below)],
        columns=[by, "top_down_amount", "bottom_up_amount"],
    )
    table["difference_amount"] = table["bottom_up_amount"] - table["top_down_amount"]
    top = table["top_down_amount"]
    table["ratio"] = table["bottom_up_amount"] / top.where(top > 0)
    return Reconciliation(table, ASSUMED, load_process(process), (by,))


__all__ = [
    "Decomposition", "Reconciliation", "blend", "decompose", "reconcile",
]  # fmt: skip
