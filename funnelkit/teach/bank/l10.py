"""L10 Process, milestones, closed loop."""

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

import funnelkit as fk
from funnelkit.control import ActionLog, backward_dates, conformance, evidence_gaps, milestones
from funnelkit.control.action_results import Reviews
from funnelkit.data.pipeline import Pipeline
from funnelkit.process import load_process
from funnelkit.process.text import Text
from funnelkit.teach.choices import Choice, Match, Option
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.kinds import NotOfKind, Number, Series
from funnelkit.teach.written import Blank, Find, Sheet
from funnelkit.words import number, percent, say

# Histories that come far enough to leave the sheet now and then.
PLANS = {
    "routes": {
        "deals": 200, "skip_rate": 0.06, "back_rate": 0.1,
        "stages": {
            "lead": {"step_rate": 0.8}, "contact": {"step_rate": 0.8}, "need": {"step_rate": 0.75},
            "proposal": {"step_rate": 0.7}, "negotiation": {"step_rate": 0.6},
        },
    },
}  # fmt: skip
_OPEN = ("lead", "contact", "need", "proposal", "negotiation")


def _stage_name(id: str) -> str:
    return load_process(None).label(id)


# ---------------------------------------------------------------- 10.1 guess

_NO_SHARE = T("Write a number between 0 and 100.", "请填 0 到 100 之间的数字。")
_NOT_NESTED = T(
    "Each line counts a part of the one before: out of all actions agreed, those with an owner and a day, and of these the ones somebody checked.",
    "每一行都是上一行的一部分：先是会上定下的行动，再是写明负责人和日期的，最后是有人核对过效果的。",
)


def _share(text: str) -> Text | None:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%?", text)
    return None if found and float(found[1]) <= 100 else _NO_SHARE


def _nested(filled: Mapping[str, str]) -> Text | None:
    owned, checked = (float(filled[k].rstrip("% ")) for k in ("owned", "checked"))
    return _NOT_NESTED if checked > owned else None


def guess(case: Case) -> dict[str, str]:
    return {"owned": "50", "checked": "10"}


# ---------------------------------------------------------------- 10.2 sort

_CLASSES = (
    Option("activity", T("Activity: a manager can decide it today", "活动：经理今天就能安排"), T("", "")),
    Option("objective", T("Objective on the way: shows whether it takes effect", "过程目标：看活动有没有起作用"), T("", "")),
    Option("result", T("Result: can only be read afterwards", "结果：只能事后看到"), T("", "")),
)  # fmt: skip
_WHY = {
    "activity": T("Somebody can simply decide to do it, this week: an activity.", "下决心本周就能做到：属于活动。"),
    "objective": T("It needs the buyers to react, and shows early whether the work takes effect: an objective on the way.", "要客户有反应才行，能较早看出工作是否起作用：属于过程目标。"),
    "result": T("Nobody can decide this; it comes out at the end and is read afterwards: a result.", "谁也无法直接决定，最后才出来：属于结果。"),
}  # fmt: skip
_MEASURES: tuple[tuple[str, str, str, str], ...] = (
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
_SORTED = {id: kind for id, kind, _, _ in _MEASURES}


def sorted_measures(case: Case) -> dict[str, str]:
    return dict(_SORTED)


# ---------------------------------------------------------------- 10.3 conformance


def routes(case: Case) -> pd.DataFrame:
    """Ways the histories took, as stage numbers, and how many deals took each."""
    history = case.p.stage_history
    assert history is not None
    rows = history.order_by("deal_id", "entered_at", "seq").to_pandas()
    signs = {s: str(k) for k, s in enumerate(_OPEN, 1)} | {"won": str(T("won", "赢单"))}
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


def _moves_counted(case: Case) -> list[int]:
    """Count moves instead of deals: a deal that went back twice is there twice."""
    ways = routes(case)
    skips = backs = 0
    for way, n in ways.itertuples(index=False):
        steps = [int(s) if s.isdigit() else 6 for s in way.split(" → ")]
        skips += n * sum(b - a > 1 for a, b in pairwise(steps))
        backs += n * sum(b < a for a, b in pairwise(steps))
    return [conform(case)[0], skips, backs]


def _only_full(case: Case) -> list[int]:
    """Take only whole ways for conforming ones."""
    ways = routes(case)
    whole = ways[ways.iloc[:, 0].str.match("^1 → 2 → 3 → 4 → 5 → [^0-9]+$")]
    return [int(whole.iloc[:, 1].sum()), *conform(case)[1:]]


def _subtracted(case: Case) -> list[int]:
    """Take deals that did both twice off."""
    whole = int(conformance(case.p).table["deals"].iloc[0])
    _, skips, backs = _moves_counted(case)
    return [whole - skips - backs, *conform(case)[1:]]


# ---------------------------------------------------------------- 10.4 variation

_EACH = 40


def two_periods(r: random.Random) -> dict[str, Any]:
    # wide before, narrow after; six sellers with 40 deals each
    before = [r.choice((12, 14, 16)), r.choice((18, 20)), r.choice((22, 24)), r.choice((28, 30)), r.choice((34, 36)), r.choice((32, 38))]  # fmt: skip
    after = [24, r.choice((26, 28)), r.choice((28, 30)), r.choice((30, 32)), r.choice((32, 34)), r.choice((34, 36))]  # fmt: skip
    r.shuffle(before)
    r.shuffle(after)
    return {"before": before, "after": after, "each": _EACH}


def _sellers(case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        {
            str(T("Seller", "负责人")): list("ABCDEF"),
            str(T("Before: histories on the sheet", "之前：符合流程的商机数")): case["before"],
            str(T("Before: share", "之前：占比")): [percent(k / _EACH, 1) for k in case["before"]],
            str(T("After: histories on the sheet", "之后：符合流程的商机数")): case["after"],
            str(T("After: share", "之后：占比")): [percent(k / _EACH, 1) for k in case["after"]],
        }
    )


def variance_ratio(case: Case) -> float:
    import numpy as np

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


def _medians(case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        {
            str(T("Stage", "阶段")): [_stage_name(s) for s in _OPEN],
            str(T("Median days", "停留天数中位数")): [case[s] for s in _OPEN],
        }
    )


def enter_by(case: Case) -> list[str]:
    from funnelkit.control import backward_dates

    names = ("lead", "contact", "need", "proposal", "negotiation")
    table = backward_dates(case["close"], {s: case[s] for s in names}, (0.5,))
    return [str(day) for day in table["enter_by"]]


def _alone(case: Case) -> list[str]:
    return [str(case["close"] - dt.timedelta(days=case[s])) for s in _OPEN]


def _leaving(case: Case) -> list[str]:
    return [*enter_by(case)[1:], str(case["close"])]


# ---------------------------------------------------------------- 10.7 P80

_SHEET_DAYS = {"lead": 5, "contact": 12, "need": 24, "proposal": 30, "negotiation": 20}


def today_and_close(r: random.Random) -> dict[str, Any]:
    left = r.choice((*range(56, 72), *range(80, 86)))
    close = dt.date(2026, 12, 31) - dt.timedelta(days=7 * r.randrange(0, 8))
    return {"close": close, "today": close - dt.timedelta(days=left), "left": left}


def _numbered(case: Case) -> dict[str, str]:
    return {str(k): f"{k} {_stage_name(s)}" for k, s in enumerate(_OPEN, 1)}


def _plan(case: Case) -> Any:
    return milestones(case["close"], source="sheet")


def earliest_stage(case: Case) -> str:
    from funnelkit.control import milestones

    table = milestones(case["close"], source="sheet").table.query("quantile == 0.8")
    safe = [day >= case["today"] for day in table["enter_by"]]
    return str(1 + safe.index(True))


def _by_medians(case: Case) -> str:
    table = _plan(case).table.query("quantile == 0.5")
    return str(1 + [day >= case["today"] for day in table["enter_by"]].index(True))


# ---------------------------------------------------------------- 10.8 action log

_START = dt.date(2026, 1, 1)
_ACTIONS = (
    ("a1", "win_rate", T("Buyer's finance head joins the proposal meeting", "方案会请客户财务负责人参加")),
    ("a2", "win_rate", T("Two-page summary instead of a thick offer", "用两页摘要代替厚厚的方案书")),
    ("a3", "win_rate", T("Reference visit before the price talk", "谈价格之前先看样板客户")),
    ("a4", "win_rate", T("Standard discount offered at once", "一开始就给标准折扣")),
    ("a5", "no_decision_rate", T("Decision steps and day written down with the buyer", "与客户一起写明决策步骤和日期")),
    ("a6", "no_decision_rate", T("Weekly reminder mail to silent buyers", "每周给没回音的客户发提醒邮件")),
    ("a7", "win_rate", T("New price sheet", "新的报价单")),
    ("a8", "no_decision_rate", T("Chief engineer calls the buyer's plant manager", "总工程师致电客户厂长")),
)  # fmt: skip
_VERDICTS = tuple(
    Option(v, T(en, zh), T("", ""))
    for v, en, zh in (
        ("worked", "worked", "有效"), ("not_shown", "not shown", "未见效果"),
        ("worse", "worse", "变差"), ("too_early", "too early", "为时尚早"),
    )
)  # fmt: skip
_UP = T(
    "Fewer than 20 deals on a side: too early. Else read the interval, not only the change: above zero all the way it worked (for shares one wants high), across zero it is not shown.",
    "任何一边不足 20 个商机都为时尚早。其余不要只看变化，要看区间：希望升高的指标，区间全在 0 以上才算有效；区间跨过 0 就是未见效果。",
)
_LESS = T(
    "With fewer than 20 deals on a side it is too early. Else less is better here: deals that end without a decision. A fall below zero all the way is the good news, a rise is not.",
    "任何一边不足 20 个商机都为时尚早。其余越低越好：不了了之的占比下降，且区间全在 0 以下，才是好消息；上升则相反。",
)


def tried(r: random.Random) -> dict[str, Any]:
    # hits and deals before and after; which action fared how differs from learner to learner
    wins = [
        (r.randrange(18, 25), 120, r.randrange(46, 55), 120),
        (r.randrange(22, 28), 110, r.randrange(27, 32), 110),
        (r.randrange(14, 20), 80, r.randrange(6, 9), r.randrange(9, 15)),
        (r.randrange(44, 50), 120, r.randrange(18, 24), 120),
        (r.randrange(24, 30), 100, r.randrange(22, 27), 100),
    ]
    undecided = [
        (r.randrange(48, 56), 120, r.randrange(18, 26), 120),
        (r.randrange(20, 25), 120, r.randrange(46, 54), 120),
        (r.randrange(20, 26), 90, r.randrange(1, 3), r.randrange(11, 18)),
    ]
    r.shuffle(wins)
    r.shuffle(undecided)
    return {id: (wins if m == "win_rate" else undecided).pop() for id, m, _ in _ACTIONS}


def action_pipeline(case: Case) -> Pipeline:
    """Deals before and after the start of the eight actions, one region an action."""
    rows: list[tuple[Any, ...]] = []
    for id, measure, _ in _ACTIONS:
        hits0, n0, hits1, n1 = case[id]
        hit = "won" if measure == "win_rate" else "no_decision"
        for hits, n, first in ((hits0, n0, dt.date(2025, 8, 1)), (hits1, n1, _START)):
            for k in range(n):
                began = dt.datetime.combine(first, dt.time(9)) + dt.timedelta(days=k % 60)
                end = began + dt.timedelta(days=30)
                rows.append((f"{id}-{len(rows)}", id, began, end, hit if k < hits else "lost"))
    columns = ["deal_id", "region", "created_at", "closed_at", "outcome"]
    frame = pd.DataFrame(rows, columns=columns)
    return fk.from_frames(frame, as_of="2026-06-30", synthetic=True)


def reviewed(case: Case) -> Reviews:
    """Let the action log judge the eight actions."""
    p = action_pipeline(case)
    with ActionLog() as log:
        for id, measure, text in _ACTIONS:
            log.add(
                str(text), measure=measure, owner="Ada", segment=f"region={id}",
                start=_START, due=_START + dt.timedelta(days=90),
            )  # fmt: skip
        return log.review(p, window=60)


def verdicts(case: Case) -> dict[str, str]:
    from funnelkit.teach.bank.l10 import reviewed

    table = reviewed(case).table
    return {seg.split("=")[1]: v for seg, v in zip(table["segment"], table["verdict"], strict=True)}


def _signs_only(case: Case) -> dict[str, str]:
    table = reviewed(case).table
    good = table["effect"] * np.where(table["measure"] == "win_rate", 1, -1) > 0
    return {f"a{k}": "worked" if g else "worse" for k, g in enumerate(good, 1)}


def _rise_is_good(case: Case) -> dict[str, str]:
    turned = {"worked": "worse", "worse": "worked"}
    less = {id for id, measure, _ in _ACTIONS if measure != "win_rate"}
    return {id: turned.get(v, v) if id in less else v for id, v in verdicts(case).items()}


def _log_table(case: Case) -> pd.DataFrame:
    table = reviewed(case).table
    return pd.DataFrame(
        {
            str(T("Action", "行动")): table["problem"],
            str(T("Measure", "指标")): [say(f"control.measure_{m}") for m in table["measure"]],
            str(T("Before", "之前")): [f"{percent(v)} (n={n})" for v, n in zip(table["before"], table["n_before"], strict=True)],
            str(T("After", "之后")): [f"{percent(v)} (n={n})" for v, n in zip(table["after"], table["n_after"], strict=True)],
            str(T("Change, points", "变化（百分点）")): [f"{100 * v:+.1f}" for v in table["effect"]],
            str(T("95 % interval", "95% 区间")): [f"{100 * a:+.1f} … {100 * b:+.1f}" for a, b in zip(table["low"], table["high"], strict=True)],
        }
    )  # fmt: skip


def _action_options() -> tuple[Option, ...]:
    return tuple(Option(id, text, _UP if m == "win_rate" else _LESS) for id, m, text in _ACTIONS)


# ---------------------------------------------------------------- 10.9 evidence


def _asked_deals(p: Pipeline) -> list[str]:
    """Ten open deals that have come some way, those with gaps among them."""
    gaps = list(dict.fromkeys(evidence_gaps(p).table["deal_id"]))
    frame = p.frame()
    far = frame[(frame["outcome"] == "open") & frame["stage"].isin(_OPEN[2:])]["deal_id"]
    return sorted([*gaps[:5], *[d for d in far if d not in gaps][: 10 - min(5, len(gaps))]])


def proofs(case: Case) -> pd.DataFrame:
    """Evidence ids by stage of some open deals; a dash where there is none."""
    ids = _asked_deals(case.p)
    evidence = case.p.tables["evidence"].to_pandas()
    frame = case.p.frame().set_index("deal_id")
    history = case.p.stage_history
    assert history is not None
    first = history.order_by("deal_id", "entered_at", "seq").to_pandas()
    first = first.drop_duplicates("deal_id").set_index("deal_id")["stage"]
    rows = []
    for id in ids:
        own = evidence[evidence["deal_id"] == id].drop_duplicates("stage").set_index("stage")
        row = [id, _stage_name(first[id]), _stage_name(str(frame.loc[id, "stage"]))]
        rows.append([*row, *(own["evidence_id"].get(s, "–") for s in _OPEN)])
    heads = [
        str(T("Deal", "商机编号")),
        str(T("Began in", "起始阶段")),
        str(T("Now in", "当前阶段")),
    ]
    return pd.DataFrame(rows, columns=[*heads, *(f"{_stage_name(s)} " for s in _OPEN)])


def missing_ids(case: Case) -> int:
    from funnelkit.control import evidence_gaps
    from funnelkit.teach.bank.l10 import proofs

    shown = set(proofs(case).iloc[:, 0])
    gaps = evidence_gaps(case.p).table
    return int(gaps["deal_id"].isin(shown).sum())


def _dashes(case: Case) -> int:
    return int((proofs(case) == "–").sum().sum())


def _with_gaps(case: Case) -> int:
    gaps = evidence_gaps(case.p).table
    return int(gaps[gaps["deal_id"].isin(set(proofs(case).iloc[:, 0]))]["deal_id"].nunique())


# ---------------------------------------------------------------- 10.10 own action

_ONE_OWNER = T(
    "A group owns nothing: write one person's name.", "“大家负责”等于没人负责：请写一个人的名字。"
)
_NO_NUMBER = T(
    "Give a number, so that one can see later whether it moved.",
    "请写出数值，以后才看得出有没有变化。",
)
_NO_DAY = T("Give a whole date, such as 2027-01-15.", "请写完整日期，例如 2027-01-15。")
_DAYS_ORDER = T(
    "Start, due day and review have to follow one another; a review before the action has had time finds nothing.",
    "开始、完成、复盘三个日期要依次往后：行动还没来得及起作用就复盘，什么也看不出来。",
)
_MANY = (
    r"\b(team|all|everybody|everyone|we|sales|dept|department)\b|大家|所有人|全体|团队|部门|我们"
)


def _person(text: str) -> Text | None:
    return _ONE_OWNER if re.search(_MANY, text, re.I) else None


def _counted(text: str) -> Text | None:
    return None if re.search(r"\d", text) else _NO_NUMBER


def _dated(text: str) -> Text | None:
    try:
        as_day(text)
    except (NotOfKind, ValueError):
        return _NO_DAY
    return None


def _in_turn(filled: Mapping[str, str]) -> Text | None:
    days = [as_day(filled[k]) for k in ("start", "due", "review")]
    return None if days[0] < days[1] <= days[2] else _DAYS_ORDER


def own_action(case: Case) -> dict[str, str]:
    return {
        "problem": "Proposals stay without an answer", "hypothesis": "The payer has never seen them",
        "measure": "step rate from proposal, East", "baseline": "52 %", "expected": "60 %",
        "owner": "Ada", "start": "2027-01-11", "due": "2027-03-31", "review": "2027-06-30",
    }  # fmt: skip


EXERCISES = (
    Exercise(
        id="L10.1", objective="O5", minutes=2, seeds=("S45",),
        prompt=T(
            "Before any data: of 100 actions agreed in your review meetings, how many have one owner and a day, and of how many did somebody check later whether they worked?",
            "先不看数据：贵公司例会上定下的 100 项行动，有多少写明了负责人和日期？有多少后来有人核对过是否有效？"),
        kind=Sheet((
            Blank("owned", T("With one owner and a day:", "写明负责人和日期："), _share),
            Blank("checked", T("Effect checked later:", "后来核对过效果："), _share)), _nested),
        solve=guess,
        mistakes=(
            Mistake("words", lambda c: {"owned": "most", "checked": "10"}, _NO_SHARE),
            Mistake("more", lambda c: {"owned": "40", "checked": "60"}, _NOT_NESTED)),
        hints=(
            T("Think of the last three meetings.", "回想最近三次例会。"),
            T("The second number is a part of the first.", "第二个数是第一个数的一部分。"),
            T("If every second action got an owner and a day, write 50 first.", "如果一半行动写明了负责人和日期，第一格填 50。")),
        after=T("Kept. At the end you write an action that can be checked.", "已保存。课末你会写一项可以核对的行动。"),
    ),
    Exercise(
        id="L10.2", objective="O1", minutes=6, seeds=("S40", "S41"),
        prompt=T("Seventeen measures from sales reports. Which can a manager decide, which show early whether it works, which can only be read afterwards? Fifteen right is enough.",
                 "销售报表里的十七个指标：哪些经理能直接安排，哪些能较早看出效果，哪些只能事后看？对十五个即可。"),
        kind=Match(tuple(Option(id, T(en, zh), _WHY[kind]) for id, kind, en, zh in _MEASURES), _CLASSES, forgiven=2),
        solve=sorted_measures, mistakes=(),
        hints=(
            T("Ask of each: could I put it into next week's calendar?", "逐个问：能不能排进下周的日程？"),
            T("If it takes the buyer to react, it is no activity. If it is the end of the chain, it is a result.", "需要客户有反应的不是活动；链条末端的是结果。"),
            T("“Meetings held” can be put into the calendar: an activity.", "“拜访客户次数”能排进日程：属于活动。")),
        after=T("You manage the activities, watch the objectives, and answer for the results. A report of results alone leaves nothing to manage.",
                "能管的是活动，要盯的是过程目标，要负责的是结果。只报结果的报表，没有可管的东西。"),
    ),
    Exercise(
        id="L10.3", objective="O2", minutes=5, seeds=("S42",), data="routes",
        prompt=T("Ways of 200 deals (1 lead, 2 contact, 3 need, 4 proposal, 5 negotiation; a way may end anywhere). How many deals follow the sheet, how many skipped a stage at least once, how many went back at least once?",
                 "下面是 200 个商机走过的路径（1 潜在客户生成，2 联系，3 需求识别，4 方案提供，5 谈判；中途结束也算正常）。符合流程的有几个？至少跳过一次阶段的几个？至少退回一次的几个？"),
        kind=Series(lambda c: [str(T("On the sheet", "符合流程")), str(T("Skipped a stage", "跳过阶段")), str(T("Went back", "退回"))], "deals", relative=0.0),
        solve=conform, show=routes,
        mistakes=(
            Mistake("only_whole", _only_full, T(
                "These are only the ways to the end. A deal that was lost or is open halfway has followed the sheet too, as far as it came.",
                "这只数了走到底的。中途输单或仍在途的商机，只要一路按流程走，也算符合。")),
            Mistake("moves", _moves_counted, T(
                "You counted moves. A deal that went back twice is one deal.", "你数的是动作次数。同一个商机退回两次，也只算一个。")),
            Mistake("subtracted", _subtracted, T(
                "Some deals left the sheet more than once: taking every move off the whole takes them off twice.",
                "有些商机不止一次偏离流程：用总数逐次扣除，会重复扣掉。"))),
        hints=(
            T("First mark the ways that only go up by one.", "先标出每次只前进一步的路径。"),
            T("A way such as 1 → 3 has a jump, 3 → 2 a return.", "1 → 3 是跳过，3 → 2 是退回。"),
            T("1 alone, 1 → 2, 1 → 2 → 3 and so on up to won all follow the sheet: add their deals.", "只有 1、1 → 2、1 → 2 → 3 直到赢单，都符合流程：把它们的商机数相加。")),
        after=T("A return is no crime: it is honest when the buyer changed. What matters is that it is recorded and talked about.",
                "退回不是错：客户变了就该退回。关键是如实记录并讨论。"),
    ),
    Exercise(
        id="L10.4", objective="O3", minutes=4, seeds=("S43",), draw=two_periods,
        prompt=T("Six sellers, {each} deals each, before and after a common process began. Divide the variance of the shares after by the variance before (a spreadsheet's VAR will do). What is the ratio?",
                 "六名销售，统一流程实施前后各 {each} 个商机。用“之后”各人占比的方差除以“之前”的方差（电子表格的 VAR 函数即可），比值是多少？"),
        kind=Number("number", within=0.01, relative=0.03),
        solve=variance_ratio, show=_sellers,
        mistakes=(
            Mistake("deviations", lambda c: variance_ratio(c) ** 0.5, T(
                "This is the ratio of the standard deviations. Variance is the square of it.", "这是标准差之比，方差要再平方。")),
            Mistake("turned", lambda c: 1 / variance_ratio(c), T(
                "Turned round: after stands above, before below. Below 1 means less difference than before.", "上下颠倒了：之后在上，之前在下。小于 1 表示差异变小。")),
            Mistake("averages", lambda c: sum(c["after"]) / sum(c["before"]), T(
                "This compares the averages. The question is how far the sellers differ from one another.", "这比的是平均水平。题目问的是各人之间差异有多大。"))),
        hints=(
            T("Arbitrariness shows in the differences between people, not in the average.", "随意性体现在人与人的差异上，而不是平均值上。"),
            T("Variance: mean of the squared distances from the average.", "方差：各人与平均值之差的平方再取平均。"),
            T("First the average share before, then each seller's distance from it, squared.", "先算“之前”的平均占比，再算每人与它的差并平方。")),
        after=T("Below 1: people work more alike than before. With few sellers ask for the interval before you tell anybody.",
                "小于 1：大家的做法比以前更一致。人数少时，先看区间再下结论。"),
    ),
    Exercise(
        id="L10.5", objective="O3", minutes=2, seeds=("S43",),
        draw=lambda r: {"ratio": r.choice((0.52, 0.58, 0.63)), "low": r.choice((0.18, 0.22, 0.27)), "high": r.choice((1.4, 1.7, 2.1))},
        prompt=T("For another firm with eight sellers the ratio is {ratio}, with a 95 % interval from {low} to {high}. What may the manager say?",
                 "另一家公司有八名销售，比值是 {ratio}，95% 区间为 {low} 到 {high}。经理可以怎么说？"),
        kind=Choice((
            Option("a", T("The process has made the sellers work more alike.", "流程让销售的做法更一致了。"),
                   T("The interval reaches beyond 1: with eight sellers such a fall comes by luck too.", "区间越过了 1：只有八个人，单凭运气也会出现这样的下降。")),
            Option("b", T("A fall is likely but not shown; look again with more deals.", "可能变一致了，但还不能证明，多积累商机再看。"),
                   T("Right: the middle is below 1, the interval is not.", "对：中心值小于 1，但区间没有全在 1 以下。"), right=True),
            Option("c", T("The process has had no effect.", "流程没有作用。"),
                   T("Not shown is not the same as no effect: the interval also holds a large fall.", "“没有证明”不等于“没有作用”：区间里也包含大幅下降。")),
            Option("d", T("The sellers perform better than before.", "销售业绩比以前好了。"),
                   T("The ratio tells how far people differ, not how well they sell.", "这个比值说的是差异，不是业绩好坏。")))),
        solve=lambda case: "b", mistakes=(),
        hints=(
            T("Where is 1?", "1 在哪里？"),
            T("At 1 nothing has changed. Is 1 inside the interval?", "等于 1 表示没有变化。1 在区间里吗？"),
            T("Lower end below 1, upper end above 1: both directions are possible.", "下限小于 1、上限大于 1：两个方向都有可能。")),
        after=T("Ratio and interval belong together, for people above all.", "比值和区间要一起说，评价人的时候尤其如此。"),
    ),
    Exercise(
        id="L10.6", objective="O4", minutes=5, seeds=("S44",), draw=path_of,
        prompt=T("A deal is to be signed on {close:date}. Count back with the median days below: by which date does it have to enter each stage? (such as 2026-12-11)",
                 "一个商机要在 {close:date} 签约。用下表的停留天数中位数倒推：最晚哪天要进入各阶段？（格式如 2026-12-11）"),
        kind=Dates(lambda c: [_stage_name(s) for s in _OPEN], "number", within=0.0),
        solve=enter_by, show=_medians,
        mistakes=(
            Mistake("alone", _alone, T(
                "Each stage was counted back from the signature alone. Before negotiation begins, the stages before it need their days too: add up.",
                "每个阶段都单独从签约日倒推了。后面各阶段的天数要累加。")),
            Mistake("leaving", _leaving, T(
                "These are the days to leave each stage. The plan asks when to enter it: go back by its own days too.",
                "这是离开各阶段的日期。题目问的是进入日期，还要再减去本阶段的天数。"))),
        hints=(
            T("Begin at the end.", "从最后一步开始。"),
            T("Enter negotiation = signature minus the days of negotiation; then go on from there.", "进入谈判 = 签约日减去谈判天数，再往前推。"),
            T("Enter proposal = the date you found for negotiation minus the days of proposal.", "进入方案提供 = 上一步得到的谈判日期，再减去方案的天数。")),
        after=T("These dates hold for fewer than half of the deals: medians added up promise too much. Next: eight deals in ten.",
                "按中位数倒推，能按时的不到一半：承诺过头了。下一题看八成把握的日期。"),
    ),
    Exercise(
        id="L10.7", objective="O4", minutes=3, seeds=("S44",), draw=today_and_close,
        prompt=T("Today is {today:date}, signature is wanted on {close:date}. Name the earliest stage that a deal may enter today so that eight in ten such deals are still in time.",
                 "今天是 {today:date}，希望在 {close:date} 签约。今天最早处于哪个阶段（刚进入）的商机，十个里有八个还来得及？"),
        kind=Find("stage", _numbered), solve=earliest_stage, show=_plan,
        mistakes=(
            Mistake("medians", _by_medians, T(
                "This reads the 50 % dates. Of deals that begin there, more than half come too late.", "这看的是 50% 那一列：从那里开始的商机，一半以上会晚。")),
            Mistake("whole_way", "1", T("A deal that begins at the very start has the whole way before it: its date is past already.", "从头开始的商机还要走完全程，它的日期早已过了。"))),
        hints=(
            T("Which column speaks of eight in ten?", "哪一列说的是十个里有八个？"),
            T("Compare each 80 % date with today.", "把 80% 的各个日期与今天对比。"),
            T("Go from the first stage on until a date is not past.", "从第一个阶段往后找，直到日期还没有过。")),
        after=T("Deals in earlier stages belong into the next period's forecast, whatever the seller hopes.", "更靠前的商机应放进下一期预测，不能凭希望。"),
    ),
    Exercise(
        id="L10.8", objective="O5", minutes=5, seeds=("S45",), draw=tried,
        prompt=T("Eight actions, each compared with the time before. Rule: fewer than 20 deals on a side is too early; an interval wholly on the good side worked, wholly on the bad side worse, else not shown. Give the verdicts.",
                 "八项行动，各与之前对比。规则：任何一边不足 20 个商机，为时尚早；区间全在好的一侧，有效；全在坏的一侧，变差；否则未见效果。请逐项下结论。"),
        kind=Match(_action_options(), _VERDICTS), solve=verdicts, show=_log_table,
        mistakes=(
            Mistake("signs", _signs_only, T(
                "A change alone is no verdict: some intervals cross zero, some actions have too few deals.", "只看升降不能下结论：有的区间跨过 0，有的商机太少。")),
            Mistake("rise", _rise_is_good, T(
                "For deals that end without a decision less is better: there a rise is bad news.", "不了了之的占比越低越好：这里上升是坏消息。"))),
        hints=(
            T("Three questions in this order: enough deals? which side is good? does the interval cross zero?", "按顺序问三个问题：商机够吗？哪边是好？区间跨 0 吗？"),
            T("Two of the eight are too early, two are not shown.", "八项中有两项为时尚早，两项未见效果。"),
            T("First strike out the rows with n below 20.", "先划掉 n 小于 20 的行。")),
        after=T("Keep what worked, stop what made it worse, give the others a new review day. “Not shown” is a result worth having.",
                "有效的保留，变差的停掉，其余定下新的复盘日。“未见效果”也是有用的结论。"),
    ),
    Exercise(
        id="L10.9", objective="O2", minutes=3, seeds=("S42", "S45"), data="routes",
        prompt=T("Evidence ids of open deals by stage. Every stage that a deal has left should have one, from the stage it began in; a stage jumped over too. How many are missing?",
                 "下表是在途商机各阶段的依据编号。从起始阶段起，凡是已离开（含跳过）的阶段都应有一个编号。一共缺几个？"),
        kind=Number("number", relative=0.0), solve=missing_ids, show=proofs,
        mistakes=(
            Mistake("dashes", _dashes, T(
                "You counted every dash. The stage a deal is in, and those to come, need no evidence yet.", "你数了所有“–”。当前阶段及之后的阶段还不需要依据。")),
            Mistake("rows", _with_gaps, T(
                "You counted deals. One deal may lack evidence for two stages.", "你数的是商机数。一个商机可能缺两个阶段的依据。")),
            Mistake("none", lambda c: 0, T(
                "Some stages were left without an id: look left of the present stage.", "有些阶段离开时没有编号：看当前阶段左边的各列。"))),
        hints=(
            T("Look only left of the stage the deal is in.", "只看当前阶段左边的列。"),
            T("Go row by row: first the stage, then the dashes before it.", "逐行看：先找当前阶段，再数它前面的“–”。"),
            T("A deal in proposal needs ids for lead, contact and need.", "处于方案提供的商机，前三个阶段都要有编号。")),
        after=T("A step without evidence is an opinion. Ask for the paper at the step, not at the end of the quarter.", "没有依据的推进只是一种看法。推进时就要依据，别等到季末。"),
    ),
    Exercise(
        id="L10.10", objective="O5", minutes=4, seeds=("S45",),
        prompt=T("Close the loop: write one action of your own so that a stranger could tell later whether it worked.", "闭环：写一项你自己的行动，让局外人以后也能判断它是否有效。"),
        kind=Sheet((
            Blank("problem", T("Problem and stage:", "问题和阶段："), None, True),
            Blank("hypothesis", T("Why should it help:", "为什么会有用："), None, True),
            Blank("measure", T("Measure, and for which deals:", "指标及适用商机：")),
            Blank("baseline", T("Value today:", "目前数值："), _counted),
            Blank("expected", T("Value expected:", "预期数值："), _counted),
            Blank("owner", T("Owner:", "负责人："), _person),
            Blank("start", T("Start:", "开始日期："), _dated),
            Blank("due", T("Due:", "完成日期："), _dated),
            Blank("review", T("Review:", "复盘日期："), _dated)), _in_turn),
        solve=own_action,
        mistakes=(
            Mistake("group", lambda c: {**own_action(c), "owner": "the whole team"}, _ONE_OWNER),
            Mistake("no_number", lambda c: {**own_action(c), "expected": "better"}, _NO_NUMBER),
            Mistake("no_day", lambda c: {**own_action(c), "due": "soon"}, _NO_DAY),
            Mistake("days", lambda c: {**own_action(c), "review": "2027-01-12"}, _DAYS_ORDER)),
        hints=(
            T("Take the worst step of your own funnel.", "从你自己漏斗里最弱的一步开始。"),
            T("Name one person, two numbers, three dates.", "写一个人、两个数、三个日期。"),
            T("The review comes when deals begun after the start have had their time: start plus one usual cycle.", "复盘要等新进商机走完常见周期：开始日加一个销售周期。")),
        after=T("Type it into the action log. The verdict is then computed, not voted on.", "把它写进行动日志，结论由数据算出，不靠表决。"),
    ),
)  # fmt: skip


# ---------------------------------------------------------------- for the lesson's own cells


def action(p: Pipeline) -> dict[str, Any]:
    """Return an action on this pipeline that is old enough for a verdict."""
    start = (pd.Timestamp(p.as_of) - pd.Timedelta(days=365)).date()
    stages = p.process.open_ids
    return {
        "problem": str(T("Too few deals are won", "赢单偏少")), "measure": "win_rate",
        "stage": stages[min(2, len(stages) - 1)],
        "hypothesis": str(T("Meet the payer early", "尽早见到付款决策人")),
        "owner": str(T("Sales lead", "销售负责人")), "start": start,
        "due": start + dt.timedelta(days=180),
    }  # fmt: skip


def dates(p: Pipeline) -> Any:
    """Show by when to enter each stage for other signature days and other certainty."""
    from funnelkit.teach.whatif import Slider, panel
    from funnelkit.words import date as written

    day = pd.Timestamp(p.as_of).date()
    caption = T(
        "Enter by, for a signature on {day} with {share} in time",
        "最晚进入日期（{day} 签约，{share} 能按时）",
    )
    past = T("past", "已过")
    known = {s: p.process.stage(s).target.median_days for s in p.process.open_ids}
    days = {s: m for s, m in known.items() if m} or _SHEET_DAYS
    sliders = [
        Slider(
            "weeks", str(T("weeks until the signature", "距签约的周数")), 2, 40, 1, 26, share=False
        ),
        Slider("share", str(T("share of deals in time", "能按时的商机占比")), 0.5, 0.95, 0.05, 0.8),
    ]

    def render(state: Mapping[str, float]) -> str:
        close = day + dt.timedelta(weeks=int(state["weeks"]))
        # a slider's 0.5 is meant as a share like the others, not as medians added up
        share = min(max(state["share"], 0.501), 0.99)
        rows = []
        for stage, by in backward_dates(close, days, (share,))[["stage", "enter_by"]].itertuples(
            index=False
        ):
            label = p.process.label(stage) if stage in p.process.open_ids else stage
            mark = f" ({past})" if by < day else ""
            rows.append(f"<tr><th scope='row'>{label}</th><td>{written(by)}{mark}</td></tr>")
        head = str(caption).format(day=written(close), share=percent(share))
        return f"<table class='fk-table'><caption>{head}</caption>{''.join(rows)}</table>"

    return panel(sliders, render)


def moves(p: Pipeline) -> Any:
    """Show what share follows the sheet when frequent moves off it are allowed."""
    from funnelkit.teach.whatif import Slider, panel

    found = conformance(p)
    assert found.deviations is not None
    often = found.deviations[found.deviations["kind"].isin(["skip", "back"])].head(4)
    pairs = list(zip(often["from_stage"], often["to_stage"], strict=True))
    told = T("allow {a} → {b} (1 = yes)", "允许 {a} → {b}（1 = 是）")
    sliders = [
        Slider(
            f"m{k}",
            str(told).format(a=p.process.label(a), b=p.process.label(b)),
            0,
            1,
            1,
            0,
            share=False,
        )
        for k, (a, b) in enumerate(pairs)
    ]
    heads = (T("Histories on the sheet", "符合流程的商机"), T("Share", "占比"))

    def render(state: Mapping[str, float]) -> str:
        fine = [pair for k, pair in enumerate(pairs) if state.get(f"m{k}", 0) >= 0.5]
        row = conformance(p, allowed=fine).table.iloc[0]
        kept = f"{number(int(row['conform']), 0)} / {number(int(row['deals']), 0)}"
        cells = zip(heads, (kept, percent(row["rate"], 1)), strict=True)
        rows = "".join(f"<tr><th scope='row'>{h}</th><td>{v}</td></tr>" for h, v in cells)
        return f"<table class='fk-table'>{rows}</table>"

    return panel(sliders, render)


WHATIFS = {"dates": dates, "moves": moves}
