"""Checkpoints: which deals need somebody's eye today, why, and what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnelkit.control.ageing import ageing_limits
from funnelkit.control.builtin import SPECIAL, builtin_rules
from funnelkit.control.checkpoint_result import Checkpoints, Examined
from funnelkit.control.evidence import find_gaps
from funnelkit.control.facts import Facts, at_moment, has_column
from funnelkit.control.reasons import explained
from funnelkit.control.rules import Rule, parse, sheet_rules
from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.scope import make_scope

if TYPE_CHECKING:
    pass

SEVERITIES = ("act", "watch", "note")
_COLUMNS = [
    "deal_id", "owner", "stage", "checkpoint", "severity", "reason", "action", "amount", "days",
]  # fmt: skip
# Required fields with a checkpoint of their own.
_OWN_POINT = {"next_step_date", "n_contacts", "push_count"}


def checkpoints(
    p: Pipeline,
    at: dt.date | str | None = None,
    *,
    rules: Sequence[str] = (),
    buyer_days: float = 30,
    discount: float = 10,
    closed_days: float = 90,
    working_days: bool = False,
) -> Checkpoints:
    """Ask every control point of every open deal.

    The points of the sheet's stages are asked of the deals in that stage; those of a closing
    stage, of the deals that closed in the last `closed_days`. Built in are: ageing against the
    80th percentile of deals that moved on (amber: watch; above 1.5 times it: act), required
    fields and evidence of the stages already left, no step by the buyer, next step missing or
    past, expected close moved twice or three times, overdue, single contact, discount without
    approval, stages jumped over. Where the sheet has a point on the same variables for a
    stage, it stands in for the built-in one.

    Parameters
    ----------
    at : date, optional
        As known at the end of that day, nothing from later.
    rules : sequence of str
        Further rules, e.g. ``"age_days > 200 and n_contacts < 2"``; variables as listed by
        :func:`rule_variables`, or any column.
    buyer_days : float
        Days without a step by the buyer.
    discount : float
        Percent above which a discount needs an approval.
    closed_days : float
        How far back closed deals are asked for their reasons.
    working_days : bool
        Count the working days of the process's calendar.

    Returns
    -------
    Checkpoints
        ``table``: ``deal_id, owner, stage, checkpoint, severity, reason, action, amount,
        days``, gravest and dearest first; ``days`` is the time in the stage. ``by_owner``,
        ``limits`` (ageing) and ``unexamined`` (rules the data cannot answer) stand beside it.

    Raises
    ------
    FunnelkitError
        A rule with a variable that nobody knows.

    Examples
    --------
    >>> import funnelkit as fk
    >>> found = checkpoints(fk.load("tiny"), "2026-06-30")
    >>> list(found.table.columns)[:5]
    ['deal_id', 'owner', 'stage', 'checkpoint', 'severity']
    """
    p.need("outcome", what="checkpoints")
    # variables take care of time by themselves: only the deals are wound back
    whole, p = p, p if at is None else p.at(at)
    everyone = p.frame()
    deals = everyone[everyone["outcome"] == "open"].reset_index(drop=True)
    facts = Facts(whole, at_moment(p, deals["deal_id"], p.as_of), working_days)
    lacking: list[tuple[str, tuple[str, ...]]] = []
    hits: list[tuple[int, Rule, tuple[Any, ...]]] = []
    own = [parse(p, text) for text in rules]
    closing = p.process.closing
    of_sheet = [r for r in sheet_rules(p) if closing is None or closing.id not in r.stages]

    def ask(rule: Rule, skip: np.ndarray[Any, Any] | None = None) -> np.ndarray[Any, Any]:
        fires = rule.holds(facts).to_numpy(bool)
        if skip is not None:
            fires = fires & ~skip
        for i in np.flatnonzero(fires):
            values = [(c, facts[c[0]].iloc[i]) for c in rule.conditions]
            hits.append((int(i), rule, ("rule", rule.id, values)))
        return fires

    asked: list[Rule] = []
    for rule in [*own, *of_sheet]:
        absent = rule.missing(p)
        if absent:
            lacking.append((rule.id, tuple(absent)))
            continue
        ask(rule)
        asked.append(rule)
    for grades in builtin_rules(p, buyer_days=buyer_days, discount=discount):
        absent = grades[0].missing(p)
        if absent:
            lacking.append((grades[0].id, tuple(absent)))
            continue
        twin = [s for r in asked if r.families == grades[0].families for s in r.stages]
        done = facts["stage"].isin(twin).to_numpy(bool)
        for rule in grades:
            done = done | ask(rule, done)
    limits = _ageing(p, facts, working_days, hits, lacking)
    _fields(p, facts, hits, lacking)
    _evidence(p, facts, hits, lacking)
    table, reasons = _table(p, facts, deals, hits)
    used, closed, closed_reasons = _closed(whole, p.as_of, everyone, closed_days, lacking)
    table = pd.concat([t for t in (table, closed) if len(t)] or [table], ignore_index=True)
    reasons = [*reasons, *closed_reasons]
    order = _order(table)
    table = table.iloc[order].reset_index(drop=True)
    scope = make_scope(p, len(deals) + used)
    known = {field.name: getattr(scope, field.name) for field in fields(scope)}
    examined = Examined(**known, lacking=tuple(lacking), process=p.process)
    return Checkpoints(
        table, examined, p.process, (),
        (("open", len(deals)), ("closed", used), ("closed_days", closed_days),
         ("closing", [] if closing is None else [c.id for c in closing.checkpoints])),
        p.synthetic, limits, tuple(reasons[k] for k in order),
    )  # fmt: skip


def _ageing(
    p: Pipeline, facts: Facts, working: bool, hits: list[Any], lacking: list[Any]
) -> pd.DataFrame | None:
    if p.stage_history is None:
        lacking.append(("ageing", SPECIAL["ageing"]))
        return None
    limits = ageing_limits(p, working=working)
    by_stage = limits.set_index("stage")
    amber = facts["stage"].map(by_stage["amber_days"]).astype(float)
    days = facts["days_in_stage"].astype(float)
    for i in np.flatnonzero((days > amber).to_numpy()):
        red = bool(days[i] > by_stage.loc[facts["stage"][i], "red_days"])
        rule = Rule("ageing", "ageing", "act" if red else "watch", (), ())
        values = (float(days[i]), str(facts["stage"][i]), float(amber[i]), red, working)
        hits.append((int(i), rule, ("ageing", "ageing", values)))
    for stage in limits.loc[limits["source"] == "none", "stage"]:
        lacking.append((f"ageing@{stage}", ("moved_on",)))
    return limits


def _fields(p: Pipeline, facts: Facts, hits: list[Any], lacking: list[Any]) -> None:
    ranks = {s: k for k, s in enumerate(p.process.open_ids)}
    now = facts["stage"].map(ranks).astype(float).fillna(-1)
    empty: dict[int, list[str]] = {}
    absent: list[str] = []
    for stage, rank in ranks.items():
        for name in p.process.stage(stage).required:
            if name in _OWN_POINT:
                continue
            if not facts.has(name) or name in ("created_at", "deal_id"):
                absent += [name] if not has_column(p, name) else []
                continue
            values = facts[name]
            blank = values.isna() | (values.astype("object").astype("str").str.strip() == "")
            for k in np.flatnonzero((now > rank).to_numpy() & blank.to_numpy(bool)):
                empty.setdefault(int(k), []).append(name)
    rule = Rule("missing-fields", "missing-fields", "watch", (), ())
    for i, names in empty.items():
        hits.append((i, rule, ("fields", "missing-fields", tuple(dict.fromkeys(names)))))
    if absent:
        lacking.append(("missing-fields", tuple(dict.fromkeys(absent))))


def _evidence(p: Pipeline, facts: Facts, hits: list[Any], lacking: list[Any]) -> None:
    absent = [n for n in SPECIAL["missing-evidence"] if not p.has(n)]
    if absent:
        lacking.append(("missing-evidence", tuple(absent)))
        return
    gaps, _ = find_gaps(facts)
    rule = Rule("missing-evidence", "missing-evidence", "watch", (), ())
    for _, part in gaps.groupby("_row"):
        hits.append(
            (
                int(part["_row"].iloc[0]),
                rule,
                ("evidence", "missing-evidence", tuple(part["stage"])),
            )
        )


def _closed(
    p: Pipeline,
    as_of: dt.datetime,
    everyone: pd.DataFrame,
    closed_days: float,
    lacking: list[Any],
) -> tuple[int, pd.DataFrame, list[Any]]:
    """Ask the closing stage's points of the deals that closed lately."""
    closing = p.process.closing
    empty = pd.DataFrame(columns=_COLUMNS)
    rules = [r for r in sheet_rules(p) if closing is not None and closing.id in r.stages]
    if not rules:
        return 0, empty, []
    since = pd.Timestamp(as_of) - pd.Timedelta(days=closed_days)
    late = (everyone["outcome"] != "open") & (everyone["closed_at"] > since)
    over = everyone[late].reset_index(drop=True)
    facts = Facts(p, at_moment(p, over["deal_id"], as_of))
    hits: list[Any] = []
    for rule in rules:
        absent = [c[0] for c in rule.conditions if not (p.has(c[0]) or facts.has(c[0]))]
        if absent:
            lacking.append((rule.id, tuple(absent)))
            continue
        everywhere = Rule(rule.id, rule.name, rule.severity, (), rule.conditions)
        for i in np.flatnonzero(everywhere.holds(facts).to_numpy(bool)):
            values = [(c, facts[c[0]].iloc[i]) for c in rule.conditions]
            hits.append((int(i), rule, ("rule", rule.id, values)))
    table, reasons = _table(p, facts, over, hits)
    return len(over), table, reasons


def _table(
    p: Pipeline, facts: Facts, deals: pd.DataFrame, hits: list[tuple[int, Rule, tuple[Any, ...]]]
) -> tuple[pd.DataFrame, list[tuple[Any, ...]]]:
    rows, reasons = [], []
    stage = facts["stage"] if facts.has("stage") else pd.Series([None] * len(deals))
    timed = p.stage_history is not None and len(deals) > 0
    days = facts["days_in_stage"] if timed else pd.Series([np.nan] * len(deals))
    owner, amount = deals["owner"].to_numpy(), deals["amount"].to_numpy()
    for i, rule, why in hits:
        reason, action = explained(p.process, *why)
        place = stage.iloc[i]
        rows.append(
            (deals["deal_id"].iloc[i], owner[i], place, rule.id, rule.severity, reason, action,
             amount[i], days.iloc[i])
        )  # fmt: skip
        reasons.append(why)
    return pd.DataFrame(rows, columns=_COLUMNS), reasons


def _order(table: pd.DataFrame) -> list[int]:
    rank = table["severity"].map({s: k for k, s in enumerate(SEVERITIES)})
    money = table["amount"].astype(float).fillna(0)
    keys = pd.DataFrame({"rank": rank, "money": -money, "deal": table["deal_id"]})
    return [int(k) for k in keys.sort_values(["rank", "money", "deal"], kind="stable").index]


__all__ = ["SEVERITIES", "checkpoints"]
