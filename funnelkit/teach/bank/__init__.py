"""The functions behind the written exercises, a module a lesson; the texts stand in YAML."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from typing import Any

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.teach.exercise import Exercise
from funnelkit.teach.source import document, lessons
from funnelkit.teach.spec import Written

#: The module of what is no lesson.
_MODULES = {"Q": "quiz"}


def module(lesson: str) -> Any:
    """Return the module with a lesson's functions."""
    return import_module(f"{__name__}.{_MODULES.get(lesson, lesson.lower())}")


def function(lesson: str, name: str) -> Callable[..., Any]:
    """Find a function of a lesson: ``reached``, or ``totals.weighted`` in a part of its module.

    Raises
    ------
    LookupError
        There is none of that name.
    """
    part, _, own = name.rpartition(".")
    home = module(lesson)
    try:
        home = import_module(f"{home.__name__}.{part}") if part else home
        found: Callable[..., Any] = getattr(home, own)
    except (ImportError, AttributeError):
        raise LookupError(name) from None
    return found


@cache
def exercises(lesson: str | None = None) -> tuple[Exercise, ...]:
    """Return all exercises in order, or those of one lesson."""
    if lesson is None:
        return tuple(e for name in lessons() for e in exercises(name))
    if lesson not in lessons():
        return ()
    named = partial(function, lesson)
    written = document(lesson)[0]["exercises"]
    return tuple(Written.model_validate(one).made(named) for one in written)


def exercise(id: str) -> Exercise:
    """Find an exercise by its id.

    Raises
    ------
    FunnelkitError
        Unknown id, the nearest first.
    """
    known = {e.id: e for e in exercises()}
    if id not in known:
        raise FunnelkitError("teach.unknown_exercise", found=id, allowed=nearest(str(id), known))
    return known[id]


def asked_of_all(lesson: str) -> tuple[Exercise, ...]:
    """Return the exercises of a lesson that are not for analysts alone."""
    return tuple(e for e in exercises(lesson) if not e.track)


def whatif(lesson: str, name: str) -> Callable[..., object]:
    """Return a lesson's what-if by name."""
    found: Callable[..., object] = module(lesson).WHATIFS[name]
    return found
