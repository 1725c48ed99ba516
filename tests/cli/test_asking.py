"""The questions of a file, answered at the keyboard of a real terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

import funnelkit as fk
from funnelkit.cli import app
from funnelkit.words import speaking

LOG = """Case ID,Activity,Timestamp,Region
c1,Register,2026-01-01 08:00,East
c1,Offer,2026-01-02 08:00,East
c1,Handshake,2026-01-05 08:00,East
c2,Register,2026-01-01 09:00,West
c2,Offer,2026-01-03 09:00,West
c2,Turned away,2026-01-04 09:00,West
c3,Register,2026-01-06 09:00,West
"""
_SECONDS = 30


class Terminal:
    """A command on a terminal of 80 columns: what it shows, and what is typed to it."""

    def __init__(self, *command: str, folder: Path, lang: str = "en") -> None:
        self._there, here = pty.openpty()
        env = {**os.environ, "COLUMNS": "80", "LINES": "40", "TERM": "dumb", "FUNNELKIT_LANG": lang}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "funnelkit.cli", *command, "--lang", lang],
            cwd=folder, env=env, stdin=here, stdout=here, stderr=here, close_fds=True,
        )  # fmt: skip
        os.close(here)
        self.screen = ""

    def until(self, text: str) -> str:
        """Read until a text is on the screen."""
        end = time.monotonic() + _SECONDS
        while text not in self.screen and time.monotonic() < end:
            if not self._read():
                break
        assert text in self.screen, self.screen
        return self.screen

    def type(self, keys: str) -> None:
        self.screen = ""
        os.write(self._there, f"{keys}\n".encode())

    def end(self) -> int:
        """Read to the end and return the exit code."""
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end and self._read():
            pass
        try:
            return self._process.wait(timeout=_SECONDS)
        finally:
            self._process.kill()
            os.close(self._there)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._there], [], [], 1)
        if not ready:
            return self._process.poll() is None
        try:
            data = os.read(self._there, 65536)
        except OSError:  # the other side is gone
            return False
        self.screen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", data.decode("utf-8", "replace"))
        return bool(data)


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """A command's --lang stays set in this process: put the language back."""
    with speaking("en"):
        yield


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "cases.csv"
    file.write_text(LOG, "utf-8")
    return file


def _answer(at: Terminal, wanted: dict[str, str], number: str) -> None:
    """Answer a question by what it is about."""
    about = next(a for a in wanted if a in at.screen)
    at.type(wanted.pop(about))
    at.until(number)


def test_answers_by_keyboard_write_the_mapping_and_go_on(log: Path) -> None:
    at = Terminal("inspect", log.name, "--ask", folder=log.parent)
    at.until("Number (q stops):")
    first = "Handshake" if '"Handshake"' in at.screen else "Turned away"
    assert "1. won" in at.screen
    at.type("9")
    at.until("Type a number from 1 to 4.")
    at.type("3")  # a slip, taken back
    at.until("Number (b goes back, q stops):")
    at.type("b")
    at.until("Number (q stops):")
    assert first in at.screen
    at.type("1" if first == "Handshake" else "2")
    at.until("Number (b goes back, q stops):")
    at.type("2" if first == "Handshake" else "1")
    assert at.end() == 0
    assert "Answers written to" in at.screen
    assert "cases.csv is read: 3 deals." in at.screen
    written = (log.parent / "cases.csv.mapping.yaml").read_text("utf-8")
    assert yaml.safe_load(written)["outcomes"] == {"Handshake": "won", "Turned away": "lost"}
    for lang_s in ("“Handshake”", '"Handshake"'):
        assert lang_s in written
    # found again the next time, by every way in
    p = fk.read(log)
    outcomes = dict(zip(p.frame()["deal_id"], p.frame()["outcome"], strict=True))
    assert outcomes == {"c1": "won", "c2": "lost", "c3": "open"}
    assert p.frame()["region"].tolist() == ["East", "West", "West"]
    assert CliRunner().invoke(app, ["inspect", str(log)]).exit_code == 0


@pytest.mark.parametrize(
    ("lang", "prompt", "stopped"),
    [("en", "Number (q stops):", "Stopped"), ("zh", "请输入编号（q 退出）：", "已退出")],
)
def test_whoever_stops_leaves_nothing_behind(
    lang: str, prompt: str, stopped: str, log: Path
) -> None:
    at = Terminal("inspect", log.name, "--ask", folder=log.parent, lang=lang)
    at.until(prompt)
    at.type("q")
    assert at.end() == 2
    assert stopped in at.screen
    assert [f.name for f in log.parent.iterdir()] == ["cases.csv"]


def test_a_mapping_that_is_there_is_replaced_only_when_told(log: Path) -> None:
    place = log.parent / "cases.csv.mapping.yaml"
    place.write_text("outcomes: {Handshake: won}\n", "utf-8")
    for typed, kept in (("n", True), ("y", False)):
        at = Terminal("inspect", log.name, "--ask", folder=log.parent)
        at.until("Number (q stops):")
        assert "Handshake" not in at.screen  # answered before
        at.type("2")
        at.until("Replace it (y or n)?")
        at.type(typed)
        at.end()
        told = yaml.safe_load(place.read_text("utf-8"))["outcomes"]
        assert ("Turned away" not in told) is kept
    assert told == {"Handshake": "won", "Turned away": "lost"}


def test_a_report_of_an_unknown_file_asks_and_goes_on(log: Path) -> None:
    at = Terminal("report", "funnel-review", log.name, "--out", "made", "--formats", "html",
                  folder=log.parent)  # fmt: skip
    at.until("Number (q stops):")
    at.type("1" if '"Handshake"' in at.screen else "2")
    at.until("Number (b goes back, q stops):")
    at.type("1" if '"Handshake"' in at.screen else "2")
    assert at.end() == 0
    assert list((log.parent / "made").glob("*.html"))


def test_a_ledger_asks_and_takes_the_export(log: Path) -> None:
    ledger = log.parent / "sales.duckdb"
    assert CliRunner().invoke(app, ["ledger", "init", str(ledger)]).exit_code == 0
    at = Terminal("ledger", "add", str(ledger), log.name, "--seen-at", "2026-01-31",
                  folder=log.parent)  # fmt: skip
    at.until("Number (q stops):")
    at.type("1" if '"Handshake"' in at.screen else "2")
    at.until("Number (b goes back, q stops):")
    at.type("1" if '"Handshake"' in at.screen else "2")
    assert at.end() == 0
    assert fk.read(ledger).size == 3


@pytest.mark.parametrize(
    ("lang", "number", "rate", "wrong"),
    [("en", "Number (q stops):", "1 USD in EUR:", "no number above 0"),
     ("zh", "请输入编号（q 退出）：", "1 USD 折合 EUR：", "不是大于 0 的数")],
)  # fmt: skip
def test_rates_are_typed_for_amounts_in_several_currencies(
    lang: str, number: str, rate: str, wrong: str, tmp_path: Path
) -> None:
    file = tmp_path / "deals.csv"
    rows = ["deal_id,stage,outcome,amount,currency", "a,Need,won,100,EUR", "b,Need,lost,40,EUR",
            "c,Need,won,10,USD"]  # fmt: skip
    file.write_text("\n".join(rows), "utf-8")
    at = Terminal("inspect", file.name, "--ask", folder=tmp_path, lang=lang)
    at.until(number)
    at.type("1")
    at.until(rate)
    at.type("-1")
    at.until(wrong)
    at.type("0.9")
    assert at.end() == 0
    told = yaml.safe_load((tmp_path / "deals.csv.mapping.yaml").read_text("utf-8"))
    assert told == {"exchange": {"EUR": 1, "USD": 0.9}}
    assert fk.read(file).frame()["amount"].sum() == pytest.approx(149)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_without_a_terminal_the_lines_are_printed(lang: str, log: Path) -> None:
    told = CliRunner().invoke(app, ["inspect", str(log), "--lang", lang])
    assert told.exit_code == 1
    assert "outcomes: {Handshake: won}" in told.output
    made = CliRunner().invoke(app, ["report", "funnel-review", str(log), "--lang", lang])
    assert made.exit_code == 2
    assert "outcomes: {Handshake: won}" in made.output
    asked = CliRunner().invoke(app, ["inspect", str(log), "--ask", "--lang", lang])
    assert asked.exit_code == 2
    assert [f.name for f in log.parent.iterdir()] == ["cases.csv"]


@pytest.mark.parametrize("mapping", ["outcomes: {A: '?'}\n", "outcomes:\n  A: ?\n", "dates: ？\n"])
def test_a_question_left_in_a_mapping_is_refused_everywhere(mapping: str, log: Path) -> None:
    place = log.parent / "cases.csv.mapping.yaml"
    place.write_text(mapping, "utf-8")
    with pytest.raises(fk.FunnelkitError, match="\\?"):
        fk.read(log)
    ledger = log.parent / "sales.duckdb"
    CliRunner().invoke(app, ["ledger", "init", str(ledger)])
    for command in (
        ["inspect", str(log)],
        ["report", "funnel-review", str(log)],
        ["ledger", "add", str(ledger), str(log), "--seen-at", "2026-01-31"],
    ):
        told = CliRunner().invoke(app, command)
        assert told.exit_code == 2, told.output
        assert "?" in told.output
