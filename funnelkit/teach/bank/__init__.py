"""The exercises of every lesson, a module a lesson; quizzes beside them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from funnelkit.teach.exercise import Exercise


@cache
def exercises(lesson: str | None = None) -> tuple[Exercise, ...]:
    """Return all exercises in order, or those of one lesson."""
    found: list[Exercise] = []
    for module in sorted(m.name for m in iter_modules(__path__)):
        found += import_module(f"{__name__}.{module}").EXERCISES
    return tuple(e for e in found if lesson in (None, e.lesson))


@cache
def plans() -> Mapping[str, Mapping[str, Any]]:
    """Return the plans of all practice data: name to the plan they are drawn from.

    What is planted in them is known to the checks only.
    """
    found: dict[str, Mapping[str, Any]] = {"firm": {"deals": 600}}
    for module in sorted(m.name for m in iter_modules(__path__)):
        found.update(getattr(import_module(f"{__name__}.{module}"), "PLANS", {}))
    return found


def whatif(lesson: str, name: str) -> Callable[..., object]:
    """Return a lesson's what-if by name."""
    panels = import_module(f"{__name__}.{lesson.lower()}").WHATIFS
    found: Callable[..., object] = panels[name]
    return found
