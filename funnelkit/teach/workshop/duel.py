"""The forecast duel: ten open deals of the room's own business, and how they ended.

The deals are simulated, so their end is known: the cards show what one can know on the day, the
key what came of it. The Brier score decides (Brier 1950): the mean squared distance between the
chance a team named and what happened, 0 or 1; smaller is better.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
from markupsafe import escape

from funnelkit.stats import brier
from funnelkit.teach.paper.page import page, table
from funnelkit.words import count, money, percent, say

if TYPE_CHECKING:
    from funnelkit.data.pipeline import Pipeline

CARDS = 10
#: Seed of the duel: another business year than the lessons'.
SEED = 7301


@dataclass(frozen=True)
class Duel:
    """Cards and key."""

    deals: pd.DataFrame
    process: Any
    currency: str

    def cards(self, name: str) -> str:
        """Return the cards on paper, with a field for the chance."""
        head = say("workshop.duel_title", name=name)
        parts = [f"<h1>{escape(head)}</h1><p>{escape(say('workshop.duel_intro'))}</p>"]
        for number, row in enumerate(self.deals.to_dict("records"), start=1):
            facts = [
                (say("workshop.duel_stage"), self.process.label(row["stage"])),
                (say("workshop.duel_days"), say("workshop.duel_day_count", n=int(row["days"]))),
                (say("workshop.duel_amount"), money(row["amount"], self.currency)),
                (say("workshop.duel_contacts"), count(row["contacts"])),
                (say("workshop.duel_buyer"), count(row["by_buyer"])),
                (say("workshop.duel_evidence"), count(row["evidence"])),
                (say("workshop.duel_chance"), "______ %"),
            ]
            lines = "".join(f"<li><b>{escape(k)}</b> {escape(v)}</li>" for k, v in facts)
            parts.append(f'<div class="fk-card2"><h3>{number} · {escape(row["account"])}</h3>'
                         f"<ul>{lines}</ul></div>")  # fmt: skip
        css = (
            ".fk-card2 { border: 1px solid var(--fk-rule); border-radius: 6px; display: "
            "inline-block; width: 44%; margin: 0.4rem 1%; padding: 0 1rem; break-inside: avoid; }"
            ".fk-card2 ul { list-style: none; padding: 0; }"
        )
        return page(head, "".join(parts), css=css)

    def key(self, name: str) -> str:
        """Return how the deals ended, with the scores to beat."""
        head = say("workshop.duel_key_title", name=name)
        ended, chance = self.deals["won"], self.deals["chance"]
        rows = [
            (str(n), row["account"], self.process.label(row["outcome"]), percent(row["chance"]))
            for n, row in enumerate(self.deals.to_dict("records"), start=1)
        ]
        heads = ["", *(say(f"workshop.duel_{c}") for c in ("account", "outcome", "true_chance"))]
        rate = float(ended.mean())
        scores = [
            (say("workshop.duel_half"), f"{brier([0.5] * len(ended), ended):.3f}"),
            (say("workshop.duel_rate", rate=rate), f"{brier([rate] * len(ended), ended):.3f}"),
            (say("workshop.duel_truth"), f"{brier(chance, ended):.3f}"),
        ]
        note = "".join(f"<p>{escape(t)}</p>" for t in say("workshop.duel_debrief").split("\n"))
        second = escape(say("workshop.duel_scores"))
        body = f"<h1>{escape(head)}</h1>{table(heads, rows)}<h2>{second}</h2>"
        return page(head, f"{body}{table(['', 'Brier'], scores)}{note}")


def duel(p: Pipeline) -> Duel:
    """Choose ten open deals of a simulated pipeline, from unlikely to likely.

    The chances are spread evenly over the open deals past the first stage, so that both ends
    of the scale occur.
    """
    truth = p.truth.open_deals.set_index("deal_id")
    deals = p.deals.to_pandas().set_index("deal_id")
    known = deals.loc[deals.index.isin(truth.index)].copy()
    past = known[known["stage"].map(p.process.rank) > 0]
    known = past if len(past) >= CARDS else known
    known["chance"] = truth["win_probability"].reindex(known.index)
    known["outcome"] = truth["outcome"].reindex(known.index)
    known = known.sort_values(["chance", "amount"], kind="stable")
    most = min(CARDS, len(known))
    places = [round(i * (len(known) - 1) / max(most - 1, 1)) for i in range(most)]
    chosen = known.iloc[places].copy()
    as_of = pd.Timestamp(p.as_of)
    assert p.stage_history is not None  # a simulated pipeline has one
    entered = p.stage_history.to_pandas().groupby("deal_id")["entered_at"].max()
    chosen["days"] = (as_of - entered.reindex(chosen.index)).dt.days
    for column, name in (("evidence", "evidence"), ("contacts", "contacts")):
        counts = p.tables[name].to_pandas()["deal_id"].value_counts()
        chosen[column] = counts.reindex(chosen.index).fillna(0).astype(int)
    acts = p.tables["activities"].to_pandas()
    recent = acts[acts["by_buyer"] & (acts["at"] >= as_of - pd.Timedelta(days=30))]
    chosen["by_buyer"] = (
        recent["deal_id"].value_counts().reindex(chosen.index).fillna(0).astype(int)
    )
    chosen["won"] = (chosen["outcome"] == "won").astype(float)
    # shown in an order that tells nothing
    chosen = chosen.sort_index()
    return Duel(chosen.reset_index(), p.process, p.process.currency)
