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
from funnelkit.measures.diagnosis.cells import OFF, ON, OPEN, WHOLE, Cells, window_of
from funnelkit.measures.diagnosis.judging import Key
from funnelkit.measures.diagnosis.rows import Asker, family_of

_DAY = 86_400_000_000
_NEVER = np.iinfo(np.int64).max
#: What the second simulator's deals are told apart by.
COLUMNS = ["owner", "region", "source"]


def cells_of(world: Any, base: pd.DataFrame, log: pd.DataFrame, day: float) -> Cells:
    """Count the passages as they were known on a day, by seller, region, source and together."""
    zero = _whole(world.START.to_datetime64())
    end = _whole((world.START + pd.Timedelta(days=day)).to_datetime64())
    known = log["t"].to_numpy() <= day
    deal, stage = log["deal"].to_numpy()[known], log["st"].to_numpy()[known]
    at = zero + np.round(log["t"].to_numpy()[known] * 86_400).astype(np.int64) * 1_000_000
    n, top = int((base["created"] <= day).sum()), len(world.STAGES)
    came = np.full((n, top + 1), _NEVER)
    moves = stage >= 0
    np.minimum.at(came, (deal[moves], stage[moves]), at[moves])
    was_in = came[:, :top] < _NEVER
    came = np.minimum.accumulate(came[:, ::-1], axis=1)[:, ::-1]  # there, or further
    closed = np.full(n, _NEVER)
    closed[deal[~moves]] = at[~moves]
    over = (closed < _NEVER) | (came[:, top] < _NEVER)
    place = np.broadcast_to(np.arange(top), (n, top))
    on = came[:, 1:] < _NEVER
    went = np.where(on, came[:, 1:], np.where(over, closed, end)[:, None])
    exits = np.where(on, ON, np.where(over, OFF, OPEN)[:, None])
    there = came[:, :top] < _NEVER
    begun = came[:, :top][there]
    days, place, exits = (went[there] - begun) // _DAY, place[there], exits[there]
    followed = (end - begun + 1) // _DAY
    left = np.zeros((top, int(days.max()) + 1, 3))
    np.add.at(left, (place, days, exits), 1.0)
    windows = {k: window_of(_counted(left[k])) for k in range(top)}
    old = followed >= np.array([windows[k] for k in range(top)])[place]
    month = begun.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
    facts = {"stage": place, "month": month, "day": days, "exit": exits,
             "old": old, "stayed": was_in[there]}  # fmt: skip
    whose = np.broadcast_to(np.arange(n)[:, None], there.shape)[there]
    seller, sellers = pd.factorize(base["owner"].iloc[:n], sort=True)
    tables = [_table(facts, {}).assign(column=WHOLE, group=WHOLE)]
    for column in COLUMNS:
        code, names = pd.factorize(base[column].iloc[:n], sort=True)
        table = _table(facts, {"group": code[whose], "seller": seller[whose]})
        named = {"group": names.to_numpy()[table["group"]],
                 "seller": sellers.to_numpy()[table["seller"]]}  # fmt: skip
        tables.append(table.assign(column=column, **named))
    return Cells(pd.concat(tables, ignore_index=True), windows, int((~old).sum()), 0, 0, 0)


def _whole(moment: np.datetime64) -> int:
    return int(moment.astype("datetime64[us]").astype(np.int64))


def _counted(left: np.ndarray) -> pd.DataFrame:
    day, way = np.nonzero(left)
    return pd.DataFrame({"day": day, "exit": way, "n": left[day, way]})


def _table(facts: dict[str, np.ndarray], more: dict[str, np.ndarray]) -> pd.DataFrame:
    """Count equal rows: all their facts in one number."""
    rows = {name: np.asarray(values, np.int64) for name, values in {**facts, **more}.items()}
    sizes = {name: int(values.max()) + 1 for name, values in rows.items()}
    number = np.zeros(len(rows["stage"]), np.int64)
    for name, values in rows.items():
        number = number * sizes[name] + values
    number, n = np.unique(number, return_counts=True)
    found: dict[str, np.ndarray] = {}
    for name in reversed(rows):
        number, found[name] = np.divmod(number, sizes[name])
    table = pd.DataFrame(found).assign(n=n)
    return table.astype({"old": bool, "stayed": bool})


def acts(cells: Cells, looks: str = "once", alpha: float = 0.05) -> list[Key]:
    """Return what is called to act on, among the rest of the team."""
    tests = Asker(COLUMNS, "rest", {}, {}).tests(cells)
    family = family_of(tests, cells, alpha, looks_a_year(looks))
    keys = list(dict.fromkeys(t.key for t in tests))
    return [keys[i] for i in np.flatnonzero(family.adjusted <= alpha)]


__all__ = ["COLUMNS", "acts", "cells_of"]
