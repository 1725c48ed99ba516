"""Rules: conditions on the variables of a deal, read from the sheet or written by the user."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.control.facts import MAKERS, SAME, Facts, has_column
from funnelkit.data.pipeline import DEALS, Pipeline
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.result import column_label
from funnelkit.process.stage import Checkpoint
from funnelkit.words import number, say
from funnelkit.words.texts import texts

Condition = tuple[str, str, float | str | None]

# Variables of one idea: a rule of the sheet stands in for the built-in one.
FAMILIES = {"push_count": "pushes", "role": "contacts", "n_contacts": "contacts"}


@dataclass(frozen=True)
class Rule:
    """A rule ready to be asked: where it applies and what it compares."""

    id: str
    name: str
    severity: str
    stages: tuple[str, ...]
    conditions: tuple[Condition, ...]
    built_in: bool = False

    @property
    def families(self) -> set[str]:
        """What the rule is about, whoever wrote it."""
        return {FAMILIES.get(c[0], c[0]) for c in self.conditions}

    def missing(self, p: Pipeline) -> list[str]:
        """Return the variables the data do not carry."""
        return [c[0] for c in self.conditions if not available(p, c[0])]

    def holds(self, facts: Facts) -> pd.Series[Any]:
        """Say for every point whether the rule fires."""
        fires = pd.Series(True, index=range(len(facts.points)))
        for condition in self.conditions:
            fires &= compare(facts[condition[0]], condition[1], condition[2])
        if self.stages:
            fires &= facts["stage"].isin(self.stages)
        return fires

    def at(self, value: float) -> Rule:
        """Return the rule with another threshold in its first numeric comparison."""
        k = next(k for k, c in enumerate(self.conditions) if isinstance(c[2], float))
        moved = (self.conditions[k][0], self.conditions[k][1], float(value))
        return replace(self, conditions=(*self.conditions[:k], moved, *self.conditions[k + 1 :]))


def available(p: Pipeline, name: str) -> bool:
    """Say whether a rule can use the variable on these data."""
    maker = MAKERS.get(name)
    return (maker is not None and maker.ready(p)) or has_column(p, name)


def compare(values: pd.Series[Any], operator: str, wanted: float | str | None) -> pd.Series[Any]:
    """Compare a variable; a value that is not known makes no comparison true."""
    if operator in ("is empty", "is not empty"):
        text = pd.api.types.is_string_dtype(values) or values.dtype == object
        empty = values.isna()
        if text:
            empty |= values.astype("str").str.strip() == ""
        return empty if operator == "is empty" else ~empty
    if isinstance(wanted, float):
        numbers = pd.to_numeric(values, errors="coerce").astype(float)
        tests = {
            ">": numbers > wanted, ">=": numbers >= wanted, "<": numbers < wanted,
            "<=": numbers <= wanted, "==": numbers == wanted,
            "!=": numbers.notna() & (numbers != wanted),
        }  # fmt: skip
        return tests[operator]
    if operator not in ("==", "!="):
        raise FunnelkitError("control.text_order", operator=operator, found=wanted)
    same = values.astype("object").astype("str").str.casefold() == str(wanted).casefold()
    return same if operator == "==" else values.notna() & ~same


def known_names(p: Pipeline) -> list[str]:
    """Return every variable a rule may use on these data, the derived ones first."""
    columns = [c for c in p.deals.columns if has_column(p, c)]
    return list(dict.fromkeys([*MAKERS, *columns]))


def check_names(p: Pipeline, rule: str, conditions: tuple[Condition, ...], strict: bool) -> None:
    """Refuse a name nobody knows; in a sheet, only one that looks like a slip of the pen.

    Raises
    ------
    FunnelkitError
        With the nearest name first.
    """
    known = [*known_names(p), *DEALS]
    asked = {f for s in p.process.stages for f in s.required}
    for name, _, _ in conditions:
        if name in known or name in SAME or name in asked:
            continue
        slip = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
        if strict or slip:
            raise FunnelkitError(
                "control.unknown_variable", found=name, rule=rule, allowed=nearest(name, known)
            )


def parse(p: Pipeline, rule: str, stage: str | None = None, severity: str = "watch") -> Rule:
    """Read a rule written by the user, e.g. ``"days_in_stage > 30 and n_contacts < 2"``.

    Raises
    ------
    FunnelkitError
        Not a rule, an unknown variable or stage, a variable the data do not carry.
    """
    try:
        conditions = Checkpoint.model_validate(
            {"id": "rule", "name": {"en": rule, "zh": rule}, "rule": rule}
        ).conditions
    except ValueError:
        raise FunnelkitError("control.unreadable_rule", found=rule) from None
    check_names(p, rule, conditions, strict=True)
    if stage is not None and stage not in p.process.open_ids:
        raise FunnelkitError(
            "measures.unknown_stage", found=stage, allowed=nearest(stage, p.process.open_ids)
        )
    made = Rule(rule, rule, severity, (stage,) if stage else (), conditions)
    lacking = made.missing(p)
    if lacking:
        raise FunnelkitError("control.not_in_data", rule=rule, needs=needs(lacking))
    return made


def sheet_rules(p: Pipeline) -> list[Rule]:
    """Return the control points of the sheet's stages, the closing one's too."""
    found = []
    for stage in p.process.stages:
        for point in stage.checkpoints:
            check_names(p, point.rule, point.conditions, strict=False)
            found.append(
                Rule(point.id, str(point.name), point.severity, (stage.id,), point.conditions)
            )
    return found


def needs(names: list[str]) -> list[str]:
    """Say what data a variable needs: its own column, or what it is made of."""
    said = []
    for name in dict.fromkeys(names):
        maker = MAKERS.get(name)
        if maker is None:
            told = f"needs_{name}"
            said.append(say(f"control.{told}") if told in texts("control") else name)
        else:
            ways = [" + ".join(group) for group in maker.needs]
            said.append(say("control.or").join(ways))
    return said


def in_words(rule: str) -> str:
    """Return a rule as people say it, not as it is typed.

    Examples
    --------
    >>> in_words("days_in_stage > 30 and loss_reason is empty")
    'Days since it came to its stage: more than 30, and Loss reason: empty'
    """
    point = Checkpoint.model_validate(
        {"id": "rule", "name": {"en": rule, "zh": rule}, "rule": rule}
    )
    return say("control.condition_and").join(_condition(*c) for c in point.conditions)


def _condition(name: str, operator: str, value: float | str | None) -> str:
    told = f"variable_{name}"
    what = say(f"control.{told}") if told in texts("control") else column_label(name)
    if isinstance(value, float):
        value = number(value, 0 if value == int(value) else 2)
    what = re.split("[:;：；]", what)[0]  # a meaning goes on with how it is counted
    return say(f"control.condition_{_SAID[operator]}", what=what, value=value)


_SAID = {
    ">": "above", ">=": "least", "<": "below", "<=": "most", "==": "is", "!=": "not",
    "is empty": "empty", "is not empty": "filled",
}  # fmt: skip


def rule_variables(p: Pipeline | None = None) -> pd.DataFrame:
    """List the variables a rule may use, what they mean and what they need.

    Any column of the deals may stand in a rule as well.

    Returns
    -------
    DataFrame
        ``variable, meaning, unit, needs`` and, with a pipeline, ``available``.

    Examples
    --------
    >>> "days_in_stage" in set(rule_variables()["variable"])
    True
    """
    rows = [
        {
            "variable": name,
            "meaning": say(f"control.variable_{name}"),
            "unit": say(f"control.unit_{maker.unit}"),
            "needs": needs([name])[0],
        }
        for name, maker in MAKERS.items()
    ]
    table = pd.DataFrame(rows)
    if p is not None:
        table["available"] = np.array([available(p, str(n)) for n in table["variable"]])
    return table


__all__ = [
    "Condition",
    "Rule",
    "check_names",
    "compare",
    "in_words",
    "parse",
    "rule_variables",
    "sheet_rules",
]
