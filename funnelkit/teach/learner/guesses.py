"""Guesses and votes: kept when they are made, shown at the end of the lesson beside the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

import funnelkit as fk
from funnelkit.errors import FunnelkitError
from funnelkit.teach.bank import exercises
from funnelkit.teach.learner.progress import Progress
from funnelkit.words import days, money, number, say

if TYPE_CHECKING:
    from funnelkit.data.pipeline import Pipeline

Truth = Callable[["Pipeline"], Mapping[str, str]]


@dataclass(frozen=True)
class Guess:
    """One field of a guess: what was asked, what was guessed, what the lesson's data say."""

    exercise: str
    asked: str
    guessed: str
    truth: str

    def __str__(self) -> str:
        return f"{self.exercise}  {self.asked}: {self.guessed} | {self.truth}"


def _of_hundred(p: Pipeline) -> Mapping[str, str]:
    """Deals of 100 that reached each stage."""
    return _percents(fk.funnel(p).table, "overall_rate")


def _by_stage(p: Pipeline) -> Mapping[str, str]:
    return _percents(fk.stage_win_rate(p).table, "rate")


def _percents(table: pd.DataFrame, column: str) -> dict[str, str]:
    shares = table[column].astype(float) * 100
    return {str(k): number(v, 0) for k, v in zip(table["stage"], shares, strict=True)}


def _won(p: Pipeline) -> Mapping[str, str]:
    won = _by_stage(p)
    stages = p.process.open_ids
    cycle = fk.sales_cycle(p).table.set_index("outcome")["median_days"].astype(float)
    return {"leads": won[stages[0]], "offers": won[stages[-2]], "days": days(cycle["won"])}


def _quarter(p: Pipeline) -> Mapping[str, str]:
    until = pd.Timestamp(p.as_of.date()) + pd.offsets.QuarterEnd()
    rows = fk.forecast(p, until.date()).table.set_index("part")
    named = {"low": "p10_amount", "likely": "p50_amount", "high": "p90_amount"}
    return {f: money(rows[column].astype(float)["total"]) for f, column in named.items()}


def _alike(p: Pipeline) -> Mapping[str, str]:
    """Firms of 100 where one of 12 equal sellers is called weak at a level of 5 %."""
    return {"firms": number(100 * (1 - 0.95**12), 0)}


#: What the lesson's own data say to a guess, by the fields of its form. A guess about one's own
#: company has no truth here: it is shown as it was made.
TRUTHS: Mapping[str, Truth] = {
    "L01.1": _of_hundred, "L03.1": _won, "L05.1": _quarter, "L06.1": _alike, "L12.1": _by_stage,
}  # fmt: skip
#: Guesses and first votes without a truth in the data; a vote stands beside the second one.
OWN = ("L02.1", "L04.1", "L07.1", "L08.1", "L09.1", "L10.1", "L11.1")
_AGAIN = {"L11.1": "L11.10"}


def is_guess(id: str) -> bool:
    """Say whether an exercise asks for a guess or a vote before the data are seen."""
    return id in TRUTHS or id in OWN


def guesses(lesson: str, p: Pipeline, progress: Progress) -> tuple[Guess, ...]:
    """Return the first guesses of a lesson, field by field, beside what the data say."""
    found = []
    for asked in exercises(lesson):
        made = progress.filled(asked.id, first=True) if is_guess(asked.id) else {}
        if not made:
            continue
        truth = _truth(asked.id, p, progress)
        labels = {
            e.name: e.label.rstrip(":： ") for e in asked.kind.entries(asked.case(progress.seed))
        }
        found += [
            Guess(asked.id, label, _written(made.get(name)), truth.get(name, "–"))
            for name, label in labels.items()
        ]
    return tuple(found)


def truths_of(lesson: str, p: Pipeline) -> dict[str, dict[str, str]]:
    """Return what the data say to each guess of a lesson, by field; a vote names its second one."""
    return {
        e.id: {"again": _AGAIN[e.id]} if e.id in _AGAIN else dict(truths(e.id, p))
        for e in exercises(lesson)
        if is_guess(e.id)
    }


def _truth(id: str, p: Pipeline, progress: Progress) -> Mapping[str, Any]:
    if id in _AGAIN:
        return {k: _written(v) for k, v in progress.filled(_AGAIN[id]).items()}
    return truths(id, p)


def truths(id: str, p: Pipeline) -> Mapping[str, str]:
    """Return what a lesson's data say to a guess, by field; empty where they say nothing."""
    if id not in TRUTHS:
        return {}
    try:
        return TRUTHS[id](p)
    except (FunnelkitError, KeyError):  # data of one's own may lack what the guess is about
        return {}


def _written(value: Any) -> str:
    return str(value) if value not in (None, "") else "–"


def guess_table(made: tuple[Guess, ...]) -> str:
    """Return guesses beside the truth as a table; empty where none was made."""
    if not made:
        return ""
    vote = all(g.exercise in _AGAIN for g in made)
    keys = ("asked", "first", "second") if vote else ("asked", "guessed", "truth")
    heads = "".join(f"<th scope='col'>{escape(say(f'learn.guess_{k}'))}</th>" for k in keys)
    rows = "".join(
        f"<tr><th scope='row'>{escape(g.asked)}</th><td>{escape(g.guessed)}</td>"
        f"<td>{escape(g.truth)}</td></tr>"
        for g in made
    )
    return (
        f"<table class='fk-table'><caption>{escape(say('learn.guess_title'))}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )
