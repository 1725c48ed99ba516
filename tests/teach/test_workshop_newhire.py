"""The first ninety days: dates by hand, pass mark, ramp, missing evidence."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.process import load_process
from funnelkit.simulation import simulate
from funnelkit.teach.newhire import (
    checkpoints,
    missing_evidence,
    plan_page,
    ramp_chart,
    result_of,
    stage_test,
    write,
)
from funnelkit.teach.progress import Progress
from funnelkit.words import speaking


def test_dates_by_hand() -> None:
    """1 December 2026 is a Tuesday; day 60 falls on Saturday 30 January and moves to Monday."""
    assert checkpoints(dt.date(2026, 12, 1)) == {
        1: dt.date(2026, 12, 1),
        7: dt.date(2026, 12, 8),
        30: dt.date(2026, 12, 31),
        60: dt.date(2027, 2, 1),
        90: dt.date(2027, 3, 1),
    }


def test_holidays_move_a_checkpoint() -> None:
    sheet = load_process(None)
    days = (dt.date(2026, 12, 31), dt.date(2027, 1, 1))
    calendar = sheet.calendar.model_copy(update={"holidays": days})
    moved = checkpoints(dt.date(2026, 12, 1), sheet.model_copy(update={"calendar": calendar}))
    assert moved[30] == dt.date(2027, 1, 4)


def test_four_in_five_pass() -> None:
    asked = [e.id for e in stage_test()]
    assert {i.partition(".")[0] for i in asked} == {"L01", "L02"}
    need = -(-4 * len(asked) // 5)
    kept = Progress(None, 1, [])
    for id in asked[: need - 1]:
        kept.record("answer", exercise=id, state="right", mistake="")
    assert not result_of(kept).passed
    kept.record("answer", exercise=asked[need - 1], state="right", mistake="")
    assert result_of(kept).passed
    assert result_of(kept).right == need


def test_the_ramp_is_the_plan() -> None:
    chart = ramp_chart(dt.date(2026, 12, 1))
    assert [row[0] for row in chart.data.rows] == [
        "2026-12",
        "2027-01",
        "2027-02",
        "2027-03",
        "2027-04",
    ]
    assert [row[1] for row in chart.data.rows] == [0, 0.25, 0.5, 0.75, 1]
    assert "2.5" in chart.alt


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_where_figures_come_from(language: str, tmp_path: Path) -> None:
    with speaking(language):
        made = write(tmp_path / "plan", start="2026-12-01")
        text = made.read_text("utf-8")
        assert ("grade C" if language == "en" else "C 级") in text
    assert "http" not in text
    assert (made.parent / "stage-test.ipynb").is_file()
    with pytest.raises(FunnelkitError) as caught:
        write(tmp_path / "plan", start="2026-12-01")
    assert caught.value.key == "workshop.out_taken"


def test_missing_evidence_of_one_seller() -> None:
    p = simulate(plan={"deals": 300, "months": 12}, seed=2)
    owner = str(p.deals.to_pandas()["owner"].dropna().iloc[0])
    gaps = missing_evidence(p, owner)
    assert set(gaps["owner"]) <= {owner}
    text = plan_page(dt.date(2026, 12, 1), p.process, evidence=(p, owner))
    assert all(str(d) in text for d in gaps["deal_id"])


@pytest.mark.parametrize(
    ("given", "key"),
    [({"start": "soon"}, "workshop.bad_date"),
     ({"start": "2026-12-01", "data": "tiny"}, "workshop.data_and_owner")],
)  # fmt: skip
def test_wrong_input_is_told(tmp_path: Path, given: dict[str, str], key: str) -> None:
    with pytest.raises(FunnelkitError) as caught:
        write(tmp_path / "plan", **given)  # type: ignore[arg-type]
    assert caught.value.key == key
    assert not (tmp_path / "plan").exists()
