"""What can be at fault in one field of a sheet: each check with the hint it deserves."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from funnelkit.process.text import Text
from funnelkit.teach.exercise import NotOfKind
from funnelkit.teach.kinds.days import day_in
from funnelkit.teach.kinds.numbers import plain_number

_MONTH = re.compile(
    r"(20\d\d)\s*[-/.年]\s*\d{1,2}|\bQ[1-4]\b.*20\d\d|20\d\d\W*Q[1-4]\b|20\d\d\s*年?\W*第?[一二三四1-4]季"
    r"|\b\d{1,2}\s*[./]\s*20\d\d|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\W+20\d\d",
    re.I,
)
_FIGURE = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")
#: A number in words; in Chinese with what is counted, since 一 stands in many other words.
_COUNTED = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|twice)\b"
    r"|[一二两三四五六七八九十百半]+(?:个|周|月|天|年|次|单|成|家|人|倍|季|名|份|条)",
    re.I,
)
_GROUPS = frozenset(
    "we us all everybody everyone team department dept sales marketing management nobody"
    " 大家 所有人 全体 全员 团队 部门 我们 销售 销售部 销售部门 销售团队 市场部 市场部门"
    " 各部门 管理层".split()
)


def number_in(text: str) -> float | None:
    """Return the number a field holds, also with a word behind it, or None.

    Examples
    --------
    >>> number_in("3.5万"), number_in("4 weeks"), number_in("many"), number_in("5 or 6")
    (35000.0, 4.0, None, None)
    """
    try:
        return plain_number(text)
    except NotOfKind:
        figures = _FIGURE.findall(text)
        return plain_number(figures[0]) if len(figures) == 1 else None


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
        return None if re.search(r"\d", text) or _COUNTED.search(text) else self.hint


@dataclass(frozen=True)
class NoDate:
    """The field holds no date: year and month at least."""

    hint: Text

    def __call__(self, text: str) -> Text | None:
        """Return the hint, or None."""
        return None if _MONTH.search(text) or day_in(text) else self.hint


@dataclass(frozen=True)
class NoDay:
    """The field holds no whole date."""

    hint: Text

    def __call__(self, text: str) -> Text | None:
        """Return the hint, or None."""
        return None if day_in(text) else self.hint


def share_in(text: str) -> float:
    """Return the share of a hundred a field holds, whether or not its sign is written."""
    return number_in(re.sub(r"\s*[%％]\s*$", "", text)) or 0.0


@dataclass(frozen=True)
class NotAShare:
    """The field is no share of a hundred, written with or without its sign."""

    hint: Text

    def __call__(self, text: str) -> Text | None:
        """Return the hint, or None."""
        number = number_in(re.sub(r"\s*[%％]\s*$", "", text))
        return None if number is not None and 0 <= number <= 100 else self.hint


@dataclass(frozen=True)
class NotOnePerson:
    """The field names nobody but a group, which owns nothing; a role or a name is welcome."""

    hint: Text

    def __call__(self, text: str) -> Text | None:
        """Return the hint, or None."""
        named = re.findall(r"[a-z]+|[\u4e00-\u9fff]+", text.lower())
        left = [word for word in named if word not in _GROUPS | {"the", "our", "whole"}]
        return None if left else self.hint


#: What a field of a sheet may have to be, by the word an exercise says it with.
CHECKS: Mapping[str, Callable[[Text], Callable[[str], Text | None]]] = {
    "number": NotANumber,
    "figure": NoFigure,
    "date": NoDate,
    "day": NoDay,
    "share": NotAShare,
    "person": NotOnePerson,
}


def fault(must: str, hint: Text | None = None) -> Callable[[str], Text | None]:
    """Return the check of a field; it tells the hint, or its own words, where it does not hold."""
    from funnelkit.words.texts import texts

    return CHECKS[must](hint or Text.model_validate(texts("teach")[f"must_{must}"]))
