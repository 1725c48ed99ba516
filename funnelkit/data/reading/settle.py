"""The last touches on the deals: what the history adds to them, and one currency."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
import ibis.expr.types as ir

from funnelkit.data.contract import OUTCOMES
from funnelkit.data.defects import Finding
from funnelkit.data.inner import attach, inner
from funnelkit.data.understanding.labels import IGNORED
from funnelkit.data.understanding.plan import Taken
from funnelkit.process import Process


def won_at_closing(process: Process, history: ir.Table) -> ir.Table:
    """A closing stage is reached by won deals only: entering it is winning."""
    closing = process.closing
    if closing is None:
        return history
    won = history.stage == closing.id
    return history.mutate(stage=won.ifelse("won", history.stage))


def last_rows(history: ir.Table | None, taken: Taken, limit: dt.datetime) -> ir.Table | None:
    """The last row of each deal's history, where the deals need it."""
    have = taken.columns
    dated = "closed_at" in have or "won_at" in have
    if history is None or (dated and "stage" in have and "created_at" in have):
        return None
    order = [history.entered_at, history.seq]
    w = ibis.window(group_by=history.deal_id, order_by=[o.desc() for o in order])
    clean = history.filter(
        history.entered_at.notnull()
        & history.stage.notnull()
        & ~history.stage.isin((IGNORED, "open"))
        & (history.entered_at <= ibis.literal(limit, type="timestamp(6)"))
    )
    ranked = clean.mutate(back=ibis.row_number().over(w))
    opened = ~ranked.stage.isin(OUTCOMES)
    return ranked.group_by("deal_id").agg(
        last_stage=ranked.stage.max(where=ranked.back == 0),
        last_at=ranked.entered_at.max(where=ranked.back == 0),
        last_open=ranked.stage.argmin(ranked.back, where=opened),
        first_at=ranked.entered_at.min(),
    )


def last_stage(process: Process, deals: ir.Table, history: ir.Table) -> ir.Table:
    """Closed deals without a stage get the last open stage of their history."""
    opened = history.filter(~history.stage.isin(OUTCOMES))
    closing = process.closing
    if closing is not None:
        opened = opened.filter(opened.stage != closing.id)
    w = ibis.window(group_by=opened.deal_id, order_by=[opened.entered_at.desc(), opened.seq.desc()])
    last = opened.mutate(back=ibis.row_number().over(w))
    last = last.filter(last.back == 0).select("deal_id", last_open=last.stage)
    joined = attach(deals, last)
    found = inner("last_open")
    return joined.mutate(stage=ibis.coalesce(joined.stage, joined[found])).drop(found)


def after_last_move(deals: ir.Table, history: ir.Table) -> ir.Table:
    """A closing day without a time lies after the moves of the same day."""
    last = history.group_by("deal_id").agg(last_move=history.entered_at.max())
    joined = attach(deals, last)
    moved, closed = joined[inner("last_move")], joined.closed_at
    late = (moved > closed) & (moved.truncate("D") == closed.truncate("D"))
    joined = joined.mutate(closed_at=late.fill_null(False).ifelse(moved, closed))
    return joined.drop(inner("last_move"))


def one_currency(
    process: Process, deals: ir.Table, facts: dict[str, Any], taken: Taken, findings: list[Finding]
) -> ir.Table:
    """Amounts in one currency: by the rates of the process, else without the foreign ones."""
    if facts.get("chance") is not None and facts["chance"] > 1:
        deals = deals.mutate(probability=deals.probability / 100)
    if (facts.get("currencies") or 0) < 2:
        return deals
    rows = deals.group_by("currency").agg(n=ibis._.count()).to_pyarrow().to_pylist()
    named = sorted((r for r in rows if r["currency"]), key=lambda r: (-r["n"], r["currency"]))
    counts = {r["currency"]: r["n"] for r in named}
    rates = {process.currency: 1.0, **process.exchange}
    if all(c in rates for c in counts):
        rate = deals.currency.cases(*[(c, rates[c]) for c in counts], else_=1.0)
        deals = deals.mutate(amount=deals.amount * rate, currency=ibis.literal(process.currency))
        findings.append(
            Finding("currencies_converted", file=taken.sheet.name,
                    column=taken.columns.get("currency") or taken.columns.get("amount"),
                    count=sum(n for c, n in counts.items() if c != process.currency),
                    more={"currencies": list(counts), "target": process.currency})
        )  # fmt: skip
        return deals
    main = max(counts, key=lambda c: (counts[c], c == process.currency))
    foreign = [c for c in sorted(counts) if c != main]
    other = deals.currency.isin(foreign).fill_null(False)
    deals = deals.mutate(amount=other.ifelse(ibis.null("float64"), deals.amount))
    findings.append(
        Finding("mixed_currencies", file=taken.sheet.name,
                column=taken.columns.get("currency") or taken.columns.get("amount"),
                value=foreign[0], count=sum(counts[c] for c in foreign),
                more={"currencies": list(counts), "main": main})
    )  # fmt: skip
    return deals
