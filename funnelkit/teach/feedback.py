"""What a checked answer is told: its state, one message, what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Literal

from funnelkit.words import say

State = Literal["right", "known_mistake", "unit", "type", "close", "wrong", "not_answered"]
STATES: tuple[State, ...] = (
    "right", "known_mistake", "unit", "type", "close", "wrong", "not_answered",
)  # fmt: skip


@dataclass(frozen=True)
class Feedback:
    """The answer to an answer.

    Attributes
    ----------
    exercise : str
        Its id.
    state : str
        One of ``STATES``.
    message : str
        What was seen, in the current language; never the expected value.
    next_step : str
        What to do now.
    mistake : str
        Id of the known mistake, else empty.
    """

    exercise: str
    state: State
    message: str
    next_step: str = ""
    mistake: str = ""

    def __repr__(self) -> str:
        head = f"{self.exercise} · {say('teach.state_' + self.state)}"
        return "\n".join(filter(None, [head, self.message, self.next_step]))

    def _repr_html_(self) -> str:
        tone = {"right": "good", "not_answered": "quiet"}.get(self.state, "again")
        head = escape(f"{self.exercise} · {say('teach.state_' + self.state)}")
        following = f"<p class='fk-next'>{escape(self.next_step)}</p>" if self.next_step else ""
        return (
            f"<div class='fk-feedback fk-{tone}' role='status'><p><strong>{head}</strong></p>"
            f"<p>{escape(self.message)}</p>{following}</div>"
        )
