"""The ledger: one file that remembers what every export of a CRM said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from funnelkit.data.ask.written import mapping_beside
from funnelkit.data.ledger import adding, looking, moves
from funnelkit.data.ledger.agreed import Agreed, Given
from funnelkit.data.ledger.intake import Intake, checksum, intake_of
from funnelkit.data.ledger.moment import moment_of
from funnelkit.data.ledger.questions import (
    read_answers,
)
from funnelkit.data.ledger.results import EVENTS, Added, DealHistory, Status
from funnelkit.data.ledger.schema import PART, STEPS, VERSION
from funnelkit.data.ledger.store import OnStore, Store
from funnelkit.data.opening.files import Sheet
from funnelkit.data.pipeline import Pipeline
from funnelkit.data.reading.reading import Reading
from funnelkit.data.understanding.mapping import FileMapping, load_mapping
from funnelkit.errors import FunnelkitError
from funnelkit.process import Process, load_process
from funnelkit.words import say

Answers = Mapping[str, str] | Sequence[str] | None


class Ledger(OnStore):
    """What every export of a CRM said, and with it a history the CRM does not keep.

    Parameters
    ----------
    path : str or Path, optional
        A DuckDB file, made when it does not exist; in memory when not given. The action log
        may live in the same file.
    process : str, path, dict or Process, optional
        The stages; without it those of the first export.
    read_only : bool
        Look only: others may look at the same time.

    Examples
    --------
    >>> week = pd.DataFrame({"deal_id": ["a", "b"], "stage": ["lead", "need"]})
    >>> ledger = Ledger()
    >>> _ = ledger.add(week, "2026-03-01")
    >>> told = ledger.add(week.assign(stage=["contact", "need"]), "2026-03-08")
    >>> told.counts
    {'stage': 1}
    >>> ledger.history("a").table[["what", "old", "new"]].fillna("").values.tolist()
    [['new', '', 'lead'], ['stage', 'lead', 'contact']]
    """

    def __init__(
        self,
        path: str | Path | None = None,
        process: Any = None,
        *,
        read_only: bool = False,
    ) -> None:
        self._store = Store(path, read_only=read_only)
        if read_only and not self._store.has(PART):
            self._store.shut()
            raise FunnelkitError("ledger.no_ledger", file=str(path))
        self._store.part(PART, VERSION, STEPS)
        self._agreed = Agreed(self._store)
        if process is not None:
            self.agree(load_process(process))

    def __len__(self) -> int:
        row = self._store.run("SELECT count(*) FROM ledger_imports").fetchone()
        return 0 if row is None else int(row[0])

    def __repr__(self) -> str:
        return say("ledger.repr", n=len(self), file=self._name)

    @property
    def _name(self) -> str:
        return self._store.path.name if self._store.path else ":memory:"

    @property
    def process(self) -> Process | None:
        """The stages the ledger is kept in; None before the first export."""
        return self._agreed.process

    def agree(self, process: Process) -> None:
        """Keep the ledger in these stages; one with exports keeps those it has."""
        known = self.process
        if known is not None and len(self):
            missing = [s for s in known.stage_ids if s not in process.stage_ids]
            if missing:
                raise FunnelkitError("ledger.other_process", missing=missing, file=self._name)
        self._agreed.keep(process, given=True)

    # --- adding ---------------------------------------------------------------------------

    def add(
        self,
        source: Any,
        seen_at: dt.date | dt.datetime | str | None = None,
        *,
        history: Any = None,
        fields: Any = None,
        mapping: Any = None,
        answers: Answers = None,
        part: bool = False,
    ) -> Added:
        """Add an export and return what it told.

        Parameters
        ----------
        source : path, frame, Ibis table or Pipeline
            Anything :func:`funnelkit.read` recognises.
        seen_at : date, optional
            When it was taken; else the date in the file's name, or ``as_of`` of a pipeline.
        history, fields, mapping
            As in :func:`funnelkit.read`.
        answers : mapping or list of str, optional
            Answers to what an earlier try left open: ``"stage:Demo=need"``, ``"deal:B=A"``.
        part : bool
            The export holds some of the deals only; the others are as they were.

        Raises
        ------
        Unanswered
            A stage may be renamed or a deal merged; nothing was added. See ``.questions``.
        FunnelkitError
            The date is not known, another export has the same date, or the file cannot be read.
        """
        return self.add_each(
            source, seen_at, history=history, fields=fields, mapping=mapping, answers=answers,
            part=part,
        )[-1]  # fmt: skip

    def add_each(
        self,
        source: Any,
        seen_at: dt.date | dt.datetime | str | None = None,
        *,
        history: Any = None,
        fields: Any = None,
        mapping: Any = None,
        answers: Answers = None,
        part: bool = False,
    ) -> list[Added]:
        """Add an export, or each of those stacked in one table, and return what each told.

        Parameters
        ----------
        source, seen_at, history, fields, mapping, answers, part
            As in :meth:`add`. A mapping with ``snapshot: COLUMN`` tells the exports of a stack
            apart; each has its own day then.
        """
        told = load_mapping(mapping_beside(source) if mapping is None else mapping)
        if told.snapshot:
            if seen_at is not None or part:
                raise FunnelkitError("ledger.stack_has_days", column=told.snapshot)
            stack = Reading(source, None, None, told, self.process, None, "repair", None)
            return self.add_stack(stack, answers)
        sha = (
            checksum(source)
            if history is None and fields is None
            else checksum_of_all([source, history, fields])
        )
        return [
            self._add(
                source, history, fields, seen_at, _shown(source), sha, mapping, answers, not part
            )
        ]

    def add_stack(self, stack: Reading, answers: Answers = None) -> list[Added]:
        """Add the exports stacked in one table, the oldest first."""
        whole = stack.as_one_history()
        if self.process is None:
            self.agree(whole.meaning.process)
        known: dict[str, str | None] = {
            k: v for k, v in whole.meaning.stage_of.items() if v not in (None, "open")
        }
        told = replace(stack.mapping, snapshot=None, stages=known)
        return [self.add_sheet(sheet, at, told, answers) for at, sheet in stack.exports]

    def add_sheet(
        self, sheet: Sheet, seen_at: dt.datetime, mapping: FileMapping, answers: Answers = None
    ) -> Added:
        """Add one export of a stack."""
        rows = sheet.arrow if sheet.arrow is not None else sheet.table.to_pyarrow()
        sha = checksum(rows.select(sheet.columns))
        return self._add(sheet, None, None, seen_at, sheet.name, sha, mapping, answers, True)

    def add_frames(
        self,
        deals: Any,
        stage_history: Any = None,
        field_history: Any = None,
        *,
        seen_at: dt.date | dt.datetime | str,
        source: str,
        sha: str | None = None,
        whole: bool = True,
        mapping: Any = None,
        answers: Answers = None,
    ) -> Added:
        """Add what a live system told, in one transaction.

        Parameters
        ----------
        deals, stage_history, field_history : DataFrame
            In the kit's own columns; stages by id or by any label of the process.
        seen_at : date
            When it was asked.
        source : str
            What is shown for it, such as ``"odoo: crm.example.com"``.
        sha : str, optional
            Its checksum; that of the content when not given.
        whole : bool
            False when these are only the deals that changed: the others are as they were.
        mapping : mapping or path, optional
            As in :meth:`add`; of use for ``exchange``, the rates of several currencies.
        answers : mapping or list of str, optional
            As in :meth:`add`.
        """
        told = sha or checksum([deals, stage_history, field_history])
        return self._add(
            deals,
            stage_history,
            field_history,
            seen_at,
            source,
            told,
            mapping,
            answers,
            whole,
        )

    def _add(
        self,
        source: Any,
        history: Any,
        fields: Any,
        told: dt.date | dt.datetime | str | None,
        shown: str,
        sha: str,
        mapping: Any,
        answers: Answers,
        whole: bool,
    ) -> Added:
        same = self._same(sha, source, told)
        if same is not None:
            return same
        seen_at = moment_of(source, told)
        if whole:
            self._free(seen_at)
        process = self.process
        given = read_answers(answers, process)
        self._agreed.refuse_unknown_deals(given)
        with self._store.transaction():
            added: list[str] = []
            if process is not None:
                process, added = self._agreed.with_new_stages(process, given)
            known = self._agreed.labels(given)
            intake = intake_of(
                source, history, fields,
                seen_at=seen_at, mapping=mapping, process=process, known=known,
            )  # fmt: skip
            if process is None:
                process = intake.process
                self._agreed.keep(process)
            told_of = self._write(intake, process, given, seen_at, shown, sha, whole)
            for key in added:
                self._store.run(
                    "INSERT INTO ledger_answers VALUES ('added', ?, '', FALSE, ?)",
                    [key, told_of.import_id],
                )
            return told_of

    def _write(
        self,
        intake: Intake,
        process: Process,
        given: Given,
        seen_at: dt.datetime,
        shown: str,
        sha: str,
        whole: bool,
    ) -> Added:
        store = self._store
        before, after = self._neighbours(seen_at)
        aliases = self._agreed.aliases(given, intake)
        adding.stage_rows(store, intake, aliases)
        self._agreed.ask(intake, process, given, before, whole, shown)
        number = adding.put(
            store, intake, seen_at=seen_at, source=shown, sha=sha, whole=whole,
            before=before[0] if before else None,
        )  # fmt: skip
        adding.clear(store)
        self._agreed.remember(intake, given, number)
        return Added(
            number,
            seen_at,
            shown,
            intake.deals.num_rows,
            self._told(before[0], number) if before else {},
            before=before[1] if before else None,
            after=after,
            unread=len(intake.unread),
        )

    def _same(self, sha: str, source: Any, told: Any) -> Added | None:
        """The same export, if it is there: of the same date, or of any when none is known.

        Two exports of different dates may well be alike: then nothing changed in between.
        """
        rows = self._store.run(
            "SELECT id, seen_at, source, deals FROM ledger_imports WHERE sha = ? ORDER BY seen_at",
            [sha],
        ).fetchall()
        try:
            wanted = moment_of(source, told) if rows else None
        except FunnelkitError:
            wanted = None
        for number, seen_at, source, deals in rows:
            if wanted is None or wanted == seen_at:
                return Added(number, seen_at, source, deals, already=True)
        return None

    def _free(self, seen_at: dt.datetime) -> None:
        taken = self._store.run(
            "SELECT id, source FROM ledger_imports WHERE seen_at = ? AND whole", [seen_at]
        ).fetchone()
        if taken is not None:
            raise FunnelkitError("ledger.same_moment", seen_at=seen_at, n=taken[0], other=taken[1])

    def _neighbours(
        self, seen_at: dt.datetime
    ) -> tuple[tuple[int, dt.datetime] | None, dt.datetime | None]:
        before = self._store.run(
            """SELECT id, seen_at FROM ledger_imports WHERE seen_at <= ?
            ORDER BY seen_at DESC, id DESC LIMIT 1""",
            [seen_at],
        ).fetchone()
        after = self._store.run(
            "SELECT min(seen_at) FROM ledger_imports WHERE seen_at > ?", [seen_at]
        ).fetchone()
        assert after is not None
        return (None if before is None else (int(before[0]), before[1])), after[0]

    def _told(self, before: int, this: int) -> dict[str, int]:
        moves.prepare(self._store, [before, this])
        try:
            found = dict(
                self._store.run(
                    f"SELECT what, count(*) FROM ({moves.events_sql()}) GROUP BY what"
                ).fetchall()
            )
            back = self._store.run(
                """SELECT count(DISTINCT p.deal) FROM fk_presence p
                JOIN ledger_seen s ON s.deal = p.deal
                JOIN ledger_imports i ON i.id = s.import
                WHERE p.since = 2 AND i.seen_at < (SELECT min(seen_at) FROM fk_imports)"""
            ).fetchone()
        finally:
            moves.drop(self._store)
        again = int(back[0]) if back else 0
        if again:
            found["new"] = found.get("new", 0) - again
            found["revived"] = found.get("revived", 0) + again
        return {k: int(found[k]) for k in EVENTS if found.get(k)}

    # --- looking --------------------------------------------------------------------------

    def status(self) -> Status:
        """Return the exports in time, what each told, and the size of the file."""
        return looking.status(self._store, self._name, self.process)

    def history(self, deal_id: str) -> DealHistory:
        """Return what a deal went through, each change with its interval and its file.

        Raises
        ------
        FunnelkitError
            No export had such a deal; the nearest ids are named.
        """
        return looking.history(self._store, str(deal_id), self.process)

    def changes(self) -> pd.DataFrame:
        """Return every change of every deal: ``deal_id, what, old, new, seen_after, seen_by``...

        The other columns are ``import_id, source, sha``: the export that told it.
        """
        moves.prepare(self._store)
        try:
            return self._store.run(moves.events_sql()).df()
        finally:
            moves.drop(self._store)

    def pipeline(self, *, vanished: bool = False) -> Pipeline:
        """Return what the ledger knows as a pipeline with history.

        The time of a move is the middle of the interval in which it was seen to happen;
        ``seen_after`` and ``seen_by`` in the histories bound it, and results say how wide the
        intervals are. Deals that are in no export any more are left out and counted, unless
        ``vanished`` keeps them as they were last seen.
        """
        from funnelkit.data.ledger.past import pipeline_of

        process = self.process
        if process is None or not len(self):
            raise FunnelkitError("ledger.nothing", file=self._name)
        return pipeline_of(self._store, process, self._name, vanished=vanished)

    # --- taking out -----------------------------------------------------------------------

    def undo(self, import_id: int) -> Added:
        """Take an export out again, as if it had never been added; return what it was.

        The answers given with it go too, when it was the last one added.
        """
        row = self._store.run(
            "SELECT id, seen_at, source, deals FROM ledger_imports WHERE id = ?", [import_id]
        ).fetchone()
        if row is None:
            known = [str(r[0]) for r in self._store.run(
                "SELECT id FROM ledger_imports ORDER BY id DESC").fetchall()]  # fmt: skip
            raise FunnelkitError("ledger.no_import", found=import_id, allowed=known)
        with self._store.transaction():
            last = self._store.run("SELECT max(id) FROM ledger_imports").fetchone()
            if last is not None and last[0] == import_id:
                self._agreed.forget(import_id)
            adding.take_out(self._store, import_id)
            if not len(self):
                self._store.run("DELETE FROM ledger_answers")
                self._store.run(
                    """DELETE FROM ledger_about WHERE name = 'process'
                    AND NOT EXISTS (SELECT 1 FROM ledger_about WHERE name = 'given')"""
                )
        return Added(int(row[0]), row[1], row[2], int(row[3]))

    def export(self, folder: str | Path) -> Path:
        """Write the ledger as CSV files that :func:`funnelkit.read` reads, and return the folder.

        ``deals.csv, stage_history.csv, field_history.csv``, and under ``ledger/`` every change
        with its interval and file, the exports, and the process.
        """
        from funnelkit.data.ledger.export import write

        return write(self.pipeline(), self.changes(), self.status().table, Path(folder))


def checksum_of_all(sources: list[Any]) -> str:
    """Return one checksum of an export in several files."""
    import hashlib

    whole = hashlib.sha256()
    for source in sources:
        whole.update((checksum(source) if source is not None else "-").encode())
    return whole.hexdigest()


def _shown(source: Any) -> str:
    if isinstance(source, str | Path):
        return Path(source).name
    if isinstance(source, Pipeline):
        return source.name or "pipeline"
    return "frame"


__all__ = ["Ledger"]
