"""A commented sheet to start one's own process from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.process.model import Process
from funnelkit.process.sheet import bundled_processes
from funnelkit.words import say


def new(
    path: str | os.PathLike[str],
    stages: Iterable[str] | None = None,
    template: str | None = None,
) -> Path:
    """Write a commented sheet and return its path; a file that exists is left alone.

    Parameters
    ----------
    path : str or path
        Where to write.
    stages : iterable of str, optional
        Stage names in order; each gets an empty card to fill in. Names of outcomes
        ("Won", 输单) are left out.
    template : str, optional
        A bundled sheet to copy, comments and all; the default sheet when neither is given.
    """
    file = Path(path)
    if file.exists():
        raise FunnelkitError("process.overwrite", found=str(path))
    text = _copy(template) if stages is None else _cards(Process.from_stages(stages))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8", newline="\n")
    return file


def _copy(template: str | None) -> str:
    names = bundled_processes()
    name = template or names[0]
    if name not in names:
        raise FunnelkitError("process.unknown_template", found=name, allowed=nearest(name, names))
    return (resources.files("funnelkit.process") / "sheets" / f"{name}.yaml").read_text("utf-8")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _cards(process: Process) -> str:
    lines = [f"# {say('process.starter_head')}", f"name: {_quoted(say('process.starter_name'))}"]
    lines += ["currency: CNY", f"# {say('process.starter_calendar')}"]
    lines += ["calendar: {timezone: UTC, fiscal_year_start: 1}", "", "stages:"]
    for number, stage in enumerate(process.stages):
        label = _quoted(str(stage.name))
        lines += [f"  - id: {_quoted(stage.id)}", f"    name: {{en: {label}, zh: {label}}}"]
        for part in ("aliases", "enter", "exit", "evidence", "required"):
            hint = f"  # {say(f'process.starter_{part}')}" if number == 0 else ""
            lines.append(f"    {part}: []{hint}")
        if number == 0:
            lines.append(f"    # {say('process.starter_target')}")
        lines += ["    # target: {step_rate: 0.5, median_days: 14}", ""]
    lines += [f"# {say('process.starter_outcomes')}", "outcomes:", "  won: [Won, 赢单]"]
    lines += ["  lost: [Lost, 输单]", "  no_decision: [No decision, 不了了之]"]
    return "\n".join(lines) + "\n"
