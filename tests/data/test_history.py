"""One push on every surface, and one answer to what was known at a moment."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.control.facts import Facts
from funnelkit.data.history import date_moves, pushes
from funnelkit.data.pipeline import Pipeline, end_of, from_frames
from funnelkit.data.stays import OUTCOME_CODES
from funnelkit.measures.dates.pushes import push_rate
from funnelkit.measures.engine import visits
from funnelkit.measures.signatures.facts import facts
from funnelkit.planning.forecasting.book import OPEN, Book, moment_of


def surfaces(p: Pipeline) -> dict[str, pd.Series]:
    """Return the pushes of every deal as each room counts them."""
    ids = p.deals.select("deal_id").to_pandas()["deal_id"]
    points = pd.DataFrame({"deal_id": ids, "moment": p.as_of})
    rules = Facts(p, points)
    signs = facts(p).frame.set_index("deal_id")
    rate = push_rate(p).pushes["deal_id"].value_counts()
    return {
        "history": pushes(p)["deal_id"].value_counts().reindex(ids, fill_value=0),
        "push rate": rate.reindex(ids, fill_value=0),
        "rules": pd.Series(rules["pushes"].to_numpy(), ids),
        "signatures": (signs["pushes"] + signs["common_pushes"]).reindex(ids),
    }


@pytest.mark.parametrize("name", ["industrial", "software-zh"])
def test_every_surface_counts_the_same_pushes(name: str) -> None:
    p = fk.load(name)
    told = surfaces(p)
    first = told.pop("history")
    for room, counts in told.items():
        assert (counts.astype(int) == first.astype(int)).all(), room


def test_the_same_deals_alarm() -> None:
    """The built-in checkpoint, what it says and the rule of one's own: all by the one count."""
    p = fk.load("industrial")
    counts = surfaces(p)["history"]
    open_ = p.deals.filter(p.deals.outcome == "open").to_pandas()["deal_id"]
    often = {d: int(n) for d, n in counts[list(open_)].items() if n >= 2}
    assert often
    table = fk.checkpoints(p, rules=["pushes >= 2"]).table
    own = table[table["checkpoint"] == "pushes >= 2"]
    assert set(own["deal_id"]) == set(often)
    for _, row in own.iterrows():
        said = re.search(r"(\d+) times", str(row["reason"]))
        assert said is not None
        assert int(said[1]) == often[row["deal_id"]]


def test_what_is_a_push_by_hand() -> None:
    """Deal by deal; ``n`` pushes are right."""
    born = pd.Timestamp("2026-01-05 09:00")
    log = {
        # inside the month, to a later one, to an earlier one
        ("plain", 1): [("2026-02-10", "2026-02-25", "02-01"), ("2026-02-25", "2026-03-01", "02-20"),
                       ("2026-03-01", "2026-02-27", "02-21")],
        # over the year
        ("year", 1): [("2026-12-31", "2027-01-01", "03-01")],
        # the first filling is none; the next is
        ("filled", 1): [("", "2026-02-10", "02-01"), ("2026-02-10", "2026-05-01", "02-03")],
        # the last day of the month of creation, which nobody set by hand; then a true one
        ("default", 1): [("2026-01-31", "2026-03-10", "01-20"),
                         ("2026-03-10", "2026-04-01", "03-05")],
        # the same day set by hand is a date like any other
        ("by hand", 1): [("", "2026-01-31", "01-06"), ("2026-01-31", "2026-03-10", "01-20")],
        # written with the close, on 15 April, and after it
        ("closed", 1): [("2026-02-10", "2026-03-10", "02-05"),
                        ("2026-03-10", "2026-04-15", "04-15"),
                        ("2026-04-15", "2026-06-01", "05-01")],
        ("garbled", 0): [("soon", "2026-04-15", "02-05")],
    }  # fmt: skip
    closed = pd.Timestamp("2026-04-15")
    deals = pd.DataFrame(
        [
            {"deal_id": d, "created_at": born, "outcome": "won" if d == "closed" else "open",
             "closed_at": closed if d == "closed" else pd.NaT,
             "expected_close": pd.Timestamp("2026-07-01")}
            for d, _ in log
        ]
    )  # fmt: skip
    rows = [
        (d, "expected_close", old, new, pd.Timestamp(f"2026-{at}"))
        for (d, _), moves in log.items()
        for old, new, at in moves
    ]
    fields = pd.DataFrame(rows, columns=["deal_id", "field", "old", "new", "changed_at"])
    p = from_frames(deals, field_history=fields, as_of="2026-06-30")
    counts = pushes(p)["deal_id"].value_counts()
    assert {d: int(counts.get(d, 0)) for d, _ in log} == dict(log.keys())
    assert date_moves(p).unreadable == 1
    assert pushes(p).set_index("deal_id").loc["filled", "slipped_days"] == 80  # 18 + 31 + 30 + 1


STAGES = ("lead", "contact", "need", "proposal", "negotiation")


def crafted() -> Pipeline:
    """Deals that are awkward to place in time: ties, no dates, no history, endings told twice."""
    day = pd.Timestamp
    rows = [
        # deal, created, outcome, closed, stage, amount, expected
        ("usual", "2026-01-05", "won", "2026-03-10", "negotiation", 900.0, "2026-03-31"),
        ("ended by history", "2026-01-06", "lost", None, "need", 100.0, "2026-04-30"),
        ("ended undated", "2026-01-07", "lost", None, "need", 100.0, None),
        ("born by history", None, "open", None, "contact", 50.0, "2026-05-31"),
        ("not born", None, "open", None, "lead", 50.0, None),
        ("no history", "2026-02-01", "won", "2026-05-01", None, 70.0, "2026-06-30"),
        ("tied", "2026-02-02", "open", None, "proposal", 80.0, "2026-06-30"),
        ("later", "2026-06-01", "open", None, "lead", 10.0, "2026-09-30"),
        ("reopened", "2026-01-10", "open", None, "contact", 30.0, "2026-07-31"),
        ("changed", "2026-01-11", "open", None, "lead", 300.0, "2026-08-15"),
    ]
    deals = pd.DataFrame(
        rows, columns=["deal_id", "created_at", "outcome", "closed_at", "stage", "amount",
                       "expected_close"],
    )  # fmt: skip
    for c in ("created_at", "closed_at", "expected_close"):
        deals[c] = pd.to_datetime(deals[c])
    visits = [
        ("usual", "lead", "2026-01-05"), ("usual", "need", "2026-02-01"),
        ("usual", "negotiation", "2026-03-01"), ("usual", "won", "2026-03-10"),
        ("ended by history", "lead", "2026-01-06"), ("ended by history", "need", "2026-02-06"),
        ("ended by history", "lost", "2026-04-01"),
        ("ended undated", "lead", "2026-01-07"), ("ended undated", "need", "2026-02-07"),
        ("born by history", "lead", "2026-03-01"), ("born by history", "contact", "2026-04-01"),
        ("tied", "lead", "2026-02-02"), ("tied", "contact", "2026-03-02"),
        ("tied", "proposal", "2026-03-02"),
        ("later", "lead", "2026-06-01"),
        ("reopened", "lead", "2026-01-10"), ("reopened", "lost", "2026-02-10"),
        ("reopened", "contact", "2026-03-10"),
        ("changed", "lead", "2026-01-11"),
    ]  # fmt: skip
    history = pd.DataFrame(visits, columns=["deal_id", "stage", "entered_at"])
    history["entered_at"] = pd.to_datetime(history["entered_at"])
    changes = [
        ("changed", "amount", "100", "200", "2026-03-01"),
        ("changed", "amount", "200", "300", "2026-05-01 10:00"),
        ("changed", "expected_close", "2026-05-15", "2026-06-15", "2026-04-01"),
        ("changed", "expected_close", "2026-06-15", "", "2026-04-15"),
        ("changed", "expected_close", "", "2026-08-15", "2026-05-20"),
        ("usual", "amount", "500", "900", "2026-02-15"),
        ("usual", "expected_close", "2026-02-28", "2026-03-31", "2026-02-20"),
        ("tied", "amount", "60", "70", "2026-04-02"), ("tied", "amount", "70", "80", "2026-04-02"),
        ("no history", "owner", "ada", "bob", "2026-03-03"),
    ]  # fmt: skip
    fields = pd.DataFrame(changes, columns=["deal_id", "field", "old", "new", "changed_at"])
    fields["changed_at"] = pd.to_datetime(fields["changed_at"], format="ISO8601")
    deals["owner"] = "ann"
    deals.loc[deals["deal_id"] == "no history", "owner"] = "bob"
    assert day("2026-06-30") > fields["changed_at"].max()
    return from_frames(deals, history, fields, as_of="2026-06-30")


MOMENTS = pytest.mark.parametrize(
    "at",
    ["2026-01-31", "2026-02-15", "2026-03-02", "2026-03-10", "2026-04-01", "2026-04-02",
     "2026-04-20", "2026-05-01", "2026-05-31", "2026-06-29"],
)  # fmt: skip


@MOMENTS
def test_a_stay_is_one_stay(at: str) -> None:
    """A measure's visits and a forecast's stays: where, from when, until when, where to."""
    p = crafted()
    frame = visits(p.at(at)).to_pandas()
    codes = {s: k for k, s in enumerate(p.process.open_ids)} | OUTCOME_CODES
    one = {
        (r.deal_id, int(r.place), r.entered_at, None if pd.isna(r.left_at) else r.left_at,
         codes.get(r.next, OPEN))
        for r in frame.itertuples()
    }  # fmt: skip
    book = Book.of(p, money=True)
    known = book.known_at(moment_of(end_of(at)))
    times = [pd.to_datetime(t.astype("datetime64[us]")) for t in (known.entered, known.left)]
    other = {
        (book.ids[known.row[deal]], int(stage), entered, None if pd.isna(left) else left, int(to))
        for deal, stage, entered, left, to in zip(
            known.deal, known.stage, *times, known.after, strict=True
        )
    }
    assert one == other
    assert len(one) == len(frame)


@MOMENTS
def test_what_was_known_at_a_moment_is_one_answer(at: str) -> None:
    """``Pipeline.at`` cuts in the engine, a forecast's book in arrays, a rule deal by deal."""
    p = crafted()
    then = p.at(at)
    moment = end_of(at)
    known = Book.of(p, money=True).known_at(moment_of(moment))
    seen = then.deals.order_by("deal_id").to_pandas().set_index("deal_id")
    ids = Book.of(p, money=True).ids[known.row]
    assert sorted(ids) == sorted(seen.index)
    assert known.undated == dict(then.left_out).get("not_dated", 0)
    outcomes = {OPEN: "open", **{c: o for o, c in OUTCOME_CODES.items()}}
    book = pd.DataFrame(
        {"outcome": [outcomes[int(c)] for c in known.outcome], "amount": known.amount,
         "expected_close": known.due.astype("datetime64[us]"),
         "closed_at": known.closed.astype("datetime64[us]")},
        index=list(ids),
    ).reindex(seen.index)  # fmt: skip
    for column in book:
        told = seen[column].to_numpy()
        same = (book[column].to_numpy() == told) | (book[column].isna() & seen[column].isna())
        assert same.all(), (column, book[column].tolist(), told.tolist())
    running = seen.index[seen["outcome"] == "open"]
    rules = Facts(p, pd.DataFrame({"deal_id": running, "moment": moment}))
    for column in ("amount", "expected_close", "owner"):
        told, was = seen.loc[running, column].reset_index(drop=True), rules[column]
        assert ((told == was) | (told.isna() & was.isna())).all(), column
    stage = then.deals.select("deal_id", "stage").to_pandas().set_index("deal_id")["stage"]
    here = rules["stage"].to_numpy()
    for deal, found in zip(running, here, strict=True):
        if pd.notna(found):
            assert found == stage[deal], deal
    assert (rules["pushes"].to_numpy() == [
        int((pushes(then)["deal_id"] == deal).sum()) for deal in running
    ]).all()  # fmt: skip
