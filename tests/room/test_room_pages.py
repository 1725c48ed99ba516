"""What a participant and the trainer see, without a server."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from funnelkit.apps.source import Source
from funnelkit.room.seat import Seat
from funnelkit.room.store import Store
from funnelkit.room.trainer import Trainer
from funnelkit.room.whatifs import LISTED, WhatIfs
from funnelkit.teach.bank import exercise, exercises
from funnelkit.teach.quiz import case_of, questions
from funnelkit.teach.site.course import NoPage
from funnelkit.teach.site.shelf import Shelf
from funnelkit.words import say, speaking

GUESS = {"lead": "100", "contact": "60", "need": "30", "proposal": "15", "negotiation": "8",
         "close": "4"}  # fmt: skip
MARK = """<zzq>" zzq=1 ' zzq=1 </script><zzq>"""


class Hall:
    """A room without a server."""

    def __init__(self, file: Path) -> None:
        self.store = Store(file)
        self.seat = Seat(Shelf(), self.store, WhatIfs(Source("tiny")))
        self.trainer = Trainer(Shelf(), self.store)

    def person(self, name: str) -> int:
        return self.store.join(name, "lighthouse").id

    def page(self, who: int, path: str, lang: str = "en") -> str:
        return str(self.seat.show(who, path, lang))

    def do(self, what: str, **more: str) -> str:
        sent = {"do": [what], **{k: [v] for k, v in more.items()}}
        return str(self.trainer.take(sent, "en", {})["html"])


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    return Hall(tmp_path / "room.sqlite")


def text(html: object) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", str(html))).split())


def sent(id: str, values: dict[str, str], do: str = "check") -> dict[str, list[str]]:
    return {"do": [do], **{f"{id}:{k}": [v] for k, v in values.items()}}


def test_an_answer_is_in_the_file_before_the_page_says_saved(hall: Hall) -> None:
    anna = hall.person("Anna")
    found = hall.seat.take(anna, "lesson/L01/ask/L01.1", sent("L01.1", GUESS), "en")
    with speaking("en"):
        assert say("room.saved") in found["html"]
    assert [e["exercise"] for e in hall.store.events(anna)] == ["L01.1"]
    # in the language of the page, whatever the process speaks
    chinese = hall.seat.take(anna, "lesson/L01/ask/L01.1", sent("L01.1", GUESS), "zh")
    with speaking("zh"):
        assert say("room.saved") in chinese["html"]
    # nothing was answered: nothing is said to be saved
    empty = hall.seat.take(anna, "lesson/L01/ask/L01.2", sent("L01.2", {}), "en")
    assert "fk-saved" not in empty["html"]
    assert len(hall.store.events(anna)) == 2


def test_each_has_their_own_numbers_and_answers(hall: Hall) -> None:
    anna, bob = hall.person("Anna"), hall.person("Bob")
    hall.seat.take(anna, "lesson/L01/ask/L01.1", sent("L01.1", GUESS), "en")
    assert re.search(r"name='L01\.1:contact'[^>]*value='60'", hall.page(anna, "lesson/L01"))
    assert not re.search(r"name='L01\.1:contact'[^>]*value='60'", hall.page(bob, "lesson/L01"))
    # the practice firm of each is their own: the table under the question, and what is right
    rights = [exercise("L01.4").case(p.seed).right for p in hall.store.people()]
    tables = [hall.page(p, "lesson/L01").partition("id='L01.4'")[2] for p in (anna, bob)]
    assert rights[0] != rights[1]
    assert tables[0].partition("<form")[0] != tables[1].partition("<form")[0]


def test_a_closed_lesson_shows_nothing_and_takes_nothing(hall: Hall) -> None:
    anna = hall.person("Anna")
    hall.do("close:L01")
    with speaking("en"):
        assert say("room.not_open") in text(hall.page(anna, "lesson/L01"))
        assert "data-ask" not in hall.page(anna, "lesson/L01")
        found = hall.seat.take(anna, "lesson/L01/ask/L01.1", sent("L01.1", GUESS), "en")
        assert text(found["html"]) == say("room.shut")
    assert hall.store.events(anna) == []
    hall.do("open:L01")
    assert "data-ask" in hall.page(anna, "lesson/L01")
    # the other doors: a lesson not opened yet, the tests, the what-ifs, the game
    for path in ("lesson/L02/ask/L02.1", "lesson/L02/whatif/x", "quiz/after", "game/decide"):
        assert "data-" not in hall.seat.take(anna, path, {}, "en")["html"]
    assert hall.store.events(anna) == []


def answers(seed: int, when: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for e in questions():
        case = case_of(e, when, seed)
        for x in case.exercise.kind.entries(case):
            found[f"{e.id}:{x.name}"] = [x.options[0][0] if x.options else "1"]
    return found


def test_the_second_test_waits_for_the_trainer(hall: Hall) -> None:
    anna = hall.person("Anna")
    seed = hall.store.people()[0].seed
    assert "/quiz/before" in hall.page(anna, "quiz")
    assert "page" in hall.seat.take(anna, "quiz/before", answers(seed, "before"), "en")
    assert len(hall.store.events(anna)) == 20
    assert "data-ask" not in hall.page(anna, "quiz")
    hall.do("open:after")
    assert "/quiz/after" in hall.page(anna, "quiz")
    assert "page" in hall.seat.take(anna, "quiz/after", answers(seed, "after"), "en")
    assert len(hall.store.events(anna)) == 40
    with speaking("en"):
        assert say("quiz.page_gain") in text(hall.page(anna, "quiz"))


def test_every_what_if_has_a_page_and_follows(hall: Hall) -> None:
    anna = hall.person("Anna")
    listed = hall.page(anna, "apps")
    assert all(f"/apps/{name}?" in listed for name in LISTED)
    page = hall.page(anna, "apps/levers", "zh")
    assert "data-whatif='/apps/levers'" in page
    first = hall.seat.take(anna, "apps/levers", {}, "zh")
    slider = next(iter(re.findall(r"type='range'[^>]*name='(\w+)'[^>]*max='([\d.]+)'", page)))
    moved = hall.seat.take(anna, "apps/levers", {slider[0]: [slider[1]]}, "zh")
    assert moved["html"] != first["html"]
    assert "<img" in hall.seat.take(anna, "apps/levers/drawn", {}, "zh")["html"]
    with pytest.raises(NoPage):
        hall.page(anna, "apps/nothing")


def test_what_the_leader_of_a_case_knows_is_the_trainers(hall: Hall) -> None:
    anna = hall.person("Anna")
    hall.do("open:cases")
    name = re.findall(r"/case/([\w-]+)\?", hall.page(anna, "cases"))[0]
    assert "<h1>" in hall.page(anna, f"case/{name}")
    with pytest.raises(NoPage):
        hall.page(anna, f"case/{name}/lead")
    assert "<h1>" in str(hall.trainer.show(f"trainer/case/{name}", "zh", {}))
    # an exit of a path is a test: it waits for the trainer
    role = re.findall(r"/path/([\w-]+)\?", hall.page(anna, "paths") or "")
    assert role == []
    hall.do("open:paths")
    role = re.findall(r"/path/([\w-]+)\?", hall.page(anna, "paths"))
    assert "data-ask" in hall.page(anna, f"exit/{role[0]}")


def test_the_game_is_one_board_a_team(hall: Hall) -> None:
    people = [hall.person(name) for name in ("Anna", "Bob", "Cem", "Dana")]
    with speaking("en"):
        hall.store.open(["game"], True)
        assert say("room.no_teams") in text(hall.page(people[0], "game"))
    hall.do("make_teams", teams="2")
    teams = {p.id: p.team for p in hall.store.people()}
    assert sorted(teams.values()) == ["1", "1", "2", "2"]
    one = [p for p in people if teams[p] == "1"]
    decided = {"month": ["1"], "hours": ["40"]}
    board = hall.seat.take(one[0], "game/decide", decided, "en")["parts"]["board"]
    assert "data-moves='1'" in board
    # the mate sees it, and a second press of the same month changes nothing
    assert "data-moves='1'" in hall.page(one[1], "game")
    again = hall.seat.take(one[1], "game/decide", {"month": ["1"], "hours": ["90"]}, "en")
    assert "40 hours" in text(again["parts"]["board"])
    assert [m.hours for m in hall.store.moves("1")] == [40]
    for wrong in ({}, {"month": ["2"]}, {"month": ["x"], "hours": ["5"]},
                  {"month": ["2"], "hours": ["101"]}, {"month": ["25"], "hours": ["5"]},
                  {"month": ["2"], "hours": ["nan"]}):  # fmt: skip
        assert "parts" not in hall.seat.take(one[0], "game/decide", wrong, "en")
    # who comes late joins a team
    late = hall.person("Late")
    assert "data-moves" in hall.page(late, "game")
    assert "<img" in str(hall.trainer.show("trainer/game", "zh", {}))


def test_the_trainer_sees_who_is_where_and_what_goes_wrong(hall: Hall) -> None:
    anna, bob = hall.person("Anna"), hall.person("Bob")
    asked = exercise("L01.4")
    case = asked.case(next(p.seed for p in hall.store.people() if p.id == anna))
    slip = asked.mistakes[0]
    names = [e.name for e in asked.kind.entries(case)]
    values = {n: str(v) for n, v in zip(names, slip.given(case), strict=True)}
    told = hall.seat.take(anna, "lesson/L01/ask/L01.4", sent("L01.4", values), "en")
    assert told["state"] == "tried"
    parts = hall.trainer.show("trainer/live", "en", {anna: ("lesson/L01", 1.0), bob: ("", 400.0)})
    assert isinstance(parts, dict)
    people = text(parts["parts"]["people"])
    assert "Anna L01" in people
    assert "now" in people
    assert "7 min ago" in people
    assert text(slip.hint) in text(parts["parts"]["mistakes"])
    assert "1 of 1" in text(parts["parts"]["mistakes"])


def test_first_guesses_are_a_picture(hall: Hall) -> None:
    for k, share in enumerate(("40", "60", "80")):
        who = hall.person(f"Person {k}")
        values = GUESS | {"contact": share}
        hall.seat.take(who, "lesson/L01/ask/L01.1", sent("L01.1", values), "en")
    page = str(hall.trainer.show("trainer/guesses/L01.1", "en", {}))
    assert "<img" in page
    # 40, 60 and 80 of a hundred: the middle is 60; the lesson's company had 55
    row = re.search(r"<tr[^>]*>\s*<t[hd][^>]*>Contact.*?</tr>", page, re.S)
    assert row is not None
    assert re.findall(r"\d+(?:\.\d)?", text(row.group())) == ["3", "60.0", "40.0", "80.0", "55.0"]
    with pytest.raises(NoPage):
        hall.trainer.show("trainer/guesses/L01.2", "en", {})


def test_everybody_is_sent_only_where_a_door_is(hall: Hall) -> None:
    anna = hall.person("Anna")
    hall.do("call:L03")
    assert hall.store.called() == (1, "lesson/L03")
    assert "data-ask" in hall.page(anna, "lesson/L03")
    for junk in ("call:https://elsewhere", "open:nothing", "word:99", "word:x", "delete", ""):
        hall.do(junk)
    assert hall.store.called() == (1, "lesson/L03")


def test_what_people_are_called_stays_text(hall: Hall) -> None:
    who = hall.person(MARK[:40])
    hall.do("make_teams", teams="1")
    pages = [hall.page(who, p) for p in ("", "quiz", "game", "certificate")]
    pages += [str(hall.trainer.show(p, "zh", {who: (MARK, 1.0)})) for p in
              ("trainer", "trainer/summary", "trainer/game")]  # fmt: skip
    assert not any("<zzq" in page for page in pages)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_day_ends_with_a_summary_and_certificates(
    hall: Hall, lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUNNELKIT_CHROMIUM", "no-such-browser")  # the page is there all the same
    anna, bob = hall.person("安娜"), hall.person("Bob")
    hall.seat.take(anna, "lesson/L01/ask/L01.1", sent("L01.1", GUESS), lang)
    with speaking(lang):
        assert say("room.certificate_not_yet") in text(hall.page(anna, "certificate", lang))
        hall.trainer.take({"do": ["end"]}, lang, {})
        own = text(hall.page(anna, "certificate", lang))
        assert "安娜" in own
        assert say("room.certificate_right", right=1, n=len(exercises("L01"))) in own
        assert say("room.certificate_none") in text(hall.page(bob, "certificate", lang))
    assert hall.store.called()[1] == "certificate"
    sheets = (tmp_path / "room-certificates.html").read_text("utf-8")
    assert sheets.count("<section class='fk-certificate'>") == 2
    assert "安娜" in (tmp_path / "room-summary.html").read_text("utf-8")
