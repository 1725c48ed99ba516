"""Kinds of answers that are chosen: one option, several, an order, pairs."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from funnelkit.errors import nearest
from funnelkit.process.text import Text, plain
from funnelkit.teach.exercise import Case, Entry, Kind, NotOfKind, Verdict
from funnelkit.words import say


@dataclass(frozen=True)
class Option:
    """One option with the feedback it deserves; a wrong one stands for a misconception.

    In an order, ``needs`` are the ids of those that have to stand before it; in pairs, ``also``
    are targets that can be defended as well.
    """

    id: str
    text: Text
    why: Text
    right: bool = False
    needs: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


def short(text: Text, most: int = 60) -> str:
    """Return a text without its colon, cut where it is long."""
    plain = str(text).rstrip(":： ")
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def known(answer: Any, options: Iterable[Option]) -> str:
    """Find an option by its id, its text in either language or its letter."""
    listed = list(options)
    if not isinstance(answer, str):
        raise NotOfKind("type_option", allowed=offered(listed))
    asked = plain(answer)
    for place, option in enumerate(listed):
        names = (option.id, option.text.en, option.text.zh, chr(ord("a") + place))
        if asked in {plain(n) for n in names}:
            return option.id
    raise NotOfKind("type_option", allowed=nearest(answer, offered(listed)))


def offered(options: list[Option]) -> list[str]:
    """Return the options as a reader sees them, long ones cut."""
    texts = [str(o.text) for o in options]
    return [t if len(t) <= 30 else t[:29] + "…" for t in texts]


def _held(option: Option, holds: bool) -> str:
    key = "teach.worked_holds" if holds else "teach.worked_fails"
    return say(key, text=short(option.text), why=str(option.why))


@dataclass(frozen=True)
class Choice(Kind):
    """Exactly one option; the right answer is its id."""

    options: tuple[Option, ...]

    def read(self, answer: Any, case: Case) -> str:
        """Find the option."""
        return known(answer, self.options)

    def diagnose(self, answer: Any, right: Any) -> tuple[str, str] | None:
        """Return the feedback of the option taken."""
        return next((o.id, str(o.why)) for o in self.options if o.id == answer)

    def told(self, case: Case) -> str:
        """Write the option."""
        return next(str(o.text) for o in self.options if o.id == case.right)

    def worked(self, case: Case) -> list[str]:
        """Say of each option why it holds or not."""
        return [_held(o, o.id == case.right) for o in self.options if str(o.why)]

    def slips(self, case: Case) -> Iterable[tuple[str, Any]]:
        """List every wrong option."""
        return [(o.id, o.id) for o in self.options if not o.right]

    def entries(self, case: Case) -> tuple[Entry, ...]:
        """Ask for one of the options."""
        options = tuple((o.id, str(o.text)) for o in self.options)
        return (Entry("answer", "", "select", options),)


@dataclass(frozen=True)
class Several(Kind):
    """All options that hold; the right answer is the set of their ids."""

    options: tuple[Option, ...]

    def read(self, answer: Any, case: Case) -> frozenset[str]:
        """Find every option named."""
        if isinstance(answer, str):
            answer = [a for a in answer.replace("；", ",").replace("，", ",").split(",") if a]
        if not isinstance(answer, list | tuple | set | frozenset):
            raise NotOfKind("type_options")
        return frozenset(known(a, self.options) for a in answer)

    def judge(self, answer: Any, right: Any) -> Verdict:
        """Close when a single option is wrong."""
        wrong = len(answer ^ frozenset(right))
        return "right" if not wrong else "close" if wrong == 1 and len(right) > 1 else "wrong"

    def diagnose(self, answer: Any, right: Any) -> tuple[str, str] | None:
        """Name the first option wrongly taken, else wrongly left, and how many are right."""
        off = answer ^ frozenset(right)
        good = len(self.options) - len(off)
        for wrong, word in (
            (answer - frozenset(right), "took"),
            (frozenset(right) - answer, "left"),
        ):
            for option in self.options:
                if option.id in wrong:
                    told = say(
                        "teach.item_wrong", text=short(option.text), why=str(option.why),
                        right=good, n=len(self.options),
                    )  # fmt: skip
                    return f"{word}_{option.id}", told
        return None

    def told(self, case: Case) -> str:
        """Write the options that hold."""
        return "; ".join(str(o.text) for o in self.options if o.id in case.right)

    def worked(self, case: Case) -> list[str]:
        """Say of each option why it holds or not."""
        return [_held(o, o.id in case.right) for o in self.options]

    def slips(self, case: Case) -> Iterable[tuple[str, Any]]:
        """List the right set with each option toggled in turn."""
        right = frozenset(case.right)
        for option in self.options:
            wrong = right ^ {option.id}
            if wrong:
                yield ("left_" if option.id in right else "took_") + option.id, wrong

    def entries(self, case: Case) -> tuple[Entry, ...]:
        """Ask for each option."""
        return tuple(Entry(o.id, str(o.text), "check") for o in self.options)

    def collect(self, filled: Mapping[str, Any]) -> Any:
        """Keep the options taken."""
        return [name for name, taken in filled.items() if taken]


@dataclass(frozen=True)
class Order(Kind):
    """Items brought into an order; the right answer is the tuple of their ids.

    ``items`` are shown in the order given, which is not the right one.
    """

    items: tuple[Option, ...]

    def read(self, answer: Any, case: Case) -> tuple[str, ...]:
        """Find every item; each has to stand once."""
        if isinstance(answer, str):
            answer = [
                a for a in answer.replace("，", ",").replace("、", ",").split(",") if a.strip()
            ]
        if not isinstance(answer, list | tuple):
            raise NotOfKind("type_list", n=len(self.items))
        found = tuple(known(a, self.items) for a in answer)
        if len(found) != len(self.items) or len(set(found)) != len(found):
            raise NotOfKind("type_each_once", n=len(self.items))
        return found

    def needs(self, right: Any) -> dict[str, tuple[str, ...]]:
        """Return what has to stand before each item: what it says, else the one before it."""
        if any(o.needs for o in self.items):
            return {o.id: o.needs for o in self.items}
        return {later: (first,) for first, later in pairwise(right)}

    def _early(self, answer: Any, right: Any) -> list[tuple[str, str]]:
        """List items that stand before one they need, with the one they need."""
        place = {id: k for k, id in enumerate(answer)}
        needs = self.needs(right)
        return [(id, n) for id in answer for n in needs[id] if place[n] > place[id]]

    def judge(self, answer: Any, right: Any) -> Verdict:
        """Right when every item stands after those it needs; close when one does not."""
        early = self._early(answer, right)
        return "right" if not early else "close" if len(early) == 1 else "wrong"

    def diagnose(self, answer: Any, right: Any) -> tuple[str, str] | None:
        """Name the first item that stands too early, and what it has to wait for."""
        texts = {o.id: o for o in self.items}
        for id, need in self._early(answer, right):
            told = say(
                "teach.item_early", text=short(texts[id].text), need=short(texts[need].text),
                why=str(texts[id].why),
            )  # fmt: skip
            return f"early_{id}", told
        return None

    def told(self, case: Case) -> str:
        """Write the items in their order."""
        texts = {o.id: str(o.text) for o in self.items}
        return "; ".join(f"{k}. {texts[id]}" for k, id in enumerate(case.right, 1))

    def worked(self, case: Case) -> list[str]:
        """Say of each item what it waits for."""
        texts = {o.id: o for o in self.items}
        needs = self.needs(case.right)
        lines = [f"{short(texts[id].text)}: {texts[id].why}" for id in case.right if needs.get(id)]
        free = any(o.needs for o in self.items)
        return [*lines, say("teach.other_orders")] if free else lines

    def slips(self, case: Case) -> Iterable[tuple[str, Any]]:
        """List the right order with two neighbours swapped, wherever that is wrong."""
        right = tuple(case.right)
        for k in range(len(right) - 1):
            wrong = (*right[:k], right[k + 1], right[k], *right[k + 2 :])
            early = self._early(wrong, right)
            if early:
                yield f"early_{early[0][0]}", wrong

    def entries(self, case: Case) -> tuple[Entry, ...]:
        """Ask for the item at each place."""
        options = tuple((o.id, str(o.text)) for o in self.items)
        return tuple(
            Entry(str(k), f"{k}.", "select", options) for k in range(1, len(self.items) + 1)
        )

    def collect(self, filled: Mapping[str, Any]) -> Any:
        """Keep the places."""
        return list(filled.values())


@dataclass(frozen=True)
class Match(Kind):
    """Each item gets one target; the right answer maps item ids to target ids.

    The feedback of an item (``why``) is told when it is matched wrongly. With ``forgiven``, so
    many wrong pairs still count as right.
    """

    items: tuple[Option, ...]
    targets: tuple[Option, ...]
    forgiven: int = 0

    def read(self, answer: Any, case: Case) -> dict[str, str]:
        """Find item and target of every pair."""
        if not isinstance(answer, Mapping):
            raise NotOfKind("type_pairs")
        found = {
            known(k, self.items): known(v, self.targets)
            for k, v in answer.items()
            if not self.empty(v)
        }
        missing = [str(o.text) for o in self.items if o.id not in found]
        if missing:
            raise NotOfKind("type_rows_missing", missing=missing)
        return found

    def _off(self, answer: Any, right: Any) -> list[Option]:
        return [o for o in self.items if answer[o.id] not in (right[o.id], *o.also)]

    def judge(self, answer: Any, right: Any) -> Verdict:
        """Close when at most one in five is wrong."""
        wrong = len(self._off(answer, right))
        return (
            "right" if wrong <= self.forgiven else "close" if wrong <= len(right) / 5 else "wrong"
        )

    def diagnose(self, answer: Any, right: Any) -> tuple[str, str] | None:
        """Name the first item matched wrongly, and how many are right."""
        off = self._off(answer, right)
        if not off:
            return None
        item, n = off[0], len(self.items)
        told = say(
            "teach.item_wrong", text=short(item.text), why=str(item.why), right=n - len(off), n=n
        )
        return f"{item.id}_as_{answer[item.id]}", told

    def told(self, case: Case) -> str:
        """Write each item with its target."""
        targets = {t.id: str(t.text) for t in self.targets}
        return "\n".join(f"{o.text} → {targets[case.right[o.id]]}" for o in self.items)

    def worked(self, case: Case) -> list[str]:
        """Say why, each reason once, and what can be defended as well."""
        targets = {t.id: str(t.text) for t in self.targets}
        reasons = list(dict.fromkeys(str(o.why) for o in self.items if str(o.why)))
        also = [
            say("teach.also", text=short(o.text), also=[targets[a] for a in o.also])
            for o in self.items
            if o.also
        ]
        return [*reasons, *also]

    def slips(self, case: Case) -> Iterable[tuple[str, Any]]:
        """List the right pairs with items matched wrongly, each item once the first."""
        right = dict(case.right)
        other = {}
        for i in self.items:
            wrong = [t.id for t in self.targets if t.id not in (right[i.id], *i.also)]
            if wrong:
                other[i.id] = wrong[0]
        ids = list(other)
        for k, id in enumerate(ids[: len(ids) - self.forgiven]):
            missed = {i: other[i] for i in ids[k : k + self.forgiven + 1]}
            yield f"{id}_as_{other[id]}", {**right, **missed}

    def entries(self, case: Case) -> tuple[Entry, ...]:
        """Ask for the target of each item."""
        options = tuple((o.id, str(o.text)) for o in self.targets)
        # in an order of the learner's own: the written one often gives the answer away
        mixed = random.Random(case.seed).sample(self.items, len(self.items))
        return tuple(Entry(o.id, str(o.text), "select", options) for o in mixed)

    def collect(self, filled: Mapping[str, Any]) -> Any:
        """Keep the pairs."""
        return dict(filled)
