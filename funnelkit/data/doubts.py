"""What a reader has to know before the first number, looked for once when a file is read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from funnelkit.data.contract import OUTCOMES
from funnelkit.data.defects import Finding, Phrase
from funnelkit.data.inner import attach, inner
from funnelkit.data.moves import ALONG, same_deal
from funnelkit.data.tally import Tally
from funnelkit.process import Process

#: Up to this share of the deals a fault is told; beyond it stands before the first number.
MOST = 0.02
_EXAMPLES = 3


@dataclass(frozen=True)
class Named:
    """A stage or outcome that is called by its name when it is shown."""

    process: Process
    id: str

    def __str__(self) -> str:
        return self.process.label(self.id)


def doubts_of(
    deals: ir.Table,
    history: ir.Table | None,
    process: Process,
    *,
    file: str,
    given: Collection[str],
    tally: Tally | None = None,
    unsure: Collection[str] = (),
) -> list[Finding]:
    """Return what makes the main figures of these deals doubtful.

    Too many rows set aside, no loss at all, amounts of won deals only, deals and history that
    contradict each other. ``unsure`` deals have lost rows of their history.
    """
    won, amount = deals.outcome == "won", deals.amount.fill_null(0) != 0
    row = deals.aggregate(
        n=deals.count(),
        won=won.sum(),
        open=(deals.outcome == "open").sum(),
        worth=(won & amount).sum(),
        others_worth=(~won & amount).sum(),
    )
    n = {k: int(v or 0) for k, v in row.to_pyarrow().to_pylist()[0].items()}
    found = []
    faults = 0 if tally is None else tally.faults
    if tally is not None and faults > MOST * (tally.used + faults):
        rows = tally.used + faults
        share = {"of": rows, "share": faults / rows}
        found.append(Finding("many_set_aside", file=file, count=faults, more=share))
    others = n["n"] - n["won"]
    if n["won"] and others == n["open"]:
        found.append(Finding("no_losses", file=file, count=n["won"]))
    if "amount" in given and n["worth"] and others and n["others_worth"] <= MOST * others:
        more = {"of": others}
        found.append(Finding("amounts_of_won_only", file=file, count=n["worth"], more=more))
    if history is not None:
        sure = deals.filter(~deals.deal_id.isin(list(unsure))) if unsure else deals
        found += _contradictions(sure, history, process, file, n["n"])
    return found


def _contradictions(
    deals: ir.Table, history: ir.Table, process: Process, file: str, n: int
) -> list[Finding]:
    """Deals whose table says one thing and whose history ends on another."""
    if ALONG in history.columns:
        rows = history.mutate(**{inner("ends"): ~same_deal(history, -1)})
        last = rows.filter(rows[inner("ends")]).select("deal_id", last=rows.stage)
        apart = _apart(deals, last, process)
    else:
        last = history.group_by("deal_id").agg(last=history.stage.argmax(history.entered_at))
        likely = _apart(deals, last, process)
        if not int(likely.count().execute()):
            return []
        # where two rows have the same time their order in the file decides
        rows = history.semi_join(likely, "deal_id")
        back = ibis.window(group_by="deal_id", order_by=[rows.entered_at.desc(), rows.seq.desc()])
        rows = rows.mutate(nth=ibis.row_number().over(back))
        last = rows.filter(rows.nth == 0).select("deal_id", last=rows.stage)
        apart = _apart(deals, last, process)
    count = int(apart.count().execute())
    if not count:
        return []
    first: list[dict[str, Any]] = (
        apart.order_by("deal_id").limit(_EXAMPLES).to_pyarrow().to_pylist()
    )
    examples = [
        Phrase(
            "data.against", deal=r["deal_id"],
            deals=Named(process, r["said"]), history=Named(process, r["told"]),
        )
        for r in first
    ]  # fmt: skip
    why = "deals_against_history" if count > MOST * n else "few_against_history"
    return [Finding(why, file=file, count=count, more={"of": n, "examples": examples})]


def _apart(deals: ir.Table, last: ir.Table, process: Process) -> ir.Table:
    """Deals with another outcome, or open in another stage, than their history ends on."""
    both = attach(deals.select("deal_id", "stage", "outcome"), last)
    told = both[inner("last")]
    if process.closing is not None:
        told = (told == process.closing.id).ifelse("won", told)
    is_open, ended = both.outcome == "open", told.isin(OUTCOMES)
    other = ended & (is_open | ((told == "won") != (both.outcome == "won")))
    moved = ~ended & is_open & (told != both.stage)
    said = (is_open & ~ended).ifelse(both.stage, both.outcome)
    return both.filter((other | moved).fill_null(False)).select("deal_id", said=said, told=told)
