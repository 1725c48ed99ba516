"""Grids of four cells: territories by growth and share, customers by potential and share."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.columns import RATIO, Named
from funnelkit.planning.market.plain import (
    PlainResult,
    columns,
    fraction,
    numbers,
    process_of,
    scope_of,
    won_by,
)
from funnelkit.words import money, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

CELLS = ("defend", "grow", "selective", "low_touch")
_COLUMN = "customer"


def _relative(_: object, value: float) -> Any:
    return say("territory.no_rival") if value == math.inf else value


@dataclass(frozen=True, eq=False, repr=False)
class GrowthShare(PlainResult):
    """The growth-share grid: market growth by share relative to the largest rival."""

    name: ClassVar[str] = "growth_share"
    units: ClassVar = {"relative": Named(_relative, RATIO)}

    def summary(self) -> str:
        """Name the territories of each cell."""
        parts = []
        for cell in ("star", "question", "cash", "weak"):
            names = self.table.loc[self.table["cell"] == cell, self.by[0]]
            if len(names):
                parts.append(
                    say("territory.cell_names", cell=say(f"territory.cell_{cell}"), names=names)
                )
        return sentences(parts) or say("territory.nothing")

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the four cells with their territories."""
        texts = {
            str(cell): (len(part), _first_names(part[self.by[0]].astype("str")))
            for cell, part in self.table.groupby("cell")
        }
        return _draw_cells(self, ax, ("question", "star", "weak", "cash"), "growth", texts)


def growth_share(
    frame: pd.DataFrame,
    *,
    by: str = "region",
    growth_cut: float | None = None,
    share_cut: float = 1.0,
) -> GrowthShare:
    """Place territories by market growth and relative share.

    Parameters
    ----------
    frame : DataFrame
        ``by, market_before, market_after, own, rival``: size of the market in two years, own
        sales and those of the largest rival in the second.
    growth_cut : float, optional
        High growth from here on; by default the growth of all markets together.
    share_cut : float
        High share from here on, as a multiple of the largest rival.

    Returns
    -------
    GrowthShare
        ``table``: by, ``growth_rate, relative, cell``. *star*: both high; *question*: growth
        alone; *cash*: share alone; *weak*: neither.
    """
    names = ("market_before", "market_after", "own", "rival")
    base = numbers(frame, *names, what="growth_share")
    columns(base, by, what="growth_share")
    before, after = base["market_before"], base["market_after"]
    if growth_cut is None:
        growth_cut = float(after.sum() / before.sum() - 1) if before.sum() else 0.0
    growth = after / before.where(before > 0) - 1
    # no rival at all is the highest share there can be
    relative = (base["own"] / base["rival"].where(base["rival"] > 0)).fillna(math.inf)
    fast, strong = growth >= growth_cut, relative >= share_cut
    cell = pd.Series("weak", index=base.index)
    cell = cell.mask(strong, "cash").mask(fast, "question").mask(fast & strong, "star")
    table = pd.DataFrame({by: base[by], "growth_rate": growth, "relative": relative, "cell": cell})
    options = (("growth_cut", growth_cut), ("share_cut", share_cut))
    return GrowthShare(table, scope_of(len(table)), process_of(None), (by,), options)


@dataclass(frozen=True, eq=False, repr=False)
class WalletGrid(PlainResult):
    """Customers by potential and share of wallet."""

    name: ClassVar[str] = "wallet"

    def summary(self) -> str:
        """Give the number of customers and the open potential of each cell."""
        if self.table.empty:
            return say("territory.nothing")
        parts = []
        for cell in CELLS:
            part = self.table[self.table["cell"] == cell]
            if len(part):
                parts.append(
                    say(
                        "territory.wallet_part", cell=say(f"territory.cell_{cell}"), n=len(part),
                        amount=money(part["open_amount"].sum()),
                    )
                )  # fmt: skip
        return say("territory.wallet_summary", parts=parts)

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the four cells with their customers."""
        open_ = say("territory.column_open_amount")
        texts = {
            str(cell): (len(part), f"{open_} {money(part['open_amount'].sum())}")
            for cell, part in self.table.groupby("cell")
        }
        cells = ("grow", "defend", "low_touch", "selective")
        return _draw_cells(self, ax, cells, "potential", texts)


def wallet_grid(
    source: Pipeline | pd.DataFrame,
    *,
    potential_cut: float | None = None,
    share_cut: float = 0.5,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> WalletGrid:
    """Place customers by what they could spend and the part of it they spend with us.

    Parameters
    ----------
    source : Pipeline or DataFrame
        A frame with ``customer, potential, sales``, a year's amounts; or a pipeline with an
        ``accounts`` table: its potential, and won amounts closed in [since, until).
    potential_cut : float, optional
        High potential from here on; by default the median.
    share_cut : float
        High share of wallet from here on.

    Returns
    -------
    WalletGrid
        ``table``: ``customer, potential_amount, sales_amount, wallet_share, open_amount,
        cell``. High potential: *defend* where the share is high, *grow* where it is not; low
        potential: *selective* and *low_touch*.
    """
    p = source if isinstance(source, Pipeline) else None
    if isinstance(source, Pipeline):
        frame, left_out, limits = _bought(source, since, until)
    else:
        frame, left_out, limits = source, [], (None, None)
    base = numbers(frame, "potential", "sales", what="wallet_grid")
    columns(base, _COLUMN, what="wallet_grid")
    potential, sales = base["potential"], base["sales"]
    if potential_cut is None:
        potential_cut = float(potential.median()) if len(base) else 0.0
    share = sales / potential.where(potential > 0)
    large, much = potential >= potential_cut, share >= fraction(share_cut, "share_cut")
    cell = pd.Series("low_touch", index=base.index)
    cell = cell.mask(much, "selective").mask(large, "grow").mask(large & much, "defend")
    table = pd.DataFrame(
        {
            _COLUMN: base[_COLUMN], "potential_amount": potential, "sales_amount": sales,
            "wallet_share": share, "open_amount": (potential - sales).clip(lower=0.0),
            "cell": cell,
        }
    )  # fmt: skip
    options = (("potential_cut", potential_cut), ("share_cut", share_cut))
    scope = scope_of(len(table), p, left_out, *limits)
    synthetic = p.synthetic if p is not None else False
    return WalletGrid(table, scope, process_of(p), (_COLUMN,), options, synthetic)


def _first_names(names: pd.Series[str]) -> str:
    """Write the first names of a cell and how many follow."""
    shown = say("measures.list", parts=list(names[:3]))
    rest = len(names) - 3
    return f"{shown} {say('territory.chart_more', n=rest)}" if rest > 0 else shown


def _draw_cells(
    result: PlainResult,
    ax: Axes | None,
    cells: tuple[str, str, str, str],
    side: str,
    texts: dict[str, tuple[int, str]],
) -> Chart:
    """Draw four cells: high side left and right, low side left and right."""
    from funnelkit.charts.matrix import matrix

    rows = []
    for k, cell in enumerate(cells):
        n, text = texts.get(cell, (0, ""))
        label = say(f"territory.cell_{cell}")
        row = say(f"territory.chart_{('high', 'low')[k // 2]}_{side}")
        column = say(f"territory.chart_{('low', 'high')[k % 2]}_share")
        rows.append((row, column, float(n), f"{label} ({n})\n{text}" if n else label))
    alt = say("hygiene.alt_text", title=result.title, text=result.summary())
    frame = pd.DataFrame(rows, columns=["row", "column", "value", "text"])
    return matrix(frame, **result._around(ax, alt=alt))


def _bought(
    p: Pipeline, since: dt.date | str | None, until: dt.date | str | None
) -> tuple[pd.DataFrame, list[tuple[str, int]], tuple[dt.datetime | None, dt.datetime | None]]:
    """Return the accounts with their potential and what they bought in the period."""
    p.need("accounts", what="wallet_grid")
    accounts = columns(p.tables["accounts"].to_pandas(), "account_id", "potential", what="wallet")
    won, left_out, limits = won_by(p, "account_id", since, until, "wallet_grid")
    sums = won.groupby("account_id")["amount"].sum()
    unknown = accounts["potential"].isna()
    left_out.append(("territory.no_potential", int(unknown.sum())))
    left_out.append(
        ("territory.no_customer", int((~won["account_id"].isin(accounts["account_id"])).sum()))
    )
    accounts = accounts[~unknown]
    name = "name" if "name" in accounts else "account_id"
    bought = accounts["account_id"].map(sums.to_dict()).astype(float).fillna(0.0)
    frame = pd.DataFrame({_COLUMN: accounts[name], "potential": accounts["potential"]})
    return frame.assign(sales=bought), left_out, limits


__all__ = ["CELLS", "GrowthShare", "WalletGrid", "growth_share", "wallet_grid"]
