"""Which of the tables given is which, by headers and mapping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from funnelkit.data.contract import DEALS
from funnelkit.data.defects import Finding
from funnelkit.data.opening.files import Sheet
from funnelkit.data.understanding.entered import stage_pair
from funnelkit.data.understanding.headers import speaks_for
from funnelkit.data.understanding.mapping import FileMapping, apply_columns
from funnelkit.data.understanding.questions import Question
from funnelkit.data.understanding.recognise import (
    Dialect,
    Recognised,
    dialect,
    plain_header,
    recognise,
)
from funnelkit.data.understanding.roles import Weigher
from funnelkit.data.understanding.sample import Sample
from funnelkit.errors import FunnelkitError, nearest

# What a mapping may name besides the columns of the deals.
EXTRA = (
    "entered_at", "seq", "probability", "forecast_category", "field", "old", "new", "changed_at",
    "closing_date", "won_at", "lost_at", "is_closed", "is_won", "deleted", "active",
    "outcome_detail", "pipeline", "type", "from_stage",
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
    row_ids: bool = False  # no column names a deal: the row does
    questions: list[Question] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)


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
    strange = []
    for sheet in main:
        taken = _take(sheet, mapping, known, None, words=len(main) == 1)
        if taken is None:
            strange.append(sheet)
        else:
            _assign(plan, taken)
    for sheet in strange:
        # a table of no known system is judged by its words where no other holds deals
        need = plan.deals is None and plan.history is None
        taken = _take(sheet, mapping, known, None) if need and len(main) > 1 else None
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
    for used in (plan.deals, plan.history, plan.changes):
        if used is not None:
            plan.findings += used.notes
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


def _take(
    sheet: Sheet, mapping: FileMapping, known: list[str], wish: str | None, *, words: bool = True
) -> Taken | None:
    """Understand a sheet: the user's mapping, then its system, then words and behaviour.

    Without ``words`` a sheet of no known system is left to others.
    """
    given = dict(mapping.columns)
    if wish == "history":
        given |= mapping.history
    elif wish == "changes":
        given = {**{k: v for k, v in given.items() if k == "deal_id"}, **mapping.fields}
    without = {k for k, v in given.items() if v is None}
    told = {k: v for k, v in given.items() if v is not None}
    found = _recognised(sheet, wish, told)
    if wish is not None or (found is not None and found.role != "deals"):
        # columns of the deals file need not stand in the other files
        plain = {plain_header(c) for c in sheet.columns}
        told = {k: v for k, v in told.items() if plain_header(v) in plain}
    columns = apply_columns(told, sheet.columns, known, sheet.name) if told else {}
    entered = dict(mapping.entered)
    if entered:
        entered = apply_columns(entered, sheet.columns, [], sheet.name)
    given_by_user = {*columns}
    prior = found.columns if found is not None else _own_names(sheet)
    taken_columns = set(columns.values())
    columns = {
        **{k: v for k, v in prior.items()
           if k not in columns and v not in taken_columns and k not in without},
        **columns,
    }  # fmt: skip
    if found is None and not words and not given_by_user and not _enough(columns, wish):
        return None
    system = found.dialect if found is not None else dialect("kit")
    role = wish or (found.role if found is not None else None)
    if role == "history" and found is not None and found.role == "changes":
        role = "changes"
    if role in (None, "deals") and "entered_at" in columns:
        role = "history"
    pair = stage_pair(sheet.columns) if role in (None, "history") else None
    if pair is not None and "stage" not in given_by_user:
        columns["stage"] = pair[1]
        if "entered_at" not in columns and "changed_at" in columns:
            columns["entered_at"] = columns.pop("changed_at")
    weigher = Weigher(Sample(sheet), columns, given_by_user, without)
    if role is None or (role == "history" and not _enough(columns, "history")):
        if weigher.visits(sure=pair is not None):
            role = "history"
        elif role is None:
            role = "deals"
            if pair is not None and "stage" not in given_by_user:
                columns.pop("stage")
            weigher = Weigher(weigher.sample, columns, given_by_user, without)
    if role == "deals" and system.id == "kit" and wish is None and not given_by_user:
        # the plainest headers serve for both: a deal that comes again and again is moving
        moving = Weigher(weigher.sample, columns, given_by_user, without)
        if weigher.comes_again() and moving.visits():
            role, weigher = "history", moving
    if pair is not None and role == "history":
        weigher.moves(pair[0])
    columns = weigher.found.columns
    taken = Taken(sheet, role, system, columns, entered, found.utc if found else False)
    if role == "deals":
        taken.row_ids = not weigher.identity()
        weigher.labels()
        taken.entered = entered or (found.entered if found else {}) or weigher.entered()
        weigher.headers = [h for h in weigher.headers if h not in taken.entered.values()]
        weigher.run()
        taken.questions = weigher.found.questions
        taken.notes = _notes(sheet, weigher)
        if taken.row_ids and _enough({"deal_id": "", **columns}, role) and sheet.has_rows:
            taken.notes.append(Finding("row_is_deal", file=sheet.name))
            return taken
    if found is None and not _enough(columns, role):
        if not given_by_user and (wish is not None or not words):
            return None
        need = _NEEDED.get(role, ("deal_id", "stage"))
        _not_understood(sheet, tuple(n for n in need if n not in columns))
    return taken


def _recognised(sheet: Sheet, wish: str | None, told: Mapping[str, str]) -> Recognised | None:
    """The system a sheet comes from; a table with one row a deal is no history."""
    if wish == "history":
        return recognise(sheet.columns, "history") or recognise(sheet.columns, "changes")
    if wish == "changes":
        return recognise(sheet.columns, "changes")
    found = recognise(sheet.columns)
    if found is not None and found.role == "history" and "entered_at" not in told:
        entered, deal = found.columns.get("entered_at"), found.columns.get("deal_id")
        born = bool(entered and speaks_for(entered, "created_at") >= 0.95)
        if deal and born and Sample(sheet).unique(deal):
            return recognise(sheet.columns, "deals")
    return found


def _notes(sheet: Sheet, weigher: Weigher) -> list[Finding]:
    """One line for every column that was taken for what its words or its cells tell."""
    asked = {q.about.removeprefix("column:") for q in weigher.found.questions}
    notes = [
        Finding("column_taken", file=sheet.name, column=weigher.found.columns[role],
                more={"role": role, "why": why})
        for role, why in weigher.found.why.items()
        if role not in asked and plain_header(weigher.found.columns[role]) != plain_header(role)
    ]  # fmt: skip
    notes += [
        Finding("stage_date_unnamed", file=sheet.name, column=h, value=h) for h in weigher.unnamed()
    ]
    return notes


def _own_names(sheet: Sheet) -> dict[str, str]:
    plain = {plain_header(c): c for c in sheet.columns}
    wanted = (*DEALS, "entered_at", "seq", "field", "old", "new", "changed_at")
    return {c: plain[plain_header(c)] for c in wanted if plain_header(c) in plain}


def _enough(columns: Mapping[str, str], role: str | None) -> bool:
    if role == "history":
        return {"deal_id", "stage", "entered_at"} <= columns.keys()
    if role == "changes":
        return {"deal_id", "field", "new", "changed_at"} <= columns.keys()
    tells = {"stage", "outcome", "is_won", "is_closed", "won_at"}
    return "deal_id" in columns and bool(tells & columns.keys())


def _not_understood(sheet: Sheet, missing: tuple[str, ...]) -> None:
    column = missing[0] if missing else "deal_id"
    raise FunnelkitError(
        "data.not_understood",
        file=sheet.name,
        missing=list(missing),
        column=column,
        allowed=nearest(column, sheet.columns),
    )
