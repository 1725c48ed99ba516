"""The seasonal index and the Spring Festival that moves."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.planning.targets.season import LUNAR_NEW_YEAR, season_index
from funnelkit.words import speaking

PLAN = [3, 2, 5, 4, 5, 6, 4, 4, 6, 5, 7, 9]  # mean 5


def months(**years: list[float]) -> dict[str, float]:
    return {f"{y[1:]}-{m:02d}": v for y, row in years.items() for m, v in enumerate(row, start=1)}


def test_the_index_is_the_mean_of_shares_not_the_share_of_sums() -> None:
    # the second year is ten times the first and flat: the first weighs as much
    found = season_index(months(y2024=PLAN, y2025=[50.0] * 12))
    want = [(v / 5 + 1) / 2 for v in PLAN]
    assert found.table["index"].tolist() == pytest.approx(want)
    assert found.table["index"].sum() == pytest.approx(12)
    # two years: t with one degree of freedom is 12.7, the interval is wide and said to be
    assert found.table["high"].iloc[0] == pytest.approx(0.8 + 12.7062 * 0.2, rel=1e-4)
    assert "2 whole years" in found.summary()


@pytest.mark.parametrize("year", [2025, 2026])
def test_a_joint_index_follows_the_festival(year: int) -> None:
    history = months(y2023=[2, 8] + [5.0] * 10, y2024=[8, 2] + [5.0] * 10)
    found = season_index(history, spring="joint", for_year=year)
    january, february = found.table["index"].tolist()[:2]
    assert january + february == pytest.approx(2)  # the two together are as two others
    # 29 Jan 2025: 3 days off in January, 4 in February; 17 Feb 2026: 7 off in February
    days = {2025: (28, 24), 2026: (31, 21)}[year]
    assert january / february == pytest.approx(days[0] / days[1])
    assert str(year) in found.definition


def test_a_flag_takes_the_years_with_the_festival_in_the_same_month() -> None:
    # 2023: 22 January; 2024: 10 February; 2025: 29 January; 2026: 17 February
    history = months(y2023=[2, 8] + [5.0] * 10, y2024=[8, 2] + [5.0] * 10)
    early = season_index(history, spring="flag", for_year=2025).table["index"]
    late = season_index(history, spring="flag", for_year=2026).table["index"]
    assert early.iloc[0] == pytest.approx(0.4)
    assert late.iloc[0] == pytest.approx(1.6)


def test_the_lunar_years() -> None:
    # published dates
    assert LUNAR_NEW_YEAR[2023].isoformat() == "2023-01-22"
    assert LUNAR_NEW_YEAR[2026].isoformat() == "2026-02-17"
    assert LUNAR_NEW_YEAR[2033].isoformat() == "2033-01-31"
    assert sorted(LUNAR_NEW_YEAR) == list(range(2018, 2036))
    # a lunar year has 12 or 13 months of 29.53 days
    dates = [LUNAR_NEW_YEAR[y] for y in sorted(LUNAR_NEW_YEAR)]
    gaps = [(b - a).days for a, b in itertools.pairwise(dates)]
    assert set(gaps) <= {353, 354, 355, 383, 384, 385}


def test_gaps_and_too_few_years_are_refused_or_dropped_by_name() -> None:
    history = months(y2023=PLAN, y2024=PLAN, y2025=PLAN[:7])
    with pytest.raises(FunnelkitError) as found:
        season_index(history)
    assert found.value.key == "targets.month_missing"
    assert "2025-08" in str(found.value)
    dropped = season_index(history, partial="drop")
    assert dropped.table["years"].tolist() == [2] * 12
    assert "2025" in dropped.definition
    with pytest.raises(FunnelkitError) as found:
        season_index(months(y2025=PLAN))
    assert found.value.key == "targets.few_years"
    with pytest.raises(FunnelkitError) as found:
        season_index({"Jan 2025": 3})
    assert found.value.key == "targets.bad_month"
    with pytest.raises(FunnelkitError) as found:
        season_index(months(y2024=PLAN, y2025=[-1, *PLAN[1:]]))
    assert found.value.key == "targets.negative"


def test_a_series_and_both_languages() -> None:
    series = pd.Series(months(y2024=PLAN, y2025=PLAN))
    found = season_index(series, spring="joint")
    assert "Spring Festival: one index" in found.definition
    with speaking("zh"):
        assert "春节：1、2 月合并" in found.definition
        assert "12 月" in found.summary()
