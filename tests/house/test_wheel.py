"""The wheel does the main job away from the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("pyproject.toml", "README.md", "LICENSE", "LICENSE-CONTENT", "funnelkit", "datasets")


pytestmark = pytest.mark.skipif(
    not (ROOT / "funnelkit/cli").exists()
    or not (ROOT / "notebooks/reports/funnel_review.ipynb").exists(),
    reason="no report to run yet",
)


def run(*command: str | Path, cwd: Path, path: Path | None = None) -> str:
    env = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "FUNNELKIT_LANG"}}
    if path:
        env["PYTHONPATH"] = str(path)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *map(str, command)],
        cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build from a copy of the sources, so that the checkout stays as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for part in (ROOT / name for name in PARTS):
        if part.is_dir():
            shutil.copytree(part, source / part.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(part, source)
    for part in ("notebooks/reports", "notebooks/masters", "notebooks/apps", "exercises/bank"):
        shutil.copytree(ROOT / part, source / part)
    run(
        *("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"),
        *("--wheel-dir", folder, source),
        cwd=folder,
    )
    (built,) = folder.glob("funnelkit-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = tmp_path_factory.mktemp("site")
    run(
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        site,
        wheel,
        cwd=site,
    )
    return site


def test_the_wheel_carries_sheets_templates_and_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "funnelkit/py.typed",
        "funnelkit/words/catalogue/words.yaml",
        "funnelkit/process/sheets/b2b-six-stages.yaml",
        "funnelkit/report/templates/funnel_review.ipynb",
        "funnelkit/apps/notebooks/levers.ipynb",
    } <= names
    assert any(name.startswith("funnelkit/data/bundled/industrial") for name in names)
    licences = {name.split("/licenses/")[1] for name in names if "/licenses/" in name}
    assert licences == {"LICENSE", "LICENSE-CONTENT", "funnelkit/charts/fonts/OFL.txt"}
    assert not [n for n in names if n.startswith(("tests/", "benchmarks/", "notebooks/"))]


def test_a_review_of_bundled_data_from_the_installed_wheel(installed: Path, tmp_path: Path) -> None:
    where = run("-c", "import funnelkit; print(funnelkit.__file__)", cwd=tmp_path, path=installed)
    assert Path(where.strip()).is_relative_to(installed)
    run(
        *("-m", "funnelkit.cli", "report", "funnel-review", "industrial", "--lang", "zh"),
        *("--out", "out"),
        cwd=tmp_path,
        path=installed,
    )
    index = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "漏斗" in index
