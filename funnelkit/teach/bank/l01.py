"""L01 What the funnel is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pandas as pd

import funnelkit as fk
from funnelkit.process.text import Text
from funnelkit.teach.choices import Match, Option, Several
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.faults import NoDate, NoFigure
from funnelkit.teach.kinds import Series
from funnelkit.teach.written import Blank, Sheet

_STAGES = ("lead", "contact", "need", "proposal", "negotiation", "close")
_STAGE_NAMES = (
    T("Lead generation", "潜在客户生成"),
    T("Contact", "联系"),
    T("Need identification", "需求识别"),
    T("Proposal", "方案提供"),
    T("Negotiation", "谈判"),
    T("Close", "最终成交"),
)


_RISES = T(
    "A later stage has more than an earlier one. Whoever reached a stage has passed those before it: count reached, not present.",
    "后面的阶段比前面还多。到达某阶段的商机必然经过前面的阶段：这里数的是“到达过”，不是“停在”。",
)
_NO_NUMBER = T("Write a plain number for every stage.", "每个阶段请填一个数字。")
_NO_DATE = T("Give a date, such as 2027-06-30.", "请写出日期，例如 2027-06-30。")
_NOT_COUNTED = T("Give a number, so that one can see whether it was reached.", "请写出数值，否则无法判断是否达成。")


def _rising(filled: Mapping[str, str]) -> Text | None:
    numbers = [float(filled[s].replace(",", "")) for s in _STAGES]
    if any(b > a for a, b in pairwise(numbers)):
        return _RISES
    return None


def _number(text: str) -> Text | None:
    if re.fullmatch(r"[\d,]+(\.\d+)?", text):
        return None
    return _NO_NUMBER


def guess(case: Case) -> dict[str, str]:
    return {"lead": "100", "contact": "60", "need": "30", "proposal": "15",
            "negotiation": "8", "close": "4"}  # fmt: skip


def uses(case: Case) -> dict[str, str]:
    return {"quarter": "forecast", "stuck": "problem", "next": "process",
            "region": "problem", "hire": "forecast", "newcomer": "process"}  # fmt: skip


def goal(case: Case) -> dict[str, str]:
    return {"measure": "win rate of proposals", "from": "30 %", "to": "36 %", "by": "2027-06-30"}


def reached(case: Case) -> list[int]:
    table = fk.funnel(case.p).table
    return [int(n) for n in table["deals"]]


def stopped(case: Case) -> list[int]:
    """Deals by the furthest stage they ever came to: what adding up is forgotten in."""
    counts = reached(case)
    return [a - b for a, b in zip(counts, [*counts[1:], 0], strict=True)]


def present(case: Case) -> list[int]:
    table = fk.snapshot(case.p, case.p.as_of).table.set_index("stage")["deals"]
    return [int(table.get(s, 0)) for s in fk.funnel(case.p).table["stage"]]


def _furthest(case: Case) -> pd.DataFrame:
    stages = [case.p.process.label(s) for s in fk.funnel(case.p).table["stage"]]
    return pd.DataFrame(
        {str(T("Furthest stage", "到过的最远阶段")): stages, str(T("Deals", "商机数")): stopped(case)}
    )


def false_charts(case: Case) -> set[str]:
    return {"open_now", "own_scale", "closed_month"}


def cards(case: Case) -> dict[str, str]:
    return dict(_CARDS)


_QUESTIONS = (
    Option("quarter", T("Will we make the quarter?", "这个季度能完成目标吗？"),
           T("This asks what will come in: a forecast.", "这是在问将来的结果：属于预测。")),
    Option("stuck", T("Why do so many deals stop after the proposal?", "为什么那么多商机停在报价之后？"),
           T("This asks where the funnel leaks: finding a problem.", "这是在问哪里漏：属于发现问题。")),
    Option("next", T("What has to be true before we send a proposal?", "满足什么条件才能提交方案？"),
           T("This asks for a standard of a stage: the process.", "这是在问阶段标准：属于流程。")),
    Option("region", T("Which region converts worse than the others?", "哪个区域的转化明显偏低？"),
           T("This asks where it goes wrong: finding a problem.", "这是在问问题出在哪里：属于发现问题。")),
    Option("hire", T("How many wins may we expect if leads rise by a tenth?", "线索多一成，预计能多赢几单？"),
           T("This asks what will come out: a forecast.", "这是在问会得到什么结果：属于预测。")),
    Option("newcomer", T("Which steps does a new colleague have to learn first?", "新同事应先学会哪些步骤？"),
           T("This asks how we sell: the process.", "这是在问怎么卖：属于流程。")),
)  # fmt: skip
_USES = (
    Option("process", T("Clear process", "理清流程"), T("", "")),
    Option("forecast", T("Forecast", "业绩预测"), T("", "")),
    Option("problem", T("Finding problems", "识别问题"), T("", "")),
)

_CHARTS = (
    Option("open_now",
           T("Bars of the deals that are open today, by stage, joined to a funnel with conversion rates between the bars",
             "把今天各阶段的在途商机画成漏斗，并在相邻条之间标出转化率"),
           T("Deals open today began at different times. Dividing one stage by the one before mixes different deals: a snapshot is not a funnel.",
             "今天在途的商机是不同时间进来的，用一个阶段除以前一个阶段，比的不是同一批商机：快照不是漏斗。")),
    Option("own_scale",
           T("A drawn funnel of six equal slices whose widths have nothing to do with the numbers printed on them",
             "画成六层等距的漏斗图，层宽与标注的数字无关"),
           T("The shape says something the numbers do not. Width has to be proportional to the deals.",
             "图形表达的和数字不一致，宽度必须与商机数成比例。")),
    Option("cohort",
           T("Bars of the deals created in January by the furthest stage each has reached by now, with the open ones marked",
             "以 1 月创建的商机为一批，按各自到达过的阶段计数，并标出仍在途的部分"),
           T("This one is sound: one group of deals, counted by what they reached, open ones shown apart.",
             "这张图没有问题：同一批商机，按到达的阶段计数，在途单独标出。"), right=False),
    Option("closed_month",
           T("Wins of March divided by leads of March, called the conversion rate of March",
             "用 3 月赢单数除以 3 月新增线索数，称为 3 月转化率"),
           T("The wins of March began as leads of months before. Numerator and denominator are different deals.",
             "3 月赢的单子是几个月前的线索，分子和分母不是同一批商机。")),
    Option("reached",
           T("Bars of all deals of last year by stage reached, with the number of deals beside each rate",
             "去年全部商机按到达阶段计数，每个转化率旁注明商机数"),
           T("This one is sound: the denominator stands beside the rate.",
             "这张图没有问题：转化率旁边写着分母。")),
)  # fmt: skip

_SAYS = {
    "lead": T("Nobody at the company has spoken with us yet: lead generation.", "客户方还没有人与我们交流：属于潜在客户生成。"),
    "contact": T("There is a conversation, the need is not confirmed: contact.", "已经有来有往，但需求未确认：属于联系。"),
    "need": T("Need, budget or decision path are being cleared up, there is no price yet: need identification.", "正在弄清需求、预算或决策流程，尚未报价：属于需求识别。"),
    "proposal": T("A solution with a price is in the buyer's hands, not yet chosen: proposal.", "客户手里有带报价的方案，但尚未选定：属于方案提供。"),
    "negotiation": T("We are chosen or on equal terms, terms are open: negotiation.", "已被选定或入围，条款待定：属于谈判。"),
    "close": T("Signed, or ended: close.", "已签约或已结束：属于最终成交。"),
}  # fmt: skip
_DEALS: tuple[tuple[str, str, str, str], ...] = (
    ("c01", "lead", "A business card from the fair, not called yet", "展会拿到的名片，还没打电话"),
    ("c02", "lead", "A firm from the list of the industry association, matched to our target market", "行业协会名单上的企业，符合目标市场"),
    ("c03", "lead", "We wrote two mails; no answer so far", "发了两封邮件，至今没有回复"),
    ("c04", "contact", "The plant manager answered and wants to know more", "厂长回了邮件，想进一步了解"),
    ("c05", "contact", "First meeting held; a problem was named, nothing confirmed", "开过第一次会，客户提到一个问题，但未确认"),
    ("c06", "contact", "A call is agreed for Tuesday with the head of maintenance", "与设备主管约好周二通话"),
    ("c07", "need", "The buyer corrects our summary of the need, figures included", "客户在修改我们写的需求摘要，包括数据"),
    ("c08", "need", "We know who decides and until when, the budget is being clarified", "知道谁决策、何时决策，预算正在落实"),
    ("c09", "need", "Engineers measure the line together to size the need", "双方工程师一起测产线，量化需求"),
    ("c10", "proposal", "The offer with price was sent, the buyer's finance head asks two questions", "带报价的方案已提交，客户财务负责人提了两个问题"),
    ("c11", "proposal", "Three suppliers are being compared, ours is one", "客户在比较三家供应商，我们是其中之一"),
    ("c12", "proposal", "The buyer runs the trial that belongs to our offer", "客户正在做方案中约定的试用"),
    ("c13", "negotiation", "The buyer prefers us and asks for other payment terms", "客户倾向我们，要求调整付款条件"),
    ("c14", "negotiation", "Their lawyers sent back the contract with changes", "对方法务退回合同并提出修改"),
    ("c15", "negotiation", "Price sheet agreed, the signature of the managing director is awaited", "价格表已谈定，等总经理签字"),
    ("c16", "close", "Contract signed, order number received", "合同已签，收到订单号"),
    ("c17", "close", "The buyer chose another supplier", "客户选了别家"),
    ("c18", "close", "The project was dropped; nobody was chosen", "项目取消，谁都没选"),
)  # fmt: skip
_CARDS = {id: stage for id, stage, _, _ in _DEALS}


def _card_options() -> tuple[Option, ...]:
    return tuple(Option(id, T(en, zh), _SAYS[stage]) for id, stage, en, zh in _DEALS)


def _stage_options() -> tuple[Option, ...]:
    return tuple(Option(s, n, T("", "")) for s, n in zip(_STAGES, _STAGE_NAMES, strict=True))


_dated = NoDate(_NO_DATE)


_counted = NoFigure(_NOT_COUNTED)


EXERCISES = (
    Exercise(
        id="L01.1", objective="O1", minutes=3, seeds=("S01", "S02"),
        prompt=T(
            "Before you look at any data: of 100 leads at your company, how many reach each stage? Your guess is kept and shown again at the end.",
            "先不看数据：贵公司每 100 条线索，各有多少能到达下列阶段？你的估计会保留，课末再看。",
        ),
        kind=Sheet(tuple(Blank(s, n, _number) for s, n in zip(_STAGES, _STAGE_NAMES, strict=True)), _rising),
        solve=guess,
        mistakes=(
            Mistake("rising", lambda c: {**guess(c), "need": "70"}, _RISES),
            Mistake("words", lambda c: {**guess(c), "close": "few"}, _NO_NUMBER),
        ),
        hints=(
            T("Start with 100 leads and go down.", "从 100 条线索开始往下填。"),
            T("Each number is a part of the one before.", "每个数都是前一个数的一部分。"),
            T("If half of the leads answer, write 50 for contact.", "如果一半线索有回应，“联系”就填 50。"),
        ),
        after=T("Kept. A guess before the data makes surprises visible.", "已保存。先估计再看数据，才看得出意外在哪里。"),
    ),
    Exercise(
        id="L01.2", objective="O1", minutes=4, seeds=("S03",),
        prompt=T("Which use of the funnel does each question belong to?", "下面每个问题用到漏斗的哪一种作用？"),
        kind=Match(_QUESTIONS, _USES),
        solve=uses,
        mistakes=(),
        hints=(
            T("Ask of each question: does it look forward, back, or at how we work?", "逐题想一想：是看将来、看过去，还是看怎么做？"),
            T("Two questions belong to each use.", "每种作用各对应两个问题。"),
            T("“Will we make the quarter?” looks forward: forecast.", "“这个季度能完成目标吗”看的是将来：业绩预测。"),
        ),
        after=T("One table serves three uses, as long as all three count the same way.", "同一张表有三种用途，前提是口径一致。"),
    ),
    Exercise(
        id="L01.3", objective="O1", minutes=4, seeds=("S04",),
        prompt=T("Write one goal of your own for this course: what is measured, from where to where, by when.",
                 "给自己定一个学习目标：衡量什么，从多少到多少，到什么时候。"),
        kind=Sheet((
            Blank("measure", T("What is measured:", "衡量指标：")),
            Blank("from", T("Today:", "目前："), _counted),
            Blank("to", T("Goal:", "目标："), _counted),
            Blank("by", T("By (date):", "截止日期："), _dated),
        )),
        solve=goal,
        mistakes=(
            Mistake("no_number", lambda c: {**goal(c), "to": "better"}, _NOT_COUNTED),
            Mistake("no_date", lambda c: {**goal(c), "by": "soon"}, _NO_DATE),
        ),
        hints=(
            T("Take something you already count.", "从已经在统计的指标里选一个。"),
            T("A share with its denominator is better than a feeling.", "写清分母的比率，胜过一种感觉。"),
            T("For instance: win rate of proposals, from 30 % to 36 %, by 2027-06-30.", "例如：方案阶段的赢率，从 30% 提高到 36%，截止 2027-06-30。"),
        ),
        after=T("A goal with measure, start, end and date can be checked by anybody.", "有指标、起点、终点和日期的目标，谁都能核对。"),
    ),
    Exercise(
        id="L01.4", objective="O2", minutes=6, seeds=("S08", "S09"),
        prompt=T(
            "Below, every deal of your practice firm is counted once, at the furthest stage it ever came to. Rebuild the funnel: how many deals reached each stage?",
            "下表把练习公司的每个商机只计一次，计在它到过的最远阶段。请还原漏斗：到达各阶段的商机各有多少？",
        ),
        kind=Series(lambda c: [c.p.process.label(s) for s in fk.funnel(c.p).table["stage"]], "deals", relative=0.0),
        solve=reached, show=_furthest,
        mistakes=(
            Mistake("not_added_up", stopped, T(
                "These are the deals that stopped there. Whoever went further also reached this stage: add up from the bottom.",
                "这是停在该阶段的商机。走得更远的也到达过这里：请从下往上累加。")),
            Mistake("present", present, T(
                "These are the deals that stand in the stage today. The funnel counts all that ever reached it.",
                "这是今天停在各阶段的商机。漏斗要数所有到达过的。")),
        ),
        hints=(
            T("Begin at the bottom.", "从最下面一层开始。"),
            T("Reached negotiation = stopped at negotiation plus all that went further.", "到达谈判的 = 停在谈判的 + 走得更远的。"),
            T("The first stage was reached by all deals: the sum of the whole column.", "第一个阶段所有商机都到达过：等于整列之和。"),
        ),
        after=T("The funnel is a count of what was ever reached, by one group of deals.", "漏斗数的是同一批商机“到达过”的数量。"),
    ),
    Exercise(
        id="L01.5", objective="O3", minutes=4, seeds=("S10",),
        prompt=T("Which of these pictures are false funnels?", "下面哪些图是“假漏斗”？"),
        kind=Several(_CHARTS),
        solve=false_charts,
        mistakes=(),
        hints=(
            T("Ask of each: are numerator and denominator the same deals?", "逐张问：分子和分母是同一批商机吗？"),
            T("Three of the five are false.", "五张里有三张是错的。"),
            T("A snapshot of today joins deals that began at different times.", "今天的快照混在一起的，是不同时间开始的商机。"),
        ),
        after=T("A real funnel narrows because one group is followed. Other pictures may narrow by chance.", "真漏斗越来越窄，是因为跟踪同一批商机；别的图变窄可能只是巧合。"),
    ),
    Exercise(
        id="L01.6", objective="O4", minutes=8, seeds=("S11",),
        prompt=T("Sort the eighteen deal cards into the six stages. Sixteen right is enough.", "把十八张商机卡片分到六个阶段，对十六张即可。"),
        kind=Match(_card_options(), _stage_options(), forgiven=2),
        solve=cards,
        mistakes=(),
        hints=(
            T("Look at what the buyer has done, not at what we did.", "看客户做了什么，而不是我们做了什么。"),
            T("There are three cards for each stage.", "每个阶段正好三张。"),
            T("A proposal sits with the buyer with a price; before that it is need identification.", "客户手里有带报价的方案才算方案提供，在此之前是需求识别。"),
        ),
        after=T("If three people sort the cards differently, three people fill the CRM differently.", "三个人分出三种结果，CRM 里就有三种填法。"),
    ),
)  # fmt: skip


def rates(p: Any) -> Any:
    """Show what becomes of 1,000 leads when step rates change."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel

    process = p.process
    table = fk.funnel(p).table
    stages = list(table["stage"])
    sliders = [
        Slider(stage, str(T("of those before, reach {stage}", "上一阶段中到达“{stage}”的比率")).format(stage=process.label(stage)), 0.05, 1.0, 0.05, round(float(rate), 2))
        for stage, rate in zip(stages[1:], table["step_rate"][1:], strict=True)
    ]

    caption = T("Out of 1,000 leads", "1,000 条线索中到达各阶段的数量")

    def render(state: Mapping[str, float]) -> str:
        left, rows = 1000.0, []
        for stage in stages:
            left *= state.get(stage, 1.0)
            rows.append((process.label(stage), f"{left:,.0f}"))
        return answer_table(rows, caption)

    return panel(sliders, render)


WHATIFS = {"rates": rates}
