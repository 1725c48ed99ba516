"""A business as it is in China: its working days, tenders, reasons, payments, the year's end."""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.data.pipeline import Pipeline
from funnelkit.process import Calendar
from funnelkit.process.workdays import closed_days
from funnelkit.simulation.names.china import CHINA


@cache
def data() -> Pipeline:
    return fk.load("equipment-zh")


@cache
def won() -> pd.DataFrame:
    deals = data().frame()
    return deals[deals["outcome"] == "won"]


def test_nothing_is_done_on_days_off_and_the_moved_days_are_worked() -> None:
    p = data()
    off = closed_days(Calendar(country="CN"), dt.date(2024, 1, 1), dt.date(2026, 6, 30))
    for times in (
        p.tables["activities"].to_pandas()["at"], p.frame()["created_at"],
        p.frame()["closed_at"].dropna(), p.stage_history.to_pandas()["entered_at"],
    ):  # fmt: skip
        assert not np.isin(times.to_numpy().astype("datetime64[D]"), off).any()
    worked = set(p.tables["activities"].to_pandas()["at"].dt.date)
    # from the notices: two Sundays, a Saturday before the Spring Festival and one after it
    for day in ("2025-01-26", "2025-09-28", "2026-02-14", "2026-02-28"):
        assert dt.date.fromisoformat(day) in worked
    for day in ("2025-10-01", "2025-10-08", "2026-02-23", "2025-05-05"):
        assert dt.date.fromisoformat(day) not in worked


def test_the_year_ends_with_a_peak() -> None:
    by_month = won()["closed_at"].dt.to_period("M").value_counts()
    december, usual = by_month["2025-12"], by_month[:"2026-05"].mean()
    assert december > 1.5 * usual
    # what was brought forward is missing after it
    assert by_month.get("2026-01", 0) + by_month.get("2026-02", 0) < december


def test_people_telephone_visit_and_write_by_wechat_work() -> None:
    share = data().tables["activities"].to_pandas()["kind"].value_counts(normalize=True)
    assert share["电话"] + share["拜访"] + share["企业微信"] > 0.8
    assert "邮件" not in share


def test_a_reason_is_given_only_where_it_can_happen() -> None:
    deals = data().frame()
    order = list(data().process.open_ids)
    ended = deals[deals["loss_reason"].notna()].assign(place=deals["stage"].map(order.index))
    for reason, least in {
        "技术不符": "technical", "预算未批": "technical", "采购取消": "approval",
        "价格高": "tender", "评标得分低": "opening", "投标被否决": "opening",
        "竞争对手关系深": "approval", "质疑成立，重新评标": "candidate",
    }.items():  # fmt: skip
        assert ended.loc[ended["loss_reason"] == reason, "place"].min() >= order.index(least)
    rejected = ended[ended["loss_reason"].isin(["投标被否决", "评标得分低"])]
    assert set(rejected["outcome"]) == {"lost"}
    assert set(ended.loc[ended["loss_reason"] == "采购取消", "outcome"]) == {"no_decision"}


def test_a_failed_tender_goes_back_and_the_deal_lives_on() -> None:
    deals = data().frame().set_index("deal_id")
    moves = data().stage_history.to_pandas().sort_values(["deal_id", "entered_at", "seq"])
    order = {s: k for k, s in enumerate(data().process.open_ids)}
    moves = moves.assign(place=moves["stage"].map(order))
    opening = order["opening"]
    back = (moves["place"] == opening - 1) & (moves["place"].shift() == opening)
    back &= moves["deal_id"] == moves["deal_id"].shift()
    gone_back = set(moves.loc[back, "deal_id"])
    assert gone_back
    assert (deals.loc[sorted(gone_back), "failed_tenders"] >= 1).all()


def test_names_fit() -> None:
    deals = data().frame()
    trades = deals["account"].str.replace(r"\s*\d+$", "", regex=True).str[2:]
    for industry, allowed in CHINA.trades_of.items():
        assert set(trades[deals["industry"] == industry]) <= set(allowed)
    sellers = deals["owner"].unique()
    assert len({name[1:] for name in sellers}) == len(sellers)  # no given name twice


def test_payments_follow_the_sheet_and_come_to_the_amount() -> None:
    rows = data().tables["payments"].to_pandas()
    deals = won().set_index("deal_id")
    assert set(rows["deal_id"]) == set(deals.index)
    sums = rows.groupby("deal_id")["amount"].sum()
    assert np.allclose(sums, deals["amount"].reindex(sums.index))
    assert list(rows["milestone"].unique()) == ["预付款", "到货款", "验收款", "质保金"]
    signed = deals["closed_at"].reindex(rows["deal_id"]).dt.normalize().to_numpy()
    days = (rows["due_on"].to_numpy() - signed).astype("timedelta64[D]").astype(int)
    due = dict(zip(rows["milestone"], days, strict=True))
    assert due == {"预付款": 10, "到货款": 75, "验收款": 135, "质保金": 500}
    paid = rows["paid_on"].notna()
    assert (rows.loc[paid, "paid_on"] <= pd.Timestamp("2026-06-30")).all()
    assert (rows.loc[paid, "invoiced_on"] <= rows.loc[paid, "paid_on"]).all()
    assert not (rows["disputed"] & paid).any()


def test_its_payments_are_late_in_part_and_disputed_in_part() -> None:
    found = fk.payments(data())
    assert 0.7 < found.collection_rate < 0.97
    assert 0 < found.total(column="disputed_amount") < 0.1 * found.total()
    assert found.total(column="not_invoiced_amount") > 0


def test_the_shares_of_the_payments_have_to_be_whole() -> None:
    sheet = {
        "name": "x", "stages": [{"id": "a", "name": "A"}],
        "payments": [{"id": "advance", "name": "Advance", "share": 0.3, "due_days": 10}],
    }  # fmt: skip
    with pytest.raises(fk.FunnelkitError, match="30%"):
        fk.read(pd.DataFrame({"deal_id": ["1"], "stage": ["A"]}), process=sheet)


def test_the_files_hold_chinese_words_and_the_pipeline_ids() -> None:
    from funnelkit.data.library import folder

    def told(table: str, column: str) -> set[str]:
        frame = pd.read_parquet(folder() / "equipment-zh" / f"{table}.parquet")
        return set(frame[column].dropna())

    assert told("targets", "level") == {"保底", "计划", "冲刺"}
    assert told("deals", "forecast_category") == {"储备", "有望", "承诺", "已成交", "不计入"}
    assert set(data().tables["targets"].to_pandas()["level"]) == {"base", "plan", "stretch"}
    known = {c.id for c in data().process.forecast_categories}
    assert set(data().frame()["forecast_category"].dropna()) <= known
    history = data().field_history
    assert history is not None
    changed = history.to_pandas().query("field == 'forecast_category'")
    assert set(changed["new"]) | set(changed["old"].dropna()) <= known
