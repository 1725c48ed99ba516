"""From the target back to leads and to dates."""

from __future__ import annotations

import random
from math import floor
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.planning import reverse_funnel, rounding_rules
from funnelkit.process import load_process
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.kinds import Number, Series
from funnelkit.words import percent

_OPEN = ("lead", "contact", "need", "proposal", "negotiation")


def plan(r: random.Random) -> dict[str, Any]:
    """Draw a target whose exact number of leads is no whole one, on either rounding rule."""
    while True:
        values: dict[str, Any] = {
            "target": r.choice([36, 40, 48, 50, 54, 60]) * 1_000_000,
            "value": r.choice([300_000, 400_000, 500_000]),
            "rates": [r.choice([0.5, 0.55]), 0.4, r.choice([0.45, 0.5]), r.choice([0.55, 0.6]), r.choice([0.5, 0.55])],
        }  # fmt: skip
        rules = rounding_rules(values["target"], values["value"], values["rates"]).table.iloc[0]
        if floor(rules["needed_exact"]) + 1 == rules["up_once"] < rules["up_each"]:
            return values


def leads(case: Case) -> float:
    wins = case["target"] / case["value"]
    return float(np.ceil(wins / np.prod(case["rates"]) - 1e-9))


def _each(case: Case) -> float:
    table = rounding_rules(case["target"], case["value"], case["rates"]).table
    return float(table["up_each"].iloc[0])


def _first_rate_left_out(case: Case) -> float:
    table = reverse_funnel(case["target"], case["value"], case["rates"]).table
    return float(table["needed_deals"].iloc[1])


def _rates(case: Case) -> pd.DataFrame:
    process = load_process()
    names = [process.label(s) for s in _OPEN]
    to = [*names[1:], process.label("won")]
    return pd.DataFrame(
        {str(T("From", "从")): names, str(T("To", "到")): to, str(T("Step rate", "阶段转化率")): [percent(x) for x in case["rates"]]}
    )


def days(r: random.Random) -> dict[str, Any]:
    return {"days": [r.choice([5, 6]), r.choice([10, 12, 14]), r.choice([21, 24]), r.choice([25, 30, 35]), r.choice([15, 20])]}


def ahead(case: Case) -> list[float]:
    stays = case["days"]
    return [float(sum(stays[k:])) for k in range(len(stays))]


def _own_stay(case: Case) -> list[float]:
    return [float(d) for d in case["days"]]


def _without_own(case: Case) -> list[float]:
    return [float(sum(case["days"][k + 1 :])) for k in range(5)]


def _from_the_top(case: Case) -> list[float]:
    return [float(sum(case["days"][: k + 1])) for k in range(5)]


def _stays(case: Case) -> pd.DataFrame:
    process = load_process()
    return pd.DataFrame(
        {str(T("Stage", "阶段")): [process.label(s) for s in _OPEN], str(T("Median days in it", "停留时长中位数（天）")): case["days"]}
    )


def steady(r: random.Random) -> dict[str, Any]:
    return {
        "n": r.choice([60, 70, 80, 90, 100]), "win": r.choice([0.15, 0.2]),
        "lag": r.choice([[0.2, 0.4, 0.3, 0.1], [0.1, 0.4, 0.3, 0.2], [0.3, 0.4, 0.2, 0.1]]),
    }  # fmt: skip


def inside(case: Case) -> list[float]:
    month = case["n"] * case["win"]
    landed = [sum(case["lag"][: 12 - created]) for created in range(1, 13)]
    return [12 * month, month * sum(landed)]


def _no_delay(case: Case) -> list[float]:
    return [inside(case)[0]] * 2


def _ten_months(case: Case) -> list[float]:
    return [inside(case)[0], 10 * case["n"] * case["win"]]


def _all_won(case: Case) -> list[float]:
    return [x / case["win"] for x in inside(case)]


def _lags(case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        {
            str(T("Months after creation", "创建后第几个月")): [1, 2, 3, 4],
            str(T("Share of the wins", "赢单的比例")): [percent(x) for x in case["lag"]],
        }
    )


_WINS = (T("Wins in the end:", "最终赢单："), T("Of these inside the year:", "其中当年内："))


EXERCISES = (
    Exercise(
        id="L04.4", objective="O2", minutes=5, seeds=("S06",),
        prompt=T(
            "Target {target:money}, a won deal brings {value:money}. With these step rates, how many leads are needed? Carry the exact numbers and round up once, at the end.",
            "目标 {target:money}，单笔赢单金额 {value:money}。按下列阶段转化率，需要多少条线索？中间保留小数，最后一次向上取整。",
        ),
        kind=Number("deals", relative=0.0),
        solve=leads, draw=plan, show=_rates,
        mistakes=(
            Mistake("rounded_each", _each, T(
                "You rounded up at every step. That asks for deals nobody needs: round once, at the end.", "每一步都向上取整了，会多出没人需要的线索。只在最后取整一次。")),
            Mistake("rounded_down", lambda c: leads(c) - 1, T(
                "Rounded down: with these the target is just missed. A part of a lead does not exist, so round up.", "向下取整了，刚好差一点。线索没有小数，应向上取整。")),
            Mistake("a_rate_short", _first_rate_left_out, T(
                "This is the number for the second stage. One more step lies before it: divide by the first rate too.", "这是第二个阶段需要的数量。前面还有一步，要再除以第一个转化率。")),
            Mistake("multiplied", lambda c: c["target"] / c["value"] * float(np.prod(c["rates"])), T(
                "You multiplied going backwards. Fewer leads than wins cannot be: divide at each step.", "倒推时用了乘法。线索不可能比赢单少，每一步应做除法。")),
        ),
        hints=(
            T("First the wins, then back stage by stage.", "先算赢单数，再逐阶段往回推。"),
            T("Going back means dividing by the step rate.", "往回推就是除以阶段转化率。"),
            T("Wins: {target:money} / {value:money}.", "赢单数：{target:money} ÷ {value:money}。"),
        ),
        after=T("Now the target has a size that marketing and sellers can judge: so many leads a week. Is that more than ever came in?",
                "目标变成了市场和销售都能判断的量：每周多少条线索。这比历史上最多的时候还多吗？"),
    ),
    Exercise(
        id="L04.5", objective="O2", minutes=4, seeds=("S06",),
        prompt=T("A deal is to be won on 31 December. By these median stays, how many days before that does it have to enter each stage?",
                 "一个商机要在 12 月 31 日赢单。按停留时长中位数，最晚提前多少天进入各阶段？"),
        kind=Series(lambda c: [load_process().label(s) for s in _OPEN], "days", within=0.5, relative=0.0),
        solve=ahead, draw=days, show=_stays,
        mistakes=(
            Mistake("own_stay", _own_stay, T(
                "These are the days of each stage alone. The stages after it still have to be passed: add them.", "这只是各阶段自己的天数。后面的阶段也要走，应累加。")),
            Mistake("without_own", _without_own, T(
                "A deal that enters the stage stays in it too: count its own days.", "进入阶段后，在该阶段也要停留，要把它自己的天数算进去。")),
            Mistake("from_the_top", _from_the_top, T(
                "You added from the first stage downwards. Begin at the end: from signature backwards.", "这是从第一个阶段往下加。应从签约往回加。")),
        ),
        hints=(
            T("Begin with the last stage.", "从最后一个阶段开始。"),
            T("Each earlier stage adds its own days.", "往前每一个阶段，再加上它自己的天数。"),
            T("Negotiation: its own days. Proposal: its own days plus those.", "谈判：自己的天数。方案提供：自己的天数再加上它。"),
        ),
        after=T("Half of the deals take longer than the median. Who wants four in five in time starts earlier: the kit shows the 80 % dates beside.",
                "有一半商机比中位数更久。想让五个里有四个赶上，就要更早开始：工具会同时给出 80% 的日期。"),
    ),
    Exercise(
        id="L04.6", objective="O2", minutes=6, seeds=("S06",),
        prompt=T(
            "{n} deals are created in each of the twelve months; {win:percent} are won in the end, spread over the following months as below. How many wins are that in the end, and how many land inside the same twelve months?",
            "十二个月中每月创建 {n} 个商机，最终赢 {win:percent}，赢单分布在其后的月份，如下表。最终赢多少单？其中多少落在这十二个月内？",
        ),
        kind=Series(lambda c: [str(x) for x in _WINS], "deals", within=0.6, relative=0.0),
        solve=inside, draw=steady, show=_lags,
        mistakes=(
            Mistake("no_delay", _no_delay, T(
                "You let every win land at once. What is created in December is won next year.", "这等于创建当月就赢单。12 月创建的，要到明年才赢。")),
            Mistake("ten_months", _ten_months, T(
                "You cut off two months flat. Close, but some wins come sooner and some later: go through the last months one by one.",
                "这里直接去掉两个月。接近，但有的早有的晚：应把最后几个月逐月计算。")),
            Mistake("all_won", _all_won, T(
                "These are the deals. Only a part of them is won: multiply by the share.", "这是商机数。只有一部分会赢，要乘以比例。")),
        ),
        hints=(
            T("The first eight months bring all their wins inside the year.", "前八个月创建的，赢单全部落在年内。"),
            T("The last four bring a part each; December brings none.", "后四个月各有一部分，12 月一单也没有。"),
            T("September: all but the share that comes after four months.", "9 月：除去第四个月才赢的那部分。"),
        ),
        after=T("About one win in five lands next year. A year's target is decided by the deals that exist before the autumn.",
                "大约五分之一的赢单落到明年。全年目标能否完成，取决于秋天之前已有的商机。"),
    ),
)  # fmt: skip
