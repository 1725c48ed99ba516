"""What the funnel is worth to a team, and a week that fits the plan."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from funnelkit.process.text import Text
from funnelkit.teach.choices import Match, Option
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.kinds import NotOfKind, Series, plain_number
from funnelkit.teach.written import Blank, Sheet

_HOURS = T("Write hours as a number from 0 to 60.", "请填小时数，0 到 60 之间。")
_MONTHS = T("Write months as a number from 0 to 60.", "请填月数，0 到 60 之间。")
_TOO_MUCH = T(
    "Together this is more than 40 hours. A plan beyond the week is a wish: take something out.",
    "合计超过 40 小时。超出一周的计划只是愿望，请去掉一些。",
)
_NO_NEW = T(
    "Less than 10 hours for opening: the running offers get done, and three months later there are none.",
    "开拓不到 10 小时：手头的报价做完了，三个月后就没有新单了。",
)
_NO_LATE = T(
    "Less than 12 hours for running offers and negotiations: what was won over months goes cold at the end.",
    "跟进报价和谈判不到 12 小时：几个月积累的商机会在最后变冷。",
)


def _between(text: str, fault: Text) -> Text | None:
    try:
        return None if 0 <= plain_number(text) <= 60 else fault
    except NotOfKind:
        return fault


def _hours(text: str) -> Text | None:
    return _between(text, _HOURS)


def _months(text: str) -> Text | None:
    return _between(text, _MONTHS)


def _whole_week(filled: Mapping[str, str]) -> Text | None:
    hours = {k: plain_number(v) for k, v in filled.items()}
    if sum(hours.values()) > 40:
        return _TOO_MUCH
    if hours["new"] < 10:
        return _NO_NEW
    return _NO_LATE if hours["late"] < 12 else None


def guess(case: Case) -> dict[str, str]:
    return {"hours": "12", "months": "6"}


_VALUES = tuple(
    Option(id, T(en, zh), T(why_en, why_zh))
    for id, en, zh, why_en, why_zh in (
        ("outcome", "Foresee what will come in", "预见会有多少成交",
         "Foreseeing is checked by comparing forecast and result.", "预见得准不准，要拿预测和实际来比。"),
        ("seen", "See in time where deals get stuck", "及时看到商机卡在哪里",
         "Being in time shows in the days between the beginning of a fault and its alarm.", "及不及时，看问题开始到报警隔了多少天。"),
        ("effort", "Put the week's hours where they count", "把每周的时间用在关键处",
         "Where hours go is seen in the hours, not in the wins.", "时间用在哪里，要看时间本身，不看赢单数。"),
        ("focus", "Give each seller one thing to work on", "让每位销售有一个改进重点",
         "A focus is one stage; whether it helps shows in that stage's rate.", "重点是某个阶段，有没有用要看该阶段的转化率。"),
        ("learn", "Bring new colleagues to full strength sooner", "让新同事更快独当一面",
         "Growing into the job is a curve over months since the start.", "成长看入职以来逐月的曲线。"),
        ("together", "Work together without waiting for one another", "协作顺畅，不互相等待",
         "Working together shows at the joints: how long a deal waits between two roles.", "协作看衔接处：商机在两个岗位之间等多久。"),
    )
)  # fmt: skip
_MEASURES = tuple(
    Option(id, T(en, zh), T("", ""))
    for id, en, zh in (
        ("error", "Forecast error, four quarters", "近四个季度的预测误差"),
        ("lead", "Days from the beginning of a fault to its alarm", "从问题开始到报警的天数"),
        ("split", "Hours on opening and on running deals", "用于开拓与跟进的小时数"),
        ("stage", "Rate of one stage, with interval", "某一阶段的转化率及区间"),
        ("ramp", "Results by month since the start", "入职以来逐月的成绩"),
        ("waits", "Days a deal waits at each hand-over", "每次交接的等待天数"),
    )
)


def measures(case: Case) -> dict[str, str]:
    return {"outcome": "error", "seen": "lead", "effort": "split", "focus": "stage", "learn": "ramp", "together": "waits"}


def draw_week(r: random.Random) -> dict[str, Any]:
    return {
        "wins": r.choice([3, 6]),
        "won": r.choice([0.25, 0.5]),
        "offered": r.choice([0.5, 0.8]),
        "needed": r.choice([0.4, 0.5, 0.25]),
    }


def week(case: Case) -> list[float]:
    offers = case["wins"] / case["won"] / 12
    needs = offers / case["offered"]
    contacts = needs / case["needed"]
    return [contacts, needs, offers, contacts * 1 + needs * 4 + offers * 8]


def _quarter(case: Case) -> list[float]:
    return [12 * x for x in week(case)]


def _downward(case: Case) -> list[float]:
    """Return what multiplying in place of dividing gives."""
    offers = case["wins"] * case["won"] / 12
    needs = offers * case["offered"]
    contacts = needs * case["needed"]
    return [contacts, needs, offers, contacts + 4 * needs + 8 * offers]


def _one_hour_each(case: Case) -> list[float]:
    contacts, needs, offers, _ = week(case)
    return [contacts, needs, offers, contacts + needs + offers]


def plan(case: Case) -> dict[str, str]:
    return {"new": "12", "late": "14", "customers": "6", "inside": "8"}


EXERCISES = (
    Exercise(
        id="L07.1", objective="O1", minutes=2, seeds=("S15", "S18"),
        prompt=T(
            "Guess for your own team: how many hours of a seller's week go into talks with buyers, and how many months does a new seller take to full strength?",
            "先估计你的团队：一名销售每周有几小时在和客户交流？新销售要几个月才能独当一面？",
        ),
        kind=Sheet((
            Blank("hours", T("Hours a week with buyers:", "每周与客户交流的小时数："), _hours),
            Blank("months", T("Months to full strength:", "独当一面所需月数："), _months),
        )),
        solve=guess,
        mistakes=(
            Mistake("too_many", lambda c: {**guess(c), "hours": "80"}, _HOURS),
            Mistake("words", lambda c: {**guess(c), "months": "soon"}, _MONTHS),
        ),
        hints=(
            T("A rough figure is enough.", "大概数字即可。"),
            T("Take one seller and last week.", "想一位销售上一周的情况。"),
            T("If it was a talk a day of an hour and a half, write 7.5.", "如果每天一次、每次一个半小时，就填 7.5。"),
        ),
        after=T("Kept. Ask two colleagues the same and compare.", "已保存。再问两位同事，对照一下。"),
    ),
    Exercise(
        id="L07.2", objective="O1", minutes=4, seeds=("S15",),
        prompt=T("Six things a team hopes to get from the funnel. By which measure would you see that it got it?", "团队希望漏斗带来六个好处。每个好处用哪个指标来验证？"),
        kind=Match(_VALUES, _MEASURES),
        solve=measures, mistakes=(),
        hints=(
            T("Ask of each: what would look different if it came true?", "逐个问：如果真的实现，什么会不一样？"),
            T("Each measure is used once.", "每个指标只用一次。"),
            T("Foresight is judged by the difference between what was said and what came.", "预见，用说的和实际的差来衡量。"),
        ),
        after=T("A promise without a measure cannot be kept or broken. Each of these has its limit too: none tells why.", "没有指标的好处无法验证。这些指标也都有局限：都不说明原因。"),
    ),
    Exercise(
        id="L07.3", objective="O2", minutes=5, seeds=("S18",),
        prompt=T(
            "A seller needs {wins} wins a quarter (12 working weeks). {won:percent} of the offers are won, {offered:percent} of the needs lead to an offer, {needed:percent} of first contacts to a need. A contact takes 1 hour, a need 4, an offer 8. What does an even week look like?",
            "某销售每季度（12 个工作周）要赢 {wins} 单。报价的 {won:percent} 能赢，需求的 {offered:percent} 会进入报价，首次联系的 {needed:percent} 会形成需求。一次联系 1 小时，一个需求 4 小时，一份报价 8 小时。平均每周是什么样？",
        ),
        kind=Series(lambda c: [str(t) for t in (
            T("First contacts a week", "每周首次联系"), T("Needs a week", "每周需求"),
            T("Offers a week", "每周报价"), T("Hours a week", "每周小时数"))], "number", within=0.06, relative=0.01),
        draw=draw_week, solve=week,
        mistakes=(
            Mistake("a_quarter", _quarter, T("These are the figures of a whole quarter. Spread them over its weeks.", "这是整个季度的数，请分摊到每周。")),
            Mistake("downward", _downward, T("Going up the funnel the numbers grow: divide by the rate.", "往漏斗上方倒推，数字应变大：要除以比率。")),
            Mistake("one_hour", _one_hour_each, T("A need and an offer take more than one hour each.", "一个需求和一份报价都不止 1 小时。")),
        ),
        hints=(
            T("Begin with the wins and go up the funnel.", "从赢单数开始，往上倒推。"),
            T("Offers = wins ÷ share won; then needs, then contacts; then divide by the weeks.", "报价 = 赢单 ÷ 赢的比例，再推需求、联系，最后除以周数。"),
            T("Offers in the quarter: {wins} divided by {won:percent}.", "季度报价数：{wins} 除以 {won:percent}。"),
        ),
        after=T("Now the target has become a week. Whoever sees the hours can say whether the week holds them.", "目标变成了一周的安排，才看得出时间够不够。"),
    ),
    Exercise(
        id="L07.4", objective="O2", minutes=4, seeds=("S18",),
        prompt=T(
            "Plan a week of 40 hours. Opening new deals needs at least 10 hours, the running offers and negotiations at least 12. Reports, meetings and travel count too.",
            "安排一周 40 小时。开拓新商机至少 10 小时，跟进在途的报价和谈判至少 12 小时。写报告、开会和路上的时间也要算。",
        ),
        kind=Sheet((
            Blank("new", T("Opening new deals (h):", "开拓新商机（小时）："), _hours),
            Blank("late", T("Running offers and negotiations (h):", "跟进报价和谈判（小时）："), _hours),
            Blank("customers", T("Present customers (h):", "维护老客户（小时）："), _hours),
            Blank("inside", T("Meetings, reports, travel (h):", "会议、报告、路途（小时）："), _hours),
        ), _whole_week),
        solve=plan,
        mistakes=(
            Mistake("too_much", lambda c: {**plan(c), "customers": "16"}, _TOO_MUCH),
            Mistake("no_new", lambda c: {**plan(c), "new": "4"}, _NO_NEW),
            Mistake("no_late", lambda c: {**plan(c), "late": "8"}, _NO_LATE),
        ),
        hints=(
            T("Start with what you cannot move: meetings, reports, travel.", "先填动不了的：会议、报告、路途。"),
            T("Then put in both minimums; the rest is yours.", "再填两个下限，剩下的自由分配。"),
            T("If the inside hours are 10, there are 30 left for all three others.", "如果内部事务 10 小时，其他三项共 30 小时。"),
        ),
        after=T("Opening pays one cycle later, so it is the first to be dropped in a bad month, and the last that should be.", "开拓要隔一个销售周期才见效，所以业绩差时最先被砍，其实最不该砍。"),
    ),
)  # fmt: skip
