"""The reports of a batch as rows of parameters, every one checked before any is made.

Rows come from a CSV, Excel or YAML file: a column a parameter, an empty cell means the value that
holds for all.  ``where.region`` is the part of ``where`` that names the region; ``name`` is what
the report is called on the index page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.report.parameters import Parameter, checked

_PART = "where."
_MOST = 10
_ENDINGS = (".csv", ".xlsx", ".yaml", ".yml")
Row = tuple[str, dict[str, Any]]


def read_rows(
    file: str | Path, parameters: tuple[Parameter, ...], base: Mapping[str, Any]
) -> list[Row]:
    """Return the label and the full, checked parameters of every row of a file.

    Parameters
    ----------
    file : path
        CSV, XLSX or YAML (a list of mappings).
    parameters : tuple of Parameter
        What the template can be given.
    base : mapping
        What holds for every row that does not say otherwise.

    Raises
    ------
    FunnelkitError
        Names the file, the row as the file counts it, the column, and what is wrong: for the
        first rows, if there are many.
    """
    path = Path(file)
    known = {p.name for p in parameters}
    found: list[Row] = []
    problems: list[Any] = []
    for number, cells in cells_of(path):
        label = str(cells.pop("name", "")).strip() if "name" not in known else ""
        given = dict(base)
        try:
            for column, value in cells.items():
                if column.startswith(_PART) and "where" in known:
                    where = given.get("where") or {}
                    whole = where if isinstance(where, dict) else {}
                    given["where"] = {**whole, column.removeprefix(_PART): str(value)}
                elif column in known:
                    given[column] = value
                else:
                    allowed = nearest(
                        column, [*known, "name", *([_PART + "…"] * ("where" in known))]
                    )
                    raise FunnelkitError("report.unknown_column", found=column, allowed=allowed)
            values = checked(parameters, given)
        except FunnelkitError as problem:
            problems.append(bad_row(path, number, problem, cells))
            continue
        told = [str(cells[c]) for c in cells if c not in ("data", "lang")] or [str(number)]
        found.append((label or " · ".join(told), {**values, _ROW: number}))
    refuse(problems)
    if not found:
        raise FunnelkitError("report.no_rows", file=path.name)
    return found


_ROW = "__row__"


def number_of(values: dict[str, Any]) -> int:
    """Take the row's number out of its parameters."""
    return int(values.pop(_ROW))


def bad_row(
    file: Path, number: int, problem: FunnelkitError, cells: Mapping[str, Any] | None = None
) -> FunnelkitError:
    """Say in which file, row and column something is wrong."""
    named = (
        problem.values.get("name") or problem.values.get("column") or problem.values.get("found")
    )
    columns = [c for c in cells or () if named in (c, c.removeprefix(_PART))]
    key = "report.bad_cell" if columns else "report.bad_row"
    column = {"column": columns[0]} if columns else {}
    return FunnelkitError(key, file=file.name, row=number, problem=Later(problem), **column)


def refuse(problems: list[Any]) -> None:
    """Raise the problems of rows, the first of them in full."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise FunnelkitError("report.bad_rows", n=len(problems), problems=Later(*problems[:_MOST]))


class Later:
    """Messages in the language current when they are shown."""

    def __init__(self, *problems: Exception) -> None:
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


def cells_of(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Read the rows of a CSV, XLSX or YAML file, numbered as the file counts them."""
    ending = path.suffix.lower()
    if ending not in _ENDINGS:
        raise FunnelkitError("report.rows_kind", file=path.name, allowed=list(_ENDINGS))
    if not path.is_file():
        raise FunnelkitError("report.rows_missing", file=str(path))
    try:
        rows = _yaml(path) if ending in (".yaml", ".yml") else _table(path, ending)
    except FunnelkitError:
        raise
    except Exception as problem:
        raise FunnelkitError("report.rows_broken", file=path.name, why=str(problem)) from None
    return [(number, kept) for number, cells in rows if (kept := _filled(cells))]


def _filled(cells: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        str(column).strip(): value.strip() if isinstance(value, str) else value
        for column, value in cells.items()
        if value is not None and str(value).strip() != ""
    }


def _yaml(path: Path) -> list[tuple[int, Mapping[Any, Any]]]:
    import yaml

    found = yaml.safe_load(path.read_text("utf-8"))
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise FunnelkitError("report.rows_list", file=path.name)
    return list(enumerate(found, start=1))


def _table(path: Path, ending: str) -> list[tuple[int, Mapping[Any, Any]]]:
    if ending == ".csv":
        import csv

        with path.open(encoding="utf-8-sig", newline="") as file:
            lines: list[list[Any]] = list(csv.reader(file))
    else:
        from python_calamine import CalamineWorkbook

        lines = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    if not lines:
        return []
    head = [str(cell).strip() for cell in lines[0]]
    twice = sorted({c for c in head if c and head.count(c) > 1})
    if twice:
        raise FunnelkitError("report.rows_twice", file=path.name, found=twice)
    return [
        (number, dict(zip(head, map(_plain, line), strict=False)))
        for number, line in enumerate(lines[1:], start=2)
    ]


def _plain(value: Any) -> Any:
    """Read a spreadsheet's cell: it knows only numbers with a fraction, and moments."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dt.datetime):
        return value.date()
    return value
