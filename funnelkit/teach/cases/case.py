"""A case as it is written, and as it is shown: for participants, and for whoever leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from markupsafe import Markup, escape
from pydantic import Field

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.process.nodes import read_nodes
from funnelkit.process.text import Part, Text
from funnelkit.teach.paper.page import items, markdown, page, table
from funnelkit.teach.source import folder
from funnelkit.words import language, say
from funnelkit.words.texts import fill

NAMES = ("mirror", "stock")
#: A case of one name has its counting in the module of that name.
_ROOM = "funnelkit.teach.cases"


class Section(Part):
    """A part of the text; ``holds`` are the claims its words make of the data."""

    head: Text
    text: Text
    exhibits: tuple[str, ...] = ()
    holds: tuple[str, ...] | dict[str, tuple[str, ...]] = ()

    def claims(self, lang: str) -> tuple[str, ...]:
        """Return what the text of a language claims."""
        return self.holds.get(lang, ()) if isinstance(self.holds, dict) else self.holds


class Shown(Part):
    """An exhibit: the function that counts it, and its title."""

    id: str
    title: Text


class Way(Part):
    """Something that can be decided, and what it costs."""

    name: Text
    text: Text
    costs: Text


class Step(Part):
    """A step of the discussion."""

    minutes: int = Field(ge=1)
    text: Text


class Corner(Part):
    """A part of the board."""

    head: Text
    text: Text


class Lead(Part):
    """What only the one who leads reads."""

    aims: tuple[Text, ...]
    plan: tuple[Step, ...]
    board: tuple[Corner, ...]
    sections: tuple[Section, ...]


class CaseText(Part):
    """A case as its file says it."""

    id: str
    title: Text
    about: Text
    minutes: int
    reading: int
    sections: tuple[Section, ...]
    exhibits: tuple[Shown, ...]
    options: tuple[Way, ...]
    questions: tuple[Text, ...]
    lead: Lead

    @property
    def facts(self) -> Mapping[str, Any]:
        """The numbers of the text, counted from the data of the current language."""
        return _facts(self.id, language())

    def drawn(self, name: str) -> Markup:
        """Return an exhibit as HTML."""
        return _drawn(self.id, name, language())

    def said(self, text: Text) -> str:
        """Return a text with its numbers."""
        return fill(str(text), self.facts)


@cache
def case(name: str) -> CaseText:
    """Return a case by its name.

    Raises
    ------
    FunnelkitError
        There is none of that name.
    """
    if name not in NAMES:
        raise FunnelkitError("cases.unknown", found=name, allowed=nearest(name, NAMES))
    file = folder() / "cases" / f"{name}.yaml"
    return CaseText.model_validate(read_nodes(file.read_text("utf-8"), file.name)[0])


def _counting(name: str) -> Any:
    return import_module(f"{_ROOM}.{name}")


@cache
def _facts(name: str, lang: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = _counting(name).facts()
    return found


@cache
def _drawn(name: str, exhibit: str, lang: str) -> Markup:
    draw: Callable[[], Markup] = _counting(name).EXHIBITS[exhibit]
    return draw()


def body(c: CaseText) -> str:
    """Return what participants read."""
    parts = [_head(c), *(_section(c, s) for s in c.sections)]
    parts.append(f"<h2>{escape(say('cases.options'))}</h2>")
    heads = [say(f"cases.{h}") for h in ("option", "what", "costs")]
    heads[1] = ""
    rows = [(c.said(o.name), c.said(o.text), c.said(o.costs)) for o in c.options]
    parts.append(table(heads, rows, loose=True))
    parts.append(f"<h2>{escape(say('cases.questions'))}</h2>")
    parts.append(items((c.said(q) for q in c.questions), "ol"))
    parts.append(f"<h2>{escape(say('cases.exhibits'))}</h2>")
    for n, e in enumerate(c.exhibits, 1):
        named = f"{say('cases.exhibit', n=n)} · {e.title}"
        parts.append(
            f"<section class='fk-exhibit'><h3>{escape(named)}</h3>{c.drawn(e.id)}</section>"
        )
    return "".join(map(str, parts))


def lead_body(c: CaseText) -> str:
    """Return what whoever leads the discussion reads: plan, board, wrong ways, epilogue."""
    lead = c.lead
    parts = [
        _head(c),
        f"<p><strong>{escape(say('cases.lead_about'))}</strong></p>",
        items(c.said(a) for a in lead.aims),
        f"<h2>{escape(say('cases.plan_of'))}</h2>",
    ]
    rows, at = [], 0
    for step in lead.plan:
        rows.append((f"{at // 60}:{at % 60:02d}", str(step.minutes), c.said(step.text)))
        at += step.minutes
    parts.append(table([say(f"cases.{h}") for h in ("from", "minutes_head", "step")], rows))
    parts.append(f"<p>{escape(say('cases.total', minutes=at, reading=c.reading))}</p>")
    parts.append(f"<h2>{escape(say('cases.board'))}</h2>")
    corners = [Markup("<strong>{}</strong><br>{}").format(str(b.head), c.said(b.text))
               for b in lead.board]  # fmt: skip
    parts.append(table(["" for _ in corners[:-1]], [corners[:-1]], loose=True))
    parts.append(f"<p>{corners[-1]}</p>")
    parts += [_section(c, s) for s in lead.sections]
    return "".join(map(str, parts))


def _head(c: CaseText) -> str:
    told = say("cases.minutes", minutes=c.minutes)
    return (
        f"<h1>{escape(str(c.title))}</h1><p>{escape(c.said(c.about))} ({escape(told)})</p>"
        f"<p class='fk-muted'>{escape(say('cases.invented'))}</p>"
    )


def _section(c: CaseText, s: Section) -> str:
    shown = "".join(str(c.drawn(e)) for e in s.exhibits)
    return f"<h2>{escape(str(s.head))}</h2>{markdown(c.said(s.text))}{shown}"


_CSS = """\
.fk-exhibit { break-inside: avoid; } .fk-exhibit table { font-size: 0.9em; }
.fk-page h2, .fk-page h3 { break-after: avoid; } .fk-exhibit svg { max-width: 100%; height: auto; }
"""


def case_page(name: str, *, lead: bool = False, workshop: str = "") -> str:
    """Return a case as a page of its own, fit for print; a workshop puts its name above it."""
    c = case(name)
    title = f"{c.title} · {say('cases.lead')}" if lead else str(c.title)
    above = f"<p class='fk-muted'>{escape(workshop)}</p>" if workshop else ""
    return page(title, above + (lead_body(c) if lead else body(c)), css=_CSS)
