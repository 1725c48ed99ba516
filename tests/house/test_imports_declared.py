"""What the package imports is declared, and the core runs without the extras."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
# Rooms that are the kit: they may need what only the extra brings.
KIT_ROOMS = {"report", "teach", "apps"}
DISTRIBUTIONS = packages_distributions()


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(r).name) for r in requirements}


CORE = names(PROJECT["dependencies"])
KIT = CORE | names(PROJECT["optional-dependencies"]["kit"])
# A CRM, a warehouse, a cluster: asked for inside the function that needs it.
DOORS = names(
    [r for extra, rs in PROJECT["optional-dependencies"].items() for r in rs
     if extra not in {"kit", "bench", "dev"}]
)  # fmt: skip


def imported(source: Path) -> Iterator[tuple[str, bool]]:
    """Third-party packages a file imports, and whether only inside a function."""
    tree = ast.parse(source.read_text("utf-8"))
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found = [node.module or ""]
        else:
            continue
        for package in {name.split(".")[0] for name in found}:
            if package != "funnelkit" and package not in sys.stdlib_module_names:
                yield package, id(node) not in top


def by_room() -> dict[str, list[Path]]:
    rooms: dict[str, list[Path]] = {}
    for file in sorted((ROOT / "funnelkit").rglob("*.py")):
        rooms.setdefault(file.relative_to(ROOT / "funnelkit").parts[0], []).append(file)
    return rooms


@pytest.mark.parametrize("room", by_room())
def test_every_import_is_declared(room: str) -> None:
    missing = set()
    for file in by_room()[room]:
        for package, late in imported(file):
            allowed = KIT if late or room in KIT_ROOMS else CORE
            allowed |= DOORS if late else set()
            if not allowed & {canonicalize_name(d) for d in DISTRIBUTIONS.get(package, [])}:
                missing.add((str(file.relative_to(ROOT)), package))
    assert not missing, f"declare in pyproject.toml: {sorted(missing)}"
