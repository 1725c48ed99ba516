"""What was once worked out of a pipeline is kept with it: a plan asks the same things often."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from funnelkit.data.pipeline import Pipeline

P = ParamSpec("P")
T = TypeVar("T")


def kept(function: Callable[Concatenate[Pipeline, P], T]) -> Callable[Concatenate[Pipeline, P], T]:
    """Work a function of a pipeline out once for the same arguments.

    A pipeline does not change, so neither does the answer; whoever takes one leaves it as it is.
    Arguments that cannot be compared are worked out each time. Refusals are not kept.
    """

    @wraps(function)
    def once(p: Pipeline, /, *args: P.args, **options: P.kwargs) -> T:
        found: Any = (function.__module__, function.__qualname__, args, tuple(options.items()))
        if not isinstance(found, Hashable) or not _hashable(found):
            return function(p, *args, **options)
        key = repr(found)
        if key not in p._kept:
            p._kept[key] = function(p, *args, **options)
        answer: T = p._kept[key]
        return answer

    return once


def _hashable(found: Any) -> bool:
    try:
        hash(found)
    except TypeError:
        return False
    return True
