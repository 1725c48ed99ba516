"""A result as an answer: small, structured, with its definition, what was left out, a reference."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from funnelkit.answers.definitions import MEASURES, definition, unit_name
from funnelkit.answers.marked import clean, mark_names, marked
from funnelkit.answers.reference import Call, Reference
from funnelkit.data.pipeline import DEALS
from funnelkit.errors import FunnelkitError
from funnelkit.measures.columns import Named
from funnelkit.measures.result import Result, column_label
from funnelkit.show.column import TEXT, Unit, plain
from funnelkit.words import say

#: The longest answer, in characters of JSON.
LONGEST = 4_000
#: Words of the kit, not of the data: columns whose texts it writes itself.
_OURS = frozenset(
    "outcome rule band check step part severity verdict measure method kind inside status why what "
    "fate way visit of cohort period month".split()
)


def answer_of(
    result: Result, call: Call, columns: Sequence[str] = (), table: pd.DataFrame | None = None
) -> dict[str, Any]:
    """Return a result as an answer of at most `LONGEST` characters.

    Parameters
    ----------
    result : Result
        What ``call`` gave.
    columns : sequence of str
        Only these of the table; all of them where nothing is said.
    table : DataFrame, optional
        In place of the result's own.
    """
    table = result.table if table is None else table
    if columns:
        table = table[[c for c in (*result.by, *columns) if c in table]]
    names = _names(result)
    head: dict[str, Any] = {
        "title": mark_names(result.title, names),
        "summary": mark_names(_summary(result), names),
        "definition": mark_names(result.definition, names),
        "denominator": mark_names(result.denominator, names),
        "counted": result.scope.used,
        "left_out": [{"why": clean(why), "n": n} for why, n in result.scope.left_out],
        "scope": mark_names(str(result.scope), names),
        "as_of": str(result.scope.as_of.date()),
        "reference": str(call),
        "cite": cite(result, call),
    }
    if result.synthetic:
        head["synthetic"] = say("measures.synthetic")
    if result.first:
        head["read_first"] = [clean(f.text, 400) for f in result.first]
    return with_rows(head, table, lambda c: _column(result, c))


def cite(result: Result, call: Call) -> str:
    """Return the reference of the first row's main number: the pattern for all of them."""
    main = next((m.main for m in MEASURES.values() if m.call == call.name), "")
    if main not in result.table or result.table.empty:
        return f"[{call}]"
    row = result.table.iloc[0]
    keys = [c for c in (*result.by, *_row_keys(result)) if c in result.table]
    values = {k: _cell(row[k]) for k in keys}
    values = {k: clean(v) if isinstance(v, str) else v for k, v in values.items()}
    return str(Reference(call, (main,), values))


def _row_keys(result: Result) -> list[str]:
    """Return the columns that beside ``by`` tell the rows apart: the first texts that do."""
    if result.keys:
        return list(result.keys)
    texts = [c for c in result.table if result.table[c].dtype.kind not in "fiub"]
    keys: list[str] = []
    for name in (c for c in texts if c not in result.by):
        told = [c for c in (*result.by, *keys) if c in result.table]
        if len(result.table) <= 1 or (told and not result.table.duplicated(told).any()):
            break
        keys.append(str(name))
    return keys


def with_rows(head: dict[str, Any], table: pd.DataFrame, column: Any) -> dict[str, Any]:
    """Add columns and as many rows as an answer holds; say how many there are beside."""
    columns = [column(str(c)) for c in table.columns]
    if any(c.get("from_data") for c in columns):
        head["note"] = say("answers.from_data")
    head["columns"], head["rows"] = columns, []
    given = [bool(c.get("from_data")) for c in columns]
    rows = [
        [clean(v) if data and isinstance(v, str) else v for v, data in zip(row, given, strict=True)]
        for row in ([_cell(v) for v in r] for r in table.itertuples(index=False))
    ]
    room = LONGEST - len(compact(head)) - 60
    for k, row in enumerate(rows):
        room -= len(compact(row)) + 1
        if room < 0:
            head["more"] = say("answers.more", n=len(rows) - k)
            break
        head["rows"].append(row)
    return head


def compact(value: Any) -> str:
    """Return JSON without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _summary(result: Result) -> str:
    try:
        return result.summary()
    except NotImplementedError:
        return ""


def _column(result: Result, name: str) -> dict[str, Any]:
    unit = result.unit(name)
    bare: Unit = unit.unit if isinstance(unit, Named) else unit
    ours = name in _OURS and name not in result.by
    found: dict[str, Any] = {"name": name if name not in result.by else clean(name)}
    found["label"] = clean(column_label(name, result.room))
    if bare == TEXT:
        if not ours:
            found["from_data"] = True
    else:
        found["unit"] = unit_name(bare)
        if found["unit"] == "money" and result.scope.currency:
            found["currency"] = clean(result.scope.currency)
    return found


def _names(result: Result) -> list[Any]:
    """Return the words of the data that a sentence may hold: groups, stages, owners."""
    names: list[Any] = []
    for column in map(str, result.table):
        if column in _OURS and column not in result.by:
            continue
        coded = column not in result.by and isinstance(result.unit(column), Named)
        if not coded and result.table[column].dtype.kind not in "fiubM":
            values = result.table[column].dropna().astype("str").unique()
            names += list(values[:2000])
    if str(result.process.name) not in _bundled():
        names += [result.process.label(s) for s in result.process.open_ids]
    ours = {str(c) for c in result.table} | set(DEALS)
    return [n for n in names if len(str(n)) > 1 and str(n) not in ours]


def _bundled() -> frozenset[str]:
    """Return the names of the sheets that come with the kit: their stages are its own words."""
    from funnelkit.process import load_process
    from funnelkit.process.sheet import bundled_processes

    return frozenset(str(load_process(name).name) for name in bundled_processes())


def _cell(value: Any) -> Any:
    """Return a value as JSON has it: numbers to ten digits, moments as text, nothing as null."""
    found = plain(value)
    if isinstance(found, float):
        return float(f"{found:.10g}") if math.isfinite(found) else None
    if isinstance(found, dt.datetime | dt.date):
        moment = str(found)
        return moment.removesuffix(" 00:00:00")
    if found is None or isinstance(found, str | int):
        return found
    return str(found)


def definitions_of(name: str | None) -> dict[str, Any]:
    """Return one definition, or the names and titles of all."""
    if name is not None:
        found = definition(name)
        return {k: getattr(found, k) for k in found.__dataclass_fields__}
    return {"measures": [[d.id, d.title, d.call] for d in map(definition, MEASURES)]}


def told(problem: FunnelkitError) -> str:
    """Return an error's text with what comes from the data, or the caller, marked."""

    def safe(value: Any) -> Any:
        if isinstance(value, str):
            return clean(value)
        if isinstance(value, list | tuple):
            return [safe(v) for v in value]
        return value

    return say(problem.key, **{k: safe(v) for k, v in problem.values.items()})


def list_of(deals: pd.DataFrame, head: Mapping[str, Any]) -> dict[str, Any]:
    """Return a list of deals as an answer."""

    def column(name: str) -> dict[str, Any]:
        found: dict[str, Any] = {"name": name, "label": clean(column_label(name))}
        if name not in ("outcome", "why", "counted") and DEALS.get(name) in (None, "string"):
            found["from_data"] = True
        return found

    return with_rows({"counted": len(deals), **head}, deals, column)


def marked_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain values with every text marked as the data's."""
    return {k: marked(v) if isinstance(v, str) else _cell(v) for k, v in values.items()}


def marked_rows(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Return rows with every text marked as the data's."""
    return [[marked(v) if isinstance(v, str) else _cell(v) for v in row] for row in rows]


__all__ = [
    "LONGEST",
    "answer_of",
    "cite",
    "compact",
    "definitions_of",
    "list_of",
    "marked_rows",
    "marked_values",
    "told",
    "with_rows",
]
