"""Frames, tables, connections, change logs and system layouts, each with values by hand."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import pandas as pd
import pyarrow as pa
import pytest

from funnelkit.data.defects import DataRefused
from funnelkit.data.pipeline import Pipeline
from funnelkit.data.read import read
from funnelkit.errors import FunnelkitError
from funnelkit.process import Process

DEALS = pd.DataFrame(
    {
        "deal_id": ["a", "b", "c"],
        "stage": ["need", "proposal", "contact"],
        "outcome": ["open", "won", "lost"],
        "created_at": pd.to_datetime(["2026-01-05", "2026-01-06", "2026-01-07"]),
        "closed_at": pd.to_datetime([None, "2026-02-01", "2026-02-02"]),
        "amount": [1000.0, 2000.0, 500.0],
    }
)
VISITS = pd.DataFrame(
    {
        "deal_id": ["a", "a", "b", "c"],
        "stage": ["lead", "need", "proposal", "contact"],
        "entered_at": pd.to_datetime(["2026-01-05", "2026-01-08", "2026-01-09", "2026-01-10"]),
    }
)


def facts(p: Pipeline) -> list[tuple[Any, ...]]:
    frame = p.frame()[["deal_id", "stage", "outcome", "amount"]]
    return [tuple(r) for r in frame.itertuples(index=False)]


EXPECTED = [
    ("a", "need", "open", 1000.0),
    ("b", "proposal", "won", 2000.0),
    ("c", "contact", "lost", 500.0),
]


@pytest.mark.parametrize("form", ["pandas", "polars", "arrow", "ibis", "csv", "parquet", "xlsx"])
def test_the_same_from_every_form(form: str, tmp_path: Path) -> None:
    if form == "pandas":
        p = read(DEALS, VISITS)
    elif form == "polars":
        import polars as pl

        p = read(pl.from_pandas(DEALS), pl.from_pandas(VISITS))
    elif form == "arrow":
        import pyarrow as pa

        p = read(pa.Table.from_pandas(DEALS), pa.Table.from_pandas(VISITS))
    elif form == "ibis":
        con = ibis.duckdb.connect()
        p = read(
            con.create_table("d", ibis.memtable(DEALS)),
            con.create_table("h", ibis.memtable(VISITS)),
        )
    elif form == "csv":
        DEALS.to_csv(tmp_path / "deals.csv", index=False)
        VISITS.to_csv(tmp_path / "stage_history.csv", index=False)
        p = read(tmp_path)
    elif form == "parquet":
        DEALS.to_parquet(tmp_path / "deals.parquet")
        VISITS.to_parquet(tmp_path / "stage_history.parquet")
        p = read(tmp_path)
    else:
        for name, frame in (("d.xlsx", DEALS), ("h.xlsx", VISITS)):
            with pd.ExcelWriter(tmp_path / name, engine="xlsxwriter") as book:
                frame.to_excel(book, index=False)
        p = read(tmp_path / "d.xlsx", tmp_path / "h.xlsx")
    assert facts(p) == EXPECTED
    assert p.stage_history is not None
    assert int(p.stage_history.count().execute()) == 4
    assert not p.findings.errors
    assert str(p.as_of)[:10] == "2026-02-02"
    assert {"stage_history", "created_at", "closed_at", "amount"} <= p.given


def test_a_connection_with_its_tables() -> None:
    con = ibis.duckdb.connect()
    con.create_table("deals", ibis.memtable(DEALS))
    con.create_table("stage_history", ibis.memtable(VISITS))
    assert facts(read(con)) == EXPECTED


def test_parquet_stays_lazy(tmp_path: Path) -> None:
    DEALS.to_parquet(tmp_path / "deals.parquet")
    p = read(tmp_path / "deals.parquet")
    assert "read_parquet" in str(ibis.to_sql(p.deals)) or "ibis_read_parquet" in str(
        ibis.to_sql(p.deals)
    )


def test_times_with_an_offset_in_a_typed_column() -> None:
    frame = pd.DataFrame(
        {
            "deal_id": ["a"],
            "stage": ["need"],
            "created_at": pd.to_datetime(["2026-07-01T02:00:00+02:00"]),
        }
    )
    assert str(read(frame).frame()["created_at"][0]) == "2026-07-01 00:00:00"
    from funnelkit.process import load_process

    shanghai = load_process(None).model_copy(
        update={
            "calendar": load_process(None).calendar.model_copy(update={"timezone": "Asia/Shanghai"})
        }
    )
    assert str(read(frame, process=shanghai).frame()["created_at"][0]) == "2026-07-01 08:00:00"


def test_rows_set_aside_are_named() -> None:
    frame = pd.concat([DEALS, DEALS.head(1).assign(stage="contact")], ignore_index=True)
    p = read(frame)
    assert p.size == 3
    aside = p.findings.set_aside
    assert aside[["table", "row", "deal_id", "reason"]].values.tolist() == [
        ["deals", 4, "a", "duplicate_id"]
    ]
    assert p.left_out == (("duplicate_id", 1),)
    with pytest.raises(DataRefused) as refusal:
        read(frame, on_defect="strict")
    assert refusal.value.findings.reasons["duplicate_id"] == 1


def test_row_order_does_not_matter() -> None:
    p, q = read(DEALS, VISITS), read(DEALS.iloc[::-1], VISITS.iloc[::-1])
    assert facts(p) == facts(q)
    assert p.stage_history is not None
    assert q.stage_history is not None
    columns = ["deal_id", "stage", "entered_at"]
    a = p.stage_history.order_by("deal_id", "entered_at").to_pandas()[columns]
    b = q.stage_history.order_by("deal_id", "entered_at").to_pandas()[columns]
    assert a.equals(b)


def csv(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def visits(p: Pipeline) -> list[str]:
    assert p.stage_history is not None
    frame = p.stage_history.order_by("deal_id", "entered_at", "seq").to_pandas()
    return [f"{r.deal_id} {r.stage} {r.entered_at:%m-%d}" for r in frame.itertuples()]


def test_salesforce_field_history(tmp_path: Path) -> None:
    deals = csv(
        tmp_path, "Opportunity.csv",
        "Id,Name,StageName,Amount,CloseDate,IsClosed,IsWon,CreatedDate\n"
        "1,Pumps,Closed Won,100,2026-02-10,true,true,2026-01-01T00:00:00.000+0000\n"
        "2,Valves,Prospecting,70,2026-06-30,false,false,2026-01-02T00:00:00.000+0000\n",
    )  # fmt: skip
    log = csv(
        tmp_path, "OpportunityFieldHistory.csv",
        "Id,OpportunityId,CreatedDate,Field,OldValue,NewValue\n"
        "h1,1,2026-01-15T09:00:00.000+0000,StageName,Prospecting,Qualification\n"
        "h2,1,2026-02-09T09:00:00.000+0000,StageName,Qualification,Closed Won\n"
        "h3,1,2026-02-01T09:00:00.000+0000,Amount,90,100\n",
    )  # fmt: skip
    p = read(deals, log)
    assert visits(p) == [
        "1 prospecting 01-01", "1 qualification 01-15", "1 won 02-09", "2 prospecting 01-02",
    ]  # fmt: skip
    row = p.frame().set_index("deal_id").loc["1"]
    assert (row["outcome"], row["stage"], str(row["closed_at"])) == (
        "won", "qualification", "2026-02-09 09:00:00",
    )  # fmt: skip
    assert p.field_history is not None
    change = p.field_history.to_pandas().iloc[0]
    assert (change["field"], change["old"], change["new"]) == ("amount", "90", "100")
    assert p.findings.count("first_visit_derived") == 2


def test_hubspot_entered_columns(tmp_path: Path) -> None:
    path = csv(
        tmp_path, "deals.csv",
        "hs_object_id,dealname,dealstage,createdate,closedate,hs_is_closed_won,hs_is_closed,"
        "hs_v2_date_entered_appointmentscheduled,hs_v2_date_entered_qualifiedtobuy,"
        "hs_v2_date_entered_closedwon,hs_v2_date_entered_current_stage\n"
        "7,Pumps,closedwon,2026-01-01T08:00:00Z,2026-01-20T08:00:00Z,true,true,"
        "2026-01-01T08:00:00Z,2026-01-10T08:00:00Z,2026-01-20T08:00:00Z,2026-01-20T08:00:00Z\n"
        "8,Valves,qualifiedtobuy,2026-01-02T08:00:00Z,,false,false,"
        "2026-01-02T08:00:00Z,2026-01-12T08:00:00Z,,2026-01-12T08:00:00Z\n",
    )  # fmt: skip
    p = read(path)
    assert visits(p) == [
        "7 appointmentscheduled 01-01", "7 qualifiedtobuy 01-10", "7 won 01-20",
        "8 appointmentscheduled 01-02", "8 qualifiedtobuy 01-12",
    ]  # fmt: skip
    assert str(p.process.stages[0].name) == "Appointment scheduled"
    row = p.frame().set_index("deal_id").loc["7"]
    assert (row["outcome"], row["stage"]) == ("won", "qualifiedtobuy")


def test_pipedrive_with_its_changelog(tmp_path: Path) -> None:
    deals = csv(
        tmp_path, "deals.csv",
        "id,title,stage_id,status,value,currency,add_time,won_time,lost_time\n"
        "1,Pumps,Offer,lost,100,EUR,2026-01-01 08:00:00,,2026-02-01 08:00:00\n",
    )  # fmt: skip
    log = csv(
        tmp_path, "changes.csv",
        "deal_id,field_key,old_value,new_value,time\n"
        "1,stage_id,Qualified,Offer,2026-01-15 08:00:00\n"
        "1,status,open,lost,2026-02-01 08:00:00\n",
    )  # fmt: skip
    p = read(deals, log)
    assert visits(p) == ["1 qualified 01-01", "1 offer 01-15", "1 lost 02-01"]
    assert str(p.frame()["closed_at"][0]) == "2026-02-01 08:00:00"


def test_odoo_lost_deals_are_archived(tmp_path: Path) -> None:
    path = csv(
        tmp_path, "crm.csv",
        "ID,Opportunity,Salesperson,Stage,Expected Revenue,Created on,Closed Date,Active\n"
        "1,Pumps,Ann,New,100,2026-01-05 08:00:00,,True\n"
        "2,Valves,Ann,Qualified,200,2026-01-05 08:00:00,2026-02-05 09:00:00,False\n",
    )  # fmt: skip
    p = read(path)
    assert facts(p) == [("1", "new", "open", 100.0), ("2", "qualified", "lost", 200.0)]
    assert p.findings.count("no_losses") == 0


def test_dynamics_codes(tmp_path: Path) -> None:
    path = csv(
        tmp_path, "opportunity.csv",
        "opportunityid,name,salesstage,statecode,estimatedvalue,createdon,actualclosedate\n"
        "x,Pumps,0,0,100,2026-01-05,\ny,Valves,3,1,200,2026-01-05,2026-02-05\n",
    )  # fmt: skip
    assert facts(read(path)) == [("x", "qualify", "open", 100.0), ("y", "close", "won", 200.0)]


def test_mapping_tells_what_is_wrong_with_it(tmp_path: Path) -> None:
    with pytest.raises(FunnelkitError, match='Nearest: "columns"'):
        read(DEALS, mapping={"colums": {}})
    with pytest.raises(FunnelkitError, match="wrong way round"):
        read(DEALS.rename(columns={"deal_id": "Opp"}), mapping={"columns": {"Opp": "deal_id"}})
    with pytest.raises(FunnelkitError, match='Nearest: "deal_id"'):
        read(DEALS, mapping={"columns": {"deal_id": "deal_idd"}})
    bad = csv(tmp_path, "map.yaml", "columns:\n  deal_id: [\n")
    with pytest.raises(FunnelkitError, match=r"map.yaml, row \d"):
        read(DEALS, mapping=str(bad))
    good = csv(tmp_path, "good.yaml", "columns: {deal_id: Opp}\nstages: {need: first}\n")
    p = read(DEALS.rename(columns={"deal_id": "Opp"}).head(1), mapping=good)
    assert p.process.stage_ids == ("first",)


def test_a_process_that_is_given_is_kept_to() -> None:
    process = Process.from_stages(["Need", "Offer"])
    p = read(DEALS, process=process)
    assert p.process.stage_ids == ("need", "offer")
    assert p.findings.count("unknown_stage") == 2
    assert p.size == 1


def test_what_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(FunnelkitError, match="no tables"):
        read(tmp_path)
    (tmp_path / "deals.csv").write_text("deal_id,stage\na,need\n")
    with pytest.raises(FunnelkitError, match=r"there is: \"deals.csv\""):
        read(tmp_path / "deal.csv")
    with pytest.raises(FunnelkitError, match="BytesIO"):
        read(io.BytesIO(b""))
    with pytest.raises(FunnelkitError, match='Choose "repair"'):
        read(DEALS, on_defect="repairs")  # type: ignore[arg-type]


def test_a_broken_file_in_a_folder_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    DEALS.to_csv(tmp_path / "deals.csv", index=False)
    (tmp_path / "zz.csv").write_bytes(b"%PDF-1.7")
    p = read(tmp_path)
    assert p.size == 3
    told = next(f for f in p.findings if f.reason == "unread_file")
    assert "zz.csv is a PDF document" in told.text


def _shared_rows() -> set[str]:
    """What Ibis holds in its own engine, for as long as the process lives."""
    shared = ibis.options.default_backend
    return set() if shared is None else {n for (n,) in shared.raw_sql("SHOW TABLES").fetchall()}


def test_what_was_read_goes_with_its_pipeline(tmp_path: Path) -> None:
    file = tmp_path / "deals.csv"
    file.write_text("deal_id,stage,created_at\na1,need,2026-01-05\n", "utf-8")
    before = _shared_rows()
    for source in (file, pd.read_csv(file)):
        assert read(source).size == 1
    assert _shared_rows() <= before


def test_a_column_of_nothing_is_one_of_texts() -> None:
    nothing = pa.table(
        {"deal_id": ["a"], "stage": ["need"], "owner": pa.nulls(1), "x": pa.nulls(1)}
    )
    p = read(nothing)
    assert p.deals.schema()["owner"] == p.deals.schema()["x"] == dt.string
    assert p.frame()["x"].isna().all()
