"""Limits with their false alarms, and a rule of one's own."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.kinds import Number, Series
from funnelkit.teach.written import Rule


def offers(r: random.Random) -> dict[str, Any]:
    """Draw sixteen past offers: days they lay, and how they ended; one lies on the limit."""
    limit = r.choice([40, 50, 60])
    quick = [limit - r.randrange(1, 30) for _ in range(8)]
    slow = [limit + r.randrange(1, 50) for _ in range(7)]
    ends = ["on"] * 5 + ["lost"] * 3 + ["on"] * r.choice([2, 3]) + ["lost"] * 7
    rows = list(zip([*quick, *slow], ends[:15], strict=True))
    rows.append((limit, r.choice(["on", "lost"])))
    r.shuffle(rows)
    return {"limit": limit, "days": [d for d, _ in rows], "ends": [e for _, e in rows]}


def caught(case: Case) -> list[int]:
    days, ends = np.array(case["days"]), np.array(case["ends"])
    rings = days > case["limit"]
    return [
        int((rings & (ends == "lost")).sum()),
        int((rings & (ends == "on")).sum()),
        int((~rings & (ends == "lost")).sum()),
    ]


def _on_the_limit(case: Case) -> list[int]:
    days, ends = np.array(case["days"]), np.array(case["ends"])
    rings = days >= case["limit"]
    return [
        int((rings & (ends == "lost")).sum()),
        int((rings & (ends == "on")).sum()),
        int((~rings & (ends == "lost")).sum()),
    ]


def _all_caught(case: Case) -> list[int]:
    good, false, missed = caught(case)
    return [good + false, 0, missed]


def _quiet_as_missed(case: Case) -> list[int]:
    days, ends = np.array(case["days"]), np.array(case["ends"])
    rings = days > case["limit"]
    return [
        int((rings & (ends == "lost")).sum()),
        int((rings & (ends == "on")).sum()),
        int((~rings).sum()),
    ]


def _offer_table(case: Case) -> pd.DataFrame:
    names = {"on": str(T("moved on", "继续推进")), "lost": str(T("lost", "输单"))}
    return pd.DataFrame(
        {
            str(T("Days in proposal", "方案阶段停留天数")): case["days"],
            str(T("How it ended", "结果")): [names[e] for e in case["ends"]],
        },
        index=pd.Index([f"P{k}" for k in range(1, 17)], name=str(T("Offer", "报价"))),
    )


_LIMITS = (20, 30, 40, 50, 60)


def worth(r: random.Random) -> dict[str, Any]:
    times = r.choice([1, 2, 3])
    return {
        "gain": r.choice([2, 3, 5]),
        "caught": [times * k for k in (40, 36, 30, 22, 12)],
        "false": [times * k for k in (60, 36, 18, 9, 3)],
    }


def best_limit(case: Case) -> float:
    limits = np.array([20, 30, 40, 50, 60])
    good, false = np.array(case["caught"]), np.array(case["false"])
    net = case["gain"] * good - (good + false)
    return float(limits[net.argmax()])


def _limit_table(case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        {
            str(T("Limit (days)", "上限（天）")): _LIMITS,
            str(T("Caught: alarm, later lost", "命中：报警且后来输单")): case["caught"],
            str(T("False alarm: alarm, moved on", "误报：报警但继续推进")): case["false"],
        }
    )




_DAYS, _SILENT = (40, 50, 60), (20, 30)


def rule_values(r: random.Random) -> dict[str, Any]:
    return {"days": r.choice(_DAYS), "silent": r.choice(_SILENT)}


def open_deals(case: Case) -> pd.DataFrame:
    """Draw thirty open deals; some lie exactly on the limits."""
    r = random.Random(case.seed)
    days, silent = case["days"], case["silent"]
    rows = [
        ("proposal", days + 15, silent + 10), ("proposal", days + 2, silent + 5),
        ("proposal", days + 40, silent + 25), ("proposal", days, silent + 10),
        ("proposal", days + 15, silent), ("proposal", days + 15, silent - 12),
        ("need", days + 15, silent + 10), ("negotiation", days + 20, silent + 3),
        ("proposal", days - 12, silent + 6),
    ]  # fmt: skip
    for _ in range(15):
        rows.append(
            (
                r.choice(["contact", "need", "proposal", "negotiation"]),
                r.randrange(2, days + 30),
                r.randrange(1, silent + 20),
            )
        )
    r.shuffle(rows)
    frame = pd.DataFrame(rows, columns=["stage", "days_in_stage", "days_since_buyer_step"])
    frame.insert(0, "deal_id", [f"D{k:02d}" for k in range(1, len(frame) + 1)])
    return frame


def rule(case: Case) -> str:
    return f'stage == "proposal" and days_in_stage > {case["days"]} and days_since_buyer_step > {case["silent"]}'



EXERCISES = (
    Exercise(
        id="L06.5", objective="O2", minutes=5, seeds=("S26",),
        prompt=T(
            "A checkpoint rings when an offer lies more than {limit} days. Below are sixteen past offers. How many did it catch (rang, later lost), how many were false alarms (rang, moved on), how many losses did it miss?",
            "控制点规定：报价停留超过 {limit} 天就报警。下表是过去的十六份报价。命中（报警且后来输单）、误报（报警但继续推进）、漏报（没报警却输单）各多少？",
        ),
        kind=Series(lambda c: [str(T("Caught", "命中")), str(T("False alarms", "误报")), str(T("Missed", "漏报"))], "deals", relative=0.0),
        draw=offers, solve=caught, show=_offer_table,
        mistakes=(
            Mistake("on_the_limit", _on_the_limit, T(
                "“More than” does not ring on the limit itself. One offer lies exactly there.",
                "“超过”不含上限当天。有一份报价正好在上限上。")),
            Mistake("all_caught", _all_caught, T(
                "Not every alarm is a hit: some of these offers moved on all the same.",
                "不是每次报警都算命中：其中有的后来照样推进了。")),
            Mistake("quiet_as_missed", _quiet_as_missed, T(
                "Silence about an offer that moved on is right, not a miss. Missed are only the losses that did not ring.",
                "没报警而顺利推进是对的，不算漏报。漏报只指没报警的输单。")),
        ),
        hints=(
            T("First mark all offers that ring.", "先标出会报警的报价。"),
            T("Every offer is one of four: rang or silent, lost or moved on.", "每份报价属于四种之一：报警或未报警，输单或推进。"),
            T("Caught plus missed has to give all lost offers of the table.", "命中加漏报，应等于表中全部输单。"),
        ),
        after=T("A limit is a trade: the lower it is, the more it catches and the more people it bothers in vain.", "定上限是权衡：越低命中越多，白打扰的人也越多。"),
    ),
    Exercise(
        id="L06.6", objective="O2", minutes=4, seeds=("S26",),
        prompt=T(
            "Every alarm costs one hour of looking into the deal. A deal caught in time is worth {gain} hours. Which limit (in days) pays most?",
            "每次报警要花 1 小时核查商机；及时命中一个商机，相当于省下 {gain} 小时。上限定为几天最划算？",
        ),
        kind=Number("number", relative=0.0),
        draw=worth, solve=best_limit, show=_limit_table,
        mistakes=(
            Mistake("most_caught", lambda c: 20.0, T(
                "This catches most, but count the hours spent on false alarms.", "命中最多，但请算一算花在误报上的时间。")),
            Mistake("fewest_false", lambda c: 60.0, T(
                "This bothers fewest, but most of the losses go by unseen.", "打扰最少，但大部分输单都没发现。")),
            Mistake("forgot_true_cost", lambda c: float(_LIMITS[int((c["gain"] * np.array(c["caught"]) - np.array(c["false"])).argmax())]), T(
                "A true alarm takes its hour as well: subtract it from what it is worth.", "命中的那次也要花 1 小时核查，要从价值里减掉。")),
        ),
        hints=(
            T("Make a column of what each limit is worth and one of what it costs.", "为每个上限各算一列价值、一列成本。"),
            T("Worth: gain × caught. Cost: caught + false alarms. Take the largest difference.", "价值：每次所值 × 命中；成本：命中 + 误报。取差最大的。"),
            T("Begin with 20 days: caught times the worth of one, minus all alarms.", "从 20 天算起：命中数乘以每次所值，再减全部报警数。"),
        ),
        after=T("The right limit depends on what an alarm costs and a catch is worth, so it is a decision, not a law.", "合适的上限取决于报警成本和命中价值：这是决策，不是定律。"),
    ),
    Exercise(
        id="L06.7", objective="O2", minutes=6, seeds=("S26", "S30"),
        prompt=T(
            "Write the rule that selects exactly the offers (stage proposal) that lie more than {days} days and whose buyer has been silent for more than {silent} days. Join conditions with “and”.",
            "写一条规则，恰好选出：处在方案提供阶段（proposal）、停留超过 {days} 天、且客户超过 {silent} 天没有行动的商机。条件之间用 and 连接。",
        ),
        kind=Rule(open_deals), draw=rule_values, solve=rule, show=open_deals,
        mistakes=(
            Mistake("all_stages", lambda c: f"days_in_stage > {c['days']} and days_since_buyer_step > {c['silent']}", T(
                "This also selects deals of other stages, whose time is measured by another yardstick.", "这会选到其他阶段的商机，它们的时长标准不同。")),
            Mistake("no_buyer", lambda c: f'stage == "proposal" and days_in_stage > {c["days"]}', T(
                "This also rings for offers whose buyer is at work. Old alone is not stuck.", "客户仍在行动的报价也会报警。时间长不等于停滞。")),
            Mistake("edges", lambda c: f'stage == "proposal" and days_in_stage >= {c["days"]} and days_since_buyer_step >= {c["silent"]}', T(
                "“More than” leaves out the limit itself: look at the sign.", "“超过”不含上限本身：检查比较符号。")),
        ),
        hints=(
            T("Write one condition for each part of the sentence.", "句子里每一部分写成一个条件。"),
            T("A text stands in quotation marks and is compared with ==.", "文字放在引号里，用 == 比较。"),
            T('Start with: stage == "proposal" and …', '从 stage == "proposal" and … 开始写。'),
        ),
        after=T("The same line goes into the process sheet; from then on the checkpoint watches, not the memory.", "把这一行写进流程表，之后由控制点来盯，不靠记性。"),
    ),
)  # fmt: skip
