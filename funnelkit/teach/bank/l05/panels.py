"""What-ifs: six deals with their chances, and a method with its horizon."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from typing import Any

import pandas as pd

from funnelkit.errors import FunnelkitError
from funnelkit.planning import forecast, weighted_distribution
from funnelkit.teach.bank.l05.scores import METHODS, NAMES
from funnelkit.teach.source import words
from funnelkit.words import money, percent
from funnelkit.words.formats import unit_of

W = words("L05")

_AMOUNTS = {"A": 3e6, "B": 2e6, "C": 1.5e6, "D": 4e6, "E": 1e6, "F": 6e6}
_CHANCES = {"A": 0.9, "B": 0.75, "C": 0.5, "D": 0.25, "E": 0.1, "F": 0.15}
_ONE = W["deal_probability_0_removes_it"]
_GOAL = W["target_in_hundred_thousands"]
_HEAD = W["the_quarter_with_these_deals"]
_MEAN = W["weighted_pipeline"]
_REACH = W["chance_to_reach_the_weighted"]
_TARGET = W["chance_to_reach_the_target"]
_RANGE = W["eight_times_in_ten_between"]
_MIDDLE = W["as_likely_above_as_below"]
_METHOD = W["method_1_simulation_2_weighted"]
_MONTHS = W["months_ahead"]


def deals(p: Any) -> Any:
    """Change the chance of each of six deals; 0 takes a deal out."""
    from funnelkit.page.controls import Slider, amount_slider
    from funnelkit.page.whatif import Script, answer_table, panel

    sliders = [
        Slider(k, str(_ONE).format(name=k, amount=money(a)), 0.0, 1.0, 0.05, _CHANCES[k])
        for k, a in _AMOUNTS.items()
    ]
    unit = unit_of("hundred_thousand")
    sliders.append(amount_slider("target", str(_GOAL), "hundred_thousand", 10, 180, 5, 80))

    def render(state: Mapping[str, float]) -> str:
        total = weighted_distribution(list(_AMOUNTS.values()), [state[k] for k in _AMOUNTS])
        target = unit * state["target"]
        # a chance is a sum whose last digit depends on its order, in Python and in a browser
        reach, met = (round(total.at_least(a), 12) for a in (total.mean, target))
        ends = " – ".join(money(total.quantile(q)) for q in (0.1, 0.9))
        rows = [
            (str(_MEAN), money(total.mean)),
            (str(_REACH), percent(reach)),
            (str(_MIDDLE), money(total.quantile(0.5))),
            (str(_RANGE), ends),
            (str(_TARGET).format(target=money(target)), percent(met)),
        ]
        return answer_table(rows, _HEAD)

    given = {
        "amounts": _AMOUNTS, "mean": str(_MEAN), "reach": str(_REACH), "middle": str(_MIDDLE),
        "range": str(_RANGE), "goal": str(_TARGET), "head": str(_HEAD), "unit": unit,
    }  # fmt: skip
    return panel(sliders, render, Script("deals", given))


def method(p: Any) -> Any:
    """Forecast the open pipeline by another method, over another span."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel

    today = pd.Timestamp(p.as_of.date())

    @cache
    def asked(k: int, months: int) -> Any:
        through = today + pd.DateOffset(months=months)
        if today.is_month_end:  # three months after 30 June are over on 30 September
            through += pd.offsets.MonthEnd(0)
        return forecast(p, through.date(), METHODS[k - 1])

    def render(state: Mapping[str, float]) -> str:
        k, months = round(state["method"]), round(state["months"])
        name = str(NAMES[METHODS[k - 1]])
        try:
            found = asked(k, months)
        except FunnelkitError as why:
            return f"<p>{escape(str(why))}</p>"
        total = found.distribution
        ends = " – ".join(found.write(total.quantile(q)) for q in (0.1, 0.9))
        rows = [
            (str(_MIDDLE), found.write(total.quantile(0.5))),
            (str(_RANGE), ends),
            (str(W["mean"]), found.write(total.mean)),
        ]
        return answer_table(rows, name)

    return panel(
        [
            Slider("method", str(_METHOD), 1, 5, 1, 1, form="count"),
            Slider("months", str(_MONTHS), 1, 12, 1, 3, form="count"),
        ],
        render,
    )


WHATIFS = {"deals": deals, "method": method}
