# ---
# lesson:
#   id: L08
#   title: {en: "Regional plan and customer value", zh: "区域与客户价值"}
#   summary:
#     en: A regional plan says where there is something to win and who shall be served how. This lesson ties it to the funnel, from the potential of a region to the hours of a service promise.
#     zh: 区域市场规划回答哪里有空间、哪些客户怎样服务。本课把它与漏斗连起来：从一个区域的市场容量，到一份服务承诺需要的人时。
#   audience:
#     en: sales heads, regional managers, key account managers; no programming
#     zh: 销售负责人、区域经理、大客户经理；无需编程
#   teach_minutes: 34
#   exercise_minutes: 46
#   needs: [L01, L04]
#   questions:
#     - {en: "How much is there to sell in each region, and how much of it do we sell?", zh: "每个区域能卖多少，我们已经卖了多少？"}
#     - {en: "How is a target shared out so that it is fair and adds up?", zh: "目标怎样分才公平，而且加起来正好？"}
#     - {en: "Which customers get whose hours?", zh: "有限的时间给哪些客户？"}
#   objectives:
#     - {id: O1, text: {en: "explain which lever of the funnel a line of a regional plan moves", zh: "说明区域规划的每一条影响漏斗的哪个方面"}}
#     - {id: O2, text: {en: "calculate potential, penetration and the growth-share cell of a region", zh: "计算区域的市场容量、渗透率，判断它在波士顿矩阵中的位置"}}
#     - {id: O3, text: {en: "split a target by history and potential so that it adds up exactly", zh: "按历史与容量分解目标，且合计对得上"}}
#     - {id: O4, text: {en: "classify customers by value and plan the hours of their service", zh: "按价值给客户分级，并测算服务所需的人时"}}
#     - {id: O5, text: {en: "judge a discount by the volume it has to bring", zh: "用折扣必须换回的销量来判断折扣"}}
#   terms: [regional market plan, territory, market potential, penetration, growth-share grid, customer value positioning, customer tier, share of wallet, workload, gross margin]
#   seeds: [S34, S35, S36, S37]
#   status: beta
# ---

# %% tags=["parameters"]
data = "industrial"
process = None
language = "en"

# %% tags=["setup"]
from funnelkit import planning
from funnelkit.teach import open_lesson
from funnelkit.teach.bank.l08 import PLAN, last_year, markets, next_target

L = open_lesson("L08", data, process, language)
L

# %% [markdown]
# [en]
# ## From the lesson before
#
# From L07, without looking: by what does one see that a target has become work?
#
# <details><summary>Write it down, then compare</summary>By hours in a calendar, one focus a person, and nobody who has to wait.</details>
#
# [zh]
# ## 上一课回顾
#
# L07 讲过，先不看：怎样看出目标真的变成了工作？
#
# <details><summary>写下来，再对照</summary>日历上有时间、每人有一个重点、没有人干等。</details>

# %% [markdown] tags=["guess"]
# [en]
# ## First your own guess
#
# No data yet.
# Three numbers about your own region and your own customers.
#
# [zh]
# ## 先做自己的估计
#
# 先不看数据。
# 写下关于你自己区域和客户的三个数字。

# %% tags=["exercise"]
L.ask("L08.1")

# %% [markdown] tags=["story"]
# [en]
# ## The best region and the empty one
#
# At the yearly meeting the manager of the best region is asked to add a tenth, and so is the manager of the weakest.
# The first has called nearly every firm in the area. The second has called one in ten.
# Both get the same percentage, because last year's sales are the only number on the table.
#
# A regional plan puts two more numbers beside it: **how much could be sold here, and what keeps us from selling it.**
# The first comes from the market, the second from the funnel.
#
# [zh]
# ## 最好的区域和最空的区域
#
# 年度会上，业绩最好的区域被要求增长一成，最弱的区域也一样。
# 前者已经跑遍了当地几乎所有企业，后者才联系过十分之一。
# 两人领到同样的百分比，因为桌上只有一个数字：去年的销售额。
#
# 区域规划再补上两个数字：**这里一共能卖多少，是什么让我们没卖出去。**
# 前一个来自市场，后一个来自漏斗。

# %% tags=["exercise"]
L.ask("L08.2")

# %% [markdown] tags=["predict"]
# [en]
# ## What is there to sell, and what is sold
#
# Potential is the number of firms times what one of them spends in a year; penetration is our part of it.
# Where your own data hold no accounts with a potential, a practice firm stands in.
# Before you read on: is the region with the largest sales also the one with the most left to sell?
#
# [zh]
# ## 能卖多少，卖了多少
#
# 市场容量是企业数乘以每家一年的采购额，渗透率是其中属于我们的部分。
# 如果你的数据里没有客户容量，就用练习公司代替。
# 往下看之前先想：销售额最大的区域，是不是剩余空间也最大？

# %% tags=["demo"]
p, since = last_year(L.p)
regions = planning.territories(p=p, since=since)
regions.plot()

# %% [markdown]
# [en]
# Read it aloud:
#
# [zh]
# 用一句话讲出来：

# %% tags=["demo"]
print(regions.summary())

# %% [markdown] tags=["misconception"]
# [en]
# “… that a region with low penetration has lazy sellers.”
# It may have a strong rival, a product that does not fit, or nobody in charge.
# Penetration says how much room there is; the funnel of the region says at which stage it is lost.
#
# [zh]
# “渗透率低，说明那里的销售不努力。”
# 也可能是对手强、产品不合适，或者根本没人负责。
# 渗透率只说明空间有多大，卡在哪个阶段要看该区域的漏斗。

# %% tags=["exercise"]
L.ask("L08.3")

# %% [markdown]
# [en]
# ## Three years ahead: growth and share
#
# A plan for several years asks where the market goes and who leads in it.
# The numbers below are made up; with your own market study you fill in the same four columns.
#
# [zh]
# ## 看三年：增长与份额
#
# 中长期规划要问两件事：市场往哪里走，谁在领先。
# 下面的数字是虚构的；有了自己的市场调研，填入同样的四列即可。

# %% [markdown]
# [en]
# A plan for three years fits on one page: for each region where we stand, where we want to stand in three years, and what has to be true for it. Then the line most plans lack: **the trigger.** If the market of a region grows by less than half of what was assumed two years running, if a rival takes more than a fifth of our closed deals there, if a rule of public buyers changes, the plan is opened again; until then it is not. One year has actions and owners, the second has bets, the third has a direction.
#
# *Evidence: grids of growth and share sort the talk; that they lead to better choices has not been shown (grade C). Triggers written before are the same device as a day of review written before.*
#
# [zh]
# 三年规划一页就够：每个区域现在在哪里，三年后想在哪里，要实现它必须成立什么。再加上多数规划缺的一行：**触发条件**。如果某区域市场连续两年增长不到预设的一半，如果某个对手拿走我们已关闭商机的五分之一以上，如果公共采购的规则变了，规划就重新打开；否则不动。第一年写行动和负责人，第二年写押注，第三年写方向。
#
# *依据：增长与份额的格子有助于讨论，但没有证据表明它带来更好的选择（C 级）。事先写定触发条件，与事先写定评审日是同一个办法。*

# %% tags=["demo"]
planning.growth_share(markets()).plot()

# %% tags=["exercise"]
L.ask("L08.4")

# %% [markdown]
# [en]
# ## Share the target out
#
# Next year's target is a tenth above the past twelve months.
# Half of it follows what each region sold, half what could be sold there.
# The parts are rounded so that they add up to the total, to the last unit.
#
# [zh]
# ## 把目标分下去
#
# 明年的目标比过去十二个月高一成。
# 一半按各区域已经卖出的分，一半按当地能卖的分。
# 各部分取整后，合计等于总目标。

# %% tags=["demo"]
total, frame = next_target(regions)
planning.allocate(total, frame, weight=0.5, unit=100)

# %% [markdown] tags=["misconception"]
# [en]
# “… that a target by potential is the fair one.”
# A region can only grow as fast as its funnel fills: a target that jumps to the potential in one year is missed in the first quarter and ignored after.
# Move the weight by steps over three years.
#
# [zh]
# “按容量分目标才公平。”
# 区域的增长受漏斗补充速度的限制：一年内跳到容量的目标，第一季度就完不成，之后就没人当真。
# 权重应分三年逐步调整。

# %% tags=["whatif"]
L.whatif("weights")

# %% tags=["exercise"]
L.ask("L08.5")

# %% [markdown]
# [en]
# ## Which customers carry the sales
#
# Customers in order of their sales, in three tiers.
# The tier decides who gets a named contact, and how often somebody comes by.
#
# [zh]
# ## 销售额靠哪些客户
#
# 客户按销售额排序，分为三级。
# 级别决定谁有专属联系人、多久拜访一次。

# %% tags=["demo"]
tiers = planning.abc(p)
tiers.plot()

# %% tags=["exercise"]
L.ask("L08.6")

# %% [markdown]
# [en]
# ## From a promise to persons
#
# Every visit promised is paid in hours.
# Here each A is visited 24 times a year for an hour and a half, each B 12 times for an hour, each C 4 times for half an hour.
#
# [zh]
# ## 从承诺到人数
#
# 每一次承诺的拜访都要用时间来兑现。
# 这里每家 A 每年拜访 24 次、每次一个半小时，B 为 12 次、每次一小时，C 为 4 次、每次半小时。

# %% tags=["demo"]
planning.service_hours(tiers, PLAN)

# %% tags=["exercise"]
L.ask("L08.7")

# %% [markdown]
# [en]
# Now move the limits.
# How many persons does it cost to call more customers A, and what would two visits fewer to each C bring?
#
# [zh]
# 现在改一改界线。
# 多划一些 A 级客户要多花几个人？每家 C 少跑两次能省出多少？

# %% tags=["whatif"]
L.whatif("service")

# %% [markdown]
# [en]
# ## Sales are not value
#
# A customer who buys little from us may buy much from others.
# The grid sets what a customer could spend against the part of it we have.
# Who looks after whom needs rules as well: in China customers without an owner lie in a public pool, with a limit of claims, a protection period and a judge for two sellers at one customer.
#
# [zh]
# ## 销售额不等于价值
#
# 在我们这里买得少的客户，可能在别人那里买得很多。
# 这张图把客户能花的钱与我们拿到的部分放在一起看。
# 谁来跟也要有规矩：没有负责人的客户进公海，领取有上限，保护期满没进展就回收，撞单有人裁定。

# %% tags=["demo"]
wallet = planning.wallet_grid(p, since=since)
print(wallet.summary())
wallet.plot()

# %% [markdown]
# [en]
# If most customers fall into one field, the grid decides nothing yet: raise the limits until the field to grow holds as many names as somebody can visit this year.
#
# [zh]
# 如果大多数客户都落在一格，这张图还决定不了什么：提高界线，直到“增长”那一格的客户数今年跑得过来。

# %% tags=["exercise"]
L.ask("L08.8")

# %% [markdown]
# [en]
# ## Discount or hours?
#
# A discount is the quickest promise to a good customer.
# What does it have to bring, and what would hours of service cost instead?
#
# [zh]
# ## 给折扣，还是给时间？
#
# 对好客户来说，折扣是最快的承诺。
# 它要换回多少销量？换成服务时间又要花多少？

# %% tags=["demo"]
planning.discount_effect([0.05, 0.1, 0.2], 0.4)

# %% tags=["exercise"]
L.ask("L08.9")

# %% [markdown] tags=["trainer"]
# [en]
# Ask two groups to share out the same target, one by history alone, one by potential alone, and let a third play the manager of the weakest region.
# The quarrel that follows is the lesson; the weight is its peace treaty.
# For the tiers, let everybody name their best customer first, and then look up its tier together.
#
# [zh]
# 让两组分同一个目标，一组只按历史，一组只按容量，第三组扮演最弱区域的经理。
# 随后的争论就是这堂课，权重是最后谈成的条件。
# 讲分级之前，先让每个人说出自己最好的客户，再一起查它属于哪一级。

# %% [markdown] tags=["debrief"]
# [en]
# ## Talk about it
#
# 1. Which region of yours has most left to sell, and at which stage do its deals stop?
# 2. Which customer gets more hours than the tier allows, and why?
# 3. Which weight would you write into next year's plan, and who would object?
#
# [zh]
# ## 讨论
#
# 1. 你的哪个区域剩余空间最大？它的商机停在哪个阶段？
# 2. 哪个客户占用的时间超出了它的级别？为什么？
# 3. 明年的规划你会写多大的权重？谁会反对？

# %% [markdown] tags=["limits"]
# [en]
# ## What this cannot tell you
#
# Potential is an estimate: twice the spend assumed is half the penetration.
# Tiers look back; a firm founded this year is a C today.
# Nothing here says that more visits sell more: that would have to be tried, with customers left as they were for comparison.
# The firms of this course earn little for the people they have: they live on service contracts that are renewed, and those are not in the data.
#
# [zh]
# ## 本课的局限
#
# 容量是估计值：采购额假设高一倍，渗透率就低一半。
# 分级看的是过去，刚成立的客户今天只能是 C。
# 这里也没有证明多拜访就能多卖：那要做对照试验，留一部分客户保持原样。
# 课程里的企业，人多而新签金额小：它们靠服务续约生存，续约不在这些数据里。

# %% [markdown] tags=["keypoints"]
# [en]
# ## Key points
#
# - Potential shows where there is room, the funnel shows what stands in the way.
# - A target is shared out by history and potential with a weight that is written down; the parts add up exactly.
# - Tiers need one stated cut rule, and a service promise is a number of persons.
# - A discount is paid out of the margin alone.
#
# [zh]
# ## 要点
#
# - 容量说明哪里有空间，漏斗说明卡在哪里。
# - 目标按历史与容量分解，权重写明，各部分合计正好。
# - 客户分级只用一种写明的规则；服务承诺最终是人数。
# - 折扣全部从毛利里出。

# %% tags=["exercise"]
L.ask("L08.10")

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
L.ask("L08.11")

# %% tags=["exit"]
L.done()

# %% [markdown] tags=["report"]
# [en]
# ## In your report
#
# One review a region, to lay beside its potential: `funnelkit report funnel-review DATA --each region`.
# The tables of this page go into the yearly plan; each carries its definition with it.
#
# [zh]
# ## 写进报告
#
# 每个区域出一份漏斗分析报告，与它的市场容量对照着看：`funnelkit report funnel-review 数据 --each region`。
# 本页的表格可放进年度规划，口径说明随表附带。
