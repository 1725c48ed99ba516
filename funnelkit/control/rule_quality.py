"""How good a rule is: what it would have caught on past deals, and its false alarms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from funnelkit.control.facts import Facts, entered_stage
from funnelkit.control.rules import Rule, in_words, parse
from funnelkit.data.pipeline import OUTCOMES, Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.result import Result, choose
from funnelkit.measures.scope import make_scope
from funnelkit.stats import wilson
from funnelkit.words import number, percent, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

EVERY = ("week", "month")
# Thresholds tried when none are given.
_TRIED = 10


@dataclass(frozen=True, eq=False, repr=False)
class RuleQuality(Result):
    """What a rule catches and its false alarms, threshold by threshold."""

    name: ClassVar[str] = "rule_quality"
    room: ClassVar[str] = "control"

    @property
    def definition(self) -> str:
        """When the rule was asked, what counts as caught, and what may have looked ahead."""
        said = dict(self.options)
        asked = said["asked"]
        when = (
            say("control.asked_after", n=asked)
            if isinstance(asked, int)
            else say(f"control.asked_{asked}")
        )
        endings = [self.process.label(o) for o in said["outcome"]]
        rule = in_words(said["rule"])
        parts = [say("control.rule_quality_definition", rule=rule, when=when, ends=endings)]
        if said["as_today"]:
            parts.append(say("control.as_today", columns=list(said["as_today"])))
        return sentences(parts)

    def summary(self) -> str:
        """Tell the rule's own threshold: caught, missed and false alarms."""
        table = self.table
        if table.empty or not int(table["deals"].iloc[0]):
            return say("measures.nothing")
        own = table[table["own"]]
        row = (own if len(own) else table).iloc[0]
        silent = "" if row["precision"] == row["precision"] else "_silent"
        return say(
            f"control.rule_quality_summary{silent}",
            rule=in_words(self.option("rule")),
            deals=int(row["deals"]), caught=int(row["caught"]),
            bad=int(row["caught"] + row["missed"]), recall=percent(row["recall"]),
            false=int(row["false_alarms"]), precision=percent(row["precision"]),
            base=percent((row["caught"] + row["missed"]) / row["deals"]),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw precision and recall over the thresholds."""
        from funnelkit.charts.trend import trend

        rows = []
        for column in ("precision", "recall"):
            for r in self.table.to_dict("records"):
                value = r["threshold"]
                rows.append(
                    {
                        "period": number(value, 0 if value == int(value) else 1)
                        if value == value
                        else "-",
                        "value": r[column], "low": r[f"{column}_low"], "high": r[f"{column}_high"],
                        "n": r["fired"] if column == "precision" else 0, "mature": True,
                        "series": say(f"control.column_{column}"),
                    }
                )  # fmt: skip
        around = self._around(ax)
        around["subtitle"] = str(self.option("rule"))
        frame, fired = pd.DataFrame(rows), say("control.chart_fired")
        return trend(frame, number_label=fired, write=percent, **around)


def rule_quality(
    p: Pipeline,
    rule: str,
    stage: str | None = None,
    *,
    outcome: str | Sequence[str] = ("lost", "no_decision"),
    asked: str | int = "month",
    thresholds: int | Sequence[float] | None = None,
) -> RuleQuality:
    """Ask a rule of past deals while they were open, and compare with how they ended.

    Parameters
    ----------
    rule : str
        As in a sheet: ``"days_in_stage > 30"``. The first comparison with a number is the one
        whose threshold is moved.
    stage : str, optional
        Ask only while the deal is in this stage.
    outcome : str or sequence of str
        The endings the rule should see coming.
    asked : {"month", "week"} or int
        At the end of every month (week) of a deal's open life, where one alarm is enough; or
        once, so many days after it came to the stage, if it is still there.
    thresholds : int or sequence of float, optional
        Ten quantiles of the variable, and the rule's own, when not given; a number asks for
        about so many even steps over the range seen (5th to 95th percentile), the rule's own
        among them.

    Returns
    -------
    RuleQuality
        ``table``: ``threshold, own, deals, fired, caught, false_alarms, missed, precision,
        precision_low, precision_high, recall, recall_low, recall_high, ahead_days``: deals that
        fired and ended so, that fired and did not, that ended so in silence; 95% Wilson
        intervals; median days from the first alarm to the end. ``own`` marks the rule as
        written.

    Raises
    ------
    FunnelkitError
        An unknown variable, outcome or stage.

    Notes
    -----
    Values are those known at the moment asked. Open deals are left out: how they end is not
    known. Columns without a history are used as they stand today, and are named.
    """
    endings = [outcome] if isinstance(outcome, str) else list(outcome)
    for name in endings:
        choose(name, OUTCOMES, "outcome")
    made = parse(p, rule, stage)
    p.need("created_at", "closed_at", "outcome", what="rule_quality")
    if isinstance(asked, str):
        choose(asked, EVERY, "asked")
    elif stage is None:
        raise FunnelkitError("control.asked_needs_stage", found=asked)
    columns = ["deal_id", "created_at", "closed_at", "outcome"]
    deals = p.deals.select(*columns).order_by("deal_id").to_pandas()
    still = deals["outcome"] == "open"
    undated = ~still & (deals["closed_at"].isna() | deals["created_at"].isna())
    past = deals[~still & ~undated].reset_index(drop=True)
    points = (
        _days_in(p, past, str(stage), asked) if isinstance(asked, int) else _origins(past, asked)
    )
    facts = Facts(p, points)
    if stage is not None and len(points):
        there = facts["stage"].eq(stage).to_numpy(bool)
        points = points[there].reset_index(drop=True)
        facts = Facts(p, points)
    tried = _thresholds(made, facts, thresholds)
    bad = past.set_index("deal_id")["outcome"].isin(endings)
    closed = past.set_index("deal_id")["closed_at"]
    seen = pd.Index(points["deal_id"].unique())
    rows = [_row(made, value, facts, points, bad.reindex(seen), closed) for value in tried]
    table = _finished(rows)
    used = frozenset(c[0] for c in made.conditions)
    own = _number(made)
    table.insert(1, "own", [v == own or v != v for v in table["threshold"]])
    options = (
        ("rule", rule), ("stage", stage), ("asked", asked), ("outcome", tuple(endings)),
        ("as_today", tuple(sorted(facts.as_today & (used | _behind(used))))),
    )  # fmt: skip
    left_out = [
        ("still_open", int(still.sum())),
        ("undated", int(undated.sum())),
        ("control.never_asked", len(past) - len(seen)),
    ]
    scope = make_scope(p, len(seen), left_out)
    return RuleQuality(table, scope, p.process, (), options, p.synthetic)


def _behind(names: frozenset[str]) -> set[str]:
    """Return the columns behind derived variables that may be as of today."""
    behind = {
        "n_contacts": {"n_contacts"}, "discount_pct": {"discount_pct", "list_amount", "amount"},
        "overdue_days": {"expected_close"}, "days_since_next_step": {"next_step_date"},
        "role": {"role"},
    }  # fmt: skip
    return {c for n in names for c in behind.get(n, ())}


def _origins(past: pd.DataFrame, every: str) -> pd.DataFrame:
    """Return the ends of months or weeks in each deal's open life."""
    empty = pd.DataFrame(
        {"deal_id": pd.Series(dtype="str"), "moment": pd.Series(dtype="datetime64[us]")}
    )
    if past.empty:
        return empty
    first, last = past["created_at"].min().normalize(), past["closed_at"].max()
    days = pd.date_range(first, last, freq="ME" if every == "month" else "W-SUN")
    moments = (days + pd.Timedelta(days=1) - pd.Timedelta(microseconds=1)).to_numpy()
    moments = moments.astype("datetime64[us]")
    start = np.searchsorted(moments, past["created_at"].to_numpy().astype("datetime64[us]"))
    end = np.searchsorted(moments, past["closed_at"].to_numpy().astype("datetime64[us]"))
    number_ = np.maximum(end - start, 0)
    if not number_.sum():
        return empty
    deal = np.repeat(np.arange(len(past)), number_)
    within = np.arange(number_.sum()) - np.repeat(np.cumsum(number_) - number_, number_)
    return pd.DataFrame(
        {
            "deal_id": past["deal_id"].to_numpy()[deal],
            "moment": moments[start[deal] + within],
        }
    )


def _days_in(p: Pipeline, past: pd.DataFrame, stage: str, days: int) -> pd.DataFrame:
    """Return the moment at which each deal had been in the stage for so many days."""
    p.need("stage_history", what="rule_quality(asked=...)")
    assert p.stage_history is not None
    history = p.stage_history.filter(p.stage_history.stage == stage)
    entered = history.group_by("deal_id").agg(moment=history.entered_at.min()).to_pandas()
    points = past.merge(entered, on="deal_id")
    points["moment"] = points["moment"] + pd.Timedelta(days=days)
    points = points[points["moment"] < points["closed_at"]].reset_index(drop=True)
    points = points[["deal_id", "moment"]]
    if points.empty:
        return points
    # still in that very stay
    since = points["moment"] - pd.Timedelta(days=days)
    there = entered_stage(Facts(p, points)).reset_index(drop=True) == since
    kept: pd.DataFrame = points[there.to_numpy(bool)].reset_index(drop=True)
    return kept


def _number(rule: Rule) -> float:
    return next((c[2] for c in rule.conditions if isinstance(c[2], float)), float("nan"))


def _thresholds(rule: Rule, facts: Facts, wanted: int | Sequence[float] | None) -> list[float]:
    own = _number(rule)
    if own != own:
        if wanted is not None:
            raise FunnelkitError("control.no_threshold", rule=rule.name)
        return [own]
    if wanted is not None and not isinstance(wanted, int):
        return sorted({float(v) for v in wanted})
    name = next(c[0] for c in rule.conditions if isinstance(c[2], float))
    values = pd.to_numeric(facts[name], errors="coerce").dropna()
    if values.empty:
        return [own]
    if wanted is not None:
        return even_steps(own, float(values.quantile(0.05)), float(values.quantile(0.95)), wanted)
    cuts = values.quantile(np.linspace(0.05, 0.95, _TRIED), interpolation="lower")
    return sorted({own, *(float(v) for v in cuts)})


def even_steps(own: float, low: float, high: float, steps: int) -> list[float]:
    """Return about ``steps`` whole steps from low to high that meet ``own``.

    Examples
    --------
    >>> even_steps(14, 2, 41, 5)
    [6.0, 14.0, 22.0, 30.0, 38.0, 46.0]
    """
    low, high = min(low, own), max(high, own)
    step = max(1, math.ceil((high - low) / steps))
    below = math.floor((own - low) / step)
    above = math.ceil((high - own) / step)
    return [float(own + k * step) for k in range(-below, above + 1)]


def _row(
    rule: Rule,
    value: float,
    facts: Facts,
    points: pd.DataFrame,
    bad: pd.Series[Any],
    closed: pd.Series[Any],
) -> dict[str, float]:
    asked = rule if value != value else rule.at(value)
    fires = points[asked.holds(facts).to_numpy(bool)]
    first = fires.groupby("deal_id")["moment"].min()
    fired = bad.index.isin(first.index)
    hit = bad.to_numpy(bool)
    caught = first[first.index.isin(bad.index[hit])]
    ahead = (closed.reindex(caught.index) - caught).dt.total_seconds() / 86400
    return {
        "threshold": value,
        "deals": len(bad),
        "fired": int(fired.sum()),
        "caught": int((fired & hit).sum()),
        "false_alarms": int((fired & ~hit).sum()),
        "missed": int((~fired & hit).sum()),
        "ahead_days": float(ahead.median()) if len(ahead) else float("nan"),
    }


def _finished(rows: list[dict[str, float]]) -> pd.DataFrame:
    columns = ["threshold", "deals", "fired", "caught", "false_alarms", "missed", "ahead_days"]
    table = pd.DataFrame(rows, columns=columns)
    caught = table["caught"].to_numpy()
    bottoms = {"precision": table["fired"], "recall": table["caught"] + table["missed"]}
    for k, (name, of) in enumerate(bottoms.items()):
        low, high = wilson(caught, of.to_numpy())
        table.insert(6 + 3 * k, name, table["caught"] / of.where(of > 0))
        table.insert(7 + 3 * k, f"{name}_low", low)
        table.insert(8 + 3 * k, f"{name}_high", high)
    return table


__all__ = ["EVERY", "RuleQuality", "even_steps", "rule_quality"]
