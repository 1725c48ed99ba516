"""Competitors over time: what is asked and what is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.process.text import Text
from funnelkit.teach.bank.l09.opening import STRATEGIES
from funnelkit.teach.choices import Option
from funnelkit.teach.exercise import Case
from funnelkit.teach.exercise import both as T
from funnelkit.teach.faults import NoDate, NoFigure
from funnelkit.teach.kinds import NotOfKind, Verdict
from funnelkit.teach.written import Find

if TYPE_CHECKING:
    from funnelkit.data.pipeline import Pipeline

#: A business with many decided deals, so that two years tell something; one rival grows strong.
RIVALS: Mapping[str, Any] = {
    "deals": 1480,
    "stages": {
        "lead": {"step_rate": 0.95}, "contact": {"step_rate": 0.9}, "need": {"step_rate": 0.9},
        "proposal": {"step_rate": 0.85}, "negotiation": {"step_rate": 0.82},
    },
    "no_decision": {"early": 0.5, "late": 0.1},
    "patterns": [{"name": "new_competitor", "since": 13, "win": 0.12, "share": 0.6}],
}  # fmt: skip


def decided(p: Pipeline) -> pd.DataFrame:
    """Return won and lost deals against a named rival, with their cell, year and quarter."""
    deals = p.frame()
    deals = deals[deals["outcome"].isin(["won", "lost"]) & deals["competitor"].notna()].copy()
    deals["cell"] = deals["competitor"] + " – " + deals["region"].fillna("–")
    deals["late"] = deals["closed_at"] > p.as_of - pd.DateOffset(years=1)
    closed = deals["closed_at"].dt
    deals["quarter"] = closed.year.astype(str) + "-Q" + closed.quarter.astype(str)
    deals["won"] = deals["outcome"] == "won"
    return deals


def _of(won: pd.Series[bool]) -> str:
    return f"{int(won.sum())} / {len(won)}"


def two_years(case: Case) -> pd.DataFrame:
    """Return won / decided of every rival and region in two years."""
    from funnelkit.words import percent

    grouped = decided(case.p).groupby(["cell", "late"])["won"]
    counts, rates = grouped.agg(_of).unstack(), grouped.mean().unstack()
    years = ((False, T("year before", "前一年")), (True, T("last year", "最近一年")))
    columns: dict[str, Any] = {}
    for late, name in years:
        columns[str(T(f"Won / decided, {name.en}", f"{name.zh}：赢单/已决"))] = counts[late].fillna("0 / 0")
        columns[str(T(f"Win rate, {name.en}", f"{name.zh}：赢率"))] = [percent(x) if x == x else "–" for x in rates[late]]
    table = pd.DataFrame(columns)
    return table.rename_axis(str(T("Rival – region", "对手 – 区域")))


def by_quarter(case: Case) -> pd.DataFrame:
    """Return won / decided of every rival and region by quarter."""
    table = decided(case.p).groupby(["cell", "quarter"])["won"].agg(_of).unstack().fillna("–")
    return table.rename_axis(index=str(T("Rival – region", "对手 – 区域")), columns="")


def cells(case: Case) -> list[str]:
    return sorted(decided(case.p)["cell"].unique())


def quarters(case: Case) -> list[str]:
    return sorted(decided(case.p)["quarter"].unique())


def new_rival(case: Case) -> str:
    where = case.p.truth.planted[0]["where"]
    return f"{where['competitor'][0]} – {where['region'][0]}"


def _changes(case: Case) -> pd.Series[float]:
    table = decided(case.p).groupby(["cell", "late"])["won"].agg(["sum", "size"]).unstack().fillna(0)
    table = table.drop(index=new_rival(case))
    drop: pd.Series[float] = table["sum"][False] / table["size"][False].clip(lower=1) - table["sum"][True] / table["size"][True].clip(lower=1)
    return drop


def steepest_other(case: Case) -> str:
    """The cell whose rate fell most, the right one aside: mostly a small one."""
    return str(_changes(case).idxmax())


def many_wins(case: Case) -> str:
    """The cell whose rate rose most."""
    return str(_changes(case).idxmin())


def begins(case: Case) -> str:
    year, month = map(int, case.p.truth.planted[0]["since"].split("-"))
    return f"{year}-Q{(month - 1) // 3 + 1}"


class Unsaid(Find):
    """Something in a table; the examples given to a misspelt answer are never the right one."""

    def read(self, answer: Any, case: Case) -> str:
        try:
            return super().read(answer, case)
        except NotOfKind as problem:
            others = [c for c in self.among(case) if c != case.right][:3]
            raise NotOfKind(problem.key, allowed=others) from None


class FirstQuarter(Unsaid):
    """A quarter; the one after is right too, since deals take their time to be decided."""

    def judge(self, answer: Any, right: Any) -> Verdict:
        later = (pd.Period(answer) - pd.Period(right)).n
        return "right" if later in (0, 1) else "wrong"


# --- change, keep, or too little to say

VERDICTS = (
    Option("change", T("Clearly changed: look into it", "明显变化：要查原因"), T("", "")),
    Option("keep", T("No change shown: keep", "看不出变化：保持"), T("", "")),
    Option("too_little", T("Too few deals: grey", "商机太少：灰色"), T("", "")),
)
#: Cell, (won, decided) of two years, how often chance alone does it (Fisher, Holm over all six), verdict.
SIX: tuple[tuple[str, tuple[int, int], tuple[int, int], str, Text], ...] = (
    ("c1", (19, 30), (6, 30), "change", T("Both years have enough deals, and chance does this in fewer than 5 of 100 cases.", "两年的商机都够，偶然出现的可能不到 5%。")),
    ("c2", (7, 7), (0, 7), "too_little", T("From all to none, and still only seven deals a year: one big buyer may be behind all of them.", "从全赢到全输，但每年只有七个商机：背后可能是同一家大客户。")),
    ("c3", (11, 20), (9, 20), "keep", T("Two wins fewer of twenty: chance does that most of the time.", "二十个里少赢两个，偶然就会如此。")),
    ("c4", (4, 6), (9, 22), "too_little", T("The year before has six deals only: there is nothing firm to compare with.", "前一年只有六个商机，没有可靠的比较基础。")),
    ("c5", (9, 16), (5, 16), "keep", T("It looks like a fall, and chance does it often enough. Watch, do not rebuild.", "看着像下滑，但偶然也常常如此。继续观察，不要大动。")),
    ("c6", (18, 40), (36, 45), "change", T("A change for the better is a change too: find out what worked.", "变好也是变化：要弄清是什么起了作用。")),
)  # fmt: skip


def judged(case: Case) -> dict[str, str]:
    return {id: verdict for id, _, _, verdict, _ in SIX}


def six_options() -> tuple[Option, ...]:
    return tuple(Option(id, T(f"Cell {id[1]}", f"单元格 {id[1]}"), why) for id, _, _, _, why in SIX)


def six_table(case: Case) -> pd.DataFrame:
    from scipy.stats import fisher_exact

    from funnelkit.stats import holm
    from funnelkit.words import percent

    raw = [fisher_exact([[a, n - a], [b, m - b]])[1] for _, (a, n), (b, m), _, _ in SIX]
    index = pd.Index([int(id[1]) for id, *_ in SIX], name=str(T("Cell", "单元格")))
    return pd.DataFrame({
        str(T("Year before", "前一年")): [f"{a} / {n}" for _, (a, n), _, _, _ in SIX],
        str(T("Last year", "最近一年")): [f"{b} / {m}" for _, _, (b, m), _, _ in SIX],
        str(T("Chance alone", "偶然出现的可能")): [percent(x, 1) for x in holm(raw).adjusted],
    }, index=index)  # fmt: skip


# --- the strategy sheet

NO_STRATEGY = T("Name one of the six strategies.", "请写六种策略之一。")
NO_PROOF = T("Give evidence one can look up: an id or a date.", "请给出可查的依据：编号或日期。")
NO_DATE = T("Give the date of the next review, such as 2027-03-31.", "请写出下次评估日期，例如 2027-03-31。")
NO_LIMIT = T("Say by a number or a date what would change the strategy.", "请用数字或日期写明：出现什么情况就要调整策略。")


def strategy_fault(text: str) -> Text | None:
    asked = text.replace(" ", "").lower()
    names = [n for o in STRATEGIES for n in (o.id, *o.text.en.split(" or "), *o.text.zh.split("/"))]
    return None if any(n.replace(" ", "").lower() in asked for n in names) else NO_STRATEGY


proof_fault = NoFigure(NO_PROOF)


date_fault = NoDate(NO_DATE)


limit_fault = NoFigure(NO_LIMIT)


def sheet(case: Case) -> dict[str, str]:
    return {"strategy": str(T("flanking", "侧翼进攻")), "proof": "E-00004", "review": "2027-03-31", "stop": "8"}


EVERYWHERE = (
    Option("own", T("Look at our own price and offer before any rival.", "先看自己的价格和方案，再看对手。"),
           T("Right against everybody, everywhere, at once: what all these deals share is us.", "对所有对手、在所有区域同时变差，共同点就是我们自己。"), right=True),
    Option("rival", T("Work out a plan against the rival with the lowest win rate.", "针对赢率最低的那家对手制定对策。"),
           T("Somebody is always lowest. The fall is the same against all of them.", "总会有一家最低，但这次对谁都一样下降。")),
    Option("region", T("Send the best seller to the region that fell most.", "把最好的销售派到下滑最多的区域。"),
           T("All regions fell by about as much; one seller will not repair what is the same everywhere.", "各区域下滑差不多，一个销售修不好到处都有的问题。")),
    Option("wait", T("Do nothing: it is chance.", "先不动，这是偶然。"),
           T("Four rivals, four regions and 300 deals in the same month are no chance.", "四家对手、四个区域、300 个商机同月下滑，不是偶然。")),
)  # fmt: skip


def everywhere(case: Case) -> str:
    return "own"
