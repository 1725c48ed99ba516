"""A process that writes a room's pages: everything imported, one thing after the other.

It is forked from a server of forks that holds the imports and has opened nothing, so that another
one is there in a moment. When the other end of its pipe is gone it ends.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

# what every page needs is imported before the fork
import funnelkit.teach.bank
import funnelkit.teach.workshop.collect  # noqa: F401
from funnelkit.apps.source import Source
from funnelkit.room.seat import Seat
from funnelkit.room.store import Store
from funnelkit.room.trainer import Trainer
from funnelkit.room.whatifs import WhatIfs
from funnelkit.teach.site import demos
from funnelkit.teach.site.course import NoPage
from funnelkit.teach.site.shelf import Shelf
from funnelkit.words import set_language, speaking

#: A job: what is done (`Work`'s methods), and with what.
Job = tuple[str, tuple[Any, ...]]
#: How much a desk of what-ifs steps back behind those that write pages and check answers.
_NICE = 5


@dataclass(frozen=True)
class Told:
    """What a desk is told: where the lessons are, which data, where answers are kept."""

    folder: Path | None
    data: str
    file: Path
    lang: str


class Work:
    """What a desk can do."""

    def __init__(self, told: Told) -> None:
        shelf, store = Shelf(told.folder), Store(told.file)
        self.seat = Seat(shelf, store, WhatIfs(Source(told.data)))
        self.trainer = Trainer(shelf, store)
        self.shelf = shelf

    def warm(self, lane: str, lang: str) -> None:
        """Do once what the first page or answer needs."""
        with speaking(lang):
            if lane == "move":
                self.seat.whatifs.page("levers")
                return
            book = self.shelf.book(self.shelf.fronts[0].id)
            assert book.lesson.p is not None

    def draw(self, lesson: str, lang: str) -> bool:
        """Draw the pictures of a lesson that are not stored with it; True when they are there."""
        with speaking(lang):
            return demos.shown(self.shelf.book(lesson)) is not None

    def do(self, job: Job) -> Any:
        """Do a job; None where there is no such page, False where it could not be done."""
        name, given = job
        known: dict[str, Callable[..., Any]] = {
            "show": self.seat.show, "take": self.seat.take,
            "trainer_show": self.trainer.show, "trainer_take": self.trainer.take,
            "draw": self.draw,
        }  # fmt: skip
        try:
            return known[name](*given)
        except NoPage:
            return None
        except Exception:  # the desk goes on: the next one asks for something else
            traceback.print_exc()
            return False


def main(pipe: Connection, told: Told, lane: str) -> None:
    """Answer jobs until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the server's, which ends the pipe
    if lane == "move" and hasattr(os, "nice"):
        os.nice(_NICE)
    os.environ["FUNNELKIT_PROGRESS"] = "-"
    set_language(told.lang)
    if told.folder is not None:
        os.chdir(told.folder)  # practice data look for the workshop here
    work = Work(told)
    try:
        work.warm(lane, told.lang)
    except Exception:  # the page that needs it says what is wrong
        traceback.print_exc()
    try:
        pipe.send(True)
        while True:
            pipe.send(work.do(pipe.recv()))
    except (EOFError, OSError):
        return
