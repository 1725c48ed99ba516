"""Scores of forecasts, the winner of each, and whether the pipeline suffices."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd

import funnelkit as fk
from funnelkit.teach.choices import Choice, Match, Option
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.kinds import Series
from funnelkit.words import money, number, percent

PLANS = {"forecasts": {"deals": 1200}}
METHODS = ("simulation", "weighted", "stage", "cohort", "pacing")
NAMES = {
    "simulation": T("Simulation", "模拟法"),
    "weighted": T("Weighted pipeline", "加权法"),
    "stage": T("Win share by stage", "阶段赢率法"),
    "cohort": T("Age since creation", "同期群法"),
    "pacing": T("Pacing", "进度法"),
}


def four_quarters(r: random.Random) -> dict[str, Any]:
    actual = [r.choice([6, 8]), r.choice([10, 12]), r.choice([9, 10]), r.choice([14, 16])]
    r.shuffle(actual)
    off = r.sample([2, 3, -1, 1], 4)
    return {"forecast": [a + d for a, d in zip(actual, off, strict=True)], "actual": actual}


def three_errors(case: Case) -> list[float]:
    forecast, actual = np.array(case["forecast"]), np.array(case["actual"])
    off = np.abs(forecast - actual)
    bias = (forecast.sum() - actual.sum()) / actual.sum()
    return [float(np.mean(off / actual)), float(off.sum() / actual.sum()), float(bias)]


def _by_forecast(case: Case) -> list[float]:
    forecast, actual = np.array(case["forecast"]), np.array(case["actual"])
    off, whole = np.abs(forecast - actual), forecast.sum()
    return [float(np.mean(off / forecast)), float(off.sum() / whole), float((whole - actual.sum()) / whole)]


def _sign(case: Case) -> list[float]:
    mape, wape, bias = three_errors(case)
    return [mape, wape, -bias]


def _swapped(case: Case) -> list[float]:
    mape, wape, bias = three_errors(case)
    return [wape, mape, bias]


def _quarters(case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        {
            str(T("Quarter", "季度")): ["Q1", "Q2", "Q3", "Q4"],
            str(T("Forecast", "预测")): [money(1e6 * f) for f in case["forecast"]],
            str(T("Actual", "实际")): [money(1e6 * a) for a in case["actual"]],
        }
    )


def winners(case: Case) -> dict[str, str]:
    methods = ["simulation", "weighted", "stage", "cohort", "pacing"]
    scores = fk.backtest(case.p, methods, origins=6, draws=300).table.set_index("method")
    return {
        "wape": str(scores["wape"].idxmin()),
        "bias": str(scores["bias"].abs().idxmin()),
        "brier": str(scores["brier"].idxmin()),
        "high": str(scores["bias"].idxmax()),
    }


def _scores(case: Case) -> pd.DataFrame:
    table = fk.backtest(case.p, METHODS, origins=6, draws=300).table
    return pd.DataFrame(
        {
            str(T("Method", "方法")): [str(NAMES[m]) for m in table["method"]],
            "WAPE": [percent(x, 1) for x in table["wape"]],
            str(T("Bias", "偏差")): [f"{x:+.1%}" for x in table["bias"]],
            str(T("Brier score", "布里尔分数")): [number(x, 4) if x == x else "–" for x in table["brier"]],
            str(T("Inside P10–P90", "落在 P10–P90 内")): [percent(x) for x in table["coverage"]],
        }
    )


def _lowest_bias(case: Case) -> dict[str, str]:
    """Take the most negative bias for the smallest."""
    table = fk.backtest(case.p, METHODS, origins=6, draws=300).table.set_index("method")
    return {**winners(case), "bias": str(table["bias"].idxmin())}


def quarter_so_far(r: random.Random) -> dict[str, Any]:
    target = r.choice([8, 10, 12])
    booked = r.choice([3, 5])
    return {
        "target": target * 1_000_000, "booked": booked * 1_000_000,
        "open": r.choice([14, 15, 16, 18]) * 1_000_000,
        "win": r.choice([0.2, 0.25]), "inside": r.choice([0.2, 0.3]),
    }  # fmt: skip


def both_coverages(case: Case) -> list[float]:
    to_go = case["target"] - case["booked"]
    from_open = to_go - case["inside"] * case["target"]
    return [case["open"] / to_go, from_open / case["win"] / to_go]


def _two_bases(case: Case) -> list[float]:
    """Take the need of a whole quarter for what is left of it."""
    return [both_coverages(case)[0], (1 - case["inside"]) / case["win"]]


def _naive(case: Case) -> list[float]:
    return [case["open"] / case["target"], both_coverages(case)[1]]


def _one_over(case: Case) -> list[float]:
    return [both_coverages(case)[0], 1 / case["win"]]


def _three(case: Case) -> list[float]:
    return [both_coverages(case)[0], 3.0]


def sentence(case: Case) -> str:
    return "mid"


_ERRORS = (T("MAPE:", "MAPE："), T("WAPE:", "WAPE："), T("Bias (with sign):", "偏差（带正负号）："))
_RATIOS = (T("Coverage to go:", "剩余目标覆盖率："), T("Coverage needed:", "所需覆盖率："))
_ASKED = (
    Option("wape", T("Closest to the actual amounts (WAPE)", "与实际金额最接近（WAPE）"),
           T("Closest means the smallest WAPE in the table.", "最接近是指表中 WAPE 最小。")),
    Option("bias", T("Neither too high nor too low over all (bias)", "总体上不偏高也不偏低（偏差）"),
           T("The bias nearest to zero, whatever its sign.", "偏差最接近零，不论正负。")),
    Option("brier", T("Best chances for single deals (Brier score)", "对单个商机的概率最准（布里尔分数）"),
           T("The smallest Brier score; a method without one says nothing on single deals.", "布里尔分数最小；没有分数的方法不给单个商机的概率。")),
    Option("high", T("Promises most beyond what comes", "报得比实际高出最多"),
           T("The largest bias with a plus sign.", "正偏差最大的那个。")),
)  # fmt: skip
_SENTENCES = (
    Option("sum", T("“The weighted pipeline is 6.95m, so 6.95m will come.”", "“加权管道金额是 695 万，所以会赢 695 万。”"),
           T("With these six deals that amount is missed in nearly two of three quarters.", "这六个商机有近三分之二的可能达不到这个数。")),
    Option("avg", T("“6.95m is the mean, so the chance is half.”", "“695 万是平均值，所以达到的可能性是一半。”"),
           T("One large unlikely deal pulls the mean above the middle; the chance is about four in ten.", "一个概率低的大单把平均数拉高到中位数之上，可能性不到四成。")),
    Option("mid", T("“Eight times in ten between 3m and 11m; 6.5m is as likely passed as missed, and deal F decides the upper end.”",
                      "“八成可能在 300 万到 1,100 万之间；650 万是超过与达不到各一半，上端取决于商机 F。”"),
           T("Range, middle and what it hangs on.", "区间、中位和关键商机都说到了。"), right=True),
    Option("cut", T("“6.95m less ten percent for safety, that is safe.”", "“695 万打九折，就稳妥了。”"),
           T("Ten percent off is a habit, not a chance. Read from the distribution which amount is safe enough.", "打九折只是习惯，不是概率。多少才稳妥，要从分布里读。")),
)  # fmt: skip


EXERCISES = (
    Exercise(
        id="L05.8", objective="O3", minutes=5, seeds=("S31",),
        prompt=T("Four quarters, forecast against actual. Calculate MAPE (mean of the four percentage errors), WAPE (sum of errors / sum of actuals) and bias ((forecasts − actuals) / actuals, in sum).",
                 "四个季度的预测与实际如下。计算 MAPE（四个百分比误差的平均）、WAPE（误差合计 ÷ 实际合计）和偏差（（预测合计 − 实际合计）÷ 实际合计）。"),
        kind=Series(lambda c: [str(x) for x in _ERRORS], "fraction", within=0.0012, relative=0.0),
        solve=three_errors, draw=four_quarters, show=_quarters,
        mistakes=(
            Mistake("by_forecast", _by_forecast, T(
                "You divided by the forecasts. Errors are measured against what came.", "这里除以了预测值。误差要以实际为准。")),
            Mistake("sign", _sign, T(
                "MAPE and WAPE are right. Bias is forecast less actual: plus means promised too much.", "MAPE 和 WAPE 正确。偏差是预测减实际：正号表示报高了。")),
            Mistake("swapped", _swapped, T(
                "MAPE and WAPE are swapped. MAPE averages four percentages, WAPE divides two sums.", "MAPE 和 WAPE 填反了。MAPE 是四个百分比的平均，WAPE 是两个合计相除。")),
        ),
        hints=(
            T("Write the four errors first, without sign.", "先写出四个误差，不带正负号。"),
            T("For the bias the signs count: too much and too little may cancel.", "算偏差时要带正负号，高低会相互抵消。"),
            T("WAPE: add up the four errors and divide by the sum of the actuals.", "WAPE：四个误差相加，除以实际合计。"),
        ),
        after=T("WAPE says how far off, bias in which direction. Small quarters make MAPE look bad; in a quarter without wins it cannot be computed.",
                "WAPE 说差多少，偏差说偏向哪边。小季度会放大 MAPE；没有赢单的季度无法计算 MAPE。"),
    ),
    Exercise(
        id="L05.9", objective="O3", minutes=5, seeds=("S31",),
        prompt=T("Five methods forecast six past quarters of your practice firm, each with what was known at that time. Which method wins which score?",
                 "五种方法预测练习公司过去的六个季度，只用当时已知的数据。每项评分哪种方法最突出？"),
        kind=Match(_ASKED, tuple(Option(m, NAMES[m], T("", "")) for m in METHODS)),
        solve=winners, data="forecasts", show=_scores,
        mistakes=(
            Mistake("most_negative", _lowest_bias, T(
                "You took the lowest bias. A bias far below zero is as bad as one far above: nearest to zero wins.", "这里选了数值最小的偏差。偏低太多和偏高太多一样不好，最接近零才好。")),
        ),
        hints=(
            T("Small is good for WAPE and Brier score.", "WAPE 和布里尔分数越小越好。"),
            T("For the bias look at the distance from zero.", "偏差看与零的距离。"),
            T("Go down the WAPE column and mark the smallest.", "先看 WAPE 一列，标出最小的。"),
        ),
        after=T("No method wins everywhere, and six quarters are few. Choose by the decision: cash needs small errors, priorities need good chances a deal.",
                "没有一种方法样样第一，六个季度也不多。看用途：资金安排要误差小，排优先级要单个商机的概率准。"),
    ),
    Exercise(
        id="L05.10", objective="O4", minutes=4, seeds=("S31",),
        prompt=T(
            "Target of the quarter {target:money}, booked {booked:money}, open and due {open:money}. By value {win:percent} of the deals are won; deals not created yet will bring another {inside:percent} of the target by the quarter's end. What is the coverage to go, and which coverage is needed?",
            "本季度目标 {target:money}，已赢 {booked:money}，预计本季度成交的在途金额 {open:money}。按金额计赢率 {win:percent}，尚未创建的商机到季末还能带来目标的 {inside:percent}。剩余目标覆盖率是多少？需要多少？",
        ),
        kind=Series(lambda c: [str(x) for x in _RATIOS], "number", within=0.03, relative=0.0),
        solve=both_coverages, draw=quarter_so_far,
        mistakes=(
            Mistake("naive", _naive, T(
                "The first one forgets what is booked: only the rest of the target still needs deals.", "前一个没有扣除已赢部分：只有剩下的目标还需要商机。")),
            Mistake("one_over", _one_over, T(
                "The second one counts on the open deals alone. Part of the business is not in the pipeline yet and will come inside the quarter.",
                "后一个只算了现有商机。还有一部分业绩会在季度内新建并成交。")),
            Mistake("two_bases", _two_bases, T(
                "The second one is the need of a whole quarter before anything is booked. Take off what is booked too: what open deals must bring, over what is still to be won.",
                "后一个是季初、尚无已赢时的所需。已赢部分也要扣除：现有商机须完成的金额，除以还要赢的金额。")),
            Mistake("three", _three, T(
                "Three times is a saying, no law. It depends on the win rate by value.", "“三倍”只是说法，不是定律，取决于按金额计的赢率。")),
        ),
        hints=(
            T("How much of the target is still to be won?", "目标还剩多少要赢？"),
            T("Needed: what open deals have to bring / win rate / what is still to be won.", "所需 = 现有商机须完成的金额 ÷ 赢率 ÷ 还要赢的金额。"),
            T("Still to win: {target:money} − {booked:money}.", "还要赢：{target:money} − {booked:money}。"),
        ),
        after=T("If the first number lies below the second, the quarter hangs on luck: more deals have to come in, and pushing harder on the same ones will not do.",
                "前者低于后者，就要靠运气：需要补充商机，单靠催现有的单子不够。"),
    ),
    Exercise(
        id="L05.11", objective="O4", minutes=2, seeds=("S14", "S16"),
        prompt=T("Exit question. The six deals of this lesson's slide have a weighted pipeline of 6.95m. Which sentence would you say to the board?",
                 "课末一题。本课演示的六个商机，加权管道金额 695 万。向管理层汇报，你会说哪一句？"),
        kind=Choice(_SENTENCES),
        solve=sentence, mistakes=(),
        hints=(
            T("Which sentence would still be honest if the large deal is lost?", "如果大单丢了，哪句话仍然成立？"),
            T("A forecast has a middle, two ends and a reason.", "一个预测要有中位、两端和依据。"),
            T("Cross out every sentence with a single amount only.", "先划掉只报一个数的句子。"),
        ),
        after=T("Who decides needs to know how wide it is. One number hides the decision; a range with its reason makes it.",
                "做决策的人要知道范围有多宽。只报一个数会掩盖风险，区间加依据才支持决策。"),
    ),
)  # fmt: skip
