"""The closed-loop review: verdicts of the log, control points then and now, nothing changed."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup

import funnelkit as fk
from funnelkit.control import ActionLog, checkpoints
from funnelkit.report.factory.run import report
from funnelkit.report.pages.closed_loop import open_loop
from funnelkit.report.pages.funnel_review import open_review
from funnelkit.report.pages.study.between_reviews import between_reviews, fired, milestones_now
from funnelkit.words import speaking

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """200 deals of two regions: 20 of 50 won before in both, 40 of 50 after in East alone."""
    folder = tmp_path_factory.mktemp("loop")
    rows = []
    for region, won_after in (("East", 40), ("West", 20)):
        for first, won in ((dt.date(2025, 6, 1), 20), (dt.date(2025, 12, 1), won_after)):
            for k in range(50):
                day = first + dt.timedelta(days=k)
                end = day + dt.timedelta(days=10)
                outcome = "won" if k < won else "lost"
                rows.append((f"{region}-{first}-{k}", region, "Li", outcome, day, end, 1000))
    columns = ["deal_id", "region", "owner", "outcome", "created_at", "closed_at", "amount"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "deals.csv", index=False)
    log = folder / "actions.duckdb"
    with ActionLog(log) as book:
        book.add("Too few are won", measure="win_rate", owner="Ada", start="2025-12-01",
                 due="2026-01-15", segment="region=East", control="region=West")  # fmt: skip
        book.add("All of it", measure="win_rate", owner="Ben", start="2025-12-01",
                 due="2026-06-30", segment="region=West")  # fmt: skip
        book.add("Not yet", measure="win_rate", owner="Ben", start="2026-02-10", due="2026-05-01")
        done = book.add("Closed one", measure="win_rate", owner="Ada", start="2025-12-01",
                        due="2026-01-10", segment="region=East")  # fmt: skip
        p = fk.read(folder / "deals.csv", as_of="2026-02-15")
        assert book.close(done, p) == "worked"
    values = {"data": str(folder / "deals.csv"), "as_of": "2026-02-15", "lang": "en"}
    return {"values": values | {"actions": str(log)}, "log": log, "p": p}


def test_verdicts_closing_and_what_is_overdue(trial: dict[str, Any]) -> None:
    loop = open_loop(trial["values"])
    actions = loop.loop.actions.set_index("problem")
    assert actions["verdict"].to_dict() == {
        "Too few are won": "worked", "All of it": "not_shown", "Not yet": "too_early",
        "Closed one": "worked",
    }  # fmt: skip
    # 80 % after, 40 % before, and no change in the control group: 40 points
    assert actions.loc["Too few are won", "effect"] == pytest.approx(0.4)
    assert actions["state"].to_dict() == {
        "Too few are won": "overdue", "All of it": "open", "Not yet": "open",
        "Closed one": "closed",
    }  # fmt: skip
    row = loop.loop.closure.table.iloc[0]
    assert (row["due"], row["closed"], row["rate"]) == (2, 1, 0.5)
    assert "1 of 2 actions due were closed" in repr(loop.closing())
    text = repr(loop.actions())
    assert "40.0% (n = 50)" in text
    assert "80.0% (n = 50)" in text
    facts = {f.key: f.text for f in loop.facts()}
    assert (facts["actions"], facts["closure"], facts["worked"]) == ("4", "50%", "2")


def test_a_part_shows_its_own_actions_judged_against_the_others(trial: dict[str, Any]) -> None:
    east = open_loop(trial["values"] | {"where": {"region": "East"}})
    assert east.loop.actions["problem"].tolist() == ["Too few are won", "Closed one"]
    assert east.loop.elsewhere == 2
    # West is not in the part, and is the control group all the same
    assert east.loop.actions["effect"].iloc[0] == pytest.approx(0.4)
    assert "2 actions of the log concern other parts" in repr(east.actions())
    row = east.loop.closure.table.iloc[0]
    assert (row["due"], row["closed"]) == (2, 1)


def test_the_log_stays_as_it_is(trial: dict[str, Any]) -> None:
    before = trial["log"].read_bytes()
    with ActionLog(trial["log"]):  # open elsewhere, and read all the same
        open_loop(trial["values"]).actions()
    repr(open_loop(trial["values"]).actions())
    with ActionLog(trial["log"]) as log:
        verdicts = log.list()["verdict"].tolist()
    assert verdicts == [None, None, None, "worked"]
    assert trial["log"].read_bytes() == before


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_without_a_log_it_says_so_and_how_to_start_one(lang: str) -> None:
    with speaking(lang):
        loop = open_loop({"data": "industrial", "lang": lang})
        text = repr(loop.actions())
    assert {"en": "No log of actions was named", "zh": "没有指定行动日志"}[lang] in text
    code = text[text.index("import funnelkit") : text.index("log.shut()")]
    # a line for each thing the diagnosis says to act on, three at the most
    found = fk.diagnose(fk.load("industrial")).act
    act = found["kind"].isin(["step_rate", "win_rate", "time_in_stage"]).sum()
    assert code.count("log.add(") == min(act, 3) > 0
    assert bool(CHINESE.search(text)) == (lang == "zh")
    assert [f.value for f in loop.facts()][:3] == [None, None, None]
    missing = open_loop({"data": "tiny", "lang": lang, "actions": "nowhere.duckdb"})
    assert "nowhere.duckdb" in repr(missing.actions())


def test_the_proposed_lines_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from funnelkit.report.pages.study.next_steps import commands

    monkeypatch.chdir(tmp_path)
    loop = open_loop({"data": "industrial", "lang": "en"})
    exec(commands(loop), {})
    with ActionLog(tmp_path / "actions.duckdb") as log:
        table = log.list()
    assert table["segment"].tolist() == loop.steps["segment"].tolist()
    assert table["stage"].tolist() == loop.steps["stage"].tolist()
    read = open_loop({"data": "industrial", "lang": "en",
                      "actions": str(tmp_path / "actions.duckdb")})  # fmt: skip
    assert set(read.loop.actions["verdict"]) == {"too_early"}
    assert set(read.loop.actions["state"]) == {"planned"}


def test_points_then_and_now_add_up() -> None:
    p = fk.load("industrial").where(region="North")
    then, now = checkpoints(p.at("2026-05-31")), checkpoints(p)
    table = between_reviews(p, then, now)
    balance = table["then"] - table["closed"] - table["settled"] + table["new"]
    assert balance.tolist() == table["now"].tolist()
    assert table["then"].sum() == len(fired(then))
    assert table["now"].sum() == len(fired(now))
    assert table["still"].sum() == len(fired(then) & fired(now))
    # counted another way: what went with the closing are points of deals closed in June
    deals = p.frame().set_index("deal_id")
    gone = fired(then) - fired(now)
    assert table["closed"].sum() == sum(deals.loc[d, "outcome"] != "open" for d, _ in gone)


def test_milestones_are_counted_back_by_hand() -> None:
    # the sheet's medians are 5, 12, 24, 30 and 20 days
    frame = pd.DataFrame(
        {
            "deal_id": ["a", "b", "c", "d"],
            "outcome": ["open"] * 4,
            "stage": ["need", "need", "negotiation", "lead"],
            # from entering proposal to signing: 30 + 20 days
            "expected_close": pd.to_datetime(
                ["2026-08-20", "2026-08-19", "2026-06-30", None], format="%Y-%m-%d"
            ),
            "amount": [10.0, 20.0, 30.0, 40.0],
        }
    )
    p = fk.from_frames(frame, as_of="2026-07-01")
    _, table, unasked = milestones_now(p)
    found = table.set_index("deal_id")
    assert found["late_days"].to_dict() == {"a": 0, "b": 1, "c": 1}
    assert str(found.loc["a", "enter_by"]) == "2026-07-01"
    assert found["next"].to_dict() == {"a": "proposal", "b": "proposal", "c": "won"}
    assert unasked == 1


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_is_whole(tmp_path: Path, lang: str) -> None:
    parameters = {"lang": lang, "actions": "example", "where": {"region": "East"}}
    formats = ["html", "xlsx", "png"]
    runs = report("closed-loop", "industrial", parameters=parameters, formats=formats, out=tmp_path)
    assert [run.error for run in runs] == [""]
    page = BeautifulSoup((tmp_path / f"{runs[0].job.stem}.html").read_text("utf-8"), "html.parser")
    assert len(page.select("h1")) == 1
    assert len(page.select("h2")) == 9
    assert not re.search(r"https?://", str(page))
    for image in page.select("img"):
        assert bool(CHINESE.search(image["alt"])) == (lang == "zh"), image["alt"]
    if lang == "en":
        assert not CHINESE.search(page.body.get_text())
    assert 3 <= len(page.select("ul.lead li")) <= 5


def test_a_deal_stands_once_in_the_list_of_what_fired_with_all_its_reasons() -> None:
    review = open_review({"data": "industrial", "lang": "en"})
    _, table = review.attention().parts
    ids = [row[0] for row in table.rows]
    assert len(ids) == len(set(ids))
    found = review.results["checkpoints"]
    assert ids == list(dict.fromkeys(found.table["deal_id"]))
    place = [c.name for c in table.columns].index("reason")
    wanted: dict[str, list[str]] = {}
    for deal, reason in found.shown().only(["deal_id", "reason"]).rows:
        wanted.setdefault(deal, []).append(reason.rstrip("."))
    assert {row[0]: row[place] for row in table.rows} == {
        deal: "; ".join(reasons) for deal, reasons in wanted.items()
    }
