"""Win rates against the limits of chance, and drawn towards the whole: no league table."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from funnelkit.data.pipeline import NO_GROUP, Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.result import Result
from funnelkit.measures.scope import make_scope
from funnelkit.measures.winning import WinRate, win_rate
from funnelkit.stats.apart import apart
from funnelkit.stats.control_limits import funnel_limits, funnel_positions
from funnelkit.stats.shrinkage import shrink
from funnelkit.words import percent, say

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

LEVELS = (0.95, 0.998)
_POINTS = 60


@dataclass(frozen=True, eq=False, repr=False)
class RateLimits(Result):
    """Win rates of groups with the limits that chance alone would keep."""

    name: ClassVar[str] = "limits"
    room: ClassVar[str] = "scorecard"
    counts: ClassVar = ("of", "won")

    def _behind(self, p: Pipeline) -> ir.Table:
        rates = WinRate(self.table, self.scope, self.process, options=(("of", "closed"),))
        return rates._behind(p)

    @property
    def title(self) -> str:
        """Name of the measure: of deals, or of leads and deals."""
        return say(f"scorecard.limits{self.process.leads}_title")

    @property
    def centre(self) -> float:
        """The rate of all groups together."""
        of = float(self.table["of"].sum())
        return float(self.table["won"].sum()) / of if of else float("nan")

    def beyond(self, *positions: str) -> pd.DataFrame:
        """Return the groups in these positions, by name."""
        return self.table[self.table["position"].isin(positions or ("act",))]

    def summary(self) -> str:
        """Say how many groups lie beyond the limits, and how many do so by chance."""
        judged = self.table[self.table["position"] != "few"]
        if judged.empty:
            won = self.process.won_share
            return say("scorecard.limits_few", n=len(self.table), least=self._least, win=won)
        far, near = len(self.beyond("act")), len(self.beyond("watch"))
        key = "limits_far" if far else "limits_near" if near else "limits_inside"
        if key == "limits_inside" and not apart(judged["won"], judged["of"]).telling:
            key = "limits_unseen"
        return say(
            f"scorecard.{key}",
            n=len(judged), far=far, near=near, chance=f"{0.05 * len(judged):.1f}",
            names=[self.named(r) for r in self.beyond("act").to_dict("records")],
            centre=percent(self.centre, 1), win=self.process.won_share,
        )  # fmt: skip

    def named(self, row: dict[Any, Any]) -> str:
        """Write a group with its rate and number."""
        return say(
            "scorecard.named", name=self._where(row), rate=percent(row["rate"], 1), n=int(row["of"])
        )

    def told(self, group: str) -> str:
        """Say where one group lies, naming no other."""
        row = self.row(group)
        return say(
            f"scorecard.where_{row['position']}" + _side(row),
            name=self.named(row), centre=percent(self.centre, 1), low=percent(row["limit_low"], 1),
            high=percent(row["limit_high"], 1), least=self._least, win=self.process.won_share,
        )  # fmt: skip

    def row(self, group: str) -> dict[Any, Any]:
        """Return a group's row."""
        found = self.table[self.table[self.by[0]] == group]
        if found.empty:
            raise FunnelkitError("scorecard.no_closed", name=group)
        return dict(found.iloc[0])

    @property
    def _least(self) -> int:
        return int(self.option("minimum"))

    def plot(self, ax: Axes | None = None, only: str | None = None) -> Chart:
        """Draw each group over its size between the limits.

        Parameters
        ----------
        only : str, optional
            Name this group alone; otherwise those beyond the limits.
        """
        from funnelkit.charts.limits import limits

        table = self.table
        labels = [str(name) for name in table[self.by[0]]]
        beyond = table["position"].isin(["act", "watch"])
        mark = [label == only for label in labels] if only else list(beyond)
        frame = table[["of", "rate"]].rename(columns={"of": "n"})
        frame = frame.assign(label=labels, mark=mark, mature=table["position"] != "few")
        top = max(float(table["of"].max()), 2.0)
        sizes = np.unique(np.linspace(max(1.0, top / _POINTS), top, _POINTS).round())
        edges = funnel_limits(sizes, self.centre, LEVELS)
        bands = pd.DataFrame({"n": sizes})
        for k, level in enumerate(LEVELS, start=1):
            part = edges[edges["level"] == level]
            bands[f"low_{k}"], bands[f"high_{k}"] = part["low"].to_numpy(), part["high"].to_numpy()
        around = self._around(ax, alt=self.told(only) if only else "", drawn=["rate"])
        if only:
            around["data"] = self.shown("rate").take([labels.index(only)])
        return limits(
            frame,
            bands=bands,
            centre=self.centre,
            centre_label=say("scorecard.chart_all"),
            band_labels=(say("scorecard.chart_95"), say("scorecard.chart_998")),
            axis_label=say("scorecard.chart_axis"),
            **around,
        )


def _side(row: dict[Any, Any]) -> str:
    if row["position"] not in ("act", "watch"):
        return ""
    return "_high" if row["rate"] > row["limit_high"] else "_low"


def rate_limits(
    p: Pipeline,
    by: str = "owner",
    *,
    minimum: int = 10,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> RateLimits:
    """Hold the win rates of groups against the limits of chance around the common rate.

    Parameters
    ----------
    by : str
        One row a group, in order of name.
    minimum : int
        Groups with fewer closed deals are not judged.
    since, until : date, optional
        Half-open period on the closing date.

    Returns
    -------
    RateLimits
        ``table``: [by], ``won, of, rate, low, high, shrunk, shrunk_low, shrunk_high, limit_low,
        limit_high, position``. The interval is Wilson's; ``shrunk`` is the rate drawn towards the
        whole as far as the data say; the limits are those of 95% for a group of its size.
        ``position``: *few*, *inside*, *watch* (beyond 95%) or *act* (beyond 99.8%, or
        further out where more than 25 groups are judged).

    Notes
    -----
    D. J. Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202; shrinkage as in
    :func:`funnelkit.stats.shrinkage.shrink`.

    Examples
    --------
    >>> from funnelkit.data.library import load
    >>> found = rate_limits(load("industrial"))
    >>> len(found.table), list(found.table["owner"]) == sorted(found.table["owner"])
    (12, True)
    """
    p.need_losses("rate_limits")
    found = win_rate(p, by, since=since, until=until)
    table = found.table
    table = table[(table[by] != NO_GROUP) & table[by].notna() & (table["of"] > 0)]
    table = table.sort_values(by, kind="stable").reset_index(drop=True)
    table = table[[by, "won", "of", "rate", "low", "high"]]
    if len(table):
        drawn = shrink(table["won"], table["of"])
        places = funnel_positions(table["won"], table["of"], minimum=minimum)
        for column in ("shrunk", "low", "high"):
            name = column if column == "shrunk" else f"shrunk_{column}"
            table[name] = drawn[column].to_numpy()
        table["limit_low"], table["limit_high"] = places["low"], places["high"]
        table["position"] = places["position"]
    else:
        table = table.reindex(columns=[*table.columns, *_MORE])
    nobody = int(found.table.loc[found.table[by].isin([NO_GROUP]), "of"].sum())
    own = list(found.scope.left_out[len(p.left_out) :])
    scope = make_scope(
        p, int(table["of"].sum()), [*own, ("scorecard.nobody", nobody)],
        found.scope.since, found.scope.until,
    )  # fmt: skip
    return RateLimits(table, scope, p.process, (by,), (("minimum", minimum),), p.synthetic)


_MORE = ("shrunk", "shrunk_low", "shrunk_high", "limit_low", "limit_high", "position")

__all__ = ["RateLimits", "rate_limits"]
