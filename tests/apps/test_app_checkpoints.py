"""Checkpoint set-up: the record of a limit is the API's, and the sheet that is written has it."""

from __future__ import annotations

import pandas as pd
import pytest
import yaml

import funnelkit as fk
from funnelkit.apps import find_app
from funnelkit.apps.app import OpenApp, open_app
from funnelkit.control import rule_quality
from funnelkit.data import from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.page.controls import start_of
from funnelkit.process import load_process
from funnelkit.words import speaking


@pytest.fixture(scope="module")
def app() -> OpenApp:
    return open_app(find_app("checkpoints"), fk.load("industrial"))


def test_the_row_of_a_limit_is_the_record_of_that_rule(app: OpenApp) -> None:
    state = {"look": "ageing-proposal", "ageing-proposal": 50.0}
    table = next(iter(app.answer(state).tables.values())).values()
    row = table[table["Control point"] == "Proposal: Too long in the stage"].iloc[0]
    limit = float(str(row["Rule"]).split("> ")[1])
    api = rule_quality(app.pipeline, f"days_in_stage > {limit:g}", "proposal", thresholds=[limit])
    own = api.table.iloc[0]
    assert (row["Past alarms"], row["Caught"], row["False alarms"]) == (
        own["fired"], own["caught"], own["false_alarms"],
    )  # fmt: skip


def test_open_deals_over_a_limit_are_counted_by_hand(app: OpenApp) -> None:
    table = next(iter(app.answer().tables.values())).values()
    row = table[table["Control point"] == "Proposal: Too long in the stage"].iloc[0]
    limit = float(str(row["Rule"]).split("> ")[1])
    deals, history = app.pipeline.frame(), app.pipeline.stage_history
    assert history is not None
    visits = history.to_pandas().sort_values(["deal_id", "seq"])
    last = visits.groupby("deal_id").tail(1).set_index("deal_id")
    waiting = deals[(deals["outcome"] == "open") & (deals["stage"] == "proposal")]["deal_id"]
    age = (pd.Timestamp(app.pipeline.as_of) - last.loc[waiting, "entered_at"]).dt.days
    assert row["Open deals today"] == int((age > limit).sum())


def test_a_stricter_limit_catches_less_and_rings_less(app: OpenApp) -> None:
    slider = next(c for c in app.controls if c.name == "ageing-proposal")
    counts = []
    for limit in (slider.low, slider.start, slider.high):  # type: ignore[union-attr]
        table = next(iter(app.answer({"ageing-proposal": limit}).tables.values())).values()
        row = table[table["Control point"] == "Proposal: Too long in the stage"].iloc[0]
        counts.append((row["Past alarms"], row["Caught"], row["Open deals today"]))
    assert counts[0] >= counts[1] >= counts[2]
    assert counts[0][0] > counts[2][0]


def test_the_sheet_has_the_new_limit_and_nothing_else_changed(app: OpenApp) -> None:
    start = start_of(app.controls)
    (name, text), = app.answer({**start, "pushed-twice": 3.0}).files.items()  # fmt: skip
    process = load_process(yaml.safe_load(text))
    rules = {c.id: c.rule for s in process.stages for c in s.checkpoints}
    before = {c.id: c.rule for s in app.pipeline.process.stages for c in s.checkpoints}
    assert name.endswith(".yaml")
    assert rules["pushed-twice"] == "push_count >= 3"
    assert {k: v for k, v in rules.items() if not k.startswith("ageing-")} == (
        before | {"pushed-twice": "push_count >= 3"}
    )
    assert [s.id for s in process.stages] == [s.id for s in app.pipeline.process.stages]


def test_data_without_past_deals_are_refused_by_reason() -> None:
    deals = pd.DataFrame(
        {"deal_id": ["1"], "stage": ["lead"], "outcome": ["open"],
         "created_at": pd.to_datetime(["2026-01-02"])}
    )  # fmt: skip
    with pytest.raises(FunnelkitError, match="30 closed deals"):
        open_app(find_app("checkpoints"), from_frames(deals, as_of="2026-03-01"))


def test_chinese_has_no_english_sentence() -> None:
    with speaking("zh"):
        page = open_app(find_app("checkpoints"), fk.load("industrial-zh")).page()
    assert "控制点" in page
    assert "alarm" not in page
