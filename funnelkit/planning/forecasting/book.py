"""The pipeline as arrays: read once, then cut to any past moment in milliseconds.

A back-test asks the same questions at many dates. ``Pipeline.at`` answers one of them with a
pass over the database; ``Book.known_at`` gives the same answer from arrays.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnelkit.data.engines import read_text
from funnelkit.data.history import recorded
from funnelkit.data.pipeline import Pipeline
from funnelkit.data.stays import OUTCOME_CODES
from funnelkit.errors import FunnelkitError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DAY = 86_400_000_000
#: No moment (numpy's NaT as a whole number).
NEVER = int(np.iinfo(np.int64).min)
#: Codes beside the places of the stages (0, 1, ...) and the outcomes (-1, -2, -3).
OPEN, UNKNOWN = -8, -9
WON = OUTCOME_CODES["won"]


def moment_of(when: dt.datetime) -> int:
    """Return a moment as whole microseconds."""
    return int(np.datetime64(when, "us").astype(np.int64))


def _times(column: pd.Series) -> Ints:
    return column.to_numpy(dtype="datetime64[us]").astype(np.int64)


def _numbers(column: pd.Series) -> Floats:
    return pd.to_numeric(column, errors="coerce").to_numpy(float)


@dataclass(frozen=True, eq=False)
class Changes:
    """Changes of one field, by deal and time; ``was`` is the value before."""

    deal: Ints
    at: Ints
    was: NDArray[np.generic]

    def rewind(self, values: NDArray[np.generic], moment: int) -> NDArray[np.generic]:
        """Return the values as they were: each deal's first later change knows its own."""
        later = self.at > moment
        again = np.r_[False, (self.deal[1:] == self.deal[:-1]) & later[:-1]]
        first = later & ~again
        values = values.copy()
        values[self.deal[first]] = self.was[first]
        return values

    def when(self, values: Floats, deal: Ints, at: Ints) -> Floats:
        """Return the value each of the deals had at its own moment."""
        if not self.deal.size:
            return values[deal]
        start = min(int(self.at.min()), int(at.min()) if at.size else 0)
        bits = 44  # milliseconds of some centuries

        def key(d: Ints, t: Ints) -> Ints:
            return (d << bits) + (t - start) // 1000

        place = np.searchsorted(key(self.deal, self.at), key(deal, at), side="right")
        inside = np.minimum(place, self.deal.size - 1)
        changed = (place < self.deal.size) & (self.deal[inside] == deal)
        return np.where(changed, self.was[inside].astype(float), values[deal])


@dataclass(frozen=True, eq=False)
class Known:
    """What was known at a moment; arrays by deal, then arrays by stay.

    Attributes
    ----------
    created, closed, outcome, amount, due, stated : ndarray
        By deal. ``outcome`` is a code (``OPEN`` while it runs), ``due`` the expected close,
        ``stated`` the CRM's probability as a fraction.
    place, since : ndarray
        Stage the deal sits in (``UNKNOWN`` if none is known) and since when.
    deal, stage, entered, left, after, asked : ndarray
        By stay; ``after`` is the code of what came next, ``OPEN`` while it runs; ``asked`` is
        the amount on the day of entry.
    """

    moment: int
    stages: int
    row: Ints
    created: Ints
    closed: Ints
    outcome: Ints
    amount: Floats
    due: Ints
    stated: Floats
    place: Ints
    since: Ints
    deal: Ints
    stage: Ints
    entered: Ints
    left: Ints
    after: Ints
    asked: Floats
    undated: int
    has_history: bool

    @property
    def open(self) -> Flags:
        """Which deals are open."""
        running: Flags = self.outcome == OPEN
        return running

    @property
    def won(self) -> Flags:
        """Which deals are won, with a date."""
        won: Flags = (self.outcome == WON) & (self.closed != NEVER)
        return won

    def won_between(self, start: int, end: int) -> Flags:
        """Say which deals were won after ``start`` and not after ``end``."""
        between: Flags = self.won & (self.closed > start) & (self.closed <= end)
        return between


@dataclass(frozen=True, eq=False)
class Book:
    """A pipeline as arrays.

    Attributes
    ----------
    amount_while_open : bool
        False where only closed deals have an amount: it is then a fact about the close, and
        must not be used for a deal that is still open at an earlier date.
    """

    created: Ints
    closed: Ints
    outcome: Ints
    amount: Floats
    due: Ints
    stated: Floats
    place: Ints
    deal: Ints
    at: Ints
    code: Ints
    changes: dict[str, Changes]
    ids: pd.Index[str]
    groups: pd.DataFrame
    stages: int
    as_of: int
    amount_while_open: bool
    has_history: bool

    @classmethod
    def of(cls, p: Pipeline, by: list[str] | None = None, money: bool = True) -> Book:
        """Read a pipeline; without ``money`` every deal weighs 1."""
        deals = p.deals
        code = ibis.cases(
            *[(deals.outcome == o, ibis.literal(k)) for o, k in OUTCOME_CODES.items()], else_=OPEN
        )
        stated = (
            read_text(deals.probability, "float64")
            if "probability" in deals.columns
            else ibis.null("float64")
        )
        facts = deals.select(
            "deal_id", "created_at", "closed_at", "amount", "expected_close",
            code=code, place=_code(deals.stage, p), stated=stated,
            **{f"by_{b}": b for b in by or []},
        ).order_by("deal_id").to_pandas()  # fmt: skip
        ids = pd.Index(facts["deal_id"])
        rows = pd.DataFrame({"deal_id": [], "entered_at": pd.to_datetime([]), "code": []})
        if p.stage_history is not None:
            h = p.stage_history
            h = h.filter(h.entered_at.notnull()).order_by("deal_id", "entered_at", "seq")
            rows = h.select("deal_id", "entered_at", code=_code(h.stage, p)).to_pandas()
        deal = ids.get_indexer(pd.Index(rows["deal_id"])).astype(np.int64)
        ours = deal >= 0
        amount = facts["amount"].to_numpy(float) if money else np.ones(len(facts))
        running = facts["code"].to_numpy() == OPEN
        changes = _changes(p, ids, money)
        stated_now = facts["stated"].to_numpy(float)
        if "probability" in changes:  # one scale for all of them
            then = changes["probability"]
            both = as_share(np.concatenate([stated_now, then.was.astype(float)]))
            stated_now = both[: len(facts)]
            changes["probability"] = Changes(then.deal, then.at, both[len(facts) :])
        else:
            stated_now = as_share(stated_now)
        return cls(
            created=_times(facts["created_at"]),
            closed=_times(facts["closed_at"]),
            outcome=facts["code"].to_numpy(np.int64),
            amount=amount,
            due=_times(facts["expected_close"]),
            stated=stated_now,
            place=facts["place"].fillna(UNKNOWN).to_numpy(np.int64),
            deal=deal[ours],
            at=_times(rows["entered_at"])[ours],
            code=rows["code"].fillna(UNKNOWN).to_numpy(np.int64)[ours],
            changes=changes,
            ids=ids,
            groups=facts[[f"by_{b}" for b in by or []]].set_axis(list(by or []), axis=1),
            stages=len(p.process.open_ids),
            as_of=moment_of(p.as_of),
            amount_while_open=not running.any() or bool(np.isfinite(amount[running]).any()),
            has_history=p.stage_history is not None and bool(ours.any()),
        )

    def known_at(self, moment: int, part: Flags | None = None) -> Known:
        """Return what was known at a moment: the same as ``Pipeline.at`` tells.

        Parameters
        ----------
        part : ndarray of bool, optional
            Only these deals.
        """
        n = self.created.size
        began = np.full(n, NEVER)
        firsts = np.r_[True, self.deal[1:] != self.deal[:-1]] if self.deal.size else self.deal > 0
        began[self.deal[firsts]] = self.at[firsts]
        created = np.where(self.created == NEVER, began, self.created)
        ends = np.zeros(n, bool)
        ends[self.deal[(self.code < 0) & (self.code > OPEN)]] = True
        begun = (created != NEVER) & (created <= moment)
        adrift = (self.outcome != OPEN) & (self.closed == NEVER) & ~ends
        mine = np.ones(n, bool) if part is None else part
        here = begun & ~adrift & mine
        undated = int(((created == NEVER) | (begun & adrift))[mine].sum())

        kept = (self.at <= moment) & here[self.deal]
        deal, at, code = self.deal[kept], self.at[kept], self.code[kept]
        final = np.r_[deal[1:] != deal[:-1], True] if deal.size else np.zeros(0, bool)
        last, last_at = np.full(n, OPEN), np.full(n, NEVER)
        last[deal[final]], last_at[deal[final]] = code[final], at[final]
        dated = (self.outcome != OPEN) & (self.closed != NEVER) & (self.closed <= moment)
        told = np.isin(last, list(OUTCOME_CODES.values()))
        outcome = np.where(dated, self.outcome, np.where(told, last, OPEN))
        closed = np.where(dated, self.closed, np.where(told, last_at, NEVER))

        left = np.where(final, NEVER, np.r_[at[1:], NEVER][: at.size])
        after = np.where(final, OPEN, np.r_[code[1:], OPEN][: code.size])
        over = final & (outcome[deal] != OPEN)
        left, after = np.where(over, closed[deal], left), np.where(over, outcome[deal], after)
        stays = code >= 0
        place = np.full(n, UNKNOWN)
        since = np.full(n, NEVER)
        current = stays & final & ~over
        place[deal[current]], since[deal[current]] = code[current], at[current]
        if moment >= self.as_of:  # what the deals' own table says of today
            told_by_table = here & (outcome == OPEN) & (place == UNKNOWN)
            place = np.where(told_by_table, self.place, place)
            since = np.where(told_by_table, created, since)  # the best that is known of it
        values = {
            name: self.changes[name].rewind(column, moment) if name in self.changes else column
            for name, column in (
                ("amount", self.amount), ("expected_close", self.due), ("probability", self.stated),
            )
        }  # fmt: skip
        asked = self.amount[deal]
        if "amount" in self.changes:
            asked = self.changes["amount"].when(self.amount, deal, at)
        place_of = np.cumsum(here) - 1
        return Known(
            moment=moment, stages=self.stages, row=np.flatnonzero(here),
            created=created[here], closed=closed[here], outcome=outcome[here],
            amount=values["amount"][here].astype(float), due=values["expected_close"][here],
            stated=values["probability"][here].astype(float),
            place=place[here], since=since[here],
            deal=place_of[deal[stays]], stage=code[stays], entered=at[stays], left=left[stays],
            after=after[stays], asked=asked[stays], undated=undated,
            has_history=self.has_history,
        )  # fmt: skip


def _code(stage: ibis.expr.types.Value, p: Pipeline) -> ibis.expr.types.Value:
    codes = {s: k for k, s in enumerate(p.process.open_ids)} | OUTCOME_CODES
    return ibis.cases(
        *[(stage == s, ibis.literal(k)) for s, k in codes.items()], else_=ibis.null("int64")
    )


def _changes(p: Pipeline, ids: pd.Index, money: bool) -> dict[str, Changes]:
    found: dict[str, Changes] = {}
    for name in ("expected_close", "probability", *(["amount"] if money else [])):
        frame = recorded(p, name)
        deal = ids.get_indexer(pd.Index(frame["deal_id"])).astype(np.int64)
        ours = deal >= 0
        if not ours.any():
            continue
        dates = name == "expected_close"
        was = _times(frame["was"]) if dates else _numbers(frame["was"])
        found[name] = Changes(deal[ours], _times(frame["changed_at"])[ours], was[ours])
    return found


def as_share(stated: Floats) -> Floats:
    """Return probabilities as fractions; a CRM may write 40 for 40%."""
    known = stated[np.isfinite(stated)]
    if not known.size:
        return stated
    if known.min() < 0 or known.max() > 100:
        wrong = float(known.min() if known.min() < 0 else known.max())
        raise FunnelkitError("forecast.bad_probability", found=wrong)
    return stated / 100 if known.max() > 1 else stated
