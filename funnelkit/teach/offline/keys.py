"""What a browser needs to judge an exercise as :func:`funnelkit.teach.check.judge` does."""

from __future__ import annotations

from functools import singledispatch
from html import escape
from typing import Any

from funnelkit.teach.check import fill, judge, worked
from funnelkit.teach.exercise import Case, Entry, Exercise, Kind
from funnelkit.teach.form import shown_html, told_html
from funnelkit.teach.kinds.choices import Choice, Match, Order, Several, offered, short
from funnelkit.teach.kinds.days import Dates, as_day
from funnelkit.teach.kinds.numbers import Number, Series, spread
from funnelkit.teach.kinds.written import Find, Rule, Sheet
from funnelkit.teach.offline.checks import NoCounterpart, check_of
from funnelkit.teach.site import forms
from funnelkit.words import say

Key = dict[str, Any]


def prepared(case: Case) -> Key:
    """Return a question, its hints and its solution with the numbers of one set, and the key.

    Raises
    ------
    NoCounterpart
        A check of the sheet has no counterpart in the script.
    """
    asked = case.exercise
    hints = [
        say("teach.hint", step=k, text=fill(text, case)) for k, text in enumerate(asked.hints, 1)
    ]
    question = escape(fill(asked.prompt, case)).replace("\n", "<br>")
    return {
        "head": f"<p>{question}</p>{shown_html(case)}",
        "fields": fields(case),
        "hints": [str(told_html(h)) for h in hints],
        "solution": told_html(f"{worked(case)}\n\n{asked.after}"),
        "key": key(asked.kind, case),
        "known": known(asked, case),
    }


def fields(case: Case) -> str:
    """Return the empty fields of a question; what is found is always picked from a list."""
    kind = case.exercise.kind
    if isinstance(kind, Find):
        label = say(f"teach.find_{kind.what}")
        entries: tuple[Entry, ...] = (
            Entry("answer", label, "select", tuple(kind.known(case).items())),
        )
    else:
        entries = kind.entries(case)
    return "".join(forms.field(e, None, f"{case.exercise.id}:{e.name}") for e in entries)


def known(asked: Exercise, case: Case) -> list[list[Any]]:
    """Return the known mistakes: id, hint, and the answer each leads to."""
    if isinstance(asked.kind, Choice | Find | Sheet):
        return []  # their table, or their checks, tell mistakes by themselves
    found = []
    for mistake in asked.mistakes:
        wrong = asked.kind.read(mistake.given(case), case)
        if wrong != case.right:
            found.append([mistake.id, str(mistake.hint), answer(asked.kind, wrong, case)])
    return found


@singledispatch
def answer(kind: Kind, plain: Any, case: Case) -> Any:
    """Return a plain answer as the script compares it."""
    return plain


@answer.register(Series)
def _(kind: Series, plain: Any, case: Case) -> Any:
    if isinstance(kind, Dates):
        return [x if isinstance(x, float) else as_day(x) for x in plain]
    return [float(x) for x in plain]


@answer.register(Number)
def _(kind: Number, plain: Any, case: Case) -> Any:
    return float(plain)


@answer.register(Several)
def _(kind: Several, plain: Any, case: Case) -> Any:
    return sorted(plain)


@answer.register(Order)
def _(kind: Order, plain: Any, case: Case) -> Any:
    return {id: list(before) for id, before in kind.needs(plain).items()}


@answer.register(Rule)
def _(kind: Rule, plain: Any, case: Case) -> Any:
    ids = kind.rows(case)["deal_id"].astype(str)
    return "".join("1" if id in plain else "0" for id in ids)


@singledispatch
def key(kind: Kind, case: Case) -> Key:
    """Return what an answer of a kind is compared with."""
    raise NoCounterpart(type(kind).__name__)


@key.register(Number)
def _(kind: Number, case: Case) -> Key:
    return {
        "kind": "number",
        "unit": kind.unit,
        "within": spread(kind.unit, kind.within),
        "relative": kind.relative,
        "right": float(case.right),
    }


@key.register(Series)
def _(kind: Series, case: Case) -> Key:
    return {
        "kind": "dates" if isinstance(kind, Dates) else "numbers",
        "unit": kind.unit,
        "within": spread(kind.unit, kind.within),
        "relative": kind.relative,
        "whole": kind.whole,
        "labels": [str(x) for x in kind.labels(case)],
        "right": answer(kind, case.right, case),
    }


def _table(case: Case, ids: Any) -> Key:
    """Return the feedback of every option that can be taken."""
    told = {id: judge(case, id) for id in ids}
    return {
        "kind": "choice",
        "table": {id: [f.state, f.message, f.mistake] for id, f in told.items()},
    }


@key.register(Choice)
def _(kind: Choice, case: Case) -> Key:
    return _table(case, [o.id for o in kind.options])


@key.register(Find)
def _(kind: Find, case: Case) -> Key:
    return _table(case, kind.known(case))


@key.register(Several)
def _(kind: Several, case: Case) -> Key:
    options = [[o.id, short(o.text), str(o.why)] for o in kind.options]
    return {"kind": "several", "options": options, "right": sorted(case.right)}


@key.register(Order)
def _(kind: Order, case: Case) -> Key:
    return {
        "kind": "order",
        "items": [[o.id, short(o.text), str(o.why)] for o in kind.items],
        "empty": say("teach.type_option", allowed=offered(list(kind.items))),
        "right": answer(kind, tuple(case.right), case),
    }


@key.register(Match)
def _(kind: Match, case: Case) -> Key:
    return {
        "kind": "match",
        "forgiven": kind.forgiven,
        "items": [[o.id, str(o.text), short(o.text), str(o.why), list(o.also)] for o in kind.items],
        "right": dict(case.right),
    }


@key.register(Rule)
def _(kind: Rule, case: Case) -> Key:
    menus = []
    for menu in kind.menus:
        holds = {}
        for id in menu.options():
            picked = {m.column: id if m is menu else "any" for m in kind.menus}
            holds[id] = answer(kind, kind.read(picked, case), case)
        menus.append([menu.column, str(menu.label), holds])
    right = answer(kind, kind.read(case.right, case), case)
    return {"kind": "rule", "menus": menus, "right": right}


@key.register(Sheet)
def _(kind: Sheet, case: Case) -> Key:
    return {
        "kind": "sheet",
        "fields": [
            [
                b.id,
                str(b.label),
                None if b.options else check_of(b.fault),
                {o.id: str(o.why) for o in b.options},
            ]
            for b in kind.blanks
        ],
        "whole": check_of(kind.fault),
    }
