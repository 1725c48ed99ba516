"""The one error a user of the kit meets: what was found, what is allowed, what to do next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from funnelkit.words import say


class FunnelkitError(ValueError):
    """A problem the user can mend, told in the language that is current when it is shown.

    Parameters
    ----------
    key : str
        Catalogue key, ``room.name``.
    **values
        What the text needs: the value found, file, row, what is allowed.
    """

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.key = key
        self.values = values

    def __str__(self) -> str:
        return say(self.key, **self.values)


def nearest(found: object, options: Iterable[object]) -> list[str]:
    """Sort what is allowed by likeness to what was found, nearest first.

    Examples
    --------
    >>> nearest("reigon", ["owner", "source", "region"])[0]
    'region'
    """
    word = str(found).casefold()

    def likeness(option: str) -> float:
        return difflib.SequenceMatcher(None, word, option.casefold()).ratio()

    names = [str(o) for o in options]
    return sorted(names, key=lambda n: (-round(likeness(n), 1), names.index(n)))
