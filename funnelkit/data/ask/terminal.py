"""Questions on a terminal: one a screen, answered by number, with a way back and a way out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.text import Text

from funnelkit.data.ask.dialogue import Dialogue
from funnelkit.data.ask.written import mapping_text, place_of
from funnelkit.data.understanding.questions import Question, positive
from funnelkit.errors import FunnelkitError
from funnelkit.files.whole import write_whole
from funnelkit.process.view import wrapped
from funnelkit.words import say

T = TypeVar("T")

#: Keys beside the numbers; both ways of typing each are taken in either language.
_BACK, _STOP = ("b", "back", "返回", "上一题"), ("q", "quit", "退出")
_YES, _NO = ("y", "yes", "是", "好"), ("n", "no", "否", "不")


class Stopped(FunnelkitError):
    """Somebody left the questions; nothing was written."""


def somebody_there() -> bool:
    """Say whether questions can be asked here: keyboard and screen are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(talk: Dialogue[T], source: Any, console: Console | None = None) -> T:
    """Ask what is open, write the mapping beside the file, and return what was read.

    Raises
    ------
    Stopped
        Somebody stopped; nothing is written.
    """
    out = console or Console(highlight=False, soft_wrap=False)
    if talk.pending:
        n = len(talk.pending)
        _print(out, say("questions.ask_head", file=_name(source), n=n), style="bold")
    while talk.pending:
        _one(talk, out)
    if talk.given:
        _keep(talk, source, out)
    assert talk.result is not None
    return talk.result


def _one(talk: Dialogue[Any], out: Console) -> None:
    question = talk.pending[0]
    done = len(talk.given)
    out.print()
    where = say("questions.ask_place", n=done + 1, of=done + len(talk.pending))
    _print(out, f"{where} {question.text}", style="bold")
    _choices(question, out)
    while True:
        typed = _typed(out, say("questions.ask_keys" if done else "questions.ask_keys_first"))
        if typed in _STOP:
            raise Stopped("questions.stopped")
        if typed in _BACK and done:
            talk.back()
            return
        if typed.isdecimal() and 1 <= int(typed) <= len(question.choices):
            choice = question.choices[int(typed) - 1]
            numbers = [_number(out, str(blank)) for blank in choice.blanks]
            talk.answer(choice.filled(numbers) if numbers else choice)
            return
        _print(out, say("questions.ask_again", found=typed, n=len(question.choices)),
               style="yellow")  # fmt: skip


def _number(out: Console, text: str) -> float:
    """Ask for a number above 0."""
    while True:
        typed = _typed(out, text)
        if typed in _STOP:
            raise Stopped("questions.stopped")
        if (found := positive(typed)) is not None:
            return found
        _print(out, say("questions.ask_number", found=typed), style="yellow")


def _choices(question: Question, out: Console) -> None:
    for number, choice in enumerate(question.choices, 1):
        _print(out, f"{number}. {choice.label}", 2, 3)
        if choice.examples:
            seen = say("questions.ask_seen", examples=list(choice.examples[:3]))
            _print(out, seen, 5, style="dim")


def _print(out: Console, text: str, indent: int = 0, hang: int = 0, style: str = "") -> None:
    """Print with lines broken by display width: Chinese has no spaces to break at."""
    for line in wrapped(text, " " * (indent + hang), " " * indent, out.width):
        out.print(Text(line, style=style), soft_wrap=True)


def _typed(out: Console, prompt: str) -> str:
    try:
        return out.input(Text(f"{prompt} ")).strip().casefold()
    except (EOFError, KeyboardInterrupt):
        out.print()
        return _STOP[0]


def _keep(talk: Dialogue[Any], source: Any, out: Console) -> None:
    place = place_of(source)
    text = mapping_text(talk.mapping, talk.given, _name(source))
    if place is None:
        out.print()
        _print(out, say("questions.ask_mapping"))
        out.print(Text(text), soft_wrap=True)
        return
    if place.exists():
        while (typed := _typed(out, say("questions.ask_replace", file=place.name))) not in (
            *_YES, *_NO, *_STOP,
        ):  # fmt: skip
            pass
        if typed not in _YES:
            _print(out, say("questions.not_replaced", file=place.name))
            return
    try:
        write_whole(place, text)
    except OSError as why:
        _print(out, say("questions.not_written", file=str(place), why=str(why.strerror)))
        out.print(Text(text), soft_wrap=True)
        return
    out.print()
    _print(out, say("questions.written", file=str(place)))


def _name(source: Any) -> str:
    return Path(source).name if isinstance(source, str | Path) else say("questions.a_table")
