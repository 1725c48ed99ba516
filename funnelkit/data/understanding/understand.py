"""Which process a file follows, and what every label of it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis.expr.types as ir

from funnelkit.data.contract import OUTCOMES
from funnelkit.data.defects import Finding, Phrase
from funnelkit.data.understanding.endings import Hint, read_label, settled
from funnelkit.data.understanding.labels import IGNORED, Label, dates_tell
from funnelkit.data.understanding.mapping import FileMapping
from funnelkit.data.understanding.order import usual_place
from funnelkit.data.understanding.own_order import OwnOrder
from funnelkit.data.understanding.questions import Choice, Question
from funnelkit.data.understanding.recognise import Dialect, plain_header
from funnelkit.errors import nearest
from funnelkit.process import Process, load_process
from funnelkit.process.text import plain, slug

#: So few rows with a label nobody knows are a slip of the keyboard, not a stage.
_SLIP, _SLIP_SHARE = 2, 0.02


@dataclass
class Meaning:
    """The process, what every label of the file means in it, and what has to be asked."""

    process: Process
    stage_of: dict[str, str | None]
    own: bool
    findings: list[Finding] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    outcome_of: dict[str, str | None] = field(default_factory=dict)


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
        self.order = OwnOrder(found, mapping, dialect, listed, self.names, visits)
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
        if not sure and said == Hint() and rare:
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
        ranked = self.order.of({n for n in own.values() if n not in OUTCOMES}, target).names
        stages = {t: n for name in ranked for t, n in own.items() if n == name}
        choices = [Choice(Phrase("questions.own_stage"), (), {"stages": stages})]
        choices += [
            Choice(
                Phrase("questions.same_stage", stage=self.default.stage(i).name),
                (),
                {"stages": {text: i}},
            )
            for i in near
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
        order = self.order.of(wanted, target)
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
        asked = self.order.question(order, target)
        self.questions += [asked] if asked else []
        return meaning


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
               and read_label(codes.get(t, t)) == Hint()
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
