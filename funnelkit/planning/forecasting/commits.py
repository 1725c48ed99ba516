"""What people committed to, against what came: how far off, which way, and beside a method."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.columns import Named
from funnelkit.measures.fiscal import days_of
from funnelkit.measures.result import Result, choose
from funnelkit.measures.scope import make_scope
from funnelkit.measures.winning import single_currency
from funnelkit.planning.forecasting.answers import Answer, Span, total_of, won_so_far
from funnelkit.planning.forecasting.book import Book, Known, moment_of
from funnelkit.planning.forecasting.methods import METHODS, Setting, ask
from funnelkit.planning.forecasting.scores import against_best, score
from funnelkit.stats.accuracy import crps
from funnelkit.stats.convolution import Total
from funnelkit.stats.intervals import ratio_of_sums
from funnelkit.words import percent, say, sentences

#: The method that takes people's own word.
COMMIT = "commit"
#: The row of all submitters together.
TOTAL = "total"
#: Who submits, by the first of these columns there is.
_WHO = ("who", "submitter", "person", "owner")
#: Past periods that a commit's own errors are read from.
_FEWEST = 4
_TICK = dt.timedelta(microseconds=1)


@dataclass(frozen=True, eq=False, repr=False)
class Commits(Result):
    """Accuracy and bias of what was committed, by submitter and for all together.

    Attributes
    ----------
    beside : DataFrame
        ``method, origins, wape, bias, crps_amount, coverage, difference, difference_low,
        difference_high, verdict``: the commit of all and a method, at the moments the commits
        were in; empty where too few periods have both.
    """

    name: ClassVar[str] = "commits"
    room: ClassVar[str] = "forecast"
    units: ClassVar = {"submitter": Named(lambda _, name: _called(name))}
    beside: pd.DataFrame = field(default_factory=pd.DataFrame)

    def summary(self) -> str:
        """Say how far off the commits were, whose lean, and what a method would have said."""
        if self.table.empty:
            return say("measures.nothing")
        row = self.table.iloc[-1]
        parts = [
            say(
                "forecast.commits_summary",
                n=int(row["periods"]), committed=row["committed_amount"], won=row["won_amount"],
                wape=percent(row["wape"]), bias=percent(row["bias"]),
            )
        ]  # fmt: skip
        parts += leaning(self.table)
        if not self.beside.empty:
            best = self.beside[self.beside["verdict"] == "best"].iloc[0]
            other = self.beside[self.beside["verdict"] != "best"].iloc[0]
            key = "clear" if other["verdict"] == "worse" else "alike"
            parts.append(
                say(
                    f"forecast.commits_{key}",
                    best=say(f"forecast.method_{best['method']}"), wape=percent(best["wape"]),
                    other=say(f"forecast.method_{other['method']}"),
                    other_wape=percent(other["wape"]), n=int(best["origins"]),
                )
            )  # fmt: skip
        return sentences(parts)


def leaning(table: pd.DataFrame) -> list[str]:
    """Name the submitters who lean high, and those who lean low, beyond chance."""
    alone = table[table["submitter"] != TOTAL]
    found = [(v, alone.loc[alone["verdict"] == v, "submitter"]) for v in ("too_high", "too_low")]
    return [say(f"forecast.commits_{v}", names=list(names)) for v, names in found if len(names)]


def _called(name: str) -> str:
    return say("forecast.all_submitters") if name == TOTAL else name


def commits(
    p: Pipeline,
    method: str = "simulation",
    *,
    category: str = "commit",
    draws: int = 1_000,
    seed: int = 0,
) -> Commits:
    """Hold what people committed to against what came, and against a method at the same moments.

    Parameters
    ----------
    p : Pipeline
        With a table ``forecasts``: ``made_at, period`` (2026-07 or 2026-Q3), ``amount`` for the
        whole period, and, where there are several, who (``who, submitter, person`` or ``owner``)
        and ``category``.
    method : str
        See :func:`forecast`.
    category : str
        The category that is a promise.

    Returns
    -------
    Commits
        ``table``: ``submitter, periods, committed_amount, won_amount, wape, bias, low, high,
        verdict`` over the periods that are over; the last row is all together. What counts is the
        first commit of each for a period. ``bias`` is what was committed above what came, as a
        share of it, with an interval that holds for all submitters at once (95%, linearised
        ratio, Bonferroni); ``verdict``: *too_high* or *too_low* where it leaves out 0.

    Raises
    ------
    FunnelkitError
        No table of forecasts, a column missing, no such category, a period that is none.

    Notes
    -----
    The method is asked at the moment the last of the first commits of a period was in, with what
    was known then. The commit's own distribution is its amount moved by its earlier errors.
    """
    choose(method, METHODS, "method")
    p.need("closed_at", "amount", "outcome", what="commits")
    single_currency(p)
    rows, late = _submitted(p, category)
    table, together = judged(p, rows)
    scope = make_scope(p, len(rows), [("forecast.commit_late", late)])
    beside = _beside(p, together, method, draws, seed)
    options = (("method", method), ("category", category))
    return Commits(table, scope, p.process, (), options, p.synthetic, beside=beside)


def judged(p: Pipeline, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hold first commits against what came, by submitter, all together last, and by period.

    Parameters
    ----------
    rows : DataFrame
        ``made_at, period, who, amount, begins, ends`` of periods that are over.
    """
    won = p.deals.filter(p.deals.outcome == "won").select("owner", "amount", "closed_at")
    deals = won.to_pandas().dropna(subset=["amount", "closed_at"])

    def came(begins: pd.Timestamp, ends: pd.Timestamp) -> pd.DataFrame:
        found: pd.DataFrame = deals[deals["closed_at"].between(begins, ends, inclusive="left")]
        return found

    rows = rows.assign(
        won=[
            float(found.loc[found["owner"] == who, "amount"].sum())
            for found, who in zip(map(came, rows["begins"], rows["ends"]), rows["who"], strict=True)
        ]
    )
    own = set(rows["who"]) & set(deals["owner"].dropna())
    together = rows.groupby("period", sort=False).agg(
        begins=("begins", "first"), ends=("ends", "first"), at=("made_at", "max"),
        amount=("amount", "sum"),
    )  # fmt: skip
    spans = zip(together["begins"], together["ends"], strict=True)
    together["won"] = [float(came(b, e)["amount"].sum()) for b, e in spans]
    together = together.sort_values("begins")
    parts = [(w, part) for w, part in rows.groupby("who", sort=True) if w in own]
    family = max(len(parts), 1)
    table = pd.DataFrame([_judged(str(w), part, family) for w, part in parts])
    total = pd.DataFrame([_judged(TOTAL, together, 1)] if len(together) else [])
    return pd.concat([table, total], ignore_index=True), together


def first_commits(p: Pipeline, spans: Sequence[Span]) -> pd.DataFrame:
    """Return everybody's first commits for some past periods; none where there is no table."""
    try:
        rows = _submitted(p, COMMIT)[0]
    except FunnelkitError:  # what is lacking is said where a commit is asked for
        return pd.DataFrame(columns=["made_at", "period", "who", "amount", "begins", "ends"])
    wanted = {
        tuple(pd.Timestamp(x, unit="us") + _TICK for x in (s.start, s.end)) for s in spans
    }  # fmt: skip
    asked = [pair in wanted for pair in zip(rows["begins"], rows["ends"], strict=True)]
    return rows[asked]


def when_in(rows: pd.DataFrame, span: Span) -> int:
    """Return when the last of the first commits for a period was in; its start if earlier."""
    begin, end = (pd.Timestamp(x, unit="us") + _TICK for x in (span.start, span.end))
    here = rows.loc[(rows["begins"] == begin) & (rows["ends"] == end), "made_at"]
    return span.now if here.empty else max(span.now, moment_of(here.max().to_pydatetime()))


def committed(p: Pipeline, known: Known, span: Span, draws: int, seed: int) -> Answer:
    """Forecast a period by what people committed for it, moved by how far off they were.

    What counts is everybody's last word on the period; past periods of the same length tell how
    far what came lay from the last word that was in by then, in a period as far gone.

    Raises
    ------
    FunnelkitError
        Nobody has committed for this period; fewer than four past periods.
    """
    rows = _read(p, COMMIT)
    now = pd.Timestamp(span.now, unit="us")
    rows = rows[rows["made_at"] <= now].sort_values("made_at", kind="stable")
    begin, end = (pd.Timestamp(x, unit="us") + _TICK for x in (span.start, span.end))
    here = (rows["begins"] == begin) & (rows["ends"] == end)
    if not here.any():
        known_ones = sorted({str(x) for x in rows.loc[rows["ends"] > now, "period"]})
        raise FunnelkitError(
            "forecast.no_commit_for", begin=begin.date(), end=(end - _TICK).date(),
            allowed=known_ones,
        )  # fmt: skip
    amount = float(rows[here].drop_duplicates("who", keep="last")["amount"].sum())
    gone, quarters = (now - begin) / (end - begin), rows.loc[here, "period"].iloc[0].count("Q")
    alike = (rows["period"].str.count("Q") == quarters) & (rows["ends"] <= now + _TICK)
    errors = []
    for _, part in rows[alike].groupby("period"):
        first, last = part["begins"].iloc[0], part["ends"].iloc[0]
        said = part[part["made_at"] <= first + gone * (last - first)]
        said = said.drop_duplicates("who", keep="last")["amount"]
        came = known.won_between(moment_of(first) - 1, moment_of(last) - 1)
        if len(said):
            errors.append(float(np.nansum(known.amount[came])) - float(said.sum()))
    if len(errors) < _FEWEST:
        raise FunnelkitError("forecast.few_commits", found=len(errors), needed=_FEWEST)
    won, wins = won_so_far(known, span)
    total = np.maximum(amount + np.array(errors), won)
    drawn = np.random.default_rng(seed).choice(total, draws)
    return Answer(won, wins, drawn - won, float("nan"), exact=total_of(total, amount))


def _submitted(p: Pipeline, category: str) -> tuple[pd.DataFrame, int]:
    """Return the first commit of everybody for every period that is over; count what came late."""
    frame = _read(p, category)
    over = frame["ends"] <= pd.Timestamp(p.as_of) + _TICK
    late = over & (frame["made_at"] >= frame["ends"])
    rows = frame[over & ~late].sort_values("made_at", kind="stable")
    rows = rows.drop_duplicates(["who", "period"])
    return rows.reset_index(drop=True), int(late.sum())


def _read(p: Pipeline, category: str) -> pd.DataFrame:
    """Return ``made_at, period, who, amount, begins, ends`` of one category."""
    if not p.has("forecasts"):
        raise FunnelkitError("forecast.no_commits")
    frame = p.tables["forecasts"].to_pandas()
    missing = [c for c in ("made_at", "period", "amount") if c not in frame]
    if missing:
        raise FunnelkitError("forecast.commit_columns", missing=missing)
    frame = frame.dropna(subset=["made_at", "period", "amount"])
    if "category" in frame:
        known = sorted(set(frame["category"].dropna()))
        if category not in known:
            raise FunnelkitError(
                "forecast.no_category", found=category, allowed=nearest(category, known)
            )
        frame = frame[frame["category"] == category]
    who = next((c for c in _WHO if c in frame), None)
    rows: pd.DataFrame = frame.assign(who=TOTAL if who is None else frame[who].astype("str"))
    rows["amount"] = pd.to_numeric(rows["amount"], errors="coerce")
    spans = {x: days_of(str(x), p.process.calendar) for x in rows["period"].unique()}
    for column, place in (("begins", 0), ("ends", 1)):
        rows[column] = pd.to_datetime([spans[x][place] for x in rows["period"]])
    return rows


def _judged(who: str, part: pd.DataFrame, family: int) -> dict[str, object]:
    said, came = part["amount"].to_numpy(float), part["won"].to_numpy(float)
    n, level = len(part), 1 - 0.05 / family
    ratio, low, high = (
        float(x) - 1
        for x in ratio_of_sums(
            n, came.sum(), said.sum(), (came**2).sum(), (came * said).sum(), (said**2).sum(),
            level=level,
        )
    )  # fmt: skip
    verdict = "too_high" if low > 0 else "too_low" if high < 0 else "within"
    wape = np.abs(said - came).sum() / came.sum() if came.sum() else np.nan
    return {
        "submitter": who, "periods": n, "committed_amount": said.sum(), "won_amount": came.sum(),
        "wape": wape, "bias": ratio, "low": max(low, -1.0), "high": high, "verdict": verdict,
    }  # fmt: skip


def _beside(
    p: Pipeline, together: pd.DataFrame, method: str, draws: int, seed: int
) -> pd.DataFrame:
    """Score the commit of all and a method at the moments the commits were in."""
    book, rows = Book.of(p), []
    errors: list[float] = []
    for k, r in enumerate(together.to_dict("records")):
        own = np.array(errors)
        errors.append(float(r["won"]) - float(r["amount"]))
        now = moment_of(r["at"])
        if own.size < _FEWEST:
            continue
        span = Span(now, moment_of(r["begins"]) - 1, moment_of(r["ends"]) - 1)
        setting = Setting(p.process, book.amount_while_open, draws, seed + k)
        try:
            told = ask(method, book.known_at(now), span, setting).distribution
        except FunnelkitError:
            continue
        said = total_of(np.maximum(r["amount"] + own, 0.0), float(r["amount"]))
        rows += [
            _row(k, name, d, float(r["won"])) for name, d in (("commit", said), (method, told))
        ]
    if len(rows) < 2 * _FEWEST:
        return pd.DataFrame()
    details = pd.DataFrame(rows)
    means = details.pivot(index="k", columns="method", values="mean_amount")
    came = details.drop_duplicates("k").set_index("k")["actual_amount"]
    gaps = means.sub(came, axis=0).abs()
    none = np.zeros(0)
    scored = [
        {"method": name, **score(part, none, none)} for name, part in details.groupby("method")
    ]
    table = pd.DataFrame(scored).merge(
        against_best(gaps, came.to_numpy(float), 1, seed), on="method"
    )
    columns = ["method", "origins", "wape", "bias", "crps_amount", "coverage", "difference",
               "difference_low", "difference_high", "verdict"]  # fmt: skip
    return table[columns]


def _row(k: int, name: str, told: Total, came: float) -> dict[str, object]:
    quantiles = {f"p{round(100 * q)}_amount": told.quantile(q) for q in (0.1, 0.5, 0.9)}
    error = crps(told.values, told.weights, came)
    return {"k": k, "method": name, "mean_amount": told.mean, **quantiles,
            "crps_amount": error, "actual_amount": came}  # fmt: skip


__all__ = [
    "COMMIT",
    "Commits",
    "commits",
    "committed",
    "first_commits",
    "judged",
    "leaning",
    "when_in",
]
