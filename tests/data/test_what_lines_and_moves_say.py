"""A unit above the table, an end won or lost in one column, what a history says of its deals."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import funnelkit as fk

LEDGER = """华东大区商机台账（单位：{unit}）,,,,,,
编制单位：华东分公司,,,,,,
编号,客户名称,当前进展,{amount},登记日期,预计签约,实际签约/丢单日期
A1,甲公司,方案报价,27.5,2026/1/5,2026/6/30,
A2,乙公司,已签约,30,2026/1/6,2026/4/30,2026/3/1
A3,丙公司,已丢单,12,2026/1/7,2026/5/30,2026/2/11
A4,丁公司,暂缓,8,2026/1/8,2026/5/30,
A5,戊公司,需求沟通,5,2026/1/9,2026/7/30,
"""


@pytest.mark.parametrize(
    ("unit", "amount", "worth"),
    [("万元", "预计金额", 10_000), ("元", "预计金额", 1), ("亿元", "预计金额（万元）", 10_000),
     ("万元", "预计金额（元）", 1)],
)  # fmt: skip
def test_a_line_above_the_table_says_the_unit_of_the_amounts(
    tmp_path: Path, unit: str, amount: str, worth: int
):
    file = tmp_path / "台账.csv"
    file.write_text(LEDGER.format(unit=unit, amount=amount), "utf-8")
    deals = fk.read(file).deals.to_pandas().set_index("deal_id")
    assert deals.amount.to_dict() == {
        "A1": 27.5 * worth, "A2": 30 * worth, "A3": 12 * worth, "A4": 8 * worth, "A5": 5 * worth
    }  # fmt: skip


def test_won_and_lost_on_in_one_column_is_the_end_and_a_lone_signed_is_won(tmp_path: Path):
    file = tmp_path / "台账.csv"
    file.write_text(LEDGER.format(unit="元", amount="预计金额"), "utf-8")
    deals = fk.read(file).deals.to_pandas().set_index("deal_id")
    assert deals.outcome.to_dict() == {
        "A1": "open", "A2": "won", "A3": "lost", "A4": "open", "A5": "open"
    }  # fmt: skip
    assert deals.closed_at.dropna().dt.strftime("%F").to_dict() == {
        "A2": "2026-03-01", "A3": "2026-02-11"
    }  # fmt: skip
    assert deals.expected_close["A1"] == pd.Timestamp("2026-06-30")


def test_a_history_alone_keeps_what_it_says_of_its_deals(tmp_path: Path):
    file = tmp_path / "moves.csv"
    file.write_text(
        "Opportunity Ref,Changed On,Changed From,Changed To,Rep,Contract Value (k$),By\n"
        "O1,01/05/2026 09:00 AM,,New,Ann,12,x\n"
        "O1,01/25/2026 09:00 AM,New,Quote,Ann,12,y\n"
        "O2,01/06/2026 09:00 AM,,New,Bob,7,x\n"
        "O2,02/16/2026 09:00 AM,New,Closed Won,Bob,7,x\n",
        "utf-8",
    )
    deals = fk.read(file).deals.to_pandas().set_index("deal_id")
    assert deals.amount.to_dict() == {"O1": 12_000, "O2": 7_000}
    assert deals.owner.to_dict() == {"O1": "Ann", "O2": "Bob"}
    assert deals.outcome.to_dict() == {"O1": "open", "O2": "won"}


def _outcomes(file: Path, rows: str) -> dict[str, str]:
    file.write_text(rows, "utf-8")
    deals = fk.read(file).deals.to_pandas().set_index("deal_id")
    return dict(deals.outcome)


def test_won_no_beside_empty_cells_is_lost(tmp_path: Path):
    assert _outcomes(
        tmp_path / "leads.csv",
        "lead_id,step,won?,created,decided\n"
        "a,1,yes,2026-01-02,2026-02-01\nb,2,no,2026-01-03,2026-02-02\nc,2,,2026-01-04,\n"
        "d,1,no,2026-01-05,2026-02-03\n",
    ) == {"a": "won", "b": "lost", "c": "open", "d": "lost"}


def test_won_no_with_a_past_day_of_its_end_is_lost_without_one_open(tmp_path: Path):
    assert _outcomes(
        tmp_path / "leads.csv",
        "lead_id,step,is_won,created,decided\n"
        "a,1,yes,2026-01-02,2026-03-01\nb,2,no,2026-01-03,2026-02-02\nc,2,no,2026-01-04,\n",
    ) == {"a": "won", "b": "lost", "c": "open"}


def test_won_no_with_a_planned_day_is_open(tmp_path: Path):
    assert _outcomes(
        tmp_path / "leads.csv",
        "lead_id,step,is_won,created,close date\n"
        "a,1,yes,2026-01-02,2026-03-01\nb,2,no,2026-01-03,2026-08-02\nc,2,no,2026-01-04,2026-09-09\n",
    ) == {"a": "won", "b": "open", "c": "open"}


def test_a_label_without_a_chance_is_asked(tmp_path: Path):
    file = tmp_path / "deals.csv"
    file.write_text(
        "deal_id,stage,created_at,probability\n"
        "a,Contact,2026-01-02,10%\nb,Backburner,2026-01-03,0%\nc,Ordered,2026-01-04,100%\n"
        "d,Backburner,2026-01-05,0%\ne,Contact,2026-01-05,10%\n",
        "utf-8",
    )
    with pytest.raises(fk.FunnelkitError, match="Backburner"):
        fk.read(file)


def test_a_serial_code_names_the_deal_whatever_its_header(tmp_path: Path):
    assert _outcomes(
        tmp_path / "affaires.csv",
        "N° affaire,Phase,Créé le,Résultat\n"
        "A-01,Contact,2026-01-02,gagné\nA-02,Contact,2026-01-03,perdu\nA-17,Contact,2026-01-03,\n",
    ) == {"A-01": "won", "A-02": "lost", "A-17": "open"}
