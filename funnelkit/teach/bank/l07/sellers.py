"""One focus for each seller, with intervals, and what is fair."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd

from funnelkit.teach.choices import Match, Option, Several
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.words import percent

SELLERS = tuple("ABCDEF")
_STEPS = (
    ("need", T("Need identification", "需求识别"), 0.50),
    ("proposal", T("Proposal", "方案提供"), 0.60),
    ("negotiation", T("Negotiation", "谈判"), 0.55),
)


def draw_team(r: random.Random) -> dict[str, Any]:
    """Draw six sellers: three with a stage clearly below, two with few deals, one without any."""
    rows = []
    kinds = r.sample(["need", "proposal", "negotiation", "few_bad", "few_good", "none"], 6)
    for seller, kind in zip(SELLERS, kinds, strict=True):
        for k, (stage, _, usual) in enumerate(_STEPS):
            came = r.choice([70, 80, 90])
            went = round(came * (usual + r.choice([-0.04, 0.0, 0.05])))
            if kind == stage:
                went = round(came * usual * 0.5)
            elif kind == "none" and stage == "proposal":
                went = round(came * (usual - 0.09))
            elif kind in ("few_bad", "few_good"):
                came = r.choice([7, 8, 9]) - k
                went = round(came * (0.7 if kind == "few_good" else 0.35))
                went = 0 if kind == "few_bad" and stage == "negotiation" else went
            rows.append((seller, stage, came, went, usual))
    return {"table": pd.DataFrame(rows, columns=["seller", "stage", "came", "went", "usual"])}


def focus(case: Case) -> dict[str, str]:
    from funnelkit.stats import wilson

    found = {}
    for seller, part in case["table"].groupby("seller"):
        _, high = wilson(part["went"], part["came"], 1 - 0.05 / 18)
        below = part["stage"][(part["came"] >= 20) & (high < part["usual"])]
        found[seller] = below.iloc[0] if len(below) else "few" if part["came"].max() < 20 else "none"
    return found


def _lowest(case: Case) -> dict[str, str]:
    """Return each seller's stage furthest below the usual rate, whatever the numbers."""
    t = case["table"].assign(gap=lambda d: d["went"] / d["came"] - d["usual"])
    return {str(s): str(part["stage"].iloc[int(part["gap"].to_numpy().argmin())]) for s, part in t.groupby("seller")}


def _all_few(case: Case) -> dict[str, str]:
    """Return the right answer with every doubt called too little data."""
    return {s: "few" if v == "none" else v for s, v in focus(case).items()}


def _team_table(case: Case) -> pd.DataFrame:
    from funnelkit.stats import wilson

    t = case["table"]
    low, high = wilson(t["went"], t["came"], 1 - 0.05 / 18)
    t = t.assign(shown=[
        f"{w} / {c} ({percent(a)}–{percent(b)})"
        for w, c, a, b in zip(t["went"], t["came"], low, high, strict=True)
    ])  # fmt: skip
    wide: pd.DataFrame = t.pivot(index="seller", columns="stage", values="shown")[[s for s, _, _ in _STEPS]]
    wide.loc[str(T("usual", "团队通常"))] = [percent(u) for _, _, u in _STEPS]
    wide.columns = pd.Index([str(name) for _, name, _ in _STEPS])
    wide.index.name = str(T("Seller", "销售"))
    return wide


_WHY = T(
    "Compare the interval, not the rate, with the usual one, and see first whether there are 20 deals at all.",
    "比较的是区间而不是比率，而且先看有没有 20 个商机。",
)
_ITEMS = tuple(Option(s, T(f"Seller {s}", f"销售 {s}"), _WHY) for s in SELLERS)
_TARGETS = (
    *(Option(s, name, T("", "")) for s, name, _ in _STEPS),
    Option("none", T("enough data, nothing stands out", "数据够，没有明显偏低"), T("", "")),
    Option("few", T("not enough data", "数据不足"), T("", "")),
)

_USES = tuple(
    Option(id, T(en, zh), T(why_en, why_zh), right=right)
    for id, right, en, zh, why_en, why_zh in (
        ("own", True, "Every seller sees the own figures first and may add what the figures do not show",
         "每位销售先看到自己的数据，并可补充数据没有反映的情况",
         "Fair: who is measured should see it first and be heard.", "公平：被衡量的人应先知情、能说明。"),
        ("rank", False, "A ranking of win rates by name on the office wall, new every week",
         "每周在办公室墙上公布个人赢率排名",
         "Not fair: a week holds a handful of deals, so the order is mostly luck, and it shames people in public.", "不公平：一周只有几个商机，名次多半靠运气，还让人当众难堪。"),
        ("mix", True, "Figures are compared within the same kind of customers and regions",
         "在同类客户、同类区域之间比较数据",
         "Fair: otherwise the territory is measured, not the work.", "公平：否则衡量的是区域，不是工作。"),
        ("secret", False, "Call times are recorded without telling anybody, to see who works",
         "不告知就记录通话时长，看谁在干活",
         "Not fair and in many places not lawful: people have to know what is collected and what for.", "不公平，在许多地方也不合法：收集什么、为了什么，必须告知。"),
        ("help", True, "The focus stage decides who gets which coaching",
         "用改进重点决定给谁安排哪种辅导",
         "Fair: the figure leads to help.", "公平：数据用来提供帮助。"),
        ("pay", False, "A seller's bonus is cut for a stage rate that rests on nine deals",
         "因为一个基于九个商机的阶段转化率扣奖金",
         "Not fair: nine deals cannot carry such a decision.", "不公平：九个商机支撑不了这样的决定。"),
    )
)  # fmt: skip


def fair(case: Case) -> set[str]:
    return {"own", "mix", "help"}


EXERCISES = (
    Exercise(
        id="L07.5", objective="O3", minutes=5, seeds=("S19",),
        prompt=T(
            "Deals that went on, of those that came, for six sellers; the intervals allow for the 18 comparisons. Give each seller one focus: the stage whose interval lies wholly below the usual rate (at least 20 deals), or say that there is none or not enough data.",
            "下表是六名销售各阶段“推进数 / 到达数”，区间已考虑 18 次比较。为每人定一个改进重点：区间整个低于团队通常水平（至少 20 个商机）的阶段；或者选“没有明显偏低”“数据不足”。",
        ),
        kind=Match(_ITEMS, _TARGETS), draw=draw_team, solve=focus, show=_team_table,
        mistakes=(
            Mistake("lowest", _lowest, T(
                "Everybody has a lowest stage. It is a focus only if its interval lies below the usual rate and there are enough deals.",
                "每个人都有最低的阶段。只有样本足够、区间整个偏低时才是重点。")),
            Mistake("doubt_as_few", _all_few, T(
                "Seventy deals are enough to look. If nothing stands out then, that is the finding.",
                "七十个商机足够看了。这时没有异常，本身就是结论。")),
        ),
        hints=(
            T("Look at the number of deals first.", "先看商机数。"),
            T("Then compare the upper end of each interval with the last row.", "再把每个区间的上限与最后一行比。"),
            T("Start with seller A: is one upper end below the usual rate of its column?", "从销售 A 开始：有没有哪个上限低于该列的通常水平？"),
        ),
        after=T("One focus at a time can be practised. Two sellers need more deals before anybody may judge.", "一次一个重点才练得成。有两位还需要更多商机，谁都不该下判断。"),
    ),
    Exercise(
        id="L07.6", objective="O3", minutes=3, seeds=("S19", "S33"),
        prompt=T("Figures about people: which uses are fair?", "关于人的数据：哪些用法是公平的？"),
        kind=Several(_USES), solve=fair, mistakes=(),
        hints=(
            T("Imagine that it is your own figure.", "假设这是你自己的数据。"),
            T("Three of the six are fair.", "六种里有三种公平。"),
            T("Ask of each: does the person know, is it enough data, does it lead to help?", "逐个问：本人知道吗？数据够吗？是用来帮助人吗？"),
        ),
        after=T("Where figures are used against people, the figures get nicer and the truth goes away.", "数据一旦用来对付人，数字会越来越好看，真相却会消失。"),
    ),
)  # fmt: skip
