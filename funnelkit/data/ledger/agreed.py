"""What was agreed about a ledger: the process it is kept in, and the answers that were given."""

from __future__ import annotations

import datetime as dt

from funnelkit.data.ledger.intake import Intake
from funnelkit.data.ledger.questions import Unanswered, about_deals, about_labels, about_stages
from funnelkit.data.ledger.stages import with_stage, without_stage
from funnelkit.data.ledger.store import Store
from funnelkit.errors import FunnelkitError
from funnelkit.process import Process

#: Answers by what was asked about: a stage label or a deal, and its name.
Given = dict[tuple[str, str], str]


class Agreed:
    """The process and the answers of a ledger, kept in its file."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def process(self) -> Process | None:
        """The stages the ledger is kept in; None before the first export."""
        row = self._store.run("SELECT value FROM ledger_about WHERE name = 'process'").fetchone()
        return None if row is None else Process.model_validate_json(row[0])

    def keep(self, process: Process, given: bool = False) -> None:
        """Write the process down."""
        about = {"process": process.model_dump_json()} | ({"given": "yes"} if given else {})
        for name, value in about.items():
            self._store.run("INSERT OR REPLACE INTO ledger_about VALUES (?, ?)", [name, value])

    def ask(
        self,
        intake: Intake,
        process: Process,
        given: Given,
        before: tuple[int, dt.datetime] | None,
        whole: bool,
        shown: str,
    ) -> None:
        """Refuse an export that leaves a question open."""
        last = before[0] if before else None
        asked = about_labels(self._store, intake, process, last)
        if last is not None and not asked:
            stored = self.answered()
            names = {v: k for k, v in intake.labels.items() if v is not None}
            stages = {n for k, n in [*stored, *given] if k == "stage"}
            deals = {n for k, n in [*stored, *given] if k == "deal" and n != "*"}
            deals |= {"*"} if ("deal", "*") in given else set()
            asked = about_stages(self._store, process, last, stages, names)
            asked += about_deals(self._store, last, deals | intake.unread) if whole else []
        if asked:
            raise Unanswered(asked, shown)

    def refuse_unknown_deals(self, given: Given) -> None:
        """Refuse answers that name a deal nobody knows."""
        for (kind, name), meaning in given.items():
            if kind == "deal" and name != "*" and meaning not in ("new", "gone"):
                found = self._store.run(
                    "SELECT 1 FROM ledger_deals WHERE deal_id = ?", [meaning]
                ).fetchone()
                if found is None:
                    raise FunnelkitError("ledger.answer_deal", found=meaning, about=name)

    def answered(self) -> Given:
        """Return every answer given so far."""
        rows = self._store.run(
            "SELECT kind, found, meaning FROM ledger_answers WHERE asked ORDER BY import"
        ).fetchall()
        return {(kind, found): meaning for kind, found, meaning in rows}

    def with_new_stages(self, process: Process, given: Given) -> tuple[Process, list[str]]:
        """Return the process with the stages that answers add, and their ids."""
        added = []
        for (kind, name), meaning in list(given.items()):
            if kind == "stage" and (meaning == "first" or meaning.startswith("after:")):
                after = None if meaning == "first" else meaning.removeprefix("after:")
                process, key = with_stage(process, name, after)
                given[kind, name] = key
                added.append(key)
        if added:
            self.keep(process)
        return process, added

    def labels(self, given: Given) -> dict[str, str | None]:
        """Return what each stage label was said to mean."""
        rows = self._store.run(
            "SELECT found, meaning FROM ledger_answers WHERE kind = 'stage' ORDER BY import"
        ).fetchall()
        told: dict[str, str] = dict(rows)
        told |= {name: meaning for (kind, name), meaning in given.items() if kind == "stage"}
        return {k: None if v == "ignore" else v for k, v in told.items()}

    def aliases(self, given: Given, intake: Intake) -> dict[str, str]:
        """Return the deals of an export that go by another id in the ledger."""
        told = {n: m for (k, n), m in [*self.answered().items(), *given.items()] if k == "deal"}
        told = {n: m for n, m in told.items() if m not in ("new", "gone") and n != "*"}
        if not told:
            return {}
        present = set(intake.deals["deal_id"].to_pylist())
        return {n: m for n, m in told.items() if n in present and m not in present}

    def remember(self, intake: Intake, given: Given, number: int) -> None:
        """Write the answers and labels of an export down."""
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

    def forget(self, import_id: int) -> None:
        """Take back the answers given with an import, and the stages they made."""
        rows = self._store.run(
            "SELECT found FROM ledger_answers WHERE kind = 'added' AND import = ?", [import_id]
        ).fetchall()
        process = self.process
        for (key,) in rows:
            if process is not None and key in process.stage_ids and len(process.stages) > 1:
                process = without_stage(process, key)
                self.keep(process)
        self._store.run("DELETE FROM ledger_answers WHERE import = ?", [import_id])
