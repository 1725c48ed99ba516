"""Tables beside the deals in a folder: accounts, activities, targets and so on, typed by name."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import ibis
import ibis.expr.types as ir

from funnelkit.data.defects import Finding
from funnelkit.data.inner import MONEY, ROW
from funnelkit.data.opening.files import Sheet
from funnelkit.data.reading.columns import read_columns
from funnelkit.data.understanding.mapping import FileMapping
from funnelkit.data.understanding.questions import Unsure
from funnelkit.data.understanding.recognise import plain_header
from funnelkit.process import Process

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


def table_named(sheet: Sheet) -> str | None:
    """Return which further table a sheet is, by the name of its file or tab and its columns."""
    tab = re.search(r"\[(.+)\]$", sheet.name)
    name = (tab[1] if tab else sheet.name.split(".")[0]).strip().lower()
    has = {plain_header(c) for c in sheet.columns}
    wanted = {plain_header(c) for c in SIGNS.get(name, ("",))}
    return name if name in SIGNS and wanted <= has else None


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
            sheet, {c: c for c in sheet.columns}, clock=clock, order=mapping.dates, engine=con,
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
