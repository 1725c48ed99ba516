"""Checkpoints: which deals need somebody's eye today, why, and what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from funnelkit.control.ageing import ageing_limits
from funnelkit.control.builtin import SPECIAL, builtin_rules
from funnelkit.control.evidence import find_gaps
from funnelkit.control.facts import Facts, at_moment, has_column
from funnelkit.control.rules import Rule, needs, parse, sheet_rules
from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.result import Result, Scope, column_label, make_scope
from funnelkit.process import Process
from funnelkit.words import number, say, sentences
from funnelkit.words.texts import texts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

SEVERITIES = ("act", "watch", "note")
_COLUMNS = [
    "deal_id", "owner", "stage", "checkpoint", "severity", "reason", "action", "amount", "days",
]  # fmt: skip
# Required fields with a checkpoint of their own.
_OWN_POINT = {"next_step_date", "n_contacts", "push_count"}


@dataclass(frozen=True, slots=True)
class Examined(Scope):
    """The scope of checkpoints: also the rules the data could not answer.

    Attributes
    ----------
    lacking : tuple of (checkpoint, variables)
        Rules that were not asked, and the variables, fields or tables they need.
    process : Process, optional
        Names the points.
    """

    lacking: tuple[tuple[str, tuple[str, ...]], ...] = ()
    process: Process | None = None

    def said(self) -> list[tuple[str, list[str]]]:
        """Return the points that were not asked with their needs, in the current language."""
        return [(_named(self.process, point), needs(list(why))) for point, why in self.lacking]

    def __str__(self) -> str:
        parts = [Scope.__str__(self)]
        together: dict[tuple[str, ...], list[str]] = {}
        for name, lacking in self.said():
            names = together.setdefault(tuple(lacking), [])
            names += [] if name in names else [name]
        parts += [
            say("control.unexamined", names=names, needs=list(lacking))
            for lacking, names in together.items()
        ]
        return sentences(parts)


@dataclass(frozen=True, eq=False, repr=False)
class Checkpoints(Result):
    """Control points that fired."""

    name: ClassVar[str] = "checkpoints"
    room: ClassVar[str] = "control"

    #: From how many days on a deal is amber and red in each stage.
    limits: pd.DataFrame | None = None
    #: What the reasons are made of, row by row, so that they can be said in either language.
    reasons: tuple[tuple[Any, ...], ...] = ()

    @property
    def unexamined(self) -> pd.DataFrame:
        """One row a point the data could not answer: ``checkpoint, needs``."""
        assert isinstance(self.scope, Examined)
        rows = [(name, say("control.joined", parts=why)) for name, why in self.scope.said()]
        return pd.DataFrame(rows, columns=["checkpoint", "needs"])

    @property
    def by_owner(self) -> pd.DataFrame:
        """One row an owner: deals that fired, rows to act on and to watch, money."""
        rows = []
        for owner, part in self.table.groupby("owner", dropna=False, sort=True):
            deals = part.drop_duplicates("deal_id")
            rows.append(
                {
                    "owner": owner,
                    "deals": len(deals),
                    "act": int((part["severity"] == "act").sum()),
                    "watch": int((part["severity"] == "watch").sum()),
                    "amount": deals["amount"].sum(min_count=1),
                }
            )
        table = pd.DataFrame(rows, columns=["owner", "deals", "act", "watch", "amount"])
        order = ["act", "amount"]
        return table.sort_values(order, ascending=False, kind="stable").reset_index(drop=True)

    def summary(self) -> str:
        """Say how many deals fired, how many to act on, and the point that fires most."""
        options = dict(self.options)
        of_open = self.table[~self.table["checkpoint"].isin(options["closing"])]
        parts = []
        if of_open.empty:
            parts.append(say("control.checkpoints_none", n=options["open"]))
        else:
            act = of_open[of_open["severity"] == "act"].drop_duplicates("deal_id")
            top = of_open["checkpoint"].value_counts()
            parts.append(
                say(
                    "control.checkpoints_summary",
                    deals=int(of_open["deal_id"].nunique()), open=options["open"], act=len(act),
                    money=float(act["amount"].sum()),
                    top=self._write("checkpoint", str(top.index[0])), n=int(top.iloc[0]),
                )
            )  # fmt: skip
        over = self.table.loc[self.table["checkpoint"].isin(options["closing"]), "deal_id"]
        if len(over):
            parts.append(say("control.checkpoints_closed", n=over.nunique(), of=options["closed"]))
        return sentences(parts)

    def shown(self) -> pd.DataFrame:
        """Return the table with its reasons in the current language."""
        said = [_said(self.process, *r) for r in self.reasons]
        table = self.table.assign(reason=[r for r, _ in said], action=[a for _, a in said])
        return Result.shown(replace(self, table=table))

    def _write(self, column: str, value: Any) -> str:
        return (
            _named(self.process, value) if column == "checkpoint" else super()._write(column, value)
        )

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw how often each point fires; those to act on carry the accent."""
        from funnelkit.charts.bars import bars

        grouped = self.table.groupby("checkpoint", sort=False)
        frame = pd.DataFrame(
            [
                {
                    "label": self._write("checkpoint", name),
                    "n": int(part["deal_id"].nunique()),
                    "mark": bool((part["severity"] == "act").any()),
                }
                for name, part in grouped
            ],
            columns=["label", "n", "mark"],
        )
        frame = frame.sort_values("n", ascending=False, kind="stable")
        return bars(
            frame,
            title=self.title,
            alt=self.summary(),
            headings=[say("control.chart_deals")],
            data=self.shown(),
            note=" · ".join(filter(None, [self.footnote, say("control.chart_act")])),
            ax=ax,
        )


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
    examined = Examined(
        scope.used, scope.left_out, scope.as_of, scope.since, scope.until, tuple(lacking), p.process
    )
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
    now = facts["stage"].map(ranks).fillna(-1)
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
        reason, action = _said(p.process, *why)
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


# ------------------------------------------------------------------------- names and reasons


def _named(process: Any, point: str) -> str:
    """Return a point's name in the current language: the sheet's, else the built-in one."""
    point, _, stage_id = point.partition("@")
    if stage_id:
        name = _named(process, point)
        return say("control.of_stage", name=name, stage=process.label(stage_id))
    for stage in process.stages:
        for known in stage.checkpoints:
            if known.id == point:
                return str(known.name)
    key = f"checkpoint_{point.replace('-', '_')}"
    return say(f"control.{key}") if key in texts("control") else point


def _said(process: Any, kind: str, point: str, values: Any) -> tuple[str, str]:
    """Say why a point fired and what to do."""
    if kind == "ageing":
        days, stage, amber, red, working = values
        key = "control.reason_ageing_working" if working else "control.reason_ageing"
        reason = say(
            key, days=number(days), stage=process.label(stage), limit=number(amber),
            times=days / amber if amber else float("nan"),
        )  # fmt: skip
        return reason, say("control.action_ageing_red" if red else "control.action_ageing")
    if kind == "fields":
        return say("control.reason_fields", fields=list(values)), say("control.action_fields")
    if kind == "evidence":
        stages = [process.label(s) for s in values]
        return say("control.reason_evidence", stages=stages), say("control.action_evidence")
    # what singles the deals out is no reason by itself
    told = [(c, v) for c, v in values if c[1] != "=="] or values
    parts = [_because(c, value) for c, value in told]
    known = [c[0] for c, _ in values if f"action_{c[0]}" in texts("control")]
    action = say(f"control.action_{known[0]}" if known else "control.action_other")
    return say("control.joined", parts=parts), action


def _because(condition: tuple[str, str, Any], value: Any) -> str:
    name, operator, limit = condition
    if operator in ("is empty", "is not empty"):
        key = f"reason_{name}_empty"
        if operator == "is empty":
            known = key in texts("control")
            return (
                say(f"control.{key}")
                if known
                else say("control.reason_empty", name=column_label(name))
            )
        return say("control.reason_filled", name=column_label(name), value=value)
    wanted = _plain(limit)
    key = f"reason_{name}"
    if key in texts("control") and isinstance(limit, float):
        return say(f"control.{key}", value=_plain(value), limit=wanted)
    return say(
        "control.reason_compare", name=name, value=_plain(value), operator=operator, limit=wanted
    )


def _plain(value: Any) -> str:
    if isinstance(value, int | float | np.number):
        return number(float(value), 0 if round(float(value), 1).is_integer() else 1)
    return str(value)


__all__ = ["SEVERITIES", "Checkpoints", "Examined", "checkpoints"]
