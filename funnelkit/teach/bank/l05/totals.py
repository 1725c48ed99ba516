"""Six deals: the weighted number, how often it happens, and the range around it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.planning import weighted_distribution
from funnelkit.process.text import Text
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.faults import NotANumber, number_in
from funnelkit.teach.kinds import Number, Series
from funnelkit.teach.written import Blank, Sheet
from funnelkit.words import money, percent

_NO_NUMBER = T("Write a plain number, such as 800,000 or 0.8m.", "请填一个数，例如 80 万或 800000。")
_NOT_RISING = T(
    "The three amounts have to rise: a low one that is undercut one time in ten, the likely one, a high one that is passed one time in ten.",
    "三个金额应由低到高：低值只有一成可能达不到，中间是最可能的，高值只有一成可能超过。",
)


_number = NotANumber(_NO_NUMBER)


def _rising(filled: Mapping[str, str]) -> Text | None:
    low, likely, high = (number_in(filled[k]) or 0.0 for k in ("low", "likely", "high"))
    return None if low < likely < high else _NOT_RISING


def guess(case: Case) -> dict[str, str]:
    return {"low": "600000", "likely": "1000000", "high": "1600000"}


def six_deals(r: random.Random) -> dict[str, Any]:
    """Draw a pipeline with one large deal that rarely comes."""
    million = [
        r.choice([2.5, 3, 3.5]), r.choice([1.5, 2, 2.5]), r.choice([1, 1.5]),
        r.choice([3.5, 4, 4.5]), r.choice([0.5, 1]), r.choice([5.5, 6, 6.5]),
    ]  # fmt: skip
    chances = [0.9, r.choice([0.7, 0.75, 0.8]), 0.5, r.choice([0.2, 0.25]), 0.1, r.choice([0.1, 0.15])]
    return {"amounts": [round(1e6 * m) for m in million], "chances": chances}




def weighted(case: Case) -> float:
    return float(np.dot(case["amounts"], case["chances"]))


def chance_of_weighted(case: Case) -> float:
    from funnelkit.planning import weighted_distribution

    total = weighted_distribution(case["amounts"], case["chances"])
    return total.at_least(total.mean)


def low_middle_high(case: Case) -> list[float]:
    from funnelkit.planning import weighted_distribution

    total = weighted_distribution(case["amounts"], case["chances"])
    return [total.quantile(q) for q in (0.1, 0.5, 0.9)]


def _one_below(case: Case) -> float:
    """Return the chance read one row too high in the table."""
    total = weighted_distribution(case["amounts"], case["chances"])
    return total.at_least(float(total.values[total.values < total.mean].max()))


def _deals(case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        {
            str(T("Deal", "商机")): list("ABCDEF"),
            str(T("Amount", "金额")): [money(a) for a in case["amounts"]],
            str(T("Probability to win", "赢单概率")): [percent(p) for p in case["chances"]],
        }
    )


def _ladder(case: Case) -> pd.DataFrame:
    """Return the possible totals with the chance of each or less, and of each or more."""
    total = weighted_distribution(case["amounts"], case["chances"])
    below = np.cumsum(total.weights)
    keep = (below > 0.02) & (below < 0.985)
    rows = [
        (money(v), percent(b, 1), percent(total.at_least(float(v)), 1))
        for v, b in zip(total.values[keep], below[keep], strict=True)
    ]
    heads = T("Total", "合计"), T("this or less", "不超过的概率"), T("this or more", "达到的概率")
    return pd.DataFrame(rows, columns=[str(h) for h in heads])


_ENDS = (T("P10 (low):", "P10（低值）："), T("P50 (middle):", "P50（中位）："), T("P90 (high):", "P90（高值）："))


EXERCISES = (
    Exercise(
        id="L05.1", objective="O1", minutes=3, seeds=("S16",),
        prompt=T(
            "Before any data, for your own next quarter: which amount will most likely be won? Which low amount would you undercut only one time in ten, which high one pass only one time in ten?",
            "先不看数据，估计你自己下个季度的赢单金额：最可能是多少？只有一成可能达不到的低值、只有一成可能超过的高值各是多少？",
        ),
        kind=Sheet((
            Blank("low", T("Low:", "低值："), _number),
            Blank("likely", T("Most likely:", "最可能："), _number),
            Blank("high", T("High:", "高值："), _number),
        ), _rising),
        solve=guess,
        mistakes=(
            Mistake("words", lambda c: {**guess(c), "likely": "good"}, _NO_NUMBER),
            Mistake("upside_down", lambda c: {**guess(c), "low": "2000000"}, _NOT_RISING),
        ),
        hints=(
            T("Start with the amount you would tell your boss.", "先写你会报给上级的数字。"),
            T("Then think of the worst and the best of the last ten quarters.", "再想想过去十个季度里最差和最好的一次。"),
            T("If the worst of ten quarters was 600,000, write that as low.", "如果十个季度里最差的是 60 万，低值就填 60 万。"),
        ),
        after=T("Kept. Most people draw the range too narrow; below you see how wide it really is.",
                "已保存。多数人给的范围太窄，下面会看到真实的范围有多宽。"),
    ),
    Exercise(
        id="L05.2", objective="O1", minutes=4, seeds=("S16",),
        prompt=T("These six deals are due this quarter. What is the weighted pipeline?",
                 "这六个商机都预计本季度成交。加权管道金额是多少？"),
        kind=Number("money", relative=0.002),
        solve=weighted, draw=six_deals, show=_deals,
        mistakes=(
            Mistake("all_of_it", lambda c: float(sum(c["amounts"])), T(
                "This is the whole amount, as if all six were won. Multiply each by its probability.", "这是全部金额，等于假设六个都赢。每个要乘以它的赢单概率。")),
            Mistake("the_likely_ones", lambda c: float(sum(a for a, p in zip(c["amounts"], c["chances"], strict=True) if p >= 0.5)), T(
                "You took the likely deals in full and dropped the others. Weighted means: every deal, by its probability.", "这里把可能性大的全额计入，其余舍去。加权是每个商机都按概率计入。")),
            Mistake("mean_chance", lambda c: float(sum(c["amounts"]) * np.mean(c["chances"])), T(
                "One average probability for all hides that the large deals are the unlikely ones. Multiply deal by deal.", "用一个平均概率，掩盖了大单恰恰概率低。应逐个相乘。")),
        ),
        hints=(
            T("Each deal counts with its probability.", "每个商机按概率计入。"),
            T("Six products, one sum.", "六个乘积，加在一起。"),
            T("Deal A: amount × 90 %.", "商机 A：金额 × 90%。"),
        ),
        after=T("This is the mean over many such quarters. You only have one of them.", "这是很多个同样季度的平均值，而你只有这一个季度。"),
    ),
    Exercise(
        id="L05.3", objective="O1", minutes=4, seeds=("S16",),
        prompt=T(
            "Six other deals give a weighted pipeline of {mean:money}. The table lists the totals that can happen. What is the chance to reach the weighted number or more?",
            "另外六个商机的加权管道金额是 {mean:money}。下表列出可能出现的合计。达到或超过加权金额的概率是多少？",
        ),
        kind=Number("fraction", within=0.004, relative=0.0),
        solve=chance_of_weighted, draw=lambda r: with_mean(six_deals(r)), show=_ladder,
        mistakes=(
            Mistake("half", lambda c: 0.5, T(
                "Half would be the middle of all outcomes. The weighted number is their mean, and one large unlikely deal pulls the mean up.",
                "一半对应的是中位数。加权金额是平均数，一个概率低的大单会把它拉高。")),
            Mistake("one_row_up", _one_below, T(
                "That row lies below the weighted number. Take the first total that reaches it.", "这一行低于加权金额。要取第一个达到它的合计。")),
            Mistake("or_less", lambda c: 1 - chance_of_weighted(c), T(
                "That is the chance to stay below. The question asks for reaching it.", "这是达不到的概率，题目问的是达到的概率。")),
        ),
        hints=(
            T("Look for the weighted number between two rows.", "找到加权金额落在哪两行之间。"),
            T("Only the totals from the next row on reach it.", "从后一行起的合计才达到它。"),
            T("Read “this or more” in the first row that is not below {mean:money}.", "看第一个不低于 {mean:money} 的那一行的“达到的概率”。"),
        ),
        after=T("The weighted number is not the likely result; with few deals it usually does not happen at all. Report it together with its chance.",
                "加权金额不是最可能的结果，商机少的时候往往根本不会出现。报告时要写明达到的概率。"),
    ),
    Exercise(
        id="L05.4", objective="O1", minutes=4, seeds=("S16",),
        prompt=T(
            "The range forecast of these deals: read P10, P50 and P90 from the table. P10 is the first total whose “this or less” reaches 10 %.",
            "给出这些商机的区间预测：从表中读出 P10、P50 和 P90。P10 是“不超过的概率”最先达到 10% 的那个合计。",
        ),
        kind=Series(lambda c: [str(x) for x in _ENDS], "money", relative=0.001),
        solve=low_middle_high, draw=six_deals, show=_ladder,
        mistakes=(
            Mistake("upside_down", lambda c: low_middle_high(c)[::-1], T(
                "You read “this or more”. P10 is the cautious end: only one time in ten does it come out lower.", "看成了“达到的概率”。P10 是保守的一端：只有一成可能更低。")),
            Mistake("mean_in_the_middle", lambda c: [low_middle_high(c)[0], weighted(c), low_middle_high(c)[2]], T(
                "The ends are right. In the middle stands the weighted number; P50 is the total that is as likely passed as missed.", "两端正确。中间填的是加权金额，P50 应是高于和低于各占一半的合计。")),
            Mistake("extremes", lambda c: [0.0, low_middle_high(c)[1], float(sum(c["amounts"]))], T(
                "Nothing and everything are possible, but so rare that nobody can plan with them. Take the 10 % and 90 % rows.", "全输和全赢都有可能，但太少见，无法用来安排工作。取 10% 和 90% 的行。")),
        ),
        hints=(
            T("Use the column “this or less”.", "看“不超过的概率”这一列。"),
            T("Go down until it first reaches 10 %, then 50 %, then 90 %.", "往下看，分别找最先达到 10%、50%、90% 的行。"),
            T("For P10, skip all rows whose value is still below 10 %.", "找 P10 时，跳过仍低于 10% 的行。"),
        ),
        after=T("Eight quarters in ten end between P10 and P90. Plan the cost on the low end and ask which single deal makes the high one.",
                "十个季度有八个落在 P10 与 P90 之间。费用按低值安排，再看高值取决于哪一单。"),
    ),
)  # fmt: skip


def with_mean(values: dict[str, Any]) -> dict[str, Any]:
    """Add the weighted number that the question tells."""
    return {**values, "mean": float(np.dot(values["amounts"], values["chances"]))}
