"""The stage sheet as people read it: plain text for a terminal, a table for a page."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from html import escape
from typing import Any, Protocol

from funnelkit.process.outcomes import OUTCOMES
from funnelkit.process.stage import Stage
from funnelkit.process.text import Text
from funnelkit.words import days, language, say, tag

_WIDTH = 88
_COLUMNS = ("true_now", "enter", "exit", "evidence", "required", "checkpoints")


class Sheet(Protocol):
    """What a sheet is written from: a process, as far as people read it."""

    id: str
    name: Text
    about: Text | None
    stages: tuple[Stage, ...]
    milestones: Any
    calendar: Any
    currency: str

    @property
    def open_ids(self) -> tuple[str, ...]:
        """Stages a deal can be in."""

    def label(self, key: str) -> str:
        """Return the name of a stage or an outcome."""

    def expected_win_rate(self, key: str) -> float | None:
        """Return the chance to win from a stage on, by the targets."""


def _wide(char: str) -> int:
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def wrapped(text: str, indent: str, first: str, width: int = _WIDTH) -> Iterator[str]:
    """Wrap by display width; Chinese may break between any two characters."""
    pieces: list[str] = []
    for char in text:
        glue = pieces and char != " " and pieces[-1][-1] != " " and _wide(char) == 1
        if glue and _wide(pieces[-1][-1]) == 1:
            pieces[-1] += char
        else:
            pieces.append(char)
    line, at = first, sum(map(_wide, first))
    for piece in pieces:
        size = sum(map(_wide, piece))
        # Closing marks stay with the line they end, as Chinese typesetting asks.
        if at + size > width and piece not in "，。；：、）”！？ ":
            yield line.rstrip()
            line, at, piece = indent, len(indent), piece.lstrip()
        line, at = line + piece, at + size
    yield line.rstrip()


def _days(value: float) -> str:
    return days(value, 0 if value == int(value) else 1)


def _target(stage: Stage) -> str:
    parts = []
    if stage.target.step_rate is not None:
        parts.append(say("process.target_rate", rate=stage.target.step_rate))
    if stage.target.median_days is not None:
        parts.append(say("process.target_days", days=_days(stage.target.median_days)))
    return ("，" if language() == "zh" else ", ").join(parts)


def _entries(stage: Stage, column: str) -> list[str]:
    """Return what one column of the sheet says of a stage, one entry a line."""
    if column == "checkpoints":
        found = []
        for point in stage.checkpoints:
            severity = say(f"process.severity_{point.severity}")
            found.append(
                f"{point.name}（{severity}）：{point.rule}"
                if language() == "zh"
                else f"{point.name} ({severity}): {point.rule}"
            )
        return found
    if column == "true_now":
        return [str(stage.true_now)] if stage.true_now else []
    if column == "required":
        joined = ("、" if language() == "zh" else ", ").join(stage.required)
        return [joined] if joined else []
    return [str(item) for item in getattr(stage, column)]


def _head(process: Sheet) -> str:
    return say(
        "process.sheet_head",
        name=process.name,
        id=process.id,
        n=len(process.stages),
        currency=process.currency,
    )


def _foot(process: Sheet) -> Iterator[tuple[str, str]]:
    comma = "、" if language() == "zh" else ", "
    endings = comma.join(process.label(o) for o in OUTCOMES)
    yield say("process.outcomes"), endings
    start = process.calendar.fiscal_year_start
    if start != 1:
        yield say("process.fiscal_head"), say("process.fiscal_from", month=start)
    if process.milestones:
        yield say("process.milestones"), comma.join(str(m.name) for m in process.milestones)


def _total(process: Sheet) -> str | None:
    rate = process.expected_win_rate(process.open_ids[0])
    return None if rate is None else say("process.expected", rate=rate)


def sheet_text(process: Sheet) -> str:
    """Return the sheet as text, wrapped to a terminal's width."""
    colon = "：" if language() == "zh" else ": "
    lines = [_head(process)]
    if process.about:
        lines.extend(wrapped(str(process.about), "", ""))
    for number, stage in enumerate(process.stages, 1):
        note = say("process.closing_stage") if stage.closing else _target(stage)
        lines += ["", f"{number}. {stage.name} [{stage.id}]" + (f"  {note}" if note else "")]
        for column in _COLUMNS:
            entries = _entries(stage, column)
            if not entries:
                continue
            title = say(f"process.{column}")
            if len(entries) == 1:
                lines.extend(wrapped(entries[0], " " * 5, f"   {title}{colon}"))
                continue
            lines.append(f"   {title}{colon.rstrip()}")
            for entry in entries:
                lines.extend(wrapped(entry, " " * 7, "     - "))
    lines.append("")
    for title, text in _foot(process):
        lines.extend(wrapped(text, "  ", f"{title}{colon}"))
    total = _total(process)
    return "\n".join([*lines, total] if total else lines)


def sheet_html(process: Sheet) -> str:
    """Return the sheet as one HTML table, a row a stage."""
    heads = [say("process.stage"), *(say(f"process.{c}") for c in _COLUMNS), say("process.target")]
    rows = []
    for number, stage in enumerate(process.stages, 1):
        note = say("process.closing_stage") if stage.closing else _target(stage)
        cells = []
        for column in _COLUMNS:
            entries = [escape(e) for e in _entries(stage, column)]
            if len(entries) > 1:
                cells.append("<ul>" + "".join(f"<li>{e}</li>" for e in entries) + "</ul>")
            else:
                cells.append("".join(entries))
        name = f"{number}. {escape(str(stage.name))}<br><code>{escape(stage.id)}</code>"
        body = "".join(
            f'<td style="text-align:left">{cell}</td>' for cell in (*cells, escape(note))
        )
        rows.append(f'<tr><th scope="row">{name}</th>{body}</tr>')
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in heads)
    foot = [f"{escape(title)}: {escape(text)}" for title, text in _foot(process)]
    total = _total(process)
    if total:
        foot.append(escape(total))
    about = f"<p>{escape(str(process.about))}</p>" if process.about else ""
    return (
        f'<div class="fk-process" lang="{tag()}">'
        f"<table><caption>{escape(_head(process))}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        f"{about}<p>{'<br>'.join(foot)}</p></div>"
    )
