"""What has been pulled so far, kept in the ledger's file: pages, where to go on, since when.

A page and the place to go on after it are written in one transaction. Whatever stops a pull, the
file holds whole pages only, and the next pull goes on behind them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from funnelkit.data.ledger.store import Store
from funnelkit.data.pulls.interface import History, Page, Record
from funnelkit.errors import FunnelkitError

PART = "pulls"
VERSION = 1
STEPS = {
    1: """
    CREATE TABLE pulls_state (
        place VARCHAR PRIMARY KEY, mark VARCHAR, running BOOLEAN NOT NULL, since VARCHAR,
        until VARCHAR, after VARCHAR, finished TIMESTAMP);
    CREATE TABLE pulls_deals (
        place VARCHAR NOT NULL, deal_id VARCHAR NOT NULL, record VARCHAR NOT NULL,
        history VARCHAR NOT NULL, PRIMARY KEY (place, deal_id));
    """
}


@dataclass(frozen=True)
class Run:
    """A pull that is under way: since which mark, up to which, and after which page."""

    since: str | None
    until: str | None
    after: str | None
    resumed: bool


class Mirror:
    """The pulled deals of one place.

    Parameters
    ----------
    store : Store
        The file of the ledger.
    place : str
        Whose deals: address and account of the source.
    """

    def __init__(self, store: Store, place: str) -> None:
        self.place = place
        self._store = store
        store.part(PART, VERSION, STEPS)
        other = store.run(
            "SELECT place FROM pulls_state WHERE place <> ? AND finished IS NOT NULL", [place]
        ).fetchone()
        if other is not None:
            # the deals of one would vanish with every pull of the other
            raise FunnelkitError(
                "pulls.other_place", file=str(store.path), found=place, other=other[0]
            )

    def begin(self, newest: str | None, *, full: bool = False) -> Run:
        """Go on with the pull that was broken off, or begin one since the last mark."""
        row = self._store.run(
            "SELECT mark, running, since, until, after FROM pulls_state WHERE place = ?",
            [self.place],
        ).fetchone()
        if row is not None and row[1] and not full:
            return Run(row[2], row[3], row[4], resumed=True)
        since = None if row is None or full else row[0]
        with self._store.transaction():
            if full:
                self._store.run("DELETE FROM pulls_deals WHERE place = ?", [self.place])
            self._store.run(
                "INSERT INTO pulls_state (place, mark, running, since, until)"
                " VALUES (?, ?, true, ?, ?) ON CONFLICT (place) DO UPDATE SET"
                " running = true, since = excluded.since, until = excluded.until, after = NULL",
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
        with self._store.transaction():
            if rows:
                self._store.connection.executemany(
                    "INSERT OR REPLACE INTO pulls_deals VALUES (?, ?, ?, ?)", rows
                )
            self._store.run(
                "UPDATE pulls_state SET after = ? WHERE place = ?", [page.cursor, self.place]
            )

    def forget(self, present: Iterable[str]) -> int:
        """Drop the deals that are no longer there; return how many."""
        kept = self._store.run("SELECT deal_id FROM pulls_deals WHERE place = ?", [self.place])
        here = {str(row[0]) for row in kept.fetchall()}
        gone = sorted(here - set(present))
        if gone:
            self._store.run(
                "DELETE FROM pulls_deals WHERE place = ? AND list_contains(?, deal_id)",
                [self.place, gone],
            )
        return len(gone)

    def finish(self, until: str | None) -> None:
        """Move the mark: the next pull begins there."""
        self._store.run(
            "UPDATE pulls_state SET mark = coalesce(?, mark), running = false, after = NULL,"
            " finished = ? WHERE place = ?",
            [until, dt.datetime.now(dt.UTC).replace(tzinfo=None), self.place],
        )

    def records(self) -> tuple[list[Record], list[Record], list[Record], History]:
        """Return deals, visits and changes, and the weakest way any history was read."""
        rows = self._store.run(
            "SELECT record, history FROM pulls_deals WHERE place = ?"
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
