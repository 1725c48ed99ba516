"""The lists as a part of a page: what links lead to, and what a script makes dialogs of.

Every deal stands once, in one table; a list names its rows by their numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd

from funnelkit.control import Checkpoints
from funnelkit.data.pipeline import Pipeline
from funnelkit.report.behind.lists import Listed, Lists
from funnelkit.report.behind.told import courses
from funnelkit.show.column import plain
from funnelkit.words import language, say

#: Bytes of a page that the deals of its lists may take, and the courses of single deals.
#: A page in Chinese holds its font.
ROOM, ROOM_TOLD = {"en": 290_000, "zh": 150_000}, 60_000
#: How many deals of a list are carried, at most; fewer where they do not find room.
_CUTS = (2000, 1000, 700, 500, 350, 250, 150, 100, 70, 50, 35, 20)
#: Bytes of a deal, at least.
_DEAL = 80
#: Deals of each list that tell their course; and ids that it shows without a script.
FIRST, _BARE = 20, 8
#: Courses that are told, at most.
_MOST_TOLD = 150
_FACTS = ("name", "owner", "stage", "outcome", "amount", "created_at", "closes")


@dataclass(frozen=True)
class DealLists:
    """All lists of a report, cut to the room there is."""

    pipeline: Pipeline
    lists: Lists
    rung: Checkpoints | None = None

    def __repr__(self) -> str:
        return "\n".join(f"{one.title}: {len(one.ids)}" for one in self._shown())

    def _shown(self) -> list[Listed]:
        return [one for one in self.lists.lists.values() if one.ids]

    def _repr_html_(self) -> str:
        most, body = self._cut()
        mode = "lead" if self.lists.mode == "names" else "lead_ids"
        lead = escape(say(f"behind.{mode}", most=most))
        words = "".join(
            f' data-{key}="{escape(say(f"behind.{key}"))}"' for key in ("close", "csv", "back")
        )
        return (
            f'<p>{lead}</p><details class="fk-lists"{words}>'
            f"<summary>{escape(say('behind.unfold'))}</summary>{body}</details>{self._courses()}"
        )

    def _courses(self) -> str:
        """Return the courses of the deals to act on, and of the first of each list."""
        if self.lists.mode != "names":
            return ""
        first = dict.fromkeys(self._alone)
        for k in range(FIRST):
            first |= dict.fromkeys(one.ids[k] for one in self._shown() if k < len(one.ids))
        few = {deal_id: self.lists.deals[deal_id] for deal_id in [*first][:_MOST_TOLD]}
        told = courses(self.pipeline, few, ROOM_TOLD, self.rung)
        return f'<script type="application/json" id="fk-told">{told}</script>' if told else ""

    @cached_property
    def _alone(self) -> list[str]:
        """The deals that the page opens one by one, before any list has numbered its own."""
        return list(self.lists.deals)

    def _cut(self) -> tuple[int, str]:
        """Return how many deals of each list find room, with the lists and all of their deals."""
        shown, alone, room = self._shown(), self._alone, ROOM[language()]
        for most in _CUTS:
            union = dict.fromkeys(alone) | dict.fromkeys(i for s in shown for i in s.ids[:most])
            if len(union) * _DEAL > room and most > FIRST:  # never to be had
                continue
            rows = "".join(self._each(list(union)))
            heads = "".join(f'<th scope="col">{escape(text)}</th>' for text in self._heads())
            body = "".join(self._section(one, most) for one in shown) + (
                f'<h3>{escape(say("behind.all"))}</h3><div class="fk-table-wrap">'
                f'<table class="fk-table" id="fk-deals"><thead><tr>{heads}</tr></thead>'
                f"<tbody>{rows}</tbody></table></div>"
            )
            if len(body.encode()) <= room:
                break
        return most, body

    def _each(self, ids: Sequence[str]) -> Iterator[str]:
        """Yield the row of each deal; a page needs no end tags inside a table."""
        facts = _facts(self.pipeline, ids) if self.lists.mode == "names" else {}
        for deal_id in ids:
            cells = "".join(facts.get(deal_id, ()))
            name = escape(deal_id)
            yield f"<tr id={self.lists.deal(deal_id)}><th scope=row>{name}{cells}\n"

    def _heads(self) -> list[str]:
        heads = [say("behind.col_deal_id")]
        if self.lists.mode == "names":
            heads += [say(f"behind.col_{name}") for name in _FACTS]
        return heads

    def _section(self, one: Listed, most: int) -> str:
        n, part = len(one.ids), one.ids[:most]
        key = "count_cut" if n > most else "count"
        count = say(f"behind.{key}", n=n, most=len(part))
        few = ", ".join(part[:_BARE]) + (" …" if n > _BARE else "")
        rows = " ".join(str(self.lists.deals[i]) for i in part)
        return (
            f'<section class="fk-list" id="{one.anchor}" data-rows="{rows}">'
            f"<h4>{escape(one.title)}</h4><p>{escape(count)}</p>"
            f'<p class="fk-muted">{escape(few)}</p></section>\n'
        )


def _facts(p: Pipeline, ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the cells of each deal: name, owner, stage, outcome, amount and its days."""
    names = ["deal_id", "name", "account", "owner", "stage", "outcome", "amount", "created_at",
             "closed_at", "expected_close"]  # fmt: skip
    rows = p.deals.filter(p.deals.deal_id.isin(list(ids))).select(*names).to_pandas()
    found = {}
    process = p.process
    rows["closes"] = rows["closed_at"].where(rows["outcome"] != "open", rows["expected_close"])
    for row in rows.to_dict("records"):
        values = {k: plain(v) for k, v in row.items()}
        stage, amount = values["stage"], values["amount"]
        texts = [
            _name(values["name"], values["account"]), values["owner"] or "",
            process.label(stage) if stage else "", process.label(values["outcome"]),
        ]  # fmt: skip
        days = [str(values[c]) if values[c] else "" for c in ("created_at", "closes")]
        money = "" if amount is None else f"{amount:,.2f}".removesuffix(".00")
        found[row["deal_id"]] = [
            *(f"<td>{escape(str(t))}" for t in texts), f"<td class=fk-num>{money}",
            *(f"<td>{day}" for day in days),
        ]  # fmt: skip
    return found


def _name(name: Any, account: Any) -> str:
    """Return what people call a deal: its account and what it is about."""
    if not account or (name and str(account) in str(name)):
        return str(name or "")
    return f"{account}: {name}" if name else str(account)


def named(p: Pipeline, ids: Sequence[str]) -> dict[str, str]:
    """Return what people call these deals."""
    rows = p.deals.filter(p.deals.deal_id.isin(list(ids))).select("deal_id", "name", "account")
    table: pd.DataFrame = rows.to_pandas()
    return {
        str(r["deal_id"]): _name(plain(r["name"]), plain(r["account"]))
        for r in table.to_dict("records")
    }
