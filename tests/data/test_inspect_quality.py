"""What inspect explains and what grade quality gives, counted by hand."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

import funnelkit as fk
from funnelkit.cli import app
from funnelkit.data.inspect import inspect
from funnelkit.data.quality import grade_of, quality
from funnelkit.data.read import read
from funnelkit.errors import FunnelkitError
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


def lacking(tmp_path: Path) -> Path:
    """Two deals without an amount, one open deal past its date, one row without an id."""
    file = tmp_path / "deals.csv"
    file.write_text(
        "deal_id,name,owner,stage,outcome,amount,created_at,closed_at,expected_close\n"
        "a,Pump,Ann,need,open,100,2026-01-05,,2026-02-01\n"
        "b,Valve,Ben,need,won,,2026-01-06,2026-02-10,\n"
        "c,Hose,Ann,need,lost,,2026-01-07,2026-03-11,\n"
        ",Belt,Ann,need,lost,5,2026-01-07,2026-03-11,\n", "utf-8",
    )  # fmt: skip
    return file


def test_every_check_gives_the_deals_it_counts(tmp_path: Path) -> None:
    found = fk.quality(fk.read(lacking(tmp_path)))
    counted = found.table.set_index("check")["affected"]
    listed = found.deals()["check"].value_counts()
    assert {c: int(n) for c, n in counted.items() if n} == {c: int(n) for c, n in listed.items()}
    assert found.deals("amount")["deal_id"].tolist() == ["b", "c"]
    assert found.deals("overdue")["deal_id"].tolist() == ["a"]
    aside = found.deals("set_aside")
    assert aside["reason"].tolist() == ["missing_id"]
    assert aside["row"].tolist() == [5]
    with pytest.raises(FunnelkitError, match="amount"):
        found.deals("amounts")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_inspect_names_deals_by_their_ids_and_writes_them_whole(lang: str, tmp_path: Path) -> None:
    file, out = lacking(tmp_path), tmp_path / "behind.csv"
    told = CliRunner().invoke(app, ["inspect", str(file), "--lang", lang, "--deals", str(out)])
    assert told.exit_code == 0, told.output
    assert re.search(r"\(2\): b, c|（2）：b、c", told.output)
    assert "Ann" not in told.output
    rows = pd.read_csv(out, encoding="utf-8-sig")
    assert len(rows) == 4
    assert "Ann" not in out.read_text("utf-8-sig")
    CliRunner().invoke(app, ["inspect", str(file), "--lang", lang, "--deals", str(out), "--names"])
    assert "Ann" in out.read_text("utf-8-sig")
