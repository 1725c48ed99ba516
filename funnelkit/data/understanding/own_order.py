"""The order of a file's own stages: what tells it, and what has to be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from funnelkit.data.contract import OUTCOMES
from funnelkit.data.defects import Phrase
from funnelkit.data.understanding.endings import bare, read_label
from funnelkit.data.understanding.labels import Label
from funnelkit.data.understanding.mapping import FileMapping
from funnelkit.data.understanding.order import (
    Order,
    by_precedence,
    contradicted,
    number_of,
    percent_of,
    precedence,
    usual_place,
)
from funnelkit.data.understanding.questions import Choice, Question
from funnelkit.data.understanding.recognise import Dialect, plain_header


@dataclass(frozen=True)
class OwnOrder:
    """Orders the stages of a file by its mapping, its system's list, its labels or its deals."""

    found: Mapping[str, Label]
    mapping: FileMapping
    dialect: Dialect | None
    listed: Sequence[Mapping[str, Any]]
    names: Mapping[str, str]
    visits: ir.Table | None

    def of(self, wanted: set[str], target: Mapping[str, str | None]) -> Order:
        """The order of a file's own stages, what it rests on and what speaks against it."""
        seen = [n for n in dict.fromkeys(target.values()) if n in wanted]
        names = [str(n) for n in seen]
        mapped = [v for v in dict.fromkeys(self.mapping.stages.values()) if v in wanted]
        if mapped and set(mapped) == wanted:
            return Order([str(m) for m in mapped], "mapping")
        if self.listed:
            ranked = sorted(
                self.listed, key=lambda s: (s.get("order") is None, s.get("order") or 0)
            )
            by_list = dict.fromkeys(
                n for s in ranked for n in (str(s["stage"]), self.names[str(s["stage"])])
                if n in wanted
            )  # fmt: skip
            if set(by_list) == wanted:
                return Order(list(by_list), "picklist")
        usual_list = {plain_header(s) for s in (self.dialect.stages if self.dialect else ())}
        if len(names) < 2:
            listed = all(plain_header(n) in usual_list for n in names)
            return Order(names, "picklist" if names and listed else "one")
        put_off = [n for n in names if read_label(n).hold]
        moving = [n for n in names if n not in put_off]
        return self._weighed(names, moving, put_off, target)

    def _weighed(
        self,
        names: list[str],
        moving: list[str],
        put_off: list[str],
        target: Mapping[str, str | None],
    ) -> Order:
        """Weigh numbers, the system's list, probabilities and the way deals went."""
        before: dict[tuple[str, str], int] = {}
        if self.visits is not None:
            branches = [(t, n) for t, n in target.items() if n in moving]
            before = precedence(
                self.visits.mutate(
                    stage=self.visits.stage.cases(*branches, else_=ibis.null("string"))
                ),
                moving,
            )
        history = by_precedence(moving, before) if before else None
        ties = {n: i for i, n in enumerate(history.names if history else moving)}
        plain = {plain_header(bare(w)): w for w in moving}
        usual = {n: usual_place(n) for n in moving}
        listed = [plain[p] for s in self.dialect.stages if (p := plain_header(s)) in plain] if (
            self.dialect
        ) else []  # fmt: skip
        tables: dict[str, Mapping[str, float | int | None]] = {
            "number": {n: number_of(n) for n in moving},
            "picklist": {n: listed.index(n) if n in listed else None for n in moving},
            "probability": self._chances(moving, target) or {n: percent_of(n) for n in moving},
        }
        for how, places in tables.items():
            if None in places.values() or len(set(places.values())) < 2:
                continue
            ranked = sorted(moving, key=lambda n: (places[n] or 0, ties[n]))
            if history is None or not contradicted(ranked, before):
                return Order([*ranked, *put_off], how)
            if how == "picklist":  # the usual list of a system, not that of this company
                continue
            return Order([*ranked, *put_off], how, rivals={"precedence": history.names})
        if history is not None:
            history = self._loose(history)
            unsettled = [
                (a, b) for a, b in history.loose if None in (usual[a], usual[b])
                or usual[a] == usual[b]
            ]  # fmt: skip
            if unsettled:
                a, b = unsettled[0]
                turned = [b if n == a else a if n == b else n for n in history.names]
                history.rivals["turned"] = turned
            return Order([*history.names, *put_off], "precedence", history.loose, history.rivals)
        if None not in usual.values():
            return Order([*sorted(moving, key=lambda n: usual[n] or 0), *put_off], "usual")
        return Order(names, "appearance")

    def _chances(
        self, names: Sequence[str], target: Mapping[str, str | None]
    ) -> dict[str, float] | None:
        """The probability of each stage, where the file gives each one and no other."""
        chances: dict[str, float] = {}
        for text, name in target.items():
            chance = self.found[text].chance
            if name not in names:
                continue
            if chance is None or chance[1] - chance[0] > 1e-9:
                return None
            chances[str(name)] = chance[0]
        return chances if len(set(chances.values())) > 1 and set(chances) == set(names) else None

    def _loose(self, order: Order) -> Order:
        """Leave out the pairs that too few deals pass for the order to matter."""
        deals = sum(f.visits for f in self.found.values())
        rare = {t for t, f in self.found.items() if f.visits <= max(1, 0.01 * deals)}
        kept = [p for p in order.loose if not rare & {*p}]
        return Order(order.names, order.how, kept, order.rivals)

    def question(self, order: Order, target: Mapping[str, str | None]) -> Question | None:
        """Ask where two sources disagree on the order, or nothing tells of two stages."""
        if not order.rivals:
            return None
        own = {t: str(n) for t, n in target.items() if n is not None and n not in OUTCOMES}
        choices = []
        for how, names in ((order.how, order.names), *order.rivals.items()):
            stages = {t: n for name in names for t, n in own.items() if n == name}
            key = "questions.turned" if how == "turned" else f"data.by_{how}"
            choices.append(Choice(Phrase(key), tuple(names), {"stages": stages}))
        loose = "turned" in order.rivals
        text = Phrase("questions.loose", pair=list(order.loose[0])) if loose else (
            Phrase("questions.order")
        )  # fmt: skip
        return Question("stages:order", text, tuple(choices if loose else choices[::-1]))
