"""The scorecard: nobody is ranked, chance is named, and one seller's page names no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
import pytest

from funnelkit.control import checkpoints
from funnelkit.data.library import load
from funnelkit.data.pipeline import from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.measures import funnel, time_in_stage, win_rate
from funnelkit.measures.diagnose import Diagnosis
from funnelkit.measures.limits import rate_limits
from funnelkit.page.parts import Section
from funnelkit.report.pages.scorecard import Scorecard, open_scorecard
from funnelkit.report.pages.sections import seller_sentences, seller_tables
from funnelkit.show import Table
from funnelkit.words import speaking


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Opening a report sets the language; the next test begins in English again."""
    with speaking("en"):
        yield


def deals(rows: list[tuple[str | None, str, int]]) -> pd.DataFrame:
    flat = [(owner, outcome) for owner, outcome, n in rows for _ in range(n)]
    frame = pd.DataFrame(flat, columns=["owner", "outcome"])
    frame["deal_id"] = [f"d{k}" for k in range(len(frame))]
    frame["created_at"] = pd.Timestamp("2026-01-01")
    frame["closed_at"] = pd.Timestamp("2026-02-01")
    return frame


def test_rates_and_positions_by_hand() -> None:
    rows = [("Cai", "won", 60), ("Cai", "lost", 40), ("Abe", "won", 20), ("Abe", "lost", 80),
            ("Bo", "won", 2), ("Bo", "lost", 1), (None, "lost", 5)]  # fmt: skip
    found = rate_limits(from_frames(deals(rows), as_of="2026-06-30"), minimum=10)
    table = found.table.set_index("owner")
    assert list(table.index) == ["Abe", "Bo", "Cai"]  # by name, whatever the rate
    assert table["rate"].tolist() == pytest.approx([0.2, 2 / 3, 0.6])
    assert found.centre == pytest.approx(82 / 203)
    assert table["position"].tolist() == ["act", "few", "act"]  # four and more standard errors
    assert ("scorecard.nobody", 5) in found.scope.left_out
    for name in table.index:  # drawn towards the whole, never past it
        own, drawn = table.loc[name, "rate"], table.loc[name, "shrunk"]
        assert min(own, found.centre) <= drawn <= max(own, found.centre) or name == "Bo"
    with speaking("en"):
        assert found.told("Abe").startswith("Abe (20.0% of 100): below what chance explains")
        assert "Cai" not in found.told("Abe")
        assert "Fewer than 10 closed deals" in found.told("Bo")
        with pytest.raises(FunnelkitError, match="Dai has no closed deal"):
            found.told("Dai")


@pytest.fixture(scope="module")
def team() -> Scorecard:
    return open_scorecard({"data": "failure", "lang": "en"})


@pytest.fixture(scope="module")
def one() -> Scorecard:
    return open_scorecard({"data": "failure", "lang": "en", "where": {"owner": "Bram Sandvorst"}})


def sections(card: Scorecard) -> list[Section]:
    return [card.opening(), card.winning(), card.steps(), card.time(), card.dates(),
            card.open_points(), card.ramping(), card.talk(), card.definitions()]  # fmt: skip


def test_the_numbers_are_those_of_the_measures(team: Scorecard, one: Scorecard) -> None:
    p = load("failure")
    rates = win_rate(p, "owner").table.set_index("owner")
    for row in seller_tables.win_table(team).rows:
        own = rates.loc[row[0]]
        assert row[1:4] == (own["of"], own["won"], own["rate"])
    assert len(seller_tables.win_table(team).rows) == len(rates)

    stages = funnel(p, "owner").table
    mine = stages[stages["owner"] == "Bram Sandvorst"].set_index("stage")
    rest = funnel(p.where(owner=[n for n in rates.index if n != "Bram Sandvorst"])).table
    rest = rest.set_index("stage")
    shown = {row[0]: row for row in seller_tables.own_steps(one).rows}
    assert shown["Contact"][2] == mine.loc["need", "eventual_rate"]
    assert shown["Contact"][4] == pytest.approx(rest.loc["need", "eventual_rate"])
    days = time_in_stage(p, "owner").table
    days = days[days["owner"] == "Bram Sandvorst"].set_index("stage")
    own = {row[0]: row for row in seller_tables.own_time(one).rows}
    assert own["Contact"][2] == days.loc["contact", "median_days"]
    assert {fact.key: fact for fact in one.facts()}["win_rate"].value == rates.loc[
        "Bram Sandvorst", "rate"
    ]


def test_a_team_without_a_planted_fault_is_left_alone(team: Scorecard) -> None:
    # the case plants a decline of the whole company: no seller is out of the ordinary
    assert seller_sentences.flagged(team) == []


def test_who_is_out_of_the_ordinary_is_marked_and_asked_about(
    team: Scorecard, one: Scorecard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(card: Scorecard) -> Diagnosis:
        table = plain[card].table.copy()
        here = (table["group"] == "Bram Sandvorst") & (table["stage"] == "need")
        table.loc[here & (table["kind"] == "step_rate"), "verdict"] = "act"
        return replace(plain[card], table=table)

    plain = {card: card.diagnosis() for card in (team, one)}
    monkeypatch.setattr(Scorecard, "diagnosis", found)
    assert [(r["group"], r["stage"]) for r in seller_sentences.flagged(team)] == [
        ("Bram Sandvorst", "need")
    ]
    cell = next(row for row in seller_tables.steps(team).rows if row[0] == "Bram Sandvorst")[3]
    assert cell[2] == " ▼"
    asked = seller_sentences.questions(one)["Bram Sandvorst"]
    # 14 of the 73 deals that are decided, or older than those that usually are
    assert asked[0].startswith("Need identification: 19.2% of 73 deals went on")
    assert all(text.endswith("?") for text in asked)


def test_nobody_is_ranked(team: Scorecard) -> None:
    for section in sections(team):
        for part in section.parts:
            if isinstance(part, Table) and part.columns[0].label == "Seller":
                names = [row[0] for row in part.rows]
                assert names == sorted(names), part.caption
    # 12 sellers win 4 to 15 of some 320 deals each: half the common rate would go unseen
    assert "too little to tell" in repr(team.opening())
    assert "ranking of luck" not in repr(team.opening())
    assert not re.search(r"\b(best|worst|top|rank \d)\b", repr(sections(team)[:-1]), re.IGNORECASE)


def test_one_seller_s_page_names_no_other(one: Scorecard) -> None:
    others = set(one.sellers) - {"Bram Sandvorst"}
    assert others
    html = "".join(section._repr_html_() for section in sections(one)) + repr(one.facts())
    assert [name for name in others if name in html] == []


def test_points_are_of_open_deals(team: Scorecard) -> None:
    p = load("failure")
    still = set(p.frame().query("outcome == 'open'")["deal_id"])
    assert set(team.fired()["deal_id"]) <= still
    assert len(checkpoints(p).table) > len(team.fired())  # those of closed deals are elsewhere
    for row in seller_tables.points(team).rows:
        assert row[3] <= row[2] <= row[1]


def test_an_even_team_is_left_alone() -> None:
    card = open_scorecard({"data": "control", "lang": "en"})
    assert card.limits().beyond("act").empty
    assert seller_sentences.flagged(card) == []
    assert "nobody lies below the others by more than chance" in repr(card.opening())


@pytest.mark.parametrize(
    ("lang", "few", "nothing"), [("en", "too little data", "–"), ("zh", "数据太少", "–")]
)
def test_too_little_data_is_said_plainly(lang: str, few: str, nothing: str) -> None:
    card = open_scorecard({"data": "tiny", "lang": lang})
    assert few in repr(card.winning())
    assert few in repr(card.opening())
    texts = [text for asked in seller_sentences.questions(card).values() for text in asked]
    assert len(texts) == 3
    facts = {fact.key: fact for fact in card.facts()}
    assert facts["push"].text == nothing  # tiny has no expected closing dates


def test_new_sellers_by_month() -> None:
    given = {"data": "industrial", "lang": "en", "as_of": "2024-12-31", "ramp_months": 16}
    card = open_scorecard(given)
    # Ivo Grecolt began on 2023-09-24: fifteen months and a week
    assert card.new_hires() == [("Ivo Grecolt", 15)]
    assert "Ivo Grecolt won" in repr(card.ramping())
    later = open_scorecard(given | {"ramp_months": 15})
    assert "Nobody who sells here started within the last 15 months" in repr(later.ramping())


def test_without_owners_there_is_nothing_to_compare(tmp_path: object) -> None:
    p = from_frames(deals([("Abe", "won", 3)]).drop(columns="owner"), as_of="2026-06-30")
    card = Scorecard(p, p, {"where": {}, "lang": "en", "min_deals": 10, "ramp_months": 12})
    with speaking("en"):
        assert "owner" in repr(card.winning())
        assert "Left out here" in repr(card.talk())
        assert all(fact.value is None for fact in card.facts())
