"""Run the measurements: ``python -m benchmarks [--deals N] [--large N] [--texts N] ...``."""

from __future__ import annotations

import argparse
import sys
import warnings

from benchmarks import files, funnel, memory, start
from benchmarks.data import log_of
from benchmarks.side import Figure, show_figures


def main() -> int:
    ask = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    ask.add_argument("--deals", type=int, default=1_000_000, help="deals of the comparison")
    ask.add_argument(
        "--large", type=int, default=10_000_000, help="deals of the memory run; 0: none"
    )
    ask.add_argument("--mining", type=int, default=1_000_000, help="deals against pm4py; 0: none")
    ask.add_argument("--texts", type=int, default=400_000, help="deals as CSV; 0: none")
    ask.add_argument("--sheets", type=int, default=100_000, help="deals as XLSX")
    told = ask.parse_args()
    # the two deprecations pyproject.toml names, and pm4py's own
    warnings.simplefilter("ignore")
    figures: list[Figure] = []
    # First, while this process is small: a child's peak starts at its parent's size.
    figures += start.compare()
    if told.large:
        figures += memory.compare(log_of(told.deals), log_of(told.large))
    try:
        if told.texts:
            figures += files.compare(told.texts, told.sheets)
        figures += funnel.compare(log_of(told.deals))
        if told.mining:
            figures += funnel.compare_mining(log_of(told.mining))
    except AssertionError as why:
        print(f"The answers differ, so no ratio is given.\n{why}", file=sys.stderr)
        return 1
    show_figures(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
