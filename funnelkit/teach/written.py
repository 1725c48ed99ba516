"""Kinds of answers that are written: something found in the data, a rule, a filled sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.errors import nearest
from funnelkit.process.flaws import Flaw
from funnelkit.process.stage import Checkpoint
from funnelkit.process.text import Text, plain
from funnelkit.teach.kinds import Entry, Kind, NotOfKind, Verdict

if TYPE_CHECKING:
    from funnelkit.teach.exercise import Case


@dataclass(frozen=True)
class Find(Kind):
    """Something found in the data: a deal, a month (``2026-03``), a segment, a stage.

    ``among`` maps a case to all that could be named: ids, or ids with labels. More than one
    right answer may be a set.
    """

    what: str
    among: Callable[[Case], Iterable[str] | Mapping[str, str]]

    def _known(self, case: Case) -> dict[str, str]:
        found = self.among(case)
        return dict(found) if isinstance(found, Mapping) else {str(x): str(x) for x in found}

    def read(self, answer: Any, case: Case) -> str:
        """Find what was named."""
        known = self._known(case)
        if isinstance(answer, pd.Timestamp):
            answer = f"{answer:%Y-%m}"
        if not isinstance(answer, str | int):
            raise NotOfKind("type_find", allowed=list(known.values()))
        for id, label in known.items():
            if plain(answer) in (plain(id), plain(label)):
                return id
        raise NotOfKind("type_find", allowed=nearest(str(answer), list(known.values())))

    def judge(self, answer: Any, right: Any) -> Verdict:
        """One of the right ones, if there are several."""
        wanted = {right} if isinstance(right, str) else set(right)
        return "right" if answer in wanted else "wrong"

    def entries(self, case: Case) -> tuple[Entry, ...]:
        """Ask by a list where it is short, by a text where it is long."""
        from funnelkit.words import say

        known = self._known(case)
        if len(known) <= 40:
            return (
                Entry("answer", say(f"teach.find_{self.what}"), "select", tuple(known.items())),
            )
        return (Entry("answer", say(f"teach.find_{self.what}")),)


@dataclass(frozen=True)
class Rule(Kind):
    """A rule as a process sheet writes it (``days_in_stage > 30``), judged by what it selects.

    ``rows`` maps a case to a frame with ``deal_id`` and the columns a rule may use; the right
    answer is a rule too.
    """

    rows: Callable[[Case], pd.DataFrame]

    def read(self, answer: Any, case: Case) -> frozenset[str]:
        """Return the deals the rule selects."""
        if not isinstance(answer, str):
            raise NotOfKind("type_rule")
        try:
            rule = Checkpoint(id="rule", name=Text.of("rule"), rule=answer.strip())
        except (Flaw, ValueError):
            raise NotOfKind("type_rule") from None
        frame = self.rows(case)
        keep = pd.Series(True, index=frame.index)
        for column, sign, value in rule.conditions:
            if column not in frame.columns:
                raise NotOfKind("type_column", found=column, allowed=nearest(column, frame.columns))
            keep &= _holds(frame[column], sign, value)
        return frozenset(frame.loc[keep, "deal_id"].astype(str))

    def judge(self, answer: Any, right: Any) -> Verdict:
        """Compare the selections; close when at most a tenth differs."""
        if answer == right:
            return "right"
        return "close" if right and len(answer ^ right) <= 0.1 * len(right) else "wrong"

    def entries(self, case: Case) -> tuple[Entry, ...]:
        """Ask for the rule."""
        from funnelkit.words import say

        columns = [c for c in self.rows(case).columns if c != "deal_id"]
        return (Entry("answer", say("teach.rule_entry", columns=columns)),)


def _holds(column: pd.Series[Any], sign: str, value: float | str | None) -> pd.Series[bool]:
    if sign == "is empty":
        return column.isna() | (column.astype(str).str.strip() == "")
    if sign == "is not empty":
        return ~_holds(column, "is empty", None)
    known = pd.to_numeric(column, errors="coerce") if isinstance(value, float) else column
    compared: dict[str, Any] = {
        ">": known.gt, ">=": known.ge, "<": known.lt, "<=": known.le,
        "==": known.eq, "!=": known.ne,
    }  # fmt: skip
    held: pd.Series[bool] = compared[sign](value) & known.notna()
    return held


@dataclass(frozen=True)
class Blank:
    """One field of a sheet: ``fault`` returns the hint for what does not hold, or None."""

    id: str
    label: Text
    fault: Callable[[str], Text | None] | None = None
    long: bool = False


@dataclass(frozen=True)
class Sheet(Kind):
    """A filled sheet: stage criteria, an action with owner and date, a plan.

    Never graded for style: only what can be checked is checked.
    ``fault`` looks at the whole (plain strings by field) and returns the hint, or None.
    """

    blanks: tuple[Blank, ...]
    fault: Callable[[Mapping[str, str]], Text | None] | None = None

    def read(self, answer: Any, case: Case) -> dict[str, str]:
        """Read every field."""
        if not isinstance(answer, Mapping):
            raise NotOfKind("type_fields", fields=[b.id for b in self.blanks])
        unknown = [str(k) for k in answer if str(k) not in {b.id for b in self.blanks}]
        if unknown:
            raise NotOfKind("type_column", found=unknown[0], allowed=[b.id for b in self.blanks])
        missing = [str(b.label) for b in self.blanks if self.empty(answer.get(b.id))]
        if missing:
            raise NotOfKind("type_rows_missing", missing=missing)
        return {b.id: str(answer[b.id]).strip() for b in self.blanks}

    def judge(self, answer: Any, right: Any) -> Verdict:
        """Right when nothing is at fault, whatever the example says."""
        return "wrong" if self.diagnose(answer, right) else "right"

    def diagnose(self, answer: Any, right: Any) -> tuple[str, Text] | None:
        """Return the first fault."""
        for blank in self.blanks:
            hint = blank.fault(answer[blank.id]) if blank.fault else None
            if hint is not None:
                return f"fault_{blank.id}", hint
        hint = self.fault(answer) if self.fault else None
        return None if hint is None else ("fault_whole", hint)

    def entries(self, case: Case) -> tuple[Entry, ...]:
        """Ask for every field."""
        return tuple(Entry(b.id, str(b.label), "area" if b.long else "text") for b in self.blanks)

    def collect(self, filled: Mapping[str, Any]) -> Any:
        """Keep the fields."""
        return dict(filled)
