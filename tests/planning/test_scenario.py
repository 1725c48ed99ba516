"""What if some deals go, some are signed, the rest come later: hand-worked on weighted amounts."""

from __future__ import annotations

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.data import from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.planning import Scenarios, forecast


@pytest.fixture(scope="module")
def three() -> Scenarios:
    # Stated chances of 20, 50 and 80 %; due 10, 40 and 80 days after the day of the data.
    deals = pd.DataFrame(
        {
            "deal_id": ["A", "B", "C", "W"],
            "created_at": pd.to_datetime(["2026-01-05"] * 4),
            "stage": ["proposal", "proposal", "negotiation", None],
            "outcome": ["open", "open", "open", "won"],
            "closed_at": pd.to_datetime([None, None, None, "2026-02-01"]),
            "expected_close": pd.to_datetime(["2026-07-10", "2026-08-09", "2026-09-18", None]),
            "amount": [100.0, 200.0, 400.0, 50.0],
            "probability": [0.2, 0.5, 0.8, 1.0],
        }
    )
    return Scenarios.of(from_frames(deals, as_of="2026-06-30"))


def test_nothing_changed_is_the_plain_sum(three: Scenarios) -> None:
    found = three.ask("2026-09-30", "weighted").distribution
    assert found is not None
    assert found.mean == pytest.approx(0.2 * 100 + 0.5 * 200 + 0.8 * 400)  # 440


def test_a_deal_taken_as_lost_brings_nothing(three: Scenarios) -> None:
    found = three.ask("2026-09-30", "weighted", off=["C"])
    assert found.distribution is not None
    assert found.distribution.mean == pytest.approx(120)
    assert found.chance(301) == pytest.approx(0.0)
    assert found.chance(300) == pytest.approx(0.2 * 0.5)


def test_a_deal_taken_as_won_is_there_for_certain(three: Scenarios) -> None:
    found = three.ask("2026-09-30", "weighted", sure=["C"], draws=20_000)
    rows = found.table.set_index("part")
    assert rows.loc["won_so_far", "mean_amount"] == 400
    assert rows.loc["open_deals", "deals"] == pytest.approx(0.7)
    assert found.chance(400) == 1.0
    # four totals: 400, 500, 600, 700 with .4, .1, .4, .1
    assert found.chance(700) == pytest.approx(0.1, abs=0.01)
    assert float(found.draws.mean()) == pytest.approx(520, abs=5)


def test_a_slip_moves_the_last_deals_out_of_the_period(three: Scenarios) -> None:
    # Thirty days later C is due on 18 October; A and B still fall before the end of September.
    found = three.ask("2026-09-30", "weighted", slip_days=30, draws=20_000)
    assert float(found.draws.mean()) == pytest.approx(0.2 * 100 + 0.5 * 200, abs=3)
    # A hundred days are longer than the period: nothing that is open comes in it.
    late = three.ask("2026-09-30", "weighted", slip_days=100)
    assert late.draws.max() == 0.0


def test_an_unknown_or_closed_deal_is_refused_with_the_nearest(three: Scenarios) -> None:
    with pytest.raises(FunnelkitError) as caught:
        three.ask("2026-09-30", "weighted", off=["W"])
    assert caught.value.key == "forecast.not_an_open_deal"


def test_a_method_of_sums_says_that_it_knows_no_deals() -> None:
    scenarios = Scenarios.of(fk.load("industrial"))
    with pytest.raises(FunnelkitError, match="no single deals"):
        scenarios.ask("2026-09-30", "pacing", slip_days=7)


@pytest.mark.parametrize("method", ["simulation", "cohort", "stage", "weighted", "pacing", "naive"])
def test_nothing_changed_is_the_forecast_itself(method: str) -> None:
    p = fk.load("industrial")
    ours = Scenarios.of(p).ask("2026-09-30", method, draws=500, seed=3)
    theirs = forecast(p, "2026-09-30", method, draws=500, seed=3)
    pd.testing.assert_frame_equal(ours.table, theirs.table)
    assert ours.weighted_amount == theirs.weighted_amount


def test_the_simulation_loses_what_a_deal_was_worth() -> None:
    p = fk.load("industrial")
    scenarios = Scenarios.of(p)
    first = scenarios.open_deals("2026-09-30").iloc[0]
    plain = scenarios.ask("2026-09-30", draws=20_000)
    without = scenarios.ask("2026-09-30", draws=20_000, off=[str(first["deal_id"])])
    rows = [f.table.set_index("part").loc["open_deals", "deals"] for f in (plain, without)]
    assert rows[0] - rows[1] == pytest.approx(first["chance"], abs=1e-9)
    assert without.draws.mean() < plain.draws.mean()
