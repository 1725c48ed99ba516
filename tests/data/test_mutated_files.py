"""Damaged files are read or refused in the kit's own words, and every row of theirs is counted.

``python tests/data/mutated.py 0 5000`` does it for as many as wanted.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

FILES = 300


def test_no_damage_ends_in_anything_but_an_answer_or_a_refusal() -> None:
    script = Path(__file__).with_name("mutated.py")
    done = subprocess.run(
        [sys.executable, str(script), "0", str(FILES)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]  # the last seed that was tried stands there
    told = json.loads(done.stdout)
    assert told["faults"] == []
    assert sum(told["became"].values()) == FILES
    assert told["peak_mib"] <= 512
    # as much of it is read as refused, so that neither way goes untried
    assert FILES / 5 < told["became"]["read"] < FILES * 4 / 5
