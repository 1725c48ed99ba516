"""Under `python -W error` the kit works as ever: nothing that warns is left to its users."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_CALLS = """
import funnelkit as fk
p = fk.load("industrial")
for ask in (fk.funnel, fk.win_rate, fk.time_in_stage, fk.sales_cycle, fk.velocity, fk.cohorts,
            fk.counting_rules, fk.diagnose, fk.checkpoints, fk.quality):
    result = ask(p)
    str(result), result._repr_html_()
fk.funnel(p, by="region").plot().png()
str(fk.forecast(p, "2026-12-31")), str(fk.movement(p, "2026-03-31", "2026-06-30"))
fk.funnel(fk.read("datasets/tiny")), fk.funnel(fk.simulate(seed=3, plan={"deals": 100}))
fk.check("L01.2", 3), fk.hint("L01.2")
"""


@pytest.mark.parametrize(
    "words",
    [["-c", _CALLS], ["-m", "funnelkit.cli", "inspect", "datasets/tiny"],
     ["-m", "funnelkit.cli", "process", "show"]],
)  # fmt: skip
def test_nothing_warns(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", *words], cwd=ROOT, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "FUNNELKIT_PROGRESS": "-"}, timeout=280,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Warning" not in done.stderr
