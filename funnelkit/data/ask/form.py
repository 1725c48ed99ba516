"""The same questions as a form in a notebook: answered by clicks, read when all are."""

from __future__ import annotations

import html
import sys
from pathlib import Path
from typing import Any

from funnelkit.data.ask.dialogue import Dialogue
from funnelkit.data.ask.written import mapping_text, place_of
from funnelkit.data.pipeline import Pipeline
from funnelkit.data.understanding.questions import Question, Unsure, positive
from funnelkit.errors import FunnelkitError
from funnelkit.files.whole import write_whole
from funnelkit.words import say


def in_notebook() -> bool:
    """Say whether a form can live here: a Jupyter kernel with widgets."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None or not hasattr(shell, "kernel"):
        return False
    try:
        import ipywidgets  # noqa: F401
    except ImportError:
        return False
    return True


class Form:
    """Open questions of a file with their answers to choose from.

    Attributes
    ----------
    pipeline : Pipeline
        What was read; refuses with the open questions until the form is answered.
    widget : ipywidgets.VBox
        The form itself.
    """

    def __init__(self, talk: Dialogue[Pipeline], source: Any) -> None:
        import ipywidgets as w

        self._talk, self._source = talk, source
        self.widget = w.VBox()
        self._choosers: list[Any] = []
        self._numbers: list[list[Any]] = []
        self._show()

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline, once every question is answered."""
        if self._talk.result is None:
            raise Unsure(self._talk.pending, self._name)
        return self._talk.result

    @property
    def _name(self) -> str:
        told = isinstance(self._source, str | Path)
        return Path(self._source).name if told else say("questions.a_table")

    def _show(self, problem: str = "") -> None:
        import ipywidgets as w

        talk = self._talk
        if not talk.pending:
            self.widget.children = [w.HTML(f"<p>{html.escape(t)}</p>") for t in self._done()]
            return
        head = say("questions.ask_head", file=self._name, n=len(talk.pending))
        parts: list[Any] = [w.HTML(f"<p><b>{html.escape(head)}</b></p>")]
        self._choosers, self._numbers = [], []
        for question in talk.pending:
            parts.append(w.HTML(f"<p>{html.escape(str(question.text))}</p>"))
            chooser = w.RadioButtons(
                options=[(_shown(question, k), k) for k in range(len(question.choices))],
                value=None, layout=w.Layout(width="auto"),
            )  # fmt: skip
            self._choosers.append(chooser)
            parts.append(chooser)
            blanks = max((c.blanks for c in question.choices), key=len)
            self._numbers.append([w.Text(description=str(blank)) for blank in blanks])
            for number in self._numbers[-1]:
                number.style.description_width = "initial"
                parts.append(number)
        read = w.Button(description=say("questions.form_read"), button_style="primary")
        read.on_click(lambda _: self._answered())
        buttons = [read]
        if talk.given:
            back = w.Button(description=say("questions.form_back"))
            back.on_click(lambda _: self._back())
            buttons.append(back)
        parts.append(w.HBox(buttons))
        if problem:
            parts.append(w.HTML(f"<p role='alert'>{html.escape(problem)}</p>"))
        self.widget.children = parts

    def _answered(self) -> None:
        chosen = [c.value for c in self._choosers]
        missing = sum(k is None for k in chosen)
        if missing:
            self._show_keeping(chosen, say("questions.form_missing", n=missing))
            return
        questions = list(self._talk.pending)
        answers = []
        for question, k, fields in zip(questions, chosen, self._numbers, strict=True):
            choice = question.choices[k]
            typed = [field.value for field in fields] if choice.blanks else []
            numbers = [positive(text) for text in typed]
            if None in numbers:
                wrong = typed[numbers.index(None)]
                self._show_keeping(chosen, say("questions.ask_number", found=wrong))
                return
            answers.append(choice.filled(n for n in numbers if n is not None))
        try:
            for answer in answers:
                self._talk.answer(answer)
        except FunnelkitError as problem:
            self._talk.given = self._talk.given[: -len(questions)]
            self._talk.pending = questions
            self._show_keeping(chosen, str(problem))
            return
        self._show()

    def _show_keeping(self, chosen: list[int | None], problem: str) -> None:
        typed = [[field.value for field in fields] for fields in self._numbers]
        self._show(problem)
        for chooser, k in zip(self._choosers, chosen, strict=True):
            chooser.value = k
        for fields, texts in zip(self._numbers, typed, strict=True):
            for number, text in zip(fields, texts, strict=True):
                number.value = text

    def _back(self) -> None:
        self._talk.back()
        self._show()

    def _done(self) -> list[str]:
        """Write the mapping and say what was read and where the answers are."""
        lines = [str(self._talk.result)]
        place = place_of(self._source)
        if place is None:
            return lines
        if place.exists():
            return [*lines, say("questions.form_kept", file=place.name)]
        try:
            text = mapping_text(self._talk.mapping, self._talk.given, self._name)
            write_whole(place, text)
        except OSError as why:
            why_ = str(why.strerror)
            return [*lines, say("questions.not_written", file=str(place), why=why_)]
        return [*lines, say("questions.written", file=str(place))]

    def _repr_mimebundle_(self, **_: Any) -> Any:
        bundle = self.widget._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        # what a page without widgets shows: the questions themselves, or what was read
        data = {**(data or {}), "text/plain": str(self)}
        return data

    def __str__(self) -> str:
        if self._talk.result is None:
            return str(Unsure(self._talk.pending, self._name))
        return str(self._talk.result)

    __repr__ = __str__


def _shown(question: Question, k: int) -> str:
    choice = question.choices[k]
    if not choice.examples:
        return str(choice.label)
    seen = say("questions.ask_seen", examples=list(choice.examples[:3]))
    return say("questions.form_choice", label=str(choice.label), seen=seen)


__all__ = ["Form", "in_notebook"]
