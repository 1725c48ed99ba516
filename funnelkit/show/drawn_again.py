"""What a workbook and slides need to draw a table again: steps of a waterfall, cells of a triangle.

``chart`` of a block says how: "bar" and "line" (a row is a bar or a point), "columns" (bars without
gaps: how often which value is), "waterfall" (totals, and changes from where the last row ended) and
"triangle" (a row for every first column, a column for every second).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from funnelkit.show.column import COUNT, Column, Quantity
from funnelkit.show.table import Table
from funnelkit.words import say


@dataclass(frozen=True)
class Step:
    """One bar of a waterfall: the empty part below it, and what it is."""

    base: float = 0.0
    total: float = 0.0
    more: float = 0.0
    less: float = 0.0


def steps(table: Table, place: int) -> list[Step]:
    """Return the bars of a waterfall; rows that are totals start from zero.

    Examples
    --------
    >>> rows = [("Start", 100), ("New", 30), ("Lost", -50), ("End", 80)]
    >>> heads = [Column("Step"), Column("Amount")]
    >>> found = steps(Table(heads, rows, marks=["fk-sum", "", "", "fk-sum"]), 1)
    >>> [(s.base, s.total or s.more or s.less) for s in found]
    [(0.0, 100.0), (100.0, 30.0), (80.0, 50.0), (0.0, 80.0)]
    """
    found = []
    level = 0.0
    for k, row in enumerate(table.rows):
        value = number_in(row[place]) or 0.0
        if k in table.sums:
            level = value
            found.append(Step(total=value))
            continue
        start, level = level, level + value
        size = abs(value)
        base = min(start, level)
        found.append(Step(base, more=size) if value >= 0 else Step(base, less=size))
    return found


def triangle(table: Table, most: int | None = None) -> tuple[Table, list[list[float | None]]]:
    """Return a long table as one with a row a group, and how deep each cell is shaded (0 to 1).

    A group is a value of the first column; what else is the same for a whole group stands beside
    it. Cells that are not complete yet ("mature" is false) have no shade; ``most`` is how many
    columns there may be, at even steps.

    Examples
    --------
    >>> heads = [Column("Cohort"), Column("Age", COUNT), Column("Rate", COUNT, "rate")]
    >>> rows = [("Q1", 1, 0.1), ("Q1", 2, 0.4), ("Q2", 1, 0.2)]
    >>> wide, shades = triangle(Table(heads, rows, drawn=("rate",)))
    >>> [c.label for c in wide.columns], [list(row) for row in wide.rows]
    (['Cohort', '1', '2'], [['Q1', 0.1, 0.4], ['Q2', 0.2, None]])
    >>> shades[0]
    [None, 0.25, 1.0]
    """
    names = [c.name for c in table.columns]
    place = names.index(table.drawn[0])
    complete = names.index("mature") if "mature" in names else None
    groups: dict[Any, list[tuple[Any, ...]]] = {}
    for row in table.rows:
        groups.setdefault(row[0], []).append(tuple(row))
    beside = [
        k for k in range(2, len(names))
        if k not in (place, complete) and table.columns[k].unit == COUNT and _the_same(groups, k)
    ]  # fmt: skip
    ages = list(dict.fromkeys(row[1] for row in table.rows))
    step = -(-len(ages) // most) if most else 1
    ages = ages[step - 1 :: step]
    top = max((number_in(row[place]) or 0.0 for row in table.rows), default=0.0) or 1.0
    rows, shades = [], []
    for rows_of in groups.values():
        cells = {row[1]: row for row in rows_of}
        rows.append([
            rows_of[0][0], *(rows_of[0][k] for k in beside),
            *(cells[a][place] if a in cells else None for a in ages),
        ])  # fmt: skip
        whole = [a in cells and (complete is None or bool(cells[a][complete])) for a in ages]
        depth = [(number_in(cells[a][place]) or 0.0) / top if a in cells else 0.0 for a in ages]
        shades.append([
            *[None] * (1 + len(beside)),
            *(d if w else None for d, w in zip(depth, whole, strict=True)),
        ])  # fmt: skip
    age, drawn = table.columns[1], table.columns[place]
    heads = [
        table.columns[0], *(table.columns[k] for k in beside),
        *(Column(age.write(a), drawn.unit, f"age_{a}") for a in ages),
    ]  # fmt: skip
    caption = say("show.triangle", caption=table.caption, drawn=drawn.label, of=age.label)
    return Table(heads, rows, caption, rest=table.rest), shades


def _the_same(groups: dict[Any, list[tuple[Any, ...]]], place: int) -> bool:
    """Whether a column says one thing for a whole group."""
    several = any(len(rows) > 1 for rows in groups.values())
    return several and all(len({row[place] for row in rows}) == 1 for rows in groups.values())


def number_in(value: Any) -> float | None:
    """Return the number a cell holds; None for words and what is missing."""
    if isinstance(value, Quantity):
        value = value.value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


__all__ = ["Step", "number_in", "steps", "triangle"]
