"""Go or no-go for one opportunity: four questions, expected value, the position to take."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from funnelkit.apps.app import Answer, App
from funnelkit.apps.ranges import choice, cuts, round_step, slider
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures import stage_win_rate
from funnelkit.measures.result import column_label
from funnelkit.page.controls import Choice, Control, State, Switch
from funnelkit.page.parts import Heading, Part, Sentence
from funnelkit.planning import go_no_go, opening_questions, position_strategy
from funnelkit.planning.market.opening import QUESTIONS
from funnelkit.planning.market.positions import RULES_FAVOUR, STRENGTHS, TIMES
from funnelkit.words import count, money, say

_FEWEST_WON = 5
_FLAGS = ("splittable", "unaddressed_need", "strong_in_part", "incumbent_attacked", "strategic")
_EVIDENCE = "…"


@dataclass(frozen=True, eq=False)
class Like:
    """Past closed deals like the one at hand: how many, how many won, what they were worth."""

    p: Pipeline
    column: str
    group: str
    won: int
    deals: int

    @property
    def label(self) -> str:
        """What they have in common, in the current language."""
        if self.column == "stage":
            return say("app_bid.like_stage", stage=self.p.process.label(self.group))
        if not self.column:
            return say("app_bid.like_all")
        return f"{column_label(self.column)}: {self.group}"


@dataclass(frozen=True, eq=False)
class Base:
    """What past deals say about chance and size."""

    p: Pipeline
    likes: dict[str, Like]
    low: float
    middle: float
    high: float


def prepare(p: Pipeline) -> Base:
    """Count won and closed deals from every stage on, and of every larger group.

    Raises
    ------
    FunnelkitError
        Nothing is closed yet, or no amounts are known.
    """
    p.need("outcome", "amount", what="go_no_go(past=...)")
    columns = cuts(p)
    frame = p.deals.select("outcome", "amount", *columns).to_pandas()
    closed = frame[frame["outcome"] != "open"]
    won = closed["outcome"] == "won"
    amounts = frame.loc[(frame["outcome"] == "won") & frame["amount"].notna(), "amount"]
    if amounts.size < _FEWEST_WON:
        raise FunnelkitError("app_bid.few_wins", found=int(amounts.size), needed=_FEWEST_WON)
    likes: dict[str, Like] = {}
    try:
        table = stage_win_rate(p).table
    except FunnelkitError:
        table = pd.DataFrame(columns=["stage", "won", "of"])
    for row in table.to_dict("records"):
        stage, closed_there = str(row["stage"]), int(row["of"])
        if closed_there:
            likes[f"stage:{stage}"] = Like(p, "stage", stage, int(row["won"]), closed_there)
    whole = Like(p, "", "", int(won.sum()), len(closed))
    likes = {"all": whole, **likes}
    for column in columns:
        for group, part in won.groupby(closed[column]):
            if part.size >= _FEWEST_WON:
                found = Like(p, column, str(group), int(part.sum()), int(part.size))
                likes[f"{column}:{group}"] = found
    low, middle, high = (float(amounts.quantile(q)) for q in (0.05, 0.5, 0.95))
    return Base(p, likes, low, middle, high)


def controls(base: Base) -> tuple[Control, ...]:
    """Return the four questions, the figures of the deal and how we stand in it."""
    scores = tuple((s, say(f"app_bid.score_{s}")) for s in ("0", "1", "2", "proven"))
    found: list[Control] = [
        Choice(q, say(f"territory.question_{q}"), scores, "1", say(f"app_bid.{q}_help"))
        for q in QUESTIONS
    ]
    likes = tuple(
        (k, say("app_bid.option", label=v.label, won=v.won, deals=v.deals))
        for k, v in base.likes.items()
    )
    start = next(reversed([k for k in base.likes if k == "all" or k.startswith("stage:")]))
    step = round_step(base.high / 100)
    top = max(round(base.high / step) * step, step * 2)
    found += [
        choice("bid", "like", likes, start),
        slider("bid", "amount", step, top, step, max(round(base.middle / step), 1) * step, "money"),
        slider("bid", "margin", 0.05, 0.9, 0.05, 0.3, "share"),
        slider("bid", "cost", 0, max(step * 50, step), step / 2, step * 2, "money"),
    ]
    for name, options in (("strength", STRENGTHS), ("rules", RULES_FAVOUR), ("time", TIMES)):
        named = tuple((o, say(f"app_bid.{name}_{o}")) for o in options)
        middle = options[0] if name == "strength" else options[-1]
        found.append(choice("bid", name, named, middle))
    for flag in _FLAGS:
        label = say(f"territory.condition_{flag}")
        found.append(Switch(flag, label, False, say(f"app_bid.{flag}_help")))
    return tuple(found)


def answer(base: Base, state: State) -> Answer:
    """Weigh the pursuit: are the questions answered, does it pay, which way to go."""
    like = base.likes[str(state["like"])]
    margin = float(state["amount"]) * float(state["margin"])
    value = go_no_go(margin, float(state["cost"]), won=like.won, deals=like.deals)
    value = replace(value, synthetic=base.p.synthetic)
    asked = {q: (2, _EVIDENCE) if state[q] == "proven" else int(state[q]) for q in QUESTIONS}
    opening = opening_questions(asked)
    position = position_strategy(
        str(state["strength"]), rules=str(state["rules"]), time=str(state["time"]),
        **{f: bool(state[f]) for f in _FLAGS},
    )  # fmt: skip
    both = say(
        f"app_bid.both_{_both(opening.decision, value.decision, position.strategy)}",
        margin=money(margin), cost=money(float(state["cost"])),
    )  # fmt: skip
    basis = say("app_bid.basis", label=like.label, won=count(like.won), deals=count(like.deals))
    parts: tuple[Part, ...] = (
        Sentence(both, "lead"),
        Sentence(value.summary()),
        Sentence(basis),
        Heading(say("app_bid.head_questions")),
        Sentence(opening.summary()),
        opening,
        Heading(say("app_bid.head_position")),
        Sentence(position.summary()),
        position,
        *(Sentence(t, "fk-muted") for t in (value.definition, say("app_bid.rates_note"))),
    )
    tables = {
        say("app_bid.sheet_value"): value.shown(),
        say("app_bid.head_questions"): opening.shown(),
        say("app_bid.head_position"): position.shown(),
    }
    return Answer(parts, value.plot, tables, ("regional-plan", {}))


def _both(opening: str, value: str, strategy: str) -> str:
    """Join the answers: a no of either is a no, and a yes needs a way to win."""
    if opening == "no_go" or value == "no_go":
        return "no_go"
    if opening == "prove":
        return "prove"
    if strategy == "walk_away":
        return "no_way"
    return "unsure" if value == "unsure" else "go"


APP = App("bid", prepare, controls, answer)
