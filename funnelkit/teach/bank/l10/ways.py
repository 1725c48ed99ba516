"""What each learner of L10 is given up to the dates: ways, variation, milestones."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.control import conformance, milestones
from funnelkit.process import load_process
from funnelkit.process.text import Text
from funnelkit.teach.choices import Option
from funnelkit.teach.exercise import Case
from funnelkit.teach.exercise import both as T
from funnelkit.teach.faults import NotAShare
from funnelkit.teach.kinds import NotOfKind, Series
from funnelkit.words import percent

OPEN = ("lead", "contact", "need", "proposal", "negotiation")


def stage_name(id: str) -> str:
    return load_process(None).label(id)

# ---------------------------------------------------------------- 10.1 guess

NO_SHARE = T("Write a number between 0 and 100.", "请填 0 到 100 之间的数字。")
NOT_NESTED = T(
    "Each line counts a part of the one before: out of all actions agreed, those with an owner and a day, and of these the ones somebody checked.",
    "每一行都是上一行的一部分：先是会上定下的行动，再是写明负责人和日期的，最后是有人核对过效果的。",
)


share = NotAShare(NO_SHARE)


def nested(filled: Mapping[str, str]) -> Text | None:
    owned, checked = (float(filled[k].rstrip("% ")) for k in ("owned", "checked"))
    return NOT_NESTED if checked > owned else None


def guess(case: Case) -> dict[str, str]:
    return {"owned": "50", "checked": "10"}


# ---------------------------------------------------------------- 10.2 sort

CLASSES = (
    Option("activity", T("Activity: a manager can decide it today", "活动：经理今天就能安排"), T("", "")),
    Option("objective", T("Objective on the way: shows whether it takes effect", "过程目标：看活动有没有起作用"), T("", "")),
    Option("result", T("Result: can only be read afterwards", "结果：只能事后看到"), T("", "")),
)  # fmt: skip
WHY = {
    "activity": T("Somebody can simply decide to do it, this week: an activity.", "下决心本周就能做到：属于活动。"),
    "objective": T("It needs the buyers to react, and shows early whether the work takes effect: an objective on the way.", "要客户有反应才行，能较早看出工作是否起作用：属于过程目标。"),
    "result": T("Nobody can decide this; it comes out at the end and is read afterwards: a result.", "谁也无法直接决定，最后才出来：属于结果。"),
}  # fmt: skip
MEASURES: tuple[tuple[str, str, str, str], ...] = (
    ("m01", "activity", "Customer meetings held a week", "每周拜访客户次数"),
    ("m02", "activity", "Hours of coaching on open deals a month", "每月辅导在途商机的小时数"),
    ("m03", "activity", "Share of deals reviewed with their stage sheet", "按阶段标准评审过的商机占比"),
    ("m04", "activity", "Account plans written for A customers", "A 类客户已写的客户计划数"),
    ("m05", "activity", "Lost deals called by a manager within two weeks", "两周内由经理回访的输单数"),
    ("m06", "activity", "Training days per new seller", "每名新人的培训天数"),
    ("m07", "objective", "Step rate from proposal to negotiation", "方案到谈判的阶段转化率"),
    ("m08", "objective", "Median days in need identification", "需求识别阶段停留时长中位数"),
    ("m09", "objective", "Share of proposals the buyer answered in writing", "客户书面回复过的方案占比"),
    ("m10", "objective", "Open amount per month to come", "未来各月的在途金额"),
    ("m11", "objective", "Deals with three or more contacts met", "见过三位以上关键人的商机数"),
    ("m12", "objective", "Share of customers who buy a second product", "购买第二种产品的客户占比"),
    ("m13", "result", "Revenue of the quarter", "季度销售收入"),
    ("m14", "result", "Gross margin of the year", "年度毛利率"),
    ("m15", "result", "Market share in the region", "区域市场份额"),
    ("m16", "result", "Attainment of the annual target", "年度目标完成率"),
    ("m17", "result", "Customer satisfaction at year end", "年底客户满意度"),
)  # fmt: skip
SORTED = {id: kind for id, kind, _, _ in MEASURES}


def sorted_measures(case: Case) -> dict[str, str]:
    return dict(SORTED)


# ---------------------------------------------------------------- 10.3 conformance


def routes(case: Case) -> pd.DataFrame:
    """Ways the histories took, as stage numbers, and how many deals took each."""
    history = case.p.stage_history
    assert history is not None
    rows = history.order_by("deal_id", "entered_at", "seq").to_pandas()
    signs = {s: str(k) for k, s in enumerate(OPEN, 1)} | {"won": str(T("won", "赢单"))}
    rows = rows[rows["stage"].isin(signs)]
    ways = rows.groupby("deal_id")["stage"].agg(lambda s: " → ".join(signs[x] for x in s))
    counts = ways.value_counts().sort_index()
    return pd.DataFrame(
        {str(T("Way", "路径")): counts.index, str(T("Deals", "商机数")): counts.to_numpy()}
    )


def conform(case: Case) -> list[int]:
    from funnelkit.control import conformance

    row = conformance(case.p).table.iloc[0]
    return [int(row["conform"]), int(row["skip"]), int(row["back"])]


def moves_counted(case: Case) -> list[int]:
    """Count moves instead of deals: a deal that went back twice is there twice."""
    ways = routes(case)
    skips = backs = 0
    for way, n in ways.itertuples(index=False):
        steps = [int(s) if s.isdigit() else 6 for s in way.split(" → ")]
        skips += n * sum(b - a > 1 for a, b in pairwise(steps))
        backs += n * sum(b < a for a, b in pairwise(steps))
    return [conform(case)[0], skips, backs]


def only_full(case: Case) -> list[int]:
    """Take only whole ways for conforming ones."""
    ways = routes(case)
    whole = ways[ways.iloc[:, 0].str.match("^1 → 2 → 3 → 4 → 5 → [^0-9]+$")]
    return [int(whole.iloc[:, 1].sum()), *conform(case)[1:]]


def subtracted(case: Case) -> list[int]:
    """Take deals that did both twice off."""
    whole = int(conformance(case.p).table["deals"].iloc[0])
    _, skips, backs = moves_counted(case)
    return [whole - skips - backs, *conform(case)[1:]]


# ---------------------------------------------------------------- 10.4 variation

EACH = 40


def two_periods(r: random.Random) -> dict[str, Any]:
    # wide before, narrow after; six sellers with 40 deals each
    before = [r.choice((12, 14, 16)), r.choice((18, 20)), r.choice((22, 24)), r.choice((28, 30)), r.choice((34, 36)), r.choice((32, 38))]  # fmt: skip
    after = [24, r.choice((26, 28)), r.choice((28, 30)), r.choice((30, 32)), r.choice((32, 34)), r.choice((34, 36))]  # fmt: skip
    r.shuffle(before)
    r.shuffle(after)
    return {"before": before, "after": after, "each": EACH}


def sellers(case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        {
            str(T("Seller", "负责人")): list("ABCDEF"),
            str(T("Before: histories on the sheet", "之前：符合流程的商机数")): case["before"],
            str(T("Before: share", "之前：占比")): [percent(k / EACH, 1) for k in case["before"]],
            str(T("After: histories on the sheet", "之后：符合流程的商机数")): case["after"],
            str(T("After: share", "之后：占比")): [percent(k / EACH, 1) for k in case["after"]],
        }
    )


def variance_ratio(case: Case) -> float:

    before, after = np.array(case["before"]) / 40, np.array(case["after"]) / 40
    return float(after.var(ddof=1) / before.var(ddof=1))


# ---------------------------------------------------------------- 10.6 dates


def as_day(value: Any) -> float:
    """Read a day as people write it."""
    if isinstance(value, dt.date | pd.Timestamp):
        return float(value.toordinal())
    found = re.search(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})", str(value))
    if found is None:
        raise NotOfKind("type_other")
    return float(dt.date(*map(int, found.groups())).toordinal())


@dataclass(frozen=True)
class Dates(Series):
    """A date for each label, such as ``2026-12-11``; one day off still counts as right."""

    def read(self, answer: Any, case: Case) -> tuple[float, ...]:
        """Read the dates as day numbers."""
        if isinstance(answer, str):
            answer = [a for a in re.split(r"[;；,，\s]+", answer.strip()) if a]
        if isinstance(answer, Mapping):
            answer = {k: as_day(v) for k, v in answer.items() if not self.empty(v)}
        elif isinstance(answer, list | tuple):
            answer = [as_day(v) for v in answer]
        return super().read(answer, case)

    def judge(self, answer: Any, right: Any) -> Any:
        """Compare day by day."""
        days = [v if isinstance(v, float) else as_day(v) for v in right]
        off = [abs(a - b) for a, b in zip(answer, days, strict=True)]
        if max(off) <= self.within:
            return "right"
        return "close" if sum(x <= self.within for x in off) >= 0.75 * len(off) else "wrong"


def path_of(r: random.Random) -> dict[str, Any]:
    close = dt.date(2026, r.choice((9, 10, 12)), 1) + dt.timedelta(days=r.randrange(14, 29))
    return {
        "close": close, "lead": r.randrange(4, 8), "contact": r.randrange(10, 16),
        "need": r.randrange(20, 30), "proposal": r.randrange(26, 38),
        "negotiation": r.randrange(15, 25),
    }  # fmt: skip


def medians(case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        {
            str(T("Stage", "阶段")): [stage_name(s) for s in OPEN],
            str(T("Median days", "停留天数中位数")): [case[s] for s in OPEN],
        }
    )


def enter_by(case: Case) -> list[str]:
    from funnelkit.control import backward_dates


    names = ("lead", "contact", "need", "proposal", "negotiation")
    table = backward_dates(case["close"], {s: case[s] for s in names}, (0.5,))
    return [str(day) for day in table["enter_by"]]


def alone(case: Case) -> list[str]:
    return [str(case["close"] - dt.timedelta(days=case[s])) for s in OPEN]


def leaving(case: Case) -> list[str]:
    return [*enter_by(case)[1:], str(case["close"])]


# ---------------------------------------------------------------- 10.7 P80

SHEET_DAYS = {"lead": 5, "contact": 12, "need": 24, "proposal": 30, "negotiation": 20}


def today_and_close(r: random.Random) -> dict[str, Any]:
    left = r.choice((*range(56, 72), *range(80, 86)))
    close = dt.date(2026, 12, 31) - dt.timedelta(days=7 * r.randrange(0, 8))
    return {"close": close, "today": close - dt.timedelta(days=left), "left": left}


def numbered(case: Case) -> dict[str, str]:
    return {str(k): f"{k} {stage_name(s)}" for k, s in enumerate(OPEN, 1)}


def plan(case: Case) -> Any:
    return milestones(case["close"], source="sheet")


def earliest_stage(case: Case) -> str:
    from funnelkit.control import milestones

    table = milestones(case["close"], source="sheet").table.query("quantile == 0.8")
    safe = [day >= case["today"] for day in table["enter_by"]]
    return str(1 + safe.index(True))


def by_medians(case: Case) -> str:
    table = plan(case).table.query("quantile == 0.5")
    return str(1 + [day >= case["today"] for day in table["enter_by"]].index(True))
