"""The apps in a real browser: opened in both languages, every control moved by keyboard.

The numbers on the page are held against the answers of the same app in this process. One server
speaks Chinese by itself and English when asked; its data are a user's own, with a deal, a seller
and a region that would run as a script if any page let them.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import funnelkit as fk
from funnelkit.apps import NAMES, find_app
from funnelkit.apps.app import OpenApp, open_app
from funnelkit.page.controls import Choice, Several, Slider, Switch, start_of, state_of
from funnelkit.words import speaking

axe = pytest.importorskip("axe_playwright_python.base")

ROOT = Path(__file__).parents[2]
TOKEN = "for-the-tests"
APPS = tuple(
    n for n in NAMES if (ROOT / f"funnelkit/words/catalogue/app_{n}.yaml").is_file()
    and importlib.util.find_spec(f"funnelkit.apps.{n}")
)  # fmt: skip
SCRIPT = "<script>window.hit=1</script>"
SOON = 60_000  # milliseconds; a busy machine warms kernels slowly


class Server:
    """A running ``funnelkit apps``."""

    def __init__(self, data: Path | str, *words: str) -> None:
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed in stop)
        command = [sys.executable, "-m", "funnelkit.cli", "apps", str(data), "--no-open", *words]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.log, text=True,
            env=os.environ | {"FUNNELKIT_TOKEN": TOKEN}, cwd=ROOT,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.said: list[str] = []
        for line in self.process.stdout:
            self.said.append(line.strip())
            if line.startswith("http"):
                break
        if not self.said[-1:] or not self.said[-1].startswith("http"):
            self.log.seek(0)
            told = self.log.read()
            self.stop()
            raise AssertionError(told[-3000:])
        self.base = self.said[-1].partition("?")[0]

    def url(self, path: str = "", **query: str) -> str:
        pairs = "&".join(f"{k}={v}" for k, v in query.items())
        return f"{self.base}{path}?{pairs}"

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.process.stdout.close()
        self.log.close()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled tables as a user's own folder, three names exchanged for a script."""
    folder = tmp_path_factory.mktemp("own") / "own"
    source = ROOT / "datasets" / "industrial"
    folder.mkdir()
    for file in source.iterdir():
        if file.suffix in (".csv", ".parquet"):
            shutil.copy(file, folder / file.name)
    deals = (source / "deals.csv").read_text("utf-8").split("\n")
    heads = deals[0].split(",")
    where = heads.index("name")
    lines = [deals[0]]
    for line in deals[1:]:
        cells = line.split(",")
        if len(cells) == len(heads):
            cells[where] = SCRIPT
        lines.append(",".join(cells))
    text = "\n".join(lines)
    (folder / "deals.csv").write_text(text, "utf-8")
    # a seller and a region of the same making, wherever they are named
    for file in folder.glob("*.csv"):
        text = file.read_text("utf-8").replace("East", f"East{SCRIPT}")
        file.write_text(text, "utf-8")
    return folder


@cache
def pipeline(folder: Path) -> Any:
    return fk.read(folder)


@cache
def base_of(name: str, folder: Path) -> Any:
    return find_app(name).prepare(pipeline(folder))


def opened(name: str, folder: Path, lang: str) -> OpenApp:
    """The same app in this process; call inside its language."""
    app = find_app(name)
    return OpenApp(
        app, pipeline(folder), base_of(name, folder), app.controls(base_of(name, folder))
    )


@pytest.fixture(scope="module")
def server(own: Path) -> Iterator[Server]:
    running = Server(own, "--lang", "zh", "--app", ",".join(APPS))
    yield running
    running.stop()


@pytest.fixture
def page(browser: Any, server: Server) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1366, "height": 900}, locale="en-GB")
    tab = context.new_page()
    tab.set_default_timeout(SOON)
    asked: list[str] = []
    tab.on("request", lambda r: asked.append(r.url))
    tab.goto(server.url(token=TOKEN))
    yield tab
    outside = [u for u in asked if not u.startswith(("http://127.0.0.1:", "data:", "blob:"))]
    context.close()
    assert not outside


def open_page(tab: Any, server: Server, name: str, **query: str) -> None:
    tab.goto(server.url(name, **query))
    tab.wait_for_selector("body.fk-live")
    tab.wait_for_selector(".fk-shell .fk-answer p")


def plain(html: str) -> str:
    """The text of HTML, as the page is compared: words in order."""
    from html import unescape

    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]+>", "", html)))


_ANSWER = ".fk-shell .fk-answer .widget-html-content"


def shown(tab: Any) -> str:
    return re.sub(
        r"\s+",
        "",
        tab.evaluate(
            "document.querySelector('.fk-shell .fk-answer .widget-html-content').textContent"
        ),
    )


def wait_for_answer(tab: Any, found: OpenApp, query: str) -> dict[str, Any]:
    """Wait until the page shows the answer to a state; fail with both texts."""
    state, refused = state_of(found.controls, query)
    assert not refused
    expected = plain(found.answer(state).html)
    for _ in range(400):
        if shown(tab) == expected:
            break
        tab.wait_for_timeout(100)
    assert shown(tab) == expected
    return state


def query_of(tab: Any) -> str:
    return str(
        tab.evaluate("[...document.querySelectorAll('.fk-shell .fk-place')].pop().dataset.query")
    )


def move(tab: Any, control: Any) -> None:
    """Move a control by keyboard alone, one step from where it is."""
    row = tab.locator(f".fk-name-{control.name}")
    before = query_of(tab)
    if isinstance(control, Slider):
        handle = row.locator(".noUi-handle").first
        handle.focus()
        tab.keyboard.press("ArrowRight")
        if not changed(tab, before):
            tab.keyboard.press("ArrowLeft")
    elif isinstance(control, Choice):
        row.locator("select").focus()
        tab.keyboard.press("ArrowDown")
        if not changed(tab, before):
            tab.keyboard.press("ArrowUp")
    elif isinstance(control, Several):
        row.locator("select").focus()
        tab.keyboard.press("Home")
        if not changed(tab, before):
            tab.keyboard.press("End")
    elif isinstance(control, Switch):
        row.locator("input").focus()
        tab.keyboard.press("Space")
    assert changed(tab, before), control.name


def changed(tab: Any, before: str) -> bool:
    for _ in range(40):
        if query_of(tab) != before:
            return True
        tab.wait_for_timeout(50)
    return False


def faults(tab: Any) -> list[str]:
    """What axe-core holds against a page, from serious on."""
    tab.evaluate(_axe())
    found = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{v['id']}: {n['html'][:160]}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
        for n in v["nodes"]
    ]


@cache
def _axe() -> str:
    return (Path(axe.__file__).parent / "axe.min.js").read_text("utf-8")


def movable(control: Any) -> bool:
    return not isinstance(control, (Choice, Several)) or len(control.options) > (
        1 if isinstance(control, Choice) else 0
    )


def moves_of(here: OpenApp) -> tuple[Any, ...]:
    """The controls a page shows one by one; the game has a board of its own."""
    return () if here.app.name == "game" else here.controls


def play_a_month(tab: Any) -> None:
    """Set the hours and play on by keyboard."""
    tab.locator(".fk-controls .noUi-handle").focus()
    tab.keyboard.press("ArrowRight")
    before = query_of(tab)
    tab.locator(".fk-controls button.mod-primary").focus()
    tab.keyboard.press("Enter")
    assert changed(tab, before)
    assert "hours=55" in query_of(tab)


#: The address of each app after its controls were moved, for the other language.
MOVED: dict[str, str] = {}


@pytest.mark.parametrize("name", APPS)
def test_every_control_by_keyboard_in_chinese(name: str, page: Any, server: Server, own: Path):
    open_page(page, server, name)
    with speaking("zh"):
        here = opened(name, own, "zh")
        wait_for_answer(page, here, "")
        assert page.title() == here.app.title
        assert page.locator("h1").all_text_contents() == [here.app.title]
        assert page.evaluate("document.documentElement.lang") == "zh-CN"
        for control in filter(movable, moves_of(here)):
            move(page, control)
        if name == "game":
            play_a_month(page)
        query = query_of(page)
        state = wait_for_answer(page, here, query)
    moved = {c.name for c in here.controls if state[c.name] != c.start}
    assert moved >= {c.name for c in moves_of(here) if movable(c)}
    assert query in page.url
    assert "token" not in page.url
    assert not faults(page)
    assert page.evaluate("window.hit") is None
    MOVED[name] = query


@pytest.mark.parametrize("name", APPS)
def test_a_sent_link_in_english(name: str, page: Any, server: Server, own: Path):
    """A colleague opens the address in the other language and sees the same state."""
    query = MOVED.get(name, "")
    page.goto(server.url(name) + f"lang=en&{query}")
    page.wait_for_selector("body.fk-live")
    page.wait_for_selector(".fk-shell .fk-answer p")
    with speaking("en"):
        here = opened(name, own, "en")
        wait_for_answer(page, here, query)
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.title() == here.app.title
        page.wait_for_selector(".fk-shell .fk-picture img, .fk-shell .fk-picture p")
        assert not faults(page)
        if name != "game":  # it begins anew by a button of its own
            page.locator(".fk-do-reset").click()
            wait_for_answer(page, here, "")
    assert page.evaluate("window.hit") is None


def test_a_reload_keeps_the_state(page: Any, server: Server, own: Path):
    open_page(page, server, "levers", lang="en")
    page.locator(".fk-name-effort .noUi-handle").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**effort=0.11**")
    page.reload()
    page.wait_for_selector("body.fk-live")
    with speaking("en"):
        wait_for_answer(page, opened("levers", own, "en"), "effort=0.11")
        assert "11%" in page.locator(".fk-name-effort .widget-readout").text_content()


def test_what_an_address_asks_in_vain_is_said(page: Any, server: Server, own: Path):
    page.goto(server.url("levers", lang="en", effort="7", new="abc"))
    page.wait_for_selector("body.fk-live")
    told = page.locator(".fk-shell [role=alert]").text_content()
    with speaking("en"):
        here = opened("levers", own, "en")
        labels = {c.name: c.label for c in here.controls}
    assert labels["effort"] in told
    assert "1% to 30%" in told
    assert labels["new"] in told
    assert "abc" in told


def test_what_is_taken_home(page: Any, server: Server, own: Path, tmp_path: Path):
    import pandas as pd

    open_page(page, server, "levers", lang="en")
    page.wait_for_selector(".fk-shell .fk-picture img")
    with page.expect_download() as waiting:
        page.locator(".fk-do-xlsx").click()
    waiting.value.save_as(tmp_path / "levers.xlsx")
    file = tmp_path / "levers.xlsx"
    sheets = pd.read_excel(file, sheet_name=None, engine="calamine", header=1)
    with speaking("en"):
        here = opened("levers", own, "en")
        tables = here.answer().tables
    (title, ranking) = list(tables.items())[1]
    assert sheets[title].iloc[:, 3].tolist() == pytest.approx(ranking.values().iloc[:, 3].tolist())
    with page.expect_download() as waiting:
        page.locator(".fk-do-png").click()
    waiting.value.save_as(tmp_path / "levers.png")
    assert (tmp_path / "levers.png").read_bytes().startswith(b"\x89PNG")
    with page.expect_download():
        page.locator(".fk-do-report").click()
    assert "funnelkit report funnel-review" in page.locator(".fk-taken pre").text_content()


def test_a_page_that_is_left_ends_its_kernel(page: Any, server: Server):
    sockets: list[str] = []
    page.on("websocket", lambda w: sockets.append(w.url))
    open_page(page, server, "levers", lang="en")
    mine = next(m[1] for m in (re.search(r"api/kernels/([0-9a-f-]+)/", u) for u in sockets) if m)
    there = server.url(f"api/kernels/{mine}")
    assert page.request.get(there).status == 200
    page.goto(server.url("token"))
    for _ in range(200):
        if page.request.get(there).status == 404:
            return
        page.wait_for_timeout(100)
    raise AssertionError("its kernel is still there")


def test_the_start_page_leads_to_every_app(page: Any, server: Server):
    page.goto(server.url(lang="zh"))
    links = page.locator(".fk-list a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert [link.partition("?")[0].strip("/") for link in links] == list(APPS)
    assert not faults(page)


def status(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as r:
            return int(r.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_nobody_comes_in_without_the_token(browser: Any, server: Server):
    for path in ("", "levers", "api/kernels/0-0-0-0-0"):
        assert status(server.url(path)) == 403
        assert status(server.url(path, token="wrong")) == 403
    tab = browser.new_page()
    tab.set_default_timeout(SOON)
    tab.goto(server.url("levers", token="wrong", effort="0.2"))
    assert tab.locator("input#token").count() == 1
    assert tab.locator("table").count() == 0
    assert not faults(tab)
    tab.fill("input#token", TOKEN)  # whoever has it goes on to the page that was wanted
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/levers?*effort=0.2*")
    tab.close()


def test_only_this_machine_reaches_it(server: Server):
    port = int(server.base.rsplit(":", 1)[1].strip("/"))
    assert server.base == f"http://127.0.0.1:{port}/"
    table = Path("/proc/net/tcp")
    if table.exists():
        held = {
            line.split()[1]
            for line in table.read_text().splitlines()[1:]
            if line.split()[3] == "0A" and int(line.split()[1].partition(":")[2], 16) == port
        }
        assert held == {f"0100007F:{port:04X}"}
    with socket.socket(socket.AF_INET6) as other:
        assert other.connect_ex(("::1", port)) != 0
    # a foreign name that points at this machine is refused
    assert status(server.url(token=TOKEN), Host="evil.example") == 403


def test_bad_data_are_told_in_the_page(browser: Any, tmp_path: Path):
    bad = tmp_path / "bad.csv"
    bad.write_text("deal_id,stage\nA,lead\n", "utf-8")
    running = Server(bad, "--lang", "zh", "--app", "levers")
    try:
        tab = browser.new_page()
        tab.set_default_timeout(SOON)
        for lang in ("zh", "en"):
            tab.goto(running.url("levers", token=TOKEN, lang=lang))
            told = tab.locator("#first [role=alert]").text_content()
            with speaking(lang), pytest.raises(fk.FunnelkitError) as refused:
                open_app(find_app("levers"), fk.read(bad))
            with speaking(lang):
                assert plain(str(refused.value)) in re.sub(r"\s+", "", told)
            assert "Traceback" not in tab.content()
        assert not faults(tab)
    finally:
        running.stop()


def test_start_of_is_what_a_page_opens_with(own: Path):
    with speaking("en"):
        here = opened("levers", own, "en")
    assert start_of(here.controls)["effort"] == 0.1
