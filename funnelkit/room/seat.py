"""What a participant sees: the course's pages, behind the doors the trainer opens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from funnelkit.room import certificate, game
from funnelkit.room.doors import TESTS, door_of, doors, page_of, title_of
from funnelkit.room.record import Record
from funnelkit.room.store import Person, Store
from funnelkit.room.whatifs import WhatIfs
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.quiz import gain, handed
from funnelkit.teach.site import lesson, pages, ways
from funnelkit.teach.site.course import Course, NoPage, Sent
from funnelkit.teach.site.frame import frame, way
from funnelkit.teach.site.shelf import Shelf
from funnelkit.words import say, speaking

_HERE = Path(__file__).parent
_WAYS = (
    ("", "learn.way_start"),
    ("quiz", "learn.way_quiz"),
    ("progress", "learn.way_progress"),
    ("apps", "room.way_apps"),
    ("game", "room.way_game"),
)


@cache
def room_css() -> str:
    """Return the rules of a room's own pages."""
    return (_HERE / "room.css").read_text("utf-8")


@cache
def room_js() -> str:
    """Return the code that follows the trainer."""
    return (_HERE / "room.js").read_text("utf-8")


class Seat(Course):
    """All pages of a room, for one participant after the other.

    Parameters
    ----------
    shelf : Shelf
        The lessons.
    store : Store
        What the room keeps.
    whatifs : WhatIfs
        The apps on the room's data.
    today : callable, optional
        Gives the day.
    """

    def __init__(
        self,
        shelf: Shelf,
        store: Store,
        whatifs: WhatIfs,
        today: Callable[[], dt.date] = dt.date.today,
    ) -> None:
        super().__init__(shelf, Progress(None, 1, []), today)
        self.store, self.whatifs = store, whatifs
        self.person = Person(0, "", 1)

    def show(self, person: int, path: str, lang: str) -> str | dict[str, Any]:
        """Return a page as somebody sees it."""
        self._take(person)
        return self.page(path, lang)

    def take(self, person: int, path: str, sent: Sent, lang: str) -> dict[str, Any]:
        """Take what somebody sends; what is answered is on the disk when this returns."""
        record = self._take(person)
        found = self.send(path, sent, lang)
        kept = record.commit()
        with speaking(self._spoken(lang)):
            if record.problem is not None:
                told = escape(record.notice())
                return {"html": f"<p class='fk-bad' role='alert'>{told}</p>"}
            if kept and "html" in found:
                found["html"] += f"<p class='fk-saved'>{escape(say('room.saved'))}</p>"
        return found

    def _take(self, id: int) -> Record:
        person = self.store.person(id)
        assert person is not None  # a ticket names somebody who is there
        self.person = person
        self.progress = record = Record.of_person(self.store, person)
        return record

    def _framed(self, title: str, body: str, path: str) -> str:
        told = say("room.you", name=self.person.name)
        head = (
            f"<p class='fk-me'>{escape(told)}</p>"
            "<div class='fk-call' role='status' id='call' hidden></div>"
            f"<div class='fk-shut' role='status' id='shut' hidden>{escape(say('room.shut'))}</div>"
        )
        return frame(
            title, head + body, here=path, languages=self.shelf.languages, ways=_WAYS,
            lost="room.lost", style=room_css(), script=room_js(),
        )  # fmt: skip

    def _page(self, path: str) -> str | dict[str, Any]:
        door = door_of(path)
        if door and not doors(self.shelf, self.store).get(door, True):
            title = title_of(door, self.shelf)
            told = f"<p role='status'>{escape(say('room.not_open'))}</p>"
            return self._framed(title, f"<h1>{escape(title)}</h1>{told}", path)
        match path.strip("/").split("/"):
            case [""]:
                return self._framed(say("learn.title"), self._start(), "")
            case ["quiz"]:
                return self._framed(say("quiz.page_title"), self._quiz(), "quiz")
            case ["apps"]:
                return self._framed(say("room.way_apps"), self.whatifs.list_(), "apps")
            case ["apps", name]:
                return self._framed(say("room.way_apps"), self.whatifs.page(name), path)
            case ["cases"]:
                body = f"<h1>{escape(say('cases.title'))}</h1>{pages.cases()}"
                return self._framed(say("cases.title"), body, "cases")
            case ["case", _, "lead"]:
                raise NoPage(path)  # what the one who leads knows is the trainer's
            case ["paths"]:
                return self._framed(say("room.way_paths"), ways.who(), "paths")
            case ["game"]:
                body = game.page(self.store, self.person)
                return self._framed(say("app_game.title"), body, "game")
            case ["game", "board"]:
                team = game.join_team(self.store, self.person)
                return {"parts": {"board": game.board(self.store, team) if team else ""}}
            case ["certificate"]:
                body = certificate.page(self.person, self.progress, self.shelf, self.store.ended)
                return self._framed(say("room.certificate"), body, "certificate")
        return super()._page(path)

    def _send(self, path: str, sent: Sent) -> dict[str, Any]:
        door = door_of(path)
        if door and not doors(self.shelf, self.store).get(door, True):
            return {"html": f"<p role='alert'>{escape(say('room.shut'))}</p>"}
        match path.strip("/").split("/"):
            case ["apps", name]:
                return self.whatifs.moved(name, sent)
            case ["apps", name, "drawn"]:
                return self.whatifs.drawn(name, sent)
            case ["game", "decide"]:
                return game.decide(self.store, self.person, sent)
        return super()._send(path, sent)

    def _start(self) -> str:
        open_ = doors(self.shelf, self.store)
        _, called = self.store.called()
        now = ""
        if called:
            now += _next(say("room.called"), way(called, say("room.go_there"), "fk-go"))
        if self.store.ended:
            go = way("certificate", say("room.to_certificate"), "fk-go")
            now += _next(say("room.day_ended"), go)
        rows = "".join(self._row(name, is_open) for name, is_open in open_.items())
        return (
            f"<h1>{escape(say('learn.title'))}</h1><p>{escape(say('learn.about'))}</p>{now}"
            f"<h2>{escape(say('room.plan'))}</h2><ul class='fk-lessons'>{rows}</ul>"
            f"<p class='fk-muted'>{escape(self.progress.place_said())}</p>"
        )

    def _row(self, name: str, is_open: bool) -> str:
        fronts = {f.id: f for f in self.shelf.fronts}
        title = str(fronts[name].title) if name in fronts else title_of(name, self.shelf)
        shown = way(page_of(name), title) if is_open else f"<span>{escape(title)}</span>"
        if not is_open:
            state = escape(say("room.closed"))
        elif name in fronts:
            state = lesson.standing(fronts[name], self.progress)
        else:
            done = any(handed(self.progress, when) for when in TESTS if when == name)
            state = escape(say("room.handed")) if done else ""
        number = name if name in fronts else ""
        return f"<li><span>{number}</span>{shown}<small class='fk-place'>{state}</small></li>"

    def _quiz(self) -> str:
        """Return the tests that are open, and what has come of those handed in."""
        open_, kept = doors(self.shelf, self.store), self.progress
        parts = [
            f"<h1>{escape(say('quiz.page_title'))}</h1><p>{escape(say('quiz.page_intro'))}</p>"
        ]
        for when in TESTS:
            done = handed(kept, when)
            if done:
                parts.append(f"<h2>{escape(say(f'quiz.title_{when}'))}</h2>{done._repr_html_()}")
            elif open_[when]:
                parts.append(pages.test(when, kept))
            else:
                told = f"<p>{escape(say('room.not_open'))}</p>"
                parts.append(f"<h2>{escape(say(f'quiz.title_{when}'))}</h2>{told}")
        if handed(kept, "before") and handed(kept, "after"):
            parts.append(f"<h2>{escape(say('quiz.page_gain'))}</h2>{gain(kept)._repr_html_()}")
        return "".join(parts)


def _next(said: str, go: str) -> str:
    return f"<div class='fk-next'><p>{escape(said)}</p><p>{go}</p></div>"
