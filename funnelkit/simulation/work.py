"""What is done and met on the way: activities, contacts, evidence, and the leads behind it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from funnelkit.simulation.draws import pick
from funnelkit.simulation.records import Records
from funnelkit.simulation.tables import ids, r_ids, texts, times
from funnelkit.simulation.world import WON


def activities(r: Records) -> pa.Table:
    """Calls, mails and meetings, spread over each stay."""
    w, a = r.w, r.w.a
    rows = np.flatnonzero(r.visit_code < w.k)
    who, code = r.visit_deal[rows], r.visit_code[rows]
    start, stop = r.visit_from[rows], r.visit_until[rows]
    deal = r.shown[who]
    start = np.maximum(start, np.where(code == 0, a["response"][deal], start))
    span = np.maximum(stop - start, 0)
    rate = w.plan.activities_per_week / 5 * a["activity"][deal]
    n = len(rows)
    count = np.floor(span * rate + w.draws.uniform("activity/n", n)).astype(np.int64)
    most = a.get("activity_most")
    if most is not None:
        # what is capped is capped over the whole life of a deal
        before = np.cumsum(count) - count
        first = np.append(True, who[1:] != who[:-1])
        base = np.repeat(before[first], np.diff(np.append(np.flatnonzero(first), n)))
        count = np.clip(np.minimum(count, most[deal] - (before - base)), 0, None)
    row = np.repeat(np.arange(n), count)
    total = len(row)
    at = start[row] + span[row] * w.draws.uniform("activity/at", total)
    shares = w.plan.names.kind_shares
    group = np.minimum(code[row] * len(shares) // max(w.k, 1), len(shares) - 1)
    kind = np.zeros(total, np.int64)
    drawn = w.draws.uniform("activity/kind", total)
    for g, weights in enumerate(shares):
        mine = group == g
        kind[mine] = pick(drawn[mine], weights)
    return pa.table(
        {
            "deal_id": r_ids(r, who[row]),
            "at": times(r, at),
            "kind": texts(w.plan.names.kinds, kind),
            "by_buyer": pa.array(w.draws.uniform("activity/by", total) < 0.35),
        }
    )


def contacts(r: Records) -> pa.Table:
    """People met on the buyer's side; sets each deal's ``n_contacts`` on the way."""
    w, a, names = r.w, r.w.a, r.w.plan.names
    met_who, met_at, which = [], [], []
    for c in range(int(a["contacts"].max(initial=1))):
        stage = w.contact if c == 0 else (w.qualify if c % 2 else w.offer)
        span = 0.0 if c == 0 else w.uniform(f"met/{c}")
        at = w.enter[stage] + span * (np.minimum(w.leave[stage], 1e8) - w.enter[stage])
        who = np.flatnonzero(r.known(stage) & (a["contacts"] > c) & (at < r.seen))
        met_who.append(r.rank[who])
        met_at.append(at[who])
        which.append(np.full(len(who), c))
    deal, at = np.concatenate(met_who), np.concatenate(met_at)
    a["n_contacts"] = np.bincount(deal, minlength=len(r.shown))
    order = np.lexsort((at, deal))
    deal, at = deal[order], at[order]
    n = len(deal)
    stance = pick(w.draws.uniform("stance", n), (35, 50, 15))
    return pa.table(
        {
            "contact_id": ids("C", np.arange(n), n),
            "deal_id": r_ids(r, deal),
            "role": texts(names.roles, pick(w.draws.uniform("role", n), (25, 25, 20, 12, 8, 10))),
            "stance": texts(names.stances, stance),
            "met_at": times(r, at),
        }
    )


def evidence(r: Records) -> pa.Table:
    """What was kept as proof when a deal went on."""
    w, a = r.w, r.w.a
    deals_, stages, moments = [], [], []
    for k in range(w.k):
        went = (w.reached > k) | ((w.reached == k) & (w.outcome == WON) & (k == w.last))
        at = np.maximum(w.leave[k] - 1.0 * w.uniform(f"evidence/at/{k}"), w.enter[k])
        done = went & r.known(k) & ~w.skipped[k] & (w.leave[k] < w.clock.last)
        who = np.flatnonzero(done & (w.uniform(f"evidence/{k}") < a["evidence"]))
        deals_.append(r.rank[who])
        stages.append(np.full(len(who), k, np.int64))
        moments.append(at[who])
    more = a.get("dated_steps")
    if more is not None:
        deals_.append(np.where(r.known(w.offer)[more[0]], r.rank[more[0]], -1))
        stages.append(np.full(len(more[0]), w.offer, np.int64))
        moments.append(more[1])
    deal, stage, at = (np.concatenate(x) for x in (deals_, stages, moments))
    kept = (deal >= 0) & (at < w.clock.last)
    deal, stage, at = deal[kept], stage[kept], at[kept]
    order = np.lexsort((at, deal))
    deal, stage, at = deal[order], stage[order], at[order]
    n = len(deal)
    kinds = w.plan.names.evidence
    return pa.table(
        {
            "evidence_id": ids("E", np.arange(n), n),
            "deal_id": r_ids(r, deal),
            "stage": texts(w.process.open_ids, stage),
            "kind": texts(kinds, stage * len(kinds) // max(w.k, 1)),
            "dated": times(r, at),
            "by": texts(w.plan.names.sides, (w.draws.uniform("by", n) < 0.4).astype(np.int64)),
        }
    )


def leads(r: Records, table: pa.Table) -> pa.Table:
    """One row a lead: where each deal came from."""
    n = len(r.shown)
    return pa.table(
        {
            "lead_id": ids("L", np.arange(n), n),
            **{c: table[c] for c in ("deal_id", "account_id", "source", "campaign")},
            **{c: table[c] for c in ("created_at", "first_touch_at")},
        }
    )
