"""Kinds of answers that are numbers: one, or several with their labels."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from funnelkit.teach.exercise import Case, Entry, Kind, NotOfKind, Verdict
from funnelkit.teach.kinds.formula import NoFormula, work_out
from funnelkit.words import language, say
from funnelkit.words.formats import in_unit, number, percent

Unit = Literal["fraction", "deals", "days", "money", "thousand", "million", "number"]


_TEXT = re.compile(
    r"^(?:[¥$€£￥]|cny|rmb|usd|eur)?\s*(?P<n>[-+−]?[\d,，\s]*\.?\d+(?:e[-+]?\d+)?)\s*(?P<unit>.*)$",
    re.I,
)
_TIMES = {
    "%": 0.01, "％": 0.01, "k": 1e3, "m": 1e6, "bn": 1e9, "million": 1e6, "thousand": 1e3,
    "千": 1e3, "万": 1e4, "百万": 1e6, "亿": 1e8, "point": 0.01, "points": 0.01, "pp": 0.01,
    "percent": 0.01, "percentage points": 0.01, "个百分点": 0.01, "百分点": 0.01,
}  # fmt: skip
_NAMED = re.compile(
    r"(元|天|days?|deals?|hours?|h|wins?|leads?|个|条|单|人|小时|usd|eur|cny|rmb|/.*)$"
)
_ABOUT = re.compile(r"^(about|around|roughly|approx\.?|ca\.?|~|≈|约|大约|大概)\s*", re.I)


def plain_number(answer: Any) -> float:
    """Read a number as people write it: ``0.33``, ``"33 %"``, ``"15 points"``, ``"30/120"``.

    Examples
    --------
    >>> plain_number("33 %"), plain_number("1,234.5"), plain_number("3.5万"), plain_number("30/120")
    (0.33, 1234.5, 35000.0, 0.25)
    """
    if isinstance(answer, bool) or answer is None:
        raise NotOfKind("type_number")
    if isinstance(answer, str):
        return _written_number(_ABOUT.sub("", answer.strip()))
    if hasattr(answer, "size") and hasattr(answer, "shape"):
        if answer.size != 1:
            raise NotOfKind("type_one_number")
        answer = answer.iloc[0] if hasattr(answer, "iloc") else answer.reshape(-1)[0]
        if hasattr(answer, "iloc"):
            answer = answer.iloc[0]
    if isinstance(answer, list | tuple | set | dict):
        raise NotOfKind("type_one_number")
    try:
        number = float(answer)
    except (TypeError, ValueError):
        raise NotOfKind("type_number") from None
    if math.isnan(number) or math.isinf(number):
        raise NotOfKind("type_missing_number")
    return number


def _written_number(text: str) -> float:
    match = _TEXT.match(text)
    if match is not None:
        unit = _NAMED.sub("", match["unit"].strip().lower()).strip()
        if not unit or unit in _TIMES:
            number = float(re.sub(r"[,，\s]", "", match["n"]).replace("−", "-"))
            if math.isinf(number):
                raise NotOfKind("type_missing_number")
            if not re.search(r"[\d)]\s*/", text) or match["unit"].strip().lower() in _TIMES:
                return round(number * _TIMES.get(unit, 1.0), 12)
    try:  # the sum itself: nobody needs a calculator
        return float(work_out(re.sub(r"(?<=\d)[,，](?=\d{3}\b)", "", text)))
    except (NoFormula, TypeError, OverflowError):
        raise NotOfKind("type_number") from None


#: Factors by which an answer in another unit is off, by the unit asked for.
_UNIT_SLIPS = {
    "fraction": (100.0, 0.01),
    "days": (7.0, 1 / 7, 24.0, 1 / 24, 30.0, 1 / 30),
    **dict.fromkeys(
        ("money", "thousand", "million"),
        tuple(10.0**n for n in (-8, -6, -5, -4, -3, 3, 4, 5, 6, 8)),
    ),
}
#: From here on a share may be told in whole percents where no precision is asked for.
_WHOLE_PERCENT = 0.02


def spread(unit: Unit, within: float) -> float:
    """Return a tolerance as the reader's language counts: one of millions is one of 万 there."""
    return in_unit(within, unit) if unit in ("thousand", "million") else within


def compare(answer: float, right: float, unit: str, within: float) -> Verdict:
    """Compare two numbers with the tolerance ``within``.

    A share counts with and without its percent sign, and rounded to whole percents.
    """
    if unit == "fraction":
        told = answer / 100 if abs(answer) > max(1.0, 2 * abs(right)) else answer
        whole = abs(100 * told - round(100 * told)) < 1e-9 and abs(right) >= _WHOLE_PERCENT
        if abs(told - right) <= (max(within, 0.005) if whole else within) + 1e-12:
            return "right"
    if abs(answer - right) <= within + 1e-12:
        return "right"
    for factor in _UNIT_SLIPS.get(unit, ()):
        if right and abs(answer - right * factor) <= within * factor + 1e-12:
            return "unit"
    near = max(4 * within, 0.02 * abs(right))
    return "close" if abs(answer - right) <= near else "wrong"


def shown(value: float, unit: str, within: float = 0.0) -> str:
    """Write a number for a reader, in its unit, as exactly as it is asked for."""
    if unit == "fraction":
        return percent(value, 0 if abs(100 * value - round(100 * value)) < 1e-9 else 1)
    if (unit in ("money", "deals") and abs(value) >= 100) or value == round(value):
        return number(value, 0)
    digits = 2 if within <= 0 else max(1, math.ceil(-math.log10(within)))
    return number(value, min(digits, 3))


def listed(pairs: Iterable[tuple[object, str]]) -> str:
    """Write labels with their values in one line, as the language does."""
    colon, comma = ("：", "；") if language() == "zh" else (": ", "; ")
    found = []
    for label, value in pairs:
        text = str(label).rstrip(":： ")
        found.append(f"{text} {value}" if text.endswith(("?", "？")) else f"{text}{colon}{value}")
    return comma.join(found)


@dataclass(frozen=True)
class Number(Kind):
    """One number.

    Attributes
    ----------
    unit : str
        fraction, deals, days, money, number; thousand and million are amounts counted so in
        English and in 万 in Chinese, the answer too.
    within : float
        Largest difference that still counts as right, in the unit.
    relative : float
        The same as a share of the right value; the larger of both holds.
    """

    unit: Unit
    within: float = 0.0
    relative: float = 0.005

    def read(self, answer: Any, case: Case) -> float:
        """Read the number."""
        return plain_number(answer)

    def judge(self, answer: Any, right: Any) -> Verdict:
        """Compare with the tolerance."""
        target = float(right)
        within = spread(self.unit, self.within)
        return compare(answer, target, self.unit, max(within, self.relative * abs(target)))

    def entries(self, case: Case) -> tuple[Entry, ...]:
        """Ask for one number."""
        return (Entry("answer", say(f"teach.unit_{self.unit}")),)

    def missed(self, state: Verdict, answer: Any, case: Case) -> str:
        """Speak of the unit that is asked for."""
        return say(
            "teach.close_message" if state == "close" else f"teach.{state}_{self.unit}_message"
        )

    def told(self, case: Case) -> str:
        """Write the number."""
        return shown(float(case.right), self.unit, spread(self.unit, self.within))


@dataclass(frozen=True)
class Series(Kind):
    """Several numbers, each with its label: six counts, a plan by month.

    ``labels`` maps a case to the labels in order; an answer may be a list, a dict by label, a
    pandas Series or one column of a frame. With ``whole`` they also have to add up exactly.
    """

    labels: Callable[[Case], list[str]]
    unit: Unit
    within: float = 0.0
    relative: float = 0.005
    whole: bool = False

    def read(self, answer: Any, case: Case) -> tuple[float, ...]:
        """Read the numbers in the order of the labels."""
        labels = [str(x) for x in self.labels(case)]
        if isinstance(answer, str):
            answer = [a for a in re.split(r"[;；\s]+", answer.strip()) if a]
        if hasattr(answer, "to_frame") or hasattr(answer, "columns"):
            answer = answer.to_numpy().reshape(-1).tolist()
        if isinstance(answer, Mapping):
            by_label = {str(k): v for k, v in answer.items()}
            missing = [x for x in labels if x not in by_label or self.empty(by_label[x])]
            if missing:
                raise NotOfKind("type_rows_missing", missing=missing)
            answer = [by_label[x] for x in labels]
        if hasattr(answer, "tolist"):
            answer = answer.tolist()
        if not isinstance(answer, list | tuple):
            raise NotOfKind("type_list", n=len(labels))
        if len(answer) != len(labels):
            raise NotOfKind("type_length", found=len(answer), n=len(labels))
        return tuple(plain_number(a) for a in answer)

    def judge(self, answer: Any, right: Any) -> Verdict:
        """Right when every number is; close when most are."""
        verdicts = [self._one(a, r) for a, r in zip(answer, right, strict=True)]
        if all(v == "right" for v in verdicts):
            exact = not self.whole or abs(sum(answer) - sum(right)) <= 0.0005
            return "right" if exact else "close"
        if all(v in ("right", "unit") for v in verdicts):
            return "unit"
        good = sum(v in ("right", "close") for v in verdicts)
        return "close" if good >= 0.75 * len(verdicts) else "wrong"

    def entries(self, case: Case) -> tuple[Entry, ...]:
        """Ask for one number a label."""
        return tuple(Entry(str(x), str(x)) for x in self.labels(case))

    def collect(self, filled: Mapping[str, Any]) -> Any:
        """Keep the labels."""
        return dict(filled)

    def missed(self, state: Verdict, answer: Any, case: Case) -> str:
        """Name the rows that are not right yet."""
        if state == "unit":
            return say(f"teach.unit_{self.unit}_message")
        rows = [
            str(label).rstrip(":： ")
            for label, a, r in zip(self.labels(case), answer, case.right, strict=True)
            if self._one(a, r) != "right"
        ]
        if not rows:
            return say("teach.rows_do_not_add_up")
        return say("teach.rows_wrong", rows=rows, n=len(answer), right=len(answer) - len(rows))

    def told(self, case: Case) -> str:
        """Write each number with its label."""
        pairs = zip(self.labels(case), case.right, strict=True)
        return listed((label, self._shown(value)) for label, value in pairs)

    def _shown(self, value: Any) -> str:
        return shown(float(value), self.unit, spread(self.unit, self.within))

    def _one(self, answer: Any, right: Any) -> Verdict:
        right, within = float(right), spread(self.unit, self.within)
        return compare(answer, right, self.unit, max(within, self.relative * abs(right)))
