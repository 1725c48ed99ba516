"""Where nothing can be written: a full disk and a folder that is closed."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.report.factory.publish import file_sum, working
from funnelkit.report.factory.run import report
from funnelkit.words import speaking

ROOT = Path(__file__).parents[2]
PARAMETERS = """\
data: str = ""  # Data
where: dict = {}  # Part
"""
CELL = """\
class Page:
    __repr__ = lambda self: "page"
    def _repr_html_(self):
        return "<h1>" + where["region"] + "</h1>" + "<p>" + "x" * size + "</p>"
size = 3_000_000 if where["region"] == "big" else 10
Page()
"""


def batch(folder: Path, regions: list[str]) -> tuple[Path, Path]:
    first = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, id="a")
    cells = [first, nbformat.v4.new_code_cell(CELL, id="b")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "fake.ipynb")
    frame = pd.DataFrame({"deal_id": regions, "region": regions, "outcome": "open"})
    frame.to_csv(folder / "deals.csv", index=False)
    return folder / "fake.ipynb", folder / "deals.csv"


LIMITED = """\
import resource, signal, sys
from funnelkit.report.factory.run import report
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as a full disk: an error, not an end
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
runs = report(sys.argv[1], sys.argv[2], each="region", out=sys.argv[3])
print([(run.job.value, run.error) for run in runs])
"""


@pytest.mark.skipif(os.name == "nt", reason="needs a limit of the system")
def test_a_file_that_does_not_fit_takes_its_report_and_no_other(tmp_path: Path) -> None:
    template, deals = batch(tmp_path, ["a", "big", "c"])
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(template), str(deals), str(out)],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=200,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "[('a', ''), ('big', 'OSError: " in done.stdout, done.stdout
    assert "('c', '')" in done.stdout
    assert sorted(p.name for p in out.iterdir() if "failed" not in p.name) == [
        "a.html", "a.ipynb", "c.html", "c.ipynb", "index.html", "manifest.json",
    ]  # fmt: skip
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert {e["stem"]: e["status"] for e in manifest["reports"]} == {
        "a": "ok", "big": "failed", "c": "ok",
    }  # fmt: skip
    for entry in manifest["reports"]:
        for name, known in entry["sha256"].items():
            assert file_sum(out / name) == known
    runs = report(template, deals, each="region", out=out, resume=True)  # there is room again
    assert [(run.job.value, run.kept, run.ok) for run in runs] == [
        ("a", True, True), ("c", True, True), ("big", False, True),
    ]  # fmt: skip


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder closed even to root")
def test_a_folder_that_is_closed_is_said_before_anything_starts(tmp_path: Path) -> None:
    template, deals = batch(tmp_path, ["a"])
    with pytest.raises(FunnelkitError) as caught:
        report(template, deals, each="region", out="/proc/self/reports")
    assert caught.value.key == "report.no_write"
    with speaking("zh"):
        assert "无法写入 /proc/self/reports" in str(caught.value)


FILLED = """\
import subprocess, sys
from funnelkit.errors import FunnelkitError
from funnelkit.report.factory.run import report
from funnelkit.words import speaking
template, deals, disk = sys.argv[1:]
def room(size):
    subprocess.run(["mount", "-o", f"remount,size={size}", disk], check=True)
for size in ("16k", "5m", "40m"):
    room(size)
    try:
        with speaking("zh"):
            runs = report(template, deals, each="region", out=disk + "/out", resume=True)
        print(size, sorted((run.job.value, run.kept, run.error) for run in runs))
    except FunnelkitError as problem:
        print(size, problem.key)
"""


def test_a_disk_that_fills_up_and_is_cleared_again(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    own = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    mount = f"mount -t tmpfs -o size=1m tmpfs {tmp_path / 'disk'}"
    if not shutil.which("unshare") or subprocess.run([*own, mount], check=False).returncode:
        pytest.skip("no disk of its own can be made here (Linux with user namespaces)")
    template, deals = batch(tmp_path, ["a", "big", "c"])
    command = [sys.executable, "-c", FILLED, str(template), str(deals), str(tmp_path / "disk")]
    done = subprocess.run(
        [*own, f"{mount} && exec {shlex.join(command)}"], capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    none, some, all_ = done.stdout.splitlines()
    assert none.split() in (["16k", "report.disk_full"], ["16k", "report.no_write"])
    folder = tmp_path / "disk" / "out"
    full = (
        f"{folder} 所在的磁盘已满。请清理出空间，或用 --out 换一个位置，"
        "再加 --resume 重新运行，补齐没有生成的报告。"
    )
    told = [("a", False, ""), ("big", False, full), ("c", False, "")]
    assert some == f"5m {told}"
    told = [("a", True, ""), ("big", False, ""), ("c", True, "")]
    assert all_ == f"40m {told}"


_KILLED = """\
import os, sys
from pathlib import Path
from funnelkit.report.factory.publish import working
with working(Path(sys.argv[1])) as folder:
    (folder / "half.html").write_text("half")
    print(folder.name, flush=True)
    sys.stdin.readline()
    os._exit(9)
"""


def test_the_folder_of_a_killed_batch_goes_that_of_one_at_work_stays(tmp_path: Path) -> None:
    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", _KILLED, str(tmp_path)], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    killed, at_work = start(), start()
    try:
        names = []
        for other in (killed, at_work):
            assert other.stdout is not None
            names.append(other.stdout.readline().strip())
        killed.communicate("\n", timeout=60)
        # whatever number the system gives the next process: a lock tells, not a number
        with working(tmp_path) as mine:
            there = {p.name for p in tmp_path.glob(".running-*") if p.is_dir()}
            assert there == {names[1], mine.name}
    finally:
        at_work.communicate("\n", timeout=60)
    with working(tmp_path):
        pass
    assert not list(tmp_path.iterdir())
