"""The lists as a part of a page: what links lead to, and what a script makes dialogs of.

Every deal stands once, in one table; a list names its rows by their numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

import ibis
import pandas as pd

from funnelkit.control import Checkpoints
from funnelkit.data.pipeline import Pipeline
from funnelkit.report.behind.lists import Listed, Lists
from funnelkit.report.behind.told import courses
from funnelkit.show.column import plain
from funnelkit.words import say

#: Bytes that the lists of a page may take with their deals, and the courses of single deals; a
#: page that has less room writes fewer (see `funnelkit.report.html`).
ROOM, ROOM_TOLD = 350_000, 60_000
#: How many deals of a list are carried, at most.
_MOST = 2000
#: Bytes of a deal, at least.
_DEAL = 80
#: Deals of each list that tell their course; and ids that it shows without a script.
FIRST, _BARE = 20, 8
#: Courses that are told, at most.
_MOST_TOLD = 150
_FACTS = ("name", "owner", "stage", "outcome", "amount", "created_at", "closes")
_AMOUNT = 1 + _FACTS.index("amount")


@dataclass(frozen=True)
class PlainLists:
    """The lists of a report as plain values, from which a page writes what finds room.

    Attributes
    ----------
    lists : list of (anchor, title, n, numbers)
        Each list: how many deals it has, and the first of them by their numbers.
    rows : dict
        The texts of each deal's row, by its number; one text where ids alone are asked for.
    alone : list of int
        Deals that the page opens one by one.
    told : str
        The courses of deals, as JSON.
    """

    lists: Sequence[tuple[str, str, int, Sequence[int]]]
    rows: Mapping[int, Sequence[str]]
    alone: Sequence[int]
    told: str = ""

    def block(self) -> dict[str, Any]:
        """Return the lists as a block of a notebook's output."""
        return {"kind": "deals", **vars(self), "rows": list(self.rows.items())}

    @classmethod
    def from_block(cls, block: Mapping[str, Any]) -> PlainLists:
        """Read back what `block` gave."""
        return cls(block["lists"], dict(block["rows"]), block["alone"], block["told"])

    def html(self, room: int = ROOM) -> str:
        """Write the lists in so many bytes: as many deals of each as find room, and says so."""
        told = self.told if len(self.told.encode()) < room // 3 else ""
        rows = {k: _row(k, texts) for k, texts in self.rows.items()}
        longest = max((len(numbers) for *_, numbers in self.lists), default=0)
        left = room - len(told.encode())
        most = _largest(longest, lambda m: len(self._body(m, rows).encode()) <= left)
        named = any(len(texts) > 1 for texts in self.rows.values())
        mode = "lead_none" if self.lists and not most else "lead" if named else "lead_ids"
        words = "".join(
            f' data-{key}="{escape(say(f"behind.{key}"))}"'
            for key in ("close", "csv", "back", "picture", "copied")
        )
        course = f'<script type="application/json" id="fk-told">{told}</script>' if told else ""
        return (
            f"<p>{escape(say(f'behind.{mode}', most=most))}</p>"
            f'<details class="fk-lists"{words}><summary>{escape(say("behind.unfold"))}</summary>'
            f"{self._body(most, rows)}</details>{course}"
        )

    def _body(self, most: int, rows: Mapping[int, str]) -> str:
        """Return this many deals of each list, and the rows of all of them."""
        union = dict.fromkeys(self.alone)
        for *_, numbers in self.lists:
            union |= dict.fromkeys(numbers[:most])
        wide = max((len(self.rows[k]) for k in union), default=1)
        heads = "".join(
            f'<th scope="col">{escape(say(f"behind.col_{name}"))}</th>'
            for name in ("deal_id", *_FACTS)[:wide]
        )
        return "".join(self._section(*one, most) for one in self.lists) + (
            f'<h3>{escape(say("behind.all"))}</h3><div class="fk-table-wrap">'
            f'<table class="fk-table" id="fk-deals"><thead><tr>{heads}</tr></thead>'
            f"<tbody>{''.join(rows[k] for k in union)}</tbody></table></div>"
        )

    def _section(self, anchor: str, title: str, n: int, numbers: Sequence[int], most: int) -> str:
        part = numbers[:most]
        key = "count_cut" if n > len(part) else "count"
        few = ", ".join(self.rows[k][0] for k in part[:_BARE]) + (" …" if n > _BARE else "")
        return (
            f'<section class="fk-list" id="{anchor}" data-rows="{" ".join(map(str, part))}">'
            f"<h4>{escape(title)}</h4><p>{escape(say(f'behind.{key}', n=n, most=len(part)))}</p>"
            f'<p class="fk-muted">{escape(few)}</p></section>\n'
        )


def _row(number: int, texts: Sequence[str]) -> str:
    """Write the row of a deal; a page needs no end tags inside a table."""
    first, *rest = map(escape, texts)
    cells = "".join(
        f"<td class=fk-num>{t}" if k == _AMOUNT else f"<td>{t}" for k, t in enumerate(rest, 1)
    )
    return f"<tr id=d{number}><th scope=row>{first}{cells}\n"


def _largest(most: int, fits: Callable[[int], bool]) -> int:
    """Return the largest number that fits, where all smaller ones do; 0 at least."""
    low = 0
    while low < most:
        tried = (low + most + 1) // 2
        low, most = (tried, most) if fits(tried) else (low, tried - 1)
    return low


@dataclass(frozen=True)
class DealLists:
    """All lists of a report, with the deals that find room on any page."""

    pipeline: Pipeline
    lists: Lists
    rung: Checkpoints | None = None

    def __repr__(self) -> str:
        return "\n".join(f"{one.title}: {len(one.ids)}" for one in self._shown())

    def blocks(self) -> Iterator[dict[str, Any]]:
        """Yield the lists as plain values, for a page to write."""
        yield self.plain.block()

    def _repr_html_(self) -> str:
        return self.plain.html()

    @cached_property
    def plain(self) -> PlainLists:
        """The lists as plain values."""
        shown, named = self._shown(), self.lists.mode == "names"
        alone = list(self.lists.deals.values())

        place = dict.fromkeys(self.lists.deals, -1)  # how far down its lists each deal stands
        for one in shown:
            for k, deal_id in enumerate(one.ids[:_MOST]):
                if k < place.get(deal_id, _MOST):
                    place[deal_id] = k
        deep = sorted(place.values())
        most = deep[ROOM // _DEAL] if len(deep) > ROOM // _DEAL else _MOST
        ids = [deal_id for deal_id, k in place.items() if k < most]
        facts = _facts(self.pipeline, ids) if named else {}
        for deal_id in ids:
            self.lists.deal(deal_id)
        number = self.lists.deals
        return PlainLists(
            [(o.anchor, o.title, len(o.ids), [number[i] for i in o.ids[:most]]) for o in shown],
            {number[i]: [i, *facts.get(i, ())] for i in ids},
            alone,
            self._courses(ids[: len(alone)]) if named else "",
        )

    def _shown(self) -> list[Listed]:
        return [one for one in self.lists.lists.values() if one.ids]

    def _courses(self, alone: Sequence[str]) -> str:
        """Return the courses of the deals to act on, and of the first of each list."""
        first = dict.fromkeys(alone)
        for k in range(FIRST):
            first |= dict.fromkeys(one.ids[k] for one in self._shown() if k < len(one.ids))
        known = self.lists.deals
        few = {deal_id: known[deal_id] for deal_id in first if deal_id in known}
        return courses(self.pipeline, dict([*few.items()][:_MOST_TOLD]), ROOM_TOLD, self.rung)


def _facts(p: Pipeline, ids: Sequence[str]) -> dict[str, list[str]]:
    """Return what a row says of each deal: name, owner, stage, outcome, amount and its days."""
    names = ["deal_id", "name", "account", "owner", "stage", "outcome", "amount", "created_at",
             "closed_at", "expected_close"]  # fmt: skip
    wanted = ibis.memtable({"deal_id": list(ids)})  # thousands are too many to write in a query
    rows = p.deals.semi_join(wanted, "deal_id").select(*names).to_pandas()
    found = {}
    labels = {
        v: p.process.label(v) for c in ("stage", "outcome") for v in rows[c].dropna().unique()
    }
    rows["closes"] = rows["closed_at"].where(rows["outcome"] != "open", rows["expected_close"])
    for c in ("created_at", "closes"):
        rows[c] = rows[c].dt.strftime("%Y-%m-%d")
    rows = rows.astype(object).where(rows.notna(), None)
    for row in rows.to_dict("records"):
        amount = row["amount"]
        found[row["deal_id"]] = [
            _name(row["name"], row["account"]), str(row["owner"] or ""),
            labels.get(row["stage"], ""), labels.get(row["outcome"], ""),
            "" if amount is None else f"{amount:,.2f}".removesuffix(".00"),
            row["created_at"] or "", row["closes"] or "",
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
