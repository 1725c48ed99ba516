"""Opening position: whether to pursue a deal, from which position, and with which others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.planning.market.plain import (
    PlainResult,
    columns,
    fraction,
    numbers,
    process_of,
    scope_of,
)
from funnelkit.stats.intervals import wilson
from funnelkit.words import count, money, number, percent, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

#: Is there an opportunity? Can we compete? Can we win? Is it worth winning?
QUESTIONS = ("real", "compete", "win", "worth")


@dataclass(frozen=True, eq=False, repr=False)
class FourQuestions(PlainResult):
    """Scores of the four questions with what backs them, and whether to go on."""

    name: ClassVar[str] = "questions"

    @property
    def decision(self) -> str:
        """``no_go``, ``prove`` (an answer of 2 without evidence) or ``go_on``."""
        return str(self.option("decision"))

    @property
    def total(self) -> int:
        """Sum of the scores that count, of 8."""
        return int(self.table["counted"].sum())

    def summary(self) -> str:
        """Give the sum, the decision and what is not proven."""
        given = dict(self.options)
        parts = [
            say(
                "territory.questions_summary", total=self.total,
                decision=say(f"territory.decision_{self.decision}"),
            )
        ]  # fmt: skip
        if given["knock_outs"]:
            parts.append(say("territory.knocked_out", names=given["knock_outs"]))
        unproven = self.table.loc[self.table["status"] == "unproven", "question"]
        if len(unproven):
            names = [say(f"territory.question_{q}") for q in unproven]
            parts.append(say("territory.unproven", names=names))
        return sentences(parts)


def opening_questions(
    answers: Mapping[str, int | tuple[int, str | None]],
    *,
    knock_outs: Sequence[str] = (),
    p: Pipeline | None = None,
) -> FourQuestions:
    """Score the four opening questions 0, 1 or 2, each with its evidence.

    Parameters
    ----------
    answers : mapping
        ``{"real": (2, "E-017"), "compete": 1, ...}``: a score, or a score and the id of its
        evidence, for all of ``real, compete, win, worth``.
    knock_outs : sequence of str
        Reasons that end the pursuit whatever the scores.
    p : Pipeline, optional
        With an ``evidence`` table an id that is not in it backs nothing.

    Returns
    -------
    FourQuestions
        ``table``: ``question, score, evidence, counted, status``. A 2 without evidence is
        *unproven* and counts as 1. No go: the first question scores 0, or any knock-out.

    Examples
    --------
    >>> result = opening_questions({"real": (2, "E-1"), "compete": 1, "win": 2, "worth": 1})
    >>> result.total, result.decision
    (5, 'prove')
    """
    if set(answers) != set(QUESTIONS):
        raise FunnelkitError(
            "territory.four_questions", found=list(answers), allowed=list(QUESTIONS)
        )
    known: set[str] | None = None
    if p is not None and "evidence" in p.tables:
        known = set(p.tables["evidence"].to_pandas()["evidence_id"].astype("str"))
    rows = []
    for question in QUESTIONS:
        answer = answers[question]
        score, evidence = answer if isinstance(answer, tuple) else (answer, None)
        if score not in (0, 1, 2):
            raise FunnelkitError("territory.score", found=score, question=question)
        backed = bool(evidence) and (known is None or str(evidence) in known)
        counted, status = int(score), "answered"
        if score == 0:
            status = "no"
        elif score == 2:
            counted, status = (2, "proven") if backed else (1, "unproven")
        rows.append((question, int(score), evidence or "", counted, status))
    table = pd.DataFrame(rows, columns=["question", "score", "evidence", "counted", "status"])
    if rows[0][1] == 0 or knock_outs:
        decision = "no_go"
    else:
        decision = "prove" if (table["status"] == "unproven").any() else "go_on"
    options = (("decision", decision), ("knock_outs", tuple(knock_outs)))
    return FourQuestions(table, scope_of(len(table)), process_of(p), (), options)


@dataclass(frozen=True, eq=False, repr=False)
class GoNoGo(PlainResult):
    """Expected value of a pursuit with its interval."""

    name: ClassVar[str] = "go_no_go"

    @property
    def decision(self) -> str:
        """``go``, ``unsure`` (the interval holds zero) or ``no_go``."""
        return str(self.table["decision"].iloc[0])

    def summary(self) -> str:
        """Give expected value, interval and the chance that breaks even."""
        r = self.table.iloc[0]
        parts = [
            say(
                "territory.go_no_go_summary",
                value=money(r["expected_amount"]), rate=percent(r["win_rate"], 1),
                even=percent(r["break_even_rate"], 1),
                decision=say(f"territory.decision_{self.decision}"),
            )
        ]  # fmt: skip
        n = self.option("deals")
        if n is not None:
            parts.append(
                say(
                    "territory.go_no_go_interval", n=n, low=money(r["low_amount"]),
                    high=money(r["high_amount"]), low_rate=r["low"], high_rate=r["high"],
                )
            )  # fmt: skip
        else:
            parts.append(say("territory.go_no_go_guess"))
        return sentences(parts)

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the chance with its interval against the one that breaks even."""
        from funnelkit.charts.rates import rates

        row, n = self.table.iloc[0], self.option("deals")
        rate, even = float(row["win_rate"]), float(row["break_even_rate"])
        low, high = (rate, rate) if n is None else (row["low"], row["high"])
        size = float("nan") if n is None else float(n)
        names = ["label", "n", "rate", "low", "high"]
        drawn = (say("territory.chart_this_deal"), size, rate, low, high)
        return rates(
            pd.DataFrame([drawn], columns=names),
            headings=(say("territory.chart_past_deals"), say("territory.column_win_rate")),
            overall=even,
            overall_label=say("territory.chart_break_even", rate=percent(even, 1)),
            size=lambda value: count(value) if value == value else "–",
            **self._around(ax),
        )


def go_no_go(
    margin: float,
    cost: float,
    *,
    win_rate: float | None = None,
    won: int | None = None,
    deals: int | None = None,
    past: Pipeline | None = None,
) -> GoNoGo:
    """Weigh what a pursuit brings on average against what it costs: p x margin - cost.

    Parameters
    ----------
    margin, cost : float
        Margin of the deal when won, cost of the pursuit, in the same currency.
    win_rate : float
        A chance stated by hand; it has no interval.
    won, deals : int
        Instead: wins among past closed deals like this one (Wilson interval).
    past : Pipeline
        Instead: the closed deals of this part of the pipeline.

    Returns
    -------
    GoNoGo
        ``table``: ``win_rate, low, high, expected_amount, low_amount, high_amount,
        break_even_rate, decision``. *go*: the expected value is above zero at the low end of
        the interval too; *unsure*: the interval holds the break-even chance.

    Examples
    --------
    >>> r = go_no_go(1_200_000, 80_000, win_rate=0.25).table.iloc[0]
    >>> float(r["expected_amount"]), round(float(r["break_even_rate"]), 3)
    (220000.0, 0.067)
    """
    if not margin > 0:
        raise FunnelkitError("territory.not_positive", found=margin, name="margin")
    if not cost >= 0:
        raise FunnelkitError("territory.not_positive", found=cost, name="cost")
    ways = [win_rate is not None, won is not None or deals is not None, past is not None]
    if sum(ways) != 1 or (won is None) != (deals is None):
        raise FunnelkitError("territory.one_way")
    if past is not None:
        past.need("outcome", what="go_no_go(past=...)")
        closed = past.deals.filter(past.deals.outcome != "open")
        deals = int(closed.count().execute())
        won = int(closed.filter(closed.outcome == "won").count().execute())
    if deals is not None and won is not None:
        if not 0 <= won <= deals or deals == 0:
            raise FunnelkitError("territory.won_of_deals", won=won, deals=deals)
        rate = won / deals
        low, high = (float(x) for x in wilson(won, deals))
    else:
        rate = fraction(win_rate, "win_rate")
        low = high = float("nan")
    value, worst, best = (chance * margin - cost for chance in (rate, low, high))
    decision = "go" if value > 0 else "no_go"
    if worst <= 0 < best:
        decision = "unsure"
    row = (rate, low, high, value, worst, best, cost / margin, decision)
    names = [
        "win_rate", "low", "high", "expected_amount", "low_amount", "high_amount",
        "break_even_rate", "decision",
    ]  # fmt: skip
    table = pd.DataFrame([row], columns=names)
    scope = scope_of(deals or 1 if past is not None else 1, past)
    options = (("deals", deals), ("margin", margin), ("cost", cost))
    synthetic = past.synthetic if past is not None else False
    return GoNoGo(table, scope, process_of(past), (), options, synthetic)


@dataclass(frozen=True, eq=False, repr=False)
class BidPortfolio(PlainResult):
    """Ways to spend on bids: many at long odds or few at short ones."""

    name: ClassVar[str] = "portfolio"

    def summary(self) -> str:
        """Give wins and cost of each way."""
        parts = [
            say(
                "territory.portfolio_part",
                plan=r["plan"], bids=r["bids"], rate=percent(r["win_rate"]),
                wins=number(r["wins"], 1), cost=money(r["cost_amount"]),
                each=money(r["cost_a_win_amount"]),
            )
            for r in self.table.to_dict("records")
        ]  # fmt: skip
        return sentences(parts)


def bid_portfolio(frame: pd.DataFrame) -> BidPortfolio:
    """Compare plans of how many bids to make at what chance and cost.

    Parameters
    ----------
    frame : DataFrame
        ``plan, bids, win_rate, cost`` (of one bid) and, optionally, ``margin`` (of one win).

    Returns
    -------
    BidPortfolio
        ``table``: ``plan, bids, win_rate, wins, wins_p10, wins_p90, none_share, cost_amount,
        cost_a_win_amount`` and, with a margin, ``expected_amount``. Wins are binomial: bids
        are taken to be won independently of each other.
    """
    base = numbers(frame, "bids", "win_rate", "cost", what="bid_portfolio")
    columns(base, "plan", what="bid_portfolio")
    rates = [fraction(v, "win_rate") for v in base["win_rate"]]
    table = pd.DataFrame({"plan": base["plan"], "bids": base["bids"].round().astype("int64")})
    table["win_rate"] = rates
    table["wins"] = table["bids"] * table["win_rate"]
    n, chance = table["bids"].to_numpy(), table["win_rate"].to_numpy()
    table["wins_p10"] = np.asarray(stats.binom.ppf(0.1, n, chance)).astype("int64")
    table["wins_p90"] = np.asarray(stats.binom.ppf(0.9, n, chance)).astype("int64")
    table["none_share"] = (1 - table["win_rate"]) ** table["bids"]
    table["cost_amount"] = table["bids"] * base["cost"]
    table["cost_a_win_amount"] = table["cost_amount"] / table["wins"].where(table["wins"] > 0)
    if "margin" in base:
        margin = numbers(base, "margin", what="bid_portfolio")["margin"]
        table["expected_amount"] = table["wins"] * margin - table["cost_amount"]
    return BidPortfolio(table, scope_of(len(table)), process_of(None), ("plan",))


__all__ = [
    "QUESTIONS",
    "BidPortfolio",
    "FourQuestions",
    "GoNoGo",
    "bid_portfolio",
    "go_no_go",
    "opening_questions",
]
