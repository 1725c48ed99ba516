"""Agendas: clock times worked out by hand, breaks, slack, the share of exercises."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.teach.bank import exercises
from funnelkit.teach.build import MASTERS
from funnelkit.teach.editions.master import Front, masters
from funnelkit.teach.workshop.agenda import BREAK, LUNCH, NAMES, SLACK, build_agenda, cuts

FRONTS = [m.front for m in masters(MASTERS)]
every = pytest.mark.parametrize("name", NAMES)


def front(id: str, teach: int, practice: int) -> Front:
    known = next(f for f in FRONTS if f.id == id)
    return known.model_copy(update={"teach_minutes": teach, "exercise_minutes": practice})


def test_a_half_day_of_two_lessons_by_hand() -> None:
    """L01 asks for 45 min, with a quarter on top 56: a slot of 60; L03 for 60: 75.

    20 + 60 would be more than 75 without a break, so one stands before L01; what is left of the
    240 minutes is open for questions.
    """
    agenda = build_agenda("half-day", [front("L01", 16, 29), front("L03", 22, 38)])
    assert [(r.clock, r.block.kind) for r in agenda.rows] == [
        ("09:00-09:20", "guess"),
        ("09:20-09:35", "break"),
        ("09:35-10:35", "lesson"),
        ("10:35-10:50", "break"),
        ("10:50-12:05", "lesson"),
        ("12:05-12:20", "break"),
        ("12:20-12:30", "own"),
        ("12:30-12:45", "break"),
        ("12:45-13:00", "commit"),
    ]
    assert agenda.missing == ("L02", "L05", "L11")
    lesson = agenda.rows[2].block
    assert (lesson.teach, lesson.doing, lesson.slack) == (16, 29, 15)


@every
def test_the_day_is_whole(name: str) -> None:
    agenda = build_agenda(name, FRONTS, "08:30")
    span = 240 if name == "half-day" else 510
    assert len(agenda.days) == (2 if name == "two-day" else 1)
    for day in agenda.days:
        assert sum(r.block.minutes for r in day) == span
        assert day[0].begins == dt.time(8, 30)
        assert day[-1].ends == (dt.time(12, 30) if span == 240 else dt.time(17, 0))
        assert all(a.ends == b.begins for a, b in pairwise(day))
        kinds = [r.block.kind for r in day]
        assert kinds.count("lunch") == (span == 510)
        assert kinds[-1] in ("commit", "lesson", "own")


@every
def test_breaks_slack_and_exercises(name: str) -> None:
    agenda = build_agenda(name, FRONTS)
    assert agenda.longest_stretch <= 75
    assert agenda.exercise_share >= 0.4
    for block in (r.block for r in agenda.rows):
        if block.kind in ("break", "lunch"):
            assert block.minutes <= LUNCH + BREAK
            continue
        assert block.minutes >= SLACK * block.work
        if block.kind == "lesson":
            assert block.doing >= 0.4 * block.work
            assert block.exercises, block.name
            both = {e.id for e in (*block.exercises, *block.homework)}
            assert both == {e.id for e in exercises(block.name)}


@every
def test_what_is_cut_first_is_never_a_debrief(name: str) -> None:
    found = cuts(build_agenda(name, FRONTS))
    assert {c.key for c in found} <= {"whatif", "homework", "game"}
    order = [("whatif", "homework", "game").index(c.key) for c in found]
    assert order == sorted(order)
    assert all(c.minutes > 0 for c in found)


@pytest.mark.parametrize(
    ("name", "start", "key"),
    [
        ("three-day", "09:00", "workshop.unknown_agenda"),
        ("one-day", "nine", "workshop.bad_start"),
        ("one-day", "25:00", "workshop.bad_start"),
        ("half-day", "20:01", "workshop.too_late"),
    ],
)
def test_wrong_input_is_told(name: str, start: str, key: str) -> None:
    with pytest.raises(FunnelkitError) as caught:
        build_agenda(name, FRONTS, start)
    assert caught.value.key == key


def test_a_day_may_end_at_midnight() -> None:
    assert build_agenda("half-day", FRONTS, "20:00").rows[-1].ends == dt.time(0, 0)
