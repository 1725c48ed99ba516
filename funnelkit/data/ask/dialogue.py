"""Questions one after the other, with the way back; what asks them is somebody else's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from funnelkit.data.understanding.mapping import FileMapping, load_mapping, plain_mapping
from funnelkit.data.understanding.questions import Choice, Question, Unsure, answered

T = TypeVar("T")


class Dialogue(Generic[T]):
    """Reads, asks what is open, and reads again with the answers until nothing is.

    Parameters
    ----------
    read : callable
        Reads with a mapping, and raises :class:`Unsure` with its questions.
    mapping : dict, path or None
        What is known before.

    Attributes
    ----------
    pending : list of Question
        What is to be answered now; empty when the result is there.
    given : list of (Question, Choice)
        What was answered, in order.
    result
        What the reading gave, or None while questions are open.

    Examples
    --------
    >>> from funnelkit.data.defects import Phrase
    >>> won = Choice(Phrase("process.won"), (), {"outcomes": {"Signed": "won"}})
    >>> asked = Question("outcome:Signed", Phrase("process.won"), (won,))
    >>> def read(told):
    ...     if not told.outcomes:
    ...         raise Unsure([asked], "deals.csv")
    ...     return told.outcomes
    >>> talk = Dialogue(read)
    >>> talk.pending[0].about
    'outcome:Signed'
    >>> talk.answer(won)
    >>> talk.result
    {'Signed': 'won'}
    """

    def __init__(self, read: Callable[[FileMapping], T], mapping: Any = None) -> None:
        self._read = read
        self._base = plain_mapping(load_mapping(mapping))
        self.pending: list[Question] = []
        self.given: list[tuple[Question, Choice]] = []
        self.result: T | None = None
        self._look()

    @property
    def mapping(self) -> dict[str, Any]:
        """What was known before, with the answers put in."""
        told = dict(self._base)
        for _, choice in self.given:
            told = answered(told, choice)
        return told

    def answer(self, choice: Choice) -> None:
        """Take the answer to the first open question; read again when none is left."""
        self.given.append((self.pending.pop(0), choice))
        if not self.pending:
            self._look()

    def back(self) -> None:
        """Take the last answer back; its question is the open one again."""
        if self.given:
            question, _ = self.given.pop()
            self.pending, self.result = [question], None  # what came after it may not come again

    def _look(self) -> None:
        try:
            self.result = self._read(load_mapping(self.mapping))
        except Unsure as open_:
            told = {q.about for q, _ in self.given}
            if any(q.about in told for q in open_.questions):
                raise  # an answer that settles nothing is not asked for again
            self.pending = list(open_.questions)
