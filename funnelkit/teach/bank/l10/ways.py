"""What each learner of L10 is given up to the dates: ways, variation, milestones."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.control import conformance, milestones
from funnelkit.data.kept import kept
from funnelkit.process import load_process
from funnelkit.process.text import Text
from funnelkit.teach.exercise import Case
from funnelkit.teach.kinds.faults import share_in
from funnelkit.teach.source import words
from funnelkit.words import percent

W = words("L10")

OPEN = ("lead", "contact", "need", "proposal", "negotiation")


def stage_name(id: str) -> str:
    return load_process(None).label(id)


NOT_NESTED = W["each_line_counts_a_part"]


def nested(filled: Mapping[str, str]) -> Text | None:
    owned, checked = (share_in(filled[k]) for k in ("owned", "checked"))
    return NOT_NESTED if checked > owned else None


@kept
def routes(case: Case) -> pd.DataFrame:
    """Ways the histories took, as stage numbers, and how many deals took each."""
    history = case.p.stage_history
    assert history is not None
    rows = history.order_by("deal_id", "entered_at", "seq").to_pandas()
    signs = {s: str(k) for k, s in enumerate(OPEN, 1)} | {"won": str(W["won"])}
    rows = rows[rows["stage"].isin(signs)]
    ways = rows.groupby("deal_id")["stage"].agg(lambda s: " → ".join(signs[x] for x in s))
    counts = ways.value_counts().sort_index()
    return pd.DataFrame({str(W["way"]): counts.index, str(W["deals"]): counts.to_numpy()})


@kept
def conform(case: Case) -> list[int]:
    from funnelkit.control import conformance

    row = conformance(case.p).table.iloc[0]
    return [int(row["conform"]), int(row["skip"]), int(row["back"])]


def moves_counted(case: Case) -> list[int]:
    """Count moves instead of deals: a deal that went back twice is there twice."""
    ways = routes(case)
    skips = backs = 0
    for way, n in ways.itertuples(index=False):
        steps = [int(s) if s.isdigit() else 6 for s in way.split(" → ")]
        skips += n * sum(b - a > 1 for a, b in pairwise(steps))
        backs += n * sum(b < a for a, b in pairwise(steps))
    return [conform(case)[0], skips, backs]


def only_full(case: Case) -> list[int]:
    """Take only whole ways for conforming ones."""
    ways = routes(case)
    whole = ways[ways.iloc[:, 0].str.match("^1 → 2 → 3 → 4 → 5 → [^0-9]+$")]
    return [int(whole.iloc[:, 1].sum()), *conform(case)[1:]]


def subtracted(case: Case) -> list[int]:
    """Take deals that did both twice off."""
    whole = int(conformance(case.p).table["deals"].iloc[0])
    _, skips, backs = moves_counted(case)
    return [whole - skips - backs, *conform(case)[1:]]


EACH = 40


def two_periods(r: random.Random) -> dict[str, Any]:
    # wide before, narrow after; six sellers with 40 deals each
    before = [
        r.choice((12, 14, 16)),
        r.choice((18, 20)),
        r.choice((22, 24)),
        r.choice((28, 30)),
        r.choice((34, 36)),
        r.choice((32, 38)),
    ]
    after = [
        24,
        r.choice((26, 28)),
        r.choice((28, 30)),
        r.choice((30, 32)),
        r.choice((32, 34)),
        r.choice((34, 36)),
    ]
    r.shuffle(before)
    r.shuffle(after)
    return {"before": before, "after": after, "each": EACH}


def sellers(case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        {
            str(W["seller"]): list("ABCDEF"),
            str(W["before_histories_on_the_sheet"]): case["before"],
            str(W["before_share"]): [percent(k / EACH, 1) for k in case["before"]],
            str(W["after_histories_on_the_sheet"]): case["after"],
            str(W["after_share"]): [percent(k / EACH, 1) for k in case["after"]],
        }
    )


def variance_ratio(case: Case) -> float:

    before, after = np.array(case["before"]) / 40, np.array(case["after"]) / 40
    return float(after.var(ddof=1) / before.var(ddof=1))


def path_of(r: random.Random) -> dict[str, Any]:
    close = dt.date(2026, r.choice((9, 10, 12)), 1) + dt.timedelta(days=r.randrange(14, 29))
    return {
        "close": close,
        "lead": r.randrange(4, 8),
        "contact": r.randrange(10, 16),
        "need": r.randrange(20, 30),
        "proposal": r.randrange(26, 38),
        "negotiation": r.randrange(15, 25),
    }


def medians(case: Case) -> pd.DataFrame:
    return pd.DataFrame(
        {
            str(W["stage"]): [stage_name(s) for s in OPEN],
            str(W["median_days"]): [case[s] for s in OPEN],
        }
    )


def enter_by(case: Case) -> list[str]:
    from funnelkit.control import backward_dates

    names = ("lead", "contact", "need", "proposal", "negotiation")
    table = backward_dates(case["close"], {s: case[s] for s in names}, (0.5,))
    return [str(day) for day in table["enter_by"]]


def alone(case: Case) -> list[str]:
    return [str(case["close"] - dt.timedelta(days=case[s])) for s in OPEN]


def leaving(case: Case) -> list[str]:
    return [*enter_by(case)[1:], str(case["close"])]


SHEET_DAYS = {"lead": 5, "contact": 12, "need": 24, "proposal": 30, "negotiation": 20}


def today_and_close(r: random.Random) -> dict[str, Any]:
    left = r.choice((*range(56, 72), *range(80, 86)))
    close = dt.date(2026, 12, 31) - dt.timedelta(days=7 * r.randrange(0, 8))
    return {"close": close, "today": close - dt.timedelta(days=left), "left": left}


def numbered(case: Case) -> dict[str, str]:
    return {str(k): f"{k} {stage_name(s)}" for k, s in enumerate(OPEN, 1)}


def plan(case: Case) -> Any:
    return milestones(case["close"], source="sheet")


def earliest_stage(case: Case) -> str:
    from funnelkit.control import milestones

    table = milestones(case["close"], source="sheet").table.query("quantile == 0.8")
    safe = [day >= case["today"] for day in table["enter_by"]]
    return str(1 + safe.index(True))


def by_medians(case: Case) -> str:
    table = plan(case).table.query("quantile == 0.5")
    return str(1 + [day >= case["today"] for day in table["enter_by"]].index(True))


def stage_labels(case: Case) -> Any:
    return [stage_name(s) for s in OPEN]


def spreads(case: Case) -> dict[str, float]:
    """Standard deviations of the shares before and after."""
    before, after = np.array(case["before"]) / EACH, np.array(case["after"]) / EACH
    return {"sb": float(before.std(ddof=1)), "sa": float(after.std(ddof=1))}
