"""What is printed: the learner's handout, the stage sheets, the tests before and after."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from funnelkit.process import Process
from funnelkit.process.stage import Stage
from funnelkit.teach.bank import exercises
from funnelkit.teach.check import told
from funnelkit.teach.editions.master import Master
from funnelkit.teach.exercise import Exercise
from funnelkit.teach.form import Form
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.paper.page import items, markdown, page, table
from funnelkit.teach.quiz import case_of
from funnelkit.teach.workshop.agenda import Agenda, title
from funnelkit.words import language, percent, say, term


def _part(head: str, body: str) -> str:
    return f"<h2>{escape(head)}</h2>{body}"


def _lines(count: int) -> str:
    return '<div class="fk-lines"></div>' * count


def _keypoints(master: Master) -> str:
    for cell in master.cells:
        if "keypoints" in cell.tags and cell.kind == "markdown":
            return markdown(re.sub(r"^#+ .*\n", "", cell.text(language())))
    return ""


def handout(agenda: Agenda, masters: Sequence[Master], name: str) -> str:
    """Return the learner's handout: programme, key points, words, commitment, what comes after."""
    head = say("workshop.handout_title", name=name)
    parts = [f"<h1>{escape(head)}</h1>", f"<p>{escape(say('workshop.handout_intro'))}</p>"]
    for number, day in enumerate(agenda.days, start=1):
        day_head = say("workshop.programme")
        if len(agenda.days) > 1:
            day_head = say("workshop.day", day=number)
        heads = [say("workshop.col_clock"), say("workshop.col_what")]
        parts.append(
            _part(day_head, table(heads, [(r.clock, title(r.block, agenda)) for r in day]))
        )
    by_id = {m.front.id: m for m in masters}
    for block in (r.block for r in agenda.rows):
        if block.kind != "lesson":
            continue
        master = by_id[block.name]
        body = f"<p>{escape(str(master.front.summary))}</p>{_keypoints(master)}"
        done = [e.id for e in block.exercises]
        body += f"<p>{escape(say('workshop.handout_exercises', ids=done))}</p>"
        if block.homework:
            later = say("workshop.handout_homework", ids=[e.id for e in block.homework])
            body += f"<p>{escape(later)}</p>"
        body += f"<p>{escape(say('workshop.handout_notes'))}</p>{_lines(2)}"
        parts.append(_part(title(block, agenda), body))
    known = dict.fromkeys(t for f in agenda.fronts for t in f.terms)
    zh = language() == "zh"
    names = [(term(t).zh, term(t).en) if zh else (term(t).en,) for t in known]
    words = [(*named, term(t).means) for named, t in zip(names, known, strict=True)]
    heads = ["中文", "English"] if zh else [say("workshop.col_term")]
    parts.append(
        _part(say("workshop.handout_words"), str(table([*heads, say("teach.meaning")], words)))
    )
    form = [(say(f"workshop.commit_{c}"), Markup("<span></span>")) for c in _COMMIT]
    wide = table([say("workshop.col_question"), say("workshop.col_mine")], form)
    parts.append(_part(say("workshop.block_commit"), f'<div class="fk-form">{wide * 2}</div>'))
    after = items(say("workshop.handout_after").split("\n"))
    parts.append(_part(say("workshop.handout_after_title"), after))
    return page(head, "".join(parts), css=_CSS)


_COMMIT = ("what", "who", "when", "number", "first")
_CSS = (
    ".fk-form td { height: 2.4rem; } .fk-form td:first-child { width: 38%; white-space: normal; }"
)


def stage_sheets(process: Process, name: str) -> str:
    """Return one sheet a stage: what is true, how a deal enters and leaves, what proves it."""
    head = say("workshop.sheets_title", name=name)
    parts = [f"<h1>{escape(head)}</h1><p>{escape(say('workshop.sheets_intro'))}</p>"]
    for number, stage in enumerate(process.stages, start=1):
        parts.append(f'<section class="fk-sheet">{_stage(stage, number, process)}</section>')
    css = ".fk-sheet h2 { margin-top: 0; } .fk-sheet .fk-lines { height: 1.8rem; }"
    return page(head, "".join(parts), css=css)


def _stage(stage: Stage, number: int, process: Process) -> str:
    parts = [f"<h2>{number}. {escape(str(stage.name))}</h2>"]
    true_now = str(stage.true_now) if stage.true_now else ""
    parts.append(f"<h3>{escape(say('workshop.sheet_true'))}</h3>")
    parts.append(f"<p>{escape(true_now)}</p>" if true_now else _lines(2))
    for key in ("enter", "exit", "evidence"):
        lines = [f"☐ {line}" for line in getattr(stage, key)]
        parts.append(f"<h3>{escape(say(f'workshop.sheet_{key}'))}</h3>")
        parts.append(items(lines) if lines else _lines(3))
    goal = stage.target
    told_goal = [
        say("workshop.sheet_rate", rate=percent(goal.step_rate)) if goal.step_rate else "",
        say("workshop.sheet_days", n=goal.median_days) if goal.median_days else "",
    ]
    if any(told_goal):
        parts.append(f"<h3>{escape(say('workshop.sheet_target'))}</h3>")
        parts.append(items(t for t in told_goal if t))
    if stage.checkpoints:
        parts.append(f"<h3>{escape(say('workshop.sheet_watch'))}</h3>")
        parts.append(items(str(c.name) for c in stage.checkpoints))
    return "".join(parts)


#: The two tests, as a workshop calls them.
WHEN = {"pre": "before", "post": "after"}


def test_questions() -> tuple[Exercise, ...]:
    """Return the questions of the tests before and after, none while the quiz is not there."""
    return exercises("Q")


def test_page(which: str, name: str, seed: int) -> str:
    """Return a test on paper, with numbers drawn by a seed of its own."""
    head = say(f"workshop.block_test_{which}")
    parts = [f"<h1>{escape(head)}</h1><p>{escape(name)}</p>"]
    parts.append(f"<p>{escape(say('workshop.test_intro'))}</p>")
    asked = test_questions()
    if not asked:
        parts.append(f"<p>{escape(say('workshop.test_none'))}</p>")
    for number, e in enumerate(asked, start=1):
        case = case_of(e, WHEN[which], seed)
        form = Form(case.exercise, Progress(None, case.seed, []))
        parts.append(f"<h3>{number}.</h3>{form.page()}")
    return page(f"{head} · {name}", "".join(parts))


def test_key(seeds: Mapping[str, int]) -> list[tuple[str, ...]]:
    """Return the right answers of the tests, a column a test."""
    return [
        (str(n), e.id, *(told(case_of(e, WHEN[t], seed)) for t, seed in seeds.items()))
        for n, e in enumerate(test_questions(), start=1)
    ]
