"""The first ninety days: dates by hand, pass mark, ramp, missing evidence."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.process import load_process
from funnelkit.simulation import simulate
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.newhire import (
    checkpoints,
    missing_evidence,
    plan_page,
    ramp_chart,
    write,
)
from funnelkit.teach.paths import exits
from funnelkit.words import speaking


def test_dates_by_hand() -> None:
    """1 December 2026 is a Tuesday: day 7 is Monday 7 December, day 90 Sunday 28 February."""
    assert checkpoints(dt.date(2026, 12, 1)) == {
        1: dt.date(2026, 12, 1),
        7: dt.date(2026, 12, 7),
        30: dt.date(2026, 12, 30),
        60: dt.date(2027, 1, 29),
        90: dt.date(2027, 3, 1),
    }


def test_holidays_move_a_checkpoint() -> None:
    sheet = load_process(None)
    days = (dt.date(2026, 12, 30), dt.date(2026, 12, 31), dt.date(2027, 1, 1))
    calendar = sheet.calendar.model_copy(update={"holidays": days})
    moved = checkpoints(dt.date(2026, 12, 1), sheet.model_copy(update={"calendar": calendar}))
    assert moved[30] == dt.date(2027, 1, 4)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_plan_speaks_of_the_sheet_that_is_given_and_shows_no_code(language: str) -> None:
    with speaking(language):
        for name in ("saas", "b2b-six-stages"):
            process = load_process(name)
            text = plan_page(dt.date(2026, 12, 1), process)
            main = text.partition("<main")[2]
            assert all(process.label(s) in main for s in process.open_ids)
            middle = process.label(process.open_ids[len(process.open_ids) // 2])
            assert f"“{middle}”" in main
            assert not re.findall(r"ipynb|--\w|fk\.|import ", main.partition("<svg")[0])


def test_the_plan_tells_where_the_path_was_left() -> None:
    kept = Progress(None, 1, [])
    right = {c.exercise.id: c.right for c in exits.items("newhire", kept)}
    exits.hand_in("newhire", right, kept, dt.date(2026, 12, 14))
    text = plan_page(dt.date(2026, 12, 1), load_process(None), "Ada", kept)
    assert "12 of 12 right" in text
    # day 1 is Tuesday 1 December: day 5 is a Saturday and moves to Monday
    assert text.count("7 Dec 2026") >= 2


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
