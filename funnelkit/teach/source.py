"""Where the written exercises stand: a YAML file a lesson, both languages side by side."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from funnelkit.process.nodes import read_nodes
from funnelkit.process.text import Text


@cache
def folder() -> Path:
    """Return where the exercises lie: inside the wheel, or at the top of the checkout."""
    inside = Path(__file__).parent / "exercises"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "exercises" / "bank"


@cache
def lessons() -> tuple[str, ...]:
    """Return the lessons that have exercises, the quiz (``Q``) last."""
    return tuple(sorted(file.stem for file in folder().glob("*.yaml")))


@cache
def document(lesson: str) -> tuple[dict[str, Any], dict[tuple[str | int, ...], int]]:
    """Return a lesson's file as plain values, and the line of each."""
    file = folder() / f"{lesson}.yaml"
    values, lines = read_nodes(file.read_text("utf-8"), file.name)
    return values, lines


@cache
def words(lesson: str) -> Mapping[str, Text]:
    """Return the texts of a lesson's tables and charts by name."""
    texts: dict[str, Any] = document(lesson)[0].get("words") or {}
    return {name: Text.model_validate(text) for name, text in texts.items()}
