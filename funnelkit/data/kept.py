"""What was once worked out of something that does not change is kept, as long as it lives."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

O = TypeVar("O")  # noqa: E741
P = ParamSpec("P")
T = TypeVar("T")

#: Answers a function keeps for one object; then it forgets them and begins anew.
MOST = 64


def kept(function: Callable[Concatenate[O, P], T]) -> Callable[Concatenate[O, P], T]:
    """Work a function of a pipeline (or of what was read from one) out once for each argument.

    The first argument does not change, so neither does the answer; whoever takes one leaves it
    as it is. An answer must not hold the object itself, or neither is ever let go. Arguments
    that cannot be compared are worked out each time. Refusals are not kept.
    """
    answers: WeakKeyDictionary[Any, dict[Any, T]] = WeakKeyDictionary()

    @wraps(function)
    def once(of: O, /, *args: P.args, **options: P.kwargs) -> T:
        key = (args, tuple(sorted(options.items())))
        try:
            hash(key)
        except TypeError:
            return function(of, *args, **options)
        own = answers.setdefault(of, {})
        if key not in own:
            answer = function(of, *args, **options)
            if len(own) >= MOST:
                own.clear()
            own[key] = answer
        return own[key]

    return once
