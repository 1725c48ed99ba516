"""What a room keeps: one SQLite file, whole after every answer.

SQLite and not the kit's DuckDB, since many small writers ask for it: a row an answer, from several
processes at once, each on the disk before the page says so. DuckDB lets one process write.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import itertools
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from funnelkit.errors import FunnelkitError

#: Letters of a code: none that is taken for another one.
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_CODE = 6
#: Letters of a name; longer ones are cut.
NAME = 40
_VERSION = "1"
_TABLES = """
create table if not exists room (name text primary key, value text not null);
create table if not exists people (
  id integer primary key, name text not null, folded text not null unique, word text not null,
  seed integer not null unique, team text not null default '', at text not null);
create table if not exists tickets (
  mark text primary key, person integer references people, at text not null);
create table if not exists events (
  id integer primary key autoincrement, person integer not null references people,
  event text not null);
create index if not exists events_of on events (person, id);
create table if not exists doors (name text primary key, open integer not null);
create table if not exists calls (
  id integer primary key autoincrement, page text not null, at text not null);
create table if not exists moves (
  team text not null, month integer not null, hours real not null,
  person integer not null references people, at text not null, primary key (team, month));
"""


@dataclass(frozen=True)
class Person:
    """Somebody in the room."""

    id: int
    name: str
    seed: int
    team: str = ""


@dataclass(frozen=True)
class Move:
    """What a team decided for a month, and who pressed the button."""

    hours: float
    by: str


class Store:
    """The file of a room, opened by one thread.

    Parameters
    ----------
    path : Path
        The file; begun where it is not there.

    Raises
    ------
    FunnelkitError
        The file cannot be written, or is none of a room.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)  # the code and the trainer's key stand in it
            self._base = sqlite3.connect(
                path, timeout=20, isolation_level=None, check_same_thread=False
            )
            self._base.execute("pragma journal_mode = wal")
            self._base.execute("pragma synchronous = full")
            self._base.execute("pragma foreign_keys = on")
            self._base.executescript(_TABLES)
        except (OSError, sqlite3.Error) as why:
            raise FunnelkitError("room.no_file", file=path.name, why=str(why)) from None
        if self.told("version", _VERSION) != _VERSION:
            raise FunnelkitError("room.newer", file=path.name)

    def close(self) -> None:
        """Leave the file to others."""
        self._base.close()

    @contextmanager
    def _whole(self) -> Iterator[sqlite3.Connection]:
        """Write everything inside the block, or nothing."""
        self._base.execute("begin immediate")
        try:
            yield self._base
        except BaseException:
            self._base.execute("rollback")
            raise
        self._base.execute("commit")

    # ------------------------------------------------------------------ the room itself

    def told(self, name: str, first: str) -> str:
        """Return what the room was told under a name, and remember ``first`` where nothing was."""
        query = "select value from room where name = ?"
        found = self._base.execute(query, (name,)).fetchone()
        if found is None:
            self._base.execute("insert or ignore into room values (?, ?)", (name, first))
            found = self._base.execute(query, (name,)).fetchone()
        return str(found[0])

    def tell(self, name: str, value: str) -> None:
        """Remember something of the room."""
        self._base.execute("insert or replace into room values (?, ?)", (name, value))

    @property
    def code(self) -> str:
        """What participants type to come in."""
        return self.told("code", "".join(secrets.choice(_LETTERS) for _ in range(_CODE)))

    @property
    def key(self) -> str:
        """What opens the trainer's pages."""
        return self.told("key", secrets.token_urlsafe(18))

    @property
    def ended(self) -> str:
        """When the trainer ended the day; empty before."""
        return self.told("ended", "")

    def end(self) -> None:
        """End the day."""
        self.tell("ended", _now())

    # ------------------------------------------------------------------ people

    def find(self, name: str) -> Person | None:
        """Return somebody by name, however it is written; None where nobody is called so."""
        return self._person("folded = ?", name.casefold())

    def person(self, id: int) -> Person | None:
        """Return somebody by number."""
        return self._person("id = ?", id)

    def _person(self, where: str, value: object) -> Person | None:
        query = f"select id, name, seed, team from people where {where}"
        row = self._base.execute(query, (value,)).fetchone()
        return Person(*row) if row else None

    def people(self) -> list[Person]:
        """Return everybody, in the order they came."""
        rows = self._base.execute("select id, name, seed, team from people order by id")
        return [Person(*row) for row in rows]

    def join(self, name: str, word: str) -> Person:
        """Let somebody new in, with numbers of their own.

        Raises
        ------
        FunnelkitError
            Somebody else took the name at this moment.
        """
        kept, at = _kept(word), _now()
        with self._whole() as base:
            if self.find(name) is not None:
                raise FunnelkitError("room.name_taken", name=name)
            taken = {row[0] for row in base.execute("select seed from people")}
            seed = next(s for s in iter(_seed, None) if s not in taken)
            base.execute(
                "insert into people (name, folded, word, seed, at) values (?, ?, ?, ?, ?)",
                (name, name.casefold(), kept, seed, at),
            )
        found = self.find(name)
        assert found is not None
        return found

    def take(self, name: str, seed: int, events: Sequence[Mapping[str, Any]]) -> bool:
        """Let somebody in with what was done elsewhere; False where the name is in the room.

        The numbers stay, unless somebody has them. The personal word is chosen at the door.
        """
        rows = [json.dumps(dict(e), ensure_ascii=False) for e in events]
        with self._whole() as base:
            if self.find(name) is not None:
                return False
            taken = {row[0] for row in base.execute("select seed from people")}
            free = next(s for s in itertools.chain([seed], iter(_seed, None)) if s not in taken)
            made = base.execute(
                "insert into people (name, folded, word, seed, at) values (?, ?, '', ?, ?)",
                (name, name.casefold(), free, _now()),
            )
            base.executemany(
                "insert into events (person, event) values (?, ?)",
                [(made.lastrowid, row) for row in rows],
            )
        return True

    def knows(self, person: Person, word: str) -> bool:
        """Say whether this is somebody's personal word; a word taken away is given anew."""
        kept = self._base.execute("select word from people where id = ?", (person.id,)).fetchone()
        if kept[0] == "":
            self._base.execute(
                "update people set word = ? where id = ? and word = ''", (_kept(word), person.id)
            )
            return True
        return _same(word, str(kept[0]))

    def forget_word(self, person: int) -> None:
        """Let somebody who forgot the word choose a new one when they come again."""
        with self._whole() as base:
            base.execute("update people set word = '' where id = ?", (person,))
            base.execute("delete from tickets where person = ?", (person,))

    def admit(self, person: int | None) -> str:
        """Return a ticket for a browser; None is the trainer."""
        ticket = secrets.token_urlsafe(24)
        self._base.execute("insert into tickets values (?, ?, ?)", (_mark(ticket), person, _now()))
        return ticket

    def whose(self, ticket: str) -> tuple[bool, int | None]:
        """Say whether a ticket is one, and whose; None is the trainer."""
        row = self._base.execute(
            "select person from tickets where mark = ?", (_mark(ticket),)
        ).fetchone()
        return (False, None) if row is None else (True, row[0])

    # ------------------------------------------------------------------ answers

    def events(self, person: int) -> list[dict[str, Any]]:
        """Return what somebody did, in order."""
        query = "select event from events where person = ? order by id"
        rows = self._base.execute(query, (person,))
        return [json.loads(row[0]) for row in rows]

    def add(self, person: int, events: Sequence[Mapping[str, Any]]) -> None:
        """Keep what somebody did: all of it or nothing, on the disk when this returns."""
        rows = [(person, json.dumps(dict(e), ensure_ascii=False)) for e in events]
        with self._whole() as base:
            base.executemany("insert into events (person, event) values (?, ?)", rows)

    def last(self) -> int:
        """Return the number of the last event: whether there is anything new."""
        return int(self._base.execute("select coalesce(max(id), 0) from events").fetchone()[0])

    # ------------------------------------------------------------------ what the trainer decides

    def doors(self) -> dict[str, bool]:
        """Return which doors were opened and closed."""
        return {name: bool(open_) for name, open_ in self._base.execute("select * from doors")}

    def open(self, names: Sequence[str], open_: bool) -> None:
        """Open or close doors."""
        with self._whole() as base:
            base.executemany(
                "insert or replace into doors values (?, ?)", [(n, int(open_)) for n in names]
            )

    def call(self, page: str) -> None:
        """Send everybody to a page."""
        self._base.execute("insert into calls (page, at) values (?, ?)", (page, _now()))

    def called(self) -> tuple[int, str]:
        """Return the last call and its number; 0 before the first."""
        row = self._base.execute("select id, page from calls order by id desc limit 1").fetchone()
        return (int(row[0]), str(row[1])) if row else (0, "")

    # ------------------------------------------------------------------ the game

    def seat(self, teams: Mapping[int, str]) -> None:
        """Put people into teams."""
        with self._whole() as base:
            base.executemany(
                "update people set team = ? where id = ?", [(t, p) for p, t in teams.items()]
            )

    def move(self, team: str, month: int, hours: float, person: int) -> bool:
        """Keep a team's decision for a month; False where the month was decided already."""
        with self._whole() as base:
            done = base.execute("select count(*) from moves where team = ?", (team,)).fetchone()[0]
            if month != done + 1:
                return False
            base.execute(
                "insert into moves values (?, ?, ?, ?, ?)", (team, month, hours, person, _now())
            )
        return True

    def moves(self, team: str) -> list[Move]:
        """Return what a team decided, month by month."""
        rows = self._base.execute(
            "select m.hours, p.name from moves m join people p on p.id = m.person "
            "where m.team = ? order by m.month", (team,),
        )  # fmt: skip
        return [Move(float(h), str(n)) for h, n in rows]

    def new_game(self) -> None:
        """Begin the game anew, with the same teams."""
        self._base.execute("delete from moves")


def _now() -> str:
    return dt.datetime.now().astimezone().isoformat(timespec="seconds")


def _seed() -> int:
    return secrets.randbelow(10**6) + 1


def _mark(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()


def _scrypt(word: str, salt: bytes) -> str:
    made = hashlib.scrypt(word.casefold().encode(), salt=salt, n=2**12, r=8, p=1, dklen=24)
    return made.hex()


def _kept(word: str) -> str:
    salt = os.urandom(12)
    return f"{salt.hex()}:{_scrypt(word, salt)}"


def _same(word: str, kept: str) -> bool:
    salt, _, made = kept.partition(":")
    return hmac.compare_digest(_scrypt(word, bytes.fromhex(salt)), made)
