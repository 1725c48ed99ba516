"""What a room keeps: people, answers, doors, teams; nothing half, nothing twice."""

from __future__ import annotations

import json
import sqlite3
import stat
import sys
from pathlib import Path

import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.room.brake import Brake
from funnelkit.room.doors import door_of, doors, page_of
from funnelkit.room.open import take
from funnelkit.room.record import Record
from funnelkit.room.store import Store
from funnelkit.teach.site.shelf import Shelf
from funnelkit.words import speaking


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "room.sqlite")


def test_a_name_is_one_person_however_it_is_written(store: Store) -> None:
    anna = store.join("Anna", "lighthouse")
    assert store.find("ANNA") == anna
    with pytest.raises(FunnelkitError):
        store.join("anna", "another")
    assert [p.name for p in store.people()] == ["Anna"]


def test_a_word_is_kept_as_no_word(store: Store, tmp_path: Path) -> None:
    anna = store.join("Anna", "Lighthouse")
    assert store.knows(anna, "lighthouse")
    assert not store.knows(anna, "lighthous")
    told = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert b"ighthouse" not in told
    # the trainer takes it away: the next one counts, and old tickets are none
    ticket = store.admit(anna.id)
    store.forget_word(anna.id)
    assert store.whose(ticket) == (False, None)
    assert store.knows(anna, "harbour")
    assert not store.knows(anna, "lighthouse")


def test_everybody_has_other_numbers(store: Store) -> None:
    for k in range(60):
        store.join(f"Person {k}", "word")
    assert len({p.seed for p in store.people()}) == 60


def test_a_ticket_is_a_secret_that_only_the_browser_has(store: Store, tmp_path: Path) -> None:
    anna = store.join("Anna", "lighthouse")
    ticket, leader = store.admit(anna.id), store.admit(None)
    assert store.whose(ticket) == (True, anna.id)
    assert store.whose(leader) == (True, None)
    assert store.whose("") == (False, None)
    told = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert ticket.encode() not in told


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such bits")
def test_only_this_account_reads_the_file(store: Store) -> None:
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_code_and_key_stay_when_the_room_is_opened_again(tmp_path: Path) -> None:
    first = Store(tmp_path / "room.sqlite")
    code, key = first.code, first.key
    first.close()
    again = Store(tmp_path / "room.sqlite")
    assert (again.code, again.key) == (code, key)
    assert len(code) == 6
    assert not set(code) & set("IO01L")


def test_what_is_no_file_of_a_room_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("a diary of nothing much" * 99)
    with pytest.raises(FunnelkitError, match=r"notes\.txt"):
        Store(tmp_path / "notes.txt")
    with pytest.raises(FunnelkitError):
        Store(tmp_path)


def test_a_test_is_kept_whole_or_not_at_all(store: Store) -> None:
    anna = store.join("Anna", "lighthouse")
    record = Record.of_person(store, anna)
    for k in range(20):
        record.record("answer", exercise=f"Q.{k}", state="right", test="pre")
    assert store.events(anna.id) == []
    assert record.commit() == 20
    assert [e["exercise"] for e in store.events(anna.id)] == [f"Q.{k}" for k in range(20)]
    assert record.commit() == 0
    assert Record.of_person(store, anna).count("answer", "Q.7") == 1


def test_a_full_disk_is_said_and_nothing_half_is_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = store.join("Anna", "lighthouse")
    record = Record.of_person(store, anna)
    record.record("answer", exercise="L01.1", state="right")

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(store, "add", full)
    assert record.commit() == 0
    assert "disk is full" in record.notice()
    monkeypatch.undo()
    assert record.commit() == 1


def test_a_month_is_decided_once(store: Store) -> None:
    anna, bob = store.join("Anna", "lighthouse"), store.join("Bob", "harbour")
    assert store.move("1", 1, 40, anna.id)
    assert not store.move("1", 1, 80, bob.id)
    assert not store.move("1", 3, 80, bob.id)
    assert store.move("1", 2, 60, bob.id)
    assert [(m.hours, m.by) for m in store.moves("1")] == [(40, "Anna"), (60, "Bob")]
    assert store.moves("2") == []


def test_at_first_the_test_and_the_first_lesson_are_open(store: Store) -> None:
    shelf = Shelf()
    with speaking("en"):
        open_ = doors(shelf, store)
        assert [n for n, is_open in open_.items() if is_open] == ["before", "L01", "apps"]
        store.open(["L02", "L03"], True)
        store.open(["L01"], False)
        open_ = doors(shelf, store)
        assert [n for n, is_open in open_.items() if is_open] == ["before", "L02", "L03", "apps"]
        # whatever lies behind a door is found behind it
        assert all(door_of(page_of(n)) in (n, "") for n in open_)


def test_ten_wrong_tries_a_minute_are_judged_and_no_more() -> None:
    now = [0.0]
    brake = Brake(clock=lambda: now[0])
    assert [brake.turn("a") for _ in range(1000)].count(True) == 10
    assert brake.turn("b")
    now[0] = 59.0
    assert not brake.turn("a")
    now[0] = 61.0
    assert brake.turn("a")
    # whoever was right is not counted, however many come together
    for _ in range(50):
        assert brake.turn("c")
        brake.right("c")
    assert [brake.pause("d"), brake.pause("a") > 0] == [0.0, True]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_learners_of_the_site_go_on_in_the_room(store: Store, tmp_path: Path, lang: str) -> None:
    # files as the course's site saves them, two learners with the same set of numbers
    def answer(id: str, state: str) -> dict[str, str]:
        return {"event": "answer", "at": "2026-11-29T10:00:00+08:00", "exercise": id,
                "state": state, "mistake": "", "filled": "{}"}  # fmt: skip

    handed = tmp_path / "handed-in"
    handed.mkdir()
    for name, events in (
        ("王小明", [answer("L01.2", "right"), answer("L01.3", "wrong")]),
        ("Ann  Smith", [answer("L01.2", "wrong")]),
        ("Bob", []),
    ):
        file = handed / f"funnelkit-progress-{name.split()[0]}.json"
        kept = {"version": 1, "seed": 7, "learner": name, "events": events}
        file.write_text(json.dumps(kept, ensure_ascii=False), "utf-8")
    (handed / "funnelkit-progress-torn.json").write_text("{", "utf-8")
    bob = store.join("Bob", "harbour")
    said: list[str] = []
    with speaking(lang):
        take(store, handed, said.append)
    assert "2" in said[0]
    assert "Bob" in said[1]
    assert "torn" in said[2]
    ming, ann = store.find("王小明"), store.find("ann smith")
    assert ming is not None
    assert ann is not None
    assert len({ming.seed, ann.seed, bob.seed}) == 3
    assert 7 in (ming.seed, ann.seed)
    record = Record.of_person(store, ming)
    assert record.right("L01.2")
    assert not record.right("L01.3")
    assert [e["state"] for e in store.events(ann.id)] == ["wrong"]
    assert store.events(bob.id) == []
    # the word is chosen at the door, once
    assert store.knows(ming, "lighthouse")
    assert not store.knows(ming, "another")
    # a second time nothing is taken twice
    with speaking(lang):
        take(store, handed, said.append)
    assert len(store.people()) == 3
    assert len(store.events(ming.id)) == 2
