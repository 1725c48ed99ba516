"""What the bundled data sets are: plans, seeds and what is said of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from funnelkit.simulation.cases import MendedLeak, SlowDecline


@dataclass(frozen=True)
class DataSet:
    """One bundled set: the plan it is drawn from and what its card says."""

    name: str
    seed: int
    plan: Mapping[str, Any]
    about: Mapping[str, str]
    process: str = "b2b-six-stages"
    #: files people open are CSV; sets that are only loaded are Parquet
    opened: bool = False
    #: categories and levels in the set's language too, as its stages are
    in_words: bool = False
    #: a case is told with the clearest of ten seeds, and its card says so
    case: bool = False
    language: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "language", str(self.plan.get("language", "en")))


_CHINA = {"language": "zh", "currency": "CNY", "deal_size": 420_000, "id_prefix": "SJ",
          "seasonality": "spring-festival"}  # fmt: skip
_EUROPE = {"language": "en", "currency": "EUR", "seasonality": "year-end"}
_SOFTWARE = {
    "deals": 3000, "currency": "USD", "deal_size": 25_000, "id_prefix": "S", "renewals": 0.2,
    "sources": [{"name": "Inbound", "share": 40}, {"name": "Partner", "share": 18, "lift": 0.3},
                {"name": "Webinar", "share": 24}, {"name": "Outbound", "share": 18, "lift": -0.25}],
    "products": ["Team plan", "Business plan", "Enterprise plan", "Onboarding package"],
    "industries": ["Retail", "Logistics", "Finance", "Health", "Public sector"],
}  # fmt: skip
#: a campaign of one quarter
_SHORT = [{"lead_quality": {"lasts": 3.0}}, "single_contact"]
_SOFTWARE_ZH = {
    "language": "zh", "deals": 3000, "currency": "CNY", "deal_size": 160_000, "id_prefix": "RJ",
    "renewals": 0.2, "seasonality": "spring-festival",
    "sources": [{"name": "官网注册", "share": 40},
                {"name": "渠道伙伴", "share": 18, "lift": 0.3}, {"name": "线上直播", "share": 24},
                {"name": "外呼", "share": 18, "lift": -0.25}],
    "products": ["团队版", "商业版", "企业版", "上线服务包"],
    "industries": ["零售", "物流", "金融", "医疗", "公共事业"],
}  # fmt: skip


def _success(regions: list[str]) -> list[Any]:
    return [MendedLeak(where={"region": regions}, since=13)]


def _failure() -> list[Any]:
    return [SlowDecline(since=10), "zombies"]


SETS: tuple[DataSet, ...] = (
    DataSet(
        "industrial", 20260630,
        {**_EUROPE, "patterns": [{"stalled_proposals": {"where": {"region": "South"},
                                                        "since": 17}}]},
        {"en": "A maker of process equipment: two years of deals in four regions, full history.",
         "zh": "一家工艺设备企业两年的商机，四个区域，记录完整（英文标签）。"},
        opened=True,
    ),
    DataSet(
        "industrial-zh", 20260631,
        {**_CHINA, "patterns": [{"stalled_proposals": {"where": {"region": "华南"},
                                                       "since": 17}}]},
        {"en": "The same kind of company in China: Chinese names and labels, amounts in CNY.",
         "zh": "一家国内工艺设备企业两年的商机，中文名称、区域和标签，金额为人民币。"},
        opened=True,
    ),
    DataSet(
        "software", 20260632, {**_SOFTWARE, "patterns": _SHORT},
        {"en": "A software firm that sells subscriptions in seven stages, two years of deals.",
         "zh": "一家按七个阶段销售订阅的软件企业，两年的商机（英文标签）。"},
        process="saas",
    ),
    DataSet(
        "software-zh", 20260633, {**_SOFTWARE_ZH, "patterns": _SHORT},
        {"en": "The same kind of software firm in China.",
         "zh": "一家国内软件企业，按七个阶段销售订阅，两年的商机。"},
        process="saas",
    ),
    DataSet(
        "success", 20261034,
        {**_EUROPE, "seasonality": "none", "deals": 5200,
         "patterns": _success(["North", "East"])},
        {"en": "Case: a leaking stage is found and changed in two regions, the others compare.",
         "zh": "案例（成功）：找出漏损的阶段，先在两个区域改进，其余区域作对照（英文标签）。"},
        case=True,
    ),
    DataSet(
        "success-zh", 20261335,
        {**_CHINA, "seasonality": "none", "deals": 5200, "patterns": _success(["华北", "华南"])},
        {"en": "The success case in China.",
         "zh": "案例（成功）：找出漏损的阶段，先在两个区域改进，其余区域作对照。"},
        case=True,
    ),
    DataSet(
        "failure", 20260936, {**_EUROPE, "seasonality": "none", "patterns": _failure()},
        {"en": "Case: a decline that could be seen months before anybody noticed.",
         "zh": "案例（失败）：下滑早已可见，数月后才被发现（英文标签）。"},
        case=True,
    ),
    DataSet(
        "failure-zh", 20260737, {**_CHINA, "seasonality": "none", "patterns": _failure()},
        {"en": "The failure case in China.", "zh": "案例（失败）：下滑早已可见，数月后才被发现。"},
        case=True,
    ),
    DataSet(
        "equipment-zh", 20260641,
        {"setting": "china", "currency": "CNY", "deals": 1900, "months": 30, "id_prefix": "ZB",
         "deal_size": {"median": 860_000, "sigma": 0.7}, "sellers_per_region": 3,
         "activities_per_week": 0.6, "renewals": 0.0},
        {"en": "Equipment sold by tender in China: nine stages from the news of a project to the "
               "sealed contract, its payments, working days and year-end.",
         "zh": "国内招投标设备销售：从项目信息到双方盖章九个阶段，"
               "含回款节点、调休工作日和年底冲刺。"},
        process="equipment-tender", in_words=True,
    ),
    DataSet(
        "control", 20260638, {**_EUROPE, "seasonality": "none"},
        {"en": "A business without any planted problem: alarms that go off here are false.",
         "zh": "没有埋入任何问题的企业：在这里触发的预警都是误报（英文标签）。"},
    ),
)  # fmt: skip

#: Samples for import exercises: layout, language of the labels, seed; 200 deals each.
SAMPLES: tuple[tuple[str, str, int], ...] = (
    ("salesforce", "en", 1), ("hubspot", "en", 2), ("pipedrive", "en", 3), ("dynamics", "en", 4),
    ("zoho", "zh", 5), ("odoo", "en", 6), ("kit", "zh", 7),
)  # fmt: skip
SAMPLE_DEALS, SAMPLE_DIRT = 200, 0.12
