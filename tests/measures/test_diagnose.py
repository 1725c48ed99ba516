"""Diagnosis: counts by hand, tests against scipy, one family, no cry of wolf."""

from __future__ import annotations

from itertools import product
from math import comb

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.measures.diagnose import diagnose
from funnelkit.measures.diagnosis import judging as ask
from funnelkit.measures.diagnosis.cells import OFF, ON, OPEN, Cells
from funnelkit.measures.diagnosis.rows import renewal_of
from funnelkit.process import Process
from funnelkit.stats.exact_tests import adjust_family, binomial_null, conditional_null
from funnelkit.stats.multiplicity import holm
from funnelkit.stats.scores import peto_scores
from funnelkit.words import speaking

AB = Process.from_stages({"a": "A", "b": "B"})
START = pd.Timestamp("2025-01-10")


def pipeline(rows: list[dict[str, object]], as_of: str = "2025-06-30") -> Pipeline:
    """Deals that come to A on ``came``, to B after ``on`` days, and close after ``end`` days."""
    deals, log = [], []
    for i, r in enumerate(rows):
        came = pd.Timestamp(str(r.get("came", START)))
        log.append((f"d{i}", "a", came))
        if r.get("on") is not None:
            log.append((f"d{i}", "b", came + pd.Timedelta(days=float(str(r["on"])))))
        end = r.get("end")
        deals.append(
            {
                "deal_id": f"d{i}", "region": r.get("region", "East"),
                "created_at": came, "outcome": r.get("outcome", "open"),
                "closed_at": pd.NaT if end is None else came + pd.Timedelta(days=float(str(end))),
                "amount": r.get("amount", 100.0),
            }
        )  # fmt: skip
    history = pd.DataFrame(log, columns=["deal_id", "stage", "entered_at"])
    history["entered_at"] = history["entered_at"].dt.floor("s")
    return from_frames(pd.DataFrame(deals), history, process=AB, as_of=as_of)


def group(region: str, on: int, off: int, **more: object) -> list[dict[str, object]]:
    went = {"region": region, "on": 5, "outcome": "won", "end": 8, **more}
    stayed = {"region": region, "outcome": "lost", "end": 5, **more}
    return [dict(went) for _ in range(on)] + [dict(stayed) for _ in range(off)]


# --- the tests against scipy and by enumeration -------------------------------------------


def test_one_stratum_is_fisher() -> None:
    wanted = stats.fisher_exact([[1, 7], [9, 3]], alternative="less").pvalue
    assert conditional_null([10], [20], [8]).p(1) == pytest.approx(wanted, rel=1e-12)


def test_strata_are_every_way_to_draw_the_group() -> None:
    (k1, n1, m1), (k2, n2, m2) = (3, 7, 3), (2, 5, 2)
    ways = {
        x + y: 0.0 for x, y in product(range(m1 + 1), range(m2 + 1))
    }  # fmt: skip
    for x, y in product(range(m1 + 1), range(m2 + 1)):
        chance = comb(k1, x) * comb(n1 - k1, m1 - x) * comb(k2, y) * comb(n2 - k2, m2 - y)
        ways[x + y] += chance / (comb(n1, m1) * comb(n2, m2))
    null = conditional_null([k1, k2], [n1, n2], [m1, m2])
    for seen in range(5):
        wanted = sum(v for s, v in ways.items() if s <= seen)
        assert null.p(seen) == pytest.approx(wanted, abs=1e-12)


def test_binomial_tail() -> None:
    wanted = stats.binomtest(3, 20, 0.4, alternative="less").pvalue
    assert binomial_null(20, 0.4).p(3) == pytest.approx(wanted, rel=1e-12)


def test_equal_reach_is_holm_and_a_mute_test_costs_nothing() -> None:
    p = [0.004, 0.03, 0.02, 0.5]
    family = adjust_family(range(4), p, [3] * 4, [1] * 4, [None] * 4)
    assert family.adjusted == pytest.approx(holm(p).adjusted)
    # 2 of 4 against 6 of 8: the lowest p that 4 deals can give is above any of these
    mute = conditional_null([8], [12], [4])
    with_mute = adjust_family(range(5), [*p, mute.p(2)], [3] * 5, [1] * 5, [None] * 4 + [mute])
    lowest = comb(4, 4) / comb(12, 4)
    assert mute.p(0) == pytest.approx(lowest)
    assert with_mute.adjusted[:1] == pytest.approx(family.adjusted[:1] + lowest * (lowest <= 0.004))


def test_scores_without_censoring_are_ranks() -> None:
    days = np.array([1.0, 2, 3, 4, 5, 6, 7, 8])
    scores = peto_scores(days, np.ones(8, bool), np.ones(8))
    ranks = stats.rankdata(days)
    assert np.allclose(scores, (9 - 2 * ranks) / 8)


def test_time_is_wilcoxons_test() -> None:
    slow, quick = [12, 15, 18, 21, 24, 30, 33, 36], [3, 5, 7, 8, 9, 10, 11, 13, 14]
    rows = [{"region": "East", "on": d, "outcome": "won", "end": d + 1} for d in slow]
    rows += [{"region": "West", "on": d, "outcome": "won", "end": d + 1} for d in quick]
    table = diagnose(pipeline(rows), "region").table
    row = table[(table["kind"] == "time_in_stage") & (table["stage"] == "a")]
    row = row[row["group"] == "East"].iloc[0]
    wanted = stats.mannwhitneyu(
        slow, quick, alternative="greater", method="asymptotic", use_continuity=False
    ).pvalue
    assert row["p_value"] == pytest.approx(wanted, rel=1e-9)
    assert (row["observed"], row["expected"], row["n"]) == (21, 9, 8)


# --- counts by hand -----------------------------------------------------------------------


def test_counts_expectation_and_money() -> None:
    p = pipeline(group("East", 1, 7) + group("West", 9, 3))
    result = diagnose(p, "region")
    row = result.table.query("group == 'East' and kind == 'step_rate'").iloc[0]
    assert (row["n"], row["observed"], row["expected"]) == (8, 0.125, 0.75)
    assert row["p_value"] == pytest.approx(0.009883, abs=1e-6)
    # 8 x (0.75 - 0.125) = 5 deals missing, 100 each, and every deal that came to B was won
    assert row["amount_at_stake"] == pytest.approx(500.0)
    west = result.table.query("group == 'West' and kind == 'step_rate'").iloc[0]
    assert west["amount_at_stake"] == 0


def test_deals_still_in_their_window_are_no_failures() -> None:
    grown = group("East", 6, 6) + group("West", 6, 6)
    young = [{"region": "East", "came": "2025-06-29"} for _ in range(30)]
    table = diagnose(pipeline(grown + young), "region").table
    row = table.query("group == 'East' and kind == 'step_rate'").iloc[0]
    assert (row["n"], row["observed"]) == (12, 0.5)
    assert dict(diagnose(pipeline(grown + young), "region").scope.left_out)["diagnose.young"] == 30


def test_a_skipped_stage_counts_as_passed() -> None:
    rows = group("East", 6, 6) + group("West", 6, 6)
    skipped = {"region": "East", "outcome": "won", "end": 5}  # never in B, and won
    table = diagnose(pipeline([*rows, skipped]), "region").table
    row = table.query("group == 'East' and kind == 'step_rate'").iloc[0]
    assert (row["n"], row["observed"]) == (13, 7 / 13)


def test_clear_case_is_act_first_by_money_and_tells_when() -> None:
    rows = []
    for month in range(1, 13):
        day = f"2025-{month:02d}-05"
        rows += group("East", 2 if month > 6 else 8, 8 if month > 6 else 2, came=day)
        rows += group("West", 8, 2, came=day) + group("North", 8, 2, came=day)
    result = diagnose(pipeline(rows, as_of="2025-12-31"), "region")
    first = result.table.iloc[0]
    assert (first["group"], first["kind"], first["verdict"]) == ("East", "step_rate", "act")
    # the stretch of six months that is looked at begins where the drop does
    assert first["since"] == pd.Timestamp("2025-07-01")
    assert (first["observed"], first["expected"], first["n"]) == (0.2, 0.8, 60)
    assert pd.Timestamp("2025-07-31") < first["visible_since"] <= pd.Timestamp("2025-11-30")
    then = diagnose(pipeline(rows, as_of="2025-12-31").at(first["visible_since"].date()), "region")
    assert then.act["group"].tolist() == ["East"]
    assert "East" in result.summary()
    assert result.plot().data is not None
    with speaking("zh"):
        assert "处理" in repr(result)
        assert "不是正常波动" in result.summary()


def test_against_past_and_target() -> None:
    rows = []
    for month in range(1, 13):
        on = 8 if month <= 6 else 3
        rows += group("East", on, 10 - on, came=f"2025-{month:02d}-05")
        rows += group("West", 8, 2, came=f"2025-{month:02d}-05")
    past = diagnose(pipeline(rows, as_of="2025-12-31"), "region", against="past").table
    row = past.query("group == 'East' and kind == 'step_rate'").iloc[0]
    assert (row["verdict"], row["since"]) == ("act", pd.Timestamp("2025-07-01"))
    assert (row["observed"], row["expected"]) == (0.3, 0.8)
    assert past.query("group == 'West'")["verdict"].ne("act").all()
    assert past["column"].isna().any()  # all deals together are judged too
    with pytest.raises(FunnelkitError, match="target"):
        diagnose(pipeline(rows), "region", against="target")


def test_target_is_the_exact_binomial() -> None:
    sheet = Process.from_stages({"a": "A", "b": "B"}).model_dump()
    sheet["stages"][0]["target"] = {"step_rate": 0.6}
    p = pipeline(group("East", 4, 16))
    p = from_frames(
        p.frame(), p.stage_history.to_pandas(), process=Process.model_validate(sheet),  # type: ignore[union-attr]
        as_of="2025-06-30",
    )  # fmt: skip
    row = diagnose(p, "region", against="target").table.query("group == 'East'").iloc[0]
    # nine tenths of the sheet's 60 % within the window
    assert row["expected"] == pytest.approx(0.54)
    assert row["p_value"] == pytest.approx(stats.binom.cdf(4, 20, 0.54), rel=1e-6)


def test_rows_of_a_signature_join_the_family() -> None:
    p = pipeline(group("East", 6, 6) + group("West", 6, 6))
    alone = diagnose(p, "region")
    extra = pd.DataFrame(
        [
            {
                "signature": "happy_ears", "column": "region", "group": "East", "stage": "b",
                "since": pd.NaT, "observed": 0.2, "expected": 0.5, "n": 40, "low": 0.1,
                "high": 0.3, "p_value": 1e-6, "amount_at_stake": 10.0,
            },
            {
                "signature": "happy_ears", "column": "region", "group": "West", "stage": "b",
                "since": pd.NaT, "observed": 0.5, "expected": 0.5, "n": 4, "low": 0.1,
                "high": 0.9, "p_value": np.nan, "amount_at_stake": 0.0,
            },
        ]
    )  # fmt: skip
    both = diagnose(p, "region", signatures=extra)
    assert both.family["comparisons"] == alone.family["comparisons"] + 1
    verdicts = both.table[both.table["kind"] == "happy_ears"].set_index("group")["verdict"]
    assert verdicts.to_dict() == {"East": "act", "West": "too_little_data"}


# --- refusals -----------------------------------------------------------------------------


def test_refusals_give_a_reason() -> None:
    p = pipeline(group("East", 3, 3))
    with pytest.raises(FunnelkitError, match="rest"):
        diagnose(p, "region", against="rset")
    with pytest.raises(FunnelkitError):
        diagnose(p, "regoin")
    with pytest.raises(FunnelkitError):
        diagnose(p, "region", alpha=0)
    with pytest.raises(FunnelkitError, match="history"):
        diagnose(from_frames(p.frame(), as_of="2025-06-30"), "region")
    nameless = from_frames(
        p.frame()[["deal_id", "outcome", "created_at", "closed_at"]],
        p.stage_history.to_pandas(), process=AB, as_of="2025-06-30",  # type: ignore[union-attr]
    )  # fmt: skip
    with pytest.raises(FunnelkitError, match="owner"):
        diagnose(nameless)


# --- no cry of wolf -----------------------------------------------------------------------


def faultless(seed: int) -> float:
    """Return the smallest adjusted p of 3,000 deals of 12 sellers over 24 months, all alike."""
    rng = np.random.default_rng(seed)
    n = 3000
    went = rng.random(n) < 0.5
    day = np.ceil(rng.lognormal(2.5, 0.7, n)).astype(int)
    month = rng.integers(24300, 24324, n)
    left = (24324 - month) * 30 - 15  # days until the end
    table = pd.DataFrame(
        {
            "column": "owner", "group": rng.integers(12, size=n).astype(str), "stage": 0,
            "month": month, "day": np.minimum(day, left),
            "exit": np.where(day > left, OPEN, np.where(went, ON, OFF)), "old": left >= 40,
            "stayed": True, "n": 1,
        }
    )  # fmt: skip
    arrays = ask.known(Cells(table, {0: 40}, 0, 0, 0, 0), "owner", False)
    assert arrays is not None
    tests = list(ask.tests_against_rest(arrays, None))
    keys = list(dict.fromkeys(t.key for t in tests))
    family = adjust_family(
        [keys.index(t.key) for t in tests], [t.p for t in tests], [t.reach for t in tests],
        [t.share for t in tests], [t.null for t in tests],
    )  # fmt: skip
    return float(family.adjusted.min())


def test_faultless_pipelines_are_left_alone() -> None:
    rang = sum(faultless(seed) <= 0.05 for seed in range(60))
    # at 5 % each, nine or more of 60 have a chance below 1 in 300
    assert rang <= 8


# --- sellers who differ -------------------------------------------------------------------


def team_cells(seed: int, spread: float, drop: float = 1.0) -> Cells:
    """3,000 deals of 12 sellers in 4 regions, whose log odds differ; East's rate may fall."""
    rng = np.random.default_rng(seed)
    n = 3000
    seller = rng.integers(12, size=n)
    month = rng.integers(24300, 24324, n)
    rate = special.expit(0.3 + rng.normal(0, spread, 12)[seller])
    rate = np.where((seller % 4 == 1) & (month >= 24318), rate * drop, rate)
    went = rng.random(n) < rate
    day = np.ceil(rng.lognormal(2.5, 0.7, n)).astype(int)
    left = (24324 - month) * 30 - 15
    table = pd.DataFrame(
        {
            "seller": seller.astype(str), "stage": 0, "month": month,
            "day": np.minimum(day, left),
            "exit": np.where(day > left, OPEN, np.where(went, ON, OFF)), "old": left >= 40,
            "stayed": True, "n": 1,
        }
    )  # fmt: skip
    both = [
        table.assign(column="owner", group=table["seller"]),
        table.assign(column="region", group=(seller % 4).astype(str)),
    ]
    return Cells(pd.concat(both, ignore_index=True), {0: 40}, 0, 0, 0, 0)


def called(cells: Cells, looks: int = 1) -> set[tuple[str, str, str]]:
    """Return the questions that say "act"."""
    tests = [t for c in ("owner", "region") for t in ask.tests_in_team(cells, c, None)]
    keys = list(dict.fromkeys(t.key for t in tests))
    family = adjust_family(
        [keys.index(t.key) for t in tests], [t.p for t in tests], [t.reach for t in tests],
        [t.share for t in tests], [t.null for t in tests], 0.05, [t.overlap for t in tests],
        looks, renewal_of(tests, 0, cells, looks),
    )  # fmt: skip
    low = [key for key, p in zip(keys, family.adjusted, strict=True) if p <= 0.05]
    return {(key.kind, key.column, key.group) for key in low}


def test_sellers_who_differ_as_sellers_do_are_no_alarm() -> None:
    rang = sum(bool(called(team_cells(seed, 0.4))) for seed in range(60))
    # at 5 % each, nine or more of 60 have a chance below 1 in 300
    assert rang <= 8


def test_a_region_that_falls_behind_its_own_past_is_found_among_sellers_who_differ() -> None:
    found = [called(team_cells(seed, 0.3, drop=0.5)) for seed in range(12)]
    assert sum(("rate", "region", "1") in f for f in found) >= 9
    weekly = [called(team_cells(seed, 0.3, drop=0.5), 52) for seed in range(12)]
    assert all(w <= f for w, f in zip(weekly, found, strict=True))


def test_how_often_it_is_asked_is_said_and_checked() -> None:
    p = pipeline(group("East", 6, 6) + group("West", 6, 6))
    assert diagnose(p, "region", looks="weekly").family["looks"] == 52
    assert "52" in diagnose(p, "region", looks="weekly").summary()
    assert diagnose(p, "region", looks=4).family["looks"] == 4
    for wrong in ("hourly", 0):
        with pytest.raises(FunnelkitError):
            diagnose(p, "region", looks=wrong)
