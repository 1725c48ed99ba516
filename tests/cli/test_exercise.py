"""A trainer's own exercise: started, broken in the usual ways, told by line with the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.teach import own
from funnelkit.words import speaking


@pytest.mark.parametrize("kind", own.STARTS)
def test_every_start_is_sound_and_shows_as_a_form(kind: str, tmp_path: Path) -> None:
    file = own.start(tmp_path / "mine.yaml", kind)
    found, problems = own.look(file)
    assert not problems
    page = own.form_page(found, file)
    assert "fk-exercise" in page
    assert "解答" in page
    with speaking("en"), pytest.raises(FunnelkitError, match="is there already"):
        own.start(file, kind)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("kind: number", "kind: numbre", 15, "There is no kind"),
        ('right: "= n * win * value"', "", 4, "Nothing says what is right"),
        ('gives: "= n * value"', 'gives: "= n * valu"', 18, "cannot be worked out"),
        ('gives: "= n * value"', 'gives: "= n * win * value"', 20, "right answer for all"),
        ('zh: "这是赢单数，题目问的是金额。"', 'zh: ""', 28, "says nothing in 中文"),
        ('zh: "这是赢单数，题目问的是金额。"', 'zh: "These are wins"', 28, "no Chinese"),
        ("{n} offers", "{m} offers", 7, "names"),
        ("    after:", "    afterwards:", 46, "not known here"),
        ("minutes: 4", "minutes: four", 6, "cannot be read"),
    ],
)
def test_a_fault_is_told_with_its_line_and_the_cure(
    old: str, new: str, line: int, said: str, tmp_path: Path
) -> None:
    file = own.start(tmp_path / "mine.yaml")
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    with speaking("en"):
        told = [str(problem) for problem in own.look(file)[1]]
    assert any(said in one for one in told), told
    assert any(f"line {line}:" in one for one in told), told


def test_one_mistake_is_too_few_and_a_hint_must_not_tell(tmp_path: Path) -> None:
    file = own.start(tmp_path / "mine.yaml")
    text = file.read_text("utf-8")
    one = text[: text.index("      - id: wins_only")] + text[text.index("    # a nudge") :]
    file.write_text(one, "utf-8")
    with speaking("en"):
        assert "two are needed" in str(own.look(file)[1][0])
    every = ", ".join(
        f"{n * w * v:,.0f}" for n in (20, 30, 40) for w in (0.2, 0.25, 0.3) for v in (5e4, 8e4)
    )
    file.write_text(text.replace("How many of the offers will be won?", every), "utf-8")
    with speaking("en"):
        assert "tells the answer" in str(own.look(file)[1][0])
