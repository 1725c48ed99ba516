# ---
# lesson:
#   id: L11
#   title: {en: "Two cases: rescue and decline", zh: "成败案例"}
#   summary:
#     en: "Two fictional companies with complete data. One finds its leak and proves that the change helped; the other looks at the wrong page until the wins are gone."
#     zh: "两家虚构的企业，数据完整。一家找到漏点，并证明改进有效；另一家一直看错了表，直到赢单下滑才醒悟。"
#   audience:
#     en: "everybody who leads sellers, and those who report to them; no programming"
#     zh: "销售管理者及其汇报者；无需编程"
#   teach_minutes: 38
#   exercise_minutes: 54
#   needs: [L03, L06, L10]
#   data: {en: "success", zh: "success-zh"}
#   questions:
#     - {en: "Would you keep this sales head?", zh: "你会留任这位销售负责人吗？"}
#     - {en: "Did the change help, or the market?", zh: "是改进起了作用，还是市场变好了？"}
#     - {en: "When could the decline first be seen?", zh: "下滑最早什么时候能看出来？"}
#   objectives:
#     - {id: O1, text: {en: "decide a case from evidence and say which number would change the decision", zh: "依据证据对案例作出判断，并说明哪个数字会改变判断"}}
#     - {id: O2, text: {en: "test whether a change helped by comparing it with a control group, and calculate what it earned", zh: "用对照组检验改进是否有效，并算出收益"}}
#     - {id: O3, text: {en: "judge how strong the evidence behind a success story is", zh: "判断成功故事的证据强弱"}}
#     - {id: O4, text: {en: "find the earliest month a decline was visible and the cost of waiting", zh: "找出下滑最早可见的月份，并算出拖延的代价"}}
#   terms: [corrective action, stuffed pipeline, root cause, synthetic data]
#   seeds: [S07, S46, S47, S48, S49, S50]
#   status: beta
# ---

# %% tags=["parameters"]
data = "success"
process = None
language = "en"

# %% tags=["setup"]
from funnelkit.control import ActionLog
from funnelkit.measures.diagnose import diagnose
from funnelkit.measures.drift import drift
from funnelkit.teach import open_lesson
from funnelkit.teach.bank import l11

L = open_lesson("L11", data, process, language)
L

# %% [markdown]
# [en]
# ## From the lesson before
#
# From L10, without looking: what has to stand in an action log so that one can say later whether it worked?
#
# <details><summary>Write it down, then compare</summary>Owner, day, measure, and a group to compare with, written before it begins.</details>
#
# [zh]
# ## 上一课回顾
#
# L10 讲过，先不看：行动日志写了什么，事后才能说有没有用？
#
# <details><summary>写下来，再对照</summary>负责人、日期、指标和对照组，而且在开始之前写好。</details>

# %% [markdown] tags=["guess"]
# [en]
# ## First your vote
#
# Both companies of this lesson are fictional: their deals were simulated, nobody in them exists.
# What happens to them happens to real firms; the parallels stand at the end, each with the grade of its source.
#
# Vote before you know more.
#
# [zh]
# ## 先投一票
#
# 本课的两家企业都是虚构的：商机由模拟生成，其中的人并不存在。
# 但类似的事真实企业也遇到过，课末列出几个对照，并注明来源等级。
#
# 在了解更多之前，先投票。

# %% tags=["exercise"]
L.ask("L11.1")

# %% [markdown]
# [en]
# Both companies are also told as cases to decide, 90 minutes each, with exhibits, options and a plan for the discussion: on the start page of the course, and in every workshop that holds this lesson.
#
# [zh]
# 两家公司还各有一个决策案例，每个 90 分钟，附有附表、可选方案和讨论安排：见课程首页，含本课的工作坊也都带有。

# %% [markdown] tags=["story"]
# [en]
# ## Company A: offers into silence
#
# Company A makes process equipment and sells in four regions.
# The sellers write good offers, many of them, and quickly; after that they wait.
# After a year one of the regional heads asks for the rates of every stage, each beside its plan, instead of the list of big deals.
#
# [zh]
# ## 甲公司：方案石沉大海
#
# 甲公司生产工艺设备，在四个区域销售。
# 销售人员方案写得好、写得多、写得快，发出去之后就等。
# 一年后，一位区域负责人不再看大单清单，而要求把每个阶段的转化率与计划值并排列出来。

# %% [markdown]
# [en]
# ## Where does it leak?
#
# [zh]
# ## 漏在哪里

# %% tags=["exercise"]
L.ask("L11.2")

# %% [markdown] tags=["demo"]
# [en]
# The table alone could deceive: a rate may lie below its plan by chance.
# The diagnosis asks that of every region and stage at once.
#
# [zh]
# 只看表可能受骗：比率低于计划也许只是正常波动。
# 诊断会对每个区域、每个阶段同时检验这一点。

# %% tags=["demo"]
A = l11.company_a()
leak = diagnose(A.at("2025-06-30"), "region", against="target")
leak.plot()

# %% tags=["demo"]
print(leak.summary())

# %% [markdown]
# [en]
# Two things stand in it.
# Of the rates, those after the proposal lie furthest below plan, in the firm as a whole and in most regions; where it says “to watch”, one year holds too few proposals to be sure.
# The times are longer than planned in nearly every stage and region: that may be the plan as much as the work.
# Reason enough to try one change, and to try it where it can be compared.
#
# [zh]
# 这里说了两件事。
# 各项转化率中，方案之后的比计划低得最多，全公司如此，多数区域也如此；标为“关注”的，是一年里方案太少，还不能断定。
# 停留时长则几乎每个阶段、每个区域都超过计划：问题可能在做法，也可能是计划定得太紧。
# 所以值得先试一项改进，而且要在能对照的地方试。

# %% [markdown]
# [en]
# ## What they changed
#
# From 1 July 2025 no offer leaves the house in two regions unless a day is agreed on which the buyer's people go through it with us.
# The other two regions go on as before.
# That was no accident: the head of sales operations wanted a mirror.
#
# [zh]
# ## 做了什么改进
#
# 自 2025 年 7 月 1 日起，两个区域规定：没有与客户约好共同审阅方案的日子，方案不得发出。
# 另外两个区域照旧。
# 销售运营负责人有意留了对照组。

# %% [markdown] tags=["predict"]
# [en]
# ## Did it help?
#
# Before you read on: by how many points did the rate after the proposal rise in the pilot, and how wide is the interval with about a hundred offers a side?
#
# [zh]
# ## 有用吗
#
# 往下看之前先猜：试点区域方案之后的转化率提高了多少个百分点？每组约一百份方案，区间有多宽？

# %% tags=["demo"]
log = ActionLog()
number = log.add(**l11.action())
review = log.review(A)
review.plot()

# %% tags=["demo"]
print(review.summary())

# %% tags=["demo"]
review

# %% [markdown] tags=["demo"]
# [en]
# The verdict belongs to its day. The same log, opened at the end of March 2026, would say “not shown”, and in June again “worked”: the effect was never gone, the interval was wide.
# So the day of review and the measure are written down before, and one look is no end of the matter.
#
# [zh]
# 结论是哪天看的，就只算那一天的。同一份日志，2025 年 10 月底打开还是“未见效果”，12 月起才是“有效”：效果早已存在，只是区间太宽。
# 所以哪天看、看哪个指标，要事先写定；看过一次，不等于事情已有定论。

# %% [markdown] tags=["misconception"]
# [en]
# “… that before against after shows what a change did.”
# It shows what the change, the market, the season and chance did together.
# The regions without the change had the same market and the same season: their change is taken off.
#
# [zh]
# “前后一比，就知道改进的效果。”
# 前后之差里混着改进、市场、季节和运气。
# 没有改进的区域面对同样的市场和季节，把它们的变化扣除，剩下的才归改进。

# %% tags=["exercise"]
L.ask("L11.3")

# %% tags=["exercise"]
L.ask("L11.4")

# %% [markdown]
# [en]
# ## What it was worth
#
# [zh]
# ## 值多少钱

# %% tags=["exercise"]
L.ask("L11.5")

# %% [markdown] tags=["trainer"]
# [en]
# Somebody will say that the pilot regions were the better ones anyway.
# Let the room find the answer in the table: they began level, and only the changes are compared.
# Then ask what would still spoil the comparison: a new seller there, a big customer, a fair.
#
# [zh]
# 一定有人说试点区域本来就好。
# 让大家自己从表里找答案：起点差不多，而且比的只是变化。
# 再追问：还有什么会破坏这个比较？例如那里来了新人、有个大客户、办了展会。

# %% [markdown]
# [en]
# ## How good is a success story?
#
# Many firms are said to have been rescued by a funnel.
# Before a story is passed on, ask how one knows.
#
# [zh]
# ## 成功故事可信吗
#
# 据说不少企业靠漏斗扭转了局面。
# 转述之前，先问一句：怎么知道的？

# %% tags=["exercise"]
L.ask("L11.6")

# %% [markdown] tags=["story"]
# [en]
# ## Company B: the pipeline grows
#
# Company B sells much the same.
# Its board looks at two figures each quarter: deals won, and the amount that is open.
# Through 2025 the first holds, and the second ends the year higher than it began: nobody asks.
# In spring 2026 the wins are missing.
#
# [zh]
# ## 乙公司：在途金额越来越大
#
# 乙公司卖的东西差不多。
# 董事会每个季度只看两个数字：赢单数和在途金额。
# 整个 2025 年，前者大体平稳，后者年末高于年初，没有人追问。
# 到了 2026 年春天，赢单突然少了。

# %% tags=["demo"]
L.table(l11.board_b("2026-06-30"))

# %% [markdown] tags=["demo"]
# [en]
# ## The page nobody drew
#
# First the win rate of each month's leads, which a careful board might have asked for.
# Then the rate of the one step that gave way.
#
# [zh]
# ## 没有人画的那张图
#
# 先看每个月新增线索的赢单率，细心的董事会也许会要这张图。
# 再看真正下滑的那一步的转化率。

# %% tags=["demo"]
B = l11.company_b()
print(drift(B, "win_rate").summary())

# %% tags=["demo"]
watch = drift(B, "need")
watch.plot()

# %% tags=["demo"]
print(watch.summary())

# %% tags=["exercise"]
L.ask("L11.7")

# %% [markdown]
# [en]
# ## The cost of waiting
#
# [zh]
# ## 拖延的代价

# %% tags=["exercise"]
L.ask("L11.8")

# %% tags=["whatif"]
L.whatif("act")

# %% [markdown]
# [en]
# ## Leading the talk
#
# A case is worth what the room makes of it.
# Six questions in a good order are enough.
#
# [zh]
# ## 主持讨论
#
# 案例值不值，要看大家怎么讨论。
# 六个问题，顺序排好就够了。

# %% tags=["exercise"]
L.ask("L11.9")

# %% [markdown]
# [en]
# ## Your second vote
#
# [zh]
# ## 第二次投票

# %% tags=["exercise"]
L.ask("L11.10")

# %% [markdown] tags=["debrief"]
# [en]
# ## Talk about it
#
# 1. What did company B's own page show truthfully, and what did it hide?
# 2. Who changed the vote, and which piece of evidence did it?
# 3. Which of your changes of last year had a group to compare with, and which could still get one?
#
# [zh]
# ## 讨论
#
# 1. 乙公司自己的报表哪些说得对，又掩盖了什么？
# 2. 谁改了票？是哪一条证据让你改的？
# 3. 你们去年的改进，哪些有对照组？哪些现在还来得及设一个？

# %% [markdown]
# [en]
# ## Parallels, with the grade of their source
#
# - **Under Armour** [A]: the order of the US securities regulator (SEC 33-10940, 2021) says that over six quarters from the third of 2015 the firm pulled 408 m USD of orders forward and gave other reasons for its growth. Penalty 9 m USD, settled without admitting or denying.
# - **HP Inc.** [A]: the same regulator's order of 2020 describes regional managers who pulled sales in at the end of quarters of 2015 and 2016 with rising discounts. Penalty 6 m USD, settled without admitting or denying.
# - **Cisco, 2001** [C]: reported, second hand: double and triple orders were read as demand, and a write-off of 2.2 bn USD followed.
# - **Xerox, 1999** [C]: reported, second hand: sellers were moved to unfamiliar territories while billing broke down, and customers left.
# - **Motorola Canada** [C]: reported in copies of a book's appendix: orders of a trained group rose by 17% while those of its control group fell by 13%.
#
# Company A stands near the last. Company B stands nearest to Cisco: a stock that was read as a flow.
# The first two are a contrast, no parallel: there results were borrowed from the next quarter; at company B nothing was borrowed, it stood still.
#
# [zh]
# ## 真实对照及来源等级
#
# - **Under Armour**［A］：美国证券监管机构的决定（SEC 33-10940，2021 年）认定，自 2015 年第三季度起的六个季度里，该公司把客户要求以后季度发货的 4.08 亿美元订单提前发货，却用其他理由解释增长。罚款 900 万美元，和解时未承认也未否认。
# - **HP Inc.**［A］：同一机构 2020 年的决定称，2015 至 2016 年区域经理在季末以不断加大的折扣把销售提前。罚款 600 万美元，和解时未承认也未否认。
# - **Cisco，2001 年**［C］：据转述，重复下的订单被当成真实需求，随后计提 22 亿美元存货减值。
# - **Xerox，1999 年**［C］：据转述，销售人员被调到陌生区域，开票系统又出了问题，客户随之流失。
# - **Motorola 加拿大**［C］：据某书附录的转载，受训组订单上升 17%，对照组下降 13%。
#
# 甲公司与最后一例相近。乙公司最接近 Cisco：把存量当成了流量。
# 前两例是反例：它们借用了下个季度的业绩；乙公司什么也没借，只是停住了。

# %% [markdown] tags=["demo"]
# [en]
# ## The same question to the data of this lesson
#
# Opened on your own export, the next line holds every region of your firm against its own past.
#
# [zh]
# ## 用同一个问题问本课的数据
#
# 换成自己的导出文件，下一行会把你们公司每个区域与自己的过去相比。

# %% tags=["demo"]
print(diagnose(L.p, against="past").summary())

# %% [markdown] tags=["limits"]
# [en]
# ## What this cannot tell you
#
# Two cases prove nothing about other firms: they show what to look for.
# In both companies the data are complete and clean; in yours, first ask what is missing.
# The regions of the pilot were chosen, not drawn by lot.
#
# [zh]
# ## 本课的局限
#
# 两个案例不能证明别的企业也会如此，只说明该看什么。
# 这两家的数据完整干净；用自己的数据时，先问缺了什么。
# 试点区域是挑选的，不是抽签决定的。

# %% [markdown] tags=["keypoints"]
# [en]
# ## Key points
#
# - A leak is a rate clearly below its plan, wherever most deals end.
# - What a change did is its change less the change of those without it, with an interval.
# - Wins come last. The rate of a step falls months before them.
# - A growing open amount may be a sign of deals that stand still.
#
# [zh]
# ## 要点
#
# - 漏在哪里，看哪一步明显低于计划，不看哪一步丢得最多。
# - 改进的效果 = 改进组的变化减去对照组的变化，并附区间。
# - 赢单最后才变。某一步的转化率会提前几个月下降。
# - 在途金额增长，可能是商机停滞的信号。

# %% tags=["exit"]
L.done()

# %% [markdown] tags=["report"]
# [en]
# ## In your report
#
# Changes with their verdicts come from the action log, alarms from the drift of each step: both belong to `funnelkit report funnel-review DATA`.
#
# [zh]
# ## 写进报告
#
# 改进及其结论来自行动日志，预警来自各步转化率的走势，两者都写进漏斗分析报告：`funnelkit report funnel-review 数据`。
