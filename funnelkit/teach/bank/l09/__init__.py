"""L09 Opening position and competition."""

from __future__ import annotations

from funnelkit.teach.bank.l09.opening import (
    FACTS,
    NO_AMOUNT,
    NO_SHARE,
    PLANS_OF_BIDS,
    QUESTIONS,
    STRATEGIES,
    a_win,
    amount_fault,
    bids_table,
    break_even,
    draw_bid,
    draw_bids,
    evidence,
    guess,
    opening_options,
    openings,
    rule_table,
    share_fault,
    value,
)
from funnelkit.teach.bank.l09.panels import ANSWERS, bid, offers, two_plans, with_rivals
from funnelkit.teach.bank.l09.rivals import (
    EVERYWHERE,
    NO_DATE,
    NO_LIMIT,
    NO_PROOF,
    NO_STRATEGY,
    RIVALS,
    VERDICTS,
    FirstQuarter,
    Unsaid,
    begins,
    by_quarter,
    cells,
    date_fault,
    everywhere,
    judged,
    limit_fault,
    many_wins,
    new_rival,
    proof_fault,
    quarters,
    sheet,
    six_options,
    six_table,
    steepest_other,
    strategy_fault,
    two_years,
)
from funnelkit.teach.choices import Choice, Match, Option
from funnelkit.teach.exercise import Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.kinds import Number, Series
from funnelkit.teach.written import Blank, Sheet

EXERCISES = (
    Exercise(
        id="L09.1", objective="O2", minutes=2, seeds=("S38",),
        prompt=T(
            "Before you look at data, think of your newest large deal: what is the chance to win it, what will the pursuit cost until the decision, and what share of such deals did you win last year?",
            "先不看数据，想一个你最新的大商机：赢单概率是多少？跟到出结果要投入多少？去年这类商机赢了多少？",
        ),
        kind=Sheet((
            Blank("chance", T("Chance to win it (%):", "赢单概率（%）："), share_fault),
            Blank("cost", T("Cost of the pursuit:", "投入成本："), amount_fault),
            Blank("won", T("Share won last year (%):", "去年同类商机赢的比率（%）："), share_fault),
        )),
        solve=guess,
        mistakes=(
            Mistake("feeling", lambda c: {**guess(c), "chance": "good"}, NO_SHARE),
            Mistake("words", lambda c: {**guess(c), "cost": "little"}, NO_AMOUNT),
        ),
        hints=(
            T("Any honest guess will do.", "凭真实感觉估计即可。"),
            T("Cost: days of sales and presales, travel, samples, trial.", "成本：销售与售前的人天、差旅、样品、试用。"),
            T("Twenty days of people at 1,000 a day are 20k before any travel.", "二十个人天、每天 1,000，不算差旅就是 2 万。"),
        ),
        after=T("Kept. Compare the first number with the third: the gap between them is hope.", "已保存。比较第一个数和第三个数：两者之差就是一厢情愿。"),
    ),
    Exercise(
        id="L09.2", objective="O1", minutes=5, seeds=("S38",),
        prompt=T("Which of the four opening questions does each fact answer? Two facts answer none.", "下面每条事实能回答开局四问中的哪一问？有两条都不能作为依据。"),
        kind=Match(tuple(Option(id, text, why) for id, _, text, why in FACTS), QUESTIONS, forgiven=1),
        solve=evidence, mistakes=(),
        hints=(
            T("Ask first who did it: the buyer or we?", "先问：这是客户做的，还是我们做的？"),
            T("“Compete” is about being let in, “win” about being preferred.", "“能不能参与”说的是入围，“能不能赢”说的是被优先选择。"),
            T("Money that the board has released says that there is a deal.", "董事会批了预算，说明确有商机。"),
        ),
        after=T("An answer without evidence counts as half. The first question with a no ends the pursuit, however well the others look.", "没有依据的答案只算一半。第一问是“没有”，其他再好也不跟。"),
    ),
    Exercise(
        id="L09.3", objective="O2", minutes=3, seeds=("S38",), draw=draw_bid,
        prompt=T("Chance to win {chance:percent}, margin when won {margin:money}, cost of the pursuit {cost:money}, paid in any case. What is the pursuit worth on average?", "赢单概率 {chance:percent}，赢单毛利 {margin:money}，投入成本 {cost:money}（无论输赢都要花）。这次跟单的期望值是多少？"),
        kind=Number("money", within=500, relative=0.004),
        solve=value,
        mistakes=(
            Mistake("no_cost", lambda c: c["chance"] * c["margin"], T("You left out the cost, which is paid whether you win or not.", "漏了投入成本，这笔钱无论输赢都要花。")),
            Mistake("cost_if_won", lambda c: c["chance"] * (c["margin"] - c["cost"]), T("You count the cost only when you win. It is spent when you lose, too.", "你只在赢的时候算了成本，输了同样要花。")),
            Mistake("as_if_won", lambda c: c["margin"] - c["cost"], T("This is the result if you win. It has to be weighed with the chance.", "这是赢了之后的结果，还要乘上赢单概率。")),
        ),
        hints=(
            T("What comes in on average, and what goes out for certain?", "平均能进来多少，必然出去多少？"),
            T("Expected value = chance × margin − cost.", "期望值 = 赢单概率 × 毛利 − 投入成本。"),
            T("Begin with {chance:percent} of {margin:money}.", "先算 {margin:money} 的 {chance:percent}。"),
        ),
        after=T("A single deal never brings this amount: it is won or lost. Over many such decisions the sum comes close to it.", "单个商机不会正好得到这个数：不是赢就是输。决策多了，合计才会接近它。"),
    ),
    Exercise(
        id="L09.4", objective="O2", minutes=3, seeds=("S38",), draw=draw_bid,
        prompt=T("Margin when won {margin:money}, cost of the pursuit {cost:money}; the seller says the chance is {chance:percent}. From which chance on does the pursuit pay?", "赢单毛利 {margin:money}，投入成本 {cost:money}；销售说赢单概率是 {chance:percent}。概率高于多少，跟单才划算？"),
        kind=Number("fraction", within=0.0015, relative=0.0),
        solve=break_even,
        mistakes=(
            Mistake("net", lambda c: c["cost"] / (c["margin"] - c["cost"]), T("You took the cost off the margin first. The cost is paid in both cases: compare it with the whole margin.", "你先从毛利里扣了成本。成本输赢都要花，应与全部毛利相比。")),
            Mistake("with_chance", lambda c: c["cost"] / (c["chance"] * c["margin"]), T("The stated chance does not belong here: you look for the chance at which the value is zero.", "这里不用销售说的概率：要找的正是使期望值为零的概率。")),
        ),
        hints=(
            T("At which chance is the expected value zero?", "概率为多少时，期望值等于零？"),
            T("Chance × margin = cost.", "赢单概率 × 毛利 = 投入成本。"),
            T("Divide {cost:money} by the margin.", "用 {cost:money} 除以毛利。"),
        ),
        after=T("Ask whether the chance is surely above this line, not whether it is high. If the past leaves it open, more evidence comes before more money.", "要问的不是概率高不高，而是是否确定高于这条线。历史说不准时，先补依据，再投钱。"),
    ),
    Exercise(
        id="L09.5", objective="O2", minutes=4, seeds=("S38",), draw=draw_bids,
        prompt=T("Two ways to spend on bids. What does one win cost on average in each?", "两种投标做法。平均每赢一单各要花多少？"),
        kind=Series(lambda c: [str(n) for n in PLANS_OF_BIDS], "money", within=500, relative=0.01),
        solve=a_win, show=bids_table,
        mistakes=(
            Mistake("whole", lambda c: [n * c["cost"] for n in c["bids"]], T("This is the cost of all bids. Divide it by the wins they bring on average.", "这是所有投标的总成本，还要除以平均赢下的单数。")),
            Mistake("a_bid", lambda c: [c["cost"]] * 2, T("This is the cost of one bid. Most bids are lost, and the win has to pay for them.", "这是一个标的成本。多数标会输，赢的那一单要把它们也付掉。")),
        ),
        hints=(
            T("How many wins does each way bring on average?", "每种做法平均能赢几单？"),
            T("Wins = bids × chance. Cost of a win = cost of all bids ÷ wins.", "赢单数 = 投标数 × 概率；每赢一单的成本 = 总成本 ÷ 赢单数。"),
            T("The number of bids cancels out: what remains is cost of one bid and its chance.", "投标数会约掉：只剩一个标的成本和它的概率。"),
        ),
        after=T("The wins may be nearly the same; the price of a win is not. Saying no to weak bids pays for the good ones.", "赢单数可能差不多，每赢一单的代价却差很多。放弃弱标，才有钱做好强标。"),
    ),
    Exercise(
        id="L09.6", objective="O3", minutes=7, seeds=("S38",),
        prompt=T("Twelve openings. Go down the rule table for each and take the first line whose conditions all hold. Ten right is enough.", "十二个开局。逐个对照规则表，从上往下，取第一条条件全部满足的策略。对十个即可。"),
        kind=Match(opening_options(), STRATEGIES, forgiven=2),
        solve=openings, show=rule_table, mistakes=(),
        hints=(
            T("Ask of each: how do we stand in the buyer's eyes?", "逐个先问：在客户眼里我们处在什么位置？"),
            T("Then: can the criteria move, can the scope be split, does time help?", "再问：标准能不能改？范围能不能拆？时间帮谁？"),
            T("84 points against 41 is a clear lead: take the first line.", "84 分对 41 分，明显领先：取第一条。"),
        ),
        after=T("A frontal attack needs a clear lead. Whoever chooses another position early can still change the criteria; later only the price is left.", "正面进攻要有明显领先。早选其他打法，还来得及影响标准；选晚了，只剩降价。"),
    ),
    Exercise(
        id="L09.7", objective="O4", minutes=4, seeds=("S39",), data="rivals",
        prompt=T("Your practice firm, two years. One rival has grown strong in one region: it meets us far more often and wins. Which one, and where?", "这是你的练习公司两年的数据。有一家对手在某个区域变强了：遇到它的次数大增，而且多半是它赢。是哪一家，在哪里？"),
        kind=Unsaid("rival", cells), solve=new_rival, show=two_years,
        mistakes=(
            Mistake("steepest", steepest_other, T("The rate fell there, but few deals stand behind it. Look at how often we met the rival in each year.", "那里的赢率也降了，但商机太少。看看两年里各遇到它多少次。")),
            Mistake("best", many_wins, T("There we win more than the year before.", "那里我们比前一年赢得多。")),
        ),
        hints=(
            T("Look at the number of decided deals first, then at the rate.", "先看已决商机数，再看赢率。"),
            T("A rival who pushes in is met more often than the year before, and more than any other.", "强行进入的对手，今年碰到的次数远多于去年，也多于其他对手。"),
            T("Find the row with the largest number of decided deals in the last year.", "找最近一年已决商机数最多的那一行。"),
        ),
        after=T("It is one rival in one region: no reason to lower prices everywhere.", "只是一家对手在一个区域：没有理由到处降价。"),
    ),
    Exercise(
        id="L09.8", objective="O4", minutes=3, seeds=("S39",), data="rivals",
        prompt=T("The same firm by quarter, won / decided. In which quarter did that rival begin to push in?", "同一家公司，按季度列出赢单/已决商机数。那家对手从哪个季度开始发力？"),
        kind=FirstQuarter("quarter", quarters), solve=begins, show=by_quarter,
        mistakes=(
            Mistake("before", lambda c: "2025-Q2", T("So few deals: a bad quarter of a handful of deals is chance. Look where their number jumps as well.", "商机太少：几个商机的一次失利属于偶然。要找数量也同时跳升的季度。")),
            Mistake("latest", lambda c: quarters(c)[-1], T("That is the latest quarter. It had begun long before.", "那是最近一个季度，变化早就开始了。")),
        ),
        hints=(
            T("Look up the row you found before.", "找到你在上一题选出的那一行。"),
            T("Two things change at once: how often we meet, and how often we win.", "有两样东西同时变了：碰到的次数和赢的次数。"),
            T("Read the second number of each quarter from left to right until it jumps.", "从左到右看每季度的第二个数，直到它跳升。"),
        ),
        after=T("A table by quarter shows it within months; the yearly total shows it after a year.", "按季度看，几个月内就能发现；只看全年合计，要晚一年。"),
    ),
    Exercise(
        id="L09.9", objective="O4", minutes=3, seeds=("S39",),
        prompt=T("Six cells of a win matrix, won / decided. Rule: fewer than 8 decided deals in either year is grey. Else a cell has changed if chance alone does it in at most 5 of 100 cases. Sort them.", "竞争对手胜率矩阵的六个单元格（赢单/已决）。规则：任一年已决商机不足 8 个为灰色；否则，偶然出现的可能不超过 5% 才算变化。请归类。"),
        kind=Match(six_options(), VERDICTS),
        solve=judged, show=six_table, mistakes=(),
        hints=(
            T("First look at the numbers after the stroke.", "先看斜线后面的数。"),
            T("Mark grey whatever has fewer than 8 in either year, however striking it looks.", "任一年不足 8 个的先标灰，不管看上去多明显。"),
            T("Only for the rest read the last column.", "剩下的才看最后一列。"),
        ),
        after=T("Grey is an answer: it says wait, or ask the buyers. It protects you from rebuilding after seven deals.", "灰色也是一种答案：再等等，或者去问客户。它让你不会因为七个商机就大动干戈。"),
    ),
    Exercise(
        id="L09.10", objective="O5", minutes=4, seeds=("S38", "S39"),
        prompt=T("Take one large deal of your own. Write down the strategy, the evidence it stands on, when it is looked at again, and what would change it.", "选一个你自己的大商机，写下竞争策略、依据、下次评估日期，以及出现什么情况就要调整。"),
        kind=Sheet((
            Blank("strategy", T("Strategy:", "竞争策略："), strategy_fault),
            Blank("proof", T("Evidence (id or date):", "依据（编号或日期）："), proof_fault),
            Blank("review", T("Next review (date):", "下次评估日期："), date_fault),
            Blank("stop", T("We change it when (number or date):", "出现以下情况就调整（写明数字或日期）："), limit_fault, long=True),
        )),
        solve=sheet,
        mistakes=(
            Mistake("no_strategy", lambda c: {**sheet(c), "strategy": "work harder"}, NO_STRATEGY),
            Mistake("no_proof", lambda c: {**sheet(c), "proof": "good feeling"}, NO_PROOF),
            Mistake("no_date", lambda c: {**sheet(c), "review": "soon"}, NO_DATE),
            Mistake("no_limit", lambda c: {**sheet(c), "stop": "if it goes badly"}, NO_LIMIT),
        ),
        hints=(
            T("Take the deal you guessed about at the start.", "就用课前估计的那个商机。"),
            T("The strategy is one of the six of the rule table.", "策略从规则表的六种里选。"),
            T("A limit, for instance: no meeting with the person who pays by 2027-02-15.", "调整条件举例：到 2027-02-15 仍见不到经济决策人。"),
        ),
        after=T("A strategy with a date and a limit can be given up in time.", "有日期、有条件的策略，才能及时放弃或调整。"),
    ),
    Exercise(
        id="L09.11", objective="O5", minutes=2, seeds=("S39",),
        prompt=T("Exit ticket. From one month on, the win rate falls from 55 % to 42 % against all four rivals in all four regions, over 300 deals. What comes first?", "课末一题。从某个月起，对四家对手、在四个区域的赢率都从 55% 降到 42%，涉及 300 个商机。先做什么？"),
        kind=Choice(EVERYWHERE), solve=everywhere, mistakes=(),
        hints=(
            T("What do all these deals have in common?", "这些商机的共同点是什么？"),
            T("A new rival shows in one row or one column of the matrix.", "新对手只会出现在矩阵的某一行或某一列。"),
            T("Go through the options and cross out those that treat one cell only.", "把只针对某一个单元格的选项划掉。"),
        ),
        after=T("The matrix tells two illnesses apart: one cell falls, that is a rival; all cells fall, that is us.", "矩阵能分清两种病：一个单元格下降，是对手；全部下降，是自己。"),
    ),
)  # fmt: skip

PLANS = {"rivals": RIVALS}
WHATIFS = {"bid": bid}

__all__ = ["ANSWERS", "EXERCISES", "PLANS", "WHATIFS", "offers", "two_plans", "with_rivals"]
