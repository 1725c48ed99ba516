"""The ledger: one file that remembers what every export of a CRM said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pandas as pd

from funnelkit.data.ledger import adding, moves
from funnelkit.data.ledger.intake import Intake, checksum, intake_of
from funnelkit.data.ledger.moment import moment_of
from funnelkit.data.ledger.questions import (
    Unanswered,
    about_deals,
    about_labels,
    about_stages,
    read_answers,
)
from funnelkit.data.ledger.results import EVENTS, Added, DealHistory, Status
from funnelkit.data.ledger.schema import PART, STEPS, VERSION
from funnelkit.data.ledger.stages import with_stage, without_stage
from funnelkit.data.pipeline import Pipeline
from funnelkit.data.store import Store
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.process import Process, load_process
from funnelkit.words import say

Answers = Mapping[str, str] | Sequence[str] | None


class Ledger:
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
    >>> ledger.history("a").table[["what", "old", "new"]].values.tolist()
    [['new', None, 'lead'], ['stage', 'lead', 'contact']]
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
        if process is not None:
            self._agree(load_process(process))

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shut()

    def __len__(self) -> int:
        row = self._store.run("SELECT count(*) FROM ledger_imports").fetchone()
        return 0 if row is None else int(row[0])

    def __repr__(self) -> str:
        return say("ledger.repr", n=len(self), file=self._name)

    def shut(self) -> None:
        """Write everything out and let others open the file."""
        self._store.shut()

    @property
    def _name(self) -> str:
        return self._store.path.name if self._store.path else ":memory:"

    @property
    def process(self) -> Process | None:
        """The stages the ledger is kept in; None before the first export."""
        row = self._store.run("SELECT value FROM ledger_about WHERE name = 'process'").fetchone()
        return None if row is None else Process.model_validate_json(row[0])

    def _keep(self, process: Process, given: bool = False) -> None:
        about = {"process": process.model_dump_json()} | ({"given": "yes"} if given else {})
        for name, value in about.items():
            self._store.run("INSERT OR REPLACE INTO ledger_about VALUES (?, ?)", [name, value])

    def _agree(self, process: Process) -> None:
        known = self.process
        if known is not None and len(self):
            missing = [s for s in known.stage_ids if s not in process.stage_ids]
            if missing:
                raise FunnelkitError("ledger.other_process", missing=missing, file=self._name)
        self._keep(process, given=True)

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
        sha = (
            checksum(source)
            if history is None and fields is None
            else checksum_of_all([source, history, fields])
        )
        return self._add(
            source, history, fields, seen_at, _shown(source), sha, mapping, answers, not part
        )

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
        answers : mapping or list of str, optional
            As in :meth:`add`.
        """
        told = sha or checksum([deals, stage_history, field_history])
        return self._add(
            deals, stage_history, field_history, seen_at, source, told, None, answers, whole
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
        self._later(given)
        with self._store.transaction():
            added: list[str] = []
            if process is not None:
                process, added = self._with_new_stages(process, given)
            known = self._labels(given)
            intake = intake_of(
                source, history, fields,
                seen_at=seen_at, mapping=mapping, process=process, known=known,
            )  # fmt: skip
            if process is None:
                process = intake.process
                self._keep(process)
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
        given: dict[tuple[str, str], str],
        seen_at: dt.datetime,
        shown: str,
        sha: str,
        whole: bool,
    ) -> Added:
        store = self._store
        before, after = self._neighbours(seen_at)
        aliases = self._aliases(given, intake)
        adding.stage_rows(store, intake, aliases)
        self._ask(intake, process, given, before, whole, shown)
        number = adding.put(
            store, intake, seen_at=seen_at, source=shown, sha=sha, whole=whole,
            before=before[0] if before else None,
        )  # fmt: skip
        adding.clear(store)
        self._remember(intake, given, number)
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

    # --- answers --------------------------------------------------------------------------

    def _ask(
        self,
        intake: Intake,
        process: Process,
        given: dict[tuple[str, str], str],
        before: tuple[int, dt.datetime] | None,
        whole: bool,
        shown: str,
    ) -> None:
        last = before[0] if before else None
        asked = about_labels(self._store, intake, process, last)
        if last is not None and not asked:
            stored = self._answered()
            names = {v: k for k, v in intake.labels.items() if v is not None}
            stages = {n for k, n in [*stored, *given] if k == "stage"}
            deals = {n for k, n in [*stored, *given] if k == "deal" and n != "*"}
            deals |= {"*"} if ("deal", "*") in given else set()
            asked = about_stages(self._store, process, last, stages, names)
            asked += about_deals(self._store, last, deals | intake.unread) if whole else []
        if asked:
            raise Unanswered(asked, shown)

    def _later(self, given: dict[tuple[str, str], str]) -> None:
        """Refuse answers that name a deal nobody knows."""
        for (kind, name), meaning in given.items():
            if kind == "deal" and name != "*" and meaning not in ("new", "gone"):
                found = self._store.run(
                    "SELECT 1 FROM ledger_deals WHERE deal_id = ?", [meaning]
                ).fetchone()
                if found is None:
                    raise FunnelkitError("ledger.answer_deal", found=meaning, about=name)

    def _answered(self) -> dict[tuple[str, str], str]:
        rows = self._store.run(
            "SELECT kind, found, meaning FROM ledger_answers WHERE asked ORDER BY import"
        ).fetchall()
        return {(kind, found): meaning for kind, found, meaning in rows}

    def _with_new_stages(
        self, process: Process, given: dict[tuple[str, str], str]
    ) -> tuple[Process, list[str]]:
        added = []
        for (kind, name), meaning in list(given.items()):
            if kind == "stage" and (meaning == "first" or meaning.startswith("after:")):
                after = None if meaning == "first" else meaning.removeprefix("after:")
                process, key = with_stage(process, name, after)
                given[kind, name] = key
                added.append(key)
        if added:
            self._keep(process)
        return process, added

    def _labels(self, given: dict[tuple[str, str], str]) -> dict[str, str | None]:
        rows = self._store.run(
            "SELECT found, meaning FROM ledger_answers WHERE kind = 'stage' ORDER BY import"
        ).fetchall()
        told: dict[str, str] = dict(rows)
        told |= {name: meaning for (kind, name), meaning in given.items() if kind == "stage"}
        return {k: None if v == "ignore" else v for k, v in told.items()}

    def _aliases(self, given: dict[tuple[str, str], str], intake: Intake) -> dict[str, str]:
        told = {n: m for (k, n), m in [*self._answered().items(), *given.items()] if k == "deal"}
        told = {n: m for n, m in told.items() if m not in ("new", "gone") and n != "*"}
        if not told:
            return {}
        present = set(intake.deals["deal_id"].to_pylist())
        return {n: m for n, m in told.items() if n in present and m not in present}

    def _remember(self, intake: Intake, given: dict[tuple[str, str], str], number: int) -> None:
        known = {
            row[0]
            for row in self._store.run(
                "SELECT found FROM ledger_answers WHERE kind = 'stage'"
            ).fetchall()
        }
        rows: list[tuple[str, str, str, bool, int]] = [
            ("stage", label, "ignore" if meaning in (None, "__ignored") else str(meaning), False,
             number)
            for label, meaning in intake.labels.items()
            if label not in known and ("stage", label) not in given
        ]  # fmt: skip
        rows += [(k, n, m, True, number) for (k, n), m in given.items() if n != "*"]
        if rows:
            self._store.connection.executemany(
                "INSERT INTO ledger_answers VALUES (?, ?, ?, ?, ?)", rows
            )

    # --- looking --------------------------------------------------------------------------

    def status(self) -> Status:
        """Return the exports in time, what each told, and the size of the file."""
        moves.prepare(self._store)
        try:
            table = self._store.run(
                """SELECT id AS import_id, seen_at, source, deals, whole,
                    id IN (SELECT import FROM ledger_seen WHERE visits IS NOT NULL)
                        AS own_history, added_at, sha
                FROM fk_imports ORDER BY n"""
            ).df()
            told = self._store.run(
                f"""SELECT import_id, what, count(*) AS n FROM ({moves.events_sql()})
                GROUP BY ALL"""
            ).df()
            row = self._store.run(
                """SELECT count(*), count(*) FILTER (WHERE until < (SELECT max(n) FROM fk_imports))
                FROM (SELECT deal, max(until) AS until FROM fk_presence GROUP BY deal)"""
            ).fetchone()
        finally:
            moves.drop(self._store)
        assert row is not None
        wide = told.pivot_table(index="import_id", columns="what", values="n", aggfunc="sum")
        wide = wide.reindex(index=table["import_id"], columns=list(EVENTS)).fillna(0).astype(int)
        for kind in EVENTS:
            table[kind] = wide[kind].to_numpy()
        size = self._store.path.stat().st_size if self._store.path else 0
        return Status(table, self._name, int(row[0]), int(row[1]), size, self.process)

    def history(self, deal_id: str) -> DealHistory:
        """Return what a deal went through, each change with its interval and its file.

        Raises
        ------
        FunnelkitError
            No export had such a deal; the nearest ids are named.
        """
        run = self._store.run
        found = run("SELECT deal FROM ledger_deals WHERE deal_id = ?", [str(deal_id)]).fetchone()
        if found is None:
            near = run(
                """SELECT deal_id FROM ledger_deals
                ORDER BY levenshtein(deal_id, ?), deal_id LIMIT 5""",
                [str(deal_id)],
            ).fetchall()
            ids = [row[0] for row in near]
            raise FunnelkitError("ledger.no_deal", found=deal_id, allowed=nearest(deal_id, ids))
        moves.prepare(self._store, deal=int(found[0]))
        try:
            table = run(moves.events_sql()).df()
            first = run(
                """SELECT 'new' AS what, NULL AS old, coalesce(k.stage, k.outcome) AS new,
                    p.seen_at AS seen_after, i.seen_at AS seen_by, i.id AS import_id, i.source,
                    i.sha
                FROM ledger_seen s JOIN fk_imports i ON i.id = s.import
                JOIN ledger_states k USING (state) LEFT JOIN fk_imports p ON p.n = i.n - 1
                WHERE s.deal = ? ORDER BY i.n LIMIT 1""",
                [int(found[0])],
            ).df()
        finally:
            moves.drop(self._store)
        rest = table.loc[table["what"] != "new"].drop(columns="deal_id")
        whole = pd.concat([first.astype("object"), rest.astype("object")], ignore_index=True)
        for column in ("seen_after", "seen_by"):
            whole[column] = pd.to_datetime(whole[column])
        return DealHistory(str(deal_id), whole, self.process)

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
                self._forget(import_id)
            adding.take_out(self._store, import_id)
            if not len(self):
                self._store.run("DELETE FROM ledger_answers")
                self._store.run(
                    """DELETE FROM ledger_about WHERE name = 'process'
                    AND NOT EXISTS (SELECT 1 FROM ledger_about WHERE name = 'given')"""
                )
        return Added(int(row[0]), row[1], row[2], int(row[3]))

    def _forget(self, import_id: int) -> None:
        """Take back the answers given with an import, and the stages they made."""
        rows = self._store.run(
            "SELECT found FROM ledger_answers WHERE kind = 'added' AND import = ?", [import_id]
        ).fetchall()
        process = self.process
        for (key,) in rows:
            if process is not None and key in process.stage_ids and len(process.stages) > 1:
                process = without_stage(process, key)
                self._keep(process)
        self._store.run("DELETE FROM ledger_answers WHERE import = ?", [import_id])

    def export(self, folder: str | Path) -> Path:
        """Write the ledger as CSV files that :func:`funnelkit.read` reads, and return the folder.

        ``deals.csv, stage_history.csv, field_history.csv``, and under ``ledger/`` every change
        with its interval and file, the exports, and the process.
        """
        from funnelkit.data.ledger.export import write

        return write(self, Path(folder))


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
