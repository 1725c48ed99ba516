"""A store whose disk is full: told in words, whole before and after."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from funnelkit.data.ledger import Ledger

ROOT = Path(__file__).parents[2]
_LIMITED = """\
import os, resource, signal, sys
from funnelkit.data.ledger import Ledger
from funnelkit.errors import FunnelkitError
from funnelkit.words import speaking
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as a full disk: an error, not an end
file, deals, lang = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536))
for _ in range(2):
    try:
        with Ledger(file) as ledger:
            ledger.add(deals, "2026-08-01")
    except FunnelkitError as why:
        with speaking(lang):
            print(why.key, str(why))
try:
    Ledger(file + ".new")
except FunnelkitError as why:
    print(why.key, os.path.exists(file + ".new"))
"""


@pytest.mark.skipif(os.name == "nt", reason="needs a limit of the system")
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path, lang: str) -> None:
    file = tmp_path / "ledger.duckdb"
    with Ledger(file) as ledger:
        ledger.add(ROOT / "datasets/tiny/deals.csv", "2026-05-01")
    frame = pd.read_csv(ROOT / "datasets/tiny/deals.csv", dtype=str)
    more = [frame.assign(deal_id=frame["deal_id"] + f"-{k}") for k in range(400)]
    many = tmp_path / "deals.csv"
    pd.concat(more).to_csv(many, index=False)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _LIMITED, str(file), str(many), lang],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=200,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert [line.split()[0] for line in said[:2]] == ["store.not_written"] * 2, said
    assert all("File too large" in line and file.name in line for line in said[:2])
    with Ledger(file) as ledger:
        assert len(ledger) == 1
