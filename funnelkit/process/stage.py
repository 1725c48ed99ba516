"""One stage of a process: what is true in it, how a deal enters and leaves, what is watched."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from funnelkit.process.flaws import Flaw
from funnelkit.process.text import Part, Text

Severity = Literal["note", "watch", "act"]
Rate = Annotated[float, Field(gt=0, le=1)]
Duration = Annotated[float, Field(gt=0)]

_CONDITION = re.compile(
    r"^\s*(?P<field>[A-Za-z_]\w*)\s*"
    r"(?:(?P<op>>=|<=|==|!=|>|<)\s*(?P<value>-?\d+(?:\.\d+)?|\"[^\"]*\"|'[^']*')"
    r"|(?P<test>is not empty|is empty))\s*$"
)


class Target(Part):
    """What is expected of a stage: the share that goes on, and the median time in it."""

    step_rate: Rate | None = None
    median_days: Duration | None = None


class Checkpoint(Part):
    """A control point: the rule that raises it and how much it matters.

    A rule compares a field with a value (``days_in_stage > 14``) or asks whether it is
    filled (``loss_reason is empty``); conditions may be joined by ``and``.

    Examples
    --------
    >>> Checkpoint(id="silent", name="Silent", rule="days_in_stage > 14").conditions
    (('days_in_stage', '>', 14.0),)
    """

    id: str
    name: Text
    rule: str
    severity: Severity = "watch"

    @field_validator("rule")
    @classmethod
    def _readable(cls, rule: str) -> str:
        for part in rule.split(" and "):
            if not _CONDITION.match(part):
                raise Flaw((), "unreadable_rule", found=part.strip())
        return rule

    @property
    def conditions(self) -> tuple[tuple[str, str, float | str | None], ...]:
        """The rule as (field, operator, value); the value of ``is empty`` is None."""
        found: list[tuple[str, str, float | str | None]] = []
        for part in self.rule.split(" and "):
            match = _CONDITION.match(part)
            assert match is not None
            value = match["value"]
            if value is None:
                found.append((match["field"], match["test"], None))
            elif value[0] in "\"'":
                found.append((match["field"], match["op"], value[1:-1]))
            else:
                found.append((match["field"], match["op"], float(value)))
        return tuple(found)


class Stage(Part):
    """A stage: a state of the buyer that somebody else could verify.

    Attributes
    ----------
    closing : bool
        True for a last stage that only won deals reach; no deal sits in it.
    true_now : Text, optional
        What is true of every deal in the stage.
    enter, exit : tuple of Text
        When a deal may enter, and what the buyer must have done before it moves on.
    evidence : tuple of Text
        What is kept as proof.
    required : tuple of str
        Fields filled before a deal leaves the stage.
    """

    id: Annotated[str, Field(pattern=r"^\w[\w-]*$")]
    name: Text
    aliases: tuple[str, ...] = ()
    closing: bool = False
    true_now: Text | None = None
    enter: tuple[Text, ...] = ()
    exit: tuple[Text, ...] = ()
    evidence: tuple[Text, ...] = ()
    required: tuple[str, ...] = ()
    target: Target = Target()
    checkpoints: tuple[Checkpoint, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label by which the stage is recognised."""
        return tuple(dict.fromkeys((self.id, self.name.en, self.name.zh, *self.aliases)))
