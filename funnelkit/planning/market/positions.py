"""Position strategies: a table of rules, tried in order; the first that holds is printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import pandas as pd

from funnelkit.measures.columns import Named, each
from funnelkit.measures.result import choose
from funnelkit.planning.market.plain import PlainResult, process_of, scope_of
from funnelkit.words import say, sentences

STRENGTHS = ("superior", "equal", "weaker", "no_way")
RULES_FAVOUR = ("yes", "can_change", "no")
TIMES = ("yes", "delay_helps", "no")


class Situation(NamedTuple):
    """How we stand in a deal, in the buyer's eyes."""

    strength: str
    rules: str
    splittable: bool
    time: str
    unaddressed_need: bool
    strong_in_part: bool
    incumbent_attacked: bool
    strategic: bool


class Condition(NamedTuple):
    """One cell of the table: its name and when it holds."""

    name: str
    holds: Callable[[Situation], bool]


_CLEARLY = Condition("clearly_superior", lambda s: s.strength == "superior")
_NOT_AHEAD = Condition("equal_or_weaker", lambda s: s.strength in ("equal", "weaker"))
_NEED = Condition("unaddressed_need", lambda s: s.unaddressed_need)
_WEAKER = Condition("weaker", lambda s: s.strength == "weaker")
_PART = Condition("strong_in_part", lambda s: s.strong_in_part)
_INCUMBENT = Condition("incumbent_attacked", lambda s: s.incumbent_attacked)
_NO_WAY = Condition("no_way", lambda s: s.strength == "no_way")
_STRATEGIC = Condition("strategic", lambda s: s.strategic)
_RULES_YES = Condition("rules_yes", lambda s: s.rules == "yes")
_RULES_CHANGE = Condition("rules_can_change", lambda s: s.rules == "can_change")
_RULES_NO = Condition("rules_no", lambda s: s.rules == "no")
_SPLIT = Condition("splittable", lambda s: s.splittable)
_WHOLE = Condition("not_splittable", lambda s: not s.splittable)
_TIME = Condition("time_yes", lambda s: s.time == "yes")
_DELAY = Condition("delay_helps", lambda s: s.time == "delay_helps")

#: The table, row by row: strategy and the conditions that must all hold.
POSITION_RULES: tuple[tuple[str, tuple[Condition, ...]], ...] = (
    ("frontal", (_CLEARLY,)),
    ("flanking", (_NOT_AHEAD, _NEED, _RULES_CHANGE, _TIME)),
    ("fragment", (_WEAKER, _PART, _RULES_NO, _SPLIT)),
    ("defend", (_INCUMBENT, _RULES_YES, _DELAY)),
    ("develop", (_NO_WAY, _STRATEGIC, _RULES_NO, _WHOLE, _DELAY)),
    ("walk_away", ()),
)


def _conditions(_: object, names: str) -> str:
    return say("measures.list", parts=[_condition(n) for n in names.split(" ")]) if names else ""


@dataclass(frozen=True, eq=False, repr=False)
class PositionStrategy(PlainResult):
    """The strategy for a deal and the rule that gave it."""

    name: ClassVar[str] = "position"
    units: ClassVar = each(Named(_conditions), "conditions missing")

    @property
    def strategy(self) -> str:
        """``frontal, flanking, fragment, defend, develop`` or ``walk_away``."""
        return str(self.option("strategy"))

    @property
    def rule(self) -> int:
        """Number of the rule that fired, from 1."""
        return int(self.option("rule"))

    def summary(self) -> str:
        """Name the strategy and the rule that fired."""
        names = [_condition(c.name) for c in POSITION_RULES[self.rule - 1][1]]
        why = say("territory.position_because", names=names) if names else ""
        chosen = say(
            "territory.position_summary",
            strategy=say(f"territory.strategy_{self.strategy}"), rule=self.rule,
        )  # fmt: skip
        return sentences(filter(None, [chosen, why or say("territory.position_none")]))


def _condition(name: str) -> str:
    return say(f"territory.condition_{name}")


def position_strategy(
    strength: str,
    *,
    rules: str = "no",
    splittable: bool = False,
    time: str = "no",
    unaddressed_need: bool = False,
    strong_in_part: bool = False,
    incumbent_attacked: bool = False,
    strategic: bool = False,
) -> PositionStrategy:
    """Choose a competitive strategy by the rule table; rows are tried in order.

    Parameters
    ----------
    strength : {"superior", "equal", "weaker", "no_way"}
        Ours against the best rival's, in the buyer's eyes. *no_way*: not to be won now.
    rules : {"yes", "can_change", "no"}
        Whether the buyer's rules of decision favour us, or can be changed.
    splittable : bool
        Whether the scope can be split.
    time : {"yes", "delay_helps", "no"}
        Whether time is on our side, or a delay would help.
    unaddressed_need, strong_in_part, incumbent_attacked, strategic : bool
        The buyer has a need nobody answers; we are strong in part of the scope; we are the
        supplier under attack; the account is strategic.

    Returns
    -------
    PositionStrategy
        ``table``: ``rule, strategy, conditions, holds, missing`` for every row of the table.

    Examples
    --------
    >>> result = position_strategy("weaker", strong_in_part=True, splittable=True)
    >>> result.strategy, result.rule
    ('fragment', 3)
    """
    here = Situation(
        choose(strength, STRENGTHS, "strength"), choose(rules, RULES_FAVOUR, "rules"),
        splittable, choose(time, TIMES, "time"), unaddressed_need, strong_in_part,
        incumbent_attacked, strategic,
    )  # fmt: skip
    rows = []
    for number, (strategy, conditions) in enumerate(POSITION_RULES, start=1):
        missing = [c.name for c in conditions if not c.holds(here)]
        names = " ".join(c.name for c in conditions)
        rows.append((number, strategy, names, not missing, " ".join(missing)))
    table = pd.DataFrame(rows, columns=["rule", "strategy", "conditions", "holds", "missing"])
    first = table[table["holds"]].iloc[0]
    options = (("strategy", first["strategy"]), ("rule", int(first["rule"])))
    return PositionStrategy(table, scope_of(1), process_of(None), (), options)


__all__ = [
    "POSITION_RULES",
    "RULES_FAVOUR",
    "STRENGTHS",
    "TIMES",
    "PositionStrategy",
    "Situation",
    "position_strategy",
]
