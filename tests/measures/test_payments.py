"""Payments of ten deals, worked by hand; what was known at a date; the four ways to count."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.process import load_process
from funnelkit.words import speaking

AS_OF = "2026-06-30"

# deal, region, outcome, amount, closed. h was won without agreed payments, i is lost, j is open.
DEALS = """
a East won  100000 2025-10-20
b East won  200000 2025-12-15
c East won   50000 2026-02-10
d West won  400000 2025-06-30
e West won  120000 2026-05-20
f West won   80000 2026-06-10
g East won   60000 2024-11-05
h West won   30000 2026-01-15
i East lost  90000 2026-03-01
j East open 150000 -
"""

# deal, milestone, amount, due, shipped, invoiced, paid on, paid, disputed. "-": nothing.
PAYMENTS = """
a advance     30000 2025-10-31 -          2025-10-22 2025-10-29 30000 -
a delivery    40000 2026-01-31 2026-01-20 2026-01-25 2026-02-20 40000 -
a acceptance  20000 2026-04-30 -          2026-05-06 -          -     -
a retention   10000 2027-04-30 -          -          -          -     -
b advance     60000 2025-12-31 -          2025-12-20 2026-01-05 60000 -
b delivery   140000 2026-05-31 2026-05-15 2026-05-20 2026-06-15 50000 -
c advance     50000 2026-06-30 -          -          -          -     -
d advance    120000 2025-07-31 -          2025-07-10 2025-07-30 120000 -
d acceptance 240000 2025-12-31 2025-11-01 2025-12-10 -          -     yes
d retention   40000 2026-12-31 -          -          -          -     -
e advance     36000 2026-06-15 -          -          -          -     -
e delivery    84000 2026-09-30 -          -          -          -     -
f advance     24000 2026-06-20 -          2026-06-12 2026-07-03 24000 -
f acceptance  56000 -          -          -          -          -     -
g acceptance  60000 2025-03-31 2025-02-01 2025-03-05 2025-06-01 45000 yes
i advance     27000 2026-04-01 -          2026-03-20 2026-03-25 27000 -
"""


def rows(text: str, columns: str) -> pd.DataFrame:
    lines = [line.split() for line in text.strip().splitlines()]
    frame = pd.DataFrame(lines, columns=columns.split()).replace("-", None)
    for name in frame:
        if name.endswith(("_on", "_at")):
            frame[name] = pd.to_datetime(frame[name])
        elif name in ("amount", "paid"):
            frame[name] = frame[name].astype("float64")
        elif name == "disputed":
            frame[name] = frame[name] == "yes"
    return frame


def pipeline() -> Pipeline:
    deals = rows(DEALS, "deal_id region outcome amount closed_at")
    deals["created_at"] = pd.Timestamp("2024-06-01")
    deals["currency"] = "CNY"
    columns = "deal_id milestone amount due_on shipped_on invoiced_on paid_on paid disputed"
    agreed = rows(PAYMENTS, columns)
    return from_frames(deals, as_of=AS_OF, tables={"payments": agreed})


def test_ten_deals_worked_by_hand() -> None:
    # Agreed: a 100, b 200, c 50, d 400, e 120, f 80, g 60 thousand = 1,010; i is lost.
    # Paid: a 70, b 60 + 50, d 120, g 45 = 345; f's 24 came on 3 July, after the data.
    # Not due: a's retention 10, c's 50 (due that very day), d's retention 40, e's delivery 84.
    # Overdue on 30 June: b's rest 90 (30 days), e 36 (15), f 24 (10) = 150; a's acceptance 20
    # (61 days); d's 240 for 181 days and g's rest 15 for 456.
    found = fk.payments(pipeline())
    table = found.table.set_index("standing")
    assert table["amount"].to_dict() == {
        "paid": 345_000, "not_due": 184_000, "to_30": 150_000, "to_90": 20_000,
        "over_180": 255_000, "no_due_date": 56_000,
    }  # fmt: skip
    assert table["payments"].to_dict() == {
        "paid": 6, "not_due": 4, "to_30": 3, "to_90": 1, "over_180": 2, "no_due_date": 1,
    }  # fmt: skip
    assert found.total() == 1_010_000
    assert table.loc["paid", "share"] == pytest.approx(345 / 1010)
    # of what has come due: 345 / (345 + 150 + 20 + 255)
    assert found.collection_rate == pytest.approx(345 / 770)
    assert found.total(column="disputed_amount") == 255_000
    # e's advance is due and has no invoice; c's is not due before the day is over
    assert found.total(column="not_invoiced_amount") == 36_000
    assert found.scope.used == 7
    assert dict(found.scope.left_out) == {"no_payments": 1}


def test_groups_add_up_to_the_whole() -> None:
    found = fk.payments(pipeline(), by="region").table
    east = found[found["region"] == "East"].set_index("standing")["amount"]
    assert east.to_dict() == {
        "paid": 225_000, "not_due": 60_000, "to_30": 90_000, "to_90": 20_000, "over_180": 15_000,
    }  # fmt: skip
    assert found.groupby("region")["share"].sum().tolist() == pytest.approx([1, 1])


def test_a_period_takes_the_deals_won_in_it() -> None:
    found = fk.payments(pipeline(), since="2026-01-01", until="2026-07-01")
    # c 50, e 120, f 80; h has no agreed payments
    assert found.total() == 250_000
    assert found.scope.used == 3
    assert dict(found.scope.left_out) == {"outside_period": 4, "no_payments": 1}


def test_the_past_knows_no_later_payment_and_no_later_invoice() -> None:
    then = pipeline().at("2026-01-31")
    kept = then.tables["payments"].to_pandas().set_index(["deal_id", "milestone"])
    assert pd.isna(kept.loc[("a", "delivery"), "paid_on"])  # it came on 20 February
    assert pd.isna(kept.loc[("a", "delivery"), "paid"])
    assert kept.loc[("a", "delivery"), "invoiced_on"] == pd.Timestamp("2026-01-25")
    assert pd.isna(kept.loc[("b", "delivery"), "invoiced_on"])
    found = fk.payments(then)
    # won by then: a, b, d, g, h. Paid: a 30, b 60, d 120, g 45
    assert found.total("paid") == 255_000
    # d's 240 since 31 December: 31 days; g's 15 since 31 March 2025
    assert found.total("to_90") == 240_000
    assert found.total("over_180") == 15_000
    assert found.total("not_due") == 40_000 + 20_000 + 10_000 + 140_000 + 40_000


def test_the_cells_are_the_deals_behind_them() -> None:
    found = fk.payments(pipeline())
    late = found.deals(column="amount", standing="to_30")
    assert dict(zip(late["deal_id"], late["counted"], strict=True)) == {
        "b": 90_000, "e": 36_000, "f": 24_000,
    }  # fmt: skip


def test_the_same_result_counted_four_ways() -> None:
    half = fk.bookings(pipeline(), "2026-01-01", "2026-07-01")
    # signed: c 50, e 120, f 80, h 30; shipped: a 40, b 140; invoiced: a 40 + 20, b 140, f 24;
    # paid: a 40, b 60 + 50
    assert half.table.set_index("basis")["amount"].to_dict() == {
        "signed": 280_000, "shipped": 180_000, "invoiced": 224_000, "paid": 150_000,
    }  # fmt: skip
    assert half.table["deals"].tolist() == [4, 2, 3, 2]


def test_without_the_table_it_is_refused_by_name() -> None:
    deals = rows(DEALS, "deal_id region outcome amount closed_at").assign(created_at=None)
    with pytest.raises(fk.FunnelkitError, match="payments"):
        fk.payments(from_frames(deals, as_of=AS_OF))


def test_a_day_without_a_sum_is_the_whole_payment() -> None:
    p = pipeline()
    bare = p.tables["payments"].drop("paid")
    found = fk.payments(from_frames(p.frame(), as_of=AS_OF, tables={"payments": bare.to_pandas()}))
    assert found.total("paid") == 30_000 + 40_000 + 60_000 + 140_000 + 120_000 + 60_000


def test_the_words() -> None:
    found = fk.payments(pipeline())
    with speaking("en"):
        assert found.summary() == (
            "Of 1.01m agreed in 7 won deals, 345k is paid (34%); of what has come due, 44.8%. "
            "425k is overdue, 255k of it for more than 90 days. 36k of it has not been invoiced: "
            "nobody pays without an invoice. 255k is in dispute."
        )
    with speaking("zh"):
        assert "到期部分的回款率 44.8%" in found.summary()
        assert "质保金" not in repr(found)
        assert "应收逾期" in found.summary()


def test_a_chinese_plan_of_payments_is_read(tmp_path: Path) -> None:
    (tmp_path / "商机.csv").write_text(
        "商机编号,商机名称,商机阶段,商机状态,商机金额(万元),创建时间,结单日期\n"
        "S1,泵站,谈判,赢单,20,2026-01-05,2026-02-10\n"
        "S2,热力,谈判,赢单,5,2026-01-15,2026-03-01\n"
        "S3,水厂,谈判,跟进中,8,2026-02-15,\n",
        "utf-8",
    )
    (tmp_path / "回款计划.csv").write_text(
        "商机编号,款项名称,应收金额(万元),应收日期,开票日期,回款日期,回款金额(万元)\n"
        "S1,预付款,6,2026-02-20,2026-02-12,2026-02-25,6\n"
        "S1,到货款,14,2026-05-01,2026-05-06,2026-05-20,4\n"
        "S2,预付款,5,2026-03-31,,,\n",
        "utf-8",
    )
    p = fk.read(tmp_path, as_of="2026-06-30")
    found = fk.payments(p)
    # S1: 6 and 4 of 14 paid, 10 late for 60 days; S2: 5 late for 91 days and without an invoice
    assert found.table.set_index("standing")["amount"].to_dict() == {
        "paid": 100_000, "to_90": 100_000, "to_180": 50_000,
    }  # fmt: skip
    assert found.total(column="not_invoiced_amount") == 50_000
    assert found.collection_rate == pytest.approx(0.4)


def test_an_order_under_a_frame_agreement_is_no_new_win() -> None:
    deals = rows(DEALS, "deal_id region outcome amount closed_at")
    deals["created_at"], deals["currency"] = pd.Timestamp("2024-06-01"), "CNY"
    deals["type"] = ["新签"] * 5 + ["框架下单"] * 2 + ["新签"] * 3
    columns = "deal_id milestone amount due_on shipped_on invoiced_on paid_on paid disputed"
    sheet = load_process("project-sale")
    p = from_frames(deals, as_of=AS_OF, process=sheet, tables={"payments": rows(PAYMENTS, columns)})
    # f and g are called off: 6 of 7 closed deals are won without them, 8 of 9 with them
    found = fk.win_rate(p)
    assert found.table[["won", "of"]].to_numpy().tolist() == [[6, 7]]
    assert dict(found.scope.left_out) == {"call_offs": 2, "still_open": 1}
    assert len(found.deals(column="won")) == 6
    out = found.deals(left_out=True)
    assert dict(zip(out["deal_id"], out["why"], strict=True)) == {
        "f": "call_offs", "g": "call_offs", "j": "still_open",
    }  # fmt: skip
    half = fk.bookings(p, "2026-01-01", "2026-07-01").table.set_index("basis")["amount"]
    assert half["signed"] == 200_000  # c 50, e 120, h 30
    assert half["called_off"] == 80_000  # f
