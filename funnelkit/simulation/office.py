"""What the sales office keeps beside the deals: customers, people, targets and forecasts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from funnelkit.simulation.draws import Floats, Ints
from funnelkit.simulation.records import Records
from funnelkit.simulation.tables import account_names, floats, ids, of_changes, texts, times
from funnelkit.simulation.world import WON

LEVELS = (("base", 0.9), ("plan", 1.0), ("stretch", 1.15))


def accounts(r: Records) -> pa.Table:
    """One row a customer that has a deal."""
    w, a, plan = r.w, r.w.a, r.w.plan
    used = np.flatnonzero(np.bincount(a["account"][r.shown], minlength=len(a["account_number"])))
    used = used[np.argsort(a["account_number"][used], kind="stable")]
    size, tier = a["account_size"][used], a["account_tier"][used]
    industries = [i.name for i in plan.items("industries")]
    n = len(a["account_number"])
    worth = plan.deal_size.median * np.resize([0.8, 2.0, 6.0], len(plan.items("sizes")))[size]
    potential = worth * np.resize([2.2, 1.3, 0.7], len(plan.items("tiers")))[tier]
    potential = potential * np.exp(0.5 * w.draws.normal("potential", n)[used])
    spent = potential * w.draws.uniform("spend", n)[used] ** 2.5
    return pa.table(
        {
            "account_id": ids("A", a["account_number"][used], n),
            "name": pa.array(account_names(r), pa.string()).take(pa.array(used)),
            "region": texts(w.regions, a["account_region"][used]),
            "industry": texts(industries, a["account_industry"][used]),
            "size": texts([i.name for i in plan.items("sizes")], size),
            "tier": texts([i.name for i in plan.items("tiers")], tier),
            "potential": floats(np.round(potential / r.unit) * r.unit),
            "spend_total": floats(np.round(spent / r.unit) * r.unit),
        }
    )  # fmt: skip


def reps(r: Records) -> pa.Table:
    """One row a person who works on deals."""
    w = r.w
    people = [*w.sellers, *w.presales, *w.approvers]
    n = len(people)
    parts = zip(w.plan.names.posts, (w.sellers, w.presales, w.approvers), strict=True)
    roles = [post for post, members in parts for _ in members]
    regions: list[str | None] = [w.regions[g] for g in w.seller_region]
    regions += [w.regions[i % len(w.regions)] for i in range(len(w.presales))]
    regions += [None] * len(w.approvers)
    long_ago = np.datetime64(w.clock.start) - (
        200 + (2200 * w.draws.uniform("hired", n)).astype(np.int64)
    )
    started = long_ago.copy()
    for i, moment in enumerate(w.seller_start):
        if moment > 0:
            started[i] = w.clock.date(np.array([moment]))[0]
    return pa.table(
        {
            "rep_id": ids("R", np.arange(n), n),
            "name": pa.array(people, pa.string()),
            "region": pa.array(regions, pa.string()),
            "start_date": pa.array(started.astype("datetime64[us]"), pa.timestamp("us")),
            "role": pa.array(roles, pa.string()),
        }
    )


def _months(r: Records) -> tuple[int, list[str]]:
    """Return the number of months that have begun, and the labels to the end of the year."""
    clock = r.w.clock
    first = np.datetime64(clock.start, "M")
    end = np.datetime64(clock.as_of, "Y") + 1
    labels = [str(m) for m in np.arange(first, end.astype("datetime64[M]"))]
    return clock.months, labels


def _expected(r: Records) -> Floats:
    """Return the value the business expects to win in each month, before anybody knows."""
    w = r.w
    begun, labels = _months(r)
    worth = np.prod(w.plain, axis=0) * w.a["amount"] * (1 - w.plan.discount)
    month = np.minimum(w.clock.month(np.minimum(w.enter[w.k], 1e8)) - 1, begun)
    found = np.bincount(month[r.shown], weights=worth[r.shown], minlength=begun + 1)[:begun]
    usual = found[-min(6, begun) :].mean()
    full: Floats = np.concatenate([found, np.full(max(0, len(labels) - begun), usual)])
    return full[: len(labels)]


def targets(r: Records) -> pa.Table:
    """One row a month, seller and level."""
    w = r.w
    begun, labels = _months(r)
    sellers, months = len(w.sellers), len(labels)
    starts = w.clock.month(np.maximum(w.seller_start, 0))
    starts = np.where(w.seller_start > 0, starts, -99)
    tenure = np.arange(1, months + 1)[None, :] - starts[:, None] + 1
    weight = np.clip(tenure / max(w.plan.ramp_months, 1), 0, 1)
    weight = weight / np.maximum(weight.sum(axis=0), 1e-9)
    amount = weight * _expected(r)[None, :] * w.plan.target_stretch
    if w.seller_easy.any():
        _matched(r, amount, begun)
    rows = [(s, m) for s in range(sellers) for m in range(months)]
    who = np.array([x[0] for x in rows])
    when = np.array([x[1] for x in rows])
    parts = []
    for level, factor in LEVELS:
        value = np.round(amount[who, when] * factor / (10 * r.unit)) * 10 * r.unit
        parts.append(
            pa.table(
                {
                    "period": texts(labels, when),
                    "region": texts(w.regions, w.seller_region[who]),
                    "owner": texts(w.sellers, who),
                    "level": pa.repeat(pa.scalar(level), len(who)),
                    "amount": floats(value),
                }
            )
        )
    table = pa.concat_tables(parts)
    return table.sort_by([("period", "ascending"), ("owner", "ascending"), ("amount", "ascending")])


def _matched(r: Records, amount: Floats, begun: int) -> None:
    """Let a seller who holds deals back end each quarter a little over his target."""
    w, a = r.w, r.w.a
    won = (w.outcome == WON) & (w.end < w.clock.last) & (r.rank >= 0)
    month = w.clock.month(np.minimum(w.end, 1e8)) - 1
    base = int(np.datetime64(w.clock.start, "M").astype(int)) - w.clock.quarter_start
    over = 1.01 + 0.07 * w.draws.uniform("over", begun + 3)
    for s in np.flatnonzero(w.seller_easy):
        mine = np.flatnonzero(won & (a["owner_now"] == s))
        sold = np.bincount(month[mine], weights=a["amount_now"][mine], minlength=begun)[:begun]
        quarter = (base + np.arange(begun)) // 3
        for i, q in enumerate(np.unique(quarter)):
            inside = np.flatnonzero(quarter == q)
            # a quarter the cut falls into has no result yet
            if sold[inside].sum() > 0 and (base + begun - 1) // 3 != q:
                amount[s, inside] = sold[inside].sum() / over[i] / len(inside)


def forecasts(r: Records) -> pa.Table:
    """One row a seller, month and category: what he expected at the beginning of the month."""
    w, a, clock = r.w, r.w.a, r.w.clock
    begun, labels = _months(r)
    deal, at, _, due = of_changes(r.changes["expected_close"])
    order = np.lexsort((at, deal))
    deal, at, due = deal[order], at[order], due[order]
    final = np.append(deal[1:] != deal[:-1], True) if len(deal) else np.zeros(0, bool)
    until = np.where(final, r.seen[deal], np.append(at[1:], 0.0))
    month_due = due.astype("datetime64[M]").astype(int)
    base = int(np.datetime64(clock.start, "M").astype(int))
    sellers = len(w.sellers)
    noise = np.exp(0.12 * w.draws.normal("forecast", begun * sellers * 3))
    columns: dict[str, list[Any]] = {k: [] for k in ("at", "period", "who", "kind", "value")}
    for m in range(begun):
        moment = clock.month_start(m + 1) + 0.25
        if moment >= clock.last:
            continue
        there = np.flatnonzero((at <= moment) & (until > moment) & (month_due == base + m))
        these = deal[there]
        stage = _stage_at(r, these, moment)
        owner = a["owner"][these]
        worth = rounded_amount(r, these)
        for kind, place in enumerate((w.last, w.offer, w.qualify)):
            mine = stage == place
            start = (m * 3 + kind) * sellers
            bias = w.seller_bias if kind < 2 else np.ones(sellers)
            bias = bias * noise[start : start + sellers]
            told = np.bincount(owner[mine], weights=worth[mine], minlength=sellers) * bias
            present = np.flatnonzero(w.seller_start <= moment)
            columns["at"].append(np.full(len(present), moment))
            columns["period"].append(np.full(len(present), m))
            columns["who"].append(present)
            columns["kind"].append(np.full(len(present), kind))
            columns["value"].append(told[present])
    flat = {k: np.concatenate(v) if v else np.zeros(0) for k, v in columns.items()}
    value = np.round(flat["value"] / r.unit) * r.unit
    kinds = ("commit", "best_case", "pipeline")
    return pa.table(
        {
            "made_at": times(r, flat["at"]),
            "period": texts(labels, flat["period"].astype(np.int64)),
            "owner": texts(w.sellers, flat["who"].astype(np.int64)),
            "category": texts(kinds, flat["kind"].astype(np.int64)),
            "amount": floats(value),
        }
    )


def rounded_amount(r: Records, who: Ints) -> Floats:
    """Return what sellers think their deals are worth: the estimate."""
    found: Floats = np.round(r.w.a["amount"][who] / r.unit) * r.unit
    return found


def _stage_at(r: Records, who: Ints, moment: float) -> Ints:
    w = r.w
    stage = np.zeros(len(who), np.int64)
    for k in range(w.k):
        come = (w.enter[k][who] <= moment) & (w.reached[who] >= k)
        stage = np.where(come, k, stage)
    return stage
