"""The action log, evidence and own action of L10."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

import funnelkit as fk
from funnelkit.control import ActionLog, evidence_gaps
from funnelkit.data.pipeline import Pipeline
from funnelkit.process.text import Text
from funnelkit.teach.bank.l10.ways import OPEN, as_day, stage_name
from funnelkit.teach.choices import Option
from funnelkit.teach.exercise import Case
from funnelkit.teach.exercise import both as T
from funnelkit.teach.faults import NoFigure, NotOnePerson
from funnelkit.teach.kinds import NotOfKind
from funnelkit.words import percent, say

# ---------------------------------------------------------------- 10.8 action log

START = dt.date(2026, 1, 1)
ACTIONS = (
    ("a1", "win_rate", T("Buyer's finance head joins the proposal meeting", "方案会请客户财务负责人参加")),
    ("a2", "win_rate", T("Two-page summary instead of a thick offer", "用两页摘要代替厚厚的方案书")),
    ("a3", "win_rate", T("Reference visit before the price talk", "谈价格之前先看样板客户")),
    ("a4", "win_rate", T("Standard discount offered at once", "一开始就给标准折扣")),
    ("a5", "no_decision_rate", T("Decision steps and day written down with the buyer", "与客户一起写明决策步骤和日期")),
    ("a6", "no_decision_rate", T("Weekly reminder mail to silent buyers", "每周给没回音的客户发提醒邮件")),
    ("a7", "win_rate", T("New price sheet", "新的报价单")),
    ("a8", "no_decision_rate", T("Chief engineer calls the buyer's plant manager", "总工程师致电客户厂长")),
)  # fmt: skip
VERDICTS = tuple(
    Option(v, T(en, zh), T("", ""))
    for v, en, zh in (
        ("worked", "worked", "有效"), ("not_shown", "not shown", "未见效果"),
        ("worse", "worse", "变差"), ("too_early", "too early", "为时尚早"),
    )
)  # fmt: skip
UP = T(
    "Fewer than 20 deals on a side: too early. Else read the interval, not only the change: above zero all the way it worked (for shares one wants high), across zero it is not shown.",
    "任何一边不足 20 个商机都为时尚早。其余不要只看变化，要看区间：希望升高的指标，区间全在 0 以上才算有效；区间跨过 0 就是未见效果。",
)
LESS = T(
    "With fewer than 20 deals on a side it is too early. Else less is better here: deals that end without a decision. A fall below zero all the way is the good news, a rise is not.",
    "任何一边不足 20 个商机都为时尚早。其余越低越好：不了了之的占比下降，且区间全在 0 以下，才是好消息；上升则相反。",
)


def tried(r: random.Random) -> dict[str, Any]:
    # hits and deals before and after; which action fared how differs from learner to learner
    wins = [
        (r.randrange(18, 25), 120, r.randrange(46, 55), 120),
        (r.randrange(22, 28), 110, r.randrange(27, 32), 110),
        (r.randrange(14, 20), 80, r.randrange(6, 9), r.randrange(9, 15)),
        (r.randrange(44, 50), 120, r.randrange(18, 24), 120),
        (r.randrange(24, 30), 100, r.randrange(22, 27), 100),
    ]
    undecided = [
        (r.randrange(48, 56), 120, r.randrange(18, 26), 120),
        (r.randrange(20, 25), 120, r.randrange(46, 54), 120),
        (r.randrange(20, 26), 90, r.randrange(1, 3), r.randrange(11, 18)),
    ]
    r.shuffle(wins)
    r.shuffle(undecided)
    return {id: (wins if m == "win_rate" else undecided).pop() for id, m, _ in ACTIONS}


def action_pipeline(case: Case) -> Pipeline:
    """Deals before and after the start of the eight actions, one region an action."""
    rows: list[tuple[Any, ...]] = []
    for id, measure, _ in ACTIONS:
        hits0, n0, hits1, n1 = case[id]
        hit = "won" if measure == "win_rate" else "no_decision"
        for hits, n, first in ((hits0, n0, dt.date(2025, 8, 1)), (hits1, n1, START)):
            for k in range(n):
                began = dt.datetime.combine(first, dt.time(9)) + dt.timedelta(days=k % 60)
                end = began + dt.timedelta(days=30)
                rows.append((f"{id}-{len(rows)}", id, began, end, hit if k < hits else "lost"))
    columns = ["deal_id", "region", "created_at", "closed_at", "outcome"]
    frame = pd.DataFrame(rows, columns=columns)
    return fk.from_frames(frame, as_of="2026-06-30", synthetic=True)


def reviewed(case: Case) -> pd.DataFrame:
    """Let the action log judge each action by its own deals: no other action is its control."""
    p = action_pipeline(case)
    judged = []
    for id, measure, text in ACTIONS:
        with ActionLog() as log:
            log.add(
                str(text), measure=measure, owner="Ada", start=START,
                due=START + dt.timedelta(days=90),
            )  # fmt: skip
            judged.append(log.review(p.where(region=id), window=60).table.assign(action=id))
    return pd.concat(judged, ignore_index=True)


def verdicts(case: Case) -> dict[str, str]:
    from funnelkit.teach.bank.l10.loop import reviewed

    table = reviewed(case)
    return dict(zip(table["action"], table["verdict"], strict=True))


def signs_only(case: Case) -> dict[str, str]:
    table = reviewed(case)
    good = table["effect"] * np.where(table["measure"] == "win_rate", 1, -1) > 0
    return {f"a{k}": "worked" if g else "worse" for k, g in enumerate(good, 1)}


def rise_is_good(case: Case) -> dict[str, str]:
    turned = {"worked": "worse", "worse": "worked"}
    less = {id for id, measure, _ in ACTIONS if measure != "win_rate"}
    return {id: turned.get(v, v) if id in less else v for id, v in verdicts(case).items()}


def log_table(case: Case) -> pd.DataFrame:
    table = reviewed(case)
    return pd.DataFrame(
        {
            str(T("Action", "行动")): table["problem"],
            str(T("Measure", "指标")): [say(f"control.measure_{m}") for m in table["measure"]],
            str(T("Before", "之前")): [f"{percent(v)} (n={n})" for v, n in zip(table["before"], table["n_before"], strict=True)],
            str(T("After", "之后")): [f"{percent(v)} (n={n})" for v, n in zip(table["after"], table["n_after"], strict=True)],
            str(T("Change, points", "变化（百分点）")): [f"{100 * v:+.1f}" for v in table["effect"]],
            str(T("95 % interval", "95% 区间")): [f"{100 * a:+.1f} … {100 * b:+.1f}" for a, b in zip(table["low"], table["high"], strict=True)],
        }
    )  # fmt: skip


def action_options() -> tuple[Option, ...]:
    return tuple(Option(id, text, UP if m == "win_rate" else LESS) for id, m, text in ACTIONS)


# ---------------------------------------------------------------- 10.9 evidence


def asked_deals(p: Pipeline) -> list[str]:
    """Ten open deals that have come some way, those with gaps among them."""
    gaps = list(dict.fromkeys(evidence_gaps(p).table["deal_id"]))
    frame = p.frame()
    far = frame[(frame["outcome"] == "open") & frame["stage"].isin(OPEN[2:])]["deal_id"]
    return sorted([*gaps[:5], *[d for d in far if d not in gaps][: 10 - min(5, len(gaps))]])


def proofs(case: Case) -> pd.DataFrame:
    """Evidence ids by stage of some open deals; a dash where there is none."""
    ids = asked_deals(case.p)
    evidence = case.p.tables["evidence"].to_pandas()
    frame = case.p.frame().set_index("deal_id")
    history = case.p.stage_history
    assert history is not None
    first = history.order_by("deal_id", "entered_at", "seq").to_pandas()
    first = first.drop_duplicates("deal_id").set_index("deal_id")["stage"]
    rows = []
    for id in ids:
        own = evidence[evidence["deal_id"] == id].drop_duplicates("stage").set_index("stage")
        row = [id, stage_name(first[id]), stage_name(str(frame.loc[id, "stage"]))]
        rows.append([*row, *(own["evidence_id"].get(s, "–") for s in OPEN)])
    heads = [
        str(T("Deal", "商机编号")),
        str(T("Began in", "起始阶段")),
        str(T("Now in", "当前阶段")),
    ]
    return pd.DataFrame(rows, columns=[*heads, *(f"{stage_name(s)} " for s in OPEN)])


def missing_ids(case: Case) -> int:
    from funnelkit.control import evidence_gaps
    from funnelkit.teach.bank.l10.loop import proofs

    shown = set(proofs(case).iloc[:, 0])
    gaps = evidence_gaps(case.p).table
    return int(gaps["deal_id"].isin(shown).sum())


def dashes(case: Case) -> int:
    return int((proofs(case) == "–").sum().sum())


def with_gaps(case: Case) -> int:
    gaps = evidence_gaps(case.p).table
    return int(gaps[gaps["deal_id"].isin(set(proofs(case).iloc[:, 0]))]["deal_id"].nunique())


# ---------------------------------------------------------------- 10.10 own action

ONE_OWNER = T(
    "A group owns nothing: write one person's name.", "“大家负责”等于没人负责：请写一个人的名字。"
)
NO_NUMBER = T(
    "Give a number, so that one can see later whether it moved.",
    "请写出数值，以后才看得出有没有变化。",
)
NO_DAY = T("Give a whole date, such as 2027-01-15.", "请写完整日期，例如 2027-01-15。")
DAYS_ORDER = T(
    "Start, due day and review have to follow one another; a review before the action has had time finds nothing.",
    "开始、完成、复盘三个日期要依次往后：行动还没来得及起作用就复盘，什么也看不出来。",
)


person = NotOnePerson(ONE_OWNER)


counted = NoFigure(NO_NUMBER)


def dated(text: str) -> Text | None:
    try:
        as_day(text)
    except (NotOfKind, ValueError):
        return NO_DAY
    return None


def in_turn(filled: Mapping[str, str]) -> Text | None:
    days = [as_day(filled[k]) for k in ("start", "due", "review")]
    return None if days[0] < days[1] <= days[2] else DAYS_ORDER


def own_action(case: Case) -> dict[str, str]:
    return {
        "problem": "Proposals stay without an answer", "hypothesis": "The payer has never seen them",
        "measure": "step rate from proposal, East", "baseline": "52 %", "expected": "60 %",
        "owner": "Ada", "start": "2027-01-11", "due": "2027-03-31", "review": "2027-06-30",
    }  # fmt: skip
