"""Scores on trial, columns that know the future, costs of errors, enough data: L12."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd

from funnelkit.stats import brier
from funnelkit.teach.bank.l12.cases import table
from funnelkit.teach.exercise import Case
from funnelkit.teach.exercise import both as T
from funnelkit.words import percent


def ten_deals(r: random.Random) -> dict[str, Any]:
    """Ten later deals, the odds of their stage, a score, and what became of them."""
    won = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    odds = [r.choice((0.3, 0.5)) for _ in won]
    score = [r.choice((0.5, 0.6, 0.7)) if y else r.choice((0.1, 0.2, 0.4)) for y in won]
    order = r.sample(range(10), 10)
    return {"won": [won[k] for k in order], "odds": [odds[k] for k in order], "score": [score[k] for k in order]}  # fmt: skip


def deals_table(case: Case) -> pd.DataFrame:
    """The ten deals."""
    yes = {1: str(T("won", "赢单")), 0: str(T("not won", "未赢"))}
    return table(
        deal=(T("Deal", "商机"), range(1, 11)),
        odds=(T("Odds of the stage", "按阶段的赢率"), case["odds"]),
        score=(T("Score", "评分"), case["score"]),
        won=(T("Later", "后来"), [yes[y] for y in case["won"]]),
    )


def brier_scores(case: Case) -> list[float]:
    from funnelkit.stats import brier

    return [brier(case["odds"], case["won"]), brier(case["score"], case["won"])]


def distances(case: Case) -> list[float]:
    """Forget the square."""
    return [
        sum(abs(p - y) for p, y in zip(case[c], case["won"], strict=True)) / len(case["won"])
        for c in ("odds", "score")
    ]


def sums(case: Case) -> list[float]:
    """Forget to divide."""
    return [len(case["won"]) * brier(case[c], case["won"]) for c in ("odds", "score")]


# ---------------------------------------------------------------- leakage

COLUMNS = {
    "source": T("Source", "来源"), "size": T("Size of the customer", "客户规模"),
    "product": T("Product", "产品"), "loss_reason": T("Loss reason", "输单原因"),
    "discount_approved_by": T("Discount approved by", "折扣审批人"),
    "forecast_category": T("Forecast category, as exported today", "预测类别（今天导出的值）"),
}  # fmt: skip


_CATEGORIES = {"closed": T("closed", "已成交"), "omitted": T("omitted", "不计入")}


def filled(case: Case) -> pd.DataFrame:
    """How often a column is filled, and its most frequent value, for won and other deals."""
    frame = case.p.frame()
    won, other = (frame[frame["outcome"].isin(x)] for x in (["won"], ["lost", "no_decision"]))

    def told(part: pd.DataFrame, column: str) -> str:
        values = part[column].dropna()
        most = str(values.mode().iloc[0]) if len(values) and column != "loss_reason" else ""
        top = f" ({_CATEGORIES.get(most, most)})" if most else ""
        return percent(float(part[column].notna().mean())) + top

    return table(
        column=(T("Column of the export", "导出表的字段"), map(str, COLUMNS.values())),
        won=(T("Filled for won deals (most often)", "赢单中已填（最常见值）"), [told(won, c) for c in COLUMNS]),
        other=(T("Filled for deals not won (most often)", "未赢中已填（最常见值）"), [told(other, c) for c in COLUMNS]),
    )  # fmt: skip


def leaking(case: Case) -> set[str]:
    return {"loss_reason", "discount_approved_by", "forecast_category"}


# ---------------------------------------------------------------- precision, recall, cost


def flags(r: random.Random) -> dict[str, Any]:
    """A rule that flags deals at risk: hits, false alarms, misses."""
    hits, false_alarms = r.randrange(44, 60), r.randrange(18, 30)
    missed = r.randrange(30, 42)
    return {"hits": hits, "false": false_alarms, "missed": missed, "quiet": 200 - hits - false_alarms - missed}  # fmt: skip


def flags_table(case: Case) -> pd.DataFrame:
    """The four cells."""
    return table(
        what=(T("200 open deals, half a year later", "200 个在途商机，半年之后"), [str(T("flagged at risk", "被标记为有风险")), str(T("not flagged", "未标记"))]),
        bad=(T("not won", "未赢"), [case["hits"], case["missed"]]),
        good=(T("won", "赢单"), [case["false"], case["quiet"]]),
    )  # fmt: skip


def precision_recall(case: Case) -> list[float]:
    flagged, bad = case["hits"] + case["false"], case["hits"] + case["missed"]
    return [case["hits"] / flagged, case["hits"] / bad]


def accuracy(case: Case) -> list[float]:
    """Take the share of all deals judged rightly for precision."""
    return [(case["hits"] + case["quiet"]) / 200, precision_recall(case)[1]]


def costs(r: random.Random) -> dict[str, Any]:
    """Four rules with false alarms and misses, and what each kind of error costs."""
    rules = [(6, r.randrange(46, 52)), (r.randrange(14, 18), r.randrange(29, 33)), (r.randrange(34, 38), r.randrange(16, 19)), (r.randrange(72, 80), r.randrange(6, 9))]  # fmt: skip
    return {"rules": rules, "wasted": r.choice((10_000, 12_000, 15_000)), "missed": r.choice((40_000, 45_000, 50_000))}  # fmt: skip


def costs_table(case: Case) -> pd.DataFrame:
    """The rules."""
    names = [T("sellers' commit", "销售的承诺预测"), T("score, threshold 20 %", "评分，阈值 20%"), T("score, threshold 35 %", "评分，阈值 35%"), T("score, threshold 60 %", "评分，阈值 60%")]  # fmt: skip
    return table(
        rule=(T("Who says which deals are at risk", "由谁判断有风险的商机"), map(str, names)),
        wasted=(T("False alarms", "误报"), [a for a, _ in case["rules"]]),
        missed=(T("Misses", "漏报"), [b for _, b in case["rules"]]),
    )


def cheapest(case: Case) -> int:
    return int(min(a * case["wasted"] + b * case["missed"] for a, b in case["rules"]))


def fewest_errors(case: Case) -> int:
    """Take the rule with the fewest errors of any kind."""
    a, b = min(case["rules"], key=sum)
    return int(a * case["wasted"] + b * case["missed"])


def turned_costs(case: Case) -> int:
    """Give each kind of error the price of the other."""
    return int(min(a * case["missed"] + b * case["wasted"] for a, b in case["rules"]))


# ---------------------------------------------------------------- enough data

FIRMS = tuple("abcdef")


def firms(r: random.Random) -> dict[str, Any]:
    """Six firms: closed as won, closed as not won, still open."""
    given = [
        (r.randrange(60, 90), r.randrange(170, 260), r.randrange(30, 60)),
        (r.randrange(22, 40), r.randrange(240, 300), r.randrange(30, 60)),
        (r.randrange(60, 80), r.randrange(100, 120), r.randrange(80, 120)),
        (50, 150, 0),
        (49, r.randrange(151, 190), r.randrange(10, 40)),
        (r.randrange(90, 130), r.randrange(60, 90), r.randrange(20, 40)),
    ]
    r.shuffle(given)
    return {"firms": given}


def firms_table(case: Case) -> pd.DataFrame:
    """The firms."""
    columns = list(zip(*case["firms"], strict=True))
    return table(
        firm=(T("Firm", "公司"), [x.upper() for x in FIRMS]),
        won=(T("Won", "赢单"), columns[0]),
        lost=(T("Closed without a win", "已关闭但未赢"), columns[1]),
        open=(T("Still open", "在途"), columns[2]),
    )


def enough(case: Case) -> dict[str, str]:
    told = ["yes" if won >= 50 and lost >= 150 else "no" for won, lost, _ in case["firms"]]
    return dict(zip("abcdef", told, strict=True))


def enough_in_all(case: Case) -> dict[str, str]:
    """Ask for 200 closed deals of any kind."""
    told = ["yes" if won + lost >= 200 else "no" for won, lost, _ in case["firms"]]
    return dict(zip(FIRMS, told, strict=True))


def open_as_lost(case: Case) -> dict[str, str]:
    """Count open deals as lost."""
    told = ["yes" if won >= 50 and lost + o >= 150 else "no" for won, lost, o in case["firms"]]
    return dict(zip(FIRMS, told, strict=True))


