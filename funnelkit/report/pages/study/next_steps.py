"""What a closed-loop review proposes: actions ready to be written down, and points to settle."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.report.pages.shown import label_of
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.measures import Diagnosis
    from funnelkit.process import Process
    from funnelkit.report.pages.study.base import Study

#: More actions at a time than this are not followed up.
MOST_STEPS = 3
#: Days until an action is looked at again.
_REVIEW_DAYS = 90
_MEASURES = {
    "step_rate": "step_rate", "win_rate": "win_rate", "time_in_stage": "median_days",
}  # fmt: skip


def next_steps(report: Study) -> pd.DataFrame:
    """Return what a diagnosis of the data says to act on, gravest first, as actions."""
    from funnelkit.measures.diagnose import diagnose

    found = report.kept(
        "diagnose", lambda: diagnose(report.pipeline, looks=report.parameters["looks"])
    )
    return as_actions(found, report.pipeline.process)


def as_actions(found: Diagnosis, process: Process) -> pd.DataFrame:
    """Return the gravest findings of a diagnosis as actions to write down.

    Returns
    -------
    DataFrame
        ``text, problem, verdict, stage, measure, segment, column, baseline, expected``.  Where
        nothing is to be acted on, what is to be watched stands here, and says so.
    """
    table = found.table[found.table["kind"].isin(_MEASURES)]
    rows = table[table["verdict"] == "act"]
    if rows.empty:
        rows = table[table["verdict"] == "watch"]
    out = []
    for row in rows.head(MOST_STEPS).to_dict("records"):
        column = row["column"] if isinstance(row["column"], str) else ""
        group = f"{label_of(column).strip()} {row['group']}" if column else ""
        stage, kind = process.label(row["stage"]), say(f"diagnose.kind_{row['kind']}")
        out.append(
            {
                "text": say(f"loop.step_{row['verdict']}", text=found._sentence(row)),
                "problem": " · ".join(filter(None, [group, stage, kind])),
                "verdict": row["verdict"],
                "stage": row["stage"],
                "measure": _MEASURES[row["kind"]],
                "segment": f"{column}={row['group']}" if column else "",
                "column": column,
                "baseline": float(row["observed"]),
                "expected": float(row["expected"]),
            }
        )
    columns = ["text", "problem", "verdict", "stage", "measure", "segment", "column", "baseline",
               "expected"]  # fmt: skip
    return pd.DataFrame(out, columns=columns)


def commands(report: Any) -> str:
    """Return the lines that write the proposed actions into a log; who and why are left open."""
    day = report.pipeline.as_of.date() + dt.timedelta(days=1)
    due = day + dt.timedelta(days=_REVIEW_DAYS)
    lines = ["import funnelkit as fk", "", 'log = fk.ActionLog("actions.duckdb")']
    steps = report.steps.to_dict("records")
    if not steps:
        first = report.pipeline.process.open_ids[0]
        steps = [{"problem": say("loop.your_problem"), "stage": first, "measure": "step_rate",
                  "segment": "", "column": "", "baseline": None, "expected": None}]  # fmt: skip
    for step in steps:
        problem = step["problem"].replace('"', "'")
        parts = [
            f'    "{problem}",',
            f'    hypothesis="{say("loop.your_hypothesis")}", owner="{say("loop.your_owner")}",',
            f'    measure="{step["measure"]}", stage="{step["stage"]}",',
        ]
        if step["segment"]:
            parts.append(f'    segment="{step["segment"]}", control="{step["column"]}=rest",')
        if step["baseline"] is not None:
            parts.append(f"    baseline={step['baseline']:.3g}, expected={step['expected']:.3g},")
        parts.append(f'    start="{day}", due="{due}",')
        lines += ["log.add(", *parts, ")"]
    return "\n".join([*lines, "log.shut()"])


def points_to_settle(report: Any) -> tuple[str, ...]:
    """Return, per owner, how many deals somebody has to act on now and what hangs on them."""
    found = report.points_now()
    closing = dict(found.options)["closing"]
    grave = found.table[(found.table["severity"] == "act")]
    grave = grave[~grave["checkpoint"].isin(closing)]
    texts = []
    for owner, part in grave.groupby("owner", dropna=False, sort=True):
        one = part.drop_duplicates("deal_id")
        top = part["checkpoint"].value_counts()
        name = say("loop.no_owner") if pd.isna(owner) else str(owner)
        money = float(one["amount"].sum())
        texts.append(
            (
                -float(one["amount"].sum()),
                say(
                    "loop.settle_owner", owner=name, n=len(one),
                    worth=say("loop.settle_worth", money=money) if money else "",
                    top=found.name_value("checkpoint", str(top.index[0])), most=int(top.iloc[0]),
                ),
            )
        )  # fmt: skip
    return tuple(text for _, text in sorted(texts))
