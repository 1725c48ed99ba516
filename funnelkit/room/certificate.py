"""What somebody did in a room, on one sheet: from the answers kept, with nothing added."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from html import escape
from pathlib import Path

from funnelkit.files.whole import write_whole
from funnelkit.page.pdf import to_pdf
from funnelkit.room.store import Person
from funnelkit.teach.bank import exercises
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.paper.page import page as whole_page
from funnelkit.teach.paths.certificate import body
from funnelkit.teach.paths.exits import passed
from funnelkit.teach.paths.roles import roles
from funnelkit.teach.quiz import handed, questions
from funnelkit.teach.site.shelf import Shelf
from funnelkit.words import date, say

_CSS = """
.fk-page .fk-certificate { border: 2px solid var(--fk-stage); break-after: page; max-width: 44rem;
  margin: 0 auto var(--fk-space-l); padding: 2rem; }
.fk-page .fk-certificate:last-child { break-after: auto; }
.fk-certificate .fk-name { font-size: 1.8rem; font-weight: 600; margin: 0.6rem 0; }
.fk-certificate table { width: 100%; }
"""


def sheet(person: Person, kept: Progress, shelf: Shelf, ended: str) -> str:
    """Return somebody's certificate."""
    rows = []
    for front in shelf.fronts:
        asked = exercises(front.id)
        tried = sum(bool(kept.count("answer", e.id)) for e in asked)
        if tried:
            right = sum(kept.right(e.id) for e in asked)
            told = say("room.certificate_right", right=right, n=len(asked))
            rows.append(
                f"<tr><th scope='row'>{front.id} {escape(str(front.title))}</th>"
                f"<td>{escape(told)}</td></tr>"
            )
    table = f"<table class='fk-table'>{''.join(rows)}</table>" if rows else ""
    none = "" if rows else f"<p>{escape(say('room.certificate_none'))}</p>"
    tests = [(when, handed(kept, when)) for when in ("before", "after")]
    told = "".join(
        f"<p>{escape(say(f'room.certificate_{when}', right=t.right, n=len(questions())))}</p>"
        for when, t in tests
        if t is not None
    )
    day = date(dt.date.fromisoformat(ended[:10]))
    return (
        f"<section class='fk-certificate'><h1>{escape(say('room.certificate'))}</h1>"
        f"<p class='fk-name'>{escape(person.name)}</p>"
        f"<p>{escape(say('room.certificate_said', course=say('learn.title'), day=day))}</p>"
        f"{table}{none}{told}"
        f"<p class='fk-muted'>{escape(say('room.certificate_how'))}</p></section>"
        f"{_paths(person, kept)}"
    )


def _paths(person: Person, kept: Progress) -> str:
    """Return the certificates of the paths somebody has passed."""
    done = (r.id for r in roles() if passed(r.id, kept) is not None)
    return "".join(body(id, person.name, kept) for id in done)


def page(person: Person, kept: Progress, shelf: Shelf, ended: str) -> str:
    """Return the body of a participant's page with the certificate, once the day has ended."""
    if not ended:
        head = escape(say("room.certificate"))
        return f"<h1>{head}</h1><p role='status'>{escape(say('room.certificate_not_yet'))}</p>"
    told = escape(say("room.print"))
    return f"<style>{_CSS}</style>{sheet(person, kept, shelf, ended)}<p class='fk-muted'>{told}</p>"


def all_sheets(people: Sequence[tuple[Person, Progress]], shelf: Shelf, ended: str) -> str:
    """Return everybody's certificates as one page, a sheet each."""
    sheets = "".join(sheet(person, kept, shelf, ended) for person, kept in people)
    return whole_page(say("room.certificates"), sheets, css=_CSS)


def write(people: Sequence[tuple[Person, Progress]], shelf: Shelf, ended: str, out: Path) -> Path:
    """Write everybody's certificates as a page, and as PDF where a browser is at hand.

    Raises
    ------
    FunnelkitError
        No browser to print with; the page is there all the same.
    """
    write_whole(out, all_sheets(people, shelf, ended))
    pdf = out.with_suffix(".pdf")
    to_pdf(out, pdf)
    return pdf
