"""Drift: a rate month by month in a control chart with a stated chance of false alarms."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.diagnosis.cells import (
    ON,
    WHOLE,
    WINDOW_SHARE,
    Cells,
    count_cells,
    count_whole_way,
)
from funnelkit.measures.engine import group_columns, outside, period
from funnelkit.measures.result import Result, choose
from funnelkit.measures.scope import make_scope
from funnelkit.process.model import Calendar
from funnelkit.show.column import DATE, Number
from funnelkit.stats.control_chart import ControlChart, cusum, p_chart
from funnelkit.stats.lasting_drop import lasting_drop
from funnelkit.stats.multiplicity import binomial_p
from funnelkit.words import percent, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

EVERY = {"month": 1, "quarter": 3}
#: A lasting drop looked for: the odds fall to half.
HALF = 0.5
#: Fewer periods than this give no chart: half of them tell what is usual.
FEWEST = 6


@dataclass(frozen=True, eq=False, repr=False)
class Drift(Result):
    """A rate over periods, with limits and the sum that finds a lasting drop."""

    name: ClassVar[str] = "drift"
    room: ClassVar[str] = "diagnose"
    units: ClassVar = {"period": DATE, "threshold": Number(1)}

    @property
    def of(self) -> str:
        """The stage whose step rate it is, or ``win_rate``."""
        return str(self.option("of"))

    @property
    def window(self) -> int:
        """Days within which a deal has to go on to count."""
        return int(self.option("window"))

    def _said(self) -> dict[str, Any]:
        said = dict(self.options)
        said["of"] = self._what
        said["run"] = round(1 / said["false_alarm"])
        said["every"] = say(f"diagnose.every_{said['every']}")
        return said

    @property
    def _what(self) -> str:
        if self.of == "win_rate":
            return say("diagnose.win_rate")
        return say("diagnose.step_rate_of", stage=self.process.label(self.of))

    @property
    def alarms(self) -> pd.DataFrame:
        """The periods that ring."""
        return self.table[self.table["alarm"] != "none"]

    def summary(self) -> str:
        """Name the first lasting drop and the single periods that stand out, or say none did."""
        if self.table.empty:
            return say("measures.nothing")
        parts = []
        drops = self.table[self.table["alarm"] == "drop"]
        for row in drops.drop_duplicates(list(self.by) or None).head(3).to_dict("records"):
            parts.append(
                say(
                    "diagnose.drift_drop",
                    what=self._named(row), since=row["changed_since"], seen=row["period"],
                    rate=percent(row["since_rate"], 1), usual=percent(row["usual_rate"], 1),
                )
            )  # fmt: skip
            if not self.by:
                break
        single = self.table[self.table["alarm"].isin(["below", "above"])]
        if len(single):
            parts.append(say("diagnose.drift_single", n=len(single)))
        if not parts:
            parts.append(say("diagnose.drift_none", what=self._what))
        parts.append(say("diagnose.drift_alarm", **self._said()))
        return sentences(parts)

    def _named(self, row: dict[Any, Any]) -> str:
        return " · ".join([*(str(row[b]) for b in self.by), self._what])

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the rate with its limits; what will still change is hollow."""
        from funnelkit.charts.trend import trend

        table, drawn, named = self.table, ["rate"], ""
        if self.by:  # one chart holds one group: the one that rings loudest
            loud = table.assign(over=table["cusum"] / table["threshold"])
            worst = loud.sort_values("over", ascending=False, kind="stable").iloc[0][self.by[0]]
            table, drawn, named = table[table[self.by[0]] == worst], [], f"{worst} · "
        usual = float(table["usual_rate"].iloc[0])
        frame = table[["low", "high", "n", "mature"]].assign(
            period=[f"{d:%Y-%m}" for d in table["period"]], value=table["rate"]
        )
        ringing = table[table["alarm"] != "none"]
        alt = say(
            "diagnose.drift_alt",
            what=named + self._what,
            n=len(table),
            usual=percent(usual, 1),
            last=percent(table["rate"].dropna().iloc[-1], 1),
            ringing=[f"{d:%Y-%m}" for d in ringing["period"]] or [say("diagnose.drift_no_period")],
        )
        around = self._around(ax, say("diagnose.drift_note"), alt=alt, drawn=drawn)
        around["title"] = named + self._what
        return trend(
            frame,
            number_label="n",
            write=percent,
            target=usual,
            target_label=say("diagnose.drift_usual", rate=percent(usual, 1)),
            **around,
        )


def drift(
    p: Pipeline,
    of: str = "win_rate",
    *,
    every: str = "month",
    by: str | None = None,
    baseline: float | None = None,
    false_alarm: float = 0.005,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> Drift:
    """Watch a rate over time: single periods that stand out, and a lasting drop.

    Parameters
    ----------
    of : "win_rate" or a stage
        Share of the deals that came in a period and were won, or went on from the stage,
        within the window that holds nine of ten such moves: every period gets the same time.
    every : {"month", "quarter"}
        Length of a period; a deal belongs to the one in which it came to the stage (for the
        win rate: to its first stage).
    by : str, optional
        One chart a group.
    baseline : float, optional
        The usual rate. Without it single periods are held against all mature ones together,
        and a lasting drop against the first half of them, whose own chance is allowed for.
    false_alarm : float
        Chance of a false alarm a period, for each of the two charts and all groups together;
        0.005 is one in 200 periods.

    Returns
    -------
    Drift
        ``table``: [by], ``period, n, rate, low, high, usual_rate, cusum, threshold, alarm``
        (none, below, above, drop), ``changed_since``, ``since_rate``, ``mature``. ``low`` and
        ``high`` are the limits of a single period, exact for its size. Periods in which some
        deal is still in its window are not mature and do not ring.

    Raises
    ------
    FunnelkitError
        No history, an unknown stage, or fewer than six mature periods.

    Examples
    --------
    >>> from funnelkit.data.library import load
    >>> chart = drift(load("industrial"), "proposal")
    >>> set(chart.table["alarm"]) <= {"none", "below", "above", "drop"}
    True
    """
    choose(every, tuple(EVERY), "every")
    choose(of, ("win_rate", *p.process.open_ids), "of")
    if not 0 < false_alarm < 1:
        raise FunnelkitError("diagnose.alpha", found=false_alarm)
    p.need("stage_history", "outcome", "closed_at", what="drift")
    groups = group_columns(
        p, by, "came", "went", "exit", "place", "month", "followed", "stayed", "old", "group",
        "period", "n", "cusum", "threshold", "alarm", "mature", "outcome", "stage",
    )  # fmt: skip
    start, end = period(since, until)
    if start is not None or end is not None:
        p.need("created_at", what="since/until")
    counted = (count_whole_way if of == "win_rate" else count_cells)(p, groups, start, end)
    return _watched(p, of, every, groups, counted, baseline, false_alarm, start, end)


def drifts(p: Pipeline, *, false_alarm: float = 0.005) -> dict[str, Drift]:
    """Watch the step rate of every stage by month; the deals are counted once.

    Parameters
    ----------
    false_alarm : float
        As in :func:`drift`, for every stage by itself.

    Returns
    -------
    dict
        One chart a stage in process order; a stage with too few months has none.

    Examples
    --------
    >>> from funnelkit.data.library import load
    >>> list(drifts(load("control")))
    ['lead', 'contact', 'need', 'proposal', 'negotiation']
    """
    p.need("stage_history", "outcome", "closed_at", what="drift")
    counted = count_cells(p, (), None, None)
    charts = {}
    for stage in p.process.open_ids:
        with suppress(_FewPeriods):
            charts[stage] = _watched(
                p, stage, "month", [], counted, None, false_alarm, None, None
            )  # fmt: skip
    return charts


class _FewPeriods(FunnelkitError):
    """A chart with too few mature periods."""


def _watched(
    p: Pipeline,
    of: str,
    every: str,
    groups: list[str],
    counted: Cells,
    baseline: float | None,
    false_alarm: float,
    start: dt.datetime | None,
    end: dt.datetime | None,
) -> Drift:
    """Make the charts of one rate from counted deals."""
    place = 0 if of == "win_rate" else p.process.rank(of)
    counts = _periods(counted, groups, place, EVERY[every], p.process.calendar)
    charts = [
        _chart(part, baseline, false_alarm / max(1, counts["group"].nunique()))
        for _, part in counts.groupby("group", sort=True)
    ]
    if not any(len(c) for c in charts):
        raise _FewPeriods("diagnose.few_periods", wanted=FEWEST, every=every)
    table = pd.concat(charts, ignore_index=True)
    table = table.rename(columns={"group": groups[0]}) if groups else table.drop(columns="group")
    left_out = [
        *outside(p.deals, "created_at", start, end), ("no_stage", counted.unplaced),
        ("close_undated", counted.undated), ("ends_before_start", counted.backwards),
        ("diagnose.young", int(counts["young"].sum())),
    ]  # fmt: skip
    options = (
        ("of", of), ("every", every), ("false_alarm", false_alarm),
        ("window", counted.windows[place]), ("share", WINDOW_SHARE),
    )  # fmt: skip
    scope = make_scope(p, int(table["n"].sum()), left_out, start, end)
    return Drift(table, scope, p.process, tuple(groups), options, p.synthetic)


def _periods(
    cells: Cells, groups: list[str], place: int, length: int, calendar: Calendar
) -> pd.DataFrame:
    """Count every group's deals by period: old enough, gone on within the window, too young."""
    column = groups[0] if groups else WHOLE
    rows = cells.table[(cells.table["column"] == column) & (cells.table["stage"] == place)]
    quick = (rows["exit"] == ON) & (rows["day"] < cells.windows[place])
    # months are counted from January of the year 0: a quarter begins where the sheet says
    first = (calendar.fiscal_year_start - 1) % length
    rows = rows.assign(
        period=(rows["month"] - first) // length,
        total=rows["n"].where(rows["old"], 0),
        hits=rows["n"].where(rows["old"] & quick, 0),
        young=rows["n"].where(~rows["old"], 0),
    )
    counts = rows.groupby(["group", "period"])[["total", "hits", "young"]].sum().reset_index()
    if counts.empty:
        return counts
    # a period without deals is a period all the same
    span = pd.Index(range(counts["period"].min(), counts["period"].max() + 1), name="period")
    grid = pd.MultiIndex.from_product([counts["group"].unique(), span], names=["group", "period"])
    counts = counts.set_index(["group", "period"]).reindex(grid, fill_value=0).reset_index()
    moments = [pd.Timestamp(m // 12, m % 12 + 1, 1) for m in counts["period"] * length + first]
    counts["period"] = pd.to_datetime(pd.Series(moments)).astype("datetime64[us]")
    return counts


def _chart(part: pd.DataFrame, baseline: float | None, false_alarm: float) -> pd.DataFrame:
    """Return one group's chart; empty where too few periods are mature."""
    young = part["young"].to_numpy() > 0
    # from the first period with a deal still in its window on, nothing is settled
    settled = len(part) if not young.any() else int(young.argmax())
    mature = np.arange(len(part)) < settled
    k, n = part["hits"].to_numpy(float), part["total"].to_numpy(float)
    out = pd.DataFrame({"group": part["group"], "period": part["period"], "n": n.astype("int64")})
    with np.errstate(invalid="ignore", divide="ignore"):
        out["rate"] = k / n
    if settled < FEWEST or not 0 < k[:settled].sum() < n[:settled].sum():
        return out.iloc[:0]
    learn = settled // 2
    watched = int((n[:settled] > 0).sum())
    single = p_chart(k[:settled], n[:settled], baseline, 1 - (1 - false_alarm) ** watched)
    later = 1 - (1 - false_alarm) ** max(1, settled - (0 if baseline else learn))
    lasting = _lasting(k[:settled], n[:settled], baseline, learn, later)
    for column in ("low", "high"):
        out[column] = single.table[column].reindex(range(len(part))).to_numpy(float)
    out["usual_rate"] = lasting.centre
    sums = lasting.table["cusum"].reindex(range(len(part))).to_numpy(float)
    out["cusum"], out["threshold"] = sums, float(lasting.table["threshold"].iloc[0])
    # limits lie between two counts for few deals: the exact chance decides
    rare = mature & (binomial_p(k, n, single.centre) <= false_alarm)
    below = rare & (out["rate"] < single.centre).to_numpy()
    above = rare & (out["rate"] > single.centre).to_numpy()
    drop = np.zeros(len(part), bool)
    drop[:settled] = lasting.table["alarm"].to_numpy(bool)
    out["alarm"] = np.select([drop, below, above], ["drop", "below", "above"], "none")
    began = lasting.changed_at
    moved = np.zeros(len(part), bool) if began is None else np.arange(len(part)) >= began
    start = pd.NaT if began is None else part["period"].iloc[began]
    out["changed_since"] = part["period"].mask(moved, start).where(moved, pd.NaT)
    since = slice(began, settled)
    rate = np.nan if began is None else k[since].sum() / n[since].sum()
    out["since_rate"] = np.where(moved, rate, np.nan)
    out["mature"] = mature
    return out


def _lasting(
    k: np.ndarray, n: np.ndarray, baseline: float | None, learn: int, false_alarm: float
) -> ControlChart:
    if baseline is None:
        return lasting_drop(k, n, learn, HALF, false_alarm)
    worse = HALF * baseline / (1 - baseline + HALF * baseline)
    return cusum(k, n, baseline, worse, false_alarm)


__all__ = ["Drift", "drift", "drifts"]
