# ---
# lesson:
#   id: L04
#   title: {en: "Setting and decomposing targets", zh: "目标制定与分解"}
#   summary:
#     en: "A target becomes workable when everybody knows what has to be where by when. This lesson splits the gap, works back from money to leads and dates, breaks the year down so that all sums hold, and tests whether the team can carry it."
#     zh: "目标要能执行，就要说清什么时候、哪里、需要多少。本课先拆解差距，再从金额倒推到线索和日期，把全年目标分到月份、区域和人，合计对得上，再看团队扛不扛得起。"
#   audience:
#     en: "sales managers, team leaders, sales operations; no programming"
#     zh: "销售负责人、团队主管、销售运营；无需编程"
#   teach_minutes: 26
#   exercise_minutes: 42
#   needs: [L01, L03]
#   questions:
#     - {en: "Where does the gap to the target come from?", zh: "与目标的差距来自哪里？"}
#     - {en: "What has to be in the funnel, and by when?", zh: "漏斗里需要多少商机？最晚什么时候到位？"}
#     - {en: "Can the team carry the target?", zh: "团队扛得起这个目标吗？"}
#   objectives:
#     - {id: O1, text: {en: "split a gap into volume, rate, value and time and choose actions for each part", zh: "把差距拆成数量、比率、金额、时间，并为每一部分选择措施"}}
#     - {id: O2, text: {en: "calculate back from a target to leads and to dates", zh: "从目标倒推出线索数和最晚日期"}}
#     - {id: O3, text: {en: "split a year's target by season and by person with exact sums", zh: "按季节和人员分解全年目标，合计对得上"}}
#     - {id: O4, text: {en: "test a target against capacity and set base, plan and stretch", zh: "用产能检验目标，并设定保底、计划、冲刺三档"}}
#   terms: [target, quota, target decomposition, reverse funnel, lead-time offset, base target, plan target, stretch target, seasonality index, attainment, over-assignment, ramp, ramped rep equivalents]
#   seeds: [S05, S06]
#   status: beta
# ---

# %% tags=["parameters"]
data = "industrial"
process = None
language = "en"

# %% tags=["setup"]
import funnelkit as fk
from funnelkit.planning import gap_tree
from funnelkit.teach import open_lesson
from funnelkit.teach.bank.l04 import next_target

L = open_lesson("L04", data, process, language)
L

# %% [markdown]
# [en]
# ## From the lesson before
#
# From L03, without looking: why do step rates of 60, 50 and 40% not always multiply to what was won?
#
# <details><summary>Write it down, then compare</summary>Deals skip stages and fall back; the rates multiply only under a rule such as “reached or beyond”.</details>
#
# [zh]
# ## 上一课回顾
#
# L03 讲过，先不看：各步 60%、50%、40%，连乘为什么不一定等于实际赢单？
#
# <details><summary>写下来，再对照</summary>商机会跳阶段、会回退；只有在“到达或超过”这类口径下才能连乘。</details>

# %% [markdown] tags=["guess"]
# [en]
# ## First your own guess
#
# From memory: the target, the wins, the leads.
#
# [zh]
# ## 先做自己的估计
#
# 凭记忆写：目标、赢单数、线索数。

# %% tags=["exercise"]
L.ask("L04.1")

# %% [markdown] tags=["story"]
# [en]
# ## More leads, less money
#
# A firm missed its year: 5.6 million instead of 7.2.
# The answer in the room is quick: more leads.
# But there had been ten percent more than planned.
#
# A gap has four parts: too few deals, too few of them won, deals too small, deals too late for the year.
# Before anybody acts, the parts have to be known.
# And what is counted has to be said: signed, shipped, invoiced and paid are four different results of one year.
#
# [zh]
# ## 线索多了，业绩少了
#
# 一家公司没有完成全年目标：720 万只做到 560 万。
# 会上很快有了结论：再多找线索。
# 可是商机数比计划还多了一成。
#
# 差距由四部分组成：商机太少、赢得太少、单笔太小、赶不上今年。
# 先弄清各占多少，再谈措施。
# 还要先说清业绩口径：按签约、发货、开票还是回款，同一年是四个数。

# %% tags=["demo"]
planned = {"volume": 400, "win_rate": 0.25, "value": 80_000, "inside": 0.9}
came = {"volume": 440, "win_rate": 0.20, "value": 75_000, "inside": 0.85}
kinds = ["volume", "rate", "value", "time"]
tree = gap_tree(planned, came, dict(zip(planned, kinds, strict=True)))
tree.plot()

# %% [markdown]
# [en]
# Read it aloud:
#
# [zh]
# 用一句话讲出来：

# %% tags=["demo"]
print(tree.summary())

# %% tags=["exercise"]
L.ask("L04.2")

# %% tags=["exercise"]
L.ask("L04.3")

# %% [markdown] tags=["predict"]
# [en]
# ## From money back to leads
#
# Here the target is a tenth above the last twelve months.
# Before you read on: how many leads does that take, and how wide is the uncertainty of your number?
#
# [zh]
# ## 从金额倒推到线索
#
# 这里的目标比过去十二个月高一成。
# 往下看之前先想：需要多少条线索？这个数的不确定范围有多大？

# %% tags=["demo"]
target, until = next_target(L.p)
plan = fk.plan_target(L.p, target, until)
print(plan.stages.summary())
plan.stages

# %% [markdown]
# [en]
# This answers: **how many deals does the target take in the end**, whenever they are signed? The open deals are counted with everything they will ever bring. Further down the same plan is asked another question, and gives another number.
#
# [zh]
# 这里回答的是：**最终需要多少商机**，不论哪天签约。在途商机按最终能带来的全部计入。后面同一份计划要回答另一个问题，数字也不同。

# %% tags=["exercise"]
L.ask("L04.4")

# %% [markdown]
# [en]
# ## What if a step got better?
#
# Start with the target of 60 million.
# Raise one step by five points and watch the first row: which step saves most leads?
#
# [zh]
# ## 如果某一步改善了会怎样？
#
# 从目标 6,000 万开始。
# 把一个转化率提高五个百分点，看第一行：哪一步省下的线索最多？

# %% tags=["whatif"]
L.whatif("backwards")

# %% [markdown] tags=["demo"]
# [en]
# ## And by when?
#
# The same target as dates: the day by which a deal has to enter each stage, so that four in five of those won are in time.
# For an even chance there is more time; the sentence below says how much.
#
# [zh]
# ## 最晚什么时候？
#
# 同一个目标换成日期：最终赢单的商机要有八成按时，最晚哪天要进入各阶段。
# 如果只求一半能赶上，可以晚一些，下面这句话会说明晚多少。

# %% tags=["demo"]
plan.dates.plot()

# %% tags=["demo"]
print(plan.dates.summary())

# %% tags=["exercise"]
L.ask("L04.5")

# %% [markdown] tags=["misconception"]
# [en]
# “… that a deal created this year counts for this year.”
# Between creation and signature lie weeks or months.
# Who creates the same number every month loses the wins of the last ones to the next year, and lives at the start on what was created before.
#
# [zh]
# “今年创建的商机，就算今年的业绩。”
# 从创建到签约要几周甚至几个月。
# 每个月创建同样多，最后几个月的赢单会落到明年，而年初靠的是去年留下的商机。

# %% tags=["exercise"]
L.ask("L04.6")

# %% [markdown] tags=["demo"]
# [en]
# ## By month, region and person
#
# Every cell is a whole number, and every sum holds: rows, columns, the whole.
# The months follow the season of the past where it is long enough.
#
# [zh]
# ## 按月份、区域和人员
#
# 每一格都是整数，行、列、总数的合计都对得上。
# 历史足够长时，各月按季节性分配。

# %% tags=["demo"]
plan.decomposition.plot()

# %% tags=["exercise"]
L.ask("L04.9")

# %% [markdown]
# [en]
# ## A year with its season and its team
#
# Move the start of the new sellers from April to January, then to October.
# In which months does the team lag behind the target, and can the year still be saved there?
#
# [zh]
# ## 一年的季节与团队
#
# 把新人的入职月份从 4 月提前到 1 月，再推迟到 10 月。
# 哪几个月团队跟不上目标？那时还来得及吗？

# %% tags=["whatif"]
L.whatif("year")

# %% tags=["exercise"]
L.ask("L04.10")

# %% tags=["exercise"]
L.ask("L04.11")

# %% [markdown] tags=["demo"]
# [en]
# ## Does the plan close?
#
# Five checks of the same target: what will come anyway, the deals, the time left, the team, the coverage.
# Then the three levels, taken from what the year may bring.
#
# [zh]
# ## 计划撑得住吗？
#
# 对同一个目标做五项检查：预计能来的、商机量、剩余时间、团队、储备倍数。
# 再根据全年可能的结果定三档目标。

# %% tags=["demo"]
print(plan.summary(), plan.levels.summary(), sep="\n")

# %% [markdown]
# [en]
# This is the second question: **what comes inside the period**? Deals that are signed after its last day count nothing here, so the open deals bring less and more new ones are needed. Both numbers are right; a page has to say which question it answers.
#
# [zh]
# 这是第二个问题：**期内能来多少**？期末之后才签的在这里不算，所以在途商机带来的较少，需要的新商机更多。两个数都对，报表要写明回答的是哪个问题。

# %% tags=["exercise"]
L.ask("L04.12")

# %% [markdown] tags=["trainer"]
# [en]
# Let half of the room set the target from above and the other half promise from below, by person.
# Put both lists side by side and talk about the largest difference only.
#
# [zh]
# 让一半学员自上而下定目标，另一半自下而上按人承诺。
# 把两张表并排放，只讨论差异最大的一项。

# %% [markdown]
# [en]
# ## For analysts
#
# Whoever reads and decides may leave these out: they are not counted in the minutes of this lesson, and belong to the analyst's path.
#
# [zh]
# ## 供分析人员
#
# 只看结果、做决定的人可以跳过：不计入本课时间，属于销售分析路径。

# %% tags=["exercise"]
L.ask("L04.7")

# %% tags=["exercise"]
L.ask("L04.8")

# %% [markdown] tags=["debrief"]
# [en]
# ## Talk about it
#
# 1. Which part of your last gap did you work on, and was it the largest?
# 2. Up to which month can your year still be changed by new leads?
# 3. Who carries more than a ramped share of the target, and who knows it?
#
# [zh]
# ## 讨论
#
# 1. 上次没完成目标时，你们抓的是哪一部分？它是最大的吗？
# 2. 到哪个月为止，新线索还能改变全年结果？
# 3. 谁背的指标超过了他的实际产能？大家知道吗？

# %% [markdown] tags=["limits"]
# [en]
# ## What this cannot tell you
#
# The reverse funnel takes rates as given; twice the leads of half the quality do not bring twice the wins.
# Potential and history say what can be reached, not what people will take on: a target has to be talked through.
# The data of this lesson are synthetic.
#
# [zh]
# ## 本课的局限
#
# 漏斗倒推假设转化率不变；线索翻倍、质量减半，赢单不会翻倍。
# 容量和历史说明能做到多少，却不能代替沟通：目标要谈透，人才会认。
# 本课数据是模拟生成的。

# %% [markdown] tags=["keypoints"]
# [en]
# ## Key points
#
# - Split the gap before acting: volume, rate, value, time.
# - Work back by dividing, round up once, and turn stays into dates.
# - Parts have to sum to the whole in every direction.
# - A target holds only if ramped capacity times attainment reaches it; levels come from chances.
#
# [zh]
# ## 要点
#
# - 先拆差距再行动：数量、比率、金额、时间。
# - 倒推用除法，最后取整一次，并把停留时长换成日期。
# - 各个方向的分解合计都要等于总数。
# - 成熟人月 × 达成率能覆盖目标，目标才站得住；三档目标来自概率。

# %% [markdown]
# [en]
# ## One line for your own pipeline
#
# Write it now; it is kept, and stands with the lines of the other lessons under “How far I am”.
#
# [zh]
# ## 为自己的商机写一行
#
# 现在写下来，系统会保存，和其他各课的一行一起列在“我的进度”里。

# %% tags=["exercise"]
L.ask("L04.13")

# %% tags=["exit"]
L.done()

# %% [markdown] tags=["report"]
# [en]
# ## In your report
#
# The gap, the numbers needed and the levels go into the plan of the coming period; the funnel review shows each month how far it is: `funnelkit report funnel-review DATA`.
#
# [zh]
# ## 写进报告
#
# 差距、所需数量和三档目标写入下一期计划；漏斗分析报告每月显示进展：`funnelkit report funnel-review 数据`。
