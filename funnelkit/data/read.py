"""Reading what people really have: files, folders, frames and tables into one pipeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnelkit.data.assemble import assemble
from funnelkit.data.columns import Parsed, read_columns
from funnelkit.data.defects import DataRefused, Finding, Findings
from funnelkit.data.files import ROW, Sheet
from funnelkit.data.labels import IGNORED, OUTCOMES, Label, labels_of, put_stages, understand
from funnelkit.data.mapping import FileMapping, apply_columns, load_mapping
from funnelkit.data.pipeline import (
    DEALS,
    FIELD_HISTORY,
    STAGE_HISTORY,
    Pipeline,
    conform,
    derive_deals,
    end_of,
)
from funnelkit.data.recognise import (
    Dialect,
    Recognised,
    dialect,
    header_score,
    plain_header,
    recognise,
)
from funnelkit.data.shape import Histories, from_changes, from_entered, from_visits
from funnelkit.data.sources import engine, sheets_of, shown_name
from funnelkit.data.validate import check_deals, check_order, check_visits, unique_deals
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.process import load_process
from funnelkit.words import say

OnDefect = Literal["repair", "strict"]
_HISTORY_COLUMNS = ("deal_id", "stage", "entered_at", "seq")
_CHANGE_COLUMNS = ("deal_id", "field", "old", "new", "changed_at", "seq")


@dataclass
class Taken:
    """A sheet and what it is taken for."""

    sheet: Sheet
    role: str
    dialect: Dialect
    columns: dict[str, str]
    entered: dict[str, str] = field(default_factory=dict)


@dataclass
class Plan:
    """Which sheet serves for what."""

    deals: Taken | None = None
    history: Taken | None = None
    changes: Taken | None = None
    stages: Taken | None = None
    unused: list[Sheet] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read(
    path_or_table: Any,
    history: Any = None,
    fields: Any = None,
    mapping: Mapping[str, Any] | str | FileMapping | None = None,
    process: Any = None,
    as_of: dt.date | dt.datetime | str | None = None,
    *,
    on_defect: OnDefect = "repair",
    name: str | None = None,
) -> Pipeline:
    """Read a CRM export, a folder of tables, a frame or a database table into a pipeline.

    The system is recognised by the headers (Salesforce, HubSpot, Pipedrive, Dynamics 365, Zoho,
    Odoo, the kit's own); anything else is read by a mapping. Whatever is wrong with the data is
    in ``.findings`` of the pipeline, by file, row, column, value and reason.

    Parameters
    ----------
    path_or_table : path, frame, Ibis table or Ibis connection
        CSV or TSV (UTF-8, UTF-16, GB18030; gzip), Excel, Parquet, a folder of such files;
        pandas, polars, Arrow; an Ibis table or connection. Parquet and tables stay lazy.
    history : the same, optional
        The stage history; without one the file is a snapshot.
    fields : the same, optional
        The history of amounts, closing dates, owners and forecast categories.
    mapping : dict or YAML path, optional
        Which column is which: ``{"columns": {"deal_id": "opportunity_id"},
        "stages": {"Engaging": "engaging"}}``.
    process : str, path, dict or Process, optional
        The stages. Without it the default process serves when it knows at least half of the
        file's stage labels; otherwise the file's own stages make a process, and it is told in
        which order.
    as_of : date, optional
        The moment the data is seen from; the day of the latest event without it.
    on_defect : {"repair", "strict"}
        ``repair`` empties cells that cannot be read, sets aside rows that cannot be placed and
        reports both; ``strict`` refuses on the first list of errors.

    Returns
    -------
    Pipeline

    Raises
    ------
    FunnelkitError
        What is given is no table, or its columns are not understood.
    DataRefused
        ``strict`` met errors, or no row is left.

    Examples
    --------
    >>> import pandas as pd
    >>> deals = pd.DataFrame({"deal_id": ["a", "b"], "stage": ["need", "Proposal"],
    ...                       "created_at": ["2026-01-05", "2026-01-09"], "outcome": ["open", "won"]})
    >>> p = read(deals)
    >>> p.size, p.stage_history is None
    (2, True)
    """
    if on_defect not in ("repair", "strict"):
        raise FunnelkitError(
            "data.on_defect", found=on_defect, allowed=nearest(on_defect, ("repair", "strict"))
        )
    return _Reading(path_or_table, history, fields, mapping, process, as_of, on_defect, name).run()


def make_plan(
    main: list[Sheet],
    histories: list[Sheet],
    fields: list[Sheet],
    mapping: FileMapping,
) -> Plan:
    """Decide which sheet is which, by headers and mapping."""
    plan = Plan()
    known = list(DEALS) + ["entered_at", "probability", "seq"]
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
        plan.findings.append(Finding("unused_file", "info", file=sheet.name))
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
            Finding("second_file", "warning", file=other.sheet.name,
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
    if wish is not None or found is not None and found.role != "deals":
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
        return Taken(sheet, role, found.dialect, columns, entered or found.entered)
    # columns not named in the mapping may carry the kit's own names
    for canonical in known:
        if canonical not in columns and canonical in sheet.columns:
            if canonical not in columns.values():
                columns[canonical] = canonical
    role = wish or ("history" if "entered_at" in columns else "deals")
    if not _enough(columns, role):
        need = {"history": ("deal_id", "stage", "entered_at"),
                "changes": ("deal_id", "field", "new", "changed_at")}.get(role, ("deal_id", "stage"))  # fmt: skip
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


class _Reading:
    """One reading, step by step: sheets, columns, labels, deals, histories, checks."""

    def __init__(
        self,
        source: Any,
        history: Any,
        fields: Any,
        mapping: Any,
        process: Any,
        as_of: Any,
        on_defect: OnDefect,
        name: str | None,
    ) -> None:
        self.mapping = load_mapping(mapping)
        self.process = process
        self.strict = on_defect == "strict"
        self.asked = None if as_of is None else end_of(as_of)
        self.name = name or self.mapping.name or shown_name(source)
        self.con = engine()
        self.findings: list[Finding] = []
        self.aside: list[pd.DataFrame] = []
        self.bad: dict[str, dict[str, list[int]]] = {}
        self.parsed: dict[str, Parsed] = {}
        self._history_dirty = False
        self.clock = load_process(process).calendar.offset
        # what lies beyond is in the future: the day asked for, or now
        self.limit = self.asked or dt.datetime.now(dt.UTC).replace(tzinfo=None) + dt.timedelta(
            days=1
        )

        def score(cells: list[str]) -> float:
            told = {plain_header(c) for c in self.mapping.columns.values()}
            hits = sum(plain_header(c) in told for c in cells if c)
            return max(header_score(cells), 2.0 * hits)

        self.main = sheets_of(source, self.con, score, "deals")
        histories = sheets_of(history, self.con, score, "stage_history")
        changes = sheets_of(fields, self.con, score, "field_history")
        self.plan = make_plan(self.main, histories, changes, self.mapping)
        self.findings += self.plan.findings
        for taken in (self.plan.deals, self.plan.history, self.plan.changes):
            if taken is not None:
                self.findings += taken.sheet.notes

    # --- steps ----------------------------------------------------------------------------

    def run(self) -> Pipeline:
        plan = self.plan
        deals = self._parse(plan.deals) if plan.deals else None
        visits, listed = self._visits(deals), self._listed()
        found: dict[str, Label] = {}
        if plan.deals and deals is not None and "stage" in deals.columns:
            labels_of(deals, "stage", plan.deals.sheet.name, plan.deals.columns["stage"],
                      visits=False, found=found)  # fmt: skip
        if visits.visits is not None:
            taken = plan.history or plan.changes or plan.deals
            assert taken is not None
            column = taken.columns.get("stage") or taken.columns.get("new") or "stage"
            labels_of(visits.visits, "stage", taken.sheet.name, column, visits=True, found=found)
        self._codes(found)
        meaning = understand(
            found,
            process=self.process,
            mapping=self.mapping,
            dialect=(plan.deals or plan.history or plan.changes).dialect,  # type: ignore[union-attr]
            listed=listed,
            visits=visits.visits,
        )
        self.meaning = meaning
        self.findings += meaning.findings
        history = self._staged(visits.visits)
        return self._finish(deals, history, visits)

    def _parse(self, taken: Taken) -> ir.Table:
        columns = dict(taken.columns)
        for stage, source in taken.entered.items():
            columns[f"entered:{stage}"] = source
        parsed: Parsed = read_columns(
            taken.sheet, columns, clock=self.clock, order=self.mapping.dates,
            attributes=taken.role == "deals", engine=self.con,
        )  # fmt: skip
        self.findings += parsed.findings
        self.bad[taken.role] = parsed.bad
        self.parsed[taken.role] = parsed
        table = parsed.table
        if "deleted" in table.columns:
            mark = table.deleted.fill_null(False)
            row = table.aggregate(gone=mark.sum(), n=table.count()).to_pyarrow().to_pylist()[0]
            gone = int(row["gone"] or 0)
            if gone and gone == row["n"]:  # a mark on every row tells nothing
                self.findings.append(
                    Finding("all_deleted", "warning", file=taken.sheet.name, count=gone,
                            column=taken.columns["deleted"])
                )  # fmt: skip
            elif gone:
                self.findings.append(
                    Finding("deleted_rows", "info", file=taken.sheet.name, count=gone,
                            column=taken.columns["deleted"], effect="row")
                )  # fmt: skip
                table = table.filter(~mark)
            table = table.drop("deleted")
        return table

    def _visits(self, deals: ir.Table | None) -> Histories:
        plan = self.plan
        made = Histories()
        if plan.history is not None:
            made = from_visits(self._parse(plan.history))
        if plan.changes is not None:
            table = self._parse(plan.changes)
            log = from_changes(table, plan.changes.dialect, deals, plan.changes.sheet.name)
            made.changes = log.changes if log.changes is not None else made.changes
            if made.visits is None and log.visits is not None:
                made.visits = log.visits
                self.findings += log.findings
        if made.visits is None and plan.deals is not None and plan.deals.entered:
            assert deals is not None
            made.visits = from_entered(deals, list(plan.deals.entered))
            self.findings.append(
                Finding("entered_columns", "info", file=plan.deals.sheet.name,
                        count=len(plan.deals.entered))
            )  # fmt: skip
        return made

    def _listed(self) -> list[dict[str, Any]]:
        """The stage list of the system, where the folder holds one."""
        if self.plan.stages is None:
            return []
        return list(self._parse(self.plan.stages).to_pyarrow().to_pylist())

    def _codes(self, found: dict[str, Label]) -> None:
        """Numeric stage codes of a system carry their label."""
        taken = self.plan.deals
        codes = taken.dialect.codes.get("stage", {}) if taken else {}
        if not codes or self.mapping.stages:
            return
        if found and all(k in codes for k in found):
            named = {k: codes[k] for k in found}
            object.__setattr__(self.mapping, "stages", dict(named))

    def _staged(self, visits: ir.Table | None) -> ir.Table | None:
        if visits is None:
            return None
        stage_of = self.meaning.stage_of
        staged = visits.filter(visits.stage.notnull()).mutate(
            stage=put_stages(visits.stage, stage_of)
        )
        ignored = [k for k, v in stage_of.items() if v == IGNORED]
        if ignored:
            gone = int(staged.filter(staged.stage == IGNORED).count().execute())
            if gone:
                taken = self.plan.history or self.plan.changes or self.plan.deals
                assert taken is not None
                self.findings.append(
                    Finding("ignored_stage", "info", file=taken.sheet.name, count=gone,
                            more={"stages": ignored}, effect="row")
                )  # fmt: skip
            staged = staged.filter((staged.stage != IGNORED).fill_null(True))
        opened = [k for k, v in stage_of.items() if v == "open"]
        if opened:
            staged = staged.filter((staged.stage != "open").fill_null(True))
        return staged

    def _finish(self, raw: ir.Table | None, history: ir.Table | None, made: Histories) -> Pipeline:
        plan = self.plan
        taken = plan.deals
        closing = self.meaning.process.closing
        unknown = None in self.meaning.stage_of.values()
        given: set[str]
        h_name, h_source, h_typed = self._history_source()
        if raw is None:
            assert history is not None
            checked = check_visits(
                history, history, file=h_name, source=h_source, limit=self.limit, typed=h_typed,
                derived=True, unknown=unknown, bad=self._bad_entries(),
            )  # fmt: skip
            self._note(checked)
            history = self._ordered(checked.table, h_name, h_source, checked.facts)
            history = self._kept(history, "stage_history")
            deals = derive_deals(self._won_at_closing(history))
            deals = self._kept(deals, "deals", force=True)
            given = {"deal_id", "created_at", "stage", "outcome", "closed_at", "stage_history"}
            self.findings.append(
                Finding("deals_derived", "info", file=h_name, count=int(deals.count().execute()))
            )
            return self._pipeline(deals, history, None, given, checked.facts)
        assert taken is not None
        last = self._last(history, taken)
        built = assemble(
            raw, self.meaning, taken.dialect, file=taken.sheet.name, source=taken.columns,
            currency=self.mapping.currency, last=last,
        )  # fmt: skip
        self.findings += built.findings
        given = built.given
        checked = check_deals(
            built.deals, file=taken.sheet.name, source=self._names(taken), limit=self.limit,
            given=given, typed=not taken.sheet.text, explicit=built.explicit,
            closing=closing.id if closing else None,
            bad=self.bad.get("deals"),
        )  # fmt: skip
        unique_deals(checked, file=taken.sheet.name, source=self._names(taken))
        self._note(checked)
        deals = checked.table
        if checked.facts.get("same_day"):
            same = (deals.closed_at < deals.created_at).fill_null(False)
            deals = deals.mutate(closed_at=same.ifelse(deals.created_at, deals.closed_at))
            self.findings.append(
                Finding("same_day_close", "info", file=taken.sheet.name,
                        count=int(checked.facts["same_day"]), column=taken.columns.get("closed_at"))
            )  # fmt: skip
        if taken.dialect.inactive_is_lost and "active" in taken.columns:
            lost = deals.filter(deals.outcome == "lost").limit(1).count().execute()
            if not lost:
                self.findings.append(Finding("no_losses", "warning", file=taken.sheet.name))
        deals = self._money(deals, checked.facts, given, taken)
        deals = self._kept(deals, "deals", force=taken.sheet.text or checked.dirty)
        facts = dict(checked.facts)
        if history is not None:
            visits = check_visits(
                history, deals, file=h_name, source=h_source, limit=self.limit, typed=h_typed,
                derived=False, unknown=unknown, bad=self._bad_entries(),
            )  # fmt: skip
            self._note(visits)
            history = self._ordered(visits.table, h_name, h_source, visits.facts)
            history = self._kept(history, "stage_history")
            facts |= {f"h_{k}": v for k, v in visits.facts.items()}
            given.add("stage_history")
            if visits.facts.get("same_day"):
                deals = self._same_day(deals, history)
            if checked.facts.get("stageless"):
                deals = self._last_stage(deals, history)
        else:
            self.findings.append(Finding("no_history", "info", file=taken.sheet.name))
        changes = made.changes
        if changes is not None:
            changes = changes.semi_join(deals, "deal_id")
            given.add("field_history")
        return self._pipeline(deals, history, changes, given, facts)

    # --- parts of the last step -----------------------------------------------------------

    def _history_source(self) -> tuple[str, dict[str, str], bool]:
        plan = self.plan
        taken = plan.history or plan.changes or plan.deals
        assert taken is not None
        source = dict(taken.columns)
        if taken is plan.changes:
            source |= {"stage": source.get("new", "new"),
                       "entered_at": source.get("changed_at", "changed_at")}  # fmt: skip
        return taken.sheet.name, source, not taken.sheet.text

    def _bad_entries(self) -> list[int]:
        """Rows of the history whose date was reported as unreadable already."""
        own = self.bad.get("history", {}).get("entered_at")
        return own or self.bad.get("changes", {}).get("changed_at", [])

    def _names(self, taken: Taken) -> dict[str, str]:
        names = dict(taken.columns)
        if "closing_date" in names:
            names.setdefault("closed_at", names["closing_date"])
            names.setdefault("expected_close", names["closing_date"])
        return names

    def _note(self, checked: Any) -> None:
        self.findings += checked.findings
        self.aside += checked.aside

    def _ordered(
        self, visits: ir.Table, file: str, source: dict[str, str], facts: dict[str, Any]
    ) -> ir.Table:
        process = self.meaning.process
        ranks = {s: i for i, s in enumerate(process.stage_ids)}
        checked = check_order(visits, file=file, source=source, ranks=ranks)
        self._note(checked)
        self._history_dirty = checked.dirty
        return checked.table

    def _won_at_closing(self, history: ir.Table) -> ir.Table:
        """A closing stage is reached by won deals only: entering it is winning."""
        closing = self.meaning.process.closing
        if closing is None:
            return history
        won = history.stage == closing.id
        return history.mutate(stage=won.ifelse("won", history.stage))

    def _last(self, history: ir.Table | None, taken: Taken) -> ir.Table | None:
        """The last row of each deal's history, where the deals need it."""
        have = taken.columns
        dated = "closed_at" in have or "won_at" in have
        if history is None or (dated and "stage" in have and "created_at" in have):
            return None
        order = [history.entered_at, history.seq]
        w = ibis.window(group_by=history.deal_id, order_by=[o.desc() for o in order])
        clean = history.filter(
            history.entered_at.notnull()
            & history.stage.notnull()
            & (history.entered_at <= ibis.literal(self.limit, type="timestamp(6)"))
        )
        ranked = clean.mutate(back=ibis.row_number().over(w))
        opened = ~ranked.stage.isin(OUTCOMES)
        return ranked.group_by("deal_id").agg(
            last_stage=ranked.stage.max(where=ranked.back == 0),
            last_at=ranked.entered_at.max(where=ranked.back == 0),
            last_open=ranked.stage.argmin(ranked.back, where=opened),
            first_at=ranked.entered_at.min(),
        )

    def _last_stage(self, deals: ir.Table, history: ir.Table) -> ir.Table:
        opened = history.filter(~history.stage.isin(OUTCOMES))
        closing = self.meaning.process.closing
        if closing is not None:
            opened = opened.filter(opened.stage != closing.id)
        w = ibis.window(
            group_by=opened.deal_id, order_by=[opened.entered_at.desc(), opened.seq.desc()]
        )
        last = opened.mutate(back=ibis.row_number().over(w))
        last = last.filter(last.back == 0).select("deal_id", last_open=last.stage)
        joined = deals.left_join(last, "deal_id")
        joined = joined.mutate(stage=ibis.coalesce(joined.stage, joined.last_open))
        return joined.drop("deal_id_right", "last_open")

    def _same_day(self, deals: ir.Table, history: ir.Table) -> ir.Table:
        """A closing day without a time lies after the moves of the same day."""
        last = history.group_by("deal_id").agg(last_move=history.entered_at.max())
        joined = deals.left_join(last, "deal_id")
        late = (joined.last_move > joined.closed_at) & (
            joined.last_move.truncate("D") == joined.closed_at.truncate("D")
        )
        joined = joined.mutate(
            closed_at=late.fill_null(False).ifelse(joined.last_move, joined.closed_at)
        )
        return joined.drop("deal_id_right", "last_move")

    def _money(
        self, deals: ir.Table, facts: dict[str, Any], given: set[str], taken: Taken
    ) -> ir.Table:
        """Amounts in one currency: by the rates of the process, else without the foreign ones."""
        if facts.get("chance") is not None and facts["chance"] > 1:
            deals = deals.mutate(probability=deals.probability / 100)
        if (facts.get("currencies") or 0) < 2:
            return deals
        process = self.meaning.process
        rows = deals.group_by("currency").agg(n=ibis._.count()).to_pyarrow().to_pylist()
        named = sorted((r for r in rows if r["currency"]), key=lambda r: (-r["n"], r["currency"]))
        counts = {r["currency"]: r["n"] for r in named}
        rates = {process.currency: 1.0, **process.exchange}
        if all(c in rates for c in counts):
            rate = deals.currency.cases(*[(c, rates[c]) for c in counts], else_=1.0)
            deals = deals.mutate(
                amount=deals.amount * rate, currency=ibis.literal(process.currency)
            )
            self.findings.append(
                Finding("currencies_converted", "warning", file=taken.sheet.name,
                        column=taken.columns.get("currency") or taken.columns.get("amount"),
                        count=sum(n for c, n in counts.items() if c != process.currency),
                        more={"currencies": list(counts), "target": process.currency})
            )  # fmt: skip
            return deals
        main = max(counts, key=lambda c: (counts[c], c == process.currency))
        foreign = [c for c in sorted(counts) if c != main]
        other = deals.currency.isin(foreign).fill_null(False)
        deals = deals.mutate(amount=other.ifelse(ibis.null("float64"), deals.amount))
        self.findings.append(
            Finding("mixed_currencies", "error", file=taken.sheet.name,
                    column=taken.columns.get("currency") or taken.columns.get("amount"),
                    value=foreign[0], count=sum(counts[c] for c in foreign), effect="cell",
                    more={"currencies": list(counts), "main": main})
        )  # fmt: skip
        return deals

    def _kept(self, table: ir.Table, name: str, *, force: bool | None = None) -> ir.Table:
        """Keep a cleaned table in the database of the reading; a clean lazy one stays lazy."""
        if force is None:
            _, _, typed = self._history_source()
            force = not typed or self._history_dirty
        if not force:
            return table
        try:
            return self.con.create_table(ibis.util.gen_name(name), table, temp=True)
        except Exception:  # a table of another database cannot be kept here: it stays there
            return table

    def _pipeline(
        self,
        deals: ir.Table,
        history: ir.Table | None,
        changes: ir.Table | None,
        given: set[str],
        facts: dict[str, Any],
    ) -> Pipeline:
        rows = pd.concat(self.aside, ignore_index=True) if self.aside else None
        findings = Findings(self.findings, rows)
        if self.strict and findings.errors:
            raise DataRefused(findings)
        out = [f for f in findings if f.effect == "row"]
        size = int(deals.count().execute())
        if size == 0:
            raise DataRefused(findings, "data.nothing_left")
        del out
        deals = deals.drop(ROW) if ROW in deals.columns else deals
        if history is not None:
            history = conform(history.drop(ROW), STAGE_HISTORY)
        if changes is not None:
            changes = conform(
                changes.drop(ROW) if ROW in changes.columns else changes, FIELD_HISTORY
            )
        moments = [facts.get(k) for k in ("max_created_at", "max_closed_at", "h_last", "last")]
        known = [_naive(m) for m in moments if m is not None]
        known = [m for m in known if m <= self.limit]
        as_of = self.asked
        if as_of is None:
            if not known:
                as_of = dt.datetime.combine(self.limit.date(), dt.time.max)
                findings = findings + [Finding("no_dates", "warning", file=self.main[0].name)]
            else:
                as_of = dt.datetime.combine(max(known).date(), dt.time.max)
        left = (
            pd.Series(dtype=int) if rows is None else rows.loc[rows["table"] == "deals", "reason"]
        )
        totals = {f.reason: f.count for f in findings if f.effect == "row"}
        left_out = tuple((r, totals.get(r, int((left == r).sum()))) for r in left.unique())
        return Pipeline(
            deals=conform(deals, DEALS),
            stage_history=history,
            field_history=changes,
            process=self.meaning.process,
            as_of=as_of,
            name=self.name,
            given=frozenset(given),
            findings=findings,
            left_out=left_out,
        )


def _naive(moment: Any) -> dt.datetime:
    if isinstance(moment, pd.Timestamp):
        return moment.to_pydatetime().replace(tzinfo=None)
    return moment.replace(tzinfo=None) if isinstance(moment, dt.datetime) else moment


__all__ = ["Plan", "Taken", "make_plan", "read", "say"]
