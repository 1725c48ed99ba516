# ---
# lesson:
#   id: L02
#   title: {en: "Stages, standards, evidence, CRM", zh: "阶段与标准"}
#   summary:
#     en: "A funnel is as good as the meaning of its stages. This lesson cuts a sale into stages of the buyer, writes entry and exit so that two people decide alike, asks for evidence, and checks what the CRM has made of it."
#     zh: "漏斗好不好用，取决于阶段的含义是否清楚。本课按客户的进程划分阶段，写出人人判断一致的准入和推进标准，要求留下依据，并检查 CRM 里的记录。"
#   audience:
#     en: "everybody who moves deals in a CRM or reads its reports; no programming"
#     zh: "所有在 CRM 里维护商机或看报表的人；无需编程"
#   teach_minutes: 25
#   exercise_minutes: 40
#   needs: [L01]
#   questions:
#     - {en: "How many stages, and which?", zh: "分几个阶段，分哪些？"}
#     - {en: "What has to be true before a deal moves?", zh: "满足什么条件，商机才能推进？"}
#     - {en: "Can the records of the CRM be trusted?", zh: "CRM 里的记录可信吗？"}
#   objectives:
#     - {id: O1, text: {en: "choose four to eight stages for a given sale and order the building steps", zh: "为不同类型的销售选定四到八个阶段，并排好搭建步骤"}}
#     - {id: O2, text: {en: "classify notes as evidence or activity and repair weak criteria", zh: "区分依据与动作，并修改含糊的标准"}}
#     - {id: O3, text: {en: "write entry and exit of a stage with an act of the buyer", zh: "用客户行为写出一个阶段的准入和推进标准"}}
#     - {id: O4, text: {en: "find defects in a CRM export and judge its default probabilities", zh: "找出 CRM 导出中的问题，并判断预设概率是否可用"}}
#   terms: [entry criteria, exit criteria, buyer-verifiable outcome, evidence, required field, control point, no decision, stage history]
#   seeds: [S11, S21, S22, S23, S24, S27]
#   status: beta
# ---

# %% tags=["parameters"]
data = "industrial"
process = None
language = "en"

# %% tags=["setup"]
import funnelkit as fk
from funnelkit.teach import open_lesson
from funnelkit.teach.bank.l02 import chances, example, example_findings, shipped

L = open_lesson("L02", data, process, language)
L

# %% [markdown]
# [en]
# ## From the lesson before
#
# From L01, without looking: three managers count the deals in a stage and get three numbers. Which sentence settles it?
#
# <details><summary>Write it down, then compare</summary>One group of deals, counted by the furthest stage each ever reached.</details>
#
# [zh]
# ## 上一课回顾
#
# L01 讲过，先不看：三位经理数同一阶段的商机，得出三个数。哪一句话能定下来？
#
# <details><summary>写下来，再对照</summary>同一批商机，按每个商机到过的最远阶段来数。</details>

# %% [markdown] tags=["guess"]
# [en]
# ## First from memory
#
# Answer for your own company, without opening the CRM.
#
# [zh]
# ## 先凭记忆
#
# 想着你们公司来答，先不要打开 CRM。

# %% tags=["exercise"]
L.ask("L02.1")

# %% [markdown] tags=["story"]
# [en]
# ## One deal, three stages
#
# A deal review, three sellers, one deal: the offer was mailed on Friday.
# For the first it stands in proposal, because the offer is out.
# For the second it is still need identification, because nobody at the buyer has opened it.
# For the third it is negotiation, because the buyer said on the phone that it looked fine.
#
# None of them is careless; there is simply no sentence that decides.
# A stage needs one: **what must the buyer have done, and where can one see it?**
# An act of the buyer that others can check is called a buyer-verifiable outcome.
#
# [zh]
# ## 同一个商机，三个阶段
#
# 商机评审会上，三位销售看同一个商机：报价周五发出去了。
# 第一位说是方案提供，因为报价已经发出。
# 第二位说还是需求识别，因为对方没人打开看。
# 第三位说是谈判，因为客户电话里说没什么问题。
#
# 三个人都不算马虎，只是没有一句话能拿来判断。
# 每个阶段都需要这样一句话：**客户必须做了什么，在哪里能看到？**
# 别人也能核实的客户行为，叫作客户可验证成果。

# %% [markdown] tags=["demo"]
# [en]
# ## The stage sheet
#
# A row a stage: what is true in it, when a deal may enter, what the buyer has done when it may go on, which evidence is kept, which fields are filled, what raises a flag.
# Read one row from left to right.
#
# [zh]
# ## 阶段标准表
#
# 一行一个阶段：现状、准入、推进、依据、必填、预警。
# 请从左到右读完一行。

# %% tags=["demo"]
L.p.process

# %% [markdown] tags=["misconception"]
# [en]
# “… that a stage says what we do next.”
# It says what the buyer has done.
# A sheet of our own tasks is always complete, while the buyer stands still.
#
# [zh]
# “阶段表示我们下一步做什么。”
# 其实阶段表示客户已经做了什么。
# 只列自己的任务，表格总能填满，客户却可能原地未动。

# %% [markdown]
# [en]
# ## How many stages?
#
# The sale decides: which gates does the buyer go through, and how long does it take?
# A tender has gates of its own: admission, bid, opening, publication, sign-off. One that fails is held again and goes back; a bid that is ruled out is lost.
# In China the sheet does not end with the seal: advance, delivery, acceptance and retention money follow, each with its date.
#
# [zh]
# ## 分几个阶段？
#
# 由业务决定：客户内部有哪些关口，要多长时间？
# 招投标有自己的关口：资格预审、投标、开标评标、中标公示、合同会签。流标的退回投标准备，投标被否决才算输单。
# 盖章也不是终点：后面还有预付款、到货款、验收款、质保金，每笔都有到期日。

# %% [markdown]
# [en]
# ## Before the stages: market, need, our own strategy
#
# Three sentences come before any sheet. **How does our market buy?** Where public tenders rule, the gates have dates that are not ours; where one person orders in a week, every stage is one too many. **For which need?** A broken line is bought in days, a new hall in years; one sheet for both makes every average a lie. **By what do we want to be chosen?** Whoever wants to win by service needs a stage in which the service is tried; whoever sells by price needs to know early who compares.
#
# A change outside changes the sheet: a new rule for public buyers, a rival with a service point, a season that moves. Look at the three sentences once a year, and write the date on the sheet.
#
# *Evidence: practice and the logic of counting; no study compares firms that did this with firms that did not (grade D).*
#
# [zh]
# ## 先想市场、需求和自己的策略
#
# 画阶段之前先写三句话。**我们的市场怎样买**？靠招标的市场，关口的日期不由我们定；一个人一周就能下单的，多一个阶段都嫌多。**为哪种需求买**？设备坏了几天就买，新建厂房要几年；两种放在一张表里，平均数就没有意义。**我们想凭什么被选中**？想靠服务取胜，就要有一个让客户试到服务的阶段；靠价格的，要早知道客户在跟谁比。
#
# 外面变了，阶段标准表也要变：公共采购的新规定、开了服务网点的对手、移动了的旺季。这三句话每年看一次，把日期写在表上。
#
# *依据：实践经验和计数的道理；没有研究比较过这样做与不这样做的企业（D 级）。*

# %% tags=["exercise"]
L.ask("L02.2")

# %% [markdown]
# [en]
# ## What if we sold something else?
#
# Move the slider and compare the second column: what the buyer does is different in each sale.
#
# [zh]
# ## 如果卖的是别的？
#
# 拖动滑块，比较第二列：不同的销售，客户要做的事也不同。

# %% tags=["whatif"]
L.whatif("variants")

# %% tags=["exercise"]
L.ask("L02.3")

# %% [markdown]
# [en]
# ## Evidence or activity?
#
# Ask two questions of every note: who acted, and could a third person look it up?
#
# [zh]
# ## 依据还是动作？
#
# 对每条记录问两个问题：是谁做的？第三个人能查到吗？

# %% tags=["exercise"]
L.ask("L02.4")

# %% tags=["exercise"]
L.ask("L02.5")

# %% [markdown] tags=["trainer"]
# [en]
# Let the room add the weakest criterion of its own CRM and repair it together.
# The idea is old and has many names; in the lead-to-cash practice of Huawei it is reported as “verifiable outcome”.
# When people say that the buyer will not put anything in writing, ask for the smallest written act: a calendar entry accepted counts.
#
# [zh]
# 请学员补充自己 CRM 里最含糊的一条标准，一起修改。
# 这一思路由来已久，名称不一；据介绍，华为的线索到回款流程称之为“可验证的成果”。
# 如果有人说客户不肯写任何东西，就问：最小的书面动作是什么？接受一个会议邀请也算。

# %% [markdown]
# [en]
# ## Write one yourself
#
# One stage of your own sale.
# It can go into your stage sheet as it stands.
#
# [zh]
# ## 自己写一条
#
# 选自己业务中的一个阶段。
# 写好后可以直接放进阶段标准表。

# %% tags=["exercise"]
L.ask("L02.6")

# %% [markdown] tags=["demo"]
# [en]
# ## What the CRM has made of it
#
# Standards live in the records.
# Here are four rows of an export, seen on 30 June 2026; three of them hold a defect.
#
# [zh]
# ## CRM 里记成了什么样
#
# 标准最终体现在记录里。
# 下面是截至 2026 年 6 月 30 日导出的四行，其中三行有问题。

# %% tags=["demo"]
L.table(example())

# %% [markdown]
# [en]
# The reader looks through them and says what it found, where, and what it did about it:
#
# [zh]
# 读取程序检查之后，会说明发现了什么、在哪里、怎样处理：

# %% tags=["demo"]
example_findings()

# %% tags=["exercise"]
L.ask("L02.7")

# %% [markdown]
# [en]
# The same look at the whole pipeline of this lesson, as a grade:
#
# [zh]
# 对本课的全部数据做同样的检查，得到一个等级：

# %% tags=["demo"]
print(fk.quality(L.p).summary())

# %% [markdown] tags=["predict"]
# [en]
# ## What a stage is worth
#
# Many systems print a probability beside each stage.
# Before you read on: of the deals that came to the last two stages here, which share was won?
#
# [zh]
# ## 阶段值多少
#
# 不少系统在阶段旁边标着赢单概率。
# 往下看之前先想：到过最后两个阶段的商机，各有多少赢单？

# %% tags=["demo"]
chances(L.p)

# %% [markdown]
# [en]
# Read it aloud:
#
# [zh]
# 用一句话讲出来：

# %% tags=["demo"]
print(fk.stage_win_rate(L.p).summary())

# %% [markdown]
# [en]
# Now compare with what two systems ship, beside the share of this pipeline.
# Same stages, other numbers, and neither system has seen a single deal of yours.
#
# [zh]
# 再看两个系统的预设值，最后一行是本数据的实际比率。
# 阶段相同，数字不同，而且两个系统都没见过你的任何一个商机。

# %% tags=["demo"]
L.table(shipped(L.p))

# %% [markdown]
# [en]
# *Source: EspoCRM, metadata file Opportunity.json; SugarCRM and SuiteCRM, list sales_probability_dom in the language files (grade B: the makers' own files). Every user can change them.*
#
# [zh]
# *来源：EspoCRM 元数据文件 Opportunity.json；SugarCRM 与 SuiteCRM 语言文件中的 sales_probability_dom（B 级：厂商自己的文件）。用户可以修改。*

# %% tags=["exercise"]
L.ask("L02.8")

# %% [markdown]
# [en]
# ## Bringing the sheet into a CRM
#
# A CRM is introduced in the weeks after the software is installed, or never. What decides is small: who enters what, how many minutes it takes, and what the one who enters it gets back.
#
# - **Five fields, no more, for the first month**: stage, amount, expected day, last act of the buyer, next dated step.
# - **One meeting lives from it.** What does not stand in the system is not talked about; what stands there is not asked for again in a second table.
# - **A day each week on which it is true.** Friday noon: sellers bring dates up to date, the manager closes what is over.
# - **Nobody is ranked by the entries in the first quarter**, or they will be written for the ranking.
#
# Watch three numbers: open deals without a next step, dates that lie in the past, losses that were closed on the last day of a quarter.
#
# *Evidence: reports from forums and advisers say that fields are gamed where the CRM is a scoreboard (grade C), and that sellers go on with a private table beside it (grade D). Nobody has measured how often.*
#
# [zh]
# ## 把阶段标准表搬进 CRM
#
# CRM 能不能用起来，取决于装好软件之后的几周。起决定作用的都是小事：谁录什么、要几分钟、录的人能得到什么。
#
# - **头一个月只录五项**：阶段、金额、预计成交日、客户上次动作、下一步及日期。
# - **让一个会议靠它开**。系统里没有的不谈；系统里有的，不再让人另填一张表。
# - **每周有一个时点是准的**。周五中午：销售更新日期，经理关闭已经结束的商机。
# - **第一个季度不按录入排名**，否则大家就为排名而录。
#
# 盯住三个数：没有下一步的在途商机、已经过期的预计日、在季末最后一天才关闭的输单。
#
# *依据：论坛和顾问反映，CRM 一旦变成记分牌，字段就会失真（C 级）；也有人说销售另外自己记一张表（D 级）。到底多普遍，没有人测量过。*

# %% [markdown] tags=["debrief"]
# [en]
# ## Talk about it
#
# 1. Which two stages do your colleagues mix up most, and which sentence would separate them?
# 2. For which stage would you find no evidence at all in your CRM today?
# 3. Which field do people fill only because the system insists, and what would happen without it?
#
# [zh]
# ## 讨论
#
# 1. 同事最容易混淆的是哪两个阶段？哪句话能把它们分开？
# 2. 今天在你们的 CRM 里，哪个阶段完全找不到依据？
# 3. 哪个字段只是因为系统强制才填？去掉它会怎样？

# %% [markdown] tags=["limits"]
# [en]
# ## What this cannot tell you
#
# A good sheet does not make a deal better, it makes its state visible.
# The reader finds what contradicts itself; a wrong stage that fits all the rules it cannot see.
# A deal without a decision is no lost deal: the sheet keeps the two apart, the reason is still to be asked.
#
# [zh]
# ## 本课的局限
#
# 标准写得好，不会让商机变好，只是让它的状态看得见。
# 程序能发现自相矛盾的记录；阶段填错但格式都对，它看不出来。
# 不了了之不等于输单：表里分开记录，原因仍要去问。

# %% [markdown] tags=["keypoints"]
# [en]
# ## Key points
#
# - Four to eight stages, cut where the buyer passes a gate.
# - Exit means: the buyer did something that others can check.
# - Only evidence moves a deal; activity does not.
# - Probabilities come from your own history, never from the box.
#
# [zh]
# ## 要点
#
# - 四到八个阶段，在客户的关口处划分。
# - 推进标准写的是客户做了别人也能核实的事。
# - 只有依据能推动商机，动作不能。
# - 赢单概率取自自己的历史，不用出厂预设。

# %% tags=["exit"]
L.done()

# %% [markdown] tags=["report"]
# [en]
# ## In your report
#
# The data-quality section of the funnel review lists what the reader found: `funnelkit report funnel-review DATA`.
# Your stage sheet goes with it: `-p process=SHEET.yaml`.
#
# [zh]
# ## 写进报告
#
# 漏斗分析报告的数据质量一节会列出这些问题：`funnelkit report funnel-review 数据`。
# 自己的阶段标准表用 `-p process=表.yaml` 指定。
