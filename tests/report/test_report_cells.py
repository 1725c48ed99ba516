"""A workbook holds the numbers of the page in full, as numbers, days as days."""

from __future__ import annotations

import datetime as dt
import pickle
import re
import zipfile
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from python_calamine import CalamineWorkbook

import funnelkit as fk
from funnelkit.report.cells import cell_of
from funnelkit.report.run import report
from funnelkit.report.tables import contents_of
from funnelkit.report.xlsx import _Writer
from funnelkit.words import days, money, percent, speaking
from funnelkit.words.formats import Written


def test_what_a_cell_holds() -> None:
    assert cell_of("28.6%") == (0.286, "0.0%")
    assert cell_of(percent(2 / 7, 1)) == (2 / 7, "0.0%")
    assert cell_of("12 days") == (12.0, '#,##0" days"')
    assert cell_of("1 天") == (1.0, '#,##0" 天"')
    assert cell_of("30 Apr 2026") == (dt.date(2026, 4, 30), "d mmm yyyy")
    assert cell_of("2026年4月30日") == (dt.date(2026, 4, 30), 'yyyy"年"m"月"d"日"')
    assert cell_of("2026-04-30") == (dt.date(2026, 4, 30), "yyyy-mm-dd")
    with speaking("en"):
        assert cell_of(money(1234567, "EUR")) == (1234567.0, '"EUR "#,##0.00,,"m"')
        assert cell_of(money(-91_150)) == (-91150.0, '#,##0.00,"k"')
        assert cell_of(days(12.4, 0)) == (12.4, '#,##0" days"')
    with speaking("zh"):
        assert cell_of(money(1234567, "CNY")) == (1234567.0, '"CNY "#,##0')
        assert cell_of(money(3.5e8)) == (3.5e8, "#,##0")
        assert cell_of(days(12.44, 1)) == (12.44, '#,##0.0" 天"')


@pytest.mark.parametrize(
    "text", ["=1+1", "16 – 17", "1.42m", "31 Feb 2026", "5 Abc 2026", "2026Q3", "D-1 days", "", "–"]
)
def test_what_is_no_number_stays_a_text(text: str) -> None:
    assert cell_of(text) is None  # 1.42m alone does not say how much it was


def test_a_written_number_is_a_text_that_travels() -> None:
    with speaking("en"):
        text = money(1234567)
    assert text == "1.23m"
    again = pickle.loads(pickle.dumps(text))
    assert isinstance(again, Written)
    assert (again, again.value) == ("1.23m", 1234567.0)


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
        heads = tuple(str(c).strip() for c in funnel.shown().columns)
        rates = fk.win_rate(p, by="owner")
    rows = found[heads]
    for row, (_, known) in zip(rows, funnel.table.iterrows(), strict=True):
        for value, name in zip(row[1:], funnel.table.columns[1:], strict=True):
            if known[name] == known[name]:
                assert value == pytest.approx(known[name], abs=1e-12), name
    told = next(
        rows for head, rows in found.items() if "owner" in head[0].lower() or "负责人" in head[0]
    )
    known = dict(zip(rates.table["owner"], rates.table["rate"], strict=True))
    assert {row[0]: pytest.approx(row[3], abs=1e-12) for row in told} == known
    # nothing that a page shows as a number is a text in the workbook
    notebook = nbformat.read(tmp_path / "funnel-review.ipynb", as_version=4)
    shown = contents_of(notebook)
    assert len(found) >= 8
    once = {(t.title, *(tuple(row) for row in t.rows)): t for t in shown.tables}.values()
    numbers = sum(cell_of(text) is not None for t in once for r in t.rows for text in r[1:])
    assert numbers > 100
    assert sum(isinstance(value, int | float | dt.date) for value in cells) >= numbers
    assert not any(isinstance(value, str) and value.startswith("=") for value in cells)


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
    assert drawn["Funnel"] == {"Deals"}
    assert drawn["Time in stage"] == {"Median days"}
    assert drawn["Win rate (closed deals)"] == {"Rate"}


def test_a_sheet_is_named_by_whole_words() -> None:
    class Book:
        def add_worksheet(self, name: str) -> Any:
            return MagicMock(get_name=lambda: name)

    writer = _Writer(Book())
    names = [writer.sheet(t).get_name() for t in ("Every method beside the others today", "A: b/c")]
    assert names == ["Every method beside the others", "A b c"]
    again = writer.sheet("Every method beside the others today").get_name()
    assert again == "Every method beside the othe 2"
