"""An exercise: its question, the right answer from the learner's own data, the known mistakes."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.process.text import Text

if TYPE_CHECKING:
    from funnelkit.data.pipeline import Pipeline
    from funnelkit.teach.kinds import Kind


def both(en: str, zh: str) -> Text:
    """Say something in both languages."""
    return Text(en=en, zh=zh)


@dataclass(frozen=True)
class Case:
    """What one learner was given: a pipeline and numbers drawn by the personal seed."""

    exercise: Exercise
    seed: int

    @cached_property
    def p(self) -> Pipeline:
        """The learner's own practice pipeline."""
        from funnelkit.teach.practice import practice

        return practice(self.exercise.data, self.seed, self.exercise.id)

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """The numbers of the question."""
        drawn = random.Random(f"{self.exercise.id}-{self.seed}")
        return self.exercise.draw(drawn) if self.exercise.draw else {}

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @cached_property
    def right(self) -> Any:
        """The right answer."""
        return self.exercise.solve(self)


@dataclass(frozen=True)
class Mistake:
    """A way to go wrong that has a name, what it gives, and the hint it deserves.

    ``answer`` computes what a learner who makes the mistake would hand in; for choices it is
    the id of the option.
    """

    id: str
    answer: Callable[[Case], Any] | str
    hint: Text

    def given(self, case: Case) -> Any:
        """Return the answer this mistake leads to."""
        return self.answer if isinstance(self.answer, str) else self.answer(case)


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes
    ----------
    id : str
        Lesson and number: ``L03.2``.
    objective : str
        The lesson's objective it serves: ``O1``.
    minutes : int
        Time a learner needs.
    seeds : tuple of str
        Sentences of the founding article it answers to: ``S12``.
    prompt : Text
        The question; may hold ``{names}`` of drawn values with the catalogue's formats.
    kind : Kind
        What an answer looks like and how it is compared.
    solve : callable
        From a :class:`Case` to the right answer.
    mistakes : tuple of Mistake
        At least two.
    hints : tuple of three Text
        A nudge, a pointer, the first step.
    after : Text
        What it means for the business, said once the answer is right.
    draw : callable, optional
        From a ``random.Random`` to the values of the question.
    data : str
        Name of the practice data.
    show : callable, optional
        From a :class:`Case` to something shown under the question (a result, a table, a chart).
    solution : Text, optional
        How it is solved, step by step, with the learner's own numbers; what is chosen, ordered
        or matched explains itself by its options.
    steps : callable, optional
        From a :class:`Case` to the numbers the solution names on its way.
    more : Text, optional
        For those who want to know: what statisticians call it.
    track : str
        ``analyst`` where others may leave it out; it does not count in the lesson's minutes.
    """

    id: str
    objective: str
    minutes: int
    seeds: tuple[str, ...]
    prompt: Text
    kind: Kind
    solve: Callable[[Case], Any]
    mistakes: tuple[Mistake, ...]
    hints: tuple[Text, Text, Text]
    after: Text
    draw: Callable[[random.Random], dict[str, Any]] | None = None
    data: str = "firm"
    show: Callable[[Case], Any] | None = field(default=None)
    solution: Text | None = None
    steps: Callable[[Case], Mapping[str, Any]] | None = None
    more: Text | None = None
    track: str = ""

    @property
    def lesson(self) -> str:
        """Lesson the exercise belongs to."""
        return self.id.partition(".")[0]

    def case(self, seed: int) -> Case:
        """Return what the learner with this seed was given."""
        return Case(self, seed)


def exercise(id: str) -> Exercise:
    """Find an exercise by its id.

    Raises
    ------
    FunnelkitError
        Unknown id, the nearest first.
    """
    from funnelkit.teach.bank import exercises

    known = {e.id: e for e in exercises()}
    if id not in known:
        raise FunnelkitError("teach.unknown_exercise", found=id, allowed=nearest(str(id), known))
    return known[id]
