"""What the funnel review works out: which groups to show, and which stand out."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from funnelkit.measures import Result
from funnelkit.report.pages.study.base import Study
from funnelkit.stats.apart import apart

_CANONICAL = ("account", "owner", "region", "source", "loss_reason", "competitor")


@dataclass(frozen=True, eq=False)
class ReviewStudy(Study):
    """A pipeline under review, with the groups that are large enough to show."""

    @property
    def rule(self) -> str:
        """The counting rule of the funnel."""
        return str(self.parameters["rule"])

    def segment_table(self, column: str) -> tuple[Result, pd.DataFrame]:
        """Return the win rates by a column, and the groups large enough to show, marked."""
        if column in _CANONICAL:
            self.pipeline.need(column, what="win_rate")
        found = self.measure("win_rate", by=column)
        shown = found.table[found.table["of"] >= self.parameters["min_deals"]]
        shown = shown.sort_values("rate", ascending=False, kind="stable")
        compared = apart(shown["won"], shown["of"])
        shown = shown.assign(stands_out=compared.flagged)
        shown.attrs["telling"] = compared.telling
        return found, shown
