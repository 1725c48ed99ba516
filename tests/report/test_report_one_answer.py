"""What open deals bring in a period and how many new ones it takes: one answer on every surface."""

from __future__ import annotations

import pytest

import funnelkit as fk
from funnelkit.apps import find_app
from funnelkit.apps.app import open_app
from funnelkit.apps.forecast import Base
from funnelkit.data.pipeline import Pipeline
from funnelkit.planning import Forecast, TargetPlan, plan_target
from funnelkit.planning.forecasting import forecast
from funnelkit.planning.forecasting.scenario import Scenarios
from funnelkit.report.pages.course import open_course
from funnelkit.report.pages.forecast import open_outlook
from funnelkit.report.pages.regional_plan import open_regional
from funnelkit.report.pages.sections.lessons_1_to_6 import coming

LAST, UNTIL, TARGET = "2026-09-30", "2026-10-01", 2_500_000.0
PARTS = ("won_so_far", "open_deals", "not_yet_created", "total")


@pytest.fixture(scope="module")
def p() -> Pipeline:
    return fk.load("industrial")


@pytest.fixture(scope="module")
def said(p: Pipeline) -> list[float]:
    means = forecast(p, LAST).table.set_index("part")["mean_amount"]
    return [float(means[part]) for part in PARTS]


def parts(found: Forecast) -> list[float]:
    means = found.table.set_index("part")["mean_amount"]
    return [float(means[part]) for part in PARTS]


def of_plan(plan: TargetPlan) -> list[float]:
    o = plan.outlook
    return [o.booked, o.open_in_period, o.new_in_period, o.expected]


def test_what_the_quarter_brings_is_said_alike_everywhere(p: Pipeline, said: list[float]) -> None:
    asked = {"data": "industrial", "lang": "en"}
    outlook = open_outlook(asked | {"target": TARGET, "draws": 700, "seed": 3})
    regional = open_regional(
        asked | {"target": TARGET, "plan_since": "2026-07-01", "plan_until": UNTIL}
    )
    app = open_app(find_app("forecast"), p)
    assert isinstance(app.base, Base)
    answers = {
        "plan": of_plan(plan_target(p, TARGET, UNTIL)),
        "other draws": of_plan(plan_target(p, TARGET, UNTIL, draws=500, seed=9)),
        "by region": [
            float(forecast(p, LAST, by=["region", "owner"], draws=300)
                  .table.query("part == @part")["mean_amount"].sum()) for part in PARTS
        ],
        "what-if": parts(Scenarios.of(p).ask(LAST, draws=300)),
        "forecast report": parts(outlook.forecast()),
        "its plan": of_plan(outlook.plan()),
        "regional report": of_plan(regional.plan),
        "forecast app": parts(app.base.scenarios.ask(LAST, "simulation", draws=200)),
        "course report": parts(coming(open_course(asked))),
    }  # fmt: skip
    for name, found in answers.items():
        assert found == pytest.approx(said, rel=1e-9), name


def test_new_deals_needed_for_a_period_are_said_alike_everywhere(p: Pipeline) -> None:
    asked = {"data": "industrial", "lang": "en", "target": TARGET}
    needed = plan_target(p, TARGET, UNTIL).new_deals_in_period
    outlook = open_outlook(asked | {"draws": 400}).plan()
    regional = open_regional(asked | {"plan_since": "2026-07-01", "plan_until": UNTIL})
    facts = {f.key: f for f in regional.facts()}
    assert needed > 0
    assert outlook.new_deals_in_period == facts["new_deals"].value == needed
    # by hand: what is missing, over what one new deal brings in time
    o = outlook.outlook
    each = o.new_in_period / o.new_deals
    assert (needed - 1) * each < TARGET - o.booked - o.open_in_period <= needed * each


def test_children_add_up_to_their_parent_level_by_level(p: Pipeline) -> None:
    for method in ("simulation", "stage", "pacing", "naive"):
        columns = ["mean_amount", "deals"]
        whole = forecast(p, LAST, method, draws=200).table.set_index("part").loc["total", columns]
        one = forecast(p, LAST, method, by="region", draws=200)
        two = forecast(p, LAST, method, by=["region", "owner"], draws=200)
        regions, owners = (f.table[f.table["part"] == "total"] for f in (one, two))
        assert regions[columns].sum().tolist() == pytest.approx(whole.tolist())
        sums = owners.groupby("region")[columns].sum()
        for column in columns:
            assert sums[column].tolist() == pytest.approx(regions[column].tolist())
        # the total's chances are those of the whole, whatever it is cut by
        assert one.distribution is not None
        assert one.distribution.mean == pytest.approx(whole["mean_amount"])


def test_customers_are_told_alike_by_plan_and_course() -> None:
    asked = {"data": "industrial", "lang": "en"}
    course = open_course(asked | {"lessons": ["L08"]})
    plan = repr(open_regional(asked).customers())
    told = [t for t in repr(course.lesson(8)).splitlines() if t.startswith(("Customers:", "104 "))]
    assert len(told) == 2
    assert all(text in plan for text in told)
