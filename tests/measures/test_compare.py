"""Two periods compared: mix and rate against published and hand-worked numbers."""

from __future__ import annotations

import pandas as pd
import pytest

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.measures.changes.compare import Comparison, compare
from funnelkit.process import Process
from funnelkit.words import speaking

JAN, MAR = ("2026-01-01", "2026-02-01"), ("2026-03-01", "2026-04-01")
Cells = list[tuple[str, int, int]]


def closed(before: Cells, after: Cells) -> Pipeline:
    rows = [
        (source, day, "won" if i < won else "lost")
        for day, cells in (("2026-01-20", before), ("2026-03-20", after))
        for source, won, n in cells
        for i in range(n)
    ]
    frame = pd.DataFrame(rows, columns=["source", "closed_at", "outcome"])
    frame["closed_at"] = pd.to_datetime(frame["closed_at"])
    frame["created_at"] = pd.Timestamp("2025-12-01")
    frame["deal_id"] = [f"d{i}" for i in range(len(frame))]
    return from_frames(frame, as_of="2026-06-30")


def looks_better() -> Comparison:
    p = closed(
        [("referral", 60, 150), ("ads", 42, 350)], [("referral", 126, 350), ("ads", 15, 150)]
    )
    return compare(p, JAN, MAR, "source")


def test_looks_better_is_worse() -> None:
    c = looks_better()
    assert c.before == pytest.approx(0.204)
    assert c.after == pytest.approx(0.282)
    assert c.rate_effect == pytest.approx(-0.030)
    assert c.mix_effect == pytest.approx(0.108)
    assert c.rate_effect + c.mix_effect == pytest.approx(c.change, abs=1e-15)
    assert c.reversal
    rows = c.table.set_index("source")
    assert rows["rate_before"].to_dict() == pytest.approx({"ads": 0.12, "referral": 0.40})
    assert rows["rate_after"].to_dict() == pytest.approx({"ads": 0.10, "referral": 0.36})
    total = c.table["rate_effect"].sum() + c.table["mix_effect"].sum()
    assert total == pytest.approx(c.change, abs=1e-15)
    # Newcombe 1998, method 10, worked from the two Wilson intervals
    # 102/500: .1710 to .2416; 141/500: .2443 to .3230
    assert c.interval == pytest.approx((0.0249, 0.1305), abs=2e-4)
    assert c.scope.used == 1000


def test_looks_worse_is_better() -> None:
    # weights .5 .3 .2 -> .2 .3 .5, rates .36 .24 .08 -> .38 .26 .10, on 1,000 deals each
    c = compare(
        closed(
            [("a", 180, 500), ("b", 72, 300), ("c", 16, 200)],
            [("a", 76, 200), ("b", 78, 300), ("c", 50, 500)],
        ),
        JAN, MAR, by="source",
    )  # fmt: skip
    assert (c.before, c.after) == pytest.approx((0.268, 0.204))
    assert (c.rate_effect, c.mix_effect) == pytest.approx((0.020, -0.084))
    assert c.reversal


def test_a_plain_change_is_no_paradox() -> None:
    c = compare(
        closed([("a", 5, 10), ("b", 1, 10)], [("a", 6, 10), ("b", 3, 10)]), JAN, MAR, "source"
    )
    assert not c.reversal
    assert (c.rate_effect, c.mix_effect) == pytest.approx((0.15, 0))
    with speaking("en"):
        assert "Simpson" not in c.summary()
        assert "may be chance" in c.summary()


def test_a_group_on_one_side_only_is_mix() -> None:
    c = compare(closed([("a", 5, 10)], [("a", 5, 10), ("b", 1, 10)]), JAN, MAR, "source")
    assert c.rate_effect == 0
    assert c.mix_effect == pytest.approx(-0.2)


@pytest.mark.parametrize(("language", "name"), [("en", "Simpson's paradox"), ("zh", "辛普森悖论")])
def test_the_reversal_is_called_by_name(language: str, name: str) -> None:
    with speaking(language):
        text = looks_better().summary()
        assert name in text
        assert "20.4%" in text
        assert "−3.0" in text
        assert "+10.8" in text
        assert repr(looks_better())
        assert looks_better()._repr_html_()


def grown(stages: bool = False) -> Pipeline:
    """Created on the 10th; won after the given days, 0 is open. The data end on 30 April."""
    rows, history = [], []
    for month, waits in (("01", [20, 30, 31, 100, 0]), ("03", [10, 0, 0, 0])):
        for wait in waits:
            name = f"d{len(rows)}"
            created = pd.Timestamp(f"2026-{month}-10")
            end = created + pd.Timedelta(days=wait) if wait else pd.NaT
            rows.append((name, created, end, "won" if wait else "open", "web"))
            history.append((name, "talk", created))
            if name == "d7":
                history.append((name, "offer", created + pd.Timedelta(days=5)))
    columns = ["deal_id", "created_at", "closed_at", "outcome", "source"]
    log = pd.DataFrame(history, columns=["deal_id", "stage", "entered_at"])
    return from_frames(
        pd.DataFrame(rows, columns=columns), log if stages else None, as_of="2026-04-30",
        process=Process.from_stages(["talk", "offer"]),
    )  # fmt: skip


def test_created_cohorts_are_measured_at_the_age_of_the_younger() -> None:
    c = compare(grown(), JAN, MAR, "source", of="created")
    # March ends on 1 April, the data on 30 April at midnight: 30 days
    assert c.days == 30
    row = c.table.iloc[0]
    # the wins after 31 and 100 days do not count: March had no time for them
    assert (row["won_before"], row["of_before"]) == (2, 5)
    assert (row["won_after"], row["of_after"]) == (1, 4)
    with speaking("en"):
        assert "30 days" in c.summary()
        assert "30 days" in c.definition


def test_step_rate_at_equal_age() -> None:
    c = compare(grown(stages=True), JAN, MAR, "source", of="talk")
    row = c.table.iloc[0]
    assert (row["won_before"], row["of_before"]) == (2, 5)
    # one won, one came to the offer
    assert (row["won_after"], row["of_after"]) == (2, 4)


def test_it_refuses_what_cannot_be_compared() -> None:
    p = grown()
    cases = [
        (JAN, ("2026-01-15", "2026-03-01"), "source", "closed", "movement.compare_overlap"),
        (JAN, ("2026-04-01", "2026-05-01"), "source", "created", "movement.compare_no_age"),
        (JAN, ("2025-03-01", "2025-04-01"), "source", "created", "movement.compare_empty"),
        (JAN, MAR, [], "created", "movement.compare_needs_by"),
        (JAN, MAR, "source", "create", "measures.unknown_option"),
    ]
    for before, after, by, of, key in cases:
        with pytest.raises(FunnelkitError) as caught:
            compare(p, before, after, by, of)  # type: ignore[arg-type]
        assert caught.value.key == key
        assert str(caught.value)
