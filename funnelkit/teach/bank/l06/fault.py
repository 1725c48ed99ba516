"""The planted fault: stage, segment and month."""

from __future__ import annotations

from typing import Any

import pandas as pd

import funnelkit as fk
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.kinds import Verdict
from funnelkit.teach.written import Find
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



EXERCISES = (
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
)  # fmt: skip
