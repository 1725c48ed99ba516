"""An open lesson: its data, its exercises, its what-ifs, the learner's progress."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funnelkit.teach.bank import exercise, exercises, whatif
from funnelkit.teach.check import Hint, solved
from funnelkit.teach.exercise import Case
from funnelkit.teach.form import Form
from funnelkit.teach.frame import Frame
from funnelkit.teach.learner.guesses import Guess, guess_table, guesses
from funnelkit.teach.learner.progress import Progress, here
from funnelkit.words import say, set_language

if TYPE_CHECKING:
    import pandas as pd

    from funnelkit.data.pipeline import Pipeline
    from funnelkit.process import Process


@dataclass(frozen=True, eq=False)
class Lesson:
    """What the cells of a lesson talk to.

    Attributes
    ----------
    id : str
        ``L03``.
    p : Pipeline
        The pipeline the demonstrations run on: bundled, or the customer's own.
    progress : Progress
        The learner's record.
    """

    id: str
    p: Pipeline
    progress: Progress

    def ask(self, id: str) -> Form:
        """Ask an exercise."""
        return Form(id, self.progress)

    def case(self, id: str) -> Case:
        """Return what this learner was given in an exercise."""
        return exercise(id).case(self.progress.seed)

    def solved(self, id: str) -> Hint:
        """Return how an exercise is solved with this learner's numbers."""
        return solved(self.case(id))

    def table(self, frame: pd.DataFrame) -> Frame:
        """Show a frame of pandas as a table."""
        return Frame(frame)

    def whatif(self, name: str) -> Any:
        """Show a what-if of this lesson."""
        return whatif(self.id, name)(self.p)

    def done(self) -> Standing:
        """Show which exercises of this lesson are answered."""
        return finished(self.id, self.p, self.progress)

    def _repr_html_(self) -> str:
        return f"{_style()}<p>{escape(repr(self))}</p>"

    def __repr__(self) -> str:
        return say("teach.opened", lesson=self.id, data=str(self.p.name or "-"), n=self.p.size)


@dataclass(frozen=True)
class Standing:
    """Exercises and how far they are, and the guesses made, beside what the data say.

    Attributes
    ----------
    rows : tuple
        Exercise and how far it is.
    guesses : tuple of Guess
        What was asked, what was guessed, what the data say.
    """

    rows: tuple[tuple[str, str], ...]
    guesses: tuple[Guess, ...] = ()

    def __repr__(self) -> str:
        right = sum(state == "right" for _, state in self.rows)
        head = say("teach.standing", right=right, n=len(self.rows))
        rows = [f"{i}  {say('teach.is_' + s)}" for i, s in self.rows]
        return "\n".join([head, *rows, *map(str, self.guesses)])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row'>{i}</th><td>{escape(say('teach.is_' + s))}</td></tr>"
            for i, s in self.rows
        )
        right = sum(state == "right" for _, state in self.rows)
        head = escape(say("teach.standing", right=right, n=len(self.rows)))
        table = f"<table class='fk-table'><caption>{head}</caption><tbody>{rows}</tbody></table>"
        return table + guess_table(self.guesses)


def finished(id: str, p: Pipeline, progress: Progress) -> Standing:
    """Return how far a lesson is, with its guesses beside the truth."""
    rows = tuple((e.id, _state(progress, e.id)) for e in exercises(id))
    return Standing(rows, guesses(id, p, progress))


def _state(progress: Progress, id: str) -> str:
    if progress.right(id):
        return "right"
    return "tried" if progress.count("answer", id) else "open"


def open_lesson(
    id: str,
    data: str = "industrial",
    process: str | Path | dict[str, Any] | Process | None = None,
    language: str | None = None,
) -> Lesson:
    """Open a lesson on bundled data or on one's own export.

    Parameters
    ----------
    id : str
        ``L01`` to ``L12``.
    data : str
        Name of a bundled pipeline, path of a CRM export, or of a plan (``.yml``) to simulate.
    process : sheet, optional
        For an own export: name, path or dict of the process sheet.
    language : str, optional
        ``en`` or ``zh``; by default the current one.
    """
    from funnelkit.data.library import datasets, load
    from funnelkit.data.read import read

    if language:
        set_language(language)
    if data.endswith((".yml", ".yaml")):
        from funnelkit.simulation import simulate

        return Lesson(id, simulate(process, data), here())
    bundled = data in set(datasets()["name"]) and process is None
    pipeline = load(data) if bundled else read(data, process=process)
    return Lesson(id, pipeline, here())


def _style() -> str:
    from funnelkit.charts.theme import css

    return f"<style>{css()}</style>"


@dataclass(frozen=True)
class Note:
    """Lines that show themselves."""

    lines: tuple[str, ...]

    def __repr__(self) -> str:
        return "\n".join(self.lines)

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in self.lines)


def ready(language: str) -> Note:
    """Say whether everything the course needs is there, in the language of the page."""
    from importlib.util import find_spec

    set_language(language)
    missing = [m for m in ("ipywidgets", "matplotlib", "duckdb", "pandas") if find_spec(m) is None]
    return Note(
        (say("teach.ready_missing", missing=missing) if missing else say("teach.ready_ok"),)
    )


def my_progress() -> Note:
    """List how far the learner is, lesson by lesson."""
    kept = here()
    by_lesson: dict[str, list[str]] = {}
    for e in exercises():
        by_lesson.setdefault(e.lesson, []).append(e.id)
    lines = [
        say("teach.progress_lesson", lesson=lesson, n=len(ids), right=sum(map(kept.right, ids)))
        for lesson, ids in by_lesson.items()
        if any(kept.count("answer", i) for i in ids)
    ]
    kept_in = [] if kept.path is None else [say("teach.progress_place", file=str(kept.path))]
    return Note((*(lines or [say("teach.progress_none")]), *kept_in))
