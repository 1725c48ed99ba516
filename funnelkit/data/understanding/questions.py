"""What a file leaves open: questions with their answers, each the line of a mapping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from funnelkit.data.defects import Phrase
from funnelkit.errors import FunnelkitError
from funnelkit.words import say


@dataclass(frozen=True)
class Choice:
    """One answer to a question.

    Attributes
    ----------
    label : Phrase
        What the answer says, in the reader's language.
    examples : tuple of str
        Values of the file that speak for it.
    mapping : dict
        The part of a mapping that gives this answer: ``{"outcomes": {"Signed": "won"}}``; a
        number that has to be typed is a ``"?"``.
    blanks : tuple of Phrase
        What is asked for each ``"?"``, in their order.

    Examples
    --------
    >>> Choice(Phrase("process.won"), (), {"outcomes": {"Signed": "won"}}).line
    'outcomes: {Signed: won}'
    """

    label: Phrase
    examples: tuple[str, ...] = ()
    mapping: Mapping[str, Any] = field(default_factory=dict)
    blanks: tuple[Phrase, ...] = ()

    def filled(self, numbers: Iterable[float]) -> Choice:
        """Return the answer with the numbers that were typed.

        Examples
        --------
        >>> rate = Choice(Phrase("process.won"), (), {"exchange": {"EUR": 1, "USD": "?"}})
        >>> rate.filled([0.9]).line
        'exchange: {EUR: 1, USD: 0.9}'
        """
        left = iter(numbers)
        told = {
            key: {k: next(left) if v == "?" else v for k, v in part.items()}
            if isinstance(part, Mapping) else part
            for key, part in self.mapping.items()
        }  # fmt: skip
        return replace(self, mapping=told, blanks=())

    @property
    def line(self) -> str:
        """The mapping of this answer as lines of YAML, one a key."""
        return "\n".join(f"{key}: {_flow(value)}" for key, value in self.mapping.items())


@dataclass(frozen=True)
class Question:
    """What could change a main figure and cannot be known from the file.

    Attributes
    ----------
    about : str
        What it is about: ``"column:closed_at"``, ``"outcome:Signed"``, ``"amounts"``, ``"dates"``,
        ``"stages:order"``, ``"table:deals"``.
    text : Phrase
        What was found and what has to be decided.
    choices : tuple of Choice
        The answers, the likeliest first.
    """

    about: str
    text: Phrase
    choices: tuple[Choice, ...]


class Unsure(FunnelkitError):
    """A file that is not read before somebody answers; every question of it at once.

    Attributes
    ----------
    questions : tuple of Question
        All that has to be answered.
    file : str
        The file they are about.

    Examples
    --------
    >>> from funnelkit.words import speaking
    >>> won = Choice(Phrase("process.won"), (), {"outcomes": {"Signed": "won"}})
    >>> with speaking("en"):
    ...     print(Unsure([Question("outcome:Signed", Phrase("process.won"), (won,))], "deals.csv"))
    deals.csv: 1 question has to be answered before it is read; a wrong guess would change the figures.
    1. Won
       - Won. Mapping:  outcomes: {Signed: won}
    Write the line of the right answer into a mapping (a YAML file, or mapping=), or answer on the terminal with `funnelkit inspect FILE --ask`.
    """  # noqa: E501

    def __init__(self, questions: Iterable[Question], file: str) -> None:
        self.questions = tuple(questions)
        self.file = file
        super().__init__("questions.unsure", file=file, n=len(self.questions))

    def __str__(self) -> str:
        lines = [say("questions.unsure", file=self.file, n=len(self.questions))]
        for place, question in enumerate(self.questions, 1):
            lines.append(f"{place}. {question.text}")
            for choice in question.choices:
                key = "questions.choice_seen" if choice.examples else "questions.choice"
                lines.append(
                    "   "
                    + say(
                        key,
                        label=str(choice.label),
                        examples=choice.examples[:3],
                        line=choice.line.replace("\n", "; "),
                    )
                )
        lines.append(say("questions.next"))
        return "\n".join(lines)


def positive(text: str) -> float | None:
    """Return the number above 0 that somebody typed; None where there is none.

    Examples
    --------
    >>> positive("0.92"), positive("7,1"), positive("-1"), positive("a")
    (0.92, 7.1, None, None)
    """
    try:
        found = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return found if 0 < found < float("inf") else None


def answered(mapping: Mapping[str, Any], choice: Choice) -> dict[str, Any]:
    """Return the mapping with the answer put in; tables of names are joined.

    Examples
    --------
    >>> won = Choice(Phrase("process.won"), (), {"outcomes": {"Signed": "won"}})
    >>> answered({"outcomes": {"Passed": "lost"}, "dates": "dmy"}, won)
    {'outcomes': {'Passed': 'lost', 'Signed': 'won'}, 'dates': 'dmy'}
    """
    joined = dict(mapping)
    for key, value in choice.mapping.items():
        old = joined.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        joined[key] = {**old, **value} if both else value  # type: ignore[dict-item]
    return joined


def _flow(value: Any) -> str:
    text: str = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6
    )
    return text.removesuffix("\n").removesuffix("\n...")
