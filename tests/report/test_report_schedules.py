"""The recipes of docs/SCHEDULES.md are commands that run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import nbformat
import pytest
from typer.testing import CliRunner

from funnelkit.cli import app
from funnelkit.report.factory.run import plan

TEXT = (Path(__file__).parents[2] / "docs" / "SCHEDULES.md").read_text("utf-8")
EXPORT = "deal_id,region,outcome,created_at,closed_at\na,East,won,2026-01-05,2026-02-05\n"


@pytest.mark.parametrize("program", [r"bin/funnelkit", r"funnelkit\.exe"])
def test_the_command_runs_and_runs_again(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stored(source: Path, target: Path, values: dict[str, Any], limit: float) -> Any:
        found = nbformat.read(source, as_version=4)
        nbformat.write(found, target)
        return found

    monkeypatch.setattr("funnelkit.report.factory.run.run_notebook", stored)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "export.csv").write_text(EXPORT, "utf-8")
    line = re.search(program + r" (report .*?) >>? ", TEXT)
    assert line is not None
    words = shlex.split(line[1].replace("\\", "/"))
    words[words.index("--out") + 1] = "weekly"
    for state in ("ok", "kept"):
        done = CliRunner().invoke(app, [*words, "--fresh", "--lang", "en"])
        assert done.exit_code == 0, done.output
        assert re.search(rf"East\s+{state}", done.stdout)
        assert done.stdout.splitlines()[-1] == str(Path("weekly/index.html"))


def test_the_list_of_reports_is_one(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(EXPORT + "b,West,won,2026-01-05,2026-02-05\n", "utf-8")
    block = re.search(r"```csv\n(.*?)```", TEXT, re.DOTALL)
    assert block is not None
    (tmp_path / "rows.csv").write_text(block[1], "utf-8")
    batch = plan("funnel-review", tmp_path / "export.csv", rows=tmp_path / "rows.csv")
    assert [job.value for job in batch.jobs] == ["华东周报", "West weekly"]
