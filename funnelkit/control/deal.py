"""One deal: its course, its stages against the team's usual, what rang, its chance, what next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.control.checkpoint_result import Checkpoints
from funnelkit.control.checkpoints import checkpoints
from funnelkit.control.reasons import explained, named
from funnelkit.data.history import pushes
from funnelkit.data.kept import kept
from funnelkit.data.pipeline import DEALS, OUTCOMES, Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.engine import visits
from funnelkit.measures.timing.in_stage import time_in_stage
from funnelkit.process import Process
from funnelkit.show.column import COUNT, DATE, DAYS, RATE, TEXT, Column, Money, plain
from funnelkit.show.table import Table
from funnelkit.stats import aalen_johansen
from funnelkit.stats.life_table import CENSORED
from funnelkit.words import say, sentences

#: A list of the nearest ids is this long.
_NEAREST = 5


@dataclass(frozen=True, eq=False)
class Deal:
    """What is known of one deal.

    Attributes
    ----------
    facts : dict
        The deal's columns that the source has.
    timeline : DataFrame
        ``at, what, old, new``: created, every stage entered, every change, closed.
    stages : DataFrame
        ``stage, entered_at, left_at, days, median_days, p90_days``: its stays beside the
        team's usual, where running stays are censored.
    pushes : DataFrame
        ``changed_at, old, new, slipped_days``.
    rang : DataFrame
        ``checkpoint, severity, days``: the control points that fire now.
    chance : dict
        ``deals, rate, low, high``: of the deals that were in its stage for as long as it is,
        the share that is won in the end, open ones followed until now and not counted as
        failures (Aalen-Johansen, 95%). Empty for a closed deal, or where nothing compares.
    reasons : tuple
        What the checkpoints' sentences are made of.
    """

    facts: dict[str, Any]
    timeline: pd.DataFrame
    stages: pd.DataFrame
    pushes: pd.DataFrame
    rang: pd.DataFrame
    chance: dict[str, float]
    process: Process
    reasons: tuple[tuple[Any, ...], ...] = ()
    currency: str = ""
    synthetic: bool = False

    @property
    def next_step(self) -> str:
        """What to do next: of the gravest point that rings, else what the stage asks for."""
        if self.facts["outcome"] != "open":
            return say("deal.closed")
        if self.reasons:
            return explained(self.process, *self.reasons[0])[1]
        known = {s.id: s for s in self.process.stages}
        stage = known.get(str(self.facts.get("stage")))
        if stage is not None and stage.exit:
            return say("deal.to_leave", stage=str(stage.name), exit=[str(t) for t in stage.exit])
        return say("deal.nothing")

    def summary(self) -> str:
        """Say where the deal stands, its chance and what to do next."""
        stage = self.process.label(self.facts["stage"]) if plain(self.facts["stage"]) else "–"
        outcome = self.facts["outcome"]
        parts = []
        if outcome == "open":
            now = self.stages[self.stages["left_at"].isna()]
            days = float(now["days"].iloc[-1]) if len(now) else float("nan")
            usual = float(now["median_days"].iloc[-1]) if len(now) else float("nan")
            key = "deal.stands" if np.isfinite(days) else "deal.stands_bare"
            parts.append(say(key, stage=stage, days=days))
            if np.isfinite(days) and np.isfinite(usual):
                parts.append(say("deal.usual", usual=usual))
            if self.chance:
                parts.append(say("deal.chance", **self.chance))
        else:
            parts.append(say("deal.ended", outcome=self.process.label(outcome)))
        if len(self.pushes):
            parts.append(say("deal.pushed", n=len(self.pushes)))
        parts.append(say("deal.next", step=self.next_step.rstrip(".。")))
        return sentences(parts)

    def tables(self) -> Iterator[Table]:
        """Yield the parts as tables for people, in the current language."""

        def heading(name: str) -> str:
            return say(f"deal.column_{name}")

        stages = self.stages.assign(stage=[self.process.label(s) for s in self.stages["stage"]])
        days = ("days", "median_days", "p90_days")
        yield Table.of(
            stages,
            [
                Column(heading("stage"), TEXT, "stage"),
                *(Column(heading(n), DATE, n) for n in ("entered_at", "left_at")),
                *(Column(heading(n), DAYS, n) for n in days),
            ],
            caption=say("deal.stages"),
        )
        if len(self.rang):
            said = [explained(self.process, *r) for r in self.reasons]
            rows = [
                (named(self.process, point), say(f"control.severity_{grade}"), why, action)
                for point, grade, (why, action) in zip(
                    self.rang["checkpoint"], self.rang["severity"], said, strict=True
                )
            ]
            names = ("checkpoint", "severity", "reason", "action")
            yield Table([Column(heading(n), TEXT, n) for n in names], rows, say("deal.rang"))
        rows = [
            (
                at,
                say(f"deal.what_{what}") if what in _EVENTS else what,
                *self._named(what, old, new),
            )
            for at, what, old, new in self.timeline.itertuples(index=False)
        ]
        columns = [Column(heading("at"), DATE, "at")]
        columns += [Column(heading(n), TEXT, n) for n in ("what", "old", "new")]
        yield Table(columns, rows, say("deal.timeline"))
        if self.chance:
            columns = [Column(heading("deals"), COUNT, "deals")]
            columns += [Column(heading(n), RATE, n) for n in ("rate", "low", "high")]
            yield Table(columns, [tuple(self.chance.values())], say("deal.chance_title"))

    def _named(self, what: str, *values: Any) -> list[Any]:
        """Return stages and outcomes by their names."""
        known = {*self.process.open_ids, *OUTCOMES} if what in ("stage", "closed") else set()
        return [self.process.label(v) if plain(v) in known else v for v in values]

    def blocks(self) -> Iterator[dict[str, Any]]:
        """Yield the tables, as blocks of a page."""
        for table in self.tables():
            yield from table.blocks()

    def _head(self) -> str:
        amount = plain(self.facts.get("amount"))
        parts = [str(self.facts["deal_id"]), plain(self.facts.get("name"))]
        parts += [plain(self.facts.get("account")), plain(self.facts.get("owner"))]
        parts.append(None if amount is None else Money(currency=self.currency).write(amount))
        return " · ".join(str(p) for p in parts if p is not None)

    def __repr__(self) -> str:
        tables = [f"{t.caption}\n{t.frame().to_string(index=False)}" for t in self.tables()]
        note = [say("measures.synthetic")] if self.synthetic else []
        return "\n\n".join([f"{self._head()}\n{self.summary()}", *tables, *note])

    def _repr_html_(self) -> str:
        tables = "".join(t._repr_html_() for t in self.tables())
        return (
            f'<div class="fk-result"><h3>{escape(self._head())}</h3>'
            f"<p>{escape(self.summary())}</p>{tables}</div>"
        )


_EVENTS = ("created", "stage", "closed", "amount", "expected_close", "owner", "forecast_category")


def deal(p: Pipeline, deal_id: str) -> Deal:
    """Tell all that is known of one deal, as of the pipeline's date.

    Parameters
    ----------
    deal_id : str
        Its id.

    Returns
    -------
    Deal
        ``facts``, ``timeline``, ``stages``, ``pushes``, ``rang``, ``chance``, ``next_step``.

    Raises
    ------
    FunnelkitError
        No deal of that id; the nearest ids are named.

    Examples
    --------
    >>> import funnelkit as fk
    >>> p = fk.load("tiny")
    >>> fk.deal(p, p.frame()["deal_id"].iloc[0]).timeline["what"].iloc[0]
    'created'
    """
    for found in deals_told(p, [str(deal_id)]):
        return found
    ids = p.deals.select("deal_id", far=p.deals.deal_id.levenshtein(str(deal_id)))
    near = ids.order_by(["far", "deal_id"]).limit(_NEAREST).to_pandas()["deal_id"]
    raise FunnelkitError("deal.unknown", found=deal_id, allowed=near.tolist())


def deals_told(p: Pipeline, ids: Sequence[str], rung: Checkpoints | None = None) -> Iterator[Deal]:
    """Tell of those of these deals that there are, in this order; what they share is asked once.

    ``rung`` are the control points of the pipeline, where somebody has them already.
    """
    deals = p.deals.filter(p.deals.deal_id.isin(list(ids)))
    rows = {row["deal_id"]: row for row in deals.to_pandas().to_dict("records")}
    some = p._with_deals(deals)
    stages, events, rung = _stages(p, some), _events(some), rung or _rang(p)
    moved = pushes(some) if some.field_history is not None else pd.DataFrame()
    fired = rung.table["deal_id"].isin(rows).to_numpy()
    points = rung.table.loc[fired, ["deal_id", "checkpoint", "severity", "days"]]
    points = points.assign(place=np.flatnonzero(fired))
    parts = [_by_deal(f) for f in (stages, moved, points)]
    chances: dict[Any, dict[str, float]] = {}
    for deal_id in ids:
        if deal_id not in rows:
            continue
        row = rows[deal_id]
        own, push, rang = (
            part.get(deal_id, frame.iloc[:0].drop(columns="deal_id", errors="ignore"))
            for part, frame in zip(parts, (stages, moved, points), strict=True)
        )
        yield Deal(
            {c: row[c] for c in DEALS if c in p.given or c in ("deal_id", "stage", "outcome")},
            _timeline(events.get(deal_id, []), row),
            own,
            push,
            rang.drop(columns="place"),
            _chance(p, row, own, chances),
            p.process,
            tuple(rung.reasons[k] for k in rang["place"]),
            p.currency,
            p.synthetic,
        )


def _by_deal(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the rows of each deal."""
    if table.empty:
        return {}
    return {
        str(deal_id): part.drop(columns="deal_id").reset_index(drop=True)
        for deal_id, part in table.groupby("deal_id", sort=False)
    }


@kept
def _rang(p: Pipeline) -> Any:
    return checkpoints(p)


@kept
def _usual(p: Pipeline) -> pd.DataFrame:
    usual: pd.DataFrame = time_in_stage(p).table[["stage", "median_days", "p90_days"]]
    return usual


#: How a stay is seen to end, in the order of the columns of its counts.
_EXITS = ("open", "won", "lost", "no_decision")


@kept
def _stays(p: Pipeline) -> dict[str, np.ndarray[Any, Any]]:
    """Return, for each stage, how many deals ended in each way on each day after first entry."""
    stays = visits(p)
    stays = stays.filter(stays["first"] & stays.dated).select("deal_id", "stage", "entered_at")
    ends = p.deals.select("deal_id", "outcome", "closed_at")
    table: pd.DataFrame = stays.inner_join(ends, "deal_id").to_pandas()
    end = table["closed_at"].where(table["outcome"] != "open", pd.Timestamp(p.as_of))
    table["days"] = _days(table["entered_at"], end)
    table["exit"] = pd.Categorical(table["outcome"], _EXITS).codes
    table = table[(table["days"] >= 0) & (table["exit"] >= 0)]
    found = {}
    for stage, part in table.groupby("stage", sort=False):
        days = part["days"].to_numpy(np.int64)
        counts = np.zeros((days.max() + 1, len(_EXITS)))
        np.add.at(counts, (days, part["exit"].to_numpy()), 1)
        found[str(stage)] = counts
    return found


def _days(start: pd.Series[Any], end: Any) -> pd.Series[Any]:
    """Return the whole days between two moments."""
    days: pd.Series[Any] = np.floor((end - start).dt.total_seconds() / 86400)
    return days


def _stages(whole: Pipeline, some: Pipeline) -> pd.DataFrame:
    columns = ["deal_id", "stage", "entered_at", "left_at", "days", "median_days", "p90_days"]
    if whole.stage_history is None:
        return pd.DataFrame(columns=columns)
    own = visits(some).inner_join(some.deals.select("deal_id"), "deal_id")
    stays = own.order_by("entered_at").select("deal_id", "stage", "entered_at", "left_at")
    table: pd.DataFrame = stays.to_pandas()
    end = table["left_at"].fillna(pd.Timestamp(whole.as_of))
    table["days"] = _days(table["entered_at"], end)
    return table.merge(_usual(whole), on="stage", how="left")[columns]


_Event = tuple[Any, str, Any, Any]


def _events(some: Pipeline) -> dict[str, list[_Event]]:
    """Return what the histories tell of each deal: when, what, before and after."""
    events: dict[str, list[_Event]] = {}
    if some.stage_history is not None:
        t = some.stage_history.order_by(["entered_at", "seq"]).to_pandas()
        known = set(some.process.open_ids)
        before: dict[str, str] = {}
        for deal_id, stage, at in zip(t["deal_id"], t["stage"], t["entered_at"], strict=True):
            if stage in known:
                told = (at, "stage", before.get(deal_id), stage)
                events.setdefault(deal_id, []).append(told)
                before[deal_id] = stage
    if some.field_history is not None:
        t = some.field_history.order_by(["changed_at", "seq"]).to_pandas()
        names = t[["deal_id", "changed_at", "field", "old", "new"]]
        for deal_id, *change in names.itertuples(index=False, name=None):
            events.setdefault(deal_id, []).append(tuple(change))
    return events


def _timeline(told: list[_Event], row: dict[str, Any]) -> pd.DataFrame:
    """Return what happened to the deal, in order."""
    events: list[_Event] = []
    if plain(row["created_at"]) is not None:
        events.append((row["created_at"], "created", None, None))
    events += told
    if row["outcome"] != "open":
        events.append((row["closed_at"], "closed", None, row["outcome"]))
    table = pd.DataFrame(events, columns=["at", "what", "old", "new"])
    return table.sort_values("at", kind="stable").reset_index(drop=True)


def _chance(
    whole: Pipeline, row: dict[str, Any], stages: pd.DataFrame, known: dict[Any, dict[str, float]]
) -> dict[str, float]:
    """Return how deals fared that were in this deal's stage as long as it is."""
    now = stages[stages["left_at"].isna()] if len(stages) else stages
    if row["outcome"] != "open" or now.empty:
        return {}
    stage, age = now["stage"].iloc[-1], now["days"].iloc[-1]
    counts = _stays(whole).get(stage)
    if counts is None or not age >= 0:
        return {}
    first = stages.loc[stages["stage"] == stage, "entered_at"].head(1)  # its own among them
    own = _days(first, pd.Timestamp(whole.as_of)).iloc[0]
    key = (stage, age, own)  # deals alike but for themselves fare alike
    if key not in known:
        alike = counts[int(age) :].copy()
        if own >= age:
            alike[int(own - age), 0] -= 1
        known[key] = _fared(alike)
    return known[key]


def _fared(counts: np.ndarray[Any, Any]) -> dict[str, float]:
    """Return the share of these deals that is won in the end, seen from the first day on."""
    days, exits = np.nonzero(counts)
    if not len(days):
        return {}
    names = np.array([CENSORED, *_EXITS[1:]])
    table = pd.DataFrame({"day": days, "exit": names[exits], "n": counts[days, exits]})
    last = aalen_johansen(table, _EXITS[1:]).iloc[-1]
    return {
        "deals": float(counts.sum()),
        "rate": float(last["won"]),
        "low": float(last["won_low"]),
        "high": float(last["won_high"]),
    }


__all__ = ["Deal", "deal", "deals_told"]
