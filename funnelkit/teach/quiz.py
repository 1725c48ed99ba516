"""The test before the course and after it: twenty questions on the same things, other numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any, Literal

import pandas as pd

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.page.live import live_or_printed
from funnelkit.process.nodes import read_nodes
from funnelkit.teach.bank import exercises
from funnelkit.teach.check import judge, told
from funnelkit.teach.exercise import Case, Exercise
from funnelkit.teach.form import Form, control
from funnelkit.teach.learner.progress import Progress, here
from funnelkit.teach.source import folder
from funnelkit.teach.spec import Written
from funnelkit.words import say

LESSON = "Q"
WHEN = ("before", "after")
When = Literal["before", "after"]
#: What an answer of a test is marked with in the record.
_TEST = {"before": "pre", "after": "post"}
#: So many draws are looked through for other numbers.
_MOST = 1000


def questions() -> tuple[Exercise, ...]:
    """Return the twenty questions."""
    return exercises(LESSON)


@cache
def _afterwards() -> Mapping[str, Exercise]:
    """Return what is asked after the course in place of the questions without numbers."""
    file = folder() / "paths" / "after.yaml"
    written = read_nodes(file.read_text("utf-8"), file.name)[0]["exercises"]
    return {one["id"]: Written.model_validate(one).made() for one in written}


def case_of(asked: Exercise, when: str, seed: int) -> Case:
    """Return a learner's question; the second test has other numbers, and other deals."""
    first = asked.case(seed)
    if when == "before":
        return first
    if asked.draw is None:
        return _afterwards()[asked.id].case(seed)
    others = (asked.case(seed + k) for k in range(1, _MOST))
    return next(
        c for c in others
        if c.values != first.values and judge(c, first.right).state != "right"
    )  # fmt: skip


@dataclass(frozen=True)
class Handed:
    """What was handed in: the state of every question, and which mistake was made."""

    when: str
    states: Mapping[str, str]
    mistakes: Mapping[str, str]
    #: False for a second test before the course: the first one stays.
    counts: bool = True
    #: What could not be kept; empty as a rule.
    notice: str = ""
    #: After the course: question, right answer, why. Before it nothing is given away.
    told: tuple[Told, ...] = ()

    @property
    def right(self) -> int:
        """Number of right answers."""
        return sum(s == "right" for s in self.states.values())

    def __repr__(self) -> str:
        if not self.counts:
            return say("quiz.handed_again")
        answered = sum(s != "not_answered" for s in self.states.values())
        n = len(self.states)
        said = say(f"quiz.handed_{self.when}", right=self.right, answered=answered, n=n)
        return "\n".join(filter(None, [said, self.notice]))

    def _repr_html_(self) -> str:
        said = f"<p role='status'>{escape(repr(self))}</p>"
        if not self.told:
            return said
        keys = ("question", "right", "answer", "why")
        heads = "".join(f"<th scope='col'>{escape(say(f'quiz.column_{k}'))}</th>" for k in keys)
        rows = "".join(
            f"<tr><th scope='row'>{t.question}</th>"
            f"<td>{_mark(self.states[t.question] == 'right')}</td>"
            f"<td>{escape(t.answer)}</td><td>{escape(t.why)}</td></tr>"
            for t in self.told
        )
        return f"{said}<table class='fk-table'><tr>{heads}</tr>{rows}</table>"


@dataclass(frozen=True)
class Told:
    """What a question's right answer is, and why."""

    question: str
    answer: str
    why: str


def _all_told(progress: Progress) -> tuple[Told, ...]:
    cases = ((e.id, case_of(e, "after", progress.seed)) for e in questions())
    return tuple(Told(id, told(case), str(case.exercise.after)) for id, case in cases)


def not_yet(open_: Sequence[str], *, sure: bool) -> str | None:
    """Say why a test is not handed in yet: nothing answered, or blanks nobody confirmed."""
    n = len(questions())
    if len(open_) == n:
        return say("quiz.empty")
    return say("quiz.open", open=len(open_), n=n) if open_ and not sure else None


def handed(progress: Progress, when: When) -> Handed | None:
    """Return a test as it was handed in last; None before."""
    states = _kept(progress, when)
    if not states:
        return None
    return Handed(when, states, {}, told=_all_told(progress) if when == "after" else ())


def hand_in(when: When, answers: Mapping[str, Any], *, progress: Progress | None = None) -> Handed:
    """Judge a whole test and keep it.

    Parameters
    ----------
    when : {"before", "after"}
        Which of the two tests.
    answers : mapping
        Question to answer: ``{"Q.1": "activity"}``; what is missing is not answered.
    progress : Progress, optional
        Where to keep it; by default the learner's file in this folder.
    """
    _known(when)
    kept = progress or here()
    # a test before that is taken again later is none: only the first one counts
    counts = when == "after" or not _kept(kept, "before")
    states, mistakes = {}, {}
    for asked in questions():
        found = judge(case_of(asked, when, kept.seed), answers.get(asked.id))
        states[asked.id] = found.state
        if found.mistake:
            mistakes[asked.id] = found.mistake
        if counts:
            kept.record(
                "answer", exercise=asked.id, state=found.state, mistake=found.mistake,
                test=_TEST[when],
            )  # fmt: skip
    right = _all_told(kept) if when == "after" else ()
    return Handed(when, states, mistakes, counts, kept.notice(), right)


def _known(when: str) -> None:
    if when not in WHEN:
        raise FunnelkitError("quiz.unknown_when", found=when, allowed=nearest(str(when), WHEN))


def _kept(progress: Progress, when: str) -> dict[str, str]:
    """Return the state of every question of a test, as handed in last."""
    return {
        e["exercise"]: e["state"] for e in progress.of("answer") if e.get("test") == _TEST[when]
    }


@dataclass(frozen=True, eq=False)
class Gain:
    """Both tests, question by question; only questions asked in both count.

    Attributes
    ----------
    table : DataFrame
        ``question, before, after``: whether it was right; empty before both are handed in.
    """

    table: pd.DataFrame

    def __repr__(self) -> str:
        t = self.table
        if t.empty:
            return say("quiz.gain_none")
        return say(
            "quiz.gain", n=len(t), before=int(t["before"].sum()), after=int(t["after"].sum()),
            won=int((t["after"] & ~t["before"]).sum()), lost=int((t["before"] & ~t["after"]).sum()),
        )  # fmt: skip

    def _repr_html_(self) -> str:
        said = f"<p>{escape(repr(self))}</p>"
        if self.table.empty:
            return said
        heads = "".join(
            f"<th scope='col'>{escape(say(f'quiz.column_{c}'))}</th>" for c in self.table.columns
        )
        rows = "".join(
            f"<tr><th scope='row'>{escape(str(r.question))}</th><td>{_mark(r.before)}</td>"
            f"<td>{_mark(r.after)}</td></tr>"
            for r in self.table.itertuples()
        )
        return f"{said}<table class='fk-table'><tr>{heads}</tr>{rows}</table>"


def _mark(right: object) -> str:
    return "✓" if right else "–"


def gain(progress: Progress | None = None) -> Gain:
    """Compare the test after the course with the one before it."""
    kept = progress or here()
    first, last = _kept(kept, "before"), _kept(kept, "after")
    rows = [(i, s == "right", last[i] == "right") for i, s in first.items() if i in last]
    table = pd.DataFrame(rows, columns=["question", "before", "after"])
    return Gain(table.astype({"before": bool, "after": bool}))


class Quiz:
    """A test as one form: twenty questions, one button."""

    def __init__(self, when: When, progress: Progress) -> None:
        _known(when)
        self.when, self.progress = when, progress
        cases = (case_of(e, when, progress.seed) for e in questions())
        self.forms = tuple(Form(c.exercise, Progress(None, c.seed, [])) for c in cases)

    def __repr__(self) -> str:
        head = [say(f"quiz.title_{self.when}"), say("quiz.intro")]
        return "\n\n".join([*head, *map(repr, self.forms)])

    def page(self) -> str:
        """Return the test as it is printed."""
        title, intro = escape(say(f"quiz.title_{self.when}")), escape(say("quiz.intro"))
        forms = "".join(f"<p><strong>{f.exercise.id}</strong></p>{f.page()}" for f in self.forms)
        return f"<p><strong>{title}</strong></p><p>{intro}</p>{forms}"

    def hand_in(self, answers: Mapping[str, Any]) -> Handed:
        """Hand in answers by question."""
        return hand_in(self.when, answers, progress=self.progress)

    def widget(self) -> Any:
        """Return the test as ipywidgets."""
        import ipywidgets as w

        title, intro = escape(say(f"quiz.title_{self.when}")), escape(say("quiz.intro"))
        parts: list[Any] = [w.HTML(value=f"<p><strong>{title}</strong></p><p>{intro}</p>")]
        asked = []
        for form in self.forms:
            entries = form.entries
            controls = [control(w, e) for e in entries]
            head = f"<p><strong>{form.exercise.id}</strong></p>{form.head}"
            parts += [w.HTML(value=head), *controls]
            asked.append((form.exercise, entries, controls))
        said = w.HTML(value="")
        sure = w.Checkbox(
            value=False, description=say("quiz.sure"), indent=False, layout=w.Layout(display="none")
        )
        button = w.Button(
            description=say("quiz.button"), tooltip=say("quiz.tooltip"), button_style="primary"
        )

        def hand_over(_: Any) -> None:
            answers: dict[str, Any] = {}
            for e, entries, controls in asked:
                filled = {x.name: c.value for x, c in zip(entries, controls, strict=True)}
                answers[e.id] = e.kind.collect(filled)
            open_ = [e.id for e, *_ in asked if e.kind.empty(answers[e.id])]
            refusal = not_yet(open_, sure=sure.value)
            if refusal is not None:
                sure.layout.display = "" if len(open_) < len(asked) else "none"
                said.value = f"<p role='alert'>{escape(refusal)} {', '.join(open_)}</p>"
                return
            said.value = self.hand_in(answers)._repr_html_()

        button.on_click(hand_over)
        return w.VBox([*parts, sure, button, said])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return live_or_printed(repr(self), self.page(), self.widget)


def quiz(when: When = "before", *, progress: Progress | None = None) -> Quiz:
    """Show the test before or after the course.

    Raises
    ------
    FunnelkitError
        Neither ``before`` nor ``after``.
    """
    return Quiz(when, progress or here())
