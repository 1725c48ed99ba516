"""Win rates, time, velocity, cohorts, curves and periods worked by hand."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.measures import (
    cohorts,
    conversion_curve,
    conversion_window,
    in_out,
    sales_cycle,
    snapshot,
    time_in_stage,
    time_to_reach,
    velocity,
    velocity_equation,
    win_rate,
)
from funnelkit.process import Process
from funnelkit.words import speaking

AB = Process.from_stages({"a": "A", "b": "B"})


def day(*days: float | None) -> list[pd.Timestamp]:
    start = pd.Timestamp("2026-01-01")
    return [pd.NaT if d is None else start + pd.Timedelta(days=d) for d in days]


def closed(outcomes: list[str], amounts: list[float] | None = None, **more: object) -> Pipeline:
    n = len(outcomes)
    frame = pd.DataFrame(
        {
            "deal_id": [f"d{k}" for k in range(n)], "outcome": outcomes,
            "created_at": day(*[0] * n),
            "closed_at": day(*[None if o == "open" else 10 for o in outcomes]),
        }
    ).assign(**more)  # fmt: skip
    if amounts is not None:
        frame["amount"] = amounts
    return from_frames(frame, process=AB, as_of="2026-12-31")


# --- win rates ---------------------------------------------------------------------------


def test_closed_and_created_are_different_numbers() -> None:
    p = closed(["won"] * 20 + ["lost"] * 60 + ["open"] * 120)
    rate = win_rate(p)
    assert rate.table.loc[0, ["won", "of", "rate", "still_open"]].tolist() == [20, 80, 0.25, 120]
    assert dict(rate.scope.left_out) == {"still_open": 120}
    share = win_rate(p, of="created").table
    assert share.loc[0, ["won", "of", "rate"]].tolist() == [20, 200, 0.10]
    assert rate.title != win_rate(p, of="created").title
    assert rate.table["low"].item() < 0.25 < rate.table["high"].item()


def test_no_decision_is_a_close_that_was_not_won() -> None:
    table = win_rate(closed(["won"] * 2 + ["lost"] * 3 + ["no_decision"] * 5)).table
    assert table.loc[0, ["won", "of", "rate", "no_decision"]].tolist() == [2, 10, 0.2, 5]


def test_value_and_count_disagree() -> None:
    p = closed(["lost", "won", "won", "won"], [500.0, 10.0, 10.0, 10.0])
    assert win_rate(p).table["rate"].item() == 0.75
    value = win_rate(p, of="value").table
    assert value.loc[0, ["won", "of"]].tolist() == [30.0, 530.0]
    assert round(value["rate"].item(), 2) == 0.06
    assert 0 < value["low"].item() < value["rate"].item() < value["high"].item() < 1


def test_deals_without_amount_are_left_out_of_the_value_rate() -> None:
    p = closed(["lost", "won", "won", "open"], [100.0, 100.0, None, None])
    result = win_rate(p, of="value")
    assert result.table["rate"].item() == 0.5
    assert dict(result.scope.left_out) == {"no_amount": 1, "still_open": 1}


def test_win_rate_by_group_with_an_empty_part() -> None:
    p = closed(["won", "lost", "open", "won"], region=["E", "E", "W", None])
    table = win_rate(p, by="region").table.set_index("region")
    assert table.loc["E", "rate"] == 0.5
    assert table.loc["(none)", "rate"] == 1.0
    assert pd.isna(table.loc["W", "rate"])
    assert pd.isna(table.loc["W", "low"])
    assert win_rate(p.where(region="W")).summary() == "There are no deals to say anything about."


def test_period_of_the_close_and_of_the_creation() -> None:
    p = closed(["won", "lost", "open"])  # created 1 January, closed 11 January
    assert win_rate(p, since="2026-01-11", until="2026-01-12").table["of"].item() == 2
    late = win_rate(p, since="2026-01-12")
    assert late.table["of"].item() == 0
    assert dict(late.scope.left_out) == {"outside_period": 2}
    assert win_rate(p, of="created", until="2026-01-02").table["of"].item() == 3
    assert win_rate(p, of="created", until="2026-01-01").table["of"].item() == 0


def test_mixed_currencies_refuse_in_both_languages() -> None:
    p = closed(["won", "lost"], [1.0, 1.0], currency=["CNY", "USD"])
    for measure in (lambda: win_rate(p, of="value"), lambda: velocity(p), lambda: snapshot(p)):
        with pytest.raises(FunnelkitError, match=r"cannot be added up|stage"):
            measure()
    with pytest.raises(FunnelkitError) as caught:
        win_rate(p, of="value")
    assert str(caught.value).startswith("The amounts are in CNY")
    with speaking("zh"):
        assert "不能直接相加" in str(caught.value)
    by_currency = win_rate(p, by="currency", of="value").table
    assert by_currency["rate"].tolist() == [1.0, 0.0]
    assert win_rate(p.where(currency="USD"), of="value").table["of"].item() == 1.0


# --- time --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def slow_losses() -> Pipeline:
    """80 deals die after 100 days in a stage, 20 win after 20 days."""
    rows, deals = [], []
    for k in range(100):
        won = k < 20
        rows.append((f"d{k}", "a", *day(0)))
        deals.append((f"d{k}", "won" if won else "lost", *day(0, 20 if won else 100)))
    return from_frames(
        pd.DataFrame(deals, columns=["deal_id", "outcome", "created_at", "closed_at"]),
        pd.DataFrame(rows, columns=["deal_id", "stage", "entered_at"]),
        process=AB,
    )


def test_stage_mean_is_not_the_cycle_of_won_deals(slow_losses: Pipeline) -> None:
    table = sales_cycle(slow_losses).table.set_index("outcome")
    assert table.loc["closed", "mean_days"] == 84  # the mean stay: all spend it in one stage
    assert table.loc["won", "mean_days"] == 20
    assert table.loc["won", "median_days"] == 20
    assert table.loc["lost", "mean_days"] == 100
    assert table.index.tolist() == ["won", "lost", "closed"]
    stage = time_in_stage(slow_losses).table.set_index("stage")
    assert stage.loc["a", ["entered", "left", "still_there", "median_days"]].tolist() == [
        100, 100, 0, 100,
    ]  # fmt: skip
    assert stage.loc["b", "entered"] == 0
    assert pd.isna(stage.loc["b", "median_days"])
    assert sales_cycle(slow_losses).summary() == (
        "The 20 won deals took a median of 20.0 days, the 80 lost deals 100.0 days."
    )


def visits(*rows: tuple[str, str, float], **options: object) -> Pipeline:
    frame = pd.DataFrame(rows, columns=["deal_id", "stage", "at"])
    frame["entered_at"] = day(*frame.pop("at"))
    return from_frames(stage_history=frame, process=AB, **options)  # type: ignore[arg-type]


def test_running_stays_are_censored_at_the_date() -> None:
    # stays of 2, 4, 6 days and two running since day 0: with 5 at risk, survival is
    # 4/5, 3/5, 2/5: the median is day 6, and nine in ten never left
    p = visits(
        ("v", "a", 0), ("v", "b", 2), ("w", "a", 0), ("w", "b", 4), ("x", "a", 0), ("x", "b", 6),
        ("y", "a", 0), ("z", "a", 0), as_of="2026-01-20",
    )  # fmt: skip
    row = time_in_stage(p).table.iloc[0]
    assert row[["entered", "left", "still_there", "median_days"]].tolist() == [5, 3, 2, 6]
    assert pd.isna(row["p90_days"])


def test_a_day_is_cut_down_from_exact_time() -> None:
    almost = 1 - 1e-6 / 86_400  # one microsecond short of a day
    p = visits(("x", "a", 0.5), ("x", "b", 0.5 + almost), as_of="2026-02-01")
    assert time_in_stage(p).table["median_days"].iloc[0] == 0
    whole = visits(("x", "a", 0.25), ("x", "b", 1.25), as_of="2026-02-01")
    assert time_in_stage(whole).table["median_days"].iloc[0] == 1


def test_first_last_and_cumulative_stays() -> None:
    p = visits(
        ("x", "a", 0), ("x", "b", 3), ("x", "a", 10), ("x", "b", 15), ("x", "won", 16),
    )  # fmt: skip
    medians = {v: time_in_stage(p, visit=v).table["median_days"].tolist()
               for v in ("first", "last", "cumulative")}  # fmt: skip
    assert medians == {"first": [3, 7], "last": [5, 1], "cumulative": [8, 8]}


def test_undated_and_backward_stays_are_counted_out() -> None:
    deals = pd.DataFrame(
        {"deal_id": ["x", "y", "z"], "outcome": ["lost", "won", "won"],
         "created_at": day(0, 0, 0), "closed_at": day(None, 5, 20)}
    )  # fmt: skip
    history = pd.DataFrame(
        {"deal_id": ["x", "y", "z"], "stage": ["a"] * 3, "entered_at": day(0, 8, 0)}
    )
    p = from_frames(deals, history, process=AB)
    result = time_in_stage(p)
    assert result.table["entered"].tolist() == [1, 0]
    assert dict(result.scope.left_out) == {"close_undated": 1, "ends_before_start": 1}
    cycle = sales_cycle(p)
    assert dict(cycle.scope.left_out) == {"undated": 1}
    assert cycle.table["deals"].tolist() == [2, 2]


def test_time_in_every_stage_of_every_group() -> None:
    p = visits(("x", "a", 0), ("x", "b", 3), ("y", "b", 1), as_of="2026-02-01")
    table = time_in_stage(p, by=["outcome", "owner"]).table
    assert table["stage"].tolist() == ["a", "b"]
    assert table["owner"].tolist() == ["(none)"] * 2


def test_time_to_reach_each_stage() -> None:
    p = visits(("x", "a", 0), ("x", "b", 2.5), ("y", "a", 0), ("y", "b", 3), ("y", "won", 5))
    table = time_to_reach(p).table
    assert table["stage"].tolist() == ["a", "b", "won"]
    assert table["deals"].tolist() == [2, 2, 1]
    assert table["median_days"].tolist() == [0, 2.75, 5]


# --- velocity ----------------------------------------------------------------------------


def test_velocity_is_32_000_a_day() -> None:
    assert velocity_equation(120, 0.25, 80_000, 75) == 32_000
    base = velocity_equation(120, 0.25, 80_000, 75)
    assert velocity_equation(120, 0.25, 80_000, 75 * 0.9) / base - 1 == pytest.approx(0.1111, 1e-3)
    assert velocity_equation(132, 0.275, 88_000, 67.5) / base - 1 == pytest.approx(0.4789, 1e-3)
    n = 120 + 25 + 75
    outcome = ["open"] * 120 + ["won"] * 25 + ["lost"] * 75
    frame = pd.DataFrame(
        {
            "deal_id": range(n), "outcome": outcome, "amount": [80_000.0] * n,
            "created_at": day(*[0] * n),
            "closed_at": day(*[None] * 120, *[75] * 25, *[10] * 75),
        }
    )  # fmt: skip
    frame["deal_id"] = frame["deal_id"].astype(str)
    row = velocity(from_frames(frame, process=AB)).table.iloc[0]
    assert row[["open_deals", "win_rate", "mean_won_amount", "mean_cycle_days"]].tolist() == [
        120, 0.25, 80_000, 75,
    ]  # fmt: skip
    assert row["amount_per_day"] == 32_000
    # only the rate is uncertain here: exp(1.96 sqrt(0.75 / 25)) = 1.404
    assert row["high"] == pytest.approx(32_000 * 1.4042, rel=1e-3)
    assert row["low"] == pytest.approx(32_000 / 1.4042, rel=1e-3)


# --- cohorts, curves, windows ------------------------------------------------------------


def test_cohorts_count_only_wins_and_know_their_maturity() -> None:
    frame = pd.DataFrame(
        {
            "deal_id": list("pqrs"), "outcome": ["won", "won", "lost", "open"],
            "created_at": pd.to_datetime(["2026-01-10", "2026-01-31", "2026-01-05", "2026-01-02"]),
            "closed_at": pd.to_datetime(["2026-01-20", "2026-03-15", "2026-01-06", None]),
        }
    )  # fmt: skip
    p = from_frames(frame, process=AB, as_of="2026-04-15")
    table = cohorts(p).table
    assert table["age"].tolist() == [1, 2, 3, 4]
    assert table["deals"].tolist() == [4] * 4
    assert table["won"].tolist() == [1, 2, 2, 2]  # q took 43 days: in the second step
    # the youngest may be of 31 January: 15 April is 74 days later, two steps of 30.4
    assert table["mature"].tolist() == [True, True, False, False]
    assert cohorts(p, by="outcome").table.query("outcome == 'lost'")["won"].tolist() == [0] * 4
    assert cohorts(p, every="year").table["cohort"].tolist() == ["2026"]


def test_cohorts_leave_out_what_has_no_date() -> None:
    frame = pd.DataFrame(
        {"deal_id": list("pqr"), "outcome": ["won", "won", "open"],
         "created_at": day(0, None, 3), "closed_at": day(None, 3, None)}
    )  # fmt: skip
    result = cohorts(from_frames(frame, process=AB, as_of="2026-01-31"))
    assert dict(result.scope.left_out) == {"no_creation": 1, "undated": 1}
    assert result.table["deals"].tolist() == [1, 1]  # the oldest may be 31 days old
    assert result.table["mature"].tolist() == [False, False]


@pytest.fixture(scope="module")
def five() -> Pipeline:
    # won on day 2, lost on day 2, won on day 5, open since 3 days, open since 10 days
    frame = pd.DataFrame(
        {
            "deal_id": list("pqrst"), "outcome": ["won", "lost", "won", "open", "open"],
            "created_at": day(0, 0, 0, 7, 0), "closed_at": day(2, 2, 5, None, None),
        }
    )  # fmt: skip
    return from_frames(frame, process=AB, as_of=dt.datetime(2026, 1, 11))


def test_lost_competes_with_won(five: Pipeline) -> None:
    table = conversion_curve(five).table.set_index("day")
    # day 2: 1/5 each; then 3/5 open; one censored on day 3; day 5: one of two: 3/5 x 1/2
    assert table.loc[2, ["won", "lost", "open"]].round(10).tolist() == [0.2, 0.2, 0.6]
    assert table.loc[5, ["won", "lost", "open"]].round(10).tolist() == [0.5, 0.2, 0.3]
    assert table.index.tolist() == list(range(11))
    assert (table["no_decision"] == 0).all()


def test_conversion_window_counts_only_what_was_followed(five: Pipeline) -> None:
    five_days = conversion_window(five, 5)
    assert five_days.table.loc[0, ["came", "of", "rate"]].tolist() == [2, 4, 0.5]
    assert dict(five_days.scope.left_out) == {"too_young": 1}
    assert conversion_window(five, 4).table["came"].item() == 1
    with pytest.raises(FunnelkitError, match='"on" is not a stage'):
        conversion_window(five, 4, to="on")


def test_curve_to_a_stage_and_from_a_stage() -> None:
    p = visits(
        ("x", "a", 0), ("x", "b", 2), ("x", "lost", 9), ("y", "a", 0), ("y", "won", 3),
        ("z", "b", 1), as_of="2026-01-05T00:00:00",
    )  # fmt: skip
    table = conversion_curve(p, to="b").table.set_index("day")
    assert table.loc[3, "won"] == 1.0  # z at once, x after 2 days, y won past the stage
    assert table.loc[0, "won"] == pytest.approx(1 / 3)
    window = conversion_window(p, 2, to="b", start="a")
    assert window.table[["came", "of"]].to_numpy().tolist() == [[1, 2]]
    assert dict(window.scope.left_out) == {"never_started": 1}
    with speaking("zh"):
        assert "从“A”起 2 天内到达“B”" in window.summary()


# --- periods -----------------------------------------------------------------------------


def test_in_and_out_with_stays_at_the_limits() -> None:
    # period of days 10 to 20; what ends on day 10 is in it, what ends on day 20 is not
    p = visits(
        ("before", "a", 0), ("before", "lost", 9),
        ("until_start", "a", 0), ("until_start", "b", 10),
        ("within", "a", 12), ("within", "lost", 12),
        ("short", "a", 11), ("short", "won", 19),
        ("to_end", "a", 15), ("to_end", "b", 20),
        ("at_end", "a", 20),
        ("throughout", "a", 1),
    )  # fmt: skip
    table = in_out(p, "2026-01-11", "2026-01-21").table.set_index("stage")
    columns = ["at_start", "inflow", "outflow", "lost", "at_end"]
    assert table.loc["a", columns].tolist() == [2, 3, 2, 1, 2]
    assert table.loc["b", columns].tolist() == [0, 1, 0, 0, 1]
    assert table.loc["a", "out_in_ratio"] == pytest.approx(2 / 3)
    assert pd.isna(table.loc["b", "out_in_ratio"]) is False
    grouped = in_out(p, "2026-01-11", "2026-01-21", by="outcome").table
    assert grouped["stage"].tolist() == ["a", "b"] * 3


def test_snapshot_as_known_then() -> None:
    p = visits(("x", "a", 0), ("x", "b", 5), ("y", "a", 3), ("y", "lost", 9), ("z", "a", 30))
    now = snapshot(p).table
    assert now["deals"].tolist() == [1, 1]
    then = snapshot(p, "2026-01-05")
    assert then.table["deals"].tolist() == [2, 0]
    assert then.scope.used == 2
    with pytest.raises(FunnelkitError, match="needs a stage history"):
        snapshot(closed(["open"], [1.0]), "2026-01-05")


def test_every_measure_prints_in_both_languages(five: Pipeline, slow_losses: Pipeline) -> None:
    results = [
        win_rate(five), sales_cycle(five), cohorts(five), conversion_curve(five),
        conversion_window(five, 5), time_in_stage(slow_losses), time_to_reach(slow_losses),
        in_out(slow_losses, "2026-01-01", "2026-03-01"), snapshot(slow_losses),
        win_rate(five, by="region"), sales_cycle(five, by="region"),
        conversion_curve(five, by="region"), conversion_window(five, 5, by="region"),
    ]  # fmt: skip
    for result in results:
        for language in ("en", "zh"):
            with speaking(language):
                text = "\n".join([repr(result), result._repr_html_(), result.summary()])
                assert "measures." not in text, (result.name, text)
                assert "nan" not in text.replace("finance", ""), (result.name, text)
