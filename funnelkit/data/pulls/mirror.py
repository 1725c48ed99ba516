"""What has been pulled so far, kept in the ledger's file: pages, where to go on, since when.

A page and the place to go on after it are written in one transaction. Whatever stops a pull, the
file holds whole pages only, and the next pull goes on behind them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from funnelkit.data.pulls.interface import History, Page, Record
from funnelkit.errors import FunnelkitError

_TABLES = """
CREATE SCHEMA IF NOT EXISTS pulls;
CREATE TABLE IF NOT EXISTS pulls.state (
    place VARCHAR PRIMARY KEY, mark VARCHAR, running BOOLEAN, since VARCHAR, until VARCHAR,
    after VARCHAR, history VARCHAR, finished TIMESTAMP);
CREATE TABLE IF NOT EXISTS pulls.deals (
    place VARCHAR, deal_id VARCHAR, record VARCHAR, history VARCHAR, PRIMARY KEY (place, deal_id));
"""


@dataclass(frozen=True)
class Run:
    """A pull that is under way: since which mark, up to which, and after which page."""

    since: str | None
    until: str | None
    after: str | None
    resumed: bool


class Mirror:
    """The pulled deals of one place in a DuckDB file.

    Parameters
    ----------
    file : path
        The ledger's file, or any other DuckDB file; made if there is none.
    place : str
        Whose deals: address and account of the source.
    """

    def __init__(self, file: str | Path, place: str) -> None:
        import duckdb

        self.place = place
        try:
            self._con = duckdb.connect(str(file))
        except duckdb.Error as why:
            reason = str(why).splitlines()[0]
            raise FunnelkitError("pulls.bad_file", file=str(file), why=reason) from None
        self._con.execute(_TABLES)

    def __enter__(self) -> Mirror:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._con.close()

    def begin(self, newest: str | None, *, full: bool = False) -> Run:
        """Go on with the pull that was broken off, or begin one since the last mark."""
        row = self._con.execute(
            "SELECT mark, running, since, until, after FROM pulls.state WHERE place = ?",
            [self.place],
        ).fetchone()
        if row is not None and row[1] and not full:
            return Run(row[2], row[3], row[4], resumed=True)
        since = None if row is None or full else row[0]
        if full:
            self._con.execute("DELETE FROM pulls.deals WHERE place = ?", [self.place])
        self._con.execute(
            "INSERT INTO pulls.state (place, mark, running, since, until) VALUES (?, ?, true, ?, ?)"
            " ON CONFLICT (place) DO UPDATE SET running = true, since = excluded.since,"
            " until = excluded.until, after = NULL",
            [self.place, since, since, newest],
        )
        return Run(since, newest, None, resumed=False)

    def keep(self, page: Page) -> None:
        """Write a page and the place to go on after it: both or neither."""
        visits, changes = _by_deal(page.visits), _by_deal(page.changes)
        rows = [
            (self.place, deal["deal_id"], _pack(deal, visits, changes), page.history)
            for deal in page.deals
        ]
        self._con.execute("BEGIN")
        try:
            if rows:
                self._con.executemany(
                    "INSERT OR REPLACE INTO pulls.deals VALUES (?, ?, ?, ?)", rows
                )
            self._con.execute(
                "UPDATE pulls.state SET after = ? WHERE place = ?", [page.cursor, self.place]
            )
            self._con.execute("COMMIT")
        except BaseException:
            self._con.execute("ROLLBACK")
            raise

    def forget(self, present: Iterable[str]) -> int:
        """Drop the deals that are no longer there; return how many."""
        kept = self._con.execute("SELECT deal_id FROM pulls.deals WHERE place = ?", [self.place])
        here = {str(row[0]) for row in kept.fetchall()}
        gone = sorted(here - set(present))
        if gone:
            self._con.execute(
                "DELETE FROM pulls.deals WHERE place = ? AND list_contains(?, deal_id)",
                [self.place, gone],
            )
        return len(gone)

    def finish(self, until: str | None) -> None:
        """Move the mark: the next pull begins there."""
        self._con.execute(
            "UPDATE pulls.state SET mark = coalesce(?, mark), running = false, after = NULL,"
            " finished = ? WHERE place = ?",
            [until, dt.datetime.now(dt.UTC).replace(tzinfo=None), self.place],
        )

    def records(self) -> tuple[list[Record], list[Record], list[Record], History]:
        """Return deals, visits and changes, and the weakest way any history was read."""
        rows = self._con.execute(
            "SELECT record, history FROM pulls.deals WHERE place = ?"
            " ORDER BY length(deal_id), deal_id", [self.place],
        ).fetchall()  # fmt: skip
        deals: list[Record] = []
        visits: list[Record] = []
        changes: list[Record] = []
        ways = {str(r[1]) for r in rows}
        for text, _ in rows:
            deal, stays, moves = json.loads(text, object_hook=_unpack)
            deals.append(deal)
            visits += stays
            changes += moves
        history: History = "changes"
        if "durations" in ways:
            history = "durations"
        elif "none" in ways:
            history = "none"
        return deals, visits, changes, history


def _by_deal(rows: Iterable[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for row in rows:
        found.setdefault(row["deal_id"], []).append(row)
    return found


def _pack(deal: Record, visits: dict[str, list[Record]], changes: dict[str, list[Record]]) -> str:
    key = deal["deal_id"]
    return json.dumps(
        [deal, visits.get(key, []), changes.get(key, [])], default=_time, ensure_ascii=False
    )


def _time(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return {"@": value.astimezone(dt.UTC).isoformat()}
    if isinstance(value, dt.date):
        return {"@": value.isoformat()}
    raise TypeError(type(value).__name__)


def _unpack(found: dict[str, Any]) -> Any:
    if set(found) != {"@"}:
        return found
    text = found["@"]
    return dt.date.fromisoformat(text) if len(text) == 10 else dt.datetime.fromisoformat(text)
