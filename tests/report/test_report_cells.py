"""A workbook holds the numbers of the page in full, as numbers, days as days."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from python_calamine import CalamineWorkbook

import funnelkit as fk
from funnelkit.report.contents import contents_of
from funnelkit.report.factory.run import report
from funnelkit.show.workbook import _Writer
from funnelkit.words import speaking


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_page_workbook_and_measure_hold_the_same_numbers(tmp_path: Path, lang: str) -> None:
    import nbformat

    runs = report(
        "funnel-review", "tiny", parameters={"lang": lang, "min_deals": 2},
        formats=["ipynb", "xlsx"], out=tmp_path,
    )  # fmt: skip
    assert [run.error for run in runs] == [""]
    book = CalamineWorkbook.from_path(str(tmp_path / "funnel-review.xlsx"), load_tables=True)
    tables = [book.get_table_by_name(name) for name in book.table_names]
    cells = [value for table in tables for row in table.to_python() for value in row[1:]]
    found = {tuple(str(h).strip() for h in t.columns): t.to_python() for t in tables}
    with speaking(lang):
        p = fk.load("tiny")
        funnel = fk.funnel(p)
        first = funnel.shown().columns[0].label
        rates = fk.win_rate(p, by="owner")
    rows = next(rows for head, rows in found.items() if head[0] == first)
    drawn = ("deals", "still_open", "step_rate", "low", "high", "overall_rate")
    for row, (_, known) in zip(rows, funnel.table.iterrows(), strict=True):
        for value, name in zip(row[1:], drawn, strict=True):
            if known[name] == known[name]:
                assert value == pytest.approx(known[name], abs=1e-12), name
    told = next(
        rows for head, rows in found.items() if "owner" in head[0].lower() or "负责人" in head[0]
    )
    known = dict(zip(rates.table["owner"], rates.table["rate"], strict=True))
    assert {row[0]: pytest.approx(row[1], abs=1e-12) for row in told} == known
    # whatever a column says is a number, is one in the workbook
    notebook = nbformat.read(tmp_path / "funnel-review.ipynb", as_version=4)
    shown = contents_of(notebook)
    assert len(found) >= 8
    numbers = sum(
        isinstance(value, float | dt.date)
        for sheet in shown.sheets
        for row in sheet.table.cells()[1]
        for value, _ in row[1:]
    )
    assert numbers > 100
    assert sum(isinstance(value, int | float | dt.date) for value in cells) >= numbers
    assert not any(isinstance(value, str) and value.startswith("=") for value in cells)
    # and no number is a text: in no column, of the checks of the data neither
    written = re.compile(r"[+\-−]?[\d,]+(\.\d+)?%?")
    assert not [v for v in cells if isinstance(v, str) and written.fullmatch(v.strip())]
    # a heading that is nothing but a unit of short amounts heads no full ones
    assert not {h for head in found for h in head} & {"EUR k", "EUR m", "万欧元", "欧元"}


def test_a_chart_draws_what_the_picture_draws(tmp_path: Path) -> None:
    report("funnel-review", "tiny", parameters={"min_deals": 2}, formats=["xlsx"], out=tmp_path)
    file = tmp_path / "funnel-review.xlsx"
    book = CalamineWorkbook.from_path(str(file))
    with zipfile.ZipFile(file) as parts:
        charts = [parts.read(n).decode() for n in parts.namelist() if "charts/chart" in n]
    drawn: dict[str, set[str]] = {}
    for chart in charts:
        title = re.findall(r"<a:t>(.*?)</a:t>", chart)[0]
        found = re.search(r"<c:val>.*?<c:f>'?([^!]*?)'?!\$([A-Z])\$(\d+):", chart)
        assert found, title
        sheet, column, first = found.groups()
        # Calamine begins where the first cell is: the captions in A1
        heads = book.get_sheet_by_name(sheet).to_python()[int(first) - 2]
        drawn.setdefault(title, set()).add(str(heads[ord(column) - 65]).strip())
    assert drawn["Deals that came at least this far"] == {"Deals"}
    assert drawn["Days in each stage"] == {"Median"}
    # the bundled sheet begins with leads
    assert drawn["Lead-to-win rate of closed leads and deals by Owner"] == {"Rate"}


def test_a_frame_a_cell_of_ones_own_shows_is_in_the_workbook_whole(tmp_path: Path) -> None:
    import nbformat

    from funnelkit.report.template import new_template

    path = new_template(tmp_path / "own", "funnel-review")
    notebook = nbformat.read(path, as_version=4)
    code = "import pandas as pd\npd.DataFrame({'seller': ['2003'] * 500, 'n': range(500)})"
    notebook.cells.append(nbformat.v4.new_code_cell(code))
    nbformat.write(notebook, path)
    runs = report(path, "tiny", formats=["xlsx"], out=tmp_path / "out")
    assert [run.error for run in runs] == [""]
    book = CalamineWorkbook.from_path(str(tmp_path / "out" / runs[0].files[0]), load_tables=True)
    table = next(
        t for t in map(book.get_table_by_name, book.table_names) if t.columns == ["seller", "n"]
    )
    assert table.to_python() == [["2003", k] for k in range(500)]


def test_a_sheet_is_named_by_whole_words() -> None:
    class Book:
        def add_worksheet(self, name: str) -> Any:
            return MagicMock(get_name=lambda: name)

    writer = _Writer(Book())
    names = [writer.sheet(t).get_name() for t in ("Every method beside the others today", "A: b/c")]
    assert names == ["Every method beside the others", "A b c"]
    again = writer.sheet("Every method beside the others today").get_name()
    assert again == "Every method beside the 2"
