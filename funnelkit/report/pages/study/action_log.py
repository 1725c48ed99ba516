"""The log of actions as a report reads it: a copy is opened, the original stays as it is."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.control import ActionLog
from funnelkit.errors import FunnelkitError
from funnelkit.report.blocks import missing
from funnelkit.report.side import side_file
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.control import ClosureRate, Reviews
    from funnelkit.data import Pipeline

EXAMPLE = "example"


@dataclass(frozen=True, eq=False)
class Loop:
    """What a log says of a pipeline.

    Attributes
    ----------
    actions : DataFrame
        One row an action of this part, as logged, with the verdict of today where it is open;
        ``state`` is closed, overdue, open or planned.
    reviews : Reviews
        The verdicts of the open actions, computed now.
    closure : ClosureRate
        Closed with a verdict, of those due.
    elsewhere : int
        Actions of the log that belong to other parts.
    failed : tuple of str
        Why an action could not be judged.
    """

    actions: pd.DataFrame
    reviews: Reviews
    closure: ClosureRate
    elsewhere: int
    failed: tuple[str, ...]


def read_loop(whole: Pipeline, name: str, where: Mapping[str, str]) -> Loop:
    """Open a copy of the log, judge its open actions on the whole pipeline, sum up this part."""
    with tempfile.TemporaryDirectory(prefix="funnelkit-log-") as folder:
        copy = Path(folder) / "actions.duckdb"
        if name != EXAMPLE:
            original = side_file(name, "actions")
            shutil.copyfile(original, copy)
            beside = original.with_name(original.name + ".wal")
            if beside.is_file():
                shutil.copyfile(beside, copy.with_name(copy.name + ".wal"))
        with ActionLog(copy) as log:
            if name == EXAMPLE:
                for action in example_actions(whole):
                    log.add(**action)
            return _summed(log, whole, where)


def _summed(log: ActionLog, whole: Pipeline, where: Mapping[str, str]) -> Loop:
    table = log.list()
    ours = pd.Series([_belongs(row, where) for row in table.to_dict("records")], dtype=bool)
    actions = table[ours.to_numpy()].reset_index(drop=True)
    tables, failed, last = [], [], None
    for row in actions[actions["closed_at"].isna()].to_dict("records"):
        try:
            last = log.review(whole, id=int(row["id"]))
            tables.append(last.table)
        except FunnelkitError as problem:
            failed.append(say("loop.not_judged", id=row["id"], why=missing(problem)))
    if last is None:  # an empty answer of the right shape
        with ActionLog() as empty:
            last = empty.review(whole)
        tables = [last.table]
    reviews = replace(last, table=pd.concat(tables, ignore_index=True))
    judged = reviews.table.set_index("id")
    day = whole.as_of.date()
    actions["state"] = [_state(row, day) for row in actions.to_dict("records")]
    for column in ("verdict", "effect", "low", "high"):
        now = actions["id"].map(judged[column].to_dict())
        closed = actions["closed_at"].notna()
        actions[column] = actions[column].where(closed, now)
    with ActionLog() as part:  # the same count over the actions of this part alone
        closure = _closure(part, actions, day, log)
    return Loop(actions, reviews, closure, int((~ours).sum()), tuple(failed))


def _closure(empty: ActionLog, actions: pd.DataFrame, day: dt.date, log: ActionLog) -> ClosureRate:
    from funnelkit.stats import wilson

    if len(actions) == len(log):
        return log.closure_rate(day)
    due = _days(actions["due"]) <= pd.Timestamp(day)
    closed = due & (_days(actions["closed_at"]) <= pd.Timestamp(day))
    n, k = int(due.sum()), int(closed.sum())
    low, high = wilson(k, n) if n else (float("nan"),) * 2
    row = {"due": n, "closed": k, "rate": k / n if n else float("nan"), "low": low, "high": high}
    found = empty.closure_rate(day)
    return replace(found, table=pd.DataFrame([row]), scope=replace(found.scope, used=n))


def _days(column: pd.Series[Any]) -> pd.Series[Any]:
    return pd.to_datetime(column)


def _belongs(row: Mapping[Any, Any], where: Mapping[str, str]) -> bool:
    """Whether an action is about this part alone: by its segment or its owner."""
    if not where:
        return True
    pairs = {f"{column}={value}" for column, value in where.items()}
    return row["segment"] in pairs or row["owner"] == where.get("owner")


def _state(row: Mapping[Any, Any], day: dt.date) -> str:
    if not pd.isna(row["closed_at"]):
        return "closed"
    if pd.Timestamp(row["due"]).date() < day:
        return "overdue"
    return "planned" if pd.Timestamp(row["start"]).date() > day else "open"


def example_actions(p: Pipeline) -> list[dict[str, Any]]:
    """Return three made-up actions of the last year, so that a report has something to judge."""
    day = p.as_of.date()
    stages = p.process.open_ids
    middle, late = stages[min(2, len(stages) - 1)], stages[-2 if len(stages) > 1 else -1]
    group: dict[str, str] = {}
    if p.has("region"):
        names = sorted(p.frame()["region"].dropna().astype(str).unique())
        if len(names) > 1:
            group = {"segment": f"region={names[-1]}", "control": "region=rest"}

    def one(key: str, start: int, days: int, **more: Any) -> dict[str, Any]:
        first = day - dt.timedelta(days=start)
        return {
            "problem": say(f"loop.example_{key}"),
            "hypothesis": say(f"loop.example_{key}_why"),
            "owner": say(f"loop.example_{key}_owner"),
            "start": first,
            "due": first + dt.timedelta(days=days),
            **more,
        }

    return [
        one("payer", 365, 180, measure="win_rate", stage=middle),
        one("silence", 300, 120, measure="step_rate", stage=late, **group),
        one("first", 30, 90, measure="step_rate", stage=stages[0]),
    ]
