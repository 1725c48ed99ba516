"""Questions in a terminal: plain input for every kind of answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from funnelkit.teach.check import fill
from funnelkit.teach.exercise import Case, Entry
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.review import answer, case_of, coming, due
from funnelkit.words import say

Ask = Callable[[str], str]
Tell = Callable[[str], None]
STOP = "q"
#: How often a question is asked whose answer cannot be read.
TYPOS = 2


class Stopped(Exception):
    """The learner has had enough."""


def review_all(progress: Progress, today: dt.date, ask: Ask, tell: Tell, most: int = 20) -> int:
    """Ask what is due, one by one; return how many were still right."""
    items = due(progress, today)[:most]
    if not items:
        tell(say("quiz.review_none"))
        following = coming(progress, today)
        if following is not None:
            tell(say("quiz.review_next", day=following))
        return 0
    tell(say("quiz.review_begin", n=len(items)))
    right = asked = 0
    try:
        for k, item in enumerate(items, start=1):
            tell("")
            tell(say("quiz.review_head", id=item.exercise, k=k, n=len(items), since=item.since))
            case = case_of(item, progress)
            found = None
            for _ in range(TYPOS):
                given = one(case, ask, tell)
                if case.exercise.kind.empty(given):
                    break
                found = answer(item, given, progress, today)
                tell(f"{say('teach.state_' + found.state)}: {found.message}")
                if found.state != "type":
                    break
            if found is None or found.state == "type":
                continue  # nothing was kept: it stays due
            asked += 1
            right += found.state == "right"
            if found.state != "right":
                tell(say("quiz.review_again"))
    except (Stopped, EOFError):
        tell("")
    tell(say("quiz.review_end", right=right, n=asked))
    if notice := progress.notice():
        tell(notice)
    return right


def one(case: Case, ask: Ask, tell: Tell) -> Any:
    """Ask one question and return the answer as the kind collects it."""
    asked = case.exercise
    tell(fill(asked.prompt, case))
    if case.shown is not None:
        tell(repr(case.shown))
    entries = asked.kind.entries(case)
    if entries[0].control == "check":
        return asked.kind.collect(_ticks(entries, ask, tell))
    filled: dict[str, Any] = {}
    shown: tuple[tuple[str, str], ...] = ()
    for entry in entries:
        if entry.options and entry.options != shown:
            _list([text for _, text in entry.options], tell)
            shown = entry.options
        typed = _typed(entry.label or say("quiz.review_number"), ask)
        if not typed:
            return None
        filled[entry.name] = _option(typed, entry) if entry.options else typed
    return asked.kind.collect(filled)


def _list(texts: list[str], tell: Tell) -> None:
    for k, text in enumerate(texts, start=1):
        tell(f"  {k}) {text}")


def _typed(label: str, ask: Ask) -> str:
    typed = ask(label.rstrip(":： ")).strip()
    if typed.lower() == STOP:
        raise Stopped
    return typed


def _option(typed: str, entry: Entry) -> str:
    """Take a number for the option it stands for; anything else as it is."""
    if typed.isdigit() and 1 <= int(typed) <= len(entry.options):
        return entry.options[int(typed) - 1][0]
    return typed


def _ticks(entries: tuple[Entry, ...], ask: Ask, tell: Tell) -> dict[str, bool]:
    _list([e.label for e in entries], tell)
    typed = _typed(say("quiz.review_numbers"), ask)
    for sign in "，、；; ":
        typed = typed.replace(sign, ",")
    taken = {int(t) for t in typed.split(",") if t.isdigit()}
    return {e.name: k in taken for k, e in enumerate(entries, start=1)}
