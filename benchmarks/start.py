"""What it costs to start: the import, and the command line's help."""

from __future__ import annotations

import resource
import subprocess
import sys

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
    return [*figures, Figure("funnelkit --help", line, "CPU s")]


def _cpu(code: str) -> float:
    """Return the least CPU seconds of several runs."""
    used = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(used)
