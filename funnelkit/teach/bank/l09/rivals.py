"""Competitors over time: what is asked and what is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.data.kept import kept
from funnelkit.teach.exercise import Case

if TYPE_CHECKING:
    from funnelkit.data.pipeline import Pipeline
from funnelkit.teach.source import words

W = words("L09")


@kept
def decided(p: Pipeline) -> pd.DataFrame:
    """Return won and lost deals against a named rival, with their cell, year and quarter."""
    deals = p.frame()
    deals = deals[deals["outcome"].isin(["won", "lost"]) & deals["competitor"].notna()].copy()
    deals["cell"] = deals["competitor"] + " – " + deals["region"].fillna("–")
    deals["late"] = deals["closed_at"] > p.as_of - pd.DateOffset(years=1)
    closed = deals["closed_at"].dt
    deals["quarter"] = closed.year.astype(str) + "-Q" + closed.quarter.astype(str)
    deals["won"] = deals["outcome"] == "won"
    return deals


def _of(won: pd.Series[bool]) -> str:
    return f"{int(won.sum())} / {len(won)}"


def two_years(case: Case) -> pd.DataFrame:
    """Return won / decided of every rival and region in two years."""
    from funnelkit.words import percent

    grouped = decided(case.p).groupby(["cell", "late"])["won"]
    counts, rates = grouped.agg(_of).unstack(), grouped.mean().unstack()
    years = ((False, W["year_before"]), (True, W["last_year"]))
    columns: dict[str, Any] = {}
    for late, name in years:
        columns[str(W["won_decided_in"]).format(year=name)] = counts[late].fillna("0 / 0")
        columns[str(W["win_rate_in"]).format(year=name)] = [
            percent(x) if x == x else "–" for x in rates[late]
        ]
    table = pd.DataFrame(columns)
    return table.rename_axis(str(W["rival_region"]))


def by_quarter(case: Case) -> pd.DataFrame:
    """Return won / decided of every rival and region by quarter."""
    table = decided(case.p).groupby(["cell", "quarter"])["won"].agg(_of).unstack().fillna("–")
    return table.rename_axis(index=str(W["rival_region"]), columns="")


def cells(case: Case) -> list[str]:
    return sorted(decided(case.p)["cell"].unique())


def quarters(case: Case) -> list[str]:
    return sorted(decided(case.p)["quarter"].unique())


def new_rival(case: Case) -> str:
    where = case.p.truth.planted[0]["where"]
    return f"{where['competitor'][0]} – {where['region'][0]}"


def _changes(case: Case) -> pd.Series[float]:
    table = (
        decided(case.p).groupby(["cell", "late"])["won"].agg(["sum", "size"]).unstack().fillna(0)
    )
    table = table.drop(index=new_rival(case))
    drop: pd.Series[float] = table["sum"][False] / table["size"][False].clip(lower=1) - table[
        "sum"
    ][True] / table["size"][True].clip(lower=1)
    return drop


def steepest_other(case: Case) -> str:
    """The cell whose rate fell most, the right one aside: mostly a small one."""
    return str(_changes(case).idxmax())


def many_wins(case: Case) -> str:
    """The cell whose rate rose most."""
    return str(_changes(case).idxmin())


def begins(case: Case) -> str:
    year, month = map(int, case.p.truth.planted[0]["since"].split("-"))
    return f"{year}-Q{(month - 1) // 3 + 1}"


#: Won and decided deals of six cells in two years.
SIX: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = (
    ((19, 30), (6, 30)),
    ((7, 7), (0, 7)),
    ((11, 20), (9, 20)),
    ((4, 6), (9, 22)),
    ((9, 16), (5, 16)),
    ((18, 40), (36, 45)),
)


def six_table(case: Case) -> pd.DataFrame:
    from scipy.stats import fisher_exact

    from funnelkit.stats import holm
    from funnelkit.words import percent

    raw = [fisher_exact([[a, n - a], [b, m - b]])[1] for (a, n), (b, m) in SIX]
    index = pd.RangeIndex(1, len(SIX) + 1, name=str(W["cell"]))
    return pd.DataFrame(
        {
            str(W["year_before_2"]): [f"{a} / {n}" for (a, n), _ in SIX],
            str(W["last_year_2"]): [f"{b} / {m}" for _, (b, m) in SIX],
            str(W["chance_alone"]): [percent(x, 1) for x in holm(raw).adjusted],
        },
        index=index,
    )


def latest(case: Case) -> Any:
    return quarters(case)[-1]
