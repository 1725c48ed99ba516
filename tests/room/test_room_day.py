"""A half day in a room, in browsers: a trainer's screen, a laptop in English, a phone in Chinese.

With FUNNELKIT_SHOTS naming a folder, each page is also kept as a picture.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from funnelkit.words import say, speaking

axe = pytest.importorskip("axe_playwright_python.base")
ROOT = Path(__file__).parents[2]
SHOTS = os.environ.get("FUNNELKIT_SHOTS")
GUESS = {"lead": "100", "contact": "60", "need": "30", "proposal": "15", "negotiation": "8",
         "close": "4"}  # fmt: skip
PHONE, LAPTOP, PROJECTOR = (390, 844), (1366, 768), (1920, 1080)
#: Fills a form with the first thing it offers; what is judged is the way, not the answer.
FILL = """form => {
  form.querySelectorAll('select').forEach(s => { s.selectedIndex = 1; });
  form.querySelectorAll('input[type=text], textarea').forEach(i => { i.value = '1'; });
  const seen = new Set();
  form.querySelectorAll('input[type=radio], input[type=checkbox]').forEach(i => {
    if (!seen.has(i.name)) { seen.add(i.name); i.checked = true; }
  });
}"""


class Room:
    """A running ``funnelkit room``."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.process = subprocess.Popen(
            [sys.executable, "-m", "funnelkit.cli", "room", "--lang", "en", "--file", file],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.enter = next(s.strip() for s in self.process.stdout if "enter?key=" in s)
        self.base = self.enter.partition("trainer/")[0]
        base = sqlite3.connect(file)
        self.code = base.execute("select value from room where name = 'code'").fetchone()[0]
        base.close()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    running = Room(tmp_path_factory.mktemp("day") / "room.sqlite")
    yield running
    running.stop()


class Screen:
    """Somebody's browser on some device."""

    def __init__(self, browser: Any, room: Room, lang: str, size: tuple[int, int]) -> None:
        self.room, self.lang, self.size = room, lang, size
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        self.tab = self.context.new_page()
        self.tab.set_default_timeout(90_000)
        self.wrong: list[str] = []
        self.tab.on("pageerror", lambda e: self.wrong.append(str(e)))
        self.tab.on("request", lambda r: self.wrong.append(r.url) if not _local(r.url) else None)

    def join(self, name: str, word: str = "lighthouse") -> None:
        self.tab.goto(f"{self.room.base}join?lang={self.lang}&code={self.room.code}")
        self.look("join")
        self.tab.fill("#name", name)
        self.tab.fill("#word", word)
        self.tab.click("button")
        self.tab.wait_for_selector(".fk-lessons")

    def go(self, path: str) -> None:
        self.tab.goto(f"{self.room.base}{path}?lang={self.lang}")
        self.tab.wait_for_selector("h1")
        while self.tab.locator("meta[http-equiv=refresh]").count():  # it opens by itself
            self.tab.wait_for_timeout(1000)

    def look(self, name: str) -> None:
        """Hold a page against axe and its width, and keep a picture where one is asked for."""
        self.tab.evaluate(_axe())
        found = self.tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert [
            f"{name} {v['id']}: {n['html'][:160]}" for v in found["violations"]
            if v["impact"] in ("serious", "critical") for n in v["nodes"]
        ] == []  # fmt: skip
        wide = self.tab.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.size[0], (name, wide)
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            file = f"{name}-{self.lang}-{self.size[0]}.png"
            self.tab.screenshot(path=str(Path(SHOTS, file)))

    def check(self, **share: str) -> str:
        for field, value in (GUESS | share).items():
            self.tab.fill(f"[name='L01.1:{field}']", value)
        form = self.tab.locator("form[data-id='L01.1']")
        form.locator(".fk-told").evaluate("e => { e.innerHTML = '' }")
        form.locator("button[value=check]").click()
        self.until(lambda: form.locator(".fk-told").inner_text().strip())
        return str(form.locator(".fk-told").inner_text())

    def until(self, there: Callable[[], Any]) -> None:
        """Wait for something; the pages let nobody evaluate texts as code, not even a test."""
        for _ in range(450):
            if there():
                return
            self.tab.wait_for_timeout(200)
        raise AssertionError(self.tab.url)

    def test(self, when: str) -> None:
        self.go("quiz")
        form = self.tab.locator(f"form[data-ask='/quiz/{when}']")
        form.evaluate(FILL)
        with self.tab.expect_navigation():
            form.locator("button.fk-main").click()

    def press(self, what: str) -> None:
        """Press a button of the trainer's page and wait for what it says."""
        button = self.tab.locator(f"button[id='do-{what}']")
        form = self.tab.locator("form", has=button)
        form.locator(".fk-told").evaluate("e => { e.innerHTML = '' }")
        with self.tab.expect_response(lambda r: r.url.partition("?")[0].endswith("/trainer/do")):
            button.click()

    def told(self, key: str, **values: Any) -> str:
        with speaking(self.lang):
            return say(key, **values)

    def close(self) -> None:
        self.context.close()
        assert not self.wrong


def _local(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "data:", "blob:"))


@cache
def _axe() -> str:
    return (Path(axe.__file__).parent / "axe.min.js").read_text("utf-8")


def test_a_half_day(browser: Any, room: Room) -> None:
    trainer = Screen(browser, room, "en", PROJECTOR)
    trainer.tab.goto(room.enter)
    assert "key=" not in trainer.tab.url
    trainer.go("trainer/door")
    assert room.code in trainer.tab.inner_text("main")
    trainer.look("door")

    # two are there from the beginning
    anna = Screen(browser, room, "en", LAPTOP)
    anna.join("Anna")
    bob = Screen(browser, room, "zh", PHONE)
    bob.join("李雷", "苹果")
    bob.look("start")
    for screen in (anna, bob):
        screen.test("before")
        screen.go("lesson/L01")
        assert screen.told("room.saved") in screen.check()
    anna.look("lesson")
    bob.look("lesson")

    # one comes late, and is where the others are
    cem = Screen(browser, room, "en", LAPTOP)
    cem.join("Cem")
    cem.go("lesson/L01")
    assert "✓" in cem.check(contact="90")
    trainer.go("trainer")
    trainer.until(lambda: "Cem" in trainer.tab.inner_text("#people"))
    assert "李雷" in trainer.tab.inner_text("#people")
    trainer.look("trainer")
    trainer.go("trainer/guesses/L01.1")
    assert "3 of 3" in trainer.tab.inner_text("main")
    trainer.look("guesses")

    # a lesson is closed under the eyes of who works in it, and takes nothing any more
    trainer.go("trainer")
    trainer.press("close:L01")
    anna.tab.wait_for_selector("#shut:not([hidden])")
    assert anna.told("room.shut") in anna.check(contact="10")
    # another one is opened, and everybody is sent there
    trainer.press("call:L02")
    for screen in (anna, bob, cem):
        screen.tab.wait_for_url("**/lesson/L02**")
        screen.tab.wait_for_selector("form[data-ask]")

    # Anna's laptop is left behind; her phone goes on
    anna.close()
    anna = Screen(browser, room, "en", PHONE)
    anna.join("anna")
    anna.look("start")
    trainer.press("open:L01")
    anna.go("lesson/L01")
    assert anna.tab.input_value("[name='L01.1:contact']") == "60"
    anna.look("lesson")

    # a what-if follows its slider: the numbers at once, the picture when it rests
    anna.go("apps/levers")
    anna.look("levers")
    before = anna.tab.inner_html(".fk-answer")
    picture = anna.tab.inner_html("[data-draw] > .fk-drawn")
    slider = anna.tab.locator("input[type=range]").first
    slider.press("End")
    anna.until(lambda: anna.tab.inner_html(".fk-answer") != before)
    anna.until(lambda: anna.tab.inner_html("[data-draw] > .fk-drawn") != picture)

    # the game in a team: one decides, all see it
    trainer.tab.fill("#teams", "1")
    trainer.press("make_teams")
    for screen in (anna, bob):
        screen.tab.wait_for_url("**/game**")
        screen.tab.wait_for_selector("#board form")
    anna.tab.click("#board button.fk-main")
    for screen in (anna, bob):
        screen.tab.wait_for_selector("[data-moves='1']", state="attached")
    bob.look("game")
    trainer.go("trainer/game")
    assert trainer.tab.locator("main img").count() == 1
    trainer.look("game")

    # the test after, and the end of the day
    trainer.go("trainer")
    trainer.press("call:after")
    for screen in (anna, bob):
        screen.tab.wait_for_url("**/quiz**")
        screen.test("after")
        gain = screen.told("quiz.page_gain")
        assert gain in screen.tab.inner_text("main")
    trainer.press("end")
    trainer.until(lambda: "room-certificates" in trainer.tab.inner_text("main"))
    for screen, name in ((anna, "Anna"), (bob, "李雷")):
        screen.tab.wait_for_url("**/certificate**")
        assert name in screen.tab.inner_text(".fk-certificate")
        screen.look("certificate")
    trainer.go("trainer/summary")
    assert "Cem" in trainer.tab.inner_text("main")
    trainer.look("summary")
    beside = room.file.parent
    assert (beside / "room-certificates.pdf").read_bytes().startswith(b"%PDF")
    page = (beside / "room-certificates.html").read_text("utf-8")
    assert len(re.findall("<section class='fk-certificate'>", page)) == 3

    # the trainer's pages in Chinese, too
    trainer.lang = "zh"
    for path in ("trainer", "trainer/door", "trainer/guesses", "trainer/summary"):
        trainer.go(path)
        trainer.look(path.rpartition("/")[2])
    for screen in (anna, bob, cem, trainer):
        screen.close()
