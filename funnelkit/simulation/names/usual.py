"""Names of made-up companies, people and things in both languages; nobody is real."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Reason:
    """A reason to end without winning, and where in a sale it can be given.

    ``first`` and ``last`` are parts of a sale: start, contact, qualify, offer, bid, award, last.
    """

    text: str
    outcomes: tuple[str, ...]
    first: str
    last: str


@dataclass(frozen=True)
class Names:
    """Every text a simulated pipeline carries, in one language."""

    regions: tuple[str, ...]
    sources: tuple[str, ...]
    industries: tuple[str, ...]
    sizes: tuple[str, ...]
    tiers: tuple[str, ...]
    products: tuple[str, ...]
    competitors: tuple[str, ...]
    lost_reasons: tuple[str, ...]
    undecided_reasons: tuple[str, ...]
    early_reasons: tuple[str, ...]
    other_reason: str
    kinds: tuple[str, ...]
    roles: tuple[str, ...]
    stances: tuple[str, ...]
    evidence: tuple[str, ...]
    given: tuple[str, ...]
    family: tuple[str, ...]
    fronts: tuple[str, ...]
    backs: tuple[str, ...]
    trades: tuple[str, ...]
    campaigns: tuple[str, ...]
    joint: str
    gap: str
    numbered: str
    family_first: bool
    code: str
    #: shares of the kinds of activity, from the first stages to the last
    kind_shares: tuple[tuple[int, ...], ...] = (
        (30, 55, 5, 5, 5), (45, 30, 15, 8, 2), (20, 25, 30, 20, 5), (15, 30, 25, 10, 20),
    )  # fmt: skip
    types: tuple[str, str] = ("new", "renewal")
    sides: tuple[str, str] = ("buyer", "seller")
    posts: tuple[str, str, str] = ("seller", "presales", "manager")
    #: trades by industry, where a company's name tells what it does
    trades_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: reasons by where they can be given; empty: early ones, then those of the loss
    reasons: tuple[Reason, ...] = ()
    #: nobody shares a given name before all are used
    given_once: bool = False

    def people(self, n: int, order: Ints) -> list[str]:
        """Return ``n`` different names; ``order`` shuffles the combinations."""
        total = len(self.given) * len(self.family)
        if self.given_once:
            before = np.array([np.sum(order[:i] % len(self.given) == g % len(self.given))
                               for i, g in enumerate(order[:total])])  # fmt: skip
            order = order[np.argsort(before, kind="stable")]
        found = []
        for i in range(n):
            place = int(order[i % total]) if i < total else i
            given = self.given[place % len(self.given)]
            family = self.family[place // len(self.given) % len(self.family)]
            name = f"{family}{given}" if self.family_first else f"{given} {family}"
            found.append(name if i < total else self.numbered.format(name=name, n=i // total + 1))
        return found

    def companies(self, n: int, order: Ints) -> tuple[list[str], list[str], Ints, Ints, Ints]:
        """Return brands, trades and, for each of ``n`` companies, brand, trade and number."""
        brands = [a + b for a in self.fronts for b in self.backs]
        each = len(brands) * len(self.trades)
        place, number = order % each, order // each
        brand = place % len(brands)
        # shifted by the brand, so that neighbours are in different trades and no name comes twice
        trade = (place // len(brands) + brand) % len(self.trades)
        return brands, list(self.trades), brand, trade, number


EN = Names(
    regions=("North", "South", "East", "West"),
    sources=("Website", "Referral", "Trade show", "Cold call"),
    industries=("Machinery", "Food", "Chemicals", "Packaging", "Public sector"),
    sizes=("Small", "Medium", "Large"),
    tiers=("A", "B", "C"),
    products=("Dosing line", "Filter unit", "Control retrofit", "Service contract"),
    competitors=("Northbay", "Quarrix", "Veltane", "Ostrum"),
    lost_reasons=("Price", "Technical fit", "Delivery time", "Relationship with competitor"),
    undecided_reasons=("Budget withdrawn", "Project postponed", "No internal agreement"),
    early_reasons=("No answer", "Outside our market", "No need"),
    other_reason="Other",
    kinds=("call", "email", "meeting", "visit", "demo"),
    roles=("User", "Technical lead", "Buyer", "Budget holder", "Managing director", "Consultant"),
    stances=("for us", "neutral", "against"),
    evidence=("reply mail", "meeting note", "need summary", "review minutes", "price sheet"),
    given=("Alma", "Bram", "Cato", "Dina", "Egon", "Fenja", "Goran", "Hedda", "Ivo", "Jorun",
           "Kian", "Lova", "Milo", "Nele", "Odin", "Petra", "Ruben", "Silke", "Tarik", "Ulla"),
    family=("Adlermann", "Brandvik", "Costeral", "Dahlmor", "Eriksund", "Fabrenne", "Grecolt",
            "Hofferin", "Ivanekar", "Janssund", "Kellmark", "Lindqvall", "Morvane", "Nordhagel",
            "Ostenbru", "Pellandt", "Quistgor", "Rasmelin", "Sandvorst", "Torvalen"),
    fronts=("Al", "Bir", "Cor", "Del", "Est", "Fer", "Gal", "Har", "Isol", "Jor", "Kes", "Lom",
            "Mar", "Nor", "Orv", "Pel", "Quil", "Ros", "Sel", "Tar", "Ul", "Van", "West", "Zel"),
    backs=("mere", "khal", "vane", "mark", "ova", "rand", "tex", "now", "dale", "vik", "trel",
           "var", "wen", "dal", "mont", "lan", "tave", "vig", "verd", "tor", "win", "brook"),
    trades=("Pumps", "Foods", "Chemie", "Packaging", "Dairy", "Steel", "Glass", "Paper",
            "Coatings", "Bakery", "Plastics", "Motors", "Textiles", "Brewery", "Cement", "Tools"),
    campaigns=("Spring offer", "Summer webinar", "Autumn fair", "Winter check"),
    joint=": ", gap=" ", numbered="{name} {n}", family_first=False, code="Programme agreement",
)  # fmt: skip

ZH = Names(
    regions=("华北", "华东", "华南", "西南"),
    sources=("官网咨询", "老客户推荐", "行业展会", "电话拜访"),
    industries=("机械制造", "食品饮料", "化工", "包装印刷", "公共事业"),
    sizes=("小型", "中型", "大型"),
    tiers=("A", "B", "C"),
    products=("配料生产线", "过滤设备", "控制系统改造", "年度服务"),
    competitors=("北湾科技", "夸瑞", "维坦", "奥川"),
    lost_reasons=("价格", "技术不符", "交期", "竞争对手关系深"),
    undecided_reasons=("预算取消", "项目推迟", "内部意见不一"),
    early_reasons=("无人回应", "不在目标市场", "没有需求"),
    other_reason="其他",
    kinds=("电话", "邮件", "会议", "拜访", "演示"),
    roles=("使用者", "技术负责人", "采购", "预算负责人", "总经理", "外部顾问"),
    stances=("支持", "中立", "反对"),
    evidence=("回复邮件", "会谈纪要", "需求摘要", "评审纪要", "价格表"),
    given=("以澜", "书砚", "若棠", "景昱", "知遥", "沐岚", "承屿", "语桐", "亦舟", "清珩",
           "思槿", "明溪", "子淞", "雨霁", "云翊", "安柘", "青朔", "怀瑾", "星沅", "可岑"),
    family=("陈", "林", "黄", "吴", "徐", "孙", "朱", "马", "胡", "郭", "何", "高", "罗", "郑",
            "梁", "谢", "宋", "唐", "许", "邓"),
    fronts=tuple("澜泓砚杉翎垚棠霁朔蔚沅珩桉淞昱岚翊槿镕琅汐柘骁穹"),
    backs=tuple("岳堃青禾舟川溪源城桥陌山南野屏泽峰州安屿港林原石"),
    trades=("泵业", "食品", "化工", "包装", "乳业", "钢构", "玻璃", "纸业", "涂料", "烘焙",
            "塑胶", "电机", "纺织", "酿造", "建材", "工具"),
    campaigns=("春季优惠", "夏季研讨会", "秋季展会", "冬季体检"),
    joint="·", gap="", numbered="{name}{n}", family_first=True, code="战略客户协议",
)  # fmt: skip
