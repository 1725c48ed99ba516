"""Exports as Chinese systems and people lay them out, read by hand beside the reader."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.words import speaking

# 销售机会: amounts in 万元, one closing column for both, states in words
MACHINES = """销售机会名称,客户名称,销售阶段,状态,销售金额（万元）,结单日期,商机所有人,创建日期
华源除尘改造,江苏华源,需求调研,进行中,189.8,2026-09-30,王建军,2026/3/4 10:21
北仑自动线,宁波北仑,赢单,赢单,52.5,2026-04-18,刘芳,2025/11/8 15:40
天府备件,成都天府,方案报价,输单,8.4,2026-02-11,刘芳,2025/12/1 09:10
铁西扩产,沈阳铁西,线索确认,无效,320,2026-01-20,王建军,2025/10/9 16:05
"""
# 商机2.0: stages of the system, dashes for nothing, endings as stages too
STAGES = """商机编号,商机2.0名称,商机2.0阶段,阶段状态,商机金额（元）,赢率（%）,成交日期,创建时间
SJ01,除尘,验证客户,进行中,"1,180,000.00",10,--,2026-03-04 10:21
SJ02,自动线,赢单,赢单,"525,000.00",100,2026-04-18,2025-11-08 15:40
SJ03,备件,输单,输单,"84,000.00",0,2026-02-11,2025-12-01 09:10
SJ04,扩产,谈判审核,进行中,"3,200,000.00",60,--,2025-10-09 16:05
SJ05,改造,方案/报价,进行中,"600,000.00",30,--,2026-02-09 16:05
"""
# a list kept by hand: a title above, 万 in a cell, states nobody's system has, a total below
BY_HAND = """2025年项目跟踪表（单位：万元）,,,,,,,
序号,项目名称,甲方,目前进展,预计金额,立项时间,实际签约,结果
1,华源除尘,江苏华源,技术交流,184,2025.03.04,,在跟
2,北仑自动线,宁波北仑,合同,52.5万,2025.01.08,2025.06.18,已签
3,天府备件,成都天府,报价,8.4,2025.02.01,2025.05.11,丢单
4,铁西扩产,沈阳铁西,技术交流,320,2025.01.09,2025.04.20,暂缓
合计,,,,564.9,,,
"""


def read(text: str, folder: Path, by: str = "name", **given: object) -> pd.DataFrame:
    file = folder / "export.csv"
    file.write_text(text, "utf-8")
    with speaking("zh"):
        frame = fk.read(file, **given).frame()  # type: ignore[arg-type]
    return frame.set_index(by).sort_index()


def test_opportunities_in_wan(tmp_path: Path) -> None:
    deals = read(MACHINES, tmp_path, "account")
    assert dict(deals["outcome"]) == {
        "江苏华源": "open", "宁波北仑": "won", "成都天府": "lost", "沈阳铁西": "no_decision",
    }  # fmt: skip
    assert dict(deals["amount"]) == {
        "江苏华源": 1_898_000, "宁波北仑": 525_000, "成都天府": 84_000, "沈阳铁西": 3_200_000,
    }  # fmt: skip
    assert deals.loc["江苏华源", "expected_close"] == pd.Timestamp("2026-09-30")
    assert deals.loc["宁波北仑", "closed_at"] == pd.Timestamp("2026-04-18")


def test_stages_of_the_system_are_those_of_the_sheet(tmp_path: Path) -> None:
    deals = read(STAGES, tmp_path)
    assert deals.loc[["除尘", "扩产", "改造"], "stage"].tolist() == [
        "contact", "negotiation", "proposal",
    ]  # fmt: skip
    assert deals["outcome"].value_counts().to_dict() == {"open": 3, "won": 1, "lost": 1}
    assert deals.loc["除尘", "probability"] == pytest.approx(0.1)
    assert pd.isna(deals.loc["除尘", "closed_at"])


def test_a_list_kept_by_hand_asks_what_signed_means_and_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(fk.FunnelkitError) as asked:
        read(BY_HAND, tmp_path)
    assert "已签" in str(asked.value)
    assert "在跟" not in str(asked.value)
    deals = read(BY_HAND, tmp_path, mapping={"outcomes": {"已签": "won"}})
    assert len(deals) == 4  # the total below is no deal
    assert dict(deals["amount"]) == {
        "北仑自动线": 525_000, "华源除尘": 1_840_000, "天府备件": 84_000, "铁西扩产": 3_200_000,
    }  # fmt: skip
    assert dict(deals["outcome"]) | {"铁西扩产": ""} == {
        "华源除尘": "open", "北仑自动线": "won", "天府备件": "lost", "铁西扩产": "",
    }  # fmt: skip
    assert deals.loc["北仑自动线", "account"] == "宁波北仑"
