"""An exercise, a case of it that one learner was given, and what every kind of answer can do."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from funnelkit.data.kept import kept
from funnelkit.process.text import Text
from funnelkit.teach.practice import practice
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.data.pipeline import Pipeline


Verdict = Literal["right", "close", "unit", "wrong"]


def both(en: str, zh: str) -> Text:
    """Say something in both languages."""
    return Text(en=en, zh=zh)


@dataclass(frozen=True, eq=False)
class Case:
    """What one learner was given: a pipeline and numbers drawn by the personal seed.

    They do not change, so what is worked out of them is kept as long as the case.
    """

    exercise: Exercise
    seed: int

    @cached_property
    def p(self) -> Pipeline:
        """The learner's own practice pipeline."""
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

    @cached_property
    def shown(self) -> Any:
        """What stands under the question; None where there is nothing."""
        return None if self.exercise.show is None else self.exercise.show(self)


class NotOfKind(ValueError):
    """The answer is not of the kind asked for; ``key`` names the message."""

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.key, self.values = key, values


@dataclass(frozen=True)
class Entry:
    """One control of a form: text, area, select or check."""

    name: str
    label: str
    control: Literal["text", "area", "select", "check"] = "text"
    options: tuple[tuple[str, str], ...] = ()


class Kind:
    """Base of all kinds."""

    #: What stands in the exercise notebook until the learner answers.
    stub = "..."

    def empty(self, answer: Any) -> bool:
        """Say whether nothing was answered yet."""
        if answer is None or answer is Ellipsis or (isinstance(answer, str) and not answer.strip()):
            return True
        if isinstance(answer, Mapping):
            return not answer or all(self.empty(v) for v in answer.values())
        return isinstance(answer, list | tuple | set) and (
            not answer or all(self.empty(v) for v in answer)
        )

    def read(self, answer: Any, case: Case) -> Any:
        """Bring an answer to its plain form; raise :class:`NotOfKind` where that is impossible."""
        raise NotImplementedError

    def judge(self, answer: Any, right: Any) -> Verdict:
        """Compare a plain answer with the right one."""
        return "right" if answer == right else "wrong"

    def diagnose(self, answer: Any, right: Any) -> tuple[str, str] | None:
        """Name a mistake that the kind itself knows, with its hint in the current language."""
        return None

    def missed(self, state: Verdict, answer: Any, case: Case) -> str:
        """Say what a wrong answer without a name is told."""
        return say(f"teach.{state}_message")

    def told(self, case: Case) -> str:
        """Write the right answer in the words of the form."""
        raise NotImplementedError

    def worked(self, case: Case) -> list[str]:
        """Say why it is right, where the answer explains itself."""
        return []

    def slips(self, case: Case) -> Iterable[tuple[str, Any]]:
        """List the mistakes the kind itself knows, each with an answer that makes it."""
        return ()

    def entries(self, case: Case) -> tuple[Entry, ...]:
        """Return the controls that ask for the answer."""
        raise NotImplementedError

    def collect(self, filled: Mapping[str, Any]) -> Any:
        """Make an answer of what was filled in."""
        (only,) = filled.values()
        return only


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
        return self.answer if isinstance(self.answer, str) else _wrong(case, self.answer)


@kept
def _wrong(case: Case, answer: Callable[[Case], Any]) -> Any:
    return answer(case)


@dataclass(frozen=True, eq=False)
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
