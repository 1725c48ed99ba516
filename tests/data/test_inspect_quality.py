"""What inspect explains and what grade quality gives, counted by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import yaml

from funnelkit.data.inspect import inspect
from funnelkit.data.quality import grade_of, quality
from funnelkit.data.read import read
from funnelkit.words import speaking

FOLDER = Path(__file__).parent / "awkward"
FOREIGN = pd.DataFrame(
    {
        "opportunity_id": ["a", "b", "c"],
        "phase": ["Late", "Early", "Won"],
        "close_value": [1.0, 2.0, 3.0],
        "engage_date": ["2026-01-05", "2026-01-06", "2026-01-07"],
    }
)


def test_the_drafted_mapping_reads_the_file() -> None:
    found = inspect(FOREIGN)
    assert found.problem is None
    draft = yaml.safe_load(found.mapping)
    assert draft["columns"] == {
        "deal_id": "opportunity_id",
        "stage": "phase",
        "created_at": "engage_date",
        "amount": "close_value",
    }
    p = read(FOREIGN, mapping=draft)
    assert p.size == 3
    assert p.frame().set_index("deal_id").loc["c", "outcome"] == "won"


def test_a_known_system_is_named_with_what_it_lacks() -> None:
    found = inspect(FOLDER / "zoho.csv")
    assert found.systems == {"zoho.csv": ("Zoho", "deals")}
    assert ("time_in_stage", ("stage_history",)) in found.refused
    assert found.stages == {"Qualification": "qualification", "Closed Won": "won"}
    with speaking("zh"):
        assert "可以读取" in str(found)
        assert "Zoho" in found._repr_html_()


def test_a_file_that_cannot_be_mapped_still_gets_an_answer() -> None:
    found = inspect(FOLDER / "no_stage_column.csv")
    assert found.problem is not None
    assert "deal_id: deal_id" in found.mapping


def test_grades() -> None:
    assert [grade_of(x) for x in (0.02, 0.021, 0.1, 0.11, 0.3, 0.31)] == list("ABBCCD")
    # one of four amounts is missing: 25 %, grade C
    frame = pd.DataFrame(
        {
            "deal_id": list("abcd"),
            "stage": ["need"] * 4,
            "created_at": ["2026-01-05"] * 4,
            "amount": [1.0, 2.0, 3.0, None],
        }
    )
    graded = quality(read(frame))
    assert graded.grade == "C"
    row = graded.table.set_index("check").loc["amount"]
    assert (row["affected"], row["of"], row["share"]) == (1, 4, 0.25)
    assert "1 of 4 (25.0%)" in graded.summary()
    with speaking("zh"):
        assert "没有金额的商机" in repr(graded)


def test_a_clean_snapshot_is_at_best_b_and_with_history_a() -> None:
    deals = pd.DataFrame({"deal_id": ["a"], "stage": ["need"], "created_at": ["2026-01-05"]})
    visits = pd.DataFrame({"deal_id": ["a"], "stage": ["need"], "entered_at": ["2026-01-05"]})
    assert quality(read(deals)).grade == "B"
    assert quality(read(deals, visits)).grade == "A"
