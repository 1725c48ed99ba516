"""The same deals under every counting rule, side by side."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.columns import Named
from funnelkit.measures.engine import deals_in, period
from funnelkit.measures.funnel import COLUMNS, RULES, Funnel, counted, scope_of, tabulated
from funnelkit.measures.result import Result
from funnelkit.words import percent, say


@dataclass(frozen=True, eq=False, repr=False)
class CountingRules(Result):
    """The same deals under every counting rule."""

    name: ClassVar[str] = "counting_rules"
    counts: ClassVar = ("deals", "still_open")
    keys: ClassVar = ("rule", "stage")
    units: ClassVar = {"rule": Named(lambda _, value: say(f"measures.rule_name_{value}"))}

    def _behind(self, p: Pipeline) -> ir.Table:
        parts = []
        for rule in RULES:
            one = Funnel(self.table, self.scope, self.process, options=(("rule", rule),))
            rows = one._behind(p)
            parts.append(rows.mutate(rule=ibis.literal(rule)))
        return ibis.union(*parts)

    def summary(self) -> str:
        """Say how far the rules lie apart on these data."""
        last = self.table[self.table["stage"] == self.process.funnel_ids[-1]]
        low, high = (
            last.iloc[int(last["overall_rate"].argmin())],
            last.iloc[int(last["overall_rate"].argmax())],
        )
        ends = [percent(r["overall_rate"], 1) for r in (low, high)]
        return say(
            "measures.counting_rules_" + ("summary" if ends[0] != ends[1] else "alike"),
            low=ends[0],
            high=ends[1],
            low_rule=say("measures.rule_name_" + low["rule"]),
            high_rule=say("measures.rule_name_" + high["rule"]),
        )


def counting_rules(
    p: Pipeline, *, since: dt.date | str | None = None, until: dt.date | str | None = None
) -> CountingRules:
    """Count the same funnel under every rule, side by side.

    Returns
    -------
    CountingRules
        ``table``: ``rule, stage, deals, step_rate, overall_rate, low, high, still_open``.
    """
    p.need("stage_history", what="counting_rules")
    start, end = period(since, until)
    deals = deals_in(p, start, end)
    counts = {rule: counted(p, deals, [], rule) for rule in RULES}
    tables = {rule: tabulated(counts[rule], p, [], rule) for rule in RULES}
    table = pd.concat(
        [found.assign(rule=rule)[["rule", *COLUMNS]] for rule, (found, _) in tables.items()],
        ignore_index=True,
    )
    scope = scope_of(p, counts[RULES[0]], tables[RULES[0]][1], start, end)
    return CountingRules(table, scope, p.process, synthetic=p.synthetic)
