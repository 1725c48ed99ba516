# %% [markdown] tags=["not-in-report"]
# # Forecast · 业绩预测
#
# This notebook is the template of `funnelkit report forecast`.
# Change the next cell and run all cells to work with it here; every section shows itself.
#
# 这是 `funnelkit report forecast` 的模板。
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
since: str = ""  # First day of the period; empty: of the quarter that runs or begins · 预测期第一天（不填：当前或即将开始的季度） [YYYY-MM-DD]
through: str = ""  # Last day of the period, included; empty: of that quarter · 预测期最后一天，含当天（不填：该季度末） [YYYY-MM-DD]
method: str = "simulation"  # Method of the forecast · 预测方法 [simulation, weighted, stage, cohort, pacing, naive]
methods: list = ["simulation", "weighted", "stage", "cohort", "pacing", "naive"]  # Methods to put beside it · 并列对照的方法
target: float = 0.0  # Amount to win in the period; 0: from the table of targets · 本期目标金额（0：取自目标表） [0..1e15]
level: str = "plan"  # Level of the table of targets · 目标表的档位 [base, plan, stretch]
every: str = "month"  # Back-test from the end of every month or quarter · 回测：每月末或每季末 [month, quarter]
origins: int = 12  # Past dates to test at · 回测次数 [1..60]
draws: int = 10000  # How often the period is drawn · 模拟次数 [100..100000]
seed: int = 0  # The same seed gives the same numbers · 随机种子（相同则结果相同） [0..1000000]

# %%
from funnelkit.report.pages.forecast import open_outlook

report = open_outlook(globals())
report.cover()

# %%
report.glance()

# %%
report.ahead()

# %%
report.beside()

# %%
report.gap()

# %%
report.create()

# %%
report.tested()

# %%
report.hangs_on()

# %%
report.categories()

# %%
report.deals()

# %%
report.quality()

# %%
report.definitions()

# %%
report.reproduce()
