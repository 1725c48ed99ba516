"""The made-up companies behind the bundled data: names in two languages, nobody real."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

START, AS_OF = dt.date(2024, 7, 1), dt.date(2026, 6, 30)


@dataclass(frozen=True)
class World:
    """Names and sizes of one company's sales."""

    name: str
    language: str
    prefix: str
    joint: str
    currency: str
    amount: float
    rounding: int
    region: tuple[str, ...]
    owner: tuple[str, ...]
    source: tuple[str, ...]
    industry: tuple[str, ...]
    size: tuple[str, ...]
    products: tuple[str, ...]
    rivals: tuple[str, ...]
    reasons: tuple[str, ...]
    firsts: tuple[str, ...]
    seconds: tuple[str, ...]
    about: dict[str, str]

    def facts(self, deals: int) -> dict[str, object]:
        """Return what the index and the card say of the data set."""
        return {
            "name": self.name,
            "deals": deals,
            "language": self.language,
            "process": "b2b-six-stages",
            "timezone": "Asia/Shanghai" if self.language == "zh" else "UTC",
            "currency": self.currency,
            "as_of": AS_OF.isoformat(),
            "about": self.about,
            "how": HOW,
        }


HOW = {
    "en": (
        "Every deal starts as a lead. It moves on with the target rate of its stage, shifted a "
        "little by source, region and seller, after a log-normal time (sigma 0.6) around the "
        "target median; deals that stop have stood 1.7 times as long, and larger deals take "
        "longer. Of the deals that stop at proposal or negotiation 60% are lost and 40% end "
        "without a decision; of those that stop before, 35% and 65%. About 3% of the moves skip a "
        "stage, about 5% of the deals in proposal or negotiation go back once. What would happen "
        "after the cut is unknown, so these deals are open. A close date is expected from need "
        "identification on and pushed when it passes."
    ),
    "zh": (
        "每个商机从线索开始，按所在阶段的目标转化率推进，并随来源、区域和销售人员略有差异；"
        "停留时长服从对数正态分布（sigma 0.6），中位数取目标值；停下来的商机停留时长为 1.7 倍，"
        "金额越大越慢。在方案提供或谈判阶段停下的商机，60% 输单，40% 不了了之；"
        "更早停下的分别为 35% 和 65%。约 3% 的推进跳过一个阶段，约 5% 的方案提供和谈判阶段商机"
        "回退一次。截止日之后的事未知，因此这些商机为在途。预计成交日期从需求识别起填写，"
        "到期未成交则延期。"
    ),
}

INDUSTRIAL = World(
    name="industrial", language="en", prefix="D", joint=": ", currency="EUR", amount=60_000,
    rounding=-2,
    region=("North", "South", "East", "West"),
    owner=("Adler", "Brandt", "Costa", "Dahl", "Eriksen", "Fabre", "Greco", "Hoffer", "Ivanek",
           "Janssen", "Keller", "Lindqvist"),
    source=("Website", "Referral", "Trade show", "Cold call"),
    industry=("Machinery", "Food", "Chemicals", "Packaging"),
    size=("Small", "Medium", "Large"),
    products=("dosing line", "filter unit", "control retrofit", "service contract"),
    rivals=("Northbay", "Quarrix", "Veltane", "Ostrum"),
    reasons=("Price", "Technical fit", "Delivery time", "Relationship with competitor",
             "No answer", "Outside our market", "No need", "Budget withdrawn", "Project postponed",
             "No internal agreement"),
    firsts=tuple(f"{w} " for w in (
        "Almere Birkhal Corvane Delmark Estova Ferrand Galtex Harnow Isolde Jorvik Kestrel Lomvar "
        "Marwen Nordal Orvane Pelmont Quillan Rostave Selvig Tarnow Ulverd Vantor Westmar Zellwin"
    ).split()),
    seconds=("Pumps", "Foods", "Chemie", "Packaging", "Dairy", "Steel", "Glass", "Paper",
             "Coatings", "Bakery", "Plastics", "Motors", "Textiles", "Brewery", "Cement", "Tools"),
    about={
        "en": "A maker of process equipment: two years of deals in four regions, full history.",
        "zh": "一家工艺设备企业两年的商机，四个区域，记录完整（英文标签）。",
    },
)  # fmt: skip

INDUSTRIAL_ZH = World(
    name="industrial-zh", language="zh", prefix="SJ", joint="·", currency="CNY", amount=420_000,
    rounding=-3,
    region=("华北", "华东", "华南", "西南"),
    owner=("陈经理", "林经理", "黄经理", "吴经理", "徐经理", "孙经理", "朱经理", "马经理", "胡经理",
           "郭经理", "何经理", "高经理"),
    source=("官网咨询", "老客户推荐", "行业展会", "电话拜访"),
    industry=("机械制造", "食品饮料", "化工", "包装印刷"),
    size=("小型", "中型", "大型"),
    products=("配料生产线", "过滤设备", "控制系统改造", "年度服务"),
    rivals=("对手甲", "对手乙", "对手丙", "对手丁"),
    reasons=("价格", "技术不符", "交期", "竞争对手关系深", "无人回应", "不在目标市场", "没有需求",
             "预算取消", "项目推迟", "内部意见不一"),
    firsts=tuple((
        "澜岳 泓堃 砚青 杉禾 翎舟 垚川 棠溪 霁源 朔城 蔚桥 沅陌 珩山 "
        "桉南 淞野 昱屏 岚泽 翊峰 槿州 镕安 琅屿 汐港 柘林 骁原 穹石"
    ).split()),
    seconds=("泵业", "食品", "化工", "包装", "乳业", "钢构", "玻璃", "纸业", "涂料", "烘焙",
             "塑胶", "电机", "纺织", "酿造", "建材", "工具"),
    about={
        "en": "The same kind of company in China: Chinese names and labels, amounts in CNY.",
        "zh": "一家国内工艺设备企业两年的商机，中文名称、区域和标签，金额为人民币。",
    },
)  # fmt: skip

_COLUMNS = {
    "deal_id": ("id of the deal", "商机编号"),
    "name": ("account and product", "客户与产品"),
    "account": ("customer, invented", "客户，虚构"),
    "owner": ("seller, invented", "销售人员，虚构"),
    "region": ("sales territory", "销售区域"),
    "source": ("where the lead came from", "线索来源"),
    "amount": ("amount as last known, in currency", "最近一次的商机金额，单位见 currency"),
    "currency": ("ISO code", "币种代码"),
    "created_at": ("start of the deal, local time", "商机创建时间，当地时间"),
    "expected_close": (
        "expected close date as last known, empty before need",
        "最近一次的预计成交日期，需求识别前为空",
    ),
    "stage": ("stage the deal is in, or was in last", "所在阶段；已结商机为最后所在阶段"),
    "outcome": ("how it ended, or open", "结果；未结为在途"),
    "closed_at": ("when it ended", "结束时间"),
    "loss_reason": ("why it was lost or not decided", "输单或不了了之的原因"),
    "competitor": ("competitor named in the deal", "竞争对手"),
    "industry": ("industry of the customer", "客户行业"),
    "size": ("size of the customer", "客户规模"),
    "entered_at": ("when the deal entered the stage or ended", "进入阶段或结束的时间"),
    "field": ("which field changed", "变更的字段"),
    "old": ("value before, empty when set for the first time", "变更前的值；首次填写为空"),
    "new": ("value after", "变更后的值"),
    "changed_at": ("when it changed", "变更时间"),
}


def card(facts: dict[str, object], tables: dict[str, pd.DataFrame]) -> str:
    """Return the card of a data set: columns, units, origin, licence, in both languages."""
    about, how = facts["about"], facts["how"]
    assert isinstance(about, dict)
    assert isinstance(how, dict)
    lines = [f"# {facts['name']}", "", "**Synthetic data. No company or person in it exists.**"]
    lines += ["**合成数据，其中的公司和人员均为虚构。**", "", about["en"], "", about["zh"], ""]
    lines += [f"Process 流程: `{facts['process']}` · as of 截至: {facts['as_of']} · "]
    lines[-1] += f"currency 币种: {facts['currency']} · licence 许可: CC BY 4.0"
    lines += ["", "## How it was made 生成方法", "", how["en"], "", how["zh"], ""]
    lines += ["Regenerate 重新生成: `python -m funnelkit.data.generate`"]
    for table, frame in tables.items():
        lines += ["", f"## {table}.csv: {len(frame):,}", "", "| column 列 | meaning | 含义 |"]
        lines += ["|---|---|---|"]
        lines += [f"| `{c}` | {_COLUMNS[c][0]} | {_COLUMNS[c][1]} |" for c in frame.columns]
    return "\n".join(lines) + "\n"
