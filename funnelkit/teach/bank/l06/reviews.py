"""Leading measures, the order of a review, the action it ends in."""

from __future__ import annotations

from funnelkit.process.text import Text
from funnelkit.teach.choices import Match, Option, Order
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.faults import NoDate, NoFigure
from funnelkit.teach.written import Blank, Sheet

_NO_DATE = T("Give a date, such as 2027-03-31.", "请写出日期，例如 2027-03-31。")
_NO_NUMBER = T(
    "Give a number with what it is out of, so that one can see later whether it moved.",
    "请写出数值及分母，以后才看得出有没有变化。",
)
_NOBODY = T(
    "“We”, “the team” and “all” own nothing. Name one role or person.",
    "“大家”“团队”“我们”等于没有责任人，请写明一个岗位或一个人。",
)


_dated = NoDate(_NO_DATE)


_counted = NoFigure(_NO_NUMBER)


def _somebody(text: str) -> Text | None:
    nobody = {
        "we",
        "all",
        "everybody",
        "everyone",
        "the team",
        "team",
        "us",
        "大家",
        "团队",
        "我们",
        "全体",
        "所有人",
        "销售团队",
    }
    return _NOBODY if text.strip().lower() in nobody else None




_MEASURES = tuple(
    Option(id, T(en, zh), T(why_en, why_zh))
    for id, en, zh, why_en, why_zh in (
        ("revenue", "Revenue closed in the quarter", "本季度已成交金额",
         "When this number is known the quarter is over: lagging.", "看到这个数时季度已经结束：滞后。"),
        ("new_needs", "Deals that came to need identification this month", "本月进入需求识别的商机数",
         "These are next quarters' wins; one can still add some: leading.", "这是后面几个季度的赢单来源，现在还能补：领先。"),
        ("closed_rate", "Win rate of the deals closed last quarter", "上季度已结商机的赢率",
         "It looks back at deals that are finished: lagging.", "它回看已经结束的商机：滞后。"),
        ("past_limit", "Open offers past the ageing limit", "超过账龄上限的在途报价数",
         "These deals are still open, a talk may still help: leading.", "商机还在途，谈一次还来得及：领先。"),
        ("response", "Hours until the first answer to a new lead", "新线索的首次响应时间（小时）",
         "It can be changed today and shows in the contact rate later: leading.", "今天就能改，之后会反映到联系阶段的转化：领先。"),
        ("cycle", "Sales cycle of the deals won last year", "去年赢单的销售周期",
         "It is measured at the end of deals begun long ago: lagging.", "它在很早开始的商机结束时才量得到：滞后。"),
        ("silent", "Days since the buyer's last step", "距客户上一次行动的天数",
         "Silence comes before the loss: leading.", "先没动静，后输单：领先。"),
        ("attain", "Attainment of the year's target", "年度目标达成率",
         "It sums up what has already happened: lagging.", "它汇总的是已经发生的结果：滞后。"),
        ("pushes", "How often the close dates of open deals were moved", "在途商机预计成交日的延期次数",
         "A date that moves warns before the quarter ends: leading.", "日期一再后移，在季末之前就是信号：领先。"),
        ("reasons", "Loss reasons of the last half year", "近半年的输单原因分布",
         "Useful for learning, but these deals are gone: lagging.", "适合总结经验，但这些单子已经没了：滞后。"),
        ("to_go", "Coverage to go of the running quarter", "本季度的剩余目标覆盖率",
         "It shows a gap while deals can still be added: leading.", "还来得及补商机时就能看出缺口：领先。"),
        ("renewed", "Share of customers who bought again last year", "去年老客户的复购比例",
         "It is known when the customers have decided: lagging.", "客户已经做完决定才知道：滞后。"),
    )
)  # fmt: skip
_SIDES = (
    Option("leading", T("Leading: one can still act", "领先：还来得及行动"), T("", "")),
    Option("lagging", T("Lagging: tells how it ended", "滞后：告诉你结果"), T("", "")),
)
_LEADING = {"new_needs", "past_limit", "response", "silent", "pushes", "to_go"}


def sides(case: Case) -> dict[str, str]:
    return {o.id: "leading" if o.id in _LEADING else "lagging" for o in _MEASURES}


# L06.4 the order of a review

_AGENDA = tuple(
    Option(id, T(en, zh), T(why_en, why_zh))
    for id, en, zh, why_en, why_zh in (
        ("chance", "Ask of each alarm: is it more than chance, out of how many deals?", "逐个问：这个信号超出偶然吗？分母是多少？",
         "To judge whether it is chance, an alarm has to be on the table first.", "要判断是不是偶然，先得有信号。"),
        ("actions", "Look at the actions due since last time: done, and did they work?", "检查上次到期的措施：做了没有，有没有效果",
         "This comes first: who starts with new numbers never closes an old action.", "应放在最前：一上来就看新数字，旧措施就没人关闭。"),
        ("agree", "Agree one action with owner, date and measure", "商定一条措施：责任人、日期、衡量指标",
         "An action before the cause is known treats a symptom.", "原因没弄清就定措施，治标不治本。"),
        ("moved", "Read what moved in the pipeline since last time", "看销售管道自上次以来的变动",
         "First close what is due from last time, then read what is new.", "先了结上次的事项，再看新变动。"),
        ("cause", "Open the deals behind it and ask the people who know them", "打开背后的商机，听了解情况的人说",
         "Do not search for a cause before it is clear that there is something to explain.", "还没确认有问题，先别找原因。"),
        ("alarms", "See which checkpoints fired and where", "看哪些控制点报警、在哪里",
         "The movement of the whole comes first; the alarms show where inside it.", "先看整体变动，再看报警落在哪里。"),
    )
)  # fmt: skip


def agenda(case: Case) -> tuple[str, ...]:
    return ("actions", "moved", "alarms", "chance", "cause", "agree")



def plan(case: Case) -> dict[str, str]:
    return {
        "where": "Proposal, region South, since November", "cause": "No presales engineer since October",
        "action": "Two engineers from East join the offers", "owner": "Sales manager South", "due": "2027-01-15",
        "measure": "offers that go on within 60 days: from 8 of 40 to 20 of 40",
    }  # fmt: skip



EXERCISES = (
    Exercise(
        id="L06.3", objective="O2", minutes=4, seeds=("S30",),
        prompt=T("Sort twelve measures: which still leave time to act, which tell how it ended? Eleven right is enough.", "把十二个指标分类：哪些还来得及行动，哪些只告诉你结果？对十一个即可。"),
        kind=Match(_MEASURES, _SIDES, forgiven=1),
        solve=sides, mistakes=(),
        hints=(
            T("Ask: when I see this number, can the deals behind it still change?", "问自己：看到这个数时，背后的商机还能改变吗？"),
            T("There are six of each.", "两类各六个。"),
            T("Anything that begins with “closed last” looks back.", "凡是“上季度已结”的，都是回头看。"),
        ),
        after=T("A weekly review lives on leading measures; lagging ones check afterwards whether they told the truth.", "周例会靠领先指标；滞后指标用来事后验证它们准不准。"),
    ),
    Exercise(
        id="L06.4", objective="O2", minutes=3, seeds=("S28", "S29"),
        prompt=T("Bring the steps of a weekly review into a sound order.", "把每周漏斗评审的步骤排成合理的顺序。"),
        kind=Order(_AGENDA),
        solve=agenda, mistakes=(),
        hints=(
            T("What was promised comes before what is new.", "先兑现承诺，再看新情况。"),
            T("From the whole to the part, from the number to the reason, from the reason to the action.", "从整体到局部，从数字到原因，从原因到措施。"),
            T("The agreement on an action closes the meeting.", "商定措施放在会议最后。"),
        ),
        after=T("Six steps fit into thirty minutes when the page is ready before the meeting.", "会前把一页纸准备好，六步三十分钟就够。"),
    ),
)  # fmt: skip


ACTION = (
    Exercise(
        id="L06.13", objective="O3", minutes=3, seeds=("S32",),
        prompt=T("Turn one finding (the practice firm's or your own) into an action that can be checked later.", "把一个发现（练习公司的或自己的）变成一条以后能核对的措施。"),
        kind=Sheet((
            Blank("where", T("Stage, segment, since when:", "阶段、分组、起始时间：")),
            Blank("cause", T("Likely cause:", "可能的原因：")),
            Blank("action", T("What will be done differently:", "具体改变什么：")),
            Blank("owner", T("Owner (one role or person):", "责任人（一个岗位或一个人）："), _somebody),
            Blank("due", T("Due date:", "截止日期："), _dated),
            Blank("measure", T("Measure, from where to where:", "衡量指标，从多少到多少："), _counted),
        )),
        solve=plan,
        mistakes=(
            Mistake("nobody", lambda c: {**plan(c), "owner": "all"}, _NOBODY),
            Mistake("no_date", lambda c: {**plan(c), "due": "soon"}, _NO_DATE),
            Mistake("no_measure", lambda c: {**plan(c), "measure": "better"}, _NO_NUMBER),
        ),
        hints=(
            T("One finding, one action.", "一个发现，一条措施。"),
            T("Change the way of working before you change people.", "先改做法，再考虑换人。"),
            T("Begin with the place: stage, region, month.", "先写地点：阶段、区域、月份。"),
        ),
        after=T("Lesson L10 follows such actions to their verdict: worked, not shown, worse, too early.", "L10 会把这样的措施一直跟到结论：有效、未显现、更差、为时尚早。"),
    ),
)  # fmt: skip
