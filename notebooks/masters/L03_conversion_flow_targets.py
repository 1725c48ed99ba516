# ---
# lesson:
#   id: L03
#   title: {en: "Conversion, flow, targets", zh: "转化率、流速与目标"}
#   summary:
#     en: "Two measures describe a funnel that lives: which share goes on, and how long it takes. This lesson computes both by one rule, joins them to the sales velocity, and turns eight quarters into targets that can be reached."
#     zh: "看漏斗就看两件事：推进率多高、推进要多久。本课用统一口径计算两者，合成销售速度，再根据八个季度的历史定出够得着的目标。"
#   audience:
#     en: "sellers, sales managers, sales operations; no programming"
#     zh: "销售、销售管理者、销售运营；无需编程"
#   teach_minutes: 23
#   exercise_minutes: 40
#   needs: [L01, L02]
#   questions:
#     - {en: "Which share goes on, counted how?", zh: "推进率有多高？按什么口径算？"}
#     - {en: "Where do deals stay longest?", zh: "商机在哪里停留最久？"}
#     - {en: "Which target is reasonable for a step?", zh: "每一步的目标定多少才合理？"}
#   objectives:
#     - {id: O1, text: {en: "calculate step and cumulative conversion when deals skip stages", zh: "在有跳阶段的情况下计算阶段转化率和累计转化率"}}
#     - {id: O2, text: {en: "find the slowest stage and tell its stay from the cycle of won deals", zh: "找出最慢的阶段，并区分停留时长与赢单的销售周期"}}
#     - {id: O3, text: {en: "calculate the sales velocity and what each lever does to it", zh: "计算销售速度及各因素的影响"}}
#     - {id: O4, text: {en: "set base, plan and stretch targets for a step from its history", zh: "根据历史为每一步设定保底、计划、冲刺目标"}}
#   terms: [stage conversion rate, cumulative conversion, skipped stage, backward move, time in stage, sales cycle, sales velocity, flow speed, confidence interval, base target, plan target, stretch target]
#   seeds: [S12, S13, S25]
#   status: beta
# ---

# %% tags=["parameters"]
data = "industrial"
process = None
language = "en"

# %% tags=["setup"]
import funnelkit as fk
from funnelkit.measures.trend import trend
from funnelkit.teach import open_lesson

L = open_lesson("L03", data, process, language)
L

# %% [markdown]
# [en]
# ## From the lesson before
#
# From L02, without looking: a deal may go on when … has done what, and where does one see it?
#
# <details><summary>Write it down, then compare</summary>The buyer has done something that others can check; our own activity moves no stage.</details>
#
# [zh]
# ## 上一课回顾
#
# L02 讲过，先不看：谁做了什么，商机才能推进？在哪里能看到？
#
# <details><summary>写下来，再对照</summary>客户做了别人也能核实的事；我方的动作不能推进阶段。</details>

# %% [markdown] tags=["guess"]
# [en]
# ## First your own guess
#
# Three numbers about your own company, from memory.
# Do not look them up.
#
# [zh]
# ## 先做自己的估计
#
# 凭记忆写下你们公司的三个数字。
# 先不要查。

# %% tags=["exercise"]
L.ask("L03.1")

# %% [markdown] tags=["story"]
# [en]
# ## Two managers, one rate, two results
#
# On Friday the budget for new leads is signed, or cut by half: are the leads worth their money?
# A sales operations colleague reports that twelve of a hundred deals are won.
# The head of sales counts contracts and gets twenty-seven.
# Nobody has made an arithmetical error: the first report multiplied the neat moves from stage to stage, and every deal whose stage was skipped in the CRM fell out of it.
#
# A conversion rate is worth as much as the rule behind it.
# The rule here: **a deal has reached a stage if it was ever in it or in any later one.**
#
# [zh]
# ## 同一批商机，两个结果
#
# 周五要定获客预算：照批，还是砍一半？这些线索值不值？
# 销售运营报告：一百个商机赢十二个。
# 销售负责人数合同，是二十七个。
# 两人都没有算错：前者把逐步推进的比率连乘，凡是在 CRM 里跳过阶段的商机都被漏掉了。
#
# 转化率可不可信，取决于口径。
# 本课程的口径：**只要进入过该阶段或其后任一阶段，就算到达该阶段。**

# %% [markdown] tags=["demo"]
# [en]
# ## Which share goes on
#
# Two columns of rates: out of those before (the step), and out of all (cumulative).
# The interval says how far the rate could lie by chance alone.
#
# [zh]
# ## 推进率有多高
#
# 有两列比率：占上一阶段的是阶段转化率，占全部的是累计转化率。
# 区间表示：光是运气，比率就可能上下浮动这么多。

# %% tags=["demo"]
funnel = fk.funnel(L.p)
funnel

# %% tags=["demo"]
print(funnel.summary())

# %% tags=["exercise"]
L.ask("L03.2")

# %% [markdown]
# [en]
# ## The counting rule is a choice
#
# Deals jump over stages and come back.
# How often that happens here:
#
# [zh]
# ## 口径是一种选择
#
# 商机会跳阶段，也会回退。
# 在这份数据里有多常见：

# %% tags=["demo"]
print(fk.skips(L.p).summary(), fk.returns(L.p).summary(), sep="\n")

# %% [markdown]
# [en]
# ## What if we counted by another rule?
#
# Move the slider: the deals stay the same, only the rule changes.
# Which row moves most?
#
# [zh]
# ## 如果换一种口径？
#
# 拖动滑块：商机不变，只换口径。
# 哪一行变化最大？

# %% tags=["whatif"]
L.whatif("counting")

# %% tags=["exercise"]
L.ask("L03.3")

# %% [markdown] tags=["trainer"]
# [en]
# Ask which rule the participants' own CRM report uses.
# Most do not know.
# Let them find out by one deal that jumped and one that fell back.
#
# [zh]
# 问学员：自己公司的 CRM 报表用哪种口径？
# 多数人答不上来。
# 让他们用一个跳过阶段的商机和一个回退的商机去验证。

# %% [markdown] tags=["predict"]
# [en]
# ## Where does the time go?
#
# Before you read on: in which stage do deals stay longest, and how many days does the middle deal stay there?
#
# [zh]
# ## 时间花在哪里
#
# 往下看之前先想：商机在哪个阶段停留最久？处于中位的商机停几天？

# %% tags=["demo"]
times = fk.time_in_stage(L.p)
times.plot()

# %% [markdown]
# [en]
# Read it aloud:
#
# [zh]
# 用一句话讲出来：

# %% tags=["demo"]
print(times.summary())

# %% tags=["exercise"]
L.ask("L03.4")

# %% [markdown] tags=["misconception"]
# [en]
# “… that adding up the stages gives the time to a contract.”
# The stages also hold the deals that died in them, and those are not the same deals as the won ones.
# The cycle is measured on won deals, from start to signature; compare the line below with the sum of the bars.
#
# [zh]
# “把各阶段停留时长加起来，就是到签约的时间。”
# 各阶段的停留里，也有没走到签约就结束的商机，和赢下的不是同一批。
# 销售周期要看赢下的单，从创建算到签约。把下面这句话和图里各条加起来的天数比一比。

# %% tags=["demo"]
print(fk.sales_cycle(L.p).summary())

# %% tags=["exercise"]
L.ask("L03.5")

# %% [markdown] tags=["demo"]
# [en]
# ## Volume, rate, amount and time in one number
#
# Sales velocity = open deals × win rate × average amount / cycle.
# It says how much the pipeline turns over in a day.
# This funnel starts with leads, so the rate in it is the lead-to-win rate; the win rate of deals counts from “Need identification” on. Never put one beside the other.
#
# [zh]
# ## 把数量、赢单率、金额、时间合成一个数
#
# 销售速度 = 在途商机数 × 赢单率 × 单均合同额 ÷ 销售周期。
# 它表示按现有在途商机推算，平均每天能赢多少。
# 这个漏斗从线索算起，式中的比率其实是线索成交率；商机的赢单率从“需求识别”阶段算起。两个数不能放在一起比。

# %% tags=["demo"]
fk.velocity(L.p)

# %% tags=["exercise"]
L.ask("L03.6")

# %% tags=["exercise"]
L.ask("L03.7")

# %% [markdown]
# [en]
# ## Four levers
#
# Move one lever at a time, then all four by a tenth.
# In real life they are tied together: who chases more deals has less time for each, and win rate falls.
#
# [zh]
# ## 四个杠杆
#
# 先一次只动一个，再把四个都改善一成。
# 现实中它们相互牵连：同时跟更多商机，每个分到的时间就少，赢单率会下降。

# %% tags=["whatif"]
L.whatif("speed")

# %% [markdown] tags=["demo"]
# [en]
# ## From history to a target
#
# One step, quarter by quarter.
# Hollow points will still change: their deals are not settled.
# Look how much the rate swings from one quarter to the next, and how wide the band is.
#
# [zh]
# ## 从历史到目标
#
# 只看其中一步，按季度排列。
# 空心点还会变：里面的商机还没有结果。
# 注意相邻季度的波动，以及区间带有多宽。

# %% tags=["demo"]
step = trend(L.p, "step_rate", "quarter", stage=L.p.process.open_ids[-2])
step.plot()

# %% tags=["demo"]
print(step.summary())

# %% tags=["exercise"]
L.ask("L03.8")

# %% tags=["exercise"]
L.ask("L03.9")

# %% [markdown] tags=["debrief"]
# [en]
# ## Talk about it
#
# 1. By which counting rule does your own report count, and who would notice a change of it?
# 2. In your slowest stage: do deals wait for the buyer, for us, or for nobody?
# 3. Which step target would you raise, and what would somebody do differently from Monday on?
#
# [zh]
# ## 讨论
#
# 1. 你们公司的报表按哪种口径？如果口径变了，谁会发现？
# 2. 在最慢的阶段，商机是在等客户、等我们，还是没人在推动？
# 3. 你会提高哪一步的目标？从周一起，谁要改变什么做法？

# %% [markdown] tags=["limits"]
# [en]
# ## What this cannot tell you
#
# A rate does not say why deals stop, and a slow stage is not yet a fault: large deals take longer.
# Velocity assumes that tomorrow's deals resemble those of the past; it is a comparison, not a forecast.
# Targets from history keep what was; a change of the market is not in them.
#
# [zh]
# ## 本课的局限
#
# 比率不说明商机为什么停下；阶段慢也不一定是问题，金额大的商机本来就久。
# 销售速度假设将来的商机与过去相似，适合比较，不是预测。
# 从历史推出的目标只反映过去，市场变了它不知道。

# %% [markdown] tags=["keypoints"]
# [en]
# ## Key points
#
# - Name the rule: reached the stage or went beyond it.
# - Judge the time in a stage by the middle deal, and the cycle by won deals.
# - Velocity has four levers; ten percent fewer days give eleven percent more.
# - A step target lies inside its interval, and the product of all carries the plan.
#
# [zh]
# ## 要点
#
# - 先说明口径：到达或超过该阶段。
# - 停留时长看中位数，销售周期看赢单。
# - 销售速度有四个杠杆；周期缩短一成，速度提高百分之十一。
# - 每一步的目标落在区间内，连乘后撑得起计划。

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
L.ask("L03.10")

# %% tags=["exit"]
L.done()

# %% [markdown] tags=["report"]
# [en]
# ## In your report
#
# Conversion, time in stage and velocity form the second part of the funnel review: `funnelkit report funnel-review DATA`.
#
# [zh]
# ## 写进报告
#
# 转化率、停留时长和销售速度是漏斗分析报告的第二部分：`funnelkit report funnel-review 数据`。
