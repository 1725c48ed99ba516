"""The ledger in use: files, questions, undo, other parts of its file, both languages."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from funnelkit.cli import app
from funnelkit.control.actions import ActionLog
from funnelkit.data.ledger import Ledger, Unanswered
from funnelkit.data.ledger.moment import in_name
from funnelkit.data.pipeline import from_frames
from funnelkit.data.quality import quality
from funnelkit.data.read import read
from funnelkit.errors import FunnelkitError
from funnelkit.measures.timing.cycle import time_to_reach
from funnelkit.measures.timing.in_stage import time_in_stage
from funnelkit.process import Process
from funnelkit.words import speaking

END = dt.time.max
FIRST = """deal_id,name,account,owner,stage,outcome,amount,created_at,closed_at,expected_close
A,Pumps,Acme,Ada,lead,open,100,2026-02-20 08:00,,2026-06-01
B,Valves,Bolt,Ada,need,open,200,2026-02-01 08:00,,2026-05-01
C,Seals,Core,Ben,proposal,open,300,2026-01-10 08:00,,2026-04-01
"""
SECOND = """deal_id,name,account,owner,stage,outcome,amount,created_at,closed_at,expected_close
A,Pumps,Acme,Ben,contact,open,120.5,2026-02-20 08:00,,2026-06-01
B,Valves,Bolt,Ada,need,open,200,2026-02-01 08:00,,2026-05-15
C,Seals,Core,Ben,proposal,won,300,2026-01-10 08:00,2026-03-04 12:00,2026-04-01
D,Rings,Dorn,Ada,lead,open,400,2026-03-05 08:00,,2026-07-01
"""


def end(day: str) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(day), END)


@pytest.fixture
def weeks(tmp_path: Path) -> tuple[Path, Path]:
    one, two = tmp_path / "deals-2026-03-01.csv", tmp_path / "deals-2026-03-08.csv"
    one.write_text(FIRST, "utf-8")
    two.write_text(SECOND, "utf-8")
    return one, two


def rows(ledger: Ledger) -> list[tuple[Any, ...]]:
    table = ledger.changes()[["deal_id", "what", "old", "new"]].astype("object")
    return sorted(tuple(None if v != v else v for v in row) for row in table.to_numpy().tolist())


def test_two_files_worked_by_hand(weeks: tuple[Path, Path], tmp_path: Path) -> None:
    file = tmp_path / "sales.duckdb"
    with Ledger(file) as ledger:
        first = ledger.add(weeks[0])
        assert (first.deals, first.counts, first.seen_at) == (3, {}, end("2026-03-01"))
        told = ledger.add(weeks[1])
        assert told.counts == {
            "new": 1, "stage": 1, "outcome": 1, "amount": 1, "expected_close": 1, "owner": 1,
        }  # fmt: skip
        assert rows(ledger) == [
            ("A", "amount", "100", "120.5"),
            ("A", "owner", "Ada", "Ben"),
            ("A", "stage", "lead", "contact"),
            ("B", "expected_close", "2026-05-01", "2026-05-15"),
            ("C", "outcome", "open", "won"),
            ("D", "new", None, None),
        ]
        again = ledger.add(weeks[1])
        assert again.already
        assert "already" in str(again)
        assert len(ledger) == 2
        deal = ledger.history("A").table
        assert set(deal["sha"].iloc[1:]) == {ledger.status().table["sha"].iloc[1]}
        assert ledger.status().table["new"].tolist() == [0, 1]
    p = read(file)
    assert p.as_of == end("2026-03-08")
    assert p.stage_history is not None
    got = p.stage_history.order_by(["deal_id", "seq"]).to_pandas()
    middle = dt.datetime(2026, 3, 5, 11, 59, 59, 999999)  # of the two exports
    assert list(
        zip(got["deal_id"], got["stage"], got["entered_at"], got["begun"], strict=True)
    ) == [
        ("A", "lead", dt.datetime(2026, 2, 20, 8), True),
        ("A", "contact", middle, False),
        ("B", "need", end("2026-03-01"), True),
        ("C", "proposal", end("2026-03-01"), True),
        ("C", "won", dt.datetime(2026, 3, 4, 12), False),
        ("D", "lead", dt.datetime(2026, 3, 5, 8), False),
    ]
    assert p.field_history is not None
    assert set(p.field_history.to_pandas()["changed_at"]) == {middle}
    assert {f.reason for f in p.findings} == {"ledger.read", "ledger.found_timing"}
    assert (p.timing.exports, p.timing.begun, p.timing.most) == (2, 3, 7.0)
    # what a week showed is what the pipeline says of that week
    before = p.at(end("2026-03-01")).frame().set_index("deal_id")
    assert before["stage"].to_dict() == {"A": "lead", "B": "need", "C": "proposal"}
    assert before["owner"].to_dict() == {"A": "Ada", "B": "Ada", "C": "Ben"}
    assert before["amount"].to_dict() == {"A": 100, "B": 200, "C": 300}


def test_results_say_how_sure_the_times_are(weeks: tuple[Path, Path]) -> None:
    with Ledger() as ledger:
        for week in weeks:
            ledger.add(week)
        p = ledger.pipeline()
    found = time_in_stage(p)
    # D's stay in lead and A's in contact: all others had begun before the first export
    assert found.table.set_index("stage")["entered"].to_dict() == {
        "lead": 1, "contact": 1, "need": 0, "proposal": 0, "negotiation": 0,
    }  # fmt: skip
    assert "at most 7.0" in str(found.scope)
    assert "3 stays" in str(found.scope)
    assert "shortest and longest" in found.definition
    with speaking("zh"):
        assert "区间通常为" in str(found.scope)
    assert quality(p).grade == "A"


def test_bounds_of_the_time_in_a_stage() -> None:
    """Ten deals enter contact in week 1 and leave in week 3: two weeks, give or take one."""
    ids = [f"D{k}" for k in range(10)]
    created = pd.Timestamp("2026-03-02 12:00")
    with Ledger() as ledger:
        for day, stage in (("01", "none"), ("08", "contact"), ("15", "contact"), ("22", "need")):
            frame = pd.DataFrame({"deal_id": [*ids, "X"], "created_at": created})
            frame["stage"] = [*[stage] * 10, "lead"]
            frame = frame[frame["stage"] != "none"]
            answers = ["stage:need=need"]
            ledger.add(from_frames(frame, as_of=f"2026-03-{day}"), answers=answers)
        p = ledger.pipeline()
    row = time_in_stage(p).table.set_index("stage").loc["contact"]
    # entered in (2 March 12:00, 8 March], left in (15, 22 March]: middle 5.5 and 18.9 March
    assert (row["low"], row["median_days"], row["high"]) == (7, 13, 20)
    # need was entered in (15 March, 22 March], both days to their ends, after 2 March 12:00
    found = time_to_reach(p)
    row = found.table.set_index("stage").loc["need"]
    assert row[["low", "median_days", "high"]].tolist() == pytest.approx([13.5, 17, 20.5])
    assert row["deals"] == 10
    assert "earliest and latest" in found.definition
    # X was in lead when it was first seen: when it came there is not known
    assert "lead" not in set(found.table["stage"])
    assert ("ledger.begun", 1) in found.scope.left_out


def test_an_older_file_takes_its_place_and_undo_leaves_no_trace(
    weeks: tuple[Path, Path], tmp_path: Path
) -> None:
    between = tmp_path / "deals-2026-03-04.csv"
    between.write_text(FIRST.replace("A,Pumps,Acme,Ada,lead", "A,Pumps,Acme,Ada,contact"), "utf-8")
    with Ledger() as ledger:
        for week in weeks:
            ledger.add(week)
        straight = ledger.changes()
        late = ledger.add(between)
        assert (late.before, late.after) == (end("2026-03-01"), end("2026-03-08"))
        assert "took its place before 8 Mar 2026" in str(late)
        moved = ledger.history("A").table.query("what == 'stage'").iloc[0]
        assert (moved["seen_after"], moved["seen_by"]) == (end("2026-03-01"), end("2026-03-04"))
        ledger.undo(late.import_id)
        pd.testing.assert_frame_equal(ledger.changes(), straight)
        with pytest.raises(FunnelkitError, match="no import 3"):
            ledger.undo(late.import_id)
        assert ledger.add(between).import_id > late.import_id  # numbers are never used twice


def test_an_unknown_stage_is_asked_about_and_nothing_is_added(
    weeks: tuple[Path, Path], tmp_path: Path
) -> None:
    file = tmp_path / "deals-2026-03-15.csv"
    file.write_text(SECOND.replace("B,Valves,Bolt,Ada,need", "B,Valves,Bolt,Ada,Demo"), "utf-8")
    with Ledger() as ledger:
        for week in weeks:
            ledger.add(week)
        with pytest.raises(Unanswered) as refused:
            ledger.add(file)
        (asked,) = refused.value.questions
        assert (asked.about, asked.reason) == ("stage:Demo", "unknown_stage")
        assert asked.answers[0] == "need"  # where its deal stood before
        assert "stood in" in str(asked)
        assert "--answer" in str(refused.value)
        with speaking("zh"):
            assert "改了名" in str(refused.value)
        assert len(ledger) == 2
        with pytest.raises(FunnelkitError, match="no stage of the ledger"):
            ledger.add(file, answers=["stage:Demo=nead"])
        renamed = ledger.add(file, answers=["stage:Demo=need"])
        assert renamed.counts == {}
        ledger.undo(renamed.import_id)
        with pytest.raises(Unanswered):  # the answer went with it
            ledger.add(file)
        told = ledger.add(file, answers={"stage:Demo": "after:need"})
        assert told.counts == {"stage": 1}
        p = ledger.pipeline()
        assert p.process.stage_ids.index("demo") == p.process.stage_ids.index("need") + 1
        later = tmp_path / "deals-2026-03-22.csv"
        later.write_text(file.read_text("utf-8"), "utf-8")
        known = ledger.add(later)
        assert known.counts == {}  # known from now on
        ledger.undo(known.import_id)
        ledger.undo(told.import_id)
        assert ledger.process is not None
        assert "demo" not in ledger.process.stage_ids


def wide(stage: str, day: str, prefix: str = "D") -> Any:
    """Twelve deals in one stage."""
    frame = pd.DataFrame({"deal_id": [f"{prefix}{k}" for k in range(12)], "stage": stage})
    frame["name"] = [f"deal {k}" for k in range(12)]
    frame["account"] = "Acme"
    frame["amount"] = 10.0
    frame["created_at"] = pd.Timestamp("2026-02-01")
    return from_frames(frame, as_of=day)


def test_a_stage_that_empties_into_another_is_asked_about() -> None:
    with Ledger() as ledger:
        ledger.add(wide("contact", "2026-03-01"))
        with pytest.raises(Unanswered, match="empty all at once") as refused:
            ledger.add(wide("need", "2026-03-08"))
        assert refused.value.questions[0].answers == ("contact", "need")
        assert ledger.add(wide("need", "2026-03-08"), answers=["stage:need=need"]).counts == {
            "stage": 12
        }
    with Ledger() as ledger:
        ledger.add(wide("contact", "2026-03-01"))
        renamed = ledger.add(wide("need", "2026-03-08"), answers=["stage:need=contact"])
        assert renamed.counts == {}


def test_new_ids_and_merged_deals_are_asked_about() -> None:
    with Ledger() as ledger:
        ledger.add(wide("lead", "2026-03-01"))
        with pytest.raises(Unanswered) as refused:
            ledger.add(wide("lead", "2026-03-08", "E"))
        assert len(refused.value.questions) == 12
        assert {q.reason for q in refused.value.questions} == {"new_id"}
        assert "2 more" in str(refused.value)
        same = [f"deal:E{k}=D{k}" for k in range(12)]
        assert ledger.add(wide("lead", "2026-03-08", "E"), answers=same).counts == {}
        assert ledger.add(wide("lead", "2026-03-15", "E")).counts == {}  # known from now on
        assert set(ledger.pipeline().frame()["deal_id"]) == {f"D{k}" for k in range(12)}
    with Ledger() as ledger:
        ledger.add(wide("lead", "2026-03-01"))
        told = ledger.add(wide("lead", "2026-03-08", "E"), answers=["deal:*=new"])
        assert told.counts == {"new": 12, "vanished": 12}
        assert dict(ledger.pipeline().left_out) == {"ledger.vanished": 12}
    twins = pd.DataFrame({"deal_id": ["A", "B"], "stage": ["lead", "need"], "name": "Pumps"})
    twins = twins.assign(account="Acme", amount=5.0, created_at=pd.Timestamp("2026-02-01"))
    with Ledger() as ledger:
        ledger.add(from_frames(twins, as_of="2026-03-01"))
        one = from_frames(twins[twins["deal_id"] == "B"], as_of="2026-03-08")
        with pytest.raises(Unanswered, match="merged into that one") as refused:
            ledger.add(one)
        assert refused.value.questions[0].answers == ("B", "gone")
        ledger.add(one, answers=["deal:A=B"])
        p = ledger.pipeline()
        assert dict(p.left_out) == {"ledger.merged": 1}
        assert p.size == 1
        with pytest.raises(FunnelkitError, match="names"):
            ledger.add(one, "2026-03-15", answers=["deal:A=Z"])


def test_rates_agreed_with_the_first_export_hold_and_none_are_assumed(tmp_path: Path) -> None:
    head = "deal_id,owner,stage,outcome,amount,currency,created_at,closed_at\n"
    row = "{},Ada,{},open,{},{},2026-02-01 08:00,\n"
    one, two = tmp_path / "deals-2026-03-01.csv", tmp_path / "deals-2026-03-08.csv"
    first = [("A", "lead", 100, "EUR"), ("B", "need", 200, "USD"), ("C", "need", 300, "EUR")]
    one.write_text(head + "".join(row.format(*r) for r in first), "utf-8")
    two.write_text(head + "".join(row.format(*r) for r in [*first, ("D", "lead", 80, "USD")]))
    with Ledger() as unasked, pytest.raises(FunnelkitError, match="EUR, USD"):
        unasked.add(one)
    with Ledger() as ledger:
        ledger.add(one, mapping={"exchange": {"EUR": 1, "USD": 0.5}})
        told = ledger.add(two)  # the rates are the ledger's now
        amounts = ledger.pipeline().deals.to_pandas().set_index("deal_id")["amount"]
    assert amounts.to_dict() == {"A": 100.0, "B": 100.0, "C": 300.0, "D": 40.0}
    assert {k: n for k, n in told.counts.items() if n} == {"new": 1}


def test_the_date_is_told_or_in_the_name_or_asked_for(tmp_path: Path) -> None:
    assert in_name("20260308 deals.csv") == end("2026-03-08")
    assert in_name("商机_2026年3月8日.xlsx") == end("2026-03-08")
    assert in_name("deals_2026-03-08_0915.csv") == dt.datetime(2026, 3, 8, 9, 15)
    assert in_name("from 2026-03-01 to 2026-03-08.csv") is None
    assert in_name("deals-20261345.csv") is None
    file = tmp_path / "deals.csv"
    file.write_text(FIRST, "utf-8")
    with Ledger() as ledger:
        with pytest.raises(FunnelkitError, match="not known when"):
            ledger.add(file)
        ledger.add(file, "2026-03-01")
        assert ledger.add(file).already  # the same file, whenever it is from
        other = tmp_path / "other-2026-03-01.csv"
        other.write_text(SECOND.replace("2026-03-0", "2026-02-0"), "utf-8")
        with pytest.raises(FunnelkitError, match="another export of 1 Mar 2026"):
            ledger.add(other)


def test_what_cannot_be_read_is_no_change(weeks: tuple[Path, Path], tmp_path: Path) -> None:
    many = "".join(f"K{k},deal {k},Acme,Ada,lead,open,10,2026-02-01,,\n" for k in range(30))
    one, two, three = (tmp_path / f"d-2026-03-{d}.csv" for d in ("01", "08", "15"))
    one.write_text(FIRST + many, "utf-8")
    broken = FIRST.replace("B,Valves,Bolt,Ada,need,open,200", "B,Valves,Bolt,Ada,need,open,x")
    broken = broken.replace("A,Pumps,Acme,Ada,lead,open", "A,Pumps,Acme,Ada,lead,perhaps")
    two.write_text(broken + many, "utf-8")
    three.write_text(FIRST.replace(",need,open,200", ",need,open,250") + many, "utf-8")
    with Ledger() as ledger:
        for file in (one, two, three):
            ledger.add(file)
        assert rows(ledger) == [("B", "amount", "200", "250")]
        changed = ledger.changes().iloc[0]
        assert changed["seen_after"] == end("2026-03-01")  # the second could not be read
        garbled = tmp_path / "d-2026-03-22.csv"
        garbled.write_text(FIRST.replace("open", "perhaps"), "utf-8")
        with pytest.raises(FunnelkitError):
            ledger.add(garbled)
        assert len(ledger) == 3


def test_a_column_that_one_export_lacks_did_not_change(weeks: tuple[Path, Path]) -> None:
    frame = pd.read_csv(weeks[0])
    with Ledger() as ledger:
        ledger.add(frame, "2026-03-01")
        ledger.add(frame.drop(columns=["amount", "owner"]), "2026-03-08")
        told = ledger.add(frame.assign(amount=[100, 200, 999]), "2026-03-15")
        assert rows(ledger) == [("C", "amount", "300", "999")]
        assert told.counts == {}  # the export before says nothing of amounts
        assert ledger.changes()["seen_after"].iloc[0] == end("2026-03-01")
        assert ledger.pipeline().frame()["owner"].tolist() == ["Ada", "Ada", "Ben"]


def test_own_history_goes_before_what_was_seen(weeks: tuple[Path, Path]) -> None:
    moved = pd.Timestamp("2026-03-03 10:00:00")
    history = pd.DataFrame(
        {"deal_id": ["A", "A"], "stage": ["lead", "contact"],
         "entered_at": [pd.Timestamp("2026-02-20 08:00"), moved]}
    )  # fmt: skip
    fields = pd.DataFrame(
        {"deal_id": ["A"], "field": ["amount"], "old": ["100"], "new": ["120.5"],
         "changed_at": [moved]}
    )  # fmt: skip
    with Ledger() as ledger:
        ledger.add(weeks[0])
        told = ledger.add_frames(
            pd.read_csv(weeks[1]), history, fields, seen_at="2026-03-08", source="crm"
        )
        assert told.counts["stage"] == 1
        third = pd.read_csv(weeks[1]).replace({"contact": "need", "lead": "contact"})
        ledger.add_frames(third[:1].assign(amount=130), seen_at="2026-03-15", source="crm",
                          whole=False)  # fmt: skip
        p = ledger.pipeline()
    assert p.stage_history is not None
    assert p.field_history is not None
    got = p.stage_history.filter(p.stage_history.deal_id == "A").order_by("seq").to_pandas()
    assert got["stage"].tolist() == ["lead", "contact", "need"]
    assert got["entered_at"].tolist()[:2] == [pd.Timestamp("2026-02-20 08:00"), moved]
    assert not got["begun"].any()
    amounts = p.field_history.filter(p.field_history.field == "amount").to_pandas()
    assert amounts[["old", "new"]].to_numpy().tolist() == [["100", "120.5"], ["120.5", "130"]]
    assert amounts["changed_at"].iloc[0] == moved
    assert p.size == 4  # a part tells nothing of the others


def test_the_action_log_lives_in_the_same_file(weeks: tuple[Path, Path], tmp_path: Path) -> None:
    file = tmp_path / "sales.duckdb"
    with Ledger(file) as ledger:
        ledger.add(weeks[0])
        with ActionLog(file) as log:  # both at once, in one program
            log.add("Quotes stay silent", stage="proposal", measure="step_rate", owner="Ada",
                    start="2026-03-01", due="2026-04-30", expected=0.6)  # fmt: skip
        assert read(file).size == 3  # reading while it is open here
    with ActionLog(file) as log:
        assert len(log) == 1
    assert read(file).size == 3


def test_a_file_that_is_no_ledger(tmp_path: Path) -> None:
    other = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(other)) as con:
        con.execute("CREATE TABLE deals (deal_id VARCHAR)")
    with pytest.raises(FunnelkitError, match="without a ledger"):
        read(other)
    text = tmp_path / "sales.duckdb"
    text.write_text("no database at all, only text" * 200)
    with pytest.raises(FunnelkitError, match="no file of funnelkit"):
        Ledger(text)
    empty = tmp_path / "empty.duckdb"
    Ledger(empty).shut()
    with pytest.raises(FunnelkitError, match="holds no export yet"):
        read(empty)
    with pytest.raises(FunnelkitError, match="brings its own"):
        read(empty, process="b2b-six-stages")


def test_attributes_of_any_name_and_kind_come_back() -> None:
    frame = pd.DataFrame({"deal_id": ["a"], "stage": ["lead"], "it's \"/~ odd": [1]})
    frame = frame.assign(hot=True, 省份=["浙江"], signed=pd.Timestamp("2026-02-01 10:00"))
    with Ledger() as ledger:
        ledger.add(frame, "2026-03-01")
        row = ledger.pipeline().frame().iloc[0]
    assert row["it's \"/~ odd"] == 1
    assert (row["hot"], row["省份"], row["signed"]) == (True, "浙江", frame["signed"][0])


def test_stages_of_ones_own(tmp_path: Path) -> None:
    process = Process.from_stages(["New", "Offer", "Deal"])
    with Ledger(process=process) as ledger:
        ledger.add(pd.DataFrame({"deal_id": ["a"], "stage": ["New"]}), "2026-03-01")
        told = ledger.add(pd.DataFrame({"deal_id": ["a"], "stage": ["Offer"]}), "2026-03-08")
        assert told.counts == {"stage": 1}
        assert ledger.pipeline().process == process
    with Ledger() as ledger:  # those of the first export
        ledger.add(pd.DataFrame({"deal_id": ["a", "b"], "stage": ["Zig", "Zag"]}), "2026-03-01")
        assert ledger.process is not None
        assert set(ledger.process.stage_ids) == {"zig", "zag"}


def test_exported_files_read_as_the_ledger_does(weeks: tuple[Path, Path], tmp_path: Path) -> None:
    with Ledger() as ledger:
        for week in weeks:
            ledger.add(week)
        folder = ledger.export(tmp_path / "out")
        p = ledger.pipeline()
    q = read(folder)
    assert p.stage_history is not None
    assert q.stage_history is not None
    columns = ["deal_id", "stage", "entered_at"]
    pd.testing.assert_frame_equal(
        q.stage_history.order_by(["deal_id", "entered_at"]).to_pandas()[columns],
        p.stage_history.order_by(["deal_id", "seq"]).to_pandas()[columns],
    )
    assert len(pd.read_csv(folder / "ledger" / "changes.csv")) == 6
    assert (folder / "ledger" / "process.yaml").is_file()


def test_on_the_command_line_in_both_languages(weeks: tuple[Path, Path], tmp_path: Path) -> None:
    file = str(tmp_path / "sales.duckdb")

    def run(*words: str) -> Any:
        with speaking("en"):
            done = CliRunner().invoke(app, ["ledger", *words], env={"FUNNELKIT_LANG": "en"})
        assert "Traceback" not in done.output
        return done

    assert "ledger init" in run("add", file, str(weeks[0])).output
    assert run("init", file).exit_code == 0
    both = run("add", file, *map(str, weeks))
    assert "Since 1 Mar 2026: new 1, stage 1, outcome 1" in both.output
    assert "没有任何改动" in run("add", file, str(weeks[1]), "--lang", "zh").output
    assert "负责人" in run("status", file, "--lang", "zh").output
    assert "Lead generation → Contact" in run("history", file, "A").output
    near = run("history", file, "AA")
    assert near.exit_code == 2
    assert 'Nearest: "A"' in near.output
    assert "已写入" in run("export", file, str(tmp_path / "out"), "--lang", "zh").output
    assert "taken out" in run("undo", file, "2").output
    assert "1 export" in run("status", file).output


def test_what_lies_under_an_empty_cell_does_not_make_another_file() -> None:
    from funnelkit.data.ledger.intake import checksum

    def table(hidden: int) -> pa.Table:
        numbers = pa.py_buffer(np.array([5, hidden], dtype="int64").tobytes())
        column = pa.Array.from_buffers(pa.int64(), 2, [pa.py_buffer(b"\x01"), numbers])
        return pa.table({"deal_id": ["a", "b"], "amount": column})

    assert checksum(table(1)) == checksum(table(9))
    assert checksum(table(1)) != checksum(table(1).set_column(1, "amount", pa.array([5, 9])))
