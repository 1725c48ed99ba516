"""L10 Process, milestones, closed loop."""

from __future__ import annotations

from funnelkit.teach.bank.l10.cells import WHATIFS, action
from funnelkit.teach.bank.l10.loop import (
    DAYS_ORDER,
    NO_DAY,
    NO_NUMBER,
    ONE_OWNER,
    VERDICTS,
    action_options,
    counted,
    dashes,
    dated,
    in_turn,
    log_table,
    missing_ids,
    own_action,
    person,
    proofs,
    rise_is_good,
    signs_only,
    tried,
    verdicts,
    with_gaps,
)
from funnelkit.teach.bank.l10.ways import (
    CLASSES,
    MEASURES,
    NO_SHARE,
    NOT_NESTED,
    OPEN,
    WHY,
    Dates,
    alone,
    by_medians,
    conform,
    earliest_stage,
    enter_by,
    guess,
    leaving,
    medians,
    moves_counted,
    nested,
    numbered,
    only_full,
    path_of,
    plan,
    routes,
    sellers,
    share,
    sorted_measures,
    stage_name,
    subtracted,
    today_and_close,
    two_periods,
    variance_ratio,
)
from funnelkit.teach.choices import Choice, Match, Option
from funnelkit.teach.exercise import Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.kinds import Number, Series
from funnelkit.teach.written import Blank, Find, Sheet

# Histories that come far enough to leave the sheet now and then.
PLANS = {
    "routes": {
        "deals": 200, "skip_rate": 0.06, "back_rate": 0.1,
        "stages": {
            "lead": {"step_rate": 0.8}, "contact": {"step_rate": 0.8}, "need": {"step_rate": 0.75},
            "proposal": {"step_rate": 0.7}, "negotiation": {"step_rate": 0.6},
        },
    },
}  # fmt: skip
EXERCISES = (
    Exercise(
        id="L10.1", objective="O5", minutes=2, seeds=("S45",),
        prompt=T(
            "Before any data: of 100 actions agreed in your review meetings, how many have one owner and a day, and of how many did somebody check later whether they worked?",
            "先不看数据：贵公司例会上定下的 100 项行动，有多少写明了负责人和日期？有多少后来有人核对过是否有效？"),
        kind=Sheet((
            Blank("owned", T("With one owner and a day:", "写明负责人和日期："), share),
            Blank("checked", T("Effect checked later:", "后来核对过效果："), share)), nested),
        solve=guess,
        mistakes=(
            Mistake("words", lambda c: {"owned": "most", "checked": "10"}, NO_SHARE),
            Mistake("more", lambda c: {"owned": "40", "checked": "60"}, NOT_NESTED)),
        hints=(
            T("Think of the last three meetings.", "回想最近三次例会。"),
            T("The second number is a part of the first.", "第二个数是第一个数的一部分。"),
            T("If every second action got an owner and a day, write 50 first.", "如果一半行动写明了负责人和日期，第一格填 50。")),
        after=T("Kept. At the end you write an action that can be checked.", "已保存。课末你会写一项可以核对的行动。"),
    ),
    Exercise(
        id="L10.2", objective="O1", minutes=6, seeds=("S40", "S41"),
        prompt=T("Seventeen measures from sales reports. Which can a manager decide, which show early whether it works, which can only be read afterwards? Fifteen right is enough.",
                 "销售报表里的十七个指标：哪些经理能直接安排，哪些能较早看出效果，哪些只能事后看？对十五个即可。"),
        kind=Match(tuple(Option(id, T(en, zh), WHY[kind]) for id, kind, en, zh in MEASURES), CLASSES, forgiven=2),
        solve=sorted_measures, mistakes=(),
        hints=(
            T("Ask of each: could I put it into next week's calendar?", "逐个问：能不能排进下周的日程？"),
            T("If it takes the buyer to react, it is no activity. If it is the end of the chain, it is a result.", "需要客户有反应的不是活动；链条末端的是结果。"),
            T("“Meetings held” can be put into the calendar: an activity.", "“拜访客户次数”能排进日程：属于活动。")),
        after=T("You manage the activities, watch the objectives, and answer for the results. A report of results alone leaves nothing to manage.",
                "能管的是活动，要盯的是过程目标，要负责的是结果。只报结果的报表，没有可管的东西。"),
    ),
    Exercise(
        id="L10.3", objective="O2", minutes=5, seeds=("S42",), data="routes",
        prompt=T("Ways of 200 deals (1 lead, 2 contact, 3 need, 4 proposal, 5 negotiation; a way may end anywhere). How many deals follow the sheet, how many skipped a stage at least once, how many went back at least once?",
                 "下面是 200 个商机走过的路径（1 潜在客户生成，2 联系，3 需求识别，4 方案提供，5 谈判；中途结束也算正常）。符合流程的有几个？至少跳过一次阶段的几个？至少退回一次的几个？"),
        kind=Series(lambda c: [str(T("On the sheet", "符合流程")), str(T("Skipped a stage", "跳过阶段")), str(T("Went back", "退回"))], "deals", relative=0.0),
        solve=conform, show=routes,
        mistakes=(
            Mistake("only_whole", only_full, T(
                "These are only the ways to the end. A deal that was lost or is open halfway has followed the sheet too, as far as it came.",
                "这只数了走到底的。中途输单或仍在途的商机，只要一路按流程走，也算符合。")),
            Mistake("moves", moves_counted, T(
                "You counted moves. A deal that went back twice is one deal.", "你数的是动作次数。同一个商机退回两次，也只算一个。")),
            Mistake("subtracted", subtracted, T(
                "Some deals left the sheet more than once: taking every move off the whole takes them off twice.",
                "有些商机不止一次偏离流程：用总数逐次扣除，会重复扣掉。"))),
        hints=(
            T("First mark the ways that only go up by one.", "先标出每次只前进一步的路径。"),
            T("A way such as 1 → 3 has a jump, 3 → 2 a return.", "1 → 3 是跳过，3 → 2 是退回。"),
            T("1 alone, 1 → 2, 1 → 2 → 3 and so on up to won all follow the sheet: add their deals.", "只有 1、1 → 2、1 → 2 → 3 直到赢单，都符合流程：把它们的商机数相加。")),
        after=T("A return is no crime: it is honest when the buyer changed. What matters is that it is recorded and talked about.",
                "退回不是错：客户变了就该退回。关键是如实记录并讨论。"),
    ),
    Exercise(
        id="L10.4", objective="O3", minutes=4, seeds=("S43",), draw=two_periods,
        prompt=T("Six sellers, {each} deals each, before and after a common process began. Divide the variance of the shares after by the variance before (a spreadsheet's VAR will do). What is the ratio?",
                 "六名销售，统一流程实施前后各 {each} 个商机。用“之后”各人占比的方差除以“之前”的方差（电子表格的 VAR 函数即可），比值是多少？"),
        kind=Number("number", within=0.01, relative=0.03),
        solve=variance_ratio, show=sellers,
        mistakes=(
            Mistake("deviations", lambda c: variance_ratio(c) ** 0.5, T(
                "This is the ratio of the standard deviations. Variance is the square of it.", "这是标准差之比，方差要再平方。")),
            Mistake("turned", lambda c: 1 / variance_ratio(c), T(
                "Turned round: after stands above, before below. Below 1 means less difference than before.", "上下颠倒了：之后在上，之前在下。小于 1 表示差异变小。")),
            Mistake("averages", lambda c: sum(c["after"]) / sum(c["before"]), T(
                "This compares the averages. The question is how far the sellers differ from one another.", "这比的是平均水平。题目问的是各人之间差异有多大。"))),
        hints=(
            T("Arbitrariness shows in the differences between people, not in the average.", "随意性体现在人与人的差异上，而不是平均值上。"),
            T("Variance: mean of the squared distances from the average.", "方差：各人与平均值之差的平方再取平均。"),
            T("First the average share before, then each seller's distance from it, squared.", "先算“之前”的平均占比，再算每人与它的差并平方。")),
        after=T("Below 1: people work more alike than before. With few sellers ask for the interval before you tell anybody.",
                "小于 1：大家的做法比以前更一致。人数少时，先看区间再下结论。"),
    ),
    Exercise(
        id="L10.5", objective="O3", minutes=2, seeds=("S43",),
        draw=lambda r: {"ratio": r.choice((0.52, 0.58, 0.63)), "low": r.choice((0.18, 0.22, 0.27)), "high": r.choice((1.4, 1.7, 2.1))},
        prompt=T("For another firm with eight sellers the ratio is {ratio}, with a 95 % interval from {low} to {high}. What may the manager say?",
                 "另一家公司有八名销售，比值是 {ratio}，95% 区间为 {low} 到 {high}。经理可以怎么说？"),
        kind=Choice((
            Option("a", T("The process has made the sellers work more alike.", "流程让销售的做法更一致了。"),
                   T("The interval reaches beyond 1: with eight sellers such a fall comes by luck too.", "区间越过了 1：只有八个人，单凭运气也会出现这样的下降。")),
            Option("b", T("A fall is likely but not shown; look again with more deals.", "可能变一致了，但还不能证明，多积累商机再看。"),
                   T("Right: the middle is below 1, the interval is not.", "对：中心值小于 1，但区间没有全在 1 以下。"), right=True),
            Option("c", T("The process has had no effect.", "流程没有作用。"),
                   T("Not shown is not the same as no effect: the interval also holds a large fall.", "“没有证明”不等于“没有作用”：区间里也包含大幅下降。")),
            Option("d", T("The sellers perform better than before.", "销售业绩比以前好了。"),
                   T("The ratio tells how far people differ, not how well they sell.", "这个比值说的是差异，不是业绩好坏。")))),
        solve=lambda case: "b", mistakes=(),
        hints=(
            T("Where is 1?", "1 在哪里？"),
            T("At 1 nothing has changed. Is 1 inside the interval?", "等于 1 表示没有变化。1 在区间里吗？"),
            T("Lower end below 1, upper end above 1: both directions are possible.", "下限小于 1、上限大于 1：两个方向都有可能。")),
        after=T("Ratio and interval belong together, for people above all.", "比值和区间要一起说，评价人的时候尤其如此。"),
    ),
    Exercise(
        id="L10.6", objective="O4", minutes=5, seeds=("S44",), draw=path_of,
        prompt=T("A deal is to be signed on {close:date}. Count back with the median days below: by which date does it have to enter each stage? (such as 2026-12-11)",
                 "一个商机要在 {close:date} 签约。用下表的停留天数中位数倒推：最晚哪天要进入各阶段？（格式如 2026-12-11）"),
        kind=Dates(lambda c: [stage_name(s) for s in OPEN], "number", within=0.0),
        solve=enter_by, show=medians,
        mistakes=(
            Mistake("alone", alone, T(
                "Each stage was counted back from the signature alone. Before negotiation begins, the stages before it need their days too: add up.",
                "每个阶段都单独从签约日倒推了。后面各阶段的天数要累加。")),
            Mistake("leaving", leaving, T(
                "These are the days to leave each stage. The plan asks when to enter it: go back by its own days too.",
                "这是离开各阶段的日期。题目问的是进入日期，还要再减去本阶段的天数。"))),
        hints=(
            T("Begin at the end.", "从最后一步开始。"),
            T("Enter negotiation = signature minus the days of negotiation; then go on from there.", "进入谈判 = 签约日减去谈判天数，再往前推。"),
            T("Enter proposal = the date you found for negotiation minus the days of proposal.", "进入方案提供 = 上一步得到的谈判日期，再减去方案的天数。")),
        after=T("These dates hold for fewer than half of the deals: medians added up promise too much. Next: eight deals in ten.",
                "按中位数倒推，能按时的不到一半：承诺过头了。下一题看八成把握的日期。"),
    ),
    Exercise(
        id="L10.7", objective="O4", minutes=3, seeds=("S44",), draw=today_and_close,
        prompt=T("Today is {today:date}, signature is wanted on {close:date}. Name the earliest stage that a deal may enter today so that eight in ten such deals are still in time.",
                 "今天是 {today:date}，希望在 {close:date} 签约。今天最早处于哪个阶段（刚进入）的商机，十个里有八个还来得及？"),
        kind=Find("stage", numbered), solve=earliest_stage, show=plan,
        mistakes=(
            Mistake("medians", by_medians, T(
                "This reads the 50 % dates. Of deals that begin there, more than half come too late.", "这看的是 50% 那一列：从那里开始的商机，一半以上会晚。")),
            Mistake("whole_way", "1", T("A deal that begins at the very start has the whole way before it: its date is past already.", "从头开始的商机还要走完全程，它的日期早已过了。"))),
        hints=(
            T("Which column speaks of eight in ten?", "哪一列说的是十个里有八个？"),
            T("Compare each 80 % date with today.", "把 80% 的各个日期与今天对比。"),
            T("Go from the first stage on until a date is not past.", "从第一个阶段往后找，直到日期还没有过。")),
        after=T("Deals in earlier stages belong into the next period's forecast, whatever the seller hopes.", "更靠前的商机应放进下一期预测，不能凭希望。"),
    ),
    Exercise(
        id="L10.8", objective="O5", minutes=5, seeds=("S45",), draw=tried,
        prompt=T("Eight actions, each compared with the time before. Rule: fewer than 20 deals on a side is too early; an interval wholly on the good side worked, wholly on the bad side worse, else not shown. Give the verdicts.",
                 "八项行动，各与之前对比。规则：任何一边不足 20 个商机，为时尚早；区间全在好的一侧，有效；全在坏的一侧，变差；否则未见效果。请逐项下结论。"),
        kind=Match(action_options(), VERDICTS), solve=verdicts, show=log_table,
        mistakes=(
            Mistake("signs", signs_only, T(
                "A change alone is no verdict: some intervals cross zero, some actions have too few deals.", "只看升降不能下结论：有的区间跨过 0，有的商机太少。")),
            Mistake("rise", rise_is_good, T(
                "For deals that end without a decision less is better: there a rise is bad news.", "不了了之的占比越低越好：这里上升是坏消息。"))),
        hints=(
            T("Three questions in this order: enough deals? which side is good? does the interval cross zero?", "按顺序问三个问题：商机够吗？哪边是好？区间跨 0 吗？"),
            T("Two of the eight are too early, two are not shown.", "八项中有两项为时尚早，两项未见效果。"),
            T("First strike out the rows with n below 20.", "先划掉 n 小于 20 的行。")),
        after=T("Keep what worked, stop what made it worse, give the others a new review day. “Not shown” is a result worth having.",
                "有效的保留，变差的停掉，其余定下新的复盘日。“未见效果”也是有用的结论。"),
    ),
    Exercise(
        id="L10.9", objective="O2", minutes=3, seeds=("S42", "S45"), data="routes",
        prompt=T("Evidence ids of open deals by stage. Every stage that a deal has left should have one, from the stage it began in; a stage jumped over too. How many are missing?",
                 "下表是在途商机各阶段的依据编号。从起始阶段起，凡是已离开（含跳过）的阶段都应有一个编号。一共缺几个？"),
        kind=Number("number", relative=0.0), solve=missing_ids, show=proofs,
        mistakes=(
            Mistake("dashes", dashes, T(
                "You counted every dash. The stage a deal is in, and those to come, need no evidence yet.", "你数了所有“–”。当前阶段及之后的阶段还不需要依据。")),
            Mistake("rows", with_gaps, T(
                "You counted deals. One deal may lack evidence for two stages.", "你数的是商机数。一个商机可能缺两个阶段的依据。")),
            Mistake("none", lambda c: 0, T(
                "Some stages were left without an id: look left of the present stage.", "有些阶段离开时没有编号：看当前阶段左边的各列。"))),
        hints=(
            T("Look only left of the stage the deal is in.", "只看当前阶段左边的列。"),
            T("Go row by row: first the stage, then the dashes before it.", "逐行看：先找当前阶段，再数它前面的“–”。"),
            T("A deal in proposal needs ids for lead, contact and need.", "处于方案提供的商机，前三个阶段都要有编号。")),
        after=T("A step without evidence is an opinion. Ask for the paper at the step, not at the end of the quarter.", "没有依据的推进只是一种看法。推进时就要依据，别等到季末。"),
    ),
    Exercise(
        id="L10.10", objective="O5", minutes=4, seeds=("S45",),
        prompt=T("Close the loop: write one action of your own so that a stranger could tell later whether it worked.", "闭环：写一项你自己的行动，让局外人以后也能判断它是否有效。"),
        kind=Sheet((
            Blank("problem", T("Problem and stage:", "问题和阶段："), None, True),
            Blank("hypothesis", T("Why should it help:", "为什么会有用："), None, True),
            Blank("measure", T("Measure, and for which deals:", "指标及适用商机：")),
            Blank("baseline", T("Value today:", "目前数值："), counted),
            Blank("expected", T("Value expected:", "预期数值："), counted),
            Blank("owner", T("Owner:", "负责人："), person),
            Blank("start", T("Start:", "开始日期："), dated),
            Blank("due", T("Due:", "完成日期："), dated),
            Blank("review", T("Review:", "复盘日期："), dated)), in_turn),
        solve=own_action,
        mistakes=(
            Mistake("group", lambda c: {**own_action(c), "owner": "the whole team"}, ONE_OWNER),
            Mistake("no_number", lambda c: {**own_action(c), "expected": "better"}, NO_NUMBER),
            Mistake("no_day", lambda c: {**own_action(c), "due": "soon"}, NO_DAY),
            Mistake("days", lambda c: {**own_action(c), "review": "2027-01-12"}, DAYS_ORDER)),
        hints=(
            T("Take the worst step of your own funnel.", "从你自己漏斗里最弱的一步开始。"),
            T("Name one person, two numbers, three dates.", "写一个人、两个数、三个日期。"),
            T("The review comes when deals begun after the start have had their time: start plus one usual cycle.", "复盘要等新进商机走完常见周期：开始日加一个销售周期。")),
        after=T("Type it into the action log. The verdict is then computed, not voted on.", "把它写进行动日志，结论由数据算出，不靠表决。"),
    ),
)  # fmt: skip

__all__ = ["EXERCISES", "PLANS", "WHATIFS", "action"]
