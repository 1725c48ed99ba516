"""pyproject.toml, environment.yml and the two locks name the same packages and versions."""

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
FILE = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = FILE["project"]
EXTRAS = PROJECT["optional-dependencies"]
BUILD = FILE["dependency-groups"]["build"]
KIT = PROJECT["dependencies"] + EXTRAS["kit"] + BUILD
ALL = [*PROJECT["dependencies"], *chain(*EXTRAS.values()), *BUILD]
#: The kit alone, and with every extra.
LOCKS = {"constraints.txt": KIT, "constraints-dev.txt": ALL}


def one(requirement: str) -> tuple[str, str, str]:
    """Name with extras, range and marker, in one spelling."""
    r = Requirement(requirement)
    extras = f"[{','.join(sorted(r.extras))}]" if r.extras else ""
    return canonicalize_name(r.name) + extras, str(r.specifier), str(r.marker or "")


def locked(lock: str) -> Iterator[tuple[str, str, str, list[str]]]:
    """Every entry of a lock: name, version, marker, hashes."""
    text = (ROOT / lock).read_text("utf-8").strip()
    for entry in re.split(r"\n(?=[A-Za-z0-9])", text):
        pin = Requirement(entry.split(" \\\n")[0].strip())
        (version,) = pin.specifier
        hashes = re.findall(r"--hash=(\S+)", entry)
        yield canonicalize_name(pin.name), version.version, str(pin.marker or ""), hashes


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


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_every_requirement_within_its_range(lock: str) -> None:
    versions: dict[str, list[str]] = {}
    for name, version, _, _ in locked(lock):
        versions.setdefault(name, []).append(version)
    for line in LOCKS[lock]:
        wanted = Requirement(line)
        found = versions.get(canonicalize_name(wanted.name), [])
        assert found, f"{wanted.name} is not in {lock}: run make lock"
        outside = [v for v in found if not wanted.specifier.contains(v)]
        assert not outside, f"{line}, but {lock} has {outside}: run make lock"


def test_the_kit_runs_the_versions_it_is_tested_with() -> None:
    """Markers differ, since an extra may need a package on more systems; versions do not."""
    tested = {(name, version): hashes for name, version, _, hashes in locked("constraints-dev.txt")}
    for name, version, _, hashes in locked("constraints.txt"):
        assert tested.get((name, version)) == hashes, f"{name} {version}: run make lock"


def test_the_kit_is_light() -> None:
    """What only tests, clusters and benchmarks need does not reach a user's machine."""
    kit = {name for name, *_ in locked("constraints.txt")}
    beside = {canonicalize_name(Requirement(r).name) for r in ALL} - {
        canonicalize_name(Requirement(r).name) for r in KIT
    }
    assert {"pm4py", "pyspark", "mypy", "playwright", "polars", "uv"} <= beside
    assert (
        kit & beside - {"packaging", "requests", "urllib3", "fonttools", "beautifulsoup4"} == set()
    )


def test_a_lock_can_build_the_package_offline() -> None:
    """`pip install --no-build-isolation` takes the build backend from the lock."""
    assert {one(r) for r in FILE["build-system"]["requires"]} <= {one(r) for r in BUILD}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_of_a_lock_is_hashed(lock: str) -> None:
    entries = list(locked(lock))
    assert len(entries) > 100
    assert [name for name, _, _, hashes in entries if not hashes] == []
    assert {h.split(":")[0] for *_, hashes in entries for h in hashes} == {"sha256"}


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("word", ["://", "--index-url", "--find-links", "--trusted-host", " @ "])
def test_no_index_address_in_a_lock(lock: str, word: str) -> None:
    assert word not in (ROOT / lock).read_text("utf-8")
