"""What the forecast report works out: distribution, target, plan, backtest, deals it hangs on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from funnelkit.errors import FunnelkitError
from funnelkit.measures.fiscal import next_quarter
from funnelkit.planning import Backtest, Forecast, TargetPlan, backtest, forecast, plan_target
from funnelkit.planning.forecasting.swing import SwingDeals, swing_deals
from funnelkit.report.pages.study.base import Study
from funnelkit.report.pages.study.forecast_goal import Goal, goal_of

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, eq=False)
class OutlookStudy(Study):
    """What a period may bring, by every method, beside its target and the past."""

    @property
    def period(self) -> dict[str, str | None]:
        """The past is looked at as a whole: the dates of this report lie ahead."""
        return {}

    @cached_property
    def days(self) -> tuple[dt.date, dt.date]:
        """First and last day of the period: the quarter that runs, or begins tomorrow."""
        begins, ends = next_quarter(self.pipeline.as_of.date(), self.pipeline.process.calendar)
        first, last = (self.parameters[k] for k in ("since", "through"))
        return (
            dt.date.fromisoformat(first) if first else begins,
            dt.date.fromisoformat(last) if last else ends,
        )

    @property
    def method(self) -> str:
        """The method of the report's own forecast."""
        return str(self.parameters["method"])

    @property
    def methods(self) -> list[str]:
        """Every method to put beside it, the report's own first."""
        return list(dict.fromkeys([self.method, *self.parameters["methods"]]))

    def forecast(self, method: str = "") -> Forecast:
        """Return the forecast of a method (the report's own if not named)."""
        name = method or self.method
        first, last = self.days
        found: Forecast = self.kept(
            f"forecast {name}",
            lambda: forecast(
                self.pipeline, last, name, since=first,
                draws=self.parameters["draws"], seed=self.parameters["seed"],
            ),
        )  # fmt: skip
        return found

    def backtest(self) -> Backtest:
        """Return how well each method said it before, over periods of the same length."""
        first, last = self.days
        months = round((last - first).days / 30.4375)
        horizon = "month" if months <= 1 else "quarter" if months <= 4 else "half"
        try:
            found: Backtest = self.kept(
                "backtest",
                lambda: backtest(
                    self.pipeline, self.methods, self.parameters["every"],
                    "year" if months > 8 else horizon, self.parameters["origins"],
                    draws=min(self.parameters["draws"], 2000), seed=self.parameters["seed"],
                ),
            )  # fmt: skip
        except FunnelkitError as problem:
            if problem.key != "forecast.no_origin":
                raise
            raise FunnelkitError("outlook.no_origin") from None
        return found

    @cached_property
    def _goal(self) -> Goal | FunnelkitError:
        given = self.parameters
        try:
            return goal_of(self.whole, given["target"], given["level"], given["where"], *self.days)
        except FunnelkitError as problem:
            return problem

    @property
    def goal(self) -> Goal:
        """The target; refuses where there is none."""
        if isinstance(self._goal, FunnelkitError):
            raise self._goal
        return self._goal

    def plan(self) -> TargetPlan:
        """Return what the target asks for, by the report's own forecast."""
        goal, (first, last) = self.goal, self.days
        found: TargetPlan = self.kept(
            "plan",
            lambda: plan_target(
                self.pipeline,
                goal.amount,
                last + _DAY,
                first,
                forecast=self.forecast(),
            ),
        )
        return found

    def swing(self) -> SwingDeals:
        """Return the open deals the period hangs on."""
        first, last = self.days
        found: SwingDeals = self.kept(
            "swing",
            lambda: swing_deals(self.pipeline, last, self.method, since=first),
        )
        return found
