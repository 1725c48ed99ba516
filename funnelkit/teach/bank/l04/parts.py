"""Breaking a target down: by season, by person, and the moving Spring Festival."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pandas as pd

from funnelkit.teach.choices import Choice, Option
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.kinds import Series
from funnelkit.words import money

_UNIT = 100_000


def two_years(r: random.Random) -> dict[str, Any]:
    """Draw two years by quarter: the second larger, with another rhythm."""
    first = [r.choice([6, 7]), r.choice([9, 10]), r.choice([9, 11]), r.choice([14, 16])]
    second = [r.choice([7, 9]), r.choice([15, 17]), r.choice([13, 14]), r.choice([20, 24])]
    return {"target": r.choice([60, 72, 80]) * 1_000_000, "first": first, "second": second}


def by_quarter(case: Case) -> list[float]:
    first, second = case["first"], case["second"]
    shares = [
        (a / sum(first) + b / sum(second)) / 2 for a, b in zip(first, second, strict=True)
    ]
    return [case["target"] * share for share in shares]


def _last_year(case: Case) -> list[float]:
    return [case["target"] * b / sum(case["second"]) for b in case["second"]]


def _pooled(case: Case) -> list[float]:
    whole = sum(case["first"]) + sum(case["second"])
    pairs = zip(case["first"], case["second"], strict=True)
    return [case["target"] * (a + b) / whole for a, b in pairs]


def _even(case: Case) -> list[float]:
    return [case["target"] / 4] * 4


def _years(case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        {
            str(T("Quarter", "季度")): ["Q1", "Q2", "Q3", "Q4"],
            "2024": [money(1e6 * a) for a in case["first"]],
            "2025": [money(1e6 * b) for b in case["second"]],
        }
    )


def five_sellers(r: random.Random) -> dict[str, Any]:
    """Draw ramped months such that rounding each alone misses the sum and no remainders tie."""
    while True:
        months = [12, r.choice([11, 11.5]), r.choice([9.5, 10]), r.choice([7, 7.5]), r.choice([4.5, 5, 6.5])]
        target = r.choice([20, 24, 30, 36]) * 1_000_000
        units = [target / _UNIT * m / sum(months) for m in months]
        rests = sorted(u % 1 for u in units)
        up = sorted(units, key=lambda u: -(u % 1))[: round(sum(rests))]
        alone = [round(u) for u in units]
        fair = [int(u) + (u in up) for u in units]
        told = [*alone[:-1], fair[-1] + sum(fair[:-1]) - sum(alone[:-1])]
        if alone != fair != told and min(b - a for a, b in pairwise(rests)) > 0.02:
            return {"target": target, "months": months}


def by_seller(case: Case) -> list[float]:
    from funnelkit.planning import decompose

    months = {str(k): m for k, m in enumerate(case["months"])}
    parts = decompose(case["target"], {"owner": months}, unit=100_000).table
    return [float(x) for x in parts.sort_values("owner")["amount"]]


def _rounded_alone(case: Case) -> list[float]:
    whole = sum(case["months"])
    return [float(_UNIT * round(case["target"] * m / whole / _UNIT)) for m in case["months"]]


def _heads(case: Case) -> list[float]:
    return [case["target"] / 5] * 5


def _rest_to_the_last(case: Case) -> list[float]:
    alone = _rounded_alone(case)
    return [*alone[:-1], case["target"] - sum(alone[:-1])]


def _sellers(case: Case) -> list[str]:
    return [str(T("Seller {k}:", "销售 {k}：")).format(k=k) for k in "ABCDE"]


def _months(case: Case) -> pd.DataFrame:
    whole = sum(case["months"])
    exact = [f"{case['target'] * m / whole / _UNIT:.2f}" for m in case["months"]]
    return pd.DataFrame(
        {
            str(T("Seller", "销售")): list("ABCDE"),
            str(T("Ramped months", "折算满产月数")): case["months"],
            str(T("Exact, in 100,000", "精确值（十万元）")): exact,
        }
    )


def together(case: Case) -> str:
    return "sum"


_FESTIVAL = (
    Option("team", T("The team slackened in February; the February target is kept and pressed for", "2 月团队松懈了；维持 2 月目标，加强督促"),
           T("In the year of the late festival nobody buys in mid-February. The weeks without buyers moved, the team did not change.", "春节晚的年份，2 月中旬没有客户采购。变的是假期位置，不是团队。")),
    Option("jan", T("January has become the stronger month; next year's January target rises by as much", "1 月变强了；明年 1 月目标照此提高"),
           T("January gained what February lost, because the festival moved. Next year it moves again.", "1 月多的正是 2 月少的，因为春节移动了，明年还会移动。")),
    Option("sum", T("Judge the two months together and split them by where the festival lies next year", "两个月合起来看，再按明年春节的位置拆分"),
           T("Together the two months hardly changed.", "合起来两个月几乎没有变化。"), right=True),
    Option("out", T("Leave both months out of the season; too unsteady", "季节性分析去掉这两个月，波动太大"),
           T("A tenth of the year would have no target. Two months with a joint index are steady enough.", "这样全年有一大块没有目标。两个月合用一个指数就足够稳定。")),
)  # fmt: skip


EXERCISES = (
    Exercise(
        id="L04.7", objective="O3", minutes=5, seeds=("S06",),
        prompt=T(
            "Break the year's target of {target:money} down by quarter: share of each quarter in its own year, mean of the two years.",
            "把全年目标 {target:money} 按季度分解：先算各季度占当年的比例，再取两年的平均。",
        ),
        kind=Series(lambda c: ["Q1", "Q2", "Q3", "Q4"], "money", within=60_000, relative=0.004),
        solve=by_quarter, draw=two_years, show=_years,
        mistakes=(
            Mistake("last_year", _last_year, T(
                "You copied last year's rhythm. One year is full of single deals; take the mean of the two.", "照搬了去年的节奏。一年里偶然的大单很多，应取两年平均。")),
            Mistake("pooled", _pooled, T(
                "You added the amounts of both years. Then the larger year counts more: take shares first, then their mean.", "直接把两年金额相加，金额大的那年权重更高。应先算比例，再取平均。")),
            Mistake("even", _even, T(
                "Four equal quarters are easy to write and never came. Use the shares of the table.", "四个季度平均分最省事，但历史上从未如此。请用表中的比例。")),
        ),
        hints=(
            T("Work in shares, not in amounts.", "用比例算，不要用金额。"),
            T("Two shares for each quarter, then their mean.", "每个季度有两个比例，再取平均。"),
            T("Share of Q1 2024: its amount / sum of 2024.", "2024 年 Q1 的比例：当季金额 ÷ 2024 年合计。"),
        ),
        after=T("A target by month or quarter that follows the season tells in March whether the year is on course; equal twelfths raise false alarms.",
                "按季节分解的目标，三月就能看出全年是否正常；平均分只会误报。"),
    ),
    Exercise(
        id="L04.8", objective="O3", minutes=5, seeds=("S06",),
        prompt=T(
            "Break {target:money} down to five sellers by their ramped months, in whole 100,000. The sum has to be exact: round down first, then give the missing units to the largest remainders.",
            "把 {target:money} 按折算满产月数分给五名销售，以十万元为单位。合计必须分毫不差：先全部向下取整，余下的单位依次给小数部分最大的人。",
        ),
        kind=Series(_sellers, "money", relative=0.0),
        solve=by_seller, draw=five_sellers, show=_months,
        mistakes=(
            Mistake("rounded_alone", _rounded_alone, T(
                "Each was rounded alone, and the sum misses the target. Round all down, then hand out what is missing.", "各自四舍五入后，合计不等于目标。先全部向下取整，再分配余下的单位。")),
            Mistake("rest_to_the_last", _rest_to_the_last, T(
                "The sum is right, but the last one carries the rounding of all others. The missing units go to the largest remainders.", "合计对了，但误差都压给了最后一个人。余下的单位应给小数部分最大的人。")),
            Mistake("heads", _heads, T(
                "Five equal parts: somebody who has just begun cannot carry as much. Go by ramped months.", "平均分成五份：新人承担不了同样多。应按折算满产月数。")),
        ),
        hints=(
            T("The last column holds the exact parts.", "最后一列是精确值。"),
            T("How many units are missing after rounding down?", "全部向下取整后，还差几个单位？"),
            T("Rank the parts after the decimal point; the largest get one unit more each.", "按小数部分从大到小排，最大的几个各加一个单位。"),
        ),
        after=T("Parts that sum to the whole by region, person and month need no explaining. If they do not, the first hour of the kick-off goes to arithmetic.",
                "按区域、人员、月份拆分后都与总数相符，就不用解释；否则启动会的第一个小时都在对账。"),
    ),
    Exercise(
        id="L04.9", objective="O3", minutes=3, seeds=("S06",),
        prompt=T(
            "In 2025 the Spring Festival fell on 29 January, in 2026 on 17 February. January's wins rose from 3.0m to 4.4m, February's fell from 4.2m to 2.7m. What do you do with next year's targets?",
            "2025 年春节是 1 月 29 日，2026 年是 2 月 17 日。1 月赢单金额从 300 万升到 440 万，2 月从 420 万降到 270 万。明年的目标怎么定？",
        ),
        kind=Choice(_FESTIVAL),
        solve=together, mistakes=(),
        hints=(
            T("Add the two months in both years.", "把两年的这两个月分别相加。"),
            T("When is nobody at the buyer's desk?", "客户那边什么时候没人？"),
            T("2025: 3.0m + 4.2m. Compare with 2026.", "2025 年：300 万 + 420 万，再与 2026 年比。"),
        ),
        after=T("A target taken from the same month of last year rewards or punishes the calendar. The kit splits the two months by the days outside the holiday.",
                "直接拿去年同月定目标，奖惩的其实是日历。工具按假期以外的天数来拆分这两个月。"),
    ),
)  # fmt: skip
