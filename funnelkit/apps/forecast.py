"""Forecast: a method, deals on and off, a slip; the distribution with its back-test beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from funnelkit.apps.app import Answer, App
from funnelkit.apps.lists import listed
from funnelkit.apps.ranges import choice, round_step, slider
from funnelkit.data.kept import kept
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.fiscal import span_of
from funnelkit.page.controls import Control, Several, State
from funnelkit.page.parts import Part, Sentence
from funnelkit.planning import BY_DEAL, METHODS, Backtest, Scenarios, backtest
from funnelkit.words import date, money, percent, say, sentences

_DRAWS = 10_000  # as many as `forecast` takes: one question, one answer
_MOST_DEALS = 15
_MOST_SLIP = 90


@dataclass(frozen=True, eq=False)
class Base:
    """Scenarios of a pipeline, the methods it carries and how good each was before."""

    scenarios: Scenarios
    ends: tuple[str, ...]
    methods: tuple[str, ...]
    refused: tuple[str, ...]
    deals: pd.DataFrame
    record: Backtest | None
    no_record: str


def prepare(p: Pipeline) -> Base:
    """Read the pipeline, find which methods it carries and test them on past quarters."""
    scenarios = Scenarios.of(p)
    ends = _ends(p)
    methods, refused = [], []
    for method in METHODS:
        try:
            scenarios.ask(ends[0], method, draws=200)
        except FunnelkitError as problem:
            refused.append(str(problem))
        else:
            methods.append(method)
    if not methods:
        raise FunnelkitError("app_forecast.none", why=refused[0])
    by_deal = [m for m in methods if m in BY_DEAL]
    deals = scenarios.open_deals(ends[0], by_deal[0]) if by_deal else pd.DataFrame()
    record, why = None, ""
    try:
        record = backtest(p, methods)
    except FunnelkitError as problem:
        why = str(problem)
    base = Base(
        scenarios, ends, tuple(methods), tuple(refused), deals.head(_MOST_DEALS), record, why
    )
    for method in methods:  # so that the first choice of each is as fast as the second
        for end in ends:
            _plain(base, end, method)
    return base


def _ends(p: Pipeline) -> tuple[str, ...]:
    """Return the ends of this quarter, of the next one and of the year, whichever lie ahead."""
    tomorrow = pd.Timestamp(p.as_of).normalize() + pd.Timedelta(days=1)
    quarter, year = (span_of(tomorrow, e, p.process.calendar) for e in ("quarter", "year"))
    found = [quarter.end_time, (quarter + 1).end_time, year.end_time]
    return tuple(dict.fromkeys(str(d.date()) for d in sorted(found)))


def controls(base: Base) -> tuple[Control, ...]:
    """Return the method, the period, what is taken as lost or won, the slip and the target."""
    start = base.methods[0]  # the one of reports: one question, one answer
    first = base.scenarios.ask(base.ends[0], start, draws=_DRAWS)
    assert first.distribution is not None
    wide = first.distribution.quantile(0.99) or 1.0
    step = round_step(wide / 50)
    names = _named(base)
    options = tuple((str(d), names[str(d)]) for d in base.deals.get("deal_id", []))
    method = tuple((m, say(f"forecast.method_{m}")) for m in base.methods)
    ends = tuple((e, date(pd.Timestamp(e).date())) for e in base.ends)
    middle = step * round(first.distribution.quantile(0.5) / step)
    found: list[Control] = [
        choice("forecast", "method", method, start),
        choice("forecast", "until", ends),
        slider("forecast", "target", 0, step * 75, step, middle, "money"),
    ]
    if options:
        found.append(slider("forecast", "slip", 0, _MOST_SLIP, 5, 0, "count"))
        for name in ("off", "sure"):
            label = say(f"app_forecast.taken_{name}")
            found.append(Several(name, label, options, (), say(f"app_forecast.taken_{name}_help")))
    return tuple(found)


def _named(base: Base) -> dict[str, str]:
    if base.deals.empty:
        return {}
    frame = base.scenarios.p.frame().set_index("deal_id")
    named = {}
    for row in base.deals.to_dict("records"):
        own = frame.loc[row["deal_id"]]
        who = next((str(own[c]) for c in ("name", "account") if own[c] == own[c] and own[c]), "")
        named[str(row["deal_id"])] = say(
            "app_forecast.deal", deal=row["deal_id"], who=who, amount=row["amount"],
            chance=row["chance"],
        ).replace("  ", " ")  # fmt: skip
    return named


def answer(base: Base, state: State) -> Answer:
    """Say what the period may bring under the state, and how good the method was before."""
    method = str(state["method"])
    sure = tuple(state.get("sure", ()))
    off = tuple(d for d in state.get("off", ()) if d not in sure)
    changed = bool(off or sure or state.get("slip"))
    notes = []
    if changed and method not in BY_DEAL:
        notes.append(str(FunnelkitError("forecast.no_single_deals", method=method)))
        off, sure, changed = (), (), False
    slip = int(state.get("slip", 0)) if changed else 0
    plain = _plain(base, str(state["until"]), method)
    found = plain
    if changed:
        found = base.scenarios.ask(
            state["until"], method, off=off, sure=sure, slip_days=slip, draws=_DRAWS
        )
    assert found.distribution is not None
    assert plain.distribution is not None
    target = float(state["target"])
    lead = say("app_forecast.chance", target=money(target), chance=found.chance(target))
    if changed:
        before = plain.distribution.quantile(0.5)
        difference = found.distribution.quantile(0.5) - before
        lead += say(
            "app_forecast.changed", before=money(before), difference=money(difference),
            sign="+" if difference > 0 else "", chance=plain.chance(target),
        )  # fmt: skip
    parts: list[Part] = [Sentence(found.summary(), "lead"), Sentence(lead), found]
    parts += [Sentence(text, "fk-callout") for text in notes]
    if base.record is not None:
        parts.append(Sentence(sentences([base.record.summary(), _own(base.record, method)])))
    elif base.no_record:
        parts.append(Sentence(say("app_forecast.no_record", why=base.no_record), "fk-muted"))
    if method in BY_DEAL:
        said = say("app_forecast.which", until=date(pd.Timestamp(state["until"]).date()))
        parts += listed(base.scenarios.p, said, _counted(base, str(state["until"]), method))
    parts += [Sentence(text, "fk-muted") for text in base.refused]
    tables = {say("app_forecast.sheet_parts"): found.shown()}
    if base.record is not None:
        tables[say("app_forecast.sheet_record")] = base.record.shown()
    asked: dict[str, Any] = {"through": state["until"], "method": method, "target": target}
    return Answer(tuple(parts), found.plot, tables, ("forecast", asked))


@kept
def _counted(base: Base, until: str, method: str) -> list[str]:
    """Return the open deals that a forecast counts, the largest expected amount first."""
    found = base.scenarios.open_deals(until, method)
    return [str(d) for d in found.loc[found["chance"] > 0, "deal_id"]]


@kept
def _plain(base: Base, until: str, method: str) -> Any:
    return base.scenarios.ask(until, method, draws=_DRAWS)


def _own(record: Backtest, method: str) -> str:
    """Say how the chosen method did, in one sentence."""
    rows = record.table[record.table["method"] == method].to_dict("records")
    if not rows or rows[0]["wape"] != rows[0]["wape"]:
        return say("app_forecast.own_none")
    row = rows[0]
    return say(
        "app_forecast.own", method=say(f"forecast.method_{method}"), wape=percent(row["wape"]),
        bias=percent(row["bias"]), inside=percent(row["coverage"]), n=int(row["origins"]),
    )  # fmt: skip


APP = App("forecast", prepare, controls, answer)
