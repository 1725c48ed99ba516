"""What a sale by tender keeps beside the deal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from funnelkit.simulation.draws import Ints, pick
from funnelkit.simulation.records import Records
from funnelkit.simulation.tables import ids, texts
from funnelkit.simulation.world import Mask, World

_ROUTES = ("公开招标", "邀请招标", "询价", "竞争性磋商", "单一来源")
_ROUTE_SHARES = (52, 18, 14, 10, 6)
_PARTNERS = ("华北代理", "华东经销", "华南代理", "西南经销")


def with_tenders(r: Records, deals: pa.Table) -> pa.Table:
    """Add to the deals what a tender sale keeps: way of buying, number, partner, failed tenders."""
    w, s = r.w, r.shown
    known = w.uniform("tender/route")
    route = np.where(r.known(w.qualify), pick(known, _ROUTE_SHARES), -1)[s]
    tendered = r.known(w.offer)[s] & (route >= 0) & (route < 2)
    number = ids("ZB", np.arange(len(s)), len(s))
    partnered = np.isin(w.a["source"], [w.sources.index(x) for x in w.sources if x == "渠道报备"])
    partner = np.where(partnered, w.a["region"] % len(_PARTNERS), -1)[s]
    registered = partnered & (w.uniform("tender/registered") < 0.85)
    failed = [r.known(k) & (w.back[k] < r.seen) for k in range(w.offer, w.k)]
    columns = {
        "purchasing_route": texts(_ROUTES, route),
        "tender_no": _only(tendered, number),
        "failed_tenders": pa.array(np.sum(failed, axis=0)[s].astype(np.int64)),
        "partner": texts(_PARTNERS, partner),
        "registration_no": _only(registered[s], ids("BB", np.arange(len(s)), len(s))),
        "exclusive_criteria": texts(
            ("指定品牌参数",), _rare(w, "tender/tailored", 0.02, r.known(w.offer))[s]
        ),
        "related_bidders": texts(
            ("两家投标人同一实际控制人",), _rare(w, "tender/related", 0.01, r.known(w.offer))[s]
        ),
    }
    for name, values in columns.items():
        deals = deals.append_column(name, values)
    return deals


def _only(where: Mask, values: pa.Array) -> pa.Array:
    """Keep values only where something holds."""
    return pc.if_else(pa.array(where), values, pa.scalar(None, pa.string()))


def _rare(w: World, purpose: str, share: float, where: Any) -> Ints:
    """Return 0 for the few deals this happens to, -1 for the others."""
    found: Ints = np.where(where & (w.uniform(purpose) < share), 0, -1)
    return found
