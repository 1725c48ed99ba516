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
from funnelkit.data.kept import kept
from funnelkit.data.pipeline import Pipeline
from funnelkit.process.text import Text
from funnelkit.teach.bank.l10.ways import OPEN, stage_name
from funnelkit.teach.exercise import Case
from funnelkit.teach.kinds.days import as_day
from funnelkit.teach.source import words
from funnelkit.words import percent, say
from funnelkit.words.formats import signed

W = words("L10")

START = dt.date(2026, 1, 1)
ACTIONS = (
    ("a1", "win_rate", W["buyer_s_finance_head_joins"]),
    ("a2", "win_rate", W["two_page_summary_instead_of"]),
    ("a3", "win_rate", W["reference_visit_before_the_price"]),
    ("a4", "win_rate", W["standard_discount_offered_at_once"]),
    ("a5", "no_decision_rate", W["decision_steps_and_day_written"]),
    ("a6", "no_decision_rate", W["weekly_reminder_mail_to_silent"]),
    ("a7", "win_rate", W["new_price_sheet"]),
    ("a8", "no_decision_rate", W["chief_engineer_calls_the_buyer"]),
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


@kept
def reviewed(case: Case) -> pd.DataFrame:
    """Let the action log judge each action by its own deals: no other action is its control."""
    p = action_pipeline(case)
    judged = []
    for id, measure, text in ACTIONS:
        with ActionLog() as log:
            log.add(
                str(text),
                measure=measure,
                owner="Ada",
                start=START,
                due=START + dt.timedelta(days=90),
            )
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
            str(W["action"]): table["problem"],
            str(W["measure"]): [say(f"control.measure_{m}") for m in table["measure"]],
            str(W["before"]): [
                f"{percent(v)} (n={n})"
                for v, n in zip(table["before"], table["n_before"], strict=True)
            ],
            str(W["after"]): [
                f"{percent(v)} (n={n})"
                for v, n in zip(table["after"], table["n_after"], strict=True)
            ],
            str(W["change_points"]): [signed(100 * v, 1) for v in table["effect"]],
            str(W["n_95_interval"]): [
                f"{signed(100 * a, 1)} … {signed(100 * b, 1)}"
                for a, b in zip(table["low"], table["high"], strict=True)
            ],
        }
    )


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
        str(W["deal"]),
        str(W["began_in"]),
        str(W["now_in"]),
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


DAYS_ORDER = W["start_due_day_and_review"]


def in_turn(filled: Mapping[str, str]) -> Text | None:
    days = [as_day(filled[k]) for k in ("start", "due", "review")]
    return None if days[0] < days[1] <= days[2] else DAYS_ORDER
