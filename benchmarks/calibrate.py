"""``make calibrate``: everything that is said of chance, held against simulated truth.

The sizes are the final ones: 300 pipelines a row, 100 years of Mondays, 200 businesses. Each row
is printed as soon as it is done, so a run that is stopped leaves the rows before it;
docs/CALIBRATION.md says what each takes. Alarms and power start at a seed that nothing was tuned
on.
"""

from __future__ import annotations

import subprocess
import sys

RUNS = (
    ("calibrate_intervals", "--n", "2000"),
    ("calibrate_diagnose", "--n", "300", "--seed", "50000", "--power-n", "0"),  # finding: next
    ("calibrate_diagnose", "--n", "300", "--seed", "50000", "--power-n", "200", "--signatures"),
    ("calibrate_world", "--n", "300", "--seed", "50000"),
    ("calibrate_world", "--n", "0", "--looks", "100", "--rows", "alike"),
    ("calibrate_signatures", "--n", "100"),
    ("calibrate_world_verdicts", "--n", "200"),
    ("calibrate_world_clusters", "--n", "200"),
    ("calibrate_sentences", "--n", "300"),
    ("calibrate_forecast", "--n", "200"),
    ("calibrate_world_forecast", "--n", "60"),
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
