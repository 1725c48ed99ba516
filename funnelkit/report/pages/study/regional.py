"""What the regional plan works out: what is aimed at, the plan behind it, the territories."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.errors import FunnelkitError
from funnelkit.measures.winning import single_currency
from funnelkit.report.pages.study.base import Study

if TYPE_CHECKING:
    from funnelkit.planning import TargetPlan


YEAR = dt.timedelta(days=365)


_NO_POTENTIAL = (
    "pipeline.missing", "territory.missing_column", "territory.no_total", "regional.no_potential",
)  # fmt: skip


@dataclass(frozen=True)
class Goal:
    """What is aimed at: the amount of this part, and of the whole it is a part of."""

    amount: float
    whole: float
    since: dt.date
    until: dt.date
    source: str


@dataclass(frozen=True, eq=False)
class RegionalStudy(Study):
    """A target for a period, and the territories it has to come from."""

    @property
    def period(self) -> dict[str, str | None]:
        """The measures look at everything; the plan's own period lies ahead."""
        return {"since": None, "until": None}

    @property
    def territory_column(self) -> str:
        """The column whose values are the territories."""
        return str((self.parameters["by"] or ["region"])[0])

    @property
    def territory(self) -> str:
        """What the parts a target is shared out to are called."""
        return " / ".join(self.parameters["where"]) or self.territory_column

    @cached_property
    def currency(self) -> str:
        """The currency of all amounts."""
        return single_currency(self.pipeline) or self.pipeline.process.currency

    @cached_property
    def goal(self) -> Goal:
        """What is aimed at."""
        return goal_of(self)

    @cached_property
    def _plan(self) -> TargetPlan | FunnelkitError:
        try:
            return plan_of(self)
        except FunnelkitError as problem:  # five sections ask: the answer is the same
            return problem

    @property
    def plan(self) -> TargetPlan:
        """The target with all that follows from it, computed once."""
        if isinstance(self._plan, FunnelkitError):
            raise self._plan
        plan = self._plan
        for name in ("stages", "dates", "decomposition", "levels", "season", "capacity",
                     "coverage", "gap"):  # fmt: skip
            if (part := getattr(plan, name)) is not None:
                self.results[f"plan.{name}"] = part
        self.results["plan"] = plan
        return plan

    @property
    def territories(self) -> Any:
        """Potential and penetration of all territories."""
        return self.kept("territories", lambda: territories_of(self))

    def allocation(self, total: float) -> Any:
        """A total shared out over the territories."""
        return self.kept("allocation", lambda: allocation_of(self, total))

    def potential(self) -> dict[str, float] | None:
        """Return the potential of every territory, where all that sold have one."""
        try:
            table = self.territories.table
        except FunnelkitError:
            return None
        sold = table[table["sales_amount"] > 0]
        known = dict(zip(sold[self.territory_column], sold["potential_amount"], strict=True))
        return known if all(v > 0 for v in known.values()) else None


def goal_of(report: RegionalStudy) -> Goal:
    """Return the target: as given, else of the data's own table, else of the last year's wins.

    A part of the pipeline gets its share of the whole, by history and potential, in units that
    add up over all parts.
    """
    values = report.parameters
    since = _day(values["plan_since"]) or report.whole.as_of.date() + dt.timedelta(days=1)
    until = _day(values["plan_until"]) or (pd.Timestamp(since) + pd.DateOffset(years=1)).date()
    if until <= since:
        raise FunnelkitError("regional.empty_plan", since=since, until=until)
    unit = float(values["unit"])
    if values["target"] > 0:
        whole, source = float(values["target"]), "given"
    else:
        rows = _own_targets(report, since, until)
        if rows is not None:
            own = rows
            for column, value in values["where"].items():
                own = own[own[column].astype(str) == str(value)] if column in own else own
            whole, part = float(rows["amount"].sum()), float(own["amount"].sum())
            if all(column in rows for column in values["where"]) and part > 0:
                return Goal(part, whole, since, until, "table")
            source = "table"
        else:
            whole, source = _last_year(report, since, until), "last_year"
            whole = round(whole / unit) * unit
    if not values["where"]:
        return Goal(whole, whole, since, until, source)
    shared = report.allocation(whole).table.set_index(report.territory)["allotted"]
    name = " · ".join(str(v) for v in values["where"].values())
    return Goal(float(shared.get(name, 0.0)), whole, since, until, source)


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _own_targets(report: RegionalStudy, since: dt.date, until: dt.date) -> pd.DataFrame | None:
    """Return the data's own targets of the level ``plan`` where they hold every whole month."""
    from funnelkit.planning.targets.basis import months_between

    if "targets" not in report.whole.tables or since.day != 1 or until.day != 1:
        return None
    rows = report.whole.tables["targets"].to_pandas()
    if "level" in rows:
        rows = rows[rows["level"] == "plan"]
    months = months_between(since, until)
    rows = rows[rows["period"].isin(months)]
    whole = set(rows["period"]) == set(months) and rows["amount"].sum() > 0
    return rows if whole else None


def _last_year(report: RegionalStudy, since: dt.date, until: dt.date) -> float:
    """Return what was won in the last year, with the growth asked for, for as many days."""
    from funnelkit.planning.market.plain import won_by

    p = report.whole
    won, _, _ = won_by(p, report.territory_column, p.as_of - YEAR, None, "regional-plan")
    amount = float(won["amount"].sum())
    if not amount > 0:
        raise FunnelkitError("regional.no_target")
    growth = float(report.parameters["growth"])
    return amount * (1 + growth) * (until - since).days / 365


def plan_of(report: RegionalStudy) -> TargetPlan:
    """Return the target with all that follows from it."""
    from funnelkit.planning import plan_target

    goal, values = report.goal, report.parameters
    by = [c for c in values["by"] if c not in values["where"] and report.pipeline.has(c)]
    potential = report.potential() if by and by[0] == report.territory_column else None
    spring = values["spring"]
    return plan_target(
        report.pipeline,
        goal.amount,
        goal.until,
        goal.since,
        by=by,
        potential=potential,
        weight=1 - values["potential_weight"],
        unit=float(values["unit"]),
        spring=None if spring == "auto" else spring,
        sellers=values["sellers"] or None,
        hires=_hires(values["hires"]),
        attainment=values["attainment"],
    )


def _hires(given: dict[str, str]) -> dict[int, int]:
    try:
        return {int(month): int(n) for month, n in given.items()}
    except ValueError:
        raise FunnelkitError("regional.bad_hires", found=given) from None


def end_of(p: Any) -> dt.datetime:
    """Return the first moment after the data."""
    return dt.datetime.combine(p.as_of.date() + dt.timedelta(days=1), dt.time())


def territories_of(report: RegionalStudy) -> Any:
    """Return potential and penetration of all territories, by the sales of the last year."""
    from funnelkit.planning import territories

    whole, column = report.whole, report.territory_column
    found = territories(p=whole, by=column, since=whole.as_of - YEAR, until=end_of(whole))
    if not found.table["potential_amount"].sum():
        raise FunnelkitError("regional.no_potential")
    return found


def allocation_of(report: RegionalStudy, total: float) -> Any:
    """Share a total out over the territories, by history and (where known) potential."""
    from funnelkit.planning import allocate
    from funnelkit.planning.market.plain import won_by

    columns = list(report.parameters["where"]) or [report.territory_column]
    unit = float(report.parameters["unit"])
    weight = 0.0
    if columns == [report.territory_column]:
        try:
            table = report.territories.table
            frame = pd.DataFrame(
                {
                    report.territory: table[report.territory_column],
                    "history": table["sales_amount"],
                    "potential": table["potential_amount"],
                }
            )
            weight = float(report.parameters["potential_weight"])
            return allocate(total, frame, by=report.territory, weight=weight, unit=unit)
        except FunnelkitError as problem:
            if problem.key not in _NO_POTENTIAL:
                raise
    won, _, _ = won_by(report.whole, columns[0], report.whole.as_of - YEAR, None, "regional-plan")
    if len(columns) > 1:
        won = _joined(report, columns)
    won["name"] = won[columns[0]].astype(str) if len(columns) == 1 else won["name"]
    sums = won.groupby("name", sort=True)["amount"].sum()
    frame = pd.DataFrame(
        {report.territory: sums.index, "history": sums.to_numpy(), "potential": sums.to_numpy()}
    )
    return allocate(total, frame, by=report.territory, weight=0.0, unit=unit)


def _joined(report: RegionalStudy, columns: list[str]) -> pd.DataFrame:
    """Return last year's wins, each under the names of its parts together."""
    p = report.whole
    frame = p.frame()
    since = pd.Timestamp(p.as_of - YEAR)
    won = frame[(frame["outcome"] == "won") & (frame["closed_at"] >= since)]
    won = won.dropna(subset=["amount"])
    names = won[columns].astype(str).agg(" · ".join, axis=1)
    return pd.DataFrame({"name": names, "amount": won["amount"]})
