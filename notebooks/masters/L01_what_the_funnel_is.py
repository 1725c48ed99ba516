# ---
# lesson:
#   id: L01
#   title: {en: "What the funnel is", zh: "漏斗是什么"}
#   summary:
#     en: A funnel follows one group of deals and counts how far they came. This lesson shows what that decides, and how to tell a real funnel from a picture that only looks like one.
#     zh: 漏斗跟踪同一批商机，数它们走到了哪里。本课说明它能帮助做什么决定，以及怎样分辨真漏斗和只是形状像的图。
#   audience:
#     en: everybody who sells or leads sellers; no programming
#     zh: 所有销售及销售管理者；无需编程
#   teach_minutes: 16
#   exercise_minutes: 29
#   needs: []
#   questions:
#     - {en: "What does the funnel decide?", zh: "漏斗能帮助做什么决定？"}
#     - {en: "Which deals are in it?", zh: "漏斗里是哪些商机？"}
#     - {en: "When is a picture no funnel?", zh: "什么样的图不是漏斗？"}
#   objectives:
#     - {id: O1, text: {en: "tell in one line what the funnel decides", zh: "用一句话说清漏斗能帮助做什么决定"}}
#     - {id: O2, text: {en: "rebuild a funnel from the furthest stage of each deal", zh: "根据每个商机到过的最远阶段还原漏斗"}}
#     - {id: O3, text: {en: "recognise a false funnel and say why", zh: "识别假漏斗并说明原因"}}
#     - {id: O4, text: {en: "classify deals by what the buyer has done", zh: "根据客户的行为判断商机所处阶段"}}
#   terms: [sales funnel, pipeline, lead, deal, stage, snapshot, cohort]
#   seeds: [S01, S02, S03, S04, S08, S09, S10, S11]
#   status: beta
# ---

# %% tags=["parameters"]
data = "industrial"
process = None
language = "en"

# %% tags=["setup"]
import funnelkit as fk
from funnelkit.teach import open_lesson

L = open_lesson("L01", data, process, language)
L

# %% [markdown] tags=["guess"]
# [en]
# ## First your own guess
#
# No data yet.
# Write down what you believe; at the end you compare.
#
# [zh]
# ## 先做自己的估计
#
# 先不看数据。
# 写下你的判断，课末再对照。

# %% tags=["exercise"]
L.ask("L01.1")

# %% [markdown] tags=["story"]
# [en]
# ## One Monday, three answers
#
# By Friday the head of sales has to decide: another presales engineer, or none.
# It depends on how many offers there are to write, so three managers are asked how many deals are in the proposal stage.
# The first counts the offers sent this month, the second the deals that stand there today, the third all that ever came so far.
# All three are right, and they argue for an hour.
#
# No decision can stand on three numbers.
# The funnel ends the argument by saying which deals are meant: **one group, counted by the furthest stage each deal ever reached.**
#
# [zh]
# ## 周一例会，三个答案
#
# 销售负责人周五前要决定：增不增加一名售前工程师。
# 这取决于有多少方案要写，于是他问三位经理：方案阶段有多少商机？
# 第一位数的是本月发出的方案，第二位数的是今天停在这个阶段的，第三位数的是所有到过这个阶段的。
# 三个人都没错，却争了一个小时。
#
# 三个数，做不了一个决定。
# 漏斗先说清数的是哪些商机，争论就结束了：**同一批商机，按每个商机到过的最远阶段来数。**

# %% [markdown] tags=["demo"]
# [en]
# ## The funnel of this firm
#
# Read the bars from the top: how many deals reached each stage, and out of those before, which share.
# Beside each rate stands the number it is a share of.
#
# [zh]
# ## 这家公司的漏斗
#
# 从上往下读：到达各阶段的商机有多少，占上一阶段的比率是多少。
# 每个比率旁边都写着分母。

# %% tags=["demo"]
funnel = fk.funnel(L.p)
funnel.plot()

# %% [markdown]
# [en]
# Read it aloud:
#
# [zh]
# 用一句话讲出来：

# %% tags=["demo"]
print(funnel.summary())

# %% [markdown] tags=["misconception"]
# [en]
# “… that the bars show how many deals are in each stage now.”
# They show how many ever came so far.
# The deals of today are another picture, the snapshot below: it need not narrow at all.
#
# [zh]
# “每一条表示现在停在该阶段的商机数。”
# 其实是到过该阶段的商机数。
# 今天的状态是另一张图，即下面的快照，它完全可能不是越来越窄。

# %% [markdown] tags=["predict"]
# [en]
# ## The same firm, today
#
# Before you read on: in which stage do most open deals stand, and why?
#
# [zh]
# ## 同一家公司的今天
#
# 往下看之前先想：在途商机最多的是哪个阶段？为什么？

# %% tags=["demo"]
fk.snapshot(L.p, L.p.as_of)

# %% tags=["exercise"]
L.ask("L01.2")

# %% tags=["exercise"]
L.ask("L01.3")

# %% [markdown]
# [en]
# ## Rebuild it yourself
#
# A funnel is made by adding up.
# Now you do it with the deals of your own practice firm.
#
# [zh]
# ## 自己动手还原
#
# 漏斗是累加出来的。
# 下面用你自己的练习公司数据来做。

# %% tags=["exercise"]
L.ask("L01.4")

# %% [markdown]
# [en]
# ## What if the rates were others?
#
# Move one rate and watch the last row.
# Then move another by as much: which one pays more?
#
# [zh]
# ## 如果转化率变了会怎样？
#
# 拖动一个转化率，看最后一行怎么变。
# 再把另一个拖动同样的幅度：哪一个更划算？

# %% tags=["whatif"]
L.whatif("rates")

# %% [markdown]
# [en]
# ## False funnels
#
# [zh]
# ## 假漏斗

# %% tags=["exercise"]
L.ask("L01.5")

# %% [markdown]
# [en]
# ## Stages are states of the buyer
#
# A deal stands where the buyer stands, whatever we have done.
#
# [zh]
# ## 阶段看的是客户状态
#
# 商机处在哪个阶段，取决于客户走到哪一步，而不是我们做了什么。

# %% tags=["exercise"]
L.ask("L01.6")

# %% [markdown] tags=["trainer"]
# [en]
# Let two people sort the cards independently and compare before the check.
# The cards that split the room show where the stage sheet is unclear; write them down for lesson L02.
#
# [zh]
# 先让两人各自分卡片，对照之后再检查。
# 分歧最大的卡片正好说明阶段标准哪里不清楚，记下来，L02 会用到。

# %% [markdown] tags=["debrief"]
# [en]
# ## Talk about it
#
# 1. Where did your first guess differ most from the data, and what made you believe it?
# 2. Which of the false pictures have you seen in your own meetings?
# 3. Which question of next Monday's meeting could the funnel answer?
#
# [zh]
# ## 讨论
#
# 1. 你最初的估计与数据差别最大的是哪一步？当时为什么那样想？
# 2. 这些假漏斗，你在自己的会上见过哪几种？
# 3. 下周一的例会上，哪个问题可以用漏斗回答？

# %% [markdown] tags=["limits"]
# [en]
# ## What this cannot tell you
#
# The funnel does not say why deals stop, and not how long they take.
# Open deals are not lost: the youngest have not had time to come further.
#
# [zh]
# ## 本课的局限
#
# 漏斗不说明商机为什么停下，也不说明要花多久。
# 在途商机不等于输单：最近进来的还没有时间走得更远。

# %% [markdown] tags=["keypoints"]
# [en]
# ## Key points
#
# - A funnel follows one group of deals and counts the furthest stage of each.
# - A snapshot shows where deals stand today; dividing its bars gives no conversion rate.
# - A stage is a state of the buyer.
#
# [zh]
# ## 要点
#
# - 漏斗跟踪同一批商机，按到过的最远阶段来数。
# - 快照显示今天的状态，把相邻两条相除得不到转化率。
# - 阶段是客户的状态。

# %% tags=["exit"]
L.done()

# %% [markdown] tags=["report"]
# [en]
# ## In your report
#
# The funnel with its sentence is the first section of every funnel review: `funnelkit report funnel-review DATA`.
#
# [zh]
# ## 写进报告
#
# 漏斗和这句话就是漏斗分析报告的第一节：`funnelkit report funnel-review 数据`。
