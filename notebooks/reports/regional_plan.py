# %% [markdown] tags=["not-in-report"]
# # Regional plan · 区域计划
#
# This notebook is the template of `funnelkit report regional-plan`: a target by region, person and month,
# what has to be in which stage by when, and the market, customers and rivals it has to come from.
# Change the next cell and run all cells to work with it here; every section shows itself.
#
# 这是 `funnelkit report regional-plan` 的模板：目标按区域、人员和月份分解，
# 各阶段什么时候要有多少商机，以及目标要靠怎样的市场、客户和竞争来实现。
# 也可以在这里修改下一个单元格，然后运行全部单元格；每一节都会直接显示结果。

# %% tags=["parameters"]
data: str = "industrial"  # File of deals, or name of a bundled data set · 商机文件，或内置数据的名称
history: str = ""  # File of the stage history · 阶段变更记录文件
fields: str = ""  # File of the field history · 字段变更记录文件
mapping: str = ""  # YAML file: which column is which · 列名与阶段名的对应（YAML 文件）
process: str = ""  # Process sheet: bundled name or YAML file · 阶段标准表：内置名称或 YAML 文件
lang: str = "en"  # Language of the report · 报告语言 [en, zh]
title: str = ""  # Title, if not the usual one · 标题（不填则用默认标题）
where: dict = {}  # Part of the pipeline, as {column: value}; it gets its share of the target · 只看其中一部分，写成 {列名: 值}；目标按份额分给它
as_of: str = ""  # Day the pipeline is seen from · 以哪一天的状态来看 [YYYY-MM-DD]
deals: str = "no"  # Lists of the deals behind every number: with names, or ids alone · 附上每个数字背后的商机清单：带名称，或只有编号 [no, names, ids]
target: float = 0.0  # Amount to win in the period, all parts together; 0: the data's own targets, else last year's wins with growth · 期内要赢单的总金额；填 0 则用数据中的目标，没有则按去年赢单加增长 [0..1e15]
growth: float = 0.1  # Growth on last year, where no target is given · 未给目标时在去年基础上的增长率 [-0.9..10]
plan_since: str = ""  # First day of the plan; the day after the data if not given · 计划期第一天（不填则为数据截止的次日） [YYYY-MM-DD]
plan_until: str = ""  # Day after the plan; a year later if not given · 计划期结束的次日（不填则为一年后） [YYYY-MM-DD]
by: list = ["region", "owner"]  # Territories first, then persons: the target is broken down by these and by month · 目标分解的维度：先区域，后人员；月份总是分解
potential_weight: float = 0.5  # Weight of the potential when the target is shared out; the rest is history · 分配目标时容量的权重，其余为历史 [0..1]
unit: int = 1000  # Smallest step of money in the breakdown · 分解时的最小金额单位 [1..1000000]
spring: str = "auto"  # What to do about the Spring Festival in the season · 季节指数如何处理春节 [auto, ignore, joint, flag]
sellers: float = 0.0  # Full sellers in the period; 0: as in the last 90 days · 成熟销售人数；填 0 则按近 90 天 [0..10000]
hires: dict = {}  # New sellers, as {month of the plan: number} · 新增销售，写成 {计划第几个月: 人数}
attainment: float = 1.0  # Share of what they could bring that sellers do bring · 销售达成率 [0.1..2]
service: dict = {"A": "24x1.5", "B": "12x1", "C": "4x0.5"}  # Visits a year x hours, by tier · 各级客户每年拜访次数 x 每次小时数
hours_a_person: float = 1000.0  # Selling hours of a person a year · 每人每年的销售工时 [1..8760]
market: str = ""  # CSV or XLSX: territory, market_before, market_after, own, rival · 市场数据（CSV 或 XLSX）：区域、market_before、market_after、own、rival
rivals_by: str = "region"  # Segment to count rivals by; empty for all together · 对手按哪一列拆分（不填则合并）
positions: str = ""  # CSV or XLSX: deal_id, strength and what else is known of the position · 开局定位（CSV 或 XLSX）：deal_id、strength 及其他判断
margin: float = 0.3  # Margin of a deal, as a share of its amount · 商机毛利率 [0.01..1]
pursuit_cost: float = 5000.0  # Cost of pursuing one deal to its end · 跟进一个商机到底的投入 [0..1e12]

# %%
from funnelkit.report.pages.regional_plan import open_regional

plan = open_regional(globals())
plan.cover()

# %%
plan.glance()

# %%
plan.target()

# %%
plan.closes()

# %%
plan.stages()

# %%
plan.territory_section()

# %%
plan.grid()

# %%
plan.customers()

# %%
plan.rivals()

# %%
plan.positions()

# %%
plan.deals()

# %%
plan.quality()

# %%
plan.definitions()

# %%
plan.reproduce()
