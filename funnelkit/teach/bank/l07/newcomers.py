"""The first ninety days, the stage test, the ramp."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.teach.choices import Choice, Match, Option
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.kinds import Series

#: A team of eight in which one began in the thirteenth month.
PLANS: dict[str, dict[str, Any]] = {
    "newcomers": {
        "deals": 1200,
        "stages": {
            "lead": {"step_rate": 0.85},
            "contact": {"step_rate": 0.85},
            "need": {"step_rate": 0.8},
            "proposal": {"step_rate": 0.75},
        },
        "team": [*({"name": f"S-{k:02d}"} for k in range(1, 8)), {"name": "S-08", "starts": 13}],
    }
}


def newcomer() -> Any:
    """Return the ramp of the new seller of the practice team."""
    from funnelkit.control import ramp_curve
    from funnelkit.teach.practice import practice

    return ramp_curve(practice("newcomers", 1), "S-08")


_MAY = T("The buyer did something that somebody else could check: it may move on.", "客户做了别人可以核实的事：可以推进。")
_NOT = T("Only we did something, or somebody felt something. The buyer's part is missing.", "只是我们做了什么，或者谁有某种感觉，缺少客户的行动。")
_NOTES: tuple[tuple[str, bool, str, str], ...] = (
    ("n01", False, "Contact → need: “Good first meeting, they seemed keen.”", "联系 → 需求识别：“第一次会议气氛很好，感觉对方很积极。”"),
    ("n02", True, "Contact → need: the plant manager named the loss of 40 hours a month and agreed a date to look at it", "联系 → 需求识别：厂长说每月停机 40 小时，并约定了看现场的日期"),
    ("n03", True, "Need → proposal: the buyer corrected our summary of the need in writing", "需求识别 → 方案提供：客户书面修改了我们的需求摘要"),
    ("n04", False, "Need → proposal: “There is surely a budget.”", "需求识别 → 方案提供：“预算肯定有。”"),
    ("n05", False, "Need → proposal: we showed the product to twelve people", "需求识别 → 方案提供：我们给十二个人做了演示"),
    ("n06", True, "Need → proposal: the buyer told us who signs, and that person named the latest date", "需求识别 → 方案提供：客户说明由谁签字，签字人给出了最晚日期"),
    ("n07", False, "Proposal → negotiation: the offer was sent twice, with a friendly reminder", "方案提供 → 谈判：方案发了两次，并客气地提醒过"),
    ("n08", True, "Proposal → negotiation: purchasing asked for the payment terms of this very offer", "方案提供 → 谈判：采购就这份方案询问付款条件"),
    ("n09", True, "Proposal → negotiation: the buyer's team scored the trial and put us first", "方案提供 → 谈判：客户评估小组给试用打分，我们排第一"),
    ("n10", False, "Negotiation → close: “He said on the phone it will be fine.”", "谈判 → 成交：“他电话里说没问题。”"),
)  # fmt: skip
_TEST = tuple(Option(id, T(en, zh), _MAY if may else _NOT) for id, may, en, zh in _NOTES)
_VERDICTS = (
    Option("may", T("may move on", "可以推进"), T("", "")),
    Option("stay", T("stays: the buyer's step is missing", "先不推进：缺少客户行动"), T("", "")),
)


def stage_test(case: Case) -> dict[str, str]:
    return {
        "n01": "stay", "n02": "may", "n03": "may", "n04": "stay", "n05": "stay",
        "n06": "may", "n07": "stay", "n08": "may", "n09": "may", "n10": "stay",
    }  # fmt: skip


_PATH: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("words", "d30", "Explains the stages and control points in own words", "能用自己的话讲清各阶段和关键控制点", "Words come before doing: first month.", "先懂再做：第一个月。"),
    ("test", "d30", "Passes the stage test with at least 80 %", "阶段测试达到 80% 以上", "Whoever fills the CRM has to pass the test first: first month.", "会填 CRM 之前先通过测试：第一个月。"),
    ("listen", "d30", "Has sat in on ten talks of colleagues", "旁听同事的客户交流十次", "Listening comes before leading: first month.", "先听后讲：第一个月。"),
    ("alone", "d60", "Leads a talk on needs alone, a colleague listens", "独立主持需求交流，同事旁听", "This follows the listening and comes before offers: second month.", "在旁听之后、报价之前：第二个月。"),
    ("own", "d60", "Has three to five own deals in need identification, each with evidence", "有三到五个自己的需求识别商机，每个都有依据", "Own deals need the talks first, and come before offers: second month.", "先交流才有自己的商机，之后才报价：第二个月。"),
    ("record", "d60", "Keeps the records without correction for four weeks", "连续四周商机记录无需纠正", "Needs own deals to record: second month.", "有了自己的商机才谈得上记录：第二个月。"),
    ("offer", "d90", "Own first offer gone through with the payer", "第一份自己的方案已与付款方过一遍", "An offer follows own needs: third month.", "有了自己的需求才有方案：第三个月。"),
    ("pipe", "d90", "Own pipeline worth two and a half times the coming quarter's goal", "自己的销售管道达到下季度目标的 2.5 倍", "It takes two months of own deals to build: third month.", "要积累两个月才建得起来：第三个月。"),
    ("review", "d90", "Runs the review of the own deals from one page", "凭一页纸主持自己商机的评审", "There must be enough own deals for a review: third month.", "自己的商机够多才能评审：第三个月。"),
)  # fmt: skip
_GOALS = tuple(Option(id, T(en, zh), T(why_en, why_zh)) for id, _, en, zh, why_en, why_zh in _PATH)
_DAYS = (
    Option("d30", T("by day 30", "第 30 天前"), T("", "")),
    Option("d60", T("by day 60", "第 60 天前"), T("", "")),
    Option("d90", T("by day 90", "第 90 天前"), T("", "")),
)


def path(case: Case) -> dict[str, str]:
    return {
        "words": "d30", "test": "d30", "listen": "d30", "alone": "d60", "own": "d60",
        "record": "d60", "offer": "d90", "pipe": "d90", "review": "d90",
    }  # fmt: skip


def draw_ramp(r: random.Random) -> dict[str, Any]:
    return {"full": r.choice([5, 6, 8]), "first": r.choice([2, 3, 4]), "second": r.choice([6, 7, 8])}


def ramped(case: Case) -> list[float]:
    def rep_months(start: int) -> float:
        share = np.minimum(np.arange(13 - start) * 0.25, 1.0)
        return float(share.sum())

    one, two = rep_months(case["first"]), rep_months(case["second"])
    return [one, 12 * case["full"] + one + two]


def _heads(case: Case) -> list[float]:
    one, two = 13 - case["first"], 13 - case["second"]
    return [float(one), float(12 * case["full"] + one + two)]


def _a_month_early(case: Case) -> list[float]:
    """Return what a ramp of 25 % already in the first month gives."""
    one, two = (float(np.minimum(np.arange(1, 14 - s) * 0.25, 1.0).sum()) for s in (case["first"], case["second"]))
    return [one, 12 * case["full"] + one + two]


def _forgot_the_others(case: Case) -> list[float]:
    one, whole = ramped(case)
    return [one, whole - 12 * case["full"]]


def early(case: Case) -> str:
    return "few"


def _first_months(case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        {
            str(T("Month", "月份")): [1, 2, 3, 4],
            str(T("Plan (share of a full seller)", "计划（相当于满产的比例）")): ["0%", "25%", "50%", "75%"],
            str(T("Wins", "赢单")): [0, 0, 1, 0],
        }
    )


_TELL = (
    Option("behind", T("You are behind: a full seller would have two wins by now", "你落后了：满产的销售到现在该有两单"),
           T("The plan does not ask for a full seller's wins in the ramp: add up the shares.", "爬坡期不按满产要求：把各月比例加起来看。")),
    Option("ahead", T("You are ahead: the plan asked for less than one", "你领先了：计划还不到一单"),
           T("A single win is luck as well as skill. One more or less would turn the verdict.", "一单里有运气也有本事，多一单少一单结论就反了。")),
    Option("few", T("Too few wins to tell; let us look at your pipeline, its evidence and the next checkpoint", "赢单太少，还看不出；我们看你的销售管道、依据和下一个控制点"),
           T("With so few wins, look at what comes before them.", "赢单这么少，要看赢单之前的东西。"), right=True),
    Option("again", T("You go through the onboarding once more", "你再参加一次入职培养"),
           T("Four months with one win do not show that anything is missing.", "四个月一单，并不能说明缺了什么。")),
)  # fmt: skip


EXERCISES = (
    Exercise(
        id="L07.7", objective="O4", minutes=4, seeds=("S20",),
        prompt=T("The stage test for new colleagues: ten notes from deals. May the deal move on? Eight right is a pass.", "新同事的阶段测试：十条商机记录。可以推进吗？对八条通过。"),
        kind=Match(_TEST, _VERDICTS, forgiven=2), solve=stage_test, mistakes=(),
        hints=(
            T("Who did something: we or the buyer?", "是谁做了什么：我们还是客户？"),
            T("Five may move on.", "有五条可以推进。"),
            T("A feeling after a meeting cannot be checked by anybody else.", "会后的感觉，别人无法核实。"),
        ),
        after=T("If the whole team takes this test once a year, the funnel counts the same thing everywhere.", "全队每年测一次，漏斗在哪里数的都是同一件事。"),
    ),
    Exercise(
        id="L07.8", objective="O4", minutes=3, seeds=("S20",),
        prompt=T("Nine checkpoints of the first ninety days. By which day? Eight right is enough.", "入职九十天的九个控制点，各应在哪天之前完成？对八个即可。"),
        kind=Match(_GOALS, _DAYS, forgiven=1), solve=path, mistakes=(),
        hints=(
            T("First understand, then do with help, then do alone.", "先理解，再在帮助下做，最后独立做。"),
            T("Three belong to each month.", "每个月各三个。"),
            T("Nobody can go through an offer before having an own need.", "没有自己的需求，就谈不上方案。"),
        ),
        after=T("In a long sale the first win comes later than day 90; what can be checked by then is the way of working.", "销售周期长时，首单晚于第 90 天；到那时能检查的是做法。"),
    ),
    Exercise(
        id="L07.9", objective="O4", minutes=4, seeds=("S20",),
        prompt=T(
            "{full} full sellers work all year. Two new ones begin on the first day of month {first} and of month {second}; in their first months they count 0, 25, 50, 75 and from the fifth on 100 %. How many full seller-months does the first new one give this year, and the whole team?",
            "{full} 名满产销售全年在岗。两名新人分别从 {first} 月和 {second} 月的第一天入职，入职后各月依次按 0、25、50、75、100% 折算，之后一直是 100%。今年第一名新人折合多少个满产人月？全队呢？",
        ),
        kind=Series(lambda c: [str(T("First new seller", "第一名新人")), str(T("Whole team", "全队"))], "number", within=0.01, relative=0.0),
        draw=draw_ramp, solve=ramped,
        mistakes=(
            Mistake("heads", _heads, T("These are months on the payroll. In the ramp a month counts only in part.", "这是在岗月数。爬坡期的月份只能部分折算。")),
            Mistake("a_month_early", _a_month_early, T("The first month counts nothing; 25 % begins in the second.", "第一个月折算为 0，第二个月才是 25%。")),
            Mistake("only_new", _forgot_the_others, T("The team also has its full sellers, twelve months each.", "全队还包括满产的老销售，每人十二个月。")),
        ),
        hints=(
            T("Write down the months of the first new seller from the start to December.", "写出第一名新人从入职到 12 月的各月。"),
            T("Put its share beside each month and add up.", "每个月旁边写上折算比例，再相加。"),
            T("The first four months together give 0 + 0.25 + 0.5 + 0.75.", "前四个月合计 0 + 0.25 + 0.5 + 0.75。"),
        ),
        after=T("A plan made with heads promises months that nobody sells in. Hire by the ramp, not by the calendar.", "按人头做计划，会把没有产出的月份也算进去。招人要提前一个爬坡期。"),
    ),
    Exercise(
        id="L07.10", objective="O4", minutes=2, seeds=("S20",),
        prompt=T("A new colleague after four months; a full seller wins one deal in two months. What do you say in the talk?", "新同事入职四个月；满产销售两个月赢一单。面谈时你怎么说？"),
        kind=Choice(_TELL), solve=early, show=_first_months, mistakes=(),
        hints=(
            T("How many wins did the plan ask for so far?", "到目前为止计划要求几单？"),
            T("Add the shares: 1.5 full months, at half a win each.", "比例相加：1.5 个满产月，每月半单。"),
            T("Ask yourself whether one win more or less would change your words.", "问自己：多一单或少一单，你的说法会变吗？"),
        ),
        after=T("Early on, judge by what can be seen early: talks, own needs, evidence.", "早期要看早期看得见的：交流、自己的需求、依据。"),
    ),
)  # fmt: skip
