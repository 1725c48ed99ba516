"""The room: hand-made progress files, worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.teach.bank import exercise
from funnelkit.teach.workshop.collect import collect, gain_of, hint_of
from funnelkit.words import speaking


def put(path: Path, seed: int, *events: tuple[Any, ...], learner: str = "") -> None:
    told = []
    for kind, id, *rest in events:
        facts = dict(zip(("state", "mistake", "test"), rest, strict=False))
        told.append({"event": kind, "at": "2026-11-23T10:00:00+08:00", "exercise": id, **facts})
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"version": 1, "seed": seed, "learner": learner, "events": told})
    path.write_text(text, "utf-8")


@pytest.fixture
def room(tmp_path: Path) -> Path:
    slip = exercise("L01.4").mistakes[0].id
    put(
        tmp_path / "funnelkit-progress-01.json", 11,
        ("answer", "Q.1", "wrong", "", "pre"), ("answer", "Q.2", "wrong", "", "pre"),
        ("answer", "L01.4", "known_mistake", slip), ("hint", "L01.4"),
        ("answer", "L01.4", "known_mistake", slip),
        ("answer", "L01.2", "right", ""),
        ("answer", "Q.1", "right", "", "post"), ("answer", "Q.2", "wrong", "", "post"),
    )  # fmt: skip
    put(
        tmp_path / "seat2" / "funnelkit-progress.json", 12,
        ("answer", "Q.1", "right", ""), ("answer", "Q.2", "wrong", ""),
        ("answer", "L01.4", "known_mistake", slip), ("answer", "L01.4", "right", ""),
        ("answer", "Q.1", "right", ""), ("answer", "Q.2", "right", ""),
    )  # fmt: skip
    put(tmp_path / "copy" / "funnelkit-progress.json", 12, ("answer", "Q.1", "right", ""))
    (tmp_path / "funnelkit-progress-03.json").write_text('{"version": 1, "seed"', "utf-8")
    (tmp_path / "funnelkit-progress-04.json").write_text('{"version": 1, "seed": 4, "events": [7]}')
    return tmp_path


def test_who_is_stuck_and_where(room: Path) -> None:
    found = collect(room)
    people = found.learners.set_index("learner")
    assert list(people.index) == ["01", "seat2"]
    assert list(people["stuck"]) == ["L01.4", ""]
    assert list(people["right"]) == [1, 1]
    assert list(people["tries"]) == [3, 2]
    assert list(people["hints"]) == [1, 0]
    task = found.exercises.set_index("exercise").loc["L01.4"]
    assert dict(task) == {"learners": 2, "right": 1, "stuck": 1, "tries": 4, "hints": 1}


def test_misconceptions_are_told_in_their_own_words(room: Path) -> None:
    first = collect(room).mistakes.iloc[0]
    assert (first["exercise"], first["learners"], first["times"]) == ("L01.4", 2, 3)
    assert first["hint"] == str(exercise("L01.4").mistakes[0].hint)
    with speaking("zh"):
        assert hint_of("L01.4", str(first["mistake"])) == exercise("L01.4").mistakes[0].hint.zh


@pytest.mark.parametrize(
    ("id", "mistake"), [("L01.3", "fault_to"), ("L01.5", "took_cohort"), ("L01.6", "c01_as_need")]
)
def test_every_kind_of_slip_has_its_text(id: str, mistake: str) -> None:
    assert len(hint_of(id, mistake)) > 20
    assert hint_of(id, "no such") == hint_of("L99.1", mistake) == ""


def test_damaged_files_and_copies_are_named_and_set_aside(room: Path) -> None:
    found = collect(room)
    assert found.damaged == ("funnelkit-progress-03.json", "funnelkit-progress-04.json")
    assert found.double == ("copy/funnelkit-progress.json",)
    assert (room / "funnelkit-progress-03.json").exists()


def test_gain_by_hand(room: Path) -> None:
    """Learner 01: 0 of 2 to 1 of 2; learner seat2: 1 of 2 to 2 of 2.

    Both gain a half, so the spread is nothing. Before 1/4, after 3/4.
    """
    g = collect(room).gain
    assert g is not None
    assert (g.learners, g.before, g.after, g.low, g.high) == (2, 0.25, 0.75, 0.5, 0.5)


def test_interval_by_hand() -> None:
    """Gains 0.1, 0.2, 0.3: mean 0.2, s 0.1, t(2) 4.3027: 0.2 ± 4.3027 · 0.1 / √3 = ± 0.2484."""
    g = gain_of([0.5, 0.5, 0.5], [0.6, 0.7, 0.8])
    assert g is not None
    assert g.low == pytest.approx(-0.0484, abs=1e-4)
    assert g.high == pytest.approx(0.4484, abs=1e-4)
    assert gain_of([], []) is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_page_and_tables(room: Path, tmp_path: Path, language: str) -> None:
    with speaking(language):
        made = collect(room).save(tmp_path / "out" / "room.html")
    assert [p.name for p in made] == [
        "room-learners.csv", "room-exercises.csv", "room-mistakes.csv", "room.html",
    ]  # fmt: skip
    text = made[-1].read_text("utf-8")
    assert "funnelkit-progress-03.json" in text
    assert "http" not in text
    assert made[0].read_bytes().startswith(b"\xef\xbb\xbf")


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(FunnelkitError) as caught:
        collect(tmp_path)
    assert caught.value.key == "workshop.no_progress"
