"""Diagnosis: which stage, segment and month lies clearly below its expectation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd
from threadpoolctl import threadpool_limits

from funnelkit.data.pipeline import NO_GROUP, Pipeline
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.columns import P_VALUE, Named, each
from funnelkit.measures.diagnosis.cells import WHOLE, Cells, count_cells, won_amounts
from funnelkit.measures.diagnosis.rows import Judged, judge
from funnelkit.measures.engine import group_columns, outside, period
from funnelkit.measures.result import Result, choose, column_label
from funnelkit.measures.scope import make_scope
from funnelkit.measures.winning import single_currency
from funnelkit.show.column import RATE, Days
from funnelkit.show.table import Table
from funnelkit.words import number, percent, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

AGAINST = ("rest", "past", "target")
#: How often a diagnosis is looked at, and how many times that is a year.
LOOKS = {"once": 1, "quarterly": 4, "monthly": 12, "weekly": 52, "daily": 365}
#: Judged when nothing is said, as far as the source has them.
SEGMENTS = ("owner", "region", "source")
_MOST_DRAWN = 12
VERDICTS = ("act", "watch", "too_little_data", "as_expected")


@dataclass(frozen=True, eq=False, repr=False)
class Diagnosis(Result):
    """Where the funnel lies below its expectation, what is at stake, since when."""

    name: ClassVar[str] = "diagnose"
    room: ClassVar[str] = "diagnose"
    units: ClassVar = {
        "kind": Named(lambda r, value: r._kind(value)),
        "column": Named(lambda r, value: column_label(value, r.room), blank="diagnose.whole"),
        **each(P_VALUE, "p_value adjusted_p"),
    }
    judged: Judged | None = None
    windows: tuple[tuple[str, int], ...] = ()

    @property
    def against(self) -> str:
        """What was expected: rest, past or target."""
        return str(self.option("against"))

    @property
    def alpha(self) -> float:
        """Chance of one or more false "act" when nothing is amiss."""
        return float(self.option("alpha"))

    @property
    def family(self) -> dict[str, Any]:
        """How many comparisons were allowed for, and by which method."""
        assert self.judged is not None
        return {
            "comparisons": self.judged.questions,
            "tests": self.judged.tests,
            "silent": self.judged.silent,
            "method": "holm-tarone-weighted",
            "watch_method": "benjamini-hochberg",
            "alpha": self.alpha,
            "looks": int(self.option("looks")),
        }

    @property
    def act(self) -> pd.DataFrame:
        """The rows to act on, the most money first."""
        return self.table[self.table["verdict"] == "act"]

    @property
    def definition(self) -> str:
        """How the rates and times are judged, in the current language."""
        windows = [
            say("diagnose.window", stage=self.process.label(s), days=d) for s, d in self.windows
        ]
        return sentences(
            [
                say(
                    "diagnose.diagnose_definition", windows=windows or [say("diagnose.window_each")]
                ),
                say(f"diagnose.against_{self.against}"),
                say(f"diagnose.ordinary_{self._ordinary}"),
                say("diagnose.money"),
                say("diagnose.visible"),
            ]
        )

    @property
    def _ordinary(self) -> str:
        """What a difference has to go beyond: sellers, months, or chance alone."""
        if self.against != "rest":
            return "months"
        return "sellers" if self.judged is not None and self.judged.sellers else "chance"

    def _said_family(self) -> str:
        looks = self.family["looks"]
        told = say("diagnose.family", **self.family)
        return told if looks <= 1 else sentences([told, say("diagnose.looks", n=looks)])

    @property
    def denominator(self) -> str:
        """The family of comparisons, in the current language."""
        return self._said_family()

    def summary(self) -> str:
        """Say what to act on, or that nothing stands out, and how many comparisons that took."""
        if self.table.empty:
            return say("measures.nothing")
        act, watch = self.act, self.table[self.table["verdict"] == "watch"]
        parts = []
        for row in act.head(3).to_dict("records"):
            parts.append(self._sentence(row))
        if len(act) > 3:
            parts.append(say("diagnose.more", n=len(act) - 3))
        if act.empty:
            parts.append(say("diagnose.nothing_to_act"))
        if len(watch):
            parts.append(say("diagnose.to_watch", n=len(watch)))
        few = int((self.table["verdict"] == "too_little_data").sum())
        if few:
            parts.append(say("diagnose.few", n=few))
        assert self.judged is not None
        if self.judged.usual:
            key, lowest, of = self.judged.usual[0]
            parts.append(
                say("diagnose.usual", where=self.label(key), lowest=lowest, of=of,
                    n=len(self.judged.usual))
            )  # fmt: skip
        parts.append(self._said_family())
        return sentences(parts)

    def _sentence(self, row: dict[Any, Any]) -> str:
        kind = row["kind"] if row["kind"] in ("step_rate", "win_rate", "time_in_stage") else "other"
        if kind == "time_in_stage" and row["observed"] != row["observed"]:
            kind = "time_unended"  # fewer than half have left: there is no median
        parts = [
            say(
                f"diagnose.act_{kind}",
                where=self.label(row),
                observed=self._value(row, row["observed"]),
                expected=self._value(row, row["expected"]),
                n=int(row["n"]),
            )
        ]
        if row["since"] is not None and row["since"] == row["since"]:
            parts.append(say("diagnose.since", since=row["since"]))
        if row["amount_at_stake"] == row["amount_at_stake"]:
            late = "late" if row["kind"] == "time_in_stage" else "stake"
            parts.append(say(f"diagnose.{late}", amount=row["amount_at_stake"]))
        return sentences(parts)

    def label(self, row: dict[Any, Any] | pd.Series[Any]) -> str:
        """Name a row: its segment, its stage, what was measured."""
        parts = []
        if row["column"] is not None and row["column"] == row["column"]:
            parts.append(f"{column_label(row['column'], self.room)} {row['group']}")
        if row["stage"] is not None and row["stage"] == row["stage"]:
            parts.append(self.process.label(row["stage"]))
        parts.append(self._kind(row["kind"]))
        return " · ".join(parts)

    def _kind(self, kind: str) -> str:
        if kind in ("step_rate", "win_rate", "time_in_stage"):
            return say(f"diagnose.kind_{kind}")
        return say(f"signatures.signature_{kind}")

    @staticmethod
    def _value(row: dict[Any, Any] | pd.Series[Any], value: float) -> str:
        return number(value, 0) if row["kind"] == "time_in_stage" else percent(value, 1)

    def shown(self, *drawn: str) -> Table:
        """Return the table for people: shares in per cent, times in days."""
        late = self.table["kind"] == "time_in_stage"
        units = [Days(0) if row else RATE for row in late]
        measured = ("observed", "expected", "low", "high")
        return super().shown(*drawn).each(dict.fromkeys(measured, units))

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw what stands out: each rate with its interval beside its expectation."""
        from funnelkit.charts.rates import rates

        table = self.table[self.table["kind"] != "time_in_stage"]
        table = table[table["observed"].notna() & (table["verdict"] != "too_little_data")]
        table = table.sort_values("adjusted_p", kind="stable").head(_MOST_DRAWN)
        labels, told = [], []
        for row in table.to_dict("records"):
            label, expected = self.label(row), row["expected"]
            labels.append(say("diagnose.chart_expected", label=label, expected=percent(expected)))
            written = {"observed": percent(row["observed"], 1), "expected": percent(expected, 1)}
            told.append(say("diagnose.chart_row", label=label, n=row["n"], **written))
        frame = table[["n", "low", "high"]].assign(
            label=labels, rate=table["observed"], mark=table["verdict"] == "act"
        )
        around = self._around(
            ax,
            say("diagnose.chart_note"),
            alt=say("diagnose.chart_alt", n=len(told), rows="; ".join(told)),
        )
        none = "" if frame["mark"].any() else "_none"
        around["title"] = say(f"diagnose.chart_title{none}")
        headings = (column_label("n", self.room), column_label("observed", self.room))
        return rates(frame, headings=headings, **around)


def diagnose(
    p: Pipeline,
    by: str | Iterable[str] | None = None,
    *,
    against: str = "rest",
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
    alpha: float = 0.05,
    looks: str | int = "once",
    signatures: Any = (),
) -> Diagnosis:
    """Find where the funnel lies clearly below its expectation.

    Parameters
    ----------
    by : str or list of str, optional
        Columns whose groups are judged; owner, region and source as far as the source has them.
    against : {"rest", "past", "target"}
        *rest*: every group against all the others at the same stage over the same months.
        *past*: every group, and all deals together, against its own months before. *target*:
        against the step rate and median days of the process sheet.
    since, until : date, optional
        Deals created in [since, until).
    alpha : float
        Chance of one or more false "act" in a pipeline in which nothing is amiss.
    looks : {"once", "quarterly", "monthly", "weekly", "daily"} or int
        How often the diagnosis is asked for. When it is more than once, ``alpha`` is the chance
        of a false "act" at any look of a year.
    signatures : "all", list of ids, or a frame of rows, optional
        Failure patterns whose rows join the same family of comparisons.

    Returns
    -------
    Diagnosis
        ``table``: ``kind`` (step_rate, win_rate for the last step, time_in_stage, or the id of
        a signature), ``stage, column, group, since, observed, expected, n, low, high, p_value,
        adjusted_p, verdict`` (act, watch, too_little_data, as_expected), ``amount_at_stake``,
        ``visible_since``; what to act on first, the most money first. Times are median days.

    Raises
    ------
    FunnelkitError
        No stage history or no closing dates; no such segment; a sheet without targets.

    Notes
    -----
    Deals that are still in a stage are not failures: a rate counts the deals that came at
    least one window ago, where the window is the days within which nine of ten moves on have
    happened (Aalen and Johansen's curve). Rates are tested exactly, month block by month block;
    times with Peto and Peto's censored scores within months. One-sided: only what lies below
    asks for action. Every pair of segment and stage is one question, looked at over the whole
    time and over its last 3 to 48 months; all of them are one family, see
    :func:`funnelkit.stats.exact_tests.adjust_family`.

    Sellers differ, and that is no alarm. Where the source knows them, a group lies low only when
    it lies lower than sellers of this team usually do: their spread is estimated stage by stage
    (:func:`funnelkit.stats.ordinary.spread_between`, additive as in D. J. Spiegelhalter 2005,
    Statistics in Medicine 24, 1185-1202), with its own uncertainty, and a group is the sellers
    it consists of. Of a stretch, each seller's own months before are taken into account. Against
    the own past and against a target the months take the sellers' place.

    Examples
    --------
    >>> from funnelkit.data.library import load
    >>> result = diagnose(load("industrial"), by="region")
    >>> set(result.table["kind"]) <= {"step_rate", "win_rate", "time_in_stage"}
    True
    """
    choose(against, AGAINST, "against")
    if not 0 < alpha < 1:
        raise FunnelkitError("diagnose.alpha", found=alpha)
    times = looks_a_year(looks)
    p.need("stage_history", "outcome", "closed_at", what="diagnose")
    columns = _columns(p, by)
    start, end = period(since, until)
    if start is not None or end is not None:
        p.need("created_at", what="since/until")
    cells = count_cells(p, tuple(columns), start, end)
    amounts = won_amounts(p, tuple(columns)) if p.has("amount") else {}
    if amounts:
        single_currency(p)
    rates, medians = _targets(p) if against == "target" else ({}, {})
    more = _signature_rows(p, signatures)
    with threadpool_limits(1, "blas"):  # so small products that threads only wait for each other
        judged = judge(p, cells, columns, against, alpha, amounts, rates, medians, more, times)
    left_out = [
        *outside(p.deals, "created_at", start, end),
        ("no_stage", cells.unplaced),
        ("close_undated", cells.undated),
        ("ends_before_start", cells.backwards),
        ("diagnose.young", cells.young),
    ]
    windows = tuple((s, cells.windows[k]) for k, s in enumerate(p.process.open_ids))
    return Diagnosis(
        judged.table, make_scope(p, _used(cells), left_out, start, end), p.process,
        tuple(columns), (("against", against), ("alpha", alpha), ("looks", times)), p.synthetic,
        judged, windows,
    )  # fmt: skip


def looks_a_year(looks: str | int) -> int:
    """Return how many looks a year a plan means, or refuse it."""
    if isinstance(looks, str):
        return LOOKS[choose(looks, tuple(LOOKS), "looks")]
    if looks < 1:
        raise FunnelkitError("diagnose.few_looks", found=looks)
    return int(looks)


def _used(cells: Cells) -> int:
    whole = cells.table[cells.table["column"] == WHOLE]
    return int(whole.loc[whole["stage"] == 0, "n"].sum())


def _columns(p: Pipeline, by: str | Iterable[str] | None) -> list[str]:
    if by is None:
        found = [c for c in SEGMENTS if p.has(c)]
        if not found:
            raise FunnelkitError("diagnose.no_segment", wanted=SEGMENTS, allowed=p.attributes)
        return found
    own = ("came", "went", "exit", "place", "month", "followed", "stayed", "old", "group")
    columns = group_columns(p, [by] if isinstance(by, str) else list(by), *own, "outcome", "stage")
    missing = [c for c in columns if not p.has(c) and c in ("owner", "region", "source")]
    if missing:
        p.need(*missing, what="diagnose")
    return columns


def _targets(p: Pipeline) -> tuple[dict[int, float], dict[int, float]]:
    rates, medians = {}, {}
    for k, stage in enumerate(p.process.open_ids):
        target = next(s for s in p.process.stages if s.id == stage).target
        if target is not None and target.step_rate is not None:
            rates[k] = float(target.step_rate)
        if target is not None and target.median_days is not None:
            medians[k] = float(target.median_days)
    if not rates and not medians:
        raise FunnelkitError("diagnose.no_targets", process=str(p.process.name))
    return rates, medians


def _signature_rows(p: Pipeline, wanted: Any) -> pd.DataFrame:
    """Return the rows of the failure patterns asked for."""
    if isinstance(wanted, pd.DataFrame):
        return wanted
    if wanted is None or (not isinstance(wanted, str) and len(list(wanted)) == 0):
        return pd.DataFrame()
    from funnelkit.measures.signatures import SIGNATURES
    from funnelkit.measures.signatures import signatures as find

    if isinstance(wanted, str) and wanted == "all":
        every: pd.DataFrame = find(p).table
        return every
    ids = [wanted] if isinstance(wanted, str) else wanted
    names = [str(getattr(s, "id", s)) for s in ids]
    for name in names:
        if name not in SIGNATURES:
            raise FunnelkitError(
                "measures.unknown_option", name="signatures", found=name,
                allowed=nearest(name, list(SIGNATURES)),
            )  # fmt: skip
    table: pd.DataFrame = find(p, only=names).table
    return table


__all__ = ["AGAINST", "LOOKS", "NO_GROUP", "Diagnosis", "diagnose", "looks_a_year"]
