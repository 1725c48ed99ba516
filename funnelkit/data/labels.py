"""From the labels of a file to the stages of a process, the file's own if need be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir

from funnelkit.data.defects import Finding, Phrase
from funnelkit.data.inner import ROW
from funnelkit.data.mapping import FileMapping
from funnelkit.data.recognise import Dialect, plain_header
from funnelkit.errors import nearest
from funnelkit.process import Process, load_process

OUTCOMES = ("won", "lost", "no_decision")
IGNORED = "__ignored"


# Where stages of these names usually stand, first match counts; only to order a file's own stages.
_USUAL: tuple[tuple[str, int], ...] = (
    ("valueprop", 4), ("lead", 1), ("prospect", 1), ("new", 1), ("inbound", 1), ("线索", 1),
    ("潜在", 1), ("contact", 2), ("connect", 2), ("engag", 2), ("appoint", 2), ("联系", 2),
    ("接触", 2), ("拜访", 2), ("qualif", 3), ("need", 3), ("discover", 3), ("analysis", 3),
    ("需求", 3), ("develop", 4), ("demo", 4), ("present", 4), ("trial", 4), ("poc", 4),
    ("演示", 4), ("试用", 4), ("方案", 4), ("propos", 5), ("quot", 5), ("offer", 5), ("报价", 5),
    ("投标", 5), ("negot", 6), ("review", 6), ("commit", 6), ("谈判", 6), ("商务", 6),
    ("contract", 7), ("sign", 7), ("close", 7), ("合同", 7), ("签约", 7),
)  # fmt: skip


def usual_place(label: str) -> int | None:
    """Where a stage of this name usually stands.

    Examples
    --------
    >>> usual_place("Prospecting"), usual_place("Engaging"), usual_place("Zeta")
    (1, 2, None)
    """
    word = plain_header(label)
    return next((rank for stem, rank in _USUAL if stem in word), None)


@dataclass
class Label:
    """A stage label of the file: how often it stands in which table, and where first."""

    text: str
    deals: int = 0
    visits: int = 0
    row: int | None = None
    file: str = ""
    column: str = ""
    probability: float | None = None
    position: float | None = None


@dataclass
class Meaning:
    """The process and what every label of the file means in it."""

    process: Process
    stage_of: dict[str, str | None]
    own: bool
    findings: list[Finding] = field(default_factory=list)


def labels_of(
    table: ir.Table, column: str, file: str, source: str, *, visits: bool, found: dict[str, Label]
) -> None:
    """Add the distinct labels of ``column`` to ``found``."""
    first = table[ROW].min() if ROW in table.columns else ibis.null("int64")
    aggregates: dict[str, Any] = {"n": ibis._.count(), "first": first}
    if "probability" in table.columns:
        aggregates["chance"] = table.probability.mean()
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
        else:
            label.deals += row["n"]
        if row.get("chance") is not None and label.probability is None:
            label.probability = row["chance"]


def typical_positions(visits: ir.Table, found: Mapping[str, Label]) -> None:
    """Note how far along its deals each label stands on average (0 first, 1 last)."""
    order = [visits.entered_at, visits.seq]
    w = ibis.window(group_by=visits.deal_id, order_by=order)
    whole = ibis.window(group_by=visits.deal_id)
    placed = visits.mutate(__at=ibis.row_number().over(w), __n=visits.count().over(whole))
    share = (placed["__at"] / (placed["__n"] - 1).nullif(0)).fill_null(0)
    rows = placed.mutate(share=share).group_by("stage").agg(at=ibis._.share.mean())
    for row in rows.to_pyarrow().to_pylist():
        if row["stage"] in found:
            found[row["stage"]].position = row["at"]


def usual_outcome(label: str, process: Process) -> str | None:
    """The outcome a label means by the usual words, or None."""
    meaning = process.match(label)
    return meaning if meaning in (*OUTCOMES, "open") else None


def understand(
    found: Mapping[str, Label],
    *,
    process: Any,
    mapping: FileMapping,
    dialect: Dialect | None,
    listed: Sequence[Mapping[str, Any]],
    visits: ir.Table | None,
    timezone: Any = None,
) -> Meaning:
    """Decide the process and what each label means.

    A process that is given is kept to. Otherwise the default process serves when it knows at
    least half of the labels (the rest are then errors with the nearest stage), and a process is
    made of the file's own labels when it knows fewer: in the order of the mapping, of the system's
    stage list, of the probabilities, or of the labels' typical place in the histories.
    """
    default = load_process(process)
    stages = mapping.stages
    names = {str(s.get("stage")): str(s.get("label") or s.get("stage")) for s in listed}
    given = process is not None

    def told(label: str) -> tuple[bool, str | None]:
        if label in stages:
            return True, stages[label]
        for key, value in stages.items():
            if plain_header(key) == plain_header(label) and plain_header(key):
                return True, value
        if "*" in stages:
            return True, stages["*"]
        return False, None

    def known(label: str) -> str | None:
        is_told, target = told(label)
        if is_told:
            if target is None:
                return IGNORED
            return default.match(target)
        return default.match(names.get(label, label)) or default.match(label)

    known_stages = [k for k in map(known, found) if k in default.stage_ids]
    unknown = [t for t in found if known(t) is None]
    targets = [v for v in stages.values() if v is not None]
    foreign = any(default.match(t) is None for t in targets)
    brings_own = bool(dialect and dialect.id != "kit") and bool(unknown)
    if given or not unknown or (not foreign and not brings_own and known_stages
                                and len(known_stages) >= len(unknown)):  # fmt: skip
        return _by(default, found, known)
    return _own(found, told, names, default, mapping, dialect, listed, visits)


def _by(process: Process, found: Mapping[str, Label], known: Any) -> Meaning:
    meaning = Meaning(process, {}, own=False)
    for text, label in found.items():
        target = known(text)
        meaning.stage_of[text] = target
        if target is None:
            options = _nearest_ids(text, process)
            meaning.findings.append(
                Finding(
                    "unknown_stage", file=label.file, row=label.row, column=label.column,
                    value=text, count=label.deals + label.visits,
                    more={"allowed": options},
                )
            )  # fmt: skip
    return meaning


def _nearest_ids(text: str, process: Process) -> list[str]:
    """Stage and outcome ids, the one with the label most like ``text`` first."""
    ids = (*process.stage_ids, *OUTCOMES)
    best = {i: nearest(text, process.aliases(i))[0] for i in ids}
    order = nearest(text, list(dict.fromkeys(best.values())))
    return sorted(ids, key=lambda i: order.index(best[i]))


def _own(
    found: Mapping[str, Label],
    told: Any,
    names: Mapping[str, str],
    default: Process,
    mapping: FileMapping,
    dialect: Dialect | None,
    listed: Sequence[Mapping[str, Any]],
    visits: ir.Table | None,
) -> Meaning:
    """Make a process of the labels of the file."""
    ends: dict[str, str] = {}
    for row in listed:
        if row.get("closed") or row.get("won"):
            ends[str(row.get("stage"))] = "won" if row.get("won") else "lost"
    target_of: dict[str, str] = {}  # label -> outcome, IGNORED or the name of a stage
    for text in found:
        is_told, target = told(text)
        if is_told and target is None:
            target_of[text] = IGNORED
            continue
        name = str(target) if is_told else text
        outcome = ends.get(text) or usual_outcome(names.get(name, name), default)
        target_of[text] = outcome if outcome in OUTCOMES else name
    wanted = {n for n in target_of.values() if n not in OUTCOMES and n != IGNORED}
    order, how = _order(wanted, found, target_of, mapping, dialect, listed, visits)
    if not order:
        return _by(default, found, lambda text: target_of[text])
    shown = {n: str((dialect.labels if dialect else {}).get(n, names.get(n, n))) for n in order}
    pairs: dict[str, str] = {}
    ids: dict[str, str] = {}
    for name in order:
        key = _slug(name, set(ids.values()))
        ids[name] = key
        pairs[key] = shown[name]
    process = Process.from_stages(pairs, currency=mapping.currency or default.currency)
    meaning = Meaning(process, {}, own=True)
    for text, target in target_of.items():
        meaning.stage_of[text] = ids.get(target, target)
    first = next((found[t] for t in found), None)
    meaning.findings.append(
        Finding(
            "stages_guessed" if how == "appearance" else "own_stages",
            file=first.file if first else "", count=len(order),
            more={"stages": [shown[n] for n in order], "how": Phrase(f"data.by_{how}")},
        )
    )  # fmt: skip
    return meaning


def _slug(name: str, taken: set[str]) -> str:
    from funnelkit.process.text import slug

    key = slug(name) or "stage"
    if key in OUTCOMES or key == "open":
        key += "_stage"
    base, n = key, 2
    while key in taken:
        key, n = f"{base}_{n}", n + 1
    return key


def _order(
    wanted: set[str],
    found: Mapping[str, Label],
    target_of: Mapping[str, str],
    mapping: FileMapping,
    dialect: Dialect | None,
    listed: Sequence[Mapping[str, Any]],
    visits: ir.Table | None,
) -> tuple[list[str], str]:
    """The order of a file's own stages and what it rests on."""
    mapped = [v for v in dict.fromkeys(mapping.stages.values()) if v in wanted]
    if mapped and set(mapped) == wanted:
        return mapped, "mapping"
    plain = {plain_header(w): w for w in wanted}
    if dialect and dialect.stages:
        picked = [plain[plain_header(s)] for s in dialect.stages if plain_header(s) in plain]
        if set(picked) == wanted:
            return picked, "picklist"
    if listed:
        ranked = sorted(listed, key=lambda s: (s.get("order") is None, s.get("order") or 0))
        by_list = [str(s["stage"]) for s in ranked if str(s["stage"]) in wanted]
        by_list = list(dict.fromkeys(by_list))
        if set(by_list) == wanted:
            return by_list, "picklist"

    def by(attribute: str) -> list[str] | None:
        values: dict[str, list[float]] = {}
        for text, name in target_of.items():
            value = getattr(found[text], attribute) if name in wanted else None
            if value is not None:
                values.setdefault(name, []).append(value)
        if set(values) != wanted:
            return None
        appearance = list(dict.fromkeys(target_of.values()))
        return sorted(wanted, key=lambda n: (sum(values[n]) / len(values[n]), appearance.index(n)))

    seen = [n for n in dict.fromkeys(target_of.values()) if n in wanted]
    numbers = {n: re.match(r"\s*(\d{1,3})\s*[-.)、:：_ ]", n) for n in seen}
    if len(seen) > 1 and all(numbers.values()):
        return sorted(seen, key=lambda n: int((numbers[n] or [0, 0])[1])), "number"
    chances = {found[t].probability for t, n in target_of.items() if n in wanted}
    if len(chances) > 1 and (ordered := by("probability")):
        return ordered, "probability"
    if visits is not None:
        typical_positions(visits, dict(found))
        if ordered := by("position"):
            return ordered, "position"
    places = {n: usual_place(n) for n in seen}
    if len(seen) > 1 and None not in places.values():
        return sorted(seen, key=lambda n: places[n] or 0), "usual"
    return seen, "one" if len(seen) < 2 else "appearance"


def put_stages(column: ir.StringValue, stage_of: Mapping[str, str | None]) -> ir.StringValue:
    """The column with every label replaced by its stage id; unknown labels become null."""
    if all(k == v for k, v in stage_of.items()):
        return column
    branches = [(k, v) for k, v in stage_of.items() if v is not None]
    if not branches:
        return ibis.null("string")
    return column.cases(*branches, else_=ibis.null("string"))
