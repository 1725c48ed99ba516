"""A batch goes on when one report fails, and leaves no half-written file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from funnelkit.report.factory.run import finish, plan, report, run_batch

PARAMETERS = """\
data: str = ""  # Data
lang: str = "en"  # Language [en, zh]
where: dict = {}  # Part
"""
CELL = """\
from html import escape
value = where["region"]
if value == "<script>alert(1)</script>":
    raise ZeroDivisionError("no deals closed")
class Page:
    def _repr_html_(self):
        return f"<h1>{escape(value)}</h1>"
Page()
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    cells = [nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, id="a")]
    cells += [nbformat.v4.new_code_cell(CELL, id="b")]
    path = tmp_path / "trivial.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    regions = ["../../x", "<script>alert(1)</script>", "华东 & co", None]
    frame = pd.DataFrame(
        {
            "deal_id": ["a", "b", "c", "d"],
            "region": regions,
            "outcome": ["won", "lost", "open", "won"],
            "created_at": "2026-01-05",
            "closed_at": ["2026-02-05", "2026-02-06", None, "2026-02-07"],
        }
    )
    frame.to_csv(tmp_path / "deals.csv", index=False)
    return tmp_path / "deals.csv"


def test_a_bad_value_among_good_ones(
    template: Path, deals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    relative = os.path.relpath(deals)
    out = tmp_path / "a" / "out"
    runs = report(template, relative, each="region", out=out)
    assert {run.job.value: run.error for run in runs} == {
        "../../x": "",
        "<script>alert(1)</script>": "ZeroDivisionError: no deals closed",
        "华东 & co": "",
    }
    names = sorted(path.name for path in out.iterdir())
    good = [run.job.stem for run in runs if run.ok]
    bad = next(run.job.stem for run in runs if not run.ok)
    assert names == sorted(
        [*(f"{s}.{e}" for s in good for e in ("html", "ipynb")), f"{bad}.failed.ipynb",
         "index.html", "manifest.json"]
    )  # fmt: skip
    assert list(elsewhere.iterdir()) == []
    index = (out / "index.html").read_text("utf-8")
    assert "<script>" not in index
    assert "Not made: ZeroDivisionError: no deals closed" in index
    assert "2 of 3 reports made. 1 deal has no value in the column" in index
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert [r["status"] for r in manifest["reports"]] == ["ok", "failed", "ok"]
    page = (out / f"{good[1]}.html").read_text("utf-8")
    assert "<h1>华东 &amp; co</h1>" in page
    assert "TCP" not in page


def test_an_older_report_does_not_pass_for_one_that_failed(
    template: Path, deals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the machine is full")

    monkeypatch.setattr("funnelkit.report.factory.run.run_notebook", broken)
    batch = plan(template, deals, each="region", formats=["html"], out=tmp_path, fresh=True)
    old = tmp_path / f"{batch.jobs[0].stem}.html"
    old.write_text("old", "utf-8")
    runs = list(run_batch(batch))
    assert [run.error for run in runs] == ["RuntimeError: the machine is full"] * 3
    assert not old.exists()
    assert not list(tmp_path.glob(".running*"))
    finish(batch, runs)
    assert "0 of 3 reports made" in (tmp_path / "index.html").read_text("utf-8")
