"""Exercises as they are written: solutions in words, both languages, no code and no ids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from funnelkit.teach import source
from funnelkit.teach.bank import exercises
from funnelkit.teach.check import worked
from funnelkit.teach.exercise import Exercise
from funnelkit.teach.kinds.formula import NoFormula, work_out
from funnelkit.teach.kinds.numbers import plain_number
from funnelkit.words import speaking

ALL = exercises()
every = pytest.mark.parametrize("e", ALL, ids=lambda e: e.id)
_CODE = re.compile(
    r"\breturn\b|case\[|lambda|==|&&|\{|\}|\w\(\w+\)|[a-z]+_[a-z]+|\bnan\b|object at"
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: What no field of a form and no question asks for by name where nobody has to program.
_STATISTICS = re.compile(r"holm|tarone|benjamini|brier|布里尔|wilson|fisher|p-value|p 值", re.I)


def ids(e: Exercise) -> set[str]:
    """Ids of options that no reader would take for a word of the language."""
    options = [*getattr(e.kind, "options", ()), *getattr(e.kind, "items", ())]
    return {o.id for o in options if re.fullmatch(r"[a-z]+\d+|\w*_\w*", o.id)}


@every
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_solution_holds_words_and_numbers_no_code_and_no_ids(e: Exercise, language: str) -> None:
    with speaking(language):
        for seed in (1, 271828):
            text = worked(e.case(seed))
            assert not _CODE.search(text), _CODE.search(text)
            said = set(re.findall(r"[a-z]\w*", text))
            assert not said & ids(e), said & ids(e)
            assert bool(_CHINESE.search(text)) == (language == "zh") or not re.search("[a-z]", text)


@every
def test_what_is_worked_out_has_a_written_solution(e: Exercise) -> None:
    chosen = {"Choice", "Several", "Order", "Match", "Sheet", "Rule"}
    assert e.solution is not None or type(e.kind).__name__ in chosen


@every
def test_no_exercise_asks_for_a_program_or_a_statistic_by_name(e: Exercise) -> None:
    for language in ("en", "zh"):
        with speaking(language):
            case = e.case(1)
            asked = [
                str(e.prompt),
                *(str(h) for h in e.hints),
                *(x.label for x in e.kind.entries(case)),
            ]
            asked += [text for x in e.kind.entries(case) for _, text in x.options]
            for text in asked:
                assert not _STATISTICS.search(text), text
                assert not re.search(r"==|>=|<=|[a-z]+_[a-z]+ ?[<>=]", text), text


def texts(found: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(found, dict):
        if found.keys() & {"en", "zh"}:
            yield path, found
        else:
            for key, value in found.items():
                yield from texts(value, f"{path}.{key}")
    elif isinstance(found, list):
        for place, value in enumerate(found):
            yield from texts(value, f"{path}.{place}")


@pytest.mark.parametrize("lesson", source.lessons())
def test_every_text_is_there_in_both_languages(lesson: str) -> None:
    for path, text in texts(source.document(lesson)[0]):
        assert set(text) == {"en", "zh"}, path
        assert str(text["en"]).strip(), path
        assert str(text["zh"]).strip(), path
        assert not _CHINESE.search(str(text["en"])), path


def test_no_sentence_is_left_in_the_functions() -> None:
    import funnelkit.teach.bank as bank

    for file in Path(bank.__path__[0]).rglob("*.py"):
        prose = [
            line
            for line in file.read_text("utf-8").splitlines()
            if _CHINESE.search(re.sub(r'r"[^"]*"|"zh": \("[^)]*\)', "", line))
        ]
        assert not prose, (file.name, prose)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("30/120", 0.25), ("1 - 0.95^2", 0.0975), ("120 × 25 %", 30), ("15 points", 0.15),
        ("15 pp", 0.15), ("15个百分点", 0.15), ("60,000 CNY", 60000), ("¥60,000", 60000),
        ("about 50k", 50000), ("60 000", 60000), ("60 h", 60), ("约 6 万", 60000), ("3.5万", 35000),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(written: str, number: float) -> None:
    assert plain_number(written) == pytest.approx(number)


@pytest.mark.parametrize(
    "text",
    ["__import__('os')", "9**9**9", "(1).real", "n", "1/0", "'a'*9", "[1]", "2**1000", "max()"],
)
def test_a_sum_is_nothing_but_a_sum(text: str) -> None:
    with pytest.raises(NoFormula):
        work_out(text)
