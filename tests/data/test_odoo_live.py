"""Against a real Odoo: what is pulled is what was done there, to the second.

The server: see docs/PULLS.md. Without one (FUNNELKIT_TEST_ODOO or build/odoo) all is skipped.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.util
import os
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.data.ledger import Ledger
from funnelkit.data.pulls.patience import Patience, PullFailed
from funnelkit.data.pulls.run import pipeline_of, pull
from funnelkit.words import speaking

ROOT = Path(__file__).parents[2]
HOME = Path(os.environ.get("FUNNELKIT_TEST_ODOO") or ROOT / "build" / "odoo")
pytestmark = pytest.mark.skipif(
    not (HOME / "keys.json").exists(),
    reason="no Odoo server: set FUNNELKIT_TEST_ODOO to the folder made by"
    " `python tests/tools/odoo_server.py make FOLDER`",
)
DEALS = 300


def tool(name: str) -> Any:
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, ROOT / "tests/tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def drive() -> Iterator[tuple[Any, dict[str, Any]]]:
    """The server after the drive, which is kept in HOME: only the first run has to drive."""
    made, tools = tool("odoo_server").OdooServer(HOME), tool("odoo_drive")
    mark = hashlib.sha256(Path(tools.__file__).read_bytes()).hexdigest()[:8]
    kept, memory = f"driven_{mark}_{DEALS}", HOME / f"driven_{mark}_{DEALS}.pickle"
    made.set_clock(tools.START)
    try:
        if not memory.exists():
            made.start(fresh="driven")
            done = tools.drive(made, DEALS)
            made.kill_odoo()
            made.copy("driven", kept)
            memory.write_bytes(pickle.dumps(done))
        done = pickle.loads(memory.read_bytes())
        made.set_clock(tools.START + dt.timedelta(days=tools.DAYS + 1))
        made.start(fresh="driven", of=kept)
        yield made, done
    finally:
        made.stop()


@pytest.fixture
def server(drive: tuple[Any, dict[str, Any]]) -> Any:
    return drive[0]


@pytest.fixture
def driven(drive: tuple[Any, dict[str, Any]]) -> dict[str, Any]:
    return drive[1]


def source(server: Any, monkeypatch: pytest.MonkeyPatch, who: str = "manager", **more: Any) -> Any:
    from funnelkit.data.pulls import Odoo

    monkeypatch.setenv("FUNNELKIT_ODOO_KEY", server.keys[who])
    more.setdefault("patience", Patience(tries=2, sleep=lambda s: None))
    return Odoo(server.url, server.db, **more)


def naive(column: Any) -> list[Any]:
    return [None if pd.isna(t) else t.tz_localize(None).to_pydatetime() for t in column]


def trails(pulled: Any) -> dict[str, list[tuple[str, dt.datetime]]]:
    found: dict[str, list[tuple[str, dt.datetime]]] = {}
    rows = pulled.stage_history.sort_values(["deal_id", "seq"])
    times = naive(rows.entered_at)
    for deal, stage, at in zip(rows.deal_id, rows.stage, times, strict=True):
        found.setdefault(deal, []).append((stage, at))
    return found


def test_the_pulled_history_is_what_was_driven(
    server: Any, driven: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = pull(source(server, monkeypatch, page=70))
    pulled = report.pulled
    assert (report.read, report.pages, report.deals) == (DEALS, 5, DEALS)
    assert pulled.history == "changes"
    assert trails(pulled) == {d: one.visits for d, one in driven.items()}
    # the drive has what it should: same-second steps, returns, revivals, reopened wins
    ties = [d for d in driven.values() if len({t for _, t in d.visits}) < len(d.visits)]
    labels = [[label for label, _ in d.visits] for d in driven.values()]
    assert len(ties) > 5
    assert sum(d.returned for d in driven.values()) > 20
    assert sum("lost" in x[:-1] for x in labels) > 5
    assert sum("won" in x[:-1] for x in labels) >= 1
    moves = pulled.field_history.sort_values(["deal_id", "seq"])
    found: dict[str, list[Any]] = {}
    for row, at in zip(moves.itertuples(), naive(moves.changed_at), strict=True):
        if row.field in ("amount", "owner"):
            found.setdefault(row.deal_id, []).append((row.field, row.old, row.new, at))
    assert found == {d: one.changes for d, one in driven.items() if one.changes}
    facts = pulled.deals.set_index("deal_id")
    for deal, one in driven.items():
        row = facts.loc[deal]
        assert row.outcome == one.outcome
        assert row.amount == one.amount
        assert (row.owner, row["name"], row.account) == (
            one.owner, one.facts["name"], one.facts["partner_name"])  # fmt: skip
        closed = one.visits[-1][1] if one.outcome != "open" else None
        assert naive([row.closed_at])[0] == closed
        assert naive([row.created_at])[0] == one.facts["created_at"]
        assert str(row.expected_close.date()) == one.facts["date_deadline"]
        reason = None if pd.isna(row.loss_reason) else row.loss_reason
        assert reason == one.facts.get("loss_reason")


def test_the_servers_own_export_has_the_same_opportunities(
    server: Any, driven: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "opportunities.csv"
    file.write_bytes(tool("odoo_drive").export_csv(server, "manager-of-a-test"))
    live = pipeline_of(pull(source(server, monkeypatch)).pulled)
    read = fk.read(file, process=live.process)
    same = [
        "deal_id", "name", "account", "owner", "region", "source", "amount", "currency",
        "created_at", "expected_close", "outcome", "closed_at", "loss_reason",
    ]  # fmt: skip
    left, right = live.frame(), read.frame()
    pd.testing.assert_frame_equal(left[same], right[same], check_dtype=False)
    not_won = left.outcome != "won"  # a snapshot does not say where a won deal came from
    assert left.stage[not_won].tolist() == right.stage[not_won].tolist()
    assert fk.funnel(live).table.deals.iloc[0] == DEALS


def test_a_second_pull_reads_only_what_has_changed(
    server: Any, driven: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "sales.duckdb"
    crm = source(server, monkeypatch)
    first = pull(crm, file)
    assert first.read == DEALS
    call = lambda path, **given: tool("odoo_drive").json2(  # noqa: E731
        server.url, server.db, server.keys["manager"], path, **given
    )
    later = tool("odoo_drive").START + dt.timedelta(days=190)
    server.set_clock(later)
    extra = call("crm.lead/create", vals_list=[{"name": "x", "type": "opportunity"}])
    server.set_clock(later + dt.timedelta(days=1))
    call("crm.lead/write", ids=extra, vals={"stage_id": 2})
    server.set_clock(later + dt.timedelta(days=2))
    second = pull(source(server, monkeypatch), file)
    assert second.read <= 3  # the new one, and whatever lies within the overlap
    assert second.deals == DEALS + 1
    assert trails(second.pulled)[str(extra[0])] == [
        ("New", later), ("Qualified", later + dt.timedelta(days=1))
    ]  # fmt: skip
    call("crm.lead/unlink", ids=extra)
    third = pull(source(server, monkeypatch), file)
    assert (third.gone, third.deals) == (1, DEALS)
    assert third.pulled.sha == first.pulled.sha
    again = pull(source(server, monkeypatch), file, full=True)
    assert (again.read, again.pulled.sha) == (DEALS, first.pulled.sha)


def test_a_server_killed_in_mid_pull_is_told_and_the_next_pull_goes_on(
    server: Any, driven: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = pull(source(server, monkeypatch)).pulled
    file = tmp_path / "sales.duckdb"
    pull(source(server, monkeypatch), file)
    with Ledger(file) as ledger:
        before = ledger.pipeline().frame()

    def cut(read: int) -> None:
        if read == 120:
            server.kill_odoo()

    try:
        with pytest.raises(PullFailed) as caught:
            pull(source(server, monkeypatch, page=40), file, full=True, on_page=cut)
    finally:
        server.start_odoo()
    assert caught.value.kind == "passing"
    with speaking("en"):
        assert "did not answer after 2 tries" in str(caught.value)
    with speaking("zh"):
        assert "从断开处继续" in str(caught.value)
    with Ledger(file) as ledger:
        assert len(ledger) == 1
        pd.testing.assert_frame_equal(ledger.pipeline().frame(), before)
    rest = pull(source(server, monkeypatch, page=40), file)
    assert rest.resumed
    assert rest.read == DEALS - 120
    assert rest.pulled.sha == whole.sha
    with Ledger(file) as ledger:
        assert len(ledger) == 2
        assert ledger.changes().empty  # nothing lost, nothing doubled


def test_the_command_fills_a_ledger_that_is_a_pipeline_with_history(
    server: Any, driven: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from typer.testing import CliRunner

    from funnelkit.cli import app

    key = server.keys["manager"]
    monkeypatch.setenv("FUNNELKIT_ODOO_KEY", key)
    file = tmp_path / "sales.duckdb"
    with speaking("en"):
        run = CliRunner().invoke(
            app, ["ledger", "pull", "odoo", str(file), "--url", server.url, "--db", server.db]
        )
        assert run.exit_code == 0, run.output
    assert f"{DEALS} deals read" in run.output
    assert key not in run.output
    assert not [f for f in tmp_path.rglob("*") if f.is_file() and key.encode() in f.read_bytes()]
    p = fk.read(file)
    assert p.size == DEALS
    # what was driven, counted without the kit: deals that ever came to a stage or beyond
    place = {"New": 0, "Qualified": 1, "Proposition": 2, "won": 3}
    reached = [max(place.get(label, 0) for label, _ in one.visits) for one in driven.values()]
    assert fk.funnel(p).table.deals.tolist()[:3] == [
        sum(r >= k for r in reached) for k in range(3)
    ]  # fmt: skip
    assert fk.win_rate(p).table.won.iloc[0] == sum(d.outcome == "won" for d in driven.values())


def test_a_sellers_key_gets_reckoned_visits_and_says_so(
    server: Any, driven: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = pull(source(server, monkeypatch, "seller"))
    pulled = report.pulled
    assert (report.deals, pulled.history, pulled.field_history) == (DEALS, "durations", None)
    found = trails(pulled)
    forward = {d: one for d, one in driven.items() if not one.returned}
    assert len(forward) > 200
    for deal, one in forward.items():
        seen = [v for i, v in enumerate(one.visits)
                if i + 1 == len(one.visits) or one.visits[i + 1][1] > v[1]]  # fmt: skip
        reckoned = [v for i, v in enumerate(found[deal])
                    if i + 1 == len(found[deal]) or found[deal][i + 1][1] > v[1]]  # fmt: skip
        assert reckoned == seen, deal
    with speaking("en"):
        assert "reckoned" in str(report)
        assert "reckoned" in str(pipeline_of(pulled).findings)


def test_a_key_that_sees_little_pulls_little(
    server: Any, driven: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # only their own opportunities: those they were made owner of
    seen = set(pull(source(server, monkeypatch, "own")).pulled.deals.deal_id)
    assert seen == {d for d, one in driven.items() if one.owner == "own"}


def test_a_wrong_key_is_refused_and_stands_nowhere(
    server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from funnelkit.data.pulls import Odoo

    canary = "c0ffee" * 6 + "beef"
    monkeypatch.setenv("FUNNELKIT_ODOO_KEY", canary)
    crm = Odoo(server.url, server.db)
    with pytest.raises(PullFailed) as caught:
        pull(crm, tmp_path / "sales.duckdb")
    assert caught.value.kind == "key"
    assert canary not in f"{caught.value!r}{caught.value}{crm!r}{vars(caught.value)}"


def test_a_merged_opportunity_keeps_its_own_history(
    server: Any, driven: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    drive = tool("odoo_drive")
    call = lambda path, **given: drive.json2(  # noqa: E731
        server.url, server.db, server.keys["manager"], path, **given
    )
    at = drive.START + dt.timedelta(days=200)
    server.set_clock(at)
    two = call("crm.lead/create", vals_list=[
        {"name": n, "type": "opportunity", "user_id": 2} for n in ("kept", "merged")])  # fmt: skip
    for i, (lead, stage) in enumerate([(0, 2), (1, 2), (1, 3), (0, 3)]):
        server.set_clock(at + dt.timedelta(hours=i + 1))
        call("crm.lead/write", ids=[two[lead]], vals={"stage_id": stage})
    server.set_clock(at + dt.timedelta(hours=9))
    call("crm.lead/merge_opportunity", ids=two)
    report = pull(source(server, monkeypatch))
    (kept,) = set(map(str, two)) & set(report.pulled.deals.deal_id)
    steps = [label for label, _ in trails(report.pulled)[kept]]
    assert steps == ["New", "Qualified", "Proposition"]
    assert "note_merged" in report.pulled.notes
    call("crm.lead/unlink", ids=[int(kept)])
