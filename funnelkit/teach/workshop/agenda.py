"""An agenda: blocks with minutes and clock times, computed from the lessons' front matter.

Each day has a fixed span. What welcome, tests, games, breaks and commitments leave is shared
among the lessons in proportion to the minutes their front matter names; a lesson that gets less
than it asks for keeps its first exercises for each objective and gives the rest as homework.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.stats import largest_remainder
from funnelkit.teach.bank import asked_of_all, exercises
from funnelkit.teach.editions.master import Front
from funnelkit.teach.exercise import Exercise
from funnelkit.words import say

#: Planned work takes this much longer in a room.
SLACK = 1.25
#: Longest stretch without a break, and the least share of exercises.
STRETCH, SHARE = 75, 0.4
BREAK, LUNCH, _STEP = 15, 60, 5
_LUNCH_FROM, _LUNCH_UNTIL = 150, 210
#: Blocks in which the room works by itself.
_DOING = ("test", "game", "capstone", "show", "guess", "commit")


@dataclass(frozen=True)
class Block:
    """One entry of a day.

    Attributes
    ----------
    kind : str
        welcome, guess, test, lesson, game, capstone, show, commit, own, break or lunch.
    minutes : int
        Time in the room, slack included.
    name : str
        Lesson id, game or test.
    teach : int
        Minutes of teaching, debrief included.
    exercises, homework : tuple of Exercise
        What is done in the room, and what is left for later.
    """

    kind: str
    minutes: int
    name: str = ""
    teach: int = 0
    exercises: tuple[Exercise, ...] = ()
    homework: tuple[Exercise, ...] = ()

    @property
    def doing(self) -> int:
        """Minutes of exercises."""
        return sum(e.minutes for e in self.exercises)

    @property
    def work(self) -> int:
        """Planned minutes without slack."""
        if self.kind in ("break", "lunch"):
            return self.minutes
        return self.teach + self.doing if self.kind == "lesson" else floor(self.minutes / SLACK)

    @property
    def slack(self) -> int:
        """Minutes in hand."""
        return self.minutes - self.work


@dataclass(frozen=True)
class Row:
    """A block at its time."""

    day: int
    begins: dt.time
    ends: dt.time
    block: Block

    @property
    def clock(self) -> str:
        """Clock times: ``09:00-09:20``."""
        return f"{self.begins:%H:%M}-{self.ends:%H:%M}"


@dataclass(frozen=True)
class Agenda:
    """The days of a workshop.

    Attributes
    ----------
    name : str
        half-day, one-day or two-day.
    rows : tuple of Row
        Every block in order.
    fronts : tuple of Front
        The lessons that are held.
    missing : tuple of str
        Lessons the agenda names and this installation does not have.
    """

    name: str
    rows: tuple[Row, ...]
    fronts: tuple[Front, ...]
    missing: tuple[str, ...] = ()

    @property
    def days(self) -> tuple[tuple[Row, ...], ...]:
        """Rows day by day."""
        return tuple(
            tuple(r for r in self.rows if r.day == day)
            for day in sorted({r.day for r in self.rows})
        )

    @property
    def lessons(self) -> tuple[str, ...]:
        """Ids of the lessons."""
        return tuple(f.id for f in self.fronts)

    @property
    def exercise_share(self) -> float:
        """Share of the planned minutes in which the room itself works."""
        blocks = [r.block for r in self.rows if r.block.kind not in ("break", "lunch")]
        doing = sum(b.work if b.kind in _DOING else b.doing for b in blocks)
        return doing / sum(b.work for b in blocks)

    @property
    def longest_stretch(self) -> int:
        """Longest time without a break, in minutes."""
        longest = 0
        for rows in self.days:
            running = 0
            for row in rows:
                running = 0 if row.block.kind in ("break", "lunch") else running + row.block.minutes
                longest = max(longest, running)
        return longest

    def front(self, lesson: str) -> Front:
        """Return a lesson's front matter."""
        return next(f for f in self.fronts if f.id == lesson)


#: A day: its span in minutes, whether it has lunch, its blocks; lessons get their minutes later.
_DAYS: dict[str, tuple[tuple[int, bool, tuple[tuple[str, str, int], ...]], ...]] = {
    "half-day": (
        (240, False, (
            ("guess", "", 20), ("lesson", "L01", 0), ("lesson", "L02", 0), ("lesson", "L03", 0),
            ("lesson", "L05", 0), ("game", "duel", 15), ("lesson", "L11", 0), ("commit", "", 15),
        )),
    ),
    "one-day": (
        (510, True, (
            ("guess", "", 15), ("test", "pre", 15), ("lesson", "L01", 0), ("lesson", "L02", 0),
            ("lesson", "L03", 0), ("lesson", "L04", 0), ("game", "dice", 20),
            ("lesson", "L05", 0), ("game", "duel", 20), ("lesson", "L06", 0),
            ("lesson", "L10", 0), ("lesson", "L11", 0), ("test", "post", 15), ("commit", "", 15),
        )),
    ),
    "two-day": (
        (510, True, (
            ("guess", "", 15), ("test", "pre", 20), ("lesson", "L01", 0), ("lesson", "L02", 0),
            ("lesson", "L03", 0), ("game", "dice", 20), ("lesson", "L04", 0),
            ("lesson", "L05", 0), ("game", "duel", 20), ("lesson", "L06", 0),
        )),
        (510, True, (
            ("lesson", "L07", 0), ("lesson", "L08", 0), ("lesson", "L09", 0), ("lesson", "L10", 0),
            ("lesson", "L11", 0), ("lesson", "L12", 0), ("capstone", "1", 45),
            ("capstone", "2", 45), ("show", "", 30), ("test", "post", 15), ("commit", "", 15),
        )),
    ),
}  # fmt: skip
NAMES = tuple(_DAYS)


def build_agenda(name: str, fronts: Iterable[Front], start: str = "09:00") -> Agenda:
    """Lay out an agenda in clock times.

    Parameters
    ----------
    name : str
        half-day, one-day or two-day.
    fronts : iterable of Front
        The front matter of the lessons at hand.
    start : str
        When each day begins: ``09:00``.

    Raises
    ------
    FunnelkitError
        Unknown agenda, a start that is no time, a day that would end after midnight.
    """
    if name not in _DAYS:
        raise FunnelkitError("workshop.unknown_agenda", found=name, allowed=nearest(name, NAMES))
    began = _clock(start)
    known = {f.id: f for f in fronts}
    rows: list[Row] = []
    held: list[Front] = []
    missing: list[str] = []
    for day, (span, lunch, told) in enumerate(_DAYS[name], start=1):
        if began + span > 24 * 60:
            raise FunnelkitError(
                "workshop.too_late", found=start, latest=f"{_time(24 * 60 - span):%H:%M}"
            )
        plan = [t for t in told if t[0] != "lesson" or t[1] in known]
        if "L05" not in known:  # nobody duels without the lesson on forecasts
            plan = [t for t in plan if t[1] != "duel"]
        missing += [t[1] for t in told if t[0] == "lesson" and t[1] not in known]
        held += [known[t[1]] for t in plan if t[0] == "lesson"]
        at = began
        for block in _day(plan, span, lunch, known):
            rows.append(Row(day, _time(at), _time(at + block.minutes), block))
            at += block.minutes
    return Agenda(name, tuple(rows), tuple(held), tuple(missing))


def _clock(start: str) -> int:
    found = re.fullmatch(r"(\d{1,2})[:：](\d\d)", start.strip())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise FunnelkitError("workshop.bad_start", found=start)
    return int(found[1]) * 60 + int(found[2])


def _time(minutes: int) -> dt.time:
    return dt.time(minutes // 60 % 24, minutes % 60)


def _day(
    plan: Sequence[tuple[str, str, int]], span: int, lunch: bool, known: dict[str, Front]
) -> list[Block]:
    """Share the time of a day; the fewest breaks that keep every stretch short."""
    fixed = sum(minutes for _, _, minutes in plan)
    for pauses in range(12):
        rest = span - fixed - LUNCH * lunch - BREAK * pauses
        blocks = _filled(plan, rest, known)
        laid = _with_breaks(blocks, lunch)
        used = sum(b.minutes for b in laid)
        if used <= span:
            spare = span - used
            if spare:  # what is over is for questions on the room's own data
                laid.insert(_before_the_end(laid), Block("own", spare))
            return _rested(laid)
    raise AssertionError("a day without room for its breaks")


def _before_the_end(blocks: list[Block]) -> int:
    place = len(blocks)
    while place and blocks[place - 1].kind in ("commit", "test", "break"):
        place -= 1
    return place


def _rested(blocks: list[Block]) -> list[Block]:
    """Cut the open time so that it does not make a stretch too long."""
    place = next((i for i, b in enumerate(blocks) if b.kind == "own"), None)
    if place is None:
        return blocks
    before = after = 0
    for b in reversed(blocks[:place]):
        if b.kind in ("break", "lunch"):
            break
        before += b.minutes
    for b in blocks[place + 1 :]:
        if b.kind in ("break", "lunch"):
            break
        after += b.minutes
    own = blocks[place]
    if before + own.minutes + after <= STRETCH:
        return blocks
    parts, left = [], own.minutes
    if before:
        pause = min(left, BREAK)
        parts, left = [Block("break", pause)], left - pause
    while left > 0:
        piece = min(left, STRETCH - after)
        parts.append(Block("own", piece))
        left -= piece
        if left > 0:
            pause = min(left, BREAK)
            parts.append(Block("break", pause))
            left -= pause
    whole = [*blocks[:place], *parts, *blocks[place + 1 :]]
    return _not_ending_in_a_break(whole)


def _not_ending_in_a_break(blocks: list[Block]) -> list[Block]:
    """Give a break that nothing follows to the longest pause of the day."""
    if blocks[-1].kind != "break":
        return blocks
    kept = blocks[:-1]
    pauses = [i for i, b in enumerate(kept) if b.kind in ("break", "lunch")]
    longest = max(pauses, key=lambda i: kept[i].minutes)
    kept[longest] = replace(kept[longest], minutes=kept[longest].minutes + blocks[-1].minutes)
    return kept


def _filled(
    plan: Sequence[tuple[str, str, int]], rest: int, known: dict[str, Front]
) -> list[Block]:
    names = [name for kind, name, _ in plan if kind == "lesson"]
    asked = [known[n].teach_minutes + known[n].exercise_minutes for n in names]
    given: dict[str, int] = {}
    shares = largest_remainder(asked or [1], rest // _STEP * _STEP, _STEP)
    for name, minutes, share in zip(names, asked, shares, strict=False):
        most = ceil(minutes * SLACK / _STEP) * _STEP
        given[name] = min(int(share), most, STRETCH)
    return [
        _lesson(known[name], given[name]) if kind == "lesson" else Block(kind, minutes, name)
        for kind, name, minutes in plan
    ]


def _lesson(front: Front, minutes: int) -> Block:
    """Fit a lesson into its time: exercises of each objective in turn, then teaching."""
    work = floor(minutes / SLACK)
    waiting: dict[str, list[Exercise]] = {}
    for e in asked_of_all(front.id):
        waiting.setdefault(e.objective, []).append(e)
    chosen: list[Exercise] = []
    room = (
        floor(work * (1 - SHARE)) if work < front.teach_minutes + front.exercise_minutes else work
    )
    while any(waiting.values()):
        for queue in waiting.values():
            if queue:
                e = queue.pop(0)
                if sum(c.minutes for c in chosen) + e.minutes <= room:
                    chosen.append(e)
    doing = sum(e.minutes for e in chosen)
    # teaching never takes more than leaves the exercises their share
    teach = min(front.teach_minutes, work - doing, floor(doing * (1 - SHARE) / SHARE))
    kept = tuple(e for e in exercises(front.id) if e in chosen)
    later = tuple(e for e in exercises(front.id) if e not in chosen)
    return Block("lesson", minutes, front.id, teach, kept, later)


def _with_breaks(blocks: Sequence[Block], lunch: bool) -> list[Block]:
    laid: list[Block] = []
    running = elapsed = 0
    for block in blocks:
        noon = lunch and elapsed + block.minutes > _LUNCH_UNTIL
        if noon or (running and running + block.minutes > STRETCH):
            pause = Block("break", BREAK)
            if lunch and (noon or elapsed >= _LUNCH_FROM):
                pause, lunch = Block("lunch", LUNCH), False
            laid.append(pause)
            elapsed += pause.minutes
            running = 0
        laid.append(replace(block))
        running += block.minutes
        elapsed += block.minutes
    return laid


def title(block: Block, agenda: Agenda) -> str:
    """Name a block for a reader."""
    if block.kind == "lesson":
        return f"{block.name} {agenda.front(block.name).title}"
    key = f"{block.kind}_{block.name}" if block.kind in ("test", "game", "capstone") else block.kind
    return say(f"workshop.block_{key}")


@dataclass(frozen=True)
class Cut:
    """Something that may be left out when the room is late."""

    minutes: int
    key: str
    what: str


def cuts(agenda: Agenda) -> tuple[Cut, ...]:
    """Return what to leave out first, in order; debriefs, tests and breaks stay."""
    blocks = [r.block for r in agenda.rows]
    lessons = [b for b in blocks if b.kind == "lesson"]
    found = [Cut(3, "whatif", b.name) for b in lessons if b.teach >= 8]
    found += [
        Cut(b.exercises[-1].minutes, "homework", b.exercises[-1].id)
        for b in reversed(lessons)
        if len(b.exercises) > 1
    ]
    found += [Cut(b.minutes, "game", b.name) for b in reversed(blocks) if b.kind == "game"]
    return tuple(found)
