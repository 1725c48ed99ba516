"""Templates are built one way, the same each time, and found in a checkout and in a wheel."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from funnelkit.report import build, template
from funnelkit.report.template import FOLDERS, find_template, template_names

ROOT = Path(__file__).parents[2]
MASTER = ROOT / "notebooks" / "reports" / "funnel_review.py"


def test_the_stored_notebooks_follow_from_their_masters() -> None:
    assert build.stale(FOLDERS[0]) == []


def test_two_builds_are_equal_and_ids_are_numbered() -> None:
    text = build.built(MASTER)
    assert text == build.built(MASTER)
    assert '"id": "funnel-review-000"' in text
    assert "jupytext" not in text


def test_check_names_what_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(MASTER, tmp_path)
    monkeypatch.setattr(build, "FOLDERS", (tmp_path,))
    assert build.main(["--check"]) == 1
    assert "funnel_review.ipynb" in capsys.readouterr().err
    assert build.main([]) == 0
    assert build.main(["--check"]) == 0
    (tmp_path / "funnel_review.ipynb").write_text("{}", "utf-8")
    assert build.main(["--check"]) == 1


def test_cells_stay_short() -> None:
    code = [c for c in find_template("funnel-review").notebook.cells if c.cell_type == "code"]
    rest = [c for c in code if "parameters" not in c.metadata.get("tags", [])]
    assert all(len(cell.source.splitlines()) <= 4 for cell in rest)


def test_templates_are_found_inside_a_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "templates"
    inside.mkdir()
    shutil.copy(MASTER.with_suffix(".ipynb"), inside)
    monkeypatch.setattr(template, "FOLDERS", (tmp_path / "no checkout", inside))
    assert template_names() == ["funnel-review"]
    assert find_template("funnel-review").path == inside / "funnel_review.ipynb"
    assert find_template("funnel_review").path == inside / "funnel_review.ipynb"
