"""``make calibrate``: everything that is said of chance, held against simulated truth."""

from __future__ import annotations

import subprocess
import sys

RUNS = (
    ("calibrate_intervals", "--n", "2000"),
    ("calibrate_diagnose", "--n", "2000", "--power-n", "0"),  # finding takes the signatures
    ("calibrate_diagnose", "--n", "2000", "--power-n", "200", "--signatures"),
    ("calibrate_world", "--n", "300"),
    ("calibrate_world", "--n", "0", "--looks", "100", "--rows", "alike"),
    ("calibrate_signatures", "--n", "100"),
    ("calibrate_forecast", "--n", "200"),
)


def main() -> int:
    """Run every calibration in a process of its own; the worst exit code is ours."""
    worst = 0
    for name, *options in RUNS:
        print(f"\n== {name} {' '.join(options)}", flush=True)
        worst = max(worst, subprocess.call([sys.executable, "-m", f"benchmarks.{name}", *options]))
    return worst


if __name__ == "__main__":
    sys.exit(main())
