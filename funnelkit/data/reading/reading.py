"""One reading, step by step: sheets, columns, labels, deals, histories, checks."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from funnelkit.data import engines
from funnelkit.data.ask.written import mapping_beside
from funnelkit.data.contract import DEALS, FIELD_HISTORY, STAGE_HISTORY, conform
from funnelkit.data.defects import DataRefused, Finding, Findings, Phrase
from funnelkit.data.doubts import MOST, doubts_of
from funnelkit.data.inner import ROW, inner
from funnelkit.data.moves import ALONG
from funnelkit.data.opening.sheet import Sheet
from funnelkit.data.opening.sources import sheets_of_each, shown_name
from funnelkit.data.pipeline import Pipeline, derive_deals, end_of
from funnelkit.data.reading.assemble import TORN, assemble
from funnelkit.data.reading.beside import apart, read_beside
from funnelkit.data.reading.columns import Parsed, number_columns, read_columns
from funnelkit.data.reading.layouts import lay_out, with_attributes
from funnelkit.data.reading.settle import (
    after_last_move,
    changes_in_one_currency,
    in_per_cent,
    last_rows,
    last_stage,
    one_currency,
    rates_of,
    which_currency,
    won_at_closing,
    worth_of,
)
from funnelkit.data.reading.shape import (
    Histories,
    from_changes,
    from_entered,
    from_visits,
    plain_values,
)
from funnelkit.data.reading.validate import Checked, check_deals, unique_deals
from funnelkit.data.reading.validate_history import (
    LABEL,
    check_changes,
    check_order,
    check_visits,
    with_before,
)
from funnelkit.data.stays import keep
from funnelkit.data.tally import Tally, tally_of
from funnelkit.data.understanding.eventlog import cases_of
from funnelkit.data.understanding.labels import IGNORED, Label, labels_of, put_stages
from funnelkit.data.understanding.mapping import load_mapping
from funnelkit.data.understanding.plan import Taken, make_plan
from funnelkit.data.understanding.questions import Choice, Question, Unsure
from funnelkit.data.understanding.recognise import header_score, plain_header
from funnelkit.data.understanding.understand import understand, understand_outcomes
from funnelkit.process import load_process

DELETED = inner("deleted")
#: What a history says of a move, not of its deal.
_OF_MOVES = ("deal_id", "stage", "outcome", "created_at", "closed_at")

OnDefect = Literal["repair", "strict"]
#: Columns that say by themselves how a deal ended: any of these sets.
TELLING = (
    {"outcome"}, {inner("is_won")}, {inner("active")}, {inner("won_at"), inner("lost_at")},
)  # fmt: skip


class Reading:
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
        *,
        taken_at: dt.datetime | None = None,
    ) -> None:
        beside = mapping_beside(source) if mapping is None else None
        self.mapping = load_mapping(beside if mapping is None else mapping)
        self.process = process
        self.strict = on_defect == "strict"
        self.asked = None if as_of is None else end_of(as_of)
        self.name = name or self.mapping.name or shown_name(source)
        self.con = engines.connect()
        self.findings: list[Finding] = []
        self.left_out: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.rows: dict[str, int] = {}
        self.derived = 0
        if beside is not None:
            self.findings.append(Finding("mapping_beside", file=beside.name))
        self.aside: list[pd.DataFrame] = []
        self.bad: dict[str, dict[str, list[int]]] = {}
        self.parsed: dict[str, Parsed] = {}
        self._history_dirty = False
        self.clock = load_process(process).calendar.offset
        # what lies beyond is in the future: when it was taken, else now or the day asked for
        now = dt.datetime.now(dt.UTC).replace(tzinfo=None) + dt.timedelta(days=1)
        self.limit = taken_at or max(now, self.asked or now)

        def score(cells: list[str]) -> float:
            told = {plain_header(c) for c in self.mapping.columns.values() if c}
            hits = sum(plain_header(c) in told for c in cells if c)
            return max(header_score(cells), 2.0 * hits)

        given = {"deals": source, "stage_history": history, "field_history": fields}
        deals, histories, changes = sheets_of_each(given, self.con, score)
        self.beside, self.main = apart(deals)
        laid = lay_out(self.main, self.mapping, self.con)
        self.main, self.cases, self.exports = laid.main, laid.cases, laid.exports
        columns = {**laid.columns, **self.mapping.columns}
        self.mapping = replace(self.mapping, columns=columns)
        self.plan = make_plan(self.main, histories, changes, self.mapping)
        moves = self.plan.history
        if self.plan.deals is None and self.cases is None and moves is not None:
            own = [c for r, c in moves.columns.items() if r not in DEALS or r in _OF_MOVES]
            self.cases = cases_of(moves.sheet, moves.columns["deal_id"], own, self.con)
        self.findings += self.plan.findings
        for taken in (self.plan.deals, self.plan.history, self.plan.changes):
            if taken is not None:
                self.findings += taken.sheet.notes
        used = [t.sheet for t in (self.plan.deals, self.plan.history, self.plan.changes) if t]
        # the exports of a stack are read once more, and a sheet that came as one is its owner's
        self._own = [] if self.exports or isinstance(source, Sheet) else used
        for sheet in self.main:
            if all(sheet is not u for u in used):
                self.findings += [n for n in sheet.notes if n.reason == "unread_file"]

    # --- steps ----------------------------------------------------------------------------

    def run(self) -> Pipeline:
        """Read, check, and return the pipeline."""
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
            told=deals is not None and any(t <= {*deals.columns} for t in TELLING),
        )
        self.meaning = meaning
        if plan.deals and deals is not None and "outcome" in deals.columns:
            said: dict[str, Label] = {}
            labels_of(deals, "outcome", plan.deals.sheet.name, plan.deals.columns["outcome"],
                      visits=False, found=said)  # fmt: skip
            understand_outcomes(said, meaning, mapping=self.mapping, given=self.process is not None,
                                codes=plan.deals.dialect.codes.get("outcome", {}))  # fmt: skip
        self.findings += meaning.findings
        self._ask()
        for sheet in self._own:
            sheet.let_go()
        history = self._staged(visits.visits)
        return self._finish(deals, history, visits)

    def as_one_history(self) -> Reading:
        """Read all rows of a stack of exports as one history: its stages and their order."""
        parts = []
        for moment, sheet in self.exports:
            arrow = sheet.arrow if sheet.arrow is not None else sheet.table.to_pyarrow()
            at = pa.array([str(moment)] * arrow.num_rows)
            parts.append(arrow.append_column("entered_at", at))
        arrow = pa.concat_tables(parts, promote_options="default")
        sheet = self.exports[-1][1]
        whole = Sheet(
            sheet.name, [*sheet.columns, "entered_at"], ibis.memtable(arrow), text=sheet.text,
            arrow=arrow if sheet.text else None, worth=sheet.worth,
        )  # fmt: skip
        columns = {**self.mapping.columns, "entered_at": "entered_at"}
        told = replace(self.mapping, snapshot=None, columns=columns)
        again = Reading(whole, None, None, told, self.process, None, "repair", self.name)
        again.run()
        return again

    def _ask(self) -> None:
        """Refuse what could change a main figure and is not known, every question at once."""
        used = [t for t in (self.plan.deals, self.plan.history, self.plan.changes) if t]
        asked = [q for t in used for q in t.questions]
        asked += [q for p in self.parsed.values() for q in p.questions]
        asked += self.meaning.questions
        if asked:
            raise Unsure(asked, used[0].sheet.name)

    def _parse(self, taken: Taken) -> ir.Table:
        columns = dict(taken.columns)
        for stage, source in taken.entered.items():
            columns[f"entered:{stage}"] = source
        parsed: Parsed = read_columns(
            taken.sheet, columns, clock=self.clock, order=self.mapping.dates,
            decimal=self.mapping.decimal, attributes=taken.role == "deals", engine=self.con,
            utc=taken.utc,
        )  # fmt: skip
        self.findings += parsed.findings
        self.bad[taken.role] = parsed.bad
        self.parsed[taken.role] = parsed
        table = parsed.table
        if taken.row_ids:
            table = table.mutate(deal_id=table[ROW].cast("string"))
        if DELETED in table.columns:
            mark = table[DELETED].fill_null(False)
            row = table.aggregate(gone=mark.sum(), n=table.count()).to_pyarrow().to_pylist()[0]
            gone = int(row["gone"] or 0)
            if gone and gone == row["n"]:  # a mark on every row tells nothing
                self.findings.append(
                    Finding("all_deleted", file=taken.sheet.name, count=gone,
                            column=taken.columns["deleted"])
                )  # fmt: skip
            elif gone:
                self.findings.append(
                    Finding("deleted_rows", file=taken.sheet.name, count=gone,
                            column=taken.columns["deleted"])
                )  # fmt: skip
                table = table.filter(~mark)
                self.left_out[taken.role]["deleted_rows"] += gone
            table = table.drop(DELETED)
        return table

    def _visits(self, deals: ir.Table | None) -> Histories:
        plan = self.plan
        made = Histories()
        if plan.history is not None:
            table = self._parse(plan.history)
            made = from_visits(table, deals, plan.history.sheet.name, self.con)
            self.findings += made.findings
            self.derived = made.derived
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
                Finding("entered_columns", file=plan.deals.sheet.name,
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
            named: dict[str, str | None] = {k: codes[k] for k in found}
            self.mapping = replace(self.mapping, stages=named)

    def _staged(self, visits: ir.Table | None) -> ir.Table | None:
        if visits is None:
            return None
        stage = put_stages(visits.stage, self.meaning.stage_of)
        return visits.mutate(**{LABEL: visits.stage, "stage": stage})

    def _finish(self, raw: ir.Table | None, history: ir.Table | None, made: Histories) -> Pipeline:
        plan = self.plan
        taken = plan.deals
        closing = self.meaning.process.closing
        given: set[str]
        h_name, h_source, h_typed = self._history_source()
        if raw is None:
            assert history is not None
            checked = check_visits(
                history, None, file=h_name, source=h_source, limit=self.limit, typed=h_typed,
                bad=self._bad_entries(),
            )  # fmt: skip
            self._note(checked, "history", h_name)
            history = self._ordered(checked.table, h_name, h_source, checked.facts)
            history = self._kept(history, "stage_history")
            given = {"deal_id", "created_at", "stage", "outcome", "closed_at", "stage_history"}
            deals = derive_deals(won_at_closing(self.meaning.process, history))
            if self.cases is not None:
                deals, more = with_attributes(
                    deals, self.cases, str(self.plan.history.columns["deal_id"]),  # type: ignore[union-attr]
                    self.mapping, self.clock, self.con,
                )  # fmt: skip
                given |= more
            deals = self._kept(deals, "deals", force=True)
            self.findings.append(
                Finding("deals_derived", file=h_name, count=int(deals.count().execute()))
            )
            return self._pipeline(deals, history, None, given, checked.facts)
        assert taken is not None
        last = last_rows(history, taken, self.limit)
        built = assemble(
            raw, self.meaning, taken.dialect, currency=self.mapping.currency, last=last,
            believed=self._stated(), unread=self.bad.get("deals", {}),
        )  # fmt: skip
        given = built.given
        checked = check_deals(
            built.deals, file=taken.sheet.name, source=self._names(taken), limit=self.limit,
            given=given, typed=not taken.sheet.text, explicit=built.explicit,
            closing=closing.id if closing else None,
            bad=self.bad.get("deals"),
        )  # fmt: skip
        asked = []
        if checked.left_out["closed_stage_open"] > MOST * checked.facts["n"]:
            asked += self._torn(built.deals, taken)
        rates = rates_of(
            self.meaning.process if self.process is not None else None,
            self.mapping.exchange, checked.table, checked.facts,
        )  # fmt: skip
        if rates is not None and rates.unknown:
            column = taken.columns.get("currency") or taken.columns.get("amount") or "amount"
            asked.append(which_currency(rates, column))
        if asked:
            raise Unsure(asked, taken.sheet.name)
        unique_deals(checked, file=taken.sheet.name, source=self._names(taken))
        self._note(checked, "deals", taken.sheet.name)
        if any(f.reason == "open_with_close_date" for f in checked.findings):
            given.add("expected_close")
        deals = checked.table
        if checked.facts.get("same_day"):
            same = deals.closed_at.truncate("D") == deals.created_at.truncate("D")
            same = (same & (deals.closed_at < deals.created_at)).fill_null(False)
            deals = deals.mutate(closed_at=same.ifelse(deals.created_at, deals.closed_at))
            self.findings.append(
                Finding("same_day_close", file=taken.sheet.name,
                        count=int(checked.facts["same_day"]), column=taken.columns.get("closed_at"))
            )  # fmt: skip
        if "amount" not in given and (numbers := number_columns(deals, taken.columns)):
            told = {"columns": numbers, "first": numbers[0]}
            self.findings.append(Finding("no_amount_column", file=taken.sheet.name, more=told))
        deals = in_per_cent(deals, checked.facts)
        worth = None
        if rates is not None and made.changes is not None:
            worth = self._kept(worth_of(rates, deals), "worth", force=True)
        deals = one_currency(rates, deals, taken, self.findings)
        deals = self._kept(deals, "deals", force=taken.sheet.text or checked.dirty)
        facts = dict(checked.facts)
        aside = built.deals if checked.left_out else None
        self._let_go(deals, history, made.changes, aside)
        if history is not None:
            visits = check_visits(
                history, deals, file=h_name, source=h_source, limit=self.limit, typed=h_typed,
                bad=self._bad_entries(), set_aside=aside,
            )  # fmt: skip
            self._note(visits, "history", h_name)
            history = self._ordered(visits.table, h_name, h_source, visits.facts)
            history = self._kept(history, "stage_history")
            facts |= {f"h_{k}": v for k, v in visits.facts.items()}
            given.add("stage_history")
            if visits.facts.get("same_day"):
                deals = after_last_move(deals, history)
            if checked.facts.get("stageless"):
                deals = last_stage(self.meaning.process, deals, history)
        else:
            self.findings.append(Finding("no_history", file=taken.sheet.name))
        changes = made.changes
        if changes is not None:
            if plan.changes is not None:  # else its rows are visits, which were looked at
                looked = check_changes(
                    changes, deals, file=plan.changes.sheet.name,
                    source=self._names(plan.changes),
                    set_aside=aside,
                )  # fmt: skip
                self._note(looked, "changes", plan.changes.sheet.name)
            changes = changes.semi_join(deals, "deal_id")
            changes = plain_values(changes, self.clock, self.mapping.decimal)
            if worth is not None:
                changes = changes_in_one_currency(changes, worth)
            given.add("field_history")
        return self._pipeline(deals, history, changes, given, facts)

    def _stated(self) -> list[str]:
        """Stage labels whose outcome the mapping states."""
        told = {plain_header(label) for label in self.mapping.outcomes}
        return [label for label in self.meaning.stage_of if plain_header(label) in told]

    def _torn(self, deals: ir.Table, taken: Taken) -> list[Question]:
        """Ask which is right where many deals contradict themselves on how they ended."""
        rows = deals.filter(deals[TORN].notnull()).group_by(label=deals[TORN])
        found = rows.agg(n=ibis._.count()).order_by("label").to_pyarrow().to_pylist()
        return [
            Question(
                f"outcome:{row['label']}",
                Phrase("questions.torn", label=row["label"], n=row["n"],
                       column=taken.columns.get("stage", "stage")),
                (
                    Choice(Phrase("questions.not_the_stage"), (),
                           {"stages": {row["label"]: "open"}}),
                    Choice(Phrase("questions.the_stage"), (),
                           {"outcomes": {row["label"]: self.meaning.stage_of[row["label"]]}}),
                ),
            )
            for row in found
        ]  # fmt: skip

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

    def _note(self, checked: Checked, role: str, file: str) -> None:
        self.findings += checked.findings
        self.aside += checked.aside
        self.left_out[role] += checked.left_out
        left = [k for k, v in self.meaning.stage_of.items() if v == IGNORED]
        for why in ("ignored_stage", "no_move", "deal_set_aside"):  # told once, not by row
            if n := checked.left_out[why]:
                self.findings.append(Finding(why, file=file, count=n, more={"stages": left}))
        if "n" in checked.facts:
            self.rows[role] = int(checked.facts["n"])

    def _ordered(
        self, visits: ir.Table, file: str, source: dict[str, str], facts: dict[str, Any]
    ) -> ir.Table:
        process = self.meaning.process
        ranks = {s: i for i, s in enumerate(process.stage_ids)}
        if ALONG in visits.columns:  # looked at several times from here on
            visits = self._kept(with_before(visits), "stage_history", force=True)
        checked = check_order(visits, file=file, source=source, ranks=ranks)
        self._note(checked, "history", file)
        self._history_dirty = checked.dirty
        return checked.table

    def _kept(self, table: ir.Table, name: str, *, force: bool | None = None) -> ir.Table:
        """Keep a cleaned table in the database it lives in; a clean lazy one stays lazy."""
        if force is None:
            _, _, typed = self._history_source()
            lined_up = ALONG in table.columns  # and kept by then
            force = self._history_dirty or not (typed or lined_up)
        if not force:
            return table
        found = engines.keep(table, name, self.con)
        return table if found is None else found

    def _let_go(self, *used: ir.Table | None) -> None:
        """Give back the room of rows as they came, but for the deals: a ledger looks at them."""
        came = self.parsed.get("deals")
        engines.let_go(self.con, came and came.table, *used)

    def _tallies(self, deals: int, history: ir.Table | None) -> dict[str, Tally]:
        """What became of the rows of the deals and of the histories."""
        made = {}
        for role, name, taken in (
            ("deals", "deals", self.plan.deals),
            ("history", "stage_history", self.plan.history),
        ):
            if role not in self.rows:
                continue
            reasons = self.left_out[role].copy()
            sheet = taken.sheet if taken else None
            for note in sheet.notes if sheet else ():
                if note.costs in ("row", "none"):
                    reasons[note.reason] += note.count
            outside = reasons - self.left_out[role] + Counter(deleted_rows=reasons["deleted_rows"])
            used = deals
            if role == "history" and history is not None:
                used = int(history.count().execute())
            file = sheet.name if sheet else self._history_source()[0]
            own = self.derived if role == "history" else 0  # visits that no row says by itself
            used -= own
            # the file's own count, where the reader of the file made one
            rows = (sheet.rows if sheet else 0) or self.rows[role] - own + sum(outside.values())
            made[name] = tally_of(file, rows, used, reasons)
        return made

    def _pipeline(
        self,
        deals: ir.Table,
        history: ir.Table | None,
        changes: ir.Table | None,
        given: set[str],
        facts: dict[str, Any],
    ) -> Pipeline:
        rows = pd.concat(self.aside, ignore_index=True) if self.aside else None
        tables, more = read_beside(
            self.beside, self.meaning.process, self.clock, self.mapping, self.con
        )
        self.findings += more
        size = int(deals.count().execute())
        deals = conform(deals.drop(ROW) if ROW in deals.columns else deals, DEALS)
        tallies = self._tallies(size, history)
        of_deals = tallies.get("deals") or tallies["stage_history"]
        unsure = set[str]()
        if rows is not None:
            unsure = set(rows.loc[rows["table"] == "stage_history", "deal_id"].dropna())
        if size:
            told = history if self.plan.deals is not None else None
            self.findings += doubts_of(
                deals,
                told,
                self.meaning.process,
                file=of_deals.file,
                given=given,
                tally=of_deals,
                unsure=unsure,
            )
        findings = Findings(self.findings, rows, tallies)
        if self.strict and findings.errors:
            raise DataRefused(findings)
        if size == 0:
            raise DataRefused(findings, "data.nothing_left")
        headers = (
            {c: role for role, c in self.plan.deals.columns.items()} if self.plan.deals else {}
        )
        kept: dict[str, Any] = {}
        self._let_go(deals, history, changes, *tables.values())
        if history is not None:
            kept = keep(self.con, history, self.meaning.process)
            history = conform(history, STAGE_HISTORY).select(*STAGE_HISTORY)
        if changes is not None:
            changes = conform(
                changes.drop(ROW) if ROW in changes.columns else changes, FIELD_HISTORY
            )
        moments = [facts.get(k) for k in ("max_created_at", "max_closed_at", "h_last", "last")]
        known = [_naive(m) for m in moments if m is not None]
        known = [m for m in known if m <= self.limit]
        if known:
            as_of = dt.datetime.combine(max(known).date(), dt.time.max)
        else:
            as_of = self.asked or dt.datetime.combine(self.limit.date(), dt.time.max)
            if self.asked is None:
                findings += [Finding("no_dates", file=self.main[0].name)]
        read = Pipeline(
            deals=deals,
            stage_history=history,
            field_history=changes,
            process=self.meaning.process,
            as_of=as_of,
            name=self.name,
            given=frozenset(given | set(tables)),
            findings=findings,
            left_out=of_deals.set_aside,
            tables=tables,
            _kept=kept | {"headers": headers},
        )
        if self.asked is None:
            return read
        # nothing of the file happened after the moment told: it is when the data were taken
        later = bool(known) and self.asked < max(known)
        return read.at(self.asked) if later else replace(read, as_of=self.asked)


def _naive(moment: Any) -> dt.datetime:
    if isinstance(moment, pd.Timestamp):
        return moment.to_pydatetime().replace(tzinfo=None)
    return moment.replace(tzinfo=None) if isinstance(moment, dt.datetime) else moment
