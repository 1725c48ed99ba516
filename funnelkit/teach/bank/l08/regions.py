"""Regions: what is asked and what is right."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from funnelkit.process.text import Text
from funnelkit.teach.choices import Option
from funnelkit.teach.exercise import Case
from funnelkit.teach.exercise import both as T
from funnelkit.teach.faults import NotAShare
from funnelkit.teach.kinds import Series, Verdict

REGIONS = ("north", "east", "south", "west")
REGION_NAMES = (T("North", "华北"), T("East", "华东"), T("South", "华南"), T("West", "西南"))


def shown_frame(case: Case, columns: Mapping[str, Text]) -> pd.DataFrame:
    """Return drawn lists as a table with headings of the current language."""
    index = pd.Index([str(n) for n in REGION_NAMES], name=str(T("Region", "区域")))
    return pd.DataFrame({str(text): case[name] for name, text in columns.items()}, index=index)


# --- guess

NO_SHARE = T("Give a share from 0 to 100 %, such as 30 %.", "请填 0 到 100% 之间的比率，例如 30%。")
NO_COUNT = T("Of 100 customers it has to be a number from 1 to 100.", "一共 100 家客户，请填 1 到 100 之间的数。")
NO_HOURS = T("Give hours a year as a plain number.", "请用数字填写每年的小时数。")


part_fault = NotAShare(NO_SHARE, signed=True)


def count_fault(text: str) -> Text | None:
    return None if re.fullmatch(r"[1-9]\d?|100", text) else NO_COUNT


def hours_fault(text: str) -> Text | None:
    return None if re.fullmatch(r"[\d,]+(\.\d+)?", text) else NO_HOURS


def guess(case: Case) -> dict[str, str]:
    return {"penetration": "30 %", "few": "20", "hours": "60"}


# --- the plan and the funnel

LEVERS = (
    Option("volume", T("More deals come in", "进来的商机更多"), T("", "")),
    Option("conversion", T("More of them go on", "转化得更好"), T("", "")),
    Option("value", T("Each win is larger", "客单价更高"), T("", "")),
    Option("time", T("Deals move faster", "流速更快"), T("", "")),
)
PARTS: tuple[tuple[str, str, Text, Text], ...] = (
    ("list", "volume", T("List the 200 target firms of the South that nobody has called yet", "列出华南 200 家尚未联系过的目标企业"),
     T("New names at the top of the funnel: the number of deals.", "这是往漏斗顶部加新客户：影响商机数量。")),
    ("fair", "volume", T("Take part in the trade fair of the fastest-growing province", "参加增长最快省份的行业展会"),
     T("A fair brings leads; what becomes of them is decided later.", "展会带来的是线索，后面走得如何另当别论。")),
    ("rival", "conversion", T("Work out an answer to the rival who opened a local service centre", "针对在当地新设服务中心的对手制定应对打法"),
     T("It decides who is chosen among offers: the share that is won.", "它影响客户在几家方案中选谁：属于转化。")),
    ("leave", "conversion", T("Stop pursuing a segment in which the last 30 proposals all failed", "不再跟进最近 30 个方案全部失败的细分市场"),
     T("Fewer deals, a larger share of them goes on.", "商机变少，但走到下一步的比率提高：属于转化。")),
    ("wallet", "value", T("Win the second half of the need of customers who buy half from us", "把只买一半的客户的另一半需求也争取过来"),
     T("The same customers buy more each time: value.", "同样的客户每次买得更多：属于客单价。")),
    ("discount", "value", T("Limit discounts by customer tier", "按客户分级设定折扣上限"),
     T("The price of each win is kept up: value.", "守住的是每一单的价格：属于客单价。")),
    ("engineer", "time", T("Station an engineer in the region so that site visits need no two weeks of notice", "在当地派驻工程师，现场勘察不必再提前两周预约"),
     T("Waiting becomes shorter: time in stage.", "等待时间变短：属于停留时长。")),
    ("contract", "time", T("Agree one frame contract with groups that negotiate every order anew", "与每单都要重新谈判的集团签订框架协议"),
     T("The negotiation does not begin anew each time: it takes less time.", "不必每次从头谈：缩短的是时间。")),
)  # fmt: skip


def levers(case: Case) -> dict[str, str]:
    return {id: lever for id, lever, _, _ in PARTS}


# --- potential, grid, allocation


def draw_regions(r: random.Random) -> dict[str, Any]:
    prospects = [r.randrange(100, 401, 20) for _ in REGIONS]
    spend = [r.randrange(40, 121, 10) for _ in REGIONS]
    reached = [r.randrange(6, 36) / 100 for _ in REGIONS]
    served = [r.randrange(40, 71, 5) / 100 for _ in REGIONS]
    return {
        "prospects": prospects, "spend": spend,
        "customers": [round(n * s) for n, s in zip(prospects, served, strict=True)],
        "sales": [int(round(n * s * k, -1)) for n, s, k in zip(prospects, spend, reached, strict=True)],
    }  # fmt: skip


def penetration(case: Case) -> list[float]:
    from funnelkit.planning import territories

    columns = {name: case[name] for name in ("prospects", "spend", "sales")}
    frame = pd.DataFrame({"region": ["N", "E", "S", "W"], **columns})
    return [float(share) for share in territories(frame).table["penetration_share"]]


def draw_grid(r: random.Random) -> dict[str, Any]:
    cells = r.sample(["star", "question", "cash", "weak"], 4)
    before = [r.randrange(80, 161, 10) for _ in cells]
    growth = [r.randrange(16, 25, 2) if c in ("star", "question") else r.randrange(1, 5) for c in cells]
    rival = [r.randrange(10, 31, 2) for _ in cells]
    times = [r.randrange(12, 18) if c in ("star", "cash") else r.randrange(4, 9) for c in cells]
    return {
        "before": before, "after": [round(b * (100 + g) / 100, 1) for b, g in zip(before, growth, strict=True)],
        "own": [round(x * t / 10, 1) for x, t in zip(rival, times, strict=True)], "rival": rival,
    }  # fmt: skip


def grid(case: Case) -> dict[str, str]:
    from funnelkit.planning import growth_share

    columns = {"market_before": case["before"], "market_after": case["after"], "own": case["own"], "rival": case["rival"]}
    frame = pd.DataFrame({"region": ["north", "east", "south", "west"], **columns})
    return dict(growth_share(frame).table[["region", "cell"]].to_numpy().tolist())


def _placed(case: Case, *, fast: list[bool], strong: list[bool]) -> dict[str, str]:
    names = {(True, True): "star", (True, False): "question", (False, True): "cash", (False, False): "weak"}
    return {r: names[f, s] for r, f, s in zip(REGIONS, fast, strong, strict=True)}


def _upper(values: list[float]) -> list[bool]:
    half = sorted(values)[len(values) // 2]
    return [v >= half for v in values]


def swapped(case: Case) -> dict[str, str]:
    """Growth read as share and share as growth."""
    other = {"question": "cash", "cash": "question"}
    return {r: other.get(c, c) for r, c in grid(case).items()}


def by_size(case: Case) -> dict[str, str]:
    """Own sales taken for the share, whoever the rival is."""
    fast = [c in ("star", "question") for c in grid(case).values()]
    return _placed(case, fast=fast, strong=_upper(case["own"]))


def draw_split(r: random.Random) -> dict[str, Any]:
    while True:
        history = [r.randrange(6, 22) for _ in REGIONS]
        potential = [r.randrange(12, 41) for _ in REGIONS[1:]]
        potential.append(100 - sum(potential))
        total = round(sum(history) * r.choice((1.05, 1.1, 1.15, 1.2)))
        parts = [total * (h / sum(history) + q / 100) / 2 for h, q in zip(history, potential, strict=True)]
        if potential[-1] >= 10 and abs(sum(round(x, 2) for x in parts) - total) > 0.005:
            return {"total": total, "history": history, "potential": potential}


def split(case: Case) -> list[float]:
    from funnelkit.planning import allocate

    columns = {"history": case["history"], "potential": case["potential"]}
    frame = pd.DataFrame({"region": ["N", "E", "S", "W"], **columns})
    return [float(part) for part in allocate(case["total"], frame, weight=0.5).table["allotted"]]


def shared(case: Case, weight: float) -> list[float]:
    whole = sum(case["history"])
    pairs = zip(case["history"], case["potential"], strict=True)
    return [round(case["total"] * ((1 - weight) * h / whole + weight * q / 100), 2) for h, q in pairs]


@dataclass(frozen=True)
class Parts(Series):
    """Numbers that also have to add up exactly to the whole."""

    def judge(self, answer: Any, right: Any) -> Verdict:
        verdict = super().judge(answer, right)
        if verdict == "right" and abs(sum(answer) - sum(right)) > 0.0005:
            return "close"
        return verdict


NEXT = (
    Option("why", T("First find out why proposals fail there, then decide on people and target.", "先弄清那里的方案为什么赢不了，再决定加人和定目标。"),
           T("Room and growth are there; what leaks is the proposal. People added now would feed a leak.", "空间和增长都有，漏在方案阶段。现在加人，等于往漏的地方倒水。"), right=True),
    Option("add", T("Add two sellers: nine tenths of the market are still open.", "增加两名销售：市场还有九成没有拿下。"),
           T("Room alone wins nothing: seven of eight proposals fail, and more of them would fail too.", "有空间不等于能赢单：八个方案输七个，方案再多也一样输。")),
    Option("leave", T("Leave the region: such a win rate is not worth the travel.", "退出该区域：这样的赢率不值得跑。"),
           T("The market grows by 12 % a year. Before leaving it, one should know what the proposals lack.", "市场每年增长 12%，退出之前应先弄清方案缺什么。")),
    Option("target", T("Set its target by potential alone, so that it makes an effort.", "完全按市场潜量给它定目标，逼一逼就上去了。"),
           T("A target out of reach of the present funnel changes no win rate; it invites wishful dates.", "超出现有漏斗能力的目标不会提高赢率，只会催生一厢情愿的成交日期。")),
)  # fmt: skip


def next_step(case: Case) -> str:
    return "why"


CELLS = (
    Option("star", T("Star (grows fast, ahead of the rival)", "明星（增长快，领先对手）"), T("", "")),
    Option("question", T("Question mark (grows fast, behind the rival)", "问题（增长快，落后对手）"), T("", "")),
    Option("cash", T("Cash cow (grows slowly, ahead of the rival)", "现金牛（增长慢，领先对手）"), T("", "")),
    Option("weak", T("Low growth, low share", "低增长低份额"), T("", "")),
)  # fmt: skip
PLACE = (
    T("Growth first: this year's market of the North divided by last year's, minus 1.", "先算增长：华北今年的市场 ÷ 去年的市场 − 1。"),
    T("Then the share: own sales of the East divided by the largest rival's there.", "再算相对份额：华东自家销售额 ÷ 当地最大对手的销售额。"),
    T("“Fast” for the South means faster than all four markets together.", "华南的“快”，是指比四个市场合计的增长更快。"),
    T("“Ahead” in the West means a ratio of 1 or more.", "西南的“领先”，是指比值达到 1 或以上。"),
)
