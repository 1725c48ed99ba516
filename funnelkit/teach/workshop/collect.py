"""The room afterwards: learners' progress files merged into one picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import escape
from scipy import stats as distributions

from funnelkit.errors import FunnelkitError
from funnelkit.files.tables import write_csv
from funnelkit.files.whole import write_whole
from funnelkit.teach.bank import exercise, exercises
from funnelkit.teach.exercise import Exercise
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.paper.page import items, page, table
from funnelkit.words import count, percent, say
from funnelkit.words.formats import signed

PATTERN = "funnelkit-progress*.json"
#: Tries without success after which somebody counts as stuck.
STUCK = 2
#: Column names that are sentences elsewhere.
_HEADS = {
    "stuck": "workshop.room_stuck_column",
    "mistake": "workshop.room_mistake_column",
    "learners": "workshop.room_learner_list_title",
}


@dataclass(frozen=True)
class Gain:
    """Share of right answers before and after, and the mean gain with its 95% interval.

    Only learners who took both tests count, each with the questions answered both times. The
    interval is Student's on the paired differences; there is none for fewer than two learners.
    """

    learners: int
    before: float
    after: float
    low: float
    high: float

    @property
    def mean(self) -> float:
        """The mean gain."""
        return self.after - self.before


def gain_of(before: Iterable[float], after: Iterable[float]) -> Gain | None:
    """Compare two tests of the same learners.

    Examples
    --------
    >>> g = gain_of([0.4, 0.5, 0.6], [0.6, 0.8, 0.7])
    >>> round(g.mean, 3), round(g.low, 3), round(g.high, 3)
    (0.2, -0.048, 0.448)
    """
    first, last = np.array(list(before), float), np.array(list(after), float)
    if len(first) == 0:
        return None
    low = high = float("nan")
    if len(first) > 1:
        each = last - first
        reach = distributions.t.ppf(0.975, len(each) - 1) * each.std(ddof=1) / np.sqrt(len(each))
        low, high = float(each.mean() - reach), float(each.mean() + reach)
    return Gain(len(first), float(first.mean()), float(last.mean()), low, high)


@dataclass(frozen=True)
class Room:
    """What the room did.

    Attributes
    ----------
    learners : DataFrame
        ``learner, seed, answered, right, tries, hints, stuck, before, after``.
    exercises : DataFrame
        ``exercise, learners, right, stuck, tries, hints``.
    mistakes : DataFrame
        ``exercise, mistake, learners, times, hint``, the most frequent first.
    gain : Gain or None
        From the test before to the test after.
    damaged, double : tuple of str
        Files that could not be read, and older copies of a learner's file.
    problems : tuple of FunnelkitError
        Why, for each damaged file.
    """

    learners: pd.DataFrame
    exercises: pd.DataFrame
    mistakes: pd.DataFrame
    gain: Gain | None
    damaged: tuple[str, ...] = ()
    double: tuple[str, ...] = ()
    problems: tuple[FunnelkitError, ...] = ()

    def summary(self) -> str:
        """Say in plain sentences how the room stands."""
        return "\n".join(self._lines())

    __str__ = summary

    def _lines(self) -> list[str]:
        stuck = self.learners[self.learners["stuck"] != ""]
        lines = [say("workshop.room_learners", n=len(self.learners))]
        lines += [
            say("workshop.room_stuck", learner=row["learner"], ids=str(row["stuck"]).split())
            for row in stuck.to_dict("records")
        ]
        if stuck.empty:
            lines.append(say("workshop.room_nobody_stuck"))
        lines += [
            say("workshop.room_mistake", n=row["learners"], id=row["exercise"], hint=row["hint"])
            for row in self.mistakes.head(3).to_dict("records")
        ]
        lines.append(self.gain_line())
        if self.damaged:
            lines.append(say("workshop.room_damaged", files=self.damaged))
            lines += [str(problem) for problem in self.problems]
        if self.double:
            lines.append(say("workshop.room_double", files=self.double))
        return lines

    def gain_line(self) -> str:
        """Say what changed from the test before to the test after."""
        g = self.gain
        if g is None:
            return say("workshop.gain_none")
        values = {"before": g.before, "after": g.after, "n": g.learners, "points": _points(g.mean)}
        if g.learners < 2:
            return say("workshop.gain_one", **values)
        return say("workshop.gain", low=_points(g.low), high=_points(g.high), **values)

    def html(self) -> str:
        """Return the summary as a page."""
        return page(say("workshop.room_title"), self.body())

    def body(self) -> str:
        """Return the summary without the page around it."""
        parts = [f"<h1>{escape(say('workshop.room_title'))}</h1>"]
        parts += [f"<p>{escape(line)}</p>" for line in self._lines()]
        for name, frame in self.tables().items():
            parts.append(f"<h2>{escape(say(f'workshop.room_{name}_title'))}</h2>")
            rows = [[_shown(v, c) for c, v in r.items()] for r in frame.to_dict("records")]
            heads = [say(_HEADS.get(c, f"workshop.room_{c}")) for c in frame.columns]
            parts.append(table(heads, rows) if rows else items([say("workshop.room_none")]))
        return "".join(parts)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the three tables by name."""
        return {
            "learner_list": self.learners,
            "exercise_list": self.exercises,
            "mistake_list": self.mistakes,
        }

    def save(self, out: str | Path) -> list[Path]:
        """Write the page, and each table as CSV beside it; return the files, the page last."""
        out = Path(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        made = []
        for name, frame in self.tables().items():
            path = out.with_name(f"{out.stem}-{name.removesuffix('_list')}s.csv")
            write_csv(path, frame)
            made.append(path)
        write_whole(out, self.html())
        return [*made, out]


def _points(value: float) -> str:
    return signed(100 * value)


def _shown(value: Any, column: Any) -> str:
    if column in ("before", "after"):
        return percent(value) if value == value else ""
    return count(value) if isinstance(value, int) and column != "seed" else str(value)


@dataclass(frozen=True)
class HandedIn:
    """The records in a folder by learner, the files that are damaged and why, older copies."""

    people: list[tuple[str, Progress]]
    damaged: dict[str, FunnelkitError]
    double: tuple[str, ...]


def handed_in(folder: str | Path) -> HandedIn:
    """Read the progress files of a folder: a learner's from notebooks, a box or the site.

    Files that cannot be read are named and left out; of two files of one learner the longer
    one counts.

    Raises
    ------
    FunnelkitError
        No folder, or no progress file in it.
    """
    folder = Path(folder)
    paths = sorted(folder.rglob(PATTERN)) if folder.is_dir() else []
    if not paths:
        raise FunnelkitError("workshop.no_progress", folder=str(folder), pattern=PATTERN)
    damaged: dict[str, FunnelkitError] = {}
    double: list[str] = []
    kept: dict[tuple[int, str], tuple[str, Progress]] = {}
    for path in paths:
        # a name in another encoding than the system's still has to be told
        name = path.relative_to(folder).as_posix().encode("utf-8", "replace").decode()
        try:
            read = Progress.open(path)
        except FunnelkitError as problem:
            damaged[name] = problem
            continue
        key = (read.seed, read.learner)
        other = kept.get(key)
        if other is not None:
            older = name if len(read.events) <= len(other[1].events) else other[0]
            double.append(older)
            if older == name:
                continue
        kept[key] = (name, read)
    people = [(p.learner or _named(name), p) for name, p in kept.values()]
    return HandedIn(people, damaged, tuple(double))


def collect(folder: str | Path) -> Room:
    """Merge the progress files of a room; see :func:`handed_in`."""
    found = handed_in(folder)
    return replace(
        room_of(found.people), damaged=tuple(found.damaged),
        problems=tuple(found.damaged.values()), double=found.double,
    )  # fmt: skip


def _named(file: str) -> str:
    """Name a learner by the file: its own part of the name, else the folder."""
    path = Path(file)
    own = path.stem.removeprefix("funnelkit-progress").strip("-_ ()")
    return own or (path.parent.name or path.stem)


def room_of(people: Sequence[tuple[str, Progress]]) -> Room:
    """Return what some people did, by the names they have in the room."""
    learners, first, last = [], [], []
    order = {e.id: k for k, e in enumerate(exercises())}
    counts: dict[str, Counter[str]] = {}
    slips: dict[tuple[str, str], list[str]] = {}
    for name, p in people:
        tries = Counter(str(e["exercise"]) for e in p.of("answer"))
        hints = Counter(str(e["exercise"]) for e in p.of("hint"))
        lessons = [i for i in tries if not i.startswith("Q.")]
        right = [i for i in lessons if p.right(i)]
        stuck = [i for i in lessons if i not in right and tries[i] >= STUCK]
        for i in lessons:
            c = counts.setdefault(i, Counter())
            c.update(learners=1, right=i in right, stuck=i in stuck, tries=tries[i], hints=hints[i])
        for e in p.of("answer"):
            if e.get("mistake") and not str(e["exercise"]).startswith("Q."):
                slips.setdefault((str(e["exercise"]), str(e["mistake"])), []).append(name)
        before, after = _tests(p)
        if before is not None and after is not None:
            first.append(before)
            last.append(after)
        learners.append(
            (name, p.seed, len(lessons), len(right), sum(tries[i] for i in lessons),
             sum(hints.values()), " ".join(sorted(stuck, key=lambda i: order.get(i, len(order)))),
             np.nan if before is None else before, np.nan if after is None else after)
        )  # fmt: skip
    columns = ["learner", "seed", "answered", "right", "tries", "hints", "stuck", "before", "after"]
    people_table = pd.DataFrame(learners, columns=columns).sort_values("learner", kind="stable")
    names = ["exercise", "learners", "right", "stuck", "tries", "hints"]
    tasks = pd.DataFrame(
        [(i, *(c[n] for n in names[1:])) for i, c in sorted(
            counts.items(), key=lambda x: (order.get(x[0], len(order)), x[0]))],
        columns=names,
    )  # fmt: skip
    rows = [(i, m, len(set(who)), len(who), hint_of(i, m)) for (i, m), who in slips.items()]
    rows.sort(key=lambda r: (-r[2], -r[3], order.get(r[0], len(order)), r[1]))
    wrong = pd.DataFrame(rows, columns=["exercise", "mistake", "learners", "times", "hint"])
    return Room(
        people_table.reset_index(drop=True), tasks, wrong.reset_index(drop=True),
        gain_of(first, last),
    )  # fmt: skip


def _tests(p: Progress) -> tuple[float | None, float | None]:
    """Return the shares right before and after, over the questions answered both times.

    An event may say which test it belongs to; else the first answer to a question counts as
    the test before, and the last one as the test after.
    """
    answers: dict[str, list[dict[str, Any]]] = {}
    for e in p.of("answer"):
        if str(e["exercise"]).startswith("Q."):
            answers.setdefault(str(e["exercise"]), []).append(e)
    pairs = []
    for events in answers.values():
        told = {str(e["test"]): e for e in events if e.get("test")}
        if told:
            before, after = told.get("pre"), told.get("post")
        else:
            before, after = events[0], events[-1] if len(events) > 1 else None
        if before is not None and after is not None:
            pairs.append((before["state"] == "right", after["state"] == "right"))
    if not pairs:
        return None, None
    return float(np.mean([b for b, _ in pairs])), float(np.mean([a for _, a in pairs]))


def hint_of(id: str, mistake: str) -> str:
    """Return the text a known mistake is answered with; empty for one that is not known."""
    try:
        asked = exercise(id)
    except FunnelkitError:
        return ""
    named = next((str(m.hint) for m in asked.mistakes if m.id == mistake), "")
    return named or _of_option(asked, mistake) or _of_sheet(asked, mistake)


def _of_sheet(asked: Exercise, mistake: str) -> str:
    """Return what a faulty sheet is told: only its check knows which field it was."""
    case = asked.case(1)
    for m in asked.mistakes:
        try:
            found = asked.kind.diagnose(asked.kind.read(m.given(case), case), case.right)
        except Exception:  # a mistake that cannot be read is none of a sheet
            continue
        if found is not None and found[0] == mistake:
            return str(found[1])
    return ""


def _of_option(asked: Exercise, mistake: str) -> str:
    """Return the feedback of an option or item taken wrongly, with its text."""
    for option in (*getattr(asked.kind, "options", ()), *getattr(asked.kind, "items", ())):
        known = (option.id, *(f"{w}_{option.id}" for w in ("early", "took", "left")))
        if mistake in known or mistake.startswith(f"{option.id}_as_"):
            return ": ".join(filter(None, [str(option.text), str(option.why)]))
    return ""
