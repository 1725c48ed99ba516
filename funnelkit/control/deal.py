"""One deal: its course, its stages against the team's usual, what rang, its chance, what next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.control.checkpoints import checkpoints
from funnelkit.control.reasons import explained, named
from funnelkit.data.history import pushes
from funnelkit.data.kept import kept
from funnelkit.data.pipeline import DEALS, OUTCOMES, Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.engine import visits
from funnelkit.measures.time import time_in_stage
from funnelkit.process import Process
from funnelkit.show.column import COUNT, DATE, DAYS, RATE, TEXT, Column, Money, plain
from funnelkit.show.table import Table
from funnelkit.stats import aalen_johansen, to_life_table
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
        failures (Aalen-Johansen, 95 %). Empty for a closed deal, or where nothing compares.
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
    found = p.deals.filter(p.deals.deal_id == str(deal_id)).to_pandas()
    if found.empty:
        ids = p.deals.select("deal_id", far=p.deals.deal_id.levenshtein(str(deal_id)))
        near = ids.order_by(["far", "deal_id"]).limit(_NEAREST).to_pandas()["deal_id"]
        raise FunnelkitError("deal.unknown", found=deal_id, allowed=near.tolist())
    row = found.iloc[0].to_dict()
    facts = {c: row[c] for c in DEALS if c in p.given or c in ("deal_id", "stage", "outcome")}
    whole = p
    one = p._with_deals(p.deals.filter(p.deals.deal_id == str(deal_id)))
    stages = _stages(whole, one)
    moved = pushes(one) if one.field_history is not None else pd.DataFrame()
    rung = _rang(whole)
    mine = (rung.table["deal_id"] == row["deal_id"]).to_numpy()
    return Deal(
        facts,
        _timeline(one, row),
        stages,
        moved.drop(columns="deal_id", errors="ignore").reset_index(drop=True),
        rung.table.loc[mine, ["checkpoint", "severity", "days"]].reset_index(drop=True),
        _chance(whole, row, stages),
        p.process,
        tuple(r for r, own in zip(rung.reasons, mine, strict=True) if own),
        p.currency,
        p.synthetic,
    )


@kept
def _rang(p: Pipeline) -> Any:
    return checkpoints(p)


@kept
def _usual(p: Pipeline) -> pd.DataFrame:
    usual: pd.DataFrame = time_in_stage(p).table[["stage", "median_days", "p90_days"]]
    return usual


@kept
def _stays(p: Pipeline) -> pd.DataFrame:
    """Return every first stay with when its deal ended, and how."""
    stays = visits(p)
    stays = stays.filter(stays["first"] & stays.dated).select("deal_id", "stage", "entered_at")
    ends = p.deals.select("deal_id", "outcome", "closed_at")
    table: pd.DataFrame = stays.inner_join(ends, "deal_id").to_pandas()
    return table


def _stages(whole: Pipeline, one: Pipeline) -> pd.DataFrame:
    columns = ["stage", "entered_at", "left_at", "days", "median_days", "p90_days"]
    if whole.stage_history is None:
        return pd.DataFrame(columns=columns)
    own = visits(one).inner_join(one.deals.select("deal_id"), "deal_id")
    stays = own.order_by("entered_at").select("stage", "entered_at", "left_at")
    table: pd.DataFrame = stays.to_pandas()
    end = table["left_at"].fillna(pd.Timestamp(whole.as_of))
    table["days"] = np.floor((end - table["entered_at"]).dt.total_seconds() / 86400)
    return table.merge(_usual(whole), on="stage", how="left")[columns]


def _timeline(one: Pipeline, row: dict[str, Any]) -> pd.DataFrame:
    """Return what happened to the deal, in order."""
    events: list[tuple[Any, str, Any, Any]] = []
    if plain(row["created_at"]) is not None:
        events.append((row["created_at"], "created", None, None))
    if one.stage_history is not None:
        t = one.stage_history.order_by(["entered_at", "seq"]).to_pandas()
        known = set(one.process.open_ids)
        before = None
        for stage, at in zip(t["stage"], t["entered_at"], strict=True):
            if stage in known:
                events.append((at, "stage", before, stage))
                before = stage
    if one.field_history is not None:
        t = one.field_history.order_by(["changed_at", "seq"]).to_pandas()
        names = t[["changed_at", "field", "old", "new"]]
        events += list(names.itertuples(index=False, name=None))
    if row["outcome"] != "open":
        events.append((row["closed_at"], "closed", None, row["outcome"]))
    table = pd.DataFrame(events, columns=["at", "what", "old", "new"])
    return table.sort_values("at", kind="stable").reset_index(drop=True)


def _chance(whole: Pipeline, row: dict[str, Any], stages: pd.DataFrame) -> dict[str, float]:
    """Return how deals fared that were in this deal's stage as long as it is."""
    now = stages[stages["left_at"].isna()] if len(stages) else stages
    if row["outcome"] != "open" or now.empty:
        return {}
    here = _stays(whole)
    here = here[(here["stage"] == now["stage"].iloc[-1]) & (here["deal_id"] != row["deal_id"])]
    end = here["closed_at"].where(here["outcome"] != "open", pd.Timestamp(whole.as_of))
    days = np.floor((end - here["entered_at"]).dt.total_seconds() / 86400)
    age = float(now["days"].iloc[-1])
    alike = days.notna() & (days >= age)
    if not alike.any():
        return {}
    exits = here.loc[alike, "outcome"].replace("open", "censored")
    curve = aalen_johansen(
        to_life_table((days[alike] - age).astype(int), exits), ["won", "lost", "no_decision"]
    )
    last = curve.iloc[-1]
    return {
        "deals": float(alike.sum()),
        "rate": float(last["won"]),
        "low": float(last["won_low"]),
        "high": float(last["won_high"]),
    }


__all__ = ["Deal", "deal"]
