"""What the cells of the lesson call: frames and what-ifs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from funnelkit.teach.bank.l08.regions import REGION_NAMES
from funnelkit.teach.source import words

W = words("L08")

PLAN = {"A": (24, 1.5), "B": (12, 1.0), "C": (4, 0.5)}


def last_year(p: Any) -> tuple[Any, Any]:
    """Return a pipeline with accounts, or practice data, and a year before its date."""
    from funnelkit.teach.practice import practice

    full = p if "accounts" in p.tables else practice("firm", 1)
    return full, (pd.Timestamp(full.as_of) - pd.DateOffset(years=1)).ceil("D").to_pydatetime()


def markets() -> pd.DataFrame:
    """Return four made-up markets, in millions."""
    names = [str(n) for n in REGION_NAMES]
    columns = {
        "market_before": [120, 90, 100, 80],
        "market_after": [124, 106, 118, 82],
        "own": [18, 15, 6, 5],
        "rival": [14, 12, 16, 9],
    }
    return pd.DataFrame({"region": names, **columns})


def next_target(territories: Any) -> tuple[float, pd.DataFrame]:
    """Return a tenth more than the year's sales, and what it is shared out by."""
    names = {"sales_amount": "history", "potential_amount": "potential"}
    frame = territories.table.rename(columns=names)[["region", "history", "potential"]]
    return round(float(frame["history"].sum()) * 1.1, -3), frame


def weights(p: Any) -> Any:
    """Show three yearly targets when the weight of the potential and the growth change."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel
    from funnelkit.planning import allocate, territories
    from funnelkit.words import money

    full, since = last_year(p)
    total, frame = next_target(territories(p=full, since=since))
    sliders = [
        Slider("weight", str(W["weight_of_the_potential"]), 0.0, 1.0, 0.1, 0.5),
        Slider("growth", str(W["growth_of_the_target_a"]), 0.0, 0.3, 0.05, 0.1),
    ]
    caption = W["targets_of_three_years_each"]
    head = [W["region"], W["sales_last_year"], W["year_1"], W["year_2"], W["year_3"]]

    def render(state: Mapping[str, float]) -> str:
        now, years = frame, [frame["history"]]
        goal = total / 1.1
        for _ in range(3):
            goal = round(goal * (1 + state["growth"]), -3)
            parts = allocate(goal, now, weight=state["weight"], unit=100).table["allotted"]
            now = now.assign(history=parts)
            years.append(parts)
        rows = [[str(r), *(money(y.iloc[k]) for y in years)] for k, r in enumerate(frame["region"])]
        return answer_table(rows, caption, head)

    return panel(sliders, render)


def service(p: Any) -> Any:
    """Show hours and persons when the limit of tier A and the visits change."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import Script, answer_table, panel
    from funnelkit.planning import abc, service_hours
    from funnelkit.words import number, percent

    sales = abc(last_year(p)[0]).table[["customer", "amount"]]
    sliders = [
        Slider("limit", str(W["tier_a_up_to_this"]), 0.4, 0.9, 0.05, 0.8),
        Slider("a", str(W["visits_a_year_to_each"]), 6, 48, 6, 24, form="count"),
        Slider("c", str(W["visits_a_year_to_each_2"]), 0, 12, 1, 4, form="count"),
        Slider("year", str(W["hours_a_person_has_for"]), 600, 1400, 100, 1000, form="count"),
    ]
    head = [W["tier"], W["customers"], W["share_of_sales"], W["hours_a_year"], W["persons"]]
    caption = W["what_the_service_plan_asks"]

    def render(state: Mapping[str, float]) -> str:
        found = abc(sales, cuts=(state["limit"], 0.95))
        plan = {**PLAN, "A": (state["a"], 1.5), "C": (state["c"], 0.5)}
        asked = service_hours(found, plan, hours_a_person=state["year"])
        share = found.table.groupby("tier")["share"].sum().to_dict()
        rows = [
            [
                r["tier"],
                number(r["customers"]),
                percent(share.get(r["tier"], 0.0)),
                number(r["hours"]),
                number(r["persons"], 2),
            ]
            for r in asked.table.to_dict("records")
        ]
        rows.append(
            [
                str(W["together"]),
                number(len(sales)),
                percent(1),
                number(asked.hours),
                number(asked.persons, 2),
            ]
        )
        return answer_table(rows, caption, head)

    given = {
        "sales": abc(sales).table["amount"].tolist(), "plan": PLAN, "head": [str(h) for h in head],
        "caption": str(caption), "together": str(W["together"]),
    }  # fmt: skip
    return panel(sliders, render, Script("service", given))
