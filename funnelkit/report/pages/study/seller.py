"""What the scorecard works out: who is shown, the limits of chance, points, pushes, new sellers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import pandas as pd

from funnelkit import measures
from funnelkit.control import Checkpoints, RampCurve, checkpoints, ramp_curve
from funnelkit.data.pipeline import NO_GROUP, Pipeline
from funnelkit.measures import Diagnosis, diagnose
from funnelkit.measures.limits import RateLimits, rate_limits
from funnelkit.measures.winning import deal_win_rate
from funnelkit.report import source
from funnelkit.report.pages.study.base import Study
from funnelkit.stats.apart import apart

#: A month is that many days when the start of a seller is counted back.
_MONTH = 30.4375


@dataclass(frozen=True, eq=False)
class SellerStudy(Study):
    """A team's sellers, or one of them against the others."""

    @property
    def seller(self) -> str:
        """The one seller this is about; empty for the whole team."""
        return str(self.parameters["where"].get("owner", ""))

    @cached_property
    def team(self) -> Pipeline:
        """The deals of everybody the seller is compared with, the seller's own included."""
        where = {k: v for k, v in self.parameters["where"].items() if k != "owner"}
        team = self.pipeline if not self.seller else source.matching(self.whole, where)
        team.need("owner", what="scorecard")
        return team

    def of_team(self, name: str, **options: Any) -> Any:
        """Return a measure of the whole team over the period, computed once."""
        make = getattr(measures, name)
        return self.kept(
            f"team {name} {sorted(options.items())}",
            lambda: make(self.team, **options, **self.period),
        )

    @cached_property
    def deal_rate(self) -> Any:
        """The team's win rate from the stage where an entry is a deal, or None."""
        return deal_win_rate(self.team, since=self._since, until=self._until)

    def limits(self) -> RateLimits:
        """Return the win rates with the limits of chance."""
        found: RateLimits = self.kept(
            "limits",
            lambda: rate_limits(
                self.team,
                minimum=self.parameters["min_deals"],
                since=self._since,
                until=self._until,
            ),
        )
        return found

    @property
    def _since(self) -> str | None:
        return self.period["since"]

    @property
    def _until(self) -> str | None:
        return self.period["until"]

    @property
    def sellers(self) -> list[str]:
        """Everybody with closed deals, in order of name."""
        return [str(name) for name in self.limits().table["owner"]]

    @property
    def shown(self) -> list[str]:
        """Whom this page names."""
        return [self.seller] if self.seller else self.sellers

    def diagnosis(self) -> Diagnosis:
        """Return where a seller lies below the others beyond chance."""
        found: Diagnosis = self.kept(
            "diagnose",
            lambda: diagnose(
                self.team,
                "owner",
                since=self._since,
                until=self._until,
                looks=self.parameters["looks"],
            ),
        )
        return found

    def points(self) -> Checkpoints:
        """Return the control points that fired on open deals."""
        found: Checkpoints = self.kept("checkpoints", lambda: checkpoints(self.team))
        return found

    def fired(self) -> pd.DataFrame:
        """Return the points that fired on deals still open; those on closed deals are another's."""
        found = self.points()
        closing = dict(found.options)["closing"]
        rows: pd.DataFrame = found.table[~found.table["checkpoint"].isin(closing)]
        return rows

    def pushes(self) -> pd.DataFrame:
        """Return the pushes by seller, marked where they differ from the others' by more."""
        table: pd.DataFrame = self.of_team("push_rate", by="owner").table
        table = table[(table["owner"] != NO_GROUP) & (table["deals"] > 0)]
        return table.assign(stands_out=apart(table["pushed"], table["deals"]).flagged)

    def new_hires(self) -> list[tuple[str, int]]:
        """Return the sellers who began within the months asked for, with their months so far."""
        self.team.need("reps", what="ramp_curve")
        reps = self.team.tables["reps"].to_pandas()
        known = set(self.team.deals.select("owner").distinct().to_pandas()["owner"].dropna())
        found = []
        for r in reps.to_dict("records"):
            names = [str(r[c]) for c in ("name", "rep_id") if str(r[c]) in known]
            began = pd.to_datetime(r["start_date"])
            if not names or pd.isna(began):
                continue
            months = (pd.Timestamp(self.team.as_of) - began).days / _MONTH
            if 0 <= months < self.parameters["ramp_months"]:
                found.append((names[0], int(months)))
        return sorted(found)

    def ramp(self, seller: str) -> RampCurve:
        """Return how fast a new seller comes to what a full one wins."""
        found: RampCurve = self.kept(f"ramp {seller}", lambda: ramp_curve(self.team, seller))
        return found

    def label(self, stage: str) -> str:
        """A stage's name."""
        return self.team.process.label(stage)

    @property
    def stages(self) -> list[tuple[str, str]]:
        """Each step: the stage it leaves, and the row of the funnel it leads to."""
        return list(pairwise(self.team.process.funnel_ids))
