"""Probabilities: the CRM's defaults, the Brier score, too high or too low."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.process import load_process
from funnelkit.process.text import Text
from funnelkit.stats import wilson
from funnelkit.teach.choices import Match, Option
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.kinds import Series
from funnelkit.words import money, percent

_STAGES = ("need", "proposal", "negotiation")
#: Default lists of two open-source CRMs for need analysis, proposal, negotiation.
_FIRST, _SECOND = (0.20, 0.75, 0.90), (0.25, 0.65, 0.80)
_BANDS = ("b1", "b2", "b3", "b4")
_STATED = {"b1": 0.2, "b2": 0.4, "b3": 0.7, "b4": 0.9}


def stages_of_firm(r: random.Random) -> dict[str, Any]:
    reached = [r.choice([400, 500]), r.choice([200, 250]), r.choice([120, 150])]
    rates = [r.choice([0.15, 0.16, 0.18]), r.choice([0.3, 0.32, 0.36]), r.choice([0.5, 0.54, 0.6])]
    return {
        "open": [r.choice([3, 4, 5]) * 1_000_000, r.choice([2, 3, 4]) * 1_000_000, r.choice([1, 2]) * 1_000_000],
        "reached": reached,
        "won": [round(n * rate) for n, rate in zip(reached, rates, strict=True)],
    }  # fmt: skip


def three_lists(case: Case) -> list[float]:
    amounts = np.array(case["open"])
    history = np.array(case["won"]) / np.array(case["reached"])
    return [float(amounts @ p) for p in ((0.20, 0.75, 0.90), (0.25, 0.65, 0.80), history)]


def _by_step(case: Case) -> list[float]:
    """Take the share that goes one stage on for the share that is won."""
    reached = [*case["reached"], case["won"][-1]]
    steps = [b / a for a, b in pairwise(reached)]
    return [*three_lists(case)[:2], float(np.dot(case["open"], steps))]


def _odds(case: Case) -> list[float]:
    odds = [w / (n - w) for n, w in zip(case["reached"], case["won"], strict=True)]
    return [*three_lists(case)[:2], float(np.dot(case["open"], odds))]


def _one_rate(case: Case) -> list[float]:
    whole = case["won"][-1] / case["reached"][0]
    return [*three_lists(case)[:2], float(sum(case["open"]) * whole)]


def _firm(case: Case) -> pd.DataFrame:
    process = load_process()
    return pd.DataFrame(
        {
            str(T("Stage", "阶段")): [process.label(s) for s in _STAGES],
            str(T("Open amount", "在途金额")): [money(a) for a in case["open"]],
            str(T("CRM list A", "CRM 默认值甲")): [percent(p) for p in _FIRST],
            str(T("CRM list B", "CRM 默认值乙")): [percent(p) for p in _SECOND],
            str(T("Reached it in the past", "过去到达该阶段")): case["reached"],
            str(T("Of these won", "其中赢单")): case["won"],
        }
    )


def ten_deals(r: random.Random) -> dict[str, Any]:
    """Draw ten stated chances, two of each, and what came: fewer wins than stated."""
    chances = r.choice([(0.9, 0.75, 0.5, 0.25, 0.1), (0.9, 0.8, 0.6, 0.3, 0.1), (0.9, 0.7, 0.5, 0.3, 0.2)])
    came = [1, 0, 1, 0, *r.choice([(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)]), 0, 0]
    return {"stated": [p for p in chances for _ in range(2)], "came": came}


def brier_and_skill(case: Case) -> list[float]:
    stated, came = np.array(case["stated"]), np.array(case["came"])
    score = float(np.mean((stated - came) ** 2))
    reference = float(came.mean() * (1 - came.mean()))
    return [score, reference, 1 - score / reference]


def _distances(case: Case) -> list[float]:
    score = float(np.mean(np.abs(np.array(case["stated"]) - case["came"])))
    reference = brier_and_skill(case)[1]
    return [score, reference, 1 - score / reference]


def _not_divided(case: Case) -> list[float]:
    score, reference, skill = brier_and_skill(case)
    return [10 * score, reference, skill]


def _coin(case: Case) -> list[float]:
    score = brier_and_skill(case)[0]
    return [score, 0.25, 1 - score / 0.25]


def _ten(case: Case) -> pd.DataFrame:
    won, lost = str(T("won", "赢单")), str(T("not won", "未赢"))
    return pd.DataFrame(
        {
            str(T("Stated", "事先概率")): [percent(p) for p in case["stated"]],
            str(T("Came", "结果")): [won if y else lost for y in case["came"]],
        },
        index=pd.RangeIndex(1, 11),
    )


def bands(r: random.Random) -> dict[str, Any]:
    """Draw one band far too high, one too low, two in line (one of them with few deals)."""
    kinds = ["high", "low", "line", "few"]
    while True:
        r.shuffle(kinds)
        given = dict(zip(_BANDS, kinds, strict=True))
        if given["b1"] != "high" and given["b4"] != "low":
            break
    deals, won = {}, {}
    for band, kind in given.items():
        p = _STATED[band]
        n = r.choice([8, 10]) if kind == "few" else r.choice([80, 100, 120])
        share = p + {"high": -0.25, "low": 0.25, "line": r.choice([-0.02, 0.02]), "few": -0.1}[kind]
        deals[band], won[band] = n, round(n * min(share, 0.98))
    return {"deals": deals, "won": won}


def too_high_or_low(case: Case) -> dict[str, str]:
    from funnelkit.stats import wilson

    found = {}
    for band, stated in {"b1": 0.2, "b2": 0.4, "b3": 0.7, "b4": 0.9}.items():
        low, high = wilson(case["won"][band], case["deals"][band])
        found[band] = "over" if stated > high else "under" if stated < low else "line"
    return found


def _by_eye(case: Case) -> dict[str, str]:
    shares = {b: case["won"][b] / case["deals"][b] for b in _BANDS}
    return {b: "over" if _STATED[b] > shares[b] else "under" for b in _BANDS}


def _other_way(case: Case) -> dict[str, str]:
    turn = {"over": "under", "under": "over", "line": "line"}
    return {b: turn[v] for b, v in too_high_or_low(case).items()}


def _bands(case: Case) -> pd.DataFrame:
    rows = []
    for band in _BANDS:
        n, k = case["deals"][band], case["won"][band]
        low, high = (float(x) for x in wilson(k, n))
        rows.append((percent(_STATED[band]), n, k, percent(k / n), f"{percent(low)} – {percent(high)}"))
    heads = (
        T("Stated", "事先概率"), T("Deals", "商机数"), T("Won", "赢单"), T("Share won", "实际赢单比例"), T("95 % interval", "95% 区间"),
    )
    return pd.DataFrame(rows, columns=[str(h) for h in heads])


_WHY = T(
    "Compare the stated chance with the interval of what came, not with the share alone: inside the interval it may be chance.",
    "把事先概率与实际结果的区间比较，而不是只看比例：落在区间内，差别可能只是偶然。",
)


def _band(id: str) -> Option:
    stated = _STATED[id]
    return Option(id, Text(en=f"Stated {stated:.0%}", zh=f"事先概率 {stated:.0%}"), _WHY)


_JUDGED = (
    Option("over", T("too high (over-confident)", "偏高（过于乐观）"), T("", "")),
    Option("under", T("too low (over-cautious)", "偏低（过于保守）"), T("", "")),
    Option("line", T("nothing shown against it", "看不出偏差"), T("", "")),
)
_LISTS = (T("With CRM list A:", "按 CRM 默认值甲："), T("With CRM list B:", "按 CRM 默认值乙："), T("With your own history:", "按自己的历史："))
_SCORES = (T("Brier score:", "布里尔分数："), T("Of always saying the share won:", "一律按实际比例估计的分数："), T("Skill:", "技巧得分："))


EXERCISES = (
    Exercise(
        id="L05.5", objective="O2", minutes=6, seeds=("S16", "S31"),
        prompt=T(
            "The open deals of one firm, and the default probabilities that two CRMs ship for the same stages. What is the weighted pipeline by each list, and by the share won of the past?",
            "同一家公司的在途商机，以及两种 CRM 对相同阶段的默认概率。按两份默认值，以及按过去到达该阶段后的赢单比例，加权管道金额各是多少？",
        ),
        kind=Series(lambda c: [str(x) for x in _LISTS], "money", relative=0.006),
        solve=three_lists, draw=stages_of_firm, show=_firm,
        mistakes=(
            Mistake("one_step", _by_step, T(
                "Both lists are right. For the history you took the share that goes one stage on; the weight is the share that is won in the end.",
                "两份默认值正确。历史一行用的是推进到下一阶段的比率，权重应是最终赢单的比例。")),
            Mistake("odds", _odds, T(
                "Both lists are right. For the history you divided wins by those not won; divide by all that reached the stage.",
                "两份默认值正确。历史一行是赢单除以未赢，应除以全部到达该阶段的商机。")),
            Mistake("one_rate", _one_rate, T(
                "Both lists are right. For the history one rate was used for all stages; a deal in negotiation is worth more than one in need identification.",
                "两份默认值正确。历史一行各阶段用了同一个比率；谈判中的商机与需求识别中的不一样。")),
        ),
        hints=(
            T("Three times the same calculation, each with another column of probabilities.", "同样的算法做三遍，每次换一列概率。"),
            T("For the history: won divided by reached, stage by stage.", "历史：逐阶段用赢单数除以到达数。"),
            T("List A: open amount in need identification × 20 %, plus the other two.", "甲：需求识别的在途金额 × 20%，再加另外两项。"),
        ),
        after=T("The defaults come with the software; nobody measured them at your company. Replace them by your own shares once a year.",
                "默认值是软件自带的，没有人在贵公司量过。每年用自己的历史比例更新一次。"),
    ),
    Exercise(
        id="L05.6", objective="O2", minutes=6, seeds=("S31",),
        prompt=T(
            "Ten deals, the chance stated before, and what came. Calculate the Brier score (mean squared distance), the score of stating the share won for every deal, q × (1 − q), and the skill, 1 − first / second.",
            "十个商机，事先给出的概率和结果如下。计算布里尔分数（差的平方的平均）、对每个商机都按实际比例 q 估计的分数 q ×（1 − q），以及技巧得分 1 − 前者 ÷ 后者。",
        ),
        kind=Series(lambda c: [str(x) for x in _SCORES], "number", within=0.004, relative=0.0),
        solve=brier_and_skill, draw=ten_deals, show=_ten,
        mistakes=(
            Mistake("distances", _distances, T(
                "These are plain distances. Square each one before averaging: a bold error has to cost more.", "这里直接平均了差值。要先平方再平均：越是大胆的错误代价越大。")),
            Mistake("not_divided", _not_divided, T(
                "The sum of squares is right; divide it by the number of deals.", "平方和正确，还要除以商机数。")),
            Mistake("coin", _coin, T(
                "0.25 is the score of a coin. The comparison is with the share of these ten that was won.", "0.25 是抛硬币的分数。应与这十个商机的实际赢单比例比较。")),
        ),
        hints=(
            T("Won counts 1, not won counts 0.", "赢单记 1，未赢记 0。"),
            T("Distance between stated chance and 1 or 0, squared, averaged over ten deals.", "事先概率与 1 或 0 的差，平方，再对十个求平均。"),
            T("The first deal: (90 % − 100 %)² = 0.01.", "第一个商机：（90% − 100%）² = 0.01。"),
        ),
        after=T("A skill near zero or below it: these chances tell no more than the plain share of wins. The order may be good, the height is not.",
                "技巧得分接近零甚至为负：这些概率并不比一个简单的赢单比例更有用。排序也许可以，高低不准。"),
    ),
    Exercise(
        id="L05.7", objective="O2", minutes=4, seeds=("S31",),
        prompt=T("Last year's deals by the chance that was stated. In which bands was it too high, in which too low, and where is nothing shown against it?",
                 "去年的商机按事先概率分组。哪一组概率偏高，哪一组偏低，哪些看不出偏差？"),
        kind=Match(tuple(_band(b) for b in _BANDS), _JUDGED),
        solve=too_high_or_low, draw=bands, show=_bands,
        mistakes=(
            Mistake("by_eye", _by_eye, T(
                "Every band differs a little from what was stated, and small bands differ much. Ask whether the stated chance lies outside the interval.",
                "每组与事先概率都会有一点差别，商机少的组差别更大。要看事先概率是否落在区间之外。")),
            Mistake("other_way", _other_way, T(
                "The right bands, the wrong way round: if fewer were won than stated, the statement was too high.", "找对了组，方向反了：赢得比说的少，说明概率给高了。")),
        ),
        hints=(
            T("Look at the last column.", "看最后一列。"),
            T("A stated chance outside the interval is a finding; inside, it may be luck.", "事先概率在区间外才算发现；在区间内可能只是运气。"),
            T("If the stated chance lies above the upper end, it was too high.", "事先概率高于区间上端，就是偏高。"),
        ),
        after=T("Chances stated 20 to 30 points too high are common, and they can be corrected: put in what came last year.",
                "概率高估二三十个百分点很常见，但可以修正：用去年的实际比例代替。"),
    ),
)  # fmt: skip
