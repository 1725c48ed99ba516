"""Each signature on a few deals counted by hand, against scipy and statsmodels."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import Table2x2

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.measures.signatures import COLUMNS, SIGNATURES, signatures
from funnelkit.measures.signatures.lead_quality import steeper_p
from funnelkit.measures.signatures.mix_shift import mix_p
from funnelkit.words import speaking

DAY_0 = pd.Timestamp("2025-01-01")
STAGES = ["lead", "contact", "need", "proposal", "negotiation"]


class Made:
    """Deals written down one group at a time."""

    def __init__(self) -> None:
        self.deals: list[dict[str, Any]] = []
        self.stages: list[dict[str, Any]] = []
        self.fields: list[dict[str, Any]] = []

    def add(
        self, n: int, *, far: int = 4, outcome: str = "lost", day: float = 0, took: float = 50,
        first: int = 0, pushes: Iterable[float] = (), **attributes: Any,
    ) -> None:  # fmt: skip
        """Add n equal deals: through the stages first..far, one a tenth of the way each."""
        for _ in range(n):
            name = f"d{len(self.deals):05d}"
            at = DAY_0 + pd.Timedelta(days=day)
            end = at + pd.Timedelta(days=took)
            over = outcome != "open"
            self.deals.append(
                {"deal_id": name, "created_at": at, "outcome": outcome,
                 "closed_at": end if over else pd.NaT, **attributes}
            )  # fmt: skip
            step = pd.Timedelta(days=took / 10)
            for j, k in enumerate(range(first, far + 1)):
                self.stages.append(
                    {"deal_id": name, "stage": STAGES[k], "entered_at": at + j * step}
                )
            for j, when in enumerate(pushes):
                self.fields.append(
                    {"deal_id": name, "field": "expected_close", "old": f"2025-0{j + 1}-01",
                     "new": f"2025-0{j + 2}-01", "changed_at": DAY_0 + pd.Timedelta(days=when)}
                )  # fmt: skip

    def pipeline(self, as_of: str = "2026-12-31", **tables: pd.DataFrame) -> Pipeline:
        fields = pd.DataFrame(self.fields) if self.fields else None
        return from_frames(
            pd.DataFrame(self.deals), pd.DataFrame(self.stages), fields, as_of=as_of, tables=tables
        )


def joined(one: float, other: float, level: float = 0.05) -> float:
    """The chance that two uniform numbers are both below the level, and their product as small."""
    return one * other * (1 + math.log(level**2 / (one * other)))


def fisher(k: int, n: int, k2: int, n2: int, side: str) -> float:
    return float(stats.fisher_exact([[k, n - k], [k2, n2 - k2]], alternative=side).pvalue)


def only(made: Made, name: str, **tables: pd.DataFrame) -> pd.DataFrame:
    return SIGNATURES[name](made.pipeline(**tables))


def test_happy_ears_joins_the_two_signs() -> None:
    made = Made()
    made.add(5, owner="Ann", outcome="won")
    made.add(25, owner="Ann", far=4)
    made.add(6, owner="Ann", far=2)
    made.add(40, owner="Bob", outcome="won")
    made.add(30, owner="Bob", far=4)
    made.add(60, owner="Bob", far=3)
    table = only(made, "happy_ears").set_index("group")
    up, down = fisher(30, 36, 70, 130, "greater"), fisher(5, 30, 40, 70, "less")
    assert max(up, down) < 0.05
    assert table.loc["Ann", "p_value"] == pytest.approx(joined(up, down))
    assert table.loc["Ann", "observed"] == pytest.approx(5 / 30)
    assert table.loc["Ann", "expected"] == pytest.approx(40 / 70)
    assert (table.loc["Ann", "n"], table.loc["Ann", "stage"]) == (30, "negotiation")
    assert table.loc["Bob", "p_value"] > 0.9


def test_hard_accounts_are_no_happy_ears() -> None:
    made = Made()
    made.add(5, owner="Ann", outcome="won")
    made.add(25, owner="Ann", far=4)
    made.add(26, owner="Ann", far=2)
    made.add(40, owner="Bob", outcome="won")
    made.add(30, owner="Bob", far=4)
    made.add(60, owner="Bob", far=3)
    table = only(made, "happy_ears").set_index("group")
    assert table.loc["Ann", "p_value"] == pytest.approx(fisher(30, 56, 70, 130, "greater"))


def test_open_deals_are_no_losses() -> None:
    made = Made()
    made.add(10, owner="Ann", outcome="won")
    made.add(50, owner="Ann", outcome="open")
    made.add(20, owner="Bob", outcome="won")
    made.add(20, owner="Bob")
    table = only(made, "happy_ears").set_index("group")
    assert table.loc["Ann", "n"] == 10
    assert table.loc["Ann", "observed"] == 1


def test_zombies_are_old_pushed_and_without_a_step_of_the_buyer() -> None:
    made = Made()
    made.add(20, outcome="won", took=100, owner="Ann")  # P80 is 100 days: the limit is 150
    made.add(12, outcome="open", owner="Ann", pushes=(100, 200, 300))
    made.add(8, outcome="open", owner="Ann", pushes=(100, 200))
    made.add(10, outcome="open", owner="Bob", pushes=(100, 200, 300))  # tenders: see below
    made.add(10, outcome="open", owner="Bob", day=700, pushes=(701, 702, 703))  # too young
    tenders = [d["deal_id"] for d in made.deals[40:50]]
    acts = pd.DataFrame({"deal_id": tenders, "at": pd.Timestamp("2026-12-01"), "kind": "meeting",
                         "by_buyer": True})  # fmt: skip
    table = only(made, "zombies", activities=acts)
    whole = table[table["group"].isna()].iloc[0]
    assert (whole["n"], whole["observed"]) == (40, 12 / 40)
    assert whole["p_value"] == pytest.approx(stats.binom.sf(11, 40, 0.10))
    ann = table[table["group"] == "Ann"].iloc[0]
    # the clearer of two sellers
    assert ann["p_value"] == pytest.approx(2 * fisher(12, 20, 0, 20, "greater"))


def test_single_contact_is_compared_within_sizes() -> None:
    # small deals have one contact and are lost more often; within a size nothing differs
    made = Made()
    for amount, one, more, rate in ((10.0, 40, 10, 0.2), (1000.0, 10, 40, 0.7)):
        for contacts, n in ((1, one), (3, more)):
            made.add(round(n * rate), outcome="won", amount=amount, n_contacts=contacts)
            made.add(n - round(n * rate), amount=amount, n_contacts=contacts)
    row = only(made, "single_contact").iloc[0]
    assert fisher(15, 50, 30, 50, "less") < 0.01  # what the plain comparison would say
    assert row["p_value"] > 0.5
    assert row["observed"] == pytest.approx(15 / 50)
    assert row["expected"] == pytest.approx((40 * 0.2 + 10 * 0.7) / 50)


def test_late_discount_hold_against_other_days_and_other_approvers() -> None:
    made, rng = Made(), np.random.default_rng(1)
    late, early = 85.0, 40.0  # 27 March and 10 February, 50 days after creation
    given: dict[tuple[str, bool], np.ndarray] = {}
    for who, high in (("Ann", 0.19), ("Bob", 0.08), ("Code S", 0.2)):
        for day, n in ((late, 12), (early, 20)):
            usual = high if (day == late or who == "Code S") else 0.08
            given[who, day == late] = np.round(usual + 0.02 * rng.standard_normal(n), 4)
            for d in given[who, day == late]:
                made.add(1, outcome="won", day=day - 50, discount_pct=d, discount_approved_by=who)
    table = only(made, "late_discount").set_index("group")
    others = np.concatenate([given["Bob", True], given["Code S", True]])
    signs = [
        stats.permutation_test(
            (given["Ann", True], x), lambda a, b: a.mean() - b.mean(), alternative="greater",
            n_resamples=9999, rng=1,
        ).pvalue
        for x in (given["Ann", False], others)
    ]  # fmt: skip
    # others' deals are no dearer here: the weaker sign is what counts, or nothing is
    assert signs[0] < 0.001
    assert (signs[1] > 0.05) == (table.loc["Ann", "p_value"] > 0.05)
    assert table.loc["Ann", "observed"] == pytest.approx(given["Ann", True].mean())
    assert table.loc["Ann", "expected"] == pytest.approx(given["Ann", False].mean())
    assert table.loc["Code S", "p_value"] > 0.05  # the same discount all quarter long


def test_hockey_stick_leaves_the_year_end_out() -> None:
    made = Made()
    made.add(30, outcome="won", day=85 - 50)  # 27 March
    made.add(20, outcome="won", day=50 - 50)  # 20 February
    made.add(2, outcome="won", day=100 - 50)  # 11 April
    made.add(40, outcome="won", day=360 - 50)  # 27 December: public budgets
    row = only(made, "hockey_stick").iloc[0]
    assert (row["n"], row["observed"]) == (52, 30 / 52)
    assert row["p_value"] == pytest.approx(stats.binom.sf(29, 52, 0.2))


def test_sandbagging_leaves_renewals_out() -> None:
    made = Made()
    made.add(9, outcome="won", owner="Ann", type="new", took=5, first=4)
    made.add(6, outcome="won", owner="Ann", type="new")
    made.add(1, outcome="won", owner="Bob", type="new", took=5, first=4)
    made.add(29, outcome="won", owner="Bob", type="new")
    made.add(30, outcome="won", owner="Bob", type="renewal", took=5, first=4)
    table = only(made, "sandbagging").set_index("group")
    assert table.loc["Ann", "p_value"] == pytest.approx(fisher(9, 15, 1, 30, "greater"))
    assert table.loc["Bob", "n"] == 30


def test_lead_quality_has_to_fall_more_than_elsewhere() -> None:
    cells = [(20, 100), (45, 110), (40, 105), (42, 101)]  # own in and out, others in and out
    tables = [
        Table2x2(np.array([[k + 0.5, n - k + 0.5] for k, n in pair]))
        for pair in (cells[:2], cells[2:])
    ]
    change = tables[0].log_oddsratio - tables[1].log_oddsratio
    error = math.hypot(*(t.log_oddsratio_se for t in tables))
    assert steeper_p(*cells) == pytest.approx(stats.norm.cdf(change / error))
    assert steeper_p((20, 100), (45, 110), (20, 100), (45, 110)) == pytest.approx(0.5)


def test_mix_shift_on_the_curriculums_reversal() -> None:
    # referral 60/150 -> 126/350, ads 42/350 -> 15/150: the total rises, both fall
    made = Made()
    for day, source, k, n in (
        (100, "referral", 60, 150), (100, "ads", 42, 350),
        (500, "referral", 126, 350), (500, "ads", 15, 150),
    ):  # fmt: skip
        made.add(k, far=2, day=day, source=source)
        made.add(n - k, far=1, day=day, source=source)
    row = only(made, "mix_shift").iloc[0]
    assert row["observed"] == pytest.approx(0.282)
    assert row["expected"] == pytest.approx(0.204 - 0.030)  # what the rates alone had made of it
    n0, k0, n1, k1 = (np.array(x) for x in ([150, 350], [60, 42], [350, 150], [126, 15]))
    assert row["p_value"] == pytest.approx(mix_p(n0, k0, n1, k1))
    weights = stats.chi2_contingency([[150, 350], [350, 150]]).pvalue
    rates = stats.chi2_contingency([[186, 57], [314, 443]]).pvalue
    assert row["p_value"] == pytest.approx(max(weights, rates))


def test_a_true_improvement_is_no_mix_shift() -> None:
    made = Made()
    for day, source, k, n in (
        (100, "referral", 60, 150), (100, "ads", 42, 350),
        (500, "referral", 90, 150), (500, "ads", 70, 350),
    ):  # fmt: skip
        made.add(k, far=2, day=day, source=source)
        made.add(n - k, far=1, day=day, source=source)
    assert only(made, "mix_shift").iloc[0]["p_value"] == 1


def test_pushes_for_everybody_on_one_day_do_not_count() -> None:
    made = Made()
    long = 200.0  # what is moved after the close is no push
    made.add(4, outcome="won", pushes=(10, 20, 30), took=long)
    made.add(16, pushes=(11, 21, 31), took=long)
    made.add(30, outcome="won", pushes=(2,), took=long)
    made.add(30, took=long)
    made.add(40, outcome="won", pushes=(3, 4, 5), took=long)
    days = [pd.Timedelta(days=d, minutes=9 * k) for k in range(20) for d in range(3)]
    own = [f for f in made.fields if f["deal_id"] < "d00020"]
    for f, shift in zip(own, days, strict=True):  # spread over days of their own
        f["changed_at"] = f["changed_at"] + shift + pd.Timedelta(days=5 * int(f["deal_id"][1:]))
    row = only(made, "push_count").iloc[0]
    assert (row["n"], row["observed"]) == (20, 4 / 20)
    assert row["p_value"] == pytest.approx(fisher(4, 20, 70, 100, "less"))


def test_new_competitor_is_no_price_rise() -> None:
    def made(elsewhere: int, before: int) -> Made:
        world = Made()
        for region, after, met in (("East", 8, before), ("West", elsewhere, 30)):
            for rival, n in (("X", met), ("Y", 60 - met)):
                world.add(n // 2, outcome="won", region=region, competitor=rival, day=50)
                world.add(n // 2, region=region, competitor=rival, day=50)
            world.add(after, outcome="won", region=region, competitor="X", day=480)
            world.add(32 - after, region=region, competitor="X", day=480)
        return world

    east = only(made(18, 10), "new_competitor").set_index("group").loc["East · X"]
    # 8 of 32 against 30 + 30 + 18 of 60 + 60 + 32; named in 32 of 32 against 10 of 60
    assert (east["n"], east["observed"], east["expected"]) == (32, 8 / 32, 78 / 152)
    signs = [fisher(8, 32, 78, 152, "less"), fisher(32, 32, 10, 60, "greater")]
    # starts between the two bursts are the same deals: one test, however often it is tried
    assert east["p_value"] == pytest.approx(joined(*signs), rel=0.2)
    same = only(made(8, 10), "new_competitor").set_index("group")
    assert same.loc["East · X", "p_value"] > 0.3


def test_weekend_leads_are_not_slow() -> None:
    made = Made()
    saturday, monday = 3.5, 5.5  # 4 January 2025 and the Monday after it, at noon
    touch = DAY_0 + pd.Timedelta(days=monday)
    made.add(5, far=1, outcome="lost", day=saturday, first_touch_at=touch)
    made.add(35, far=0, day=saturday, first_touch_at=touch)
    made.add(10, far=1, day=6, first_touch_at=DAY_0 + pd.Timedelta(days=8))
    made.add(20, far=0, day=6, first_touch_at=DAY_0 + pd.Timedelta(days=8))
    made.add(30, far=1, day=6, first_touch_at=DAY_0 + pd.Timedelta(days=6, hours=2))
    made.add(10, far=0, day=6, first_touch_at=DAY_0 + pd.Timedelta(days=6, hours=2))
    row = only(made, "slow_response").iloc[0]
    assert (row["n"], row["observed"]) == (30, 10 / 30)
    assert row["expected"] == pytest.approx(30 / 40)
    assert row["p_value"] == pytest.approx(fisher(10, 30, 30, 40, "less"))


def test_missing_data_are_held_against_an_ordinary_share() -> None:
    made = Made()
    made.add(35, loss_reason="Other", amount=5.0, expected_close=pd.Timestamp("2025-01-31"))
    made.add(15, loss_reason="price", amount=7.0, expected_close=pd.Timestamp("2025-01-15"))
    for k in range(50):
        made.add(1, outcome="won", amount=100.0 + k)
    table = only(made, "missing_data").set_index("column")
    assert table.loc["loss_reason", "p_value"] == pytest.approx(stats.binom.sf(34, 50, 0.4))
    assert table.loc["amount", "p_value"] == pytest.approx(stats.binom.sf(49, 100, 0.3))
    assert table.loc["expected_close", "observed"] == pytest.approx(35 / 50)


def test_a_pattern_without_its_data_is_named_and_refused() -> None:
    made = Made()
    made.add(30, owner="Ann", outcome="won")
    made.add(30, owner="Bob")
    p = made.pipeline()
    found = signatures(p)
    missing = dict(found.not_examined)
    assert missing["single_contact"] == ("n_contacts", "amount")
    assert ("signatures.not_examined", len(missing)) in found.scope.left_out
    with speaking("en"):
        assert "Single contact: not examined, needs n_contacts, amount." in repr(found)
    with speaking("zh"):
        assert "单线联系：未排查，需要 n_contacts、amount。" in repr(found)
        assert "因缺数据未排查的模式" in str(found.scope)
    for name in missing:
        with pytest.raises(FunnelkitError):
            signatures(p, only=name)
    with pytest.raises(FunnelkitError):
        signatures(p, only="happy_ear")


def test_the_family_is_all_rows_with_a_p_value() -> None:
    made = Made()
    made.add(35, owner="Ann", loss_reason="other", amount=5.0)
    made.add(15, owner="Bob", loss_reason="price", amount=7.0)
    found = signatures(made.pipeline(), only=["missing_data", "happy_ears"])
    assert list(found.table.columns) == [*COLUMNS, "adjusted_p", "verdict"]
    ps = sorted(p for p in found.table["p_value"] if not math.isnan(p))
    assert found.family == len(ps)
    assert found.table["adjusted_p"].min() == pytest.approx(ps[0] * len(ps))
    assert list(signatures(made.pipeline(), only="missing_data").table["signature"].unique()) == [
        "missing_data"
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", list(SIGNATURES))
def test_every_pattern_has_its_words(name: str, lang: str) -> None:
    with speaking(lang):
        told = SIGNATURES[name]
        texts = [told.name, told.looks, told.innocent, told.ask]
    assert len(set(texts)) == 4
    assert all("{" not in t for t in texts)


def test_the_verdict_is_mild_and_tells_the_numbers() -> None:
    made = Made()
    made.add(45, loss_reason="other")
    made.add(15, loss_reason="price")
    found = signatures(made.pipeline(), only="missing_data")
    with speaking("en"):
        assert found.summary() == (
            "Missing data (Loss reason): 75.0% where 40.0% would be expected, n = 60; "
            "talk it through before judging."
        )
    with speaking("zh"):
        assert "先了解情况，再下结论" in found.summary()
    assert list(found.advice()["signature"]) == ["missing_data"]
