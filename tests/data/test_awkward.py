"""Every awkward file gives exactly the message it must, in both languages, never a traceback."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from funnelkit.data.defects import DataRefused
from funnelkit.data.pipeline import Pipeline
from funnelkit.data.read import read
from funnelkit.errors import FunnelkitError
from funnelkit.words import speaking

HERE = Path(__file__).parent
FOLDER = HERE / "awkward"
CASES: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "awkward.yaml").read_text("utf-8"))


@cache
def reading(name: str, **more: Any) -> Pipeline:
    if "read" in CASES[name]:
        more["history"] = FOLDER / name
        name = "good_deals.csv"
    return read(FOLDER / name, as_of="2026-06-30", **more)


def test_there_are_at_least_sixty_and_each_has_its_line() -> None:
    names = {p.name for p in FOLDER.iterdir()}
    assert len(names) >= 60
    assert names == set(CASES)


@pytest.mark.parametrize("name", sorted(CASES))
def test_message(name: str) -> None:
    case = CASES[name]
    if case.get("refused"):
        with pytest.raises(FunnelkitError) as refusal:
            reading(name)
        for lang in ("en", "zh"):
            with speaking(lang):
                assert [str(refusal.value)] == case[lang]
        return
    p = reading(name)
    assert p.size == case["deals"]
    # what is doubtful about the whole file has tests of its own
    whole = {"no_losses", "amounts_of_won_only", "many_set_aside", "no_amount_column"}
    shown = [f for f in p.findings if f.reason not in whole]
    shown = [f for f in shown if f.reason != "no_history" or name == "good_deals.csv"]
    for lang in ("en", "zh"):
        with speaking(lang):
            assert [f.text for f in shown] == case[lang]


@pytest.mark.parametrize("name", ["utf16.csv", "id_na.csv", "date_same_day.csv"])
def test_strict_reads_what_has_no_errors(name: str) -> None:
    assert reading(name, on_defect="strict").size == CASES[name]["deals"]


@pytest.mark.parametrize("name", sorted(n for n, c in CASES.items() if not c.get("refused")))
def test_strict_refuses_exactly_what_repair_reports_as_errors(name: str) -> None:
    errors = [f.reason for f in reading(name).findings.errors]
    if not errors:
        return
    with pytest.raises(DataRefused) as refusal:
        reading(name, on_defect="strict")
    assert [f.reason for f in refusal.value.findings.errors] == errors
    for lang in ("en", "zh"):
        with speaking(lang):
            assert name in str(refusal.value)


def test_the_files_are_what_the_script_writes() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from make_awkward import HERE, files\n"
        "bad = [n for n, b in files().items() if (HERE / n).read_bytes() != b"
        " and not n.endswith(('.xlsx', '.parquet', '.gz'))]\n"
        "sys.exit(', '.join(bad) or 0)"
    )
    subprocess.run([sys.executable, "-c", code, str(HERE)], check=True)


def test_what_the_cells_were_read_as() -> None:
    """Values by hand, for the files whose point is a value and not a message."""

    def value(name: str, column: str, deal: str = "a1") -> Any:
        frame = reading(name).frame().set_index("deal_id")
        return frame.loc[deal, column]

    assert value("amount_dollars.csv", "amount") == 22_700
    assert value("amount_comma.csv", "amount") == 1234.56
    assert value("amount_comma.csv", "amount", "a2") == 7000
    assert value("amount_wan.csv", "amount") == 35_000
    assert value("amount_wan.csv", "amount", "a2") == 120_000_000
    assert value("amount_brackets.csv", "amount") == -1200
    assert value("gb18030.csv", "amount", "甲1") == 35_000
    assert str(value("date_day_first.csv", "created_at"))[:10] == "2026-01-03"
    assert str(value("date_order_elsewhere.csv", "created_at"))[:10] == "2026-01-03"
    assert str(value("date_dots.csv", "created_at"))[:10] == "2026-01-05"
    assert str(value("date_chinese.csv", "created_at"))[:10] == "2026-01-05"
    assert str(value("date_month_names.csv", "closed_at"))[:10] == "2026-02-03"
    assert str(value("date_serial.csv", "created_at"))[:10] == "2026-01-05"
    assert str(value("date_serial.csv", "closed_at")) == "2026-02-01 12:00:00"
    assert str(value("date_am_pm.csv", "created_at")) == "2026-01-05 20:55:00"
    assert str(value("date_am_pm.csv", "created_at", "a2")) == "2026-01-25 00:05:00"
    assert value("id_leading_zero.csv", "stage", "007") == "need"
    assert value("id_na.csv", "stage", "NA") == "need"
    assert value("stage_other_language.csv", "stage", "a3") == "negotiation"
    # across the change to summer time the two clock readings are one hour apart, not two
    row = reading("date_offsets.csv").frame().iloc[0]
    assert (row["closed_at"] - row["created_at"]).total_seconds() == 3600


def test_dollars_at_the_rate_of_the_sheet() -> None:
    from funnelkit.process import load_process

    sheet = load_process(None)
    rate = sheet.exchange["USD"]
    p = read(FOLDER / "currency_column.csv", as_of="2026-06-30", process=sheet)
    frame = p.frame().set_index("deal_id")
    assert frame.loc["a2", "amount"] == 10 * rate
    assert set(frame["currency"]) == {"CNY"}
