"""What is imported is declared, what is declared is used, and the core runs without extras."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
FILE = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT, GROUPS = FILE["project"], FILE["dependency-groups"]
EXTRAS = PROJECT["optional-dependencies"]
# Rooms that are the kit: they may need what only the extra brings.
KIT_ROOMS = {"report", "teach", "apps", "room"}
DISTRIBUTIONS = packages_distributions()


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(r).name) for r in requirements}


CORE = names(PROJECT["dependencies"])
KIT = CORE | names(EXTRAS["kit"])
# A CRM, a warehouse, a cluster: asked for inside the function that needs it.
DOORS = names(
    [r for extra, rs in EXTRAS.items() if extra not in {"kit", "bench", "dev"} for r in rs]
)
# Used without an import: by whom.
BY_NAME = {
    "tzdata": "zoneinfo reads it where the system has no time zones",
    "jupyterlab": "the program `funnelkit lab` starts",
    "jupyterlab-language-pack-zh-cn": "JupyterLab's menus",
    "nbval": "a part of pytest", "pytest-xdist": "a part of pytest",
    "ruff": "make check", "mypy": "make check", "import-linter": "make check",
    "pandas-stubs": "mypy reads it", "types-pyyaml": "mypy reads it",
    "types-requests": "mypy reads it",
    "sphinx": "make docs", "myst-nb": "a part of Sphinx", "furo": "a theme of Sphinx",
    "uv": "make setup, make lock", "hatchling": "builds the wheel", "editables": "pip install -e",
}  # fmt: skip


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def imported(source: Path) -> Iterator[tuple[str, bool]]:
    """Third-party packages a file imports, and whether only inside a function."""
    tree = ast.parse(source.read_text("utf-8"))
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found = [node.module or ""]
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "importorskip"}:
            found = [a.value for a in node.args[:1] if isinstance(a, ast.Constant)]
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


def used_in(*folders: str) -> set[str]:
    """Every distribution that a file of these folders imports."""
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    packages = {package for file in files for package, _ in imported(file)}
    return {canonicalize_name(d) for p in packages for d in DISTRIBUTIONS.get(p, [])}


def test_what_is_declared_is_used() -> None:
    in_kit, beside = used_in("funnelkit"), used_in("tests", "benchmarks")
    idle = [
        f"{extra}: {name}"
        for extra, lines in {"core": PROJECT["dependencies"], **EXTRAS, **GROUPS}.items()
        for name in sorted(names(lines))
        if name not in (in_kit | beside if extra in {"bench", "dev"} else in_kit)
        and name not in BY_NAME
    ]
    assert not idle, f"used by no line: {idle}"


def test_the_list_of_those_without_an_import_is_not_longer_than_it_has_to_be() -> None:
    declared = names([*PROJECT["dependencies"], *chain(*EXTRAS.values(), *GROUPS.values())])
    assert set(BY_NAME) - declared == set()
    assert set(BY_NAME) & used_in("funnelkit") == set()


@pytest.mark.parametrize("folder", ["tests", "benchmarks"])
def test_what_tests_and_benchmarks_import_is_declared(folder: str) -> None:
    declared = names([*PROJECT["dependencies"], *chain(*EXTRAS.values(), *GROUPS.values())])
    missing = {
        (str(file.relative_to(ROOT)), package)
        for file in sorted((ROOT / folder).rglob("*.py"))
        for package, _ in imported(file)
        if package not in {"benchmarks", "conftest", "tools"}
        and not declared & {canonicalize_name(d) for d in DISTRIBUTIONS.get(package, [])}
    }
    assert not missing, f"declare in pyproject.toml: {sorted(missing)}"
