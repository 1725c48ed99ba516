"""Look at the machine: what reading, measuring and reporting need, and what is there."""

from __future__ import annotations

import platform
import re
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from funnelkit.words import say

Check = tuple[str, str, bool]
# Without metadata of the kit itself (a checkout that is not installed) only presence is checked.
_PARTS = (
    "pandas", "ibis-framework", "duckdb", "matplotlib", "pydantic", "typer", "rich", "papermill",
    "nbconvert", "ipykernel", "jupyterlab",
)  # fmt: skip


def checks() -> Iterator[Check]:
    """Yield what was looked at, what was found, and whether that is enough."""
    version = sys.version_info[:2]
    yield "Python", platform.python_version(), (3, 11) <= version <= (3, 14)
    for name, allowed in _needed().items():
        yield _package(name, allowed)
    for key, look in (
        ("data", _data),
        ("font", _font),
        ("template", _template),
        ("kernel", _kernel),
    ):
        try:
            yield say(f"report.doctor_{key}"), *look()
        except Exception as problem:
            yield say(f"report.doctor_{key}"), f"{type(problem).__name__}: {problem}", False


def _needed() -> dict[str, str]:
    try:
        lines = metadata.requires("funnelkit") or []
    except metadata.PackageNotFoundError:
        return dict.fromkeys(_PARTS, "")
    found = {}
    for line in lines:
        requirement, _, marker = line.partition(";")
        if "extra" in marker and not re.search(r"extra == ['\"]kit['\"]", marker):
            continue
        name = re.match(r"[A-Za-z0-9._-]+", requirement)
        if name:
            found[name[0]] = requirement[name.end() :]
    return found


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", version.split("+")[0])[:4])


def _package(name: str, allowed: str) -> Check:
    """Check a version against what the kit's metadata allow, as ``>=1.5,<2``."""
    least, below = (re.search(sign + r"\s*([\d.]+)", allowed) for sign in (">=", "<(?!=)"))
    low = least[1] if least else "0"
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return name, say("report.doctor_missing", least=low), False
    if _numbers(found) < _numbers(low):
        return name, say("report.doctor_old", found=found, least=low), False
    if below and _numbers(found) >= _numbers(below[1]):
        return name, say("report.doctor_new", found=found, below=below[1]), False
    return name, found, True


def _data() -> tuple[str, bool]:
    from funnelkit.data.library import datasets, load

    name = str(datasets()["name"].iloc[-1])
    return say("report.doctor_deals", name=name, n=load(name).size), True


def _font() -> tuple[str, bool]:
    from funnelkit.charts.fonts import family

    found = family()
    return ", ".join(found), bool(found)


def _template() -> tuple[str, bool]:
    from funnelkit.report.template import template_names

    names = template_names()
    return ", ".join(names), bool(names)


def _kernel() -> tuple[str, bool]:
    from funnelkit.report.factory.engine import run_notebook
    from funnelkit.report.notebook import nbformat

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "one.ipynb"
        nbformat.write(notebook, source)
        done = run_notebook(source, Path(folder) / "two.ipynb", {})
    ok = done.cells[0].outputs[0]["data"]["text/plain"] == "2"
    return say("report.doctor_starts"), ok
