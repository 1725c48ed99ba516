"""The twenty questions: the printed numbers of the curriculum, both tests kept and compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.teach.bank import exercise
from funnelkit.teach.build import bare
from funnelkit.teach.check import judge
from funnelkit.teach.editions.quiz_page import quiz_notebook
from funnelkit.teach.exercise import Case
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.quiz import case_of, gain, hand_in, questions, quiz
from funnelkit.words import speaking

ROOT = Path(__file__).parents[2]


def given(number: int, **values: Any) -> Case:
    return replace(exercise(f"Q.{number}"), draw=lambda r: values).case(1)


# number, what is drawn, the right answer, wrong answers with the misconception each stands for
PRINTED: tuple[tuple[int, dict[str, Any], Any, dict[str, Any]], ...] = (
    (3, {"n": 100, "neat": 60, "jumped": 30, "onward": 24, "won": 27}, 0.27, {"neat_only": 0.12}),
    (4, {"won": 20, "lost": 60, "open": 120}, [0.25, 0.10], {"swapped": [0.10, 0.25]}),
    (6, {"a0": 0.40, "a1": 0.36, "b0": 0.12, "b1": 0.10}, -0.03, {"total": 0.078, "mix": 0.108}),
    (9, {"target": 10, "booked": 4, "open": 15}, 2.5, {"whole": 1.5}),
    (10, {"win": 0.2, "share": 0.3}, 3.5, {"one_over": 5}),
    (11, {"cut": 0.1}, 0.1111, {"the_same": 0.1}),
    (12, {"wins": 150}, 4133, {"each_step": 4137, "down": 4132}),
    (13, {"n": 76}, 121.6, {"no_delay": 150.5}),
    (14, {"month": 3}, 7.5, {"heads": 10}),
    (15, {"off": 0.1, "margin": 0.4}, 0.3333, {"the_same": 0.1}),
    (16, {"f": (10, 12, 9, 15), "a": (8, 12, 10, 12)}, 0.1429, {"mape": 0.15, "bias": 0.0952}),
    (18, {"p": 0.25, "margin": 1_200_000, "cost": 80_000}, 220_000, {"no_cost": 300_000}),
)


@pytest.mark.parametrize(("number", "drawn", "right", "wrong"), PRINTED, ids=lambda x: str(x)[:4])
def test_printed_numbers(
    number: int, drawn: dict[str, Any], right: Any, wrong: dict[str, Any]
) -> None:
    case = given(number, **drawn)
    assert judge(case, right).state == "right"
    for name, answer in wrong.items():
        assert judge(case, answer).mistake == name


@pytest.mark.parametrize(
    ("number", "letter"),
    [(1, "b"), (2, "b"), (5, "b"), (7, "b"), (8, "a"), (17, "c"), (19, "c"), (20, "c")],
)
def test_chosen_answers(number: int, letter: str) -> None:
    case = exercise(f"Q.{number}").case(1)
    for one in "abc":
        found = judge(case, one)
        assert found.state == ("right" if one == letter else "known_mistake")


def test_twenty_questions_of_about_a_minute() -> None:
    asked = questions()
    assert [e.id for e in asked] == [f"Q.{k}" for k in range(1, 21)]
    assert all(e.minutes == 1 for e in asked)


def test_no_invented_figure_of_forgetting() -> None:
    bank = ROOT / "funnelkit" / "teach" / "bank" / "quiz.py"
    assert "87" not in bank.read_text("utf-8")


def answers(when: str, kept: Progress, right: set[int]) -> dict[str, Any]:
    return {
        e.id: case_of(e, when, kept.seed).right
        for e in questions()
        if int(e.id.split(".")[1]) in right
    }


def test_both_tests_are_kept_and_compared() -> None:
    kept = Progress(None, 3, [])
    assert gain(kept).table.empty
    first = hand_in("before", answers("before", kept, {1, 2, 3, 4, 5, 6}), progress=kept)
    assert first.right == 6
    assert first.states["Q.7"] == "not_answered"
    again = hand_in("before", answers("before", kept, set(range(1, 21))), progress=kept)
    assert "first one counts" in repr(again)
    hand_in("after", answers("after", kept, {1}), progress=kept)
    # the last test after counts: 4 to 18 right, that is 15; 1, 2 and 3 are gone again
    hand_in("after", answers("after", kept, set(range(4, 19))), progress=kept)
    found = gain(kept)
    assert found.table["before"].sum() == 6
    assert found.table["after"].sum() == 15
    assert repr(found) == "Before 6 of 20 right, after 15: 12 learned, 3 gone again."
    with speaking("zh"):
        assert "新掌握 12 题" in repr(found)
        assert "课前" in found._repr_html_()


def test_the_second_test_has_other_numbers_throughout() -> None:
    """For 300 learners no question after the course has an answer that was right before it."""
    for seed in range(1, 301):
        for e in questions():
            before, after = (case_of(e, when, seed) for when in ("before", "after"))
            if e.draw is None:
                assert before.exercise.prompt != after.exercise.prompt
                continue
            assert dict(before.values) != dict(after.values), (seed, e.id)
            assert judge(after, before.right).state != "right", (seed, e.id)


def test_the_questions_after_the_course_ask_as_much() -> None:
    for e in questions():
        after = case_of(e, "after", 1).exercise
        assert type(after.kind) is type(e.kind)
        if e.draw is None:
            held = [o for o in after.kind.options if o.right]  # type: ignore[attr-defined]
            assert len(held) == 1
            assert all(str(o.why) for o in after.kind.options)  # type: ignore[attr-defined]


def test_the_first_test_tells_nothing() -> None:
    kept = Progress(None, 3, [])
    told = repr(hand_in("before", {"Q.11": 0.1, "Q.1": "b"}, progress=kept))
    assert told.startswith("Kept: 2 of 20")
    event = next(kept.of("answer", "Q.11"))
    assert (event["mistake"], event["test"]) == ("the_same", "pre")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_form_hands_in_what_was_filled_in(language: str) -> None:
    with speaking(language):
        kept = Progress(None, 3, [])
        asked = quiz("before", progress=kept)
        assert "Q.20" in asked.page()
        assert "Q.20" in repr(asked)
        widget = asked.widget()
        radio = next(c for c in widget.children if type(c).__name__ == "RadioButtons")
        radio.value = radio.options[1][1]
        widget.children[-2].click()
        assert not list(kept.of("answer", "Q.1"))  # nineteen are open: asked first
        widget.children[-3].value = True
        widget.children[-2].click()
        assert next(kept.of("answer", "Q.1"))["state"] == "right"
        assert widget.children[-1].value


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_stored_page_is_fresh(language: str) -> None:
    path = ROOT / "notebooks" / language / "quiz.ipynb"
    stored = nbformat.read(path, as_version=4)
    assert bare(stored) == bare(quiz_notebook(language))
    text = path.read_text("utf-8")
    assert "Q.20" in text
    assert "Traceback" not in text


def test_there_are_two_tests() -> None:
    with pytest.raises(FunnelkitError, match="before"):
        quiz("later", progress=Progress(None, 1, []))  # type: ignore[arg-type]
