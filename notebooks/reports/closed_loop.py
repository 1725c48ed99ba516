# %% [markdown] tags=["not-in-report"]
# # Closed-loop review of actions · 行动闭环回顾
#
# This notebook is the template of `funnelkit report closed-loop`: what was decided, whether it worked,
# what cleared since the last review, and what to decide now.
# Change the next cell and run all cells to work with it here; every section shows itself.
#
# 这是 `funnelkit report closed-loop` 的模板：上次定了什么、有没有效果、
# 上次回顾以来哪些问题已经解决、接下来该做什么。
# 也可以在这里修改下一个单元格，然后运行全部单元格；每一节都会直接显示结果。

# %% tags=["parameters"]
data: str = "industrial"  # File of deals, or name of a bundled data set · 商机文件，或内置数据的名称
history: str = ""  # File of the stage history · 阶段变更记录文件
fields: str = ""  # File of the field history · 字段变更记录文件
mapping: str = ""  # YAML file: which column is which · 列名与阶段名的对应（YAML 文件）
process: str = ""  # Process sheet: bundled name or YAML file · 阶段标准表：内置名称或 YAML 文件
lang: str = "en"  # Language of the report · 报告语言 [en, zh]
title: str = ""  # Title, if not the usual one · 标题（不填则用默认标题）
where: dict = {}  # Part of the pipeline, as {column: value} · 只看其中一部分，写成 {列名: 值}
as_of: str = ""  # Day the pipeline is seen from · 以哪一天的状态来看 [YYYY-MM-DD]
changed_since: str = ""  # Day from which the changes are counted; if not given, that of the last report in the folder, else a week before the data · 从哪一天起看变化；不填则从该文件夹上一份报告的数据日期起，没有则为一周前 [YYYY-MM-DD]
deals: str = "no"  # Lists of the deals behind every number: with names, or ids alone · 附上每个数字背后的商机清单：带名称，或只有编号 [no, names, ids]
actions: str = ""  # File of the action log; "example" for three made-up actions · 行动日志文件；填 example 则用三项示例行动
last_review: str = ""  # Day of the last review; a month before the data if not given · 上次回顾的日期（不填则为数据截止前一个月） [YYYY-MM-DD]
looks: str = "once"  # How often this report is made; the more often, the more it takes to say "act" · 多久出一次报告；越频繁，判为“需处理”的标准越严 [once, quarterly, monthly, weekly, daily]

# %%
from funnelkit.report.pages.closed_loop import open_loop

loop = open_loop(globals())
loop.cover()

# %%
loop.glance()

# %%
loop.actions()

# %%
loop.closing()

# %%
loop.points()

# %%
loop.process()

# %%
loop.next()

# %%
loop.deals()

# %%
loop.quality()

# %%
loop.definitions()

# %%
loop.reproduce()
