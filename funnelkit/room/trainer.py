"""The trainer's pages: who is where, what goes wrong, what is open, how the day ended."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from funnelkit.charts.tokens import INK, PAPER
from funnelkit.errors import FunnelkitError
from funnelkit.room import certificate, game, guesses
from funnelkit.room.doors import TESTS, door_of, doors, page_of, title_of
from funnelkit.room.record import Record
from funnelkit.room.seat import room_css, room_js
from funnelkit.room.store import Person, Store
from funnelkit.teach.bank import exercise, exercises
from funnelkit.teach.cases.case import NAMES, case
from funnelkit.teach.learner.guesses import is_guess
from funnelkit.teach.quiz import handed
from funnelkit.teach.site import pages
from funnelkit.teach.site.course import NoPage, Sent
from funnelkit.teach.site.frame import frame, way
from funnelkit.teach.site.pages import refused
from funnelkit.teach.site.shelf import Shelf
from funnelkit.teach.workshop.collect import Room, room_of
from funnelkit.words import LANGUAGES, language, say, speaking

_WAYS = (
    ("trainer", "room.way_trainer"),
    ("trainer/door", "room.way_door"),
    ("trainer/guesses", "room.way_guesses"),
    ("trainer/game", "room.way_boards"),
    ("trainer/cases", "room.way_cases"),
    ("trainer/summary", "room.way_summary"),
)
#: Mistakes shown while the room works.
_SHOWN = 6
#: Where everybody is: person to page and seconds since the last sign.
Presence = Mapping[int, tuple[str, float]]
#: Seconds without a sign after which somebody counts as away.
AWAY = 15


class Trainer:
    """The pages of the one who leads the room.

    Parameters
    ----------
    shelf : Shelf
        The lessons.
    store : Store
        What the room keeps.
    """

    def __init__(self, shelf: Shelf, store: Store) -> None:
        self.shelf, self.store = shelf, store
        self._seen: tuple[int, int, str] = (-1, -1, "")
        self._room: Room | None = None

    def show(self, path: str, lang: str, there: Presence) -> str | dict[str, Any]:
        """Return a page, or the parts of it that change."""
        with speaking(self._spoken(lang)):
            try:
                return self._show(path, there)
            except NoPage:
                raise
            except Exception as problem:  # a page without code shows no traceback
                return self._framed(say("learn.refused"), _told(problem), path)

    def take(self, sent: Sent, lang: str, there: Presence) -> dict[str, Any]:
        """Do what the trainer decided; return the parts that changed."""
        with speaking(self._spoken(lang)):
            try:
                return self._take(sent, there)
            except Exception as problem:
                return {"html": _told(problem)}

    def _spoken(self, lang: str) -> str:
        return lang if lang in LANGUAGES else self.shelf.languages[0]

    def _framed(self, title: str, body: str, path: str) -> str:
        return frame(
            title, body, here=path, languages=LANGUAGES, ways=_WAYS, lost="room.lost_trainer",
            style=room_css(), script=room_js(),
        )  # fmt: skip

    def _show(self, path: str, there: Presence) -> str | dict[str, Any]:
        match path.strip("/").split("/"):
            case ["trainer"]:
                return self._framed(say("room.way_trainer"), self._desk(there), "trainer")
            case ["trainer", "live"]:
                return {"parts": self._live(there)}
            case ["trainer", "door"]:
                return self._framed(say("room.way_door"), self._door(), "trainer/door")
            case ["trainer", "guesses"]:
                return self._framed(say("room.way_guesses"), self._guesses(), "trainer/guesses")
            case ["trainer", "guesses", id]:
                return self._framed(say("room.way_guesses"), self._guess(id), path)
            case ["trainer", "game"]:
                body = f"<h1>{escape(say('room.way_boards'))}</h1>{game.boards_html(self.store)}"
                return self._framed(say("room.way_boards"), body, "trainer/game")
            case ["trainer", "cases"]:
                body = f"<h1>{escape(say('cases.title'))}</h1><ul>{_cases()}</ul>"
                return self._framed(say("cases.title"), body, "trainer/cases")
            case ["trainer", "case", name]:
                title, body = pages.case_page(name, lead=True)
                return self._framed(title, body, path)
            case ["trainer", "summary"]:
                return self._framed(say("room.way_summary"), self._summary(), "trainer/summary")
            case ["trainer", "certificates"] if self.store.ended:
                return certificate.all_sheets(self._records(), self.shelf, self.store.ended)
        raise NoPage(path)

    # ------------------------------------------------------------------ while the room works

    def _desk(self, there: Presence) -> str:
        parts = self._live(there)
        live = "".join(
            f"<section class='fk-{name}' aria-labelledby='{name}-name'>"
            f"<h2 id='{name}-name'>{escape(say(f'room.{name}'))}</h2>"
            f"<div id='{name}'>{html}</div></section>"
            for name, html in parts.items()
        )
        code = escape(say("room.code", code=self.store.code))
        address = escape(self.store.told("address", ""))
        return (
            f"<div id='live' data-live='/trainer/live'></div>"
            f"<h1>{escape(say('room.way_trainer'))}</h1>"
            f"<p class='fk-code'><strong>{code}</strong> <span>{address}</span></p>"
            f"<div class='fk-live'>{live}</div>{self._end()}"
        )

    def _live(self, there: Presence) -> dict[str, str]:
        return {"doors": self._doors(), "people": self._people(there), "mistakes": self._mistakes()}

    def _doors(self) -> str:
        _, called = self.store.called()
        rows = []
        for name, is_open in doors(self.shelf, self.store).items():
            title = title_of(name, self.shelf)
            page = page_of(name)
            here = f" <small>{escape(say('room.everybody_here'))}</small>" if page == called else ""
            turn = "close" if is_open else "open"
            state = escape(say("room.is_open" if is_open else "room.closed"))
            rows.append(
                f"<tr><th scope='row'>{escape(title)}{here}</th><td>{state}</td><td>"
                f"{_button(turn, name, title)} {_button('call', name, title)}</td></tr>"
            )
        team = escape(say("room.teams_label"))
        return (
            "<form data-ask='/trainer/do' novalidate><table><tbody>"
            f"{''.join(rows)}</tbody></table>"
            f"<div class='fk-buttons'>{_button('open_all', '', '')}"
            f"<label for='teams'>{team}</label><input type='number' id='teams' name='teams' "
            f"min='1' max='15' value='4'>{_button('make_teams', '', '')}</div>"
            "<div class='fk-told' role='status'></div></form>"
        )

    def _people(self, there: Presence) -> str:
        people = self._records()
        if not people:
            return f"<p>{escape(say('room.nobody'))}</p>"
        here = sum(there.get(p.id, ("", AWAY + 1.0))[1] <= AWAY for p, _ in people)
        heads = "".join(
            f"<th scope='col'>{escape(say(f'room.col_{c}'))}</th>"
            for c in ("name", "where", "seen", "right", "last", "word")
        )
        rows = "".join(self._row(p, kept, there) for p, kept in people)
        said = escape(say("room.here", here=here, n=len(people)))
        return (
            f"<p>{said}</p><form data-ask='/trainer/do' novalidate><table>"
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
            "<div class='fk-told' role='status'></div></form>"
        )

    def _row(self, person: Person, kept: Record, there: Presence) -> str:
        page, ago = there.get(person.id, ("", -1.0))
        where = self._where(page) if ago >= 0 else "–"
        if 0 <= ago <= AWAY:
            seen = say("room.now")
        else:
            seen = say("room.minutes_ago", n=max(1, round(ago / 60))) if ago >= 0 else "–"
        answers = [e for e in kept.of("answer") if not e.get("test")]
        tried = {e["exercise"] for e in answers}
        right = {e["exercise"] for e in answers if e["state"] == "right"}
        last = answers[-1] if answers else None
        told = f"{last['exercise']}: {say('teach.state_' + last['state'])}" if last else "–"
        tests = [say(f"room.{w}_done") for w in TESTS if handed(kept, w)]
        team = [say("room.team", n=int(person.team))] if person.team else []
        more = "".join(f" <small>{escape(t)}</small>" for t in (*team, *tests))
        count = say("room.right_of", right=len(right), n=len(tried))
        away = "" if 0 <= ago <= AWAY else " class='fk-away'"
        return (
            f"<tr{away}><th scope='row'>{escape(person.name)}{more}</th><td>{escape(where)}</td>"
            f"<td>{escape(seen)}</td><td>{escape(count)}</td><td>{escape(told)}</td>"
            f"<td>{_button('word', str(person.id), person.name)}</td></tr>"
        )

    def _where(self, page: str) -> str:
        door = door_of(page)
        if door and door in doors(self.shelf, self.store):
            return title_of(door, self.shelf)
        known = {"quiz": "quiz.page_title", "progress": "learn.way_progress",
                 "certificate": "room.certificate"}  # fmt: skip
        return say(known.get(page.strip("/"), "learn.way_start"))

    def _mistakes(self) -> str:
        room = self._collected()
        if room is None or room.mistakes.empty:
            return f"<p>{escape(say('room.no_mistakes'))}</p>"
        tried = dict(zip(room.exercises["exercise"], room.exercises["learners"], strict=True))
        heads = "".join(
            f"<th scope='col'>{escape(say(f'room.col_{c}'))}</th>"
            for c in ("exercise", "who", "mistake")
        )
        rows = "".join(
            f"<tr><th scope='row'>{m['exercise']}</th>"
            f"<td>{_share(m['learners'], tried.get(m['exercise'], 0))}</td>"
            f"<td>{escape(m['hint'] or m['mistake'])}</td></tr>"
            for m in room.mistakes.head(_SHOWN).to_dict("records")
        )
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"

    def _records(self) -> list[tuple[Person, Record]]:
        return [(p, Record.of_person(self.store, p)) for p in self.store.people()]

    def _collected(self) -> Room | None:
        """Return what the room did, worked out again only when somebody answered."""
        people = self._records()
        now = (self.store.last(), len(people), language())
        if now != self._seen:
            told = [(p.name, kept) for p, kept in people]
            self._room = room_of(told) if told else None
            self._seen = now
        return self._room

    # ------------------------------------------------------------------ to project

    def _door(self) -> str:
        import segno

        address = self.store.told("address", "")
        picture = segno.make(f"{address}join?code={self.store.code}", error="m")
        drawn = picture.svg_inline(border=2, dark=INK, light=PAPER, omitsize=True)
        alt = escape(say("room.picture_alt"))
        return (
            f"<h1>{escape(say('room.door_title'))}</h1>"
            f"<div class='fk-door'><div class='fk-big'><p>{escape(say('room.door_open'))}</p>"
            f"<p class='fk-huge'>{escape(address)}</p><p>{escape(say('room.door_code'))}</p>"
            f"<p class='fk-huge'>{escape(self.store.code)}</p></div>"
            f"<div class='fk-picture' role='img' aria-label='{alt}'>{drawn}</div></div>"
        )

    def _guesses(self) -> str:
        kept = [k for _, k in self._records()]
        rows = "".join(
            f"<li>{way(f'trainer/guesses/{e.id}', e.id)} <span>{escape(_prompt(e.id))}</span> "
            f"<small>{_share(guesses.made(e.id, kept), len(kept))}</small></li>"
            for front in self.shelf.fronts
            for e in exercises(front.id)
            if is_guess(e.id)
        )
        head = escape(say("room.way_guesses"))
        return f"<h1>{head}</h1><ul class='fk-guesses'>{rows}</ul>"

    def _guess(self, id: str) -> str:
        if not is_guess(id):
            raise NoPage(id)
        p = self.shelf.book(id.partition(".")[0]).lesson.p
        kept = [k for _, k in self._records()]
        return (
            f"<h1>{escape(id)}</h1><p class='fk-big'>{escape(_prompt(id))}</p>"
            f"<div class='fk-projected'>{guesses.pictures(id, kept, p)}</div>"
            f"<p>{way('trainer/guesses', say('room.way_guesses'))}</p>"
        )

    # ------------------------------------------------------------------ the end of the day

    def _end(self) -> str:
        told = say("room.ended") if self.store.ended else say("room.end_about")
        return (
            f"<section><h2>{escape(say('room.end'))}</h2>"
            "<form data-ask='/trainer/do' novalidate>"
            f"<p>{escape(told)}</p><div class='fk-buttons'>{_button('end', '', '')}</div>"
            "<div class='fk-told' role='status'></div></form></section>"
        )

    def _summary(self) -> str:
        room = self._collected()
        if room is None:
            title = escape(say("room.way_summary"))
            return f"<h1>{title}</h1><p>{escape(say('room.nobody'))}</p>"
        sheets = "" if not self.store.ended else f"<p>{_sheets()}</p>"
        return f"{sheets}{room.body()}"

    # ------------------------------------------------------------------ what the trainer decides

    def _take(self, sent: Sent, there: Presence) -> dict[str, Any]:
        what, _, name = sent.get("do", ("",))[0].partition(":")
        known: dict[str, Callable[[str, Sent], str]] = {
            "open": self._open, "close": self._close, "call": self._call, "word": self._word,
            "open_all": self._open_all, "make_teams": self._teams, "end": self._day,
        }  # fmt: skip
        if what not in known:
            raise NoPage(what)
        said = known[what](name, sent)
        return {"html": f"<p>{escape(said)}</p>", "parts": self._live(there)}

    def _known(self, name: str) -> str:
        if name not in doors(self.shelf, self.store):
            raise NoPage(name)
        return title_of(name, self.shelf)

    def _open(self, name: str, sent: Sent) -> str:
        title = self._known(name)
        self.store.open([name], True)
        return say("room.said_open", title=title)

    def _close(self, name: str, sent: Sent) -> str:
        title = self._known(name)
        self.store.open([name], False)
        return say("room.said_close", title=title)

    def _open_all(self, name: str, sent: Sent) -> str:
        self.store.open([f.id for f in self.shelf.fronts], True)
        return say("room.said_open_all")

    def _call(self, name: str, sent: Sent) -> str:
        title = self._known(name)
        self.store.open([name], True)  # nobody is sent before a closed door
        self.store.call(page_of(name))
        return say("room.said_call", title=title)

    def _word(self, name: str, sent: Sent) -> str:
        person = self.store.person(int(name)) if name.isdecimal() else None
        if person is None:
            raise NoPage(name)
        self.store.forget_word(person.id)
        return say("room.said_word", name=person.name)

    def _teams(self, name: str, sent: Sent) -> str:
        asked = sent.get("teams", ("4",))[0]
        if not self.store.people():
            return say("room.nobody")
        n = game.make_teams(self.store, int(asked) if asked.isdecimal() else 4)
        self.store.open(["game"], True)
        self.store.call("game")
        return say("room.said_teams", n=n)

    def _day(self, name: str, sent: Sent) -> str:
        """End the day: the summary and everybody's certificate are written beside the file."""
        room = self._collected()
        if room is None:
            return say("room.nobody")
        self.store.end()
        self.store.call("certificate")
        base = self.store.path.with_suffix("")
        room.save(base.with_name(f"{base.name}-summary.html"))
        out = base.with_name(f"{base.name}-certificates.html")
        people = [(p, kept) for p, kept in self._records()]
        try:
            made = certificate.write(people, self.shelf, self.store.ended, out)
        except FunnelkitError as problem:  # no browser to print with: the page can be printed
            return "\n".join([say("room.said_end", file=out.name), str(problem)])
        return say("room.said_end", file=made.name)


def _button(what: str, name: str, title: str) -> str:
    told = escape(say(f"room.do_{what}"))
    label = f" aria-label='{told}: {escape(title)}'" if title else ""
    value = f"{what}:{name}" if name else what
    return (
        f"<button name='do' value='{escape(value)}' id='do-{escape(value)}'{label}>{told}</button>"
    )


def _share(n: int, of: int) -> str:
    return escape(say("room.of", n=n, of=of))


def _cases() -> str:
    return "".join(
        f"<li>{way(f'trainer/case/{name}', str(case(name).title))}</li>" for name in NAMES
    )


def _sheets() -> str:
    return f"<a href='/trainer/certificates'>{escape(say('room.certificates'))}</a>"


def _prompt(id: str) -> str:
    from funnelkit.teach.check import fill

    asked = exercise(id)
    return fill(asked.prompt, asked.case(1))


def _told(problem: Exception) -> str:
    if isinstance(problem, FunnelkitError):
        return refused(problem)
    if not isinstance(problem, NoPage):
        traceback.print_exception(problem)
    return f"<p role='alert'>{escape(say('learn.failed'))}</p>"
