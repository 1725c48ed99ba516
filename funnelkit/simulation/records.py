"""What gets written into the CRM while deals move: visits, dates, amounts, owners, categories."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from funnelkit.simulation.draws import Floats, Ints, pick
from funnelkit.simulation.world import WON, World

CATEGORIES = ("pipeline", "best_case", "commit", "closed", "omitted")
_ROUNDS = 80  # a date is moved at most so often
_WEEKS_OPEN = 60.0  # working days in which the plan's share of owners changes


@dataclass
class Changes:
    """Changes of one field: which deal, when, from what to what (codes, dates or amounts)."""

    deal: list[Ints] = field(default_factory=list)
    at: list[Floats] = field(default_factory=list)
    old: list[Any] = field(default_factory=list)
    new: list[Any] = field(default_factory=list)

    def add(self, deal: Ints, at: Floats, old: Any, new: Any) -> None:
        """Remember some changes."""
        self.deal.append(deal)
        self.at.append(at)
        self.old.append(np.broadcast_to(old, deal.shape))
        self.new.append(np.broadcast_to(new, deal.shape))


@dataclass
class Records:
    """Everything that was written by the cut."""

    w: World
    shown: Ints  # deals in order of creation
    rank: Ints  # place of each deal in that order, -1: not known at the cut
    seen: Floats  # end of each deal, at most the cut
    changes: dict[str, Changes] = field(default_factory=dict)
    #: stays: rank of the deal, code of the stage or outcome, from, until
    visit_deal: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    visit_code: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    visit_from: Floats = field(default_factory=lambda: np.zeros(0))
    visit_until: Floats = field(default_factory=lambda: np.zeros(0))
    unit: float = 1.0

    def known(self, stage: int) -> npt.NDArray[np.bool_]:
        """Say which deals had come to a stage by the cut."""
        w = self.w
        here: npt.NDArray[np.bool_] = (
            (w.reached >= stage) & (w.enter[stage] < self.seen) & (self.rank >= 0)
        )
        return here


def write_down(w: World) -> Records:
    """Write down what had happened by the cut."""
    created, cut = w.a["created"], w.clock.last
    # leads may come in outside working hours; the ids follow the clock on the wall
    wall = w.clock.micro(created)
    if "created_at" in w.a:
        wall = np.where(w.a["created_at"] >= 0, w.a["created_at"], wall)
    order = np.lexsort((created, wall))
    shown = order[created[order] < cut]
    rank = np.full(w.n, -1, np.int64)
    rank[shown] = np.arange(len(shown))
    r = Records(w, shown, rank, np.minimum(w.end, cut))
    median = w.plan.deal_size.median
    r.unit = float(10.0 ** max(np.floor(np.log10(median)) - 2, 0))
    _visits(r)
    _amounts(r)
    _dates(r)
    _owners(r)
    _categories(r)
    return r


def _visits(r: Records) -> None:
    """Put all moves of all deals in order: one number a move holds the deal and its place."""
    w, cut = r.w, r.w.clock.last
    keys, codes, moments = [], [], []
    slots = 4 * w.k + 1

    def add(who: Ints, slot: int, code: int | Ints, at: Floats) -> None:
        keys.append(r.rank[who] * slots + slot)
        codes.append(np.broadcast_to(np.asarray(code, np.int64), who.shape))
        moments.append(at)

    for k in range(w.k):
        who = np.flatnonzero(r.known(k) & ~w.skipped[k])
        add(who, 4 * k, k, w.enter[k][who])
        who = np.flatnonzero(r.known(k) & (w.back[k] < r.seen))
        add(who, 4 * k + 1, k - 1, w.back[k][who])
        who = np.flatnonzero(r.known(k) & (w.again[k] < r.seen))
        add(who, 4 * k + 2, k, w.again[k][who])
    who = np.flatnonzero((w.end < cut) & (r.rank >= 0))
    add(who, slots - 1, w.k + w.outcome[who], w.end[who])
    key = np.concatenate(keys)
    order = np.argsort(key, kind="stable")
    r.visit_deal = key[order] // slots
    r.visit_code = np.concatenate(codes)[order]
    r.visit_from = np.concatenate(moments)[order]
    until = np.append(r.visit_from[1:], 0.0)
    final = np.append(r.visit_deal[1:] != r.visit_deal[:-1], True)
    r.visit_until = np.where(final, float(cut), until)


def rounded(r: Records, amount: Floats) -> Floats:
    """Round amounts as people write them; some sellers write rounder ones."""
    found: Floats = np.maximum(np.round(amount / r.unit), 1) * r.unit
    rough = r.w.a.get("rough")
    if rough is not None:
        coarse = np.maximum(np.round(amount / (100 * r.unit)), 1) * 100 * r.unit
        found = np.where(rough, coarse, found)
    copied = r.w.a.get("copied")
    if copied is not None:
        usual = np.round(r.w.plan.deal_size.median / r.unit) * r.unit
        found = np.where(copied, usual, found)
    return found


def _amounts(r: Records) -> None:
    """Amounts are estimates until an offer names a list price; terms take a discount off."""
    w, a = r.w, r.w.a
    log = r.changes["amount"] = Changes()
    first = rounded(r, a["amount"])
    factor = np.exp(0.15 * w.draws.normal("list", w.n))
    revises = w.uniform("revises") < 0.6
    listed = np.where(revises, rounded(r, a["amount"] * factor), first)
    offered = r.known(w.offer)
    who = np.flatnonzero(offered & (listed != first))
    # an offer is written a little after the stage is entered
    at = w.enter[w.offer] + 0.1 * (w.leave[w.offer] - w.enter[w.offer])
    at = np.minimum(at, w.enter[w.offer] + 2)
    told = at[who] < r.seen[who]
    log.add(who[told], at[who][told], first[who][told], listed[who][told])
    stated = offered & (at < r.seen)
    now = np.where(stated, listed, first)
    a["list_amount"] = np.where(stated, listed, np.nan)

    mean = a.get("discount_mean", np.full(w.n, w.plan.discount))
    discount = np.round(mean * (0.4 + 1.2 * w.uniform("discount")), 3)
    began = np.where(np.isnan(w.again[w.last]), w.enter[w.last], w.again[w.last])
    stay = np.minimum(w.leave[w.last], w.clock.last + 200) - began
    agreed = began + stay * (0.75 + 0.2 * w.uniform("discount at"))
    given = r.known(w.last) & (agreed < r.seen) & (discount > 0)
    final = rounded(r, listed * (1 - discount))
    who = np.flatnonzero(given & (final != now))
    log.add(who, agreed[who], now[who], final[who])
    a["amount_now"] = np.where(given, final, now)
    a["discount_pct"] = np.where(given, discount, np.nan)
    approver = a.get("approver", pick(w.uniform("approver"), [1.0] * len(w.approvers)))
    a["approver_now"] = np.where(given & (discount >= 0.05), approver, -1)


def _dates(r: Records) -> None:
    """Close dates are set when the need is clear, and moved when they pass."""
    w, a, clock = r.w, r.w.a, r.w.clock
    log = r.changes["expected_close"] = Changes()
    pushes = w.plan.pushes
    middle = sum(
        (w.process.stage(s).target.median_days or 20.0) * clock.share
        for s in w.process.open_ids[w.qualify :]
    )
    who = np.flatnonzero(r.known(w.qualify))
    set_at = w.enter[w.qualify][who]
    seen = r.seen[who]
    told = a["pushes"][who]
    # where a pattern says how often: steps that fit the time the deal has
    life = np.minimum(w.end[who], clock.last + 60) - set_at
    fitting = life / (np.nan_to_num(told) + 0.15 + 0.7 * w.uniform("push/fit")[who])
    span = middle * a["early_pace"][who] * pushes.first_share
    span = span * (0.5 + 0.8 * w.uniform("push/first")[who])
    span = span * a.get("date_far", np.ones(w.n))[who]
    due = set_at + np.where(np.isnan(told), span, fitting)
    day = _as_date(r, who, due)
    log.add(who, set_at, np.datetime64("NaT", "D"), day)
    now = np.full(w.n, np.datetime64("NaT"), dtype="datetime64[D]")
    now[who] = day
    before = set_at.copy()
    live = np.arange(len(who))
    one_push = a.get("one_push")
    for i in range(_ROUNDS):
        live = live[due[live] < seen[live]]
        if not live.size:
            break
        n = len(who)
        noise = w.draws.uniform(f"push/at/{i}", n)[live]
        at = np.maximum(due[live] + 4 * noise - 2, before[live] + 0.1)
        at = np.where(np.isnan(told[live]), at, np.maximum(due[live], before[live] + SHORT))
        live, at = live[at < seen[live]], at[at < seen[live]]
        days = np.asarray(pushes.days)
        step = days[pick(w.draws.uniform(f"push/by/{i}", n)[live], pushes.weights)] * clock.share
        step = np.where(np.isnan(told[live]), step, fitting[live])
        due[live] = at + np.maximum(step, 1)
        fresh = _as_date(r, who[live], due[live])
        old = now[who[live]]
        moved = fresh > old
        log.add(who[live][moved], at[moved], old[moved], fresh[moved])
        now[who[live]] = np.where(moved, fresh, old)
        before[live] = at
    if one_push is not None:
        moment, days_later = one_push
        there = (set_at < moment) & (seen > moment + SHORT) & (before < moment)
        chosen = who[there]
        old = now[chosen]
        log.add(chosen, np.full(len(chosen), moment), old, old + np.timedelta64(days_later, "D"))
        now[chosen] = old + np.timedelta64(days_later, "D")
    a["expected_close"] = now


SHORT = 0.02


def _as_date(r: Records, who: Ints, moment: Floats) -> npt.NDArray[np.datetime64]:
    date = r.w.clock.date(moment)
    careless = r.w.a.get("month_end")
    if careless is not None:
        ends = (date.astype("datetime64[M]") + 1).astype("datetime64[D]") - 1
        date = np.where(careless[who], ends, date)
    return date


def _owners(r: Records) -> None:
    """Hand some deals over: now and then, or because the territory is cut anew."""
    w, a = r.w, r.w.a
    log = r.changes["owner"] = Changes()
    team = [np.flatnonzero(w.seller_region == g) for g in range(len(w.regions))]
    place = np.zeros(len(w.sellers), np.int64)
    for members in team:
        place[members] = np.arange(len(members))
    sizes = np.array([len(t) for t in team])
    table = np.zeros((len(team), max(1, sizes.max())), np.int64)
    for g, members in enumerate(team):
        table[g, : len(members)] = members
    owner = a["owner"]
    group = w.seller_region[owner]
    mates = sizes[group]
    wait = -np.log1p(-w.uniform("handover")) * _WEEKS_OPEN / max(w.plan.owner_changes, 1e-12)
    at = a["created"] + wait
    next_one = (place[owner] + 1 + (w.uniform("successor") * (mates - 1)).astype(np.int64)) % mates
    successor = table[group, next_one]
    there = w.seller_start[successor] <= at
    if "moves_at" in a:
        planned = ~np.isnan(a["moves_at"])
        at = np.where(planned, a["moves_at"], at)
        successor = np.where(planned, a["moves_to"], successor)
        there |= planned
    changes = there & (at < r.seen) & (at > a["created"]) & (r.rank >= 0) & (successor != owner)
    who = np.flatnonzero(changes)
    log.add(who, at[who], owner[who], successor[who])
    a["owner_now"] = np.where(changes, successor, owner)


def _categories(r: Records) -> None:
    """A forecast category follows the stage, and the end."""
    w = r.w
    log = r.changes["forecast_category"] = Changes()
    now = np.full(w.n, -1, np.int64)
    stages = dict(zip((w.qualify, w.offer, w.last), (0, 1, 2), strict=True))
    for stage, code in stages.items():
        who = np.flatnonzero(r.known(stage) & ~w.skipped[stage])
        log.add(who, w.enter[stage][who], now[who], code)
        now[who] = code
    closed = (w.end < w.clock.last) & (r.rank >= 0)
    for code, mask in ((3, w.outcome == WON), (4, w.outcome != WON)):
        who = np.flatnonzero(closed & mask & (now >= 0))
        log.add(who, w.end[who], now[who], code)
        now[who] = code
    w.a["category_now"] = now
