# ---
# lesson:
#   id: L05
#   title: {en: "Forecasting", zh: "业绩预测"}
#   summary:
#     en: "A forecast is a range with chances, made by a method that has been tested on the past. This lesson builds one from six deals, shows why the weighted number usually does not happen, and lets five methods compete on quarters that are over."
#     zh: "预测是一个带概率的区间，方法要经过历史检验。本课从六个商机做起，说明加权金额为什么往往不会出现，再让五种方法在已经结束的季度上比一比。"
#   audience:
#     en: "sellers, sales managers, sales operations, controllers; no programming"
#     zh: "销售、销售管理者、销售运营、财务（经营分析）；无需编程"
#   teach_minutes: 25
#   exercise_minutes: 33
#   needs: [L01, L03]
#   questions:
#     - {en: "What will the quarter bring, and how sure is that?", zh: "这个季度能赢多少？有多大把握？"}
#     - {en: "Are the probabilities in the CRM worth anything?", zh: "CRM 里的概率可信吗？"}
#     - {en: "Which method should we believe?", zh: "该相信哪种预测方法？"}
#   objectives:
#     - {id: O1, text: {en: "calculate a weighted and a range forecast and tell how seldom the weighted number comes", zh: "计算加权预测和区间预测，并说明加权金额多久才能达到一次"}}
#     - {id: O2, text: {en: "judge stated probabilities by what came of them", zh: "用实际结果评判事先给出的赢单概率"}}
#     - {id: O3, text: {en: "compare forecasting methods by several scores on past quarters", zh: "用多项评分在过去的季度上比较预测方法"}}
#     - {id: O4, text: {en: "decide from a forecast: coverage, what to tell the board", zh: "根据预测做决定：储备倍数够不够，怎样向管理层汇报"}}
#   terms: [weighted pipeline, probability to win, forecast, forecast accuracy, forecast bias, over-forecast, under-forecast, MAPE, WAPE, calibration, pipeline coverage, coverage to go]
#   seeds: [S14, S16, S31]
#   status: beta
# ---

# %% tags=["parameters"]
data = "industrial"
process = None
language = "en"

# %% tags=["setup"]
import pandas as pd

import funnelkit as fk
from funnelkit.planning import coverage
from funnelkit.teach import open_lesson

L = open_lesson("L05", data, process, language)
L

# %% [markdown]
# [en]
# ## From the lesson before
#
# From L04, without looking: a target can be missed in four ways. Which?
#
# <details><summary>Write it down, then compare</summary>Too few deals, too few of them won, too small, too late.</details>
#
# [zh]
# ## 上一课回顾
#
# L04 讲过，先不看：目标没完成有哪四种情形？
#
# <details><summary>写下来，再对照</summary>商机太少、赢得太少、单笔太小、赶不上今年。</details>

# %% [markdown] tags=["guess"]
# [en]
# ## First your own guess
#
# One amount is easily said.
# Say three: a cautious one, the likely one, a bold one.
#
# [zh]
# ## 先做自己的估计
#
# 只报一个数很容易。
# 请报三个：保守的、最可能的、乐观的。

# %% tags=["exercise"]
L.ask("L05.1")

# %% [markdown] tags=["story"]
# [en]
# ## “6.95 million, as calculated”
#
# Six deals are due.
# The head of sales multiplies each by its probability, adds up and reports 6.95 million.
# The controller plans with it, the factory orders for it.
# At the end of the quarter 5 million have come, and everybody asks who made the mistake.
#
# Nobody did.
# With these six deals the quarter stays below 6.95 million in nearly two of three cases.
#
# [zh]
# ## “按计算是 695 万”
#
# 有六个商机预计本季度成交。
# 销售负责人把每个金额乘以赢单概率，相加后报了 695 万。
# 财务按它做计划，工厂按它备料。
# 季度结束只赢了 500 万，大家都在问是谁算错了。
#
# 谁都没有算错。
# 就这六个商机而言，近三分之二的情况下达不到 695 万。

# %% [markdown]
# [en]
# ## Six deals, many quarters
#
# Move a probability; zero takes the deal out.
# Watch the chance to reach the weighted number, and the two ends.
# What happens to the upper end without deal F?
#
# [zh]
# ## 六个商机，多种结果
#
# 拖动赢单概率，拖到零就是移除这个商机。
# 注意达到加权金额的概率和区间两端。
# 去掉商机 F，上端会怎样？

# %% tags=["whatif"]
L.whatif("deals")

# %% tags=["exercise"]
L.ask("L05.2")

# %% tags=["exercise"]
L.ask("L05.3")

# %% [markdown] tags=["misconception"]
# [en]
# “… that the weighted pipeline is what will most likely come.”
# It is the mean over many quarters like this one.
# A single deal is won or not; 15% of a large deal is an amount no buyer ever signs.
# The fewer and the more unequal the deals, the further the mean lies from what usually happens.
#
# [zh]
# “加权在途金额就是最可能的结果。”
# 它是许多个同样季度的平均。
# 单个商机只有赢或不赢，没有客户会签一张大单的 15%。
# 商机越少、金额差别越大，平均数离常见的结果就越远。

# %% tags=["exercise"]
L.ask("L05.4")

# %% [markdown] tags=["predict"]
# [en]
# ## The coming quarter of this firm
#
# The same idea with all open deals, their stage and their age, and with deals that do not exist yet.
# Before you read on: where does the weighted number lie, inside the range or outside?
#
# [zh]
# ## 这家公司的下一个季度
#
# 同样的思路，用上全部在途商机、所处阶段和已停留的时间，再加上尚未出现的商机。
# 往下看之前先想：加权金额会落在区间里面还是外面？

# %% tags=["demo"]
until = pd.Timestamp(L.p.as_of.date()) + pd.offsets.QuarterEnd()
coming = fk.forecast(L.p, until.date())
coming.plot()

# %% [markdown]
# [en]
# Read it aloud:
#
# [zh]
# 用一句话讲出来：

# %% tags=["demo"]
print(coming.summary())

# %% tags=["demo"]
coming

# %% [markdown] tags=["story"]
# [en]
# ## Where the probabilities come from
#
# Most CRMs ship a probability for each stage.
# Two open-source systems state 75% and 65% for the stage called proposal (source: the default lists in their published code, EspoCRM and the SugarCRM family).
# Neither knows your company.
#
# [zh]
# ## 这些概率从哪里来
#
# 多数 CRM 给每个阶段都预置了赢单概率。
# 同样叫“方案”的阶段，两种开源系统分别预置 75% 和 65%（来源：EspoCRM 与 SugarCRM 系列公开代码中的默认列表）。
# 它们都不了解你们公司。

# %% tags=["exercise"]
L.ask("L05.5")

# %% [markdown] tags=["demo"]
# [en]
# ## Five methods on quarters that are over
#
# Each method is set back to a past day, sees what was known then and forecasts the quarter after it.
# That is done for six quarters; then the scores are added up.
# (The forecast report looks from the end of every month, twelve of them, so its figures differ a little.)
#
# [zh]
# ## 同一段历史，五种方法比一比
#
# 让每种方法回到过去的某一天，只看当时已知的数据，预测之后的一个季度。
# 这样做六个季度，再汇总评分。（预测报告以十二个月末为起点，数字会略有不同。）

# %% tags=["demo"]
ways = ["simulation", "weighted", "stage", "cohort", "pacing"]
past = fk.backtest(L.p, ways, every="quarter", origins=6, draws=400)
past.plot()

# %% tags=["demo"]
print(past.summary())

# %% [markdown]
# [en]
# Now the chances of single deals: points below the line were promised too much.
#
# [zh]
# 再看单个商机的概率：落在线下方的点，说明概率给高了。

# %% tags=["demo"]
past.plot_calibration("weighted")

# %% tags=["exercise"]
L.ask("L05.7")

# %% [markdown]
# [en]
# ## Another method, another horizon
#
# Change the method, then the number of months.
# Which methods count deals that do not exist yet, and from which month on does that decide?
#
# [zh]
# ## 换一种方法，换一个期限
#
# 先换方法，再换月数。
# 哪些方法计入了尚未出现的商机？从第几个月起，这会成为关键？

# %% tags=["whatif"]
L.whatif("method")

# %% [markdown] tags=["trainer"]
# [en]
# Play the forecast duel here if there is time: ten deals with their evidence, each team writes a probability, the mean squared distance decides.
# Then show what the CRM's defaults would have scored.
#
# [zh]
# 时间允许就在这里做“预测对决”：十个商机连同依据，各组写下概率，误差平方的平均数小者胜。
# 然后公布 CRM 默认值的得分。

# %% [markdown] tags=["demo"]
# [en]
# ## Is there enough in the pipeline?
#
# Coverage compares the open amount with what is still to be won.
# How much is enough follows from the win rate and from what deals not yet created will bring before the quarter ends.
# In the line below: 15 million open, a target of 10, of which 4 are booked.
#
# [zh]
# ## 在途商机够不够？
#
# 储备倍数 = 在途金额 ÷ 还要赢的金额。
# 多少才够，取决于赢单率，以及尚未创建的商机在季末前还能带来多少。
# 下面这句话的例子：在途 1,500 万，目标 1,000 万，已赢 400 万。

# %% tags=["demo"]
enough = coverage(15e6, 10e6, booked=4e6, win_rate=0.2, inside=0.3)
print(enough.summary())

# %% tags=["exercise"]
L.ask("L05.10")

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
L.ask("L05.6")

# %% tags=["exercise"]
L.ask("L05.8")

# %% tags=["exercise"]
L.ask("L05.9")

# %% [markdown] tags=["debrief"]
# [en]
# ## Talk about it
#
# 1. How wide was your own range, and would last year's quarters have fallen inside?
# 2. Who in your company knows where the probabilities in the CRM come from?
# 3. Which decision would change if the board saw a range instead of one number?
#
# [zh]
# ## 讨论
#
# 1. 你给的区间有多宽？去年各季度会落在里面吗？
# 2. 你们公司有谁知道 CRM 里的概率从何而来？
# 3. 如果管理层看到的是区间而不是一个数，哪个决定会不一样？

# %% [markdown] tags=["limits"]
# [en]
# ## What this cannot tell you
#
# Every method here believes that the future resembles the past; a new product or a lost market is in none of them.
# Six quarters are few: the best method of the back-test need not be the best next time.
# The data of this lesson are synthetic; take the way, not the figures.
#
# [zh]
# ## 本课的局限
#
# 这里的方法都假设将来与过去相似；上了新产品、丢了一块市场，它们都不知道。
# 六个季度太少，这次最好的方法下次未必最好。
# 本课数据是模拟生成的，学方法，不要照搬数字。

# %% [markdown] tags=["keypoints"]
# [en]
# ## Key points
#
# - Forecast a range with chances; tell the chance of every single number you name.
# - Replace the CRM's probabilities by shares of your own past.
# - Test methods on quarters that are over, by error, bias, chances and range.
# - Coverage needed = what open deals have to bring / win rate by value / what is still to be won.
#
# [zh]
# ## 要点
#
# - 预测要给出区间和概率；每报一个数，都说清达到它的可能性。
# - 用自己的历史比例代替 CRM 的默认概率。
# - 在已结束的季度上检验方法，看误差、偏差、概率和区间。
# - 所需储备倍数 = 须由现有商机完成的金额 ÷ 按金额计的赢单率 ÷ 还要赢的金额。

# %% tags=["exercise"]
L.ask("L05.11")

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
L.ask("L05.12")

# %% tags=["exit"]
L.done()

# %% [markdown] tags=["report"]
# [en]
# ## In your report
#
# The forecast with its range and the record of the methods are the outlook of the funnel review: `funnelkit report funnel-review DATA`.
#
# [zh]
# ## 写进报告
#
# 预测区间和各方法的历史成绩，构成漏斗分析报告的展望部分：`funnelkit report funnel-review 数据`。
