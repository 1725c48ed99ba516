# %% [markdown] tags=["not-in-report"]
# # Funnel review · 漏斗分析报告
#
# This notebook is the template of `funnelkit report funnel-review`.
# Change the next cell and run all cells to work with it here; every section shows itself.
#
# 这是 `funnelkit report funnel-review` 的模板。
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
since: str = ""  # First day of the period · 期间的第一天 [YYYY-MM-DD]
until: str = ""  # Day after the period · 期间结束的次日 [YYYY-MM-DD]
as_of: str = ""  # Day the pipeline is seen from · 以哪一天的状态来看 [YYYY-MM-DD]
changed_since: str = ""  # Day from which the changes are counted; if not given, that of the last report in the folder, else a week before the data · 从哪一天起看变化；不填则从该文件夹上一份报告的数据日期起，没有则为一周前 [YYYY-MM-DD]
deals: str = "no"  # Lists of the deals behind every number: with names, or ids alone · 附上每个数字背后的商机清单：带名称，或只有编号 [no, names, ids]
rule: str = "reached"  # Counting rule · 计数口径 [reached, touched, strict, direct, backfilled]
segments: list = ["owner", "source"]  # Columns to compare win rates by · 按哪些列比较赢单率
min_deals: int = 10  # Groups with fewer closed deals are not shown · 已关闭商机少于此数的组不列出 [1..1000]
looks: str = "once"  # How often this report is made; the more often, the more it takes to say "act" · 多久出一次报告；越频繁，判为“需处理”的标准越严 [once, quarterly, monthly, weekly, daily]
every: str = "quarter"  # Length of a cohort · 同期群的长度 [month, quarter, year]

# %%
from funnelkit.report.pages.funnel_review import open_review

review = open_review(globals())
review.cover()

# %%
review.glance()

# %%
review.funnel()

# %%
review.targets()

# %%
review.time()

# %%
review.segments()

# %%
review.cash()

# %%
review.cohorts()

# %%
review.findings()

# %%
review.moved()

# %%
review.discipline()

# %%
review.ahead()

# %%
review.attention()

# %%
review.deals()

# %%
review.quality()

# %%
review.definitions()

# %%
review.reproduce()
