"""Parts by value, range and day; a file's own headings; days outside the data; wrong arguments."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit import control, measures, planning
from funnelkit.answers.definitions import MEASURES
from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.words import speaking

DEALS = pd.DataFrame(
    {
        "deal_id": ["a", "b", "c", "d"],
        "region": ["East", "West", None, "East"],
        "amount": [1000.0, 2500.0, 9000.0, None],
        "created_at": [pd.Timestamp(t) for t in (
            "2026-01-05", "2026-03-31 18:00", "2026-04-01", "2026-06-30")],
        "expected_close": [pd.Timestamp(t) if t else pd.NaT for t in (
            "2026-08-01", "", "2026-12-31", "2026-08-15")],
        "score": [1, 5, 9, 5],
        "outcome": ["open", "open", "open", "open"],
    }
)  # fmt: skip


@pytest.fixture(scope="module")
def p() -> Pipeline:
    return from_frames(DEALS, as_of="2026-06-30", process="b2b-six-stages")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"amount": "1000..2500"}, "ab"),  # both ends count
        ({"amount": "2000.."}, "bc"),
        ({"amount": "..2000"}, "a"),
        ({"amount": 2500}, "b"),
        ({"amount": ["..1000", "9000.."]}, "ac"),
        ({"amount": None}, "d"),
        ({"created_at": "2026-01-01..2026-03-31"}, "ab"),  # a last day is whole
        ({"created_at": "2026-04-01"}, "c"),
        ({"created_at": pd.Timestamp("2026-04-01").date()}, "c"),
        ({"expected_close": "2026-08-01..2026-08-31", "region": "East"}, "ad"),
        ({"expected_close": "(none)"}, "b"),
        ({"score": "5.."}, "bcd"),
        ({"score": 5}, "bd"),
        ({"REGION": "East"}, "ad"),  # as a file may head it
        ({"region": ["East", None]}, "acd"),
    ],
)
def test_a_part_by_values_ranges_and_days(p: Pipeline, asked: dict[str, Any], found: str) -> None:
    assert sorted(p.where(**asked).frame()["deal_id"]) == list(found)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"amount": "much"}, "is no range. Write both ends"),
        ({"amount": "5..1"}, "is no range"),
        ({"amount": ".."}, "is no range"),
        ({"created_at": "spring"}, '"spring" is not a date'),
        ({"regio": "East"}, 'There is no column "regio" to group or select by. Nearest: "region"'),
    ],
)
def test_what_is_no_part_is_said(p: Pipeline, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(FunnelkitError, match=said.replace("(", r"\(")):
        p.where(**asked)


def test_a_column_goes_by_the_heading_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "deals.csv"
    frame = DEALS.assign(outcome=["won", "lost", "open", "won"], stage="lead")
    frame = frame.assign(closed_at="2026-06-30").rename(columns={"region": "Sales Region"})
    frame.to_csv(file, index=False)
    mapping = {"columns": {"region": "Sales Region"}}
    read = fk.read(file, mapping=mapping, as_of="2026-06-30")
    assert read.groups("Sales Region") == ["region"]
    assert read.where(**{"sales region": "East"}).size == 2
    groups = fk.win_rate(read, by="Sales Region").table["region"]
    assert sorted(groups) == ["(none)", "East", "West"]


def test_days_outside_the_data_are_said_in_both_languages(p: Pipeline) -> None:
    assert p.at("2026-03-31").size == 2
    for day, said, chinese in (
        ("2019-01-01", "the first one is of 5 Jan 2026", "最早的商机始于2026年1月5日"),
        ("2030-01-01", "The data end on 30 Jun 2026", "数据截至2026年6月30日"),
    ):
        with pytest.raises(FunnelkitError) as caught:
            p.at(day)
        assert said in str(caught.value)
        with speaking("zh"):
            assert chinese in str(caught.value)


def rooms() -> dict[str, Any]:
    """Every public function that is asked of a pipeline, by its name."""
    found = {}
    for room in (fk, measures, control, planning):
        for name in room.__all__:
            thing = getattr(room, name)
            if inspect.isfunction(thing):
                first = next(iter(inspect.signature(thing).parameters.values()), None)
                if first is not None and str(first.annotation) == "Pipeline":
                    found[f"{room.__name__}.{name}"] = thing
    return found


def test_every_public_measure_says_what_to_do_with_a_wrong_first_argument() -> None:
    asked = rooms()
    named = {m.call.rpartition(".")[2] for m in MEASURES.values()}
    assert named <= {name.rpartition(".")[2] for name in asked} | {"ActionLog"}
    for name, measure in asked.items():
        for wrong in ("industrial", "deals.csv", None, 12, DEALS):
            with pytest.raises(FunnelkitError, match=r"is asked of a pipeline.*fk\."):
                measure(wrong)
        with pytest.raises(FunnelkitError, match="cannot be asked like this"):
            measure(no_such_option=1)
        assert measure.__doc__, name


def test_a_call_with_what_there_is_not_names_what_there_is(p: Pipeline) -> None:
    with pytest.raises(FunnelkitError, match=r"unexpected keyword argument 'bla'.*win_rate\(p, by"):
        fk.win_rate(p, bla=1)  # type: ignore[call-arg]
    with pytest.raises(FunnelkitError, match=r'5 is not the name of a column.*by="owner"'):
        fk.win_rate(p, by=5)  # type: ignore[arg-type]
    with pytest.raises(FunnelkitError, match=r'but a bundled data set.*fk\.load\("industrial"\)'):
        fk.read("industrial")
    with pytest.raises(FunnelkitError, match="takes pandas frames"):
        from_frames("industrial")  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match="nearest: win_rate"):
        fk.win_rates  # type: ignore[attr-defined]  # noqa: B018


def test_the_front_door_shows_the_public_names_alone() -> None:
    assert dir(fk) == sorted(fk.__dict__["__all__"])
    assert not [name for name in dir(fk) if name.startswith("_")]
    assert import_module("funnelkit.measures").trend is measures.trend
