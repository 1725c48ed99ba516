"""L03 Conversion, flow, targets."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np
import pandas as pd

import funnelkit as fk
from funnelkit.process import load_process
from funnelkit.process.text import Text
from funnelkit.teach.choices import Match, Option
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.faults import NotANumber, number_in
from funnelkit.teach.kinds import Number, Series
from funnelkit.teach.written import Blank, Find, Sheet
from funnelkit.words import money, percent, say

_NO_NUMBER = T("Write a plain number.", "请填一个数字。")
_ORDERED = T(
    "A lead has to come through the offer to be won: out of 100 leads fewer are won than out of 100 offers.",
    "线索要走过报价才可能赢单：100 条线索的赢单数应少于 100 份报价的赢单数。",
)
_OUTSIDE = T(
    "One rate lies outside what eight quarters have shown. A target out there is a wish; say first what will be done differently.",
    "有一步超出了八个季度的区间。定在区间之外只是愿望，先说清打算改变什么做法。",
)
_TOO_SMALL = T(
    "Multiply the five rates: they do not reach 40 wins out of 1,000 leads yet. A little on each step does more than it seems.",
    "把五个比率连乘：还达不到每 1,000 条线索赢 40 单。每一步都提高一点，效果会叠加。",
)
_TOO_MUCH = T(
    "Multiplied, this asks for far more than 43 wins out of 1,000 leads. All steps at their best at once has not happened yet: that is no plan.",
    "连乘后远超每 1,000 条线索赢 43 单。所有步骤同时达到最好，历史上从未出现，不能当计划。",
)
_PAST = T(
    "These are today's rates. They give 36 wins out of 1,000 leads; the plan needs 40.",
    "这是目前的比率，每 1,000 条线索赢 36 单；计划需要 40 单。",
)


_number = NotANumber(_NO_NUMBER)


def _fewer(filled: Mapping[str, str]) -> Text | None:
    leads, offers = number_in(filled["leads"]) or 0.0, number_in(filled["offers"]) or 0.0
    return _ORDERED if leads > offers else None


def guess(case: Case) -> dict[str, str]:
    return {"leads": "4", "offers": "30", "days": "90"}


def skipping(r: random.Random) -> dict[str, Any]:
    n = r.choice([200, 400])
    neat, jumped = n * r.choice([50, 60]) // 100, n * r.choice([20, 30]) // 100
    onward = neat * r.choice([40, 50]) // 100
    return {"n": n, "neat": neat, "jumped": jumped, "onward": onward, "won": (onward + jumped) // 2}


def reached(case: Case) -> list[float]:
    second = case["neat"] + case["jumped"]
    third = case["onward"] + case["jumped"]
    return [second / case["n"], third / second, case["won"] / third, case["won"] / case["n"]]


def chain(case: Case) -> list[float]:
    third = case["onward"] + case["jumped"]
    steps = [case["neat"] / case["n"], case["onward"] / case["neat"], case["won"] / third]
    return [*steps, prod(steps)]


def from_the_top(case: Case) -> list[float]:
    second, third = case["neat"] + case["jumped"], case["onward"] + case["jumped"]
    return [x / case["n"] for x in (second, third, case["won"], case["won"])]


def _steps(case: Case) -> list[str]:
    return [
        str(T("Stage 1 to 2:", "阶段 1 到 2：")),
        str(T("Stage 2 to 3:", "阶段 2 到 3：")),
        str(T("Stage 3 to won:", "阶段 3 到赢单：")),
        str(T("Created to won:", "创建到赢单：")),
    ]


def rules(case: Case) -> dict[str, str]:
    return {"back": "backfilled", "multiply": "reached", "hole": "touched", "vanish": "strict"}


_ORDER = ("contact", "need", "proposal", "negotiation")


def stays(r: random.Random) -> dict[str, Any]:
    slow, outlier, busy, other = r.sample(_ORDER, 4)
    days = {
        slow: [r.randrange(32, 48) for _ in range(7)],
        outlier: [*(r.randrange(8, 20) for _ in range(6)), r.randrange(280, 330, 10)],
        busy: [r.randrange(12, 24) for _ in range(9)],
        other: [r.randrange(18, 28) for _ in range(7)],
    }
    return {"days": {stage: days[stage] for stage in _ORDER}}


def slowest(case: Case) -> str:
    medians: dict[str, float] = {s: float(np.median(days)) for s, days in case["days"].items()}
    return max(medians, key=medians.__getitem__)


def _stays(case: Case) -> pd.DataFrame:
    process = load_process()
    rows = [
        (process.label(stage), len(days), ", ".join(map(str, days)))
        for stage, days in case["days"].items()
    ]
    return pd.DataFrame(
        rows,
        columns=[str(T("Stage", "阶段")), str(T("Stays", "停留次数")), str(T("Days of each stay", "每次停留的天数"))],
    )


def dying(r: random.Random) -> dict[str, Any]:
    won = r.choice([20, 25, 40])
    return {"n": 100, "lost": 100 - won, "won": won, "long": r.choice([80, 100, 120]), "short": r.choice([15, 20, 30])}


def two_times(case: Case) -> list[float]:
    mean = (case["lost"] * case["long"] + case["won"] * case["short"]) / case["n"]
    return [mean, case["short"]]


def levers(r: random.Random) -> dict[str, Any]:
    return {
        "n": r.randrange(80, 180, 20), "win": r.choice([0.2, 0.25, 0.3]),
        "value": r.randrange(60_000, 120_000, 20_000), "days": r.choice([60, 75, 90]),
    }  # fmt: skip


def velocity(case: Case) -> float:
    return float(case["n"] * case["win"] * case["value"] / case["days"])


def faster(case: Case) -> float:
    return float(1 / (1 - case["cut"]) - 1)


def quarters(r: random.Random) -> dict[str, Any]:
    entered = [*(r.randrange(18, 26) for _ in range(4)), *(r.randrange(52, 66) for _ in range(4))]
    rates = [*(r.choice([0.68, 0.7, 0.72]) for _ in range(4)), *(r.choice([0.48, 0.5, 0.52]) for _ in range(4))]
    pairs = [(n, round(n * rate)) for n, rate in zip(entered, rates, strict=True)]
    r.shuffle(pairs)
    return {"entered": [n for n, _ in pairs], "on": [k for _, k in pairs]}


def three_targets(case: Case) -> list[float]:
    n, k = sum(case["entered"]), sum(case["on"])
    half = 1.96 * (k / n * (1 - k / n) / n) ** 0.5
    return [k / n - half, k / n, k / n + half]


def _of_quarters(case: Case) -> list[float]:
    n = sum(case["entered"])
    mean = float(np.mean([k / e for k, e in zip(case["on"], case["entered"], strict=True)]))
    half = 1.96 * (mean * (1 - mean) / n) ** 0.5
    return [mean - half, mean, mean + half]


def _best_and_worst(case: Case) -> list[float]:
    each = [k / e for k, e in zip(case["on"], case["entered"], strict=True)]
    return [min(each), three_targets(case)[1], max(each)]


def _one_quarter(case: Case) -> list[float]:
    rate, n = three_targets(case)[1], sum(case["entered"]) / 8
    half = 1.96 * (rate * (1 - rate) / n) ** 0.5
    return [rate - half, rate, rate + half]


def _quarters(case: Case) -> pd.DataFrame:
    names = [f"{year} Q{q}" for year in (2024, 2025) for q in (1, 2, 3, 4)]
    return pd.DataFrame(
        {
            str(T("Quarter", "季度")): names,
            str(T("Came to proposal", "进入方案提供")): case["entered"],
            str(T("Of these, went on", "其中继续推进")): case["on"],
            str(T("Rate", "比率")): [percent(k / n) for k, n in zip(case["on"], case["entered"], strict=True)],
        }
    )


def _levels(case: Case) -> list[str]:
    return [
        str(T("Base target (low end):", "保底目标（区间下限）：")),
        str(T("Plan target (all eight quarters):", "计划目标（八个季度合计）：")),
        str(T("Stretch target (high end):", "冲刺目标（区间上限）：")),
    ]


_SEEN = {
    "contact": (0.55, 0.52, 0.58), "need": (0.40, 0.36, 0.44), "proposal": (0.50, 0.45, 0.55),
    "negotiation": (0.60, 0.53, 0.67), "close": (0.55, 0.46, 0.64),
}  # fmt: skip


def _inside(stage: str) -> Callable[[str], Text | None]:
    def fault(text: str) -> Text | None:
        rate = number_in(text)
        if rate is None:
            return _NO_NUMBER
        low, high = _SEEN[stage][1:]
        return None if low - 1e-9 <= rate <= high + 1e-9 else _OUTSIDE

    return fault


def _product(filled: Mapping[str, str]) -> Text | None:
    rates = [number_in(filled[stage]) or 0.0 for stage in _SEEN]
    if all(abs(rate - _SEEN[s][0]) < 1e-9 for s, rate in zip(_SEEN, rates, strict=True)):
        return _PAST
    wins = 1000 * prod(rates)
    return _TOO_SMALL if wins < 40 else _TOO_MUCH if wins > 43 else None


def plan(case: Case) -> dict[str, str]:
    return {"contact": "0.56", "need": "0.42", "proposal": "0.52", "negotiation": "0.61", "close": "0.56"}


def _limits(case: Case) -> pd.DataFrame:
    process = load_process()
    return pd.DataFrame(
        {
            str(T("Step to", "推进到")): [process.label(s) for s in _SEEN],
            str(T("Rate, eight quarters", "八个季度合计")): [percent(rate) for rate, _, _ in _SEEN.values()],
            str(T("95 % interval", "95% 区间")): [f"{percent(a)} – {percent(b)}" for _, a, b in _SEEN.values()],
        }
    )


def _step_name(stage: str) -> Text:
    label = next(s.name for s in load_process().stages if s.id == stage)
    return Text(en=f"Target for the step to {label.en}:", zh=f"推进到“{label.zh}”的目标：")


_RULES = tuple(
    Option(id, T(en, zh), T("", ""))
    for id, en, zh in (
        ("reached", "reached or beyond", "到达或超过"),
        ("touched", "touched", "实际进入"),
        ("strict", "strict order", "严格顺序"),
        ("backfilled", "backfilled from where it stands", "按现处阶段回填"),
    )
)
_EFFECTS = (
    Option("back", T("A deal that fell back from negotiation to contact is no longer counted at proposal",
                     "从谈判退回联系的商机，不再计入方案提供"),
           T("Only a rule that looks at where the deal stands now forgets how far it once was.", "只有看“现在停在哪里”的口径，才会忘记它曾走到多远。")),
    Option("multiply", T("Step rates multiply exactly to the overall rate, even where deals jump or fall back",
                         "即使有跳阶段和回退，各阶段转化率连乘仍等于累计转化率"),
           T("That holds when every deal is counted at all stages up to the furthest it ever came to.", "每个商机都计入它最远到过的阶段及之前的所有阶段时，才成立。")),
    Option("hole", T("A deal that jumped over need identification is missing there, but is counted at later stages",
                     "跳过需求识别的商机不计入这一阶段，但计入后面的阶段"),
           T("Here a row counts the deals that truly stood in that stage, no more.", "这里每一行只数真正进入过该阶段的商机。")),
    Option("vanish", T("After one jump a deal disappears from all later rows",
                       "只要跳过一次，后面各阶段都不再有它"),
           T("That happens when every stage has to be taken, one after the other.", "要求逐个走完每个阶段时，才会这样。")),
)  # fmt: skip


EXERCISES = (
    Exercise(
        id="L03.1", objective="O1", minutes=2, seeds=("S12", "S13"),
        prompt=T(
            "Before any data, for your own company: out of 100 leads, how many are won? Out of 100 offers? How many days from first contact to signature?",
            "先不看数据，就贵公司而言：每 100 条线索赢多少单？每 100 份报价赢多少单？从首次联系到签约要多少天？",
        ),
        kind=Sheet((
            Blank("leads", T("Won out of 100 leads:", "每 100 条线索赢单数："), _number),
            Blank("offers", T("Won out of 100 offers:", "每 100 份报价赢单数："), _number),
            Blank("days", T("Days to signature:", "到签约的天数："), _number),
        ), _fewer),
        solve=guess,
        mistakes=(
            Mistake("words", lambda c: {**guess(c), "days": "long"}, _NO_NUMBER),
            Mistake("upside_down", lambda c: {**guess(c), "leads": "50"}, _ORDERED),
        ),
        hints=(
            T("Think of the last ten offers.", "想一想最近十份报价。"),
            T("Then ask how many leads those ten offers came from.", "再想这十份报价来自多少条线索。"),
            T("If three of the last ten offers were won, write 30 for offers.", "如果最近十份报价赢了三份，报价一栏填 30。"),
        ),
        after=T("Kept. You will compare it with the data below.", "已保存，稍后与数据对照。"),
    ),
    Exercise(
        id="L03.2", objective="O1", minutes=6, seeds=("S12",),
        prompt=T(
            "{n} deals are created in stage 1. {neat} move to stage 2; {jumped} jump straight to stage 3. Of those in stage 2, {onward} move to stage 3. Of all in stage 3, {won} are won. Count by “reached or beyond”: which rates do you get?",
            "{n} 个商机从阶段 1 开始，{neat} 个进入阶段 2，{jumped} 个直接跳到阶段 3；阶段 2 中有 {onward} 个进入阶段 3；阶段 3 的全部商机中赢单 {won} 个。按“到达或超过”计算，各步的比率是多少？",
        ),
        kind=Series(_steps, "fraction", within=0.006, relative=0.0),
        solve=reached, draw=skipping,
        mistakes=(
            Mistake("chain", chain, T(
                "You followed only those who took every step neatly. Whoever jumped to stage 3 has come past stage 2 as well: count them there too.",
                "这样只算了一步不落的商机。直接跳到阶段 3 的也已经越过阶段 2，那里也要计入。")),
            Mistake("chain_at_the_end", lambda c: [*reached(c)[:3], chain(c)[3]], T(
                "The steps are right. For the last rate you multiplied only the neat moves; take wins out of all created.",
                "前三步正确。最后一个比率只连乘了逐步推进的部分，应为赢单数除以全部创建数。")),
            Mistake("from_the_top", from_the_top, T(
                "You divided every row by all created: these are cumulative rates. A step rate divides by those who reached the stage before.",
                "每一行都除以了全部创建数，这是累计转化率。阶段转化率要除以到达上一阶段的数量。")),
        ),
        hints=(
            T("First count how many reached each stage or went beyond.", "先数清到达或超过每个阶段的商机数。"),
            T("Those who jumped count in stage 2 and in stage 3.", "跳阶段的商机，阶段 2 和阶段 3 都要计入。"),
            T("Reached stage 2 = {neat} + {jumped}. Divide by {n}.", "到达阶段 2 = {neat} + {jumped}，再除以 {n}。"),
        ),
        after=T("A jump in the CRM is no lost deal. Multiplying neat moves alone hides about half of the wins.",
                "CRM 里跳一步不等于丢单。只连乘逐步推进的部分，会漏掉大约一半赢单。"),
    ),
    Exercise(
        id="L03.3", objective="O1", minutes=4, seeds=("S12",),
        prompt=T("Four reports of the same deals show four results. Which counting rule does each sentence belong to?",
                 "同一批商机，四份报表得出四种结果。下面每句话说的是哪一种计数口径？"),
        kind=Match(_EFFECTS, _RULES),
        solve=rules, mistakes=(),
        hints=(
            T("Imagine one deal that jumps and one that falls back.", "设想一个跳阶段的商机和一个回退的商机。"),
            T("Each rule is used once.", "每种口径各用一次。"),
            T("“Falls back and is forgotten” needs a rule that looks at today only.", "“一回退就被忘掉”，说明只看今天的状态。"),
        ),
        after=T("Before two rates are compared, ask for the rule. The kit uses “reached or beyond” and says so.",
                "比较两个转化率之前，先问口径。本工具统一用“到达或超过”，并写明。"),
    ),
    Exercise(
        id="L03.4", objective="O2", minutes=4, seeds=("S13",),
        prompt=T("These are the days deals stayed in each stage. In which stage does the typical (middle) deal stay longest?",
                 "下表是商机在各阶段停留的天数。按中位数看，哪个阶段停留最久？"),
        kind=Find("stage", lambda c: {s: load_process().label(s) for s in _ORDER}),
        solve=slowest, draw=stays, show=_stays,
        mistakes=(
            Mistake("mean", lambda c: max(c["days"], key=lambda s: float(np.mean(c["days"][s]))), T(
                "A single very long stay lifts the mean here. Sort the days and take the one in the middle.",
                "这里是一次特别长的停留抬高了平均数。把天数排序，取中间那个。")),
            Mistake("busy", lambda c: max(c["days"], key=lambda s: len(c["days"][s])), T(
                "Most stays are counted here, but they are short. Compare days, not how many.",
                "这里停留的次数最多，但都不长。比较的是天数，不是次数。")),
        ),
        hints=(
            T("Sort the days of each stage.", "把每个阶段的天数从小到大排序。"),
            T("The median is the one in the middle: as many shorter as longer.", "中位数是正中间那个：比它短的和比它长的一样多。"),
            T("With seven stays the fourth is the middle.", "七次停留时，第四个就是中位数。"),
        ),
        after=T("Deals that lie for months are a case of their own. The middle deal shows how the work flows.",
                "拖几个月的商机要单独看；中位数才反映正常的流速。"),
    ),
    Exercise(
        id="L03.5", objective="O2", minutes=4, seeds=("S13",),
        prompt=T(
            "{n} deals enter a stage. {lost} of them are lost after {long} days in it; the other {won} move on after {short} days and are won. What is the mean stay in this stage, and how many days did the won deals stay?",
            "{n} 个商机进入某阶段，其中 {lost} 个停留 {long} 天后输单，其余 {won} 个 {short} 天后推进并赢单。该阶段的平均停留时长是多少天？赢单的商机停留了多少天？",
        ),
        kind=Series(lambda c: [str(T("Mean stay of all (days):", "全部商机平均停留（天）：")),
                               str(T("Stay of won deals (days):", "赢单商机停留（天）："))], "days", within=0.5, relative=0.0),
        solve=two_times, draw=dying,
        mistakes=(
            Mistake("half_way", lambda c: [(c["long"] + c["short"]) / 2, c["short"]], T(
                "You took the middle of the two durations. Far more deals stay long than short: weigh each by its deals.",
                "这是两个天数的简单平均。停得久的商机多得多，要按数量加权。")),
            Mistake("one_number", lambda c: [two_times(c)[0], two_times(c)[0]], T(
                "The second question is about won deals only. The mean of all is mostly made of lost ones.",
                "第二问只问赢单的商机。全部的平均数主要由输单决定。")),
        ),
        hints=(
            T("Two groups: answer the second question by looking at one only.", "有两组商机，第二问只看其中一组。"),
            T("Add up the days of all deals, then divide by all deals.", "把所有商机的天数加起来，再除以总数。"),
            T("The lost ones alone make {lost} × {long} days.", "仅输单就有 {lost} × {long} 天。"),
        ),
        after=T("Adding up stage means does not give the cycle of won deals: lost deals stay in the means. Measure the cycle on won deals.",
                "把各阶段平均停留时长相加，得不到赢单的销售周期，因为里面混着输单。周期要用赢单来量。"),
    ),
    Exercise(
        id="L03.6", objective="O3", minutes=4, seeds=("S13",),
        prompt=T(
            "{n} open deals, {win:percent} of closed deals are won, a won deal is worth {value:money} on average, the cycle is {days} days. What is the sales velocity, per day?",
            "在途商机 {n} 个，赢率 {win:percent}，赢单平均金额 {value:money}，销售周期 {days} 天。销售速度是每天多少？",
        ),
        kind=Number("money"),
        solve=velocity, draw=levers,
        mistakes=(
            Mistake("all_won", lambda c: c["n"] * c["value"] / c["days"], T(
                "This counts every open deal as won. Multiply by the win rate.", "这样等于把所有在途商机都算成赢单，还要乘以赢率。")),
            Mistake("no_days", lambda c: c["n"] * c["win"] * c["value"], T(
                "This is what the open deals should bring in all. The speed asks for one day: divide by the cycle.", "这是在途商机预计带来的总额。速度问的是每天，要除以销售周期。")),
            Mistake("a_month", lambda c: 30 * velocity(c), T("That is per month; the question is per day.", "这是每月的金额，题目问每天。")),
        ),
        hints=(
            T("How many of the open deals will be won?", "在途商机预计能赢多少个？"),
            T("Wins × amount of each, spread over the days of one cycle.", "赢单数 × 单笔金额，分摊到一个周期的天数。"),
            T("Expected wins: {n} × {win:percent}.", "预计赢单：{n} × {win:percent}。"),
        ),
        after=T("Velocity puts volume, win rate, amount and time into one number, so two quarters can be compared.",
                "销售速度把数量、赢率、金额和时间放进一个数，便于比较不同季度。"),
    ),
    Exercise(
        id="L03.7", objective="O3", minutes=3, seeds=("S13",),
        prompt=T("The cycle becomes {cut:percent} shorter, everything else stays. By which share does the sales velocity rise?",
                 "销售周期缩短 {cut:percent}，其他不变。销售速度提高百分之几？"),
        kind=Number("fraction", within=0.0015, relative=0.0),
        solve=faster, draw=lambda r: {"cut": r.choice([0.08, 0.1, 0.12, 0.15, 0.2])},
        mistakes=(
            Mistake("the_same", lambda c: c["cut"], T(
                "The days are divided by, they are not multiplied. A tenth fewer days gives more than a tenth.", "天数在分母上，不是乘数：天数少一成，速度提高不止一成。")),
            Mistake("other_way", lambda c: 1 - 1 / (1 + c["cut"]), T(
                "You divided by more days, not by fewer. Shorter means 1 minus the share.", "这里除成了更长的天数。缩短应当用 1 减去该比例。")),
        ),
        hints=(
            T("Try it with a cycle of 100 days.", "假设周期是 100 天试一试。"),
            T("The same amount is now spread over fewer days.", "同样的金额，分摊到更少的天数。"),
            T("New velocity / old velocity = 1 / (1 − {cut:percent}).", "新速度 ÷ 原速度 = 1 ÷（1 − {cut:percent}）。"),
        ),
        after=T("Time is the one lever that pays a little more than it gives. It is also the one most easily distorted, by deals that are closed late in the CRM.",
                "时间是四个因素中唯一“多赚一点”的，但也最容易因 CRM 登记不及时而失真。"),
    ),
    Exercise(
        id="L03.8", objective="O4", minutes=6, seeds=("S25",),
        prompt=T(
            "Set three targets for the step from proposal to negotiation: the rate of all eight quarters together, and the two ends of its 95 % interval. Rule of thumb: rate ± 2 × √(rate × (1 − rate) / n).",
            "为“方案提供到谈判”这一步设三档目标：八个季度合计的比率，以及它的 95% 区间两端。速算法：比率 ± 2 ×√（比率 ×（1 − 比率）÷ n）。",
        ),
        kind=Series(_levels, "fraction", within=0.008, relative=0.0),
        solve=three_targets, draw=quarters, show=_quarters,
        mistakes=(
            Mistake("mean_of_rates", _of_quarters, T(
                "You averaged eight rates. A small quarter then weighs as much as a big one: add up the deals first, then divide.",
                "这是八个比率的平均，小季度和大季度一样重。应先把商机数加总，再相除。")),
            Mistake("best_and_worst", _best_and_worst, T(
                "The worst and the best quarter are mostly luck. The ends of the interval come from the deals of all eight.",
                "最差和最好的季度多半是运气。区间两端要用八个季度全部商机来算。")),
            Mistake("one_quarter", _one_quarter, T(
                "The width belongs to a single quarter. You have eight of them: n is the sum of all that came in.",
                "这是单个季度的宽度。有八个季度的数据，n 应取合计。")),
        ),
        hints=(
            T("Begin with the plan target: the middle one.", "先算中间的计划目标。"),
            T("Add both columns up over all eight quarters.", "把两列分别加总八个季度。"),
            T("Plan = sum of “went on” / sum of “came to proposal”; n is the second sum.", "计划 =“继续推进”合计 ÷“进入方案提供”合计；n 就是后一个合计。"),
        ),
        after=T("Below the base target it is worth a question, above the stretch a look at what went well; between the two, a quarter may just be chance.",
                "低于保底要追问，高于冲刺值得总结；两者之间，一个季度的波动可能只是偶然。"),
    ),
    Exercise(
        id="L03.9", objective="O4", minutes=5, seeds=("S25",),
        prompt=T(
            "Now the whole plan: 40 to 43 wins out of 1,000 leads (today 36). Set a target for each step, every one inside its interval.",
            "现在定全程目标：每 1,000 条线索赢 40 到 43 单（目前 36 单）。给每一步定一个目标，都要落在区间内。",
        ),
        kind=Sheet(tuple(Blank(s, _step_name(s), _inside(s)) for s in _SEEN), _product),
        solve=plan, show=_limits,
        mistakes=(
            Mistake("one_wish", lambda c: {**{s: str(v[0]) for s, v in _SEEN.items()}, "close": "0.70"}, _OUTSIDE),
            Mistake("as_today", lambda c: {s: str(v[0]) for s, v in _SEEN.items()}, _PAST),
            Mistake("one_step_only", lambda c: {**{s: str(v[0]) for s, v in _SEEN.items()}, "contact": "0.58"}, _TOO_SMALL),
            Mistake("all_at_best", lambda c: {s: str(v[2]) for s, v in _SEEN.items()}, _TOO_MUCH),
        ),
        hints=(
            T("Multiply all five to see what comes out of 1,000 leads.", "五个比率连乘，看 1,000 条线索能赢多少单。"),
            T("Two points more on two or three steps are enough.", "有两三步各提高两个百分点就够了。"),
            T("Start with today's rates and raise the step you can act on by two or three points.", "从目前的比率出发，先把你最能改变的一步提高两三个百分点。"),
        ),
        after=T("A step target is reasonable when history allows it and the product carries the plan. Which action stands behind each raised step?",
                "目标合理有两条：历史上做得到，连乘后撑得起计划。每提高一步，背后是哪项改进措施？"),
    ),
)  # fmt: skip


def speed(p: Any) -> Any:
    """Show what the four levers do to the velocity of these deals."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel

    row = fk.velocity(p).table.iloc[0]
    n, win = float(row["open_deals"]), float(row["win_rate"])
    value, days = float(row["mean_won_amount"]), float(row["mean_cycle_days"])
    change = T("Change of {what}", "{what}的变化")
    names = {
        "n": T("open deals", "在途商机数"), "win": T("win rate", "赢率"),
        "value": T("average amount", "平均金额"), "days": T("cycle", "销售周期"),
    }  # fmt: skip
    sliders = [
        Slider(key, str(change).format(what=str(name)), -0.3, 0.3, 0.05, -0.1 if key == "days" else 0.0)
        for key, name in names.items()
    ]
    heads = T("Sales velocity a day", "每天的销售速度"), T("today", "目前"), T("then", "改变后"), T("change", "变化")

    def render(state: Mapping[str, float]) -> str:
        now = n * win * value / days
        times = (1 + state["n"]) * (1 + state["win"]) * (1 + state["value"]) / (1 + state["days"])
        cells = ((heads[1], money(now)), (heads[2], money(now * times)), (heads[3], percent(times - 1, 1)))
        return answer_table(cells, heads[0])

    return panel(sliders, render)


def counting(p: Any) -> Any:
    """Switch the counting rule and see the same deals again."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel

    counted = fk.counting_rules(p).table
    ids = list(dict.fromkeys(counted["rule"]))
    label = T("Counting rule (1 to {n})", "计数口径（1 到 {n}）")
    heads = T("Stage", "阶段"), T("Deals", "商机数"), T("Of those before", "阶段转化率"), T("Of all", "累计转化率")

    def render(state: Mapping[str, float]) -> str:
        rule = ids[min(max(round(state["rule"]), 1), len(ids)) - 1]
        rows = []
        for row in counted[counted["rule"] == rule].itertuples():
            step = "–" if pd.isna(row.step_rate) else percent(row.step_rate, 1)
            rows.append((p.process.label(row.stage), f"{row.deals:,}", step, percent(row.overall_rate, 1)))
        return answer_table(rows, say(f"measures.rule_name_{rule}"), heads)

    return panel([Slider("rule", str(label).format(n=len(ids)), 1, len(ids), 1, 1, form="count")], render)


WHATIFS = {"speed": speed, "counting": counting}
