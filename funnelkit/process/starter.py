"""A commented sheet to start one's own process from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.files.whole import write_whole
from funnelkit.process.model import Process
from funnelkit.process.sheet import bundled_processes, load_process
from funnelkit.process.text import plain
from funnelkit.words import say

#: Names of a last stage that only won deals reach, beside those of the bundled sheets.
_CLOSINGS = (
    "Closing", "Closed", "Deal closed", "Signed", "Contract signed", "Signature", "Order",
    "Order received", "Purchase order", "成交", "签约", "签单", "已签约", "合同签订", "签订合同",
    "下单", "订单",
)  # fmt: skip


def new(
    path: str | os.PathLike[str],
    stages: Iterable[str] | None = None,
    template: str | None = None,
    closing: str | None = None,
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
    closing : str, optional
        The stage that only won deals reach, the last one; found by its name when not given.
    """
    file = Path(path)
    if file.exists():
        raise FunnelkitError("process.overwrite", found=str(path))
    if stages is None:
        text = _copy(template)
    else:
        names = list(stages)
        text = _cards(Process.from_stages(names, closing=closing or closing_of(names)))
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, text)
    return file


def closing_of(stages: Iterable[str]) -> str | None:
    """Return the last stage if its name says that only won deals reach it, else None.

    Examples
    --------
    >>> closing_of(["Lead", "Offer", "Signed"]), closing_of(["Lead", "Offer"])
    ('Signed', None)
    """
    last = ["", *stages][-1]
    known = set(map(plain, _CLOSINGS))
    for name in bundled_processes():
        stage = load_process(name).closing
        if stage is not None:
            known |= {plain(x) for x in (stage.name.en, stage.name.zh, *stage.aliases)}
    return last if plain(last) in known else None


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
        if stage.closing:
            lines.append(f"    closing: true  # {say('process.starter_closing')}")
        for part in ("aliases", "enter", "exit", "evidence", "required"):
            hint = f"  # {say(f'process.starter_{part}')}" if number == 0 else ""
            lines.append(f"    {part}: []{hint}")
        if number == 0:
            lines.append(f"    # {say('process.starter_target')}")
        if not stage.closing:
            lines.append("    # target: {step_rate: 0.5, median_days: 14}")
        lines.append("")
    lines += [f"# {say('process.starter_outcomes')}", "outcomes:", "  won: [Won, 赢单]"]
    lines += ["  lost: [Lost, 输单]", "  no_decision: [No decision, 无效/搁置]"]
    return "\n".join(lines) + "\n"
