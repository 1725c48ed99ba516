"""The shell of an app: widgets around its pure answer, and a plain page where no kernel runs.

The numbers follow a control at once; the picture is drawn when the controls rest. The state is
written into a hidden element that the page's script copies into the address.
"""

from __future__ import annotations

import asyncio
import re
import traceback
from collections.abc import Callable
from functools import partial
from html import escape, unescape
from importlib import import_module
from pathlib import PurePath
from typing import Any

from funnelkit.apps.app import Answer, OpenApp
from funnelkit.apps.source import Source
from funnelkit.apps.take import XLSX, link, report_command, report_rows, to_workbook
from funnelkit.charts import Chart
from funnelkit.data.defects import box
from funnelkit.data.quality import read_first
from funnelkit.errors import FunnelkitError
from funnelkit.page.controls import Control, Slider, address_of, start_of, state_of
from funnelkit.page.live import live_or_printed
from funnelkit.page.parts import Code, Sentence
from funnelkit.page.whatif import values_of, widgets_of
from funnelkit.words import language, say, speaking

#: Seconds the controls have to rest before the picture is drawn anew.
REST = 0.25


class Shell:
    """An app with its controls.

    Parameters
    ----------
    opened : OpenApp
    query : str
        The query part of the page's address: the state to open with.
    source : Source, optional
        The data, as named in the command of a report.
    served : bool
        Whether it stands on a page of its own: with the way back and the link to send on.
    """

    def __init__(
        self, opened: OpenApp, query: str = "", *, source: Source | None = None,
        served: bool = False,
    ) -> None:  # fmt: skip
        self.opened = opened
        self.controls = opened.controls
        self.state, self.refused = state_of(self.controls, query)
        self.source = source or Source()
        self.served = served
        self.lang = language()
        self.chart: Chart | None = None
        self.found: Answer | None = None
        self._answered: tuple[dict[str, Any], str] | None = None
        self._drawing: Any = None
        self._held = False
        self._offered: tuple[str, ...] = ()

    # What is shown, as HTML

    @property
    def head(self) -> str:
        """The heading: title, question, data, and what the address asked for in vain."""
        app, p = self.opened.app, self.opened.pipeline
        level = "h1" if self.served else "h2"
        badge = f"<p class='badge'>{escape(say('apps.synthetic'))}</p>" if p.synthetic else ""
        data = say("apps.data", data=self.source.label, as_of=p.as_of)
        refused = "".join(
            f"<li>{escape(self._refusal(c, self.refused[c.name]))}</li>"
            for c in self.controls
            if c.name in self.refused
        )
        said = f"<ul class='fk-watch' role='alert'>{refused}</ul>" if refused else ""
        return (
            f"<header><{level}>{escape(app.title)}</{level}>"
            f"<p class='fk-about'>{escape(app.about)}</p>{badge}"
            f"<p class='fk-muted'>{escape(data)}</p>{said}</header>{box(read_first(p))}"
        )

    def _refusal(self, control: Control, found: str) -> str:
        if isinstance(control, Slider):
            low, high = control.shown(control.low), control.shown(control.high)
            return say("apps.outside", label=control.label, found=found, low=low, high=high)
        return say("apps.not_there", label=control.label, found=found)

    @property
    def meanings(self) -> str:
        """What each control means, for those who cannot hover."""
        told = "".join(
            f"<dt>{escape(c.label)}</dt><dd>{escape(c.help)}</dd>" for c in self.controls if c.help
        )
        if not told:
            return ""
        return (
            f"<details><summary>{escape(say('apps.meanings'))}</summary><dl>{told}</dl></details>"
        )

    def answer(self) -> str:
        """Return the numbers for the state; a refusal is a sentence."""
        if self._answered is None or self._answered[0] != self.state:
            self._answered = dict(self.state), self._answer()
        return self._answered[1]

    def _answer(self) -> str:
        self.found = None
        try:
            self.found = self.opened.answer(self.state)
        except FunnelkitError as problem:
            return Sentence(str(problem), "fk-bad")._repr_html_()
        except Exception as problem:  # a page without code shows no traceback
            traceback.print_exc()
            text = say("apps.unexpected", error=type(problem).__name__)
            return Sentence(text, "fk-bad")._repr_html_()
        return self.found.html

    def draw(self) -> str:
        """Return the picture for the last answer."""
        self.chart = None
        if self.found is None or self.found.chart is None:
            return ""
        try:
            self.chart = self.found.chart()
        except FunnelkitError as problem:
            return Sentence(str(problem), "fk-muted")._repr_html_()
        return self.chart._repr_html_()

    @property
    def query(self) -> str:
        """The state as the query part of an address."""
        return address_of(self.controls, self.state)

    @property
    def place(self) -> str:
        """The hidden element the page's script reads."""
        return (
            f"<span class='fk-place' hidden data-query='{escape(self.query)}' "
            f"data-lang='{self.lang}' data-title='{escape(self.opened.app.title)}'></span>"
        )

    def page(self) -> str:
        """Return the app as it is printed where no kernel runs."""
        with speaking(self.lang):
            return self.opened.page(self.state)

    def first(self) -> str:
        """Return what is on the screen before the widgets are: heading, values, numbers."""
        with speaking(self.lang):
            return self._first()

    def _first(self) -> str:
        values = "".join(
            f"<li>{escape(c.label)}: {escape(c.shown(self.state[c.name]))}</li>"
            for c in self.controls
        )
        return (
            f"{self.head}<div class='fk-sides'>"
            f"<div class='fk-controls' aria-busy='true'><ul class='fk-standin'>{values}</ul></div>"
            f"<div class='fk-answers'><div class='fk-answer'>{self.answer()}</div></div></div>"
            f"{self.place}"
        )

    def __repr__(self) -> str:
        with speaking(self.lang):
            return self._plain()

    def _plain(self) -> str:
        lines = [f"{c.label}: {c.shown(self.state[c.name])}" for c in self.controls]
        rows = re.sub(r"</tr>|</p>|</caption>|</h\d>|</li>", "\n", self.answer())
        text = unescape(re.sub(r"<[^>]+>", " ", rows))
        said = (" ".join(line.split()) for line in text.split("\n"))
        return "\n".join([self.opened.app.title, *lines, *(line for line in said if line)])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        with speaking(self.lang):
            page = self.first() if self.served else self.page()
            plain = self.opened.app.title if self.served else repr(self)
            return live_or_printed(plain, page, self.widget, saved=not self.served)

    # The widgets

    def widget(self) -> Any:
        """Return the app as ipywidgets."""
        import ipywidgets as w

        self.numbers = _classed(w.HTML(value=self.answer()), "fk-answer")
        self.picture = _classed(w.HTML(value=""), "fk-picture")
        self.taken = _classed(w.HTML(value=""), "fk-taken")
        self.hidden = _classed(w.HTML(value=self.place), "fk-hidden")
        self.takes = _classed(w.Box(self._takes(w)), "fk-buttons")
        controls = _classed(w.VBox(self._left(w)), "fk-controls")
        answers = _classed(
            w.VBox([self.numbers, self.picture, self.takes, self.taken]), "fk-answers"
        )
        self._draw_soon()
        top = _classed(w.HTML(value=self.head), "fk-head")
        sides = _classed(w.Box([controls, answers]), "fk-sides")
        return _classed(w.VBox([top, sides, self.hidden]), "fk-shell")

    def _left(self, w: Any) -> list[Any]:
        """Return the controls, each with its own way back, or what the app shows instead."""
        buttons = []
        own = getattr(import_module(f"funnelkit.apps.{self.opened.app.name}"), "play", None)
        if own is not None:
            self.widgets = {}
            left = [own(self.opened, self.state, self._show)]
        else:
            self.widgets = widgets_of(self.controls, self.state)
            left = [self._row(w, c) for c in self.controls]
            for control in self.widgets.values():
                control.observe(self._follow, "value")
            buttons.append(self._button(w, "reset", lambda _: self.set(start_of(self.controls))))
        if self.served:
            # the script of the page copies: only it knows the address
            buttons.append(self._button(w, "copy", lambda _: None))
        left.append(_classed(w.Box(buttons), "fk-buttons"))
        if self.meanings:
            left.append(w.HTML(value=self.meanings))
        return left

    def _row(self, w: Any, control: Control) -> Any:
        """Return a control with its own way back."""
        back = w.Button(
            description="↺",
            tooltip=say("apps.reset_one", label=control.label, value=control.shown(control.start)),
        )
        back.on_click(lambda _: self.set({control.name: control.start}))
        kind = type(control).__name__.lower()
        return _classed(
            w.Box([self.widgets[control.name], _classed(back, "fk-back")]),
            "fk-control", f"fk-{kind}", f"fk-name-{control.name}",
        )  # fmt: skip

    def _button(self, w: Any, key: str, act: Callable[[Any], None], **said: Any) -> Any:
        made = w.Button(
            description=say(f"apps.{key}", **said), tooltip=say(f"apps.{key}_help", **said)
        )
        made.on_click(act)
        return _classed(made, f"fk-do-{key}")

    def _offers(self) -> tuple[str, ...]:
        """Return what can be taken home from the answer as it is."""
        found = self.found
        if found is None:
            return ()
        kinds = {"xlsx": found.tables, "png": found.chart, "report": found.report}
        return (*(kind for kind, there in kinds.items() if there), *found.files)

    def _takes(self, w: Any) -> list[Any]:
        """Return a button for everything that can be taken home."""
        makers = {"xlsx": self._xlsx, "png": self._png, "report": self._report}
        self._offered, made = self._offers(), []
        for offer in self._offered:
            if offer in makers:
                made.append(self._button(w, offer, self._taker(makers[offer])))
            else:
                act = self._taker(partial(self._file, offer))
                made.append(self._button(w, "file", act, file=offer))
        return made

    def _taker(self, make: Callable[[], str]) -> Callable[[Any], None]:
        return lambda _: self.take(make)

    # What happens when something is moved

    def set(self, values: dict[str, Any]) -> None:
        """Set controls together: one answer for all of them."""
        self._held = True
        try:
            for name, value in values.items():
                self.widgets[name].value = value
        finally:
            self._held = False
        self._follow(None)

    def _follow(self, _: Any) -> None:
        if not self._held:
            self._show(values_of(self.widgets))

    def _show(self, state: dict[str, Any]) -> None:
        """Show the answer to a state: numbers and address at once, the picture when it rests."""
        with speaking(self.lang):
            self.state = start_of(self.controls) | {
                c.name: _as_addressed(c, state[c.name]) for c in self.controls if c.name in state
            }
            self.numbers.value = self.answer()
            self.hidden.value = self.place
            self.taken.value = ""
            if self._offered != self._offers():
                import ipywidgets as w

                self.takes.children = self._takes(w)
            if self.found is not None and self.found.chart is not None:
                self.picture.add_class("fk-late")
        self._draw_soon()

    def _draw_soon(self) -> None:
        """Draw when the controls rest; at once where no loop runs."""
        if self._drawing is not None:
            self._drawing.cancel()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._draw()
            return
        self._drawing = loop.call_later(REST, self._draw)

    def _draw(self) -> None:
        self._drawing = None
        with speaking(self.lang):
            self.picture.value = self.draw()
        self.picture.remove_class("fk-late")

    # What is taken home

    def take(self, make: Callable[[], str]) -> None:
        """Put a file into the page; the page's script hands it to the browser."""
        with speaking(self.lang):
            try:
                self.taken.value = make()
            except FunnelkitError as problem:
                self.taken.value = Sentence(str(problem), "fk-bad")._repr_html_()

    def _named(self, ending: str) -> str:
        return f"funnelkit-{self.opened.app.name}.{ending}"

    def _xlsx(self) -> str:
        assert self.found is not None
        body = to_workbook(self.opened, self.state, self.found, self.source)
        return link(self._named("xlsx"), body, XLSX)

    def _png(self) -> str:
        if self.chart is None:
            self.draw()
        if self.chart is None:
            return ""
        return link(self._named("png"), self.chart.png(), "image/png")

    def _file(self, name: str) -> str:
        assert self.found is not None
        kind = "application/yaml" if PurePath(name).suffix in (".yaml", ".yml") else "text/plain"
        return link(name, self.found.files[name].encode("utf-8"), kind)

    def _report(self) -> str:
        if self.found is None or self.found.report is None:
            return ""
        template, given = self.found.report
        rows = report_rows(given, self.source, self.opened.app.title).encode("utf-8")
        return (
            Sentence(say("apps.report_lead", template=template))._repr_html_()
            + Code(report_command(template, given, self.source))._repr_html_()
            + link(self._named("yaml"), rows, "application/yaml")
        )


def _as_addressed(control: Control, value: Any) -> Any:
    """Return a value as an address would bring it: a browser's slider says 10.999999999999998."""
    if value == control.start:
        return control.start
    try:
        return control.read(control.text(value))
    except ValueError:
        return value


def _classed(widget: Any, *names: str) -> Any:
    for name in names:
        widget.add_class(name)
    return widget
