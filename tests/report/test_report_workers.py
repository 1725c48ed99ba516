"""Warm workers: nothing carries over, nothing that one report does harms another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.report.factory.publish import file_sum
from funnelkit.report.factory.run import Run, finish, plan, report, run_batch

ROOT = Path(__file__).parents[2]
PARAMETERS = """\
data: str = ""  # Data
lang: str = "en"  # Language [en, zh]
where: dict = {}  # Part
title: str = ""  # Title
"""
REGIONS = [
    "../../x", "<script>alert(1)</script>", "=cmd()", "🚀", "a" * 300, "New York", "New-York",
    "华东",
]  # fmt: skip


def written(folder: Path, *cells: str) -> Path:
    """Write a template of these cells."""
    first = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, id="a")
    more = [nbformat.v4.new_code_cell(text, id=f"c{k}") for k, text in enumerate(cells)]
    path = folder / "fake.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[first, *more]), path)
    return path


def deals_of(folder: Path, regions: list[str]) -> Path:
    frame = pd.DataFrame({"deal_id": [f"d{k}" for k in range(len(regions))], "region": regions})
    path = folder / "deals.csv"
    frame.assign(outcome="won", created_at="2026-01-05", closed_at="2026-02-05").to_csv(
        path, index=False
    )
    return path


SHOW = """\
import pandas as pd
pd.DataFrame({"a": [str(where.get("region"))], "b": [7]})
"""
FAULTS = """\
import os, sys, time, builtins
region = where["region"]
left = getattr(builtins, "left_behind", None), "old_name" in globals()
builtins.left_behind = old_name = region
if region == "raises":
    raise ZeroDivisionError("no deals closed")
if region == "loops":
    while True:
        pass
if region == "sleeps":
    time.sleep(3600)
if region == "prints":
    line = "x" * 1_000_000
    for _ in range(1000):
        print(line)
if region == "dies":
    os.kill(os.getpid(), 9)
if region == "exits":
    sys.exit(3)
if region == "leaves":
    os._exit(0)
left
"""


def outputs(path: Path) -> list[Any]:
    return [c.get("outputs") for c in nbformat.read(path, as_version=4).cells]


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Run]]:
    folder = tmp_path_factory.mktemp("faults")
    regions = ["a", "raises", "b", "loops", "c", "prints", "dies", "exits", "leaves", "d"]
    template, deals = written(folder, FAULTS, SHOW), deals_of(folder, regions)
    runs = report(template, deals, each="region", out=folder / "out", jobs=2, limit=8)
    return folder / "out", {run.job.value: run for run in runs}


def test_what_one_report_does_stops_no_other(faults: tuple[Path, dict[str, Run]]) -> None:
    out, runs = faults
    assert {name: run.ok for name, run in runs.items()} == {
        "a": True, "b": True, "c": True, "d": True, "prints": True, "raises": False,
        "loops": False, "dies": False, "exits": False, "leaves": False,
    }  # fmt: skip
    assert runs["raises"].error == "ZeroDivisionError: no deals closed"
    assert runs["loops"].error.startswith("Stopped after 8 seconds.")
    assert "ended by itself" in runs["dies"].error
    assert "SystemExit" in runs["exits"].error
    assert not list(out.glob(".*"))
    failed = json.loads((out / "raises.failed.ipynb").read_text("utf-8"))
    assert failed["cells"][2]["outputs"][-1]["ename"] == "ZeroDivisionError"


def test_nothing_is_left_behind_for_the_next(faults: tuple[Path, dict[str, Run]]) -> None:
    out, _ = faults
    for name in ("a", "b", "c", "d"):
        assert outputs(out / f"{name}.ipynb")[2][0]["data"]["text/plain"] == "(None, False)"


def test_what_is_printed_without_end_is_cut(faults: tuple[Path, dict[str, Run]]) -> None:
    out, _ = faults
    assert 1_000_000 < (out / "prints.ipynb").stat().st_size < 1_200_000


def test_names_that_people_type(tmp_path: Path) -> None:
    template, deals = written(tmp_path, SHOW), deals_of(tmp_path, REGIONS)
    out = tmp_path / "deep" / "out"
    formats = ["html", "ipynb", "xlsx"]
    runs = report(template, deals, each="region", out=out, formats=formats)
    assert {run.job.value for run in runs if run.ok} == set(REGIONS)
    assert len({run.job.stem for run in runs}) == len(REGIONS)
    assert len(list(out.iterdir())) == len(REGIONS) * 3 + 2
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["out"]
    index = (out / "index.html").read_text("utf-8")
    assert "<script>alert" not in index
    assert index.count("<script>") == 1  # the search
    stem = next(run.job.stem for run in runs if run.job.value == "=cmd()")
    with zipfile.ZipFile(out / f"{stem}.xlsx") as book:
        sheets = [book.read(n).decode() for n in book.namelist() if "worksheets/sheet" in n]
        assert "=cmd()" in book.read("xl/sharedStrings.xml").decode()
    assert not any("<f>" in sheet for sheet in sheets)
    assert any("<v>7</v>" in sheet for sheet in sheets)


def test_where_there_is_no_fork_the_worker_forgets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUNNELKIT_NO_FORK", "1")
    state = (
        "import matplotlib as mpl, pandas as pd\n"
        "seen = 'old_name' in globals(), mpl.rcParams['lines.linewidth'], "
        "pd.get_option('display.max_rows')\n"
        "old_name = 1; mpl.rcParams['lines.linewidth'] = 9; pd.set_option('display.max_rows', 3)\n"
        "seen"
    )
    template, deals = written(tmp_path, state, SHOW), deals_of(tmp_path, ["a", "b", "c"])
    runs = report(template, deals, each="region", out=tmp_path / "out")
    assert all(run.ok for run in runs)
    seen = [outputs(tmp_path / "out" / f"{n}.ipynb")[2][0]["data"]["text/plain"] for n in "abc"]
    assert seen == ["(False, 1.5, 60)"] * 3
    assert [outputs(tmp_path / "out" / f"{n}.ipynb")[2][0]["execution_count"] for n in "abc"] == [
        3, 3, 3,
    ]  # fmt: skip


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    template, deals = written(tmp_path, SHOW), deals_of(tmp_path, ["a"])
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(FunnelkitError) as caught:
        report(template, deals, out=tmp_path / "file" / "out")
    assert caught.value.key == "report.no_write"


def stored(source: Path, target: Path, values: dict[str, Any], limit: float) -> Any:
    """Stand in for a kernel: the template as it is."""
    found = nbformat.read(source, as_version=4)
    nbformat.write(found, target)
    return found


def test_a_full_disk_takes_one_report_and_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    from funnelkit.report.factory import run as module

    template, deals = written(tmp_path, SHOW), deals_of(tmp_path, ["a", "b"])
    monkeypatch.setattr(module, "run_notebook", stored)
    batch = plan(template, deals, each="region", out=tmp_path / "out", fresh=True)
    real = module.publish

    def full(out: Path, folder: Path, files: Any) -> dict[str, str]:
        if folder.name == "a":
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(out, folder, files)

    monkeypatch.setattr(module, "publish", full)
    runs = {run.job.value: run for run in run_batch(batch)}
    assert "no room left" in runs["a"].error
    assert runs["b"].ok
    finish(batch, runs.values())
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert [r["status"] for r in manifest["reports"]] == ["failed", "ok"]


def test_resume_makes_only_what_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("funnelkit.report.factory.run.run_notebook", stored)
    template, deals = written(tmp_path, SHOW), deals_of(tmp_path, ["a", "b", "c"])
    out = tmp_path / "out"

    def again(**more: Any) -> set[str]:
        options = {"out": out, "resume": True, "fresh": True} | more
        runs = report(template, deals, each="region", **options)
        assert all(run.ok for run in runs)
        return {run.job.value for run in runs if not run.kept}

    assert again() == {"a", "b", "c"}
    assert again() == set()
    (out / "b.html").write_text("half", "utf-8")
    assert again() == {"b"}
    (out / "c.ipynb").unlink()
    assert again() == {"c"}
    assert again(parameters={"title": "x"}) == {"a", "b", "c"}
    deals_of(tmp_path, ["a", "b", "c", "c"])
    assert again(formats=["html"]) == {"a", "b", "c"}
    written(tmp_path, SHOW, "1")
    assert again() == {"a", "b", "c"}
    assert again() == set()


KILLS = """\
import os, random, signal, sys, time
from pathlib import Path
import nbformat
from funnelkit.report.factory import worker
from funnelkit.report.factory import run

def quick(source, target, values, limit):
    found = nbformat.read(source, as_version=4)
    found.cells[1].outputs = [nbformat.v4.new_output(
        "execute_result", data={"text/html": "<h1>x</h1>" * 20_000}, execution_count=1)]
    nbformat.write(found, target)
    time.sleep(0.02)
    return found

run.run_notebook = quick
worker.prepare()
template, deals, out = sys.argv[1:4]
chance = random.Random(20261123)
for number in range(int(sys.argv[4])):
    child = os.fork()
    if child == 0:
        run.report(template, deals, each="region", out=out, fresh=True, resume=True)
        os._exit(0)
    seen = len(os.listdir(out)) if os.path.isdir(out) else 0
    end = time.monotonic() + 20
    while time.monotonic() < end and os.waitpid(child, os.WNOHANG) == (0, 0):
        if os.path.isdir(out) and len(os.listdir(out)) > seen:
            time.sleep(chance.uniform(0, 0.1))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            print("killed", flush=True)
            break
        time.sleep(0.001)
    else:
        print("done", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a fork and a hard kill")
def test_killed_at_any_point_every_report_is_whole(tmp_path: Path) -> None:
    names = [f"r{k:02}" for k in range(40)]
    template, deals = written(tmp_path, SHOW), deals_of(tmp_path, names)
    out, points = tmp_path / "out", 12
    words = [sys.executable, "-c", KILLS, str(template), str(deals), str(out), str(points)]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    told = []
    with subprocess.Popen(
        words, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as helper:
        assert helper.stdin is not None
        assert helper.stdout is not None
        for line in helper.stdout:
            told.append(line.strip())
            check_whole(out)
            helper.stdin.write("\n")
            helper.stdin.flush()
    assert len(told) == points
    assert told.count("killed") >= points // 2
    runs = report(template, deals, each="region", out=out, resume=True)
    assert sorted(run.job.value for run in runs) == names
    assert all(run.ok for run in runs)
    assert sorted(p.stem for p in out.glob("*.ipynb")) == names
    assert not list(out.glob(".running*"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_worker_ends_when_nobody_waits_for_it(tmp_path: Path) -> None:
    template = written(tmp_path, "import time\ntime.sleep(600)")
    job = {
        "template": str(template), "values": {}, "folder": str(tmp_path), "stem": "x",
        "formats": [], "lang": "en",
    }  # fmt: skip
    worker = subprocess.Popen(
        [sys.executable, "-m", "funnelkit.report.factory.worker"],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert worker.stdin is not None
    assert worker.stdout is not None
    assert json.loads(worker.stdout.readline())["ready"]
    worker.stdin.write(json.dumps(job).encode() + b"\n")
    worker.stdin.flush()
    child = json.loads(worker.stdout.readline())["child"]
    worker.stdin.close()
    assert worker.wait(timeout=30) == 0
    worker.stdout.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def check_whole(out: Path) -> None:
    for page in out.glob("*.html"):
        assert page.read_text("utf-8").rstrip().endswith("</html>"), page
    for path in out.glob("*.ipynb"):
        nbformat.validate(nbformat.read(path, as_version=4))
    manifest = out / "manifest.json"
    if manifest.is_file():
        for entry in json.loads(manifest.read_text("utf-8"))["reports"]:
            for name, known in (entry.get("sha256") or {}).items():
                assert file_sum(out / name) == known


def test_a_file_of_the_template_is_found_and_its_change_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("funnelkit.report.factory.run.run_notebook", stored)
    template, deals = written(tmp_path, SHOW), deals_of(tmp_path, ["a"])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.csv").write_text("one", "utf-8")

    def marks(title: str) -> tuple[str, str]:
        job = plan(template, deals, out=tmp_path / "out", parameters={"title": title}).jobs[0]
        return job.values["title"], job.mark

    name, first = marks("log.csv")
    assert name == str(tmp_path / "log.csv")
    assert marks("log.csv")[1] == first
    (tmp_path / "log.csv").write_text("two", "utf-8")
    assert marks("log.csv")[1] != first
    assert marks("no such.csv")[0] == "no such.csv"
