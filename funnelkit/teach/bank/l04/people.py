"""Whether the team can carry the target, and three levels from what may come."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.kinds import Number, Series
from funnelkit.words import money, percent

_RAMP = (0, 0.25, 0.5, 0.75, 1)


def team(r: random.Random) -> dict[str, Any]:
    return {"full": r.choice([4, 5, 7, 8]), "first": r.choice([2, 3, 4]), "second": r.choice([5, 6, 7])}


def ramped_months(case: Case) -> float:
    ramp = [0, 0.25, 0.5, 0.75] + [1] * 8
    hires = sum(sum(ramp[: 13 - month]) for month in (case["first"], case["second"]))
    return float(12 * case["full"] + hires)


def _head_months(case: Case) -> float:
    return float(12 * case["full"] + (13 - case["first"]) + (13 - case["second"]))


def _month_late(case: Case) -> float:
    """Let the ramp begin in the month after the hire."""
    ramp = [0, 0.25, 0.5, 0.75] + [1] * 8
    hires = sum(sum(ramp[: 12 - month]) for month in (case["first"], case["second"]))
    return float(12 * case["full"] + hires)


def _ramp(case: Case) -> pd.DataFrame:
    months = [str(k) for k in range(1, 5)] + [str(T("5 and later", "第 5 个月起"))]
    return pd.DataFrame(
        {
            str(T("Month after the hire (1 = month of the hire)", "入职第几个月（1 为入职当月）")): months,
            str(T("Share of a full seller", "相当于满产的比例")): [percent(x) for x in _RAMP],
        }
    )


def carried(r: random.Random) -> dict[str, Any]:
    months = r.choice([72, 80, 90, 96])
    each = r.choice([700_000, 750_000, 900_000])
    share = r.choice([0.75, 0.8, 0.85])
    return {"months": months, "each": each, "share": share, "target": round(months * each * (share + 0.05) / 1e6) * 1_000_000}


def expected(case: Case) -> float:
    return float(case["months"] * case["each"] * case["share"])


def twenty(r: random.Random) -> dict[str, Any]:
    draws = sorted(r.sample(range(60, 140), 20))
    return {"draws": [100_000 * d for d in draws]}


def levels(case: Case) -> list[float]:
    from funnelkit.planning import target_levels

    return [float(x) for x in target_levels(case["draws"]).table["amount"]]


def _ten_percent(case: Case) -> list[float]:
    plan = levels(case)[1]
    return [0.9 * plan, plan, 1.1 * plan]


def _ends(case: Case) -> list[float]:
    return [float(min(case["draws"])), levels(case)[1], float(max(case["draws"]))]


def _draws(case: Case) -> pd.DataFrame:
    rows = np.array([money(d) for d in case["draws"]]).reshape(4, 5)
    return pd.DataFrame(rows, index=["1–5", "6–10", "11–15", "16–20"], columns=list("12345"))


_LEVELS = (T("Base target:", "保底目标："), T("Plan target:", "计划目标："), T("Stretch target:", "冲刺目标："))


EXERCISES = (
    Exercise(
        id="L04.10", objective="O4", minutes=4, seeds=("S06",),
        prompt=T(
            "{full} sellers are fully ramped all year. One more starts in month {first}, another in month {second}, both on the ramp below. How many ramped seller-months does the year have?",
            "{full} 名销售全年满产。另有一名第 {first} 个月入职，一名第 {second} 个月入职，爬坡期如下。全年折算满产人月是多少？",
        ),
        kind=Number("number", within=0.05, relative=0.0),
        solve=ramped_months, draw=team, show=_ramp,
        mistakes=(
            Mistake("heads", _head_months, T(
                "These are months on the payroll. In the ramp a new seller brings only a part: add up the shares.", "这是在岗的人月。爬坡期内新人只有一部分产出，应按比例相加。")),
            Mistake("nobody_new", lambda c: 12.0 * c["full"], T(
                "You left the two new sellers out. They bring less, but not nothing.", "漏了两名新人。他们产出少，但不是零。")),
            Mistake("a_month_late", _month_late, T(
                "The ramp begins in the month of the hire, as month 1; you let it begin a month later.", "入职当月就是爬坡期第 1 个月，这里晚算了一个月。")),
        ),
        hints=(
            T("First the full ones: twelve months each.", "先算满产的：每人十二个月。"),
            T("A hire in month 3 has ten months; the first four are the ramp.", "第 3 个月入职有十个月，前四个月是爬坡。"),
            T("The first four months of a new seller make 0 + 0.25 + 0.5 + 0.75 = 1.5 together.", "新人前四个月合计 0 + 0.25 + 0.5 + 0.75 = 1.5。"),
        ),
        after=T("Two hires in spring are not two more sellers this year. Whoever is to carry the target has to be hired before the year begins.",
                "春天招两个人，今年并不等于多两个人。要靠他们完成目标，年前就得到岗。"),
    ),
    Exercise(
        id="L04.11", objective="O4", minutes=3, seeds=("S06",),
        prompt=T(
            "The target is {target:money}. The team has {months} ramped months at {each:money} each; in past years {share:percent} of what was assigned was reached. Which amount is to be expected?",
            "目标 {target:money}。团队折算满产 {months} 人月，每人月任务 {each:money}；往年任务达成率 {share:percent}。预计能完成多少？",
        ),
        kind=Number("money"),
        solve=expected, draw=carried,
        mistakes=(
            Mistake("all_reached", lambda c: float(c["months"] * c["each"]), T(
                "This is what is assigned. Not everybody reaches everything: multiply by the past attainment.", "这是分配下去的任务额。并非人人都能完成，要乘以往年达成率。")),
            Mistake("divided", lambda c: c["months"] * c["each"] / c["share"], T(
                "Dividing tells how much would have to be assigned. What comes is less, not more.", "除以达成率得到的是应分配多少；实际完成的更少，不会更多。")),
            Mistake("of_the_target", lambda c: c["target"] * c["share"], T(
                "You took the share of the target. It belongs to what the team can carry, months times task.", "达成率乘在了目标上。应乘在团队能承担的任务额上：人月 × 任务。")),
        ),
        hints=(
            T("Three numbers, one product.", "三个数相乘。"),
            T("What is assigned, and which part of it usually comes?", "分配了多少？通常完成其中多少？"),
            T("Assigned: {months} × {each:money}.", "分配额：{months} × {each:money}。"),
        ),
        after=T("It does not reach the target: the plan does not close. Assign more than the target (1 / attainment), hire earlier, or say now that the figure is too high.",
                "低于目标，计划不闭合。要么多分配（1 ÷ 达成率），要么提前招人，要么现在就说明目标定高了。"),
    ),
    Exercise(
        id="L04.12", objective="O4", minutes=3, seeds=("S06",),
        prompt=T(
            "Twenty outcomes a simulation gives for the year, in order. Set the levels so that the base is reached in 16 of 20 (80 %), the plan in 10, the stretch in 4: the largest amount each that is.",
            "对全年模拟二十次，结果由小到大排列。定三档目标：保底在二十次中有 16 次达到（80%），计划 10 次，冲刺 4 次，各取能满足的最大金额。",
        ),
        kind=Series(lambda c: [str(x) for x in _LEVELS], "money", relative=0.0),
        solve=levels, draw=twenty, show=_draws,
        mistakes=(
            Mistake("ten_percent", _ten_percent, T(
                "Plan less and plus ten percent says nothing about chances. Count outcomes from the top instead.", "计划上下浮动 10% 与概率无关。应从大到小数次数。")),
            Mistake("upside_down", lambda c: levels(c)[::-1], T(
                "Base and stretch are swapped: the base is the one that is nearly always reached.", "保底和冲刺填反了：保底是多数情况都能达到的。")),
            Mistake("ends", _ends, T(
                "The smallest and the largest outcome are single draws of luck. Take the ones reached 16 and 4 times.", "最小和最大只是一次运气。应取达到 16 次和 4 次的那个。")),
        ),
        hints=(
            T("Count from the largest downwards.", "从最大的往回数。"),
            T("An amount is reached by itself and by all larger outcomes.", "某个金额，等于它和比它大的结果都算达到。"),
            T("Stretch: the fourth from the top.", "冲刺：从大到小第四个。"),
        ),
        after=T("Three levels with their chances can be tied to decisions: cost to the base, staff to the plan, bonus to the stretch.",
                "三档各有概率，就能对应决策：费用按保底，人员按计划，奖金按冲刺。"),
    ),
)  # fmt: skip
