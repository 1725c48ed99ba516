"""The target of a forecast: as given, or added up from the table of targets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.words import say

LEVELS = ("base", "plan", "stretch")


@dataclass(frozen=True)
class Goal:
    """What is to be won in the period, and who says so; ``level`` is empty where it was given."""

    amount: float
    level: str = ""

    def said(self) -> str:
        """Where the amount comes from, in the current language."""
        if not self.level:
            return say("outlook.goal_given")
        return say("outlook.goal_table", level=say(f"outlook.level_{self.level}"))


def months_of(first: dt.date, last: dt.date) -> list[str]:
    """Return the months of a period; refuse one that cuts a month.

    Examples
    --------
    >>> months_of(dt.date(2026, 7, 1), dt.date(2026, 9, 30))
    ['2026-07', '2026-08', '2026-09']
    """
    if first.day != 1 or (last + dt.timedelta(days=1)).day != 1:
        raise FunnelkitError("outlook.target_months", since=first, until=last)
    return [str(m) for m in pd.period_range(first, last, freq="M")]


def goal_of(
    p: Pipeline, amount: float, level: str, where: Mapping[str, str], first: dt.date, last: dt.date
) -> Goal:
    """Return the target of a part of the pipeline for the days from ``first`` to ``last``.

    Parameters
    ----------
    amount : float
        As given; 0 asks the table of targets, at its ``level``.
    where : mapping
        The part, by columns the table of targets has to have too.

    Raises
    ------
    FunnelkitError
        No table of targets, or none for this part and these months.
    """
    if amount > 0:
        return Goal(amount)
    if not p.has("targets"):
        raise FunnelkitError("outlook.no_target")
    months = months_of(first, last)
    targets = p.tables["targets"].to_pandas()
    for column in where:
        if column not in targets or targets[column].isna().all():
            raise FunnelkitError("outlook.target_column", column=column)
    rows = targets[targets["period"].isin(months) & (targets["level"] == level)]
    for column, value in where.items():
        rows = rows[rows[column].astype("str") == value]
    total = float(rows["amount"].sum())
    if rows["period"].nunique() < len(months) or not total > 0:
        raise FunnelkitError("outlook.no_target_rows", level=level, months=months)
    return Goal(total, level)
