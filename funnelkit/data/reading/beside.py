"""Tables beside the deals in a folder: accounts, activities, targets and so on, typed by name."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import Any

import ibis
import ibis.expr.types as ir

from funnelkit.data.defects import Finding
from funnelkit.data.inner import MONEY, ROW
from funnelkit.data.opening.files import Sheet
from funnelkit.data.reading.columns import read_columns
from funnelkit.data.understanding.headers import tokens
from funnelkit.data.understanding.mapping import FileMapping
from funnelkit.data.understanding.questions import Unsure
from funnelkit.data.understanding.recognise import plain_header
from funnelkit.process import Process
from funnelkit.words.texts import packaged

#: What a file of this name has to hold to be taken for the table; any other file of the name
#: (an export of accounts of some CRM) is left unread, as before.
SIGNS: dict[str, tuple[str, ...]] = {
    "accounts": ("account_id",),
    "reps": ("rep_id",),
    "leads": ("lead_id", "created_at"),
    "activities": ("deal_id", "at"),
    "contacts": ("deal_id", "role"),
    "evidence": ("deal_id", "dated"),
    "targets": ("period", "amount"),
    "forecasts": ("made_at", "period"),
    "payments": ("deal_id", "due_on", "amount"),
}


@cache
def _said() -> dict[str, dict[str, Any]]:
    """Return how people name a table and its columns, where they do in words of their own."""
    found: dict[str, dict[str, Any]] = packaged("funnelkit.data.reading", "beside.yaml")
    return found


def columns_of(name: str, sheet: Sheet) -> dict[str, str]:
    """Return the columns of a further table, ours for theirs; what nobody knows keeps its name."""
    there = {_bare(c): c for c in reversed(sheet.columns)}
    known: dict[str, str] = {}
    for ours, words in _said().get(name, {}).get("columns", {}).items():
        told = [there[_bare(w)] for w in words if _bare(w) in there]
        known |= {ours: told[0]} if told else {}
    rest = {c: c for c in sheet.columns if c not in known.values() and c not in known}
    return known | rest


def _bare(header: str) -> str:
    """Reduce a header to its words, without the unit in brackets."""
    return "".join(tokens(header))


def table_named(sheet: Sheet) -> str | None:
    """Return which further table a sheet is, by the name of its file or tab and its columns."""
    tab = re.search(r"\[(.+)\]$", sheet.name)
    said = plain_header(tab[1] if tab else sheet.name.split(".")[0])
    names = {plain_header(w): t for t, e in _said().items() for w in e["names"]}
    name = names.get(said, said)
    if name not in SIGNS:
        return None
    has = {plain_header(c) for c in columns_of(name, sheet)}
    return name if {plain_header(c) for c in SIGNS[name]} <= has else None


def apart(sheets: list[Sheet]) -> tuple[dict[str, Sheet], list[Sheet]]:
    """Part the further tables from the sheets that may hold deals and histories."""
    if len(sheets) < 2:
        return {}, sheets
    found: dict[str, Sheet] = {}
    rest: list[Sheet] = []
    for sheet in sheets:
        name = table_named(sheet)
        if name is None or name in found:
            rest.append(sheet)
        else:
            found[name] = sheet
    # a folder of such tables alone is no pipeline: the reader says what it lacks
    return (found, rest) if rest else ({}, sheets)


def read_beside(
    sheets: dict[str, Sheet], process: Process, clock: dt.timedelta, mapping: FileMapping, con: Any
) -> tuple[dict[str, ir.Table], list[Finding]]:
    """Read the further tables: times, amounts and marks typed, every other column kept as text."""
    tables: dict[str, ir.Table] = {}
    findings: list[Finding] = []
    for name, sheet in sheets.items():
        findings += sheet.notes
        parsed = read_columns(
            sheet, columns_of(name, sheet), clock=clock, order=mapping.dates, engine=con,
            decimal=mapping.decimal,
        )  # fmt: skip
        if parsed.questions:
            raise Unsure(parsed.questions, sheet.name)
        findings += parsed.findings
        table = parsed.table.drop(*[c for c in (ROW, MONEY) if c in parsed.table.columns])
        if "stage" in table.columns:
            labels = table.select("stage").distinct().to_pyarrow()["stage"].to_pylist()
            ids = [(t, process.match(t) or t) for t in labels if t is not None]
            if ids:
                table = table.mutate(stage=table.stage.cases(*ids, else_=ibis.null("string")))
        tables[name] = con.create_table(name, table, temp=True) if sheet.text else table
    return tables, findings
