"""Rate and mix, false alarms, and a firm without a fault."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.teach.choices import Choice, Option
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.kinds import Number, Series
from funnelkit.words import percent


def channels(r: random.Random) -> dict[str, Any]:
    """Draw two channels in which both rates fall and the total rises."""
    times = r.choice([1, 2, 4])
    before = r.choice([[(60, 150), (42, 350)], [(50, 100), (44, 400)], [(72, 160), (51, 340)]])
    after = r.choice([[(126, 350), (15, 150)], [(144, 400), (8, 100)]])
    return {
        "before": [(times * k, times * n) for k, n in before],
        "after": [(times * k, times * n) for k, n in after],
    }


def effects(case: Case) -> list[float]:
    k0, n0 = np.array(case["before"]).T
    k1, n1 = np.array(case["after"]).T
    rate0, rate1 = k0 / n0, k1 / n1
    weight0, weight1 = n0 / n0.sum(), n1 / n1.sum()
    rate = ((weight0 + weight1) / 2 * (rate1 - rate0)).sum()
    mix = ((rate0 + rate1) / 2 * (weight1 - weight0)).sum()
    return [float(rate), float(mix)]


def _swapped(case: Case) -> list[float]:
    rate, mix = effects(case)
    return [mix, rate]


def _total_only(case: Case) -> list[float]:
    return [sum(effects(case)), 0.0]


def _old_weights(case: Case) -> list[float]:
    k0, n0 = np.array(case["before"]).T
    k1, n1 = np.array(case["after"]).T
    rate = float((n0 / n0.sum() * (k1 / n1 - k0 / n0)).sum())
    return [rate, float((k0 / n0 * (n1 / n1.sum() - n0 / n0.sum())).sum())]


def _channel_table(case: Case) -> pd.DataFrame:
    rows = []
    names = (T("Referral", "转介绍"), T("Advertising", "广告"))
    for name, (k0, n0), (k1, n1) in zip(names, case["before"], case["after"], strict=True):
        rows.append(
            (
                str(name),
                f"{k0} / {n0} = {percent(k0 / n0, 1)}",
                f"{k1} / {n1} = {percent(k1 / n1, 1)}",
            )
        )
    (a, b), (c, d) = np.array(case["before"]).sum(axis=0), np.array(case["after"]).sum(axis=0)
    rows.append(
        (
            str(T("Together", "合计")),
            f"{a} / {b} = {percent(a / b, 1)}",
            f"{c} / {d} = {percent(c / d, 1)}",
        )
    )
    columns = [
        str(T("Source", "来源")),
        str(T("Won of closed, before", "以前：赢单 / 已结")),
        str(T("Won of closed, after", "现在：赢单 / 已结")),
    ]
    return pd.DataFrame(rows, columns=columns)



def false_alarm(case: Case) -> float:
    return float(1 - 0.95 ** case["sellers"])


def no_fault(case: Case) -> str:
    return "few"


def _sellers(case: Case) -> pd.DataFrame:
    from funnelkit.stats import wilson

    deals = case.p.deals.to_pandas()
    closed = deals[(deals["outcome"] != "open") & deals["stage"].isin(["proposal", "negotiation"])]
    table = closed.groupby("owner")["outcome"].agg(["size", lambda o: (o == "won").sum()])
    table.columns = pd.Index(["n", "won"])
    table["rate"] = table["won"] / table["n"]
    table = table.sort_values(["rate", "n"], ascending=[False, True])
    low, high = wilson(table["won"].to_numpy(), table["n"].to_numpy())
    return pd.DataFrame(
        {
            str(T("Won / closed offers", "赢单 / 已结报价")): [
                f"{w} / {n}" for w, n in zip(table["won"], table["n"], strict=True)
            ],
            str(T("Win rate", "赢率")): [percent(x) for x in table["rate"]],
            str(T("95 % interval", "95% 置信区间")): [
                f"{percent(a)} – {percent(b)}" for a, b in zip(low, high, strict=True)
            ],
        },
        index=pd.Index(table.index, name=str(T("Seller", "负责人"))),
    )


_CONCLUSIONS = (
    Option("last", T("Talk to the seller in the last row about performance", "找排在最后一行的销售谈业绩"),
           T("Somebody is always last. Look at the interval: does it leave out the others' rate?", "总有人排在最后。看看区间：它把其他人的赢率排除在外了吗？")),
    Option("three", T("Send the last three to a training on closing", "让最后三名参加成交培训"),
           T("Three of twelve always stand at the bottom, also when all sell equally well. Cutting a ranking is no test.", "即使大家水平完全一样，也总有三个人垫底。按名次切一刀不是检验。")),
    Option("copy", T("Let all copy how the first in the list sells", "让所有人学习第一名的做法"),
           T("The top is as much luck as the bottom: see how few deals it rests on.", "第一名和最后一名一样可能是运气：看看它基于几个商机。")),
    Option("few", T("Nothing on this alone: too few deals to tell the sellers apart; look again with more", "仅凭这张表不采取行动：商机太少，分不出高低，积累更多再看"),
           T("The intervals overlap widely.", "区间大幅重叠。"), right=True),
)  # fmt: skip



EXERCISES = (
    Exercise(
        id="L06.10", objective="O4", minutes=5, seeds=("S32",),
        prompt=T(
            "The firm's win rate rose. Split the change of the total: how much comes from the rates of the two sources, how much from their shares? (Mean of both periods as weights; the two add up to the change.)",
            "公司的整体赢率上升了。把变化拆成两部分：多少来自两个来源各自的赢率（水平效应），多少来自占比变化（结构效应）？（权重取两期平均，两者相加等于总变化。）",
        ),
        kind=Series(lambda c: [str(T("Rate effect", "水平效应")), str(T("Mix effect", "结构效应"))], "fraction", within=0.0015, relative=0.0),
        draw=channels, solve=effects, show=_channel_table,
        mistakes=(
            Mistake("swapped", _swapped, T(
                "The two are swapped. The rate effect uses changes of the win rates.", "两项写反了。水平效应用的是赢率的变化。")),
            Mistake("total_only", _total_only, T(
                "This takes the whole change for better selling. But look at each source: did its rate rise?", "这把总变化都算成卖得更好。请看每个来源：赢率真的上升了吗？")),
            Mistake("old_weights", _old_weights, T(
                "With the weights of the first period alone the two parts do not add up. Take the mean of both periods.", "只用前一期的权重，两部分加起来对不上。请取两期平均。")),
        ),
        hints=(
            T("Look at the two rows first: did the rate of each source rise or fall?", "先看两行：每个来源的赢率是升还是降？"),
            T("Rate effect: for each source mean share × change of rate, then add. Mix effect: mean rate × change of share.", "水平效应：各来源平均占比 × 赢率变化，再相加。结构效应：平均赢率 × 占比变化。"),
            T("Share of a source: its closed deals divided by all closed deals, for each period.", "某来源的占比：该来源已结商机除以全部已结商机，两期各算一次。"),
        ),
        after=T("More referrals hid that each source sells worse. The total alone would have earned applause.", "转介绍多了，掩盖了两个来源都在变差。只看总数，还会有人鼓掌。"),
    ),
    Exercise(
        id="L06.11", objective="O5", minutes=3, seeds=("S26", "S32"),
        prompt=T(
            "{sellers} sellers are equally good. Each is tested alone, with a 5 % chance of being called “clearly weak” by mere luck. How likely is it that at least one is called so?",
            "{sellers} 名销售水平完全一样。逐个检验，每人都有 5% 的可能仅因运气被判为“明显偏弱”。至少有一人被判的概率是多少？",
        ),
        kind=Number("fraction", within=0.006, relative=0.0),
        draw=lambda r: {"sellers": r.choice([8, 10, 12, 14, 16])}, solve=false_alarm,
        mistakes=(
            Mistake("one", lambda c: 0.05, T(
                "This holds for one seller named in advance. Here anybody may be unlucky.", "这是对事先指定的一个人而言。这里任何人都可能运气不好。")),
            Mistake("added", lambda c: 0.05 * c["sellers"], T(
                "Adding counts firms with two unlucky sellers twice; for many sellers it would pass 100 %.", "直接相加会把两人同时不走运的情况重复算；人多了会超过 100%。")),
            Mistake("nobody", lambda c: 0.95 ** c["sellers"], T(
                "This is the chance that nobody is called weak. The question is the other side.", "这是没有人被判的概率，题目问的是另一面。")),
        ),
        hints=(
            T("Ask first how likely it is that nobody is called weak.", "先算没有任何人被判的概率。"),
            T("One seller escapes with 95 %; all escape when each does: multiply.", "一个人不被判的概率是 95%；全部不被判就连乘。"),
            T("For two sellers: 1 − 0.95 × 0.95.", "两个人时：1 − 0.95 × 0.95。"),
        ),
        after=T("That is why a verdict needs a minimum number of deals and a stricter limit the more people are compared.", "所以下结论要有最低样本数，比较的人越多，门槛越要严。"),
    ),
    Exercise(
        id="L06.12", objective="O5", minutes=3, seeds=("S30", "S32"),
        prompt=T("The offers of your practice firm, by seller. What do you do?", "这是练习公司各位销售的报价结果。你会怎么做？"),
        kind=Choice(_CONCLUSIONS), solve=no_fault, show=_sellers, mistakes=(),
        hints=(
            T("Read the column with the number of deals first.", "先看商机数这一列。"),
            T("Does any interval lie wholly below those of the others?", "有没有哪个区间整个低于别人？"),
            T("Compare the first and the last row: do their intervals touch?", "比较第一行和最后一行：两个区间有重叠吗？"),
        ),
        after=T("Holding back is a decision too. It protects people from noise and keeps your alarms believable.", "按兵不动也是决定：它让人免受偶然波动之扰，也让预警可信。"),
    ),
)  # fmt: skip
