"""Probabilities: the CRM's defaults, the Brier score, too high or too low."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from funnelkit.process import load_process
from funnelkit.stats import wilson
from funnelkit.teach.exercise import Case
from funnelkit.teach.source import words
from funnelkit.words import money, percent

W = words("L05")

#: Default lists of two open-source CRMs for need analysis, proposal, negotiation.
_FIRST, _SECOND = (0.20, 0.75, 0.90), (0.25, 0.65, 0.80)
_STAGES = ("need", "proposal", "negotiation")
_BANDS = ("b1", "b2", "b3", "b4")
_STATED = {"b1": 0.2, "b2": 0.4, "b3": 0.7, "b4": 0.9}


def stages_of_firm(r: random.Random) -> dict[str, Any]:
    reached = [r.choice([400, 500]), r.choice([200, 250]), r.choice([120, 150])]
    rates = [r.choice([0.15, 0.16, 0.18]), r.choice([0.3, 0.32, 0.36]), r.choice([0.5, 0.54, 0.6])]
    return {
        "open": [
            r.choice([3, 4, 5]) * 1_000_000,
            r.choice([2, 3, 4]) * 1_000_000,
            r.choice([1, 2]) * 1_000_000,
        ],
        "reached": reached,
        "won": [round(n * rate) for n, rate in zip(reached, rates, strict=True)],
    }


def three_lists(case: Case) -> list[float]:
    amounts = np.array(case["open"])
    history = np.array(case["won"]) / np.array(case["reached"])
    return [float(amounts @ p) for p in (_FIRST, _SECOND, history)]


def _by_step(case: Case) -> list[float]:
    """Take the share that goes one stage on for the share that is won."""
    reached = [*case["reached"], case["won"][-1]]
    steps = [b / a for a, b in pairwise(reached)]
    return [*three_lists(case)[:2], float(np.dot(case["open"], steps))]


def _odds(case: Case) -> list[float]:
    odds = [w / (n - w) for n, w in zip(case["reached"], case["won"], strict=True)]
    return [*three_lists(case)[:2], float(np.dot(case["open"], odds))]


def _one_rate(case: Case) -> list[float]:
    whole = case["won"][-1] / case["reached"][0]
    return [*three_lists(case)[:2], float(sum(case["open"]) * whole)]


def _firm(case: Case) -> pd.DataFrame:
    process = load_process()
    return pd.DataFrame(
        {
            str(W["stage"]): [process.label(s) for s in _STAGES],
            str(W["open_amount"]): [money(a) for a in case["open"]],
            str(W["crm_list_a"]): [percent(p) for p in _FIRST],
            str(W["crm_list_b"]): [percent(p) for p in _SECOND],
            str(W["reached_it_in_the_past"]): case["reached"],
            str(W["of_these_won"]): case["won"],
        }
    )


def ten_deals(r: random.Random) -> dict[str, Any]:
    """Draw ten stated chances, two of each, and what came: fewer wins than stated."""
    chances = r.choice(
        [(0.9, 0.75, 0.5, 0.25, 0.1), (0.9, 0.8, 0.6, 0.3, 0.1), (0.9, 0.7, 0.5, 0.3, 0.2)]
    )
    came = [1, 0, 1, 0, *r.choice([(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)]), 0, 0]
    return {"stated": [p for p in chances for _ in range(2)], "came": came}


def brier_and_skill(case: Case) -> list[float]:
    stated, came = np.array(case["stated"]), np.array(case["came"])
    score = float(np.mean((stated - came) ** 2))
    reference = float(came.mean() * (1 - came.mean()))
    return [score, reference, 1 - score / reference]


def _distances(case: Case) -> list[float]:
    score = float(np.mean(np.abs(np.array(case["stated"]) - case["came"])))
    reference = brier_and_skill(case)[1]
    return [score, reference, 1 - score / reference]


def _not_divided(case: Case) -> list[float]:
    score, reference, skill = brier_and_skill(case)
    return [10 * score, reference, skill]


def _coin(case: Case) -> list[float]:
    score = brier_and_skill(case)[0]
    return [score, 0.25, 1 - score / 0.25]


def _ten(case: Case) -> pd.DataFrame:
    won, lost = str(W["won"]), str(W["not_won"])
    return pd.DataFrame(
        {
            str(W["stated"]): [percent(p) for p in case["stated"]],
            str(W["came"]): [won if y else lost for y in case["came"]],
        },
        index=pd.RangeIndex(1, 11),
    )


def bands(r: random.Random) -> dict[str, Any]:
    """Draw one band far too high, one too low, two in line (one of them with few deals)."""
    kinds = ["high", "low", "line", "few"]
    while True:
        r.shuffle(kinds)
        given = dict(zip(_BANDS, kinds, strict=True))
        if given["b1"] != "high" and given["b4"] != "low":
            break
    deals, won = {}, {}
    for band, kind in given.items():
        p = _STATED[band]
        n = r.choice([8, 10]) if kind == "few" else r.choice([80, 100, 120])
        share = p + {"high": -0.25, "low": 0.25, "line": r.choice([-0.02, 0.02]), "few": -0.1}[kind]
        deals[band], won[band] = n, round(n * min(share, 0.98))
    return {"deals": deals, "won": won}


def too_high_or_low(case: Case) -> dict[str, str]:
    from funnelkit.stats import wilson

    found = {}
    for band, stated in {"b1": 0.2, "b2": 0.4, "b3": 0.7, "b4": 0.9}.items():
        low, high = wilson(case["won"][band], case["deals"][band])
        found[band] = "over" if stated > high else "under" if stated < low else "line"
    return found


def _by_eye(case: Case) -> dict[str, str]:
    shares = {b: case["won"][b] / case["deals"][b] for b in _BANDS}
    return {b: "over" if _STATED[b] > shares[b] else "under" for b in _BANDS}


def _other_way(case: Case) -> dict[str, str]:
    turn = {"over": "under", "under": "over", "line": "line"}
    return {b: turn[v] for b, v in too_high_or_low(case).items()}


def _bands(case: Case) -> pd.DataFrame:
    rows = []
    for band in _BANDS:
        n, k = case["deals"][band], case["won"][band]
        low, high = (float(x) for x in wilson(k, n))
        rows.append(
            (percent(_STATED[band]), n, k, percent(k / n), f"{percent(low)} – {percent(high)}")
        )
    heads = (
        W["stated"],
        W["deals"],
        W["won_2"],
        W["share_won"],
        W["n_95_interval"],
    )
    return pd.DataFrame(rows, columns=[str(h) for h in heads])
