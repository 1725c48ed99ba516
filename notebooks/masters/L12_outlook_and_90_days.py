# ---
# lesson:
#   id: L12
#   title: {en: "Outlook: data-driven, own data, 90-day plan", zh: "展望：数据驱动、自有数据与 90 天计划"}
#   summary:
#     en: "The course ends where the work begins: compare two years of a funnel, test a score honestly before anybody buys one, read your own export, and leave with a plan for 90 days."
#     zh: "课程结束，工作开始：对比两年的漏斗；买“智能评分”之前，先老老实实验一遍，读入自己的导出文件，并带走一份 90 天计划。"
#   audience:
#     en: "everybody who sells, leads sellers or runs sales operations; no programming"
#     zh: "销售、销售管理者和销售运营人员；无需编程"
#   teach_minutes: 32
#   exercise_minutes: 38
#   needs: [L03, L05, L06, L10]
#   questions:
#     - {en: "Is this year's funnel still the same funnel?", zh: "今年的漏斗还是去年那个漏斗吗？"}
#     - {en: "Does a score know more than the stage?", zh: "评分比阶段知道得更多吗？"}
#     - {en: "What does an error cost, and who decides?", zh: "出错的代价是多少？由谁决定？"}
#     - {en: "How does my own data come in, and what is next?", zh: "自己的数据怎么读入？接下来做什么？"}
#   objectives:
#     - {id: O1, text: {en: "choose the tool that answers a manager's question", zh: "为管理者的问题选对工具"}}
#     - {id: O2, text: {en: "compare two years of a funnel step by step, on what is comparable", zh: "逐步比较两年的漏斗，并只比可比的部分"}}
#     - {id: O3, text: {en: "test a score against stage odds on later deals, and find columns that know the future", zh: "用之后的商机检验评分是否胜过按阶段的赢单概率，并找出“知道未来”的字段"}}
#     - {id: O4, text: {en: "decide by costs which deals to flag, and whether there is enough data at all", zh: "按代价决定标记哪些商机，并判断数据够不够"}}
#     - {id: O5, text: {en: "read a file of another system and count what is set aside", zh: "读入其他系统的文件，并数出多少行没读进来"}}
#     - {id: O6, text: {en: "write a 90-day plan with measure, owner and dates", zh: "写出有指标、负责人和日期的 90 天计划"}}
#   terms: [Brier score, calibration, probability to win, commit, mix effect, rate effect, cohort, owner, due date, what-if]
#   seeds: [S51, S52, S53, S54, S55, S56, S57, S58]
#   status: beta
# ---

# %% tags=["parameters"]
data = "industrial"
process = None
language = "en"

# %% tags=["setup"]
import funnelkit as fk
from funnelkit.teach import open_lesson
from funnelkit.teach.bank.l12 import cases, model

L = open_lesson("L12", data, process, language)
L

# %% [markdown]
# [en]
# ## From the lesson before
#
# From L11, without looking: the board sees wins and open amount. What is the second column it lacks?
#
# <details><summary>Write it down, then compare</summary>How deals move: one rate and one age, stage by stage.</details>
#
# [zh]
# ## 上一课回顾
#
# L11 讲过，先不看：董事会看赢单和在途金额，少的“第二列”是什么？
#
# <details><summary>写下来，再对照</summary>商机怎样推进：各阶段的一个转化率和一个在途天数。</details>

# %% [markdown] tags=["guess"]
# [en]
# ## First your own guess
#
# What is a deal in each stage worth, in wins out of a hundred?
#
# [zh]
# ## 先做自己的估计
#
# 各阶段的商机，每一百个会赢多少？

# %% tags=["exercise"]
L.ask("L12.1")

# %% [markdown]
# [en]
# ## What you take along
#
# Eleven lessons, a handful of tools.
# Which one do you reach for, when a question comes up?
#
# [zh]
# ## 你带走的工具
#
# 十一课下来，工具其实就那么几样。
# 问题来了，你先用哪一样？

# %% tags=["exercise"]
L.ask("L12.2")

# %% [markdown] tags=["story"]
# [en]
# ## The score that knew everything
#
# A sales director is shown a score that was right on 97 of 100 past deals, and buys it.
# In the first quarter it does no better than a coin.
# Nobody had cheated: the score had learned from a column which the system fills on the day a deal is lost.
#
# More data and more technology help, on three conditions.
# **The past must be comparable, the test must lie in the future, and somebody must say what an error costs.**
#
# [zh]
# ## 什么都知道的评分
#
# 有人向一位销售总监演示了一种评分，在 100 个历史商机上判对了 97 个，他当场买下。
# 上线第一个季度，准确程度和抛硬币差不多。
# 没有人作假：评分学的一个字段，系统在输单当天才会填写。
#
# 更多数据、更多技术确实有用，但有三个条件。
# **过去要可比，检验要用之后的商机，还要有人说清出错的代价。**

# %% [markdown] tags=["predict"]
# [en]
# ## Two years side by side
#
# Before you read on: has the share of won deals changed between the last two years?
# If so, because each source got better or worse, or because the sources' shares shifted?
#
# [zh]
# ## 两年并排看
#
# 往下看之前先想：最近两年的赢单率变了吗？
# 如果变了，是各来源本身变好或变差，还是来源的构成变了？

# %% tags=["demo"]
before, after = cases.years(L.p)
change = fk.compare(L.p, before, after, by=cases.group(L.p))
change.plot()

# %% [markdown]
# [en]
# Read it aloud:
#
# [zh]
# 用一句话讲出来：

# %% tags=["demo"]
print(change.summary())

# %% [markdown] tags=["misconception"]
# [en]
# “… that the step with the largest change is the one to work on.”
# Late steps have few deals and swing by themselves.
# Look for the change that chance does not explain, even if it is smaller.
#
# [zh]
# “变化最大的那一步就是该下功夫的地方。”
# 后面的步骤商机少，本来就会大起大落。
# 要找的是正常波动解释不了的变化，哪怕数值更小。

# %% tags=["exercise"]
L.ask("L12.3")

# %% [markdown]
# [en]
# ## A sheet that changes
#
# A good stage sheet is improved every year, and that makes years less comparable.
# Number its versions, and compare only what means the same in both.
#
# [zh]
# ## 标准在改进
#
# 好的阶段标准每年都会改进，年与年之间也就没那么可比了。
# 给每一版编号，只比较两年含义相同的部分。

# %% tags=["exercise"]
L.ask("L12.4")

# %% [markdown] tags=["demo"]
# [en]
# ## A score on trial
#
# On practice data: learn from the deals closed by a day, then state probabilities for those that came later.
# Three ways compete: one rate for all, the odds of the stage, and a score that also knows whether two or more people had been met.
# Deals still open have no outcome yet and are left out.
#
# [zh]
# ## 检验评分
#
# 用练习数据：先用某一天之前已关闭的商机学习，再为之后的商机给出概率。
# 三种方法比一比：所有商机一个比率、按阶段的赢单概率，以及还考虑是否见过两位以上关键人的评分。
# 仍在途的商机还没有结果，不计入。

# %% tags=["demo"]
found = model.practised(language)
found.plot()

# %% tags=["demo"]
print(found.summary())
L.table(found.table())

# %% [markdown]
# [en]
# The gain is there and it is modest; on another firm's draw it can vanish.
# A small honest gain on later deals is worth more than a splendid one on the past.
#
# [zh]
# 有改进，但不大；换一家公司，可能就没有了。
# 在之后的商机上有小而真实的改进，胜过在历史数据上的漂亮成绩。

# %% [markdown]
# [en]
# ## Columns that know the future
#
# An export shows every field as it is today, for past deals too.
# What was filled late gives the end away, and a score learns it gladly.
#
# [zh]
# ## 知道未来的字段
#
# 导出文件里的每个字段都是今天的值，历史商机也一样。
# 后来才填的内容会泄露结局，评分会照单全收。

# %% tags=["exercise"]
L.ask("L12.6")

# %% [markdown]
# [en]
# ## What an error costs
#
# A score gives a probability; the business needs a yes or a no.
# Between the two stands a threshold, and what each kind of error costs.
#
# [zh]
# ## 出错的代价
#
# 评分给出的是概率，业务需要的是“管”还是“不管”。
# 中间隔着一个阈值，以及每种错误的代价。

# %% tags=["whatif"]
L.whatif("threshold")

# %% tags=["exercise"]
L.ask("L12.8")

# %% [markdown]
# [en]
# ## Is there enough to learn from?
#
# *Source of the least numbers below: the manual of one vendor (Gong), reported; other vendors ask for other numbers.*
#
# [zh]
# ## 数据够学吗？
#
# *下面的最低数量来自一家供应商（Gong）的手册，属转述；别家要求各有不同。*

# %% tags=["exercise"]
L.ask("L12.9")

# %% [markdown]
# [en]
# ## Your own data
#
# The course runs on your export as well: change `data` in the first cell.
# Two things have to be told: which column is which, and which label means which stage.
#
# [zh]
# ## 自己的数据
#
# 本课程也能在你自己的导出文件上运行：改第一个单元格里的 `data` 即可。
# 只需说明两件事：哪一列是什么，哪个叫法对应哪个阶段。

# %% tags=["exercise"]
L.ask("L12.10")

# %% tags=["exercise"]
L.ask("L12.11")

# %% [markdown]
# [en]
# ## Ninety days
#
# One measure, one owner, three dates.
# Clean data and standards first, then one action, then the verdict.
#
# [zh]
# ## 九十天
#
# 一个指标，一名负责人，三个日期。
# 先理数据和标准，再做一项行动，最后下结论。

# %% tags=["exercise"]
L.ask("L12.12")

# %% [markdown] tags=["trainer"]
# [en]
# Let everybody write the plan alone, then read it to a colleague who may ask one question only: “how will we know?”
# Plan ten minutes for the post-test in `quiz`: the same questions as before the course, so that the change can be seen.
# If time is short, leave out L12.4 and L12.10.
#
# [zh]
# 让每个人先独自写计划，再读给同伴听，同伴只许问一句：“怎么知道成没成？”
# 给 `quiz` 中的课后测验留十分钟：题目与课前相同，才看得出变化。
# 时间不够时略过 L12.4 和 L12.10。

# %% [markdown]
# [en]
# ## What an assistant may do, and how to find out
#
# Language models write call notes, summaries and first drafts, and answer questions about a pipeline. Three uses, three tests:
#
# - **Notes of a talk.** Take twenty talks; somebody who was there marks each sentence as said, not said, or wrong. What nobody said and stands there is worse than what is missing, because it becomes evidence.
# - **The need behind the words.** Let the assistant name the buyer's need from the notes, and the seller independently; ask the buyer which is right. Count.
# - **Numbers.** An assistant quotes, it does not calculate: each number needs its definition and its row, or it is not passed on.
#
# What it must not do: move a stage. That is the buyer's act, and a text about it is none. And what buyers wrote and said is theirs: ask whether it may go into somebody else's system.
#
# *Evidence: suppliers report hours saved (grade D: they sell it). Independent measurements on sales talks are few, and none known to us says that more was won. Your twenty talks are better evidence for your firm than any of them.*
#
# [zh]
# ## 智能助手能做什么，怎样验证
#
# 大语言模型能写通话纪要、摘要和初稿，也能回答关于在途商机的问题。三种用途，三种检验：
#
# - **通话纪要**。取二十次通话，由在场的人逐句标注：说过、没说过、说错。没人说过却写上去的，比漏掉的更糟，因为它会被当成依据。
# - **话背后的需求**。让助手从纪要里写出客户的需求，销售另外写一份，请客户说哪份对，数一数。
# - **数字**。助手只引用，不计算：每个数字要有定义和出处，否则不往外传。
#
# 它不该做的：推进阶段。那是客户的动作，写一段文字不算。客户写的、说的属于客户：能不能放进别人的系统，要先问。
#
# *依据：供应商说节省了多少小时（D 级：他们在卖）。对销售通话的独立测量很少，我们没有见过哪项说因此多赢了单。对你们公司来说，自己的二十次通话比那些都可靠。*

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
L.ask("L12.5")

# %% tags=["exercise"]
L.ask("L12.7")

# %% [markdown] tags=["debrief"]
# [en]
# ## Talk about it
#
# 1. Which of your standards has changed in two years, and who knows on which day?
# 2. Where would a score help you, and what would its two errors cost?
# 3. What could make you give up your plan before day 90, and who would say so?
#
# [zh]
# ## 讨论
#
# 1. 两年里你们的哪些标准改过？谁知道是哪天改的？
# 2. 评分在哪里能帮到你？两种错误的代价各是多少？
# 3. 什么情况会让你在第 90 天之前放弃计划？由谁来提出？

# %% [markdown] tags=["limits"]
# [en]
# ## What this cannot tell you
#
# A score finds what went together in the past; it does not say what to do, nor that help would have saved a deal.
# It learns the habits of those who fill in the CRM, their omissions too.
# Two years show that something changed, not why.
#
# [zh]
# ## 本课的局限
#
# 评分找到的是过去一同出现的现象，不告诉你该做什么，也不证明支援就能救回商机。
# 它学到的还有填 CRM 的人的习惯，包括漏填。
# 两年对比能看出有变化，看不出为什么。

# %% [markdown] tags=["keypoints"]
# [en]
# ## Key points
#
# - Compare years step by step, with intervals, on standards that are the same.
# - Test a score on later deals, against the odds of the stage.
# - Ask of every column on which day it is written.
# - The threshold belongs to whoever carries the costs.
# - End with one measure, one owner and three dates.
#
# Now take the test after the course, the same twenty questions as before it with other numbers: `from funnelkit.teach.quiz import quiz`, then `quiz("after")`; in a workshop, the printed sheet.
#
# [zh]
# ## 要点
#
# - 逐步比较两年，带上区间，只比标准相同的部分。
# - 用之后的商机检验评分，对手是按阶段的赢单概率。
# - 每个字段都要问：哪一天填的？
# - 谁承担代价，谁定阈值。
# - 最后落实到一个指标、一名负责人、三个日期。
#
# 现在做课后测验，题目与课前的二十道相同，数字不同：先 `from funnelkit.teach.quiz import quiz`，再 `quiz("after")`；培训班上用纸质题。

# %% tags=["exit"]
L.done()

# %% [markdown] tags=["report"]
# [en]
# ## In your report
#
# Run the review on your own export on day 30, 60 and 90: `funnelkit report funnel-review DATA`.
# Keep the three pages side by side.
#
# [zh]
# ## 写进报告
#
# 第 30、60、90 天各用自己的导出文件出一份报告：`funnelkit report funnel-review 数据`。
# 三份并排保存。
