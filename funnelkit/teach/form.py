"""An exercise as a form: the question, controls with labels, check and hint, the feedback.

The form shows itself as widgets where a kernel runs, and as a plain page where none does.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd

from funnelkit.page.live import live_or_printed
from funnelkit.teach.bank import exercise
from funnelkit.teach.check import check, fill, hint, solution
from funnelkit.teach.exercise import Case, Entry, Exercise
from funnelkit.teach.frame import Frame
from funnelkit.teach.learner.progress import Progress
from funnelkit.words import say

_WIDE = "min(46rem, 95%)"


class Form:
    """One exercise, asked."""

    def __init__(self, id: str | Exercise, progress: Progress) -> None:
        self.exercise = exercise(id) if isinstance(id, str) else id
        self.progress = progress
        self.case: Case = self.exercise.case(progress.seed)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The fields to fill in."""
        return self.exercise.kind.entries(self.case)

    @cached_property
    def prompt(self) -> str:
        """The question with the learner's numbers."""
        return fill(self.exercise.prompt, self.case)

    def __repr__(self) -> str:
        lines = [f"{self.exercise.id} · {self.prompt}"]
        if self.case.shown is not None:
            lines.append(_plain(self.case.shown))
        common = shared(self.entries)
        for e in self.entries:
            options = "" if common else " | ".join(text for _, text in e.options)
            lines.append(f"  [ ] {e.label}" if e.control == "check" else f"  {e.label} {options}")
        lines += [say("teach.options", options=common)] if common else []
        return "\n".join(line.rstrip() for line in lines)

    def page(self) -> str:
        """Return the form as it is printed: question, what is shown, empty fields."""
        common = shared(self.entries)
        rows = "".join(_printed(e, alone=not common) for e in self.entries)
        return f"<div class='fk-exercise'>{self.head}<ul>{rows}</ul>{_choices(common)}</div>"

    @cached_property
    def head(self) -> str:
        """The question and what is shown under it."""
        return f"<p>{_paragraphs(self.prompt)}</p>{shown_html(self.case)}"

    def widget(self) -> Any:
        """Return the form as ipywidgets."""
        import ipywidgets as w

        entries = self.entries
        kept = refilled(entries, self.progress.filled(self.exercise.id))
        controls = [control(w, e, kept.get(e.name)) for e in entries]
        told = w.HTML(value="")
        buttons = {
            name: w.Button(
                description=say(f"teach.button_{name}"), tooltip=say(f"teach.tooltip_{name}")
            )
            for name in ("check", "hint", "solution")
        }

        def answer(_: Any) -> None:
            filled = {e.name: c.value for e, c in zip(entries, controls, strict=True)}
            collected = self.exercise.kind.collect(filled)
            found = check(self.exercise.id, collected, progress=self.progress, filled=filled)
            told.value = found._repr_html_()

        def help_(_: Any) -> None:
            told.value = told_html(hint(self.exercise.id, progress=self.progress))

        def solve(_: Any) -> None:
            told.value = told_html(solution(self.exercise.id, progress=self.progress))

        buttons["check"].button_style = "primary"
        buttons["check"].on_click(answer)
        buttons["hint"].on_click(help_)
        buttons["solution"].on_click(solve)
        row = w.HBox(list(buttons.values()))
        return w.VBox([w.HTML(value=self.head), *controls, row, told])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return live_or_printed(repr(self), self.page(), self.widget)


def refilled(entries: tuple[Entry, ...], kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was kept of a form by its fields, whose names may be in another language now."""
    if not any(e.name in kept for e in entries) and len(kept) == len(entries):
        return {e.name: v for e, v in zip(entries, kept.values(), strict=True)}
    return dict(kept)


def shown_html(case: Case) -> str:
    """Return what is shown under the question of a case; empty where there is nothing."""
    shown = case.shown
    if shown is None:
        return ""
    if isinstance(shown, pd.DataFrame):
        return Frame(shown)._repr_html_()
    html = shown._repr_html_() if hasattr(shown, "_repr_html_") else None
    return html or f"<pre>{escape(repr(shown))}</pre>"


def _plain(shown: Any) -> str:
    return repr(Frame(shown) if isinstance(shown, pd.DataFrame) else shown)


def _paragraphs(text: str) -> str:
    return "<br>".join(escape(line) for line in text.split("\n"))


def told_html(text: str) -> str:
    """Show prose as paragraphs, a step a line."""
    parts = "".join(f"<p>{_paragraphs(p)}</p>" for p in str(text).split("\n\n"))
    return f"<div class='fk-feedback fk-quiet' role='status'>{parts}</div>"


def shared(entries: tuple[Entry, ...]) -> list[str]:
    """Return the options when several controls offer the same ones: said once."""
    if len(entries) > 1 and entries[0].options and len({e.options for e in entries}) == 1:
        return [text for _, text in entries[0].options]
    return []


def _choices(common: list[str]) -> str:
    """List shared options; sentences get a line and a letter each, and the letter is an answer."""
    if not any(mark in text for text in common for mark in ",，、:："):
        return f"<p>{escape(say('teach.options', options=common))}</p>" if common else ""
    lines = "".join(f"<li>{escape(text)}</li>" for text in common)
    head = escape(say("teach.options", options=[]).strip())
    return f"<p>{head}</p><ol style='list-style-type:lower-alpha'>{lines}</ol>"


def _printed(entry: Entry, *, alone: bool) -> str:
    label = escape(entry.label)
    if entry.control == "check":
        return f"<li>☐ {label}</li>"
    if entry.options and alone:
        options = " · ".join(escape(text) for _, text in entry.options)
        return f"<li>{label} {options}</li>"
    return f"<li>{label} ________</li>"


def control(w: Any, entry: Entry, kept: Any = None) -> Any:
    """Return the widget of an entry, filled with what was kept where it still fits."""
    style = {"description_width": "initial"}
    layout = w.Layout(width=_WIDE)
    if entry.control == "check":
        return w.Checkbox(value=kept is True, description=entry.label, indent=False, layout=layout)
    if entry.control == "select":
        chosen = kept if kept in {id for id, _ in entry.options} else None
        if len(entry.options) <= 6 and not entry.label:
            return w.RadioButtons(
                options=[(text, id) for id, text in entry.options], value=chosen,
                description=say("teach.your_choice"), style=style, layout=layout,
            )  # fmt: skip
        options = [(say("teach.choose"), None), *((text, id) for id, text in entry.options)]
        return w.Dropdown(
            options=options, value=chosen, description=entry.label or say("teach.your_choice"),
            style=style, layout=layout,
        )  # fmt: skip
    make = w.Textarea if entry.control == "area" else w.Text
    return make(
        value=kept if isinstance(kept, str) else "",
        description=entry.label or say("teach.your_answer"),
        placeholder=say("teach.type_here"), style=style, layout=layout, continuous_update=False,
    )  # fmt: skip
