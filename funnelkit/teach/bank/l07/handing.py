"""Hand-overs between roles, and a review from one page."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd

from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.written import Find

_ROLES = {
    "seller": T("Seller", "销售"), "presales": T("Presales engineer", "售前工程师"),
    "contracts": T("Contracts", "合同法务"), "delivery": T("Delivery", "交付"),
}  # fmt: skip
_PAIRS = (
    ("seller", "presales"), ("presales", "seller"), ("seller", "contracts"),
    ("contracts", "seller"), ("seller", "delivery"), ("delivery", "seller"),
)  # fmt: skip


def draw_waits(r: random.Random) -> dict[str, Any]:
    """Draw hand-overs: one pair slow every time, one with a single odd case, one very frequent."""
    slow, odd, busy, *others = r.sample(_PAIRS, len(_PAIRS))
    rows = [(*slow, r.choice([7, 8, 9])) for _ in range(4)]
    rows += [(*odd, d) for d in (1, 2, 2, r.choice([38, 41, 45]))]
    rows += [(*busy, r.choice([2, 3])) for _ in range(7)]
    for pair in others:
        rows += [(*pair, r.choice([1, 2, 3, 4])) for _ in range(3)]
    r.shuffle(rows)
    return {"waits": pd.DataFrame(rows, columns=["giver", "taker", "days"])}


def _by_pair(case: Case) -> Any:
    waits = case["waits"]
    return waits.groupby(waits["giver"] + ">" + waits["taker"])["days"]


def slowest(case: Case) -> str:
    waits = case["waits"]
    pair = waits["giver"] + ">" + waits["taker"]
    return str(waits.groupby(pair)["days"].median().idxmax())


def _wait_table(case: Case) -> pd.DataFrame:
    waits = case["waits"]
    names = {k: str(v) for k, v in _ROLES.items()}
    return pd.DataFrame(
        {
            str(T("From", "交出方")): waits["giver"].map(names),
            str(T("To", "接收方")): waits["taker"].map(names),
            str(T("Days the deal waited", "商机等待天数")): waits["days"],
        }
    )


def _pairs(case: Case) -> dict[str, str]:
    return {f"{a}>{b}": f"{_ROLES[a]} → {_ROLES[b]}" for a, b in _PAIRS}


_STAGES = (
    ("need", T("Need identification", "需求识别"), 60),
    ("proposal", T("Proposal", "方案提供"), 75),
    ("negotiation", T("Negotiation", "谈判"), 50),
)


def draw_page(r: random.Random) -> dict[str, Any]:
    """Draw the page of a review: three deals past their limit, five within, one of these oldest."""
    amounts = r.sample(range(100, 400, 10), 7)
    rows = [("proposal", max(amounts) + 150, r.choice([20, 25])), ("proposal", 60, r.choice([73, 74]))]
    over = [("need", 62), ("negotiation", 58), ("negotiation", 54)]
    within = [("need", 30), ("negotiation", 21), ("proposal", 47)]
    for (stage, days), amount in zip([*over, *within], amounts, strict=False):
        rows.append((stage, amount, days + r.choice([0, 2, 4])))
    r.shuffle(rows)
    deals = [(f"D{k}", *row) for k, row in enumerate(rows, 1)]
    frame = pd.DataFrame(deals, columns=["deal", "stage", "amount", "days"])
    frame["limit"] = frame["stage"].map({s: n for s, _, n in _STAGES})
    return {"page": frame}


def first_talk(case: Case) -> str:
    page = case["page"]
    late = page[page["days"] > page["limit"]]
    return str(late.sort_values("amount")["deal"].iloc[-1])


def _top(case: Case, column: str) -> str:
    return str(case["page"].sort_values(column)["deal"].iloc[-1])


def _page_table(case: Case) -> pd.DataFrame:
    page = case["page"]
    names = {s: str(n) for s, n, _ in _STAGES}
    return pd.DataFrame(
        {
            str(T("Deal", "商机")): page["deal"],
            str(T("Stage", "阶段")): page["stage"].map(names),
            str(T("Amount (thousand)", "金额（千元）")): page["amount"],
            str(T("Days in stage", "停留天数")): page["days"],
            str(T("Limit (days)", "上限（天）")): page["limit"],
        }
    )


EXERCISES = (
    Exercise(
        id="L07.11", objective="O5", minutes=4, seeds=("S33",),
        prompt=T(
            "Every row is one hand-over of a deal between two roles. Which hand-over regularly waits longest?",
            "每行是一次商机在两个岗位之间的交接。哪种交接通常等得最久？",
        ),
        kind=Find("segment", _pairs), draw=draw_waits, solve=slowest, show=_wait_table,
        mistakes=(
            Mistake("one_case", lambda c: str(_by_pair(c).mean().idxmax()), T(
                "One odd case pulls the mean up here; the others were quick. Take the middle value.", "这里有一次特别久，拉高了平均，其余都很快。请看中位数。")),
            Mistake("most_often", lambda c: str(_by_pair(c).size().idxmax()), T(
                "This happens most often, but each time the wait is short.", "这种交接次数最多，但每次等得不久。")),
        ),
        hints=(
            T("Sort the rows by the pair of roles.", "先按岗位组合归类。"),
            T("Take the middle value of each pair, not the largest.", "每种组合取中间值，不取最大值。"),
            T("Begin with seller to presales engineer: what is the middle of its waits?", "从“销售 → 售前工程师”开始：等待天数的中间值是多少？"),
        ),
        after=T("A wait between two roles belongs to neither of them. Let both agree one promise: who answers within how many days.", "两个岗位之间的等待，单独怪谁都不对。让双方约定：谁在几天内答复。"),
    ),
    Exercise(
        id="L07.12", objective="O5", minutes=3, seeds=("S33",),
        prompt=T(
            "The page of a thirty-minute review. Rule of the team: deals past their stage's limit come first, of these the largest amount. With which deal does the talk begin?",
            "三十分钟评审的一页纸。团队规则：先谈超过阶段上限的商机，其中金额最大的优先。从哪个商机谈起？",
        ),
        kind=Find("deal", lambda c: c["page"]["deal"].tolist()), draw=draw_page, solve=first_talk, show=_page_table,
        mistakes=(
            Mistake("largest", lambda c: _top(c, "amount"), T(
                "The largest deal is on its way and within its limit: it needs no meeting.", "金额最大的还在上限之内，进展正常，不必占用会议。")),
            Mistake("oldest", lambda c: _top(c, "days"), T(
                "It has lain longest, but its stage takes that long: compare each with its own limit.", "停留最久，但这个阶段本来就慢：要和各自的上限比。")),
        ),
        hints=(
            T("First mark the deals whose days are above the limit.", "先标出停留天数超过上限的。"),
            T("There are three of them.", "一共三个。"),
            T("Go row by row: days against limit of the same row.", "逐行比：同一行的天数和上限。"),
        ),
        after=T("Thirty minutes are enough for the few deals that need others. The rest is read, not told.", "三十分钟只谈需要大家帮忙的少数商机，其余看页面即可，不必逐个汇报。"),
    ),
)  # fmt: skip
