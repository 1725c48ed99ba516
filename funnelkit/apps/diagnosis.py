"""Diagnosis: where a group lies low, what mix and what rate did, what small numbers can say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from funnelkit.apps.app import Answer, App
from funnelkit.apps.lists import counts
from funnelkit.apps.ranges import CUTS, choice, cuts, last_and_before, slider, whole_months
from funnelkit.data.kept import kept
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures import compare, counting_rules, diagnose, funnel, win_rate
from funnelkit.measures.result import Result, column_label
from funnelkit.page.controls import Control, State
from funnelkit.page.parts import Heading, Part, Sentence
from funnelkit.show.column import COUNT, RATE, SHARE, Column, columns
from funnelkit.show.table import Table
from funnelkit.words import date, say

# Persons first: theirs is the question asked most.
_SEGMENTS = ("owner", *CUTS[:-1])
_RULES = ("reached", "touched", "strict", "direct", "backfilled")
_AGAINST = ("rest", "past", "target")
_MONTHS = (3, 6, 12)
_MOST_GROUPS = 40


@dataclass(frozen=True, eq=False)
class Base:
    """A pipeline, the columns it can be cut by, the lengths of time that can be compared."""

    p: Pipeline
    segments: tuple[str, ...]
    months: tuple[int, ...]
    against: tuple[str, ...]


def prepare(p: Pipeline) -> Base:
    """Find what the data can be cut by, and work out what any choice will ask for."""
    p.need("outcome", "closed_at", what="diagnose")
    segments = cuts(p, _SEGMENTS, _MOST_GROUPS)
    if not segments:
        raise FunnelkitError(
            "app_diagnosis.no_segment", wanted=[column_label(c) for c in _SEGMENTS]
        )
    months = whole_months(p, _MONTHS)
    against = []
    for name in _AGAINST:
        found = judged(p, segments[0], name)
        if not isinstance(found, FunnelkitError):
            against.append(name)
    for segment in segments:  # every choice is then as fast the first time as the second
        rates(p, segment)
        for name in against:
            judged(p, segment, name)
        for length in months:
            split(p, segment, length)
    for rule in _RULES:
        steps(p, rule)
    if not isinstance(steps(p, _RULES[0]), FunnelkitError):
        _rules(p)
    return Base(p, tuple(segments), tuple(months), tuple(against))


@kept
def split(p: Pipeline, segment: str, months: int) -> Any:
    """Return the change of the win rate split into mix and rate, or why it cannot be."""
    before, after = last_and_before(p, months)
    try:
        return compare(p, before, after, segment)
    except FunnelkitError as problem:
        return problem.with_traceback(None)  # its frames would hold the pipeline


@kept
def judged(p: Pipeline, segment: str, against: str) -> Any:
    """Return the diagnosis of a column's groups, or why there is none."""
    try:
        return diagnose(p, segment, against=against)
    except FunnelkitError as problem:
        return problem.with_traceback(None)  # its frames would hold the pipeline


@kept
def rates(p: Pipeline, segment: str) -> Result:
    """Return the win rates of a column's groups."""
    return win_rate(p, by=segment)


@kept
def steps(p: Pipeline, rule: str) -> Any:
    """Return the funnel under a counting rule, or why it cannot be counted so."""
    try:
        return funnel(p, rule=rule)
    except FunnelkitError as problem:
        return problem.with_traceback(None)  # its frames would hold the pipeline


def controls(base: Base) -> tuple[Control, ...]:
    """Return segment, period, expectation, counting rule and the fewest deals of a group."""
    segments = tuple((c, column_label(c)) for c in base.segments)
    found: list[Control] = [choice("diagnosis", "segment", segments)]
    if base.months:
        lengths = tuple((str(m), say("app_diagnosis.last", n=m)) for m in base.months)
        found.append(choice("diagnosis", "months", lengths))
    if base.against:
        found.append(
            choice(
                "diagnosis",
                "against",
                tuple((a, say(f"app_diagnosis.by_{a}")) for a in base.against),
            )
        )
    rules = tuple((r, say(f"measures.rule_name_{r}")) for r in _RULES)
    found.append(choice("diagnosis", "rule", rules))
    largest = max(int(rates(base.p, c).table["of"].max()) for c in base.segments)
    high = max(min(largest, 200), 10)
    found.append(slider("diagnosis", "least", 1, high, 1, min(10, high), "count"))
    return tuple(found)


def answer(base: Base, state: State) -> Answer:
    """Say what lies low, what changed by mix and by rate, and what the counting rule does."""
    p, segment = base.p, str(state["segment"])
    parts: list[Part] = []
    tables: dict[str, Table] = {}
    chart = None
    if "against" in state:
        found = judged(p, segment, str(state["against"]))
        parts += _diagnosed(found)
        if isinstance(found, Result):
            chart = found.plot
            tables[say("app_diagnosis.head_low")] = found.shown()
    parts += _small(rates(p, segment), segment, int(state["least"]))
    tables[say(f"app_diagnosis.head_groups{p.process.leads}")] = rates(p, segment).shown()
    if "months" in state:
        months = int(state["months"])
        change = split(p, segment, months)
        parts += _changed(p, change, months)
        if isinstance(change, Result):
            tables[say("app_diagnosis.head_change")] = change.shown()
    counted = steps(p, str(state["rule"]))
    parts += _counted(p, counted)
    if isinstance(counted, Result):
        tables[say("app_diagnosis.head_rule")] = counted.shown()
    asked = {"segments": segment, "rule": str(state["rule"]), "min_deals": int(state["least"])}
    return Answer(tuple(parts), chart or rates(p, segment).plot, tables, ("funnel-review", asked))


def _diagnosed(found: Any) -> list[Part]:
    """List what to act on and what to watch; the family it was compared in stands below."""
    head = Heading(say("app_diagnosis.head_low"))
    if isinstance(found, FunnelkitError):
        return [head, Sentence(str(found), "fk-callout")]
    low = found.table["verdict"].isin(["act", "watch"])
    parts: list[Part] = [Sentence(found.summary(), "lead")]
    if low.any():
        wanted = ["group", "stage", "kind", "observed", "expected", "n", "verdict",
                  "amount_at_stake", "visible_since"]  # fmt: skip
        shown = found.shown().take(low.to_numpy().nonzero()[0]).only(wanted)
        parts += [head, replace(shown, caption=say("app_diagnosis.low_caption"))]
    silent = int((found.table["verdict"] == "too_little_data").sum())
    parts.append(Sentence(say("app_diagnosis.silent", n=silent), "fk-muted"))
    parts.append(Sentence(found.definition, "fk-muted"))
    return parts


def _small(found: Result, segment: str, least: int) -> list[Part]:
    """Show every group's win rate with its interval; small groups in words, not in rank."""
    rows, kinds = [], []
    table = found.table.sort_values([segment]) if segment in found.table else found.table
    for r in table.to_dict("records"):
        small = r["of"] < least
        rate = say("app_diagnosis.too_few") if small else r["rate"]
        rows.append([str(r[segment]), r["won"], r["of"], rate, (r["low"], r["high"])])
        kinds.append("fk-muted" if small else "")
    heads = [Column(column_label(segment)), *columns(
        "app_diagnosis.col_", won=COUNT, closed=COUNT, rate=RATE, interval=(SHARE, "span")
    )]  # fmt: skip
    few = sum(k != "" for k in kinds)
    return [
        Heading(say(f"app_diagnosis.head_groups{found.process.leads}")),
        Table(heads, rows, say(f"app_diagnosis.groups_caption{found.process.leads}"), kinds),
        Sentence(say("app_diagnosis.few", n=few, of=len(rows), least=least)),
        *counts(
            found,
            say("app_diagnosis.which_won"),
            [(str(g), {"column": "won", "group": [g]}) for g in table[segment]],
        ),
        Sentence(f"{found.definition} {found.denominator} {found.scope}", "fk-muted"),
    ]


def _changed(p: Pipeline, found: Any, months: int) -> list[Part]:
    """Say what the rate did between two periods, exactly split into mix and rate."""
    (start, middle), (_, end) = last_and_before(p, months)
    last = pd.Timedelta(days=1)
    said = say(
        "app_diagnosis.spans", since=date(start.date()), until=date((middle - last).date()),
        again=date(middle.date()), end=date((end - last).date()),
    )  # fmt: skip
    parts: list[Part] = [Heading(say("app_diagnosis.head_change")), Sentence(said)]
    if isinstance(found, FunnelkitError):
        return [*parts, Sentence(str(found), "fk-callout")]
    return [*parts, Sentence(found.summary()), found]


def _counted(p: Pipeline, found: Any) -> list[Part]:
    """Show the funnel under the rule chosen, and how far the rules are apart."""
    head = Heading(say("app_diagnosis.head_rule"))
    if isinstance(found, FunnelkitError):
        return [head, Sentence(str(found), "fk-callout")]
    here = counts(found, say("app_diagnosis.which_open"), [
        (p.process.label(stage), {"column": "still_open", "stage": stage})
        for stage in found.table["stage"]
    ])  # fmt: skip
    return [head, Sentence(found.summary()), found, *here, Sentence(_rules(p).summary())]


@kept
def _rules(p: Pipeline) -> Result:
    return counting_rules(p)


APP = App("diagnosis", prepare, controls, answer)
