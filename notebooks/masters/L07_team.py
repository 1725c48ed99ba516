# ---
# lesson:
#   id: L07
#   title: {en: "Team: execution, review, new hires", zh: "执行力、协作与新人培养"}
#   summary:
#     en: A target becomes work only in somebody's week. This lesson turns it into hours, gives each seller one focus where the data allow it, brings new colleagues in step by step, and finds where deals wait between two roles.
#     zh: 目标要落到每个人的一周里才能执行。本课把目标换算成时间，在数据允许时为每人定一个改进重点，帮助新同事逐步上手，并找出商机在岗位之间等待的地方。
#   audience:
#     en: sales managers, team leads, those who bring in new colleagues; no programming
#     zh: 销售经理、团队主管、新人导师；无需编程
#   teach_minutes: 20
#   exercise_minutes: 45
#   needs: [L03, L06]
#   questions:
#     - {en: "Does the week hold what the target asks for?", zh: "一周的时间够完成目标吗？"}
#     - {en: "What should each seller work on, and when is it too early to say?", zh: "每位销售该改进什么？什么时候还不能下结论？"}
#     - {en: "How does a new colleague get to full strength?", zh: "新同事怎样才能独当一面？"}
#     - {en: "Where do deals wait for us?", zh: "商机在哪里等我们？"}
#   objectives:
#     - {id: O1, text: {en: "name what the funnel gives a team and by which measure one sees it", zh: "说出漏斗给团队带来什么、用什么指标验证"}}
#     - {id: O2, text: {en: "plan a week of activities within the hours there are", zh: "在可用时间内安排一周的活动"}}
#     - {id: O3, text: {en: "judge sellers' figures fairly: one focus, or not enough data", zh: "公平看待个人数据：一个重点，或数据不足"}}
#     - {id: O4, text: {en: "plan the first ninety days and calculate the ramp", zh: "规划新人前九十天并计算成长期产能"}}
#     - {id: O5, text: {en: "find where deals wait between roles and what a short review begins with", zh: "找出商机在岗位之间的等待，并确定评审从哪里谈起"}}
#   terms: [execution, deal review, onboarding, certification, ramp, ramped rep equivalents]
#   seeds: [S15, S18, S19, S20, S33]
#   status: beta
# ---

# %% tags=["parameters"]
data = "industrial"
process = None
language = "en"

# %% tags=["setup"]
import funnelkit as fk
from funnelkit.teach import open_lesson

L = open_lesson("L07", data, process, language)
L

# %% [markdown]
# [en]
# ## From the lesson before
#
# From L06, without looking: twelve equal sellers, one lies lowest. What do you ask before you act?
#
# <details><summary>Write it down, then compare</summary>How many were compared, and whether chance alone does that.</details>
#
# [zh]
# ## 上一课回顾
#
# L06 讲过，先不看：十二名水平相同的销售，总有一个垫底。行动之前先问什么？
#
# <details><summary>写下来，再对照</summary>比了多少个？光凭运气会不会就成这样？</details>

# %% [markdown] tags=["guess"]
# [en]
# ## First your own guess
#
# Two numbers about your own team.
#
# [zh]
# ## 先做自己的估计
#
# 写下关于自己团队的两个数。

# %% tags=["exercise"]
L.ask("L07.1")

# %% [markdown] tags=["story"]
# [en]
# ## Twelve good intentions
#
# There is money for one thing: a second presales engineer, a training for all, or a coach for one seller. The manager has to say which by Friday.
# Behind her lies a yearly meeting that ended with a target on a slide and applause.
# Now, in March, she asks each of the twelve sellers what they do differently since then.
# Eleven say “more”.
# One opens a calendar: five first calls on Monday morning, one need to be gone through on Wednesday, Friday for the running offers.
# That seller is not better than the others; but it can be seen in the calendar whether the target is being worked on.
#
# **Execution begins when a target has hours, one focus and somebody who does not have to wait.**
#
# [zh]
# ## 十二个好愿望
#
# 钱只够办一件事：再招一名售前、全员培训，或者给一位销售请教练。经理周五前要定。
# 年初启动会上，签完目标责任书，大家鼓掌散会。
# 如今三月，她问十二位销售：从那以后，做法有什么不同？
# 十一位说：“更努力。”
# 一位打开日历：周一上午五个首次电话，周三梳理一个需求，周五跟进在途报价。
# 这位销售不比别人强，但目标有没有在推进，看日历就知道。
#
# **目标排进了时间、每人有一个重点、彼此不用干等，才谈得上执行力。**

# %% tags=["exercise"]
L.ask("L07.2")

# %% [markdown]
# [en]
# ## From the target to a week
#
# Go up the funnel from the wins, then spread the work over the weeks.
#
# [zh]
# ## 从目标到一周
#
# 从赢单数沿漏斗往上倒推，再分摊到每周。

# %% tags=["exercise"]
L.ask("L07.3")

# %% tags=["exercise"]
L.ask("L07.4")

# %% [markdown]
# [en]
# ## What a bad month does to the calendar
#
# A small model: a new deal can be won in its third month, offers left waiting go cold.
# First move the split, then let bad months pull hours away from opening.
# The same months can be played, alone or in teams: the app “Feast or famine” (`funnelkit apps`).
#
# [zh]
# ## 业绩差的月份会怎样改变日历
#
# 一个小模型：新商机到第三个月才可能赢单，没人跟进的报价会变冷。
# 先调时间分配，再试试业绩一差就挪走开拓时间。
# 同样的规则可以一个人玩，也可以分组玩：应用“忙闲交替”（`funnelkit apps`）。

# %% tags=["whatif"]
L.whatif("hours")

# %% [markdown] tags=["predict"]
# [en]
# ## Who sells best?
#
# Before you read on: in a team of a dozen, how far apart are the first and the last?
# Would you bet that the order is the same next year?
#
# [zh]
# ## 谁卖得最好？
#
# 往下看之前：十来个人的团队，第一名和最后一名差多少？
# 你敢打赌明年的名次不变吗？

# %% tags=["demo"]
from funnelkit.teach.bank import l07

rates = fk.win_rate(l07.team(L.p), by="owner")
rates.plot()

# %% [markdown]
# [en]
# Read it aloud:
#
# [zh]
# 用一句话讲出来：

# %% tags=["demo"]
print(rates.summary())

# %% [markdown] tags=["misconception"]
# [en]
# “… that the first in the list sells best and the last should learn from the first.”
# Where the intervals overlap, next year's order may be another one.
# Look for one stage that lies clearly below the team's; where there is none, say so.
#
# [zh]
# “第一名卖得最好，最后一名应该向他学。”
# 区间重叠时，明年的名次可能完全不同。
# 应该找明显低于团队的那一个阶段；没有就说没有。

# %% [markdown] tags=["demo"]
# [en]
# ## One focus for each
#
# For every seller the stage furthest below the team, with its interval.
# The interval allows for the many comparisons, so a focus is rare and means something.
#
# [zh]
# ## 每人一个重点
#
# 列出每位销售与团队差距最大的阶段及区间。
# 同时比了很多项，区间已经放宽，所以“改进重点”不常出现；一旦出现，就该当回事。

# %% tags=["demo"]
L.table(l07.focus_table(l07.team(L.p)))

# %% tags=["exercise"]
L.ask("L07.5")

# %% [markdown]
# [en]
# ## How many deals before a verdict?
#
# Ask for more deals and watch how many colleagues are left without one.
#
# [zh]
# ## 多少个商机才下结论？
#
# 提高最低商机数，看有多少人变成“数据不足”。

# %% tags=["whatif"]
L.whatif("smallest")

# %% [markdown]
# [en]
# ## Figures about people
#
# Behind every row stands a person.
# Say beforehand what is measured and what for, keep no more than that, show it to the person first.
# Laws on personal data ask for the same; check what holds where you work before you publish names.
#
# [zh]
# ## 关于人的数据
#
# 每一行数据背后都是一个人。
# 事先说明衡量什么、为了什么，只保留必要的数据，先给本人看。
# 个人信息保护的法律也这样要求；公布姓名之前，请先确认当地规定。

# %% tags=["exercise"]
L.ask("L07.6")

# %% [markdown]
# [en]
# ## New colleagues
#
# The stage sheet is the shortest training there is: it says what has to be true, and by what one sees it.
#
# [zh]
# ## 新同事
#
# 阶段标准就是最短的培训教材：写明什么必须成立、凭什么判断。

# %% tags=["exercise"]
L.ask("L07.7")

# %% tags=["exercise"]
L.ask("L07.8")

# %% tags=["exercise"]
L.ask("L07.9")

# %% [markdown]
# [en]
# Begin earlier, or shorten the ramp: which gives more of this year?
#
# [zh]
# 早点入职，还是缩短成长期：哪个让今年的产能更多？

# %% tags=["whatif"]
L.whatif("ramp")

# %% [markdown] tags=["demo"]
# [en]
# ## A ramp as it really looks
#
# A new seller of a practice team, month by month, beside the plan.
# See how wide the band is: single months say nothing.
#
# [zh]
# ## 真实的成长期是什么样
#
# 练习团队里一位新销售的逐月成绩，旁边是计划。
# 注意区间有多宽：单个月份说明不了什么。

# %% tags=["demo"]
curve = l07.newcomer()
print(curve.summary())
curve.plot()

# %% tags=["exercise"]
L.ask("L07.10")

# %% [markdown]
# [en]
# ## Where deals wait for us
#
# A buyer does not see departments, only days.
# When all look at the same table, the talk is about the gap between two roles and no longer about who is to blame.
#
# [zh]
# ## 商机在哪里等我们
#
# 客户看不见部门，只感觉到天数。
# 大家看同一张表时，谈的是两个岗位之间的空档，而不是追究谁的责任。

# %% tags=["exercise"]
L.ask("L07.11")

# %% [markdown] tags=["demo"]
# [en]
# ## Thirty minutes, one page
#
# The page of a review: which checkpoints fired on the open deals, the most urgent in the accent colour.
# Everybody reads it before; the meeting is for deals that need somebody else.
#
# [zh]
# ## 三十分钟，一页纸
#
# 过单用的一页纸：在途商机触发了哪些控制点，最急的标深色。
# 会前各自看完，会上只谈需要别人帮忙的商机。

# %% tags=["demo"]
page = fk.checkpoints(L.p)
print(page.summary())
page.plot()

# %% tags=["exercise"]
L.ask("L07.12")

# %% [markdown] tags=["trainer"]
# [en]
# Let pairs run a review of ten minutes with the page of L07.12: one asks, one answers, then change.
# Whoever asks may use three questions only: what did the buyer do last, what comes next and when, what do you need from us?
# No names on the board in the part on figures about people.
#
# [zh]
# 两人一组，用 L07.12 的页面做十分钟评审：一人问，一人答，然后交换。
# 提问者只能问三个问题：客户上一步做了什么？下一步是什么、什么时候？需要我们帮什么？
# 讨论个人数据时，白板上不写姓名。

# %% [markdown]
# [en]
# ## Transparency is a promise between teams
#
# A shared page helps when it holds promises, one for each hand-over, with a definition and a clock:
#
# - **Marketing to sales**: a lead is one that answered and named a use; sales calls within a working day and says within five whether it was one.
# - **Sales to presales**: need summary confirmed by the buyer; presales names the day of the offer within two.
# - **Sales to service**: what was promised in the contract, handed over before the signature, not after it.
#
# Each promise has one number on the page for both sides: how many were kept. It is read aloud by the one who **received**.
#
# *Evidence: an audit of firms' answers to inquiries (Harvard Business Review, 2011) reports that those who called within an hour were about seven times as likely to qualify a lead as those who called an hour later. Observed, not tried: quick firms differ in other ways as well (grade B).*
#
# [zh]
# ## 透明是团队之间的承诺
#
# 一张共用的表要写承诺才有用：每次交接一条，有定义，有时限。
#
# - **市场到销售**：线索是指有回应、说出用途的；销售一个工作日内联系，五天内反馈算不算。
# - **销售到售前**：需求摘要经客户确认；售前两天内给出方案日期。
# - **销售到服务**：合同里承诺了什么，签约之前交接，不是之后。
#
# 每条承诺在表上有一个双方都看的数：兑现了多少。由**接手的一方**念出来。
#
# *依据：《哈佛商业评论》2011 年对企业答复询价的调查称，一小时内联系的企业，谈成有效线索的可能，约是晚一小时的企业的七倍。这是观察，不是试验：反应快的企业在别的方面也不同（B 级）。*

# %% [markdown] tags=["debrief"]
# [en]
# ## Talk about it
#
# 1. What would have to leave your week so that opening keeps its hours?
# 2. Which figure about you would you like to see first, before your manager does?
# 3. Which promise between two roles would shorten the longest wait?
#
# [zh]
# ## 讨论
#
# 1. 要保住开拓的时间，你的一周里必须去掉什么？
# 2. 关于你的哪个数据，你希望比上级先看到？
# 3. 哪两个岗位之间的约定，能缩短最长的等待？

# %% [markdown] tags=["limits"]
# [en]
# ## What this cannot tell you
#
# A rate does not say whether somebody has the harder customers; compare like with like.
# Hours planned are not hours worked, and hours worked are not yet good talks.
# A ramp plan is an assumption of the firm, not a law: check it with every new colleague.
#
# [zh]
# ## 本课的局限
#
# 比率看不出谁的客户更难做，要同类相比。
# 计划的时间不等于投入的时间，投入的时间也不等于有效的交流。
# 成长期计划是公司的假设，不是定律，每来一位新同事都要验证。

# %% [markdown] tags=["keypoints"]
# [en]
# ## Key points
#
# - A target is ready for work when it fits into a week.
# - One focus for each seller, and only where the data carry it.
# - Whoever is measured sees it first; figures lead to help.
# - Count new colleagues by their ramp; judge them early by what can be seen early.
# - Look for waits between roles, then agree on a promise.
#
# [zh]
# ## 要点
#
# - 目标放得进一周，才算能执行。
# - 每人一个重点，而且数据要撑得住。
# - 被衡量的人先看到；数据用来提供帮助。
# - 新人按成长期折算；早期只看早期能看到的东西。
# - 找岗位之间的等待，再约定答复时间。

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
L.ask("L07.13")

# %% tags=["exit"]
L.done()

# %% [markdown] tags=["report"]
# [en]
# ## In your report
#
# The page of fired checkpoints is part of the funnel review: `funnelkit report funnel-review DATA`.
#
# [zh]
# ## 写进报告
#
# 控制点页面是漏斗分析报告的一部分：`funnelkit report funnel-review 数据`。
