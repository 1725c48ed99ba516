"""Shapes of tables people export, each read and worked by hand, as CSV and as a workbook."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

import funnelkit as fk
from funnelkit.data.inspect import inspect
from funnelkit.data.pipeline import Pipeline
from funnelkit.data.reading.shape import chained
from funnelkit.data.understanding.questions import Unsure
from funnelkit.words import speaking

KINDS = ("csv", "xlsx")


def _file(folder: Path, text: str, kind: str, name: str = "export") -> Path:
    """Write lines of CSV as they stand, or cell by cell into a workbook."""
    path = folder / f"{name}.{kind}"
    text = text.lstrip("\n")
    if kind == "csv":
        path.write_text(text, "utf-8")
        return path
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Data")
        for r, row in enumerate(csv.reader(io.StringIO(text))):
            for c, cell in enumerate(row):
                if cell:
                    sheet.write_string(r, c, cell)
    return path


def _visits(p: Pipeline) -> list[tuple[str, str, str]]:
    assert p.stage_history is not None
    frame = p.stage_history.order_by(["deal_id", "entered_at", "seq"]).to_pandas()
    days = frame["entered_at"].dt.strftime("%m-%d")
    return list(zip(frame["deal_id"], frame["stage"], days, strict=True))


def _outcomes(p: Pipeline) -> dict[str, str]:
    frame = p.frame()
    return dict(zip(frame["deal_id"], frame["outcome"], strict=True))


# --- one date column a stage -----------------------------------------------------------------

ENTERED = {
    "entered": ("Deal ID,Stage,Created Date,Entered Demo,Entered Proposal,Amount", "Demo,Proposal"),
    "moved": (
        "Deal ID,Stage,Created Date,Date moved to Demo,Date moved to Proposal,Amount",
        "Demo,Proposal",
    ),
    "stage date": ("Deal ID,Stage,Created Date,Demo Date,Proposal Date,Amount", "Demo,Proposal"),
    "snake": ("deal_id,stage,created_at,demo_at,proposal_at,amount", "Demo,Proposal"),
    "chinese": ("商机编号,阶段,创建日期,进入演示阶段时间,进入报价阶段时间,金额", "演示,报价"),
    "chinese dates": ("商机编号,阶段,创建日期,演示日期,报价日期,金额", "演示,报价"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("heads", list(ENTERED))
def test_one_date_column_a_stage(heads: str, kind: str, tmp_path: Path) -> None:
    header, stages = ENTERED[heads]
    demo, proposal = stages.split(",")
    won = "赢单" if demo == "演示" else "Closed Won"
    text = f"""{header}
D1,{won},2026-01-02,2026-01-05,2026-01-20,100
D2,{proposal},2026-01-03,2026-01-06,2026-01-25,200
D3,{demo},2026-01-04,2026-01-08,,300
"""
    p = fk.read(_file(tmp_path, text, kind))
    first, second = p.process.stage_ids[-2:]
    assert _visits(p) == [
        ("D1", first, "01-05"), ("D1", second, "01-20"),
        ("D2", first, "01-06"), ("D2", second, "01-25"),
        ("D3", first, "01-08"),
    ]  # fmt: skip
    assert _outcomes(p) == {"D1": "won", "D2": "open", "D3": "open"}
    table = fk.funnel(p).table.set_index("stage")["deals"]
    assert (table[first], table[second], table.iloc[-1]) == (3, 2, 1)


# --- histories -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_history_newest_first_with_equal_days(kind: str, tmp_path: Path) -> None:
    text = """
deal_id,stage,entered_at
A,Proposal,2026-02-01
A,Demo,2026-01-10
A,Qualified,2026-01-10
A,Lead,2026-01-02
B,Demo,2026-01-20
B,Qualified,2026-01-20
B,Lead,2026-01-05
"""
    p = fk.read(_file(tmp_path, text, kind))
    assert [s for d, s, _ in _visits(p) if d == "A"] == ["lead", "qualified", "demo", "proposal"]
    assert [s for d, s, _ in _visits(p) if d == "B"] == ["lead", "qualified", "demo"]
    assert p.findings.count("backward_move") == 0


def test_moves_of_one_moment_follow_each_other() -> None:
    assert chained([(3, "Demo", "Offer"), (4, "Lead", "Demo"), (5, "Offer", "Won")]) == [4, 3, 5]
    assert chained([(1, None, "Lead"), (2, "Lead", "Demo")]) == [1, 2]
    assert chained([(1, "A", "B"), (2, "B", "A")]) == [1, 2]  # a circle: as they stand


PAIRS = {
    "snake": "deal_id,created_at,from_stage,to_stage,changed_at",
    "report": "Opportunity ID,Created Date,From Stage,To Stage,Last Modified",
    "old and new": "Deal ID,Created Date,Old Stage,New Stage,Change Date",
    "chinese": "商机编号,创建日期,变更前阶段,变更后阶段,变更时间",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("heads", list(PAIRS))
def test_pairs_of_the_stage_left_and_entered(heads: str, kind: str, tmp_path: Path) -> None:
    # the rows of 10 January stand in no order but that of their stages
    text = f"""{PAIRS[heads]}
A,2026-01-02,Qualified,Demo,2026-01-10
A,2026-01-02,Lead,Qualified,2026-01-10
A,2026-01-02,Demo,Closed Won,2026-02-03
B,2026-01-05,Lead,Qualified,2026-01-20
"""
    p = fk.read(_file(tmp_path, text, kind))
    assert _visits(p) == [
        ("A", "lead", "01-02"), ("A", "qualified", "01-10"), ("A", "demo", "01-10"),
        ("A", "won", "02-03"), ("B", "lead", "01-05"), ("B", "qualified", "01-20"),
    ]  # fmt: skip
    assert _outcomes(p) == {"A": "won", "B": "open"}
    assert p.findings.count("first_visit_derived") == 2
    tally = p.findings.tallies["stage_history"]
    assert (tally.rows, tally.used) == (4, 4)


def test_a_first_stage_nobody_dated_is_told(tmp_path: Path) -> None:
    text = "deal_id,from_stage,to_stage,changed_at\nA,Lead,Demo,2026-01-10\nB,,Lead,2026-01-04\n"
    p = fk.read(_file(tmp_path, text, "csv"))
    assert _visits(p) == [("A", "demo", "01-10"), ("B", "lead", "01-04")]
    assert p.findings.count("first_stage_undated") == 1


def test_the_mapping_of_a_second_file_is_drafted(tmp_path: Path) -> None:
    deals = "Id,StageName,CloseDate,CreatedDate\nD1,Prospecting,2026-05-01,2026-01-02\n"
    moves = "opp,new_stage,when\nD1,Prospecting,2026-01-02\n"
    told = {"history": {"deal_id": "opp", "stage": "new_stage", "entered_at": "when"}}
    history = _file(tmp_path, moves, "csv", "moves")
    found = inspect(_file(tmp_path, deals, "csv"), history, mapping=told)
    assert found.state == "reads"
    assert "history:\n  deal_id: opp\n  stage: new_stage\n  entered_at: when\n" in found.mapping


# --- event logs ------------------------------------------------------------------------------

ENDS = {"outcomes": {"Signed": "won", "Rejected": "lost"}}
LOG = """
case:concept:name,concept:name,time:timestamp,case:region,case:amount,org:resource
c1,Register,2026-01-01T08:00:00Z,East,100,ann
c1,Offer,2026-01-02T08:00:00Z,East,100,bob
c1,Signed,2026-01-05T08:00:00Z,East,100,ann
c2,Register,2026-01-01T09:00:00Z,West,250,bob
c2,Offer,2026-01-03T09:00:00Z,West,250,bob
c2,Rejected,2026-01-04T09:00:00Z,West,250,ann
c3,Register,2026-01-06T09:00:00Z,West,,ann
"""


def _check_log(p: Pipeline) -> None:
    frame = p.frame().set_index("deal_id")
    assert frame["outcome"].to_dict() == {"c1": "won", "c2": "lost", "c3": "open"}
    assert frame["region"].to_dict() == {"c1": "East", "c2": "West", "c3": "West"}
    assert frame["amount"].fillna(0).to_dict() == {"c1": 100, "c2": 250, "c3": 0}
    assert str(frame.loc["c1", "closed_at"]) == "2026-01-05 08:00:00"
    assert fk.funnel(p).table["deals"].tolist() == [3, 2, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_log(kind: str, tmp_path: Path) -> None:
    file = _file(tmp_path, LOG, kind)
    with pytest.raises(Unsure) as open_:
        fk.read(file)
    assert {q.about for q in open_.value.questions} == {"outcome:Signed", "outcome:Rejected"}
    with speaking("zh"):
        assert "之后没有后续活动" in str(open_.value)
    _check_log(fk.read(file, mapping=ENDS))
    found = inspect(file, mapping=ENDS)
    assert found.state == "reads"
    again = tmp_path / "again.yaml"
    again.write_text(found.mapping, "utf-8")
    _check_log(fk.read(file, mapping=again))


def _xes(rows: str) -> str:
    log = pd.read_csv(io.StringIO(rows.strip()), dtype=str)
    parts = ['<?xml version="1.0" encoding="UTF-8"?>',
             '<log xes.version="1.0" xmlns="http://www.xes-standard.org/">',
             '<string key="concept:name" value="sales"/>']  # fmt: skip
    for case, part in log.groupby("case:concept:name", sort=False):
        first = part.iloc[0]
        parts.append(f'<trace><string key="concept:name" value="{case}"/>')
        parts.append(f'<string key="region" value="{first["case:region"]}"/>')
        for _, row in part.iterrows():
            parts.append(
                f'<event><string key="concept:name" value="{row["concept:name"]}">'
                '<string key="concept:name" value="nested"/></string>'
                f'<date key="time:timestamp" value="{row["time:timestamp"]}"/></event>'
            )
        if isinstance(first["case:amount"], str):  # what is said of the case may stand last
            parts.append(f'<float key="amount" value="{first["case:amount"]}"/>')
        parts.append("</trace>")
    return "\n".join([*parts, "</log>"])


@pytest.mark.parametrize("name", ["log.xes", "log.xes.gz", "log.xml"])
def test_xes(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    data = _xes(LOG).encode()
    file.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    with pytest.raises(Unsure):
        fk.read(file)
    _check_log(fk.read(file, mapping=ENDS))


BOMB = """<?xml version="1.0"?>
<!DOCTYPE log [
 <!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">
 <!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
 <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
 <!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">
 <!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">
 <!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">
]>
<log><trace><event><string key="concept:name" value="&f;"/></event></trace></log>"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BOMB, "entities"),
        (
            '<!DOCTYPE log [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
            '<log><trace><event><string key="a" value="b"/>&x;</event></trace></log>',
            "entities",
        ),
        ('<!DOCTYPE log SYSTEM "http://127.0.0.1:9/a.dtd"><log></log>', "rows"),
        ("<log><trace><event></trace></log>", "line 1"),
        ("<log><trace><event>", "line 1"),
        ("<log></log>", "rows"),
        ("<html><log></log></html>", "web page"),
    ],
)
def test_hostile_and_broken_logs_are_refused(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "log.xes"
    file.write_text(text, "utf-8")
    with speaking("en"), pytest.raises(fk.FunnelkitError, match=told):
        fk.read(file)
    file.write_bytes(gzip.compress(text.encode())[:-9])
    with pytest.raises(fk.FunnelkitError):
        fk.read(file)


# --- exports stacked in one file -------------------------------------------------------------

STACK = """
snapshot_date,opportunity_id,stage,amount,created_date
2026-03-02,O1,Prospecting,100,2026-02-10
2026-03-02,O2,Prospecting,200,2026-02-11
2026-03-09,O1,Proposal,100,2026-02-10
2026-03-09,O2,Prospecting,200,2026-02-11
2026-03-16,O1,Closed Won,120,2026-02-10
2026-03-16,O2,Prospecting,250,2026-02-11
"""


@pytest.mark.parametrize("kind", KINDS)
def test_stacked_exports(kind: str, tmp_path: Path) -> None:
    file = _file(tmp_path, STACK, kind)
    with speaking("en"), pytest.raises(Unsure, match="funnelkit ledger add") as open_:
        fk.read(file)
    choice = open_.value.questions[0].choices[0]
    assert choice.mapping == {"snapshot": "snapshot_date"}
    p = fk.read(file, mapping=choice.mapping)
    assert _outcomes(p) == {"O1": "won", "O2": "open"}
    # a move lies between two exports: its time is the middle (23:59:59.99 less 3.5 days)
    assert [v for v in _visits(p) if v[0] == "O1"][1:] == [
        ("O1", "proposal", "03-06"), ("O1", "won", "03-13"),
    ]  # fmt: skip
    assert p.frame()["amount"].tolist() == [120, 250]
    assert p.as_of.strftime("%Y-%m-%d") == "2026-03-16"
    assert fk.funnel(p).table["deals"].tolist() == [2, 1, 1]
    changes = p.field_history
    assert changes is not None
    assert sorted(changes.to_pandas()["new"]) == ["120", "250"]
    assert inspect(file, mapping=choice.mapping).state == "reads"


def test_stacked_exports_go_into_a_ledger_day_by_day(tmp_path: Path) -> None:
    from funnelkit.data.ledger import Ledger

    file = _file(tmp_path, STACK, "csv")
    told = {"snapshot": "snapshot_date"}
    with Ledger(tmp_path / "sales.duckdb") as ledger:
        with pytest.raises(Unsure):
            ledger.add(file, "2026-03-16")
        assert len(ledger.add_each(file, mapping=told)) == 3
        assert len(ledger) == 3
        assert [a.already for a in ledger.add_each(file, mapping=told)] == [True] * 3
        with pytest.raises(fk.FunnelkitError):
            ledger.add(file, "2026-03-16", mapping=told)
        kept = ledger.pipeline()
    once = fk.read(file, mapping=told)
    assert _visits(kept) == _visits(once)


def test_a_history_of_few_days_is_no_stack(tmp_path: Path) -> None:
    text = """
deal_id,stage,date
A,Lead,2026-01-05
B,Lead,2026-01-05
A,Demo,2026-01-12
B,Demo,2026-01-12
A,Proposal,2026-01-19
"""
    p = fk.read(_file(tmp_path, text, "csv"))
    assert len(_visits(p)) == 5


@pytest.mark.parametrize("wrong", ["2026-03-02\nx", "soon"])
def test_a_snapshot_day_that_is_none_is_refused(wrong: str, tmp_path: Path) -> None:
    text = STACK.replace("2026-03-09,O1", "soon,O1")
    with pytest.raises(fk.FunnelkitError, match="soon"):
        fk.read(_file(tmp_path, text, "csv"), mapping={"snapshot": "snapshot_date"})


# --- boards ----------------------------------------------------------------------------------

BOARD = """
Sales Pipeline,,,,,
All our open and closed business,,,,,
Active Deals,,,,,
Name,Owner,Stage,Deal Value,Created,Close Date
Aqua Ltd,Ann,Qualified,12000,2026-01-05,
Birch AG,Bob,Proposal,8000,2026-01-12,
,,,20000,,
Closed Won,,,,,
Name,Owner,Stage,Deal Value,Created,Close Date
Delta,Bob,Won,5000,2026-01-02,2026-02-10
,,,5000,,
Closed Lost,,,,,
Name,Owner,Stage,Deal Value,Created,Close Date
Foxtrot,Bob,Lost,9000,2026-01-03,2026-02-01
,,,9000,,
"""
COLUMNS = """
Deal name,Owner,Deal value,Created date,Closed date
Qualified,,,,
Aqua Ltd,Ann,12000,2026-01-05,
Birch AG,Bob,8000,2026-01-12,
Proposal,,,,
Cobalt,Ann,30000,2026-01-20,
Closed Won,,,,
Delta,Bob,5000,2026-01-02,2026-02-10
"""


@pytest.mark.parametrize("kind", KINDS)
def test_a_board_with_group_titles_repeated_headers_and_sums(kind: str, tmp_path: Path) -> None:
    p = fk.read(_file(tmp_path, BOARD, kind))
    frame = p.frame().set_index("deal_id").sort_values("amount")
    assert frame["amount"].tolist() == [5000, 8000, 9000, 12000]
    assert frame["outcome"].tolist() == ["won", "open", "lost", "open"]
    assert dict(p.findings.tallies["deals"].no_data)["group_sum"] == 3
    assert p.left_out == ()


@pytest.mark.parametrize("kind", KINDS)
def test_a_board_whose_groups_are_the_stages(kind: str, tmp_path: Path) -> None:
    p = fk.read(_file(tmp_path, COLUMNS, kind))
    frame = p.frame().sort_values("amount")
    assert frame["outcome"].tolist() == ["won", "open", "open", "open"]
    stages = [None if pd.isna(s) else p.process.label(s) for s in frame["stage"]]
    assert stages == [None, "Qualified", "Qualified", "Proposal"]


def test_deals_with_an_id_alone_are_no_titles(tmp_path: Path) -> None:
    text = "deal_id,stage,created_at,amount\nD1,need,2026-01-05,1\nD2,,,\nD3,need,2026-01-06,2\n"
    assert fk.read(_file(tmp_path, text, "csv")).size == 3


def test_a_date_worded_like_those_of_stages_is_told(tmp_path: Path) -> None:
    """ "Termin am" beside "Angebot am": no label is called so, and nothing is guessed."""
    lines = ["Vorgang;Phase;Erstkontakt am;Termin am;Angebot am;Status"]
    for k in range(1, 13):
        ended = ("offen", "gewonnen", "verloren")[k % 3]
        stage = ("Erstkontakt", "Angebot")[k % 2]
        offer = f"2026-03-{k:02}" if k % 2 else ""
        lines.append(f"V{k};{stage};2026-01-{k:02};2026-02-{k:02};{offer};{ended}")
    path = tmp_path / "termine.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    p = fk.read(path)
    told = [f.column for f in p.findings if f.reason == "stage_date_unnamed"]
    assert told == ["Termin am"]
    assert {stage for _, stage, _ in _visits(p)} == {"erstkontakt", "angebot"}
    assert "Termin am" in p.deals.columns
    named = {"Erstkontakt": "Erstkontakt am", "Termin": "Termin am", "Angebot": "Angebot am"}
    q = fk.read(path, mapping={"entered": named})
    assert len(_visits(q)) == 12 + 12 + 6
    assert not [f for f in q.findings if f.reason == "stage_date_unnamed"]


def test_a_mapping_of_an_event_log_may_name_other_columns(tmp_path: Path) -> None:
    """The time the work began instead of the one it was done; attributes of cases are kept."""
    lines = ["case:concept:name,concept:name,time:timestamp,begun,case:region"]
    for k in range(1, 9):
        end = "Won" if k % 2 else "Lost"
        region = "N" if k % 2 else "S"
        for month, activity in enumerate(("Lead", "Proposal", end), 1):
            lines.append(
                f"c{k},{activity},2026-0{month}-2{k % 3},2026-0{month}-0{k},{region}"
            )  # fmt: skip
    path = tmp_path / "log.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    p = fk.read(path, mapping={"columns": {"entered_at": "begun"}})
    assert _visits(p)[:3] == [("c1", "lead", "01-01"), ("c1", "proposal", "02-01"),
                              ("c1", "won", "03-01")]  # fmt: skip
    assert set(p.frame()["region"]) == {"N", "S"}
