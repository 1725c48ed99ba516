"""A diagnosis of the second simulator's frames, without a pipeline and its engine between them.

Years of Mondays are thousands of diagnoses, and two thirds of each was reading and asking an
engine. Here the passages are counted with numpy and handed to the same tests and the same family;
a test holds that what is called to act on is what :func:`funnelkit.diagnose` calls.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from funnelkit.measures.diagnose import looks_a_year
from funnelkit.measures.diagnose_cells import OFF, ON, OPEN, WHOLE, Cells, window_of
from funnelkit.measures.diagnose_rows import Asker, family_of
from funnelkit.measures.diagnose_tests import Key

_DAY = np.timedelta64(1, "D")
#: What the second simulator's deals are told apart by.
COLUMNS = ["owner", "region", "source"]


def cells_of(world: Any, base: pd.DataFrame, log: pd.DataFrame, day: float) -> Cells:
    """Count the passages as they were known on a day, by seller, region, source and together."""
    deals, history = world.frames(base, log, day)
    end = (world.START + pd.Timedelta(days=day)).to_datetime64().astype("datetime64[us]")
    places = {name: k for k, name in enumerate(world.STAGES)}
    top, n = len(places), len(deals)
    order = {name: k for k, name in enumerate(deals["deal_id"])}
    there = history["stage"].isin(places)
    came = np.full((n, top + 1), np.datetime64("9999-12-31", "us"))
    never = came[0, 0]
    at = tuple(
        history[column][there].map(number).to_numpy(int)
        for column, number in (("deal_id", order), ("stage", places))
    )
    np.minimum.at(came, at, history["entered_at"][there].to_numpy("datetime64[us]"))
    was_in = came[:, :top] < never
    closed = deals["closed_at"].to_numpy("datetime64[us]")
    won, over = (deals["outcome"] == "won").to_numpy(), (deals["outcome"] != "open").to_numpy()
    came[won, top] = closed[won]
    came = np.minimum.accumulate(came[:, ::-1], axis=1)[:, ::-1]  # there, or further
    parts = []
    for k in range(top):
        on = came[:, k + 1] < never
        went = np.where(on, came[:, k + 1], np.where(over, closed, end))
        parts.append(
            deals[COLUMNS].assign(
                stage=k, month=came[:, k].astype("datetime64[M]").astype(int) + 1970 * 12,
                day=(went - came[:, k]) // _DAY, exit=np.where(on, ON, np.where(over, OFF, OPEN)),
                followed=(end - came[:, k] + np.timedelta64(1, "us")) // _DAY, stayed=was_in[:, k],
            )[came[:, k] < never]
        )  # fmt: skip
    rows = pd.concat(parts, ignore_index=True)
    backwards = int((rows["day"] < 0).sum())
    rows = rows[rows["day"] >= 0]
    whole = rows.groupby(["stage", "day", "exit"], as_index=False).agg(n=("stayed", "size"))
    windows = {k: window_of(whole[whole["stage"] == k]) for k in range(top)}
    rows["old"] = rows["followed"] >= rows["stage"].map(windows)
    keys = ["stage", "month", "day", "exit", "old", "stayed"]
    tables = []
    for column in (*COLUMNS, WHOLE):
        named = {} if column == WHOLE else {"group": rows[column], "seller": rows["owner"]}
        by = rows[keys].assign(**named)
        counted = by.groupby(list(by.columns), as_index=False).size()
        tables.append(counted.rename(columns={"size": "n"}).assign(column=column))
    tables[-1]["group"] = WHOLE
    young = int((~rows["old"]).sum())
    return Cells(pd.concat(tables, ignore_index=True), windows, young, 0, backwards, 0)


def acts(cells: Cells, looks: str = "once", alpha: float = 0.05) -> list[Key]:
    """Return what is called to act on, among the rest of the team."""
    tests = Asker(COLUMNS, "rest", {}, {}).tests(cells)
    family = family_of(tests, cells, alpha, looks_a_year(looks))
    keys = list(dict.fromkeys(t.key for t in tests))
    return [keys[i] for i in np.flatnonzero(family.adjusted <= alpha)]


__all__ = ["COLUMNS", "acts", "cells_of"]
