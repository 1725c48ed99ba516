"""The first guesses of a room: what everybody thought before the data were seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from statistics import median
from typing import TYPE_CHECKING

import pandas as pd

from funnelkit.charts.bars import bars
from funnelkit.charts.spread import spread
from funnelkit.show.column import COUNT, TEXT, Number, columns
from funnelkit.show.table import Table
from funnelkit.teach.bank import exercise
from funnelkit.teach.exercise import Entry, NotOfKind
from funnelkit.teach.form import refilled
from funnelkit.teach.kinds.numbers import plain_number
from funnelkit.teach.learner.guesses import truths
from funnelkit.teach.learner.progress import Progress
from funnelkit.words import number, say

if TYPE_CHECKING:
    from funnelkit.charts.chart import Chart
    from funnelkit.data.pipeline import Pipeline


_HUNDRED = 100


@dataclass(frozen=True)
class Asked:
    """One field of a guess, and what the room filled in: numbers, or texts to count."""

    label: str
    numbers: tuple[float, ...]
    texts: tuple[str, ...]
    truth: float | None = None


def made(id: str, people: Sequence[Progress]) -> int:
    """Return how many made a guess."""
    return sum(bool(kept.filled(id, first=True)) for kept in people)


def asked(id: str, people: Sequence[Progress], p: Pipeline) -> list[Asked]:
    """Return what the room guessed, field by field, beside what the lesson's data say."""
    entries = exercise(id).kind.entries(exercise(id).case(1))
    given = [refilled(entries, f) for kept in people if (f := kept.filled(id, first=True))]
    right = truths(id, p)
    return [_field(e, [g.get(e.name) for g in given], right.get(e.name)) for e in entries]


def _field(entry: Entry, given: Sequence[object], right: str | None) -> Asked:
    label = entry.label.rstrip(":： ")
    named = dict(entry.options)
    texts = [str(g).strip() for g in given if g not in (None, "")]
    numbers = [] if named else [n for n in map(_number, texts) if n is not None]
    if numbers and len(numbers) * 2 > len(texts):
        return Asked(label, tuple(numbers), (), None if right is None else _number(right))
    return Asked(label, (), tuple(named.get(t, t) for t in texts))


def _number(text: str) -> float | None:
    try:
        return plain_number(text)
    except NotOfKind:
        return None


def pictures(id: str, people: Sequence[Progress], p: Pipeline) -> str:
    """Return the spread of a guess as pictures, big enough to project."""
    n = made(id, people)
    fields = asked(id, people, p)
    parts = [f"<p class='fk-lead'>{escape(say('room.guessed_by', n=n, of=len(people)))}</p>"]
    measured = [f for f in fields if f.numbers]
    # what is counted of a hundred stands on one axis; days or money have one each
    one = all(0 <= value <= _HUNDRED for f in measured for value in f.numbers)
    groups = [measured] if one and measured else [[f] for f in measured]
    parts += [_spread(id, group)._repr_html_() for group in groups]
    parts += [_counted(f)._repr_html_() for f in fields if f.texts]
    return "".join(parts)


def _spread(id: str, fields: Sequence[Asked]) -> Chart:
    rows = [(f.label, value) for f in fields for value in f.numbers]
    middle = [
        [f.label, len(f.numbers), median(f.numbers), min(f.numbers), max(f.numbers), f.truth]
        for f in fields
    ]
    heads = columns(
        "room.guess_", asked=TEXT, n=COUNT, median=Number(1), low=Number(1), high=Number(1),
        truth=Number(1),
    )  # fmt: skip
    said = [f"{f.label} {number(median(f.numbers))}" for f in fields]
    return spread(
        pd.DataFrame(rows, columns=["row", "value"]),
        truth={f.label: f.truth for f in fields if f.truth is not None},
        title=say("room.guess_title", id=id),
        alt=say("room.guess_alt", said=said),
        data=Table(heads, middle, say("room.guess_caption")),
        middle_label=say("room.guess_median"), truth_label=say("room.guess_truth"),
    )  # fmt: skip


def _counted(field: Asked) -> Chart:
    tally = Counter(field.texts).most_common()
    frame = pd.DataFrame(tally, columns=["label", "n"])
    heads = columns("room.guess_", answer=TEXT, n=COUNT)
    return bars(
        frame, title=field.label, headings=[say("room.guess_n")],
        alt=say("room.guess_alt", said=[f"{text} {n}" for text, n in tally]),
        data=Table(heads, [list(row) for row in tally], say("room.guess_caption"), drawn=("n",)),
    )  # fmt: skip
