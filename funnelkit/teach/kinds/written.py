"""Kinds of answers that are written: something found in the data, a rule, a filled sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from funnelkit.data.kept import kept
from funnelkit.errors import nearest
from funnelkit.process.flaws import Flaw
from funnelkit.process.stage import Checkpoint
from funnelkit.process.text import Text, plain
from funnelkit.teach.exercise import Case, Entry, Kind, NotOfKind, Verdict
from funnelkit.teach.kinds.choices import Option, known
from funnelkit.teach.kinds.numbers import listed
from funnelkit.words.formats import in_unit

_Among = Callable[["Case"], Iterable[str] | Mapping[str, str]]


@dataclass(frozen=True)
class Find(Kind):
    """Something found in the data: a deal, a month (``2026-03``), a segment, a stage.

    ``among`` maps a case to all that could be named: ids, or ids with labels. More than one
    right answer may be a set. ``near`` says how many months or quarters before and after the
    right one count as found.
    """

    what: str
    among: _Among
    near: tuple[int, int] = (0, 0)

    def known(self, case: Case) -> dict[str, str]:
        """Return all that could be named, with its label."""
        return dict(_named(case, self.among))

    def read(self, answer: Any, case: Case) -> str:
        """Find what was named."""
        known = self.known(case)
        if isinstance(answer, pd.Timestamp):
            answer = f"{answer:%Y-%m}"
        if not isinstance(answer, str | int):
            raise NotOfKind("type_find", allowed=list(known.values()))
        for id, label in known.items():
            if plain(answer) in (plain(id), plain(label)):
                return id
        # examples of what could be named, never the right one
        others = [label for id, label in known.items() if id != case.right]
        raise NotOfKind("type_find", allowed=nearest(str(answer), others))

    def judge(self, answer: Any, right: Any) -> Verdict:
        """One of the right ones, if there are several."""
        wanted = {right} if isinstance(right, str) else set(right)
        if any(self.near):
            before, after = self.near
            apart = (pd.Period(answer).ordinal - pd.Period(right).ordinal for right in wanted)
            return "right" if any(-before <= n <= after for n in apart) else "wrong"
        return "right" if answer in wanted else "wrong"

    def told(self, case: Case) -> str:
        """Write what is to be found."""
        known = self.known(case)
        wanted = [case.right] if isinstance(case.right, str) else sorted(case.right)
        return "; ".join(known.get(id, id) for id in wanted)

    def entries(self, case: Case) -> tuple[Entry, ...]:
        """Ask by a list where it is short, by a text where it is long."""
        from funnelkit.words import say

        known = self.known(case)
        if len(known) <= 40:
            return (
                Entry("answer", say(f"teach.find_{self.what}"), "select", tuple(known.items())),
            )
        return (Entry("answer", say(f"teach.find_{self.what}")),)


@kept
def _named(
    case: Case, among: Callable[[Case], Iterable[str] | Mapping[str, str]]
) -> dict[str, str]:
    found = among(case)
    return dict(found) if isinstance(found, Mapping) else {str(x): str(x) for x in found}


@dataclass(frozen=True)
class Menu:
    """One condition of a rule, picked from a list: a column, and what it may be compared with.

    ``values`` maps what is compared with to its text; ``signs`` are those of a process sheet.
    Amounts in thousands or millions are compared, and told, in the ``unit`` of the language.
    """

    column: str
    label: Text
    values: Mapping[float | str, Text]
    signs: tuple[str, ...] = ("==",)
    unit: Literal["", "thousand", "million"] = ""

    def options(self) -> dict[str, str]:
        """Return the conditions that may be picked, the open one first, with their texts."""
        from funnelkit.words import say

        found = {ANY: say("teach.rule_any")}
        for value, text in self.values.items():
            id = value if isinstance(value, str) else f"{value:g}"
            if self.unit and not isinstance(value, str):
                id = f"{in_unit(value, self.unit):g}"
            told = id if self.unit else str(text)
            for sign in self.signs:
                shown = say(f"teach.rule_{_SIGNS[sign]}", value=told)
                found[f"{sign} {id}"] = shown
        return found


#: Stands for a column that does not matter.
ANY = "any"
_SIGNS = {"==": "is", "!=": "not", ">": "more", ">=": "least", "<": "less", "<=": "most"}


@dataclass(frozen=True)
class Rule(Kind):
    """A rule picked from menus, judged by what it selects.

    ``rows`` maps a case to a frame with ``deal_id`` and the columns of the menus. An answer maps
    columns to conditions (``"> 40"``, the text of a menu, or ``any``); whoever writes code may
    also hand in the line of a process sheet (``days_in_stage > 40``).
    """

    rows: Callable[[Case], pd.DataFrame]
    menus: tuple[Menu, ...]

    def _line(self, answer: Mapping[Any, Any]) -> str:
        conditions = []
        columns = [m.column for m in self.menus]
        for key, picked in answer.items():
            menu = next((m for m in self.menus if str(key) in (m.column, str(m.label))), None)
            if menu is None:
                raise NotOfKind("type_column", found=str(key), allowed=nearest(str(key), columns))
            texts = menu.options()
            asked = plain(picked)
            id = next((i for i, t in texts.items() if picked == i or asked == plain(t)), None)
            if id is None:
                raise NotOfKind("type_option", allowed=nearest(str(picked), texts.values()))
            if id != ANY:
                sign, value = id.split(" ", 1)
                number = isinstance(next(iter(menu.values)), float | int)
                conditions.append(f"{menu.column} {sign} {value if number else f'{value!r}'}")
        return " and ".join(conditions)

    def read(self, answer: Any, case: Case) -> frozenset[str]:
        """Return the deals the rule selects."""
        frame = self.rows(case)
        if isinstance(answer, Mapping):
            missing = [str(m.label) for m in self.menus if self.empty(answer.get(m.column))]
            if missing:
                raise NotOfKind("type_rows_missing", missing=missing)
            answer = self._line(answer)
            if not answer:
                return frozenset(frame["deal_id"].astype(str))
        if not isinstance(answer, str):
            raise NotOfKind("type_rule")
        try:
            rule = Checkpoint(id="rule", name=Text.of("rule"), rule=answer.strip())
        except (Flaw, ValueError):
            raise NotOfKind("type_rule") from None
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
        """Ask for each condition."""
        return tuple(
            Entry(m.column, str(m.label), "select", tuple(m.options().items())) for m in self.menus
        )

    def collect(self, filled: Mapping[str, Any]) -> Any:
        """Keep the conditions."""
        return dict(filled)

    def told(self, case: Case) -> str:
        """Write the conditions as the menus say them."""
        return listed((m.label, m.options()[case.right[m.column]]) for m in self.menus)

    def worked(self, case: Case) -> list[str]:
        """Name what the rule selects."""
        from funnelkit.words import say

        return [say("teach.rule_selects", found=sorted(self.read(case.right, case)))]


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
    """One field of a sheet: ``fault`` returns the hint for what does not hold, or None.

    With ``options`` it is picked from a list; one that tells why is not accepted.
    """

    id: str
    label: Text
    fault: Callable[[str], Text | None] | None = None
    long: bool = False
    options: tuple[Option, ...] = ()

    def wrong(self, filled: str) -> Text | None:
        """Return the hint for what does not hold, or None."""
        if self.options:
            why = next(o.why for o in self.options if o.id == filled)
            return why if str(why) else None
        return self.fault(filled) if self.fault else None

    def said(self, filled: str) -> str:
        """Write what was filled in."""
        return next((str(o.text) for o in self.options if o.id == filled), filled)


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
        return {
            b.id: known(answer[b.id], b.options) if b.options else str(answer[b.id]).strip()
            for b in self.blanks
        }

    def judge(self, answer: Any, right: Any) -> Verdict:
        """Right when nothing is at fault, whatever the example says."""
        return "wrong" if self.fault_in(answer) else "right"

    def fault_in(self, answer: Mapping[str, str]) -> tuple[str, Text] | None:
        """Return the first fault: its id, and what to say."""
        for blank in self.blanks:
            hint = blank.wrong(answer[blank.id])
            if hint is not None:
                return f"fault_{blank.id}", hint
        hint = self.fault(answer) if self.fault else None
        return None if hint is None else ("fault_whole", hint)

    def diagnose(self, answer: Any, right: Any) -> tuple[str, str] | None:
        """Return the first fault."""
        found = self.fault_in(answer)
        return None if found is None else (found[0], str(found[1]))

    def told(self, case: Case) -> str:
        """Write the example; any answer of this shape will do."""
        from funnelkit.words import say

        answer = listed((b.label, b.said(case.right[b.id])) for b in self.blanks)
        return say("teach.example", answer=answer)

    def entries(self, case: Case) -> tuple[Entry, ...]:
        """Ask for every field."""
        found = []
        for b in self.blanks:
            options = tuple((o.id, str(o.text)) for o in b.options)
            label = str(b.label)
            if options:
                found.append(Entry(b.id, label, "select", options))
            else:
                found.append(Entry(b.id, label, "area" if b.long else "text"))
        return tuple(found)

    def collect(self, filled: Mapping[str, Any]) -> Any:
        """Keep the fields."""
        return dict(filled)
