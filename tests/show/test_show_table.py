"""One table, every surface: what the API holds, the page and the workbook hold too."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
from dataclasses import replace

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from python_calamine import CalamineWorkbook

import funnelkit as fk
from funnelkit.show import (
    COUNT,
    DATE,
    DAYS,
    RATE,
    TEXT,
    Column,
    Days,
    Money,
    Quantity,
    Table,
    columns,
)  # fmt: skip
from funnelkit.show.workbook import Front, Sheet, workbook
from funnelkit.words import speaking

#: Names that a spreadsheet, a parser or a browser would take for something else.
SELLERS = ("2003", "=1+1", "1e5", "<b>", "007", "@x", "http://a.b", "30 Apr 2026", "12 days", "5%")


def sellers(n: int = 500) -> Table:
    rows = [
        (SELLERS[k % len(SELLERS)], k, k / 7, (k / 9, k / 5), 1000.5 * k, 3.25,
         dt.date(2026, 1, 1) + dt.timedelta(days=k))
        for k in range(n)
    ]  # fmt: skip
    heads = [
        Column("Seller"), Column("Won", COUNT, "won"), Column("Rate", RATE, "rate"),
        Column("Interval", RATE, "interval", "span"), Column("Amount", Money(currency="EUR")),
        Column("Days", DAYS), Column("Closed", DATE),
    ]  # fmt: skip
    return Table(heads, rows, "Sellers", most=20)


def written(*sheets: Sheet) -> CalamineWorkbook:
    body = workbook(Front("Summary", "Title", ["A sentence."]), sheets)
    return CalamineWorkbook.from_filelike(io.BytesIO(body), load_tables=True)


def test_a_workbook_holds_the_whole_table_and_a_page_the_first_rows() -> None:
    table = sellers()
    found = written(Sheet("Sellers", table)).get_sheet_by_name("Sellers").to_python()
    assert found[0][0] == "Sellers"
    assert found[1] == ["Seller", "Won", "Rate", "Interval: low", "Interval: high", "Amount",
                        "Days", "Closed"]  # fmt: skip
    assert len(found) == 2 + 500
    for k, row in enumerate(found[2:]):
        assert row[0] == SELLERS[k % len(SELLERS)]
        assert isinstance(row[0], str)
        assert row[1:7] == pytest.approx([k, k / 7, k / 9, k / 5, 1000.5 * k, 3.25])
        assert row[7] == dt.date(2026, 1, 1) + dt.timedelta(days=k)
    page = BeautifulSoup(table._repr_html_(), "html.parser")
    lines = page.select("tbody tr")
    assert len(lines) == 20
    assert [line.th.text for line in lines[: len(SELLERS)]] == list(SELLERS)
    assert page.select_one("p.fk-muted").text == "And 480 more."
    assert "<b>" not in table._repr_html_()
    assert float(lines[3].select("td")[3]["data-value"]) == 3001.5  # written 3k


def test_a_workbook_shows_numbers_as_what_they_are() -> None:
    body = workbook(Front("Summary", "T"), [Sheet("Sellers", sellers())])
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        styles = parts.read("xl/styles.xml").decode()
        sheet = parts.read("xl/worksheets/sheet2.xml").decode()
        tables = [n for n in parts.namelist() if "tables/table" in n]
        whole = "".join(parts.read(n).decode() for n in tables)
    assert "&quot;EUR &quot;#,##0" in styles
    assert 'state="frozen"' in sheet
    assert "<f>" not in sheet
    assert "autoFilter" in whole


def test_a_table_travels_as_plain_values() -> None:
    table = sellers(12)
    mixed = Table(
        columns("report.col_", what=TEXT, value=COUNT),
        [("a", Quantity(0.5, RATE)), ("b", Quantity(None, RATE)), ("c", float("inf"))],
    )
    for one in (table, mixed):
        again = Table.from_json(json.loads(json.dumps(one.to_json(), allow_nan=False)))
        assert again.columns == one.columns
        assert again.rows == one.rows
    assert mixed.texts() == [["a", "50.0%"], ["b", "–"], ["c", "∞"]]


def test_a_pair_is_one_text_and_two_columns() -> None:
    heads = [Column("Stage"), Column("Went on", RATE, "", "n"), Column("Pace", Days(0), "", "of")]
    table = Table(heads, [("Lead", (0.61, 45), (3.0, 1200, " ▼")), ("Need", None, (None, 4))])
    assert table.texts() == [["Lead", "61.0% (n = 45)", "3 (1,200) ▼"], ["Need", "–", "–"]]
    found = written(Sheet("s", table)).get_sheet_by_name("s").to_python()
    assert found[0][0] == "s"  # the name of what it shows, which leads back to the first sheet
    assert found[1] == ["Stage", "Went on", "Went on: n", "Pace", "Pace: n"]
    assert found[2] == ["Lead", 0.61, 45, 3.0, 1200]


def test_a_frame_has_the_units_of_its_types_never_of_its_names() -> None:
    frame = pd.DataFrame(
        {
            "rate": ["5%", "2003"], "days": [1, 2], "x": [0.25, None],
            "on": pd.to_datetime(["2026-01-02"] * 2),
        }
    )  # fmt: skip
    table = Table.of(frame)
    assert table.rows == (
        ("5%", 1, 0.25, dt.date(2026, 1, 2)), ("2003", 2, None, dt.date(2026, 1, 2))
    )  # fmt: skip
    assert table.texts()[0] == ["5%", "1", "0.250", "2 Jan 2026"]


def test_rows_and_columns_can_be_chosen() -> None:
    table = sellers(10)
    chosen = table.take([2, 0]).only(["rate", "won", "nothing"])
    assert [c.label for c in chosen.columns] == ["Rate", "Won"]
    assert [row[1] for row in chosen.rows] == [2, 0]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "measure", ["funnel", "win_rate", "time_in_stage", "sales_cycle", "velocity"]
)
def test_api_page_and_workbook_hold_the_same_numbers(measure: str, lang: str) -> None:
    p = fk.load("tiny")
    with speaking(lang):
        result = getattr(fk, measure)(p)
        shown = result.shown()
        page = BeautifulSoup(result._repr_html_(), "html.parser")
        body = written(Sheet("s", shown)).get_sheet_by_index(1).to_python()[2:]
    lines = [list(line.select("th,td")) for line in page.select("tbody tr")]
    assert len(lines) == len(body) == len(result.table)
    seen = 0
    for y, row in enumerate(result.table.itertuples(index=False)):
        for x, value in enumerate(row):
            if isinstance(value, int | float) and value == value:
                seen += 1
                assert body[y][x] == pytest.approx(value, abs=1e-12)
                held = lines[y][x].get("data-value") or lines[y][x].text.replace(",", "")
                assert float(held) == pytest.approx(value, rel=1e-14, abs=1e-12)
    assert seen


def test_amounts_know_the_currency_of_the_data() -> None:
    p = fk.load("industrial")
    unit = fk.velocity(p).shown().columns[-1].unit
    assert unit.form() == f'"{p.currency} "#,##0'
    assert p.where(region="East").currency == p.currency == "EUR"


def test_a_column_of_amounts_has_one_unit_named_in_its_heading() -> None:
    euro = Money(currency="EUR")
    heads = [Column("Part"), Column("Mean", euro), Column("P10", euro), Column("Worth", euro)]
    rows = [("Open", 1_500_000.0, 742_000.0, 41_000.0), ("New", 89_000.0, 0.0, -287.0)]
    table = Table(heads, rows)
    page = BeautifulSoup(table._repr_html_(), "lxml")
    assert [th.text for th in page.select("thead th")] == [
        "Part", "Mean, EUR m", "P10, EUR m", "Worth, EUR k",
    ]  # fmt: skip
    assert [[td.text for td in tr.select("td")] for tr in page.select("tbody tr")] == [
        ["1.50", "0.74", "41.0"], ["0.09", "0.00", "−0.3"],
    ]  # fmt: skip
    with speaking("zh"):
        page = BeautifulSoup(table._repr_html_(), "lxml")
        assert [th.text for th in page.select("thead th")][1] == "Mean（万欧元）"
        assert [td.text for td in page.select("tbody tr")[0].select("td")][:2] == ["150.0", "74.2"]


def parts_of(*sheets: Sheet) -> dict[str, str]:
    body = workbook(Front("Summary", "Title"), sheets)
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        return {
            n: parts.read(n).decode() for n in parts.namelist() if n.endswith((".xml", ".rels"))
        }


def test_every_sheet_is_named_by_what_it_shows_leads_back_and_keeps_its_head() -> None:
    sheets = [Sheet("The section", replace(sellers(5), caption=c)) for c in ("First", "Second", "")]
    parts = parts_of(*sheets)
    names = re.findall('<sheet name="(.*?)"', parts["xl/workbook.xml"])
    assert names == ["Summary", "First", "Second", "The section"]
    for k in (2, 3, 4):
        sheet = parts[f"xl/worksheets/sheet{k}.xml"]
        assert '<hyperlink ref="A1" location="\'Summary\'!A1"' in sheet.replace("&apos;", "'")
        assert 'xSplit="1" ySplit="2"' in sheet
        assert 'ref="A2:H7"' in parts[f"xl/tables/table{k}.xml"]  # the first lists the sheets
    links = re.findall('location="(.*?)"', parts["xl/worksheets/sheet1.xml"])
    assert links == ["'First'!A1", "'Second'!A1", "'The section'!A1"]


def test_a_workbook_draws_waterfalls_spreads_and_triangles() -> None:
    moved = Table(
        [Column("Step"), Column("Amount", COUNT, "amount")],
        [("Start", 1000), ("New", 500), ("Lost", -300), ("End", 1200)], "Moved",
        ["fk-sum", "", "", "fk-sum"], drawn=("amount",),
    )  # fmt: skip
    spread = Table(
        [Column("From", COUNT), Column("To", COUNT), Column("Share", RATE, "share")],
        [(0, 1, 0.25), (1, 2, 0.75)], "Spread", drawn=("share",),
    )  # fmt: skip
    cohorts = Table(
        [Column("Cohort"), Column("Age", COUNT, "age"), Column("Rate", RATE, "rate")],
        [("Q1", 1, 0.1), ("Q1", 2, 0.4), ("Q2", 1, 0.2)], "Cohorts", drawn=("rate",),
    )  # fmt: skip
    sheets = (Sheet("s", moved, "waterfall"), Sheet("s", spread, "columns"),
              Sheet("s", cohorts, "triangle"))  # fmt: skip
    parts = parts_of(*sheets)
    charts = [parts[n] for n in sorted(parts) if "charts/chart" in n]
    assert len(charts) == 2
    assert '<c:grouping val="stacked"/>' in charts[0]
    assert "plotVisOnly" not in charts[0]  # its bars stand on hidden columns
    assert "<a:noFill/>" in charts[0].split("</c:ser>")[0]
    assert '<c:gapWidth val="5"/>' in charts[1]
    places = [parts[n] for n in parts if "drawings/drawing" in n and "rels" not in n]
    assert all('editAs="oneCell"' in place for place in places)  # a filter does not squash it
    book = written(*sheets)
    assert [row[13:17] for row in book.get_sheet_by_name("Moved").to_python()[2:6]] == [
        [0, 1000, 0, 0], [1000, 0, 500, 0], [1200, 0, 0, 300], [0, 1200, 0, 0]
    ]  # fmt: skip
    beside = [row[4:7] for row in book.get_sheet_by_name("Cohorts").to_python()[1:4]]
    assert beside == [["Cohort", "1", "2"], ["Q1", 0.1, 0.4], ["Q2", 0.2, ""]]
    assert "colorScale" in parts["xl/worksheets/sheet4.xml"]


def test_a_chart_draws_as_many_rows_as_the_page() -> None:
    table = replace(sellers(100), drawn=("won",), most=10)
    for most, end in ((10, 12), (None, 32)):
        parts = parts_of(Sheet("s", replace(table, most=most), "bar"))
        chart = next(text for name, text in parts.items() if "charts/chart" in name)
        assert f"$B$3:$B${end}" in chart
