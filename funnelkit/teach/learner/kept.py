"""The lines a learner writes for the own pipeline, one a lesson, kept and shown together."""

from __future__ import annotations

from html import escape

from funnelkit.teach.bank import exercise
from funnelkit.teach.kinds.numbers import listed
from funnelkit.teach.learner.progress import Progress
from funnelkit.words import say

#: The last thing of each lesson: what the learner takes along.
LINES = (
    "L01.3", "L02.6", "L03.10", "L04.13", "L05.12", "L06.13", "L07.13", "L08.11", "L09.10",
    "L10.10", "L11.10", "L12.12",
)  # fmt: skip


def lines(progress: Progress) -> tuple[tuple[str, str], ...]:
    """Return the lines that were written, each with its exercise, in the words of the form."""
    found = []
    for id in LINES:
        filled = progress.filled(id)
        if not filled:
            continue
        entries = exercise(id).kind.entries(exercise(id).case(progress.seed))
        pairs = [
            (e.label, dict(e.options).get(str(filled.get(e.name)), str(filled.get(e.name) or "–")))
            for e in entries
        ]
        found.append((id, listed(pairs)))
    return tuple(found)


def lines_html(progress: Progress) -> str:
    """Return the lines as a table; empty while none is written."""
    kept = lines(progress)
    if not kept:
        return ""
    rows = "".join(
        f"<tr><th scope='row'>{id}</th><td>{escape(text)}</td></tr>" for id, text in kept
    )
    return (
        f"<h2>{escape(say('teach.kept_title'))}</h2><p>{escape(say('teach.kept_about'))}</p>"
        f"<table class='fk-table'><tbody>{rows}</tbody></table>"
    )
