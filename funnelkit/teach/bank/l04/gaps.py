"""The gap to a target: where it comes from, and which action belongs to which part."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.process.text import Text
from funnelkit.teach.choices import Match, Option
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.faults import NotANumber, number_in
from funnelkit.teach.kinds import Series
from funnelkit.teach.written import Blank, Sheet
from funnelkit.words import money, number, percent

_NO_NUMBER = T("Write a plain number.", "请填一个数字。")
_MORE_WINS = T(
    "More wins than leads cannot be: each win began as a lead.",
    "赢单数不可能多于线索数，每一单都来自线索。",
)
_BRANCHES = ("volume", "rate", "value", "time")
_NAMES = {
    "volume": T("Volume: too few deals", "数量：商机太少"),
    "rate": T("Rate: too few of them won", "比率：赢得太少"),
    "value": T("Value: deals too small", "金额：单笔太小"),
    "time": T("Time: too late for this year", "时间：赶不上今年"),
}


_number = NotANumber(_NO_NUMBER)


def _fewer(filled: Mapping[str, str]) -> Text | None:
    return _MORE_WINS if (number_in(filled["wins"]) or 0) > (number_in(filled["leads"]) or 0) else None


def guess(case: Case) -> dict[str, str]:
    return {"target": "10000000", "wins": "100", "leads": "2500"}


def year(r: random.Random) -> dict[str, Any]:
    """Draw a plan and a year in which more deals did not help."""
    n = r.choice([400, 500, 600])
    came = [n * 11 // 10, r.choice([0.2, 0.22]), r.choice([70_000, 75_000, 78_000]), r.choice([0.8, 0.85])]
    return {"plan": [n, 0.25, r.choice([80_000, 100_000]), 0.9], "came": came}


def four_parts(case: Case) -> list[float]:
    now = list(case["plan"])
    parts = []
    for k, came in enumerate(case["came"]):
        before = np.prod(now)
        now[k] = came
        parts.append(float(np.prod(now) - before))
    return parts


def _product(values: list[float]) -> float:
    product = 1.0
    for value in values:
        product *= value
    return product


def _each_alone(case: Case) -> list[float]:
    """Change each driver alone from the plan: the parts do not add up to the gap."""
    plan = case["plan"]
    return [
        _product([*plan[:k], came, *plan[k + 1 :]]) - _product(plan)
        for k, came in enumerate(case["came"])
    ]


def _totals(case: Case) -> list[float]:
    """Hand in the totals after each change instead of the changes."""
    total, found = _product(case["plan"]), []
    for part in four_parts(case):
        total += part
        found.append(total)
    return found


def _year(case: Case) -> pd.DataFrame:
    def written(values: list[float]) -> list[str]:
        n, win, value, landed = values
        return [number(n), percent(win), money(value), percent(landed)]

    heads = T("Driver", "因素"), T("Plan", "计划"), T("Actual", "实际")
    names = (
        T("Deals", "商机数"), T("Win rate", "赢率"), T("Amount a won deal", "赢单平均金额"), T("Won inside the year", "当年内赢单的比例"),
    )
    plan, came = written(case["plan"]), written(case["came"])
    return pd.DataFrame(
        {str(heads[0]): [str(n) for n in names], str(heads[1]): plan, str(heads[2]): came}
    )


def actions(case: Case) -> dict[str, str]:
    return {
        "fair": "volume", "referral": "volume", "evidence": "rate", "lost": "rate",
        "discount": "value", "bundle": "value", "earlier": "time", "sign": "time",
    }  # fmt: skip


_ACTIONS = (
    Option("fair", T("Two more visiting days a month for every seller", "每名销售每月多安排两天拜访新客户"),
           T("This brings in more deals: volume.", "这会带来更多商机：属于数量。")),
    Option("evidence", T("No offer before the buyer has confirmed the need in writing", "客户书面确认需求之前不报价"),
           T("This lifts the share that is won: rate.", "这会提高赢单的比例：属于比率。")),
    Option("discount", T("Discounts above 10 % need a reason and a signature", "折扣超过 10% 须说明理由并签批"),
           T("This keeps the amount of each deal up: value.", "这能守住单笔金额：属于金额。")),
    Option("earlier", T("Spring campaigns begin in November", "春季的获客活动提前到 11 月启动"),
           T("The same deals, earlier, so that they land inside the year: time.", "商机还是那些，只是提前，好在年内落地：属于时间。")),
    Option("referral", T("Ask every customer after delivery for one introduction", "每次交付后请客户介绍一家"),
           T("This brings in more deals: volume.", "这会带来更多商机：属于数量。")),
    Option("lost", T("Review every lost offer with the buyer within two weeks", "每个输单两周内与客户复盘"),
           T("What is learnt there lifts the share that is won: rate.", "从中学到的能提高赢单的比例：属于比率。")),
    Option("bundle", T("Offer service together with every machine", "每台设备都搭配服务方案"),
           T("This makes each deal larger: value.", "这会提高单笔金额：属于金额。")),
    Option("sign", T("Agree the steps to signature with the buyer's lawyers at the start of negotiation", "谈判一开始就与客户法务约定签约步骤"),
           T("It shortens the way to signature, so that more lands inside the year: time.", "这会缩短签约过程，让更多单子年内落地：属于时间。")),
)  # fmt: skip


EXERCISES = (
    Exercise(
        id="L04.1", objective="O1", minutes=2, seeds=("S05",),
        prompt=T(
            "Before any data, for your own team and next year: which amount is the target? How many wins is that, and how many leads have to come in?",
            "先不看数据，就你自己的团队和明年而言：目标金额是多少？相当于赢多少单？需要多少条线索？",
        ),
        kind=Sheet((
            Blank("target", T("Target amount:", "目标金额："), _number),
            Blank("wins", T("Wins:", "赢单数："), _number),
            Blank("leads", T("Leads:", "线索数："), _number),
        ), _fewer),
        solve=guess,
        mistakes=(
            Mistake("words", lambda c: {**guess(c), "leads": "many"}, _NO_NUMBER),
            Mistake("upside_down", lambda c: {**guess(c), "wins": "9000"}, _MORE_WINS),
        ),
        hints=(
            T("Start with the target.", "先写目标金额。"),
            T("Divide it by the amount of a usual deal.", "用它除以一单的平均金额。"),
            T("If one deal in forty leads is won, multiply the wins by forty.", "如果四十条线索赢一单，就把赢单数乘以四十。"),
        ),
        after=T("Kept. At the end you compare it with what the rates of the funnel ask for.", "已保存。课末再与漏斗倒推的结果对照。"),
    ),
    Exercise(
        id="L04.2", objective="O1", minutes=6, seeds=("S05",),
        prompt=T(
            "Amount = deals × win rate × amount a deal × share won inside the year. Replace plan by actual one after the other, in the order of the table, keeping what was replaced. By how much does the amount change at each step?",
            "业绩 = 商机数 × 赢率 × 单笔金额 × 当年内赢单的比例。按表中顺序，把计划值逐个换成实际值（换过的保留）。每换一个，业绩变化多少？",
        ),
        kind=Series(lambda c: [str(_NAMES[b]) for b in _BRANCHES], "money", relative=0.004),
        solve=four_parts, draw=year, show=_year,
        mistakes=(
            Mistake("each_alone", _each_alone, T(
                "You went back to the plan each time. Then the four parts do not add up to the gap; keep what was replaced before.",
                "每次都回到了计划值，四个部分加起来就不等于差距。要保留前面换过的。")),
            Mistake("totals", _totals, T(
                "These are the amounts after each step. The question asks by how much each step changes it.", "这是每一步之后的业绩额，题目问每一步变化了多少。")),
            Mistake("signs", lambda c: [-x for x in four_parts(c)], T(
                "The signs are turned: what lowers the amount is negative.", "符号反了：使业绩减少的应为负数。")),
        ),
        hints=(
            T("Begin with the planned amount.", "先算出计划业绩。"),
            T("After the fourth step you stand at the actual amount: check the sum.", "第四步之后应等于实际业绩，用合计来核对。"),
            T("First step: (actual deals − planned deals) × the three planned figures.", "第一步：（实际商机数 − 计划商机数）× 其余三个计划值。"),
        ),
        after=T("More deals came and the year was still missed: hunting more leads is the wrong answer here. In the kit the split does not depend on the order.",
                "商机多了，目标仍未完成：这时再去找更多线索就不对症了。工具里的拆分与顺序无关。"),
    ),
    Exercise(
        id="L04.3", objective="O1", minutes=4, seeds=("S05", "S06"),
        prompt=T("From the gap to action: which part of the gap does each of these actions close?", "从差距到行动：下面每项措施弥补的是差距的哪一部分？"),
        kind=Match(_ACTIONS, tuple(Option(b, _NAMES[b], T("", "")) for b in _BRANCHES)),
        solve=actions, mistakes=(),
        hints=(
            T("Ask of each action: what would be different in the numbers?", "逐项问：做了之后，哪个数会变？"),
            T("Each part has two actions.", "每一部分各有两项措施。"),
            T("More visits to new customers make more deals, nothing else.", "多拜访新客户，增加的只是商机数。"),
        ),
        after=T("A strategy becomes tactics when every part of the gap has an action, an owner and a date, and no action is there out of habit.",
                "差距的每一部分都有措施、责任人和日期，策略才落到战术；凡是只因习惯而做的，都可以停。"),
    ),
)  # fmt: skip
