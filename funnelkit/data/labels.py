"""From the labels of a file to the stages of a process, the file's own if need be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir

from funnelkit.data.defects import Finding, Phrase
from funnelkit.data.endings import Known, Reading, bare, read_label, settled
from funnelkit.data.inner import ROW, inner
from funnelkit.data.mapping import FileMapping
from funnelkit.data.moves import ALONG, same_deal
from funnelkit.data.order import (
    Order,
    by_precedence,
    contradicted,
    number_of,
    percent_of,
    precedence,
    usual_place,
)
from funnelkit.data.questions import Choice, Question
from funnelkit.data.recognise import Dialect, plain_header
from funnelkit.errors import nearest
from funnelkit.process import Process, load_process
from funnelkit.process.text import plain, slug

OUTCOMES = ("won", "lost", "no_decision")
IGNORED = "__ignored"
#: So few rows with a label nobody knows are a slip of the keyboard, not a stage.
_SLIP, _SLIP_SHARE = 2, 0.02


@dataclass
class Label:
    """A label of the file: how often it stands in which table, where first, and on what deals."""

    text: str
    deals: int = 0
    visits: int = 0
    row: int | None = None
    file: str = ""
    column: str = ""
    closed: int | None = None
    chance: tuple[float, float] | None = None
    last: int = 0  # visits after which nothing comes

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return self.deals + self.visits

    @property
    def known(self) -> Known:
        """What its rows tell of how deals end."""
        return Known(self.deals, self.closed, self.chance)


@dataclass
class Meaning:
    """The process, what every label of the file means in it, and what has to be asked."""

    process: Process
    stage_of: dict[str, str | None]
    own: bool
    findings: list[Finding] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    outcome_of: dict[str, str | None] = field(default_factory=dict)


def labels_of(
    table: ir.Table, column: str, file: str, source: str, *, visits: bool, found: dict[str, Label]
) -> None:
    """Add the distinct labels of ``column`` to ``found``."""
    first = table[ROW].min() if ROW in table.columns else ibis.null("int64")
    aggregates: dict[str, Any] = {"n": ibis._.count(), "first": first}
    if "probability" in table.columns and table.probability.type().is_numeric():
        aggregates |= {"low": table.probability.min(), "high": table.probability.max()}
    if not visits:
        if "closed_at" in table.columns and table.closed_at.type().is_timestamp():
            aggregates["closed"] = table.closed_at.notnull().sum()
        elif inner("is_closed") in table.columns:
            aggregates["closed"] = table[inner("is_closed")].fill_null(False).sum()
    elif "entered_at" in table.columns:
        if ALONG in table.columns:
            last = ~same_deal(table, -1)
        else:
            last = table.entered_at == table.entered_at.max().over(group_by=table.deal_id)
        table = table.mutate(**{inner("last"): last})
        aggregates["last"] = table[inner("last")].sum()
    seen = (
        table.filter(table[column].notnull())
        .group_by(label=table[column])
        .agg(**aggregates)
        .to_pyarrow()
        .to_pylist()
    )
    for row in sorted(seen, key=lambda r: (r["first"] is None, r["first"] or 0, r["label"])):
        label = found.setdefault(
            row["label"], Label(row["label"], row=row["first"], file=file, column=source)
        )
        if visits:
            label.visits += row["n"]
            label.last += int(row.get("last") or 0)
        else:
            label.deals += row["n"]
            if row.get("closed") is not None:
                label.closed = (label.closed or 0) + int(row["closed"])
        if row.get("low") is not None and label.chance is None:
            label.chance = (row["low"], row["high"])


def dates_tell(found: Iterable[Label]) -> bool:
    """Whether closing dates part the labels: nearly all deals of a label have one, or none has.

    Examples
    --------
    >>> dates_tell([Label("Pitch", deals=9, closed=0), Label("Gone", deals=4, closed=4)])
    True
    >>> dates_tell([Label("Pitch", deals=9, closed=6), Label("Gone", deals=4, closed=4)])
    False
    """
    dated = [f for f in found if f.closed is not None and not read_label(f.text).hold]
    without = [f for f in dated if (f.closed or 0) <= 0.05 * f.deals]
    between = sum(f.deals for f in dated if 0.05 * f.deals < (f.closed or 0) < 0.9 * f.deals)
    return bool(without) and between <= 0.1 * sum(f.deals for f in dated)


class _Understanding:
    """Decides the process and what each label means."""

    def __init__(
        self,
        found: Mapping[str, Label],
        *,
        process: Any,
        mapping: FileMapping,
        dialect: Dialect | None,
        listed: Sequence[Mapping[str, Any]],
        visits: ir.Table | None,
        told: bool,
    ) -> None:
        self.found = found
        self.default = load_process(process)
        self.given = process is not None
        self.mapping, self.dialect = mapping, dialect
        self.listed, self.visits, self.told = listed, visits, told
        self.names = {str(s.get("stage")): str(s.get("label") or s.get("stage")) for s in listed}
        self.tell = dates_tell(found.values())
        self.questions: list[Question] = []
        self.ends = {
            str(row.get("stage")): "won" if row.get("won") else "lost"
            for row in listed
            if row.get("closed") or row.get("won")
        }

    # --- what a label means -----------------------------------------------------------------

    def mapped(self, label: str) -> tuple[bool, str | None]:
        """Whether the mapping names the label as a stage, and what it says."""
        return _named(self.mapping.stages, label, star=True)

    def ending(self, label: str) -> str | None:
        """The outcome a label means; None for a stage. What is not sure is asked."""
        is_told, outcome = _named(self.mapping.outcomes, label)
        if is_told:
            return None if outcome == "open" else outcome
        shown = self.names.get(label, label)
        own = self.default.match(shown)
        said = read_label(shown)
        if label in self.ends:  # the system's list knows won and lost alone
            undecided = self.ends[label] == "lost" and said.outcome == "no_decision" and said.sure
            return "no_decision" if undecided else self.ends[label]
        closing = self.default.closing
        if own in self.default.stage_ids:
            at_close = closing is not None and own == closing.id and not self.told
            rival = any(
                t != label and read_label(self.names.get(t, t)) == read_label("won")
                for t in self.found
            )
            if not (at_close and rival and not self.given):
                return None  # the words of a stage of the process go before those of an ending
        elif own in OUTCOMES:
            return own
        if self.told or self.given:
            return said.outcome if said.outcome in OUTCOMES and said.sure else None
        item = self.found[label]
        if not said.sure and item.visits and item.last < 0.5 * item.visits:
            return None  # deals go on from there
        outcome, sure = settled(
            shown, item.known, dates_tell=self.tell, only_win=self._only_win(label)
        )
        rare = item.deals <= _SLIP_SHARE * sum(f.deals for f in self.found.values())
        if not sure and said == Reading() and rare:
            return None
        if not sure:
            self._ask_ending(label, outcome)
        return outcome if outcome in OUTCOMES else None

    def _only_win(self, label: str) -> bool:
        """Whether a file with lost deals has no other label that may mean a win."""
        said = {t: read_label(self.names.get(t, t)) for t in self.found if t != label}
        lost = any(s.sure and s.outcome == "lost" for s in said.values())
        return lost and not any(s.outcome == "won" or not s.sure for s in said.values())

    def _ask_ending(self, label: str, likely: str | None) -> None:
        item = self.found[label]
        order = [likely] if likely else []
        order += [o for o in (*OUTCOMES, "open") if o != likely]
        choices = tuple(
            Choice(Phrase(f"questions.means_{o}"), (), {"outcomes": {label: o}}) for o in order
        )
        key = "ending" if item.closed is None else "ending_dated"
        self.questions.append(
            Question(
                f"outcome:{label}",
                Phrase(f"questions.{key}", label=label, column=item.column, n=item.rows,
                       closed=item.closed),
                choices,
            )
        )  # fmt: skip

    # --- which process ----------------------------------------------------------------------

    def run(self) -> Meaning:
        """Return the process and the meaning of every label."""
        target: dict[str, str | None] = {}  # label -> outcome, IGNORED, a stage's name or None
        for text in self.found:
            is_told, name = self.mapped(text)
            if is_told and name is None:
                target[text] = IGNORED
            elif is_told:
                target[text] = self._outcome_named(str(name)) or str(name)
            else:
                target[text] = self.ending(text) or self.names.get(text, text)
        shown = self.dialect.labels if self.dialect else {}
        spelled: dict[str, str] = {}
        for text, name in target.items():  # one stage, in whatever spelling
            if name is not None and name not in OUTCOMES and name != IGNORED:
                target[text] = spelled.setdefault(plain(str(shown.get(name, name))), name)
        stages = [t for t, n in target.items() if n not in OUTCOMES and n != IGNORED]
        known = {t: self._stage(str(target[t]), t) for t in stages}
        unknown = [t for t in stages if known[t] is None]
        if self.given or not unknown:
            return self._by(target, known)
        settled_by_user = [t for t in unknown if self.mapped(t)[0]]
        brings_own = self.dialect is not None and self.dialect.id != "kit"
        rest = [t for t in unknown if t not in settled_by_user]
        if not settled_by_user and not brings_own and len(stages) - len(unknown) >= len(unknown):
            slips = [t for t in rest if self._slip(t)]
            total = sum(f.rows for f in self.found.values())
            slips = slips if few_enough((self.found[t].rows for t in slips), total) else []
            if len(slips) == len(rest):
                return self._by(target, known)
            # a deal put off stands nowhere in the order: nothing to ask
            strange = [
                t for t in rest
                if t not in slips and usual_place(t) is None and not read_label(t).hold
            ]  # fmt: skip
            for text in strange:
                self._ask_stage(text, target)
            for text in slips:
                if usual_place(text) is None or self._typo(text):
                    target[text] = None
        return self._own(target)

    def _outcome_named(self, name: str) -> str | None:
        match = self.default.match(name)
        return match if match in OUTCOMES else None

    def _stage(self, name: str, text: str) -> str | None:
        match = self.default.match(name)
        if match is None and not self.mapped(text)[0]:
            match = self.default.match(text)
        return match if match in self.default.stage_ids or match == "open" else None

    def _typo(self, text: str) -> bool:
        import difflib

        aliases = [plain_header(a) for i in self.default.stage_ids for a in self.default.aliases(i)]
        return bool(difflib.get_close_matches(plain_header(text), aliases, n=1, cutoff=0.8))

    def _slip(self, text: str) -> bool:
        """Whether a label nobody knows is rather a slip than a stage of the file's own."""
        rows = self.found[text].rows
        few = rows <= max(_SLIP, _SLIP_SHARE * sum(f.rows for f in self.found.values()))
        return few and (self._typo(text) or usual_place(text) is None)

    def _ask_stage(self, text: str, target: Mapping[str, str | None]) -> None:
        item = self.found[text]
        near = _nearest_ids(text, self.default)[:2]
        own = {t: str(n) for t, n in target.items() if n is not None and n != IGNORED}
        ranked = self._order({n for n in own.values() if n not in OUTCOMES}, target).names
        stages = {t: n for name in ranked for t, n in own.items() if n == name}
        choices = [Choice(Phrase("questions.own_stage"), (), {"stages": stages})]
        choices += [
            Choice(Phrase("questions.same_stage", stage=i), (), {"stages": {text: i}}) for i in near
        ]
        choices.append(Choice(Phrase("questions.leave_out"), (), {"stages": {text: None}}))
        self.questions.append(
            Question(
                f"stage:{text}",
                Phrase("questions.stage", label=text, column=item.column, n=item.rows),
                tuple(choices),
            )
        )

    def _by(self, target: Mapping[str, str | None], known: Mapping[str, str | None]) -> Meaning:
        meaning = Meaning(self.default, {}, own=False, questions=self.questions)
        for text, name in target.items():
            outcome = name in OUTCOMES or name == IGNORED
            meaning.stage_of[text] = name if outcome else known[text]
            if meaning.stage_of[text] is None:
                meaning.findings.append(self._unknown(text))
        return meaning

    def _unknown(self, text: str) -> Finding:
        label = self.found[text]
        return Finding(
            "unknown_stage", file=label.file, row=label.row, column=label.column,
            value=text, count=label.rows, more={"allowed": _nearest_ids(text, self.default)},
        )  # fmt: skip

    def _own(self, target: Mapping[str, str | None]) -> Meaning:
        """Make a process of the labels of the file."""
        wanted = {
            n for n in target.values() if n is not None and n not in OUTCOMES and n != IGNORED
        }
        order = self._order(wanted, target)
        if not order.names:
            return self._by(target, {})
        labels = self.dialect.labels if self.dialect else {}
        pairs: dict[str, str] = {}
        ids: dict[str, str] = {}
        for stage in order.names:
            key = _slug(stage, set(ids.values()))
            ids[stage] = key
            pairs[key] = str(labels.get(stage, stage))
        process = Process.from_stages(
            pairs, currency=self.mapping.currency or self.default.currency
        )
        meaning = Meaning(process, {}, own=True, questions=self.questions)
        for text, name in target.items():
            meaning.stage_of[text] = None if name is None else ids.get(name, name)
            if name is None:
                meaning.findings.append(self._unknown(text))
        first = next(iter(self.found.values()), None)
        guessed = len(order.names) > 1 and (order.how in ("usual", "appearance") or order.loose)
        meaning.findings.append(
            Finding(
                "stages_guessed" if guessed else "own_stages",
                file=first.file if first else "", count=len(order.names),
                more={"stages": list(pairs.values()), "how": Phrase(f"data.by_{order.how}")},
            )
        )  # fmt: skip
        self._ask_order(order, target)
        return meaning

    # --- in which order ---------------------------------------------------------------------

    def _order(self, wanted: set[str], target: Mapping[str, str | None]) -> Order:
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

    def _ask_order(self, order: Order, target: Mapping[str, str | None]) -> None:
        """Ask where two sources disagree on the order, or nothing tells of two stages."""
        if not order.rivals:
            return
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
        self.questions.append(
            Question("stages:order", text, tuple(choices if loose else choices[::-1]))
        )


def understand(
    found: Mapping[str, Label],
    *,
    process: Any,
    mapping: FileMapping,
    dialect: Dialect | None,
    listed: Sequence[Mapping[str, Any]],
    visits: ir.Table | None,
    told: bool = False,
) -> Meaning:
    """Decide the process and what each label means.

    A process that is given is kept to. Otherwise the default process serves when it knows the
    stages of the file (a slip apart), and a process is made of the file's own labels when there
    are others: in the order of the mapping, of the system's stage list, of numbers and
    probabilities, or of who follows whom. With ``told`` the outcome stands in a column of its own.
    """
    return _Understanding(
        found, process=process, mapping=mapping, dialect=dialect, listed=listed, visits=visits,
        told=told,
    ).run()  # fmt: skip


def understand_outcomes(
    found: Mapping[str, Label],
    meaning: Meaning,
    *,
    mapping: FileMapping,
    codes: Mapping[str, str],
    given: bool = False,
) -> None:
    """Note what every label of the outcome column means; a question for one that may end a deal."""
    process, closing = meaning.process, meaning.process.closing
    tell = dates_tell(found.values())
    total = sum(f.rows for f in found.values())
    unknown = [t for t in found if process.match(codes.get(t, t)) is None
               and read_label(codes.get(t, t)) == Reading()
               and not _named(mapping.outcomes, t)[0]]  # fmt: skip
    few = few_enough((found[t].rows for t in unknown), total)
    for text, label in found.items():
        is_told, outcome = _named(mapping.outcomes, text)
        if is_told:
            meaning.outcome_of[text] = outcome
            continue
        shown = codes.get(text, text)
        match = process.match(shown)
        if closing is not None and match == closing.id:
            match = "won"
        if match in process.stage_ids or text.strip().lower() in ("pending", "deleted"):
            match = "open"
        sure = match is not None
        said = read_label(shown)
        if match is None and (said.outcome is not None or not said.sure):
            match, sure = settled(shown, label.known, dates_tell=tell)
            sure = sure and match is not None
        meaning.outcome_of[text] = match if sure else None
        if sure:
            continue
        if given or (few and text in unknown):
            meaning.findings.append(
                Finding(
                    "unknown_outcome", file=label.file, row=label.row, column=label.column,
                    value=text, count=label.rows,
                    more={"allowed": nearest(text, (*OUTCOMES, "open"))},
                )
            )  # fmt: skip
            continue
        asking = _Understanding(
            found, process=None, mapping=mapping, dialect=None, listed=(), visits=None, told=True
        )
        asking._ask_ending(text, match)
        meaning.questions += asking.questions


def few_enough(rows: Iterable[int], total: int) -> bool:
    """Whether rows with labels nobody knows are slips: hardly any, and not most of a file."""
    unknown = sum(rows)
    return unknown <= max(_SLIP, _SLIP_SHARE * total) and unknown <= total / 2


def _named(
    names: Mapping[str, str | None], label: str, star: bool = False
) -> tuple[bool, str | None]:
    """Whether a table of names has a label, and what it says."""
    if label in names:
        return True, names[label]
    for key, value in names.items():
        if plain_header(key) == plain_header(label) and plain_header(key):
            return True, value
    if star and "*" in names:
        return True, names["*"]
    return False, None


def _nearest_ids(text: str, process: Process) -> list[str]:
    """Stage and outcome ids, the one with the label most like ``text`` first."""
    ids = (*process.stage_ids, *OUTCOMES)
    best = {i: nearest(text, process.aliases(i))[0] for i in ids}
    order = nearest(text, list(dict.fromkeys(best.values())))
    return sorted(ids, key=lambda i: order.index(best[i]))


def _slug(name: str, taken: set[str]) -> str:
    key = slug(name) or "stage"
    if key in OUTCOMES or key == "open":
        key += "_stage"
    base, n = key, 2
    while key in taken:
        key, n = f"{base}_{n}", n + 1
    return key


def put_stages(column: ir.StringValue, stage_of: Mapping[str, str | None]) -> ir.StringValue:
    """The column with every label replaced by its stage id; unknown labels become null."""
    if all(k == v for k, v in stage_of.items()):
        return column
    branches = [(k, v) for k, v in stage_of.items() if v is not None]
    if not branches:
        return ibis.null("string")
    return column.cases(*branches, else_=ibis.null("string"))
