"""The blocks of a first screen that any pipeline can fill: state, changes, deals, findings."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.changes.movement import Movement
from funnelkit.page.parts import Sentence
from funnelkit.planning.targets.coverage import Coverage, pipeline_coverage
from funnelkit.report.behind.page import named
from funnelkit.report.blocks import Fact, figure
from funnelkit.report.pages.glance import Block, Todo, Todos
from funnelkit.report.pages.sections.rows import change_rows
from funnelkit.report.pages.sections.standing import Standing, counted, standings, won_ids
from funnelkit.show.chart_table import Axis, ChartTable, Mark, round_ticks
from funnelkit.show.column import (
    COUNT,
    SHARE,
    TEXT,
    Chance,
    Money,
    Number,
    Unit,
    columns,
)
from funnelkit.show.table import Table
from funnelkit.words import date, language, number, percent, say, sentences
from funnelkit.words.formats import amount

if TYPE_CHECKING:
    from funnelkit.report.pages.study.base import Study

#: Deals and findings that a first screen names.
MOST = 3
#: Reasons of a deal that are written out.
_REASONS = 2
_DAY = dt.timedelta(days=1)


def short_day(day: dt.date) -> str:
    """Write a day without its year, as beside another of the same year.

    Examples
    --------
    >>> short_day(dt.date(2026, 6, 23))
    '23 Jun'
    """
    if language() == "zh":
        return f"{day.month}月{day.day}日"
    return f"{day.day} {day:%b}"


def value_of(report: Study, value: float | None) -> str:
    """Write a total: an amount with its currency, or a number of deals."""
    if counted(report.pipeline) == "deals":
        return say("glance.won_deals", n=value)
    return amount(value, report.pipeline.currency)


def states(report: Study) -> list[Standing]:
    """Return where the part stands, worked out once; empty where the data do not carry it."""
    try:
        found: list[Standing] = report.once("standings", lambda: standings(report))
    except FunnelkitError:
        return []
    return found


def lead(report: Study) -> str:
    """Say in one sentence or two where the part stands."""
    found = states(report)
    parts = []
    if found:
        parts.append(_won_so_far(report, found[0]))
    ahead = [s for s in found if s.state != "closed"]
    chances = [(Chance().write(s.chance), s.short) for s in ahead if s.chance is not None]
    if len(chances) > 1:
        (chance, name), (chance2, name2) = chances[0], chances[-1]
        parts.append(
            say("glance.lead_chances", name=name, chance=chance, name2=name2, chance2=chance2)
        )
    elif chances:
        parts.append(say("glance.lead_chance", name=chances[0][1], chance=chances[0][0]))
    elif ahead and ahead[0].likely:
        low, _, high = (value_of(report, v) for v in ahead[0].likely)
        key = "glance.lead_likely" if low != high else "glance.lead_likely_one"
        parts.append(_capital(say(key, name=ahead[0].short, low=low, high=high)))
    else:
        parts.append(open_sentence(report))
    return sentences(parts)


def _won_so_far(report: Study, now: Standing) -> str:
    state = "closed" if now.state == "closed" else "running"
    none = "" if now.wins else "_none"
    plan = "_plan" if now.plan else ""
    share = now.won / now.plan if now.plan else None
    won = value_of(report, now.won)
    return _capital(say(f"glance.lead_{state}{none}{plan}", name=now.short, won=won, share=share))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def open_sentence(report: Study) -> str:
    """Say what stands open."""
    value, n = open_now(report.pipeline)
    if not n:
        return say("glance.lead_nothing_open")
    if value is None:
        return say("glance.lead_open_deals", n=n)
    return say("glance.lead_open", n=n, amount=value_of(report, value))


def open_now(p: Pipeline) -> tuple[float | None, int]:
    """Return the amount and the number of open deals; no amount where it cannot be added up."""
    if not p.has("outcome"):
        return None, 0
    is_open = p.deals.filter(p.deals.outcome == "open")
    row: Any = is_open.agg(
        n=is_open.count(), of=is_open.amount.count(), amount=is_open.amount.sum()
    ).to_pandas().iloc[0]  # fmt: skip
    known = counted(p) == "amount" and row["of"] > 0
    return (float(row["amount"]) if known else None), int(row["n"])


# Where do we stand.


def state_block(report: Study) -> Block | None:
    """Return every period against its plan; None where nothing is known of the past."""
    found = states(report)
    if not found:
        return None
    shared = all(s.plan for s in found)
    whole = max([v for s in found for v in (s.won, s.plan or 0, *(s.likely or ()))], default=0)
    money = counted(report.pipeline) == "amount"
    unit: Unit = Money(currency=report.pipeline.currency, most=whole) if money else COUNT
    span = (unit, "span")
    kinds: dict[str, Any] = {"period": TEXT, "won": unit, "likely": span}
    if any(s.plan for s in found):
        kinds |= {"plan": unit, "chance": Chance()}
    heads = columns("glance.col_", **kinds)
    rows = [[_cell(s, c.name) for c in heads] for s in found]
    plots = [_state_marks(s, s.plan if shared else 1.0) for s in found]
    far = max((max(m.start, m.end) for row in plots for m in row), default=1.0)
    if shared:
        high = min(max(far * 1.02, 1.25), 2.5)
        step = 0.5 if high < 1.75 else 1.0  # so that no label lies on the next
        ticks = [(k * step, f"{k * step:.0%}") for k in range(int(high / step) + 1)]
        axis = Axis(0.0, high, [(x, say("glance.plan") if x == 1 else text) for x, text in ticks])
    else:
        high = max(far * 1.05, 1.0)
        axis = Axis(0.0, high, [(x, unit.write(x)) for x in round_ticks(high)])
    keys = [(Mark("bar", "won", 0, 1), say("glance.key_won"))]
    if any(s.likely for s in found):
        keys.append((Mark("bar", "band", 0, 1), say("glance.key_likely")))
    if any(s.plan for s in found):
        keys.append((Mark("tick", "tgt", 0.5), say("glance.key_plan")))
    drawn = ChartTable(
        Table(heads, rows), plots, axis,
        say("glance.head_share" if shared else "glance.head_amount"),
        [_under(s, report.pipeline.as_of.date()) for s in found], keys,
        first=len(heads) - 1, told=[_told(report, s) for s in found],
    )  # fmt: skip
    drawn = replace(drawn, links=_state_links(report, found, drawn.table))
    notes = [] if any(s.plan for s in found) else [
        Sentence(say("glance.no_plan"), "fk-muted")
    ]  # fmt: skip
    head = unit.head if isinstance(unit, Money) else say("glance.deals_unit")
    tells = ("won", "chance", "likely")
    return Block(say("glance.state"), [drawn, *notes], head, wide=True, tells=tells)


def _state_links(report: Study, found: list[Standing], table: Table) -> dict[Any, str]:
    """Return the lists of what was won in each period, and of what the forecast starts from."""
    links: dict[Any, str] = {}
    for k, s in enumerate(found):
        if s.likely:
            links[k, "likely"] = report.leads.get("likely", "")
        if s.chance is not None:
            links[k, "chance"] = report.leads.get("chance", "")
    for k, s in enumerate(found if report.lists else ()):
        links[k, "won"] = _won_list(report, s)
        if s.likely:
            links[k, "band"] = _open_list(report, say("behind.open_now"))
    return {k: v for k, v in links.items() if v}


def _won_list(report: Study, s: Standing) -> str:
    """Return the list of what was won in a period."""
    title = say("behind.won_in", name=s.name)
    ids = partial(won_ids, report.pipeline, s.first, s.last)
    return report.lists.add(("won", s.first, s.last), title, "", ids)


def _act_list(report: Study, act: pd.DataFrame) -> str:
    """Return the list of the deals to act on."""
    return report.lists.add("act", say("behind.deals_to_act"), "", act["deal_id"].tolist)


def _open_list(report: Study, title: str, column: str = "", **cell: Any) -> str:
    """Return the list of the deals that stand open, all of them or those of a cell."""
    from funnelkit.measures.periods import snapshot

    if not report.lists:
        return ""
    try:
        found = report.once(
            f"open by {column}", lambda: snapshot(report.pipeline, by=column or None)
        )
    except FunnelkitError:
        return ""
    return report.lists.of(found, title, "deals", **cell)


def open_there(report: Study, found: Any, row: dict[Any, Any]) -> str:
    """Return the list of the deals that stand open where a finding was made."""
    column = row["column"] if isinstance(row["column"], str) else ""
    cell: dict[str, Any] = {"group": [row["group"]]} if column else {}
    if isinstance(row["stage"], str):
        cell["stage"] = row["stage"]
    title = say("behind.open_there", where=found.label(row))
    return _open_list(report, title, column, **cell)


def _cell(s: Standing, name: str) -> Any:
    if name == "period":
        return s.name
    if name == "won":
        return None if s.state == "next" else s.won
    if name == "plan":
        return s.plan
    if name == "likely":
        if s.state == "closed":
            return say("glance.likely_closed")
        return None if s.likely is None else (s.likely[0], s.likely[2])
    if s.plan is None:
        return None
    if s.state == "closed":
        return say("glance.reached" if s.won >= s.plan else "glance.missed")
    return s.chance


def _under(s: Standing, day: dt.date) -> str:
    if s.state == "closed":
        return say("glance.closed_today" if s.last == day else "glance.closed_on")
    if s.state == "next":
        return say("glance.begins")
    n, of = s.over(day)
    return say("glance.half") if abs(2 * n - of) <= 1 else say("glance.days_over", n=n, of=of)


def _state_marks(s: Standing, scale: float | None) -> list[Mark]:
    """Draw what is won, what is likely and the plan, in shares of the plan where there is one."""
    of = scale or 1.0
    marks = []
    if s.likely:
        low, middle, high = (v / of for v in s.likely)
        won = s.won / of
        if won and low > won:
            marks.append(Mark("line", "thin", won, low))
        marks += [Mark("bar", "band", max(low, won), high), Mark("tick", "med", middle)]
    if s.won:
        marks.append(Mark("bar", "won", 0.0, s.won / of))
    if s.plan:
        marks.append(Mark("tick", "tgt", s.plan / of))
    return marks


def _told(report: Study, s: Standing) -> str:
    won = value_of(report, s.won)
    if s.likely is None:
        text = say("glance.told_closed", name=s.name, won=won, n=s.wins)
    else:
        low, middle, high = (value_of(report, v) for v in s.likely)
        text = say("glance.told_likely", name=s.name, won=won, low=low, high=high, median=middle)
    return text + (say("glance.told_plan", plan=value_of(report, s.plan)) if s.plan else "")


# What changed.


def since_of(report: Study) -> dt.date:
    """Return the day that changes are counted from.

    The day asked for, which is that of the last report in the folder; else the day of the export
    before, where a ledger has one; else a week before.
    """
    p = report.pipeline
    if given := report.parameters.get("changed_since"):
        return dt.date.fromisoformat(given)
    day, before = p.as_of.date(), getattr(p.timing, "before", None)
    if before is not None and before.date() < day:
        found: dt.date = before.date()
        return found
    return day - dt.timedelta(days=7)


def day_of(report: Study, day: dt.date) -> str:
    """Write a day of the changes, with its year where that is not the data's."""
    return short_day(day) if day.year == report.pipeline.as_of.year else date(day)


def week(report: Study) -> Movement:
    """Return what moved since then."""
    from funnelkit.measures import movement

    p, day = report.pipeline, since_of(report)
    found: Movement = report.kept(f"movement {day}", lambda: movement(p, day, p.as_of.date()))
    return found


def changed_block(report: Study) -> Block | None:
    """Return the open amount then and now, and what lies between."""
    try:
        found = week(report)
    except FunnelkitError:
        return None
    day, now = since_of(report), report.pipeline.as_of.date()
    ends = (
        say("glance.open_on", day=day_of(report, day)),
        say("glance.open_on", day=day_of(report, now)),
    )
    names = {k: say(f"glance.step_{k}") for k in ("increased", "decreased")}
    drawn = change_rows(found, report.pipeline.currency, ends, names, report.lists)
    note = change_sentence(report, found)
    notes = [Sentence(say("glance.hands", n=n), "fk-muted")] if (n := _hands(found)) else []
    head = say("glance.open_unit", unit=drawn.table.columns[2].label)
    title = say("glance.changed", day=day_of(report, day))
    return Block(title, [drawn, *notes], head, [note])


def _hands(found: Movement) -> int:
    return int(found.owners["deals"].sum()) if len(found.owners) else 0


def change_sentence(report: Study, found: Movement) -> str:
    """Say how the open amount moved, and by what."""
    start, end = found.amount("start"), found.amount("end")
    day = day_of(report, since_of(report))
    parts = [
        say("glance.change_part", amount=value_of(report, abs(found.amount(s))),
            step=say(f"glance.part_{s}"))
        for s in ("new", "won", "lost", "no_decision") if found.amount(s)
    ]  # fmt: skip
    kind = "up" if end > start else "down" if end < start else "even" if parts else "none"
    return say(
        f"glance.change_{kind}", day=day, change=value_of(report, abs(end - start)),
        end=value_of(report, end), parts=parts,
    )  # fmt: skip


# What to do.


def to_act(report: Study) -> pd.DataFrame:
    """Return the open deals to act on, the dearest first: a row a deal, its reasons in a list."""
    from funnelkit.control import checkpoints

    found = report.kept("checkpoints", lambda: checkpoints(report.pipeline))
    over = dict(found.options)["closing"]
    shown = found.shown().only(["reason", "action"])
    table = found.table.assign(
        reason=[row[0] for row in shown.rows], action=[row[1] for row in shown.rows]
    )
    act = table[(table["severity"] == "act") & ~table["checkpoint"].isin(over)]
    rows = act.groupby("deal_id", sort=False).agg(
        owner=("owner", "first"), stage=("stage", "first"), amount=("amount", "first"),
        reasons=("reason", list), action=("action", "first"),
    ).reset_index()  # fmt: skip
    rows = rows.sort_values("amount", ascending=False, kind="stable", na_position="last")
    found_rows: pd.DataFrame = rows.reset_index(drop=True)
    return found_rows


def deals_block(report: Study) -> Block | None:
    """Return the largest deals that somebody has to act on."""
    try:
        found = to_act(report)
    except FunnelkitError:
        return None
    p = report.pipeline
    names = named(p, found["deal_id"].head(MOST).tolist())
    items = []
    for row in found.head(MOST).to_dict("records"):
        known = row["amount"] == row["amount"] and row["amount"] is not None
        money = amount(row["amount"], p.currency) if known else ""
        reasons = [r.rstrip(".。") for r in row["reasons"][:_REASONS]]
        more = len(row["reasons"]) - _REASONS
        if more > 0:
            reasons.append(say("glance.more_reasons", n=more))
        owner = row["owner"] if isinstance(row["owner"], str) else say("glance.nobody")
        stage = p.process.label(row["stage"]) if isinstance(row["stage"], str) else ""
        why = " · ".join(filter(None, [owner, stage, _joined(reasons)]))
        name = names.get(row["deal_id"]) or row["deal_id"]
        kind = row["deal_id"] if name != row["deal_id"] else ""
        link = report.lists.deal(row["deal_id"])
        items.append(Todo(name, money, why, kind, step=row["action"], link=link))
    if not items:
        none = Sentence(say("glance.no_deals"))
        return Block(say("glance.deals"), [none], points=[none.text], wide=True)
    total = found["amount"].sum() if counted(p) == "amount" else 0
    key = "glance.all_deals" if total else "glance.all_deals_count"
    every = say(key, n=len(found), amount=amount(float(total), p.currency))
    link = _act_list(report, found) or "attention"
    todos = Todos(items, every, link)
    said = [item.said() for item in items]
    return Block(say("glance.deals"), [todos], points=said, wide=True, tells=("act",))


def _joined(reasons: list[str]) -> str:
    return ("；" if language() == "zh" else "; ").join(reasons)


def findings_block(report: Study) -> Block | None:
    """Return what lies below its expectation by more than chance, with the money it holds."""
    try:
        found = report.diagnosis()
    except FunnelkitError:
        return None
    p = report.pipeline
    items = [_finding(report, found, row) for row in found.act.head(MOST).to_dict("records")]
    rest = int((found.table["verdict"].isin(["act", "watch"])).sum()) - len(items)
    parts: list[Any] = []
    if items:
        overlap = say("glance.overlap") if len(items) > 1 and p.has("amount") else ""
        more = say("glance.watch", n=rest) if rest > 0 else say("glance.all_findings")
        parts = [Todos(items, more, "findings")]
        parts += [Sentence(overlap, "fk-muted")] if overlap else []
    else:
        more = say("glance.watch", n=rest) if rest > 0 else ""
        parts = [Sentence(say("glance.no_findings")), Todos([], more, "findings")]
    points = [item.said() for item in items] or [say("glance.no_findings")]
    return Block(say("glance.process"), parts, points=points)


def _finding(report: Study, found: Any, row: dict[Any, Any]) -> Todo:
    kind = row["kind"] if row["kind"] in ("step_rate", "win_rate", "time_in_stage") else "other"
    whole = not isinstance(row["column"], str)
    where = say("glance.the_whole") if whole else str(row["group"])
    stage = found.process.label(row["stage"]) if isinstance(row["stage"], str) else ""
    if kind == "other":
        where = found.label(row)
    values = [row["observed"], row["expected"]]
    write = (lambda v: number(v, 0)) if kind == "time_in_stage" else percent
    told = "time_unended" if kind == "time_in_stage" and values[0] != values[0] else kind
    text = say(f"glance.finding_{told}", where=where, stage=stage,
               observed=write(values[0]), expected=write(values[1]))  # fmt: skip
    cut = max(text.rfind(", "), text.rfind("，"))
    stake = row["amount_at_stake"]
    known = stake == stake and stake is not None
    seen = row["visible_since"]
    since = say("glance.finding_seen", day=seen) if seen is not None and seen == seen else ""
    why = "; ".join(filter(None, [say("glance.finding_n", n=int(row["n"])), since]))
    if language() == "zh":
        why = why.replace("; ", "；")
    return Todo(
        text[:cut] if cut > 0 else text, amount(stake, report.pipeline.currency) if known else "",
        why, (say("glance.comes_late" if kind == "time_in_stage" else "glance.at_stake")
              if known else ""),
        text[cut:] if cut > 0 else "", link=open_there(report, found, row),
    )  # fmt: skip


# The numbers that index, mail and picture repeat.


def cover_of(report: Study, period: Standing) -> Coverage | None:
    """Return the coverage of a period that has a plan."""
    if not period.plan:
        return None
    plan = period.plan
    try:
        found: Coverage = report.kept(
            f"coverage {period.first}",
            lambda: pipeline_coverage(
                report.pipeline, plan, period.first, period.last + _DAY
            ),
        )  # fmt: skip
    except FunnelkitError:
        return None
    return found


def facts(report: Study) -> tuple[Fact, ...]:
    """Return the state in numbers: won, likely or chance, open, coverage, to act on."""
    found = states(report)
    made: list[Fact] = []
    money = Money(currency=report.pipeline.currency, coded=True)
    total: Unit = money if counted(report.pipeline) == "amount" else COUNT
    ahead = next((s for s in found if s.state != "closed"), None)
    if found:
        now = found[0]
        if now.plan:
            note = say("glance.note_plan", won=value_of(report, now.won),
                       plan=value_of(report, now.plan))  # fmt: skip
            share = replace(figure(now.won / now.plan, SHARE, note=note), of=now.plan,
                            link=_won_list(report, now))  # fmt: skip
            made.append(_named(share, "won", say("glance.fact_plan", name=now.name)))
        else:
            state = "note_closed" if now.state == "closed" else "note_so_far"
            won = replace(figure(now.won, total, note=say(f"glance.{state}")), adds=True,
                          link=_won_list(report, now))  # fmt: skip
            made.append(_named(won, "won", say("glance.fact_won", name=now.name)))
    if ahead and ahead.chance is not None and ahead.likely:
        ends = [value_of(report, v) for v in ahead.likely]
        note = say("glance.note_between", low=ends[0], high=ends[2])
        made.append(_named(figure(ahead.chance, Chance(), note=note), "chance",
                           say("glance.fact_chance", name=ahead.name)))  # fmt: skip
    elif ahead and ahead.likely:
        low, middle, high = ahead.likely
        note = say("glance.note_between", low=value_of(report, low), high=value_of(report, high))
        made.append(_named(figure(middle, total, note=note), "likely",
                           say("glance.fact_likely", name=ahead.name)))  # fmt: skip
    made += _open_fact(report, money)
    if ahead:
        made += _coverage_fact(report, ahead)
    try:
        act = to_act(report)
    except FunnelkitError:
        return tuple(made)
    worth = float(act["amount"].sum()) if counted(report.pipeline) == "amount" else 0.0
    note = amount(worth, report.pipeline.currency) if worth else ""
    acts = replace(
        figure(float(len(act)), COUNT, note=note), adds=True, link=_act_list(report, act)
    )
    made.append(_named(acts, "act", say("glance.fact_act")))
    return tuple(made)


def _named(fact: Fact, key: str, label: str) -> Fact:
    return replace(fact, key=key, label=label)


def _open_fact(report: Study, money: Money) -> list[Fact]:
    value, n = open_now(report.pipeline)
    link = _open_list(report, say("behind.open_now"))
    if value is None:
        fact = replace(figure(float(n), COUNT), adds=True, link=link)
        return [_named(fact, "open", say("glance.fact_open_deals"))]
    note = say("glance.won_deals", n=n)
    fact = replace(figure(value, money, note=note), adds=True, link=link)
    return [_named(fact, "open", say("glance.fact_open"))]


def _coverage_fact(report: Study, ahead: Standing) -> list[Fact]:
    found = cover_of(report, ahead)
    if found is None:
        return []
    row = found.table.iloc[0]
    have = float(row["to_go_ratio"])
    if not have < float("inf"):
        return []
    needed, low, high = (number(row[c], 1) for c in ("needed_ratio", "low", "high"))
    notes = []
    if row["needed_ratio"] == row["needed_ratio"]:
        key = "glance.needed" if low != high else "glance.needed_one"
        notes.append(say(key, needed=needed, low=low, high=high))
    notes.append(say("glance.due", n=found.scope.used, name=ahead.short,
                     amount=value_of(report, float(row["open_amount"]))))  # fmt: skip
    text = say("glance.times", n=number(have, 1))
    label = say("glance.fact_coverage", name=ahead.short)
    note = ("；" if language() == "zh" else "; ").join(notes)
    link = report.lists.of(found, say("behind.due_in", name=ahead.name), "open_amount")
    fact = replace(figure(have, Number(1), text=text, note=note), link=link)
    return [_named(fact, "coverage", label)]
