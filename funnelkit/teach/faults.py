"""What can be at fault in one field of a sheet: each check with the hint it deserves."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from funnelkit.process.text import Text
from funnelkit.teach.kinds import NotOfKind, plain_number

_MONTH = re.compile(r"20\d\d[-/.年]\d{1,2}")
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%?")
_SIGNED_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*[%％]")
_MANY = re.compile(
    r"\b(team|all|everybody|everyone|we|sales|dept|department)\b|大家|所有人|全体|团队|部门|我们",
    re.I,
)


def number_in(text: str) -> float | None:
    """Return the number a field holds, or None.

    Examples
    --------
    >>> number_in("3.5万"), number_in("many")
    (35000.0, None)
    """
    try:
        return plain_number(text)
    except NotOfKind:
        return None


@dataclass(frozen=True)
class NotANumber:
    """The field is no single number."""

    hint: Text

    def __call__(self, text: str) -> Text | None:
        """Return the hint, or None."""
        return self.hint if number_in(text) is None else None


@dataclass(frozen=True)
class NoFigure:
    """The field holds no figure at all, so that nothing can be measured later."""

    hint: Text

    def __call__(self, text: str) -> Text | None:
        """Return the hint, or None."""
        return None if re.search(r"\d", text) else self.hint


@dataclass(frozen=True)
class NoDate:
    """The field holds no date: year and month at least."""

    hint: Text

    def __call__(self, text: str) -> Text | None:
        """Return the hint, or None."""
        return None if _MONTH.search(text) else self.hint


@dataclass(frozen=True)
class NotAShare:
    """The field is no share of a hundred; ``signed`` asks for the percent sign."""

    hint: Text
    signed: bool = False

    def __call__(self, text: str) -> Text | None:
        """Return the hint, or None."""
        found = (_SIGNED_SHARE if self.signed else _SHARE).fullmatch(text)
        return None if found and float(found[1]) <= 100 else self.hint


@dataclass(frozen=True)
class NotOnePerson:
    """The field names a group, which owns nothing."""

    hint: Text

    def __call__(self, text: str) -> Text | None:
        """Return the hint, or None."""
        return self.hint if _MANY.search(text) else None


#: What a field of a sheet may have to be, by the word an exercise says it with.
CHECKS: Mapping[str, Callable[[Text], Callable[[str], Text | None]]] = {
    "number": NotANumber,
    "figure": NoFigure,
    "date": NoDate,
    "share": NotAShare,
    "percent": partial(NotAShare, signed=True),
    "person": NotOnePerson,
}


def fault(must: str, hint: Text | None = None) -> Callable[[str], Text | None]:
    """Return the check of a field; it tells the hint, or its own words, where it does not hold."""
    from funnelkit.words.texts import texts

    return CHECKS[must](hint or Text.model_validate(texts("teach")[f"must_{must}"]))
