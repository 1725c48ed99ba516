"""What is refused, in which words, before any kernel starts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import papermill
import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.report import checked, find_template, plan, read_cell
from funnelkit.report.template import defaults_of, template_names
from funnelkit.words import speaking

PARAMETERS = find_template("funnel-review").parameters


@pytest.fixture(autouse=True)
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    def started(*_: Any) -> None:
        pytest.fail("a kernel was started")

    monkeypatch.setattr("funnelkit.report.factory.run.run_notebook", started)


REFUSALS = [
    (
        {"reigon": "East"},
        'The template has no parameter "reigon". Nearest: "where", "rule", "segments", "mapping", '
        '"process" and 13 more. A part of the pipeline is chosen with where, as in '
        "where=region=East.",
        "模板没有参数 “reigon”，最接近的有：“where”、“rule”、“segments”、“mapping”、“process”"
        "（另有 13 个）。只看其中一部分请用 where，例如 where=region=East。",
    ),
    (
        {"min_deals": "abc"},
        'Parameter min_deals = "abc": expected a whole number.',
        "参数 min_deals = “abc”：应为整数。",
    ),
    (
        {"min_deals": "2.5"},
        'Parameter min_deals = "2.5": expected a whole number.',
        "参数 min_deals = “2.5”：应为整数。",
    ),
    (
        {"min_deals": "0"},
        "Parameter min_deals = 0 is out of range. Allowed: 1 to 1000.",
        "参数 min_deals = 0 超出范围，允许 1 到 1000。",
    ),
    (
        {"rule": "reach"},
        'Parameter rule = "reach" is not allowed. Nearest: "reached", "direct", "strict", '
        '"touched", "backfilled".',
        "参数 rule 不能取 “reach”，最接近的有："
        "“reached”、“direct”、“strict”、“touched”、“backfilled”。",
    ),
    (
        {"since": "2026-02-30"},
        'Parameter since = "2026-02-30" is not a date. Write it as 2026-01-31.',
        "参数 since = “2026-02-30” 不是日期，请写成 2026-01-31 的形式。",
    ),
    (
        {"since": "2026-05-01", "until": "2026-05-01"},
        "The period is empty: since = 2026-05-01 is not before until = 2026-05-01. "
        "The period includes since and ends the day before until.",
        "期间为空：since = 2026-05-01 不早于 until = 2026-05-01。"
        "期间从 since 当天开始，到 until 的前一天结束。",
    ),
    (
        {"where": "region"},
        'Parameter where = "region": expected column=value, several separated by commas.',
        "参数 where = “region”：应为列名=值，多个用逗号分隔。",
    ),
    (
        {"title": 7},
        'Parameter title = "7": expected text.',
        "参数 title = “7”：应为文本。",
    ),
]


def test_the_period_of_a_forecast_lies_ahead(tmp_path: Path) -> None:
    ahead = {"since": "2026-10-01", "through": "2026-12-31"}
    (job,) = plan("forecast", "tiny", parameters=ahead, out=tmp_path).jobs
    assert {k: job.values[k] for k in ahead} == ahead
    day = {"since": "2026-10-01", "through": "2026-10-01"}
    assert plan("forecast", "tiny", parameters=day, out=tmp_path).jobs
    late = {"since": "2026-10-02", "through": "2026-10-01"}
    with pytest.raises(FunnelkitError, match="since = 2026-10-02 comes after through = 2026-10-01"):
        plan("forecast", "tiny", parameters=late, out=tmp_path)


@pytest.mark.parametrize(("given", "english", "chinese"), REFUSALS)
def test_a_bad_parameter_is_refused(given: dict[str, Any], english: str, chinese: str) -> None:
    with pytest.raises(FunnelkitError) as caught:
        plan("funnel-review", "tiny", parameters=given)
    with speaking("en"):
        assert str(caught.value) == english
    with speaking("zh"):
        assert str(caught.value) == chinese


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"data": "tinny"}, "report.unknown_data"),
        ({"template": "funel-review"}, "report.unknown_template"),
        ({"template": "../reports/funnel-review"}, "report.unknown_template"),
        ({"template": "no/such.ipynb"}, "report.unknown_template"),
        ({"formats": ["html", "docx"]}, "report.unknown_format"),
        ({"each": "reigon"}, "pipeline.unknown_column"),
        ({"each": "competitor"}, "report.empty_column"),
        ({"parameters": {"where": "region=Nort"}}, "pipeline.unknown_value"),
        ({"parameters": {"mapping": "x.yaml"}}, "report.bundled_takes_no"),
        ({"parameters": {"lang": "fr"}}, "report.not_a_choice"),
    ],
)
def test_everything_else_is_checked_first_too(options: dict[str, Any], key: str) -> None:
    given = {"template": "funnel-review", "data": "tiny"} | options
    with pytest.raises(FunnelkitError) as caught:
        plan(**given)
    assert caught.value.key == key


def test_the_nearest_comes_first() -> None:
    with pytest.raises(FunnelkitError) as caught:
        checked(PARAMETERS, {"sinse": "2026-01-01"})
    assert caught.value.values["allowed"][0] == "since"


def test_text_from_the_command_line_becomes_what_the_template_declares() -> None:
    given = {
        "min_deals": "7", "segments": "owner, region", "where": "region=North,owner=A=B",
        "since": dt.date(2026, 1, 31),
    }  # fmt: skip
    values = checked(PARAMETERS, given)
    assert values["min_deals"] == 7
    assert values["segments"] == ["owner", "region"]
    assert values["where"] == {"region": "North", "owner": "A=B"}
    assert values["since"] == "2026-01-31"
    assert checked(PARAMETERS, {"where": '{"city": "Brno, CZ"}'})["where"] == {"city": "Brno, CZ"}


def test_the_defaults_are_those_of_the_cell_and_nobody_changes_them_for_others() -> None:
    first = defaults_of("funnel-review")
    first["segments"].append("region")
    assert defaults_of("funnel-review")["segments"] == ["owner", "source"]
    assert defaults_of("funnel-review") == {p.name: p.default for p in PARAMETERS}


def test_every_parameter_says_in_both_languages_what_it_is() -> None:
    for parameter in PARAMETERS:
        english, dot, chinese = parameter.help.partition(" · ")
        assert dot, parameter.name
        assert english.isascii(), parameter.name
        assert any("\u4e00" <= c <= "\u9fff" for c in chinese), parameter.name


def test_a_declaration_without_help_is_refused() -> None:
    with pytest.raises(FunnelkitError, match=r"report\.bad_declaration|top: int"):
        read_cell("top: int = 5")
    with pytest.raises(FunnelkitError):
        read_cell("day: date = None  # A day")


def test_all_jobs_are_planned_before_the_first(tmp_path: Path) -> None:
    batch = plan("funnel-review", "tiny", each="region", out=tmp_path / "out")
    assert [job.value for job in batch.jobs] == ["North", "South"]
    assert [job.values["where"] for job in batch.jobs] == [
        {"region": "North"},
        {"region": "South"},
    ]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", template_names())
def test_papermill_itself_knows_every_parameter(name: str) -> None:
    template = find_template(name)
    seen = papermill.inspect_notebook(str(template.path))
    assert list(seen) == [parameter.name for parameter in template.parameters]
    assert {key: told["help"].strip() != "" for key, told in seen.items()} == dict.fromkeys(
        seen, True
    )


def test_a_forecast_takes_its_last_day_by_the_old_name_with_a_note() -> None:
    declared = find_template("forecast").parameters
    with pytest.warns(FutureWarning, match="until is called through now"):
        values = checked(declared, {"until": "2026-03-31"})
    assert values["through"] == "2026-03-31"
    assert "until" not in values
