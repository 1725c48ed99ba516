"""The measures' definitions as data: what docs, tools and the command line are made from.

Name, definition and denominator are the words of the result itself; formula and source stand in
``words/catalogue/definitions.yaml``.
"""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

import pandas as pd

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.columns import UNITS, Named
from funnelkit.measures.result import Result
from funnelkit.measures.scope import Scope
from funnelkit.process import Process, load_process
from funnelkit.show.column import COUNT, DATE, DAYS, RATE, SHARE, Money, PercentagePoints, Unit
from funnelkit.words import say
from funnelkit.words.language import LANGUAGES, speaking
from funnelkit.words.texts import texts

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Measure:
    """A measure that can be asked: the function, its result, and the options of an example.

    Attributes
    ----------
    id : str
        Its name here; variants of one function have one each.
    call : str
        The function, as it is called: ``fk.<call>(p, ...)``.
    result : str
        The class of its result, ``<module>.<Class>`` under ``funnelkit``.
    main : str
        The column of the table that is the measure; the others tell what it is made of.
    fixed : mapping
        The options that make the variant.
    said : mapping
        What the definition's words are filled with where data would tell.
    example : tuple
        Arguments of a run on bundled data, as they are written.
    data : str
        The bundled set of that run.
    """

    id: str
    call: str
    result: str
    main: str
    fixed: Mapping[str, Any] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict)
    example: tuple[str, ...] = ()
    data: str = "industrial"

    @property
    def function(self) -> Any:
        """The function itself."""
        import funnelkit as fk

        found: Any = fk
        for name in self.call.split("."):
            found = getattr(found, name)
        return found

    @property
    def options(self) -> tuple[str, ...]:
        """What the function can be asked, beside the pipeline."""
        return tuple(inspect.signature(self.function).parameters)[1:]

    @property
    def kind(self) -> type[Result]:
        """The class of the result."""
        module, _, name = self.result.rpartition(".")
        found: type[Result] = getattr(import_module(f"funnelkit.{module}"), name)
        return found

    @property
    def unit(self) -> Unit:
        """The unit of the main column."""
        found = None
        for kind in self.kind.__mro__:
            found = found or vars(kind).get("units", {}).get(self.main)
        found = found or UNITS[self.main]
        return found.unit if isinstance(found, Named) else found

    @property
    def example_call(self) -> str:
        """A run on the bundled data, as it is written."""
        fixed = [f"{k}={v!r}" for k, v in self.fixed.items()]
        return f"fk.{self.call}({', '.join(['p', *self.example, *fixed])})"

    def bare(self) -> Result:
        """Return the result of nobody's data, for its words."""
        empty = Scope(0, (), dt.datetime(2026, 1, 1))
        options = tuple({**self.said, **self.fixed}.items())
        return self.kind(pd.DataFrame(), empty, _process(), (), options)


@cache
def _process() -> Process:
    return load_process(None).model_copy(update={"deals_from": None})


def _funnel(rule: str) -> Measure:
    return Measure(f"funnel_{rule}" if rule != "reached" else "funnel", "funnel",
                   "measures.Funnel", "step_rate", {"rule": rule})  # fmt: skip


def _trend(measure: str) -> Measure:
    said = {"every": "month", "resolved": 0.9, "stage": None}
    fixed = {"measure": measure}
    if measure == "step_rate":
        fixed["stage"] = "proposal"
    return Measure(f"trend_{measure}", "measures.trend", "measures.Trend", "rate", fixed, said)


_CURVE = {"to": "won", "start": "created"}
_QUARTER = ("'2025-10-01'", "'2026-01-01'")
_TWO = ("('2025-01-01', '2025-07-01')", "('2025-07-01', '2026-01-01')", "'region'")
_FORECAST = {"method": "simulation", "of": "amount", "through": None}

#: Every measure, in the order it is shown.
MEASURES: Mapping[str, Measure] = {
    m.id: m
    for m in (
        *(_funnel(r) for r in ("reached", "touched", "strict", "direct", "backfilled")),
        Measure(
            "counting_rules", "counting_rules", "measures.CountingRules", "step_rate"
        ),
        *(
            Measure(f"win_rate_{of}", "win_rate", "measures.WinRate", "rate", {"of": of})
            for of in ("closed", "created", "value")
        ),
        Measure("stage_win_rate", "stage_win_rate", "measures.StageWinRate", "rate"),
        *(
            Measure(
                f"time_in_stage_{v}", "time_in_stage", "measures.TimeInStage",
                "median_days", {"visit": v},
            )
            for v in ("first", "last", "cumulative")
        ),
        Measure("sales_cycle", "sales_cycle", "measures.SalesCycle", "median_days"),
        Measure("time_to_reach", "time_to_reach", "measures.TimeToReach", "median_days"),
        Measure("velocity", "velocity", "measures.Velocity", "amount_per_day"),
        Measure("payments", "payments", "measures.Payments", "amount", data="equipment-zh"),
        Measure("bookings", "bookings", "measures.Bookings", "amount", data="equipment-zh"),
        Measure(
            "conversion_curve", "conversion_curve", "measures.ConversionCurve", "won",
            said=_CURVE,
        ),
        Measure(
            "conversion_window", "conversion_window", "measures.ConversionWindow", "rate",
            said={"days": 90, **_CURVE}, example=("90",),
        ),
        Measure(
            "cohorts", "cohorts", "measures.Cohorts", "rate", said={"every": "month"},
            example=("'quarter'",),
        ),
        Measure("snapshot", "snapshot", "measures.Snapshot", "deals"),
        Measure("in_out", "in_out", "measures.InOut", "inflow", example=_QUARTER),
        Measure("stage_pairs", "stage_pairs", "measures.StagePairs", "rate"),
        Measure("skips", "skips", "measures.Skips", "skip_rate"),
        Measure("returns", "returns", "measures.Returns", "return_rate"),
        Measure(
            "movement", "movement", "measures.Movement", "amount",
            said={"due": None, "fields": True}, example=("'2025-12-31'", "'2026-03-31'"),
        ),
        *(
            Measure(
                "compare" if of == "closed" else f"compare_{of}", "compare",
                "measures.Comparison", "rate_effect", {"of": of}, {"days": 90}, _TWO,
            )
            for of in ("closed", "created", "proposal")
        ),
        *(_trend(m) for m in ("win_rate", "won_share", "value_rate", "step_rate")),
        Measure("push_rate", "measures.push_rate", "measures.PushRate", "rate"),
        Measure(
            "slippage", "measures.slippage", "measures.Slippage", "amount_rate",
            example=_QUARTER,
        ),
        Measure(
            "close_date_hygiene", "measures.close_date_hygiene",
            "measures.CloseDateHygiene", "share",
        ),
        Measure(
            "category_accuracy", "measures.category_accuracy",
            "measures.CategoryAccuracy", "rate", said={"every": "quarter", "n": 4},
        ),
        Measure(
            "category_transitions", "measures.category_transitions",
            "measures.CategoryTransitions", "deals", said={"recorded": True},
            example=("'2025-12-31'", "'2026-03-31'"),
        ),
        Measure(
            "diagnose", "diagnose", "measures.Diagnosis", "amount_at_stake",
            said={"against": "rest", "alpha": 0.05, "looks": 1}, example=("'region'",),
        ),
        Measure(
            "drift", "drift", "measures.Drift", "rate",
            said={"of": "win_rate", "every": "month", "false_alarm": 0.005, "window": 90,
                  "share": 0.9},
        ),
        Measure(
            "checkpoints", "checkpoints", "control.checkpoint_result.Checkpoints", "days",
            said={"open": 0, "closed": 0, "closed_days": 90, "closing": []},
        ),
        Measure(
            "forecast", "forecast", "planning.forecasting.forecast.Forecast", "p50_amount",
            said=_FORECAST, example=("'2026-09-30'",),
        ),
        Measure(
            "backtest", "backtest", "planning.forecasting.backtest.Backtest", "wape",
            said={"of": "amount", "every": "quarter", "horizon": "quarter"},
            example=("['simulation', 'weighted']", "origins=4"),
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Definition:
    """One measure in words, in one language.

    Attributes
    ----------
    id, call : str
        Its name, and how it is asked.
    title, definition, denominator, formula, unit, source : str
        ``source`` is where formula and interval are published; "" for plain counting.
    """

    id: str
    call: str
    title: str
    definition: str
    denominator: str
    formula: str
    unit: str
    source: str


def measure(name: str) -> Measure:
    """Return a measure by its name.

    Raises
    ------
    FunnelkitError
        There is none; the nearest are named.

    Examples
    --------
    >>> measure("win_rate_closed").call
    'win_rate'
    """
    if name not in MEASURES:
        raise FunnelkitError("answers.unknown_measure", found=name, allowed=nearest(name, MEASURES))
    return MEASURES[name]


def definition(name: str) -> Definition:
    """Return the definition of a measure in the current language.

    Examples
    --------
    >>> definition("win_rate_closed").formula
    'won / (won + lost + no decision)'
    """
    m, said = measure(name), texts("definitions")
    bare = m.bare()

    def own(what: str) -> str:
        """Return the variant's own words, or those of all variants of the function."""
        for stem in (m.id, m.call.rpartition(".")[2]):
            if f"{stem}_{what}" in said:
                return say(f"definitions.{stem}_{what}")
        return ""

    return Definition(
        m.id,
        m.example_call,
        bare.title,
        bare.definition,
        own("denominator") or bare.denominator,
        own("formula"),
        say(f"definitions.unit_{unit_name(m.unit)}"),
        own("source"),
    )


def unit_name(unit: Unit) -> str:
    """Return what a unit is called: share, points, days, money, date, count or number."""
    if unit in (RATE, SHARE):
        return "share"
    if isinstance(unit, PercentagePoints):
        return "points"
    if isinstance(unit, Money):
        return "money"
    return {DAYS: "days", DATE: "date", COUNT: "count"}.get(unit, "number")


def as_data() -> list[dict[str, Any]]:
    """Return every definition in both languages, as plain values.

    Examples
    --------
    >>> as_data()[0]["en"]["title"]
    'Funnel'
    """
    rows = []
    for name, m in MEASURES.items():
        row: dict[str, Any] = {"id": name, "call": m.example_call, "options": list(m.options)}
        row |= {"column": m.main, "unit": unit_name(m.unit)}
        for lang in LANGUAGES:
            with speaking(lang):
                found = definition(name)
            words = ("title", "definition", "denominator", "formula", "unit", "source")
            row[lang] = {w: getattr(found, w) for w in words}
        rows.append(row)
    return rows


__all__ = ["MEASURES", "Definition", "Measure", "as_data", "definition", "measure", "unit_name"]
