"""The first ninety days of a new colleague: checkpoints, the path, ramp, missing evidence.

Figures others report stand with their grade; the ramp is a setting to change. The stages are those
of the sheet that is given.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from markupsafe import escape

from funnelkit.control.ramp import PLAN
from funnelkit.errors import FunnelkitError
from funnelkit.process import Process, load_process
from funnelkit.process.workdays import closed_days
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.paper.page import items, page, table
from funnelkit.teach.paths import exits
from funnelkit.teach.paths.roles import role
from funnelkit.words import date, number, percent, say

if TYPE_CHECKING:
    from funnelkit.charts import Chart
    from funnelkit.data.pipeline import Pipeline

#: The path of the course that goes with the plan.
PATH = "newhire"
DAYS = (1, 7, 30, 60, 90)


def checkpoints(start: dt.date, process: Process | None = None) -> dict[int, dt.date]:
    """Return the dates of the checkpoints: the first day is day 1, so day 7 is six days later.

    One on a day off moves to the next working day.

    Examples
    --------
    >>> checkpoints(dt.date(2026, 12, 1))[7], checkpoints(dt.date(2026, 12, 1))[60]
    (datetime.date(2026, 12, 7), datetime.date(2027, 1, 29))
    """
    return {day: on_day(day, start, process or load_process(None)) for day in DAYS}


def on_day(day: int, start: dt.date, process: Process) -> dt.date:
    """Return the date of a day, or of the next working day."""
    calendar, at = process.calendar, start + dt.timedelta(days=day - 1)
    while len(closed_days(calendar, at, at)):
        at += dt.timedelta(days=1)
    return at


def ramp_chart(start: dt.date) -> Chart:
    """Draw the share of a full seller planned for each month since the start."""
    from funnelkit.charts.trend import trend

    first = pd.Timestamp(start).to_period("M")
    months = [str(first + k) for k in range(len(PLAN))]
    title = say("workshop.ramp_title")
    alt = say("workshop.ramp_alt", months=len(PLAN), total=number(sum(PLAN), 1))
    frame = pd.DataFrame(
        {"period": months, "value": PLAN, "low": np.nan, "high": np.nan, "n": 0, "mature": True}
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
        said = say(f"workshop.hire_day_{day}", stage=_halfway(process), n=len(process.stages))
        lines = [line.split("|") for line in said.split("\n")]
        tasks = items(f"☐ {text.strip()}" for text, _ in lines)
        grades = items(_grade(letter.strip()) for _, letter in lines)
        rows.append((say("workshop.hire_day", day=day), date(dates[day]), tasks, grades))
    heads = [say(f"workshop.hire_{c}") for c in ("when", "date", "tasks", "grade")]
    parts = [
        f"<h1>{escape(head)}</h1>",
        f"<p>{escape(say('workshop.hire_intro', start=start))}</p>",
        table(heads, rows),
        f"<p class='fk-muted'>{escape(say('workshop.hire_sources'))}</p>",
        f"<h2>{escape(say('workshop.hire_path'))}</h2>",
        _path(start, process),
        f"<h2>{escape(say('paths.exit'))}</h2>",
        f"<p>{escape(say('workshop.hire_exit'))} {escape(_exit())}</p>",
    ]
    last = exits.last(PATH, progress) if progress is not None else None
    if last is not None:
        parts.append(f"<p><strong>{escape(repr(last))}</strong></p>")
    parts.append(f"<h2>{escape(say('workshop.ramp_title'))}</h2>")
    parts.append(ramp_chart(start)._repr_html_())
    parts.append(f"<h2>{escape(say('workshop.hire_evidence'))}</h2>")
    parts.append(_evidence(process, evidence))
    css = (
        ".fk-page ul { list-style: none; margin: 0; padding: 0; } .fk-page li { margin: 0.2rem 0; }"
    )
    return page(head, "".join(parts), css=css)


def _halfway(process: Process) -> str:
    """Return the stage in the middle of the sheet, as the sheet calls it."""
    middle = process.open_ids[len(process.open_ids) // 2]
    return process.label(middle)


def _path(start: dt.date, process: Process) -> str:
    """Return the blocks of the path with their dates."""
    rows = []
    for block in role(PATH).blocks:
        day = int(re.findall(r"\d+", block.when.en)[0])
        at = date(on_day(day, start, process))
        rows.append((str(block.when), at, str(block.title), str(block.minutes)))
    heads = [say("paths.when"), say("workshop.hire_date"), say("paths.what"), say("paths.time")]
    return str(table(heads, rows, loose=True))


def _exit() -> str:
    d = role(PATH).exit
    return say("paths.exit_about", asked=d.asked, mark=d.mark, minutes=d.minutes)


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
    """Write the plan into a folder; return the page.

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
