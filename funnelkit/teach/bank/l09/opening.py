"""Opening positions: what is asked and what is right."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from typing import Any

import pandas as pd

from funnelkit.process.text import Text
from funnelkit.show.table import Table
from funnelkit.teach.choices import Option
from funnelkit.teach.exercise import Case
from funnelkit.teach.exercise import both as T
from funnelkit.teach.faults import NotAShare

NO_SHARE = T("Give a share from 0 to 100 %, such as 30 %.", "请填 0 到 100% 之间的比率，例如 30%。")
NO_AMOUNT = T("Give an amount as a number, such as 60k.", "请用数字填写金额，例如 6万。")


share_fault = NotAShare(NO_SHARE, signed=True)


def amount_fault(text: str) -> Text | None:
    return None if re.fullmatch(r"[\d,，.]+\s*(k|m|千|万|百万|元)*", text, re.I) else NO_AMOUNT


def guess(case: Case) -> dict[str, str]:
    return {"chance": "60 %", "cost": "50k", "won": "30 %"}


# --- four questions

QUESTIONS = (
    Option("real", T("Is there a deal at all?", "有没有商机？"), T("", "")),
    Option("compete", T("Can we compete?", "能不能参与？"), T("", "")),
    Option("win", T("Can we win?", "能不能赢？"), T("", "")),
    Option("worth", T("Is it worth winning?", "值不值得赢？"), T("", "")),
    Option("nothing", T("Evidence of none of them", "都不能作为依据"), T("", "")),
)
FACTS: tuple[tuple[str, str, Text, Text], ...] = (
    ("budget", "real", T("The board's minutes release the money for the new line until June", "董事会纪要批准了新产线的预算，6 月前有效"),
     T("Money is released and dated: something will be bought.", "预算已批且有期限：说明客户真的要买。")),
    ("permit", "real", T("The plant's permit ends on 31 December; without a filter the line stops", "工厂的排污许可 12 月 31 日到期，不装过滤设备就要停线"),
     T("A date the buyer cannot move: something has to happen.", "客户推不掉的期限：非做不可。")),
    ("musts", "compete", T("Our pump meets all twelve must-have points of the specification, checked line by line", "我们的泵逐条核对，满足技术规格中全部 12 项必备要求"),
     T("It lets us take part. The others may meet them as well.", "这说明我们能入围，别家也可能满足。")),
    ("slot", "compete", T("Our delivery date fits the standstill the buyer has planned in writing", "我们的交期与客户书面确认的停产窗口吻合"),
     T("A condition for taking part is met; it does not yet put us ahead.", "满足了参与条件，但还谈不上领先。")),
    ("ally", "win", T("The head of production wrote to the buying team that our layout is preferred", "生产负责人书面告知采购决策小组，倾向我们的布局"),
     T("Somebody with a voice in the decision takes our side, in writing.", "有决策影响力的人书面支持我们。")),
    ("criteria", "win", T("Two criteria that only we meet now stand in the buyer's list, with weight", "只有我们能满足的两项标准已写进客户的评分表，并有权重"),
     T("The rules of the decision favour us.", "评选规则对我们有利。")),
    ("margin", "worth", T("Gross margin after commissioning is 28 %, a third is paid with the order", "含调试的毛利率为 28%，下单即付三成"),
     T("What is left after the costs, and when it is paid.", "说的是扣除成本后剩多少、何时到账。")),
    ("sisters", "worth", T("Four sister plants have to replace the same line in the next two years, says the group's plan", "集团规划显示，两年内四家兄弟工厂要更换同样的产线"),
     T("It says what winning would open beyond this order.", "说的是赢下来之后还能带来什么。")),
    ("friendly", "nothing", T("Our contact is very friendly and always picks up the phone", "联系人很热情，电话总是秒接"),
     T("Pleasant, and no sign of a purchase: nothing was done by the buyer.", "关系不错，但客户没有采取任何采购行动。")),
    ("demo", "nothing", T("We gave a demonstration and sent the brochure", "我们做了演示，也寄了样本册"),
     T("That is what we did. Evidence is what the buyer does.", "这是我们做的事。依据看的是客户做了什么。")),
)  # fmt: skip


def evidence(case: Case) -> dict[str, str]:
    return {id: question for id, question, _, _ in FACTS}


# --- go or no go


def draw_bid(r: random.Random) -> dict[str, Any]:
    return {
        "chance": r.choice((20, 25, 30, 35, 40)) / 100,
        "margin": r.randrange(500, 1300, 100) * 1000, "cost": r.randrange(60, 100, 10) * 1000,
    }  # fmt: skip


def value(case: Case) -> float:
    from funnelkit.planning import go_no_go

    table = go_no_go(case["margin"], case["cost"], win_rate=case["chance"]).table
    return float(table["expected_amount"].iloc[0])


def break_even(case: Case) -> float:
    from funnelkit.planning import go_no_go

    table = go_no_go(case["margin"], case["cost"], win_rate=case["chance"]).table
    return float(table["break_even_rate"].iloc[0])


PLANS_OF_BIDS = (T("A few, well chosen", "少而精"), T("As many as possible", "多多益善"))


def draw_bids(r: random.Random) -> dict[str, Any]:
    return {
        "bids": [r.choice((4, 5, 6, 8)), r.choice((18, 20, 24, 25))],
        "rates": [r.choice((40, 50, 60)) / 100, r.choice((8, 10, 12, 15)) / 100],
        "cost": r.choice((30, 40, 50, 60)) * 1000,
    }


def a_win(case: Case) -> list[float]:
    from funnelkit.planning import bid_portfolio

    frame = pd.DataFrame({"plan": ["few", "many"], "bids": case["bids"], "win_rate": case["rates"]})
    table = bid_portfolio(frame.assign(cost=case["cost"])).table
    return [float(x) for x in table["cost_a_win_amount"]]


def bids_table(case: Case) -> pd.DataFrame:
    from funnelkit.words import money, percent

    index = pd.Index([str(n) for n in PLANS_OF_BIDS], name=str(T("Plan", "做法")))
    return pd.DataFrame({
        str(T("Bids", "投标数")): case["bids"],
        str(T("Chance of each", "每个的赢单概率")): [percent(x) for x in case["rates"]],
        str(T("Cost of each", "每个的投入成本")): [money(case["cost"])] * 2,
    }, index=index)  # fmt: skip


# --- twelve openings

STRATEGIES = (
    Option("frontal", T("Frontal", "正面进攻"), T("", "")),
    Option("flanking", T("Flanking", "侧翼进攻"), T("", "")),
    Option("fragment", T("Fragment", "分割"), T("", "")),
    Option("defend", T("Defend", "防守"), T("", "")),
    Option("develop", T("Develop or contain", "培育/拖延牵制"), T("", "")),
    Option("walk_away", T("Walk away", "放弃"), T("", "")),
)
_WHY = {
    "frontal": T("We are clearly ahead in the buyer's eyes: nothing else has to be asked.", "在客户眼中我们明显领先：其他都不必再问。"),
    "flanking": T("Not ahead, but a need nobody answers, criteria that can still move, and time to move them.", "并不领先，但有没人满足的需求，标准还能改，时间也够。"),
    "fragment": T("Weaker on the whole, strong in one part, and the scope can be split.", "整体较弱，局部很强，而且范围可以拆开。"),
    "defend": T("We are the supplier under attack, the rules favour us and every delay helps us.", "我们是被进攻的现有供应商，规则有利，拖延也有利。"),
    "develop": T("Not to be won now, but the account is strategic and a delay helps.", "现在赢不了，但客户是战略客户，拖延对我们有利。"),
    "walk_away": T("No rule of the table holds: neither lead, nor gap, nor part, nor time.", "规则表一条都不满足：没有领先、缺口、强项，也没有时间。"),
}  # fmt: skip
OPENINGS: tuple[tuple[str, str, Text], ...] = (
    ("o01", "frontal", T("In the buyer's own scoring of three suppliers we have 84 points, the next one 41.", "客户自己给三家打分，我们 84 分，第二名 41 分。")),
    ("o02", "frontal", T("All five people of the buying group tried both machines and want ours; nobody speaks for the rival.", "采购决策小组五个人两台都试过，都要我们的，没有人替对手说话。")),
    ("o03", "flanking", T("Level with the rival. Downtime worries the plant and no offer speaks of it; criteria are still a draft, four months are left.", "与对手不相上下。工厂担心停机，却没有一家提到；标准还是草稿，离决策还有四个月。")),
    ("o04", "flanking", T("Slightly behind on price. The energy bill is nobody's topic yet; the buyer would still add a criterion and decides in autumn, time enough.", "价格略处下风。电费问题还没人谈；客户愿意再加一项标准，秋天才决定，时间够用。")),
    ("o05", "fragment", T("Behind on the whole plant, criteria written with the rival and fixed. Our filling station is the best there is, and lots are awarded separately.", "整厂方案落后，标准按对手写死。但我们的灌装站最强，而且分包单独评标。")),
    ("o06", "fragment", T("We lack the software, the rules stand against us. Our drives are wanted by the technicians and may be bought alone.", "我们没有软件，规则对我们不利。但技术人员想要我们的驱动，可以单独采购。")),
    ("o07", "defend", T("Our machines stand there; a rival offers cheaper ones. The rules ask for parts that fit, and every month without a decision runs on ours.", "现场用的是我们的设备，对手报价更低。规则要求备件通用，晚一个月决定，就多用我们一个月。")),
    ("o08", "defend", T("Our service contract is attacked by a newcomer. The scoring weighs local response time, our strength; later means an extension for us.", "新对手来抢我们的维保合同。评分看重本地响应时间，正是我们的长处；晚一点决定就先续签我们。")),
    ("o09", "develop", T("A group we want for years. This order is cut to the rival, one lot, nothing to win; if it slips into next year our new model is ready.", "多年想进的集团客户。这一单为对手量身定做、整体发包，赢不了；拖到明年，我们的新机型就上市。")),
    ("o10", "develop", T("Key account of the region. We are not on the list of approved suppliers, rules fixed, no lots; approval takes eight months, so a delay helps.", "区域重点客户。我们不在合格供应商名录，规则已定、不分包；入围要八个月，拖延对我们有利。")),
    ("o11", "walk_away", T("An invitation five days before the end, criteria copied from the rival's sheet, one lot, weaker than the rival, no further plans there.", "截止前五天收到邀标，标准照抄对手的参数，不分包，我们较弱，客户后续也没有计划。")),
    ("o12", "walk_away", T("Third of five on all points, nothing to split, rules fixed, decision next week, a single small order.", "五家里样样排第三，不能拆分，规则已定，下周就决定，一次性小单。")),
)  # fmt: skip


def openings(case: Case) -> dict[str, str]:
    return {id: strategy for id, strategy, _ in OPENINGS}


def opening_options() -> tuple[Option, ...]:
    return tuple(Option(id, text, _WHY[strategy]) for id, strategy, text in OPENINGS)


def rule_table(case: Case) -> Table:
    """Return the rules as they are shown, without a deal."""
    from funnelkit.planning import position_strategy
    from funnelkit.words import say

    rules = position_strategy("equal").shown()
    rules = rules.only([c.name for c in rules.columns[:3]])
    none = say("territory.position_none")
    rows = [[none if cell == "" else cell for cell in row] for row in rules.rows]
    return replace(rules, rows=rows, caption="")
