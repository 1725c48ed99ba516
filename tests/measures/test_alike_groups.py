"""Groups that are all alike: no difference is said, or that there is too little to tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.measures import win_rate
from funnelkit.measures.limits import rate_limits
from funnelkit.stats.apart import apart
from funnelkit.stats.control_limits import funnel_positions
from funnelkit.words import speaking


def table(groups: int, size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([seed, groups, size])
    of = rng.poisson(size * rng.gamma(4, 0.25, groups)) + 1
    return rng.binomial(of, 0.25), of


@pytest.mark.parametrize("groups", [4, 12, 40])
@pytest.mark.parametrize("size", [12, 40])
def test_groups_that_are_alike_are_said_to_differ_in_at_most_one_table_of_twenty(
    groups: int, size: int
) -> None:
    flagged = far = 0
    for seed in range(400):
        won, of = table(groups, size, seed)
        flagged += apart(won, of).flagged.any()
        far += (funnel_positions(won, of, minimum=10)["position"] == "act").any()
    # 5 % of 400 are 20; with a true 5 % more than 30 would come once in a hundred times
    assert flagged <= 20
    assert far <= 30


def test_an_exact_test_of_each_group_against_the_rest() -> None:
    won, of = np.array([45, *[20] * 9]), np.full(10, 100)
    assert apart(won, of).flagged.tolist() == [True, *[False] * 9]
    # independent: Fisher's two-sided test is never larger than twice the smaller tail
    for k, n in zip(won, of, strict=True):
        rest = [[k, n - k], [won.sum() - k, of.sum() - n - (won.sum() - k)]]
        least = min(fisher_exact(rest, side).pvalue for side in ("less", "greater"))
        assert (2 * least * 10 <= 0.05) == (k == 45)


def test_whether_half_the_rate_would_have_been_seen_against_draws() -> None:
    of = np.full(6, 60)
    won = np.full(6, 24)
    claimed = apart(won, of).seen[0]
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(600):
        drawn = won.copy()
        drawn[0] = rng.binomial(60, 0.2)
        hits += 2 * fisher_exact(
            [[drawn[0], 60 - drawn[0]], [won[1:].sum(), of[1:].sum() - won[1:].sum()]], "less"
        ).pvalue <= 0.05 / 6  # fmt: skip
    assert claimed == pytest.approx(hits / 600, abs=0.08)


def deals(groups: int, each: int, won: int) -> Pipeline:
    rows = pd.DataFrame(
        {
            "deal_id": [f"d{k}" for k in range(groups * each)],
            "owner": [f"s{k % groups}" for k in range(groups * each)],
            "outcome": ["won" if k // groups < won else "lost" for k in range(groups * each)],
            "created_at": pd.Timestamp("2026-01-01"),
            "closed_at": pd.Timestamp("2026-03-01"),
        }
    )
    return from_frames(rows, as_of="2026-06-30")


def test_a_ranking_of_luck_is_not_said_where_nothing_could_have_been_seen() -> None:
    few, many = deals(12, 10, 3), deals(12, 200, 60)
    for p, luck in ((few, False), (many, True)):
        said = rate_limits(p).summary()
        assert ("ranking of luck" in said) == luck
        assert ("too little to tell" in said) != luck
        assert ("Too little to tell" in win_rate(p, "owner").summary()) != luck
    with speaking("zh"):
        assert "数据太少" in rate_limits(few).summary()
        assert "数据太少" in win_rate(few, "owner").summary()
        assert "没有明显差别" in win_rate(many, "owner").summary()
