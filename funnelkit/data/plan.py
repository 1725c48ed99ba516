"""Which of the tables given is which, by headers and mapping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from funnelkit.data.defects import Finding
from funnelkit.data.files import Sheet
from funnelkit.data.mapping import FileMapping, apply_columns
from funnelkit.data.pipeline import DEALS
from funnelkit.data.recognise import Dialect, Recognised, dialect, plain_header, recognise
from funnelkit.errors import FunnelkitError, nearest

# What a mapping may name besides the columns of the deals.
EXTRA = (
    "entered_at", "seq", "probability", "forecast_category", "field", "old", "new", "changed_at",
    "closing_date", "won_at", "lost_at", "is_closed", "is_won", "deleted", "active",
    "outcome_detail", "pipeline", "type",
)  # fmt: skip
_NEEDED = {
    "history": ("deal_id", "stage", "entered_at"),
    "changes": ("deal_id", "field", "new", "changed_at"),
}


@dataclass
class Taken:
    """A sheet and what it is taken for."""

    sheet: Sheet
    role: str
    dialect: Dialect
    columns: dict[str, str]
    entered: dict[str, str] = field(default_factory=dict)
    utc: bool = False  # times without an offset are told in UTC


@dataclass
class Plan:
    """Which sheet serves for what."""

    deals: Taken | None = None
    history: Taken | None = None
    changes: Taken | None = None
    stages: Taken | None = None
    unused: list[Sheet] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def make_plan(
    main: list[Sheet],
    histories: list[Sheet],
    fields: list[Sheet],
    mapping: FileMapping,
) -> Plan:
    """Decide which sheet is which, by headers and mapping."""
    plan = Plan()
    known = [*DEALS, *EXTRA]
    for sheet in main:
        taken = _take(sheet, mapping, known, None)
        if taken is None:
            plan.unused.append(sheet)
        else:
            _assign(plan, taken)
    for sheet in histories:
        taken = _take(sheet, mapping, known, "history")
        if taken is None:
            _not_understood(sheet, ("deal_id", "stage", "entered_at"))
        else:
            plan.changes = taken if taken.role == "changes" else plan.changes
            plan.history = taken if taken.role == "history" else plan.history
    for sheet in fields:
        taken = _take(sheet, mapping, known, "changes")
        if taken is None:
            _not_understood(sheet, ("deal_id", "field", "new", "changed_at"))
        else:
            plan.changes = taken
    if plan.deals is None and plan.history is None:
        sheet = (main or histories or fields)[0]
        has = _own_names(sheet)
        _not_understood(sheet, tuple(c for c in ("deal_id", "stage") if c not in has))
    for sheet in plan.unused:
        plan.findings.append(Finding("unused_file", file=sheet.name))
    return plan


def _assign(plan: Plan, taken: Taken) -> None:
    """Give a sheet its place; of two for one place the larger recognition wins."""
    if not hasattr(plan, taken.role):
        plan.unused.append(taken.sheet)
        return
    now: Taken | None = getattr(plan, taken.role)
    if now is not None:
        other = taken if len(taken.columns) <= len(now.columns) else now
        taken = now if other is taken else taken
        plan.findings.append(
            Finding("second_file", file=other.sheet.name,
                    more={"other": taken.sheet.name})
        )  # fmt: skip
    setattr(plan, taken.role, taken)


def _take(sheet: Sheet, mapping: FileMapping, known: list[str], wish: str | None) -> Taken | None:
    """Recognise a sheet; the user's mapping goes before the dialect's columns."""
    found: Recognised | None = None
    if wish == "history":
        found = recognise(sheet.columns, "history") or recognise(sheet.columns, "changes")
    elif wish == "changes":
        found = recognise(sheet.columns, "changes")
    else:
        found = recognise(sheet.columns)
    told = dict(mapping.columns)
    if wish == "history":
        told |= mapping.history
    elif wish == "changes":
        told = {**{k: v for k, v in told.items() if k == "deal_id"}, **mapping.fields}
    if wish is not None or (found is not None and found.role != "deals"):
        # columns of the deals file need not stand in the other files
        plain = {plain_header(c) for c in sheet.columns}
        told = {k: v for k, v in told.items() if plain_header(v) in plain}
    columns = apply_columns(told, sheet.columns, known, sheet.name) if told else {}
    entered = dict(mapping.entered)
    if entered:
        entered = apply_columns(entered, sheet.columns, [], sheet.name)
    if found is None and not columns:
        columns = _own_names(sheet)
        if not _enough(columns, wish):
            return None
    if found is not None:
        taken_columns = set(columns.values())
        base = {
            k: v for k, v in found.columns.items()
            if k not in columns and v not in taken_columns
        }  # fmt: skip
        role = found.role
        columns = {**base, **columns}
        if role == "deals" and "entered_at" in mapping.columns:
            role = "history"
        return Taken(sheet, role, found.dialect, columns, entered or found.entered, found.utc)
    # columns not named in the mapping may carry the kit's own names
    for canonical in known:
        free = canonical not in columns and canonical not in columns.values()
        if free and canonical in sheet.columns:
            columns[canonical] = canonical
    role = wish or ("history" if "entered_at" in columns else "deals")
    if not _enough(columns, role):
        need = _NEEDED.get(role, ("deal_id", "stage"))
        _not_understood(sheet, tuple(n for n in need if n not in columns))
    return Taken(sheet, role, dialect("kit"), columns, entered)


def _own_names(sheet: Sheet) -> dict[str, str]:
    plain = {plain_header(c): c for c in sheet.columns}
    wanted = (*DEALS, "entered_at", "seq", "field", "old", "new", "changed_at")
    return {c: plain[plain_header(c)] for c in wanted if plain_header(c) in plain}


def _enough(columns: Mapping[str, str], role: str | None) -> bool:
    if role == "history":
        return {"deal_id", "stage", "entered_at"} <= columns.keys()
    if role == "changes":
        return {"deal_id", "field", "new", "changed_at"} <= columns.keys()
    return "deal_id" in columns and ("stage" in columns or "outcome" in columns)


def _not_understood(sheet: Sheet, missing: tuple[str, ...]) -> None:
    column = missing[0] if missing else "deal_id"
    raise FunnelkitError(
        "data.not_understood",
        file=sheet.name,
        missing=list(missing),
        column=column,
        allowed=nearest(column, sheet.columns),
    )
