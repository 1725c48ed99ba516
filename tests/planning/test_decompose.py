"""A target broken down: exact sums over every margin."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnelkit.errors import FunnelkitError
from funnelkit.planning.targets.decompose import Dimension, blend, decompose, reconcile
from funnelkit.words import speaking

# 12, 13, 3.6 and 6.4 of 35 million: .343, .371, .103, .183
HISTORY = {"East": 12.0, "South": 13.0, "West": 3.6, "North": 6.4}
POTENTIAL = {"East": 0.40, "South": 0.26, "West": 0.18, "North": 0.16}
INDEX = [
    0.815, 0.435, 1.008, 0.912, 1.008, 1.104, 0.815, 0.815, 1.104, 1.008, 1.200, 1.777,
]  # fmt: skip


def test_regions_half_history_half_potential() -> None:
    mixed = blend(HISTORY, POTENTIAL)
    assert [round(x, 3) for x in mixed.values()] == [0.371, 0.316, 0.141, 0.171]
    plan = decompose(60, {"region": mixed}, unit=0.01)
    assert [round(x, 2) for x in plan.table["exact_amount"]] == [22.29, 18.94, 8.49, 10.29]
    # these four add to 60.01: the kit gives the last hundredth to nobody
    assert plan.table["amount"].tolist() == [22.29, 18.94, 8.49, 10.28]
    assert plan.table["amount"].sum() == pytest.approx(60, abs=1e-9)


def test_months_by_the_seasonal_index() -> None:
    weights = {f"{m:02d}": i for m, i in enumerate(INDEX, start=1)}
    plan = decompose(60, {"month": weights}, unit=0.1)
    assert plan.table["amount"].tolist() == [
        4.1, 2.2, 5.0, 4.6, 5.0, 5.5, 4.1, 4.1, 5.5, 5.0, 6.0, 8.9,
    ]  # fmt: skip
    assert round(plan.table["amount"].sum(), 9) == 60.0


def test_every_margin_of_a_joint_table_is_exact() -> None:
    people = {("East", "A"): 3.0, ("East", "B"): 2.0, ("South", "C"): 4.0, ("West", "D"): 1.0}
    months = {f"2027-{m:02d}": i for m, i in enumerate(INDEX, start=1)}
    product = {"pump": 1.0, "valve": 1.0, "service": 1.0}
    by: dict[Dimension, Mapping[Any, float]] = {
        ("region", "owner"): people, "product": product, "month": months,
    }  # fmt: skip
    plan = decompose(1_000_003, by)
    table = plan.table
    assert len(table) == 4 * 3 * 12
    assert table["amount"].sum() == 1_000_003
    assert (table["amount"] == table["amount"].round()).all()
    # one-way margins are the largest-remainder rounding of the exact shares
    assert plan.margin("product")["amount"].tolist() == [333335, 333334, 333334]
    alone = decompose(1_000_003, {"month": months}).table["amount"]
    assert plan.margin("month")["amount"].tolist() == alone.tolist()
    assert plan.margin("owner")["amount"].tolist() == [300001, 200001, 400001, 100000]
    for names in itertools.combinations(["region", "owner", "product", "month"], 2):
        assert plan.margin(names)["amount"].sum() == 1_000_003
    assert (table["amount"] - table["exact_amount"]).abs().max() < 3


@settings(max_examples=8, deadline=None)
@given(
    st.integers(0, 500),
    st.lists(st.integers(0, 9), min_size=2, max_size=5).filter(any),
    st.lists(st.integers(0, 9), min_size=2, max_size=6).filter(any),
)
def test_margins_hold_for_any_weights(target: int, rows: list[int], columns: list[int]) -> None:
    by: dict[Dimension, Mapping[Any, float]] = {
        "a": dict(enumerate(rows)), "b": dict(enumerate(columns)),
    }  # fmt: skip
    plan = decompose(target, by)
    cells = plan.table["amount"].to_numpy().reshape(len(rows), len(columns))
    assert cells.sum() == target
    for axis, weights in ((1, rows), (0, columns)):
        exact = np.array(weights) / sum(weights) * target
        assert np.abs(cells.sum(axis=axis) - exact).max() < 1
    assert (cells >= 0).all()


@pytest.mark.parametrize(
    ("call", "key"),
    [
        (lambda: decompose(-1, {"region": HISTORY}), "targets.negative"),
        (lambda: decompose(60, {"region": {"East": 0, "West": 0}}), "targets.no_weight"),
        (lambda: decompose(60, {"region": {"East": -1, "West": 2}}), "targets.negative"),
        (lambda: decompose(60.5, {"region": HISTORY}), "targets.not_in_units"),
        (lambda: decompose(60, {}), "targets.no_dimension"),
        (lambda: blend(HISTORY, {"East": 1.0}), "targets.missing_part"),
        (lambda: blend(HISTORY, POTENTIAL, weight=2), "targets.weight"),
        (lambda: reconcile({"East": 1}, {"Est": 1}), "targets.unknown_part"),
    ],
)
def test_the_impossible_is_refused(call: object, key: str) -> None:
    with pytest.raises(FunnelkitError) as found:
        call()  # type: ignore[operator]
    assert found.value.key == key


def test_top_down_beside_bottom_up() -> None:
    found = reconcile({"East": 22, "South": 19, "West": 19}, {"East": 20, "South": 21, "West": 10})
    assert found.table["difference_amount"].tolist() == [-2, 2, -9, -9]
    assert found.table["ratio"].iloc[-1] == pytest.approx(0.85)
    assert "West" in found.summary()
    with speaking("zh"):
        assert "无人承担" in found.summary()
