"""L06 Finding the problem, control points."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
import pandas as pd

import funnelkit as fk
from funnelkit.process.text import Text
from funnelkit.teach.choices import Choice, Match, Option, Order
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.kinds import NotOfKind, Number, Series, Verdict, plain_number
from funnelkit.teach.written import Blank, Find, Rule, Sheet
from funnelkit.words import percent

#: Practice data in which one region's offers go on far less often from one month on.
PLANS = {
    "leak": {
        "deals": 1400,
        "stages": {
            "lead": {"step_rate": 0.85},
            "contact": {"step_rate": 0.85},
            "need": {"step_rate": 0.85},
            "proposal": {"step_rate": 0.7},
        },
        "patterns": [{"stalled_proposals": {"since": 13, "rate": 0.2, "slower": 3}}],
    }
}

_SHARE = T("Give a number from 0 to 100.", "请填 0 到 100 之间的数字。")
_WEEKS = T("Write the number of weeks: 8, for instance.", "请写周数，例如 8。")
_NO_DATE = T("Give a date, such as 2027-03-31.", "请写出日期，例如 2027-03-31。")
_NO_NUMBER = T(
    "Give a number with what it is out of, so that one can see later whether it moved.",
    "请写出数值及分母，以后才看得出有没有变化。",
)
_NOBODY = T(
    "“We”, “the team” and “all” own nothing. Name one role or person.",
    "“大家”“团队”“我们”等于没有责任人，请写明一个岗位或一个人。",
)


def _hundred(text: str) -> Text | None:
    try:
        return None if 0 <= plain_number(text) <= 100 else _SHARE
    except NotOfKind:
        return _SHARE


def _weeks(text: str) -> Text | None:
    return _WEEKS if _hundred(text) else None


def _dated(text: str) -> Text | None:
    return None if re.search(r"20\d\d[-/.年]\d{1,2}", text) else _NO_DATE


def _counted(text: str) -> Text | None:
    return None if re.search(r"\d", text) else _NO_NUMBER


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


def guess(case: Case) -> dict[str, str]:
    return {"firms": "20", "weeks": "8"}


# L06.2 the movement of a quarter

_START, _END = "2026-07-01", "2026-08-31"
_FATES = (
    ("2026-08-20", "", "won"),
    ("2026-09-12", "2026-11-20", "open"),
    ("", "2026-09-18", "open"),
    ("2026-09-30", "", "lost"),
    ("2026-09-25", "2026-09-25", "open"),
    ("2026-11-05", "2026-09-15", "open"),
    ("2026-08-31", "", "no_decision"),
    ("2026-09-08", "2027-01-15", "open"),
    ("2026-12-10", "2026-12-10", "open"),
    ("", "2026-09-28", "open"),
)


def quarter_deals(r: random.Random) -> dict[str, Any]:
    """Draw the deals due in a quarter as known on two dates; money in thousands."""
    amounts = r.sample(range(60, 400, 10), len(_FATES))
    rows = [
        (f"D{k}", a, *f)
        for k, (a, f) in enumerate(zip(amounts, r.sample(_FATES, len(_FATES)), strict=True), 1)
    ]
    return {"deals": pd.DataFrame(rows, columns=["deal", "amount", "due_then", "due_now", "now"])}


def moved(case: Case) -> list[float]:
    d = case["deals"]
    then, now = d["due_then"].str[:7] <= "2026-09", d["due_now"].str[:7] <= "2026-09"
    known, still = d["due_then"] != "", d["now"] == "open"
    new = d["amount"][~known & now & still].sum()
    pulled_in = d["amount"][known & ~then & now & still].sum()
    won = d["amount"][known & then & (d["now"] == "won")].sum()
    lost = d["amount"][known & then & d["now"].isin(["lost", "no_decision"])].sum()
    slipped = d["amount"][known & then & ~now & still].sum()
    return [float(x) for x in (new, pulled_in, won, lost, slipped)]


def _slipped_is_lost(case: Case) -> list[float]:
    new, pulled, won, lost, slipped = moved(case)
    return [new, pulled, won, lost + slipped, 0.0]


def _pulled_is_new(case: Case) -> list[float]:
    new, pulled, won, lost, slipped = moved(case)
    return [new + pulled, 0.0, won, lost, slipped]


def _only_named_lost(case: Case) -> list[float]:
    d = case["deals"]
    new, pulled, won, _, slipped = moved(case)
    return [new, pulled, won, float(d["amount"][d["now"] == "lost"].sum()), slipped]


def _deal_table(case: Case) -> pd.DataFrame:
    d = case["deals"]
    dash = {"": "–"}
    names = {
        "won": str(T("won", "赢单")), "lost": str(T("lost", "输单")),
        "no_decision": str(T("no decision", "不了了之")), "open": str(T("open", "在途")),
    }  # fmt: skip
    return pd.DataFrame(
        {
            str(T("Deal", "商机")): d["deal"],
            str(T("Amount (thousand)", "金额（千元）")): d["amount"],
            str(T("Close date as seen on 1 July", "7 月 1 日时的预计成交日")): d[
                "due_then"
            ].replace(dash),
            str(T("State on 31 August", "8 月 31 日的状态")): d["now"].map(names),
            str(T("Close date as seen on 31 August", "8 月 31 日时的预计成交日")): d[
                "due_now"
            ].replace(dash),
        }
    )


_STEPS = (
    T("New", "新增"), T("Pulled in from a later quarter", "从后续季度提前"), T("Won", "赢单"),
    T("Lost or no decision", "输单或不了了之"), T("Slipped to a later quarter", "延期到后续季度"),
)  # fmt: skip

# L06.3 leading and lagging

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
        ("alarms", "See which checkpoints fired and where", "看哪些检查点报警、在哪里",
         "The movement of the whole comes first; the alarms show where inside it.", "先看整体变动，再看报警落在哪里。"),
    )
)  # fmt: skip


def agenda(case: Case) -> tuple[str, ...]:
    return ("actions", "moved", "alarms", "chance", "cause", "agree")


# L06.5 and L06.6 limits with their false alarms


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


# L06.7 a rule of one's own

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


# L06.8 and L06.9 the planted fault


def _rates(case: Case) -> pd.DataFrame:
    """Return region, stage, deals that came and went on, without what came too lately."""
    p = case.p
    ids = [*p.process.funnel_ids[:-1], "won"]
    table = fk.funnel(p, by="region").table
    rows = []
    for region, part in table.groupby("region", sort=True):
        reached = part["deals"].tolist()
        for k, stage in enumerate(ids[:-1]):
            rows.append((region, stage, int(reached[k]), int(reached[k + 1])))
    return pd.DataFrame(rows, columns=["region", "stage", "came", "went"])


def _weakest(rows: pd.DataFrame) -> Any:
    """Return the row with the lowest share that went on."""
    return rows.iloc[int((rows["went"] / rows["came"]).to_numpy().argmin())]


def _rate_table(case: Case) -> pd.DataFrame:
    rates = _rates(case)
    rates["shown"] = [
        f"{percent(w / c)} ({c})" for c, w in zip(rates["came"], rates["went"], strict=True)
    ]
    wide = rates.pivot_table(
        index="stage", columns="region", values="shown", aggfunc="first", sort=False
    )
    wide.index = pd.Index(
        [case.p.process.label(s) for s in wide.index],
        name=str(T("Of those in … went on", "到达后继续推进的比率")),
    )
    wide.columns.name = None
    return wide


def _places(case: Case) -> dict[str, str]:
    rates = _rates(case)
    return {
        f"{r}|{s}": f"{r} · {case.p.process.label(s)}"
        for r, s in zip(rates["region"], rates["stage"], strict=True)
    }


def fault(case: Case) -> str:
    planted = case.p.truth.planted[0]
    return f"{planted['where']['region'][0]}|proposal"


def _lowest_elsewhere(case: Case) -> str:
    """Return the lowest rate of the other stages: low in every region."""
    rates = _rates(case)
    rates = rates[rates["stage"] != "proposal"]
    row = _weakest(rates)
    return f"{row['region']}|{row['stage']}"


def _fewest(case: Case) -> str:
    """Return the smallest group at the proposal that is not the one with the fault."""
    rates = _rates(case)
    region = fault(case).split("|")[0]
    rates = rates[(rates["stage"] == "proposal") & (rates["region"] != region)]
    return f"{rates['region'].iloc[int(rates['came'].to_numpy().argmin())]}|proposal"


def _months(case: Case) -> pd.DataFrame:
    """Return, for the group with the fault, offers by month of arrival and those that went on."""
    p = case.p
    assert p.stage_history is not None
    region = fault(case).split("|")[0]
    h, d = p.stage_history.to_pandas(), p.deals.to_pandas().set_index("deal_id")
    came = h[h["stage"] == "proposal"].groupby("deal_id")["entered_at"].min()
    later = set(h.loc[h["stage"].isin(["negotiation", "won"]), "deal_id"])
    came = came[
        (d.loc[came.index, "region"] == region)
        & (came < pd.Timestamp(p.as_of) - pd.Timedelta(days=92))
    ]
    frame = pd.DataFrame({"month": came.dt.strftime("%Y-%m"), "went": came.index.isin(list(later))})
    table = frame.groupby("month")["went"].agg(["size", "sum"]).reset_index()
    table.columns = pd.Index(["month", "came", "went"])
    return table[table["month"] >= "2024-09"].reset_index(drop=True)


def _month_table(case: Case) -> pd.DataFrame:
    months = _months(case)
    months["rate"] = [percent(w / c) for c, w in zip(months["came"], months["went"], strict=True)]
    months.columns = pd.Index([
        str(T("Month of the offer", "报价月份")), str(T("Offers", "报价数")),
        str(T("went on", "继续推进")), str(T("Share", "比率")),
    ])  # fmt: skip
    return months


class NearMonth(Find):
    """A month; its neighbours count as found."""

    def judge(self, answer: Any, right: Any) -> Verdict:
        """Right up to a month before or after."""
        apart = pd.Period(answer, freq="M").ordinal - pd.Period(right, freq="M").ordinal
        return "right" if abs(apart) <= 1 else "wrong"


def began(case: Case) -> str:
    return str(case.p.truth.planted[0]["since"])


def _worst_month(case: Case) -> str:
    """Return the weakest month well after the beginning and before the end."""
    months = _months(case).iloc[:-2]
    months = months[months["month"] > str(pd.Period(began(case), freq="M") + 1)]
    return str(_weakest(months)["month"])


def _first_bad_month(case: Case) -> str:
    """Return the weakest month before the fault: chance."""
    months = _months(case)
    months = months[months["month"] < str(pd.Period(began(case), freq="M") - 1)]
    return str(_weakest(months)["month"])


def _last_month(case: Case) -> str:
    return str(_months(case)["month"].iloc[-1])


# L06.10 rate and mix


def channels(r: random.Random) -> dict[str, Any]:
    """Draw two channels in which both rates fall and the total rises."""
    times = r.choice([1, 2, 4])
    before = r.choice([[(60, 150), (42, 350)], [(50, 100), (44, 400)], [(72, 160), (51, 340)]])
    after = r.choice([[(126, 350), (15, 150)], [(144, 400), (8, 100)]])
    return {
        "before": [(times * k, times * n) for k, n in before],
        "after": [(times * k, times * n) for k, n in after],
    }


def effects(case: Case) -> list[float]:
    k0, n0 = np.array(case["before"]).T
    k1, n1 = np.array(case["after"]).T
    rate0, rate1 = k0 / n0, k1 / n1
    weight0, weight1 = n0 / n0.sum(), n1 / n1.sum()
    rate = ((weight0 + weight1) / 2 * (rate1 - rate0)).sum()
    mix = ((rate0 + rate1) / 2 * (weight1 - weight0)).sum()
    return [float(rate), float(mix)]


def _swapped(case: Case) -> list[float]:
    rate, mix = effects(case)
    return [mix, rate]


def _total_only(case: Case) -> list[float]:
    return [sum(effects(case)), 0.0]


def _old_weights(case: Case) -> list[float]:
    k0, n0 = np.array(case["before"]).T
    k1, n1 = np.array(case["after"]).T
    rate = float((n0 / n0.sum() * (k1 / n1 - k0 / n0)).sum())
    return [rate, float((k0 / n0 * (n1 / n1.sum() - n0 / n0.sum())).sum())]


def _channel_table(case: Case) -> pd.DataFrame:
    rows = []
    names = (T("Referral", "转介绍"), T("Advertising", "广告"))
    for name, (k0, n0), (k1, n1) in zip(names, case["before"], case["after"], strict=True):
        rows.append(
            (
                str(name),
                f"{k0} / {n0} = {percent(k0 / n0, 1)}",
                f"{k1} / {n1} = {percent(k1 / n1, 1)}",
            )
        )
    (a, b), (c, d) = np.array(case["before"]).sum(axis=0), np.array(case["after"]).sum(axis=0)
    rows.append(
        (
            str(T("Together", "合计")),
            f"{a} / {b} = {percent(a / b, 1)}",
            f"{c} / {d} = {percent(c / d, 1)}",
        )
    )
    columns = [
        str(T("Source", "来源")),
        str(T("Won of closed, before", "以前：赢单 / 已结")),
        str(T("Won of closed, after", "现在：赢单 / 已结")),
    ]
    return pd.DataFrame(rows, columns=columns)


# L06.11 and L06.12 false alarms and the firm without a fault


def false_alarm(case: Case) -> float:
    return float(1 - 0.95 ** case["sellers"])


def no_fault(case: Case) -> str:
    return "few"


def _sellers(case: Case) -> pd.DataFrame:
    from funnelkit.stats import wilson

    deals = case.p.deals.to_pandas()
    closed = deals[(deals["outcome"] != "open") & deals["stage"].isin(["proposal", "negotiation"])]
    table = closed.groupby("owner")["outcome"].agg(["size", lambda o: (o == "won").sum()])
    table.columns = pd.Index(["n", "won"])
    table["rate"] = table["won"] / table["n"]
    table = table.sort_values(["rate", "n"], ascending=[False, True])
    low, high = wilson(table["won"].to_numpy(), table["n"].to_numpy())
    return pd.DataFrame(
        {
            str(T("Won / closed offers", "赢单 / 已结报价")): [
                f"{w} / {n}" for w, n in zip(table["won"], table["n"], strict=True)
            ],
            str(T("Win rate", "赢率")): [percent(x) for x in table["rate"]],
            str(T("95 % interval", "95% 置信区间")): [
                f"{percent(a)} – {percent(b)}" for a, b in zip(low, high, strict=True)
            ],
        },
        index=pd.Index(table.index, name=str(T("Seller", "负责人"))),
    )


_CONCLUSIONS = (
    Option("last", T("Talk to the seller in the last row about performance", "找排在最后一行的销售谈业绩"),
           T("Somebody is always last. Look at the interval: does it leave out the others' rate?", "总有人排在最后。看看区间：它把其他人的赢率排除在外了吗？")),
    Option("three", T("Send the last three to a training on closing", "让最后三名参加成交培训"),
           T("Three of twelve always stand at the bottom, also when all sell equally well. Cutting a ranking is no test.", "即使大家水平完全一样，也总有三个人垫底。按名次切一刀不是检验。")),
    Option("copy", T("Let all copy how the first in the list sells", "让所有人学习第一名的做法"),
           T("The top is as much luck as the bottom: see how few deals it rests on.", "第一名和最后一名一样可能是运气：看看它基于几个商机。")),
    Option("few", T("Nothing on this alone: too few deals to tell the sellers apart; look again with more", "仅凭这张表不采取行动：商机太少，分不出高低，积累更多再看"),
           T("The intervals overlap widely.", "区间大幅重叠。"), right=True),
)  # fmt: skip


def plan(case: Case) -> dict[str, str]:
    return {
        "where": "Proposal, region South, since November", "cause": "No presales engineer since October",
        "action": "Two engineers from East join the offers", "owner": "Sales manager South", "due": "2027-01-15",
        "measure": "offers that go on within 60 days: from 8 of 40 to 20 of 40",
    }  # fmt: skip


EXERCISES = (
    Exercise(
        id="L06.1", objective="O5", minutes=2, seeds=("S26",),
        prompt=T(
            "Guess: (1) In 100 firms whose 12 sellers are all equally good, how many will find a “clearly weak” seller? (2) After how many weeks would you notice that one region's offers stall?",
            "先估计：(1) 有 100 家公司，每家 12 名销售水平完全一样，会有几家“发现”明显偏弱的人？(2) 如果某个区域的报价开始停滞，你几周后能发现？",
        ),
        kind=Sheet((
            Blank("firms", T("Firms out of 100:", "100 家中有几家："), _hundred),
            Blank("weeks", T("Weeks:", "周数："), _weeks),
        )),
        solve=guess,
        mistakes=(
            Mistake("too_many", lambda c: {**guess(c), "firms": "120"}, _SHARE),
            Mistake("words", lambda c: {**guess(c), "weeks": "soon"}, _WEEKS),
        ),
        hints=(
            T("There is no wrong guess.", "估计没有对错。"),
            T("Think of your last quarterly review.", "想想最近一次季度评审。"),
            T("If you believe one firm in ten, write 10.", "如果认为十家中有一家，就填 10。"),
        ),
        after=T("Kept. Exercise L06.11 answers the first guess, L06.9 the second.", "已保存。第一个在 L06.11 揭晓，第二个在 L06.9。"),
    ),
    Exercise(
        id="L06.2", objective="O1", minutes=6, seeds=("S17",),
        prompt=T(
            "The table holds ten deals. Look only at what is due in the third quarter (July to September): from 1 July to 31 August, which amounts (in thousands) came in and went out? Write all as positive numbers.",
            "表中有十个商机。只看第三季度（7 至 9 月）到期的部分：7 月 1 日到 8 月 31 日之间，各有多少金额（千元）进入和离开？全部写成正数。",
        ),
        kind=Series(lambda c: [str(t) for t in _STEPS], "money", relative=0.0),
        draw=quarter_deals, solve=moved, show=_deal_table,
        mistakes=(
            Mistake("slipped_as_lost", _slipped_is_lost, T(
                "A deal that moved to a later quarter left this quarter, but it is not lost: it is still open.",
                "延到以后季度的商机离开了本季度，但没有输：它仍在途。")),
            Mistake("pulled_as_new", _pulled_is_new, T(
                "A deal known on 1 July with a later date is not new: it was pulled in.",
                "7 月 1 日就存在、只是预计日更晚的商机不是新增，而是提前。")),
            Mistake("forgot_no_decision", _only_named_lost, T(
                "No decision also takes the amount out of the quarter: it belongs to this step.",
                "不了了之同样让金额离开本季度，也要算进这一项。")),
        ),
        hints=(
            T("Take the deals one by one: was it due in the quarter on 1 July? And on 31 August?", "逐个看：7 月 1 日时是否本季度到期？8 月 31 日呢？"),
            T("In and in: no movement. In and later: slipped. Later and in: pulled in. Deals that are due later on both dates do not count.", "两次都在：没有变动。先在后不在：延期。先不在后在：提前。两次都不在的不计。"),
            T("A dash under 1 July means the deal did not exist yet: if it is due by 30 September now, it is new.", "7 月 1 日一栏为“–”，说明当时还没有这个商机：若现在 9 月 30 日前到期，就是新增。"),
        ),
        after=T("Start plus in minus out gives the end, to the last unit. What slipped is the talk worth having now.", "期初加流入减流出，分毫不差等于期末。延期的部分最值得现在就谈。"),
    ),
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
    Exercise(
        id="L06.5", objective="O2", minutes=5, seeds=("S26",),
        prompt=T(
            "A checkpoint rings when an offer lies more than {limit} days. Below are sixteen past offers. How many did it catch (rang, later lost), how many were false alarms (rang, moved on), how many losses did it miss?",
            "检查点规定：报价停留超过 {limit} 天就报警。下表是过去的十六份报价。命中（报警且后来输单）、误报（报警但继续推进）、漏报（没报警却输单）各多少？",
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
        after=T("The same line goes into the process sheet; from then on the checkpoint watches, not the memory.", "把这一行写进流程表，之后由检查点来盯，不靠记性。"),
    ),
    Exercise(
        id="L06.8", objective="O3", minutes=5, seeds=("S32",), data="leak",
        prompt=T(
            "In your practice firm one step of one region has gone wrong. Below: the share that went on from each stage, in brackets the number that reached it. Where is the fault?",
            "你的练习公司里，有一个区域的某一步出了问题。下表是各阶段到达后继续推进的比率，括号里是到达数。问题在哪里？",
        ),
        kind=Find("segment", _places), solve=fault, show=_rate_table,
        mistakes=(
            Mistake("low_everywhere", _lowest_elsewhere, T(
                "This step is low in every region: that is how this business sells. Compare along the row.", "这一步各区域都低，是这门生意的常态。请横向比较。")),
            Mistake("smallest", _fewest, T(
                "Here are only fewer deals. Look at the share, not at the number.", "这里只是商机少一些。看比率，不看数量。")),
        ),
        hints=(
            T("Compare within a row: the same step in four regions.", "横着比：同一步在四个区域的比率。"),
            T("Look for a difference far larger than those between the other three.", "找出远大于其他三者之间差异的那一个。"),
            T("Begin with the first row: do the four shares lie within a few points?", "从第一行开始：四个比率是否只差几个点？"),
        ),
        after=T("A cell counts as clearly below when it lies far from its own kind: the same step, elsewhere.", "与同类（别处的同一步）相差很远，才叫明显偏低。"),
    ),
    Exercise(
        id="L06.9", objective="O3", minutes=4, seeds=("S32",), data="leak",
        prompt=T(
            "These are the offers of the region and step with the fault, by month. Since when does it last? One month either side is right. Then think: what changed there at that time?",
            "这是出问题的那个区域、那一步，按报价月份列出。从哪个月开始？前后差一个月都算对。再想一想：那时发生了什么变化？",
        ),
        kind=NearMonth("month", lambda c: _months(c)["month"].tolist()), solve=began, show=_month_table,
        mistakes=(
            Mistake("worst", _worst_month, T(
                "This month is poor, but the step was already down before it. Look for where the low level begins.", "这个月确实差，但之前就已经低了。找低水平从哪里开始。")),
            Mistake("a_single", _first_bad_month, T(
                "A single weak month on a handful of offers, and then it recovers: that is chance.", "报价只有几份，单月偏低，之后又恢复：这是偶然。")),
            Mistake("the_last", _last_month, T(
                "The last month is only the one seen last. The low level began earlier.", "最后一个月只是最近看到的，低水平更早就开始了。")),
        ),
        hints=(
            T("Cover the month names and look at the shares alone.", "遮住月份，只看比率。"),
            T("Look for the place after which it hardly ever recovers.", "找到之后几乎不再恢复的位置。"),
            T("Add up three months at a time: where does the sum fall and stay low?", "每三个月合并看：从哪里开始下降并一直低？"),
        ),
        after=T("The month points to the cause: who left, which rule changed, which rival came. Ask the people there before you decide.", "月份指向原因：谁走了、哪条规定变了、来了哪家对手。先问当地的人，再下结论。"),
    ),
    Exercise(
        id="L06.10", objective="O4", minutes=5, seeds=("S32",),
        prompt=T(
            "The firm's win rate rose. Split the change of the total: how much comes from the rates of the two sources, how much from their shares? (Mean of both periods as weights; the two add up to the change.)",
            "公司的整体赢率上升了。把变化拆成两部分：多少来自两个来源各自的赢率（水平效应），多少来自占比变化（结构效应）？（权重取两期平均，两者相加等于总变化。）",
        ),
        kind=Series(lambda c: [str(T("Rate effect", "水平效应")), str(T("Mix effect", "结构效应"))], "fraction", within=0.0015, relative=0.0),
        draw=channels, solve=effects, show=_channel_table,
        mistakes=(
            Mistake("swapped", _swapped, T(
                "The two are swapped. The rate effect uses changes of the win rates.", "两项写反了。水平效应用的是赢率的变化。")),
            Mistake("total_only", _total_only, T(
                "This takes the whole change for better selling. But look at each source: did its rate rise?", "这把总变化都算成卖得更好。请看每个来源：赢率真的上升了吗？")),
            Mistake("old_weights", _old_weights, T(
                "With the weights of the first period alone the two parts do not add up. Take the mean of both periods.", "只用前一期的权重，两部分加起来对不上。请取两期平均。")),
        ),
        hints=(
            T("Look at the two rows first: did the rate of each source rise or fall?", "先看两行：每个来源的赢率是升还是降？"),
            T("Rate effect: for each source mean share × change of rate, then add. Mix effect: mean rate × change of share.", "水平效应：各来源平均占比 × 赢率变化，再相加。结构效应：平均赢率 × 占比变化。"),
            T("Share of a source: its closed deals divided by all closed deals, for each period.", "某来源的占比：该来源已结商机除以全部已结商机，两期各算一次。"),
        ),
        after=T("More referrals hid that each source sells worse. The total alone would have earned applause.", "转介绍多了，掩盖了两个来源都在变差。只看总数，还会有人鼓掌。"),
    ),
    Exercise(
        id="L06.11", objective="O5", minutes=3, seeds=("S26", "S32"),
        prompt=T(
            "{sellers} sellers are equally good. Each is tested alone, with a 5 % chance of being called “clearly weak” by mere luck. How likely is it that at least one is called so?",
            "{sellers} 名销售水平完全一样。逐个检验，每人都有 5% 的可能仅因运气被判为“明显偏弱”。至少有一人被判的概率是多少？",
        ),
        kind=Number("fraction", within=0.006, relative=0.0),
        draw=lambda r: {"sellers": r.choice([8, 10, 12, 14, 16])}, solve=false_alarm,
        mistakes=(
            Mistake("one", lambda c: 0.05, T(
                "This holds for one seller named in advance. Here anybody may be unlucky.", "这是对事先指定的一个人而言。这里任何人都可能运气不好。")),
            Mistake("added", lambda c: 0.05 * c["sellers"], T(
                "Adding counts firms with two unlucky sellers twice; for many sellers it would pass 100 %.", "直接相加会把两人同时不走运的情况重复算；人多了会超过 100%。")),
            Mistake("nobody", lambda c: 0.95 ** c["sellers"], T(
                "This is the chance that nobody is called weak. The question is the other side.", "这是没有人被判的概率，题目问的是另一面。")),
        ),
        hints=(
            T("Ask first how likely it is that nobody is called weak.", "先算没有任何人被判的概率。"),
            T("One seller escapes with 95 %; all escape when each does: multiply.", "一个人不被判的概率是 95%；全部不被判就连乘。"),
            T("For two sellers: 1 − 0.95 × 0.95.", "两个人时：1 − 0.95 × 0.95。"),
        ),
        after=T("That is why a verdict needs a minimum number of deals and a stricter limit the more people are compared.", "所以下结论要有最低样本数，比较的人越多，门槛越要严。"),
    ),
    Exercise(
        id="L06.12", objective="O5", minutes=3, seeds=("S30", "S32"),
        prompt=T("The offers of your practice firm, by seller. What do you do?", "这是练习公司各位销售的报价结果。你会怎么做？"),
        kind=Choice(_CONCLUSIONS), solve=no_fault, show=_sellers, mistakes=(),
        hints=(
            T("Read the column with the number of deals first.", "先看商机数这一列。"),
            T("Does any interval lie wholly below those of the others?", "有没有哪个区间整个低于别人？"),
            T("Compare the first and the last row: do their intervals touch?", "比较第一行和最后一行：两个区间有重叠吗？"),
        ),
        after=T("Holding back is a decision too. It protects people from noise and keeps your alarms believable.", "按兵不动也是决定：它让人免受偶然波动之扰，也让预警可信。"),
    ),
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


# for the lesson's own cells


def last_quarter(p: Any) -> tuple[str, str]:
    """Return the two dates between which the last whole quarter of the data lies."""
    seen = pd.Timestamp(p.as_of) + pd.Timedelta(microseconds=1)
    end = seen.to_period("Q").start_time
    return str((end - pd.DateOffset(months=3) - pd.Timedelta(days=1)).date()), str(
        (end - pd.Timedelta(days=1)).date()
    )


def two_years(p: Any) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the last twelve months of the data and the twelve before, half-open."""
    end = (pd.Timestamp(p.as_of) + pd.Timedelta(microseconds=1)).normalize()
    edges = [str((end - pd.DateOffset(months=m)).date()) for m in (24, 12, 0)]
    return (edges[0], edges[1]), (edges[1], edges[2])


def watched(p: Any) -> str:
    """Return the stage the lesson watches: the one before the last in which a deal can be."""
    return str(p.process.open_ids[max(0, len(p.process.open_ids) - 2)])


def limits(p: Any) -> pd.DataFrame:
    """Return the ageing limits with labels in the current language."""
    from funnelkit.control import ageing_limits

    table = ageing_limits(p)
    return pd.DataFrame(
        {
            str(T("Deals that moved on", "继续推进的商机")): table["moved_on"].tolist(),
            str(T("Amber after (days)", "黄色：超过（天）")): [
                f"{d:.0f}" for d in table["amber_days"]
            ],
            str(T("Red after (days)", "红色：超过（天）")): [f"{d:g}" for d in table["red_days"]],
        },
        index=pd.Index([p.process.label(s) for s in table["stage"]], name=str(T("Stage", "阶段"))),
    )


def own_rule(p: Any) -> str:
    """Return the rule of the watched stage's amber limit."""
    from funnelkit.control import ageing_limits

    days = ageing_limits(p).set_index("stage")["amber_days"][watched(p)]
    return f"days_in_stage > {days if days == days else 30:.0f}"


def threshold(p: Any) -> Any:
    """Show what a limit on the time in a stage catches on past deals, and its false alarms."""
    from funnelkit.control import rule_quality
    from funnelkit.teach.whatif import Slider, panel

    stage, tried = watched(p), list(range(5, 125, 5))
    table = rule_quality(p, "days_in_stage > 30", stage, thresholds=tried).table.set_index(
        "threshold"
    )
    words = (
        (T("Deals asked", "被检查的商机"), "deals"), (T("Alarms", "报警"), "fired"), (T("Caught in time", "命中"), "caught"),
        (T("False alarms", "误报"), "false_alarms"), (T("Missed", "漏报"), "missed"),
    )  # fmt: skip
    caption = T(
        "A limit on the time in {stage}, asked of past deals", "对过去的商机试用“{stage}”停留上限"
    )
    right = T("Share of alarms that were right", "报警中属实的比例")

    def render(state: Mapping[str, float]) -> str:
        row: Any = table.loc[min(tried, key=lambda d: abs(d - state["limit"]))]
        cells = "".join(
            f"<tr><th scope='row'>{name}</th><td>{int(row[c]):,}</td></tr>" for name, c in words
        )
        shown = percent(row["precision"]) if row["precision"] == row["precision"] else "–"
        cells += f"<tr><th scope='row'>{right}</th><td>{shown}</td></tr>"
        title = escape(str(caption).format(stage=p.process.label(stage)))
        return f"<table class='fk-table'><caption>{title}</caption>{cells}</table>"

    return panel(
        [Slider("limit", str(T("Limit (days)", "上限（天）")), 5, 120, 5, 30, share=False)], render
    )


def luck(p: Any) -> Any:
    """Show how often a faultless team shows a weak seller."""
    from funnelkit.teach.whatif import Slider, panel

    any_one = T("At least one called weak although all are equal", "水平一样却至少有一人被判偏弱")
    strict = T(
        "Chance to allow each seller so that the whole stays at 5 %",
        "若要整体保持 5%，每人只能容许",
    )

    def render(state: Mapping[str, float]) -> str:
        n = state["sellers"]
        rows = ((any_one, 1 - (1 - state["each"]) ** n, 0), (strict, 1 - 0.95 ** (1 / n), 2))
        cells = "".join(
            f"<tr><th scope='row'>{name}</th><td>{percent(x, d)}</td></tr>" for name, x, d in rows
        )
        return f"<table class='fk-table'>{cells}</table>"

    return panel([
        Slider("sellers", str(T("Sellers compared", "比较的销售人数")), 1, 40, 1, 3, share=False),
        Slider("each", str(T("Chance of a false alarm for each", "每人的误报概率")), 0.01, 0.2, 0.01, 0.05),
    ], render)  # fmt: skip


WHATIFS = {"threshold": threshold, "luck": luck}
