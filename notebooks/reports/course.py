# %% [markdown] tags=["not-in-report"]
# # Course report · 课程报告
#
# This notebook is the template of `funnelkit report course`: one pipeline through twelve lessons,
# each section the calculation of its lesson on the same data. A learner or trainer prints it at the end.
# Change the next cell and run all cells to work with it here; every section shows itself.
#
# 这是 `funnelkit report course` 的模板：同一份数据走完十二课，每一节就是那一课的计算。
# 学员或讲师在课程结束时打印。
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
learner: str = ""  # Name on the cover · 封面上的姓名
lessons: list = []  # Lessons to print, as in L01,L03; empty for all twelve · 要打印的课，如 L01,L03；不填则全部
target: float = 0.0  # Amount to win in the next twelve months; 0: last year's wins plus a tenth · 未来十二个月的目标金额；填 0 则按去年赢单增长一成 [0..1e15]
compare_by: str = "source"  # Column by which two years are compared · 两年对比按哪一列拆分
actions: str = ""  # File of the action log; "example" for three made-up actions · 行动日志文件；填 example 则用三项示例行动

# %%
from funnelkit.report.pages.course import open_course

course = open_course(globals())
course.cover()

# %%
course.glance()

# %%
course.about()

# %%
course.lesson(1)

# %%
course.lesson(2)

# %%
course.lesson(3)

# %%
course.lesson(4)

# %%
course.lesson(5)

# %%
course.lesson(6)

# %%
course.lesson(7)

# %%
course.lesson(8)

# %%
course.lesson(9)

# %%
course.lesson(10)

# %%
course.lesson(11)

# %%
course.lesson(12)

# %%
course.deals()

# %%
course.definitions()

# %%
course.reproduce()
