"""An app: controls whose ranges come from the data, and a pure function from their state.

What costs time is done once (``prepare``); ``answer`` is called at each move and draws nothing:
its chart is a function that the shell calls after the numbers are on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from funnelkit.charts import Chart
from funnelkit.data.pipeline import Pipeline
from funnelkit.page.controls import Control, State, start_of
from funnelkit.page.parts import Part
from funnelkit.show.table import Table
from funnelkit.words import say


@dataclass(frozen=True)
class Answer:
    """What an app says to a state.

    Parameters
    ----------
    parts : tuple of parts
        Sentences and tables, the main sentence with its uncertainty first.
    chart : callable, optional
        Draws the picture; called after the numbers are shown.
    tables : mapping of str to Table or pandas.DataFrame
        Sheets of the workbook to take home, by title; the columns of a frame have the unit of
        their type.
    report : tuple of str and dict, optional
        The report template that says the same on paper, and its parameters.
    files : mapping of str to str
        Further texts to take home, by file name (a process sheet).
    """

    parts: tuple[Part, ...]
    chart: Callable[[], Chart] | None = None
    tables: Mapping[str, Table | pd.DataFrame] = field(default_factory=dict)
    report: tuple[str, Mapping[str, Any]] | None = None
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def html(self) -> str:
        """The numbers as HTML; every text from the data is escaped by its part."""
        return "".join(part._repr_html_() for part in self.parts)


@dataclass(frozen=True)
class App:
    """A what-if on a pipeline.

    Parameters
    ----------
    name : str
        As on the command line and in the address; its texts are the catalogue ``app_<name>``.
    prepare : callable
        Pipeline to whatever the answers need, once; raises FunnelkitError where the data cannot
        carry the app.
    controls : callable
        What was prepared to the controls, ranges taken from the data.
    answer : callable
        What was prepared and a state to an `Answer`; pure.
    """

    name: str
    prepare: Callable[[Pipeline], Any]
    controls: Callable[[Any], tuple[Control, ...]]
    answer: Callable[[Any, State], Answer]

    @property
    def title(self) -> str:
        """The heading, in the current language."""
        return say(f"app_{self.name}.title")

    @property
    def about(self) -> str:
        """One sentence: what question it answers."""
        return say(f"app_{self.name}.about")


@dataclass(frozen=True, eq=False)
class OpenApp:
    """An app on a pipeline, ready to answer."""

    app: App
    pipeline: Pipeline
    base: Any
    controls: tuple[Control, ...]

    def answer(self, state: State | None = None) -> Answer:
        """Answer a state; what it leaves out stands at its start."""
        return self.app.answer(self.base, start_of(self.controls) | dict(state or {}))

    def render(self, state: State | None = None) -> str:
        """Return the answer to a state as HTML: pure, the same state gives the same bytes."""
        return self.answer(state).html

    def page(self, state: State | None = None) -> str:
        """Return the app as it is printed where no kernel runs: values, numbers, picture."""
        now = start_of(self.controls) | dict(state or {})
        found = self.answer(now)
        rows = "".join(
            f"<li>{escape(c.label)}: {escape(c.shown(now[c.name]))}</li>" for c in self.controls
        )
        badge = (
            f"<p class='badge'>{escape(say('apps.synthetic'))}</p>"
            if self.pipeline.synthetic
            else ""
        )
        drawn = found.chart()._repr_html_() if found.chart else ""
        return (
            f"<section class='fk-app'><h2>{escape(self.app.title)}</h2>{badge}"
            f"<p>{escape(self.app.about)}</p><ul>{rows}</ul>{found.html}{drawn}</section>"
        )


def open_app(app: App, pipeline: Pipeline) -> OpenApp:
    """Prepare an app for a pipeline.

    Raises
    ------
    FunnelkitError
        The data cannot carry the app; the message says what is missing.
    """
    base = app.prepare(pipeline)
    return OpenApp(app, pipeline, base, app.controls(base))
