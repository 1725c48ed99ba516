"""One lesson as a page: text, pictures, forms and what-ifs in their order, no code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

from funnelkit.teach.bank import asked_of_all, exercise
from funnelkit.teach.editions.master import Front
from funnelkit.teach.exercise import Exercise
from funnelkit.teach.form import Form
from funnelkit.teach.learner.guesses import is_guess
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.lesson import finished
from funnelkit.teach.paper.page import markdown
from funnelkit.teach.site import demos, forms, panels
from funnelkit.teach.site.frame import way
from funnelkit.teach.site.shelf import Book, Shelf
from funnelkit.words import say, term

_CALL = re.compile(r'L\.(ask|whatif|done)\((?:"([\w.]+)")?\)')


def minutes_left(front: Front, progress: Progress) -> int:
    """Return the minutes a lesson still takes: the open exercises, and their share of the rest."""
    asked = asked_of_all(front.id)
    open_ = [e for e in asked if not progress.right(e.id)]
    listening = front.teach_minutes * len(open_) / max(1, len(asked))
    return round(listening + sum(e.minutes for e in open_))


def standing(front: Front, progress: Progress) -> str:
    """Return how far a lesson is, in a line with a bar."""
    asked = asked_of_all(front.id)
    right = sum(progress.right(e.id) for e in asked)
    left = minutes_left(front, progress)
    told = escape(say("learn.standing", right=right, n=len(asked)))
    more = say("learn.left", minutes=left) if left else say("learn.all_done")
    return (
        f"<progress max='{len(asked)}' value='{right}' aria-label='{told}'></progress> "
        f"<span>{told}</span> <span>{escape(more)}</span>"
    )


def lesson_page(shelf: Shelf, book: Book, progress: Progress) -> str:
    """Return the body of a lesson's page."""
    front = book.front
    number = [f.id for f in shelf.fronts].index(front.id)
    place = say("learn.place", k=number + 1, n=len(shelf.fronts))
    aims = "".join(f"<li>{escape(str(o.text))}</li>" for o in front.objectives)
    parts = [
        f"<p class='fk-place'><span>{escape(place)}</span>"
        f"<span id='standing'>{standing(front, progress)}</span></p>",
        f"<h1>{front.id} · {escape(str(front.title))}</h1><p>{escape(str(front.summary))}</p>",
        f"<p><strong>{escape(say('teach.front_objectives'))}</strong></p><ul>{aims}</ul>",
        f"<p class='fk-muted'>{escape(say('teach.synthetic'))}</p>",
        *cells(
            book,
            progress,
            lambda asked: ask(asked, progress, f"/lesson/{front.id}/ask/{asked.id}"),
            lambda name, panel: panels.panel_form(panel, f"/lesson/{front.id}/whatif/{name}"),
        ),
        words_of(front),
        _onward(shelf, number),
    ]
    return "".join(parts)


def cells(
    book: Book,
    progress: Progress,
    asked: Callable[[Exercise], str],
    whatif: Callable[[str, Any], str],
    *,
    wait: bool = False,
) -> Iterator[str]:
    """Yield the cells of a lesson as HTML.

    Parameters
    ----------
    book, progress : Book, Progress
        The lesson, and what its reader has done.
    asked, whatif : callable
        Write an exercise, and a what-if with its name.
    wait : bool
        Wait for pictures that are drawn for the first time; else the page asks for them later.
    """
    drawn = demos.shown(book, wait=wait)
    if drawn is None:
        told = escape(say("learn.drawing"))
        place = f"/lesson/{book.front.id}/drawn"
        yield f"<p class='fk-wait' role='status' data-drawn='{place}'>{told}</p>"
    guess, fold = "", ""
    for cell in book.cells:
        tags = set(cell.metadata.get("tags", []))
        if cell.cell_type == "markdown":
            if "exercise" in tags or "trainer" in tags:
                continue  # the form brings its own heading
            if "predict" in tags:
                fold = "predict"
            yield _text(cell.source)
        elif (call := _CALL.search(cell.source)) is not None:
            kind, name = call.groups()
            if kind == "ask" and name:
                guess = guess or (name if is_guess(name) else "")
                fold = ""
                yield asked(exercise(name))
            elif kind == "whatif" and name:
                yield whatif(name, book.lesson.whatif(name))
            elif kind == "done":
                yield f"<div id='done'>{done(book, progress)}</div>"
        elif demos.is_demo(cell):
            yield _demo(cell["id"], drawn, fold, guess, progress)


def _text(source: str) -> str:
    """Return markdown as HTML; a page has no cells to run and no notebooks to open."""
    return str(markdown(re.sub(r"\]\((L\d\d)\.ipynb\)", r"](/lesson/\1)", source)))


def _demo(id: str, drawn: dict[str, str] | None, fold: str, guess: str, progress: Progress) -> str:
    """Return what a cell shows, folded while it would give an answer away."""
    inside = f"<div id='{id}'>{'' if drawn is None else drawn.get(id, '')}</div>"
    if guess and not progress.count("answer", guess):
        return (
            f"<details class='fk-fold' data-after='{guess}'><summary>"
            f"{escape(say('learn.after_guess', id=guess))}</summary>{inside}</details>"
        )
    if fold:
        return (
            f"<details class='fk-fold'><summary>{escape(say('learn.after_thinking'))}</summary>"
            f"{inside}</details>"
        )
    return inside


def head_of(asked: Exercise) -> tuple[str, str]:
    """Return an exercise's name, and its minutes with whom it is for."""
    minutes = escape(say("learn.minutes", minutes=asked.minutes))
    if asked.track:
        minutes += f" · {escape(say('teach.for_analysts'))}"
    return escape(say("learn.exercise", id=asked.id)), minutes


def ask(asked: Exercise, progress: Progress, action: str) -> str:
    """Return an exercise as a live form, filled as it was left."""
    form = Form(asked.id, progress)
    id = asked.id
    name, minutes = head_of(asked)
    return (
        f"<section class='fk-ask' id='{id}' data-state='{state_of(progress, id)}' "
        f"aria-labelledby='{id}-name'>"
        f"<h3 id='{id}-name'>{name} <small>{minutes}</small> "
        f"<small class='fk-state'>{escape(state_said(progress, id))}</small></h3>"
        f"{form.head}<form data-ask='{action}' data-id='{id}' novalidate>"
        f"{forms.fields(form.case, progress.filled(id), id)}{forms.buttons()}"
        f"<div class='fk-told' role='status'></div></form></section>"
    )


def state_of(progress: Progress, id: str) -> str:
    """Return open, tried or right."""
    if progress.right(id):
        return "right"
    return "tried" if progress.count("answer", id) else "open"


def state_said(progress: Progress, id: str) -> str:
    """Return in a word how far an exercise is; nothing before it was tried."""
    state = state_of(progress, id)
    return "" if state == "open" else say(f"teach.is_{state}")


def done(book: Book, progress: Progress) -> str:
    """Return the end of a lesson: what is answered, and the guesses beside the truth."""
    return finished(book.front.id, book.lesson.p, progress)._repr_html_()


def words_of(front: Front) -> str:
    """Return the words of the lesson in both languages."""
    rows = "".join(
        f"<tr><td>{escape(term(t).en)}</td><td lang='zh-CN'>{escape(term(t).zh)}</td>"
        f"<td>{escape(term(t).means)}</td></tr>"
        for t in front.terms
    )
    return (
        f"<h2>{escape(say('teach.words_of_lesson'))}</h2><table><thead><tr><th scope='col'>English"
        f"</th><th scope='col' lang='zh-CN'>中文</th>"
        f"<th scope='col'>{escape(say('teach.meaning'))}</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _onward(shelf: Shelf, number: int) -> str:
    fronts, links = shelf.fronts, []
    for k, word in ((number - 1, "previous"), (number + 1, "next")):
        if 0 <= k < len(fronts):
            title = f"{fronts[k].id} {fronts[k].title}"
            links.append(way(f"lesson/{fronts[k].id}", f"{say('teach.' + word)}: {title}"))
    links.insert(1 if number else 0, way("", say("teach.overview")))
    return (
        f"<nav class='fk-onward' aria-label='{escape(say('learn.onward'))}'>{''.join(links)}</nav>"
    )
