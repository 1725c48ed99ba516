"""Parameters that have a new name: the old one is still taken, with a note."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from funnelkit.words import say

_P = ParamSpec("_P")
_R = TypeVar("_R")


def renamed(**names: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Let a function take parameters, ``new="old"``, by the name they had as well.

    Examples
    --------
    >>> @renamed(through="until")
    ... def days(through):
    ...     return through
    >>> with warnings.catch_warnings(record=True) as told:
    ...     warnings.simplefilter("always")
    ...     days(until=3), len(told)
    (3, 1)
    """

    def taking(function: Callable[_P, _R]) -> Callable[_P, _R]:
        @functools.wraps(function)
        def taken(*args: _P.args, **given: _P.kwargs) -> _R:
            return function(*args, **by_new_names(given, names))

        return taken

    return taking


def by_new_names(given: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return what was given under today's names, ``{new: old}``; a note tells of each old one."""
    now = dict(given)
    for new, old in names.items():
        if old in now and new not in now:
            now[new] = now.pop(old)
            warnings.warn(say("words.renamed", old=old, new=new), FutureWarning, stacklevel=3)
    return now
