"""The last touches on the deals: what the history adds to them, and one currency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from funnelkit.data.contract import OUTCOMES
from funnelkit.data.defects import Finding, Phrase
from funnelkit.data.inner import attach, inner
from funnelkit.data.understanding.labels import IGNORED
from funnelkit.data.understanding.plan import Taken
from funnelkit.data.understanding.questions import Choice, Question
from funnelkit.process import Process

#: Currencies that are offered as the one everything is counted in.
_MOST_ASKED = 3


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


def in_per_cent(deals: ir.Table, facts: dict[str, Any]) -> ir.Table:
    """Chances of a typed table that are written in per cent as shares of 1."""
    if facts.get("chance") is not None and facts["chance"] > 1:
        return deals.mutate(probability=deals.probability / 100)
    return deals


@dataclass(frozen=True)
class Rates:
    """What the amounts of a file are in, and what each currency is worth.

    Attributes
    ----------
    counts : dict
        Currency to how many amounts are in it, the most frequent first.
    rates : dict
        Currency to its rate; None where its amounts are left out.
    """

    counts: dict[str, int]
    rates: Mapping[str, float | None]

    @property
    def target(self) -> str:
        """The currency everything is counted in."""
        return next(c for c, rate in self.rates.items() if rate == 1.0)

    @property
    def unknown(self) -> list[str]:
        """The currencies nobody has said a rate for."""
        return [c for c in self.counts if c not in self.rates]


def rates_of(
    process: Process | None,
    told: Mapping[str, float | None],
    deals: ir.Table,
    facts: dict[str, Any],
) -> Rates | None:
    """Return the rates of a file with several currencies, by the mapping, else by the process.

    None where there is nothing to convert. Nobody has chosen the rates of a sheet that the kit
    brings: then ``process`` is None.
    """
    if not facts.get("currencies") or (facts["currencies"] < 2 and not told):
        return None
    there = deals.filter(deals.amount.notnull() & deals.currency.notnull())
    rows = there.group_by("currency").agg(n=ibis._.count()).to_pyarrow().to_pylist()
    rows = sorted(rows, key=lambda r: (-r["n"], r["currency"]))
    counts = {str(r["currency"]): int(r["n"]) for r in rows}
    if told:
        found = Rates(
            counts, {k: told[k.upper()] for k in counts if k.upper() in told} | dict(told)
        )
        return None if set(counts) == {found.target} else found
    if len(counts) < 2:
        return None
    return Rates(counts, {process.currency: 1.0, **process.exchange} if process else {})


def which_currency(rates: Rates, column: str) -> Question:
    """Ask what amounts in several currencies are added up in."""
    counts = rates.counts
    shown = list(counts)[:_MOST_ASKED]
    seen = tuple(f"{c}: {n:,}" for c, n in counts.items())
    main = shown[0]
    others = [c for c in counts if c != main]
    only = [
        Choice(
            Phrase("questions.only_currency", target=c, n=sum(counts.values()) - counts[c]), (),
            {"exchange": {c: 1, **{k: None for k in counts if k != c}}},
        )
        for c in shown
    ]  # fmt: skip
    return Question(
        "currencies",
        Phrase("questions.currencies", column=column, currencies=list(counts)),
        (
            Choice(Phrase("questions.convert", target=main), seen,
                   {"exchange": {main: 1, **dict.fromkeys(others, "?")}},
                   tuple(Phrase("questions.rate", currency=c, target=main) for c in others)),
            *only,
            Choice(Phrase("questions.as_they_stand", target=main), (), {"currency": main}),
        ),
    )  # fmt: skip


def worth_of(found: Rates, deals: ir.Table) -> ir.Table:
    """Say of each deal in another currency what one unit of it is worth; null where left out."""
    others = [c for c in found.counts if c != found.target]
    rate = deals.currency.cases(
        *[(c, ibis.literal(found.rates[c], type="float64")) for c in others],
        else_=ibis.literal(None, type="float64"),
    )
    mine = deals.filter(deals.currency.isin(others))
    return mine.select("deal_id", rate=rate, other=ibis.literal(True))


def changes_in_one_currency(changes: ir.Table, worth: ir.Table) -> ir.Table:
    """Convert earlier amounts at the same rates as the amounts of today."""
    joined = attach(changes, worth)
    mine = (joined.field == "amount") & joined[inner("other")].fill_null(False)
    rate = joined[inner("rate")]
    turned = {}
    for side in ("old", "new"):
        plain = joined[side].re_search(r"^-?[0-9]+([.][0-9]+)?$").fill_null(False)
        number = plain.ifelse(joined[side], ibis.null("string")).cast("float64")
        turned[side] = mine.ifelse((number * rate).cast("string"), joined[side])
    return joined.mutate(**turned).drop(inner("rate"), inner("other"))


def one_currency(
    found: Rates | None, deals: ir.Table, taken: Taken, findings: list[Finding]
) -> ir.Table:
    """Amounts in one currency, by rates; what is to be left out is taken as missing."""
    if found is None:
        return deals
    rates, target = found.rates, found.target
    rate = deals.currency.cases(
        *[(c, ibis.literal(rates[c], type="float64")) for c in found.counts], else_=1.0
    )  # fmt: skip
    column = taken.columns.get("currency") or taken.columns.get("amount")
    left = [c for c in found.counts if rates[c] is None]
    turned = [c for c in found.counts if rates[c] is not None and c != target]
    counted = ~deals.currency.isin(left).fill_null(False) if left else ibis.literal(True)
    deals = deals.mutate(
        amount=deals.amount * rate,
        currency=counted.ifelse(ibis.literal(target), deals.currency),
    )  # fmt: skip
    currencies = list(found.counts)
    for reason, some, more in (
        ("mixed_currencies", left, {"main": target}),
        ("currencies_converted", turned, {"target": target}),
    ):
        if some:
            findings.append(
                Finding(reason, file=taken.sheet.name, column=column, value=some[0],
                        count=sum(found.counts[c] for c in some),
                        more={"currencies": currencies, **more})
            )  # fmt: skip
    return deals
