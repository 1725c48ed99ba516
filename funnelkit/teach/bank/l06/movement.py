"""A guess, and the movement of a quarter."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd

from funnelkit.process.text import Text
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.kinds import NotOfKind, Series, plain_number
from funnelkit.teach.written import Blank, Sheet

_SHARE = T("Give a number from 0 to 100.", "请填 0 到 100 之间的数字。")
_WEEKS = T("Write the number of weeks: 8, for instance.", "请写周数，例如 8。")


def _hundred(text: str) -> Text | None:
    try:
        return None if 0 <= plain_number(text) <= 100 else _SHARE
    except NotOfKind:
        return _SHARE


def _weeks(text: str) -> Text | None:
    return _WEEKS if _hundred(text) else None


def guess(case: Case) -> dict[str, str]:
    return {"firms": "20", "weeks": "8"}



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
)  # fmt: skip
