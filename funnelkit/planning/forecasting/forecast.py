"""Forecast of a period: a distribution rather than a number, with its parts apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from funnelkit.data.pipeline import NO_GROUP, Pipeline, end_of, start_of
from funnelkit.errors import FunnelkitError
from funnelkit.measures.columns import Named
from funnelkit.measures.engine import group_columns
from funnelkit.measures.result import Result, choose
from funnelkit.measures.scope import make_scope
from funnelkit.measures.winning import single_currency
from funnelkit.planning.forecasting.answers import Answer, Span, total_of
from funnelkit.planning.forecasting.book import Book, Known, as_share, moment_of
from funnelkit.planning.forecasting.commits import COMMIT, committed
from funnelkit.planning.forecasting.methods import METHODS, Setting, ask
from funnelkit.renamed import renamed
from funnelkit.show.column import COUNT, Money, Number, Unit
from funnelkit.stats.convolution import Total, bernoulli_sum
from funnelkit.words import count, money, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

Floats = NDArray[np.float64]

#: The values of the groups an answer is for.
Key = tuple[Any, ...]

OF = ("amount", "deals")
#: Wins a group needs for its own chances; below that it takes those of the whole.
OWN_WINS = 50
# A period that begins after the last microsecond of a day begins with the next.
_INSTANT = dt.timedelta(microseconds=1)


@dataclass(frozen=True, eq=False, repr=False)
class Forecast(Result):
    """The distribution of what a period brings.

    Attributes
    ----------
    draws : ndarray
        Drawn totals of the period, over all groups.
    distribution : Total
        Their distribution; exact where it can be worked out.
    weighted_amount : float
        The weighted number for the same period, to compare with; nan where there is none.
    """

    name: ClassVar[str] = "forecast"
    room: ClassVar[str] = "forecast"
    units: ClassVar = {"deals": Number(1)}
    draws: Floats = field(default_factory=lambda: np.zeros(0))
    distribution: Total | None = None
    weighted_amount: float = np.nan

    @property
    def method(self) -> str:
        """The method's name."""
        return str(self.option("method"))

    def _said(self) -> dict[str, Any]:
        return super()._said() | {
            "method_name": say(f"forecast.method_{self.method}"),
            "how": say(f"forecast.how_{self.method}"),
        }

    def chance(self, amount: float) -> float:
        """Return the probability that the period brings this amount or more."""
        assert self.distribution is not None
        return self.distribution.at_least(amount)

    def write(self, value: float) -> str:
        """Write a total: an amount, or a number of deals."""
        return count(value) if self.option("of") == "deals" else money(value)

    def summary(self) -> str:
        """Give the median, the 80% interval and what the mean is worth."""
        assert self.distribution is not None
        total = self.distribution
        return say(
            "forecast.commit_said" if self.method == COMMIT else "forecast.forecast_summary",
            method=say(f"forecast.method_{self.method}"),
            until=self.option("through"),
            low=self.write(total.quantile(0.1)), high=self.write(total.quantile(0.9)),
            median=self.write(total.quantile(0.5)), mean=self.write(total.mean),
            chance=total.at_least(total.mean),
        )  # fmt: skip

    def unit(self, column: str) -> Unit | Named:
        """Return what a column is: totals are amounts, or numbers of deals."""
        if column.endswith("_amount") and self.option("of") == "deals":
            return COUNT
        return super().unit(column)

    def plot(self, ax: Axes | None = None, *, plan: float | None = None) -> Chart:
        """Draw twenty equally likely totals with their 80% interval.

        Parameters
        ----------
        plan : float, optional
            What is to be reached: dots that do are darker. Without one, the weighted number.
        """
        from funnelkit.charts.distribution import distribution

        total = self.distribution
        assert total is not None
        weighted, said, mark = self.weighted_amount, "", None
        if np.isfinite(weighted):
            written, chance = self.write(weighted), total.at_least(weighted)
            said = say("forecast.alt_weighted", value=written, chance=chance)
            mark = (weighted, say("forecast.chart_weighted", value=written))
        if plan is not None:
            mark = (plan, say("forecast.chart_plan", value=self.write(plan)))
        alt = say("forecast.alt_forecast", text=self.summary(), weighted=said).strip()
        return distribution(
            pd.DataFrame({"value": total.values, "weight": total.weights}),
            mark=mark,
            write=self.write,
            unit=Money(currency=self.scope.currency) if self.option("of") != "deals" else COUNT,
            **self._around(ax, alt=alt),
        )


@renamed(through="until")
def forecast(
    p: Pipeline,
    through: dt.date | str,
    method: str = "simulation",
    *,
    since: dt.date | str | None = None,
    by: str | list[str] | None = None,
    of: str = "amount",
    draws: int = 10_000,
    seed: int = 0,
) -> Forecast:
    """Forecast what is won in a period that ends with the day ``through``.

    Parameters
    ----------
    through : date
        Last day of the period, included; it was called ``until``, which is still taken.
    method : {"simulation", "weighted", "stage", "cohort", "pacing", "naive", "commit"}
        *simulation*: won so far + open deals by stage and age + deals not yet created, from
        daily chances by stage and age in it. *cohort*: the same by age since creation alone.
        *weighted*: amount times the CRM's probability (the process sheet's expected rates
        where there is none) of the deals due in the period. *stage*: the same with the share
        that was won from each stage in the past. *pacing*: what came on the same days of past
        periods. *naive*: what came on the same days last year. *commit*: what people committed
        for this very month or fiscal quarter (table ``forecasts``, see :func:`commits`), as far
        off as they were; of all together, in amounts. ``since`` then is its first day.
    since : date, optional
        First day of the period; what comes after ``p.as_of`` if not given. A day up to
        ``p.as_of`` adds what is won so far, a later one forecasts a period that has not begun.
    by : str or list of str, optional
        One forecast a group. A group with fewer than 50 wins takes its chances from all deals;
        the groups' means are scaled to add up to the forecast of the whole, level by level.
    of : {"amount", "deals"}
        Forecast amounts, or the number of wins.
    draws, seed : int
        How often the period is drawn; the same seed gives the same numbers.

    Returns
    -------
    Forecast
        ``table``: [by], ``part, mean_amount, p10_amount, p50_amount, p90_amount, deals``
        (expected wins). Parts do not add up in their quantiles, only in their means.

    Raises
    ------
    FunnelkitError
        The period is over, or the data cannot carry the method (no wins, no dates, no history).

    Notes
    -----
    Open deals leave their stage by cause-specific daily hazards (Prentice et al. 1978,
    Biometrics 34, 541-554). The intervals hold chance, the uncertainty of the hazards (gamma,
    given their counts), how much creation and winning varied from span to span beyond chance.
    Half-life and level of the hazards come from their own record: what they would have said at
    past month ends against what came (:mod:`funnelkit.planning.forecasting.track`). Deals yet to
    come follow their growth and season; closes, the week of the month they crowd in.
    """
    choose(method, (*METHODS, COMMIT), "method")
    choose(of, OF, "of")
    if method == COMMIT and (by or of != "amount"):
        raise FunnelkitError("forecast.commit_whole")
    groups = group_columns(p, by, "part", "deals")
    p.need("created_at", "outcome", what="forecast")
    if method != "weighted":
        p.need("closed_at", what="forecast")
    if of == "amount":
        if not p.has("amount"):
            raise FunnelkitError("forecast.no_amounts")
        if method == "weighted":  # the others take what past wins brought
            p.need_open_amounts("forecast")
        single_currency(p, groups)
    if draws < 100:
        raise FunnelkitError("forecast.few_draws", found=draws)
    end = end_of(through)
    start = p.as_of if since is None else start_of(since) - _INSTANT
    if end <= p.as_of:
        raise FunnelkitError("forecast.period_over", until=end, as_of=p.as_of)
    if end <= start:
        raise FunnelkitError("measures.period_order", since=start, until=end)
    book = Book.of(p, groups, money=of == "amount")
    span = Span(moment_of(p.as_of), moment_of(start), moment_of(end))
    whole = book.known_at(span.now)
    setting = Setting(p.process, book.amount_while_open, draws, seed)
    if method == COMMIT:
        total = committed(p, whole, span, draws, seed)
    else:
        total = ask(method, whole, span, setting)
    answers: dict[Key, Answer] = {(): total}
    weighted, pooled = weighted_of(whole, span, setting), 0
    for depth in range(1, len(groups) + 1):
        asked: dict[Key, Answer] = {}
        pooled = 0
        for k, (key, part) in enumerate(_parts(book, groups[:depth])):
            known = book.known_at(span.now, part)
            few = int(known.won.sum()) < OWN_WINS
            pooled += few
            own = replace(setting, seed=seed + k, model=whole if few else None)
            asked[key] = ask(method, known, span, own)
        answers = reconciled(answers, asked)
    said = dict[str, int]()
    rows: list[dict[str, Any]] = []
    for key, answer in answers.items():
        rows += [dict(zip(groups, key, strict=True)) | row for row in parts_of(answer)]
        for why, n in answer.said:
            said[why] = said.get(why, 0) + n
    scope = make_scope(
        p, int(whole.open.sum()),
        [("not_dated", whole.undated), *said.items(), ("forecast.pooled_group", pooled)],
        start + _INSTANT, end + _INSTANT,
    )  # fmt: skip
    return Forecast(
        pd.DataFrame(rows), scope, p.process, tuple(groups),
        (("method", method), ("of", of), ("through", end)), p.synthetic,
        draws=total.total, distribution=total.distribution, weighted_amount=weighted,
    )  # fmt: skip


def _parts(book: Book, groups: list[str]) -> list[tuple[Key, NDArray[np.bool_]]]:
    frame = book.groups[groups].astype("object")
    frame = frame.where(frame.notna(), NO_GROUP)
    numbers = frame.groupby(groups, sort=True).ngroup().to_numpy()
    firsts = [int((numbers == k).argmax()) for k in range(int(numbers.max()) + 1)]
    return [(tuple(frame.iloc[at]), numbers == k) for k, at in enumerate(firsts)]


def reconciled(whole: Mapping[Key, Answer], parts: Mapping[Key, Answer]) -> dict[Key, Answer]:
    """Return the groups' answers, each part scaled so that a parent's children add up to it.

    Parameters
    ----------
    whole, parts : mapping
        Answers by group; a part's key begins with its parent's.

    Notes
    -----
    Top-down by forecast proportions (G. Athanasopoulos, R. A. Ahmed, R. J. Hyndman 2009,
    International Journal of Forecasting 25, 146-166): the whole is known best, the groups say
    how it is shared out.
    """
    found: dict[Key, Answer] = {}
    for parent, answer in whole.items():
        children = {k: a for k, a in parts.items() if k[: len(parent)] == parent}
        if not children:
            continue
        shares = {
            name: _scale(getattr(answer, name), [getattr(a, name) for a in children.values()])
            for name in ("open_mean", "new_mean", "open_wins", "new_wins", "rest_mean", "rest_wins")
        }
        found |= {key: child.scaled(shares) for key, child in children.items()}
    return {key: found[key] for key in parts}


def _scale(whole: float, parts: list[float]) -> float:
    """Return what the parts are to be multiplied by; 1 where that cannot be said."""
    total = sum(parts)
    return whole / total if np.isfinite(total) and total > 0 and np.isfinite(whole) else 1.0


def parts_of(answer: Answer) -> list[dict[str, Any]]:
    """Return the parts with mean, quantiles and expected wins."""
    missing = dict.fromkeys(["mean_amount", "p10_amount", "p50_amount", "p90_amount"], np.nan)
    rows: list[dict[str, Any]] = [
        {"part": "won_so_far", **dict.fromkeys(missing, answer.won), "deals": float(answer.wins)}
    ]
    for part, draws, mean, deals in (
        ("open_deals", answer.open, answer.open_mean, answer.open_wins),
        ("not_yet_created", answer.new, answer.new_mean, answer.new_wins),
    ):
        if draws is None:
            rows.append({"part": part, **missing, "deals": np.nan})
        else:
            rows.append({"part": part, **_figures(total_of(draws, mean)), "deals": deals})
    total = _figures(answer.distribution)
    rows.append({"part": "total", **total, "deals": answer.wins + answer.rest_wins})
    return rows


def _figures(total: Total) -> dict[str, float]:
    quantiles = {f"p{round(100 * q)}_amount": total.quantile(q) for q in (0.1, 0.5, 0.9)}
    return {"mean_amount": total.mean, **quantiles}


def weighted_of(known: Known, span: Span, setting: Setting) -> float:
    """Return the weighted number to compare with; nan where there is none."""
    try:
        answer = ask("weighted", known, span, setting)
    except FunnelkitError:
        return float("nan")
    return answer.exact.mean if answer.exact else float("nan")


def weighted_distribution(
    amounts: ArrayLike, probabilities: ArrayLike, *, certain: float = 0.0, seed: int = 0
) -> Total:
    """Return the distribution behind a weighted pipeline: the sum of amounts that come or not.

    Exact for up to 20 deals, and for more as long as their sums coincide often; else drawn.

    Parameters
    ----------
    amounts, probabilities : array_like
        One a deal; probabilities are fractions, or all of them percentages.
    certain : float
        Already won.

    Examples
    --------
    >>> total = weighted_distribution([3, 2, 1.5, 4, 1, 6], [90, 75, 50, 25, 10, 15])
    >>> round(total.mean, 2), round(total.at_least(total.mean), 3)
    (6.95, 0.37)
    """
    stated = as_share(np.asarray(probabilities, dtype=float))
    return bernoulli_sum(amounts, stated, certain=certain, seed=seed)
