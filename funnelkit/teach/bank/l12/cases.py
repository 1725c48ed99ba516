"""What each learner of L12 is given, the right answers and the known slips."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

import funnelkit as fk
from funnelkit.process import load_process
from funnelkit.process.text import Text
from funnelkit.stats import brier, newcombe
from funnelkit.teach.exercise import Case
from funnelkit.teach.exercise import both as T
from funnelkit.words import percent

STAGES = ("lead", "contact", "need", "proposal", "negotiation")


def stage_name(id: str) -> str:
    """Return a stage of the default sheet in the current language."""
    return load_process(None).label(id)


def step_name(id: str) -> str:
    """Return a step as two stages."""
    after = {**dict(itertools.pairwise(STAGES)), "negotiation": "won"}[id]
    return f"{stage_name(id)} → {stage_name(after)}"


def table(**columns: Any) -> pd.DataFrame:
    """Make a frame of pairs (heading, values)."""
    return pd.DataFrame({str(head): list(values) for head, values in columns.values()})


# ---------------------------------------------------------------- two years

_RATES = {"lead": 0.55, "contact": 0.40, "need": 0.50, "proposal": 0.60, "negotiation": 0.55}
_DROPS = {"lead": 0.06, "contact": 0.08, "need": 0.10}


def two_years(r: random.Random) -> dict[str, Any]:
    """One early step falls beyond chance; the last falls by more points, within chance."""
    changed = r.choice(list(_DROPS))
    years = []
    for year in (1, 2):
        reached, rows = 1900 + 20 * r.randrange(0, 10), []
        for s in STAGES:
            rate = _RATES[s] + r.choice((-0.005, 0.0, 0.005))
            if year == 2:
                rate -= _DROPS[s] if s == changed else 0.11 if s == "negotiation" else 0.0
            rows.append((reached, round(reached * rate)))
            reached = rows[-1][1]
        years.append(rows)
    return {"changed": changed, "year1": years[0], "year2": years[1]}


def years_table(case: Case) -> pd.DataFrame:
    """Steps of both years with the interval of the change."""
    rows = []
    for s, (n0, k0), (n1, k1) in zip(STAGES, case["year1"], case["year2"], strict=True):
        change, low, high = newcombe(k1, n1, k0, n0)
        interval = f"{100 * float(low):+.1f} … {100 * float(high):+.1f}"
        rows.append((step_name(s), f"{k0} / {n0} = {percent(k0 / n0, 1)}", f"{k1} / {n1} = {percent(k1 / n1, 1)}", f"{100 * float(change):+.1f}", interval))  # fmt: skip
    heads = (
        T("Step", "步骤"), T("Year 1", "第一年"), T("Year 2", "第二年"),
        T("Change, points", "变化（百分点）"), T("95 % interval", "95% 区间"),
    )  # fmt: skip
    return pd.DataFrame(rows, columns=[str(h) for h in heads])


def steps(case: Case) -> dict[str, str]:
    """Number the steps."""
    return {str(k): f"{k} {step_name(s)}" for k, s in enumerate(STAGES, 1)}


def changed_step(case: Case) -> str:
    from funnelkit.stats import newcombe

    pairs = zip(case["year1"], case["year2"], strict=True)
    found = [newcombe(k1, n1, k0, n0) for (n0, k0), (n1, k1) in pairs]
    beyond = [float(low) > 0 or float(high) < 0 for _, low, high in found]
    return str(1 + beyond.index(True))


def step_after(case: Case) -> str:
    """Take the step after, whose number of deals fell."""
    return str(int(changed_step(case)) + 1)


def versions(r: random.Random) -> dict[str, Any]:
    """Moves of two years by step, and which steps a new sheet has redefined."""
    n = [10 * r.randrange(100, 120), 10 * r.randrange(42, 50), 10 * r.randrange(20, 26), 10 * r.randrange(11, 15), 10 * r.randrange(6, 9)]  # fmt: skip
    m = [10 * r.randrange(100, 120), 10 * r.randrange(42, 50), 10 * r.randrange(16, 22), 10 * r.randrange(9, 13), 10 * r.randrange(5, 8)]  # fmt: skip
    return {"moves1": n, "moves2": m, "same": r.choice(([1, 0, 0, 1, 1], [1, 0, 1, 0, 1], [1, 0, 1, 1, 0]))}  # fmt: skip


def versions_table(case: Case) -> pd.DataFrame:
    """Steps with their moves and whether the standard is the same."""
    same = {1: str(T("same standard", "标准未变")), 0: str(T("standard changed", "标准已改"))}
    return table(
        step=(T("Step", "步骤"), [step_name(s) for s in STAGES]),
        first=(T("Moves, year 1", "第一年推进数"), case["moves1"]),
        second=(T("Moves, year 2", "第二年推进数"), case["moves2"]),
        sheet=(T("Stage sheet", "阶段标准"), [same[x] for x in case["same"]]),
    )


def comparable(case: Case) -> float:
    moves = [a + b for a, b in zip(case["moves1"], case["moves2"], strict=True)]
    kept = [n for n, same in zip(moves, case["same"], strict=True) if same]
    return float(sum(kept) / sum(moves))


def second_only(case: Case) -> float:
    """Look at the second year alone."""
    kept = [n for n, same in zip(case["moves2"], case["same"], strict=True) if same]
    return float(sum(kept) / sum(case["moves2"]))


# ---------------------------------------------------------------- score against stage odds


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


def filled(case: Case) -> pd.DataFrame:
    """How often a column is filled, and its most frequent value, for won and other deals."""
    frame = case.p.frame()
    won, other = (frame[frame["outcome"].isin(x)] for x in (["won"], ["lost", "no_decision"]))

    def told(part: pd.DataFrame, column: str) -> str:
        values = part[column].dropna()
        top = f" ({values.mode().iloc[0]})" if len(values) and column != "loss_reason" else ""
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


# ---------------------------------------------------------------- a foreign file

PHASES = {
    "Suspect": "lead", "Talking": "contact", "Scoping": "need", "Quote out": "proposal",
    "Short list": "negotiation", "Order in": "won", "Went elsewhere": "lost", "Shelved": "no_decision",
}  # fmt: skip


def foreign(r: random.Random) -> dict[str, Any]:
    """Rows of a file from another system, some of them faulty."""
    rows = []
    for k in range(r.randrange(15, 19)):
        phase = r.choice(list(PHASES)[:5])
        rows.append([f"K{101 + k}", phase, f"2026-0{r.randrange(1, 7)}-{r.randrange(13, 28)}", str(1000 * r.randrange(12, 90))])  # fmt: skip
    spots = r.sample(range(1, len(rows)), 6)
    unknown, repeated, bad_amounts = r.randrange(1, 3), r.randrange(1, 3), 2
    for at in spots[:unknown]:
        rows[at][1] = "???"
    for at in spots[2 : 2 + repeated]:
        rows[at][0] = rows[at - 1][0] if at - 1 not in spots else rows[0][0]
    for at in spots[4 : 4 + bad_amounts]:
        rows[at][3] = "tbd"
    return {"rows": rows}


def foreign_file(case: Case) -> pd.DataFrame:
    """Return the file as it came."""
    return pd.DataFrame(case["rows"], columns=["Ref", "Phase", "Opened", "Value"])


def read_in(case: Case) -> list[int]:
    from funnelkit.teach.bank.l12.cases import PHASES, foreign_file

    file = foreign_file(case)
    columns = {"deal_id": "Ref", "stage": "Phase", "created_at": "Opened", "amount": "Value"}
    mapping = {"columns": columns, "stages": PHASES}
    p = fk.read(file, mapping=mapping, process="b2b-six-stages", as_of="2026-06-30")
    return [p.size, len(file) - p.size]


def every_row(case: Case) -> list[int]:
    """Take every row for a deal."""
    return [len(case["rows"]), 0]


def with_cells(case: Case) -> list[int]:
    """Set rows aside for an amount that cannot be read, too."""
    size, aside = read_in(case)
    bad = sum(row[3] == "tbd" for row in case["rows"])
    return [size - bad, aside + bad]


# ---------------------------------------------------------------- the plan

NO_NUMBER = T("Give a number, so that day 90 can tell.", "请写出数值，到第 90 天才能判断。")
NO_DAY = T("Give a whole date, such as 2027-03-31.", "请写完整日期，例如 2027-03-31。")
GROUP = T("A group owns nothing: write one person's name.", "“大家负责”等于没人负责：请写一个人的名字。")
SPAN = T(
    "The dates should follow one another and end 80 to 100 days after the start.",
    "日期要依次往后，并在开始后 80 到 100 天内结束。",
)
_MANY = r"\b(team|all|everybody|everyone|we|sales|dept|department)\b|大家|所有人|全体|团队|部门|我们"


def day(text: str) -> dt.date | None:
    """Read a day as people write it."""
    found = re.search(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})", text)
    try:
        return dt.date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def dated(text: str) -> Text | None:
    """Refuse what is no date."""
    return None if day(text) else NO_DAY


def counted(text: str) -> Text | None:
    """Refuse what holds no number."""
    return None if re.search(r"\d", text) else NO_NUMBER


def person(text: str) -> Text | None:
    """Refuse a group."""
    return GROUP if re.search(_MANY, text, re.I) else None


def ninety(filled: Mapping[str, str]) -> Text | None:
    """Refuse dates that do not make ninety days."""
    days = [day(filled[k]) for k in ("start", "day30", "day60", "day90")]
    assert all(days)
    known = [d for d in days if d is not None]
    turned = any(b <= a for a, b in itertools.pairwise(known))
    return SPAN if turned or not 80 <= (known[3] - known[0]).days <= 100 else None


def plan(case: Case) -> dict[str, str]:
    return {
        "measure": "step rate from proposal to negotiation", "baseline": "58 %", "target": "64 %",
        "owner": "Ada", "start": "2027-01-04", "step30": "stage sheet agreed, data read without rejects",
        "day30": "2027-02-03", "step60": "every proposal reviewed with the payer", "day60": "2027-03-05",
        "step90": "verdict from the action log", "day90": "2027-04-04", "stop": "rate below 52 % at day 60",
    }  # fmt: skip


# ---------------------------------------------------------------- first guess

NOT_SHARE = T("Write a number between 0 and 100 for each stage.", "每个阶段填 0 到 100 之间的数字。")
FALLING = T(
    "A later stage has a lower chance than an earlier one. Usually the chance to win rises from stage to stage: is this meant?",
    "后面阶段的赢率比前面还低。通常赢率会逐个阶段升高：确实是这个意思吗？",
)  # fmt: skip


def share(text: str) -> Text | None:
    """Refuse what is no share of a hundred."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%?", text)
    return None if found and float(found[1]) <= 100 else NOT_SHARE


def rising(filled: Mapping[str, str]) -> Text | None:
    """Refuse a chance that falls from stage to stage."""
    values = [float(filled[s].rstrip("% ")) for s in STAGES]
    return FALLING if any(b < a for a, b in itertools.pairwise(values)) else None


def guess(case: Case) -> dict[str, str]:
    return {"lead": "5", "contact": "10", "need": "20", "proposal": "35", "negotiation": "60"}


# ---------------------------------------------------------------- which tool


def tools(case: Case) -> dict[str, str]:
    return {
        "q1": "funnel", "q2": "funnel", "q3": "reverse", "q4": "forecast",
        "q5": "limits", "q6": "limits", "q7": "log", "q8": "log",
    }  # fmt: skip


# ---------------------------------------------------------------- for the lesson's own cells


def years(p: Any) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the last two years of a pipeline as periods."""
    end = pd.Timestamp(p.as_of).normalize() + pd.Timedelta(days=1)
    days = [str((end - pd.DateOffset(years=k)).date()) for k in (2, 1, 0)]
    return (days[0], days[1]), (days[1], days[2])


def group(p: Any) -> str:
    """Return a column to compare by: the source where there is one."""
    return next(c for c in ("source", "region", "owner", "currency") if c in p.attributes)
