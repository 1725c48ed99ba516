"""L11 Two cases: rescue and decline."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

import funnelkit as fk
from funnelkit.measures.diagnose import Diagnosis, diagnose
from funnelkit.measures.drift import Drift, drift
from funnelkit.planning.acting import Decline, decline, visible
from funnelkit.process.text import Text
from funnelkit.teach.choices import Match, Option, Order, Several
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.faults import NoFigure
from funnelkit.teach.kinds import Number
from funnelkit.teach.written import Blank, Find, Sheet
from funnelkit.words import count, date, language, money, percent

if TYPE_CHECKING:
    from funnelkit.data.pipeline import Pipeline

#: The pilot of company A began on this day, in two of its four regions.
START = "2025-07-01"
_PILOT = {"en": ("North", "East"), "zh": ("华北", "华南")}
#: The board of company B met after this day, with the wins of the year still on their usual level.
MEETING = "2025-12-31"


@cache
def _loaded(name: str, lang: str) -> Pipeline:
    return fk.load(name if lang == "en" else f"{name}-zh")


@cache
def _company_a(lang: str) -> Pipeline:
    p = _loaded("success", lang)
    inside = p.deals.region.isin(_PILOT[lang]).ifelse("pilot", "rest")
    return replace(p, deals=p.deals.mutate(group=inside))


def company_a() -> Pipeline:
    """Return the fictional company that mended a leak, in the current language."""
    return _company_a(language())


def company_b() -> Pipeline:
    """Return the fictional company whose decline went unseen, in the current language."""
    return _loaded("failure", language())


def action() -> dict[str, Any]:
    """Return what company A wrote into its action log."""
    return {
        "problem": str(T("Proposals get no answer", "方案发出后没有回音")), "stage": "proposal",
        "measure": "step_rate", "owner": str(T("Sales operations", "销售运营")), "start": START,
        "due": "2025-09-30", "segment": "group=pilot", "control": "group=rest",
    }  # fmt: skip


@cache
def _watch(lang: str) -> Drift:
    return drift(_loaded("failure", lang), "need")


def watch_b() -> Drift:
    """Return the control chart of company B's leaking stage."""
    return _watch(language())


@cache
def _decline(lang: str) -> Decline:
    found = decline(_loaded("failure", lang), _watch(lang))
    assert found is not None
    return found


def decline_b() -> Decline:
    """Return company B's decline: what it cost, what acting would have saved."""
    return _decline(language())


@cache
def _by_quarter(lang: str) -> pd.DataFrame:
    p = _loaded("failure", lang)
    rows = []
    for end in pd.date_range("2025-03-31", "2026-06-30", freq="QE"):
        known = p.at(end.date()).deals.to_pandas()
        first = end - pd.offsets.QuarterBegin(startingMonth=1)
        won = known[(known["outcome"] == "won") & (known["closed_at"] >= first.normalize())]
        still = known[known["outcome"] == "open"]
        rows.append((end, len(won), won["amount"].sum(), len(still), still["amount"].sum()))
    return pd.DataFrame(rows, columns=["end", "won", "won_amount", "open", "open_amount"])


def _plain(columns: Mapping[str, list[str]]) -> pd.DataFrame:
    """Make a table whose rows have no numbers."""
    frame = pd.DataFrame(dict(columns))
    frame.index = pd.Index([""] * len(frame))
    return frame


def board_b(until: str = MEETING) -> pd.DataFrame:
    """Return the page company B's board saw: wins and open deals by quarter."""
    rows = _by_quarter(language())
    rows = rows[rows["end"] <= pd.Timestamp(until)]
    return _plain(
        {
            str(T("Quarter to", "季度截至")): [date(d) for d in rows["end"]],
            str(T("Won deals", "赢单数")): [count(n) for n in rows["won"]],
            str(T("Won amount", "赢单金额")): [money(x) for x in rows["won_amount"]],
            str(T("Open deals", "在途商机数")): [count(n) for n in rows["open"]],
            str(T("Open amount", "在途金额")): [money(x) for x in rows["open_amount"]],
        }
    )


# ------------------------------------------------------------------------------ company A


def _steps(p: Pipeline) -> pd.DataFrame:
    """Deals that have left a stage, and how many of them went on."""
    table = fk.funnel(p).table
    left = table["deals"] - table["still_open"]
    rows = pd.DataFrame({"stage": table["stage"], "left": left, "on": table["deals"].shift(-1)})
    return rows.iloc[:-1].reset_index(drop=True)


@cache
def _first_year(lang: str) -> pd.DataFrame:
    p = _company_a(lang).at("2025-06-30")
    rows = _steps(p)
    plan = {s.id: s.target.step_rate for s in p.process.stages if s.target}
    rows["plan"] = [plan[s] for s in rows["stage"]]
    return rows


def first_year(case: Case | None = None) -> pd.DataFrame:
    """Return the steps of company A in its first year beside the plan."""
    rows = _first_year(language())
    process = company_a().process
    return _plain(
        {
            str(T("Stage", "阶段")): [process.label(s) for s in rows["stage"]],
            str(T("Left the stage", "已离开该阶段")): [count(int(n)) for n in rows["left"]],
            str(T("Of these went on", "其中进入下一阶段")): [count(int(n)) for n in rows["on"]],
            str(T("Rate", "阶段转化率")): [percent(a / b, 1) for a, b in zip(rows["on"], rows["left"], strict=True)],
            str(T("Plan", "计划值")): [percent(x) for x in rows["plan"]],
        }
    )  # fmt: skip


@cache
def _leak(lang: str) -> Diagnosis:
    return diagnose(_company_a(lang).at("2025-06-30"), "region", against="target")


def leak_a() -> Diagnosis:
    """Return the diagnosis of company A's first year against its plan."""
    return _leak(language())


def leaking(case: Case) -> str:
    from funnelkit.teach.bank.l11 import leak_a

    found = leak_a().table
    whole = found[(found["kind"] == "step_rate") & found["column"].isna()]
    return str(whole.sort_values("adjusted_p")["stage"].iloc[0])


def two_groups(r: random.Random) -> dict[str, Any]:
    n = r.choice((100, 120, 150, 200))
    usual = r.choice((0.30, 0.32, 0.35, 0.36))
    drift_ = r.choice((0.04, 0.06, 0.08))
    lift = r.choice((0.12, 0.15, 0.18, 0.20))
    low = usual + 0.02
    return {
        "n": n, "m": 2 * n, "a0": round(n * usual), "a1": round(n * (usual + drift_ + lift)),
        "b0": round(2 * n * low), "b1": round(2 * n * (low + drift_)),
    }  # fmt: skip


def effect(case: Case) -> float:
    pilot = case["a1"] / case["n"] - case["a0"] / case["n"]
    others = case["b1"] / case["m"] - case["b0"] / case["m"]
    return float(pilot - others)


def _share(part: int, whole: int) -> str:
    return f"{count(part)} / {count(whole)}"


def _two_by_two(case: Case) -> pd.DataFrame:
    v = case.values
    return _plain(
        {
            str(T("Proposals that went on", "方案阶段进入下一阶段")): [str(T("Pilot regions", "试点区域")), str(T("Other regions", "其余区域"))],
            str(T("Year before", "前一年")): [_share(v["a0"], v["n"]), _share(v["b0"], v["m"])],
            str(T("Year after", "后一年")): [_share(v["a1"], v["n"]), _share(v["b1"], v["m"])],
        }
    )  # fmt: skip


def worth(r: random.Random) -> dict[str, Any]:
    return {
        "n": r.choice((200, 240, 300)), "lift": r.choice((0.15, 0.20)),
        "seen": r.choice((0.25, 0.30)), "win": r.choice((0.5, 0.6)),
        "value": r.choice((60_000, 80_000, 100_000)), "margin": r.choice((0.3, 0.4)),
        "cost": r.choice((120_000, 150_000)),
    }  # fmt: skip


def earned(case: Case) -> float:
    wins = case["n"] * case["lift"] * case["win"]
    return float(wins * case["value"] * case["margin"] - case["cost"])


def covered(case: Case) -> set[str]:
    return {"some", "range", "other_cause"}


_SAID = (
    Option("exact", T("The new way of proposing brings exactly 23 more out of 100.", "新做法让每 100 份方案恰好多 23 份进入下一阶段。"),
           T("One number without its interval claims too much: 6 and 40 are covered just as well.", "只报一个数、不报区间，说得太满：6 和 40 同样在区间之内。")),
    Option("some", T("It helped: no change at all does not fit the data.", "确实有效：“毫无变化”与数据不符。"),
           T("The interval lies wholly above zero, and the control group took off what changed everywhere.", "区间全部大于零，而且各区域共同的变化已由对照组扣除。")),
    Option("range", T("The effect lies between a small and a very large one; planning should use the lower half.", "效果可能不大，也可能很大；做计划应取区间偏低的一半。"),
           T("A hundred proposals a side leave a wide interval. A careful plan takes the cautious end.", "每组只有约一百份方案，区间很宽。稳妥的计划取偏低的一端。")),
    Option("everywhere", T("The other two regions will gain as much.", "其余两个区域也会提高同样多。"),
           T("They did not take part. They may gain less or more: roll out with a measure, not with a promise.", "它们没有参与，结果可能更低或更高：推广时要接着衡量，不能先许诺。")),
    Option("other_cause", T("Something else that happened only in the pilot regions is not ruled out.", "不能排除试点区域同时发生了别的事。"),
           T("A control group takes off what hits everybody. What hit the pilot alone stays in: nobody drew lots.", "对照组只扣除共同的变化；只发生在试点区域的事仍混在里面，毕竟不是抽签分组。")),
)  # fmt: skip

# ------------------------------------------------------------------------------ evidence


def grades(case: Case) -> dict[str, str]:
    return {"order": "A", "survey": "A", "manual": "B", "appendix": "C", "client": "C", "page": "D"}


_CLAIMS = (
    Option("order", T("A regulator's order: a clothing maker pulled 408 m USD of orders forward over six quarters.", "监管机构的决定：某服装企业六个季度内共提前确认 4.08 亿美元订单。"),
           T("A public order names documents and amounts: A. Settled without admitting or denying is part of the quotation.", "公开的决定列明文件和金额：属于 A。引用时要写明“未承认也未否认”。")),
    Option("survey", T("The authors' own article: of 62 firms, those with a formal process grew faster.", "作者本人的文章：62 家企业中，流程规范的增长更快。"),
           T("The authors' own text with its number of firms: A for the source. It is still no proof that the process made them grow.", "作者原文并注明企业数：来源属于 A。但这仍不能证明是流程带来了增长。")),
    Option("manual", T("A CRM maker's own manual: below 50 won and 150 lost deals its scoring is not switched on.", "CRM 厂商自己的手册：赢单少于 50、输单少于 150 时不启用评分。"),
           T("A maker's own documentation about its own product: B.", "厂商对自家产品的说明：属于 B。")),
    Option("appendix", T("A copy of a book's appendix: a trained group +17 %, its control group −13 %.", "某书附录的转载：受训组 +17%，对照组 −13%。"),
           T("The design is strong, but what we hold is a copy of a summary: C until the study itself is seen.", "研究设计很好，但手头只是转载的摘要：看到原始研究之前属于 C。")),
    Option("client", T("A consultant about his own client: a fifth more sales in half the time.", "顾问讲自己的客户：用一半时间多成交两成。"),
           T("Told by whoever sold the work, without data: C, to be called reported.", "由做项目的人自己讲述，没有数据：属于 C，只能说“据称”。")),
    Option("page", T("A marketing page: “research shows that pipelines with AI win three times as much”, no document named.", "营销网页：“研究表明用 AI 的团队赢单三倍”，未注明出处。"),
           T("No document, no number of firms, something to sell: D. Never quoted as a fact.", "没有出处、没有样本数，又是在推销：属于 D，不能当事实引用。")),
)  # fmt: skip
_GRADES = (
    Option("A", T("A: order, study, author's own text", "A：官方决定、研究、作者原文"), T("", "")),
    Option("B", T("B: large data set with its n, or a maker's own documentation", "B：注明样本数的大数据集，或厂商自己的文档"), T("", "")),
    Option("C", T("C: consultant, vendor, second hand", "C：顾问、厂商或转述"), T("", "")),
    Option("D", T("D: without source", "D：没有出处"), T("", "")),
)  # fmt: skip

# ------------------------------------------------------------------------------ company B


def months(case: Case) -> list[str]:
    return [f"{m:%Y-%m}" for m in pd.period_range("2024-07", "2026-06", freq="M")]


def seen_in(case: Case) -> str:
    from funnelkit.teach.bank.l11 import watch_b

    watch = watch_b()
    rings = watch.table.loc[watch.table["alarm"] == "drop", "period"]
    complete = rings.iloc[0] + pd.offsets.MonthEnd(1) + pd.Timedelta(days=watch.window)
    return f"{complete:%Y-%m}"


def _rings(case: Case) -> str:
    table = watch_b().table
    return f"{table.loc[table['alarm'] == 'drop', 'period'].iloc[0]:%Y-%m}"


def _watched(case: Case) -> pd.DataFrame:
    watch = watch_b()
    rows = watch.table[watch.table["mature"] & (watch.table["period"] >= "2025-02-01")]
    return _plain(
        {
            str(T("Month", "月份")): [f"{d:%Y-%m}" for d in rows["period"]],
            str(T("Came to need identification", "进入需求识别")): [count(int(n)) for n in rows["n"]],
            str(T("Went on within {n} days", "{n} 天内进入下一阶段")).format(n=watch.window): [percent(x, 1) for x in rows["rate"]],
            str(T("Summed shortfall", "累积缺口")): [f"{x:.1f}" for x in rows["cusum"]],
            str(T("Rings at", "报警线")): [f"{x:.1f}" for x in rows["threshold"]],
        }
    )  # fmt: skip


def waited(r: random.Random) -> dict[str, Any]:
    return {
        "n": r.choice((30, 40, 50)), "usual": r.choice((0.45, 0.50)),
        "now": r.choice((0.20, 0.25)), "rest": r.choice((0.25, 0.30)),
        "value": r.choice((60_000, 80_000, 100_000)), "months": r.choice((5, 6, 7)),
        "hidden": r.choice((3, 4)),
    }  # fmt: skip


def delay(case: Case) -> float:
    lost = case["n"] * (case["usual"] - case["now"]) * case["rest"]
    return float(lost * case["value"] * case["months"])


def agenda(case: Case) -> tuple[str, ...]:
    return ("vote", "see", "number", "causes", "monday", "hidden")


_AGENDA = (
    Option("monday", T("What do we do on Monday: who, by when, and what would show that it worked?", "下周一做什么：谁负责、何时完成、什么算见效？"),
           T("Deciding before other explanations are heard fixes the first idea. First ask who else explains it.", "还没听其他解释就定措施，只会坐实第一印象。先问还有什么能解释。")),
    Option("see", T("What do we see, and what do we not see?", "我们看到了什么，没看到什么？"),
           T("The vote comes first: whoever has voted reads the data with a stake in it.", "先表决：投过票的人看数据才会认真。")),
    Option("vote", T("Would you keep this sales head?", "你会留任这位销售负责人吗？"),
           T("The open question that can be argued stands at the very beginning.", "能引起争论的开放问题放在最前面。")),
    Option("hidden", T("What did the company's own report hide?", "公司自己的报告掩盖了什么？"),
           T("This looks back on the whole case: it closes the talk, after the decision.", "这是回头看整个案例，放在决定之后收尾。")),
    Option("causes", T("Who or what else explains it: mix, season, luck?", "还有什么能解释：结构、季节、运气？"),
           T("First say which number would change your mind, else every explanation will do.", "先说清哪个数字会让你改变看法，否则什么解释都说得通。")),
    Option("number", T("Which number would change your mind?", "哪个数字会让你改变看法？"),
           T("First collect what is seen and what is not: only then can one name the number that is missing.", "先列出看到的和没看到的，才说得出缺哪个数字。")),
)  # fmt: skip

# ------------------------------------------------------------------------------ the two votes

_LETTER = T("Answer with one letter: A keep, B replace, C cannot say yet.", "请只填一个字母：A 留任，B 换人，C 还不能判断。")
_NAMED = T("Name a figure that could be looked up, with a number in it: “if the win rate were below 20 %”.", "请写一个查得到的数字，例如“如果赢率低于 20%”。")
_TWO = T("Cite at least two pieces of evidence by their numbers, such as E2 and E6.", "至少引用两条证据的编号，例如 E2、E6。")
_FLOW = T("Wins and open amounts come late or mislead. Cite also what shows how deals move: look for a rate.", "赢单数滞后，在途金额会误导。还要引用反映流动的证据：找一找比率。")
_DAY = T("Give a day, such as 2026-01-19.", "请写出日期，例如 2026-01-19。")
_MEASURED = T("Say what would show that it worked, with a number and a time.", "请写清什么算见效：要有数字和期限。")
_SOMEBODY = T("“All” and “the team” own nothing. Name one role.", "“大家”“团队”等于没人负责，请写一个岗位。")


def _letter(text: str) -> Text | None:
    return None if text.strip().upper() in {"A", "B", "C"} else _LETTER


_with_number = NoFigure(_NAMED)


def _cited(text: str) -> Text | None:
    found = set(re.findall(r"[Ee]([1-6])", text))
    if len(found) < 2:
        return _TWO
    return None if found & {"3", "4", "5"} else _FLOW


def _dated(text: str) -> Text | None:
    return None if re.search(r"20\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}", text) else _DAY


_shown_by = NoFigure(_MEASURED)


def _one(text: str) -> Text | None:
    vague = {"all", "everybody", "everyone", "team", "the team", "大家", "团队", "全体", "所有人"}
    return _SOMEBODY if text.strip().lower() in vague else None


def first_vote(case: Case) -> dict[str, str]:
    return {"vote": "A", "reason": "wins are steady", "number": "win rate below 20 %"}


def second_vote(case: Case) -> dict[str, str]:
    return {
        "vote": "C", "evidence": "E2, E3, E4", "action": "review every deal in need identification",
        "owner": "sales operations", "by": "2026-01-19", "shown": "step rate back to 40 % by April",
    }  # fmt: skip


@cache
def _evidence(lang: str) -> pd.DataFrame:
    p = _loaded("failure", lang)
    watch = _watch(lang)
    known = p.at(MEETING)
    so_far = drift(known, "need").table.dropna(subset="since_rate").iloc[-1]
    board = board_b()
    year = known.deals.to_pandas()
    leads = year["created_at"].dt.to_period("Q").value_counts()
    steps = _steps(known).set_index("stage")
    last = float((steps["on"] / steps["left"]).to_dict()["negotiation"])
    target = next(s.target for s in p.process.stages if s.id == "negotiation")
    plan = target.step_rate if target else None
    seen = visible(watch)
    head = list(board.columns)
    texts = (
        str(T("Won deals by quarter of 2025: {x}", "2025 年各季度赢单数：{x}")).format(x=" · ".join(board[head[1]])),
        str(T("Open amount by quarter of 2025: {x}", "2025 年各季度末在途金额：{x}")).format(x=" · ".join(board[head[4]])),
        str(T("From need identification to proposal: {a} usually, {b} since {d}", "需求识别到方案提供：通常 {a}，自 {d} 起 {b}")).format(
            a=percent(so_far["usual_rate"], 1), b=percent(so_far["since_rate"], 1), d=date(so_far["changed_since"])),
        str(T("The control chart could ring on {d}", "控制图在 {d} 即可报警")).format(d=date(seen)),
        str(T("Of the deals that left negotiation, {a} were won; the plan was {b}", "离开谈判阶段的商机中 {a} 赢单，计划值 {b}")).format(
            a=percent(last), b=percent(plan)),
        str(T("New leads by quarter of 2025: {x}", "2025 年各季度新增线索：{x}")).format(x=" · ".join(count(int(leads[f"2025Q{k}"])) for k in range(1, 5))),
    )  # fmt: skip
    return _plain({str(T("No.", "编号")): [f"E{k}" for k in range(1, 7)], str(T("Evidence", "证据")): list(texts)})


def evidence(case: Case | None = None) -> pd.DataFrame:
    """Return the six pieces of evidence on company B, as known at the board's meeting."""
    return _evidence(language())


_VOTES = T("A keep, B replace, C cannot say yet:", "A 留任，B 换人，C 还不能判断：")

EXERCISES = (
    Exercise(
        id="L11.1", objective="O1", minutes=3, seeds=("S46", "S07"),
        prompt=T(
            "Company B, early January 2026. This page lies before the board. Would you keep the sales head? Vote now; the vote is kept, and you vote again at the end.",
            "乙公司，2026 年 1 月初。董事会面前就是这张表。你会留任销售负责人吗？先投一票，系统会保存，课末再投一次。",
        ),
        kind=Sheet((
            Blank("vote", _VOTES, _letter),
            Blank("reason", T("Because:", "理由：")),
            Blank("number", T("Which number would change your mind:", "哪个数字会让你改变看法："), _with_number),
        )),
        solve=first_vote, show=lambda c: board_b(),
        mistakes=(
            Mistake("no_letter", lambda c: {**first_vote(c), "vote": "perhaps"}, _LETTER),
            Mistake("no_number", lambda c: {**first_vote(c), "number": "a bad feeling"}, _NAMED),
        ),
        hints=(
            T("There is no right vote here; there is an argued one.", "这里没有标准答案，只看理由。"),
            T("Say what you look at: wins, amounts, or what is missing on the page.", "说出你看重什么：赢单数、金额，还是表上缺的东西。"),
            T("A number that could change your mind: “if fewer than 3 out of 10 came from need to proposal”.", "可以让你改变看法的数字：“如果需求识别后进入方案的不到三成”。"),
        ),
        after=T("Your vote is kept. Most people keep the sales head on this page: wins hold, and the pipeline grows.", "已保存。只看这张表，多数人会留任：赢单平稳，在途金额还在增长。"),
    ),
    Exercise(
        id="L11.2", objective="O2", minutes=5, seeds=("S49",),
        prompt=T("Company A, first year, all regions together. Where does it leak?", "甲公司第一年，全部区域合计。漏在哪个阶段？"),
        kind=Find("stage", lambda c: {s: company_a().process.label(s) for s in company_a().process.open_ids}),
        solve=leaking, show=first_year,
        mistakes=(
            Mistake("most_lost", "lead", T(
                "Most deals end there, in number. But so they do by plan: compare each rate with its own plan.",
                "从数量看确实这里流失最多，但计划本来如此：请把每个比率与各自的计划值相比。")),
            Mistake("next_to_the_money", "negotiation", T(
                "Near the contract every loss hurts most, but its gap to the plan is smaller and rests on few deals. Look for the widest gap.",
                "离签约最近，丢了最心疼，但这一步与计划差距较小，商机也少。请找差距最大的阶段。")),
        ),
        hints=(
            T("A low rate is no leak by itself.", "比率低本身不等于漏。"),
            T("Compare the rate with the plan in the same row.", "同一行里，比较实际与计划。"),
            T("Begin with the first row: its rate is close to its plan, so it is not this one.", "从第一行看起：实际接近计划，所以不是这一步。"),
        ),
        after=T("Offers went out and nobody agreed with the buyer what happens next. That is where the money was.", "方案发了出去，却没有与客户约定下一步。钱就漏在这里。"),
    ),
    Exercise(
        id="L11.3", objective="O2", minutes=5, seeds=("S49",),
        prompt=T("Another firm tried the same in a pilot. By how many points did the pilot itself raise the rate, taking off what changed everywhere?",
                 "另一家企业也做了试点。扣除各区域共同的变化后，试点本身把阶段转化率提高了多少？"),
        kind=Number("fraction", within=0.004, relative=0.0),
        solve=effect, draw=two_groups, show=_two_by_two,
        mistakes=(
            Mistake("before_after", lambda c: c["a1"] / c["n"] - c["a0"] / c["n"], T(
                "This is before against after in the pilot. The other regions rose as well, without doing anything: take that off.",
                "这只是试点区域的前后之差。其余区域什么也没做也上升了：要把这部分扣除。")),
            Mistake("after_only", lambda c: c["a1"] / c["n"] - c["b1"] / c["m"], T(
                "This compares the two groups afterwards only. They did not start level: compare their changes.",
                "这只比较了之后的两组。两组起点并不相同：要比的是各自的变化。")),
            Mistake("sum", lambda c: (c["a1"] / c["n"] - c["a0"] / c["n"]) + (c["b1"] / c["m"] - c["b0"] / c["m"]), T(
                "The change of the others is taken off, not added.", "其余区域的变化应当扣除，而不是相加。")),
        ),
        hints=(
            T("Four rates, two changes, one difference.", "四个比率，两个变化，一个差。"),
            T("First the change in the pilot, then the change of the others.", "先算试点的变化，再算其余区域的变化。"),
            T("Write the four rates next to the table as shares, such as 36 out of 120 = 0.30.", "先在表旁写出四个比率，例如 120 中的 36 = 0.30。"),
        ),
        after=T("Without the others as a mirror the pilot would have been praised for the market.", "没有对照，就会把市场的功劳算到试点头上。"),
    ),
    Exercise(
        id="L11.4", objective="O2", minutes=5, seeds=("S49",),
        prompt=T("In a firm like company A a hundred proposals a side gave: effect +23 points, 95 % interval +6 to +40. Which statements does this cover?",
                 "一家与甲公司类似的企业，每组约一百份方案，结果为：效果 +23 个百分点，95% 区间 +6 至 +40。下面哪些说法站得住？"),
        kind=Several(_SAID),
        solve=covered,
        mistakes=(),
        hints=(
            T("Ask of each: does it hold at 6 points, and at 40?", "逐句问：效果只有 6 个百分点时成立吗？40 时呢？"),
            T("Three of the five stand.", "五句中有三句站得住。"),
            T("Regions that did not take part have shown nothing about themselves yet.", "没有参与的区域，还没有提供自己的证据。"),
        ),
        after=T("An honest result has three parts: helped or not, how much at least, and what could still have caused it.", "诚实的结论有三部分：有没有用、至少多少、还可能有什么原因。"),
    ),
    Exercise(
        id="L11.5", objective="O2", minutes=6, seeds=("S49",),
        prompt=T(
            "What was it worth? {n:count} proposals a year in the pilot, effect {lift:percent} (before against after it looked like {seen:percent}), {win:percent} of negotiations are won, value {value:count}, margin {margin:percent}, cost of the change {cost:count}. Gain after cost in the first year?",
            "值多少钱？试点每年 {n:count} 份方案，效果 {lift:percent}（只看前后是 {seen:percent}），谈判后赢率 {win:percent}，单均金额 {value:count}，毛利率 {margin:percent}，改进投入 {cost:count}。第一年扣除投入后的收益是多少？",
        ),
        kind=Number("money", relative=0.005),
        solve=earned, draw=worth,
        mistakes=(
            Mistake("turnover", lambda c: c["n"] * c["lift"] * c["win"] * c["value"] - c["cost"], T(
                "This is turnover. What the firm keeps is the margin.", "这是销售额。企业留下的是毛利。")),
            Mistake("all_won", lambda c: c["n"] * c["lift"] * c["value"] * c["margin"] - c["cost"], T(
                "One more in negotiation is not one more won: only part of them is signed.", "多一个进入谈判不等于多赢一单：其中只有一部分会签约。")),
            Mistake("before_after", lambda c: c["n"] * c["seen"] * c["win"] * c["value"] * c["margin"] - c["cost"], T(
                "You used before against after. Part of it would have come anyway: use the effect.", "你用了前后之差，其中一部分本来就会发生：应当用扣除后的效果。")),
            Mistake("no_cost", lambda c: c["n"] * c["lift"] * c["win"] * c["value"] * c["margin"], T(
                "The cost of the change is still in it.", "还没有扣除改进投入。")),
        ),
        hints=(
            T("From proposals to wins to money, step by step.", "从方案到赢单再到钱，一步一步算。"),
            T("Extra wins = proposals × effect × share won afterwards.", "多赢的单数 = 方案数 × 效果 × 之后的赢率。"),
            T("With 200 proposals and an effect of 0.1, twenty more come to negotiation.", "若有 200 份方案、效果 0.1，则多 20 个进入谈判。"),
        ),
        after=T("The sum a finance head believes: effect after the control group, margin instead of turnover, cost taken off.", "财务认可的算法：用扣除对照后的效果、用毛利、减去投入。"),
    ),
    Exercise(
        id="L11.6", objective="O3", minutes=6, seeds=("S48",),
        prompt=T("Many firms are said to have sold better with a funnel. How good is the evidence? Grade the source of each claim.",
                 "据说许多企业用漏斗提升了业绩。证据有多可靠？请给每条说法的来源评级。"),
        kind=Match(_CLAIMS, _GRADES),
        solve=grades,
        mistakes=(),
        hints=(
            T("Ask who says it, where one can read it, and what they sell.", "问三点：谁说的、能在哪里读到、他卖什么。"),
            T("There are two of A, one of B, two of C, one of D.", "A 两条，B 一条，C 两条，D 一条。"),
            T("A public order with amounts is the strongest: A.", "写明金额的公开决定最可靠：A。"),
        ),
        after=T("The grade belongs to the source. Even a good source may only show that two things go together.", "评级针对来源。来源再好，也可能只说明两件事同时出现。"),
    ),
    Exercise(
        id="L11.7", objective="O4", minutes=6, seeds=("S50",),
        prompt=T(
            "Company B, month by month. Every month is complete only once its last deals have had the days in the heading. In which calendar month could somebody first have seen the alarm?",
            "乙公司的逐月数据。每个月要等最后一批商机也满了表头的天数，数据才完整。最早在哪个日历月能看到报警？",
        ),
        kind=Find("month", months),
        solve=seen_in, show=_watched,
        mistakes=(
            Mistake("no_waiting", _rings, T(
                "In this month the chart rings, but its deals needed their days first. Count on from the end of the month.",
                "报警落在这个月，但当月的商机还要满天数才有结果。请从月末往后数。")),
            Mistake("wins_fall", lambda c: "2026-03", T(
                "That is when the wins were missing. The rate before them fell long earlier.", "那时赢单已经少了。前面的比率早就下降。")),
            Mistake("begin", lambda c: "2025-04", T(
                "A slow decline cannot be told from chance in its first month: the sum has to reach the line.", "缓慢下滑的头一个月与偶然波动分不开：累积缺口要先到达报警线。")),
        ),
        hints=(
            T("First find the month, then the day on which it was complete.", "先找月份，再找数据完整的日子。"),
            T("The alarm is the first row in which the summed shortfall reaches the line.", "第一个累积缺口达到报警线的行就是报警。"),
            T("A month that ends on the 31st and needs 30 days is complete on the 30th of the next.", "若某月 31 日结束、还要 30 天，则下月 30 日数据完整。"),
        ),
        after=T("Early enough to act: months before the wins gave way.", "此时行动还来得及，比赢单下滑早了好几个月。"),
    ),
    Exercise(
        id="L11.8", objective="O4", minutes=6, seeds=("S50",),
        prompt=T(
            "What did waiting cost? {n:count} deals a month come to need identification; {usual:percent} used to go on, now {now:percent}. Of proposals {rest:percent} are won, value {value:count}. The fall was hidden for {hidden:count} months, then visible for {months:count} months before anybody acted. Turnover lost by waiting although it was visible?",
            "拖延的代价有多大？每月 {n:count} 个商机进入需求识别，过去 {usual:percent} 进入下一阶段，现在 {now:percent}。方案阶段赢率 {rest:percent}，单均金额 {value:count}。下滑先有 {hidden:count} 个月看不出来，能看出后又过了 {months:count} 个月才行动。明知可见仍拖延，损失多少销售额？",
        ),
        kind=Number("money", relative=0.005),
        solve=delay, draw=waited,
        mistakes=(
            Mistake("all_stopped", lambda c: c["n"] * (1 - c["now"]) * c["rest"] * c["value"] * c["months"], T(
                "Deals always stopped here. Only the difference to the usual rate was lost by the fall.", "这一步本来就会有商机停下，只有与过去的差额才是下滑造成的。")),
            Mistake("all_won", lambda c: c["n"] * (c["usual"] - c["now"]) * c["value"] * c["months"], T(
                "A proposal is not yet a win: only part of them is signed.", "进入方案还不是赢单，其中只有一部分会签约。")),
            Mistake("from_the_start", lambda c: c["n"] * (c["usual"] - c["now"]) * c["rest"] * c["value"] * (c["months"] + c["hidden"]), T(
                "The hidden months nobody could have saved. The cost of waiting begins when it could be seen.", "看不出来的那几个月谁也救不了。拖延的代价从看得见时算起。")),
        ),
        hints=(
            T("First the deals missing in one month.", "先算一个月少了多少商机。"),
            T("Missing wins a month = deals × fall of the rate × share won afterwards.", "每月少赢的单数 = 商机数 × 比率下降 × 之后的赢率。"),
            T("40 deals and a fall of 0.20 are 8 proposals fewer a month.", "40 个商机、下降 0.20，就是每月少 8 份方案。"),
        ),
        after=T("A chart looked at once a month costs an hour. This is what the hour is worth.", "每月看一次控制图只要一小时。这就是那一小时的价值。"),
    ),
    Exercise(
        id="L11.9", objective="O1", minutes=4, seeds=("S47",),
        prompt=T("You lead the discussion of a case. Bring the six questions into an order in which each prepares the next.",
                 "你来主持案例讨论。请排列六个问题，让前一个为后一个铺路。"),
        kind=Order(_AGENDA),
        solve=agenda,
        mistakes=(),
        hints=(
            T("Begin with what can be argued, end with what is learned.", "从能争论的开始，以能学到的结束。"),
            T("Look at the facts before you explain, explain before you act.", "先看事实，再解释；先解释，再行动。"),
            T("The vote about the sales head comes first.", "关于销售负责人的表决放在第一。"),
        ),
        after=T("The same six questions carry any bad quarter of your own.", "自己团队遇到糟糕的季度，也用这六个问题。"),
    ),
    Exercise(
        id="L11.10", objective="O1", minutes=8, seeds=("S07", "S46"),
        prompt=T(
            "Vote again, with what you now know. Cite the evidence by number, and say what happens on Monday.",
            "用现在掌握的信息再投一次。请引用证据编号，并写清下周一做什么。",
        ),
        kind=Sheet((
            Blank("vote", _VOTES, _letter),
            Blank("evidence", T("Evidence (such as E2, E6):", "证据编号（例如 E2、E6）："), _cited),
            Blank("action", T("On Monday:", "下周一："), long=True),
            Blank("owner", T("Who:", "负责人（岗位）："), _one),
            Blank("by", T("By (day):", "完成日期："), _dated),
            Blank("shown", T("What shows that it worked:", "什么算见效："), _shown_by),
        )),
        solve=second_vote, show=evidence,
        mistakes=(
            Mistake("one_piece", lambda c: {**second_vote(c), "evidence": "E2"}, _TWO),
            Mistake("late_only", lambda c: {**second_vote(c), "evidence": "E1, E2"}, _FLOW),
            Mistake("nobody", lambda c: {**second_vote(c), "owner": "everybody"}, _SOMEBODY),
            Mistake("no_day", lambda c: {**second_vote(c), "by": "soon"}, _DAY),
            Mistake("no_measure", lambda c: {**second_vote(c), "shown": "things look better"}, _MEASURED),
        ),
        hints=(
            T("Compare with your first vote: which number was missing on that page?", "对照第一次投票：当时那张表缺了哪个数字？"),
            T("A growing open amount may mean that deals no longer move.", "在途金额增长，可能是因为商机不再流动。"),
            T("Write who looks at which deals, until which day, and the rate you expect then.", "写清谁看哪些商机、到哪一天，以及届时期望的比率。"),
        ),
        after=T("Both votes are kept. Whether the vote changed matters less than what it now rests on.", "两次投票都已保存。票变没变不重要，重要的是现在有了依据。"),
    ),
)  # fmt: skip


# ------------------------------------------------------------------------------ what-if


def act(p: Any) -> Any:
    """Show what acting in another month would have saved company B."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel

    fallen = decline_b()
    sliders = [
        Slider("month", str(T("act in month … of the decline", "在下滑开始后第几个月行动")), 1, len(fallen.months), 1, len(fallen.months), form="count"),
        Slider("back", str(T("of the lost ground comes back", "能恢复的比例")), 0.0, 1.0, 0.1, 0.8),
    ]  # fmt: skip
    heads = (
        T("Acting in {d}", "在 {d} 行动"),
        T("Wins lost until then", "行动前少赢"),
        T("Wins lost after it, in these months", "行动后（统计期内）少赢"),
        T("Turnover lost in all", "合计损失销售额"),
    )

    def render(state: Mapping[str, float]) -> str:
        month = int(state["month"])
        acted = fallen.act(month, state["back"])
        caption = str(heads[0]).format(d=f"{fallen.months['period'].iloc[month - 1]:%Y-%m}")
        cells = ((heads[1], f"{acted.before:.1f}"), (heads[2], f"{acted.after:.1f}"), (heads[3], money(acted.lost)))
        return answer_table(cells, caption)

    return panel(sliders, render)


WHATIFS = {"act": act}
