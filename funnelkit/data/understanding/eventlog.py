"""Event logs: a row an event of a case, told apart into deals and their visits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import ibis
import ibis.expr.types as ir

from funnelkit.data.defects import Phrase
from funnelkit.data.engines import hold
from funnelkit.data.inner import ROW
from funnelkit.data.opening.sheet import Sheet
from funnelkit.data.understanding.mapping import FileMapping
from funnelkit.data.understanding.questions import Choice, Question
from funnelkit.data.understanding.recognise import plain_header
from funnelkit.process import load_process

_CASE = "case:"
#: How the three columns of a log are called, XES first.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "deal_id": ("case:concept:name", "case id", "case", "case number",
                "案例编号", "案例ID", "实例编号", "流程编号"),
    "stage": ("concept:name", "activity", "activity name", "event", "event name",
              "活动", "活动名称", "事件"),
    "entered_at": ("time:timestamp", "timestamp", "complete timestamp", "end timestamp",
                   "start timestamp", "event time", "时间戳", "完成时间", "开始时间", "时间"),
}  # fmt: skip
#: An activity after which next to no case goes on may be an end.
_LAST = 0.9
_MOST_ASKED = 12
ENDS = ("won", "lost", "no_decision")


@dataclass
class EventLog:
    """The deals of a log with the attributes of their cases, its visits, and what is open."""

    deals: Sheet
    visits: Sheet
    columns: dict[str, str]
    questions: list[Question] = field(default_factory=list)


def columns_of_log(
    headers: list[str], told: Mapping[str, str | None] = MappingProxyType({})
) -> dict[str, str] | None:
    """Return the case, activity and time columns of an event log; None for another table.

    A mapping may name other columns (``told``); the case or the activity still has to be called
    as logs call it, or the table is a history like any other.

    Examples
    --------
    >>> columns_of_log(["case:concept:name", "concept:name", "time:timestamp", "case:region"])
    {'deal_id': 'case:concept:name', 'stage': 'concept:name', 'entered_at': 'time:timestamp'}
    >>> columns_of_log(["Case ID", "Activity", "Amount"]) is None
    True
    >>> columns_of_log(["Case ID", "Vorgang", "Zeit"], {"stage": "Vorgang", "entered_at": "Zeit"})
    {'deal_id': 'Case ID', 'stage': 'Vorgang', 'entered_at': 'Zeit'}
    """
    by_plain: dict[str, str] = {}
    for header in headers:
        by_plain.setdefault(plain_header(header), header)
    found, named = {}, set[str]()
    for role, names in _NAMES.items():
        own = next((by_plain[p] for n in names if (p := plain_header(n)) in by_plain), None)
        hit = by_plain.get(plain_header(told.get(role) or ""), own)
        if hit is None:
            return None
        found[role] = hit
        if hit == own:
            named.add(role)
    sure = bool(named & {"deal_id", "stage"})
    return found if sure and len(set(found.values())) == len(found) else None


def event_log(sheet: Sheet, mapping: FileMapping, con: Any) -> EventLog | None:
    """Return what an event log holds, or None where a sheet is none.

    Columns named ``case:...``, and columns with one value a case throughout, are attributes of
    the deals. Which activity ends a case, and how, is asked where its name does not say it.
    """
    told = mapping.columns
    columns = columns_of_log(sheet.columns, told)
    if columns is None:
        return None
    case, activity, at = (columns[c] for c in ("deal_id", "stage", "entered_at"))
    others = [c for c in sheet.columns if c not in columns.values()]
    table = _numbered(sheet, con)
    deals = _cases(sheet, table, case, others)
    seq = plain_header(told.get("seq") or "")
    visits = table.select(case, activity, at, *(c for c in others if plain_header(c) == seq), ROW)
    log = EventLog(deals, _sheet(sheet, visits), columns)
    log.visits.notes, log.visits.rows = sheet.notes, sheet.rows
    log.questions = _ends(log, table, mapping)
    return log


def cases_of(sheet: Sheet, case: str, used: Iterable[str], con: Any) -> Sheet | None:
    """Return what a history says of its deals beside their moves, one row a deal; None if nothing.

    ``case`` is the column of the deal, ``used`` the columns of the moves themselves.
    """
    taken = {*used, case}
    others = [c for c in sheet.columns if c not in taken]
    made = _cases(sheet, _numbered(sheet, con), case, others) if others else None
    return made if made is not None and len(made.columns) > 1 else None


def _numbered(sheet: Sheet, con: Any) -> ir.Table:
    table = sheet.table if sheet.arrow is None else hold(sheet.arrow, con)
    return table if ROW in table.columns else table.mutate(**{ROW: ibis.row_number() + 1})


def _cases(sheet: Sheet, table: ir.Table, case: str, others: list[str]) -> Sheet:
    own = [c for c in others if c.startswith(_CASE)] + _constant(
        table, case, [c for c in others if not c.startswith(_CASE)]
    )
    named = table.group_by(table[case]).agg(
        **{
            name: table[c].first(where=table[c].notnull())
            for c, name in zip(own, _plain_names(own), strict=True)
        },
        **{ROW: table[ROW].min()},
    )
    return _sheet(sheet, named.order_by(ROW))


def _plain_names(columns: list[str]) -> list[str]:
    """Attribute names without ``case:``, each once."""
    names: list[str] = []
    for column in columns:
        name = column.removeprefix(_CASE)
        names.append(column if name in names else name)
    return names


def _constant(table: ir.Table, case: str, columns: list[str]) -> list[str]:
    if not columns:
        return []
    kinds = table.group_by(table[case]).agg(**{f"c{k}": table[c].nunique()
                                               for k, c in enumerate(columns)})  # fmt: skip
    most = kinds.agg(**{f"c{k}": kinds[f"c{k}"].max() for k in range(len(columns))})
    row = most.to_pyarrow().to_pylist()[0]
    return [c for k, c in enumerate(columns) if row[f"c{k}"] == 1]


def _sheet(sheet: Sheet, table: ir.Table) -> Sheet:
    columns = [c for c in table.columns if c != ROW]
    if sheet.arrow is None:
        return Sheet(sheet.name, columns, table, worth=sheet.worth)
    arrow = table.to_pyarrow()
    return Sheet(
        sheet.name,
        columns,
        ibis.memtable(arrow),
        text=sheet.text,
        arrow=arrow,
        rows=arrow.num_rows,
        worth=sheet.worth,
    )


def _ends(log: EventLog, table: ir.Table, mapping: FileMapping) -> list[Question]:
    """Ask of every activity that nothing follows whether it ends a case, and how."""
    t = table.rename(log.columns)
    t = t.filter(t.stage.notnull())
    when = t.entered_at
    if log.visits.text:
        when = when.try_cast("timestamp('UTC')")
    order = [when, t[ROW]]
    w = ibis.window(group_by=t.deal_id, order_by=order)
    t = t.mutate(followed=t.stage.lead().over(w).notnull())
    rows = (
        t.group_by("stage")
        .agg(n=t.count(), last=(~t.followed).sum(), cases=t.deal_id.nunique())
        .order_by(ibis.desc("last"), "stage")
        .to_pyarrow()
        .to_pylist()
    )
    process = load_process(None)
    told = {*mapping.outcomes, *mapping.stages}
    asked = []
    for row in rows:
        label = str(row["stage"])
        if label in told or process.match(label) in ENDS or not row["last"]:
            continue
        if row["last"] < _LAST * row["n"]:
            continue
        asked.append(_question(label, int(row["last"])))
    return asked[:_MOST_ASKED]


def _question(label: str, cases: int) -> Question:
    ways = [
        Choice(Phrase(f"questions.ends_{end}", label=label), (), {"outcomes": {label: end}})
        for end in ENDS
    ]
    ways.append(Choice(Phrase("questions.ends_stage", label=label), (), {"stages": {label: label}}))
    text = Phrase("questions.which_end", label=label, n=cases)
    return Question(f"outcome:{label}", text, tuple(ways))


__all__ = ["EventLog", "cases_of", "columns_of_log", "event_log"]
