"""Outcomes that stand in date columns alone: the day a deal was won, the day it was lost."""

from __future__ import annotations

import io

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.measures import win_rate

#: Five deals: won, lost, open, won and lost by mistake, lost.
ROWS = """\
D1,2026-01-05,2026-01-09,2026-01-20,
D2,2026-01-06,2026-01-12,,2026-01-28
D3,2026-01-07,,,
D4,2026-01-08,2026-01-15,2026-01-21,2026-01-23
D5,2026-01-09,,,2026-01-19
"""
OUTCOMES = {"D1": "won", "D2": "lost", "D3": "open", "D5": "lost"}
ENDED = {"D1": "2026-01-20", "D2": "2026-01-28", "D3": None, "D5": "2026-01-19"}


def table(head: str, rows: str = ROWS) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(f"{head}\n{rows}"), dtype=str)


def ended(p: fk.Pipeline) -> dict[str, str | None]:
    days = p.frame().set_index("deal_id")["closed_at"]
    return {str(k): None if pd.isna(d) else str(d.date()) for k, d in days.items()}


def outcomes(p: fk.Pipeline) -> dict[str, str]:
    return dict(p.frame()[["deal_id", "outcome"]].itertuples(index=False))


@pytest.mark.parametrize(
    "head",
    [
        "deal_id,lead_at,proposal_at,won_at,lost_at",
        "Deal ID,Lead date,Proposal date,Won date,Lost date",
        "id,Created,Proposal on,Won,Lost",
        "Vorgang,Anfrage am,Angebot am,Gewonnen am,Verloren am",
        "Vorgang,Erstellt am,Angebot am,Gewonnen,Verloren",
        "商机编号,线索时间,方案报价时间,赢单时间,输单时间",
        "商机编号,创建日期,方案日期,赢单,丢单日期",
        "N°,Créé le,Offre le,Gagné le,Perdu le",
        "Folio,Creado,Oferta,Ganado el,Perdido el",
    ],
)
def test_one_date_a_stage_and_no_word_of_the_outcome(head: str) -> None:
    names = {"deal_id": head.split(",")[0], "created_at": head.split(",")[1]}
    p = fk.read(table(head), mapping={"columns": names})
    assert outcomes(p) == OUTCOMES
    assert ended(p) == ENDED
    row = win_rate(p).table.iloc[0]
    assert row[["won", "of", "still_open"]].tolist() == [1, 3, 1]
    assert p.findings.count("won_and_lost") == 1
    assert dict(p.left_out) == {"won_and_lost": 1}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_both_dates_are_a_reason_with_its_row(lang: str) -> None:
    head = "deal_id,created_at,offer,won_at,lost_at"
    p = fk.read(table(head))
    found = next(f for f in p.findings if f.reason == "won_and_lost")
    assert (found.row, found.column, found.value) == (4, "won_at", "D4")
    with fk.words.speaking(lang):
        assert {
            "en": "both a date of winning and a date of losing",
            "zh": "同时有赢单日期和输单日期",
        }[lang] in str(found)


def test_a_stage_that_says_nothing_of_the_end() -> None:
    rows = ROWS.replace("2026-01-09,2026-01-20", "Offer,2026-01-20")
    rows = (
        rows.replace("2026-01-12", "Demo").replace("2026-01-15", "Offer").replace(",,,", ",Demo,,")
    )
    p = fk.read(table("deal_id,created_at,stage,won_at,lost_at", rows))
    assert outcomes(p) == OUTCOMES
    assert p.frame().set_index("deal_id").loc["D1", "stage"] == "offer"


def test_a_stage_or_an_outcome_column_goes_before_the_dates() -> None:
    rows = "a,2026-01-05,Won,2026-01-20,2026-01-10\n"
    rows += "b,2026-01-05,Lost,,2026-01-10\nc,2026-01-06,Demo,,\n"
    for told in ("stage", "outcome"):
        marks = rows if told == "stage" else rows.replace("Demo", "Open")
        p = fk.read(table(f"deal_id,created_at,{told},won_at,lost_at", marks))
        assert outcomes(p) == {"a": "won", "b": "lost", "c": "open"}
        assert ended(p)["a"] == "2026-01-20"
        assert not p.findings.count("won_and_lost")


def test_a_stage_and_a_date_that_contradict_each_other_are_asked_about() -> None:
    rows = "a,2026-01-05,Won,,2026-01-20\nb,2026-01-05,Lost,,2026-01-10\nc,2026-01-06,Demo,,\n"
    with pytest.raises(fk.FunnelkitError, match='stage: 1 row says "Won"'):
        fk.read(table("deal_id,created_at,stage,won_at,lost_at", rows))


def test_a_deal_whose_end_cannot_be_read_is_in_no_number() -> None:
    frame = table("deal_id,created_at,offer,won_at,lost_at", ROWS.replace("2026-01-20", "Easter"))
    p = fk.read(frame, mapping={"columns": {"won_at": "won_at"}})
    assert outcomes(p) == {k: v for k, v in OUTCOMES.items() if k != "D1"}
    assert p.findings.count("unparsable_date") == 1
    assert dict(p.left_out) == {"unknown_outcome": 1, "won_and_lost": 1}


def test_never_is_no_day_of_winning() -> None:
    frame = table("deal_id,created_at,x,won_at,lost_at").drop(columns="x")
    frame = frame.fillna({"won_at": "1900-01-01", "lost_at": "2200-12-31"})
    assert outcomes(fk.read(frame)) == OUTCOMES
    for column in ("created_at", "won_at", "lost_at"):
        frame[column] = pd.to_datetime(frame[column])
    assert outcomes(fk.read(frame)) == OUTCOMES


def test_a_day_of_winning_alone_decides() -> None:
    p = fk.read(table("deal_id,created_at,x,won_at,note").drop(columns=["x", "note"]))
    assert outcomes(p) == {"D1": "won", "D2": "open", "D3": "open", "D4": "won", "D5": "open"}
    assert p.findings.count("no_losses") == 2


def test_the_moment_of_the_last_event_is_the_day_the_data_were_taken() -> None:
    """Deals without a date of creation are part of what was known when nothing happened after."""
    rows = ROWS.replace("D3,2026-01-07", "D3,")
    frame = table("deal_id,created_at,x,won_at,lost_at", rows).drop(columns="x")
    for moment in ("2026-01-28T00:00:00", "2026-01-28", "2026-03-01", None):
        assert outcomes(fk.read(frame, as_of=moment)) == OUTCOMES
    # a day before the last event is a look back: what has no date cannot be placed, and is told
    past = fk.read(frame, as_of="2026-01-27")
    assert outcomes(past) == {"D1": "won", "D2": "open", "D5": "lost"}
    assert dict(past.left_out)["not_dated"] == 1


def test_changes_of_deals_that_are_not_there_are_counted() -> None:
    """By field, those of the stage and of any other."""
    deals = table("deal_id,created_at,stage,outcome", "a,2026-01-05,Demo,open\n")
    log = table(
        "deal_id,field,old,new,changed_at",
        "a,amount,1,2,2026-01-06\nzz,amount,1,2,2026-01-07\nzz,owner,Ann,Bob,2026-01-08\n",
    )
    p = fk.read(deals, fields=log)
    assert p.findings.count("orphan_history") == 2
    assert p.field_history is not None
    assert p.field_history.to_pandas()["deal_id"].tolist() == ["a"]
