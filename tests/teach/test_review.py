"""Spaced review: the days are counted by hand on a calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from funnelkit.cli import app
from funnelkit.teach.bank import exercises
from funnelkit.teach.check import judge
from funnelkit.teach.kinds.choices import Match, Several
from funnelkit.teach.learner import progress as progress_module
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.review import Due, answer, case_of, coming, due
from funnelkit.teach.terminal import one, review_all
from funnelkit.words import speaking


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def learner(**first: str) -> Progress:
    events = [
        {"event": "answer", "exercise": id.replace("_", "."), "state": "right", "mistake": "",
         "at": f"{at}T23:30:00+08:00"}
        for id, at in first.items()
    ]  # fmt: skip
    return Progress(None, 7, events)


def reviewed(kept: Progress, id: str, on: str, state: str) -> None:
    kept.record("review", exercise=id, round=3, day=on, state=state, mistake="")


def ids(kept: Progress, on: str) -> list[tuple[str, int]]:
    return [(d.exercise, d.round) for d in due(kept, day(on))]


def test_three_days_ten_days_thirty_days() -> None:
    kept = learner(L03_4="2026-02-26")
    # February 2026 has 28 days: 26 + 3 = 1 March, + 10 = 8 March, + 30 = 28 March
    assert ids(kept, "2026-02-28") == []
    assert ids(kept, "2026-03-01") == [("L03.4", 3)]
    reviewed(kept, "L03.4", "2026-03-01", "right")
    assert ids(kept, "2026-03-02") == []
    assert ids(kept, "2026-03-07") == []
    assert ids(kept, "2026-03-08") == [("L03.4", 10)]
    reviewed(kept, "L03.4", "2026-03-09", "right")
    assert ids(kept, "2026-03-27") == []
    assert ids(kept, "2026-03-28") == [("L03.4", 30)]
    reviewed(kept, "L03.4", "2026-03-28", "right")
    assert ids(kept, "2027-01-01") == []
    assert coming(kept, day("2027-01-01")) is None


def test_a_wrong_review_comes_again_the_next_day() -> None:
    kept = learner(L03_4="2026-05-01")
    reviewed(kept, "L03.4", "2026-05-04", "wrong")
    assert ids(kept, "2026-05-04") == []
    assert coming(kept, day("2026-05-04")) == day("2026-05-05")
    assert ids(kept, "2026-05-05") == [("L03.4", 3)]


def test_whoever_comes_late_is_asked_once() -> None:
    kept = learner(L03_4="2026-05-01", L05_2="2026-05-08")
    # on 13 May: L03.4 was due on 4 and 11 May, L05.2 on 11 May
    assert ids(kept, "2026-05-13") == [("L03.4", 10), ("L05.2", 3)]
    reviewed(kept, "L03.4", "2026-05-13", "right")
    assert ids(kept, "2026-05-14") == [("L05.2", 3)]
    assert coming(kept, day("2026-05-14")) == day("2026-05-18")


def test_the_first_right_answer_counts_and_nothing_else() -> None:
    kept = learner(L03_4="2026-05-01")
    kept.events.insert(0, {"event": "answer", "exercise": "L03.5", "state": "wrong", "mistake": "",
                           "at": "2026-04-01T09:00:00+08:00"})  # fmt: skip
    kept.events += learner(L03_4="2026-05-20").events
    kept.events += learner(X_1="2026-05-01", L01_1="2026-05-01").events
    assert ids(kept, "2026-05-04") == [("L03.4", 3)]


def test_an_answer_is_kept_unless_it_cannot_be_read() -> None:
    kept, item = learner(L03_6="2026-05-01"), Due("L03.6", day("2026-05-01"), 3)
    today = day("2026-05-04")
    assert answer(item, "soon", kept, today).state == "type"
    assert ids(kept, "2026-05-04") == [("L03.6", 3)]
    right = case_of(item, kept).right
    assert answer(item, right, kept, today).state == "right"
    assert ids(kept, "2026-05-04") == []


def _typed(right: Any, case: Any) -> list[str]:
    """What a person types who knows the answer and takes options by their number."""
    entries = case.exercise.kind.entries(case)
    if isinstance(case.exercise.kind, Several):
        return [", ".join(str(k) for k, e in enumerate(entries, 1) if e.name in right)]
    lines = []
    for k, entry in enumerate(entries):
        if isinstance(right, dict):
            value = right[entry.name]
        elif isinstance(right, list | tuple):
            value = right[k]
        else:
            value = sorted(right)[0] if isinstance(right, set | frozenset) else right
        names = [id for id, _ in entry.options]
        lines.append(str(names.index(value) + 1) if names else str(value))
    return lines


def _one_of_each_kind() -> list[str]:
    found: dict[type, str] = {}
    for e in exercises():
        if e.data == "firm" or not isinstance(e.kind, Match):
            found.setdefault(type(e.kind), e.id)
    return sorted(found.values())


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("id", _one_of_each_kind())
def test_every_kind_can_be_typed(id: str, language: str) -> None:
    with speaking(language):
        case = next(e for e in exercises() if e.id == id).case(5)
        lines = iter(_typed(case.right, case))
        told: list[str] = []
        given = one(case, lambda label: next(lines), told.append)
        assert judge(case, given).state == "right"
        assert told
        assert next(lines, None) is None


def test_a_round_in_the_terminal() -> None:
    kept = learner(L03_6="2026-05-01", L06_12="2026-05-01", L09_11="2026-05-01")
    today = day("2026-05-04")
    speed, chosen = (case_of(Due(id, today, 3), kept) for id in ("L03.6", "L06.12"))
    mistake = speed.exercise.mistakes[0]
    entries = chosen.exercise.kind.entries(chosen)
    number = [id for id, _ in entries[0].options].index(chosen.right) + 1
    lines = iter([str(mistake.given(speed)), str(number), ""])
    told: list[str] = []
    assert review_all(kept, today, lambda label: next(lines), told.append) == 1
    text = "\n".join(told)
    assert "3 questions are due today" in text
    assert str(mistake.hint) in text
    assert "It comes again tomorrow." in text
    assert told[-1] == "1 of 2 still right."
    assert ids(kept, "2026-05-04") == [("L09.11", 3)]


def test_the_questions_of_the_tests_are_never_asked_in_a_review() -> None:
    kept = learner(Q_1="2026-05-01", Q_11="2026-05-01", L03_6="2026-05-01")
    assert ids(kept, "2026-06-30") == [("L03.6", 30)]
    assert coming(learner(Q_1="2026-05-01"), day("2026-05-02")) is None


def test_what_cannot_be_read_is_asked_once_more_and_not_kept() -> None:
    kept, today = learner(L03_6="2026-05-01"), day("2026-05-04")
    lines = iter(["soon", "later"])
    told: list[str] = []
    assert review_all(kept, today, lambda label: next(lines), told.append) == 0
    assert told[-1] == "0 of 0 still right."
    assert "tomorrow" not in "".join(told)
    assert ids(kept, "2026-05-04") == [("L03.6", 3)]


def test_nothing_due_names_the_next_day() -> None:
    told: list[str] = []
    with speaking("zh"):
        review_all(learner(L06_12="2026-05-01"), day("2026-05-02"), lambda label: "q", told.append)
    assert told == ["今天没有要复习的题。", "下一道题在2026年5月4日复习。"]


@pytest.fixture
def at_hand(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FUNNELKIT_PROGRESS", "-")
    monkeypatch.setitem(progress_module._here, "-", learner(L06_12="2020-01-01"))
    with speaking("en"):
        yield


def test_the_command_asks_in_the_language_asked_for(at_hand: None) -> None:
    found = CliRunner().invoke(app, ["review", "--lang", "zh"], input="4\n")
    assert found.exit_code == 0
    assert "今天要复习 1 题" in found.output
    assert "正确" in found.output
    assert "仍答对 1 题" in found.output


def test_the_end_of_the_input_ends_the_round(at_hand: None) -> None:
    found = CliRunner().invoke(app, ["review"], input="")
    assert found.exit_code == 0
    assert "0 of 0 still right." in found.output
