"""Limits with their false alarms, and a rule of one's own."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.teach.exercise import Case
from funnelkit.teach.source import words

W = words("L06")


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
    names = {"on": str(W["moved_on"]), "lost": str(W["lost"])}
    return pd.DataFrame(
        {
            str(W["days_in_proposal"]): case["days"],
            str(W["how_it_ended"]): [names[e] for e in case["ends"]],
        },
        index=pd.Index([f"P{k}" for k in range(1, 17)], name=str(W["offer"])),
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
            str(W["limit_days"]): _LIMITS,
            str(W["caught_alarm_later_lost"]): case["caught"],
            str(W["false_alarm_alarm_moved_on"]): case["false"],
        }
    )


def open_deals(case: Case) -> pd.DataFrame:
    """Draw thirty open deals; some lie exactly on the limits."""
    r = random.Random(case.seed)
    days, silent = case["days"], case["silent"]
    rows = [
        ("proposal", days + 15, silent + 10),
        ("proposal", days + 2, silent + 5),
        ("proposal", days + 40, silent + 25),
        ("proposal", days, silent + 10),
        ("proposal", days + 15, silent),
        ("proposal", days + 15, silent - 12),
        ("need", days + 15, silent + 10),
        ("negotiation", days + 20, silent + 3),
        ("proposal", days - 12, silent + 6),
    ]
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


def forgot_true_cost(case: Case) -> Any:
    return float(
        _LIMITS[int((case["gain"] * np.array(case["caught"]) - np.array(case["false"])).argmax())]
    )


def deals_shown(case: Case) -> pd.DataFrame:
    """The open deals with headings and labels of the language."""
    from funnelkit.process import load_process

    process = load_process()
    frame = open_deals(case)
    frame["stage"] = [process.label(s) for s in frame["stage"]]
    names = ("deal", "stage_of_the_deal", "days_in_the_stage", "days_since_the_buyer")
    frame.columns = pd.Index([str(W[name]) for name in names])
    return frame


def net_hours(case: Case) -> str:
    """What each limit brings less what it costs, a line each."""
    gain, rows = case["gain"], zip(_LIMITS, case["caught"], case["false"], strict=True)
    return "\n".join(
        f"{days}: {gain} × {good} − ({good} + {bad}) = {gain * good - good - bad}"
        for days, good, bad in rows
    )
