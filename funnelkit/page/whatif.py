"""A what-if: controls on one side, the answer on the other; a plain table where no kernel runs.

The answer is a pure function from the state to something that shows itself, so it is tested
without a browser; widgets are a thin shell around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape, unescape
from typing import Any

from funnelkit.page.controls import (
    Choice,
    Control,
    Several,
    Slider,
    State,
    Steps,
    Switch,
    start_of,
)
from funnelkit.page.live import live_or_printed
from funnelkit.words import say

_FORMATS = {"share": ".0%", "number": ",.2f"}


@dataclass(frozen=True)
class Script:
    """The same sum for a page without Python: its name there, and what it starts from."""

    name: str
    given: Mapping[str, Any]


@dataclass(frozen=True)
class Panel:
    """Controls and the answer they give, as HTML."""

    controls: tuple[Control, ...]
    render: Callable[[Mapping[str, Any]], str]
    script: Script | None = None

    @property
    def start(self) -> dict[str, Any]:
        """The state a panel opens with."""
        return start_of(self.controls)

    @cached_property
    def first(self) -> str:
        """The answer a panel opens with."""
        return self.render(self.start)

    def page(self, state: State | None = None) -> str:
        """Return the panel as it is printed: the values and their answer."""
        now = self.start | dict(state or {})
        rows = "".join(
            f"<li>{escape(c.label)}: {escape(c.shown(now[c.name]))}</li>" for c in self.controls
        )
        answer = self.render(now) if state else self.first
        return f"<div class='fk-exercise'><ul>{rows}</ul>{answer}</div>"

    def __repr__(self) -> str:
        lines = [f"{c.label}: {c.shown(c.start)}" for c in self.controls]
        rows = re.sub(r"</tr>|</p>|</caption>", "\n", self.first)
        text = unescape(re.sub(r"<[^>]+>", " ", rows))
        return "\n".join([*lines, *(" ".join(t.split()) for t in text.split("\n") if t.strip())])

    def widget(self) -> Any:
        """Return the panel as ipywidgets: controls, a reset, the answer."""
        import ipywidgets as w

        controls = widgets_of(self.controls)
        answer = w.HTML(value=self.first)

        def follow(_: Any) -> None:
            answer.value = self.render(values_of(controls))

        for control in controls.values():
            control.observe(follow, "value")
        return w.VBox([*controls.values(), reset_button(self.controls, controls), answer])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return live_or_printed(repr(self), self.page(), self.widget)


def panel(
    controls: Sequence[Control],
    render: Callable[[Mapping[str, Any]], str],
    script: Script | None = None,
) -> Panel:
    """Make a what-if of controls and a pure function from their state to HTML."""
    return Panel(tuple(controls), render, script)


def widgets_of(controls: Iterable[Control], state: State | None = None) -> dict[str, Any]:
    """Make one ipywidget a control, by name, with its label, tooltip and value."""
    return {c.name: _widget(c, (state or {}).get(c.name, c.start)) for c in controls}


def values_of(widgets: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state the widgets show."""
    return {name: widget.value for name, widget in widgets.items()}


def reset_button(controls: Iterable[Control], widgets: Mapping[str, Any]) -> Any:
    """Make the button that brings every control back to its start."""
    import ipywidgets as w

    reset = w.Button(description=say("page.reset"), tooltip=say("page.tooltip_reset"))
    known = tuple(controls)

    def back(_: Any) -> None:
        for control in known:
            widgets[control.name].value = control.start

    reset.on_click(back)
    return reset


def _widget(control: Control, value: Any) -> Any:
    import ipywidgets as w

    look: dict[str, Any] = {
        "value": value,
        "description": control.label,
        "style": {"description_width": "initial"},
        "layout": w.Layout(width="min(34rem, 95%)"),
    }
    if control.help:
        look["tooltip"] = control.help
    if isinstance(control, Slider):
        whole = _FORMATS.get(control.form, ",.0f")
        return w.FloatSlider(
            min=control.low, max=control.high, step=control.step, readout_format=whole,
            continuous_update=False, **look,
        )  # fmt: skip
    if isinstance(control, Choice):
        return w.Dropdown(options=[(label, v) for v, label in control.options], **look)
    if isinstance(control, Several):
        return w.SelectMultiple(options=[(label, v) for v, label in control.options], **look)
    if isinstance(control, Switch):
        return w.Checkbox(indent=False, **look)
    if isinstance(control, Steps):
        return w.FloatsInput(min=control.low, max=control.high, **look | {"value": list(value)})
    raise TypeError(type(control).__name__)


def answer_table(
    rows: Iterable[Sequence[object]], caption: object = "", head: Sequence[object] = ()
) -> str:
    """Write the answer of a what-if: the first cell names the row; every text stays text."""
    top = "".join(f"<th scope='col'>{escape(str(h))}</th>" for h in head)
    body = "".join(
        f"<tr><th scope='row'>{escape(str(first))}</th>"
        + "".join(f"<td>{escape(str(cell))}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    named = f"<caption>{escape(str(caption))}</caption>" if str(caption) else ""
    top = f"<tr>{top}</tr>" if top else ""
    return f"<table class='fk-table'>{named}{top}{body}</table>"
