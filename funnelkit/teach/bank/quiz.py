"""The twenty questions asked before the course and after it."""

from __future__ import annotations

import random
from math import ceil, floor, prod
from typing import Any

import pandas as pd

from funnelkit.process.text import Text
from funnelkit.teach.choices import Choice, Option
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.kinds import Number, Series
from funnelkit.words import count, percent

_RATES = (0.55, 0.60, 0.50, 0.40, 0.55)
_RAMP = (0.0, 0.25, 0.50, 0.75)
_LAGS = {1: 0.2, 2: 0.4, 3: 0.3, 4: 0.1}


def one(*options: Option) -> Choice:
    """Ask for one option."""
    return Choice(options)


def by_hand(case: Case) -> str:
    return "act"


def stage_shown(case: Case) -> str:
    return "off"


def jumps(r: random.Random) -> dict[str, Any]:
    n, neat, jumped, onward, won = r.choice(
        ((100, 60, 30, 24, 27), (200, 120, 50, 60, 55), (100, 50, 40, 20, 30), (200, 100, 70, 50, 48))
    )
    return {"n": n, "neat": neat, "jumped": jumped, "onward": onward, "won": won}


def overall(case: Case) -> float:
    return float(case["won"] / case["n"])


def closing(r: random.Random) -> dict[str, Any]:
    return {"won": r.choice((20, 30, 40)), "lost": r.choice((60, 70, 90)), "open": r.choice((120, 150, 180))}


def two_rates(case: Case) -> list[float]:
    closed = case["won"] + case["lost"]
    return [case["won"] / closed, case["won"] / (closed + case["open"])]


def suspicion(case: Case) -> str:
    return "den"


def channels(r: random.Random) -> dict[str, Any]:
    a0, a1 = r.choice(((0.40, 0.36), (0.50, 0.46), (0.30, 0.26)))
    b0, b1 = r.choice(((0.12, 0.10), (0.14, 0.10), (0.10, 0.08)))
    return {"a0": a0, "a1": a1, "b0": b0, "b1": b1}


def rate_effect(case: Case) -> float:
    weight_a, weight_b = (0.3 + 0.7) / 2, (0.7 + 0.3) / 2
    return float(weight_a * (case["a1"] - case["a0"]) + weight_b * (case["b1"] - case["b0"]))


def _total(case: Case) -> float:
    return float(0.7 * case["a1"] + 0.3 * case["b1"] - 0.3 * case["a0"] - 0.7 * case["b0"])


def _channels(case: Case) -> pd.DataFrame:
    cells = {}
    for head, (a, na, b, nb) in {
        str(T("First year", "第一年")): ("a0", 150, "b0", 350),
        str(T("Second year", "第二年")): ("a1", 350, "b1", 150),
    }.items():
        shares = ((case[a], na), (case[b], nb))
        cells[head] = [f"{count(round(n * x))} / {count(n)} = {percent(x)}" for x, n in shares]
    names = [str(T("Referral", "老客户推荐")), str(T("Advertising", "广告"))]
    return pd.DataFrame(cells, index=pd.Index(names))


def on_this_alone(case: Case) -> str:
    return "see"


def chance(case: Case) -> str:
    return "low"


def to_go(r: random.Random) -> dict[str, Any]:
    target = r.choice((10, 12, 20))
    return {"target": target, "booked": target * 2 // 5 if target != 12 else 4, "open": r.choice((15, 18, 21))}


def coverage(case: Case) -> float:
    return float(case["open"] / (case["target"] - case["booked"]))


def inside(r: random.Random) -> dict[str, Any]:
    return {"win": r.choice((0.20, 0.25)), "share": r.choice((0.30, 0.20, 0.10))}


def needed(case: Case) -> float:
    return float((1 - case["share"]) / case["win"])


def shorter(r: random.Random) -> dict[str, Any]:
    return {"cut": r.choice((0.10, 0.20, 0.15))}


def faster(case: Case) -> float:
    return float(1 / (1 - case["cut"]) - 1)


def _stepwise(wins: int, rounded: Any) -> int:
    left = wins
    for rate in _RATES:
        left = rounded(round(left / rate, 9))
    return left


def wins(r: random.Random) -> dict[str, Any]:
    fit = [w for w in range(60, 251, 10) if _stepwise(w, ceil) > ceil(w / prod(_RATES)) + 1]
    return {"wins": r.choice(fit)}


def leads(case: Case) -> int:
    import math

    rates = (0.55, 0.60, 0.50, 0.40, 0.55)
    found: int = math.ceil(case["wins"] / math.prod(rates))
    return found


def monthly(r: random.Random) -> dict[str, Any]:
    return {"n": r.choice((76, 60, 80, 100))}


def inside_year(case: Case) -> float:
    lags = {1: 0.2, 2: 0.4, 3: 0.3, 4: 0.1}
    return float(sum(case["n"] * 0.165 * share * (12 - lag) for lag, share in lags.items()))


def hired(r: random.Random) -> dict[str, Any]:
    return {"month": r.choice((2, 3, 4, 5))}


def rep_months(case: Case) -> float:
    months = 12 - case["month"] + 1
    return float(months - (1.00 + 0.75 + 0.50 + 0.25))


def price_cut(r: random.Random) -> dict[str, Any]:
    return {"off": r.choice((0.10, 0.20, 0.15)), "margin": r.choice((0.40, 0.50, 0.60))}


def volume(case: Case) -> float:
    return float(case["off"] / (case["margin"] - case["off"]))


def forecasts(r: random.Random) -> dict[str, Any]:
    f, a = r.choice((((10, 12, 9, 15), (8, 12, 10, 12)), ((20, 12, 9, 15), (16, 12, 10, 12)), ((10, 15, 9, 18), (8, 12, 10, 12))))
    return {"f": f, "a": a}


def wape(case: Case) -> float:
    off = sum(abs(f - a) for f, a in zip(case["f"], case["a"], strict=True))
    return float(off / sum(case["a"]))


def _mape(case: Case) -> float:
    pairs = list(zip(case["f"], case["a"], strict=True))
    return float(sum(abs(f - a) / a for f, a in pairs) / len(pairs))


def _forecasts(case: Case) -> pd.DataFrame:
    rows = {str(T("Forecast", "预测")): list(case["f"]), str(T("Actual", "实际")): list(case["a"])}
    frame = pd.DataFrame(rows).T
    frame.columns = pd.Index([f"Q{k}" for k in range(1, 5)])
    return frame


def confident(case: Case) -> str:
    return "top"


def bid(r: random.Random) -> dict[str, Any]:
    return {
        "p": r.choice((0.20, 0.25, 0.30)), "margin": r.choice((1_200_000, 1_000_000, 800_000)),
        "cost": r.choice((80_000, 60_000)),
    }  # fmt: skip


def worth(case: Case) -> float:
    return float(case["p"] * case["margin"] - case["cost"])


def longer(case: Case) -> str:
    return "big"


def pushed(case: Case) -> str:
    return "due"


def _q(
    number: int, prompt: Text, kind: Any, solve: Any, hints: tuple[Text, Text, Text], after: Text, *,
    mistakes: tuple[Mistake, ...] = (), draw: Any = None, show: Any = None, seeds: tuple[str, ...] = ("S52",),
) -> Exercise:  # fmt: skip
    return Exercise(
        id=f"Q.{number}", objective="O1", minutes=1, seeds=seeds, prompt=prompt, kind=kind,
        solve=solve, mistakes=mistakes, hints=hints, after=after, draw=draw, show=show,
    )  # fmt: skip


EXERCISES = (
    _q(1, T("“Proposal e-mailed on Friday.” Evidence or activity?", "“周五已用邮件发出方案。”这是证据还是活动？"),
       one(
           Option("evidence", T("evidence", "证据"), T("We did something. What the buyer did about it is not known yet.", "这是我们做的事，客户有什么反应还不知道。")),
           Option("act", T("activity", "活动"), T("The seller did it.", "这是销售做的。"), right=True),
           Option("both", T("both: it is dated", "两者都是：写了日期"), T("A date makes it findable. Evidence is what the buyer does or says.", "有日期只是便于查找。客户说的、做的才算证据。")),
       ), by_hand,
       (T("Who did it?", "是谁做的？"), T("Evidence comes from the buyer's side.", "证据来自客户一方。"), T("Think of what would still be true if the buyer never read it.", "想一想：如果客户根本没看，这句话还成立吗？")),
       T("A stage moves when the buyer moves.", "客户动了，阶段才算动。")),
    _q(2, T("“The buyer's finance head answered our price sheet with two questions.” What does it show?", "“客户财务负责人就我们的报价表提了两个问题。”这说明什么？"),
       one(
           Option("busy", T("only our own activity", "只说明我们的活动"), T("The buyer's side acted: somebody with money read it and answered.", "客户方有了动作：管钱的人看了，还回了话。")),
           Option("off", T("evidence for the proposal stage", "方案提供阶段的证据"), T("A priced solution is being looked at.", "客户正在看带报价的方案。"), right=True),
           Option("negotiation", T("evidence for negotiation", "谈判阶段的证据"), T("Questions about a price are not terms being agreed: nobody has chosen us yet.", "对价格提问不等于在谈条款：客户还没有选定我们。")),
           Option("need", T("evidence for need identification", "需求识别阶段的证据"), T("A price is on the table: the deal is further than the need.", "报价已经到了客户手里，早就过了需求识别。")),
       ), stage_shown,
       (T("Is a priced solution with the buyer?", "带报价的方案在客户手里吗？"), T("Ask what has been chosen, and what has not.", "想一想：客户选定了什么，没选定什么。"), T("Cross out the stages before there is a price.", "先排除还没有报价的阶段。")),
       T("A reading with a name and a question is worth more than ten sendings.", "有名有姓的人提出问题，胜过发十次邮件。")),
    _q(3, T("{n:count} deals were created. {neat:count} went to the second stage, {jumped:count} jumped straight to the third. Of the {neat:count}, {onward:count} went on to the third. From there {won:count} were won. Overall conversion?",
            "共创建 {n:count} 个商机：{neat:count} 个进入第二阶段，{jumped:count} 个直接跳到第三阶段；那 {neat:count} 个里有 {onward:count} 个再进入第三阶段；最后赢单 {won:count} 个。累计转化率是多少？"),
       Number("fraction", within=0.003, relative=0.0), overall,
       (T("Won out of what?", "赢单占什么的比率？"), T("Whoever jumped is in the group too.", "跳过阶段的商机也在这一批里。"), T("The denominator is everything created.", "分母是创建的全部商机。")),
       T("Count what was reached, or jumps make a good funnel look bad.", "按“到达过”来数，否则跳阶段会把好漏斗算差。"),
       mistakes=(
           Mistake("neat_only", lambda c: c["neat"] / c["n"] * c["onward"] / c["neat"] * c["won"] / (c["onward"] + c["jumped"]), T("You multiplied the neat steps only. Deals that jumped are missing.", "这只连乘了逐级走的步骤，漏掉了跳阶段的商机。")),
           Mistake("last_step", lambda c: c["won"] / (c["onward"] + c["jumped"]), T("This is the last step alone, not the way from the beginning.", "这只是最后一步，不是从头算起。")),
       ), draw=jumps, seeds=("S12",)),
    _q(4, T("Won {won:count}, lost {lost:count}, open {open:count}. Win rate of closed deals, and wins out of all deals?", "赢单 {won:count}，输单 {lost:count}，在途 {open:count}。已结商机的赢率，以及赢单占全部商机的比率，各是多少？"),
       Series(lambda c: [str(T("Of closed deals", "占已结商机")), str(T("Of all deals", "占全部商机"))], "fraction", within=0.003, relative=0.0), two_rates,
       (T("Two denominators.", "两个分母。"), T("Closed means won or lost.", "已结是指赢单或输单。"), T("First add the won and the lost.", "先把赢单和输单相加。")),
       T("Both are right; a page has to say which one it shows.", "两个都对，报表上要写明用的是哪一个。"),
       mistakes=(
           Mistake("swapped", lambda c: two_rates(c)[::-1], T("The two stand in each other's place.", "两个数填反了。")),
           Mistake("to_lost", lambda c: [c["won"] / c["lost"], two_rates(c)[1]], T("Wins against losses is a ratio, no rate: the wins belong into the denominator too.", "赢输之比不是赢率：分母里也要包含赢单。")),
       ), draw=closing, seeds=("S12",)),
    _q(5, T("The win rate rose from 30% to 42% with no more wins than before. What do you suspect first?", "赢率从 30% 升到 42%，但赢单数并没有增加。你首先怀疑什么？"),
       one(
           Option("better", T("the team sells better", "团队更会卖了"), T("Then there would be more wins out of as many deals.", "那样的话，同样多的商机应当赢得更多。")),
           Option("den", T("losses are no longer closed", "输单没有及时关闭"), T("Open corpses lift the rate.", "不关闭的死单会抬高赢率。"), right=True),
           Option("market", T("the market is easier", "市场变容易了"), T("An easier market brings wins as well. Look at what is in the denominator.", "市场好了赢单也会增加。请看分母里是什么。")),
       ), suspicion,
       (T("Which part of the fraction moved?", "分数的哪一部分变了？"), T("The wins stayed: look below the line.", "分子没变，看分母。"), T("Count how many deals were closed as lost, before and now.", "比较前后各关闭了多少输单。")),
       T("Never show a win rate without the number of open deals beside it.", "赢率旁边要同时写明在途商机数。")),
    _q(6, T("Both channels below fell, the total rose. How much of the change comes from the rates alone (mean weight × change of rate; a fall is negative)?", "下表两个渠道都下降，合计却上升。其中单由转化率变化造成的是多少（平均权重 × 比率变化，下降为负）？"),
       Number("fraction", within=0.002, relative=0.0), rate_effect,
       (T("Take the mix out: weigh both years alike.", "先去掉结构的影响：两年用同样的权重。"), T("Each channel's mean weight is a half here.", "这里每个渠道的平均权重都是一半。"), T("Write down the change of rate of each channel first.", "先写出每个渠道的比率变化。")),
       T("The total rose because the better channel grew: a different cause, a different action.", "合计上升是因为好渠道占比变大：原因不同，对策也不同。"),
       mistakes=(
           Mistake("total", _total, T("This is the change of the total, mix included.", "这是合计的变化，包含结构影响。")),
           Mistake("mix", lambda c: _total(c) - rate_effect(c), T("This is the part of the mix.", "这是结构影响的部分。")),
           Mistake("unweighted", lambda c: 2 * rate_effect(c), T("You added the two falls. Each counts only with its weight.", "你把两个降幅直接相加了，应分别乘以权重。")),
       ), draw=channels, show=_channels, seeds=("S32",)),
    _q(7, T("One of twelve sellers won 6 of 20, the team wins 55%. Do you act?", "十二位销售中有一位 20 单赢 6 单，团队赢率 55%。要采取行动吗？"),
       one(
           Option("act", T("yes: far below the others", "要：明显低于别人"), T("One of twelve always looks worst. Alone this does not tell luck from fault.", "十二个人里总有一个最差，单凭这一点分不清是运气还是问题。")),
           Option("see", T("not on this alone: keep watching, look at the deals", "单凭这一点不行：继续观察，看看具体商机"), T("Twenty deals leave 15% to 52% open.", "二十单的区间约为 15% 到 52%。"), right=True),
           Option("fine", T("no: it is within chance, so all is well", "不要：在偶然范围内，说明没问题"), T("Not shown is not the same as shown to be well.", "没有证据表明有问题，不等于证明没问题。")),
       ), on_this_alone,
       (T("How many sellers were compared?", "一共比较了多少人？"), T("The worst of many lies low even if all are alike.", "即使人人一样，许多人里最差的那个也会偏低。"), T("Toss a coin twenty times for twelve people and look at the lowest.", "设想十二个人各抛二十次硬币，看看最少的那个。")),
       T("Mild words and a second look cost little; a wrong verdict costs a person.", "多看一眼代价不大，错怪一个人代价很大。"), seeds=("S32",)),
    _q(8, T("Six open deals of unlike size, weighted total 6.95 m. How likely is it that at least 6.95 m comes in?", "六个大小不一的在途商机，加权金额合计 695 万。实际不少于 695 万的概率有多大？"),
       one(
           Option("low", T("can be clearly below a half", "可能明显低于一半"), T("One big deal carries much of the mean.", "平均值很大程度上靠一个大单撑着。"), right=True),
           Option("half", T("a half: it is the mean", "一半：它就是平均值"), T("The mean is not the middle. A large, unlikely deal lifts it.", "平均值不是中位数，一个可能性小的大单会把它抬高。")),
           Option("sure", T("nearly certain: it is already weighted", "几乎肯定：已经加过权了"), T("Weighting gives a mean of what may happen, no floor.", "加权得到的是各种可能的平均，不是下限。")),
       ), chance,
       (T("Deals come whole or not at all.", "商机要么全成，要么不成。"), T("Think of the biggest deal: it is either in or out.", "想想最大的那一单：要么有，要么没有。"), T("Suppose the one very large deal fails, which is likely: what is left?", "假设那个大单没成（这很可能），还剩多少？")),
       T("Give a range with a chance, not a single sum.", "报区间和概率，不要只报一个数。"), seeds=("S16",)),
    _q(9, T("Target {target:count} m, booked {booked:count} m, open and due {open:count} m. Coverage of what is still to go?", "目标 {target:count}00 万，已签 {booked:count}00 万，本期应成交的在途金额 {open:count}00 万。剩余目标的覆盖倍数是多少？"),
       Number("number", within=0.03, relative=0.0), coverage,
       (T("What is still to come?", "还差多少？"), T("Take off what is booked, from the target.", "从目标里减去已签的。"), T("First write down the gap in millions.", "先写出缺口是多少万。")),
       T("Coverage late in a quarter means nothing until the booked part is out.", "季度后半段，不扣除已签部分的覆盖倍数没有意义。"),
       mistakes=(
           Mistake("whole", lambda c: c["open"] / c["target"], T("You divided by the whole target: part of it is booked.", "你除的是全部目标，其中一部分已经签了。")),
           Mistake("both", lambda c: (c["open"] + c["booked"]) / c["target"], T("Booked is no longer open: it leaves the gap, and does not fill the pipeline.", "已签的不再是在途：它缩小缺口，而不是增加在途。")),
       ), draw=to_go),
    _q(10, T("Of the open amount {win:percent} is won; {share:percent} of a quarter's business is created and closed within it. How much coverage is needed at its start?", "在途金额的赢率为 {win:percent}；一个季度的业绩中有 {share:percent} 是当季创建、当季成交的。季初需要多大的覆盖倍数？"),
       Number("number", within=0.03, relative=0.0), needed,
       (T("What has to come out of what is open at the start?", "季初在途要贡献多少？"), T("Only the rest of the target has to be covered.", "只需覆盖目标的其余部分。"), T("Take the share that comes in by itself off one.", "先用 1 减去当季自己产生的部分。")),
       T("“Three times” is a habit, no law: each firm has its own number.", "“三倍”只是习惯，不是规律：每家企业各有各的倍数。"),
       mistakes=(
           Mistake("one_over", lambda c: 1 / c["win"], T("This is one over the win rate. Part of the target does not need to be open at the start.", "这是 1 除以赢率。目标有一部分不必在季初就在途。")),
           Mistake("added", lambda c: (1 + c["share"]) / c["win"], T("What is made inside the quarter lowers the need.", "当季产生的部分会降低需要，不是增加。")),
       ), draw=inside),
    _q(11, T("The sales cycle gets {cut:percent} shorter, all else equal. By how much does the sales velocity change?", "销售周期缩短 {cut:percent}，其余不变。销售速度变化多少？"),
       Number("fraction", within=0.002, relative=0.0), faster,
       (T("Where do the days stand in the formula?", "天数在公式的什么位置？"), T("They stand below the line.", "在分母里。"), T("Try it with 100 days and the new number of days.", "用 100 天和缩短后的天数代入试试。")),
       T("Days pay a little more than the other three levers, and only if they do not cost wins.", "缩短天数比其他三个杠杆略划算，前提是不影响赢单。"),
       mistakes=(
           Mistake("the_same", lambda c: c["cut"], T("Days stand below the line: dividing by less gives more than that.", "天数在分母里：除以更小的数，增幅更大。")),
           Mistake("factor", lambda c: 1 / (1 - c["cut"]), T("This is the factor. Asked is the change.", "这是倍数，题目问的是变化。")),
       ), draw=shorter, seeds=("S13",)),
    _q(12, T("{wins:count} wins are planned; the five step rates are 55%, 40%, 50%, 60%, 55%. How many leads are needed? Round up once, at the end.", "计划赢 {wins:count} 单，五步阶段转化率为 55%、40%、50%、60%、55%。需要多少条线索？只在最后向上取整一次。"),
       Number("deals", within=0.0, relative=0.0), leads,
       (T("Go backwards from the wins.", "从赢单往回推。"), T("Divide by all five rates.", "除以全部五个比率。"), T("Multiply the five rates first, then divide once.", "先把五个比率连乘，再除一次。")),
       T("Say the rounding rule, and two people get one number.", "写明取整规则，两个人才会算出同一个数。"),
       mistakes=(
           Mistake("each_step", lambda c: _stepwise(c["wins"], ceil), T("You rounded up at every step.", "你每一步都取整了。")),
           Mistake("down", lambda c: floor(c["wins"] / prod(_RATES)), T("Rounded down it is just short of the plan.", "向下取整就差一点达不到计划。")),
       ), draw=wins, seeds=("S06",)),
    _q(13, T("{n:count} new needs every month, January to December; 16.5% are won: of these 20% one month later, 40% two, 30% three, 10% four. How many wins fall inside the year?", "1 至 12 月每月新增 {n:count} 个需求，16.5% 会赢单：其中 20% 在一个月后，40% 两个月后，30% 三个月后，10% 四个月后。年内赢多少单？"),
       Number("deals", within=0.6, relative=0.0), inside_year,
       (T("The last months feed next year.", "最后几个月的需求要到明年才成交。"), T("With a delay of one month, eleven months count.", "滞后一个月的，有十一个月算数。"), T("Write 11, 10, 9 and 8 months beside the four delays.", "在四种滞后旁写上 11、10、9、8 个月。")),
       T("A plan without the delay promises wins that land in January.", "不算滞后的计划，许诺的是明年一月才到的赢单。"),
       mistakes=(
           Mistake("no_delay", lambda c: c["n"] * 12 * 0.165, T("These are all wins that ever come. The last ones land next year.", "这是最终的全部赢单，其中最后一部分落在明年。")),
           Mistake("longest", lambda c: c["n"] * 8 * 0.165, T("Not all of them take four months.", "并非全部都要四个月。")),
       ), draw=monthly, seeds=("S06",)),
    _q(14, T("A new seller starts at the beginning of month {month:count} and does 0, 25, 50, 75% in the first four months, then 100%. How many full seller months until December?", "一名新销售在 {month:count} 月初入职，前四个月的产出为 0、25%、50%、75%，之后 100%。到年底折合多少个满产人月？"),
       Number("number", within=0.01, relative=0.0), rep_months,
       (T("Write the months in a row.", "把月份排成一行。"), T("The month of the start counts, with nothing.", "入职当月也算，产出为零。"), T("Under each month write its share, then add.", "每个月下面写上产出比例，再相加。")),
       T("Heads are not capacity. Hiring late in the year feeds the next.", "人头不等于产能。下半年招的人，主要贡献明年。"),
       mistakes=(
           Mistake("heads", lambda c: 13 - c["month"], T("This counts heads. The first months give less.", "这是人头数，头几个月产出较低。")),
           Mistake("no_zero", lambda c: 13 - c["month"] - 1.5, T("The first month gives nothing, not a quarter.", "第一个月产出为零，不是四分之一。")),
       ), draw=hired, seeds=("S20",)),
    _q(15, T("{off:percent} discount at a margin of {margin:percent}. How much more volume keeps the same margin in money?", "毛利率 {margin:percent}，降价 {off:percent}。销量要增加多少，才能保住同样的毛利额？"),
       Number("fraction", within=0.003, relative=0.0), volume,
       (T("What is left of the margin?", "毛利率还剩多少？"), T("The discount comes wholly out of the margin.", "折扣全部从毛利里出。"), T("With a price of 100, write margin before and after.", "设价格为 100，写出降价前后的毛利。")),
       T("A discount is paid out of margin, and dearly.", "折扣是从毛利里付的，代价很高。"),
       mistakes=(
           Mistake("the_same", lambda c: c["off"], T("This would hold turnover at best, not the margin.", "这最多接近保住销售额，保不住毛利。")),
           Mistake("turnover", lambda c: c["off"] / (1 - c["off"]), T("This keeps turnover. The margin has shrunk by more.", "这保住的是销售额，毛利缩水更多。")),
       ), draw=price_cut),
    _q(16, T("Forecasts and actuals of four quarters. WAPE?", "四个季度的预测与实际如下。WAPE 是多少？"),
       Number("fraction", within=0.0015, relative=0.0), wape,
       (T("Misses regardless of sign.", "误差取绝对值。"), T("Add the misses, add the actuals, divide once.", "误差相加，实际相加，只除一次。"), T("Write the four misses below the columns.", "先在各列下面写出四个误差。")),
       T("WAPE weighs big quarters more, and lives with a quarter of zero.", "WAPE 让大季度分量更重，某季为零也能算。"),
       mistakes=(
           Mistake("mape", _mape, T("You averaged four percentages: that is MAPE.", "你对四个百分比取了平均，那是 MAPE。")),
           Mistake("bias", lambda c: (sum(c["f"]) - sum(c["a"])) / sum(c["a"]), T("Here misses cancel: that is the bias.", "正负误差互相抵消了，那是偏差。")),
       ), draw=forecasts, show=_forecasts, seeds=("S31",)),
    _q(17, T("A seller gave 90% to each of ten deals; six were won. How was the seller's confidence?", "一位销售给十个商机都填了 90%，最后赢了六个。他的把握程度如何？"),
       one(
           Option("under", T("too low", "过低"), T("Compare what was promised with what came: nine against six.", "把许诺与结果相比：九个对六个。")),
           Option("fair", T("right: most were won", "合适：多数都赢了"), T("Most is not nine out of ten.", "多数不等于十个里九个。")),
           Option("top", T("too high, by 30 points", "过高，高出 30 个百分点"), T("Promised 90, came 60.", "许诺 90，实际 60。"), right=True),
       ), confident,
       (T("What does 90% promise out of ten?", "90% 意味着十个里赢几个？"), T("Compare promise and outcome.", "比较许诺与结果。"), T("Ten deals at 90% promise nine wins.", "十个 90% 就是许诺九个赢单。")),
       T("Confidence can be trained, if the score is shown.", "把得分给人看，把握是可以练准的。"), seeds=("S31",)),
    _q(18, T("A bid: chance {p:percent}, margin {margin:count} if won, cost of bidding {cost:count}. Expected gain?", "一次投标：赢的概率 {p:percent}，赢了毛利 {margin:count}，投标成本 {cost:count}。期望收益是多少？"),
       Number("money", relative=0.005), worth,
       (T("The cost is paid in any case.", "成本无论如何都要付。"), T("First what comes on average, then take off the cost.", "先算平均能得多少，再减成本。"), T("Multiply the chance by the margin first.", "先用概率乘毛利。")),
       T("Below cost over margin as a chance, walk away.", "概率低于成本除以毛利，就该放弃。"),
       mistakes=(
           Mistake("no_cost", lambda c: c["p"] * c["margin"], T("The cost of bidding is missing.", "没有扣除投标成本。")),
           Mistake("cost_if_won", lambda c: c["p"] * (c["margin"] - c["cost"]), T("You pay for the bid also when you lose.", "没中标也要付投标成本。")),
       ), draw=bid, seeds=("S38",)),
    _q(19, T("A region's days in proposal have doubled; its conversion is the same, its deals are three times as large. What is wrong there?", "某区域方案阶段的停留时长翻了一倍，转化率不变，商机金额是原来的三倍。那里出了什么问题？"),
       one(
           Option("slow", T("its sellers have become slow", "那里的销售变慢了"), T("Larger deals take longer in the same hands.", "同样的人，做大单本来就慢。")),
           Option("offers", T("its proposals have become worse", "方案质量变差了"), T("The conversion is the same: as many say yes.", "转化率没变：答应的一样多。")),
           Option("big", T("nothing is shown: the size explains it", "看不出问题：金额变大就能解释"), T("Compare deals of like size first.", "先与同样大小的商机相比。"), right=True),
       ), longer,
       (T("What else changed?", "还有什么变了？"), T("Compare like with like.", "同类相比。"), T("Write down the three changes beside each other.", "把三个变化并排写出来。")),
       T("Before you blame, hold size and mix still.", "追究之前，先把金额和结构固定住。"), seeds=("S32",)),
    _q(20, T("A deal was pushed three times. The buyer has a dated public tender in six weeks. A zombie?", "一个商机已推迟三次，客户六周后有公开招标，日期已定。它是僵尸商机吗？"),
       one(
           Option("zombie", T("yes: three pushes are enough", "是：推迟三次就够了"), T("Pushes raise the question; what the buyer does answers it.", "推迟只是提出疑问，客户的动作才是答案。")),
           Option("big", T("no: a tender means that it will be won", "不是：有招标就一定能赢"), T("A tender shows that something will be bought, not from whom.", "招标只说明要买，不说明买谁的。")),
           Option("due", T("no: a dated step of the buyer is evidence", "不是：客户有确定日期的步骤就是证据"), T("It lives, whoever wins.", "它还活着，不论谁赢。"), right=True),
       ), pushed,
       (T("What does the buyer do next?", "客户下一步做什么？"), T("Is there a dated step on the buyer's side?", "客户一方有确定日期的步骤吗？"), T("Leave our own dates aside and look at theirs.", "先放下我们自己填的日期，看客户的。")),
       T("Count pushes, but judge by the buyer's calendar.", "推迟次数要数，判断要看客户的日程。"), seeds=("S26",)),
)  # fmt: skip
