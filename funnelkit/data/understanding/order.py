"""In which order the stages of a file come: what the file tells of it, and how sure that is."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir

from funnelkit.data.understanding.recognise import plain_header

#: So many deals have to go the other way before two sources count as contradicting each other.
_AGAINST = 5
# Where stages of these names usually stand, first match counts; only to order a file's own stages.
_USUAL: tuple[tuple[str, int], ...] = (
    ("valueprop", 4), ("lead", 1), ("prospect", 1), ("new", 1), ("inbound", 1), ("线索", 1),
    ("潜在", 1), ("意向", 2), ("contact", 2), ("connect", 2), ("engag", 2), ("appoint", 2),
    ("联系", 2), ("接触", 2), ("拜访", 2), ("立项", 3), ("qualif", 3), ("need", 3),
    ("discover", 3), ("analysis", 3), ("需求", 3), ("develop", 4), ("demo", 4), ("present", 4),
    ("trial", 4), ("poc", 4), ("演示", 4), ("试用", 4), ("测试", 4), ("询价", 4), ("方案", 4),
    ("propos", 5), ("quot", 5), ("offer", 5), ("报价", 5), ("投标", 5), ("招标", 5), ("tender", 5),
    ("negot", 6), ("review", 6), ("commit", 6), ("谈判", 6), ("商务", 6), ("contract", 7),
    ("sign", 7), ("close", 7), ("合同", 7), ("签约", 7),
)  # fmt: skip
#: Who comes before whom: in how many deals the first was entered before the second.
Precedence = Mapping[tuple[str, str], int]


@dataclass
class Order:
    """An order of stages, what it rests on, and what speaks against it.

    ``loose`` are neighbours whose order nothing in the file tells; ``rivals`` are orders that
    another source tells instead.
    """

    names: list[str]
    how: str
    loose: list[tuple[str, str]] = field(default_factory=list)
    rivals: dict[str, list[str]] = field(default_factory=dict)


def usual_place(label: str) -> int | None:
    """Where a stage of this name usually stands.

    Examples
    --------
    >>> usual_place("Prospecting"), usual_place("Engaging"), usual_place("Zeta")
    (1, 2, None)
    """
    word = plain_header(label)
    return next((rank for stem, rank in _USUAL if stem in word), None)


def number_of(label: str) -> float | None:
    """Return the number, or the letter before a dot, that a label begins with.

    Examples
    --------
    >>> number_of("2. Gain Access"), number_of("B. Qualified"), number_of("Stage 3"), number_of("A")
    (2.0, 2.0, 3.0, None)
    """
    text = unicodedata.normalize("NFKC", label).strip()
    if m := re.match(r"(?:stage|phase|step|阶段|第)?\s*(\d{1,3})\s*(?:[-.)、:：_ ]|$)", text, re.I):
        return float(m[1])
    if m := re.match(r"([A-Za-z])\s*[.)、:：]\s*\S", text):
        return float(ord(m[1].upper()) - 64)
    return None


def percent_of(label: str) -> float | None:
    """Return the percentage written in a label.

    Examples
    --------
    >>> percent_of("Proposal (50%)"), percent_of("Proposal")
    (50.0, None)
    """
    m = re.search(r"(\d{1,3}(?:[.,]\d+)?)\s*%", unicodedata.normalize("NFKC", label))
    return float(m[1].replace(",", ".")) if m else None


def precedence(visits: ir.Table, names: Sequence[str]) -> dict[tuple[str, str], int]:
    """Count for every two stages the deals that entered one before the other.

    ``visits`` has ``deal_id``, ``stage`` and ``entered_at``. First visits count; two on the same
    moment tell nothing.
    """
    first = (
        visits.filter(visits.stage.isin(list(names)) & visits.entered_at.notnull())
        .group_by("deal_id", "stage")
        .agg(at=ibis._.entered_at.min())
    )
    later = first.view()
    pairs = first.join(later, [first.deal_id == later.deal_id, first.at < later.at])
    counted = pairs.group_by(before=first.stage, after=later.stage).agg(n=ibis._.count())
    return {
        (row["before"], row["after"]): int(row["n"]) for row in counted.to_pyarrow().to_pylist()
    }


def by_precedence(names: Sequence[str], before: Precedence) -> Order:
    """Order stages by who follows whom, pair by pair over deals.

    Where deals wait says nothing: a stage where many wait comes where those that left it say.

    Examples
    --------
    >>> seen = {("new", "called"): 10, ("called", "demo"): 4, ("new", "demo"): 4}
    >>> by_precedence(["demo", "called", "new"], seen).names
    ['new', 'called', 'demo']
    >>> by_precedence(["a", "b"], {}).loose
    [('a', 'b')]
    """
    appear = {n: i for i, n in enumerate(names)}

    def net(a: str, b: str) -> int:
        return before.get((a, b), 0) - before.get((b, a), 0)

    left, order = list(names), []
    while left:
        # first who comes after nobody that is left; in a circle, who is preceded least
        load = {n: sum(max(net(o, n), 0) for o in left if o != n) for n in left}
        least = min(load.values())
        ready = [n for n in left if load[n] == least]
        chosen = min(ready, key=lambda n: (usual_place(n) or 99, appear[n]))
        order.append(chosen)
        left.remove(chosen)
    loose = []
    for a, b in itertools.pairwise(order):
        on, back = before.get((a, b), 0), before.get((b, a), 0)
        if on + back == 0 or back > 0.4 * (on + back):
            loose.append((a, b))
    return Order(order, "precedence", loose)


def contradicted(order: Sequence[str], before: Precedence) -> bool:
    """Whether deals go clearly against an order for some pair of its stages."""
    place = {n: i for i, n in enumerate(order)}
    return any(
        n >= _AGAINST and n > 3 * before.get((b, a), 0) and place[a] > place[b]
        for (a, b), n in before.items()
        if a in place and b in place
    )
