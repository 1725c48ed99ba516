"""Warm equals cold, handed over equals read, and every format says the same numbers."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from funnelkit.report import handed, source
from funnelkit.report.blocks import Fact, Headline, headline_of
from funnelkit.report.contents import contents_of
from funnelkit.report.factory.engine import run_notebook
from funnelkit.report.factory.pool import run_jobs
from funnelkit.report.factory.run import Batch, Job, Run, finish, plan, report
from funnelkit.report.pages.funnel_review import Review
from funnelkit.report.picture import wrapped
from funnelkit.report.template import defaults_of, find_template


def outputs(notebook: Any) -> list[Any]:
    return [
        (c.source, c.get("execution_count"), c.get("outputs"))
        for c in nbformat.from_dict(notebook).cells
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Run]]:
    out = tmp_path_factory.mktemp("same")
    formats = ["html", "ipynb", "xlsx", "png"]
    parameters = {"min_deals": 2, "lang": "zh"}
    runs = report(
        "funnel-review", "tiny", each="region", parameters=parameters, formats=formats, out=out
    )
    assert [run.error for run in runs if not run.ok] == []
    return out, runs


def test_warm_equals_cold_cell_by_cell(made: tuple[Path, list[Run]], tmp_path: Path) -> None:
    out, runs = made
    run = runs[-1]  # not the first of its worker
    cold = run_notebook(find_template("funnel-review").path, tmp_path / "x.ipynb", run.job.values)
    warm = nbformat.read(out / f"{run.job.stem}.ipynb", as_version=4)
    assert outputs(warm) == outputs(cold)
    assert nbformat.validate(warm) is None


def test_the_order_makes_no_difference(made: tuple[Path, list[Run]], tmp_path: Path) -> None:
    out, runs = made
    asked = []
    for run in sorted(runs, key=lambda r: r.job.stem, reverse=True):
        folder = tmp_path / run.job.stem
        folder.mkdir()
        asked.append(
            {
                "template": str(find_template("funnel-review").path), "values": run.job.values,
                "folder": str(folder), "stem": run.job.stem, "formats": ["ipynb"], "lang": "zh",
            }
        )  # fmt: skip
    for place, answer, _ in run_jobs(asked, 1, 120):
        stem = asked[place]["stem"]
        assert "error" not in answer
        one = nbformat.read(tmp_path / stem / f"{stem}.ipynb", as_version=4)
        two = nbformat.read(out / f"{stem}.ipynb", as_version=4)
        assert outputs(one) == outputs(two)


@pytest.mark.parametrize("data", ["tiny", "industrial"])
def test_what_is_handed_over_is_what_was_read(
    data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = defaults_of("funnel-review") | {"data": data, "where": {"region": "North"}}
    read = source.open_pipeline(values)
    first = source.values_of(read, "region")[0]
    values["where"] = {"region": first}
    handed.hand_over(tmp_path, values, read, source.checksum(values, read))
    part = source.part_of(read, values["where"])
    monkeypatch.setenv(handed.VARIABLE, str(tmp_path))
    again = source.open_pipeline(values)
    assert again is not read
    same = source.part_of(again, values["where"])
    for left, right in ((read, again), (part, same)):
        assert left.frame().equals(right.frame())
        for name in ("stage_history", "field_history", "stays", "furthest"):
            one, two = getattr(left, name), getattr(right, name)
            if one is None:
                assert two is None
                continue
            if left is part and name in ("stays", "furthest"):
                one = one.semi_join(part.deals, "deal_id")
            frames = [t.to_pandas() for t in (one, two)]
            columns = list(frames[0].columns)
            ordered = [f.sort_values(columns).reset_index(drop=True) for f in frames]
            assert ordered[0].equals(ordered[1]), name
        assert left.given == right.given
        assert set(left.tables) == set(right.tables)
        assert (left.as_of, left.name, left.process) == (right.as_of, right.name, right.process)
        assert (left.synthetic, left.left_out) == (right.synthetic, right.left_out)
        assert list(map(str, left.findings)) == list(map(str, right.findings))
    assert source.checksum(values, again) == source.checksum(values, read)
    assert os.environ[handed.VARIABLE] == str(tmp_path)
    one, two = (Review(w, p, values) for w, p in ((read, part), (again, same)))
    assert repr(one.headline()) == repr(two.headline())
    assert repr(one.segments()) == repr(two.segments())


def test_the_workbook_says_what_the_page_says(made: tuple[Path, list[Run]]) -> None:
    out, runs = made
    stem = runs[0].job.stem
    notebook = nbformat.read(out / f"{stem}.ipynb", as_version=4)
    shown = contents_of(notebook)
    headline = headline_of(notebook)
    assert headline is not None
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(out / f"{stem}.xlsx"))
    cells = [c for n in book.sheet_names for row in book.get_sheet_by_name(n).to_python()
             for c in row]  # fmt: skip
    held = set(cells)
    numbers = np.array(sorted(c for c in cells if isinstance(c, float | int)), dtype=float)
    assert book.sheet_names[0] == "摘要"
    for fact in headline.facts:
        if fact.value is not None:
            assert any(isinstance(c, float | int) and abs(c - fact.value) < 1e-9 for c in cells)
    for sheet in shown.sheets:
        for row in sheet.table.cells()[1]:
            for value, _ in row[1:]:
                if isinstance(value, float):  # Excel keeps 15 digits
                    assert np.isclose(numbers, value, rtol=1e-14, atol=1e-9).any(), value
                else:
                    assert value is None or value in held, value
    with zipfile.ZipFile(out / f"{stem}.xlsx") as parts:
        names = parts.namelist()
        sheets = [parts.read(n).decode() for n in names if n.startswith("xl/worksheets/sheet")]
    assert sum("charts/chart" in n for n in names) >= 3
    # a table a sheet; beside them the headline, and what the sheets hold
    assert sum("tables/table" in n for n in names) == len(shown.sheets) + 2
    assert not any("<f>" in sheet for sheet in sheets)


def test_the_picture_is_one(made: tuple[Path, list[Run]]) -> None:
    out, runs = made
    data = (out / f"{runs[0].job.stem}.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert 20_000 < len(data) < 1_000_000


def test_lines_of_the_picture_hold_their_width() -> None:
    assert wrapped("赢率（已结商机）为 28.6%，共 14 个。", 10) == [
        "赢率（已结", "商机）为", "28.6%，共", "14 个。",
    ]  # fmt: skip


def run_of(name: str, value: float, trend: tuple[float, ...] = ()) -> Run:
    fact = Fact("deals", "Deals", value, f"{value:g}")
    headline = Headline(name, (fact,), "en", trend)
    return Run(Job(name, name, {}), 1.0, (f"{name}.html",), headline)


def test_the_index_says_what_changed(tmp_path: Path) -> None:
    def made_of(*runs: Run) -> str:
        base = plan("funnel-review", "tiny", out=tmp_path, parameters={"lang": "en"})
        told = {name: getattr(base, name) for name in
                ("template", "formats", "checksum", "name", "lang", "last")}  # fmt: skip
        batch = Batch(jobs=tuple(r.job for r in runs), out=tmp_path, **told)
        return finish(batch, runs).read_text("utf-8")

    first = made_of(run_of("a", 5), run_of("b", 7), run_of("c", 1))
    assert "Since" not in first
    assert "<script" not in first
    second = made_of(run_of("a", 6, (1, 0, 3)), run_of("b", 7), *(run_of(x, 1) for x in "defg"))
    assert "1 report with other numbers, 4 new, 1 gone" in second
    assert '<small class="was">▲ was 5</small>' in second
    assert second.count('class="was"') == 1
    assert 'aria-label="Won deals by month: 1, 0, 3"' in second
    assert second.count("<script>") == 1
    assert not re.search(r"src=|https?://", second)
