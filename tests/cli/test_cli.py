"""The command line: messages in the language asked for, exit codes, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from funnelkit.cli import app
from funnelkit.errors import FunnelkitError
from funnelkit.words import set_language, speaking

ROOT = Path(__file__).parents[2]


def run(*words: str) -> Any:
    with speaking("en"):
        done = CliRunner().invoke(app, list(words), env={"FUNNELKIT_LANG": "en", "COLUMNS": "120"})
    assert "Traceback" not in done.output
    return done


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a report be made without a kernel; South fails."""

    def notebook(source: Path, target: Path, values: dict[str, Any], limit: float) -> Any:
        if values["where"].get("region") == "South":
            raise FunnelkitError("report.cell_failed", error="no [red] numbers")
        target.write_text("{}", "utf-8")
        return SimpleNamespace(cells=[])

    monkeypatch.setattr("funnelkit.report.factory.run.run_notebook", notebook)
    monkeypatch.setattr("funnelkit.report.html.to_html", lambda *_, **__: "<html></html>")


def test_the_last_line_names_the_index(quick: None, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("report", "funnel-review", "tiny", "--fresh", "--out", str(out))
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == str(out / "index.html")
    assert (out / "index.html").is_file()


def test_a_report_that_fails_gives_exit_code_one_and_its_reason(
    quick: None, tmp_path: Path
) -> None:
    words = ("funnel-review", "tiny", "--each", "region", "--fresh", "--out", str(tmp_path))
    done = run("report", *words)
    assert done.exit_code == 1
    assert "no [red] numbers" in done.stdout
    assert "North.html" in done.stdout
    assert done.stdout.splitlines()[-1] == str(tmp_path / "index.html")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("report", "funnel-review", "tiny", "-p", "min_deals=0"),
            "Parameter min_deals = 0 is out of range. Allowed: 1 to 1000.",
        ),
        (
            ("report", "funnel-review", "tiny", "-p", "min_deals=0", "--lang", "zh"),
            "参数 min_deals = 0 超出范围，允许 1 到 1000。",
        ),
        (
            ("report", "funnel-review", "tiny", "-p", "min_deals"),
            '"min_deals" is not NAME=VALUE. Write, for example, -p min_deals=20',
        ),
        (
            ("report", "funnel-review", "tiny", "--formats", "htm"),
            'There is no output format "htm". Choose from html, pptx, ipynb, xlsx, pdf, png.',
        ),
        (
            ("report", "funnel-review", "tiny", "--lang", "de"),
            'Language "de" is not available. Choose one of "en", "zh".',
        ),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_code_two(words: tuple[str, ...], message: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert done.stderr == message + "\n"
    assert done.stdout == ""


def test_an_unforeseen_error_is_a_sentence_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("lost")

    monkeypatch.setattr("funnelkit.report.factory.batch.find_template", broken)
    done = run("report", "funnel-review", "tiny")
    assert done.exit_code == 2
    assert "KeyError: 'lost'" in done.stderr
    assert "FUNNELKIT_DEBUG=1" in done.stderr


def test_the_language_of_a_command_does_not_stay(quick: None, tmp_path: Path) -> None:
    set_language("en")
    run("datasets", "--lang", "zh")
    assert "Name" in run("datasets").stdout


def test_datasets_in_both_languages() -> None:
    assert "Thirty deals" in run("datasets").stdout
    assert "三十个" in run("datasets", "--lang", "zh").stdout


def test_process_show_check_new(tmp_path: Path) -> None:
    assert "Negotiation" in run("process", "show").stdout
    assert "谈判" in run("process", "show", "b2b-six-stages", "--lang", "zh").stdout
    text = run("process", "new").stdout
    sheet = tmp_path / "own.yaml"
    sheet.write_text(text, "utf-8")
    done = run("process", "check", str(sheet))
    assert (done.exit_code, done.stdout.strip()) == (0, f"{sheet} is sound.")
    sheet.write_text("stages: [", "utf-8")
    done = run("process", "check", str(sheet))
    assert done.exit_code == 2
    assert done.stderr
    other = tmp_path / "two.yaml"
    stages = ["--stages", "Talk, Offer", "--closing", "none"]
    assert run("process", "new", str(other), *stages).exit_code == 0
    assert "Offer" in other.read_text("utf-8")


def test_doctor_looks_at_every_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("funnelkit.report.factory.doctor._kernel", lambda: ("starts", True))
    done = run("doctor")
    assert done.exit_code == 0, done.output
    assert all(line.startswith("OK") for line in done.stdout.splitlines()[:-1])
    monkeypatch.setattr("funnelkit.report.factory.doctor._package", lambda n, _: (n, "gone", False))
    done = run("doctor")
    assert done.exit_code == 1
    assert "FAIL  pandas: gone" in done.stdout


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ("1.4.9", "1.4.9 is too old, 1.5 or later is needed"),
        ("1.5", "1.5"),
        ("1.10.1", "1.10.1"),
        ("2.0.0", "2.0.0 is too new, a version below 2 is needed"),
    ],
)
def test_doctor_holds_both_ends_of_a_range(
    monkeypatch: pytest.MonkeyPatch, found: str, told: str
) -> None:
    from funnelkit.report.factory.doctor import checks

    monkeypatch.setattr(
        "funnelkit.report.factory.doctor.metadata.requires", lambda _: ["duckdb<2,>=1.5"]
    )
    monkeypatch.setattr("funnelkit.report.factory.doctor.metadata.version", lambda _: found)
    name, text, fine = list(islice(checks(), 2))[1]
    assert (name, text, fine) == ("duckdb", told, told == found)


def test_lab_opens_the_notebooks(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr("subprocess.call", lambda words, **_: called.append(words) or 0)
    assert run("lab").exit_code == 0
    start = ROOT / "notebooks" / "en" / "00_start_here.ipynb"
    assert called == [[sys.executable, "-m", "jupyterlab", str(start)]]


def test_lab_in_chinese_opens_a_chinese_jupyterlab(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []

    def start(words: list[str], **_: Any) -> int:
        option, folder = words[-1].split("=", 1)
        overrides = json.loads(Path(folder, "overrides.json").read_text("utf-8"))
        told.extend([words[3], option, overrides])
        return 0

    monkeypatch.setattr("subprocess.call", start)
    assert run("lab", "--lang", "zh").exit_code == 0
    locale = {"@jupyterlab/translation-extension:plugin": {"locale": "zh_CN"}}
    start = ROOT / "notebooks" / "zh" / "00_start_here.ipynb"
    assert told == [str(start), "--LabApp.app_settings_dir", locale]


def test_starting_waits_for_no_heavy_import() -> None:
    code = (
        "import sys, funnelkit.cli; "
        "heavy = {'pandas', 'ibis', 'matplotlib', 'papermill', 'nbformat', 'scipy', 'pydantic'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_as_a_module_in_chinese() -> None:
    env = os.environ | {
        "PYTHONPATH": str(ROOT),
        "FUNNELKIT_LANG": "zh",
        "PYTHONIOENCODING": "utf-8",
    }
    done = subprocess.run(
        [sys.executable, "-m", "funnelkit.cli", "--help"],
        env=env, capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert "漏斗分析报告" in done.stdout


def test_a_refusal_names_the_way_of_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("x,y\n1,2\n", "utf-8")
    done = CliRunner().invoke(app, ["report", "funnel-review", str(file)])
    assert done.exit_code == 2
    assert "`--mapping mapping.yml`" in done.output
