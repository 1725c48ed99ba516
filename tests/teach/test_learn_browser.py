"""The course in a browser, both languages: by mouse, by keyboard alone, the next day, a phone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from funnelkit.teach.bank import exercise, exercises
from funnelkit.teach.exercise import Case, Entry
from funnelkit.teach.kinds.choices import Match, Order, Several
from funnelkit.words import speaking

ROOT = Path(__file__).parents[2]
TOKEN = "for-the-course-alone"
#: Lessons walked by mouse and by keyboard alone; more of them may be named.
MOUSE = os.environ.get("FUNNELKIT_WALK_MOUSE", "L01").split(",")
KEYS = os.environ.get("FUNNELKIT_WALK_KEYS", "L02").split(",")


class Served:
    """A running ``funnelkit learn`` with a record of its own."""

    def __init__(self, record: Path) -> None:
        self.record = record
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "funnelkit.cli", "learn", "--no-open"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
            env=os.environ | {"FUNNELKIT_TOKEN": TOKEN, "FUNNELKIT_PROGRESS": str(self.record)},
        )  # fmt: skip
        assert self.process.stdout is not None
        self.base = next(s for s in self.process.stdout if s.startswith("http")).partition("?")[0]

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()

    @property
    def kept(self) -> dict[str, Any]:
        return dict(json.loads(self.record.read_text("utf-8")))

    def case(self, id: str) -> Case:
        return exercise(id).case(self.kept["seed"])

    def days_pass(self, n: int) -> None:
        """Let the record be some days older."""
        import datetime as dt

        told = self.kept
        for e in told["events"]:
            at = dt.datetime.fromisoformat(e["at"]) - dt.timedelta(days=n)
            e["at"] = at.isoformat()
        self.record.write_text(json.dumps(told), "utf-8")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("learn") / "progress.json")
    yield running
    running.stop()


@pytest.fixture
def tab(browser: Any, served: Served) -> Iterator[Any]:
    yield from opened(browser, served, 1366)


def opened(browser: Any, served: Served, width: int) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    page.set_default_timeout(60_000)
    wrong: list[str] = []
    page.on("pageerror", lambda e: wrong.append(str(e)))
    page.on("request", lambda r: wrong.append(r.url) if not local(r.url) else None)
    page.goto(f"{served.base}?token={TOKEN}")
    assert TOKEN not in page.url
    yield page
    context.close()
    assert not wrong


def local(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "data:", "blob:"))


def values(case: Case, answer: Any) -> dict[str, Any]:
    """What the fields of a form hold for an answer: the other way round of ``collect``."""
    kind, entries = case.exercise.kind, case.exercise.kind.entries(case)
    if isinstance(kind, Several):
        return {e.name: e.name in answer for e in entries}
    if isinstance(answer, dict):
        return {e.name: answer[e.name] for e in entries}
    if isinstance(answer, list | tuple) or isinstance(kind, Order):
        return {e.name: v for e, v in zip(entries, answer, strict=True)}
    return {entries[0].name: answer}


def wrong_values(case: Case) -> dict[str, Any]:
    """An answer that is none: the last option everywhere, a number nobody means."""
    entries = case.exercise.kind.entries(case)
    found: dict[str, Any] = {}
    for e in entries:
        found[e.name] = e.options[-1][0] if e.options else "987654321"
        if e.control == "check":
            found[e.name] = True
    if isinstance(case.exercise.kind, Match) and found == values(case, case.right):
        found[entries[0].name] = entries[0].options[0][0]
    return found


def by_mouse(tab: Any, id: str, entries: tuple[Entry, ...], filled: dict[str, Any]) -> None:
    for e in entries:
        name, value = f"{id}:{e.name}", filled[e.name]
        field = tab.locator(f"[name='{name}']")
        if e.control == "check":
            field.set_checked(bool(value))
        elif e.control == "select" and field.first.get_attribute("type") == "radio":
            tab.locator(f"[name='{name}'][value='{value}']").check()
        elif e.control == "select":
            field.select_option(str(value))
        else:
            field.fill(str(value))


def press(tab: Any, id: str, what: str) -> str:
    """Press a button of a form and return what is told."""
    told = tab.locator(f"[data-id='{id}'] .fk-told")
    told.evaluate("e => { e.innerHTML = '' }")
    tab.locator(f"[data-id='{id}'] button[value='{what}']").click()
    tab.wait_for_function("e => e.innerText.trim()", arg=told.element_handle())
    return str(told.inner_text())


def state(tab: Any, id: str) -> str:
    return str(tab.locator(f"section[id='{id}']").get_attribute("data-state"))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("lesson", MOUSE)
def test_a_lesson_by_mouse(tab: Any, served: Served, lesson: str, lang: str) -> None:
    tab.goto(f"{served.base}lesson/{lesson}?lang={lang}")
    assert tab.locator("html").get_attribute("lang") == ("zh-CN" if lang == "zh" else "en")
    with speaking(lang):
        for asked in exercises(lesson):
            id, case = asked.id, served.case(asked.id)
            entries = asked.kind.entries(case)
            junk = {e.name: e.options[0][0] if e.options else "<b>?? 嗯" for e in entries}
            junk |= {e.name: False for e in entries if e.control == "check"}
            by_mouse(tab, id, entries, junk)
            assert "<b>" not in press(tab, id, "check") or "&lt;" not in tab.content()
            by_mouse(tab, id, entries, wrong_values(case))
            press(tab, id, "check")
            assert len(press(tab, id, "hint")) > 10
            assert len(press(tab, id, "solution")) > 5
            by_mouse(tab, id, entries, values(case, case.right))
            told = press(tab, id, "check")
            assert state(tab, id) == "right", id
            assert tab.locator(f"section[id='{id}'] .fk-feedback.fk-good").count() == 1, told
    place = tab.locator("#standing").inner_text()
    assert place.count(str(len(exercises(lesson)))) >= 1
    # no code, nothing dead, and what was folded away is open
    assert "L.ask" not in tab.inner_text("main")
    assert "model not found" not in tab.inner_text("main")
    assert tab.locator("details[data-after]:not([open])").count() == 0


def to(tab: Any, name: str) -> None:
    """Go to a field by the Tab key alone."""
    for _ in range(400):
        if tab.evaluate("document.activeElement && document.activeElement.name") == name:
            return
        tab.keyboard.press("Tab")
    raise AssertionError(name)


def by_keys(tab: Any, id: str, entries: tuple[Entry, ...], filled: dict[str, Any]) -> None:
    for e in entries:
        name, value = f"{id}:{e.name}", filled[e.name]
        to(tab, name)
        if e.control == "check":
            if tab.evaluate("document.activeElement.checked") != bool(value):
                tab.keyboard.press("Space")
        elif e.control == "select":
            place = [i for i, _ in e.options].index(str(value))
            if tab.evaluate("document.activeElement.type") == "radio":
                tab.keyboard.press("Space")
                for _ in range(len(e.options) + 1):
                    if tab.evaluate("document.activeElement.value") == str(value):
                        break
                    tab.keyboard.press("ArrowDown")
            else:
                tab.keyboard.press("Home")
                for _ in range(place + 1):
                    tab.keyboard.press("ArrowDown")
            assert tab.evaluate("document.activeElement.value") == str(value)
        else:
            tab.keyboard.press("ControlOrMeta+a")
            tab.keyboard.type(str(value))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("lesson", KEYS)
def test_a_lesson_by_keyboard_alone(tab: Any, served: Served, lesson: str, lang: str) -> None:
    tab.goto(f"{served.base}lesson/{lesson}?lang={lang}")
    with speaking(lang):
        for asked in exercises(lesson):
            id, case = asked.id, served.case(asked.id)
            entries = asked.kind.entries(case)
            for filled, wanted in ((wrong_values(case), ""), (values(case, case.right), "right")):
                by_keys(tab, id, entries, filled)
                told = tab.locator(f"[data-id='{id}'] .fk-told")
                told.evaluate("e => { e.innerHTML = '' }")
                to(tab, "do")
                tab.keyboard.press("Enter")
                tab.wait_for_function("e => e.innerText.trim()", arg=told.element_handle())
                if wanted:
                    assert state(tab, id) == wanted, id
                tab.locator(f"section[id='{id}']").evaluate("e => { e.tabIndex = -1; e.focus() }")


def test_the_next_day_everything_is_as_it_was_left(browser: Any, served: Served) -> None:
    served.stop()
    served.days_pass(3)
    served.start()
    for tab in opened(browser, served, 1366):
        tab.goto(f"{served.base}lesson/{MOUSE[0]}?lang=zh")
        first = exercises(MOUSE[0])[0]
        with speaking("zh"):
            case = served.case(first.id)
            for name, value in values(case, case.right).items():
                assert tab.input_value(f"[name='{first.id}:{name}']") == str(value)
        assert state(tab, first.id) == "right"
        assert tab.locator("#done table").count() == 2  # the guess stands beside the truth
        # what was right three days ago is asked again, with other numbers
        tab.goto(f"{served.base}review?lang=zh")
        forms = tab.locator("form[data-ask^='/review/']")
        before = forms.count()
        assert before > 0
        press(tab, str(forms.first.get_attribute("data-id")), "check")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_test_is_not_handed_in_by_one_click(tab: Any, served: Served, lang: str) -> None:
    tab.goto(f"{served.base}quiz?lang={lang}")
    tab.locator("form[data-ask='/quiz/before'] button").click()
    tab.wait_for_selector(".fk-told .fk-feedback")
    assert tab.locator("[name='sure']").count() == 0
    assert not [e for e in served.kept["events"] if e.get("test")]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_phone_shows_every_page_without_scrolling_sideways(
    browser: Any, served: Served, lang: str
) -> None:
    for tab in opened(browser, served, 390):
        for path in ("", "lesson/L01", "lesson/L06", "quiz", "review", "progress", "apps"):
            tab.goto(f"{served.base}{path}?lang={lang}")
            wide = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, path


@pytest.mark.parametrize("width", [1366, 390])
def test_a_chinese_word_in_a_table_is_not_written_downwards(
    browser: Any, served: Served, width: int
) -> None:
    for tab in opened(browser, served, width):
        for lesson in ("L06", "L11"):
            tab.goto(f"{served.base}lesson/{lesson}?lang=zh")
            broken = tab.evaluate(
                """() => {
                  document.querySelectorAll("details").forEach(d => { d.open = true });
                  const cells = [...document.querySelectorAll("main :is(th, td)")]
                    .filter(c => !c.querySelector("svg, br, *") && /^[\\u4e00-\\u9fff]{2,4}$/
                      .test(c.textContent.trim()));
                  const lines = c => {
                    const r = document.createRange(); r.selectNodeContents(c);
                    return new Set([...r.getClientRects()].map(b => Math.round(b.top))).size };
                  const torn = cells.filter(c => lines(c) > 1).map(c => c.textContent);
                  return [cells.length, torn] }"""
            )
            assert broken[0] > 20
            assert broken[1] == []


def test_a_what_if_app_opens_on_the_same_server(tab: Any, served: Served) -> None:
    tab.goto(f"{served.base}levers?lang=zh")
    tab.wait_for_selector("body.fk-live", timeout=120_000)
    tab.wait_for_selector(".fk-shell .fk-answer p")
    assert tab.locator(".fk-ways a").first.get_attribute("href").split("?")[0].endswith("/apps")


@pytest.mark.parametrize("path", ["", "lesson/L01", "quiz", "progress", "review", "font/OFL.txt"])
def test_nobody_without_the_token_gets_in(served: Served, path: str) -> None:
    assert status(served.base + path) == 403
    if not path.startswith("font"):
        foreign = {"Origin": "http://elsewhere.example"}
        assert status(served.base + path, foreign, b"do=check") == 403


def test_a_form_comes_from_a_page_of_its_own(served: Served) -> None:
    path = f"{served.base}lesson/L01/ask/L01.1"
    key = {"Authorization": f"token {TOKEN}"}
    before = len(served.kept["events"])
    assert status(path, {**key, "Origin": "http://elsewhere.example"}, b"do=check") == 403
    assert status(path, {}, b"do=check") == 403
    assert status(path, key, b"do=check") == 200
    assert len(served.kept["events"]) == before  # an empty form is no answer


def status(url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> int:
    request = urllib.request.Request(url, data=body, headers=headers or {})
    opener = urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as refused:
        # a page sends those without the token to where it is asked for
        return 403 if refused.code == 302 else refused.code


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None
