"""Every layout, in both languages of the labels: what is written reads back the same."""

from __future__ import annotations

import csv
import datetime as dt
from functools import cache

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.data.pipeline import DEALS, from_frames
from funnelkit.process import Calendar, load_process
from funnelkit.simulation.export import LAYOUTS, export
from funnelkit.words import speaking

SYSTEMS = ["salesforce", "hubspot", "pipedrive", "dynamics", "zoho", "odoo", "kit"]


@cache
def small(name):
    """A set with the clock of its country, cut to one seller."""
    p = fk.load(name)
    return p if name == "tiny" else p.where(owner=sorted(p.frame()["owner"].unique())[0])


def log(table, time):
    ordered = table.order_by(["deal_id", time, "seq"]).to_pandas().drop(columns="seq")
    return ordered.sort_values(["deal_id", time], kind="stable", ignore_index=True)


def same(a, b):
    return (a == b) | (a.isna() & b.isna())


@pytest.mark.parametrize(
    ("name", "lang"),
    [("tiny", "en"), ("tiny", "zh"), ("industrial", "en"), ("industrial-zh", "zh")],
)
@pytest.mark.parametrize("layout", SYSTEMS)
def test_round_trip(name, layout, lang, tmp_path):
    p = small(name)
    assert export(p, tmp_path, layout, lang=lang) == []
    back = fk.read(tmp_path, process=p.process, as_of=p.as_of)
    assert not back.findings.errors
    assert back.as_of == p.as_of
    wanted, found = p.frame(), back.frame()
    moves = log(p.stage_history, "entered_at")
    loses = LAYOUTS[layout].loses
    if "no_decision" in loses:
        wanted["outcome"] = wanted["outcome"].replace("no_decision", "lost")
        moves["stage"] = moves["stage"].replace("no_decision", "lost")
    if "closed_plan" in loses:
        closed = wanted["outcome"] != "open"
        wanted, found = (f.assign(expected_close=f["expected_close"].mask(closed))
                         for f in (wanted, found))  # fmt: skip
    assert len(found) == len(wanted)
    for column in DEALS:
        assert same(wanted[column], found[column]).all(), column
    pd.testing.assert_frame_equal(log(back.stage_history, "entered_at"), moves)
    if "between_moves" not in loses:
        keys = ["deal_id", "changed_at", "field"]
        changes = (log(t.field_history, "changed_at").sort_values(keys, kind="stable",
                                                                 ignore_index=True)
                   for t in (back, p))  # fmt: skip
        pd.testing.assert_frame_equal(*changes)


@pytest.mark.parametrize("layout", SYSTEMS)
def test_attributes_come_along(layout, tmp_path):
    p = small("industrial")
    export(p, tmp_path, layout)
    found = fk.read(tmp_path, process=p.process, as_of=p.as_of).frame()
    column = next(c for c in found.columns if "industry" in c)
    assert same(found[column], p.frame()["industry"]).all()


def header(path):
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def test_files_and_headers_are_those_of_the_systems(tmp_path):
    wanted = {
        "salesforce": {
            "Opportunity.csv": ["Id", "StageName", "CloseDate", "IsWon", "ForecastCategoryName"],
            "OpportunityHistory.csv": ["OpportunityId", "StageName", "CreatedDate", "Probability"],
            "OpportunityFieldHistory.csv": ["OpportunityId", "Field", "OldValue", "NewValue"],
        },
        "hubspot": {
            "hubspot-deals.csv": ["Record ID", "Deal Stage", "Create Date", "Deal owner"],
            "deal_property_history.csv": ["dealId", "property", "value", "timestamp"],
            "pipeline_stages.csv": ["stageId", "label", "displayOrder"],
        },
        "pipedrive": {
            "deals-export.csv": ["Deal - ID", "Deal - Status", "Deal - Won time"],
            "changelog.csv": ["field_key", "old_value", "new_value", "time"],
            "stages.csv": ["id", "name", "order_nr"],
        },
        "dynamics": {
            "opportunities.csv": ["(Do Not Modify) Opportunity", "Topic", "Status Reason"],
            "audit.csv": ["Changed Date", "Changed Field", "Old Value", "New Value"],
        },
        "zoho": {
            "Deals.csv": ["Record Id", "Closing Date", "Probability (%)", "Lead Source"],
            "Stage_History.csv": ["Deal Id", "Stage", "Moved To", "Modified Time"],
        },
        "odoo": {
            "crm.lead.csv": ["ID", "Opportunity", "Expected Revenue", "Active", "Lost Reason"],
            "mail.tracking.value.csv": ["res_id", "field_id", "new_value_float", "new_value_char"],
        },
    }  # fmt: skip
    p = fk.load("tiny")
    for layout, files in wanted.items():
        export(p, tmp_path / layout, layout)
        assert {f.name for f in (tmp_path / layout).iterdir()} == set(files)
        for name, columns in files.items():
            assert set(columns) <= set(header(tmp_path / layout / name)), name


def in_china():
    """One deal in China: created at 9:30, proposal the next day, won on the third at 17:00."""
    day = pd.Timestamp
    calendar = Calendar(timezone="Asia/Shanghai")
    return from_frames(
        pd.DataFrame({
            "deal_id": ["d1"], "name": ["Pump"], "account": ["A"], "owner": ["Li"],
            "amount": [120000.0], "currency": ["CNY"], "created_at": [day("2026-03-02 09:30")],
            "expected_close": [day("2026-03-20")], "stage": ["proposal"], "outcome": ["won"],
            "closed_at": [day("2026-03-04 17:00")],
        }),
        pd.DataFrame({
            "deal_id": ["d1"] * 3, "stage": ["lead", "proposal", "won"],
            "entered_at": [day("2026-03-02 09:30"), day("2026-03-03 10:00"),
                           day("2026-03-04 17:00")],
        }),
        pd.DataFrame({
            "deal_id": ["d1"], "field": ["amount"], "old": ["150000"], "new": ["120000"],
            "changed_at": [day("2026-03-03 11:00")],
        }),
        process=load_process().model_copy(update={"calendar": calendar}),
    )  # fmt: skip


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_times_are_written_as_each_system_tells_them(tmp_path):
    p = in_china()
    for layout in SYSTEMS:
        export(p, tmp_path / layout, layout, lang="en")
    [deal] = rows(tmp_path / "salesforce" / "Opportunity.csv")
    assert deal["CreatedDate"] == "2026-03-02T01:30:00.000+0000"  # eight hours behind China
    assert (deal["CloseDate"], deal["StageName"], deal["Probability"]) == (
        "2026-03-04", "Closed Won", "100")  # fmt: skip
    saves = rows(tmp_path / "salesforce" / "OpportunityHistory.csv")
    assert [(r["StageName"], r["Amount"], r["CloseDate"]) for r in saves] == [
        ("Lead generation", "150000", "2026-03-20"),
        ("Proposal", "150000", "2026-03-20"),
        ("Proposal", "120000", "2026-03-20"),  # the amount was saved, the stage stayed
        ("Closed Won", "120000", "2026-03-20"),
    ]
    [change] = rows(tmp_path / "salesforce" / "OpportunityFieldHistory.csv")
    assert (change["Field"], change["OldValue"], change["NewValue"]) == (
        "Amount", "150000.0", "120000.0")  # fmt: skip
    [deal] = rows(tmp_path / "dynamics" / "opportunities.csv")
    # 2026-03-02 is day 46083 of Excel; 9:30 is 0.395833 of a day
    assert (deal["Created On"], deal["Actual Close Date"]) == ("46083.395833", "46085")
    assert (deal["Status"], deal["Status Reason"]) == ("Won", "Won")
    stays = rows(tmp_path / "zoho" / "Stage_History.csv")
    assert [(r["Modified Time"], r["Moved To"]) for r in stays] == [
        ("2026-03-02T09:30:00+08:00", "Proposal"),
        ("2026-03-03T10:00:00+08:00", "Closed Won"),
        ("2026-03-04T17:00:00+08:00", ""),
    ]
    tracked = rows(tmp_path / "odoo" / "mail.tracking.value.csv")
    assert [(r["date"], r["field_id"], r["new_value_char"], r["new_value_float"])
            for r in tracked] == [
        ("2026-03-03 02:00:00", "stage_id", "Proposal", ""),
        ("2026-03-03 03:00:00", "expected_revenue", "", "120000.0"),
        ("2026-03-04 09:00:00", "stage_id", "Won", ""),
    ]  # fmt: skip
    changed = rows(tmp_path / "pipedrive" / "changelog.csv")
    assert [(r["field_key"], r["old_value"], r["new_value"], r["time"]) for r in changed] == [
        ("stage_id", "1", "4", "2026-03-03 02:00:00"),
        ("value", "150000", "120000", "2026-03-03 03:00:00"),
        ("status", "open", "won", "2026-03-04 09:00:00"),
    ]
    values = rows(tmp_path / "hubspot" / "deal_property_history.csv")
    assert [r["value"] for r in values if r["property"] == "amount"] == ["150000", "120000"]
    assert values[0]["timestamp"] == "2026-03-02T01:30:00.000Z"
    [deal] = rows(tmp_path / "hubspot" / "hubspot-deals.csv")
    assert (deal["Close Date"], deal["Is Closed Won"]) == ("2026-03-04 17:00", "true")


@pytest.mark.parametrize("layout", SYSTEMS)
def test_a_clock_ahead_of_utc_comes_back(layout, tmp_path):
    p = in_china()
    export(p, tmp_path, layout)
    back = fk.read(tmp_path, process=p.process, as_of=p.as_of)
    told = back.stage_history.order_by("entered_at").to_pandas()
    assert told["entered_at"].tolist() == [
        dt.datetime(2026, 3, 2, 9, 30), dt.datetime(2026, 3, 3, 10), dt.datetime(2026, 3, 4, 17)
    ]  # fmt: skip
    assert back.frame()["closed_at"][0] == dt.datetime(2026, 3, 4, 17)


def test_undecided_deals_of_dynamics_are_told_by_the_status_reason(tmp_path):
    p = fk.load("tiny")
    export(p, tmp_path, "dynamics")
    reasons = {(r["Status"], r["Status Reason"]) for r in rows(tmp_path / "opportunities.csv")}
    assert reasons == {("Open", "In Progress"), ("Won", "Won"), ("Lost", "Out-Sold"),
                       ("Lost", "Canceled")}  # fmt: skip
    back = fk.read(tmp_path, process=p.process, as_of=p.as_of).frame()
    # 11 of the thirty deals ended without a decision, counted by hand in tiny.py
    assert (back["outcome"] == "no_decision").sum() == 11


def test_a_snapshot_has_no_history_files(tmp_path):
    p = from_frames(
        pd.DataFrame({"deal_id": ["a"], "stage": ["need"], "outcome": ["open"]}),
        as_of="2026-06-30",
    )
    for layout in SYSTEMS:
        export(p, tmp_path / layout, layout)
        names = [f.name for f in (tmp_path / layout).iterdir()]
        assert len(names) == 1, names


def test_what_a_layout_loses_is_said_in_both_languages():
    for lang in ("en", "zh"):
        with speaking(lang):
            for layout in LAYOUTS.values():
                assert all(layout.losses()) == bool(layout.loses or layout.id == "kit")
    with speaking("zh"):
        assert LAYOUTS["odoo"].losses()[0] == "系统只区分赢单和输单：无效/搁置的商机读回后为输单。"


def test_errors_name_the_nearest(tmp_path):
    p = fk.load("tiny")
    with speaking("en"), pytest.raises(fk.FunnelkitError, match='Nearest: "salesforce"'):
        export(p, tmp_path, "salesforze")
    with speaking("zh"), pytest.raises(fk.FunnelkitError, match="不是比例"):
        export(p, tmp_path, dirt=5)
    with pytest.raises(fk.FunnelkitError) as caught:
        export(p, tmp_path, lang="de")
    assert "de" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


# --- the kit's layout carries the tables beside the deals ------------------------------------


def with_tables():
    day = pd.Timestamp
    p = in_china()
    deals = p.frame().assign(n_contacts=3, list_amount=150000.0, discount_pct=0.2,
                             first_touch_at=day("2026-03-02 10:00"))  # fmt: skip
    return from_frames(
        deals, p.stage_history.to_pandas(), p.field_history.to_pandas(), process=p.process,
        tables={
            "accounts": pd.DataFrame({"account_id": ["A1"], "name": ["A"], "region": ["East"],
                                      "spend_total": [1e6], "note": ["kept"]}),
            "reps": pd.DataFrame({"rep_id": ["R1"], "name": ["Li"],
                                  "start_date": [day("2025-07-01")]}),
            "activities": pd.DataFrame({"deal_id": ["d1", "d1"], "kind": ["call", "meeting"],
                                        "at": [day("2026-03-02 10:00"), day("2026-03-03 09:00")],
                                        "by_buyer": [False, True]}),
            "evidence": pd.DataFrame({"evidence_id": ["e1"], "deal_id": ["d1"],
                                      "stage": ["proposal"], "kind": ["minutes"],
                                      "dated": [day("2026-03-03")], "by": ["buyer"]}),
            "targets": pd.DataFrame({"period": ["2026-03"], "region": ["East"], "owner": ["Li"],
                                     "level": ["base"], "amount": [500000.0]}),
            "forecasts": pd.DataFrame({"made_at": [day("2026-03-02")], "period": ["2026-03"],
                                       "owner": ["Li"], "category": ["commit"],
                                       "amount": [120000.0]}),
        },
    )  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_tables_beside_the_deals_come_back_typed(lang, tmp_path):
    p = with_tables()
    export(p, tmp_path, "kit", lang=lang)
    back = fk.read(tmp_path, process=p.process, as_of=p.as_of)
    assert back.findings.errors == ()
    assert sorted(back.tables) == sorted(p.tables)
    assert back.has(*p.tables)
    for name, table in p.tables.items():
        pd.testing.assert_frame_equal(back.tables[name].to_pandas(), table.to_pandas(),
                                      check_dtype=False)  # fmt: skip
    assert str(back.tables["activities"].schema()["at"]).startswith("timestamp")
    assert str(back.tables["activities"].schema()["by_buyer"]) == "boolean"
    assert str(back.tables["targets"].schema()["amount"]) == "float64"
    deals = back.frame().iloc[0]
    assert (deals["n_contacts"], deals["list_amount"], deals["discount_pct"]) == (3, 150000.0, 0.2)
    assert deals["first_touch_at"] == pd.Timestamp("2026-03-02 10:00")


def test_an_unreadable_cell_of_such_a_table_is_found(tmp_path):
    p = with_tables()
    export(p, tmp_path, "kit", lang="en")
    path = tmp_path / "activities.csv"
    path.write_text(path.read_text("utf-8").replace("2026-03-03 09:00", "soon"), "utf-8")
    back = fk.read(tmp_path, process=p.process, as_of=p.as_of)
    [found] = [f for f in back.findings if f.reason == "unparsable_date"]
    assert (found.file, found.row, found.column, found.value) == ("activities.csv", 3, "at", "soon")
    assert back.tables["activities"].to_pandas()["at"].isna().sum() == 1
    with pytest.raises(fk.FunnelkitError):
        fk.read(tmp_path, process=p.process, on_defect="strict")


def test_a_table_of_another_kind_under_the_name_is_left_alone(tmp_path):
    p = fk.load("tiny")
    export(p, tmp_path, "kit")
    (tmp_path / "accounts.csv").write_text("Id,Name\n1,A\n", "utf-8")
    back = fk.read(tmp_path, process=p.process)
    assert "accounts" not in back.tables
    assert back.findings.count("unused_file") == 1
