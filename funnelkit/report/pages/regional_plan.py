"""The regional plan: a target, the market it has to come from, and where the two do not meet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from funnelkit.errors import FunnelkitError
from funnelkit.report.blocks import figure
from funnelkit.report.pages.frame import Report, open_report, section
from funnelkit.report.pages.numbers import collected, facts_of
from funnelkit.report.pages.sections import market, plan_goal, positions
from funnelkit.report.pages.sections.plan_goal import goal_text
from funnelkit.report.pages.study.regional import RegionalStudy
from funnelkit.show.column import COUNT, RATE, Chance, Money
from funnelkit.words import money, say

if TYPE_CHECKING:
    from funnelkit.report.blocks import Fact


@dataclass(frozen=True, eq=False)
class RegionalPlan(RegionalStudy, Report):
    """A target for a period, broken down, checked, and set beside its market."""

    template: ClassVar[str] = "regional-plan"
    leads: ClassVar[Mapping[str, str]] = {
        "target": "target", "expected": "closes", "chance": "closes",
    }  # fmt: skip
    room: ClassVar[str] = "regional"

    def cover_lines(self) -> Iterable[str]:
        """The period of the plan."""
        try:
            goal = self.goal
        except FunnelkitError:
            return
        last = goal.until - dt.timedelta(days=1)
        yield say("regional.cover_period", since=goal.since, last=last)

    def facts(self) -> tuple[Fact, ...]:
        """The headline numbers."""
        return facts_of(self, _FACTS)

    def sentences(self) -> tuple[str, ...]:
        """Target, outlook, market, customers, rivals."""
        return collected(self, (_goal, _outlook, _market, _customers, _rivals))

    @section("target")
    def target(self) -> tuple[Any, ...]:
        """Who has to win how much in which month."""
        return plan_goal.target(self)

    @section("stages")
    def stages(self) -> tuple[Any, ...]:
        """What must be in which stage by when."""
        return plan_goal.stages(self)

    @section("closes")
    def closes(self) -> tuple[Any, ...]:
        """Where the plan does not close."""
        return plan_goal.closes(self)

    @section("territory")
    def territory_section(self) -> tuple[Any, ...]:
        """Potential, penetration, balance, allocation."""
        return market.territory(self)

    @section("grid")
    def grid(self) -> tuple[Any, ...]:
        """Growth and share."""
        return market.grid(self)

    @section("customers")
    def customers(self) -> tuple[Any, ...]:
        """Customer value and the hours it takes."""
        return market.customers(self)

    @section("rivals")
    def rivals(self) -> tuple[Any, ...]:
        """Win rates against each rival."""
        return market.rivals(self)

    @section("positions")
    def positions(self) -> tuple[Any, ...]:
        """Opening positions of the largest open deals."""
        return positions.positions(self)


def _goal(report: RegionalPlan) -> Iterator[str]:
    yield goal_text(report)


def _outlook(report: RegionalPlan) -> Iterator[str]:
    yield report.plan.summary()


def _market(report: RegionalPlan) -> Iterator[str]:
    table, own = report.territories.table, report.parameters["where"]
    if list(own) == [report.territory_column]:
        row = table[table[report.territory_column].astype(str) == str(*own.values())].iloc[0]
        yield say(
            "regional.market_part", part=report.subject, sales=row["sales_amount"],
            potential=row["potential_amount"], share=row["penetration_share"],
            whole=table["sales_amount"].sum() / table["potential_amount"].sum(),
        )  # fmt: skip
        return
    yield report.territories.summary()


def _customers(report: RegionalPlan) -> Iterator[str]:
    from funnelkit.planning import abc

    report.pipeline.need("account", what="abc")
    yield report.kept("abc", lambda: abc(report.pipeline)).summary()


def _rivals(report: RegionalPlan) -> Iterator[str]:
    found = market.rivals_of(report)
    if found.table["of"].sum() and found.latest()["enough"].any():
        yield found.summary()


def _expected(report: RegionalPlan) -> Fact:
    seen = report.plan.outlook
    low, high = seen.interval
    note = say("regional.fact_range", low=money(low), high=money(high))
    return figure(seen.expected, Money(currency=report.currency), note=note)


def _chance(report: RegionalPlan) -> Fact:
    plan = report.plan
    chance = float(dict(plan.options)["chance"])
    return figure(chance, Chance())


def _new_deals(report: RegionalPlan) -> Fact:
    plan = report.plan
    needed = plan.new_deals_in_period
    pace = say("regional.fact_pace", n=round(plan.outlook.new_deals))
    if needed == float("inf"):
        return figure(float("nan"), COUNT)
    return figure(needed, COUNT, note=pace)


def _penetration(report: RegionalPlan) -> Fact:
    table = report.territories.table
    own = report.parameters["where"].get(report.territory_column)
    if own is not None:
        table = table[table[report.territory_column].astype(str) == str(own)]
    sales, potential = (float(table[c].sum()) for c in ("sales_amount", "potential_amount"))
    if not potential:
        return figure(float("nan"), COUNT)
    note = say("regional.fact_of", potential=money(potential, report.currency))
    return figure(sales / potential, RATE, note=note)


_FACTS = {
    "target": plan_goal.target_fact, "expected": _expected, "chance": _chance,
    "new_deals": _new_deals, "penetration": _penetration,
}  # fmt: skip


def open_regional(parameters: dict[str, Any]) -> RegionalPlan:
    """Open the plan of the pipeline the parameters name.

    Examples
    --------
    >>> plan = open_regional({"data": "industrial", "lang": "en", "target": 6e6})
    >>> plan.goal.amount
    6000000.0
    """
    return open_report(RegionalPlan, parameters)
