# ---
# lesson:
#   id: L09
#   title: {en: "Opening position and competition", zh: "开局与竞争"}
#   summary:
#     en: Much of what decides a deal can be known before the proposal is written. This lesson weighs whether to pursue, chooses a position, and watches the rivals over time.
#     zh: 许多决定成败的因素，在写方案之前就可以知道。本课讲怎样判断跟不跟、选什么打法，以及怎样持续观察对手。
#   audience:
#     en: sales heads, account managers, presales; no programming
#     zh: 销售负责人、客户经理、售前；无需编程
#   teach_minutes: 21
#   exercise_minutes: 40
#   needs: [L01, L02]
#   questions:
#     - {en: "Shall we pursue this deal at all?", zh: "这个商机该不该跟？"}
#     - {en: "From which position do we compete?", zh: "我们用什么打法去竞争？"}
#     - {en: "Has a rival changed, or was it chance?", zh: "是对手变了，还是运气？"}
#   objectives:
#     - {id: O1, text: {en: "judge an opening by four questions and their evidence", zh: "用四个问题和依据判断开局"}}
#     - {id: O2, text: {en: "calculate what a pursuit is worth and from which chance on it pays", zh: "计算跟这一单的期望值和盈亏平衡概率"}}
#     - {id: O3, text: {en: "choose a position strategy by a table of rules", zh: "按规则表选择打法"}}
#     - {id: O4, text: {en: "find a new rival in the win matrix and leave small cells grey", zh: "在竞争对手赢单率矩阵中找出新对手，样本太小的保持灰色"}}
#     - {id: O5, text: {en: "decide when a strategy is kept and when it is changed", zh: "判断策略何时保持、何时调整"}}
#   terms: [project opening positioning, go / no-go, compelling event, competitive strategy, frontal, flanking, fragment, defend, develop, contain, competitor win matrix]
#   seeds: [S38, S39]
#   status: beta
# ---

# %% tags=["parameters"]
data = "industrial"
process = None
language = "en"

# %% tags=["setup"]
from funnelkit import planning
from funnelkit.teach import open_lesson
from funnelkit.teach.bank.l09 import ANSWERS, offers, two_plans, with_rivals

L = open_lesson("L09", data, process, language)
L

# %% [markdown]
# [en]
# ## From the lesson before
#
# From L08, without looking: which two numbers stand beside last year's sales in a regional plan?
#
# <details><summary>Write it down, then compare</summary>What could be sold there, and what keeps us from selling it.</details>
#
# [zh]
# ## 上一课回顾
#
# L08 讲过，先不看：区域规划要在去年销售额旁边再放哪两个数？
#
# <details><summary>写下来，再对照</summary>那里一共能卖多少，是什么让我们没卖出去。</details>

# %% [markdown] tags=["guess"]
# [en]
# ## First your own guess
#
# Think of one deal, your newest large one.
#
# [zh]
# ## 先做自己的估计
#
# 想一个具体的商机：你最新的那个大单。

# %% tags=["exercise"]
L.ask("L09.1")

# %% [markdown] tags=["story"]
# [en]
# ## Six weeks for second place
#
# An invitation to tender arrives. Nobody at the company has met the buyer, but the order is large and the quarter is thin.
# Three people write for six weeks. The proposal is praised and comes second of five.
# The buyer had chosen before the invitation went out, and the criteria were the winner's data sheet.
#
# The effort was not wasted by the writing. It was wasted on the first day, when nobody asked four questions.
# One thing is not among the answers: to have the criteria written for us. Shaping the need early is selling; terms that shut others out, and bidders who act together, break the law on bidding.
#
# [zh]
# ## 六个星期，换来第二名
#
# 一份邀标函寄到公司。没有人见过这家客户，但订单很大，而这个季度正好缺单。
# 三个人写了六个星期，方案得到称赞，五家里排第二。
# 其实邀标之前客户已经选好了，评分标准就是照中标那家的参数写的。
#
# 力气不是写方案时浪费的，而是第一天就浪费了：当时没有人问四个问题。
# 有一条路不能走：让标准为我们量身定做。早期引导需求是销售；设排他条款、围标串标是红线（《招标投标法实施条例》第三十二条、《招标投标法》第三十二条）。

# %% [markdown] tags=["demo"]
# [en]
# ## Four questions, each with evidence
#
# Is there a deal, can we compete, can we win, is it worth winning?
# Each is scored 0, 1 or 2. A 2 without evidence counts as 1.
# Below is an opening as it came to the meeting.
#
# [zh]
# ## 四个问题，每个都要有依据
#
# 有没有商机？能不能参与？能不能赢？值不值得赢？
# 每问打 0、1 或 2 分；没有依据的 2 分只算 1 分。
# 下面是提交到会上的一个开局。

# %% tags=["demo"]
opening = planning.opening_questions(ANSWERS)
opening

# %% [markdown]
# [en]
# Read it aloud:
#
# [zh]
# 用一句话讲出来：

# %% tags=["demo"]
print(opening.summary())

# %% tags=["exercise"]
L.ask("L09.2")

# %% [markdown] tags=["predict"]
# [en]
# ## What is the pursuit worth?
#
# A deal brings a margin of 1.2 million when won, and its pursuit costs 80,000.
# The chance below is the share that this firm won of all deals in which a rival was named; where your own data name none, a practice firm stands in.
# Before you read on: at which chance would you stop?
#
# [zh]
# ## 跟这一单值多少？
#
# 一个商机赢了有 120 万毛利，跟到底要投入 8 万。
# 下面的概率取自这家公司的历史：有明确对手的商机中赢下的比率；如果你的数据没有记录对手，就用练习公司代替。
# 往下看之前先想：概率低到多少你就不跟了？

# %% tags=["demo"]
p = with_rivals(L.p)
worth = planning.go_no_go(1_200_000, 80_000, **offers(p))
worth.plot()

# %% tags=["demo"]
print(worth.summary())

# %% [markdown] tags=["misconception"]
# [en]
# “… that a chance of 25% is too low to pursue.”
# With this margin and this cost even one in ten would pay, if nothing better wants the same hours.
# Where presales hours are short, rank by what an hour is expected to bring, not by what a deal does.
# What makes a pursuit foolish is a low chance for much money, or a chance that nobody can back.
#
# [zh]
# “赢单概率才 25%，太低，不该跟。”
# 按这个毛利和成本，十个赢一个也划算，前提是同样的工时没有更好的去处。
# 售前工时紧张时，按每小时的期望收益排序，而不是按单个商机。
# 真正不该跟的，是花大钱博小概率，或者概率根本没有依据。

# %% tags=["exercise"]
L.ask("L09.3")

# %% tags=["exercise"]
L.ask("L09.4")

# %% [markdown]
# [en]
# Move the chance to the break-even, then double the cost.
# How far off may the seller's guess be before the decision turns?
#
# [zh]
# 把概率拖到盈亏平衡点，再把成本翻倍。
# 销售估的概率要差多少，决策才会反过来？

# %% tags=["whatif"]
L.whatif("bid")

# %% [markdown]
# [en]
# ## Few good bids or many?
#
# The people who write proposals are the same in both plans.
#
# [zh]
# ## 少而精，还是多多益善？
#
# 两种做法用的是同一批写方案的人。

# %% tags=["demo"]
planning.bid_portfolio(two_plans())

# %% tags=["exercise"]
L.ask("L09.5")

# %% [markdown]
# [en]
# ## From which position
#
# Once the answer is go, the next question is how.
# The table tries six strategies in order; the first whose conditions all hold is taken, and it prints why.
# Here a firm that is weaker on the whole, strong in one part, in a deal that can be split.
#
# The four questions come from Target Account Selling, the positions from Jim Holden's writings on competitive selling; names and marks are their owners'.
# Wording and table are our own.
#
# [zh]
# ## 用什么打法
#
# 决定跟之后，下一个问题是怎么打。
# 规则表依次检查六种策略，取第一条条件全部满足的，并写明理由。
# 这里的例子：整体较弱、局部很强，而且范围可以拆分。
#
# 四个问题的思路出自目标客户销售法 (TAS)，打法的分类出自霍尔登 (Jim Holden) 关于竞争性销售的著作，名称与商标归各自所有者。
# 文字和规则表是我们自己的。

# %% tags=["demo"]
print(planning.position_strategy("weaker", strong_in_part=True, splittable=True).summary())

# %% tags=["exercise"]
L.ask("L09.6")

# %% [markdown]
# [en]
# ## The rivals, over time
#
# A strategy is chosen against somebody, and they move as well.
# Each cell is won / (won + lost) against one rival in one region over the last twelve months; deals that ended without a choice stand apart.
# Cells with fewer than eight deals stay grey.
#
# [zh]
# ## 持续观察对手
#
# 策略总是针对某个对手的，而对手也在变。
# 每个单元格是最近十二个月在一个区域对一家对手的赢单 ÷（赢单 + 输单）；无效/搁置的商机另计。
# 不足八个商机的单元格保持灰色。

# %% tags=["demo"]
matrix = planning.competitor_matrix(p, "region")
matrix.plot()

# %% tags=["demo"]
print(matrix.summary())

# %% [markdown] tags=["misconception"]
# [en]
# “… that the lowest cell of the matrix is our problem.”
# One of sixteen cells is always the lowest.
# Look at the number of deals, at the year before, and at what chance alone would do.
#
# [zh]
# “矩阵里最低的那一格就是我们的问题。”
# 十六个格子里总有一个最低。
# 要看商机数、看前一年，还要看光凭运气会差多少。

# %% tags=["exercise"]
L.ask("L09.7")

# %% tags=["exercise"]
L.ask("L09.8")

# %% tags=["exercise"]
L.ask("L09.9")

# %% [markdown]
# [en]
# ## Keep it or change it
#
# A strategy is looked at on a date set beforehand, against a limit set beforehand.
# Without both it is kept out of habit or dropped after the last bad week.
#
# [zh]
# ## 保持还是调整
#
# 策略要在事先定好的日期，对照事先定好的条件来评估。
# 两样都没有，要么惯性地拖下去，要么因为上周的一次失利就放弃。

# %% tags=["exercise"]
L.ask("L09.10")

# %% [markdown] tags=["trainer"]
# [en]
# Bring three real openings of the group, without names, and let everybody vote go or no go before the four questions and after.
# The votes that turn are the discussion.
# For the cards let pairs argue first about the downtime nobody speaks of and about the filling station: neither is ahead, and what may still be moved makes the difference.
#
# [zh]
# 从学员那里收三个真实开局，隐去名称，在四问之前和之后各投一次“跟/不跟”。
# 改票的理由就是讨论的内容。
# 做卡片题时，先让两人一组争论“停机没人提”和“灌装站最强”这两张：都不领先，区别在于还有什么可以改变。

# %% [markdown] tags=["debrief"]
# [en]
# ## Talk about it
#
# 1. How far was your guess of the chance from the share you won last year, and why?
# 2. Which open deal would you give up today, and who would have to hear it first?
# 3. Which rival have you met more often this year, and what do you know of the reason?
#
# [zh]
# ## 讨论
#
# 1. 你估的赢单概率与去年实际赢的比率差多少？为什么？
# 2. 今天就该放弃的在途商机是哪一个？要先和谁说？
# 3. 今年哪家对手碰得更多？原因你知道多少？

# %% [markdown] tags=["limits"]
# [en]
# ## What this cannot tell you
#
# The chance of a single deal is not in the data; the past gives a range for deals like it.
# A fall against a rival does not say why: price, product and people look alike in the matrix.
# Where rivals are named only on lost deals, every win rate against them comes out as zero; the matrix then refuses to be made.
#
# [zh]
# ## 本课的局限
#
# 数据里没有单个商机的概率，历史只给出同类商机的范围。
# 对某家对手赢单率下降，矩阵不说明原因：价格、产品、人的问题看上去都一样。
# 如果只在输单时才填对手，对每家的赢单率都会算成零，这种情况下矩阵不予计算。

# %% [markdown] tags=["keypoints"]
# [en]
# ## Key points
#
# - Four questions come first; an answer counts when the buyer's acts back it.
# - A pursuit pays above cost ÷ margin; whether the chance is surely above that is the question.
# - The position follows from how we stand, what can still be changed, and whom time helps.
# - Fewer than eight deals stay grey; one cell that falls is a rival, all cells are ourselves.
#
# [zh]
# ## 要点
#
# - 先问四个问题；有客户行为作依据的答案才算数。
# - 概率高于“成本 ÷ 毛利”才划算，关键在于是否确定高于它。
# - 打法取决于我们的位置、还有什么能改变、时间帮谁。
# - 不足八个商机保持灰色；一格下降是对手，全部下降是自己。

# %% tags=["exercise"]
L.ask("L09.11")

# %% tags=["exit"]
L.done()

# %% [markdown] tags=["report"]
# [en]
# ## In your report
#
# A stage where deals are lost more often stands out in the review: `funnelkit report funnel-review DATA`.
# The matrix of this page belongs beside it, with the date on which the strategies are looked at again.
#
# [zh]
# ## 写进报告
#
# 哪个阶段输得变多，漏斗分析报告会指出来：`funnelkit report funnel-review 数据`。
# 把本页的矩阵附在旁边，并写明下次评估策略的日期。
