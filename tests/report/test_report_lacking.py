"""What a section lacks is told by the measure's name for readers, never by its name in code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import funnelkit
from funnelkit import FunnelkitError
from funnelkit.report.blocks import column_name, measure_label, missing
from funnelkit.words import speaking

PACKAGE = Path(funnelkit.__file__).parent


def _asked() -> set[str]:
    """Return whatever any call in the package gives as ``what=``, a formatted part as ``x``."""
    found = set()
    for room in ("measures", "control", "planning", "report"):
        for file in (PACKAGE / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.keyword) and node.arg == "what":
                    value = node.value
                    if isinstance(value, ast.Constant) and isinstance(value.value, str):
                        found.add(value.value)
                    elif isinstance(value, ast.JoinedStr):
                        parts = [
                            v.value if isinstance(v, ast.Constant) else "x" for v in value.values
                        ]
                        found.add("".join(map(str, parts)))
    return found


def test_whatever_asks_has_a_name_for_readers() -> None:
    asked = _asked()
    assert {"win_rate", "diagnose", "forecast", "funnel"} <= asked
    for lang, coded in (("en", r"_|=|\{|\('"), ("zh", r"^[^\u4e00-\u9fff]*$|_|=|\{")):
        with speaking(lang):
            left = {what for what in asked if re.search(coded, measure_label(what))}
        assert not left, lang


def test_whatever_is_lacking_has_a_name_for_readers() -> None:
    needed = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "need"
            ):
                needed |= {a.value for a in node.args if isinstance(a, ast.Constant)}
    assert {"expected_close", "field_history", "owner"} <= needed
    for lang, coded in (("en", "_"), ("zh", r"^[^\u4e00-\u9fff]*$|_")):
        with speaking(lang):
            left = {name for name in needed if re.search(coded, column_name(str(name)))}
        assert not left, lang


@pytest.mark.parametrize(
    ("lang", "start"),
    [("en", "Win rate (closed deals) says nothing"), ("zh", "“赢单率（已关闭商机口径）”")],
)
def test_no_code_name_in_what_is_told(lang: str, start: str) -> None:
    problem = FunnelkitError("pipeline.no_losses", what="win_rate", n=36)
    with speaking(lang):
        text = missing(problem)
    assert text.startswith(start)
    assert "win_rate" not in text
