"""The signatures on a small world of its own: patterns are found, twins and control are not.

The world is not the simulator's: 4,100 leads, 24 months, 12 sellers, 4 regions, 4 sources, one
change of the mechanism a pattern at the strength of the reference. The full counts come from
``python tests/measures/test_signatures_power.py RUNS``.
"""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.measures.signatures import SIGNATURES, signatures
from funnelkit.simulation import simulate

START, DAYS = np.datetime64("2024-07-01"), 730
STAGES = np.array(["lead", "contact", "need", "proposal", "negotiation"])
RATES = np.array([0.55, 0.40, 0.50, 0.60, 0.55])
MEDIANS = np.array([5.0, 12.0, 24.0, 30.0, 20.0])
MONTHS = np.arange(np.datetime64("2024-07"), np.datetime64("2026-08"))
EDGES = (MONTHS.astype("datetime64[D]") - START).astype(float)


class World:
    """Arrays of one drawn business; a pattern changes them before the deals move."""

    def __init__(self, seed: int, n: int = 4100) -> None:
        self.rng = np.random.default_rng(seed)
        self.draw(n)

    def draw(self, n: int) -> None:
        rng = self.rng
        self.created = np.sort(DAYS * rng.random(n))
        self.owner = rng.integers(0, 12, n)
        self.source = rng.choice(4, n, p=[0.35, 0.25, 0.22, 0.18])
        size = rng.choice(3, n, p=[0.5, 0.35, 0.15])
        self.amount = (
            60_000 * np.array([0.6, 1.3, 3.2])[size] * np.exp(0.55 * rng.standard_normal(n))
        )
        self.contacts = np.where(rng.random(n) < np.array([0.5, 0.3, 0.15])[size], 1, 3)
        self.kind = np.where(rng.random(n) < 0.12, "renewal", "new")
        self.rival = rng.integers(0, 4, n)
        self.discount = np.clip(0.08 + 0.03 * rng.standard_normal(n), 0, 1)
        self.approver = rng.integers(0, 4, n)
        self.rate = np.tile(RATES[:, None], (1, n))
        self.rate[:, self.source == 1] += 0.05
        self.pace = np.ones((5, n)) * (self.amount / 60_000) ** 0.12
        self.push_rate = np.ones(n)
        self.zombie = np.zeros(n, bool)
        self.first = np.zeros(n, int)
        self.quick = np.zeros(n, bool)
        self.touch = np.nan * np.ones(n)
        self.common_push = False
        self.late_close = 0.0
        self.leak: tuple[int, ...] = ()
        self.handed: tuple[float, np.ndarray] | None = None
        self.reason = rng.choice(["price", "rival", "timing", "other"], n, p=[0.3, 0.3, 0.25, 0.15])
        self.due_last = rng.random(n) < 0.05

    @property
    def region(self) -> np.ndarray:
        return self.owner // 3

    def month(self) -> np.ndarray:
        return np.searchsorted(EDGES, self.created, side="right")  # 1 is the first

    def pipeline(self) -> Pipeline:
        rng, n = self.rng, len(self.created)
        stay = MEDIANS[:, None] * np.exp(0.6 * rng.standard_normal((5, n))) * self.pace
        if np.isnan(self.touch).all():
            self.touch = self.created + stay[0] * rng.random(n) ** 3
        goes = rng.random((5, n)) < self.rate
        goes[np.arange(5)[:, None] < self.first] = True
        stay[np.arange(5)[:, None] < self.first] = 0
        stay = np.where(goes, stay, 1.7 * stay)
        stay[:, self.quick] = 0.8
        goes[:, self.quick] = True
        alive = np.cumprod(np.vstack([np.ones(n, int), goes[:-1]]), axis=0).astype(bool)
        enter = self.created + np.vstack([np.zeros(n), np.cumsum(stay, axis=0)[:-1]])
        end = self.created + (stay * alive).sum(axis=0)
        won = alive[4] & goes[4]
        if self.late_close:  # wins are pulled to the last ten days of their quarter
            quarter = np.searchsorted(EDGES[::3], end, side="right")
            last = EDGES[::3][np.minimum(quarter, len(EDGES[::3]) - 1)]
            pulled = won & (rng.random(n) < self.late_close) & (end < EDGES[-2])
            end = np.where(pulled, np.maximum(last - 10 * rng.random(n), enter[4] + 0.1), end)
        end[self.zombie & ~won] = np.inf
        closed = end <= DAYS
        outcome = np.where(won, "won", np.where(rng.random(n) < 0.4, "no_decision", "lost"))
        outcome = np.where(closed, outcome, "open")
        quarter = np.searchsorted(EDGES[::3], np.minimum(end, DAYS), side="right")
        last = EDGES[::3][np.minimum(quarter, len(EDGES[::3]) - 1)] - end < 7
        self.discount += 0.11 * (last & np.isin(self.approver, self.leak))
        name = np.char.add("d", np.arange(n).astype(str))
        deals = pd.DataFrame(
            {"deal_id": name, "owner": np.array(list("abcdefghijkl"))[self.owner],
             "region": np.array(list("NSEW"))[self.region],
             "source": np.array(list("wrtc"))[self.source],
             "amount": self.amount.round(), "created_at": moment(self.created), "outcome": outcome,
             "closed_at": moment(np.where(closed, end, np.nan)), "type": self.kind,
             "competitor": np.where(alive[3], np.array(list("PQRX"))[self.rival], None),
             "n_contacts": self.contacts,
             "discount_pct": np.where(alive[4], self.discount, np.nan),
             "discount_approved_by": np.array(list("ABCD"))[self.approver],
             "first_touch_at": moment(self.touch),
             "account": np.char.add("c", (self.owner * 10 + np.arange(n) % 10).astype(str)),
             "loss_reason": np.where(np.isin(outcome, ["lost", "no_decision"]), self.reason, None)}
        )  # fmt: skip
        due = end + 20 * (rng.random(n) - 0.3)
        due = np.where(np.isfinite(due), due, DAYS + 30)
        last = EDGES[np.minimum(np.searchsorted(EDGES, due, side="right"), len(EDGES) - 1)] - 1
        deals["expected_close"] = moment(np.where(self.due_last, last, due))
        here = alive & (enter < np.minimum(end, DAYS)) & (np.arange(5)[:, None] >= self.first)
        if self.quick.any():
            here[1:4, self.quick] = False
        k, i = np.nonzero(here)
        history = pd.DataFrame(
            {"deal_id": name[i], "stage": STAGES[k], "entered_at": moment(enter[k, i])}
        )
        history = history.sort_values(["deal_id", "entered_at"], kind="stable")
        return from_frames(deals, history, self.changes(name, end, alive, won), as_of="2026-06-30")

    def changes(
        self, name: np.ndarray, end: np.ndarray, alive: np.ndarray, won: np.ndarray
    ) -> pd.DataFrame:
        rng, n = self.rng, len(name)
        span = np.minimum(end, DAYS) - self.created
        count = np.where(alive[2], rng.poisson(self.push_rate * np.minimum(span / 50, 4)), 0)
        count = np.where(self.zombie & np.isinf(end), 4, count)
        i = np.repeat(np.arange(n), count)
        at = self.created[i] + span[i] * rng.random(len(i))
        rows = [pd.DataFrame({"deal_id": name[i], "field": "expected_close", "at": at})]
        if self.common_push:
            for day in (200.0, 210.0, 220.0):
                there = np.flatnonzero((self.created < day) & (end > day))
                rows.append(
                    pd.DataFrame({"deal_id": name[there], "field": "expected_close", "at": day})
                )
        if self.handed:
            day, who = self.handed
            there = np.flatnonzero((self.created < day) & (end > day) & who)
            rows.append(pd.DataFrame({"deal_id": name[there], "field": "owner", "at": day}))
        fields = pd.concat(rows, ignore_index=True)
        move = fields["field"] == "expected_close"
        fields["old"] = np.where(move, "2025-01-01", "z")
        fields["new"] = np.where(move, "2025-02-01", "y")
        return fields.assign(changed_at=moment(fields.pop("at").to_numpy()))


def moment(day: np.ndarray) -> pd.Series:
    whole = np.where(np.isfinite(day), day, 0) * 86_400
    found = START.astype("datetime64[s]") + whole.astype("timedelta64[s]")
    return pd.Series(found).where(np.isfinite(day))


def plant(w: World, name: str, twin: bool) -> None:
    """Change the mechanism: one pattern or its twin."""
    month, n = w.month(), len(w.created)
    rng = w.rng
    if name == "happy_ears":
        own = w.owner == 4
        w.rate[4, own] = 0.25
        if not twin:
            w.rate[2, own], w.rate[3, own] = 0.80, 0.80
    if name == "zombies":
        w.zombie = rng.random(n) < (0.0 if twin else 0.4)
    if name == "stalled_proposals":
        own = w.region == 2
        if twin:
            w.amount[own & (w.created + 40 >= EDGES[16])] *= 3
            w.pace *= (w.amount / 60_000) ** 0.25
        else:
            late = own & (w.created + 40 >= EDGES[16])
            w.rate[3, late], w.pace[3, late] = 0.35, 2.5 * w.pace[3, late]
    if name == "single_contact":
        small = w.amount < 60_000
        one = w.contacts == 1
        if twin:
            w.contacts = np.where(rng.random(n) < np.where(small, 0.8, 0.2), 1, 3)
            w.rate[4] = np.where(small, 0.35, 0.68)
        else:
            w.rate[4] = np.where(one, 0.35, 0.68)
    if name == "sandbagging":
        own = np.flatnonzero((w.owner == 7) & (w.kind == "new"))
        w.quick[rng.choice(own, 15, replace=False)] = True
        if twin:
            w.kind[w.quick] = "renewal"
    if name == "lead_quality":
        window = (month >= 10) & (month < 16)
        if not twin:
            w.source = np.where(window & (rng.random(n) < 0.3), 2, w.source)
        own = window & (w.source == 2)
        w.rate[1, window if twin else own] = 0.25
    if name == "new_competitor":
        late = w.created + 60 >= EDGES[13]
        w.rival = np.where(late & (w.region == 1) & (rng.random(n) < 0.9), 3, w.rival)
        met = (w.rival == 3) & late
        w.rate[4, met if twin else met & (w.region == 1)] = 0.25
    if name == "slow_response":
        slow = rng.random(n) < 0.3
        hours = np.where(slow, 30 + 40 * rng.random(n), 8 * rng.random(n))
        w.touch = w.created + hours / 24
        if twin:
            day = (START + w.created.astype("timedelta64[D]")).astype("datetime64[D]")
            off = ~np.is_busday(day)
            w.touch = np.where(off, w.created + 1.5, w.created + 0.1)
            w.rate[0] = np.where(off, 0.25, 0.60)
        else:
            w.rate[0] = np.where(slow, 0.25, 0.60)
    if name == "stuffed_pipeline":
        stuffed(w, twin)
    if name == "push_count":
        often = rng.random(n) < 0.3
        w.push_rate = np.where(often & (not twin), 6.0, 0.5)
        w.rate[4] = np.where(often & (not twin), 0.3, 0.75)
        w.common_push = twin
    if name == "late_discount":
        w.leak = () if twin else (1, 2)
        if twin:
            w.discount = np.where(w.approver == 1, 0.19, w.discount)
    if name == "hockey_stick":
        w.late_close = 0.0 if twin else 0.5
    if name == "missing_data" and not twin:
        w.reason = np.where(rng.random(n) < 0.7, "other", "price")
        w.due_last = rng.random(n) < 0.8
    if name == "reshuffle":
        account = np.arange(n) % 10 < 3
        late = account & (w.created >= 400) & (w.created < 582)
        w.handed = (400.0, account)
        if not twin:
            w.rate[:, late] -= 0.10
            w.pace[:, late] *= 1.4
    if name == "mix_shift":
        late = month > 12
        if twin:
            w.rate[1, late] += 0.09
        else:
            w.source = np.where(rng.random(n) < np.where(late, 0.7, 0.3), 1, 2)
            w.rate[1] = np.where(w.source == 1, 0.40, 0.12) - 0.03 * late


def stuffed(w: World, twin: bool) -> None:
    """Put 80 deals on top, in the last five days of month 15."""
    first = EDGES[15] - 5
    w.created[:80] = first + 5 * w.rng.random(80)
    w.first[:80] = 2
    if not twin:
        w.rate[2, :80], w.pace[2, :80] = 0.3, 0.5  # two thirds are lost within 45 days
    w.owner[:80] = 3


def verdicts(name: str | None, twin: bool, seed: int) -> dict[str, str]:
    """Return the gravest verdict of each signature."""
    w = World(seed)
    if name:
        plant(w, name, twin)
    table = signatures(w.pipeline()).table
    return dict(zip(table["signature"][::-1], table["verdict"][::-1], strict=True))


@pytest.mark.parametrize("name", ["single_contact", "sandbagging", "slow_response"])
def test_a_strong_pattern_is_found_and_its_twin_is_not(name: str) -> None:
    assert verdicts(name, False, 1)[name] == "act"
    assert verdicts(name, True, 1)[name] != "act"


def test_a_faultless_world_is_left_alone() -> None:
    assert "act" not in verdicts(None, False, 2).values()


def test_a_region_that_grew_before_the_month_tried_is_no_stall() -> None:
    """Deals doubled in South in the autumn; the clearest start of their slowness is July."""
    plan = {
        "sources": [{"name": "Website"}], "patterns": [{"stalled_proposals": {"twin": True}}],
    }  # fmt: skip
    p = simulate(plan=plan, seed=8)
    rows = SIGNATURES["stalled_proposals"](p)
    assert rows["p_value"].min() > 0.05


def found(name: str, twin: bool, seed: int, family: int = 60) -> str:
    """Return the verdict of one pattern, by Bonferroni over more rows than there are."""
    w = World(seed)
    plant(w, name, twin)
    p = SIGNATURES[name](w.pipeline())["p_value"].min()
    return "act" if p * family <= 0.05 else "watch" if p <= 0.05 else "none"


def main(runs: int, names: list[str]) -> None:
    """Print how often each pattern is found, and its twin taken for it."""
    for name in names or list(SIGNATURES):
        pattern = Counter(found(name, False, seed) for seed in range(runs))
        twin = Counter(found(name, True, 5000 + seed) for seed in range(runs))
        print(f"{name}, {runs} runs: pattern {dict(pattern)}, twin {dict(twin)}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
