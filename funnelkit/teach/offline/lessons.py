"""The course as plain values, ready to be shown by a script: lessons, questions, what-ifs."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from math import prod
from typing import Any

from funnelkit.page.controls import Choice, Control, Slider
from funnelkit.page.whatif import Panel
from funnelkit.teach.bank import exercises
from funnelkit.teach.cases.case import NAMES, body, case
from funnelkit.teach.exercise import Case, Exercise
from funnelkit.teach.form import Form
from funnelkit.teach.learner.guesses import truths_of
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.offline.checks import NoCounterpart
from funnelkit.teach.offline.keys import Key, prepared
from funnelkit.teach.quiz import LESSON, WHEN, case_of
from funnelkit.teach.site import forms, panels
from funnelkit.teach.site.lesson import cells, head_of, words_of
from funnelkit.teach.site.shelf import Book, Shelf
from funnelkit.words import language, say
from funnelkit.words.texts import texts

#: From one set of numbers to the next one every number of a question may differ.
SETS = 40
#: A what-if with at most so many answers is prepared; one that is a sum is worked out.
_MOST_STATES = 400
_ROUTE = re.compile(r"href=(['\"])/lesson/(L\d\d)\1")
_ROOMS = ("learn", "quiz", "offline", "cases")


def contents(shelf: Shelf, sets: int, only: Sequence[str] = ()) -> dict[str, Any]:
    """Return what every page of a language needs: lessons, exercises and their minutes, texts."""
    told = {key: text[language()] for key, text in texts("teach").items()}
    for room in _ROOMS:
        told |= {f"{room}.{key}": text[language()] for key, text in texts(room).items()}
    lessons = [
        {
            "id": f.id, "title": str(f.title), "teach": f.teach_minutes,
            "exercises": [[e.id, e.minutes] for e in exercises(f.id)],
        }
        for f in shelf.fronts
        if not only or f.id in only
    ]  # fmt: skip
    cases = [] if only else [[name, str(case(name).title)] for name in NAMES]
    return {
        "sets": sets, "texts": told, "lessons": lessons, "cases": cases, "buttons": forms.buttons(),
    }  # fmt: skip


def case_values(name: str) -> dict[str, Any]:
    """Return a case to decide, as participants read it."""
    return {"body": body(case(name))}


def lesson_values(shelf: Shelf, book: Book, sets: int) -> dict[str, Any]:
    """Return one lesson: its text with places for exercises, and what belongs into them."""
    front, nobody = book.front, Progress(None, 1, [])
    whatifs: dict[str, Any] = {}

    def whatif(name: str, panel: Any) -> str:
        values = panel_values(panel)
        if values is None:
            return str(panel.page())
        whatifs[name] = values
        return panels.panel_form(panel, name)

    aims = "".join(f"<li>{escape(str(o.text))}</li>" for o in front.objectives)
    parts = [
        f"<h1>{front.id} · {escape(str(front.title))}</h1><p>{escape(str(front.summary))}</p>",
        f"<p><strong>{escape(say('teach.front_objectives'))}</strong></p><ul>{aims}</ul>",
        f"<p class='fk-muted'>{escape(say('teach.synthetic'))}</p>",
        *cells(book, nobody, place_of, whatif, wait=True),
        words_of(front),
    ]
    return {
        "body": _ROUTE.sub(r"href='lesson:\2'", "".join(parts)), "whatifs": whatifs,
        "guesses": truths_of(front.id, book.lesson.p),
        "exercises": questions(exercises(front.id), sets),
    }  # fmt: skip


def quiz_values(sets: int) -> dict[str, Any]:
    """Return the questions of both tests."""
    return {when: questions(exercises(LESSON), sets, partial(case_of, when=when)) for when in WHEN}


def questions(
    asked: Sequence[Exercise], sets: int, drawn: Callable[..., Case] = Exercise.case
) -> dict[str, dict[str, Any]]:
    """Return exercises with all their sets of numbers; what is alike is told once."""
    made: dict[str, list[Key | None]] = {e.id: [] for e in asked}
    for seed in range(1, sets + 1):  # set by set: exercises of one set share their data
        for e in asked:
            made[e.id].append(_prepared(drawn(e, seed=seed)))
    return {e.id: _question(e, drawn(e, seed=1).exercise, made[e.id]) for e in asked}


def _prepared(case: Case) -> Key | None:
    try:
        return prepared(case)
    except NoCounterpart:  # a kind or a check the script does not know: to be read alone
        return None


def _question(asked: Exercise, told: Exercise, made: Sequence[Key | None]) -> dict[str, Any]:
    keys = [key for key in made if key is not None]
    if len(keys) < len(made):
        return {"read": Form(asked, Progress(None, 1, [])).page()}
    parts = {name: _once([key[name] for key in keys]) for name in keys[0]}
    more = str(told.more) if told.more else ""
    return {"id": asked.id, "after": str(told.after), "more": more, "parts": parts}


def place_of(asked: Exercise) -> str:
    """Return the frame of an exercise; the script fills in question and fields."""
    id = asked.id
    name, minutes = head_of(asked)
    return (
        f"<section class='fk-ask' id='{id}' aria-labelledby='{id}-name'><h3 id='{id}-name'>{name} "
        f"<small>{minutes}</small> <small class='fk-state'></small></h3></section>"
    )


def _once(values: list[Any]) -> dict[str, Any]:
    told = [json.dumps(v, sort_keys=True) for v in values]
    return {"all": values[0]} if len(set(told)) == 1 else {"each": values}


def panel_values(panel: Panel) -> dict[str, Any] | None:
    """Return a what-if as values: its script, or its prepared answers; None for neither."""
    found: dict[str, Any] = {"controls": [_control(c) for c in panel.controls]}
    if panel.script is not None:
        return found | {"script": panel.script.name, "given": panel.script.given}
    stops = [_stops(c) for c in panel.controls]
    if not all(stops) or prod(map(len, stops)) > _MOST_STATES:
        return None
    names = [c.name for c in panel.controls]
    answers = [panel.render(dict(zip(names, s, strict=True))) for s in itertools.product(*stops)]
    distinct = {text: k for k, text in enumerate(dict.fromkeys(answers))}
    return found | {"texts": list(distinct), "prepared": [distinct[a] for a in answers]}


def _stops(control: Control) -> tuple[Any, ...]:
    if isinstance(control, Slider):
        return control.stops
    return tuple(v for v, _ in control.options) if isinstance(control, Choice) else ()


def _control(control: Control) -> dict[str, Any]:
    told: dict[str, Any] = {"name": control.name, "size": len(_stops(control))}
    if isinstance(control, Slider):
        return told | {"low": control.low, "step": control.step, "form": control.form}
    return told | {"options": list(_stops(control))}
