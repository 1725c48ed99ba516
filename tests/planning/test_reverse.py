"""From a target back to deals and dates, with the figures of the worked example."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.measures import funnel
from funnelkit.planning.targets.lags import stage_lags
from funnelkit.planning.targets.leadtime import creation_plan, landing, lead_dates
from funnelkit.planning.targets.reverse import explain_needed, reverse_funnel, rounding_rules
from funnelkit.process import Process
from funnelkit.words import speaking

RATES = [0.55, 0.40, 0.50, 0.60, 0.55]


def test_the_worked_example_rounds_up_once() -> None:
    plan = reverse_funnel(60e6, 400_000, RATES)
    assert plan.table["needed_deals"].tolist() == [4133, 2273, 910, 455, 273, 150]
    exact = [round(x, 1) for x in plan.table["needed_exact"]]
    assert exact == [4132.2, 2272.7, 909.1, 454.5, 272.7, 150.0]
    assert plan.table["stage"].tolist()[-1] == "close"
    assert "rounded up once" in plan.definition
    assert reverse_funnel(60e6, 400_000).needed == plan.needed  # the sheet's own rates


def test_rounding_at_every_step_asks_for_too_much() -> None:
    plan = reverse_funnel(60e6, 400_000, RATES, round="up_each")
    assert plan.table["needed_deals"].tolist()[:2] == [4137, 2275]
    rules = rounding_rules(60e6, 400_000, RATES)
    assert rules.table.loc[0, "nearest"] == 4132
    assert "4,137" in rules.summary()


@pytest.mark.parametrize(
    ("answer", "slip"),
    [
        (4133, "right"),
        (4132, "rounded_down"),
        (4137, "rounded_each"),
        (2273, "rate_skipped"),
        (7513, "rate_twice"),  # 4132.2 / 0.55
        (5, "multiplied"),  # 150 x 0.0363 = 5.4
        (1, "other"),
    ],
)
def test_a_wrong_answer_is_traced_to_its_slip(answer: int, slip: str) -> None:
    assert explain_needed(answer, reverse_funnel(60e6, 400_000, RATES)) == slip


@pytest.mark.parametrize(
    ("call", "key"),
    [
        (lambda: reverse_funnel(-1, 400_000, RATES), "targets.negative"),
        (lambda: reverse_funnel(60e6, 0, RATES), "targets.not_positive"),
        (lambda: reverse_funnel(6e7, 4e5, [0.5, 0, 0.5, 0.6, 0.5]), "targets.impossible_rate"),
        (lambda: reverse_funnel(60e6, 400_000, [55, 40, 50, 60, 55]), "targets.percent_rate"),
        (lambda: reverse_funnel(60e6, 400_000, RATES[:4]), "targets.rates_count"),
        (lambda: reverse_funnel(60e6, 400_000, {"lead": 0.5}), "targets.missing_part"),
        (lambda: reverse_funnel(60e6, None, RATES), "targets.no_value"),
        (lambda: landing([1], [0.5, 0.2], 0.2), "targets.lag_sum"),
        (lambda: lead_dates("2026-12-31", [5, 12, 24, 30, 20], [4] * 5), "targets.p80_below"),
    ],
)  # fmt: skip
def test_the_impossible_is_refused(call: object, key: str) -> None:
    with pytest.raises(FunnelkitError) as found:
        call()  # type: ignore[operator]
    assert found.value.key == key
    with speaking("zh"):
        assert str(found.value)


def test_dates_by_which_each_stage_is_entered() -> None:
    found = lead_dates("2026-12-31")
    dates = dict(zip(found.table["stage"], found.table["median_date"], strict=True))
    assert dates == {
        "negotiation": dt.date(2026, 12, 11),
        "proposal": dt.date(2026, 11, 11),
        "need": dt.date(2026, 10, 18),
        "contact": dt.date(2026, 10, 6),
        "lead": dt.date(2026, 10, 1),
    }
    assert found.table["p80_days"].isna().all()  # medians alone do not tell it


def test_with_p80_the_distribution_is_used_and_medians_do_not_add() -> None:
    middle, most = [5, 12, 24, 30, 20], [10, 24, 48, 60, 40]
    table = lead_dates("2026-12-31", middle, most).table
    # a single stage: lognormal through 20 and 40 days
    assert table["median_days"].iloc[-1] == 20
    assert table["p80_days"].iloc[-1] == 40
    assert table["median_days"].iloc[0] > sum(middle)  # skewed to the right: above 91
    rng = np.random.default_rng(1)
    sigma = np.log(2) / 0.8416212335729143
    drawn = sum(np.rint(m * np.exp(rng.normal(0, sigma, 400_000))) for m in middle)
    assert table["median_days"].iloc[0] == pytest.approx(np.median(drawn), abs=1.5)
    assert table["p80_days"].iloc[0] == pytest.approx(np.quantile(drawn, 0.8), abs=2)


def test_what_is_created_lands_later() -> None:
    year = landing([76] * 12, [0.2, 0.4, 0.3, 0.1], 0.5 * 0.6 * 0.55)
    assert round(year.eventual, 1) == 150.5
    assert round(year.inside, 1) == 121.6
    assert "19%" in year.summary()
    first = year.table["landed_exact"].tolist()[:3]
    assert [round(x, 3) for x in first] == [0.0, 2.508, 7.524]  # 12.54 x (0, .2, .6)


def test_needs_to_create_month_by_month() -> None:
    months = [3, 2, 5, 4, 5, 6, 4, 4, 6, 5, 7, 9]
    table = creation_plan(months, 0.4, 0.165, shift=2).table
    year = table[table["month"] >= 1]
    assert [round(x, 1) for x in year["create_exact"]] == [
        75.8, 60.6, 75.8, 90.9, 60.6, 60.6, 90.9, 75.8, 106.1, 136.4,
    ]  # fmt: skip
    assert year["month"].tolist() == list(range(1, 11))


def small() -> Pipeline:
    """Ten deals: stages a and b; six reach b, three are won, one is open in a."""
    rows, deals = [], []
    day0 = pd.Timestamp("2026-01-01")
    for k in range(10):
        rows.append((str(k), "a", day0))
        to_b = 1 <= k <= 6
        if to_b:
            rows.append((str(k), "b", day0 + pd.Timedelta(days=10)))
        won, open_ = 1 <= k <= 3, k == 0
        end = day0 + pd.Timedelta(days=30 if to_b else 12)
        if not open_:
            rows.append((str(k), "won" if won else "lost", end))
        deals.append((str(k), 100.0))
    history = pd.DataFrame(rows, columns=["deal_id", "stage", "entered_at"])
    frame = pd.DataFrame(deals, columns=["deal_id", "amount"])
    return from_frames(frame, history, process=Process.from_stages(["a", "b"]), as_of="2026-02-15")


def test_rates_from_a_pipeline_and_what_is_in_place() -> None:
    p = small()
    rates = stage_lags(p).rates
    # a: 6 of the 9 that have left went on; the open one will go on as often. As in the funnel
    assert rates["step_rate"].tolist() == pytest.approx([6 / 9, 0.5])
    shown = funnel(p).table.iloc[1:]
    for mine, its in (("step_rate", "eventual_rate"), ("low", "eventual_low"),
                      ("high", "eventual_high")):  # fmt: skip
        assert rates[mine].tolist() == shown[its].tolist()
    plan = reverse_funnel(900, p=p)
    # 9 wins of 100; 27 deals at a, less the open one's 1/3 of a win: 8.667 x 3 = 26
    assert plan.table["needed_deals"].tolist() == [27, 18, 9]
    assert plan.table["in_place_deals"].tolist() == [1, 0, 0]
    assert plan.table["new_whenever_deals"].tolist() == [26, 18, 9]
    low, high = plan.table.loc[0, ["low", "high"]]
    # log scale: sqrt((1 / 3) / 6 + 0.5 / 3) = 0.471; 27 / exp(1.96 x 0.471) = 10.7
    assert low == pytest.approx(27 / np.exp(1.959964 * np.sqrt(1 / 18 + 0.5 / 3)), rel=1e-4)
    assert high == pytest.approx(27 * np.exp(1.959964 * np.sqrt(1 / 18 + 0.5 / 3)), rel=1e-4)


def test_time_to_won_is_a_convolution() -> None:
    lags = stage_lags(small())
    curve = lags.to_won("a")
    assert curve[30] == pytest.approx(1 / 3)  # 10 days in a, 20 in b
    assert curve.sum() == pytest.approx(1 / 3)
    # after 11 days in a nobody ever went on: no chance left
    assert lags.to_won("a", age=11).sum() == 0
    assert lags.to_won("b", age=5)[15] == pytest.approx(0.5)
    dates = lead_dates("2026-12-31", small()).table
    assert dates["median_days"].tolist() == [30, 20]


def test_both_languages() -> None:
    plan = reverse_funnel(900, p=small())
    with speaking("zh"):
        assert "单均" in plan.summary()
        assert "取整" in plan.definition
        assert "还需新增" in repr(plan)
