"""The functions behind the written exercises, a module a lesson; the texts stand in YAML."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from funnelkit.teach.source import document, lessons

if TYPE_CHECKING:
    from collections.abc import Callable

    from funnelkit.teach.exercise import Exercise

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
    from funnelkit.teach.spec import Written

    if lesson is None:
        return tuple(e for name in lessons() for e in exercises(name))
    if lesson not in lessons():
        return ()
    named = partial(function, lesson)
    written = document(lesson)[0]["exercises"]
    return tuple(Written.model_validate(one).made(named) for one in written)


def asked_of_all(lesson: str) -> tuple[Exercise, ...]:
    """Return the exercises of a lesson that are not for analysts alone."""
    return tuple(e for e in exercises(lesson) if not e.track)


@cache
def plans() -> Mapping[str, Mapping[str, Any]]:
    """Return the plans of all practice data: name to the plan they are drawn from.

    What is planted in them is known to the checks only.
    """
    found: dict[str, Mapping[str, Any]] = {"firm": {"deals": 600}}
    for lesson in lessons():
        found.update(getattr(module(lesson), "PLANS", {}))
    return found


def whatif(lesson: str, name: str) -> Callable[..., object]:
    """Return a lesson's what-if by name."""
    found: Callable[..., object] = module(lesson).WHATIFS[name]
    return found
