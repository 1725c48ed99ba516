"""The course as it answers a browser: a path in, a page or a piece of one out.

It knows no server: whoever serves it asks for one thing after the other, in one thread.
"""

from __future__ import annotations

import datetime as dt
import traceback
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from funnelkit.errors import FunnelkitError
from funnelkit.page.whatif import Panel
from funnelkit.teach import review
from funnelkit.teach.bank import exercise
from funnelkit.teach.check import check, hint, solution
from funnelkit.teach.form import told_html
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.paths import exits
from funnelkit.teach.quiz import When, case_of, hand_in, not_yet, questions
from funnelkit.teach.site import demos, forms, lesson, pages, panels, ways
from funnelkit.teach.site.frame import frame, link
from funnelkit.teach.site.shelf import Shelf
from funnelkit.words import language, say, speaking

Sent = Mapping[str, Sequence[str]]


class NoPage(LookupError):
    """There is no such page."""


def _said(problem: Exception) -> str:
    """Return what went wrong as a reader is told; what nobody foresaw is told in full aside."""
    if isinstance(problem, FunnelkitError):
        return pages.refused(problem)
    traceback.print_exception(problem)
    return f"<p role='alert'>{escape(say('learn.failed'))}</p>"


class Course:
    """All pages of the course for one learner.

    Parameters
    ----------
    shelf : Shelf
        The lessons.
    progress : Progress
        The learner's record.
    today : callable, optional
        Gives the day.
    """

    def __init__(
        self, shelf: Shelf, progress: Progress, today: Callable[[], dt.date] = dt.date.today
    ) -> None:
        self.shelf, self.progress, self.today = shelf, progress, today
        self._panels: dict[tuple[str, str, str], Panel] = {}

    def page(self, path: str, lang: str) -> str | dict[str, Any]:
        """Return a page as HTML, or a piece as plain values.

        Raises
        ------
        LookupError
            There is no such page.
        """
        with speaking(self._spoken(lang)):
            try:
                self.progress.refresh()
                return self._page(path)
            except NoPage:
                raise
            except Exception as problem:  # a page without code shows no traceback
                return self._framed(say("learn.refused"), _said(problem), path)

    def send(self, path: str, sent: Sent, lang: str) -> dict[str, Any]:
        """Take what a form holds; return what is shown beside it.

        Raises
        ------
        LookupError
            There is no such form.
        """
        with speaking(self._spoken(lang)):
            try:
                self.progress.refresh()
                return self._send(path, sent)
            except NoPage:
                raise
            except Exception as problem:  # whatever was sent: it is answered
                return {"html": _said(problem)}

    def _spoken(self, lang: str) -> str:
        known = self.shelf.languages
        return lang if lang in known else known[0] if language() not in known else language()

    def _framed(self, title: str, body: str, path: str) -> str:
        return frame(title, body, here=path, languages=self.shelf.languages)

    def _page(self, path: str) -> str | dict[str, Any]:
        kept = self.progress
        match path.strip("/").split("/"):
            case [""]:
                body = pages.start(self.shelf, kept, self.today())
                return self._framed(say("learn.title"), body, "")
            case ["lesson", id]:
                book = self.shelf.book(id)
                body = lesson.lesson_page(self.shelf, book, kept)
                return self._framed(f"{id} · {book.front.title}", body, f"lesson/{id}")
            case ["lesson", id, "drawn"]:
                drawn = demos.shown(self.shelf.book(id))
                return {"again": True} if drawn is None else {"parts": drawn}
            case ["path", id]:
                return self._framed(*ways.path_page(id, kept), path.strip("/"))
            case ["exit", id]:
                return self._framed(*ways.exit_page(id, kept, self.today()), path.strip("/"))
            case ["case", name]:
                return self._framed(*pages.case_page(name), path.strip("/"))
            case ["case", name, "lead"]:
                return self._framed(*pages.case_page(name, lead=True), path.strip("/"))
            case ["quiz"]:
                return self._framed(say("quiz.page_title"), pages.quiz(kept), "quiz")
            case ["review"]:
                body = pages.due(kept, self.today())
                return self._framed(say("learn.way_review"), body, "review")
            case ["progress"]:
                body = pages.progress(self.shelf, kept)
                return self._framed(say("learn.way_progress"), body, "progress")
        raise NoPage(path)

    def _send(self, path: str, sent: Sent) -> dict[str, Any]:
        match path.strip("/").split("/"):
            case ["lesson", id, "ask", name]:
                return self._ask(id, name, sent)
            case ["lesson", id, "whatif", name]:
                return panels.answered(self._panel(id, name), sent)
            case ["quiz", "before" | "after" as when]:
                return self._hand_in(when, sent)
            case ["review", name]:
                return self._review(name, sent)
            case ["exit", id]:
                return self._exit(id, sent)
            case ["certificate", id]:
                name = sent.get("name", ("",))[0]
                return {"html": ways.certificate_html(id, name, self.progress)}
        raise NoPage(path)

    def _panel(self, id: str, name: str) -> Panel:
        key = (id, name, language())
        if key not in self._panels:
            found = self.shelf.book(id).lesson.whatif(name)
            if not isinstance(found, Panel):
                raise NoPage(name)
            self._panels[key] = found
        return self._panels[key]

    def _ask(self, id: str, name: str, sent: Sent) -> dict[str, Any]:
        book, asked, kept = self.shelf.book(id), exercise(name), self.progress
        case = asked.case(kept.seed)
        match sent.get("do", ("check",))[0]:
            case "hint":
                return {"html": told_html(hint(name, progress=kept))}
            case "solution":
                return {"html": told_html(solution(name, progress=kept))}
        filled = forms.filled(case, sent, name)
        found = check(name, asked.kind.collect(filled), progress=kept, filled=filled)
        answered = found.state != "not_answered"
        return {
            "html": found._repr_html_(),
            "state": lesson.state_of(kept, name) if answered else "",
            "said": lesson.state_said(kept, name),
            "parts": {
                "standing": lesson.standing(book.front, kept),
                "done": lesson.done(book, kept),
            },
        }

    def _hand_in(self, when: When, sent: Sent) -> dict[str, Any]:
        answers, open_ = {}, []
        for asked in questions():
            case = case_of(asked, when, self.progress.seed)
            given = asked.kind.collect(forms.filled(case, sent, asked.id))
            answers[asked.id] = given
            if asked.kind.empty(given):
                open_.append(asked.id)
        refusal = not_yet(open_, sure="sure" in sent)
        if refusal is not None:
            return {"html": pages.not_yet(refusal, open_)}
        handed = hand_in(when, answers, progress=self.progress)
        if handed.notice or not handed.counts:
            return {"html": handed._repr_html_()}
        return {"page": link("quiz")}

    def _exit(self, id: str, sent: Sent) -> dict[str, Any]:
        answers = {
            c.exercise.id: c.exercise.kind.collect(forms.filled(c, sent, c.exercise.id))
            for c in exits.items(id, self.progress)
        }
        result = exits.hand_in(id, answers, self.progress, self.today())
        return {"html": ways.result_html(result)}

    def _review(self, name: str, sent: Sent) -> dict[str, Any]:
        today = self.today()
        item = next((d for d in review.due(self.progress, today) if d.exercise == name), None)
        if item is None:
            return {"html": f"<p>{escape(say('learn.review_done'))}</p>"}
        case = review.case_of(item, self.progress)
        given = case.exercise.kind.collect(forms.filled(case, sent, name))
        found = review.answer(item, given, self.progress, today)
        more = "" if found.state in ("right", "type", "not_answered") else say("quiz.review_again")
        html = found._repr_html_() + (f"<p>{escape(more)}</p>" if more else "")
        return {"html": html, "state": found.state, "said": say(f"teach.state_{found.state}")}
