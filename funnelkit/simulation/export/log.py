"""One log of everything that changed, stage and outcome among the fields."""

from __future__ import annotations

import pandas as pd

from funnelkit.data.pipeline import OUTCOMES
from funnelkit.simulation.export.source import Source


def one_log(s: Source) -> pd.DataFrame:
    """Return ``deal_id, field, old, new, at``: moves as changes of stage, ends as of outcome.

    The first visit of a deal is no change: these systems know it as the stage the deal was
    created in.
    """
    moves = s.moves.rename(columns={"entered_at": "at", "stage": "new"})
    ends = moves["new"].isin(OUTCOMES)
    moves["old"] = moves.groupby("deal_id")["new"].shift()
    stages = moves[~ends & moves["old"].notna()].assign(field="stage", rank=0)
    # a deal opened again goes on from the stage before its end
    before = moves["new"].where(~ends).groupby(moves["deal_id"]).ffill()
    came_from = before.groupby(moves["deal_id"]).shift()
    stages["old"] = came_from.loc[stages.index]
    closed = moves[ends].assign(field="outcome", rank=2, old="open")
    changes = s.changes.rename(columns={"changed_at": "at"}).assign(rank=1)
    rows = pd.concat([stages, changes, closed], ignore_index=True)
    rows = rows.sort_values(["deal_id", "at", "rank"], kind="stable", ignore_index=True)
    return rows[["deal_id", "field", "old", "new", "at"]]
