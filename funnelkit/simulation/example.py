"""A plan to start from, in both languages: a business told in a few lines."""

from __future__ import annotations

import json
import re

from funnelkit.process import Process

EN = """\
# Your business in ten lines. Leave out what you do not know: there is a default for everything.
months: 24                    # or start: 2024-07-01 and as_of: 2026-06-30
deals_per_month: 170          # new leads a month; growth_per_month: 0.02 makes it grow
currency: EUR
stages:                       # share that goes on, median days in the stage
  lead: {step_rate: 0.55, median_days: 5}
  contact: {step_rate: 0.40, median_days: 12}
  need: {step_rate: 0.50, median_days: 24}
  proposal: {step_rate: 0.60, median_days: 30}
  negotiation: {step_rate: 0.55, median_days: 20}
deal_size: 60000              # median amount of a deal
regions: [North, South, East, West]
sellers_per_region: 3         # or name the team: [{name: Kim Arvo, region: North, starts: 7}]
sources:                      # share of the leads; lift: better or worse at every stage
  - {name: Website, share: 35}
  - {name: Referral, share: 25, lift: 0.3}
  - {name: Trade show, share: 22}
  - {name: Cold call, share: 18, lift: -0.25}
seasonality: year-end         # none, spring-festival, year-end, or twelve numbers

# What is to be found in the data; none of it for a faultless business.
# patterns:
#   - stalled_proposals: {where: {region: South}, since: 17}
#   - {name: new_competitor, since: 14, twin: true}     # the harmless look-alike
"""

ZH = """\
# 用十来行描述你们公司的业务。不清楚的可以不写，每一项都有默认值。
language: zh
months: 24                    # 也可写 start: 2024-07-01 和 as_of: 2026-06-30
deals_per_month: 170          # 每月新增线索数；growth_per_month: 0.02 表示逐月增长
currency: CNY
stages:                       # 阶段转化率、停留时长的中位数（天）
  潜在客户生成: {step_rate: 0.55, median_days: 5}
  联系: {step_rate: 0.40, median_days: 12}
  需求识别: {step_rate: 0.50, median_days: 24}
  方案提供: {step_rate: 0.60, median_days: 30}
  谈判: {step_rate: 0.55, median_days: 20}
deal_size: 420000             # 商机金额的中位数
regions: [华北, 华东, 华南, 西南]
sellers_per_region: 3         # 也可列出团队 team: [{name: 陈以澜, region: 华北, starts: 7}]
sources:                      # 占线索的比例；lift 表示各阶段转化偏高或偏低
  - {name: 官网咨询, share: 35}
  - {name: 老客户推荐, share: 25, lift: 0.3}
  - {name: 行业展会, share: 22}
  - {name: 电话拜访, share: 18, lift: -0.25}
seasonality: spring-festival  # none、spring-festival、year-end，或十二个数

# 要埋在数据里的问题；不写则为没有问题的对照数据。
# patterns:
#   - stalled_proposals: {where: {region: 华南}, since: 17}
#   - {name: new_competitor, since: 14, twin: true}     # 看起来相似、其实无害的情形
"""

EXAMPLES = {"en": EN, "zh": ZH}
_STAGES = re.compile(r"(^stages:.*\n)(?:  .*\n)+", re.M)
#: What a stage without a target of its own begins with.
_RATE, _DAYS = 0.5, 14.0


def example(language: str, process: Process | None = None) -> str:
    """Return the plan to start from; with a process in the words of its stages."""
    text = EXAMPLES[language]
    if process is None:
        return text
    lines = []
    for stage in process.stages:
        if stage.id in process.open_ids:
            name = json.dumps(getattr(stage.name, language), ensure_ascii=False)
            rate = stage.target.step_rate or _RATE
            days = stage.target.median_days or _DAYS
            lines.append(f"  {name}: {{step_rate: {rate:g}, median_days: {days:g}}}\n")
    return _STAGES.sub(lambda found: found[1] + "".join(lines), text, count=1)
