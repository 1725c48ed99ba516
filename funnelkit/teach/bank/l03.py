"""L03 Conversion, flow, targets."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import partial
from math import prod
from typing import Any

import numpy as np
import pandas as pd

import funnelkit as fk
from funnelkit.process import load_process
from funnelkit.process.text import Text
from funnelkit.teach.exercise import Case
from funnelkit.teach.kinds.faults import number_in, share_in
from funnelkit.teach.source import words
from funnelkit.words import money, percent, say

W = words("L03")

_ORDERED = W["a_lead_has_to_come"]
_OUTSIDE = W["one_rate_lies_outside_what"]
_NO_NUMBER = W["write_a_plain_number"]
_TOO_SMALL = W["multiply_the_five_rates_they"]
_TOO_MUCH = W["multiplied_this_asks_for_far"]
_PAST = W["these_are_today_s_rates"]


def _fewer(filled: Mapping[str, str]) -> Text | None:
    leads, offers = share_in(filled["leads"]), share_in(filled["offers"])
    return _ORDERED if leads > offers else None


def skipping(r: random.Random) -> dict[str, Any]:
    n = r.choice([200, 400])
    neat, jumped = n * r.choice([50, 60]) // 100, n * r.choice([20, 30]) // 100
    onward = neat * r.choice([40, 50]) // 100
    return {"n": n, "neat": neat, "jumped": jumped, "onward": onward, "won": (onward + jumped) // 2}


def reached(case: Case) -> list[float]:
    second = case["neat"] + case["jumped"]
    third = case["onward"] + case["jumped"]
    return [second / case["n"], third / second, case["won"] / third, case["won"] / case["n"]]


def chain(case: Case) -> list[float]:
    third = case["onward"] + case["jumped"]
    steps = [case["neat"] / case["n"], case["onward"] / case["neat"], case["won"] / third]
    return [*steps, prod(steps)]


def from_the_top(case: Case) -> list[float]:
    second, third = case["neat"] + case["jumped"], case["onward"] + case["jumped"]
    return [x / case["n"] for x in (second, third, case["won"], case["won"])]


_ORDER = ("contact", "need", "proposal", "negotiation")


def stays(r: random.Random) -> dict[str, Any]:
    slow, outlier, busy, other = r.sample(_ORDER, 4)
    days = {
        slow: [r.randrange(32, 48) for _ in range(7)],
        outlier: [*(r.randrange(8, 20) for _ in range(6)), r.randrange(280, 330, 10)],
        busy: [r.randrange(12, 24) for _ in range(9)],
        other: [r.randrange(18, 28) for _ in range(7)],
    }
    return {"days": {stage: days[stage] for stage in _ORDER}}


def slowest(case: Case) -> str:
    medians: dict[str, float] = {s: float(np.median(days)) for s, days in case["days"].items()}
    return max(medians, key=medians.__getitem__)


def _stays(case: Case) -> pd.DataFrame:
    process = load_process()
    rows = [
        (process.label(stage), len(days), ", ".join(map(str, days)))
        for stage, days in case["days"].items()
    ]
    return pd.DataFrame(
        rows,
        columns=[str(W["stage"]), str(W["stays"]), str(W["days_of_each_stay"])],
    )


def dying(r: random.Random) -> dict[str, Any]:
    won = r.choice([20, 25, 40])
    return {
        "n": 100,
        "lost": 100 - won,
        "won": won,
        "long": r.choice([80, 100, 120]),
        "short": r.choice([15, 20, 30]),
    }


def two_times(case: Case) -> list[float]:
    mean = (case["lost"] * case["long"] + case["won"] * case["short"]) / case["n"]
    return [mean, case["short"]]


def levers(r: random.Random) -> dict[str, Any]:
    return {
        "n": r.randrange(80, 180, 20),
        "win": r.choice([0.2, 0.25, 0.3]),
        "value": r.randrange(60_000, 120_000, 20_000),
        "days": r.choice([60, 75, 90]),
    }


def velocity(case: Case) -> float:
    return float(case["n"] * case["win"] * case["value"] / case["days"])


def faster(case: Case) -> float:
    return float(1 / (1 - case["cut"]) - 1)


def quarters(r: random.Random) -> dict[str, Any]:
    entered = [*(r.randrange(18, 26) for _ in range(4)), *(r.randrange(52, 66) for _ in range(4))]
    rates = [
        *(r.choice([0.68, 0.7, 0.72]) for _ in range(4)),
        *(r.choice([0.48, 0.5, 0.52]) for _ in range(4)),
    ]
    pairs = [(n, round(n * rate)) for n, rate in zip(entered, rates, strict=True)]
    r.shuffle(pairs)
    return {"entered": [n for n, _ in pairs], "on": [k for _, k in pairs]}


def three_targets(case: Case) -> list[float]:
    n, k = sum(case["entered"]), sum(case["on"])
    half = 1.96 * (k / n * (1 - k / n) / n) ** 0.5
    return [k / n - half, k / n, k / n + half]


def _of_quarters(case: Case) -> list[float]:
    n = sum(case["entered"])
    mean = float(np.mean([k / e for k, e in zip(case["on"], case["entered"], strict=True)]))
    half = 1.96 * (mean * (1 - mean) / n) ** 0.5
    return [mean - half, mean, mean + half]


def _best_and_worst(case: Case) -> list[float]:
    each = [k / e for k, e in zip(case["on"], case["entered"], strict=True)]
    return [min(each), three_targets(case)[1], max(each)]


def _one_quarter(case: Case) -> list[float]:
    rate, n = three_targets(case)[1], sum(case["entered"]) / 8
    half = 1.96 * (rate * (1 - rate) / n) ** 0.5
    return [rate - half, rate, rate + half]


def _quarters(case: Case) -> pd.DataFrame:
    names = [f"{year} Q{q}" for year in (2024, 2025) for q in (1, 2, 3, 4)]
    return pd.DataFrame(
        {
            str(W["quarter"]): names,
            str(W["came_to_proposal"]): case["entered"],
            str(W["of_these_went_on"]): case["on"],
            str(W["rate"]): [
                percent(k / n) for k, n in zip(case["on"], case["entered"], strict=True)
            ],
        }
    )


_SEEN = {
    "contact": (0.55, 0.52, 0.58),
    "need": (0.40, 0.36, 0.44),
    "proposal": (0.50, 0.45, 0.55),
    "negotiation": (0.60, 0.53, 0.67),
    "close": (0.55, 0.46, 0.64),
}


def _rate(text: str) -> float:
    """Return a rate, also where it is written as so many of a hundred."""
    told = number_in(text) or 0.0
    return told / 100 if told > 1 else told


def _inside(stage: str, text: str) -> Text | None:
    if number_in(text) is None:
        return _NO_NUMBER
    rate = _rate(text)
    low, high = _SEEN[stage][1:]
    return None if low - 1e-9 <= rate <= high + 1e-9 else _OUTSIDE


inside_contact, inside_need, inside_proposal, inside_negotiation, inside_close = (
    partial(_inside, stage) for stage in _SEEN
)


def _product(filled: Mapping[str, str]) -> Text | None:
    rates = [_rate(filled[stage]) for stage in _SEEN]
    if all(abs(rate - _SEEN[s][0]) < 1e-9 for s, rate in zip(_SEEN, rates, strict=True)):
        return _PAST
    wins = 1000 * prod(rates)
    return _TOO_SMALL if wins < 40 else _TOO_MUCH if wins > 43 else None


def _limits(case: Case) -> pd.DataFrame:
    process = load_process()
    return pd.DataFrame(
        {
            str(W["step_to"]): [process.label(s) for s in _SEEN],
            str(W["rate_eight_quarters"]): [percent(rate) for rate, _, _ in _SEEN.values()],
            str(W["n_95_interval"]): [f"{percent(a)} – {percent(b)}" for _, a, b in _SEEN.values()],
        }
    )


def speed(p: Any) -> Any:
    """Show what the four levers do to the velocity of these deals."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import Script, answer_table, panel

    row = fk.velocity(p).table.iloc[0]
    n, win = float(row["open_deals"]), float(row["win_rate"])
    value, days = float(row["mean_won_amount"]), float(row["mean_cycle_days"])
    change = W["change_of"]
    names = {
        "n": W["open_deals"],
        "win": W["win_rate"],
        "value": W["average_amount"],
        "days": W["cycle"],
    }
    sliders = [
        Slider(
            key, str(change).format(what=str(name)), -0.3, 0.3, 0.05, -0.1 if key == "days" else 0.0
        )
        for key, name in names.items()
    ]
    heads = W["sales_velocity_a_day"], W["today"], W["then"], W["change"]

    def render(state: Mapping[str, float]) -> str:
        now = n * win * value / days
        times = (1 + state["n"]) * (1 + state["win"]) * (1 + state["value"]) / (1 + state["days"])
        cells = (
            (heads[1], money(now)),
            (heads[2], money(now * times)),
            (heads[3], percent(times - 1, 1)),
        )
        return answer_table(cells, heads[0])

    given = {"n": n, "win": win, "value": value, "days": days, "heads": [str(h) for h in heads]}
    return panel(sliders, render, Script("speed", given))


def counting(p: Any) -> Any:
    """Switch the counting rule and see the same deals again."""
    from funnelkit.page.controls import Choice
    from funnelkit.page.whatif import answer_table, panel

    counted = fk.counting_rules(p).table
    ids = list(dict.fromkeys(counted["rule"]))
    heads = W["stage"], W["deals"], W["of_those_before"], W["of_all"]

    def render(state: Mapping[str, str]) -> str:
        rule = state["rule"]
        rows = []
        counts: Any = counted[counted["rule"] == rule]
        for row in counts.itertuples():
            step = "–" if pd.isna(row.step_rate) else percent(row.step_rate, 1)
            rows.append(
                (p.process.label(row.stage), f"{row.deals:,}", step, percent(row.overall_rate, 1))
            )
        return answer_table(rows, say(f"measures.rule_name_{rule}"), heads)

    options = tuple((id, str(say(f"measures.rule_name_{id}"))) for id in ids)
    return panel([Choice("rule", str(W["counting_rule"]), options, ids[0])], render)


WHATIFS = {"speed": speed, "counting": counting}


def chain_at_the_end(case: Case) -> list[Any]:
    return [*reached(case)[:3], chain(case)[3]]


def stages(case: Case) -> dict[str, Any]:
    return {s: load_process().label(s) for s in _ORDER}


def one_number(case: Case) -> list[Any]:
    return [two_times(case)[0], two_times(case)[0]]


def mean_stay(case: Case) -> str:
    means: dict[str, float] = {s: float(np.mean(days)) for s, days in case["days"].items()}
    return max(means, key=means.__getitem__)


def most_stays(case: Case) -> str:
    counts: dict[str, int] = {s: len(days) for s, days in case["days"].items()}
    return max(counts, key=counts.__getitem__)


def middles(case: Case) -> str:
    """The sorted days of each stage and the one in the middle, a line each."""
    names = stages(case)
    return "\n".join(
        f"{names[s]}: {', '.join(map(str, sorted(days)))} → {np.median(days):g}"
        for s, days in case["days"].items()
    )
