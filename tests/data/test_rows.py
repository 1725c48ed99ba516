"""Rows of a file = rows used + rows set aside, each for one reason + rows that are no data."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, event, given, settings

from funnelkit.data.defects import Finding
from funnelkit.data.doubts import doubts_of
from funnelkit.data.inner import MARK
from funnelkit.data.pipeline import Pipeline
from funnelkit.data.quality import quality
from funnelkit.data.read import read
from funnelkit.data.reasons import reasons
from funnelkit.data.stays import stays_of
from funnelkit.data.tally import Tally, tally_of
from funnelkit.errors import FunnelkitError
from funnelkit.measures import win_rate

DEALS = ("deal_id", "stage", "created_at", "closed_at", "outcome", "amount")
VISITS = ("deal_id", "stage", "entered_at")
QUIET = settings(
    max_examples=15, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip


def text_of(header: tuple[str, ...], rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([list(header), *rows])
    return out.getvalue()


def some(usual: list[str], odd: list[str]) -> st.SearchStrategy[str]:
    """Mostly what a cell should hold, sometimes what it should not."""
    return st.integers(0, 9).flatmap(lambda k: st.sampled_from(odd if k == 0 else usual))


# ids are few, so that they repeat, exactly and otherwise
DEAL = st.tuples(
    some([f"d{i}" for i in range(30)], [""]),
    some(["lead", "contact", "need", "proposal"], ["Elephant", "won", ""]),
    some(["2026-01-05", "2026-02-03"], ["2034-01-01", "soon", "", "9999-12-31"]),
    some(["", "2026-03-01", "2026-04-02"], ["2025-01-01", "2035-05-05", "never"]),
    some(["open", "won", "lost"], ["maybe", ""]),
    some(["100", "2500.50"], ["-3", "abc", ""]),
).map(list)
ODD_ROW = st.sampled_from([
    ["d1", "lead", "2026-01-05", "", "open", "1", "2", "3"],  # too many fields
    ["d2", "lead", "2026-01-05"],  # too few
    ["", "", "", "", "", ""],  # nothing in it
    list(DEALS),  # the header once more
])  # fmt: skip
FILES = st.lists(st.one_of(DEAL, DEAL, DEAL, DEAL, ODD_ROW), min_size=4, max_size=40)
VISIT = st.tuples(
    some([f"d{i}" for i in range(30)], ["", "zz"]),
    some(["lead", "contact", "need", "won"], ["Elephant", ""]),
    some([f"2026-02-{k:02d}" for k in range(1, 28)], ["2034-01-01", "soon", "", "9999-12-31"]),
).map(list)


def read_or_refused(*files: tuple[str, str | bytes], **more: Any) -> Pipeline | FunnelkitError:
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, text in files:
            paths.append(Path(folder) / name)
            paths[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
        # the mapping answers what a file with few rows leaves open
        told = {"outcomes": {"maybe": "lost"}} if more.get("answered") else None
        try:
            p = read(
                paths[0], history=paths[1] if len(paths) > 1 else None, mapping=told,
                process="b2b-six-stages",
            )  # fmt: skip
        except FunnelkitError as problem:
            event(f"refused: {problem.key}")
            return problem
        event("read")
        return p


def check(tally: Tally, rows: int, used: int) -> None:
    assert tally.rows == rows
    assert tally.used == used
    assert rows == used + sum(n for _, n in (*tally.set_aside, *tally.no_data))
    assert all(n > 0 for _, n in (*tally.set_aside, *tally.no_data))
    assert all(reasons()[why].costs == "row" for why, _ in tally.set_aside)
    assert all(reasons()[why].costs == "none" for why, _ in tally.no_data)
    assert len({why for why, _ in tally.set_aside}) == len(tally.set_aside)


@QUIET
@given(FILES, st.booleans())
def test_rows_of_deals_add_up(rows: list[list[str]], answered: bool) -> None:
    p = read_or_refused(("deals.csv", text_of(DEALS, rows)), answered=answered)
    if isinstance(p, FunnelkitError):
        assert p.key != "data.rows_lost"
        assert str(p)
        return
    check(p.findings.tallies["deals"], len(rows), p.size)
    assert p.left_out == p.findings.tallies["deals"].set_aside
    # a deal has one row, and no row is there twice
    frame = p.frame()
    assert frame["deal_id"].is_unique
    assert not frame["outcome"].isna().any()
    assert set(frame["deal_id"]) <= {r[0] for r in rows}
    aside = p.findings.set_aside
    aside = aside[aside["table"] == "deals"]
    assert not aside["row"].duplicated().any()
    str(win_rate(p)), str(quality(p))


@QUIET
@given(FILES)
def test_rows_of_workbooks_add_up(rows: list[list[str]]) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for k, row in enumerate([list(DEALS), *rows]):
            for j, cell in enumerate(row):
                if j == 5 and cell.isdigit():
                    sheet.write_number(k, j, int(cell))
                elif cell:  # a cell of nothing is not in the file
                    sheet.write_string(k, j, cell)
    p = read_or_refused(("deals.xlsx", out.getvalue()))
    if isinstance(p, FunnelkitError):
        assert p.key != "data.rows_lost"
        return
    last = max(k for k, row in enumerate(rows) if any(row))
    check(p.findings.tallies["deals"], last + 1, p.size)


@QUIET
@given(FILES, st.lists(VISIT, min_size=1, max_size=60))
def test_rows_of_histories_add_up(rows: list[list[str]], visits: list[list[str]]) -> None:
    p = read_or_refused(
        ("deals.csv", text_of(DEALS, rows)), ("history.csv", text_of(VISITS, visits))
    )
    if isinstance(p, FunnelkitError):
        assert p.key != "data.rows_lost"
        return
    assert p.stage_history is not None
    used = int(p.stage_history.count().execute())
    check(p.findings.tallies["deals"], len(rows), p.size)
    check(p.findings.tallies["stage_history"], len(visits), used)
    # stays are made along the rows as they stand; the engine's own sort says the same
    order = ["deal_id", "entered_at", "place", "visit"]
    names = [*order, "left_at", "after", "first"]
    told = p.stays.to_pandas().sort_values(order)[names].reset_index(drop=True)
    own = stays_of(p.stage_history, p.process).to_pandas()
    own = own.sort_values(order)[names].reset_index(drop=True)
    pd.testing.assert_frame_equal(told, own, check_dtype=False)


@QUIET
@given(st.lists(VISIT, min_size=1, max_size=60))
def test_rows_of_a_history_alone_add_up(visits: list[list[str]]) -> None:
    p = read_or_refused(("history.csv", text_of(VISITS, visits)))
    if isinstance(p, FunnelkitError):
        assert p.key != "data.rows_lost"
        return
    if p.stage_history is None:  # ids that do not repeat are no history
        check(p.findings.tallies["deals"], len(visits), p.size)
        return
    used = int(p.stage_history.count().execute())
    check(p.findings.tallies["stage_history"], len(visits), used)
    assert p.left_out == p.findings.tallies["stage_history"].set_aside


def test_every_reason_of_one_file_by_hand(tmp_path: Path) -> None:
    """Fifteen rows of which each tells its own story; two of them have two defects."""
    good = [[f"g{i}", "lead", "2026-01-05", "", "open", "5"] for i in range(4)]
    good += [["w", "need", "2026-01-05", "2026-02-01", "won", "5"],
             ["l", "need", "2026-01-05", "2026-02-01", "lost", "5"]]  # fmt: skip
    bad = [
        ["", "Elephant", "2026-01-05", "", "open", "5"],  # no id, and no such stage
        ["e1", "Elephant", "2026-01-05", "", "open", "5"],
        ["e2", "Giraffe", "2034-01-05", "", "open", "5"],  # no such stage, and in the future
        ["f", "lead", "2034-01-05", "", "open", "5"],
        ["g0", "lead", "2026-01-05", "", "open", "5"],  # repeats a row
        ["g1", "need", "2026-01-05", "", "open", "5"],  # an id used before
        ["r", "lead", "2026-01-05", "", "open", "5", "6", "7"],
        ["", "", "", "", "", ""],
        ["Total", "", "", "", "", ""],
    ]
    path = tmp_path / "deals.csv"
    path.write_text(text_of(DEALS, [*good, *bad]), "utf-8")
    p = read(path, process="b2b-six-stages")
    tally = p.findings.tallies["deals"]
    assert (tally.rows, tally.used) == (15, 6)
    assert dict(tally.set_aside) == {
        "missing_id": 1, "unknown_stage": 2, "future_date": 1, "repeated_row": 1,
        "duplicate_id": 1, "ragged_row": 1,
    }  # fmt: skip
    assert dict(tally.no_data) == {"footer": 1, "blank_row": 1}
    assert p.left_out == tally.set_aside
    assert "15" in str(tally)


def test_a_close_before_the_creation_costs_its_times_not_the_history(tmp_path: Path) -> None:
    deals = [["a", "need", "2026-03-05", "2026-01-10", "won", "5"],
             ["b", "need", "2026-01-05", "2026-02-10", "lost", "5"]]  # fmt: skip
    visits = [["a", "lead", "2026-03-05"], ["a", "contact", "2026-03-09"],
              ["b", "lead", "2026-01-05"], ["b", "contact", "2026-03-09"]]  # fmt: skip
    for name, header, rows in (("d.csv", DEALS, deals), ("h.csv", VISITS, visits)):
        (tmp_path / name).write_text(text_of(header, rows), "utf-8")
    p = read(tmp_path / "d.csv", history=tmp_path / "h.csv", process="b2b-six-stages")
    assert {f.reason: f.count for f in p.findings.errors} == {
        "closed_before_created": 1, "stage_after_close": 1
    }  # fmt: skip
    assert p.stage_history is not None
    assert sorted(p.stage_history.to_pandas()["deal_id"]) == ["a", "a", "b"]


def test_a_tally_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(FunnelkitError) as refusal:
        tally_of("deals.csv", 10, 7, {"missing_id": 2})
    assert refusal.value.key == "data.rows_lost"
    assert "deals.csv" in str(refusal.value)


# --- a column of a file may have any name -------------------------------------------------

HELPERS = (
    "is_won", "is_closed", "deleted", "active", "won_at", "lost_at", "closing_date", "__row",
    "file_row_number", "__as", "__money", "last_stage", "last_at", "last_open", "first_at",
    "unknown_stage__", "unknown_outcome__", "closed_label__", "last", "ends", "began_at", "was",
    "changed", "deal_id_right", "last_move", "__nth", "__same", "first_row", "before_stage",
    "before_at", "n", "day", "exit", "furthest", "place", "visit", "first", "left_at",
    "entered_at_", "duration", "stage_history", "field_history", "targets", "left_out", "nth",
    "open", "won", "lost", "outcome_detail", "entered:lead", f"{MARK}row", f"{MARK}as",
)  # fmt: skip


def plain() -> pd.DataFrame:
    n = 60
    outcome = ["won", "lost", "open"] * (n // 3)
    return pd.DataFrame({
        "deal_id": [f"d{i:02d}" for i in range(n)],
        "stage": [["lead", "contact", "need", "proposal"][i % 4] for i in range(n)],
        "created_at": pd.date_range("2026-01-01", periods=n, freq="D").astype(str),
        "closed_at": ["" if outcome[i] == "open" else f"2026-04-{i % 28 + 1:02d}"
                      for i in range(n)],
        "outcome": outcome,
        "amount": [str(100 + i) for i in range(n)],
    })  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "parquet", "frame"])
def test_a_column_of_any_name_changes_nothing(kind: str, tmp_path: Path) -> None:
    from funnelkit.measures import cohorts, conversion_curve, sales_cycle, velocity

    odd = [c for c in HELPERS if kind == "csv" or c != "file_row_number"]
    frame = plain()
    columns = pd.DataFrame({c: [f"text {i % 5}" for i in range(len(frame))] for c in odd})

    def source(data: pd.DataFrame, name: str) -> Any:
        if kind == "frame":
            return data
        path = tmp_path / f"{name}.{kind}"
        data.to_csv(path, index=False) if kind == "csv" else data.to_parquet(path, index=False)
        return path

    bare = read(source(frame, "bare"), name="x")
    more = read(source(pd.concat([columns, frame], axis=1), "more"), name="x")
    pd.testing.assert_frame_equal(more.frame()[bare.frame().columns], bare.frame())
    own = [c for c in odd if not c.startswith(MARK)]
    assert set(own) <= set(more.deals.columns)
    assert (more.frame()[own].nunique() == 5).all()
    # what the kit has no table for is not there because a column is called so
    assert not more.has("stage_history")
    assert not more.has("targets")
    for make in (win_rate, sales_cycle, velocity, cohorts, conversion_curve):
        pd.testing.assert_frame_equal(make(more).table, make(bare).table)
    then = bare.at("2026-02-15").frame()
    pd.testing.assert_frame_equal(more.at("2026-02-15").frame()[then.columns], then)


# --- a defect costs what it spoils --------------------------------------------------------


def test_a_deal_closed_before_it_was_created_keeps_its_outcome_and_loses_its_times() -> None:
    from funnelkit.measures import conversion_window, sales_cycle, velocity

    deals = pd.DataFrame({
        "deal_id": list("abcdef"), "stage": ["lead"] * 6, "amount": [10.0] * 6,
        "outcome": ["won", "won", "won", "lost", "lost", "open"],
        "created_at": pd.to_datetime(["2026-01-01", "2026-03-01", "2026-01-01", "2026-01-01",
                                      "2026-01-01", "2026-01-01"]),
        "closed_at": pd.to_datetime(["2026-01-11", "2026-02-01", None, "2026-01-21",
                                     "2026-02-01", None]),
    })  # fmt: skip
    p = read(deals, as_of="2026-12-31")
    assert p.size == 6
    assert p.left_out == ()
    assert win_rate(p).table[["won", "of"]].to_numpy().tolist() == [[3, 5]]
    # a took ten days; b closed before it began; of c nobody knows when
    cycle = sales_cycle(p)
    won = cycle.table.set_index("outcome").loc["won"]
    assert (won["deals"], won["median_days"]) == (1, 10)
    assert dict(cycle.scope.left_out) == {"undated": 1, "ends_before_start": 1}
    found = velocity(p)
    assert found.table["mean_cycle_days"].tolist() == [10]
    assert dict(found.scope.left_out) == {"undated": 1, "ends_before_start": 1}
    window = conversion_window(p, 30)
    assert window.table[["came", "of"]].to_numpy().tolist() == [[1, 4]]
    assert dict(window.scope.left_out) == {"undated": 1, "ends_before_start": 1}


# --- what has to be read first ------------------------------------------------------------


def deals_of(outcomes: list[str], amounts: list[float | None]) -> Any:
    import ibis

    n = len(outcomes)
    frame = pd.DataFrame({
        "deal_id": [f"d{i}" for i in range(n)], "stage": ["lead"] * n, "outcome": outcomes,
        "amount": pd.array(amounts, dtype="Float64"),
    })  # fmt: skip
    return ibis.duckdb.connect().create_table("deals", ibis.memtable(frame))


def told(outcomes: list[str], amounts: list[float | None], **more: Any) -> set[str]:
    from funnelkit.process import load_process

    found: list[Finding] = doubts_of(
        deals_of(outcomes, amounts), None, load_process(None), file="deals.csv",
        given={"amount"}, **more,
    )  # fmt: skip
    return {f.reason for f in found}


def test_doubts_by_hand() -> None:
    some_amounts: list[float | None] = [5.0, 5.0, 5.0]
    assert told(["won", "lost", "open"], some_amounts) == set()
    assert told(["won", "won", "open"], some_amounts) == {"no_losses"}
    assert told(["won", "no_decision", "open"], some_amounts) == set()
    assert told(["lost", "lost", "open"], some_amounts) == set()
    assert told(["won", "lost", "open"], [5.0, 0.0, None]) == {"amounts_of_won_only"}
    assert told(["won", "lost", "open"], [None, None, None]) == set()


@pytest.mark.parametrize(("bad", "doubtful"), [(2, False), (3, True)])
def test_two_in_a_hundred_rows_set_aside_are_many(bad: int, doubtful: bool) -> None:
    tally = tally_of("deals.csv", 100, 100 - bad, {"missing_id": bad})
    found = told(["won", "lost", "open"], [1.0, 1.0, 1.0], tally=tally)
    assert ("many_set_aside" in found) is doubtful
    # what the file itself marks as deleted is no fault
    tally = tally_of("deals.csv", 100, 100 - bad, {"deleted_rows": bad})
    assert told(["won", "lost", "open"], [1.0, 1.0, 1.0], tally=tally) == set()
