"""What the trainer holds in hand: run of show, room checklist, pilot log."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from funnelkit.files.tables import csv_text
from funnelkit.teach.paper.page import items, page, table
from funnelkit.teach.workshop.agenda import Agenda, Row, cuts, title
from funnelkit.teach.workshop.starting import least, version
from funnelkit.words import percent, say


def run_of_show(agenda: Agenda, name: str) -> str:
    """Return the run of show: clock times, work and slack, what to leave out when late."""
    parts = [f"<h1>{escape(say('workshop.run_title', name=name))}</h1>", _facts(agenda)]
    heads = [
        say(f"workshop.col_{c}") for c in ("clock", "minutes", "slack", "what", "how", "if_late")
    ]
    for number, day in enumerate(agenda.days, start=1):
        if len(agenda.days) > 1:
            parts.append(f"<h2>{escape(say('workshop.day', day=number))}</h2>")
        parts.append(table(heads, [_line(row, agenda) for row in day], loose=False))
    parts += [f"<h2>{escape(say('workshop.cut_title'))}</h2>", _cut_list(agenda)]
    return page(say("workshop.run_title", name=name), "".join(parts), css=_CSS)


_CSS = "@media print { @page { size: A4 landscape; } }"


def _facts(agenda: Agenda) -> str:
    lines = [
        say(
            "workshop.run_facts",
            share=agenda.exercise_share, longest=agenda.longest_stretch,
            slack=sum(r.block.slack for r in agenda.rows),
        )
    ]  # fmt: skip
    if agenda.missing:
        lines.append(say("workshop.run_missing", lessons=agenda.missing))
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def _line(row: Row, agenda: Agenda) -> tuple[str, ...]:
    block = row.block
    if block.kind in ("break", "lunch"):
        what = Markup("<em>{}</em>").format(title(block, agenda))
        return (row.clock, str(block.minutes), "", what, "", "")
    minutes = say("workshop.run_minutes", minutes=block.minutes, work=block.work)
    return (
        row.clock, minutes, str(block.slack), title(block, agenda), _how(row), _if_late(row)
    )  # fmt: skip


def _how(row: Row) -> str:
    block = row.block
    if block.kind != "lesson":
        key = f"{block.kind}_{block.name}" if block.name else block.kind
        return items(say(f"workshop.run_{key}").split("\n"))
    lines = [say("workshop.run_teach", minutes=block.teach)]
    lines += [say("workshop.run_exercise", id=e.id, minutes=e.minutes) for e in block.exercises]
    if block.homework:
        lines.append(say("workshop.run_homework", ids=[e.id for e in block.homework]))
    return items(lines)


def _if_late(row: Row) -> str:
    block = row.block
    if block.kind == "lesson" and len(block.exercises) > 1:
        last = block.exercises[-1]
        return say("workshop.late_exercise", id=last.id, minutes=last.minutes)
    if block.kind == "game":
        return say("workshop.late_game", minutes=block.minutes)
    return say("workshop.late_keep") if block.kind in ("test", "commit", "show") else ""


def _cut_list(agenda: Agenda) -> str:
    rows, saved = [], 0
    for number, cut in enumerate(cuts(agenda), start=1):
        saved += cut.minutes
        what = say(f"workshop.block_game_{cut.what}") if cut.key == "game" else cut.what
        rows.append((number, say(f"workshop.cut_{cut.key}", what=what), cut.minutes, saved))
    heads = [say(f"workshop.col_{c}") for c in ("order", "skip", "saves", "saves_total")]
    note = f"<p>{escape(say('workshop.cut_note'))}</p>"
    return f"{note}{table(heads, rows)}"


def checklist(agenda: Agenda, name: str, wheels: Sequence[str] = ()) -> str:
    """Return what has to be ready seven days before, the day before, and on the day."""
    head = say("workshop.check_title", name=name)
    parts = [f"<h1>{escape(head)}</h1>"]
    for when in ("week", "eve", "day", "after"):
        lines = say(f"workshop.check_{when}").split("\n")
        if when == "week":
            needs = "box.needs_with" if wheels else "box.needs_without"
            told = say(needs, version=version(), least=least(), platforms=wheels)
            lines = [*told.split("\n"), *lines]
        parts.append(f"<h2>{escape(say(f'workshop.check_{when}_title'))}</h2>")
        parts.append(items(f"☐ {line}" for line in lines))
    return page(head, "".join(parts), css=".fk-page ul { list-style: none; padding-left: 0.2rem; }")


def pilot_log(agenda: Agenda) -> str:
    """Return the log of a pilot as CSV: planned minutes filled in, actual ones to be written."""
    columns = ("day", "block", "clock", "planned", "with_slack", "actual", "left_out", "remarks")
    blocks = [
        [r.day, title(r.block, agenda), r.clock, r.block.work, r.block.minutes, "", "", ""]
        for r in agenda.rows
    ]
    return "\ufeff" + csv_text([[say(f"workshop.log_{c}") for c in columns], *blocks])


def summary(agenda: Agenda) -> str:
    """Say in one line how the time is used."""
    return say(
        "workshop.made_summary",
        lessons=len(agenda.fronts), share=percent(agenda.exercise_share),
        longest=agenda.longest_stretch,
    )  # fmt: skip
