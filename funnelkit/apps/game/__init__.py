"""Feast or famine: a game of 24 months that lets a funnel's delay be felt.

The state holds the decisions, so every board can be sent as an address and played again. While
it runs, the board shows what a manager sees; after the last month the four published ways to
play, the questions to talk about, and one question that checks what was understood.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from statistics import pstdev
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnelkit.apps.app import Answer, App
from funnelkit.charts import Chart
from funnelkit.charts.trend import trend
from funnelkit.page.controls import Choice, Control, Slider, State, Steps
from funnelkit.page.parts import Heading, Part, Points, Sentence
from funnelkit.show.column import COUNT, SHARE, TEXT, Column, Number, Quantity, columns
from funnelkit.show.table import Table
from funnelkit.simulation.game import (
    POLICIES,
    RULES,
    Game,
    Record,
    follow,
    record,
    replay,
)
from funnelkit.words import count, number, say

if TYPE_CHECKING:
    from funnelkit.apps.app import OpenApp
    from funnelkit.data.pipeline import Pipeline

#: The way that is right among the answers to the check question.
RIGHT = "b"
_GAMES = 200  # that a mean is taken over
_OTHERS = 100  # games with other luck, played again at every answer
_OPTIONS = ("a", "b", "c", "d")
_SHOWN = 6  # months on the board while the game runs
_COLUMNS = ("month", "opening", "closing", "found", "wins", "target", "cold")


@dataclass(frozen=True, eq=False)
class Base:
    """How the four published ways fare."""

    ways: Mapping[str, Record]


@cache
def _ways() -> Mapping[str, Record]:
    return {name: record(way, range(_GAMES), RULES) for name, way in POLICIES.items()}


def prepare(p: Pipeline) -> Base:
    """Play the four published ways; the game asks nothing of the data."""
    return Base(_ways())


def controls(base: Base) -> tuple[Control, ...]:
    """Return the decisions so far, the number of the game and the answer to its question."""
    answers = ((o, say(f"app_game.option_{o}")) for o in _OPTIONS)
    return (
        Steps(
            "hours", say("app_game.hours"), 0, RULES.hours, RULES.months,
            help=say("app_game.hours_help"),
        ),
        Slider(
            "board", say("app_game.board"), 1, 99, 1, 1, "count", say("app_game.board_help")
        ),
        Choice(
            "check", say("app_game.check"), (("", say("app_game.none_yet")), *answers), "",
            say("app_game.check_help"),
        ),
    )  # fmt: skip


def answer(base: Base, state: State) -> Answer:
    """Show the board after the months decided so far, or the end of the game."""
    game = replay(state["hours"], int(state["board"]), RULES)
    frame = _months(game)
    sheets: dict[str, Table | pd.DataFrame] = {say("app_game.sheet_months"): frame}
    if not game.over:
        return Answer(_board(game, frame), _curve(game) if game.months else None, sheets)
    own = record(follow(state["hours"]), range(_OTHERS), RULES)
    table = _compared(base, game, own)
    sheets[say("app_game.sheet_ways")] = _compared(base, game, own)
    lead = say(
        "app_game.end", wins=game.wins, months=RULES.months, target=RULES.months * RULES.target,
        low=own.low, high=own.high,
    )  # fmt: skip
    parts: tuple[Part, ...] = (
        Sentence(lead, "lead"), table, _small(),
        Heading(say("app_game.debrief")),
        Points(tuple(say(f"app_game.ask_{k}") for k in range(1, 7))),
        *_question(state["check"]),
    )  # fmt: skip
    return Answer(parts, _ending(base, game), sheets)


def play(opened: OpenApp, state: State, changed: Callable[[dict[str, Any]], None]) -> Any:
    """Return the game's own controls as widgets; ``changed`` hears every new state."""
    from funnelkit.apps.game.board import board

    return board(opened, state, changed)


# ------------------------------------------------------------------------------ while it runs


def _months(game: Game) -> pd.DataFrame:
    """Return the months as people read them, in order."""
    rows = [
        (m.number, m.hours_opening, m.hours_closing, m.found, m.wins, m.target, m.cold)
        for m in game.months
    ]
    return pd.DataFrame(rows, columns=[say(f"app_game.col_{c}") for c in _COLUMNS])


def _board(game: Game, frame: pd.DataFrame) -> tuple[Part, ...]:
    if not game.months:
        rules = say(
            "app_game.rules", months=RULES.months, hours=RULES.hours, target=RULES.target,
            waiting=game.waiting,
        )  # fmt: skip
        return (Sentence(rules, "lead"),)
    last = game.months[-1]
    lead = say(
        "app_game.now", month=last.number, months=RULES.months, wins=last.wins,
        target=last.target, cold=last.cold, waiting=game.waiting,
    )  # fmt: skip
    seen = frame.iloc[::-1].head(_SHOWN)
    heads = [Column(str(c), COUNT) for c in frame.columns]
    return Sentence(lead, "lead"), Table.of(seen, heads, caption=say("app_game.caption"))


def _line(values: list[float], series: str = "") -> pd.DataFrame:
    """Return one line of a trend: months counted from one, no interval."""
    return pd.DataFrame(
        {
            "period": [str(k) for k in range(1, len(values) + 1)],
            "value": values, "low": np.nan, "high": np.nan, "n": 1, "mature": True,
            "series": series,
        }
    )  # fmt: skip


def _whole(value: float) -> str:
    """Write a count; half a win at the axis is no label."""
    return number(value) if value == round(value) else ""


def _curve(game: Game) -> Callable[[], Chart]:
    def draw() -> Chart:
        wins = [float(m.wins) for m in game.months]
        return trend(
            _line(wins).drop(columns="series"),
            title=say("app_game.chart", board=game.seed),
            alt=say(
                "app_game.chart_alt", n=len(wins), target=RULES.target,
                wins=[count(int(w)) for w in wins],
            ),
            data=_months(game),
            axis_label=say("app_game.wins_axis"), write=_whole,
            target=RULES.target, target_label=say("app_game.target_label", target=RULES.target),
        )  # fmt: skip

    return draw


# ------------------------------------------------------------------------------ after the end


def _own(game: Game) -> tuple[float, float]:
    """Return the share won in third months, and the swing, of one game."""
    wins = [m.wins for m in game.months]
    return (sum(wins[2::3]) / game.wins if game.wins else 0.0), pstdev(wins)


def _compared(base: Base, game: Game, own: Record) -> Table:
    third, swing = _own(game)
    rows = [
        [
            say("app_game.you"), Quantity(game.wins, COUNT), (own.low, own.high), third, swing,
        ],
        *(
            [say(f"app_game.{name}"), r.wins, (r.low, r.high), r.third_month, r.swing]
            for name, r in base.ways.items()
        ),
    ]  # fmt: skip
    heads = columns("app_game.col_", way=TEXT, wins=Number(1), range=(COUNT, "span"), third=SHARE,
                    swing=Number(1))  # fmt: skip
    return Table(heads, rows, say("app_game.caption_end"), ["own", *[""] * len(base.ways)])


def _ending(base: Base, game: Game) -> Callable[[], Chart]:
    def draw() -> Chart:
        # the darkest line, which is the last one, is one's own
        curves: dict[str, list[float]] = {
            **{say(f"app_game.{name}"): list(r.curve) for name, r in base.ways.items()},
            say("app_game.you"): [float(m.wins) for m in game.months],
        }
        sums = {way: list(accumulate(wins)) for way, wins in curves.items()}
        frame = pd.concat([_line(values, way) for way, values in sums.items()])
        shown = pd.DataFrame(sums)
        shown.insert(0, say("app_game.col_month"), range(1, RULES.months + 1))
        ways = [say("app_game.way_wins", way=w, wins=round(v[-1])) for w, v in sums.items()]
        return trend(
            frame,
            title=say("app_game.chart_end", board=game.seed),
            alt=say("app_game.chart_end_alt", ways=" · ".join(ways)),
            data=shown, axis_label=say("app_game.so_far"), write=number,
            note=say("app_game.chart_note", games=_GAMES),
        )  # fmt: skip

    return draw


def _question(chosen: str) -> tuple[Part, ...]:
    options = tuple(f"{o.upper()}. {say(f'app_game.option_{o}')}" for o in _OPTIONS)
    asked: tuple[Part, ...] = (
        Heading(say("app_game.question_head")),
        Sentence(say("app_game.question")),
        Points(options),
    )
    return (*asked, Sentence(say(f"app_game.said_{chosen}"), "lead")) if chosen else asked


def _small() -> Sentence:
    return Sentence(say("app_game.defined", games=_GAMES), "fk-muted")


APP = App("game", prepare, controls, answer)
