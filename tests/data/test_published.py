"""Figures others published or that were counted in the files by other means."""

from __future__ import annotations

from pathlib import Path

import pytest

from funnelkit.data.pipeline import Pipeline
from funnelkit.data.read import read
from funnelkit.data.understanding.questions import Unsure
from funnelkit.measures import sales_cycle

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="third-party data is not here")

MAVEN = {
    "columns": {
        "deal_id": "opportunity_id",
        "owner": "sales_agent",
        "stage": "deal_stage",
        "created_at": "engage_date",
        "closed_at": "close_date",
        "amount": "close_value",
    }
}
BPI = {
    "columns": {"deal_id": "case_id", "stage": "activity", "entered_at": "timestamp"},
    "stages": {
        "A_SUBMITTED": "submitted",
        "A_PARTLYSUBMITTED": "partly",
        "A_PREACCEPTED": "preaccepted",
        "A_ACCEPTED": "accepted",
        "A_FINALIZED": "finalized",
        "A_APPROVED": "won",
        "A_REGISTERED": "won",
        "A_ACTIVATED": "won",
        "A_DECLINED": "lost",
        "A_CANCELLED": "no_decision",
        "*": None,
    },
}


def outcomes(p: Pipeline) -> dict[str, int]:
    counts: dict[str, int] = p.frame()["outcome"].value_counts().to_dict()
    return counts


def stages(p: Pipeline) -> dict[str, int]:
    assert p.stage_history is not None
    counts: dict[str, int] = p.stage_history.to_pandas()["stage"].value_counts().to_dict()
    return counts


def test_maven() -> None:
    p = read(DATA / "maven_crm" / "sales_pipeline.csv", mapping=MAVEN)
    assert p.size == 8800
    assert outcomes(p) == {"won": 4238, "lost": 2473, "open": 2089}
    deals = p.frame()
    assert deals["stage"].value_counts().to_dict() == {"engaging": 1589, "prospecting": 500}
    assert deals.loc[deals["outcome"] == "won", "amount"].sum() == 10_005_534
    missing = deals[["account", "created_at", "closed_at", "amount"]].isna().sum()
    assert missing.tolist() == [1425, 500, 2089, 2089]
    assert p.process.stage_ids == ("prospecting", "engaging")
    assert p.as_of.date().isoformat() == "2017-12-31"
    assert p.stage_history is None
    assert p.findings.count("no_history") == 1
    assert p.findings.count("no_created") == 500
    assert not p.findings.errors
    assert "product" in p.attributes


def test_bpi2012_as_a_history_alone() -> None:
    p = read(DATA / "bpi2012" / "bpi2012_events.csv.gz", mapping=BPI)
    assert p.size == 13_087
    assert outcomes(p) == {"lost": 7635, "no_decision": 2807, "won": 2246, "open": 399}
    assert stages(p) == {
        "submitted": 13_087,
        "partly": 13_087,
        "preaccepted": 7367,
        "accepted": 5113,
        "finalized": 5015,
        "lost": 7635,
        "no_decision": 2807,
        "won": 2246,
    }
    # the offset changes on 30 October 2011: the median is only right over instants
    deals = p.frame()
    for outcome, median in (("lost", 0.0078), ("no_decision", 16.8461)):
        part = deals[deals["outcome"] == outcome]
        days = (part["closed_at"] - part["created_at"]).dt.total_seconds() / 86_400
        assert round(days.median(), 4) == median


def test_traffic_fines_as_a_history_alone() -> None:
    names = {"deal_id": "case_id", "stage": "activity", "entered_at": "timestamp", "seq": ".order"}
    source = DATA / "traffic_fines" / "traffic_fines.csv.gz"
    with pytest.raises(Unsure, match='Nothing follows "Payment", where 4,535 cases end') as asked:
        read(source, mapping={"columns": names})
    assert len(asked.value.questions) == 2
    waits = {s: s for s in ("Payment", "Send for Credit Collection")}  # no outcome of a sale
    p = read(source, mapping={"columns": names, "stages": waits})
    assert p.size == 10_000
    found = stages(p)
    assert found["create_fine"] == 10_000
    assert found["send_fine"] == 6570
    assert found["insert_fine_notification"] == found["add_penalty"] == 4635
    assert found["send_for_credit_collection"] == 3387
    # a payment after a payment is no move: 34,724 events, of which these repeat the stage
    assert sum(found.values()) + p.findings.count("repeated_stage") == 34_724
    assert p.stage_history is not None
    history = p.stage_history.to_pandas()
    assert history.loc[history["stage"] == "payment", "deal_id"].nunique() == 4626


def test_salesforce_demo_folder_without_a_mapping() -> None:
    p = read(DATA / "salesforce_demo_history")
    assert p.size == 36
    # counted with cut and sort: 19 rows of the group file are history, not deals
    assert outcomes(p) == {"open": 16, "won": 12, "lost": 8}
    assert p.stage_history is not None
    assert int(p.stage_history.count().execute()) == 48
    assert p.process.stage_ids[0] == "prospecting"
    assert p.process.stage_ids[-1] == "negotiation_review"
    row = p.frame().set_index("deal_id").loc["006bm00000LKJNTAA5"]
    assert row["outcome"] == "lost"
    assert str(row["closed_at"]) == "2026-03-07 21:00:00"


def test_salesforce_warehouse_tables_without_a_mapping() -> None:
    folder = DATA / "fivetran_crm_seeds"
    p = read(folder / "sf_opportunity_data.csv", folder / "sf_opportunity_history_data.csv")
    # ten rows, of which one was won on 7 December and created on 19 December: it keeps its
    # outcome and has no cycle
    assert p.size == 10
    assert p.findings.count("closed_before_created") == 1
    assert outcomes(p) == {"won": 5, "lost": 4, "open": 1}
    assert dict(sales_cycle(p).scope.left_out) == {"ends_before_start": 1}
    assert p.findings.count("probability_range") == 2  # 1000 in both files


def test_hubspot_warehouse_tables_without_a_mapping() -> None:
    folder = DATA / "fivetran_crm_seeds"
    p = read(folder / "hubspot_deal_data.csv", folder / "hubspot_deal_stage_data.csv")
    assert p.size == 44
    assert p.findings.count("no_stage") == 44  # the stage column is empty in every row
    assert p.findings.count("orphan_history") == 14  # no deal id is in both files
    alone = read(folder / "hubspot_deal_stage_data.csv")
    assert alone.size == 14
    assert sorted(stages(alone).values()) == [1, 6, 7]
