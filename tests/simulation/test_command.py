"""``funnelkit simulate``: a folder that is whole, or an error and no folder."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import funnelkit as fk
from funnelkit.cli import app
from funnelkit.simulation import Truth
from funnelkit.words import set_language, speaking

PLAN = """\
language: zh
deals: 120
months: 12
stages: {初访: 0.5, 方案: {step_rate: 0.6, median_days: 20}, 签约谈判: 0.5}
"""


@pytest.fixture(autouse=True)
def _english():
    set_language("en")
    yield
    set_language("en")


def run(*arguments):
    return CliRunner().invoke(app, ["simulate", *(str(a) for a in arguments)])


def test_a_plan_becomes_a_folder_that_reads_back(tmp_path):
    plan, out = tmp_path / "plan.yml", tmp_path / "made" / "data"
    plan.write_text(PLAN, "utf-8")
    result = run(plan, "--out", out, "--layout", "salesforce", "--seed", "4")
    assert result.exit_code == 0, result.output
    assert f"Written: {out}" in result.output.replace("\n", "")
    p = fk.read(out, process=out / "process.yaml")
    assert p.size == 120
    assert [str(s.name) for s in p.process.stages][:3] == ["初访", "方案", "签约谈判"]
    assert p.process.calendar.timezone == "Asia/Shanghai"
    assert not p.findings.errors
    assert Truth.load(out / "sealed.bin").seed == 4
    assert [f.name for f in (tmp_path / "made").iterdir()] == ["data"]


def test_planted_dirt_is_recorded_and_the_seed_repeats(tmp_path):
    plan = tmp_path / "plan.yml"
    plan.write_text("deals: 100\nmonths: 12\n", "utf-8")
    for name in ("a", "b"):
        assert run(plan, "--out", tmp_path / name, "--dirt", "0.1", "--seed", "2").exit_code == 0
    files = sorted(f.name for f in (tmp_path / "a").iterdir())
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes()
               for f in files)  # fmt: skip
    planted = json.loads((tmp_path / "a" / "planted-dirt.json").read_text("utf-8"))
    assert len([d for d in planted if d["row"] and d["kind"] != "total_line"]) == 10


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--layout", "sap"], 'no export layout "sap"'),
        (["--dirt", "7"], "dirt=7.0 is no share"),
        (["nowhere.yml"], "nowhere.yml"),
    ],
)
def test_an_error_leaves_nothing_behind(arguments, said, tmp_path):
    out = tmp_path / "data"
    result = run(*arguments, "--out", out)
    assert result.exit_code == 2
    with speaking("en"):
        assert said in result.output.replace("\n", "")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep", "utf-8")
    result = run("--out", tmp_path, "--lang", "zh")
    assert "不是空文件夹" in result.output.replace("\n", "")
    assert [f.name for f in tmp_path.iterdir()] == ["mine.txt"]


def test_without_a_folder_it_says_what_to_do():
    assert "--out FOLDER" in run().output.replace("\n", "")


@pytest.mark.parametrize(("lang", "word"), [("en", "stages:"), ("zh", "潜在客户生成")])
def test_the_example_is_a_plan(lang, word, tmp_path):
    result = run("--example", "--lang", lang)
    assert result.exit_code == 0
    assert word in result.output
    (tmp_path / "plan.yml").write_text(result.output, "utf-8")
    from funnelkit.simulation import read_plan

    assert read_plan(tmp_path / "plan.yml").language == lang
