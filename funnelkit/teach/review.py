"""Spaced review: what was once right is asked again after 3, 10 and 30 days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from funnelkit.teach.bank import exercises
from funnelkit.teach.check import judge
from funnelkit.teach.exercise import Case
from funnelkit.teach.feedback import Feedback
from funnelkit.teach.kinds.written import Sheet
from funnelkit.teach.learner.progress import Progress

#: The questions of the two tests.
TEST = "Q"
#: Days after an exercise was first right.
DAYS = (3, 10, 30)


@dataclass(frozen=True)
class Due:
    """An exercise to be asked again: its id, since when it was right, which round it is."""

    exercise: str
    since: dt.date
    round: int

    @property
    def day(self) -> dt.date:
        """The day from which it is due."""
        return self.since + dt.timedelta(days=self.round)


def due(progress: Progress, today: dt.date) -> tuple[Due, ...]:
    """Return what is due on a day, what waited longest first.

    A round is done with a right review on its day or later; one right answer does for all
    rounds that have come by then. A wrong one brings the question back the next day.
    """
    found = []
    for first, rights, seen in _standing(progress):
        if today in seen:
            continue
        open_ = [
            d for d in _rounds(first) if d.day <= today and not any(r >= d.day for r in rights)
        ]
        found += open_[-1:]
    place = {e.id: k for k, e in enumerate(exercises())}  # L05.2 comes before L05.11
    return tuple(sorted(found, key=lambda d: (d.day, place[d.exercise])))


def coming(progress: Progress, today: dt.date) -> dt.date | None:
    """Return the next day on which something is due, after today."""
    days = []
    for first, rights, seen in _standing(progress):
        for d in _rounds(first):
            if any(r >= d.day for r in rights):
                continue
            if d.day > today:
                days.append(d.day)
            elif today in seen:
                days.append(today + dt.timedelta(days=1))
    return min(days, default=None)


def case_of(item: Due, progress: Progress) -> Case:
    """Return the question with other numbers each round."""
    asked = next(e for e in exercises() if e.id == item.exercise)
    return asked.case(progress.seed + item.round)


def answer(item: Due, given: object, progress: Progress, today: dt.date) -> Feedback:
    """Judge an answer of a review and keep it, unless nothing readable was given."""
    found = judge(case_of(item, progress), given)
    if found.state not in ("not_answered", "type"):
        progress.record(
            "review", exercise=item.exercise, round=item.round, day=today.isoformat(),
            state=found.state, mistake=found.mistake,
        )  # fmt: skip
    return found


def _rounds(first: Due) -> tuple[Due, ...]:
    return tuple(Due(first.exercise, first.since, d) for d in DAYS)


def _standing(progress: Progress) -> Iterator[tuple[Due, list[dt.date], set[dt.date]]]:
    """Each exercise that was right, the days of right reviews and of all reviews."""
    since: dict[str, dt.date] = {}
    for e in progress.of("answer"):
        if e["state"] == "right":
            since.setdefault(e["exercise"], _day(e["at"]))
    # a plan or a vote of one's own has no answer to remember; a test is no training for itself
    asked = {e.id for e in exercises() if not isinstance(e.kind, Sheet) and e.lesson != TEST}
    for id, first in since.items():
        if id not in asked:
            continue
        reviews = list(progress.of("review", id))
        rights = [_day(r["day"]) for r in reviews if r["state"] == "right"]
        yield Due(id, first, 0), rights, {_day(r["day"]) for r in reviews}


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text[:10])
