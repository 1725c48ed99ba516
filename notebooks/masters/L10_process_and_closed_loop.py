# ---
# lesson:
#   id: L10
#   title: {en: "Process, milestones, closed loop", zh: "流程与闭环"}
#   summary:
#     en: "A process is worth what it changes in the daily work. This lesson measures how far histories follow it, counts back dated milestones, and lets data instead of votes judge whether an action worked."
#     zh: "流程的价值在于它改变了日常工作。本课衡量商机在多大程度上按流程推进，从签约日倒推里程碑，并用数据而不是表决来判断行动是否有效。"
#   audience:
#     en: "everybody who leads sellers or runs sales operations; no programming"
#     zh: "销售管理者和销售运营人员；无需编程"
#   teach_minutes: 24
#   exercise_minutes: 33
#   needs: [L02, L03]
#   questions:
#     - {en: "Which numbers can be managed at all?", zh: "哪些数字是真正能管的？"}
#     - {en: "Do we work as we say we do?", zh: "我们是不是说到做到、按流程走？"}
#     - {en: "By when must a deal be where?", zh: "什么时候商机必须走到哪一步？"}
#     - {en: "Did the action work?", zh: "采取的行动有没有用？"}
#   objectives:
#     - {id: O1, text: {en: "classify measures into activities, objectives on the way and results", zh: "把指标分为活动、过程目标和结果"}}
#     - {id: O2, text: {en: "calculate how many histories follow the process and which evidence is missing", zh: "算出有多少商机符合流程、缺少哪些依据"}}
#     - {id: O3, text: {en: "compare the variation between sellers before and after a date", zh: "比较某个日期前后各销售之间的差异"}}
#     - {id: O4, text: {en: "plan dated milestones backward from a signature", zh: "从签约日倒推里程碑日期"}}
#     - {id: O5, text: {en: "judge actions by cohorts before and after, and write one that can be judged", zh: "用前后两批商机判断行动是否有效，并写出一项可以判断的行动"}}
#   terms: [process management, milestone, evidence, backward move, skipped stage, standard operating process, closed-loop management, corrective action, owner, due date]
#   seeds: [S40, S41, S42, S43, S44, S45]
#   status: beta
# ---

# %% tags=["parameters"]
data = "industrial"
process = None
language = "en"

# %% tags=["setup"]
import funnelkit as fk
from funnelkit.control import ActionLog, conformance, evidence_gaps, milestones
from funnelkit.teach import open_lesson
from funnelkit.teach.bank import l10
from funnelkit.teach.practice import practice

L = open_lesson("L10", data, process, language)
L

# %% [markdown]
# [en]
# ## From the lesson before
#
# From L09, without looking: what are the four questions on the first day of a large deal?
#
# <details><summary>Write it down, then compare</summary>Is there a deal, can we compete, can we win, is it worth winning?</details>
#
# [zh]
# ## 上一课回顾
#
# L09 讲过，先不看：大单第一天要问的四个问题是什么？
#
# <details><summary>写下来，再对照</summary>有没有这个项目，能不能参与竞争，能不能赢，值不值得赢。</details>

# %% [markdown] tags=["guess"]
# [en]
# ## First your own guess
#
# How many of your agreed actions does anybody ever look at again?
#
# [zh]
# ## 先做自己的估计
#
# 会上定下的行动，后来还有人回头看吗？

# %% tags=["exercise"]
L.ask("L10.1")

# %% [markdown] tags=["story"]
# [en]
# ## The binder on the shelf
#
# The certificate of the sales process runs out. Renewing it costs six weeks of a good colleague: renew it, or let it go?
# A machine builder had to decide that about forty pages, certified and well printed.
# Asked for the last three deals that followed it, the sales director found one.
# Six sellers sold in six ways, and every Monday the same problems got new actions which nobody looked at again.
#
# What helped was not a better binder.
# It was four plain questions with numbers: **what can we decide, do we do it, by when, and did it work?**
# They need a rhythm: open deals every week, the numbers and the actions once a month.
#
# [zh]
# ## 书架上的流程手册
#
# 销售流程的认证到期了。续证要占用一位骨干六个星期：续，还是不续？
# 一家设备公司就面临这个选择：流程有四十页，通过了认证，印得很漂亮。
# 问起最近哪三个商机是照着走的，销售总监只找得出一个。
# 六名销售六种做法，每周一都为同样的问题定下新的行动，之后再没人看过。
#
# 后来起作用的不是更漂亮的手册。
# 而是四个有数字的问题：**什么是我们能决定的？做到了吗？什么时候做到？有没有用？**
# 还要有节奏：每周过单会看在途商机，月度经营分析会看数字和改进措施。

# %% [markdown]
# [en]
# ## What can be managed
#
# Revenue cannot be decided, a visit can.
# Between the two stand objectives on the way, such as a step rate: they move early when the work takes effect.
# A survey of 306 sales measures in use is reported to have found that 17% of them were activities; most of the rest were objectives and results.
#
# *Source: Jordan and Vazzana, Cracking the Sales Management Code, 2011, from a survey with the Sales Education Foundation; read second hand, one survey (grade C).*
#
# [zh]
# ## 什么是能管的
#
# 收入不能直接决定，拜访可以。
# 两者之间是过程目标，比如阶段转化率：工作起作用时，它最先变化。
# 据报道，一项调查收集了 306 个在用的销售指标，其中 17% 是动作，其余多数是过程目标和结果。
#
# *来源：Jordan 与 Vazzana 论销售管理的书（2011 年，英文），与 Sales Education Foundation 合作的调查；转述，仅此一项（C 级）。*

# %% tags=["exercise"]
L.ask("L10.2")

# %% [markdown] tags=["predict"]
# [en]
# ## Does the work follow the sheet?
#
# Before you read on: what share of all histories goes through the stages one by one, without a jump or a return?
# And which deviation is the most frequent?
#
# [zh]
# ## 实际推进符合流程吗？
#
# 往下看之前先估计：有多大比例的商机是一步一步推进、既不跳过也不退回的？
# 最常见的偏离是哪一种？

# %% tags=["demo"]
found = conformance(L.p, by="region")
found.plot()

# %% [markdown]
# [en]
# Read it aloud:
#
# [zh]
# 用一句话讲出来：

# %% tags=["demo"]
print(found.summary())

# %% tags=["demo"]
found

# %% [markdown] tags=["misconception"]
# [en]
# “… that leaving the process helps, because deals that left it are won more often.”
# Look at who they are: only a deal that came far can go back.
# A lead that died in the first week never had the chance to leave the sheet, and counts as a lost one that followed it.
# Compare deals that reached the same stage, or do not compare.
#
# [zh]
# “偏离流程的商机赢单率更高，所以不按流程反而好。”
# 看看都是哪些商机：走得远的才有可能退回。
# 第一周就结束的线索根本来不及偏离，却算作“符合流程的输单”。
# 要比，就比到达同一阶段的商机。

# %% tags=["exercise"]
L.ask("L10.3")

# %% [markdown]
# [en]
# ## What would you allow?
#
# Some jumps are sensible: a known customer needs no first contact.
# Allow a move and see how the share changes; a rule that everybody breaks is the wrong rule.
#
# [zh]
# ## 你会允许哪些走法？
#
# 有些跳过是合理的：老客户不需要初次联系。
# 允许某种走法，看占比怎么变；人人都违反的规则，问题在规则本身。

# %% tags=["whatif"]
L.whatif("moves")

# %% [markdown]
# [en]
# ## Less arbitrary than before?
#
# A common process shows in smaller differences between people.
# Compare the sellers before and after a date, and take off what chance alone would do.
#
# [zh]
# ## 随意性减少了吗？
#
# 统一流程的效果，体现在人与人之间的差异变小。
# 比较某个日期前后的各位销售，并扣除光凭运气就会有的差异。

# %% tags=["demo"]
middle = L.p.as_of.replace(year=L.p.as_of.year - 1)
print(conformance(L.p, before_after=middle).summary())

# %% [markdown] tags=["demo"]
# [en]
# ## Milestones with dates
#
# A milestone without a date is a wish.
# Count back from the signature: for half of the deals, then for eight in ten.
#
# [zh]
# ## 有日期的里程碑
#
# 没有日期的里程碑只是愿望。
# 从签约日往回推：先按一半商机的速度，再按十个里有八个能按时的速度。

# %% tags=["demo"]
milestones(f"{L.p.as_of.year}-12-31", L.p).plot()

# %% tags=["exercise"]
L.ask("L10.6")

# %% [markdown]
# [en]
# Now choose the signature yourself, and how certain you want to be.
#
# [zh]
# 现在自己选签约时间，以及想要的把握。

# %% tags=["whatif"]
L.whatif("dates")

# %% tags=["exercise"]
L.ask("L10.7")

# %% [markdown] tags=["demo"]
# [en]
# ## Close the loop
#
# An action is written down with a measure, an owner and a day.
# The log then compares the deals that began after the start with those before, all at the same age, and says: worked, not shown, worse, or too early.
# Below, an invented action on this firm: nothing was in fact done.
# What should the log say?
#
# [zh]
# ## 形成闭环
#
# 每项行动都写明指标、负责人和日期。
# 行动日志再把开始之后进来的商机，和之前的商机在同样的天数上相比，然后给出结论：有效、未见效果、变差或为时尚早。
# 下面用这家公司举一个虚构的行动，实际上什么也没有做。
# 日志应该怎么说？

# %% tags=["demo"]
log = ActionLog()
log.add(**l10.action(L.p))
reviews = log.review(L.p)
print(reviews.summary())

# %% tags=["demo"]
reviews

# %% tags=["exercise"]
L.ask("L10.8")

# %% [markdown]
# [en]
# ## Every step with its paper
#
# The loop is only as good as what was written down on the way.
# On practice data: which stages were left without the evidence the sheet asks for?
#
# [zh]
# ## 步步有依据
#
# 途中留下了什么记录，决定了闭环的质量。
# 用练习数据看：哪些阶段没有留下流程要求的依据就推进了？

# %% tags=["demo"]
print(evidence_gaps(practice("routes", 1)).summary())

# %% tags=["exercise"]
L.ask("L10.9")

# %% tags=["exercise"]
L.ask("L10.10")

# %% [markdown] tags=["trainer"]
# [en]
# Let pairs swap their written actions: each asks the other, “what would make you say in June that it did not work?”
# Expect resistance to the word “not shown”; many rooms hear it as “failed”. Draw an interval across zero on the board.
# If time is short, leave out L10.5 and do the milestones together.
#
# [zh]
# 让两人交换各自写的行动，互相问一句：“到六月看到什么，你会承认它没起作用？”
# “未见效果”常被听成“失败”，可以在白板上画一个跨过 0 的区间来说明。
# 时间不够时略过 L10.5，里程碑由全班一起做。

# %% [markdown]
# [en]
# ## The loop closes when the money is there
#
# A signature is a stage, cash is the end. Between them lie four days that belong into the same list of milestones: order confirmed, delivered, accepted, paid. For each: who sees it, in which system, and what is promised. Two numbers are enough to begin with: the days from signature to the last payment, and the share of what was due by now that has come. A deal won by payment in 120 days, and paid in 200, was not the deal that was reported.
#
# So the wins of a quarter are looked at once more, two quarters later: delivered, accepted, paid? Where it stops regularly, the cause often stands in the first half of the funnel, in a need that was never written down.
#
# *Evidence: a definition, no finding. The bundled data end at the signature; your own books hold the rest.*
#
# [zh]
# ## 回款到账，闭环才算完成
#
# 签约只是一个阶段，回款才是终点。中间有四个日子，应当列进同一张里程碑表：订单确认、发货、验收、回款。每个写明：谁能看到、在哪个系统、承诺是什么。先看两个数就够：从签约到最后一笔回款要多少天，到期的应收里收回了多少。以 120 天账期拿下、200 天才付清的单，已经不是当初上报的那一单。
#
# 所以，一个季度的赢单，两个季度之后再看一次：发货了吗？验收了吗？付清了吗？如果总在同一处停住，原因往往在漏斗前半段：需求从来没有写清楚。
#
# *依据：这是定义，不是研究发现。自带数据只到签约为止，后面的在你们自己的账上。*

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
L.ask("L10.4")

# %% tags=["exercise"]
L.ask("L10.5")

# %% [markdown] tags=["debrief"]
# [en]
# ## Talk about it
#
# 1. Which of your weekly figures is an activity, and which only tells what is over?
# 2. Which move off the sheet would you allow from tomorrow on, and which would you ask about every time?
# 3. Which action of last quarter would get the verdict “not shown”, and what would you do then?
#
# [zh]
# ## 讨论
#
# 1. 你每周看的数字里，哪些是动作，哪些只反映已经过去的事？
# 2. 哪种偏离流程的走法，你愿意从明天起允许？哪种每次都要问？
# 3. 上季度哪项行动会得到“未见效果”的结论？那之后怎么办？

# %% [markdown] tags=["limits"]
# [en]
# ## What this cannot tell you
#
# A history that follows the sheet may still be badly sold, and the sheet itself may be wrong.
# Before and after is no proof of cause: something else may have begun on the same day; a group without the action helps.
# The dates assume that the stages' times do not depend on each other.
#
# [zh]
# ## 本课的局限
#
# 符合流程不代表卖得好，流程本身也可能不对。
# 前后比较不能证明因果：同一天也许还有别的变化；有一组没采取行动的作对照会更可靠。
# 倒推日期假定各阶段的停留时长互不影响。

# %% [markdown] tags=["keypoints"]
# [en]
# ## Key points
#
# - Manage activities, watch the objectives on the way, answer for results.
# - Count the histories that follow the sheet; allow what is sensible, ask about the rest.
# - Milestones need dates, and medians added up promise too much.
# - A verdict needs enough deals, an interval and a review day.
#
# [zh]
# ## 要点
#
# - 管活动，盯过程目标，对结果负责。
# - 数一数有多少商机符合流程：合理的偏离就允许，其余的要问。
# - 里程碑要有日期；把中位数相加会承诺过头。
# - 下结论需要足够的商机、区间和复盘日。

# %% tags=["exit"]
L.done()

# %% [markdown] tags=["report"]
# [en]
# ## In your report
#
# Conformance, evidence gaps and the action log make the section on the process in the review: `funnelkit report funnel-review DATA`.
#
# [zh]
# ## 写进报告
#
# 流程符合情况、缺失的依据和行动日志组成报告中的流程一节：`funnelkit report funnel-review 数据`。
