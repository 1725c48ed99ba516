"""The first page of the course: is everything there, which lessons there are, how far I am."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from funnelkit.teach.editions.master import Front
from funnelkit.teach.editions.notebooks import _code, _markdown, notebook
from funnelkit.teach.paths.roles import roles
from funnelkit.words import say, speaking


def _who() -> str:
    """Return the paths: who are you, how long it takes, which exercises."""
    rows = "\n".join(
        f"| **{r.name}** | {r.about} | {r.minutes} | {' '.join(r.exercises)} |" for r in roles()
    )
    head = " | ".join(say(f"paths.{c}") for c in ("role", "what", "time", "exercises"))
    about = f"{say('paths.who_about')} {say('paths.in_learn')}"
    return f"## {say('paths.who')}\n\n{about}\n\n| {head} |\n|---|---|---|---|\n{rows}"


def start_notebook(course: Iterable[Front], language: str) -> Any:
    """Return the page, not executed."""
    with speaking(language):
        rows = "\n".join(
            f"| [{f.id}]({f.id}.ipynb) | {f.title} | {f.teach_minutes + f.exercise_minutes} "
            f"| {', '.join(f.needs) or '–'} |"
            for f in course
        )
        head = " | ".join(say(f"teach.start_{c}") for c in ("lesson", "about", "minutes", "needs"))
        cells = [
            _markdown(f"# {say('teach.start_title')}\n\n{say('teach.start_intro')}"),
            _code(
                f'from funnelkit.teach import my_progress, ready\n\nready("{language}")',
                ("setup",),
            ),
            _markdown(_who()),
            _markdown(f"## {say('teach.start_lessons')}\n\n| {head} |\n|---|---|---|---|\n{rows}"),
            _markdown(f"## {say('teach.start_test')}\n\n{say('teach.start_quiz')}"),
            _markdown(f"## {say('teach.start_progress')}\n\n{say('teach.start_file')}"),
            _code("my_progress()", ("setup",)),
        ]
    return notebook(cells, f"start-{language}")
