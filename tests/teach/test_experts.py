"""Three answers of an expert for every exercise, as they would write them: each is right.

Forms of one's own words have theirs in experts/sheets.yaml. Everything else has one answer, which
the tests of each lesson hold against sums by hand; here it is written in three ways people use.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from funnelkit.teach.bank import exercises
from funnelkit.teach.check import judge
from funnelkit.teach.exercise import Case, Exercise
from funnelkit.teach.kinds.choices import Choice, Match, Order, Several
from funnelkit.teach.kinds.days import Dates
from funnelkit.teach.kinds.numbers import Number, Series
from funnelkit.teach.kinds.written import Find, Rule, Sheet
from funnelkit.words import speaking

SHEETS = yaml.safe_load(
    Path(__file__).with_name("experts").joinpath("sheets.yaml").read_text("utf-8")
)
ALL = exercises()
SEED = 3


def figure(x: float, unit: str, way: int) -> Any:
    """Write a number as people do: bare, with a comma or a percent sign, with a word around it."""
    if unit == "fraction":
        return (x, f"{100 * x:.4f} %", f"about {100 * x:.4f}%")[way]
    return (x, f"{x:,.4f}", f"约 {x:.4f}")[way]


def texts(options: Any, way: int) -> dict[str, str]:
    """Name options by id, or by their words in one of the languages."""
    return {o.id: (o.id, o.text.en, o.text.zh)[way] for o in options}


def days(text: str, way: int) -> str:
    day = dt.date.fromisoformat(text)
    return (text, f"{day.day} {day:%B} {day.year}", f"{day.year}年{day.month}月{day.day}日")[way]


def answers(case: Case) -> Iterator[Any]:
    """Give three answers that are right."""
    kind, right = case.exercise.kind, case.right
    for way in range(3):
        match kind:
            case Dates():
                yield [days(str(d), way) for d in right]
            case Number():
                yield figure(float(right), kind.unit, way)
            case Series():
                listed = [figure(float(x), kind.unit, way) for x in right]
                labels = kind.labels(case)
                yield dict(zip(map(str, labels), listed, strict=True)) if way else listed
            case Choice():
                letter = chr(ord("a") + [o.id for o in kind.options].index(right))
                yield (
                    letter,
                    *[texts([o], w)[right] for w in (1, 2) for o in kind.options if o.id == right],
                )[way]
            case Several():
                named = texts(kind.options, way)
                yield [named[i] for i in sorted(right)]
            case Order():
                named = texts(kind.items, way)
                yield [named[i] for i in right]
            case Match():
                items, targets = texts(kind.items, way), texts(kind.targets, way)
                yield {items[k]: targets[v] for k, v in right.items()}
            case Find():
                among = kind.among(case)
                one = right if isinstance(right, str) else sorted(right)[0]
                label = among[one] if isinstance(among, Mapping) else one
                yield (one, label, f" {str(label).upper()} ")[way]
            case Rule():
                line = " and ".join(
                    kind._line({m.column: right[m.column]}) for m in kind.menus
                    if right[m.column] != "any"
                )  # fmt: skip
                menus = {m.column: m.options()[right[m.column]] for m in kind.menus}
                yield (dict(right), menus, line)[way]
            case Sheet():
                yield {**right, **SHEETS[case.exercise.id][way]}
            case _:
                raise AssertionError(kind)


@pytest.mark.parametrize("e", ALL, ids=lambda e: e.id)
def test_three_answers_of_an_expert_are_right(e: Exercise) -> None:
    with speaking("en"):
        case = e.case(SEED)
        found = [(a, judge(case, a)) for a in answers(case)]
    assert len(found) == 3
    for answer, told in found:
        assert told.state == "right", (answer, told.message)


def test_every_form_of_own_words_has_three() -> None:
    own = {e.id for e in ALL if isinstance(e.kind, Sheet)}
    assert own == set(SHEETS)
    assert all(len(three) == 3 for three in SHEETS.values())


DRAWN = tuple(e for e in ALL if e.draw is not None)
#: These read a file or keep a log for every learner: a second for three of them.
READING = {"L02.7", "L10.8", "L12.11"}


def test_the_right_answer_is_right_for_three_hundred_learners() -> None:
    """Of every exercise with drawn numbers; a mistake never counts as the answer it is not."""
    assert len(DRAWN) >= 50
    for e in DRAWN:
        for seed in range(1, 9 if e.id in READING else 301):
            case = e.case(seed)
            assert judge(case, case.right).state == "right", (e.id, seed)


def test_the_verdicts_of_the_log_follow_the_rule_from_what_is_shown() -> None:
    """L10.8, read off the table by somebody who knows only the rule of the question."""
    for seed in range(1, 5):
        case = next(e for e in ALL if e.id == "L10.8").case(seed)
        assert case.exercise.show is not None
        shown = case.exercise.show(case)
        told = {}
        for k, row in enumerate(shown.itertuples(index=False), 1):
            sizes = [int(str(cell).split("n=")[1].rstrip(")")) for cell in (row[2], row[3])]
            low, high = (float(x) for x in str(row[5]).replace("−", "-").split(" … "))
            better = "worked" if "win" in str(row[1]).lower() else "worse"
            other = "worse" if better == "worked" else "worked"
            told[f"a{k}"] = (
                "too_early" if min(sizes) < 20
                else better if low > 0 else other if high < 0 else "not_shown"
            )  # fmt: skip
        assert judge(case, told).state == "right", (seed, told, case.right)
