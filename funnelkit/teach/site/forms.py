"""A form as a browser has it: fields with labels that any keyboard and any reader can use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from funnelkit.teach.exercise import Case, Entry
from funnelkit.teach.form import refilled
from funnelkit.words import say

#: Up to so many options stand side by side as buttons to choose one of; more are a list.
_SHORT = 6
BUTTONS = ("check", "hint", "solution")


def fields(case: Case, kept: Mapping[str, Any], name: str) -> str:
    """Return the fields of a question, filled with what was kept.

    Parameters
    ----------
    case : Case
    kept : mapping
        What stood in the form when it was checked last.
    name : str
        Begins the names of the fields: one page holds many questions.
    """
    entries = case.exercise.kind.entries(case)
    there = refilled(entries, kept)
    return "".join(field(e, there.get(e.name), f"{name}:{e.name}") for e in entries)


def field(entry: Entry, kept: Any, name: str) -> str:
    """Return one field with its label, filled with what was kept."""
    id, label = escape(name), escape(entry.label.rstrip(":： "))
    if entry.control == "check":
        on = " checked" if kept is True else ""
        return (
            f"<label class='fk-tick'><input type='checkbox' name='{id}' value='1'{on}> "
            f"<span>{label}</span></label>"
        )
    if entry.control == "select":
        if len(entry.options) <= _SHORT and not entry.label:
            return _radios(entry, kept, id)
        return _row(id, label or _said("teach.your_choice"), _list(entry, kept, id))
    told = escape(kept) if isinstance(kept, str) else ""
    here = escape(say("teach.type_here"))
    shared = f"id='{id}' name='{id}' placeholder='{here}' autocomplete='off'"
    made = (
        f"<textarea {shared} rows='3'>{told}</textarea>"
        if entry.control == "area"
        else f"<input type='text' {shared} value='{told}'>"
    )
    return _row(id, label or _said("teach.your_answer"), made)


def _row(id: str, label: str, made: str) -> str:
    return f"<div class='fk-row'><label for='{id}'>{label}</label>{made}</div>"


def _said(key: str) -> str:
    return escape(say(key).rstrip(":： "))


def _radios(entry: Entry, kept: Any, name: str) -> str:
    rows = "".join(
        f"<label class='fk-tick'><input type='radio' name='{name}' value='{escape(id)}'"
        f"{' checked' if id == kept else ''}> <span>{escape(text)}</span></label>"
        for id, text in entry.options
    )
    return f"<fieldset><legend>{_said('teach.your_choice')}</legend>{rows}</fieldset>"


def _list(entry: Entry, kept: Any, name: str) -> str:
    rows = "".join(
        f"<option value='{escape(id)}'{' selected' if id == kept else ''}>{escape(text)}</option>"
        for id, text in entry.options
    )
    return (
        f"<select id='{name}' name='{name}'><option value=''>{escape(say('teach.choose'))}"
        f"</option>{rows}</select>"
    )


def buttons(names: Sequence[str] = BUTTONS) -> str:
    """Return the buttons of a form; the first is what the Enter key does."""
    made = (
        f"<button name='do' value='{n}' class='{'fk-main' if k == 0 else ''}'>"
        f"{escape(say(f'teach.button_{n}'))}</button>"
        for k, n in enumerate(names)
    )
    return f"<div class='fk-buttons'>{''.join(made)}</div>"


def filled(case: Case, form: Mapping[str, Sequence[str]], name: str) -> dict[str, Any]:
    """Return what a browser sent, by field; a list nothing was chosen from gives None."""
    found: dict[str, Any] = {}
    for e in case.exercise.kind.entries(case):
        sent = form.get(f"{name}:{e.name}", ())
        if e.control == "check":
            found[e.name] = bool(sent)
        elif e.control == "select":
            found[e.name] = sent[0] if sent and sent[0] else None
        else:
            found[e.name] = sent[0] if sent else ""
    return found
