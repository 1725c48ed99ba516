"""Conformance on histories worked by hand and replayed by pm4py; variation beyond chance."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.control.conformance import conformance
from funnelkit.control.variation import between, spread_ratio
from funnelkit.data.ledger import Ledger
from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.process import Process
from funnelkit.words import speaking

PATHS = {
    "straight": ["a", "b", "c", "won"],
    "lost early": ["a", "lost"],
    "open": ["a", "b"],
    "jump": ["a", "c", "won"],
    "return": ["a", "b", "a", "b", "c", "lost"],
    "late": ["b", "c", "won"],
    "quick win": ["a", "b", "won"],
    "jump and return": ["a", "c", "b", "c", "no_decision"],
}


def made(paths: dict[str, list[str]], **columns: list[object]) -> Pipeline:
    log = [
        (name, stage, pd.Timestamp("2026-01-01") + pd.Timedelta(days=k))
        for name, path in paths.items()
        for k, stage in enumerate(path)
    ]
    history = pd.DataFrame(log, columns=["deal_id", "stage", "entered_at"])
    deals = pd.DataFrame({"deal_id": list(paths), **columns})
    process = Process.from_stages(["a", "b", "c"])
    return from_frames(deals, history, process=process, as_of="2026-06-30")


def test_by_hand() -> None:
    result = conformance(made(PATHS))
    row = result.table.iloc[0]
    assert (row["deals"], row["conform"]) == (8, 3)
    assert (row["late_start"], row["skip"], row["early_win"], row["back"]) == (1, 2, 1, 2)
    # of the closed: straight won, lost early lost; five others, three of them won
    assert (row["conform_win_rate"], row["other_win_rate"]) == (0.5, 0.6)
    assert result.deviations is not None
    skip = result.deviations.set_index(["kind", "from_stage", "to_stage"]).loc[("skip", "a", "c")]
    assert skip[["deals", "won", "closed"]].tolist() == [2, 1, 2]


def test_moves_can_be_allowed() -> None:
    p = made(PATHS)
    wider = conformance(p, allowed=[("a", "c"), ("created", "b"), ("b", "won")])
    assert wider.table.iloc[0]["conform"] == 6
    assert "a → c" in wider.definition
    with pytest.raises(FunnelkitError, match="not a stage"):
        conformance(p, allowed=[("a", "d")])


def test_like_token_replay() -> None:
    pm4py = pytest.importorskip("pm4py")
    from pm4py.objects.petri_net.obj import Marking, PetriNet
    from pm4py.objects.petri_net.utils import petri_utils

    net = PetriNet("sheet")
    places = [PetriNet.Place(f"p{k}") for k in range(4)]
    end = PetriNet.Place("end")
    for place in [*places, end]:
        net.places.add(place)
    edges = [(0, "a", places[1]), (1, "b", places[2]), (2, "c", places[3]), (3, "won", end)]
    edges += [(k, o, end) for k in (1, 2, 3) for o in ("lost", "no_decision")]
    for k, label, target in edges:
        step = PetriNet.Transition(f"{label}{k}", label)
        net.transitions.add(step)
        petri_utils.add_arc_from_to(places[k], step, net)
        petri_utils.add_arc_from_to(step, target, net)
    rng = np.random.default_rng(3)
    paths = {n: path for n, path in PATHS.items() if path[-1] not in "abc"}
    for i in range(60):
        steps = rng.choice(["a", "b", "c"], rng.integers(1, 5)).tolist()
        steps = [s for k, s in enumerate(steps) if k == 0 or s != steps[k - 1]]
        paths[f"r{i}"] = [*steps, str(rng.choice(["won", "lost", "no_decision"]))]
    log = pd.DataFrame(
        [
            {"case:concept:name": n, "concept:name": s,
             "time:timestamp": pd.Timestamp("2026-01-01") + pd.Timedelta(days=k)}
            for n, path in paths.items()
            for k, s in enumerate(path)
        ]
    )  # fmt: skip
    replayed = pm4py.conformance_diagnostics_token_based_replay(
        log, net, Marking({places[0]: 1}), Marking({end: 1})
    )
    fit = sum(t["trace_is_fit"] for t in replayed)
    assert conformance(made(paths)).table.iloc[0]["conform"] == fit


def test_same_moment_follows_the_file() -> None:
    moment = pd.Timestamp("2026-01-01")
    log = pd.DataFrame({"deal_id": "x", "stage": ["a", "b", "c"], "entered_at": moment})
    p = from_frames(None, log, process=Process.from_stages(["a", "b", "c"]), as_of="2026-06-30")
    assert conformance(p).table.iloc[0]["conform"] == 1


def test_variation_by_hand() -> None:
    # rates 0.2 and 0.6 of 50 each: pooled 0.4, Q = 50 * 2 * 0.04 / 0.24 = 16.667;
    # tau2 = (16.667 - 1) * 0.24 / (100 - 50) = 0.0752
    v = between([10, 30], [50, 50])
    assert v.dispersion == pytest.approx(50 / 3)
    assert v.spread == pytest.approx(0.0752**0.5)
    assert v.low < v.spread < v.high


def test_variation_finds_none_where_there_is_none() -> None:
    rng = np.random.default_rng(11)
    hidden = 0
    for _ in range(200):
        v = between(rng.binomial(40, 0.55, 12), [40] * 12)
        hidden += v.low == 0
    assert hidden >= 185  # 97.5 % expected


def test_variation_interval_covers() -> None:
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(200):
        true = rng.normal(0.5, 0.12, 12).clip(0.01, 0.99)
        v = between(rng.binomial(60, true), [60] * 12)
        covered += v.low <= 0.12 <= v.high
    assert covered >= 180


def test_standardising_shows_in_the_ratio() -> None:
    wide = ([2, 18, 4, 16, 3, 17, 2, 18], [20] * 8)
    even = ([10, 11, 10, 9, 10, 11, 9, 10], [20] * 8)
    ratio, low, high = spread_ratio(wide, even)
    assert 0 <= low <= ratio <= high < 1
    assert spread_ratio(wide, even) == (ratio, low, high)
    back = spread_ratio(even, wide)
    assert back[1] > 1


def test_before_and_after_between_sellers() -> None:
    paths, owners, born = {}, [], []
    for s in range(6):
        for k in range(40):
            early = k < 20
            good = (k % 20) < ((3 if s % 2 else 17) if early else 10)
            name = f"s{s}-{k}"
            paths[name] = ["a", "b"] if good else ["a", "c"]
            owners.append(f"seller {s}")
            born.append(pd.Timestamp("2026-01-01" if early else "2026-03-01"))
    p = made(paths, owner=owners, created_at=born)
    result = conformance(p, before_after="2026-02-01")
    assert result.by == ("owner",)
    assert result.table["conform"].tolist()[:2] == [17, 10]
    assert result.table["period"].tolist()[:2] == ["before", "after"]
    # before: rates .85 and .15, tau2 = (Q - 5) * .25 / (120 - 20), Q = 6 * 20 * .35^2 / .25 = 58.8
    assert dict(result.variation)["before"].spread == pytest.approx((53.8 * 0.25 / 100) ** 0.5)
    assert dict(result.variation)["after"].spread == 0
    assert result.ratio is not None
    assert result.ratio[2] < 1
    assert "less" in result.summary()
    assert len(result.plot().data) == 12
    with speaking("zh"):
        assert "差异缩小" in result.summary()
        assert "跳过" in repr(result)


def test_where_a_ledger_first_sees_a_deal_is_no_late_start(tmp_path: Path) -> None:
    frame = pd.DataFrame({
        "deal_id": ["old", "new", "met"], "stage": ["proposal", "proposal", "lead"],
        "created_at": ["2026-01-05", "2026-02-10", "2026-02-12"], "amount": 10.0,
        "outcome": "open",
    })  # fmt: skip
    with Ledger(tmp_path / "sales.duckdb") as ledger:
        ledger.add(frame[:1], dt.date(2026, 1, 31))
        ledger.add(frame, dt.date(2026, 2, 28))
        frame.loc[2, "stage"] = "proposal"  # from lead straight to proposal: that was seen
        ledger.add(frame, dt.date(2026, 3, 31))
    p = fk.read(tmp_path / "sales.duckdb")
    found = conformance(p).table.iloc[0]
    assert (found["deals"], found["late_start"]) == (3, 0)


def test_no_difference_before_makes_no_ratio_after() -> None:
    days = pd.Timestamp("2026-01-01") + pd.to_timedelta([0, 90] * 12, "D")
    late = {f"d{k}": ["a", "b", "won"] if k in (1, 3) else ["a", "b", "c"] for k in range(24)}
    p = made(late, created_at=list(days), owner=[f"s{k % 8 // 2}" for k in range(24)])
    found = conformance(p, before_after="2026-02-15")
    assert found.ratio is not None
    assert np.isinf(found.ratio[0])
    assert "ratio" not in found.summary()
    assert "no clear change" in found.summary()
