"""The competitor win matrix: counts by hand, the exact test from its own formula."""

from __future__ import annotations

from math import comb

import pandas as pd
import pytest

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.planning.market.competitors import competitor_matrix
from funnelkit.words import speaking

WINDOWS = [("2025-01-01", "2026-01-01"), ("2026-01-01", "2026-07-01")]


def pipeline(cells: list[tuple[str | None, str, int, int, int, int]]) -> Pipeline:
    """Competitor, region, year, won, lost, no decision."""
    rows = []
    for rival, region, year, won, lost, none in cells:
        for outcome, n in (("won", won), ("lost", lost), ("no_decision", none)):
            rows += [(rival, region, outcome, f"{year}-03-01")] * n
    deals = pd.DataFrame(rows, columns=["competitor", "region", "outcome", "closed_at"])
    deals["closed_at"] = pd.to_datetime(deals["closed_at"])
    deals["created_at"] = pd.Timestamp("2024-12-01")
    deals["deal_id"] = [str(k) for k in range(len(deals))]
    return from_frames(deals, as_of="2026-06-30")


@pytest.fixture(scope="module")
def p() -> Pipeline:
    return pipeline(
        [
            ("Rime", "N", 2025, 12, 8, 3), ("Rime", "N", 2026, 2, 18, 1),
            ("Rime", "S", 2025, 4, 6, 0), ("Rime", "S", 2026, 5, 5, 0),
            ("Tarn", "N", 2025, 3, 4, 0), ("Tarn", "N", 2026, 0, 8, 2),
            (None, "N", 2026, 9, 9, 0), ("Tarn", "S", 2024, 5, 5, 0),
        ]
    )  # fmt: skip


def fisher(a: int, b: int, c: int, d: int) -> float:
    """Sum of the tables with the same margins that are no more likely than the one seen."""
    n, k, m = a + b + c + d, a + c, a + b
    chance = [comb(k, x) * comb(n - k, m - x) / comb(n, m) for x in range(min(k, m) + 1)]
    return sum(q for q in chance if q <= chance[a] * (1 + 1e-9))


def test_won_of_won_and_lost_with_no_decision_apart(p: Pipeline) -> None:
    result = competitor_matrix(p, "region", windows=WINDOWS)
    now = result.latest().set_index(["competitor", "region"])
    assert now.loc[("Rime", "N"), ["won", "lost", "of", "no_decision"]].tolist() == [2, 18, 20, 1]
    assert now.loc[("Rime", "N"), "rate"] == 0.1
    # Wilson, 0 of 8
    assert now.loc[("Tarn", "N"), ["low", "high"]].round(3).tolist() == [0.0, 0.324]
    assert now["enough"].tolist() == [True, True, True]
    before = result.table[result.table["window"] == result.windows[0]]
    assert before["enough"].tolist() == [True, True, False]
    assert set(before["verdict"]) == {"first"}
    assert result.windows == ["2025-01-01/2025-12-31", "2026-01-01/2026-06-30"]
    assert dict(result.scope.left_out) == {"outside_period": 10, "territory.no_competitor": 18}


def test_a_change_is_tested_exactly_and_over_all_cells(p: Pipeline) -> None:
    now = competitor_matrix(p, "region", windows=WINDOWS).latest().set_index(
        ["competitor", "region"]
    )  # fmt: skip
    first, second = fisher(2, 18, 12, 8), fisher(5, 5, 4, 6)
    assert now.loc[("Rime", "N"), "p_value"] == pytest.approx(first)
    assert now.loc[("Rime", "S"), "p_value"] == pytest.approx(second)
    # two cells have eight deals on both sides: Holm doubles the smaller p
    assert now.loc[("Rime", "N"), "adjusted"] == pytest.approx(2 * first)
    assert now["verdict"].tolist() == ["change", "keep", "too_little"]
    assert now.loc[("Tarn", "N"), "before_rate"] == pytest.approx(3 / 7)


def test_without_segments_and_with_the_default_windows(p: Pipeline) -> None:
    result = competitor_matrix(p)
    assert result.windows == ["2024-07-01/2025-06-30", "2025-07-01/2026-06-30"]
    assert result.latest()["of"].tolist() == [30, 8]
    assert "Rime 53.3% to 23.3%" in result.summary()  # 16 of 30, 7 of 30


def test_refusals() -> None:
    with pytest.raises(FunnelkitError, match="won deals too"):
        competitor_matrix(pipeline([("Rime", "N", 2026, 0, 5, 0)]))
    p = pipeline([("Rime", "N", 2026, 5, 5, 0)])
    with pytest.raises(FunnelkitError, match="oldest first"):
        competitor_matrix(p, windows=WINDOWS[::-1])
    with pytest.raises(FunnelkitError):
        competitor_matrix(p, "regions")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_said_and_drawn_in_both_languages(lang: str, p: Pipeline) -> None:
    with speaking(lang):
        result = competitor_matrix(p, "region", windows=WINDOWS)
        assert "Rime" in result.summary()
        assert result.title in repr(result)
        assert any(c.isdigit() for c in result.plot().alt)
        assert competitor_matrix(p).plot().alt
