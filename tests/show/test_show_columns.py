"""A unit writes a value for people in both languages, and for a workbook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import funnelkit.control
import funnelkit.measures
import funnelkit.planning
from funnelkit.measures.columns import UNITS
from funnelkit.measures.result import Result
from funnelkit.show import (
    COUNT,
    DATE,
    RATE,
    TEXT,
    Column,
    Days,
    Money,
    Number,
    PercentagePoints,
    Quantity,
)
from funnelkit.show.column import Chance, Unit, plain, unit_from_json, unit_to_json
from funnelkit.words import speaking

DAY = dt.date(2026, 4, 30)
# unit, value, in English, in Chinese, what the workbook holds, its format in English
WRITTEN: list[tuple[Unit, Any, str, str, Any, str]] = [
    (TEXT, "2003", "2003", "2003", "2003", ""),
    (TEXT, True, "yes", "是", "yes", ""),
    (COUNT, 1200, "1,200", "1,200", 1200.0, "#,##0"),
    (RATE, 2 / 7, "28.6%", "28.6%", 2 / 7, "0.0%"),
    (Chance(), 0.001, "under 1%", "不到 1%", 0.001, "0%"),
    (PercentagePoints(), 0.031, "+3.1 points", "+3.1 个百分点", 3.1,
     "+#,##0.0;-#,##0.0;#,##0.0"),
    (PercentagePoints(), -0.0001, "0.0 points", "0.0 个百分点", -0.01,
     "+#,##0.0;-#,##0.0;#,##0.0"),
    (Days(), 12.44, "12.4", "12.4", 12.44, "#,##0.0"),
    (Days(0, worded=True), 12.4, "12 days", "12 天", 12.4,
     '[>=1.5]#,##0" days";[>=0.5]#,##0" day";#,##0" days"'),
    (Days(signed=True), 3.0, "+3.0", "+3.0", 3.0, "+#,##0.0;-#,##0.0;#,##0.0"),
    (Money(currency="EUR"), 315_170, "315k", "31.5 万", 315_170.0, '"EUR "#,##0'),
    (Money(currency="EUR", coded=True), 1_234_567, "EUR 1.23m", "123.5 万欧元", 1_234_567.0,
     '"EUR "#,##0'),
    (Money(2, whole=True), -91_150.5, "-91,150.50", "-91,150.50", -91_150.5, "#,##0.00"),
    (Number(4, least=0.0001), 0.00001, "<0.0001", "<0.0001", 0.00001, "#,##0.0000"),
    (Number(2), "no rival", "no rival", "no rival", "no rival", "#,##0.00"),
    (DATE, DAY, "30 Apr 2026", "2026年4月30日", DAY, "d mmm yyyy"),
]  # fmt: skip


@pytest.mark.parametrize(("unit", "value", "en", "zh", "cell", "form"), WRITTEN)
def test_what_a_unit_says(unit: Unit, value: Any, en: str, zh: str, cell: Any, form: str) -> None:
    with speaking("en"):
        assert unit.write(value) == en
        assert unit.form() == form
        held = unit.cell(value)
    assert held == (pytest.approx(cell) if isinstance(cell, float) else cell)
    with speaking("zh"):
        assert unit.write(value) == zh
    assert unit_from_json(unit_to_json(unit)) == unit


def test_a_day_and_a_duration_are_formatted_in_chinese() -> None:
    with speaking("zh"):
        assert DATE.form() == 'yyyy"年"m"月"d"日"'
        assert Days(0, worded=True).form() == '#,##0" 天"'


@pytest.mark.parametrize("nothing", [None, float("nan"), np.nan, pd.NaT, pd.NA, np.float64("nan")])
def test_what_is_missing_is_nothing(nothing: Any) -> None:
    assert plain(nothing) is None
    assert Column("x", RATE).write(plain(nothing)) == "–"
    assert str(Quantity(nothing, RATE)) == "–"


def test_values_are_those_of_python() -> None:
    assert plain(np.int64(3)) == 3
    assert type(plain(np.int64(3))) is int
    assert type(plain(np.bool_(True))) is bool
    assert plain(pd.Timestamp("2026-04-30 13:00")) == DAY


def kinds(cls: type[Result]) -> Iterator[type[Result]]:
    for kind in cls.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_every_column_with_a_heading_has_a_unit() -> None:
    for room in (funnelkit.measures, funnelkit.control, funnelkit.planning):
        for name in room.__all__:
            getattr(room, name)  # opens the modules that stand behind the public names
    declared = set(UNITS).union(*(vars(k).get("units", {}) for k in kinds(Result)))
    declared |= {"exact", "allotted"}  # as many decimals as the smallest step, see Allocation
    rooms = {k.room for k in kinds(Result)}
    undeclared: set[str] = set()
    for room_name in sorted(rooms):
        file = resources.files("funnelkit.words") / "catalogue" / f"{room_name}.yaml"
        texts = yaml.safe_load(file.read_text("utf-8"))
        heads = {key.removeprefix("column_") for key in texts if key.startswith("column_")}
        undeclared |= {f"{room_name}.{name}" for name in heads - declared}
    assert not undeclared
