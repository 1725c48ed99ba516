"""What it costs to start: the import, and the command line's help."""

from __future__ import annotations

import resource
import subprocess
import sys

from benchmarks.data import FOLDER
from benchmarks.side import Figure

RUNS = 5


def compare() -> list[Figure]:
    """Measure CPU seconds of fresh interpreters, the empty one included."""
    bare = _cpu("")
    figures = [
        Figure("import funnelkit", _cpu("import funnelkit"), "CPU s", most=0.3),
        Figure("an empty interpreter, for comparison", bare, "CPU s"),
    ]
    line = _cpu(
        "import sys; sys.argv = ['funnelkit', '--help']; import funnelkit.cli as c; c.main()"
    )
    return [
        *figures,
        Figure("funnelkit --help", line, "CPU s"),
        Figure("a small file to its first printed funnel", _cpu(_first()), "CPU s", most=1.0),
        Figure("Ibis and pandas to a first count, for comparison", _cpu(_BARE), "CPU s"),
    ]


_BARE = """
import ibis, pandas as pd
con = ibis.duckdb.connect()
print(con.create_table("t", ibis.memtable(pd.DataFrame({"a": [1]}))).count().execute())
"""


def _first() -> str:
    folder = FOLDER / "small"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "deals.csv").write_text(
        "deal_id,stage,outcome,created_at,closed_at,amount\n"
        "a1,need,open,2026-01-05,,1000\na2,proposal,won,2026-01-06,2026-02-01,2000\n"
    )
    (folder / "stage_history.csv").write_text(
        "deal_id,stage,entered_at\na1,lead,2026-01-05\na1,need,2026-01-09\n"
        "a2,lead,2026-01-06\na2,proposal,2026-01-20\n"
    )
    return f"import funnelkit as fk; print(fk.funnel(fk.read({str(folder)!r})))"


def _cpu(code: str) -> float:
    """Return the least CPU seconds of several runs."""
    used = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(used)
