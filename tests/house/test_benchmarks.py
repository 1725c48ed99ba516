"""What stands beside the kit asks it for names that are there; no other test runs it."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(
    [*ROOT.glob("benchmarks/*.py"), *ROOT.glob("docs/*.py"), *ROOT.glob("tests/tools/*.py")]
)


@pytest.mark.parametrize("file", FILES, ids=lambda f: f"{f.parent.name}/{f.name}")
def test_every_name_taken_from_the_kit_is_there(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.module or node.level:
            continue
        if node.module.split(".")[0] != "funnelkit":
            continue
        room = importlib.import_module(node.module)
        for name in node.names:
            if not hasattr(room, name.name):
                importlib.import_module(f"{node.module}.{name.name}")
