"""The pages of the paths: who are you, what lies on the way, the exit, the certificate."""

from __future__ import annotations

import datetime as dt
from html import escape

from markupsafe import Markup

from funnelkit.teach.check import fill
from funnelkit.teach.form import shown_html
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.paper.page import items, table
from funnelkit.teach.paths import certificate, exits
from funnelkit.teach.paths.roles import Block, Role, role, roles
from funnelkit.teach.site import forms
from funnelkit.teach.site.frame import way
from funnelkit.words import date, say


def who() -> str:
    """Return what the start page asks first."""
    rows = "".join(
        f"<li>{way(f'path/{r.id}', str(r.name))} "
        f"<small>{escape(say('paths.hours', hours=f'{r.minutes / 60:.1f}'))}</small> "
        f"{escape(str(r.about))}</li>"
        for r in roles()
    )
    return (
        f"<h2>{escape(say('paths.who'))}</h2><p>{escape(say('paths.who_about'))}</p>"
        f"<ul class='fk-who'>{rows}</ul>"
    )


def path_page(id: str, kept: Progress) -> tuple[str, str]:
    """Return title and body of a path."""
    found = role(id)
    title = str(found.name)
    rows = [(str(b.when), _what(b), str(b.minutes), _done(b, kept)) for b in found.blocks]
    heads = [say(f"paths.{h}") for h in ("when", "what", "time", "done")]
    told = say("paths.minutes", minutes=found.minutes)
    body = (
        f"<h1>{escape(title)}</h1><p>{escape(str(found.about))} ({escape(told)})</p>"
        f"{table(heads, rows, loose=True)}{_exit(found, kept)}"
        f"<h2>{escape(say('paths.own'))}</h2><p>{escape(str(found.own))}</p>"
        f"<h2>{escape(say('paths.not_tested'))}</h2>{items(str(t) for t in found.untested)}"
    )
    return title, body


def _what(block: Block) -> Markup:
    links = [
        way(f"lesson/{e.partition('.')[0]}", e).replace("'>", f"#{e}'>", 1) for e in block.exercises
    ]
    if block.page:
        links.append(way(block.page, say("paths.open_page")))
    return Markup(f"{escape(str(block.title))} {' '.join(links)}")


def _done(block: Block, kept: Progress) -> str:
    if not block.exercises:
        return ""
    return f"{sum(map(kept.right, block.exercises))} / {len(block.exercises)}"


def _exit(found: Role, kept: Progress) -> str:
    d, last = found.exit, exits.last(found.id, kept)
    about = say("paths.exit_about", asked=d.asked, mark=d.mark, minutes=d.minutes)
    parts = [f"<h2>{escape(say('paths.exit'))}</h2><p>{escape(about)}</p>"]
    if last is not None:
        parts.append(f"<p><strong>{escape(repr(last))}</strong> {escape(date(last.day))}</p>")
    if last is not None and last.passed:
        parts.append(_named(found))
    else:
        parts.append(f"<p>{way(f'exit/{found.id}', say('paths.to_exit'), 'fk-go')}</p>")
    return "".join(parts)


def _named(found: Role) -> str:
    """Return the form that asks for the name on the certificate."""
    label = escape(say("paths.your_name"))
    return (
        f"<form data-ask='/certificate/{found.id}' novalidate><div class='fk-row'>"
        f"<label for='name'>{label}</label><input type='text' id='name' name='name'></div>"
        f"<div class='fk-buttons'><button class='fk-main'>"
        f"{escape(say('paths.to_certificate'))}</button></div>"
        "<div class='fk-told' role='status'></div></form>"
    )


def exit_page(id: str, kept: Progress, today: dt.date) -> tuple[str, str]:
    """Return title and body of an exit: its questions, or why there are none now."""
    found = role(id)
    title = f"{say('paths.exit')} · {found.name}"
    d, last = found.exit, exits.last(id, kept)
    about = say("paths.exit_about", asked=d.asked, mark=d.mark, minutes=d.minutes)
    head = f"<h1>{escape(title)}</h1><p>{escape(about)}</p>"
    back = f"<p>{way(f'path/{id}', str(found.name))}</p>"
    if last is not None and last.passed:
        return title, f"{head}<p>{escape(repr(last))}</p>{_named(found)}{back}"
    if exits.waits(id, kept, today):
        told = escape(say("paths.one_try"))
        return title, f"{head}<p>{escape(repr(last))} {told}</p>{back}"
    asked = "".join(
        f"<section class='fk-ask' id='{c.exercise.id}'><h3>{n}</h3>"
        f"<p>{escape(fill(c.exercise.prompt, c))}</p>{shown_html(c)}"
        f"{forms.fields(c, {}, c.exercise.id)}</section>"
        for n, c in enumerate(exits.items(id, kept), 1)
    )
    button = f"<button class='fk-main'>{escape(say('paths.hand_in'))}</button>"
    return title, (
        f"{head}<form data-ask='/exit/{id}' novalidate>{asked}"
        f"<div class='fk-buttons'>{button}</div><div class='fk-told' role='status'></div></form>"
        f"{back}"
    )


def result_html(result: exits.Result) -> str:
    """Return what an exit came to, question by question."""
    heads = [say(f"paths.{h}") for h in ("question", "was_right", "answer", "why")]
    rows = [(t.question, "✓" if t.right else "–", t.answer, t.why) for t in result.told]
    go = way(f"path/{result.role}", str(role(result.role).name))
    return (
        f"<p role='status'><strong>{escape(repr(result))}</strong> {go}</p>"
        f"{table(heads, rows, loose=True)}"
    )


def certificate_html(id: str, name: str, kept: Progress) -> str:
    """Return the certificate as it stands on a page."""
    said = escape(say("cases.print"))
    return f"{certificate.body(id, name, kept)}<p><a href='javascript:print()'>{said}</a></p>"
