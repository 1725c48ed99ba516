"""The pages around the lessons: start, tests, review, progress."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from html import escape

from funnelkit.teach import review
from funnelkit.teach.bank import exercises
from funnelkit.teach.cases.case import NAMES, body, case, lead_body
from funnelkit.teach.check import fill
from funnelkit.teach.exercise import Case
from funnelkit.teach.form import shown_html
from funnelkit.teach.learner.kept import lines_html
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.quiz import When, case_of, gain, handed, questions
from funnelkit.teach.site import forms, lesson, ways
from funnelkit.teach.site.frame import way
from funnelkit.teach.site.shelf import Shelf
from funnelkit.words import say


def _p(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def refused(problem: Exception) -> str:
    """Return what is wrong, as it is told everywhere."""
    lines = "".join(_p(line) for line in str(problem).split("\n") if line.strip())
    return f"<div class='fk-feedback' role='alert'>{lines}</div>"


def start(shelf: Shelf, kept: Progress, today: dt.date) -> str:
    """Return the first page: what to do next, all lessons, where the progress lies."""
    rows = "".join(
        f"<li><span>{f.id}</span>{way(f'lesson/{f.id}', str(f.title))}"
        f"<small class='fk-place'>{lesson.standing(f, kept)}</small></li>"
        for f in shelf.fronts
    )
    return (
        f"<h1>{escape(say('learn.title'))}</h1>{_p(say('learn.about'))}{_next(shelf, kept, today)}"
        f"{ways.who()}"
        f"<h2>{escape(say('teach.start_lessons'))}</h2><ul class='fk-lessons'>{rows}</ul>"
        f"<h2>{escape(say('cases.title'))}</h2>{_p(say('cases.about'))}{cases()}"
        f"<h2>{escape(say('learn.way_apps'))}</h2>{_p(say('learn.apps_about'))}"
        f"<p>{way('apps', say('learn.apps_open'))} · {way('game', say('app_game.title'))}</p>"
        f"<h2>{escape(say('teach.start_progress'))}</h2>{_p(kept.place_said())}"
    )


def cases() -> str:
    """Return the list of the cases."""
    rows = "".join(
        f"<li>{way(f'case/{name}', str(case(name).title))} "
        f"<small>{escape(say('cases.minutes', minutes=case(name).minutes))}</small></li>"
        for name in NAMES
    )
    return f"<ul>{rows}</ul>"


def case_page(name: str, *, lead: bool = False) -> tuple[str, str]:
    """Return title and body of a case, for those who decide or for whoever leads."""
    c = case(name)
    other = way(f"case/{name}", say("cases.to_case"))
    if not lead:
        other = way(f"case/{name}/lead", say("cases.to_lead"))
    foot = f"<p>{other} · <a href='javascript:print()'>{escape(say('cases.print'))}</a></p>"
    title = f"{c.title} · {say('cases.lead')}" if lead else str(c.title)
    return title, (lead_body(c) if lead else body(c)) + foot


def _next(shelf: Shelf, kept: Progress, today: dt.date) -> str:
    """Return the one thing to do now, and what is due for review."""
    begun = [f for f in shelf.fronts if any(kept.count("answer", e.id) for e in exercises(f.id))]
    open_ = [f for f in shelf.fronts if lesson.minutes_left(f, kept)]
    going = next((f for f in begun if f in open_), None)
    if not begun and not handed(kept, "before"):
        said, go = say("learn.next_test"), way("quiz", say("learn.go_test"), "fk-go")
        go += " " + way(f"lesson/{shelf.fronts[0].id}", say("learn.go_without"))
    elif going or open_:
        front = going or open_[0]
        left = lesson.minutes_left(front, kept)
        said = say("learn.next_lesson", id=front.id, title=str(front.title), minutes=left)
        word = say("learn.go_on") if going else say("learn.go_begin")
        go = way(f"lesson/{front.id}", word, "fk-go")
    else:
        said, go = say("learn.next_after"), way("quiz", say("learn.go_test"), "fk-go")
    n = len(review.due(kept, today))
    more = f"<p>{way('review', say('learn.due', n=n))}</p>" if n else ""
    return f"<div class='fk-next'>{_p(said)}<p>{go}</p>{more}</div>"


def progress(shelf: Shelf, kept: Progress) -> str:
    """Return how far the learner is, lesson by lesson and exercise by exercise."""
    parts = [f"<h1>{escape(say('learn.way_progress'))}</h1>", _p(kept.place_said())]
    for front in shelf.fronts:
        marks = "".join(
            f"<tr><th scope='row'>{way(f'lesson/{front.id}#{e.id}', e.id)}</th>"
            f"<td>{escape(lesson.state_said(kept, e.id) or say('teach.is_open'))}</td></tr>"
            for e in exercises(front.id)
        )
        parts.append(
            f"<details><summary>{front.id} {escape(str(front.title))} "
            f"<span class='fk-place'>{lesson.standing(front, kept)}</span></summary>"
            f"<table>{marks}</table></details>"
        )
    parts.append(lines_html(kept))
    parts.append(f"<h2>{escape(say('quiz.page_gain'))}</h2>{gain(kept)._repr_html_()}")
    return "".join(parts)


def question(case: Case, name: str, heading: str) -> str:
    """Return a question with its empty fields."""
    return (
        f"<h3>{heading}</h3><p>{escape(fill(case.exercise.prompt, case))}</p>"
        f"{shown_html(case)}{forms.fields(case, {}, name)}"
    )


def quiz(kept: Progress) -> str:
    """Return both tests: the one that is to be taken now, and what has come of those taken."""
    first, last = handed(kept, "before"), handed(kept, "after")
    parts = [f"<h1>{escape(say('quiz.page_title'))}</h1>{_p(say('quiz.page_intro'))}"]
    if not first:
        parts.append(test("before", kept))
    else:
        parts.append(f"<h2>{escape(say('quiz.title_before'))}</h2>{first._repr_html_()}")
        if last:
            parts.append(f"<h2>{escape(say('quiz.title_after'))}</h2>{last._repr_html_()}")
            parts.append(f"<h2>{escape(say('quiz.page_gain'))}</h2>{gain(kept)._repr_html_()}")
        else:
            parts.append(test("after", kept))
    return "".join(parts)


def test(when: When, kept: Progress) -> str:
    """Return a test as a form."""
    asked = "".join(
        f"<section class='fk-ask' id='{e.id}'>"
        f"{question(case_of(e, when, kept.seed), e.id, e.id)}</section>"
        for e in questions()
    )
    button = f"<button class='fk-main'>{escape(say('quiz.button'))}</button>"
    return (
        f"<h2>{escape(say(f'quiz.title_{when}'))}</h2>{_p(say('quiz.intro'))}"
        f"<form data-ask='/quiz/{when}' novalidate>{asked}<div class='fk-buttons'>{button}</div>"
        "<div class='fk-told' role='status'></div></form>"
    )


def not_yet(said: str, open_: Sequence[str]) -> str:
    """Return why a test is not handed in, with the way to do it all the same where there is one."""
    links = " ".join(f"<a href='#{id}'>{id}</a>" for id in open_)
    sure = (
        f"<label class='fk-tick'><input type='checkbox' name='sure' value='1'> "
        f"<span>{escape(say('quiz.sure'))}</span></label>"
        if len(open_) < len(questions())
        else ""
    )
    return f"<div class='fk-feedback'>{_p(said)}<p>{links}</p>{sure}</div>"


def due(kept: Progress, today: dt.date) -> str:
    """Return what is due for review, each question with other numbers."""
    items = review.due(kept, today)
    parts = [f"<h1>{escape(say('learn.way_review'))}</h1>{_p(say('learn.review_about'))}"]
    if not items:
        parts.append(_p(say("quiz.review_none")))
        following = review.coming(kept, today)
        if following is not None:
            parts.append(_p(say("quiz.review_next", day=following)))
    for item in items:
        case, id = review.case_of(item, kept), item.exercise
        since = escape(say("learn.since", since=item.since))
        head = f"{id} <small>{since}</small> <small class='fk-state'></small>"
        parts.append(
            f"<section class='fk-ask' id='{id}'>"
            f"<form data-ask='/review/{id}' data-id='{id}' novalidate>"
            f"{question(case, id, head)}{forms.buttons(('check',))}"
            "<div class='fk-told' role='status'></div></form></section>"
        )
    return "".join(parts)
