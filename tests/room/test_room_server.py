"""The room's server from outside: who is let in, what a kill costs, how wrong codes fare."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.room.desk import Told
from funnelkit.room.open import open_room
from funnelkit.room.server import Room

ROOT = Path(__file__).parents[2]
GUESS = {"lead": "100", "contact": "60", "need": "30", "proposal": "15", "negotiation": "8",
         "close": "4"}  # fmt: skip


class Served:
    """A running ``funnelkit room``."""

    def __init__(self, file: Path, *words: str) -> None:
        self.file, self.words = file, words
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "funnelkit.cli", "room", "--lang", "en", "--file", self.file,
             *self.words],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.enter = next(s.strip() for s in self.process.stdout if "enter?key=" in s)
        self.base = self.enter.partition("trainer/")[0]
        with sqlite3.connect(self.file) as base:
            self.code = base.execute("select value from room where name = 'code'").fetchone()[0]
        base.close()

    def stop(self, sign: int = signal.SIGTERM) -> None:
        self.process.send_signal(sign)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def answers(self) -> int:
        base = sqlite3.connect(self.file)
        try:
            return int(base.execute("select count(*) from events").fetchone()[0])
        finally:
            base.close()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


class Browser:
    """Somebody's browser: it keeps cookies and says where a form comes from."""

    def __init__(self, base: str, *handlers: urllib.request.BaseHandler) -> None:
        self.base = base
        self.jar = CookieJar()
        self.opener = urllib.request.build_opener(
            _Stay,
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(self.jar),
            *handlers,
        )

    def ask(
        self, path: str, form: dict[str, str] | None = None, method: str | None = None,
        **headers: str,
    ) -> tuple[int, str]:  # fmt: skip
        given = {k.replace("_", "-"): v for k, v in headers.items()}
        body = None if form is None else urllib.parse.urlencode(form).encode()
        if body is not None:
            given.setdefault("Origin", self.base.rstrip("/"))
        request = urllib.request.Request(self.base + path, body, given, method=method)
        try:
            with self.opener.open(request, timeout=120) as reply:
                return int(reply.status), reply.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def page(self, path: str) -> str:
        """Return a page, waiting as its reader would where it says so."""
        for _ in range(60):
            status, text = self.ask(path)
            if status != 503:
                assert status == 200
                return text
            assert "http-equiv='refresh'" in text
            time.sleep(1)
        raise AssertionError(path)

    def join(self, name: str, code: str, word: str = "lighthouse") -> int:
        return self.ask("join", {"name": name, "code": code, "word": word})[0]

    def check(self, **values: str) -> dict[str, Any]:
        form = {"do": "check", **{f"L01.1:{k}": v for k, v in (GUESS | values).items()}}
        status, text = self.ask("lesson/L01/ask/L01.1", form)
        assert status == 200
        return dict(json.loads(text))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("room") / "room.sqlite")
    yield running
    running.stop()


def paths(tmp_path: Path) -> list[str]:
    """A path of every route there is."""
    room = Room(Told(None, "tiny", tmp_path / "room.sqlite", "en"), "127.0.0.1", 1)
    rules = room.application().default_router.rules[0].target.rules
    found = []
    for rule in rules:
        pattern = rule.matcher.regex.pattern.rstrip("$").lstrip("/")
        for inside in ("", "lesson/L01", "quiz/before", "game/decide", "static/x.js", "zz.sqlite"):
            path = pattern.replace("(?:/.*)?", f"/{inside}").replace("(.*)", inside)
            found.append(path)
    assert len(rules) >= 6
    assert not [p for p in found if set(p) & set("()[]*?+")]
    return sorted(set(found))


def test_no_route_without_a_ticket(served: Served, tmp_path: Path) -> None:
    guest = Browser(served.base)
    reached = []
    for path in paths(tmp_path):
        for form in (None, {"do": "check"}):
            status, text = guest.ask(path, form, Accept="text/html")
            if status not in (302, 403, 405) or "data-ask" in text:
                reached.append((path, form, status))
    # the one page that asks for the code, and nothing else
    assert reached == [("join", None, 200)]
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"):
        assert guest.ask("lesson/L01", method=method)[0] in (403, 405)
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"}
    assert guest.ask("now", **upgrade)[0] == 403


def test_a_participant_is_no_trainer_and_the_other_way_round(served: Served) -> None:
    anna, leader = Browser(served.base), Browser(served.base)
    assert anna.join("Anna", served.code) == 303
    assert "data-ask" in anna.page("lesson/L01")
    for path in ("trainer", "trainer/live", "trainer/summary", "trainer/certificates"):
        assert anna.ask(path)[0] == 403
    assert anna.ask("trainer/do", {"do": "open:L02"})[0] == 403
    assert leader.ask(served.enter.removeprefix(served.base))[0] == 303
    assert leader.ask("trainer")[0] == 200
    assert leader.ask("lesson/L01")[0] == 403
    assert leader.ask("trainer/enter?key=wrong")[0] == 403


def test_a_form_comes_from_a_page_of_the_room(served: Served) -> None:
    anna = Browser(served.base)
    anna.join("Anna", served.code)
    form = {"do": "check"}
    assert anna.ask("lesson/L01/ask/L01.1", form, Origin="http://elsewhere.example")[0] == 403
    assert anna.ask("lesson/L01/ask/L01.1", form, Origin="null")[0] == 403
    assert anna.ask("lesson/L01", Host="elsewhere.example")[0] == 403


def test_name_and_word_go_on_from_another_device(served: Served) -> None:
    laptop, phone, other = (Browser(served.base) for _ in range(3))
    assert laptop.join("Li Lei", served.code, "苹果") == 303
    assert "Saved" in laptop.check(contact="61")["html"]
    assert other.join("li lei", served.code, "pear") == 403
    assert phone.join("LI LEI", served.code, "苹果") == 303
    assert re.search(r"name='L01\.1:contact'[^>]*value='61'", phone.page("lesson/L01"))
    assert other.join("Bob", served.code, "x") == 400
    assert other.join("   ", served.code) == 400


def test_a_whole_room_joins_at_once_from_one_address(served: Served) -> None:
    found: list[int] = []
    threads = [
        threading.Thread(
            target=lambda k=k: found.append(Browser(served.base).join(f"Pupil {k}", served.code))
        )
        for k in range(30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [303] * 30
    # a name's word is not guessed, whoever holds the code
    tries = [Browser(served.base).join("Pupil 1", served.code, f"guess {k}") for k in range(12)]
    assert tries == [403] * 10 + [429] * 2


def test_a_page_says_where_everybody_is_sent(served: Served) -> None:
    anna, leader = Browser(served.base), Browser(served.base)
    anna.join("Anna", served.code)
    leader.ask(served.enter.removeprefix(served.base))
    before = json.loads(anna.ask("now?at=lesson/L01")[1])
    assert not before["shut"]
    assert "Anna" in json.loads(leader.ask("trainer/live")[1])["parts"]["people"]
    leader.ask("trainer/do", {"do": "close:L01"})
    leader.ask("trainer/do", {"do": "call:L02"})
    after = json.loads(anna.ask("now?at=lesson/L01")[1])
    assert after == {"call": before["call"] + 1, "page": "lesson/L02", "shut": True, "moves": 0}
    leader.ask("trainer/do", {"do": "open:L01"})


def test_a_kill_loses_no_answer_that_was_shown_as_saved(tmp_path: Path) -> None:
    room = Served(tmp_path / "room.sqlite")
    try:
        saved = [0]
        people = [Browser(room.base) for _ in range(4)]
        assert [b.join(f"Person {k}", room.code) for k, b in enumerate(people)] == [303] * 4

        def work(browser: Browser) -> None:
            for k in range(200):
                try:
                    html = browser.check(contact=str(k % 90 + 1))["html"]
                except (OSError, AssertionError, ValueError):
                    return
                if "fk-saved" in html:
                    saved[0] += 1

        threads = [threading.Thread(target=work, args=(b,)) for b in people]
        for thread in threads:
            thread.start()
        for _ in range(600):
            if saved[0] >= 12:
                break
            time.sleep(0.05)
        room.stop(signal.SIGKILL)
        for thread in threads:
            thread.join(30)
        assert saved[0] >= 12
        # what was on its way may have been written, what was said was written
        assert saved[0] <= room.answers() <= saved[0] + len(people)
        code, base = room.code, room.base
        room.start()
        assert (room.code, room.base) == (code, base)
        assert "L01.1:contact" in people[0].page("lesson/L01")
        assert "fk-saved" in people[0].check()["html"]
    finally:
        room.stop()


def test_with_a_certificate_nobody_reads_the_connection(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key.pem",
         "-out", tmp_path / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    room = Served(
        tmp_path / "room.sqlite", "--certificate", str(tmp_path / "cert.pem"),
        "--certificate-key", str(tmp_path / "key.pem"),
    )  # fmt: skip
    try:
        assert room.base.startswith("https://127.0.0.1:")
        trusted = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        anna = Browser(room.base, urllib.request.HTTPSHandler(context=trusted))
        assert anna.join("Anna", room.code) == 303
        assert [c.secure for c in anna.jar] == [True]
        assert json.loads(anna.ask("now")[1])["call"] == 0
    finally:
        room.stop()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"box": Path("nowhere")}, "nowhere"),
        ({"ip": "0.0.0.0"}, "0.0.0.0"),
        ({"ip": "::"}, "::"),
        ({"ip": "the-room"}, "the-room"),
        ({"certificate": "no-such.pem"}, "no-such.pem"),
    ],
)
def test_what_cannot_be_opened_is_said(given: dict[str, Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(FunnelkitError, match=re.escape(told)):
        open_room(given.pop("box", None), lang="en", file=tmp_path / "room.sqlite", **given)
    assert not (tmp_path / "room.sqlite").exists()


def test_a_thousand_wrong_codes_let_nobody_in(tmp_path: Path) -> None:
    room = Served(tmp_path / "room.sqlite")
    try:
        found: list[int] = []

        def guess(k: int) -> None:
            browser = Browser(room.base)
            for n in range(50):
                found.append(browser.join(f"Guess {k} {n}", f"{k:03}{n:03}"))
                assert not list(browser.jar)

        threads = [threading.Thread(target=guess, args=(k,)) for k in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert len(found) == 1000
        assert set(found) == {403, 429}
        assert found.count(403) <= 20  # ten a minute are judged at all
        assert room.answers() == 0
    finally:
        room.stop()
