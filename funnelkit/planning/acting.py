"""Acting in month m: what a decline cost until then, and what acting would have saved.

A stage's rate has fallen for good (`measures.drift` finds it). Deals that came since would have
gone on at the usual rate; those missing, times what is won of them later, times the mean amount,
is what the decline costs. Acting brings a share of it back for the deals that come afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from funnelkit.measures.drift import Drift, drifts
from funnelkit.measures.funnel import funnel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from funnelkit.data.pipeline import Pipeline
    from funnelkit.measures.scope import Scope

_DRAWS = 2000
#: Chance of a false alarm a month; where all stages are watched they share it.
FALSE_ALARM = 0.005


@dataclass(frozen=True)
class Acted:
    """What came of acting at the end of a month; amounts with their 95% interval.

    Parameters
    ----------
    before, after : float
        Wins lost up to the month, and in the months after it although something was done.
    wins : float
        Wins saved in the months after it.
    saved, low, high : float
        Turnover saved.
    lost : float
        Turnover lost all the same, before and after.
    """

    before: float
    after: float
    wins: float
    saved: float
    low: float
    high: float
    lost: float


@dataclass(frozen=True, eq=False)
class Decline:
    """A stage whose rate fell for good: the months since, and what a deal there is worth.

    Parameters
    ----------
    stage : str
        The stage that leaks.
    months : DataFrame
        ``period, n, went``: months since the fall, deals that came, deals that went on in time.
    usual : tuple of int
        Deals that came and went on while the rate was the usual one.
    later : tuple of pairs of int
        For every later step: deals that left the stage, and of these went on.
    amounts : array
        Amounts of the won deals.
    seen : Timestamp, optional
        When the alarm could ring: the first alarming month had ended and its deals had had
        their days.
    scope : Scope, optional
        What the chart that found it counted and left out.
    """

    stage: str
    months: pd.DataFrame
    usual: tuple[int, int]
    later: tuple[tuple[int, int], ...]
    amounts: NDArray[np.float64]
    seen: pd.Timestamp | None = None
    scope: Scope | None = None

    @property
    def rate(self) -> float:
        """The usual rate."""
        came, went = self.usual
        return went / came

    @property
    def onward(self) -> float:
        """Share of the deals past the stage that are won in the end."""
        return float(np.prod([on / left for left, on in self.later]))

    @property
    def amount(self) -> float:
        """Mean amount of a won deal."""
        return float(self.amounts.mean())

    @property
    def missing(self) -> NDArray[np.float64]:
        """Deals fewer that went on, month by month."""
        n, went = (self.months[c].to_numpy(float) for c in ("n", "went"))
        return np.asarray(n * self.rate - went)

    @cached_property
    def _drawn(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Usual rates, and worth of one deal that goes on, as the counts leave them open."""
        r = np.random.default_rng(1)
        came, went = self.usual
        rates = r.beta(went + 0.5, came - went + 0.5, _DRAWS)
        worth = np.ones(_DRAWS)
        for left, on in self.later:
            worth *= r.beta(on + 0.5, left - on + 0.5, _DRAWS)
        n = len(self.amounts)
        spread = float(self.amounts.std(ddof=1)) if n > 1 else 0.0
        worth *= np.maximum(0, r.normal(self.amount, spread / np.sqrt(n), _DRAWS))
        return rates, worth

    def act(self, month: int, back: float = 0.8) -> Acted:
        """Return what acting at the end of a month saves in the months after it.

        Parameters
        ----------
        month : int
            Month of the decline, from 1; 0 is before its first.
        back : float
            Share of the lost ground that comes back.

        Examples
        --------
        >>> months = pd.DataFrame({"period": pd.to_datetime(["2026-01-01", "2026-02-01"]),
        ...                        "n": [40, 40], "went": [10, 8]})
        >>> found = Decline("need", months, (200, 90), ((100, 30),), np.full(9, 80e3)).act(1, 0.5)
        >>> round(found.before, 1), round(found.wins, 1), round(found.saved)
        (2.4, 1.5, 120000)
        """
        gone, to_come = self.missing[:month].sum(), self.missing[month:].sum()
        worth = self.onward * self.amount
        rest = self.months.iloc[month:]
        came, went = int(rest["n"].sum()), int(rest["went"].sum())
        usual, each = self._drawn
        now = np.random.default_rng(2).beta(went + 0.5, came - went + 0.5, _DRAWS)
        low, high = np.quantile(back * came * (usual - now) * each, (0.025, 0.975))
        stays = (1 - back) * to_come
        return Acted(
            float(gone * self.onward), float(stays * self.onward),
            float(back * to_come * self.onward), float(back * to_come * worth),
            float(low), float(high), float((gone + stays) * worth),
        )  # fmt: skip


def visible(watch: Drift) -> pd.Timestamp | None:
    """Return when a chart's lasting drop could ring: its month over, its deals given their days.

    Examples
    --------
    >>> from funnelkit.data.library import load
    >>> from funnelkit.measures.drift import drift
    >>> visible(drift(load("failure"), "need"))
    Timestamp('2025-10-25 00:00:00')
    """
    rings = watch.table.loc[watch.table["alarm"] == "drop", "period"]
    if rings.empty:
        return None
    end: pd.Timestamp = rings.iloc[0] + pd.offsets.MonthEnd(1) + pd.Timedelta(days=watch.window)
    return end


def decline(p: Pipeline, watch: Drift) -> Decline | None:
    """Return the decline a monthly chart of one stage found, None where nothing fell for good."""
    table = watch.table[watch.table["mature"]]
    began = table["changed_since"].dropna()
    if visible(watch) is None or began.empty:
        return None
    since = table[table["period"] >= began.iloc[0]]
    months = pd.DataFrame(
        {"period": since["period"], "n": since["n"], "went": _went(since).round().astype(int)}
    ).reset_index(drop=True)
    before = table.iloc[: len(table) // 2]  # what the chart takes for usual
    rows = funnel(p).table
    places = p.process.rank(watch.of)
    left = (rows["deals"] - rows["still_open"]).to_list()
    on = rows["deals"].shift(-1).to_list()
    later = tuple((int(left[k]), int(on[k])) for k in range(places + 1, len(rows) - 1) if left[k])
    deals = p.deals.filter(p.deals.outcome == "won").select("amount").to_pandas()
    return Decline(
        watch.of, months, (int(before["n"].sum()), round(float(_went(before).sum()))), later,
        deals["amount"].dropna().to_numpy(float), visible(watch), watch.scope,
    )  # fmt: skip


def _went(rows: pd.DataFrame) -> pd.Series:
    return (rows["n"] * rows["rate"]).fillna(0.0)


def declines(p: Pipeline) -> tuple[Decline, ...]:
    """Return every stage whose monthly rate fell for good, the dearest first.

    All stages together ring falsely no more often than one chart does.

    Raises
    ------
    FunnelkitError
        No history, or too few months.
    """
    p.need("stage_history", "outcome", "closed_at", "amount", what="drift")
    charts = drifts(p, false_alarm=FALSE_ALARM / len(p.process.open_ids))
    fallen = [decline(p, chart) for chart in charts.values()]
    found = [d for d in fallen if d is not None and len(d.amounts)]
    return tuple(sorted(found, key=lambda d: -d.act(0, 1.0).saved))


__all__ = ["FALSE_ALARM", "Acted", "Decline", "decline", "declines", "visible"]
