"""pyproject.toml, environment.yml and constraints.txt name the same packages and versions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCK = (ROOT / "constraints.txt").read_text("utf-8")


def one(requirement: str) -> tuple[str, str, str]:
    """Name with extras, range and marker, in one spelling."""
    r = Requirement(requirement)
    extras = f"[{','.join(sorted(r.extras))}]" if r.extras else ""
    return canonicalize_name(r.name) + extras, str(r.specifier), str(r.marker or "")


def locked() -> Iterator[tuple[str, str, list[str]]]:
    """Every entry of the lock: name, version, hashes."""
    for entry in re.split(r"\n(?=[A-Za-z0-9])", LOCK.strip()):
        pin = Requirement(entry.split(" \\\n")[0].strip())
        (version,) = pin.specifier
        yield canonicalize_name(pin.name), version.version, re.findall(r"--hash=(\S+)", entry)


def conda() -> tuple[list[str], list[str]]:
    parts = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    (pip,) = [part["pip"] for part in parts if isinstance(part, dict)]
    return [part for part in parts if isinstance(part, str)], pip


def test_conda_mirrors_core_and_kit() -> None:
    _, pip = conda()
    assert pip[-1] == "-e ."
    assert sorted(map(one, pip[:-1])) == sorted(map(one, PROJECT["dependencies"] + EXTRAS["kit"]))


def test_conda_python_is_the_python_of_the_package() -> None:
    (python,) = [one(part) for part in conda()[0] if part.startswith("python")]
    assert python == one("python" + PROJECT["requires-python"])


def test_every_line_of_the_two_files_has_its_reason() -> None:
    conda_lines = re.findall(r"^ +- (?!pip:|conda-forge)(.*)$", environment_text(), re.M)
    assert [line for line in conda_lines if "  # " not in line] == []
    body = (ROOT / "pyproject.toml").read_text("utf-8").split("\n[project.scripts]")[0]
    bare = re.findall(r'(?<!#)\n +"[a-zA-Z][^"]*[<>=][^"]*",$', body, re.M)
    above = re.findall(r'\n +# [^\n]*\n +"[a-zA-Z][^"]*[<>=][^"]*",$', body, re.M)
    assert len(bare) == len(above), bare


def environment_text() -> str:
    return (ROOT / "environment.yml").read_text("utf-8")


def test_the_lock_holds_every_requirement_within_its_range() -> None:
    versions: dict[str, list[str]] = {}
    for name, version, _ in locked():
        versions.setdefault(name, []).append(version)
    for line in chain(PROJECT["dependencies"], *EXTRAS.values()):
        wanted = Requirement(line)
        found = versions.get(canonicalize_name(wanted.name), [])
        assert found, f"{wanted.name} is not in constraints.txt: run make lock"
        outside = [v for v in found if not wanted.specifier.contains(v)]
        assert not outside, f"{line}, but constraints.txt has {outside}: run make lock"


def test_the_lock_can_build_the_package_offline() -> None:
    """`pip install --no-build-isolation` takes the build backend from the lock."""
    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]["requires"]
    assert {one(r) for r in build} <= {one(r) for r in EXTRAS["dev"]}


def test_every_entry_of_the_lock_is_hashed() -> None:
    entries = list(locked())
    assert len(entries) > 100
    assert [name for name, _, hashes in entries if not hashes] == []
    assert {h.split(":")[0] for _, _, hashes in entries for h in hashes} == {"sha256"}


@pytest.mark.parametrize("word", ["://", "--index-url", "--find-links", "--trusted-host", " @ "])
def test_no_index_address_in_the_lock(word: str) -> None:
    assert word not in LOCK
