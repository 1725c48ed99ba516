"""The tables as Arrow columns, straight into DuckDB: no row is ever touched one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from funnelkit.simulation.draws import Ints
from funnelkit.simulation.records import CATEGORIES, Changes, Records
from funnelkit.simulation.world import WON

_TIME = pa.timestamp("us")


def texts(values: Any, codes: Ints) -> pa.Array:
    """Return the text of each code; -1 is empty."""
    known = pa.array(list(values), pa.string())
    gone = codes < 0
    if not len(known):
        return pa.nulls(len(codes), pa.string())
    mask = gone if gone.any() else None
    return known.take(pa.array(np.where(gone, 0, codes), pa.int64(), mask=mask))


def times(r: Records, moment: Any, known: Any = None) -> pa.Array:
    """Return moments as timestamps, empty where not known."""
    safe = moment if known is None else np.where(known, moment, 0.0)
    raw = r.w.clock.micro(np.asarray(safe, float))
    return _stamps(raw, known)


def _stamps(raw: Ints, known: Any = None) -> pa.Array:
    mask = None if known is None else ~known
    return pa.array(raw, pa.int64(), mask=mask).cast(_TIME)


def ids(prefix: str, numbers: Ints, n: int) -> pa.Array:
    """Return ids of equal length, counted from 1."""
    width = max(5, len(str(n)))
    digits = pc.utf8_lpad(pa.array(numbers + 1, pa.int64()).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(pa.scalar(prefix + "-"), digits, "")


def floats(values: Any) -> pa.Array:
    """Return figures, empty where not a number."""
    found = np.asarray(values, float)
    return pa.array(found, pa.float64(), mask=np.isnan(found))


def deals(r: Records) -> pa.Table:
    """One row a deal, as known at the cut."""
    w, a, s, plan = r.w, r.w.a, r.shown, r.w.plan
    closed = w.end[s] < w.clock.last
    outcome = np.where(closed, w.outcome[s], 3)
    stage = np.full(len(s), -1, np.int64)
    inside = r.visit_code < w.k
    stage[r.visit_deal[inside]] = r.visit_code[inside]  # rows are in order: the last one stays
    offered = r.known(w.offer)[s]
    account = texts(account_names(r), a["account"][s])
    product = texts([i.name for i in plan.items("products")], a["product"][s])
    created = w.clock.micro(a["created"][s])
    if "created_at" in a:
        created = np.where(a["created_at"][s] >= 0, a["created_at"][s], created)
    expected = a["expected_close"][s]
    answered = a["response"][s] < r.seen[s]
    columns = {
        "deal_id": r_ids(r),
        "name": pc.binary_join_element_wise(account, product, plan.names.joint),
        "account": account,
        "owner": texts(w.sellers, a["owner_now"][s]),
        "region": texts(w.regions, a["region"][s]),
        "source": texts(w.sources, a["source"][s]),
        "amount": floats(a["amount_now"][s]),
        "currency": pa.repeat(pa.scalar(w.process.currency), len(s)),
        "created_at": _stamps(created),
        "expected_close": pa.array(expected.astype("datetime64[us]"), _TIME),
        "stage": texts(w.process.open_ids, stage),
        "outcome": texts(("won", "lost", "no_decision", "open"), outcome),
        "closed_at": times(r, w.end[s], closed),
        "loss_reason": _reasons(r, closed),
        "competitor": texts(
            [i.name for i in plan.items("competitors")], np.where(offered, a["competitor"][s], -1)
        ),
        "account_id": ids("A", a["account_number"][a["account"][s]], len(a["account_number"])),
        "industry": texts([i.name for i in plan.items("industries")], a["industry"][s]),
        "size": texts([i.name for i in plan.items("sizes")], a["size"][s]),
        "tier": texts([i.name for i in plan.items("tiers")], a["tier"][s]),
        "product": product,
        "type": texts(plan.names.types, a["renewal"][s].astype(np.int64)),
        "campaign": campaigns(r),
        "n_contacts": pa.array(a["n_contacts"], pa.int64()),
        "list_amount": floats(a["list_amount"][s]),
        "discount_pct": floats(a["discount_pct"][s]),
        "discount_approved_by": texts(approver_names(r), a["approver_now"][s]),
        "presales_owner": texts(w.presales, np.where(offered, _presales(r), -1)),
        "first_touch_at": times(r, a["response"][s], answered),
        "forecast_category": texts(CATEGORIES, a["category_now"][s]),
    }
    return pa.table(columns)


def r_ids(r: Records, numbers: Ints | None = None) -> pa.Array:
    """Return deal ids in order of creation, or those at some places of that order."""
    if "ids" not in r.w.a:
        n = len(r.shown)
        r.w.a["ids"] = ids(r.w.plan.id_prefix, np.arange(n), n)
    known: pa.Array = r.w.a["ids"]
    return known if numbers is None else known.take(pa.array(numbers, pa.int64()))


def approver_names(r: Records) -> list[str]:
    """Return who may approve; the last one is an agreement that needs nobody."""
    return [*r.w.approvers, r.w.plan.names.code]


def _presales(r: Records) -> Ints:
    a = r.w.a
    own: Ints = a["presales"] if "presales" in a else a["region"] % len(r.w.presales)
    return own[r.shown]


def _reasons(r: Records, closed: Any) -> pa.Array:
    w, a, s, names = r.w, r.w.a, r.shown, r.w.plan.names
    if names.reasons:
        return _reasons_by_part(r, closed)
    groups = (names.lost_reasons, names.undecided_reasons, names.early_reasons)
    starts = np.cumsum([0] + [len(g) for g in groups])
    drawn = w.uniform("reason")
    late = (w.reached >= w.offer) | (w.outcome == 1)
    kind = np.select([(w.outcome == 1) & (w.reached >= w.contact), late], [0, 1], 2)
    kind = np.where((w.outcome == 2) & (w.reached >= w.contact), 1, kind)
    size = np.array([len(g) for g in groups])[kind]
    code = starts[kind] + (drawn * size).astype(np.int64)
    other = starts[-1]
    vague = a.get("vague", w.uniform("vague") < 0.06)
    code = np.where(vague, other, code)
    shown = closed & (w.outcome[s] != WON)
    values = [x for g in groups for x in g] + [names.other_reason]
    return texts(values, np.where(shown, code[s], -1))


def _reasons_by_part(r: Records, closed: Any) -> pa.Array:
    """Draw a reason among those that can be given where the deal ended."""
    w, names, s = r.w, r.w.plan.names, r.shown
    parts = {
        "start": 0,
        "contact": w.contact,
        "qualify": w.qualify,
        "offer": w.offer,
        "bid": min(w.offer + 1, w.last),
        "award": max(w.last - 1, 0),
        "last": w.last,
    }
    fits = np.array(
        [
            np.isin(w.outcome, [("won", "lost", "no_decision").index(o) for o in x.outcomes])
            & (w.reached >= parts[x.first]) & (w.reached <= parts[x.last])
            for x in names.reasons
        ]
    )  # fmt: skip
    wanted = np.floor(w.uniform("reason") * fits.sum(axis=0)).astype(np.int64)
    code = np.argmax(np.cumsum(fits, axis=0) > wanted, axis=0)
    vague = (w.uniform("vague") < 0.05) | ~fits.any(axis=0)
    code = np.where(vague, len(names.reasons), code)
    shown = closed & (w.outcome[s] != WON)
    return texts(
        [*(x.text for x in names.reasons), names.other_reason], np.where(shown, code[s], -1)
    )


def campaigns(r: Records) -> pa.Array:
    """Return the campaign of a lead: one runs in every quarter."""
    w, a, s = r.w, r.w.a, r.shown
    month = w.clock.date(a["created"]).astype("datetime64[M]").astype(int)
    quarter = month // 3 - month.min() // 3
    first = int(month.min() // 3)
    labels = []
    for q in range(int(quarter.max()) + 1):
        year, part = divmod(first + q, 4)
        labels.append(f"{w.plan.names.campaigns[part]} {1970 + year}")
    share = a.get("campaign_share", np.full(w.n, 0.35))
    return texts(labels, np.where(w.uniform("campaign") < share, quarter, -1)[s])


def account_names(r: Records) -> list[str]:
    """Return the names of all customers; the trade follows from the industry where it can."""
    if "account_names" in r.w.a:
        known: list[str] = r.w.a["account_names"]
        return known
    w, names = r.w, r.w.plan.names
    n = len(w.a["account_number"])
    brands, trades, brand, trade, number = names.companies(n, w.a["account_number"])
    if names.trades_of:
        trades, trade = _trades_by_industry(r, brand, trade)
    left = texts(brands, w.draws.shuffled("brands", len(brands))[brand])
    full = pc.binary_join_element_wise(left, texts(trades, trade), names.gap)
    if number.max(initial=0) > 0:
        tail = pa.array(number + 1, pa.int64()).cast(pa.string())
        longer = pc.binary_join_element_wise(full, tail, " ")
        full = pc.if_else(pa.array(number > 0), longer, full)
    found: list[str] = full.to_pylist()
    w.a["account_names"] = found
    return found


def _trades_by_industry(r: Records, brand: Ints, trade: Ints) -> tuple[list[str], Ints]:
    """Return trades that fit each customer's industry, and their places."""
    industries = [i.name for i in r.w.plan.items("industries")]
    groups = [r.w.plan.names.trades_of.get(name, (name,)) for name in industries]
    starts = np.cumsum([0] + [len(g) for g in groups])
    own = r.w.a["account_industry"]
    sizes = np.array([len(g) for g in groups])[own]
    return [x for g in groups for x in g], starts[own] + (brand + trade) % sizes


def stage_history(r: Records) -> pa.Table:
    """One row a move."""
    w = r.w
    stages = (*w.process.open_ids, "won", "lost", "no_decision")
    raw = _visit_times(r)
    return pa.table(
        {
            "deal_id": r_ids(r, r.visit_deal),
            "stage": texts(stages, r.visit_code),
            "entered_at": _stamps(raw),
            "seq": pa.array(_places(r.visit_deal), pa.int64()),
        }
    )


def stays(r: Records) -> tuple[pa.Table, pa.Table]:
    """Return the stays and the furthest stage of each deal, as the reader of files keeps them.

    The rows are in order already, so this saves the sort of the whole history.
    """
    w = r.w
    inside = r.visit_code < w.k
    final = np.append(r.visit_deal[1:] != r.visit_deal[:-1], True)
    follower = np.append(r.visit_code[1:], 0)
    # outcomes are coded below zero: won -1, lost -2, no decision -3
    follower = np.where(follower >= w.k, w.k - 1 - follower, follower)
    raw = _visit_times(r)
    rows = np.flatnonzero(inside)
    deal, place = r.visit_deal[rows], r.visit_code[rows]
    key = deal * w.k + place
    order = np.argsort(key, kind="stable")
    visit = np.zeros(len(rows), np.int64)
    visit[order] = _places(key[order])
    gone = final[rows]
    left = pa.array(np.append(raw[1:], 0)[rows], pa.int64(), mask=gone).cast(_TIME)
    made = pa.table(
        {
            "deal_id": r_ids(r, deal),
            "place": pa.array(place.astype(np.int8)),
            "entered_at": _stamps(raw[rows]),
            "left_at": left,
            "after": pa.array(follower[rows].astype(np.int8), mask=gone),
            "visit": pa.array(visit.astype(np.int16)),
            "first": pa.array(visit == 0),
        }
    )
    furthest = np.zeros(len(r.shown), np.int64)
    np.maximum.at(furthest, deal, place)
    return made, pa.table({"deal_id": r_ids(r), "furthest": pa.array(furthest)})


def _visit_times(r: Records) -> Ints:
    raw = r.w.clock.micro(r.visit_from)
    if "created_at" in r.w.a:
        first = np.append(True, r.visit_deal[1:] != r.visit_deal[:-1])
        own = r.w.a["created_at"][r.shown][r.visit_deal]
        raw = np.where(first & (own >= 0), own, raw)
    return raw


def _places(deal: Ints) -> Ints:
    """Return the place of each row within its deal; rows of a deal stand together."""
    if not len(deal):
        return np.zeros(0, np.int64)
    first = np.append(True, deal[1:] != deal[:-1])
    start = np.flatnonzero(first)
    counts = np.diff(np.append(start, len(deal)))
    found: Ints = np.arange(len(deal)) - np.repeat(start, counts)
    return found


def field_history(r: Records) -> pa.Table:
    """One row a change of amount, expected close, owner or category."""
    parts, deal, at = [], [], []
    fields = list(r.changes)
    codes = []
    for i, name in enumerate(fields):
        log = r.changes[name]
        who = np.concatenate(log.deal)
        parts.append((_said(r, name, log.old), _said(r, name, log.new)))
        deal.append(r.rank[who])
        at.append(np.concatenate(log.at))
        codes.append(np.full(len(who), i, np.int64))
    who, moment = np.concatenate(deal), np.concatenate(at)
    raw = r.w.clock.micro(moment)
    order = np.lexsort((raw, who))
    take = pa.array(order, pa.int64())
    return pa.table(
        {
            "deal_id": r_ids(r, who[order]),
            "field": texts(fields, np.concatenate(codes)[order]),
            "old": pa.concat_arrays([p[0] for p in parts]).take(take),
            "new": pa.concat_arrays([p[1] for p in parts]).take(take),
            "changed_at": _stamps(raw[order]),
            "seq": pa.array(_places(who[order]), pa.int64()),
        }
    )


def _said(r: Records, name: str, values: list[Any]) -> pa.Array:
    found = np.concatenate(values)
    if name == "amount":
        return pa.array(found.astype(np.int64)).cast(pa.string())
    if name == "expected_close":
        known, back = np.unique(found.astype("datetime64[D]").astype(np.int64), return_inverse=True)
        dates = known.astype("datetime64[D]")
        labels = [None if np.isnat(d) else str(d) for d in dates]
        return texts(labels, back.astype(np.int64))
    return texts(r.w.sellers if name == "owner" else CATEGORIES, found.astype(np.int64))


def of_changes(log: Changes) -> tuple[Ints, Any, Any, Any]:
    """Return the changes of a field as four arrays."""
    return (
        np.concatenate(log.deal),
        np.concatenate(log.at),
        np.concatenate(log.old),
        np.concatenate(log.new),
    )
