"""Plans: ten lines are enough, every knob is checked, and errors say where they stand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from funnelkit.errors import FunnelkitError
from funnelkit.simulation import PATTERNS, Plan, read_plan, simulate
from funnelkit.words import speaking

TEN_LINES = """\
language: zh
months: 12
deals_per_month: 50
currency: CNY
stages:
  线索: {step_rate: 0.5, median_days: 4}
  需求: {step_rate: 0.4, median_days: 20}
  报价: {step_rate: 0.3, median_days: 15}
deal_size: 200000
regions: [华东, 西北]
"""


def fails(text: str | dict[str, Any], tmp_path: Path) -> FunnelkitError:
    source: Any = text
    if isinstance(text, str):
        source = tmp_path / "plan.yaml"
        source.write_text(text, encoding="utf-8")
    with pytest.raises(FunnelkitError) as told:
        simulate(plan=source)
    for language in ("en", "zh"):
        with speaking(language):
            assert "{" not in str(told.value)
    return told.value


def test_ten_lines_describe_a_business(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(TEN_LINES, encoding="utf-8")
    p = simulate(plan=file, seed=1)
    deals = p.deals.to_pandas()
    assert p.size == 600
    assert p.process.open_ids == ("线索", "需求", "报价")
    assert p.process.stage("需求").target.step_rate == 0.4
    assert set(deals["region"]) == {"华东", "西北"}
    assert deals["owner"].nunique() == 6
    assert set(deals["currency"]) == {"CNY"}
    assert 150_000 < deals["amount"].median() < 260_000


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_example_can_be_simulated_and_its_patterns_too(language: str, tmp_path: Path) -> None:
    text = Plan.example(language)
    file = tmp_path / "plan.yaml"
    file.write_text(text, encoding="utf-8")
    assert simulate(plan=file, seed=1).size == 24 * 170
    lines = text.splitlines()
    opened = [
        x[2:] if x.startswith(("# patterns:", "#   -")) else x for x in lines
    ]  # the part that is commented out
    told = yaml.safe_load("\n".join(opened))
    p = simulate(plan=told, seed=1)
    assert p.truth.patterns == ("stalled_proposals", "new_competitor")
    assert p.process.id == "b2b-six-stages"  # its stages are the sheet's, by name


def test_the_reference_business() -> None:
    """Curriculum: 24 months, 12 sellers, 4 regions, 4 sources, about 4,100 leads, 150 wins."""
    p = simulate(seed=0)
    deals = p.deals.to_pandas()
    assert abs(p.size - 4100) < 50
    assert deals["owner"].nunique() == 12
    assert deals["region"].nunique() == 4
    assert deals["source"].nunique() == 4
    assert (p.as_of.date() - deals["created_at"].min().date()).days in range(725, 732)
    later = (p.truth.open_deals["outcome"] == "won").sum()
    wins = (deals["outcome"] == "won").sum() + later
    assert abs(wins - 4104 * 0.0363) < 4 * (4104 * 0.0363) ** 0.5
    assert p.truth.planted == ()


def test_figures_of_a_sheet_can_be_changed_one_by_one() -> None:
    p = simulate("saas", {"deals": 50, "stages": {"trial": {"step_rate": 0.9}}}
                 if "trial" in _ids("saas") else {"deals": 50})  # fmt: skip
    assert p.process.stage_ids == _ids("saas")
    p = simulate(plan={"deals": 50, "stages": {"Proposal": 0.7}})
    assert p.process.stage("proposal").target.step_rate == 0.7
    assert p.process.stage("proposal").target.median_days == 30


def _ids(name: str) -> tuple[str, ...]:
    from funnelkit.process import load_process

    return load_process(name).stage_ids


def test_dates_are_told_in_any_two_of_three_ways() -> None:
    day = dt.date
    assert Plan(start=day(2024, 3, 1), months=6).period == (day(2024, 3, 1), day(2024, 8, 31))
    assert Plan(as_of=day(2024, 8, 31), months=6).period == (day(2024, 3, 1), day(2024, 8, 31))
    both = Plan(start=day(2024, 3, 1), as_of=day(2024, 5, 15))
    assert both.period == (day(2024, 3, 1), day(2024, 5, 15))
    assert Plan().period == (day(2024, 7, 1), day(2026, 6, 30))


@pytest.mark.parametrize(
    ("text", "key", "line", "nearest"),
    [
        ("months: 12\nreigons: [A]\n", "unknown_key", 2, "regions"),
        ("regions:\n  - {name: A, sahre: 3}\n", "unknown_key", 2, "share"),
        ("stages:\n  lead:\n    median_dys: 3\n", "unknown_key", 3, "median_days"),
        ("language: fr\n", "not_one_of", 1, None),
        ("skip_rate: 1.5\n", "out_of_range", 1, None),
        ("months: soon\n", "wrong_type", 1, None),
        ("deals: 10\nseasonality: summer\n", "bad_season", 2, None),
        ("deals: 10\nseasonality: [1, 2, 3]\n", "not_a_year", 2, None),
        ("patterns:\n  - zombie\n", "unknown_name", 2, "zombies"),
        ("patterns:\n  - zombies: {shares: 0.3}\n", "unknown_key", 2, "share"),
        ("patterns:\n  - zombies: {share: many}\n", "wrong_type", 2, None),
        ("patterns: [zombies, zombies]\n", "pattern_twice", 1, None),
        ("patterns:\n  - {name: missing_data, twin: true}\n", "no_twin", 2, None),
        ("team:\n  - {name: Kim, region: Nroth}\n", "unknown_name", 2, "North"),
        ("start: 2026-01-01\nas_of: 2025-01-01\n", "before_start", 2, None),
        ("deals: 5\ndeals_per_month: 5\n", "twice_told", 2, None),
        ("working_hours: [18, 9]\n", "bad_hours", 1, None),
        ("pushes: {days: [7, 14]}\n", "not_paired", 1, None),
        ("stages:\n  - {step_rate: 0.5}\n", "missing_key", 2, None),
    ],
)
def test_errors_say_where_and_what_is_near(
    text: str, key: str, line: int, nearest: str | None, tmp_path: Path
) -> None:
    error = fails(text, tmp_path)
    assert error.key == f"simulate.{key}"
    assert f"plan.yaml, line {line}:" in str(error)
    if nearest:
        assert error.values["allowed"][0] == nearest


def test_places_that_do_not_exist_are_named(tmp_path: Path) -> None:
    told = {"deals": 20, "patterns": [{"happy_ears": {"where": {"region": "Sooth"}}}]}
    error = fails(told, tmp_path)
    assert error.values["allowed"][0] == "South"
    told = {"deals": 20, "patterns": [{"happy_ears": {"where": {"colour": "red"}}}]}
    assert "owner" in fails(told, tmp_path).values["allowed"]


def test_a_region_of_one_seller_cannot_be_reshuffled(tmp_path: Path) -> None:
    error = fails({"deals": 20, "sellers_per_region": 1, "patterns": ["reshuffle"]}, tmp_path)
    assert error.key == "simulate.team_too_small"


def test_a_plan_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FunnelkitError) as told:
        read_plan(tmp_path / "none.yaml")
    assert told.value.key == "simulate.no_file"


@pytest.mark.parametrize("raw", [b"", b"# nothing\n", b"\xff\xfe\x00"])
def test_a_plan_without_a_word_in_it(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_bytes(raw)
    with pytest.raises(FunnelkitError) as told:
        read_plan(tmp_path / "plan.yaml")
    assert told.value.key == "simulate.no_plan"


def test_patterns_can_be_written_in_three_ways() -> None:
    plan = Plan.model_validate(
        {
            "patterns": [
                "zombies",
                {"stalled_proposals": {"since": 5, "strength": {"rate": 0.3}}},
                {"name": "happy_ears", "where": {"owner": "Kim"}, "twin": True},
            ]
        }
    )
    zombies, stalled, happy = plan.patterns
    assert zombies == PATTERNS["zombies"]()
    assert (stalled.since, stalled.strength["rate"]) == (5, 0.3)
    assert (happy.where, happy.twin) == ({"owner": "Kim"}, True)
    made = simulate(plan={"deals": 50, "patterns": [PATTERNS["zombies"](where={"region": "East"})]})
    assert made.truth.planted[0]["where"] == {"region": ["East"]}


def test_every_pattern_names_its_knobs() -> None:
    for key, kind in PATTERNS.items():
        assert kind.knobs()[-3:] == ["where", "since", "twin"]
        assert kind.__doc__, key
        assert kind().strength, key
