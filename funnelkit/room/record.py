"""Somebody's record in a room: the course's own, kept in the room's file."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from funnelkit.errors import FunnelkitError
from funnelkit.room.store import Person, Store
from funnelkit.teach.learner.progress import Progress
from funnelkit.words import say


@dataclass
class Record(Progress):
    """What one participant has done; `commit` writes all that came since, or nothing."""

    store: Store | None = None
    person: int = 0

    @classmethod
    def of_person(cls, store: Store, person: Person) -> Record:
        """Return somebody's record as it is kept."""
        return cls(
            None, person.seed, store.events(person.id), person.name, store=store, person=person.id
        )

    def save(self) -> None:
        """Wait for `commit`: a test of twenty questions is kept whole or not at all."""

    def refresh(self) -> None:
        """Nobody else writes between reading a record and answering its page."""

    def place_said(self) -> str:
        """Say where the record lies."""
        return say("room.kept_here")

    def commit(self) -> int:
        """Write what waits and return how much it was; where that fails ``problem`` says why."""
        waiting = self._waiting
        if not waiting or self.store is None:
            return 0
        try:
            self.store.add(self.person, waiting)
        except sqlite3.Error as why:
            self.problem = FunnelkitError(
                "teach.progress_not_kept", file=self.store.path.name, why=str(why)
            )
            return 0
        self.events, self._waiting = [*self.events, *waiting], []
        return len(waiting)
