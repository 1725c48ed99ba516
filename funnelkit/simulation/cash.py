"""What is paid after the signature: each agreed part with its due date, invoice and money."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from funnelkit.simulation.draws import Floats
from funnelkit.simulation.records import Records
from funnelkit.simulation.tables import floats, r_ids, texts
from funnelkit.simulation.world import WON

Days = npt.NDArray[np.datetime64]
#: Shares of the payments: in dispute, paid in part so far, paid around the due date, and of the
#: invoices: written three months late.
DISPUTED, IN_PART, ON_TIME, FORGOTTEN = 0.05, 0.09, 0.45, 0.08


def payments(r: Records) -> pa.Table:
    """One row an agreed payment of a won deal, as known at the cut.

    Goods go out a month before the delivery payment is due; an invoice is written before the
    money is asked for, now and then too late. What is in dispute is not paid by the cut.
    """
    w, terms = r.w, r.w.process.payments
    who = np.flatnonzero((w.outcome == WON) & (w.end < w.clock.last) & (r.rank >= 0))
    who = who[np.argsort(r.rank[who], kind="stable")]
    cut = np.datetime64(w.clock.as_of)
    signed = w.clock.date(w.end[who])
    whole = w.a["amount_now"][who]
    rows: dict[str, list[Any]] = defaultdict(list)
    left = whole.copy()
    for i, term in enumerate(terms):
        last = i == len(terms) - 1
        amount = left if last else np.round(whole * term.share / r.unit) * r.unit
        left = left - amount

        def drawn(what: str, place: int = i) -> Floats:
            return w.draws.uniform(f"cash/{what}/{place}", w.n)[who]

        due = signed + np.timedelta64(term.due_days, "D")
        late = np.floor(30 * np.exp(1.1 * w.draws.normal(f"cash/late/{i}", w.n)[who]))
        delay = np.where(drawn("punctual") < ON_TIME, np.floor(drawn("near") * 12) - 8, late)
        paid_on = np.maximum(due + delay.astype("timedelta64[D]"), signed)
        asked = due - np.floor(5 + 15 * drawn("invoice")).astype("timedelta64[D]")
        asked = np.where(drawn("forgotten") < FORGOTTEN, due + np.timedelta64(90, "D"), asked)
        invoiced = np.maximum(asked, signed)
        paid_on = np.maximum(paid_on, invoiced)  # nobody pays without an invoice
        shipped = due - np.floor(20 + 20 * drawn("ship")).astype("timedelta64[D]")
        disputed = (drawn("dispute") < DISPUTED) & (i > 0) & (due < cut)
        part = np.where(drawn("part") < IN_PART, 0.5, 1.0)
        paid = np.where(disputed | (paid_on > cut), np.nan, np.round(amount * part, 2))
        rows["deal"].append(r.rank[who])
        rows["term"].append(np.full(len(who), i))
        rows["amount"].append(amount)
        rows["agreed"].append(signed)
        rows["due"].append(due)
        nothing = np.full(len(who), np.datetime64("NaT", "D"))
        rows["shipped"].append(
            _until(shipped, cut) if term.id in ("delivery", "shipment") else nothing
        )
        rows["invoiced"].append(_until(invoiced, cut))
        rows["paid_on"].append(np.where(np.isnan(paid), np.datetime64("NaT", "D"), paid_on))
        rows["paid"].append(paid)
        rows["disputed"].append(disputed)
    flat = {name: np.concatenate(parts) for name, parts in rows.items()}
    order = np.lexsort((flat["term"], flat["deal"]))
    flat = {name: values[order] for name, values in flat.items()}
    names = [str(getattr(term.name, w.plan.language)) for term in terms]
    return pa.table(
        {
            "deal_id": r_ids(r, flat["deal"]),
            "milestone": texts(names, flat["term"]),
            "amount": floats(flat["amount"]),
            "agreed_on": _days(flat["agreed"]),
            "due_on": _days(flat["due"]),
            "shipped_on": _days(flat["shipped"]),
            "invoiced_on": _days(flat["invoiced"]),
            "paid_on": _days(flat["paid_on"]),
            "paid": floats(flat["paid"]),
            "disputed": pa.array(flat["disputed"]),
        }
    )


def _until(days: Days, cut: np.datetime64) -> Days:
    return np.where(days > cut, np.datetime64("NaT", "D"), days)


def _days(values: Days) -> pa.Array:
    return pa.array(values.astype("datetime64[us]"), pa.timestamp("us"))
