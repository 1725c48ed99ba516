"""What README.md tells people to type exists, and both languages tell the same."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer.main

ROOT = Path(__file__).parents[2]
ENGLISH, CHINESE = (ROOT / "README.md").read_text("utf-8").split("\n# 中文\n")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def commands(text: str) -> list[str]:
    """The indented lines, without their comments."""
    return [m.split("  #")[0].strip() for m in re.findall(r"^ {4}(\S.*)$", text, re.M)]


def chapters(text: str) -> list[tuple[str, list[str]]]:
    return [(c.split("\n")[0], commands(c)) for c in text.split("\n## ")[1:]]


@pytest.mark.parametrize("text", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_three_doors_of_at_most_five_lines(text: str) -> None:
    doors = chapters(text)[:3]
    assert len(doors) == 3
    assert [name for name, lines in doors if not 1 <= len(lines) <= 5] == []


def test_both_languages_give_the_same_commands() -> None:
    def plain(text: str) -> list[str]:  # names of stages are each reader's own
        return [re.sub(r'"[^"]*"', "…", c.replace(" --lang zh", "")) for c in commands(text)]

    assert plain(CHINESE) == plain(ENGLISH)


def test_every_make_target_exists() -> None:
    told = set(re.findall(r"\bmake ([a-z]+)", "\n".join(commands(ENGLISH)))) | {"help"}
    assert told <= set(re.findall(r"^([a-z]+):", MAKEFILE, re.M))


@pytest.mark.skipif(not (ROOT / "funnelkit" / "cli").exists(), reason="no command line yet")
@pytest.mark.parametrize(
    "line", sorted({c for c in commands(ENGLISH) if c.startswith("funnelkit")})
)
def test_every_funnelkit_command_and_option_exists(line: str) -> None:
    from funnelkit.cli import app

    command = typer.main.get_command(app)
    words = shlex.split(line.split(" > ")[0])[1:]
    while hasattr(command, "commands"):
        assert words[0] in command.commands, line
        command = command.commands[words.pop(0)]
    known = {option for p in command.params for option in p.opts}
    assert {w for w in words if w.startswith("-")} <= known


def test_every_file_named_in_the_papers_exists() -> None:
    for paper in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"):
        text = (ROOT / paper).read_text("utf-8")
        named = re.findall(
            r"\b((?:docs/)?[A-Z]{4,}(?:-[A-Z]+)?\.md|LICENSE(?:-CONTENT)?|environment\.yml)\b", text
        )
        assert [n for n in named if not (ROOT / n).is_file()] == []
