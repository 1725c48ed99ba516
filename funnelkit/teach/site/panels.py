"""A what-if as a browser has it: sliders and lists whose answer follows while they move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from funnelkit.page.controls import Choice, Control, Several, Slider, Steps, Switch
from funnelkit.page.whatif import Panel
from funnelkit.words import say


def panel_form(panel: Panel, action: str) -> str:
    """Return a panel with its controls and the answer to where they stand."""
    rows = "".join(_row(c, c.start, f"{action}:{c.name}") for c in panel.controls)
    reset = escape(say("page.reset"))
    return (
        f"<form class='fk-panel' data-whatif='{escape(action)}'>"
        f"<div class='fk-controls'>{rows}<div class='fk-buttons'>"
        f"<button type='reset'>{reset}</button></div></div>"
        f"<div class='fk-answer' role='status'>{panel.render(panel.start)}</div></form>"
    )


def answered(panel: Panel, form: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the answer to where the controls stand, and how each value is written."""
    state = state_of(panel, form)
    shown = {c.name: c.shown(state[c.name]) for c in panel.controls}
    return {"html": panel.render(state), "shown": shown}


def state_of(panel: Panel, form: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return where the controls stand; what a browser cannot have sent stands at its start."""
    state = dict(panel.start)
    for c in panel.controls:
        try:
            state[c.name] = _read(c, form)
        except (ValueError, KeyError, IndexError):
            continue
    return state


def _read(control: Control, form: Mapping[str, Sequence[str]]) -> Any:
    if isinstance(control, Switch):
        return bool(form.get(control.name))
    if isinstance(control, Several):
        return control.read("~".join(form.get(control.name, ())))
    if isinstance(control, Steps):
        return control.read("~".join(form[control.name]))
    return control.read(form[control.name][0])


def _row(control: Control, value: Any, id: str) -> str:
    id, name, label = escape(id), escape(control.name), escape(control.label.rstrip(":： "))
    help_ = f"<small>{escape(control.help)}</small>" if control.help else ""
    if isinstance(control, Slider):
        return (
            f"<div class='fk-row'><label for='{id}'>{label} "
            f"<output for='{id}' data-of='{name}'>{escape(control.shown(value))}</output></label>"
            f"<input type='range' id='{id}' name='{name}' min='{control.low:.10g}' "
            f"max='{control.high:.10g}' step='{control.step:.10g}' value='{float(value):.10g}'>"
            f"{help_}</div>"
        )
    if isinstance(control, Choice):
        rows = "".join(
            f"<option value='{escape(v)}'{' selected' if v == value else ''}>"
            f"{escape(text)}</option>"
            for v, text in control.options
        )
        return (
            f"<div class='fk-row'><label for='{id}'>{label}</label>"
            f"<select id='{id}' name='{name}'>{rows}</select>{help_}</div>"
        )
    if isinstance(control, Several):
        ticks = "".join(
            f"<label class='fk-tick'><input type='checkbox' name='{name}' value='{escape(v)}'"
            f"{' checked' if v in value else ''}> <span>{escape(text)}</span></label>"
            for v, text in control.options
        )
        return f"<fieldset><legend>{label}</legend>{ticks}{help_}</fieldset>"
    if isinstance(control, Switch):
        on = " checked" if value else ""
        return (
            f"<label class='fk-tick'><input type='checkbox' name='{name}' value='1'{on}> "
            f"<span>{label}</span></label>{help_}"
        )
    steps = "".join(
        f"<input type='number' name='{name}' aria-label='{label} {k}' min='{control.low:.10g}' "
        f"max='{control.high:.10g}' step='any' value='{float(v):.10g}'>"
        for k, v in enumerate(value, start=1)
    )
    return f"<fieldset><legend>{label}</legend>{steps}{help_}</fieldset>"
