"""Histories as systems write them, by hand: typed tracking values, property history, audit, UTC."""

from __future__ import annotations

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.process import Calendar, load_process

CHINA = load_process().model_copy(update={"calendar": Calendar(timezone="Asia/Shanghai")})


def folder(tmp_path, **files):
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text.replace("\n    ", "\n").strip() + "\n", "utf-8")
    return tmp_path


def moves(p):
    rows = p.stage_history.order_by(["deal_id", "entered_at", "seq"]).to_pandas()
    return [(s, str(t)[:16]) for s, t in zip(rows["stage"], rows["entered_at"], strict=True)]


def changes(p):
    rows = p.field_history.order_by(["changed_at", "field"]).to_pandas()
    blank = rows.astype("object").where(rows.notna(), None)
    return list(blank[["field", "old", "new"]].itertuples(index=False, name=None))


def test_odoo_keeps_each_kind_of_value_in_a_column_of_its_own(tmp_path):
    made = folder(
        tmp_path,
        leads="""ID,Opportunity,Salesperson,Stage,Expected Revenue,Created on,Active
    7,Pump,Li,Proposal,120000,2026-03-02 09:30,False""",
        tracking="""id,res_id,date,field_id,old_value_integer,new_value_integer,old_value_float,new_value_float,old_value_char,new_value_char,old_value_datetime,new_value_datetime
    1,7,2026-03-03 02:00:00,stage_id,1,4,,,Lead generation,Proposal,,
    2,7,2026-03-03 03:00:00,expected_revenue,,,150000.0,120000.0,,,,
    3,7,2026-03-03 03:05:00,date_deadline,,,,,,,,2026-03-20 00:00:00
    4,7,2026-03-05 09:00:00,active,1,0,,,,,,""",
    )
    p = fk.read(made, process=CHINA, as_of="2026-03-31")
    # the log tells UTC, the export the clock of the wall: 02:00 there is 10:00 in China
    assert moves(p) == [("lead", "2026-03-02 09:30"), ("proposal", "2026-03-03 10:00"),
                        ("lost", "2026-03-05 17:00")]  # fmt: skip
    assert changes(p) == [("amount", "150000", "120000"), ("expected_close", None, "2026-03-20")]
    assert p.frame()["outcome"].tolist() == ["lost"]


def test_hubspot_tells_every_value_and_the_first_one_is_no_change(tmp_path):
    made = folder(
        tmp_path,
        deals="""Record ID,Deal Name,Deal Stage,Amount,Create Date,Close Date
    9,Pump,Closed Won,120000,2026-03-02 09:30,2026-03-04 17:00""",
        history="""dealId,property,value,timestamp
    9,dealstage,101,2026-03-02T01:30:00.000Z
    9,dealstage,104,2026-03-03T02:00:00.000Z
    9,dealstage,108,2026-03-04T09:00:00.000Z
    9,amount,150000.00,2026-03-02T01:30:00.000Z
    9,amount,120000.00,2026-03-03T03:00:00.000Z
    9,closedate,2026-03-19T16:00:00.000Z,2026-03-03T03:05:00.000Z""",
        stages="""stageId,label,displayOrder,closed_won
    101,Lead generation,0,false
    104,Proposal,1,false
    108,Closed Won,2,true""",
    )
    p = fk.read(made, process=CHINA, as_of="2026-03-31")
    assert moves(p) == [("lead", "2026-03-02 09:30"), ("proposal", "2026-03-03 10:00"),
                        ("won", "2026-03-04 17:00")]  # fmt: skip
    # 16:00 UTC on the 19th is midnight of the 20th in China
    assert changes(p) == [("amount", "150000", "120000"), ("expected_close", None, "2026-03-20")]


def test_dynamics_undecided_deals_and_the_time_of_the_close(tmp_path):
    made = folder(
        tmp_path,
        opportunities="""(Do Not Modify) Opportunity,Topic,Pipeline Phase,Status,\
Status Reason,Created On,Actual Close Date
    a,Pump,Proposal,Lost,Canceled,46083.395833,46085
    b,Filter,Need identification,Lost,Out-Sold,46083.395833,46085""",
        audit="""Changed Date,Record,Changed Field,Old Value,New Value
    2026-03-03T02:00:00Z,a,Pipeline Phase,Lead generation,Proposal
    2026-03-04T09:00:00Z,a,Status Reason,In Progress,Canceled""",
    )
    p = fk.read(made, process=CHINA, as_of="2026-03-31")
    deals = p.frame().set_index("deal_id")
    assert deals["outcome"].to_dict() == {"a": "no_decision", "b": "lost"}
    assert deals.loc["a", "closed_at"] == pd.Timestamp("2026-03-04 17:00")  # the log knows the time
    assert deals.loc["b", "closed_at"] == pd.Timestamp("2026-03-04")
    assert moves(p)[:3] == [("lead", "2026-03-02 09:30"), ("proposal", "2026-03-03 10:00"),
                            ("no_decision", "2026-03-04 17:00")]  # fmt: skip


def test_pipedrive_numbers_its_stages(tmp_path):
    made = folder(
        tmp_path,
        deals="""Deal - ID,Deal - Title,Deal - Stage,Deal - Status,Deal - Deal created
    5,Pump,Proposal,Open,2026-03-02 09:30""",
        log="""deal_id,field_key,old_value,new_value,time
    5,stage_id,1,4,2026-03-03 02:00:00""",
        stages="""id,name,order_nr
    1,Lead generation,1
    4,Proposal,4""",
    )
    p = fk.read(made, process=CHINA, as_of="2026-03-31")
    assert moves(p) == [("lead", "2026-03-02 09:30"), ("proposal", "2026-03-03 10:00")]


@pytest.mark.parametrize("word", ["Total", "Grand Total", "合计", "总计：", "Totals (EUR)"])
def test_a_line_with_the_total_is_no_deal(word, tmp_path):
    made = folder(
        tmp_path,
        deals=f"""deal_id,stage,outcome,amount,owner
    d1,need,open,100,Li
    d2,proposal,open,200,Li
    {word},,,300,""",
    )
    p = fk.read(made)
    assert p.size == 2
    [found] = [f for f in p.findings if f.reason == "footer"]
    assert (found.row, found.value) == (4, word)


def test_a_deal_that_is_called_total_stays(tmp_path):
    made = folder(
        tmp_path,
        deals="""deal_id,name,stage,outcome,amount
    d1,Total refit,need,open,100
    Total-7,Total overhaul,proposal,open,200""",
    )
    assert fk.read(made).size == 2
