"""Evidence: deals that are past a stage without the proof the sheet asks for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from funnelkit.control.facts import Facts, at_moment
from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.result import Result
from funnelkit.measures.scope import make_scope
from funnelkit.words import percent, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart


@dataclass(frozen=True, eq=False, repr=False)
class EvidenceGaps(Result):
    """Stages that deals have left without evidence."""

    name: ClassVar[str] = "evidence_gaps"
    room: ClassVar[str] = "control"

    def summary(self) -> str:
        """Say how many deals lack evidence, and of which stage most often."""
        passed = int(self.option("passed"))
        if self.table.empty:
            return say("control.evidence_gaps_none", n=passed)
        stages = self.table["stage"].value_counts()
        return say(
            "control.evidence_gaps_summary",
            deals=int(self.table["deal_id"].nunique()), gaps=len(self.table), passed=passed,
            rate=percent(len(self.table) / passed, 1),
            stage=self.process.label(str(stages.index[0])), n=int(stages.iloc[0]),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the gaps of each stage."""
        from funnelkit.charts.bars import bars

        counts = self.table["stage"].value_counts()
        stages = [s for s in self.process.open_ids if s in counts]
        frame = pd.DataFrame(
            {
                "label": [self.process.label(s) for s in stages],
                "n": [int(counts[s]) for s in stages],
            }
        )
        return bars(
            frame,
            headings=[say("control.chart_gaps")],
            **self._around(ax),
        )


def evidence_gaps(
    p: Pipeline, at: dt.date | str | None = None, *, outcome: str | list[str] = "open"
) -> EvidenceGaps:
    """List the stages that deals have left without evidence.

    A stage counts as left when the deal is in a later one or was won. Stages before the
    deal's first one are not asked for; a stage that was jumped over is. One dated piece of
    evidence for the stage is enough.

    Parameters
    ----------
    at : date, optional
        As known then.
    outcome : str or list of str
        Deals with this outcome: open, won, lost, no_decision.

    Returns
    -------
    EvidenceGaps
        ``table``: ``deal_id, owner, stage, now, asked, days, amount``: the stage without
        evidence, where the deal is now, what the sheet asks for, days since it left the stage.

    Raises
    ------
    FunnelkitError
        There is no evidence table or no history.
    """
    p = p if at is None else p.at(at)
    p.need("stage_history", "evidence", what="evidence_gaps")
    wanted = [outcome] if isinstance(outcome, str) else list(outcome)
    deals = p.deals.filter(p.deals.outcome.isin(wanted)).order_by("deal_id").to_pandas()
    facts = Facts(p, at_moment(p, deals["deal_id"], p.as_of))
    gaps, passed = find_gaps(facts)
    gaps = gaps.merge(deals[["deal_id", "owner", "amount"]], on="deal_id", how="left")
    gaps = gaps.sort_values(["amount", "deal_id", "rank"], ascending=[False, True, True])
    columns = ["deal_id", "owner", "stage", "now", "asked", "days", "amount"]
    table = gaps[columns].reset_index(drop=True)
    scope = make_scope(p, len(deals))
    return EvidenceGaps(table, scope, p.process, (), (("passed", passed),), p.synthetic)


def find_gaps(facts: Facts) -> tuple[pd.DataFrame, int]:
    """Return each point's stages that were left without evidence, and how many were left."""
    process, points = facts.p.process, facts.points
    asked = {s: process.stage(s).evidence for s in process.open_ids}
    ranks = {s: k for k, s in enumerate(process.open_ids)}
    known = facts._known("stage_history", "entered_at")
    known = known.assign(rank=known["stage"].map(ranks)).dropna(subset=["rank"])
    first = known.sort_values(["_row", "entered_at", "seq"]).groupby("_row")["rank"].first()
    now = facts["stage"].map(ranks)
    ended = facts._table("deals").set_index("deal_id").reindex(points["deal_id"]).reset_index()
    won = (ended["outcome"] == "won") & ~(ended["closed_at"] > points["moment"])
    # a deal that went back has the later stages still before it
    reached = now.where(~won.to_numpy(), len(ranks)).to_numpy(float)
    start = first.reindex(range(len(points))).to_numpy(float)
    proof = facts._known("evidence", "dated")
    have = set(zip(proof["_row"], proof["stage"], strict=True))
    gone = known.groupby(["_row", "rank"])["entered_at"].max()
    rows, passed = [], 0
    for i in np.flatnonzero(~np.isnan(reached) & ~np.isnan(start)):
        for k in range(int(start[i]), int(reached[i])):
            stage = process.open_ids[k]
            if not asked[stage]:
                continue
            passed += 1
            if (i, stage) not in have:
                rows.append((i, k, stage))
    gaps = pd.DataFrame(rows, columns=["_row", "rank", "stage"])
    gaps["deal_id"] = points["deal_id"].reindex(gaps["_row"]).to_numpy()
    gaps["now"] = [
        "won" if won.iloc[i] else str(facts["stage"].iloc[i]) for i in gaps["_row"].astype(int)
    ]
    gaps["asked"] = [say("control.joined", parts=[str(t) for t in asked[s]]) for s in gaps["stage"]]
    gaps["days"] = _since_left(facts, gaps, gone)
    return gaps, passed


def _since_left(
    facts: Facts, gaps: pd.DataFrame, entered: pd.Series[pd.Timestamp]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the days since the deal came to the first later stage it entered."""
    later = entered.reset_index()
    days = []
    by_row = dict(tuple(later.groupby("_row")))
    for row, rank in zip(gaps["_row"], gaps["rank"], strict=True):
        part = by_row.get(row)
        after = part[part["rank"] > rank]["entered_at"] if part is not None else []
        if len(after) == 0:
            days.append(np.nan)
            continue
        moment = facts.points["moment"].iloc[int(row)]
        days.append(float((moment - min(after)).total_seconds() // 86400))
    return np.array(days, float)


__all__ = ["EvidenceGaps", "evidence_gaps", "find_gaps"]
