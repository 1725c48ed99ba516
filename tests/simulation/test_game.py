"""Feast or famine: months by hand, the published results of four policies, luck shared by teams."""

from __future__ import annotations

import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.simulation.game import POLICIES, Game, Record, Rules, play_out, record, replay
from funnelkit.words import speaking

#: Printed with the game: mean wins of two years.
PRINTED = {"steady": 81.5, "react": 49.4, "rush": 76.4, "late_first": 90.6}


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    return {name: record(policy, range(1, 501)) for name, policy in POLICIES.items()}


@pytest.mark.parametrize("name", PRINTED)
def test_the_printed_wins_come_out(records: dict[str, Record], name: str) -> None:
    assert records[name].wins == pytest.approx(PRINTED[name], rel=0.03)


def test_reacting_costs_two_fifths(records: dict[str, Record]) -> None:
    assert records["react"].wins / records["steady"].wins - 1 == pytest.approx(-0.39, abs=0.03)


def test_the_rush_wins_in_the_third_month_and_swings_twice_as_much(
    records: dict[str, Record],
) -> None:
    assert records["rush"].third_month == pytest.approx(0.67, abs=0.03)
    assert records["rush"].swing / records["steady"].swing == pytest.approx(2, abs=0.15)
    assert records["steady"].third_month == pytest.approx(1 / 3, abs=0.02)


def test_a_sure_game_by_hand() -> None:
    # everything worked is won, everything left goes cold: 100 h = 16 opened or 14 worked
    game = Game(1, Rules(win=1, cold=1, under_way=(3, 5), late=1))
    first = game.play(100)
    assert (first.opened, first.worked, first.wins, first.cold, first.late) == (16, 0, 0, 4, 0)
    second = game.play(0)  # the five opened a month before the game
    assert (second.opened, second.worked, second.wins, second.cold) == (0, 5, 5, 0)
    third = game.play(50, 50)  # sixteen opened in month 1 are late in month 3; 50 h work 7
    assert (third.opened, third.wins, third.cold) == (8, 7, 9)
    assert game.play(0).wins == 0  # nothing was opened in month 2
    assert game.wins == 12


def test_unworked_deals_stay_where_none_goes_cold() -> None:
    game = Game(1, Rules(win=0, cold=0, under_way=(6, 6)))
    assert [game.play(100).late for _ in range(2)] == [6, 12]
    assert game.play(100, 0).late == 28


def test_the_same_seed_and_decisions_give_the_same_game() -> None:
    hours = [50, 80, 20, 0, 100, 42]
    one, other = replay(hours, 5), replay(hours, 5)
    assert one.months == other.months
    assert one.months != replay(hours, 6).months
    # a month's luck does not hang on the months before: same deals worked, same wins
    calm = replay([50, 50, 50, 50, 50, 50], 5)
    assert calm.months[0] == one.months[0]


def test_half_and_half_shows_a_cut_two_months_later() -> None:
    cut = [replay([50] * 9 + [0] * 3 + [50] * 12, seed).months for seed in range(60)]
    kept = [replay([50] * 24, seed).months for seed in range(60)]
    gap = [sum(k[m].wins - c[m].wins for k, c in zip(kept, cut, strict=True)) for m in range(24)]
    assert max(gap[:11]) <= 0  # never fewer wins before the cut arrives
    assert min(gap[12:14]) > 120  # of 210 usual wins, far more than half are missing


@pytest.mark.parametrize("hours", [(-1, 50), (50, 51), (101, None), (float("nan"), None)])
def test_hours_that_are_not_there_are_refused(hours: tuple[float, float | None]) -> None:
    with pytest.raises(FunnelkitError, match=r"Month 1: .* A month has 100 hours"):
        Game(1).play(*hours)


def test_a_game_ends() -> None:
    game = play_out(POLICIES["steady"], 2)
    assert game.over
    with speaking("zh"), pytest.raises(FunnelkitError, match="24个月已经结束"):
        game.play(50)
