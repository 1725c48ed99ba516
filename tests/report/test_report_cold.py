"""Cold kernels: several at a time, and none outlives its report."""

from __future__ import annotations

import os
import time
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from funnelkit.report.factory.run import report
from funnelkit.report.factory.shell import MOST_PRINTED
from funnelkit.words import speaking

PARAMETERS = """\
data: str = ""  # Data
where: dict = {}  # Part
"""
CELL = """\
import os, time
from pathlib import Path
region = where["region"]
beside = Path(data).parent
(beside / f"pid-{region}").write_text(str(os.getpid()))
if region == "loops":
    while True:
        pass
if region == "dies":
    os.kill(os.getpid(), 9)
if region == "prints":
    for _ in range(30):
        print("x" * 100_000)
if region in "ab":  # each waits until the other has started
    end = time.monotonic() + 60
    while not all((beside / f"pid-{name}").is_file() for name in "ab"):
        if time.monotonic() > end:
            raise TimeoutError("one after another")
        time.sleep(0.05)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="asks for processes by signal")
def test_cold_kernels_run_side_by_side_and_end(tmp_path: Path) -> None:
    first = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, id="a")
    cells = [first, nbformat.v4.new_code_cell(CELL, id="b")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "fake.ipynb")
    regions = ["a", "b", "dies", "loops", "prints"]
    frame = pd.DataFrame({"deal_id": regions, "region": regions, "outcome": "open"})
    frame.to_csv(tmp_path / "deals.csv", index=False)
    with speaking("en"):
        runs = report(
            tmp_path / "fake.ipynb", tmp_path / "deals.csv", each="region", formats=["ipynb"],
            out=tmp_path / "out", fresh=True, jobs=5, limit=25,
        )  # fmt: skip
    told = {run.job.value: run.error for run in runs}
    assert told["a"] == told["b"] == told["prints"] == ""
    assert told["loops"].startswith("Stopped after 25 seconds.")
    assert "ended by itself" in told["dies"]
    printed = nbformat.read(tmp_path / "out" / "prints.ipynb", as_version=4).cells[2].outputs
    assert MOST_PRINTED < sum(len(o.text) for o in printed) < MOST_PRINTED + 100
    for region in regions:
        number = int((tmp_path / f"pid-{region}").read_text())
        end = time.monotonic() + 20
        while time.monotonic() < end and Path(f"/proc/{number}").exists():
            time.sleep(0.1)
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)
