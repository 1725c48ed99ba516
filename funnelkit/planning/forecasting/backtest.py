"""Back-test: what each method would have said at past dates, against what came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnelkit.data.pipeline import Pipeline, end_of
from funnelkit.errors import FunnelkitError
from funnelkit.measures.columns import Named, each
from funnelkit.measures.fiscal import frequency
from funnelkit.measures.result import Result, choose
from funnelkit.measures.scope import make_scope
from funnelkit.measures.winning import single_currency
from funnelkit.planning.forecasting.answers import Span
from funnelkit.planning.forecasting.book import NEVER, Book, Known, moment_of
from funnelkit.planning.forecasting.commits import (
    COMMIT,
    committed,
    first_commits,
    judged,
    leaning,
    when_in,
)
from funnelkit.planning.forecasting.forecast import OF, parts_of
from funnelkit.planning.forecasting.methods import METHODS, SIMPLE, Setting, ask
from funnelkit.planning.forecasting.scores import against_best, score
from funnelkit.show.column import COUNT, RATE, Column, PercentagePoints, Unit
from funnelkit.show.table import Table
from funnelkit.stats.accuracy import crps
from funnelkit.stats.calibration import reliability_table
from funnelkit.words import count, money, percent, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

Floats = NDArray[np.float64]

EVERY = {"month": 1, "quarter": 3}
HORIZONS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_ORIGINS = {"month": 12, "quarter": 8}
#: Days of past an origin needs by default.
_FIRST_DAYS = 180
_AFTER = dt.timedelta(microseconds=1)


@dataclass(frozen=True, eq=False, repr=False)
class Backtest(Result):
    """Scores of each method over past origins.

    Attributes
    ----------
    details : DataFrame
        One row an origin and method: ``origin, until, method, mean_amount, p10_amount,
        p50_amount, p90_amount, crps_amount, actual_amount, inside, deals, actual_deals, why``;
        ``why`` names what a method lacked at that origin.
    submitters : DataFrame
        Where the commit is one of the methods: accuracy and bias of each submitter over the
        same periods, as :func:`commits` has them; empty otherwise.
    """

    name: ClassVar[str] = "backtest"
    room: ClassVar[str] = "forecast"
    units: ClassVar = {
        "method": Named(lambda _, value: _name(value)),
        **each(
            PercentagePoints(signed=False, worded=False),
            "difference difference_low difference_high",
        ),
    }
    details: pd.DataFrame = field(default_factory=pd.DataFrame)
    submitters: pd.DataFrame = field(default_factory=pd.DataFrame)
    chances: dict[str, tuple[Floats, Floats]] = field(default_factory=dict)

    @property
    def best(self) -> str | None:
        """The method with the smallest WAPE."""
        found = self.table.loc[self.table["verdict"] == "best", "method"]
        return None if found.empty else str(found.iloc[0])

    def reliability(self, method: str | None = None) -> pd.DataFrame:
        """Return how often deals were won, by the chance that was stated."""
        stated, happened = self._deal_chances(method)
        return reliability_table(stated, happened)

    def _deal_chances(self, method: str | None) -> tuple[Floats, Floats]:
        known = [m for m in self.table["method"] if len(self.chances.get(m, ((), ()))[0])]
        if not known:
            raise FunnelkitError("forecast.no_deal_chances", method=method or "")
        wanted = known[0] if method is None else choose(method, tuple(known), "method")
        return self.chances[wanted]

    def write(self, value: float) -> str:
        """Write a total: an amount, or a number of deals."""
        return count(value) if self.option("of") == "deals" else money(value)

    def summary(self) -> str:
        """Name the best method, and which others it cannot be told from."""
        best = self.best
        if best is None:
            return say("measures.nothing")
        row = self.table[self.table["method"] == best].to_dict("records")[0]
        if row["wape"] != row["wape"]:  # an error is a share of what came
            return say("forecast.backtest_nothing", n=int(row["origins"]))
        near = self.table.loc[self.table["verdict"] == "within_noise", "method"]
        few = bool((self.table["verdict"] == "too_few").any())
        key = "backtest_few" if few else "backtest_near" if len(near) else "backtest_clear"
        said = say(
            "forecast.backtest_summary",
            best=_name(best), n=int(row["origins"]), wape=percent(row["wape"], 1),
            coverage=percent(row["coverage"]), low=row["low"], high=row["high"],
            others=say(f"forecast.{key}", methods=[_name(m) for m in near]),
        )  # fmt: skip
        if self.submitters.empty:
            return said
        return sentences([said, say("forecast.backtest_at_commit"), *leaning(self.submitters)])

    def unit(self, column: str) -> Unit | Named:
        """Return what a column is: totals are amounts, or numbers of deals."""
        if column.endswith("_amount") and self.option("of") == "deals":
            return COUNT
        return super().unit(column)

    def plot(self, ax: Axes | None = None, method: str | None = None) -> Chart:
        """Draw forecasts with their intervals against what came, for the best method."""
        from funnelkit.charts.track import track

        method = choose(method or self.best or "", tuple(self.table["method"]), "method")
        part = self.details[self.details["method"] == method]
        names = {
            "p10_amount": "low",
            "p50_amount": "middle",
            "p90_amount": "high",
            "actual_amount": "actual",
        }
        frame = part[list(names)].rename(columns=names)
        frame["period"] = [f"{d:%Y-%m}" for d in part["until"]]
        last = frame.iloc[-1]
        ends = {"forecast": self.write(last["middle"]), "actual": self.write(last["actual"])}
        around = self._around(ax, alt=say("forecast.alt_backtest", text=self.summary(), **ends))
        around["title"] = say("forecast.backtest_chart_title", method=_name(method))
        return track(
            frame,
            forecast_label=say("forecast.backtest_forecast"),
            actual_label=say("forecast.backtest_actual"),
            write=self.write,
            **around,
        )

    def plot_calibration(self, method: str | None = None, ax: Axes | None = None) -> Chart:
        """Draw how often deals were won against the chance that was stated."""
        from funnelkit.charts.calibration import calibration

        table = self.reliability(method)
        drawn = method or next(m for m in self.table["method"] if len(self.chances[m][0]))
        columns = [
            Column(say("forecast.calibration_stated"), RATE, "forecast"),
            Column(say("measures.column_deals"), COUNT, "n"),
            Column(say("forecast.calibration_came"), RATE, "rate"),
        ]
        return calibration(
            table.rename(columns={"forecast": "predicted", "rate": "observed"}),
            axis_labels=(columns[0].label, columns[2].label),
            perfect_label=say("forecast.calibration_perfect"),
            number_label="n =",
            title=say("forecast.calibration_title", method=_name(drawn)),
            alt=say(
                "forecast.alt_calibration",
                n=int(table["n"].sum()),
                groups=len(table),
                inside=int(table["inside"].sum()),
            ),
            data=Table.of(table[[column.name for column in columns]], columns),
            note=self.footnote,
            ax=ax,
        )


def _name(method: str) -> str:
    return say(f"forecast.method_{method}")


def backtest(
    p: Pipeline,
    methods: Sequence[str] | None = None,
    every: str = "month",
    horizon: str = "quarter",
    origins: int | Sequence[dt.date | str] | None = None,
    *,
    of: str = "amount",
    draws: int = 2_000,
    seed: int = 0,
) -> Backtest:
    """Forecast past periods with what was known then, and score it against what came.

    Parameters
    ----------
    methods : sequence of str, optional
        See :func:`forecast`. If not given, all of them, *commit* where people have committed for
        these very periods (table ``forecasts``).
    every : {"month", "quarter"}
        Origins are the ends of months, or of quarters of the process sheet's fiscal year.
    horizon : {"month", "quarter", "half", "year"}
        Length of the period after each origin.
    origins : int or sequence of dates, optional
        The last so many, or these days; 8 quarters or 12 months if not given, as far as
        180 days of past lie before them.
    of, draws, seed
        See :func:`forecast`.

    Returns
    -------
    Backtest
        ``table``: ``method, origins, wape, bias, mape, rmse_amount, pinball_amount,
        crps_amount, crps_skill, brier, reliability, resolution, uncertainty, coverage, low,
        high, deal_forecasts, difference, difference_low, difference_high, verdict``. All
        methods are scored on the same origins, those at which each has an answer; a method that
        answers on fewer than half as many as another is scored on its own (``other_dates``).
        ``coverage`` is the share of actuals inside P10 to P90 with its 95% interval;
        ``deal_forecasts`` is how many deal chances stand behind ``brier``; ``difference`` is
        WAPE above the best method's.
        ``crps_amount`` is the mean continuous ranked probability score, ``crps_skill`` by how
        much of it a method does better than the best simple one (weighted, stage, pacing, naive)
        on the same origins; below 0 it does worse.

    Raises
    ------
    FunnelkitError
        No origin has a whole period behind it.

    Notes
    -----
    An origin is what ``p.at(origin)`` shows: nothing from later is used. MAPE is not available
    as soon as one actual is 0. People commit in the first days of a period: with *commit* among
    the methods, all of them are asked for the whole period at the moment the last of the first
    commits for it was in.
    """
    choose(every, tuple(EVERY), "every")
    choose(horizon, tuple(HORIZONS), "horizon")
    choose(of, OF, "of")
    for method in methods or ():
        choose(method, (*METHODS, COMMIT), "methods")
    if of != "amount" and COMMIT in (methods or ()):
        raise FunnelkitError("forecast.commit_whole")
    p.need("created_at", "closed_at", "outcome", what="backtest")
    if of == "amount":
        if not p.has("amount"):
            raise FunnelkitError("forecast.no_amounts")
        single_currency(p)
    book = Book.of(p, money=of == "amount")
    today = book.known_at(book.as_of)
    ends = _origins(p, today, every, horizon, origins)
    spans = [Span(moment_of(o), moment_of(o), moment_of(u)) for o, u in ends]
    first = first_commits(p, spans) if of == "amount" else pd.DataFrame()
    if methods is None:
        methods = METHODS if first.empty else (*METHODS, COMMIT)
    won_of_all = np.zeros(book.created.size, bool)
    rows: list[dict[str, Any]] = []
    stated: dict[str, list[tuple[int, Floats, NDArray[np.bool_]]]] = {m: [] for m in methods}
    for k, ((origin, until), span) in enumerate(zip(ends, spans, strict=True)):
        if COMMIT in methods:
            span = replace(span, now=when_in(first, span))
        known = book.known_at(span.now)
        came = today.won_between(span.start, span.end)
        won_of_all[:] = False
        won_of_all[today.row[came]] = True
        brought = float(np.nansum(today.amount[came]))
        actual = {
            "origin": origin.date(), "until": until.date(), "actual_amount": brought,
            "actual_deals": int(came.sum()),
        }  # fmt: skip
        for method in methods:
            setting = Setting(p.process, book.amount_while_open, draws, seed + k)
            try:
                answer = (
                    committed(p, known, span, draws, setting.seed)
                    if method == COMMIT
                    else ask(method, known, span, setting)
                )
            except FunnelkitError as why:
                rows.append(actual | {"k": k, "method": method, "why": why.key})
                continue
            total = parts_of(answer)[-1]
            total.pop("part")
            said = answer.distribution
            total["crps_amount"] = crps(said.values, said.weights, brought)
            rows.append(actual | {"k": k, "method": method, "why": ""} | total)
            if answer.chance is not None:
                open_rows = known.row[known.open]
                stated[method].append((k, answer.chance, won_of_all[open_rows]))
    details = pd.DataFrame(rows).reindex(columns=_COLUMNS)
    block = -(-HORIZONS[horizon] // EVERY[every])
    table, chances = _scores(details, stated, list(methods), block, seed)
    details["inside"] = details["actual_amount"].between(
        details["p10_amount"], details["p90_amount"]
    )
    submitters = judged(p, first)[0] if COMMIT in methods and len(first) else pd.DataFrame()
    missing = int((details["why"] != "").sum())
    scope = make_scope(
        p, today.created.size,
        [("not_dated", today.undated), ("forecast.not_available", missing)],
        ends[0][0] + _AFTER, ends[-1][1] + _AFTER,
    )  # fmt: skip
    return Backtest(
        table, scope, p.process, (), (("of", of), ("every", every), ("horizon", horizon)),
        p.synthetic, details.drop(columns="k"), submitters, chances,
    )  # fmt: skip


_COLUMNS = [
    "k", "origin", "until", "method", "mean_amount", "p10_amount", "p50_amount", "p90_amount",
    "crps_amount", "actual_amount", "inside", "deals", "actual_deals", "why",
]  # fmt: skip


def _scores(
    details: pd.DataFrame,
    stated: dict[str, list[tuple[int, Floats, NDArray[np.bool_]]]],
    methods: list[str],
    block: int,
    seed: int,
) -> tuple[pd.DataFrame, dict[str, tuple[Floats, Floats]]]:
    """Score the methods on the origins all of them answer."""
    means = details.pivot(index="k", columns="method", values="mean_amount")[methods]
    answers = means.notna().sum()
    if not answers.any():
        raise FunnelkitError("forecast.no_answer", why=str(details["why"].iloc[0]))
    # a method that seldom has an answer must not decide on which dates the others are judged
    able = [m for m in methods if answers[m] >= answers.max() / 2]
    common = means[able].dropna().index
    if common.empty:
        raise FunnelkitError("forecast.no_common_origin", methods=able)
    own = {m: means.index[means[m].notna()] if m not in able else common for m in methods}
    chances: dict[str, tuple[Floats, Floats]] = {}
    rows: list[dict[str, Any]] = []
    for method in methods:
        parts = [(p, y) for k, p, y in stated[method] if k in own[method]]
        p = np.concatenate([c for c, _ in parts]) if parts else np.zeros(0)
        y = np.concatenate([c for _, c in parts]).astype(float) if parts else np.zeros(0)
        chances[method] = (np.clip(p, 0.0, 1.0), y)
        row: dict[str, Any] = {"method": method}
        if own[method].empty:
            rows.append(row | {"origins": 0, "verdict": "not_available"})
            continue
        part = details[(details["method"] == method) & details["k"].isin(own[method])]
        rows.append(row | score(part, *chances[method]))
    came = details.drop_duplicates("k").set_index("k")["actual_amount"]
    actual = came.loc[common].to_numpy(float)
    errors = means.loc[common, able].sub(actual, axis=0).abs()
    table = pd.DataFrame(rows).drop(columns="verdict", errors="ignore")
    plain = table["crps_amount"].where(table["method"].isin(SIMPLE) & table["method"].isin(able))
    score_ = table["crps_amount"].where(table["method"].isin(able))
    place = list(table.columns).index("crps_amount") + 1
    table.insert(place, "crps_skill", 1 - score_ / plain.min())
    table = table.merge(against_best(errors, actual, block, seed), on="method", how="left")
    seldom = np.where(table["origins"] > 0, "other_dates", "not_available")
    table["verdict"] = table["verdict"].astype("object").where(table["verdict"].notna(), seldom)
    counts = ["origins", "deal_forecasts"]
    table[counts] = table[counts].fillna(0).astype("int64")
    return table, chances


def _origins(
    p: Pipeline,
    today: Known,
    every: str,
    horizon: str,
    wanted: int | Sequence[dt.date | str] | None,
) -> list[tuple[dt.datetime, dt.datetime]]:
    """Return origins with the ends of their periods, in order of time."""
    as_of = p.as_of
    midnight = as_of.time() == dt.time.min  # dates alone: that day is in the data
    if wanted is not None and not isinstance(wanted, int):
        days = sorted(end_of(d) for d in wanted)
    else:
        dated = today.created[today.created != NEVER]
        if not dated.size:
            raise FunnelkitError("measures.no_deals", what="backtest")
        first = pd.Timestamp(int(dated.min()), unit="us")
        spans = pd.period_range(first, as_of, freq=frequency(every, p.process.calendar))
        days = [end_of(s.end_time.date()) for s in spans]
        days = [d for d in days if (d - first).days >= _FIRST_DAYS]
    pairs = []
    for origin in days:
        month = pd.Period(origin, "M")
        last = origin.date() == month.end_time.date()
        until = (
            (month + HORIZONS[horizon]).end_time.date()
            if last
            else (pd.Timestamp(origin) + pd.DateOffset(months=HORIZONS[horizon])).date()
        )
        end = end_of(until)
        if end <= as_of or (midnight and until <= as_of.date()):
            pairs.append((origin, end))
        elif wanted is not None and not isinstance(wanted, int):
            raise FunnelkitError("forecast.origin_too_late", origin=origin, until=end, as_of=as_of)
    most = wanted if isinstance(wanted, int) else None
    if wanted is None:
        most = _ORIGINS[every]
    pairs = pairs[-most:] if most else pairs
    if not pairs:
        raise FunnelkitError("forecast.no_origin", horizon=horizon, as_of=as_of)
    return pairs
