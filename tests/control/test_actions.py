"""The action log: what is kept, what is refused, and verdicts on hand-made cohorts."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from funnelkit.control.actions import ActionLog
from funnelkit.control.verdicts import judge
from funnelkit.data.ledger.store import Store
from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.process import Process
from funnelkit.words import speaking

START = dt.date(2026, 3, 1)
ACTION: dict[str, Any] = {
    "measure": "step_rate", "stage": "talk", "owner": "Ada", "start": "2026-03-01",
    "due": "2026-04-30",
}  # fmt: skip


def made(*groups: tuple[str, str, int, int, int], as_of: str = "2026-06-30") -> Pipeline:
    """Deals of (region, day created, on, of, days): ``on`` of ``of`` go on after ``days``."""
    rows, log = [], []
    for region, day, on, of, days in groups:
        for k in range(of):
            born = pd.Timestamp(day)
            name = f"{region}-{day}-{len(rows)}"
            end = born + pd.Timedelta(days=days)
            goes = k < on
            rows.append((name, region, born, "open" if goes else "lost", pd.NaT if goes else end))
            log.append((name, "talk", born))
            if goes:
                log.append((name, "offer", end))
    deals = pd.DataFrame(rows, columns=["deal_id", "region", "created_at", "outcome", "closed_at"])
    history = pd.DataFrame(log, columns=["deal_id", "stage", "entered_at"])
    process = Process.from_stages(["talk", "offer"])
    return from_frames(deals, history, process=process, as_of=as_of)


BEFORE, AFTER = "2026-01-10", "2026-03-10"


def test_worked_with_the_published_interval() -> None:
    # Newcombe (1998), example a: 56/70 - 48/80 = 0.2, method 10: 0.0524 to 0.3339
    p = made(("East", BEFORE, 48, 80, 3), ("East", AFTER, 56, 70, 3))
    v = judge(p, measure="step_rate", stage="talk", start=START, window=10)
    assert (v.verdict, v.segment.n_before, v.segment.n_after) == ("worked", 80, 70)
    assert v.effect == pytest.approx(0.2)
    assert (round(v.low, 4), round(v.high, 4)) == (0.0524, 0.3339)


def test_worse_and_not_shown() -> None:
    worse = made(("East", BEFORE, 56, 70, 3), ("East", AFTER, 48, 80, 3))
    assert (
        judge(worse, measure="step_rate", stage="talk", start=START, window=10).verdict == "worse"
    )
    same = made(("East", BEFORE, 20, 40, 3), ("East", AFTER, 21, 40, 3))
    v = judge(same, measure="step_rate", stage="talk", start=START, window=10)
    assert v.verdict == "not_shown"


def test_the_same_rise_without_the_action_is_no_effect() -> None:
    groups = [("East", BEFORE, 48, 80, 3), ("East", AFTER, 56, 70, 3)]
    groups += [("West", BEFORE, 48, 80, 3), ("West", AFTER, 56, 70, 3)]
    p = made(*groups)
    v = judge(
        p, measure="step_rate", stage="talk", start=START, window=10,
        segment=("region", "East"), control=("region", "West"),
    )  # fmt: skip
    assert (v.verdict, v.effect) == ("not_shown", pytest.approx(0))
    # the arms of both intervals squared and added: sqrt(.1476^2 + .1339^2) = .1993
    assert (v.high, v.low) == (pytest.approx(0.1993, abs=2e-4), pytest.approx(-0.1993, abs=2e-4))
    rest = judge(
        p, measure="step_rate", stage="talk", start=START, window=10,
        segment=("region", "East"), control=("region", "rest"),
    )  # fmt: skip
    assert rest.control == v.control


def test_young_deals_and_those_across_the_start_do_not_count() -> None:
    p = made(
        ("East", BEFORE, 20, 40, 3),
        ("East", "2026-02-25", 0, 50, 3),  # its 10 days run across the start
        ("East", AFTER, 30, 40, 3),
        ("East", "2026-06-25", 0, 50, 3),  # 5 days old
    )
    v = judge(p, measure="step_rate", stage="talk", start=START, window=10)
    assert (v.segment.n_before, v.segment.n_after) == (40, 40)
    assert (v.segment.before, v.segment.after) == (0.5, 0.75)


def test_what_happens_after_the_window_does_not_count() -> None:
    # before: all go on, but half of them only after 30 days
    p = made(("East", BEFORE, 20, 20, 3), ("East", BEFORE, 20, 20, 30), ("East", AFTER, 20, 40, 3))
    v = judge(p, measure="step_rate", stage="talk", start=START, window=10)
    assert (v.segment.before, v.segment.after) == (0.5, 0.5)


def test_too_early() -> None:
    p = made(("East", BEFORE, 20, 40, 3), ("East", AFTER, 19, 19, 3))
    v = judge(p, measure="step_rate", stage="talk", start=START, window=10)
    assert v.verdict == "too_early"
    log = ActionLog()
    log.add("Silence", **ACTION)
    with pytest.raises(FunnelkitError, match="19 after"):
        log.close(1, p, window=10)


def test_days_become_fewer_is_better() -> None:
    rows = [("East", BEFORE, 1, 1, 20 + k) for k in range(30)]
    rows += [("East", AFTER, 1, 1, 5 + k % 5) for k in range(30)]
    v = judge(made(*rows), measure="median_days", stage="talk", start=START, window=49)
    # medians of 20..49 and of 5..9 six times
    assert (v.segment.before, v.segment.after, v.effect) == (34.5, 7.0, -27.5)
    assert v.verdict == "worked"
    assert v.low < -27.5 < v.high < 0


def test_win_rate_of_created_deals() -> None:
    deals = pd.DataFrame({"deal_id": [f"d{k}" for k in range(100)]})
    deals["created_at"] = [pd.Timestamp(BEFORE)] * 50 + [pd.Timestamp(AFTER)] * 50
    deals["outcome"] = ["won"] * 10 + ["lost"] * 40 + ["won"] * 30 + ["no_decision"] * 20
    deals["closed_at"] = deals["created_at"] + pd.Timedelta(days=5)
    p = from_frames(deals, as_of="2026-06-30")
    v = judge(p, measure="win_rate", start=START, window=30)
    assert (v.segment.before, v.segment.after, v.verdict) == (0.2, 0.6, "worked")
    v = judge(p, measure="no_decision_rate", start=START, window=30)
    assert (v.segment.before, v.segment.after, v.verdict) == (0.0, 0.4, "worse")


def test_verdict_is_as_known_then() -> None:
    p = made(("East", BEFORE, 48, 80, 3), ("East", AFTER, 56, 70, 3))
    log = ActionLog()
    log.add("Silence", **ACTION)
    early = log.review(p, at="2026-03-15", window=10)
    assert early.table["verdict"].tolist() == ["too_early"]
    assert log.list()["verdict"].tolist() == ["too_early"]
    late = log.review(p, window=10)
    assert late.table["verdict"].tolist() == ["worked"]
    assert "worked 1" in late.summary()
    assert "+20.0 points" in late.summary()
    assert len(late.plot().data) == 1
    with speaking("zh"):
        assert "有效 1 项" in late.summary()
        assert "+20.0 个百分点" in repr(late)


def test_survives_reopening(tmp_path: Path) -> None:
    file = tmp_path / "log.duckdb"
    problem = "Client's \"silent\" offers; 客户没有回音 🙃 '); DROP TABLE actions; --"
    with ActionLog(file) as log:
        assert log.add(problem, segment={"region": "East"}, expected=0.6, **ACTION) == 1
        assert log.add("second", **ACTION) == 2
        log.update(2, owner="Bo", result="说了两次")
    with ActionLog(file) as log:
        table = log.list()
        assert table["problem"].tolist() == [problem, "second"]
        assert table["segment"].tolist() == ["region=East", None]
        assert table["owner"].tolist() == ["Ada", "Bo"]
        assert log.add("third", **ACTION) == 3
    with pytest.raises(FunnelkitError, match="was shut"):
        log.list()


def test_a_second_program_gets_a_clear_message(tmp_path: Path) -> None:
    file = tmp_path / "log.duckdb"
    with ActionLog(file):
        code = (
            "import sys\nfrom funnelkit.control.actions import ActionLog\n"
            "try:\n    ActionLog(sys.argv[1])\nexcept ValueError as e:\n    print(e)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True
        )
    assert "open in another program" in done.stdout


def test_a_killed_program_loses_only_what_it_had_not_finished(tmp_path: Path) -> None:
    file = tmp_path / "log.duckdb"
    code = (
        "import os, sys\nfrom funnelkit.control.actions import ActionLog\n"
        "log = ActionLog(sys.argv[1])\n"
        "a = dict(measure='win_rate', owner='Ada', start='2026-03-01', due='2026-04-30')\n"
        "log.add('kept', **a)\n"
        "log._store.run('BEGIN')\n"
        "log._store.run(\"UPDATE actions SET problem = 'half'\")\n"
        "os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(file)], check=False)
    with ActionLog(file) as log:
        assert log.list()["problem"].tolist() == ["kept"]


def test_layouts_have_versions_and_share_a_file(tmp_path: Path) -> None:
    file = tmp_path / "log.duckdb"
    with ActionLog(file) as log:
        log.add("kept", **ACTION)
    store = Store(file)
    store.part(
        "ledger", 2, {1: "CREATE TABLE marks (id INTEGER)", 2: "ALTER TABLE marks ADD b INT"}
    )
    found = store.run("SELECT part, version FROM fk_schema ORDER BY part").fetchall()
    assert found == [("actions", 1), ("ledger", 2)]
    store.run("UPDATE fk_schema SET version = 9 WHERE part = 'actions'")
    store.shut()
    with pytest.raises(FunnelkitError, match="later version"):
        ActionLog(file)
    plain = tmp_path / "plain.duckdb"
    plain.write_text("no database at all, only a text that is long enough to be read" * 50)
    with pytest.raises(FunnelkitError, match="no file of funnelkit"):
        ActionLog(plain)
    with pytest.raises(FunnelkitError, match="no folder"):
        ActionLog(tmp_path / "nowhere" / "log.duckdb")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"due": "2026-02-01"}, "before the start"),
        ({"review_date": "2026-02-01"}, "before the start"),
        ({"start": "March"}, "is not a date"),
        ({"owner": " "}, "owner is empty"),
        ({"measure": "step_rat"}, '"step_rate"'),
        ({"stage": None}, "needs a stage"),
        ({"segment": "East"}, "one group"),
        ({"control": "region=West"}, "another group"),
        ({"segment": "region=West", "control": "region=West"}, "another group"),
    ],
)
def test_refused_when_added(changes: dict[str, Any], words: str) -> None:
    log = ActionLog()
    with pytest.raises(FunnelkitError, match=words):
        log.add("Silence", **ACTION | changes)
    assert len(log) == 0


def test_a_verdict_cannot_be_typed_and_a_new_question_drops_it() -> None:
    p = made(("East", BEFORE, 48, 80, 3), ("East", AFTER, 56, 70, 3))
    log = ActionLog()
    log.add("Silence", **ACTION)
    with pytest.raises(FunnelkitError, match="computed from the deals"):
        log.update(1, verdict="worked")
    with pytest.raises(FunnelkitError, match='"owner"'):
        log.update(1, ower="Bo")
    log.review(p, window=10)
    log.update(1, result="a call a week")
    assert log.list()["verdict"].tolist() == ["worked"]
    log.update(1, start="2026-03-05")
    assert log.list()["verdict"].tolist() == [None]
    with pytest.raises(FunnelkitError, match="no action 7"):
        log.update(7, owner="Bo")
    assert log.close(1, p, window=10) == "worked"
    with pytest.raises(FunnelkitError, match="was closed"):
        log.update(1, owner="Bo")


def test_unknown_groups_are_named_at_review() -> None:
    p = made(("East", BEFORE, 48, 80, 3), ("East", AFTER, 56, 70, 3))
    for segment, words in (("regoin=East", '"region"'), ("region=Est", '"East"')):
        log = ActionLog()
        log.add("Silence", segment=segment, **ACTION)
        with pytest.raises(FunnelkitError, match=words):
            log.review(p)


def test_closure_rate_counts_what_was_due() -> None:
    p = made(("East", BEFORE, 48, 80, 3), ("East", AFTER, 56, 70, 3))
    log = ActionLog()
    for due in ("2026-04-30", "2026-05-31", "2026-05-31", "2026-12-31"):
        log.add("Silence", **ACTION | {"due": due})
    log.close(1, p, window=10, at="2026-05-15")
    rate = log.closure_rate("2026-06-30")
    assert rate.table.iloc[0][["due", "closed"]].tolist() == [3, 1]
    # Wilson of 1 / 3
    assert rate.table.iloc[0]["low"] == pytest.approx(0.0615, abs=1e-4)
    assert "33%" in rate.summary()
    assert log.closure_rate("2026-05-01").table.iloc[0][["due", "closed"]].tolist() == [1, 0]


def test_export(tmp_path: Path) -> None:
    log = ActionLog()
    log.add("=1+1 “quoted”, 引号", **ACTION)
    csv = pd.read_csv(log.export(tmp_path / "log.csv"))
    assert csv["problem"].tolist() == ["'=1+1 “quoted”, 引号"]  # no formula in a spreadsheet
    assert csv["due"].tolist() == ["2026-04-30"]
    sheet = pd.read_excel(log.export(tmp_path / "log.xlsx"), engine="calamine")
    assert sheet["problem"].tolist() == ["=1+1 “quoted”, 引号"]
    with pytest.raises(FunnelkitError, match=r"\.csv or \.xlsx"):
        log.export(tmp_path / "log.pdf")


def test_the_file_is_an_ordinary_database(tmp_path: Path) -> None:
    file = tmp_path / "log.duckdb"
    with ActionLog(file) as log:
        log.add("Silence", **ACTION)
    with duckdb.connect(str(file), read_only=True) as con:
        assert con.execute("SELECT problem FROM actions").fetchall() == [("Silence",)]


def test_the_worst_of_many_comes_back_by_itself() -> None:
    """Eight sellers alike: the lowest of them rises again, and no action has brought it."""
    rng, worked = np.random.default_rng(5), 0
    for _ in range(40):
        names = [f"s{i}" for i in range(8)]
        before, after = (rng.binomial(40, 0.5, 8) for _ in range(2))
        groups = [(name, BEFORE, int(k), 40, 3) for name, k in zip(names, before, strict=True)]
        groups += [(name, AFTER, int(k), 40, 3) for name, k in zip(names, after, strict=True)]
        v = judge(
            made(*groups), measure="step_rate", stage="talk", start=START, window=10,
            segment=("region", names[int(before.argmin())]),
        )  # fmt: skip
        assert v.by_chance > 0
        worked += v.verdict == "worked"
    # at 2.5 % each, five or more of 40 have a chance below 1 in 300
    assert worked <= 4


def test_a_market_that_rises_for_all_is_nobodys_merit() -> None:
    groups = [(n, BEFORE, 40, 100, 3) for n in ("East", "West", "North")]
    groups += [(n, AFTER, 65, 100, 3) for n in ("East", "West", "North")]
    v = judge(
        made(*groups), measure="step_rate", stage="talk", start=START, window=10,
        segment=("region", "East"),
    )  # fmt: skip
    assert v.verdict == "not_shown"
    assert v.effect == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("before", "after"), [(20, 40), (40, 20)])
def test_what_the_others_did_makes_no_verdict(before: int, after: int) -> None:
    """Nothing changed in West: an action of East, or its decline, is no verdict on West."""
    groups = [("West", BEFORE, 30, 50, 3), ("West", AFTER, 30, 50, 3)]
    groups += [("East", BEFORE, before, 50, 3), ("East", AFTER, after, 50, 3)]
    options = {"measure": "step_rate", "stage": "talk", "start": START, "window": 10}
    p = made(*groups)
    v = judge(p, segment=("region", "West"), **options)
    assert v.verdict == "not_shown"
    assert v.low < 0 < v.high
    # a control that was chosen is another matter: 0 less the 40 points of East
    chosen = judge(p, segment=("region", "West"), control=("region", "East"), **options)
    assert chosen.verdict == ("worse" if after > before else "worked")
