"""The first ninety days of a new colleague: dated checkpoints, stage test, ramp, missing evidence.

Figures others report stand with their grade; the pass mark and the ramp are settings to change.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from markupsafe import escape

from funnelkit.control.ramp import PLAN
from funnelkit.errors import FunnelkitError
from funnelkit.process import Process, load_process
from funnelkit.process.workdays import closed_days
from funnelkit.teach.bank import exercises
from funnelkit.teach.build import text_of
from funnelkit.teach.editions import _code, _markdown, heading, notebook
from funnelkit.teach.exercise import Exercise
from funnelkit.teach.progress import Progress
from funnelkit.teach.workshop.page import items, page, table
from funnelkit.words import date, language, number, percent, say

if TYPE_CHECKING:
    from funnelkit.charts import Chart
    from funnelkit.data.pipeline import Pipeline

#: Share of the stage test that has to be right.
PASS = 0.8
DAYS = (1, 7, 30, 60, 90)
_LESSONS = ("L01", "L02")


def checkpoints(start: dt.date, process: Process | None = None) -> dict[int, dt.date]:
    """Return the dates of the checkpoints; one on a day off moves to the next working day.

    Examples
    --------
    >>> checkpoints(dt.date(2026, 12, 1))[60]
    datetime.date(2027, 2, 1)
    """
    calendar = (process or load_process(None)).calendar
    found = {}
    for day in DAYS:
        at = start + dt.timedelta(days=0 if day == 1 else day)
        while len(closed_days(calendar, at, at)):
            at += dt.timedelta(days=1)
        found[day] = at
    return found


def stage_test() -> tuple[Exercise, ...]:
    """Return the exercises of the stage test: those of L01 and L02 but for the first guess."""
    return tuple(e for lesson in _LESSONS for e in exercises(lesson) if e.id != "L01.1")


@dataclass(frozen=True)
class TestResult:
    """How many exercises of the stage test are right."""

    right: int
    asked: int

    @property
    def passed(self) -> bool:
        """Whether the pass mark is reached."""
        return self.asked > 0 and self.right >= PASS * self.asked

    def __repr__(self) -> str:
        state = say("workshop.test_passed" if self.passed else "workshop.test_not_passed")
        return say(
            "workshop.test_result", right=self.right, asked=self.asked, mark=PASS, state=state
        )


def result_of(progress: Progress) -> TestResult:
    """Return where a learner stands in the stage test."""
    asked = stage_test()
    return TestResult(sum(progress.right(e.id) for e in asked), len(asked))


def ramp_chart(start: dt.date, plan: Sequence[float] = PLAN) -> Chart:
    """Draw the share of a full seller planned for each month since the start."""
    from funnelkit.charts.trend import trend

    first = pd.Timestamp(start).to_period("M")
    months = [str(first + k) for k in range(len(plan))]
    title = say("workshop.ramp_title")
    alt = say("workshop.ramp_alt", months=len(plan), total=number(sum(plan), 1))
    frame = pd.DataFrame(
        {"period": months, "value": plan, "low": np.nan, "high": np.nan, "n": 0, "mature": True}
    )
    columns = {"period": say("workshop.ramp_month"), "value": say("workshop.ramp_share")}
    return trend(
        frame,
        title=title,
        alt=alt,
        data=frame[["period", "value"]].rename(columns=columns),
        axis_label=say("workshop.ramp_share"),
        write=percent,
        note=say("workshop.ramp_note"),
    )


def missing_evidence(p: Pipeline, owner: str) -> pd.DataFrame:
    """List the stages that open deals of a seller have left without evidence.

    Raises
    ------
    FunnelkitError
        The data hold no evidence, or nobody of that name.
    """
    from funnelkit.control.evidence import evidence_gaps

    return evidence_gaps(p.where(owner=owner)).table


def _grade(letter: str) -> str:
    return say(f"workshop.grade_{letter}")


def plan_page(
    start: dt.date,
    process: Process,
    name: str = "",
    progress: Progress | None = None,
    evidence: tuple[Pipeline, str] | None = None,
) -> str:
    """Return the plan as one page in the current language."""
    head = say("workshop.hire_title", name=name) if name else say("workshop.hire_title_plain")
    dates = checkpoints(start, process)
    rows = []
    for day in DAYS:
        lines = [line.split("|") for line in say(f"workshop.hire_day_{day}").split("\n")]
        tasks = items(f"☐ {text.strip()}" for text, _ in lines)
        grades = items(_grade(letter.strip()) for _, letter in lines)
        rows.append((say("workshop.hire_day", day=day), date(dates[day]), tasks, grades))
    heads = [say(f"workshop.hire_{c}") for c in ("when", "date", "tasks", "grade")]
    parts = [
        f"<h1>{escape(head)}</h1>",
        f"<p>{escape(say('workshop.hire_intro', start=start))}</p>",
        table(heads, rows),
        f"<p class='fk-muted'>{escape(say('workshop.hire_sources'))}</p>",
        f"<h2>{escape(say('workshop.hire_test'))}</h2>",
        f"<p>{escape(say('workshop.hire_test_how', n=len(stage_test()), mark=PASS))}</p>",
    ]
    if progress is not None:
        parts.append(f"<p><strong>{escape(repr(result_of(progress)))}</strong></p>")
    parts.append(f"<h2>{escape(say('workshop.ramp_title'))}</h2>")
    parts.append(ramp_chart(start)._repr_html_())
    parts.append(f"<h2>{escape(say('workshop.hire_evidence'))}</h2>")
    parts.append(_evidence(process, evidence))
    css = (
        ".fk-page ul { list-style: none; margin: 0; padding: 0; } .fk-page li { margin: 0.2rem 0; }"
    )
    return page(head, "".join(parts), css=css)


def _evidence(process: Process, evidence: tuple[Pipeline, str] | None) -> str:
    if evidence is not None:
        p, owner = evidence
        gaps = missing_evidence(p, owner)
        if gaps.empty:
            return f"<p>{escape(say('workshop.hire_evidence_none', owner=owner))}</p>"
        rows = [
            (r["deal_id"], p.process.label(r["stage"]), p.process.label(r["now"]), str(r["asked"]))
            for r in gaps.to_dict("records")
        ]
        heads = [say(f"workshop.hire_{c}") for c in ("deal", "left", "now", "asked")]
        return table(heads, rows)
    asked = [
        (str(s.name), items(f"☐ {e}" for e in s.evidence) if s.evidence else "")
        for s in process.stages
    ]
    intro = f"<p>{escape(say('workshop.hire_evidence_how'))}</p>"
    heads = [say("workshop.hire_stage"), say("workshop.sheet_evidence")]
    return f"{intro}{table(heads, asked)}"


def test_notebook() -> object:
    """Return the stage test as a notebook, not executed."""
    cells = [
        _markdown(f"# {say('workshop.hire_test')}\n\n"
                  + say("workshop.hire_test_how", n=len(stage_test()), mark=PASS)),
        _code("from funnelkit.teach.form import Form\n"
              "from funnelkit.teach.newhire import result_of\n"
              "from funnelkit.teach.progress import here\n"
              "from funnelkit.words import set_language\n\n"
              f'set_language("{language()}")', ("setup",)),
    ]  # fmt: skip
    for e in stage_test():
        cells.append(_markdown(heading(e).replace("###", "##"), ("exercise",)))
        cells.append(_code(f'Form("{e.id}", here())', ("exercise",)))
    cells.append(_markdown(f"## {say('workshop.hire_test_end')}"))
    cells.append(_code("result_of(here())", ("exit",)))
    return notebook(cells, f"stage-test-{language()}")


def write(
    out: str | Path,
    *,
    start: str | dt.date,
    process: str | None = None,
    name: str = "",
    progress: Path | None = None,
    data: str | None = None,
    owner: str | None = None,
) -> Path:
    """Write plan and stage test into a folder; return the page.

    Raises
    ------
    FunnelkitError
        The folder holds something, the date is none, data without owner.
    """
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FunnelkitError("workshop.out_taken", found=str(out))
    try:
        first = start if isinstance(start, dt.date) else dt.date.fromisoformat(start)
    except ValueError:
        raise FunnelkitError("workshop.bad_date", found=str(start)) from None
    if (data is None) != (owner is None):
        raise FunnelkitError("workshop.data_and_owner")
    sheet = load_process(process)
    evidence = None
    if data is not None and owner is not None:
        evidence = (_pipeline(data, process), owner)
    kept = Progress.open(progress) if progress is not None else None
    text = plan_page(first, sheet, name, kept, evidence)
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".funnelkit-", dir=out.parent))
    try:
        whole = aside / "whole"
        whole.mkdir()
        (whole / "plan.html").write_bytes(text.encode())
        (whole / "stage-test.ipynb").write_bytes(text_of(test_notebook()).encode())
        if out.exists():
            out.rmdir()
        whole.replace(out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return out / "plan.html"


def _pipeline(data: str, process: str | None) -> Pipeline:
    from funnelkit.data.library import datasets, load
    from funnelkit.data.read import read

    bundled = process is None and data in set(datasets()["name"])
    return load(data) if bundled else read(data, process=process)
