"""The counts a diagnosis stands on: passages by segment, stage, month, age and exit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from funnelkit.data import engines
from funnelkit.data.kept import kept as once
from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.engine import (
    first_entries,
    groups_first,
    in_days,
    microseconds,
    moment_at,
    within,
)
from funnelkit.stats.checks import floats
from funnelkit.stats.competing_risks import incidence

#: The pseudo column of all deals together.
WHOLE = "(whole)"
#: Of the deals that went on, this share did so within the stage's window.
WINDOW_SHARE = 0.90

ON, OFF, OPEN = 0, 1, 2


@dataclass(frozen=True)
class Cells:
    """Counted passages.

    Attributes
    ----------
    table : DataFrame
        ``column, group, stage`` (place), ``month`` (months since year 0), ``day`` (whole days in
        the stage, or so far), ``exit`` (0 went on, 1 closed there, 2 still there), ``old``
        (came at least one window ago), ``stayed`` (false: passed over the stage), ``n``;
        ``seller`` where the source knows whose the deals are.
    windows : dict of int to int
        Days within which nearly all who go on have gone on, by stage.
    young, undated, backwards, unplaced : int
        Passages too young for a rate; deals that close undated, or before they came; deals
        without any dated stage.
    """

    table: pd.DataFrame
    windows: dict[int, int]
    young: int
    undated: int
    backwards: int
    unplaced: int


def passages(p: Pipeline, columns: list[str], *, put_down: bool = True) -> ir.Table:
    """One row a deal and stage it came to or past: when it came, when and how it went.

    Coming to a stage means the first moment in it or any later one, won included; a deal
    passes over a stage it was never in. Who asks once need not have the way there put down.
    """
    wide = _one_row_a_deal(p, columns, put_down)
    over = wide.outcome != "open"
    closed = over.ifelse(wide.closed_at, ibis.null("timestamp(6)"))
    parts = []
    for k in range(len(p.process.open_ids)):
        on = wide[f"came_{k + 1}"].notnull()
        parts.append(
            wide.filter(wide[f"came_{k}"].notnull()).select(
                *columns,
                "created_at",
                place=ibis.literal(k, "int8"),
                came=wide[f"came_{k}"],
                went=on.ifelse(wide[f"came_{k + 1}"], closed),
                exit=ibis.cases((on, ON), (over, OFF), else_=OPEN).cast("int8"),
                stayed=wide[f"in_{k}"],
                dated=on | ~over | wide.closed_at.notnull(),
            )
        )
    return reduce(lambda a, b: a.union(b), parts)


def _one_row_a_deal(p: Pipeline, columns: list[str], put_down: bool = True) -> ir.Table:
    """Return each deal's first coming to every stage; kept beside the data where they allow it."""
    name = f"came:{','.join(columns)}"
    if name in p._kept:
        kept: ir.Table = p._kept[name]
        return kept
    facts = p.deals.left_join(first_entries(p), "deal_id").drop("deal_id_right")
    top = len(p.process.open_ids)
    won_at = (facts.outcome == "won").ifelse(facts.closed_at, ibis.null("timestamp(6)"))
    came: list[ir.TimestampValue] = [won_at]
    for k in range(top - 1, -1, -1):
        came.insert(0, ibis.least(facts[f"at_{k}"], came[0]))
    wide = facts.select(
        *dict.fromkeys(["created_at", "closed_at", "outcome", "amount", *columns]),
        **{f"came_{k}": came[k] for k in range(top + 1)},
        **{f"in_{k}": facts[f"at_{k}"].notnull() for k in range(top)},
    )
    if not put_down:
        return wide
    kept_there = engines.keep(wide, "came", p.deals.get_backend())
    if kept_there is None:
        return wide
    p._kept[name] = kept_there
    return kept_there


@once
def count_cells(
    p: Pipeline,
    columns: Sequence[str],
    since: dt.datetime | None,
    until: dt.datetime | None,
) -> Cells:
    """Count the passages of every column's groups, by seller, and of the whole."""
    stages = len(p.process.open_ids)
    if not p.has("owner"):
        return _count(p, passages(p, list(columns)), list(columns), since, until, stages)
    known = list(dict.fromkeys([*columns, "owner"]))
    return _count(p, passages(p, known), list(columns), since, until, stages, "owner")


def count_whole_way(
    p: Pipeline,
    columns: Sequence[str],
    since: dt.datetime | None,
    until: dt.datetime | None,
) -> Cells:
    """Count the way from a deal's first stage to being won, as one passage of place 0."""
    wide = _one_row_a_deal(p, list(columns))
    over, won = wide.outcome != "open", wide.outcome == "won"
    rows = wide.filter(wide.came_0.notnull()).select(
        *columns,
        "created_at",
        place=ibis.literal(0, "int8"),
        came=wide.came_0,
        went=over.ifelse(wide.closed_at, ibis.null("timestamp(6)")),
        exit=ibis.cases((won, ON), (over, OFF), else_=OPEN).cast("int8"),
        stayed=ibis.literal(True),
        dated=~over | wide.closed_at.notnull(),
    )
    return _count(p, rows, list(columns), since, until, 1)


def _count(
    p: Pipeline,
    rows: ir.Table,
    columns: list[str],
    since: dt.datetime | None,
    until: dt.datetime | None,
    stages: int,
    seller: str | None = None,
) -> Cells:
    known = list(dict.fromkeys([*columns, *([seller] if seller else [])]))
    deals = _one_row_a_deal(p, known)
    if since is not None or until is not None:
        rows = rows.filter(within(rows.created_at, since, until))
        deals = deals.filter(within(deals.created_at, since, until))
    end = moment_at(p.as_of)
    rows = rows.select(
        *known, "place", "exit", "stayed", "dated",
        day=in_days(microseconds(rows.came, ibis.coalesce(rows.went, end))),
        # the data end with a tick before midnight: that day counts as followed
        followed=in_days(microseconds(rows.came, end) + 1),
        month=(rows.came.year() * 12 + rows.came.month() - 1).cast("int32"),
    )  # fmt: skip
    # asked once a column: worked out once where they may be put down
    kept = engines.keep(rows, "passages", p.deals.get_backend())
    rows = rows if kept is None else kept
    whole = rows.group_by(["place", "day", "exit", "dated"]).agg(n=rows.count()).to_pandas()
    undated = int(whole.loc[~whole["dated"].astype(bool), "n"].sum())
    whole = whole[whole["dated"].astype(bool)]
    backwards = int(whole.loc[whole["day"] < 0, "n"].sum())
    whole = whole[whole["day"] >= 0]
    windows = {k: window_of(whole[whole["place"] == k]) for k in range(stages)}
    rows = rows.filter(rows.dated & (rows.day >= 0))
    bar = ibis.cases(
        *[(rows.place == k, ibis.literal(w, "int64")) for k, w in windows.items()],
        else_=ibis.null("int64"),
    )
    rows = rows.mutate(old=rows.followed >= bar)
    keys = ["place", "month", "day", "exit", "old", "stayed"]
    frames = []
    for column in columns:
        whose = [seller] if seller and column != seller else []
        counts = rows.group_by([column, *whose, *keys]).agg(n=rows.count()).to_pandas()
        counts = groups_first(counts, [column, *whose])
        if seller:
            counts["seller"] = counts[seller].astype("str")
        counts = counts.rename(columns={column: "group"}).drop(columns=whose)
        counts.insert(0, "column", column)
        frames.append(counts)
    if frames:  # every deal is in one group of a column, so the groups of one are the whole
        every = frames[0].groupby(keys, as_index=False)[["n"]].sum()
    else:
        every = rows.group_by(keys).agg(n=rows.count()).to_pandas()
    every.insert(0, "column", WHOLE)
    every["group"] = WHOLE
    frames.append(every)
    if kept is not None:
        engines.drop(kept)
    table = pd.concat(frames, ignore_index=True).rename(columns={"place": "stage"})
    for flag in ("old", "stayed"):
        table[flag] = table[flag].astype(bool)
    last = frames[-1]
    young = int(last.loc[~last["old"].astype(bool), "n"].sum())
    unplaced = int(deals.filter(deals.came_0.isnull()).count().execute())
    return Cells(table, windows, young, undated, backwards, unplaced)


def window_of(counts: pd.DataFrame) -> int:
    """Return the days within which nearly all deals that go on have done so.

    Days are of the cumulative share that has gone on, deals still there censored
    (Aalen and Johansen), so that young deals do not make the stage look quicker than it is.

    Parameters
    ----------
    counts : DataFrame
        ``day, exit, n`` of one stage.
    """
    if counts.empty or not (counts["exit"] == ON).any():
        return 1
    days, exits = counts["day"].to_numpy(int), counts["exit"].to_numpy(int)
    left = np.bincount(days * 3 + exits, counts["n"].to_numpy(float), 3 * (int(days.max()) + 1))
    on = incidence(floats(left).reshape(-1, 3)[:, [OPEN, ON, OFF]])[:, 0]
    # a hair below the share, so that rounding does not move the day
    return int(np.argmax(on >= WINDOW_SHARE * on[-1] * (1 - 1e-12))) + 1


def as_seen_at(cells: Cells, month: int) -> Cells:
    """Return the cells with what was known at the end of a month, at the latest.

    A passage is only dated by its month, so it is taken to have begun on the last day of it:
    nothing is known earlier here than it was.
    """
    seen = cells.table["month"].to_numpy() <= month
    table = cells.table if seen.all() else cells.table[seen]
    followed = _followed(table["month"].to_numpy(int), month)
    windows = np.array([cells.windows[k] for k in range(len(cells.windows))])
    window = windows[table["stage"].to_numpy(int)]
    day = table["day"].to_numpy(int)
    table = table.assign(
        old=table["old"].to_numpy(bool) & (followed >= window),
        exit=np.where(day > followed, OPEN, table["exit"].to_numpy(int)),
        day=np.minimum(day, followed),
    )
    return replace(cells, table=table)


def _followed(came: np.ndarray, month: int) -> np.ndarray:
    """Return the days from the end of one month to the end of another."""
    ends = (came + 1 - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]")
    end = np.datetime64(int(month + 1 - 1970 * 12), "M").astype("datetime64[D]")
    return np.asarray((end - ends).astype(int))


@once
def won_amounts(p: Pipeline, columns: tuple[str, ...]) -> dict[tuple[str, str], tuple[float, int]]:
    """Return sum and number of the won amounts of every group, and of the whole."""
    deals = p.deals
    won = deals.filter((deals.outcome == "won") & deals.amount.notnull())
    sums = won.group_by(list(columns)).agg(total=won.amount.sum(), n=won.count()).to_pandas()
    sums = groups_first(sums, list(columns))
    found = {(WHOLE, WHOLE): (float(sums["total"].sum()), int(sums["n"].sum()))}
    for column in columns:
        for key, row in sums.groupby(column)[["total", "n"]].sum().iterrows():
            found[column, str(key)] = (float(row["total"]), int(row["n"]))
    return found


__all__ = [
    "OFF", "ON", "OPEN", "WHOLE", "WINDOW_SHARE", "Cells", "as_seen_at", "count_cells",
    "count_whole_way", "passages", "window_of", "won_amounts",
]  # fmt: skip
