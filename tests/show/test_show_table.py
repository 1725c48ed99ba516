"""One table, every surface: what the API holds, the page and the workbook hold too."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile

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
    assert found[0] == ["Stage", "Went on", "Went on: n", "Pace", "Pace: n"]
    assert found[1] == ["Lead", 0.61, 45, 3.0, 1200]


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
        body = written(Sheet("s", shown)).get_sheet_by_name("s").to_python()[2:]
    lines = [list(line.select("th,td")) for line in page.select("tbody tr")]
    assert len(lines) == len(body) == len(result.table)
    seen = 0
    for y, row in enumerate(result.table.itertuples(index=False)):
        for x, value in enumerate(row):
            if isinstance(value, int | float) and value == value:
                seen += 1
                assert body[y][x] == pytest.approx(value, abs=1e-12)
                held = lines[y][x].get("data-value") or lines[y][x].text.replace(",", "")
                assert float(held) == pytest.approx(value, abs=1e-12)
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
