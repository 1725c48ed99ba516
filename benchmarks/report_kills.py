"""A batch killed hard at random moments and resumed: ``python -m benchmarks.report_kills``.

The real command with warm workers.  After every kill each file that a manifest names must be
whole; after the last run every report must be there once.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

from funnelkit.report.factory.publish import file_sum

PARAMETERS = 'data: str = ""  # Data\nwhere: dict = {}  # Part\n'
CELL = """\
import time
time.sleep(0.05)
class Page:
    __repr__ = lambda self: "page"
    def _repr_html_(self):
        return f"<h1>{where['region']}</h1>" + "<p>x</p>" * 20_000
Page()
"""


def batch(folder: Path, reports: int) -> tuple[Path, Path]:
    first = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, id="a")
    cells = [first, nbformat.v4.new_code_cell(CELL, id="b")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "fake.ipynb")
    lines = [f"d{k},r{k:02},open" for k in range(reports)]
    (folder / "deals.csv").write_text("\n".join(["deal_id,region,outcome", *lines]), "utf-8")
    return folder / "fake.ipynb", folder / "deals.csv"


def whole(out: Path) -> int:
    """Check everything that is in the folder; return how many reports a manifest names."""
    for page in out.glob("*.html"):
        assert page.read_text("utf-8").rstrip().endswith("</html>"), page
    for path in out.glob("*.ipynb"):
        nbformat.validate(nbformat.read(path, as_version=4))
    manifest = out / "manifest.json"
    if not manifest.is_file():
        return 0
    done = [e for e in json.loads(manifest.read_text("utf-8"))["reports"] if e["status"] == "ok"]
    for entry in done:
        for name, known in entry["sha256"].items():
            assert file_sum(out / name) == known, name
    assert len({e["stem"] for e in done}) == len(done)
    return len(done)


def main() -> int:
    ask = argparse.ArgumentParser(prog="python -m benchmarks.report_kills", description=__doc__)
    ask.add_argument("--points", type=int, default=100)
    ask.add_argument("--reports", type=int, default=30)
    ask.add_argument("--seed", type=int, default=7)
    told = ask.parse_args()
    chance = random.Random(told.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template, deals = batch(folder, told.reports)
        killed = rounds = 0
        while killed < told.points:
            rounds += 1
            out = folder / f"out-{rounds}"
            while True:
                words = [
                    sys.executable, "-m", "funnelkit.cli", "report", str(template), str(deals),
                    "--each", "region", "--jobs", "2", "--resume", "--out", str(out),
                ]  # fmt: skip
                before = set(out.glob("r*")) if out.is_dir() else set()
                process = subprocess.Popen(
                    words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                    env=os.environ | {"PYTHONPATH": str(Path.cwd())},
                )  # fmt: skip
                early = chance.random() < 0.1  # also while nothing is made yet
                while process.poll() is None and not (early or set(out.glob("r*")) - before):
                    time.sleep(0.002)
                end = time.monotonic() + chance.uniform(0, 3)
                while process.poll() is None and time.monotonic() < end:
                    time.sleep(0.002)
                if process.poll() is None and killed < told.points:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    killed += 1
                    print(f"kill {killed}: {whole(out) if out.is_dir() else 0} whole", flush=True)
                    continue
                assert process.wait() == 0
                break
            assert whole(out) == told.reports
            assert len(list(out.glob("r*.ipynb"))) == told.reports
            assert not list(out.glob(".running*"))
    print(f"{killed} kills in {rounds} batches of {told.reports}: every report whole, once, there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
