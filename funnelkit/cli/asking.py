"""Open questions of a file in a command: asked where somebody sits, else printed and refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from funnelkit.data.ask import mapping_beside
from funnelkit.data.ask.terminal import Stopped, ask, somebody_there
from funnelkit.data.understanding.questions import Unsure
from funnelkit.errors import FunnelkitError

T = TypeVar("T")


def with_questions(run: Callable[[Any], T], source: str, mapping: str | None, *read: Any) -> T:
    """Run with a mapping; where that leaves questions, ask them and run with the answers.

    Parameters
    ----------
    run : callable
        What to do, with the path of a mapping or None.
    source : str
        The file; the answers are written beside it.
    *read
        How it is read: history, fields, process.
    """
    try:
        return run(mapping)
    except Unsure:
        if not somebody_there():
            raise
    answer_all(source, mapping, *read)
    place = mapping_beside(source)
    if place is None:
        raise Stopped("questions.no_place")
    return run(str(place))


def need_somebody() -> None:
    """Refuse to ask where nobody can answer."""
    if not somebody_there():
        raise FunnelkitError("questions.nobody")


def answer_all(
    source: Any, mapping: Any, history: Any = None, fields: Any = None, process: Any = None
) -> Any:
    """Ask everything a file leaves open and write the mapping beside it."""
    from funnelkit.data.ask import Dialogue
    from funnelkit.data.read import read

    def reading(told: Any) -> Any:
        return read(source, history, fields, told, process)

    talk = Dialogue(reading, mapping_beside(source) if mapping is None else mapping)
    return ask(talk, source)
