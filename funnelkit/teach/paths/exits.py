"""The exit of a path: items nobody has seen, one try, and no answer before it is handed in."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import Any

from funnelkit.errors import FunnelkitError
from funnelkit.process.nodes import read_nodes
from funnelkit.process.text import Part, Text
from funnelkit.teach.check import fill, judge, told
from funnelkit.teach.exercise import Case, Exercise
from funnelkit.teach.kinds.choices import Choice, Option
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.paths.roles import Role, role
from funnelkit.teach.source import folder
from funnelkit.teach.spec import Written
from funnelkit.words import say
from funnelkit.words.texts import texts

#: A multiple of it lies between the numbers of two tries.
_APART = 7919


class _Card(Part):
    """A sentence, the group it belongs to, and why."""

    group: str
    text: Text
    why: Text


class _Cards(Part):
    stages: dict[str, Text]
    cards: tuple[_Card, ...]
    may: Text
    stay: Text
    moves: tuple[_Card, ...]


@dataclass(frozen=True)
class Item:
    """An item of a pool: its question, and the group it is drawn by."""

    asked: Exercise
    group: str


@cache
def pools() -> Mapping[str, tuple[Item, ...]]:
    """Return all items by pool: cards, moves, sums, judging."""
    cards = _Cards.model_validate(_read("cards"))
    may = {"may": cards.may, "stay": cards.stay}
    written = _read("items")
    return {
        "cards": tuple(_chosen("C", n, c, cards.stages) for n, c in enumerate(cards.cards, 1)),
        "moves": tuple(_chosen("M", n, c, may) for n, c in enumerate(cards.moves, 1)),
        **{
            pool: tuple(
                Item(Written.model_validate(one).made(), one["id"]) for one in written[pool]
            )
            for pool in ("sums", "judging")
        },
    }


def _read(name: str) -> Any:
    file = folder() / "paths" / f"{name}.yaml"
    return read_nodes(file.read_text("utf-8"), file.name)[0]


def _chosen(letter: str, n: int, card: _Card, groups: Mapping[str, Text]) -> Item:
    """Make a question of a card: to which group it belongs."""
    options = tuple(Option(g, t, card.why, g == card.group) for g, t in groups.items())
    head = Text.model_validate(texts("paths")["ask_stage" if letter == "C" else "ask_move"])
    prompt = Text(
        en=f"{head.en} {card.text.en}".replace("{", "(").replace("}", ")"),
        zh=f"{head.zh}{card.text.zh}".replace("{", "（").replace("}", "）"),
    )
    asked = Exercise(
        id=f"{letter}.{n}", objective="O1", minutes=1, seeds=(), prompt=prompt,
        kind=Choice(options), solve=lambda case: card.group, mistakes=(),
        hints=(card.why, card.why, card.why), after=card.why,
    )  # fmt: skip
    return Item(asked, card.group)


def _drawn(found: Role, pool: str, n: int, seed: int, attempt: int) -> list[Exercise]:
    """Draw items of a pool, groups by turns; another try draws the next ones."""
    r = random.Random(f"{found.id}-{pool}-{seed}")
    groups: dict[str, list[Exercise]] = {}
    for item in pools()[pool]:
        groups.setdefault(item.group, []).append(item.asked)
    rows = [r.sample(items, len(items)) for items in groups.values()]
    turns = [e for turn in zip_longest(*r.sample(rows, len(rows))) for e in turn if e is not None]
    start = attempt * n
    return [turns[(start + k) % len(turns)] for k in range(n)]


def tries(id: str, progress: Progress) -> int:
    """Return how often an exit was handed in."""
    return progress.count("exit", id)


def items(id: str, progress: Progress) -> tuple[Case, ...]:
    """Return the questions of the learner's next try."""
    found, attempt = role(id), tries(id, progress)
    drawn = [
        e
        for pool, n in found.exit.draw.items()
        for e in _drawn(found, pool, n, progress.seed, attempt)
    ]
    random.Random(f"{id}-{progress.seed}-{attempt}").shuffle(drawn)
    return tuple(e.case(progress.seed + _APART * (attempt + 1)) for e in drawn)


@dataclass(frozen=True)
class Told:
    """A question after it was handed in: whether it was right, the answer, why."""

    question: str
    right: bool
    answer: str
    why: str


@dataclass(frozen=True)
class Result:
    """What an exit came to.

    Attributes
    ----------
    role : str
    right, asked, mark : int
        How many are right, were asked, have to be right.
    day : date
    told : tuple of Told
        Question by question, right after it was handed in.
    """

    role: str
    right: int
    asked: int
    mark: int
    day: dt.date
    told: tuple[Told, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether enough are right."""
        return self.right >= self.mark

    def __repr__(self) -> str:
        state = say("paths.passed" if self.passed else "paths.not_passed")
        return say("paths.result", right=self.right, asked=self.asked, mark=self.mark, state=state)


def waits(id: str, progress: Progress, today: dt.date) -> bool:
    """Say whether an exit was handed in today: a second try is one of another day."""
    return any(e["day"] == today.isoformat() for e in progress.of("exit", id))


def hand_in(id: str, answers: Mapping[str, Any], progress: Progress, today: dt.date) -> Result:
    """Judge an exit as a whole and keep it.

    Parameters
    ----------
    id : str
        The path.
    answers : mapping
        Item to answer; what is missing is wrong.
    progress : Progress
    today : date

    Raises
    ------
    FunnelkitError
        Nothing is answered, it was handed in today, or is passed already.
    """
    found = role(id)
    if passed(id, progress) is not None:
        raise FunnelkitError("paths.passed_already")
    if waits(id, progress, today):
        raise FunnelkitError("paths.one_try")
    cases = items(id, progress)
    if all(c.exercise.kind.empty(answers.get(c.exercise.id)) for c in cases):
        raise FunnelkitError("paths.empty", n=len(cases))
    rows = tuple(
        Told(
            fill(c.exercise.prompt, c),
            judge(c, answers.get(c.exercise.id)).state == "right",
            told(c),
            str(c.exercise.after),
        )
        for c in cases
    )
    result = Result(id, sum(t.right for t in rows), len(rows), found.exit.mark, today, rows)
    progress.record(
        "exit", exercise=id, state="right" if result.passed else "wrong", right=result.right,
        asked=result.asked, mark=result.mark, day=today.isoformat(),
    )  # fmt: skip
    return result


def last(id: str, progress: Progress) -> Result | None:
    """Return the last exit handed in, the passed one first; None before."""
    kept = list(progress.of("exit", id))
    if not kept:
        return None
    e = next((k for k in kept if k["state"] == "right"), kept[-1])
    return Result(id, e["right"], e["asked"], e["mark"], dt.date.fromisoformat(e["day"]))


def passed(id: str, progress: Progress) -> Result | None:
    """Return the passed exit; None before."""
    found = last(id, progress)
    return found if found is not None and found.passed else None
