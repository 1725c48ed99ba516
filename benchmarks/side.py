"""Sides of a comparison measured turn by turn, and figures with their goals."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROUNDS = 3


@dataclass(frozen=True)
class Best:
    """The best of several runs, and what the side answered."""

    seconds: float
    cpu: float
    answer: Any


@dataclass(frozen=True)
class Figure:
    """One measured figure beside its goal; without a goal it is there to compare with."""

    what: str
    value: float
    unit: str = "times"
    most: float | None = None
    least: float | None = None

    @property
    def goal(self) -> str:
        """The goal as a reader sees it."""
        if self.most is not None:
            return f"at most {self.most:g}"
        return "" if self.least is None else f"at least {self.least:g}"

    @property
    def verdict(self) -> str:
        """Whether the goal was met in this run."""
        if self.most is None and self.least is None:
            return ""
        low, high = self.least or 0.0, float("inf") if self.most is None else self.most
        return "met" if low <= self.value <= high else "missed"


def peak_bytes() -> float:
    """Return this program's own peak; ``ru_maxrss`` begins with what its parent held."""
    status = Path("/proc/self/status")
    if status.exists():
        return float(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(used if sys.platform == "darwin" else used * 1024)


def turn_by_turn(sides: Mapping[str, Callable[[], Any]], rounds: int = ROUNDS) -> dict[str, Best]:
    """Run every side once a round, so that a busy machine slows all of them alike."""
    runs: dict[str, list[Best]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            wall, cpu = time.perf_counter(), time.process_time()
            answer = side()
            runs[name].append(Best(time.perf_counter() - wall, time.process_time() - cpu, answer))
    return {
        name: Best(min(r.seconds for r in own), min(r.cpu for r in own), own[-1].answer)
        for name, own in runs.items()
    }


def show_times(title: str, best: Mapping[str, Best]) -> None:
    """Print the seconds behind the ratios."""
    table = Table("side", "seconds", "CPU seconds", title=title, title_justify="left")
    for name, side in best.items():
        table.add_row(name, f"{side.seconds:.2f}", f"{side.cpu:.2f}")
    _console().print(table)


def show_figures(figures: list[Figure]) -> None:
    """Print every figure with its goal beside it."""
    table = Table("figure", "measured", "goal", "", title="Figures", title_justify="left")
    for f in figures:
        value = f"{f.value:.2f}" if f.value < 100 else f"{f.value:.0f}"
        table.add_row(f.what, f"{value} {f.unit}", f.goal, f.verdict)
    _console().print(table)


def _console() -> Console:
    # a pipe has no width of its own: 80 columns would cut the names
    console = Console()
    return console if console.is_terminal else Console(width=110)
