"""L12 Outlook: data-driven, own data, 90-day plan."""

from __future__ import annotations

from funnelkit.teach.bank.l12 import cases as c
from funnelkit.teach.bank.l12 import judging as j
from funnelkit.teach.bank.l12.model import PLAN, threshold
from funnelkit.teach.choices import Match, Option, Several
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.kinds import Number, Series
from funnelkit.teach.written import Blank, Find, Sheet

PLANS = {"scored": PLAN}
WHATIFS = {"threshold": threshold}

_NONE = T("", "")
_QUESTIONS = (
    Option("q1", T("Of a hundred leads, how many get a proposal?", "一百条线索里，有多少会进入方案提供？"),
           T("How far one group of deals came: the funnel of a cohort.", "同一批商机走到哪里：看同期群漏斗。")),
    Option("q2", T("At which step do we lose the most?", "我们在哪一步流失最多？"),
           T("Losses from step to step: the funnel of a cohort.", "逐步的流失：看同期群漏斗。")),
    Option("q3", T("How many leads do we need for next year's target, and by when?", "完成明年目标需要多少线索？最晚什么时候？"),
           T("From a target back to leads and dates: the reverse funnel.", "从目标倒推线索和日期：漏斗倒推。")),
    Option("q4", T("What will come in this quarter, and how sure is it?", "本季度能进多少？有多大把握？"),
           T("An amount to come with its range: the forecast.", "将来的金额及区间：业绩预测。")),
    Option("q5", T("Is the East's fall more than chance?", "华东的下滑是不是偶然？"),
           T("Chance or not: limits.", "是不是偶然：看控制限。")),
    Option("q6", T("Is one of twelve sellers really worse, or is one always last?", "十二名销售里最后一名是真差，还是总会有最后一名？"),
           T("Chance among many: limits.", "多人比较中的偶然：看控制限。")),
    Option("q7", T("Did the new proposal meeting help?", "新的方案会有没有用？"),
           T("Before and after with a verdict: the action log.", "前后对比下结论：行动日志。")),
    Option("q8", T("Who is to do what until when, and what has become of it?", "谁在什么时候前做什么，结果如何？"),
           T("Owner, day and verdict: the action log.", "负责人、日期和结论：行动日志。")),
)  # fmt: skip
_TOOLS = (
    Option("funnel", T("Funnel of a cohort", "同期群漏斗"), _NONE),
    Option("reverse", T("Reverse funnel with dates", "带日期的漏斗倒推"), _NONE),
    Option("forecast", T("Forecast with a range", "带区间的业绩预测"), _NONE),
    Option("limits", T("Limits for chance", "区分偶然的控制限"), _NONE),
    Option("log", T("Action log", "行动日志"), _NONE),
)
_LEAK = {
    "loss_reason": T("It is written when the deal is lost: it knows the end.", "输单之后才填：它知道结局。"),
    "discount_approved_by": T("It is written in negotiation, long after the score is due: deals that come so far are mostly won.", "谈判时才填，比评分的时点晚得多：走到那一步的大多会赢。"),
    "forecast_category": T("Today's value was set when the deal ended. Only the value of that day could be used, from the field history.", "今天的值是结束时改的。只能用当时的值，从字段历史里取。"),
}  # fmt: skip
_EARLY = T("This was known when the deal came in: no leak.", "商机进来时就知道：不是泄漏。")
_ENOUGH = (
    Option("yes", T("may start", "可以开始"), _NONE), Option("no", T("not yet", "还不行"), _NONE),
)  # fmt: skip
_BOTH = T("Both sides count: at least 50 won and at least 150 closed without a win. Open deals are neither.", "两边都要够：赢单至少 50，已关闭但未赢至少 150。在途的两边都不算。")
_TARGETS = ("lead", "contact", "need", "proposal", "negotiation", "won", "lost", "no_decision")
_LABELS = {
    "Suspect": T("A name only, nobody has talked: lead generation.", "只有名字，还没联系：潜在客户生成。"),
    "Talking": T("A conversation, no confirmed need: contact.", "有来往，需求未确认：联系。"),
    "Scoping": T("The need is being measured: need identification.", "正在弄清需求：需求识别。"),
    "Quote out": T("A price is in the buyer's hands: proposal.", "报价已到客户手里：方案提供。"),
    "Short list": T("Chosen or nearly so, terms are open: negotiation.", "已入围，条款待定：谈判。"),
    "Order in": T("An order is a win, an outcome.", "有订单就是赢单，属于结果。"),
    "Went elsewhere": T("The buyer took another supplier: lost.", "客户选了别家：输单。"),
    "Shelved": T("Nobody was chosen: no decision, kept apart from lost.", "谁都没选：不了了之，与输单分开。"),
}  # fmt: skip
_NAMES_ZH = {
    "Suspect": "仅有名单（Suspect）", "Talking": "已有交流（Talking）", "Scoping": "正在摸底（Scoping）",
    "Quote out": "报价已出（Quote out）", "Short list": "已入围（Short list）", "Order in": "已下单（Order in）",
    "Went elsewhere": "选了别家（Went elsewhere）", "Shelved": "项目搁置（Shelved）",
}  # fmt: skip
_TARGET_NAMES = {
    "lead": T("Lead generation", "潜在客户生成"), "contact": T("Contact", "联系"),
    "need": T("Need identification", "需求识别"), "proposal": T("Proposal", "方案提供"),
    "negotiation": T("Negotiation", "谈判"), "won": T("Won", "赢单"), "lost": T("Lost", "输单"),
    "no_decision": T("No decision", "不了了之"),
}  # fmt: skip


def phases(case: Case) -> dict[str, str]:
    return {k.lower().replace(" ", "_"): v for k, v in c.PHASES.items()}


EXERCISES = (
    Exercise(
        id="L12.1", objective="O3", minutes=2, seeds=("S54",),
        prompt=T("Before any data: of 100 deals that are in each stage at your company, how many will be won? Your guess is kept.", "先不看数据：贵公司处于各阶段的商机，每 100 个会赢多少？你的估计会保留。"),
        kind=Sheet(tuple(Blank(s, _TARGET_NAMES[s], c.share) for s in c.STAGES), c.rising),
        solve=c.guess,
        mistakes=(Mistake("words", lambda case: {**c.guess(case), "need": "some"}, c.NOT_SHARE),
                  Mistake("falling", lambda case: {**c.guess(case), "need": "3"}, c.FALLING)),
        hints=(T("Do not look at the CRM's own figures.", "不要看 CRM 自带的数字。"),
               T("Start at the end: of 100 deals in negotiation …", "从最后开始：谈判中的 100 个……"),
               T("If every second negotiation is won, write 50 there.", "如果谈判有一半能赢，就填 50。")),
        after=T("Kept. These are your odds by stage; a score has to beat them.", "已保存。这就是你的“按阶段的赢率”，评分必须比它更准。"),
    ),
    Exercise(
        id="L12.2", objective="O1", minutes=4, seeds=("S51", "S52"),
        prompt=T("Looking back on the course: which tool answers each question?", "回顾全课程：每个问题用哪种工具回答？"),
        kind=Match(_QUESTIONS, _TOOLS), solve=c.tools, mistakes=(),
        hints=(T("Ask of each: past, future, chance or deed?", "逐个想：是看过去、看将来、辨偶然，还是管行动？"),
               T("Funnel, limits and log have two questions each.", "漏斗、控制限、行动日志各对应两个问题。"),
               T("“Did it help?” is a question of before and after: the action log.", "“有没有用”是前后对比：行动日志。")),
        after=T("Most arguments in a review are about the tool before they are about the figure.", "例会上的争论，多半先是用错了工具，然后才是数字。"),
    ),
    Exercise(
        id="L12.3", objective="O2", minutes=4, seeds=("S53",), draw=c.two_years,
        prompt=T("Two years of one firm, step by step. At which step has the rate changed by more than chance explains?", "同一家公司的两年，逐步对比。哪一步的转化率变化超出了偶然？"),
        kind=Find("stage", c.steps), solve=c.changed_step, show=c.years_table,
        mistakes=(
            Mistake("largest", "5", T("That step has the largest change, but few deals: its interval crosses zero.", "这一步变化最大，但商机少，区间跨过 0。")),
            Mistake("after", c.step_after, T("Fewer deals came to this step because the one before lost them. Look at its rate.", "到这一步的商机变少，是前一步流失造成的。要看它自己的转化率。"))),
        hints=(T("Not the largest change, the surest.", "不是找变化最大的，而是找最确定的。"),
               T("Look for an interval that does not contain zero.", "找不含 0 的区间。"),
               T("Begin at the top: does the first interval cross zero?", "从第一行开始：区间跨过 0 吗？")),
        after=T("Find out what changed there in that year: people, market, or only the standard of the stage.", "去查那一年这一步变了什么：人、市场，还是只是阶段标准。"),
    ),
    Exercise(
        id="L12.4", objective="O2", minutes=4, seeds=("S53",), draw=c.versions,
        prompt=T("Between the two years some standards of the stage sheet were changed. What share of all moves of both years is still comparable?", "两年之间，部分阶段标准改了。两年全部推进中，仍然可比的占多少？"),
        kind=Number("fraction", within=0.005), solve=c.comparable, show=c.versions_table,
        mistakes=(
            Mistake("steps", lambda case: sum(case["same"]) / 5, T("This counts steps. The early ones have many more moves: weigh by moves.", "这是按步骤数算的。前面的步骤推进数多得多：要按推进数加权。")),
            Mistake("second", c.second_only, T("This looks at the second year alone. Both years have to be comparable.", "这只看了第二年。两年都要算。")),
            Mistake("turned", lambda case: 1 - c.comparable(case), T("This is the share that is no longer comparable.", "这是不再可比的部分。"))),
        hints=(T("Which rows may be compared at all?", "哪些行可以比？"),
               T("Add both years of the rows with the same standard, divide by all moves.", "把标准未变各行的两年推进数相加，除以全部推进数。"),
               T("First the sum of all ten figures.", "先求十个数的总和。")),
        after=T("Give every version of the sheet a number and a day. Changing a standard is right; forgetting when is not.", "阶段标准每改一版都要有版本号和日期。该改就改，但不能忘了哪天改的。"),
    ),
    Exercise(
        id="L12.5", objective="O3", minutes=5, seeds=("S54",), draw=j.ten_deals,
        prompt=T("Ten deals that came later than those the score was learned from. What are the Brier scores of the stage odds and of the score? (mean of the squared distance between probability and outcome, won = 1)", "十个商机，时间都晚于评分所用的学习数据。按阶段的赢率和评分，布里尔分数各是多少？（概率与结果之差的平方的平均，赢单 = 1）"),
        kind=Series(lambda case: [str(T("Odds of the stage", "按阶段的赢率")), str(T("Score", "评分"))], "number", within=0.003),
        solve=j.brier_scores, show=j.deals_table,
        mistakes=(
            Mistake("distances", j.distances, T("The squares are missing: a large miss has to cost more than two small ones.", "没有平方：一次大错应比两次小错代价更高。")),
            Mistake("sums", j.sums, T("These are sums. Divide by the number of deals.", "这是总和，还要除以商机数。"))),
        hints=(T("One deal after the other.", "一个一个算。"),
               T("For a won deal: (1 − p)²; for the others: p².", "赢单：(1 − p)²；未赢：p²。"),
               T("A deal stated at 0.5 costs 0.25 either way.", "给 0.5 的商机，无论结果如何都是 0.25。")),
        after=T("Lower is better. A score that does not beat the odds of the stage on later deals is not worth its upkeep.", "越低越好。在之后的商机上胜不过按阶段的赢率，这个评分就不值得维护。"),
    ),
    Exercise(
        id="L12.6", objective="O3", minutes=4, seeds=("S54",), data="scored",
        prompt=T("A vendor's score is nearly perfect on your past deals. It is to be stated when a deal enters need identification. Which of its columns know the future?", "供应商的评分在历史商机上几乎全对。评分应在进入需求识别时给出。它用的哪些字段“知道未来”？"),
        kind=Several(tuple(Option(k, name, _LEAK.get(k, _EARLY)) for k, name in j.COLUMNS.items())),
        solve=j.leaking, mistakes=(), show=j.filled,
        hints=(T("When is each column written?", "每个字段是什么时候填的？"),
               T("Compare how often it is filled for won and other deals.", "比较赢单和未赢中各填了多少。"),
               T("A column filled for all alike, with values known on the first day, is harmless.", "两边填得一样、第一天就知道的字段没有问题。")),
        after=T("Ask every vendor: for each column, on which day is it written? And: show me the score on deals after the learning ended.", "要问供应商：每个字段是哪一天填的？评分在学习期之后的商机上表现如何？"),
    ),
    Exercise(
        id="L12.7", objective="O4", minutes=4, seeds=("S55",), draw=j.flags,
        prompt=T("A rule flags open deals at risk. Half a year later the outcome is known. What are its precision (flagged deals that were indeed not won) and its recall (deals not won that had been flagged)?", "一条规则标记有风险的在途商机，半年后结果已知。它的查准率（被标记的商机中确实未赢的占比）和查全率（未赢的商机中事先被标记的占比）各是多少？"),
        kind=Series(lambda case: [str(T("Precision", "查准率")), str(T("Recall", "查全率"))], "fraction", within=0.005),
        solve=j.precision_recall, show=j.flags_table,
        mistakes=(
            Mistake("swapped", lambda case: j.precision_recall(case)[::-1], T("The two are swapped: precision is a share of the flagged, recall a share of those not won.", "两个颠倒了：查准率的分母是被标记的，查全率的分母是未赢的。")),
            Mistake("accuracy", j.accuracy, T("That is the share of all deals judged rightly. It also counts the quiet ones that were won.", "这是全部商机中判断正确的占比，把没标记且赢了的也算进去了。"))),
        hints=(T("Each has its own denominator.", "两个指标分母不同。"),
               T("Precision: along the row of the flagged. Recall: down the column not won.", "查准率看“被标记”这一行，查全率看“未赢”这一列。"),
               T("Sum the row of the flagged first.", "先把“被标记”这一行相加。")),
        after=T("Say both. A rule that flags everything has full recall, one that flags a single sure deal full precision.", "两个都要说。全标记，查全率就是满分；只标一个最有把握的，查准率就是满分。"),
    ),
    Exercise(
        id="L12.8", objective="O4", minutes=4, seeds=("S55",), draw=j.costs,
        prompt=T("A false alarm costs {wasted:count} of wasted support, a miss {missed:count} of lost margin. Four rules, the same past deals. What does the cheapest rule cost in all?", "误报一次白白投入 {wasted:count}，漏报一次损失毛利 {missed:count}。四种规则，同一批历史商机。最省的规则总代价是多少？"),
        kind=Number("money", relative=0.002), solve=j.cheapest, show=j.costs_table,
        mistakes=(
            Mistake("fewest", j.fewest_errors, T("This rule makes the fewest errors, but the dear ones. Weigh each kind by its cost.", "这条规则出错最少，但错得贵。要按代价加权。")),
            Mistake("turned", j.turned_costs, T("The two costs are swapped: a miss costs more than a false alarm.", "两种代价颠倒了：漏报比误报贵。"))),
        hints=(T("Two products a row.", "每行两个乘积。"),
               T("Work out all four rules; do not stop at the one with the fewest errors.", "四种规则都算一遍，不要停在错误最少的那条。"),
               T("First row: false alarms times the cost of support, plus misses times the lost margin.", "第一行：误报数乘投入，加漏报数乘损失毛利。")),
        after=T("The threshold is a decision of the business, not of the model. Who owns the two costs, owns the threshold.", "阈值是经营决策，不是模型决定的。谁对两种代价负责，谁定阈值。"),
    ),
    Exercise(
        id="L12.9", objective="O4", minutes=3, seeds=("S55",), draw=j.firms,
        prompt=T("One vendor's manual asks for at least 50 won and 150 lost deals before scoring; here every deal closed without a win counts as lost. Which firms may start?", "一家供应商的手册要求：开始评分前至少有 50 个赢单和 150 个输单；这里凡已关闭但未赢的都按输单计。哪些公司可以开始？"),
        kind=Match(tuple(Option(x, T(f"Firm {x.upper()}", f"公司 {x.upper()}"), _BOTH) for x in j.FIRMS), _ENOUGH),
        solve=j.enough, show=j.firms_table,
        mistakes=(
            Mistake("in_all", j.enough_in_all, T("Two hundred in all is not enough: a score learns from the smaller side.", "总数两百不够：评分要从较少的一边学习。")),
            Mistake("open_as_lost", j.open_as_lost, T("Open deals have no outcome yet. Nothing can be learned from them.", "在途商机还没有结果，学不到东西。"))),
        hints=(T("Two conditions, both needed.", "两个条件，缺一不可。"),
               T("Leave out the last column.", "最后一列不用看。"),
               T("Strike out first whoever has fewer than 50 wins.", "先划掉赢单不足 50 的。")),
        after=T("Below that, counted odds by stage with their interval are the honest score.", "不够时，按阶段统计赢率并写明区间，才是诚实的“评分”。"),
    ),
    Exercise(
        id="L12.10", objective="O5", minutes=3, seeds=("S56",),
        prompt=T("A file from another system has labels of its own. Map each to a stage or an outcome.", "另一个系统导出的文件有自己的叫法。请把每个叫法对应到阶段或结果。"),
        kind=Match(
            tuple(Option(k.lower().replace(" ", "_"), T(k, _NAMES_ZH[k]), why) for k, why in _LABELS.items()),
            tuple(Option(t, _TARGET_NAMES[t], _NONE) for t in _TARGETS)),
        solve=phases, mistakes=(),
        hints=(T("What has the buyer done at that point?", "到那时客户做了什么？"),
               T("Five labels are stages, three are outcomes.", "五个是阶段，三个是结果。"),
               T("“Order in” is no stage: the deal has ended.", "“已下单”不是阶段：商机已经结束。")),
        after=T("Write the mapping into a file and keep it: next month's export is read the same way.", "把对应关系存成文件：下个月的导出就能同样读取。"),
    ),
    Exercise(
        id="L12.11", objective="O5", minutes=4, seeds=("S56",), draw=c.foreign,
        prompt=T("The file is read with that mapping. A row whose stage cannot be placed, or whose number was used before, is set aside; a cell that cannot be read is emptied and its row kept. How many deals come in, how many rows are set aside?", "按这个对应关系读取文件。阶段无法对应或编号重复的行会被搁置；读不懂的单元格清空，但该行保留。读入多少个商机？搁置多少行？"),
        kind=Series(lambda case: [str(T("Deals read in", "读入的商机")), str(T("Rows set aside", "搁置的行"))], "deals", relative=0.0),
        solve=c.read_in, show=c.foreign_file,
        mistakes=(
            Mistake("every_row", c.every_row, T("Some rows cannot stay: look for a phase without a mapping and for a number used twice.", "有些行不能保留：找没有对应的叫法和重复的编号。")),
            Mistake("cells", c.with_cells, T("An amount that cannot be read costs the amount, not the deal: the row stays.", "金额读不懂，丢的是金额，不是商机：该行保留。"))),
        hints=(T("Look down the first two columns.", "先看前两列。"),
               T("Of two rows with one number the first stays.", "编号相同的，保留第一行。"),
               T("Count the rows, then take off “???” and the repeated numbers.", "先数总行数，再减去“???”和重复编号。")),
        after=T("Read the list of what was set aside with the person who keeps the CRM, not alone.", "搁置清单要和维护 CRM 的人一起看。"),
    ),
    Exercise(
        id="L12.12", objective="O6", minutes=6, seeds=("S57", "S58"),
        prompt=T("Your 90 days: one measure, one owner, three dated steps, and what would make you stop.", "你的 90 天：一个指标、一名负责人、三个有日期的步骤，以及什么情况下停下来。"),
        kind=Sheet((
            Blank("measure", T("Measure, and for which deals:", "指标及适用商机：")),
            Blank("baseline", T("Value today:", "目前数值："), c.counted),
            Blank("target", T("Value wanted on day 90:", "第 90 天的目标："), c.counted),
            Blank("owner", T("Owner:", "负责人："), c.person),
            Blank("start", T("Start:", "开始日期："), c.dated),
            Blank("step30", T("First step done:", "第一步完成什么："), None, True),
            Blank("day30", T("First step by:", "第一步截止："), c.dated),
            Blank("step60", T("Second step done:", "第二步完成什么："), None, True),
            Blank("day60", T("Second step by:", "第二步截止："), c.dated),
            Blank("step90", T("Third step done:", "第三步完成什么："), None, True),
            Blank("day90", T("Third step by:", "第三步截止："), c.dated),
            Blank("stop", T("We stop if:", "什么情况下停："), c.counted)), c.ninety),
        solve=c.plan,
        mistakes=(
            Mistake("group", lambda case: {**c.plan(case), "owner": "the whole team"}, c.GROUP),
            Mistake("no_number", lambda case: {**c.plan(case), "target": "more"}, c.NO_NUMBER),
            Mistake("no_day", lambda case: {**c.plan(case), "day60": "in spring"}, c.NO_DAY),
            Mistake("too_long", lambda case: {**c.plan(case), "day90": "2027-12-31"}, c.SPAN)),
        hints=(T("One measure is enough.", "一个指标就够了。"),
               T("Days 1–30 clean data and standards, 31–60 one action, 61–90 a verdict.", "第 1–30 天理数据和标准，31–60 天做一项行动，61–90 天下结论。"),
               T("Begin with the measure you wrote as your goal in lesson L01.", "从 L01 里写下的学习目标开始。")),
        after=T("Put day 30, 60 and 90 into the calendar now, with the owner's name.", "现在就把第 30、60、90 天写进日历，注明负责人。"),
    ),
)  # fmt: skip
