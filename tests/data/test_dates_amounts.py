"""Single values: dates and amounts as people write them, against values worked out by hand."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnelkit.data.cells.amounts import parse_amounts
from funnelkit.data.cells.dates import parse_dates, standard_offset


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2024-05-20T19:50:06.000+0000", dt.datetime(2024, 5, 20, 19, 50, 6)),
        ("2026-09-22T13:00:27-04:00", dt.datetime(2026, 9, 22, 17, 0, 27)),
        ("2021-01-07 6:49:18", dt.datetime(2021, 1, 7, 6, 49, 18)),
        ("02/23/26 08:55 PM", dt.datetime(2026, 2, 23, 20, 55)),
        ("12/31/2025 12:00 AM", dt.datetime(2025, 12, 31)),
        ("5/20/2024", dt.datetime(2024, 5, 20)),
        ("20240520", dt.datetime(2024, 5, 20)),
        ("2024年5月20日 14时30分", dt.datetime(2024, 5, 20, 14, 30)),
        ("20-May-24", dt.datetime(2024, 5, 20)),
        ("May 20, 2024", dt.datetime(2024, 5, 20)),
        ("45432", dt.datetime(2024, 5, 20)),
        ("45432.75", dt.datetime(2024, 5, 20, 18)),
        ("1716163200", dt.datetime(2024, 5, 20)),
        ("1716163200000", dt.datetime(2024, 5, 20)),
        ("2024-05-20T24:00:00", dt.datetime(2024, 5, 21)),
        ("２０２４-05-20", dt.datetime(2024, 5, 20)),
    ],
)
def test_one_date(text: str, when: dt.datetime) -> None:
    assert parse_dates([text]).values == [when]


@pytest.mark.parametrize("text", ["", None, "NA", "null", "#N/A", "-"])
def test_missing_dates_are_no_problem(text: str | None) -> None:
    column = parse_dates([text])
    assert column.values == [None]
    assert not column.problems


@pytest.mark.parametrize("text", ["9999-12-31", "2050-01-01 00:00:00", "1900-01-01", "0001-01-01"])
def test_sentinels(text: str) -> None:
    assert parse_dates([text]).problems == {0: "sentinel_date"}


def test_one_value_decides_for_the_column_and_the_file_for_the_rest() -> None:
    assert parse_dates(["03-01-17", "25-01-17"]).values[0] == dt.datetime(2017, 1, 3)
    alone = parse_dates(["03-01-17"])
    assert (alone.values[0], alone.ambiguous) == (dt.datetime(2017, 3, 1), 0)
    helped = parse_dates(["03-01-17"], others={"-": "dmy"})
    assert (helped.values[0], helped.ambiguous) == (dt.datetime(2017, 1, 3), None)
    told = parse_dates(["03-01-17"], order="dmy")
    assert (told.values[0], told.ambiguous) == (dt.datetime(2017, 1, 3), None)


def test_one_clock_has_no_summer_time() -> None:
    assert standard_offset("Europe/Amsterdam") == dt.timedelta(hours=1)
    assert standard_offset("Australia/Sydney") == dt.timedelta(hours=10)
    # 2011-10-30: the hour from 2 to 3 comes twice; as instants the two are an hour apart
    column = parse_dates(
        ["2011-10-30T02:30:00+02:00", "2011-10-30T02:30:00+01:00"], clock=dt.timedelta(hours=1)
    )
    assert column.values == [dt.datetime(2011, 10, 30, 1, 30), dt.datetime(2011, 10, 30, 2, 30)]


@given(st.datetimes(dt.datetime(1971, 1, 2), dt.datetime(2049, 12, 29)))
def test_iso_comes_back_as_it_went(when: dt.datetime) -> None:
    assert parse_dates([when.isoformat()]).values == [when]


@given(st.text(max_size=20))
def test_no_text_breaks_the_readers(text: str) -> None:
    parse_dates([text])
    parse_amounts([text])


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("$22,700.00", 22_700, "USD"),
        ("1.234,56 €", 1234.56, "EUR"),
        ("¥3.5万", 35_000, "CNY"),
        ("人民币 2千万", 20_000_000, "CNY"),
        ("1,2亿", 120_000_000, None),
        ("EUR 1 234,50", 1234.5, "EUR"),
        ("CHF 1'200.50", 1200.5, "CHF"),
        ("(1,200)", -1200, None),
        ("-$5", -5, "USD"),
        ("$-5", -5, "USD"),
        ("12k", 12_000, None),
        ("£1.5m", 1_500_000, "GBP"),
        ("1,234", 1234, None),
        ("1,234,567", 1_234_567, None),
        ("1.234.567", 1_234_567, None),
        ("1e5", 100_000, None),
        ("￥１００", 100, "CNY"),
    ],
)
def test_one_amount(text: str, amount: float, currency: str | None) -> None:
    column = parse_amounts([text])
    assert column.values[0] == pytest.approx(amount)
    assert column.currencies[0] == currency


def test_the_column_decides_the_decimal_mark() -> None:
    assert parse_amounts(["1.234,56", "7.000"]).values == [1234.56, 7000]
    assert parse_amounts(["1,234.56", "7,000"]).values == [1234.56, 7000]
    assert parse_amounts(["tbd", "12 apples"]).problems == {
        0: "unparsable_amount",
        1: "unparsable_amount",
    }
