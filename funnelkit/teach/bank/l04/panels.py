"""What-ifs: the reverse funnel, and a year with its season and its team."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from funnelkit.planning import capacity, decompose, reverse_funnel
from funnelkit.planning.targets.capacity import RAMP
from funnelkit.teach.source import words
from funnelkit.words import money, number, percent
from funnelkit.words.formats import unit_of

W = words("L04")

#: Season of a firm whose buyers order before year's end; January and February as one.
_SEASON = (0.63, 0.63, 1.0, 0.91, 1.01, 1.1, 0.82, 0.82, 1.1, 1.0, 1.2, 1.78)
#: What a full seller brings in a month.
_EACH = 850_000
_RATES = (0.55, 0.40, 0.50, 0.60, 0.55)


def next_target(p: Any) -> tuple[float, dt.date]:
    """Return a target for the next twelve months, a tenth above the last, and their end."""
    won = p.frame().query("outcome == 'won'")
    since = pd.Timestamp(p.as_of) - pd.DateOffset(years=1)
    last = float(won.loc[won["closed_at"] > since, "amount"].sum()) or float(won["amount"].sum())
    step = 10 ** max(len(str(int(last))) - 2, 0)
    until = pd.Timestamp(p.as_of.date()) + pd.DateOffset(years=1, days=1)
    return float(round(1.1 * last / step) * step), until.date()


def backwards(p: Any) -> Any:
    """Change target, amount of a deal and rates; see what each stage needs."""
    from funnelkit.page.controls import Slider, amount_slider
    from funnelkit.page.whatif import Script, answer_table, panel

    process = p.process
    stages = list(process.open_ids)
    start = dict(zip(stages, _RATES, strict=True)) if len(stages) == len(_RATES) else {}
    on, each = W["of_go_on"], str(W["amount_a_deal_in_thousand"])
    sliders = [
        amount_slider("target", str(W["target_in_million"]), "million", 10, 120, 5, 60),
        amount_slider("value", each, "thousand", 100, 1000, 50, 400),
        *(
            Slider(s, str(on).format(stage=process.label(s)), 0.1, 1.0, 0.05, start.get(s, 0.5))
            for s in stages
        ),
    ]
    head = W["needed_at_each_stage_rounded"]
    unit = {"target": unit_of("million"), "value": unit_of("thousand")}

    def render(state: Mapping[str, float]) -> str:
        rates = {s: state[s] for s in stages}
        target, value = unit["target"] * state["target"], unit["value"] * state["value"]
        plan = reverse_funnel(target, value, rates, process=process)
        needed = zip(plan.table["stage"], plan.table["needed_deals"], strict=True)
        rows = [(process.label(stage), number(float(n))) for stage, n in needed]
        return answer_table(rows, head)

    shown = [[s, process.label(s)] for s in (*stages, process.funnel_ids[-1])]
    given = {"stages": shown, "head": str(head), "unit": unit}
    return panel(sliders, render, Script("backwards", given))


def year(p: Any) -> Any:
    """Spread a target over the months and compare it with what the team can carry."""
    from funnelkit.page.controls import Slider, amount_slider
    from funnelkit.page.whatif import Script, answer_table, panel

    sliders = [
        amount_slider("target", str(W["target_in_million"]), "million", 20, 100, 5, 60),
        Slider("sellers", str(W["full_sellers"]), 1, 12, 1, 6, form="count"),
        Slider("hires", str(W["new_sellers"]), 0, 6, 1, 2, form="count"),
        Slider("month", str(W["month_of_their_start"]), 1, 12, 1, 4, form="count"),
        Slider("attainment", str(W["attainment"]), 0.5, 1.0, 0.05, 0.8),
        Slider("season", str(W["season_0_equal_months"]), 0.0, 1.5, 0.25, 1.0),
    ]
    head = W["twelve_months_850_000_a"]
    names = W["month"], W["target"], W["team"], W["year"]
    ratio = W["team_target"]

    def render(state: Mapping[str, float]) -> str:
        target = unit_of("million") * state["target"]
        weights = {k: 1 + (x - 1) * state["season"] for k, x in enumerate(_SEASON, 1)}
        parts = decompose(target, {"month": weights}, unit=1e5).table
        team = capacity(
            state["sellers"],
            _EACH,
            hires={int(state["month"]): int(state["hires"])},
            attainment=state["attainment"],
            target=target,
        ).table
        rows: list[tuple[str, ...]] = [tuple(str(n) for n in names[:3])]
        for month, asked, comes in zip(
            parts["month"], parts["amount"], team["expected_amount"], strict=True
        ):
            rows.append((str(month), money(asked), money(comes)))
        whole = round(float(team["expected_amount"].sum()), 2)  # the order of adding makes no half
        rows.append((str(names[3]), money(float(parts["amount"].sum())), money(whole)))
        rows.append((str(ratio), "", percent(whole / target)))
        return answer_table(rows, head)

    given = {
        "season": _SEASON, "ramp": RAMP, "each": _EACH, "names": [str(n) for n in names],
        "ratio": str(ratio), "head": str(head), "unit": unit_of("million"),
    }  # fmt: skip
    return panel(sliders, render, Script("year", given))


WHATIFS = {"backwards": backwards, "year": year}
