"""What-ifs: six deals with their chances, and a method with its horizon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from html import escape
from typing import Any

from funnelkit.errors import FunnelkitError
from funnelkit.planning import forecast, weighted_distribution
from funnelkit.teach.bank.l05.scores import METHODS, NAMES
from funnelkit.teach.exercise import both as T
from funnelkit.words import money, percent

_AMOUNTS = {"A": 3e6, "B": 2e6, "C": 1.5e6, "D": 4e6, "E": 1e6, "F": 6e6}
_CHANCES = {"A": 0.9, "B": 0.75, "C": 0.5, "D": 0.25, "E": 0.1, "F": 0.15}
_ONE = T("Deal {name}, {amount}: probability (0 % removes it)", "商机 {name}，{amount}：赢单概率（0% 即移除）")
_GOAL = T("Target, in hundred thousands", "目标（十万元）")
_HEAD = T("The quarter with these deals", "这些商机的季度结果")
_MEAN = T("weighted pipeline", "加权管道金额")
_REACH = T("chance to reach the weighted number", "达到加权金额的概率")
_TARGET = T("chance to reach the target of {target}", "达到目标 {target} 的概率")
_RANGE = T("eight times in ten between", "八成可能在此区间")
_MIDDLE = T("as likely above as below", "高于和低于各一半")
_METHOD = T("Method: 1 simulation, 2 weighted, 3 stage, 4 age, 5 pacing", "方法：1 模拟，2 加权，3 阶段赢率，4 同期群，5 进度")
_MONTHS = T("Months ahead", "预测未来几个月")


def deals(p: Any) -> Any:
    """Change the chance of each of six deals; 0 takes a deal out."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel

    sliders = [
        Slider(k, str(_ONE).format(name=k, amount=money(a)), 0.0, 1.0, 0.05, _CHANCES[k])
        for k, a in _AMOUNTS.items()
    ]
    sliders.append(Slider("target", str(_GOAL), 10, 180, 5, 80, form="count"))

    def render(state: Mapping[str, float]) -> str:
        total = weighted_distribution(list(_AMOUNTS.values()), [state[k] for k in _AMOUNTS])
        target = 1e5 * state["target"]
        ends = " – ".join(money(total.quantile(q)) for q in (0.1, 0.9))
        rows = [
            (str(_MEAN), money(total.mean)),
            (str(_REACH), percent(total.at_least(total.mean))),
            (str(_MIDDLE), money(total.quantile(0.5))),
            (str(_RANGE), ends),
            (str(_TARGET).format(target=money(target)), percent(total.at_least(target))),
        ]
        return answer_table(rows, _HEAD)

    return panel(sliders, render)


def method(p: Any) -> Any:
    """Forecast the open pipeline by another method, over another span."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel

    @cache
    def asked(k: int, months: int) -> Any:
        until = p.as_of.date() + dt.timedelta(days=round(30.44 * months))
        return forecast(p, until, METHODS[k - 1], draws=1000)

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
            (str(T("mean", "平均")), found.write(total.mean)),
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
