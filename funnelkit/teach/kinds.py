"""What every kind of answer can do: be read, be judged, and be asked for in a form."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from funnelkit.process.text import Text

if TYPE_CHECKING:
    from funnelkit.teach.exercise import Case

Verdict = Literal["right", "close", "unit", "wrong"]


class NotOfKind(ValueError):
    """The answer is not of the kind asked for; ``key`` names the message."""

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.key, self.values = key, values


@dataclass(frozen=True)
class Entry:
    """One control of a form: text, area, select or check."""

    name: str
    label: str
    control: Literal["text", "area", "select", "check"] = "text"
    options: tuple[tuple[str, str], ...] = ()


class Kind:
    """Base of all kinds."""

    #: What stands in the exercise notebook until the learner answers.
    stub = "..."

    def empty(self, answer: Any) -> bool:
        """Say whether nothing was answered yet."""
        if answer is None or answer is Ellipsis or (isinstance(answer, str) and not answer.strip()):
            return True
        if isinstance(answer, Mapping):
            return not answer or all(self.empty(v) for v in answer.values())
        return isinstance(answer, list | tuple | set) and (
            not answer or all(self.empty(v) for v in answer)
        )

    def read(self, answer: Any, case: Case) -> Any:
        """Bring an answer to its plain form; raise :class:`NotOfKind` where that is impossible."""
        raise NotImplementedError

    def judge(self, answer: Any, right: Any) -> Verdict:
        """Compare a plain answer with the right one."""
        return "right" if answer == right else "wrong"

    def diagnose(self, answer: Any, right: Any) -> tuple[str, Text] | None:
        """Name a mistake that the kind itself knows, with its hint."""
        return None

    def slips(self, case: Case) -> Iterable[tuple[str, Any]]:
        """List the mistakes the kind itself knows, each with an answer that makes it."""
        return ()

    def entries(self, case: Case) -> tuple[Entry, ...]:
        """Return the controls that ask for the answer."""
        raise NotImplementedError

    def collect(self, filled: Mapping[str, Any]) -> Any:
        """Make an answer of what was filled in."""
        (only,) = filled.values()
        return only


_TEXT = re.compile(
    r"^[¥$€£￥]?\s*(?P<n>[-+−]?[\d,，\s]*\.?\d+(?:e[-+]?\d+)?)\s*(?P<unit>.*)$", re.I
)
_TIMES = {
    "%": 0.01, "％": 0.01, "k": 1e3, "m": 1e6, "bn": 1e9, "million": 1e6, "thousand": 1e3,
    "千": 1e3, "万": 1e4, "百万": 1e6, "亿": 1e8,
}  # fmt: skip


def plain_number(answer: Any) -> float:
    """Read a number as people write it: ``0.33``, ``"33 %"``, ``"1,234"``, ``"3.5万"``.

    Examples
    --------
    >>> plain_number("33 %"), plain_number("1,234.5"), plain_number("3.5万")
    (0.33, 1234.5, 35000.0)
    """
    if isinstance(answer, bool) or answer is None:
        raise NotOfKind("type_number")
    if isinstance(answer, str):
        match = _TEXT.match(answer.strip())
        if match is None:
            raise NotOfKind("type_number")
        unit = match["unit"].strip().lower()
        unit = re.sub(r"(元|天|days?|deals?|个|条|usd|cny|rmb|/.*)$", "", unit).strip()
        number = float(re.sub(r"[,，\s]", "", match["n"]).replace("−", "-"))
        if unit and unit not in _TIMES:
            raise NotOfKind("type_number")
        return round(number * _TIMES.get(unit, 1.0), 12)
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


#: Factors by which an answer in another unit is off, by the unit asked for.
_UNIT_SLIPS = {
    "fraction": (100.0, 0.01),
    "days": (7.0, 1 / 7, 24.0, 1 / 24, 30.0, 1 / 30),
    "money": (1e3, 1e-3, 1e4, 1e-4, 1e6, 1e-6),
}


def compare(answer: float, right: float, unit: str, within: float) -> Verdict:
    """Compare two numbers with the tolerance ``within``."""
    if abs(answer - right) <= within + 1e-12:
        return "right"
    for factor in _UNIT_SLIPS.get(unit, ()):
        if right and abs(answer - right * factor) <= within * factor + 1e-12:
            return "unit"
    near = max(4 * within, 0.02 * abs(right))
    return "close" if abs(answer - right) <= near else "wrong"


@dataclass(frozen=True)
class Number(Kind):
    """One number.

    Attributes
    ----------
    unit : str
        fraction, deals, days, money, number.
    within : float
        Largest difference that still counts as right, in the unit.
    relative : float
        The same as a share of the right value; the larger of both holds.
    """

    unit: str
    within: float = 0.0
    relative: float = 0.005

    def read(self, answer: Any, case: Case) -> float:
        """Read the number."""
        return plain_number(answer)

    def judge(self, answer: Any, right: Any) -> Verdict:
        """Compare with the tolerance."""
        target = float(right)
        return compare(answer, target, self.unit, max(self.within, self.relative * abs(target)))

    def entries(self, case: Case) -> tuple[Entry, ...]:
        """Ask for one number."""
        from funnelkit.words import say

        return (Entry("answer", say(f"teach.unit_{self.unit}")),)


@dataclass(frozen=True)
class Series(Kind):
    """Several numbers, each with its label: six counts, a plan by month.

    ``labels`` maps a case to the labels in order; an answer may be a list, a dict by label, a
    pandas Series or one column of a frame.
    """

    labels: Any
    unit: str
    within: float = 0.0
    relative: float = 0.005

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
        verdicts = [
            compare(a, float(r), self.unit, max(self.within, self.relative * abs(float(r))))
            for a, r in zip(answer, right, strict=True)
        ]
        if all(v == "right" for v in verdicts):
            return "right"
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
