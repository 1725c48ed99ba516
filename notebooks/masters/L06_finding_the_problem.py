# ---
# lesson:
#   id: L06
#   title: {en: "Finding the problem, control points", zh: "问题识别与关键控制点"}
#   summary:
#     en: Something is always below average. This lesson shows how to read what moved, how to set alarms whose cost you know, how to find stage, segment and month of a real fault, and when to leave the numbers alone.
#     zh: 总有某个数字低于平均。本课学习怎样读懂变动、怎样设置代价清楚的预警、怎样找到真问题的阶段、分组和月份，以及什么时候不该行动。
#   audience:
#     en: sales managers, team leads and those who prepare reviews; no programming
#     zh: 销售经理、团队主管及评审准备人员；无需编程
#   teach_minutes: 28
#   exercise_minutes: 37
#   needs: [L03]
#   questions:
#     - {en: "What moved, and which way?", zh: "什么变了，往哪边变？"}
#     - {en: "From when on is a deal stuck, and what does an alarm cost?", zh: "停多久算停滞？预警要付出什么代价？"}
#     - {en: "Where is the fault, and since when?", zh: "问题在哪里，从什么时候开始？"}
#     - {en: "When is it only chance?", zh: "什么时候只是正常波动？"}
#   objectives:
#     - {id: O1, text: {en: "read the movement of a quarter, in and out", zh: "读懂一个季度的流入与流出"}}
#     - {id: O2, text: {en: "set control points and weigh what they catch against their false alarms", zh: "设置关键控制点，权衡命中与误报"}}
#     - {id: O3, text: {en: "find stage, segment and month of a fault and name an action", zh: "找到问题所在的阶段、分组和月份，并提出措施"}}
#     - {id: O4, text: {en: "split a change into rate and mix", zh: "把变化拆成水平效应和结构效应"}}
#     - {id: O5, text: {en: "decide when the data do not allow a verdict", zh: "判断什么时候数据不足以下结论"}}
#   terms: [performance control, control point, stage ageing, stalled deal, slippage, pull-in, pipeline review, rate effect, mix effect, "Simpson's paradox", root cause]
#   seeds: [S17, S26, S28, S29, S30, S32]
#   status: beta
# ---

# %% tags=["parameters"]
data = "industrial"
process = None
language = "en"

# %% tags=["setup"]
import funnelkit as fk
from funnelkit.teach import open_lesson

L = open_lesson("L06", data, process, language)
L

# %% [markdown]
# [en]
# ## From the lesson before
#
# From L05, without looking: 6.95 million is the weighted sum. Why is less than that likely?
#
# <details><summary>Write it down, then compare</summary>The mean is lifted by a large deal that comes whole or not at all.</details>
#
# [zh]
# ## 上一课回顾
#
# L05 讲过，先不看：加权合计 695 万，为什么实际多半达不到？
#
# <details><summary>写下来，再对照</summary>平均值被一个要么全成、要么不成的大单抬高了。</details>

# %% [markdown] tags=["guess"]
# [en]
# ## First your own guess
#
# Two numbers, before any data.
# You meet both again in this lesson.
#
# [zh]
# ## 先做自己的估计
#
# 先写下两个数，不看数据。
# 本课后面都会揭晓。

# %% tags=["exercise"]
L.ask("L06.1")

# %% [markdown] tags=["story"]
# [en]
# ## The region that was fine in every report
#
# In January a regional manager reads: pipeline up, coverage good, the year's plan in sight.
# In June the quarter is missed by a third.
# Looking back, one presales engineer had left in the autumn; from then on offers lay three times as long, and half as many went on.
# Everything needed to see it stood in the system by December.
#
# Nobody had asked the question the numbers could answer: **which step, of which group, since when, lies further below its own kind than chance allows?**
#
# [zh]
# ## 每份报告里都正常的区域
#
# 一月，某区域经理看到：在途商机增长，储备充足，年度计划在望。
# 到了六月，季度业绩差了三分之一。
# 回头看，秋天走了一位售前工程师；从那以后，报价停留的时间变成三倍，继续推进的少了一半。
# 其实到十二月，系统里的数据就足以看出来。
#
# 只是没有人去问数据能回答的那个问题：**哪一步、哪个分组、从什么时候起，明显低于同类，不是运气问题？**

# %% [markdown] tags=["demo"]
# [en]
# ## What moved
#
# Start and end of a quarter hide how much came and went between them.
# The waterfall names every reason; its steps add up exactly.
#
# [zh]
# ## 什么变了
#
# 只看季初和季末，看不出中间进出了多少。
# 瀑布图逐项列出原因，各项相加对得上。

# %% tags=["demo"]
from funnelkit.teach.bank import l06

moved = fk.movement(L.p, *l06.last_quarter(L.p))
moved.plot()

# %% [markdown]
# [en]
# Read it aloud:
#
# [zh]
# 用一句话讲出来：

# %% tags=["demo"]
print(moved.summary())

# %% [markdown] tags=["misconception"]
# [en]
# “… that a pipeline of the same size means a quiet quarter.”
# The whole pipeline may have been replaced: as much was lost as came in.
# Read the steps, not the ends.
#
# [zh]
# “在途漏斗总额没变，说明这个季度很平稳。”
# 可能在途商机整个换了一遍：流失多少就补了多少。
# 要看中间各项，不要只看两头。

# %% tags=["exercise"]
L.ask("L06.2")

# %% [markdown]
# [en]
# ## What to look at every week
#
# A number helps in a review if one can still act on it.
#
# [zh]
# ## 每周看什么
#
# 例会上的指标，要在还能行动的时候告诉你。

# %% tags=["exercise"]
L.ask("L06.3")

# %% tags=["exercise"]
L.ask("L06.4")

# %% [markdown] tags=["demo"]
# [en]
# ## From when on is a deal stuck?
#
# The limit comes from the deals that moved on: four of five were through by the amber day.
# Red is half as long again.
#
# [zh]
# ## 停多久算停滞？
#
# 上限来自继续推进的商机：五个里有四个在黄色天数之内就推进了。
# 红色是它的 1.5 倍。

# %% tags=["demo"]
L.table(l06.limits(L.p))

# %% [markdown] tags=["demo"]
# [en]
# A limit is a rule, and a rule can be tested on the past.
# The chart asks the rule of every deal that has ended, while it was still open.
#
# [zh]
# 上限就是一条规则，规则可以拿过去来检验。
# 下图对每个已关闭商机，在它当时还在途的时候试用这条规则。

# %% tags=["demo"]
from funnelkit.control import rule_quality

quality = rule_quality(L.p, l06.own_rule(L.p), l06.watched(L.p))
print(quality.summary())
quality.plot()

# %% [markdown]
# [en]
# ## Where would you put the limit?
#
# Move it and watch the false alarms.
#
# [zh]
# ## 你会把上限定在哪里？
#
# 拖动上限，看误报怎么变。

# %% tags=["whatif"]
L.whatif("threshold")

# %% tags=["exercise"]
L.ask("L06.6")

# %% [markdown] tags=["predict"]
# [en]
# ## Where does it leak?
#
# Before you read on: which stage and which group of this firm would you name?
# Say it aloud; then see what stands out beyond chance, and out of how many comparisons.
#
# [zh]
# ## 漏在哪里？
#
# 往下看之前：你觉得这家公司是哪个阶段、哪个分组有问题？
# 先说出来，再看哪些超出了正常波动，一共比较了多少次。

# %% tags=["demo"]
from funnelkit.measures.diagnose import diagnose

found = diagnose(L.p)
print(found.summary())
found.plot()

# %% [markdown]
# [en]
# ## The same table, read for chances
#
# Whoever looks for trouble alone sees half of the table. A deal is a chance where it stands **better** than its kind: the buyer acted within the last two weeks, it has stood shorter than half of the deals won from this stage, and its next step has a date. Three more places to look: customers who bought once and have not been asked for a year; a source whose deals go on more often than the others beyond chance; lost deals whose reason was a date, when that date has passed.
#
# The strategy follows from the kind: give hours to the first, a call to the second, more of the source to the third, and a second visit to the fourth. A chance is a list with names for Monday, no mood.
#
# *Evidence: the marks are the mirror image of the control points of this lesson; that they pay has to be shown on your own data, with a group that is left alone (grade D until then).*
#
# [zh]
# ## 同一张表，也能找到好苗头
#
# 只找毛病，表就只看了一半。一个商机比同类**更好**，就是苗头：客户两周内有动作，停留时间短于从这一阶段赢单的一半商机，下一步有日期。还有三处可看：买过一次、一年没人联系的客户；推进明显好于其他的来源；因时间原因丢掉、而那个时间已经过去的输单。
#
# 对策由类型决定：第一类多给时间，第二类打个电话，第三类多要这种来源，第四类再去拜访一次。好苗头是周一的一份名单，不是一种感觉。
#
# *依据：这些标志与本课的控制点互为镜像；是否真能多赢，要用自己的数据、留一组对照来证明（在此之前为 D 级）。*

# %% [markdown] tags=["misconception"]
# [en]
# “… that the step with the lowest rate is the problem.”
# Some steps are low in every firm that sells this way.
# A problem is a step that lies clearly below the same step elsewhere, or below its own past.
#
# [zh]
# “转化率最低的那一步就是问题。”
# 有些步骤，这样做生意的公司都低。
# 真正的问题，是明显低于别处同一步，或低于自己过去的那一步。

# %% tags=["exercise"]
L.ask("L06.8")

# %% tags=["exercise"]
L.ask("L06.9")

# %% [markdown]
# [en]
# ## From place and month to the cause
#
# Place, step and month are found by numbers; a cause is tried against them. Write down every cause somebody believes in, and beside each: **what else would have to be visible if it were true?**
#
# | cause | would have to be visible | not visible means |
# |---|---|---|
# | a rival's price | one region or product, losses that name him | look elsewhere |
# | a seller | one owner, before and after | look elsewhere |
# | a new form, a missing expert | one step, everywhere, from one week on; longer waits | look elsewhere |
# | the way of counting | a date on which a definition or a field changed | look elsewhere |
# | the market | later steps and new leads fall as well | look elsewhere |
#
# What is left is a suspicion with few rivals, no proof. The proof is a change with a group that goes on as before. Asking “why” five times leads deeper, but only along the line one began with; the table keeps the other lines open.
#
# *Evidence: the reasoning is that of every field without laboratory; that asking why five times finds causes rests on practice reports (grade C).*
#
# [zh]
# ## 从位置和月份到原因
#
# 在哪一步、哪个月，数字能找出来；原因要拿数字去检验。把大家相信的原因都写下来，每个旁边写：**如果真是它，还应该看到什么？**
#
# | 原因 | 应该看到 | 看不到说明 |
# |---|---|---|
# | 对手降价 | 只在一个区域或产品，输单写明是他 | 另找 |
# | 某位销售 | 只在一个人，前后都有 | 另找 |
# | 新表格、缺专家 | 只在一步，各处都有，从某一周起等待变长 | 另找 |
# | 口径变化 | 某天改过定义或字段 | 另找 |
# | 市场 | 后面各步和新增线索也在降 | 另找 |
#
# 剩下的是竞争者不多的怀疑，还不是证明。证明要靠一项改进，并留一组照旧。连问五个“为什么”能挖得深，但只沿着开头那一条线；这张表让其他线也开着。
#
# *依据：没有实验室的学科都这样推理；“五个为什么”能找到原因，只有实践报告（C 级）。*

# %% [markdown] tags=["demo"]
# [en]
# ## “Clearly” is a limit, not a feeling
#
# One rate of this firm, month by month; inside the band a month is as usual for its size.
# A drop that lasts can be found although no single month leaves the band: the sentence tells whether there is one.
# Where your own data hold too few months, you see a practice firm.
#
# [zh]
# ## “明显”是一条界线，不是感觉
#
# 这是某一阶段转化率的逐月变化；落在带内，就是该样本量下的正常波动。
# 即使没有哪个月越过上下限，持续的下降也能被发现：下面这句话会说明有没有。
# 如果自有数据月份太少，这里显示练习公司。

# %% tags=["demo"]
watch = l06.months(L.p)
print(watch.summary())
watch.plot()

# %% [markdown] tags=["trainer"]
# [en]
# Stop after L06.9 and collect causes on the board before anybody proposes an action.
# Ask of each cause: what else would have to be visible if it were true?
# Keep to ways of working; names of people stay off the board.
#
# [zh]
# 做完 L06.9 先停一下，把可能的原因写在白板上，再谈措施。
# 对每个原因追问：如果真是这样，还应该看到什么？
# 只谈做法，不在白板上写人名。

# %% [markdown] tags=["demo"]
# [en]
# ## Rate or mix?
#
# A total can rise while every part falls, if more of the business comes from the better part.
# Here is the last year against the one before, by source.
#
# [zh]
# ## 水平还是结构？
#
# 如果业务更多来自本来就好的部分，各部分都下降时总数也能上升。
# 下面按来源比较最近一年和前一年。

# %% tags=["demo"]
change = fk.compare(L.p, *l06.two_years(L.p), "source")
print(change.summary())
change.plot()

# %% [markdown]
# [en]
# ## When to leave it alone
#
# Whoever compares many groups finds a bad one, also where there is none.
#
# [zh]
# ## 什么时候不该行动
#
# 比较的分组一多，总能找出一个差的，哪怕其实没有。

# %% tags=["exercise"]
L.ask("L06.11")

# %% tags=["whatif"]
L.whatif("luck")

# %% tags=["exercise"]
L.ask("L06.12")

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
L.ask("L06.5")

# %% tags=["exercise"]
L.ask("L06.7")

# %% tags=["exercise"]
L.ask("L06.10")

# %% [markdown] tags=["debrief"]
# [en]
# ## Talk about it
#
# 1. Which alarm of your own team rings so often that nobody listens?
# 2. Which of your last corrective actions answered to chance?
# 3. Who has to be asked before a number becomes a verdict?
#
# [zh]
# ## 讨论
#
# 1. 你们团队里哪个预警响得太多，已经没人理？
# 2. 最近哪项改进措施，其实针对的是正常波动？
# 3. 在数字变成结论之前，应该先问谁？

# %% [markdown] tags=["limits"]
# [en]
# ## What this cannot tell you
#
# A diagnosis names place and time, not the cause: that is found by talking to people and opening deals.
# “Nothing stands out” does not mean that all is well: with few deals only large faults can be seen.
# A rule that rings says a deal needs a talk, not that somebody did badly.
#
# [zh]
# ## 本课的局限
#
# 诊断指出地点和时间，不指出原因：原因要靠和人谈、看具体商机。
# “没有异常”不等于一切都好：商机少的时候，只看得见大问题。
# 预警说明这个商机需要谈一谈，并不说明谁做得不好。

# %% [markdown] tags=["keypoints"]
# [en]
# ## Key points
#
# - Read what moved, step by step; the ends alone hide it.
# - An alarm has a price: know what it catches and how often it rings in vain.
# - Compare a step with its own kind, and allow for the number of comparisons.
# - Split a change into rate and mix before you praise or blame.
# - Too little data is a finding.
#
# [zh]
# ## 要点
#
# - 逐项看变动，只看两头会被蒙住。
# - 预警有代价：要知道它抓住了多少、误报了多少。
# - 同类相比，并考虑一共比较了多少次。
# - 表扬或批评之前，先拆成水平效应和结构效应。
# - “数据不足”本身就是结论。

# %% [markdown] tags=["exit"]
# [en]
# ## One action to take along
#
# [zh]
# ## 带走一条措施

# %% tags=["exercise"]
L.ask("L06.13")

# %% tags=["exit"]
L.done()

# %% [markdown] tags=["report"]
# [en]
# ## In your report
#
# Movement, diagnosis and the deals that rang stand in the funnel review: `funnelkit report funnel-review DATA`.
#
# [zh]
# ## 写进报告
#
# 变动、诊断和预警的商机都在漏斗分析报告里：`funnelkit report funnel-review 数据`。
