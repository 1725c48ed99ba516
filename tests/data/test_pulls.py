"""A pull in pieces: marks, breaks, what has gone, patience, and keys that stand nowhere."""

from __future__ import annotations

import datetime as dt
import logging
import pickle
import random
import signal
import subprocess
import sys
import textwrap
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import funnelkit as fk
from funnelkit.data.ledger import Ledger
from funnelkit.data.pulls.http import Refused, failure, safe_url
from funnelkit.data.pulls.interface import Page, Step
from funnelkit.data.pulls.odoo_history import Steps, deal_of, from_changes, from_durations
from funnelkit.data.pulls.patience import Failure, Patience, PullFailed
from funnelkit.data.pulls.run import pipeline_of, process_of, pull
from funnelkit.data.pulls.secret import Secret, key_for
from funnelkit.errors import FunnelkitError
from funnelkit.words import speaking

CANARY = "canary-7f3a91c2d4"
START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


class Book:
    """A CRM in memory: deal i was made on day i, changed on day ``changed[i]``."""

    name = "book"
    place = "https://crm.example.com sales"

    def __init__(self, n: int, page: int = 3, breaks: int | None = None) -> None:
        self.changed = {i: i for i in range(1, n + 1)}
        self.moved: set[int] = set()
        self.page, self.breaks = page, breaks
        self.asked: list[tuple[str | None, str | None]] = []

    def check(self) -> None:
        pass

    def newest(self) -> str:
        return str(max(self.changed.values()))

    def changed_since(self, mark: str | None, after: str | None) -> Iterator[Page]:
        self.asked.append((mark, after))
        ids = [i for i in sorted(self.changed)
               if self.changed[i] >= int(mark or 0) and i > int(after or 0)]  # fmt: skip
        for k, start in enumerate(range(0, len(ids), self.page)):
            if self.breaks is not None and k == self.breaks:
                raise PullFailed("pulls.failed_passing", system="Book", place=self.place,
                                 why="reset", tries=5)  # fmt: skip
            part = ids[start : start + self.page]
            yield Page([self.deal(i) for i in part], [v for i in part for v in self.visits(i)],
                       [], str(part[-1]))  # fmt: skip

    def deal(self, i: int) -> dict[str, Any]:
        return {"deal_id": str(i), "name": f"Deal {i}", "amount": 100.0 * i, "outcome": "open",
                "created_at": START + dt.timedelta(days=i), "closed_at": None,
                "stage": "Talk" if i in self.moved else "New"}  # fmt: skip

    def visits(self, i: int) -> list[dict[str, Any]]:
        at = START + dt.timedelta(days=i)
        rows = [{"deal_id": str(i), "stage": "New", "entered_at": at}]
        if i in self.moved:
            rows.append({"deal_id": str(i), "stage": "Talk",
                         "entered_at": at + dt.timedelta(seconds=7)})  # fmt: skip
        return rows

    def present(self) -> set[str]:
        return {str(i) for i in self.changed}

    def steps(self) -> list[Step]:
        return [Step("New"), Step("Talk"), Step("Offer"), Step("Signed", "won")]

    def notes(self) -> dict[str, Any]:
        return {}


def test_the_second_pull_begins_at_the_mark_and_forgets_what_has_gone(tmp_path: Path) -> None:
    file, book = tmp_path / "sales.duckdb", Book(10)
    first = pull(book, file)
    assert (first.read, first.pages, first.deals, first.gone) == (10, 4, 10, 0)
    book.changed[4], book.moved = 11, {4}
    del book.changed[2]
    second = pull(book, file)
    assert book.asked == [(None, None), ("10", None)]
    assert (second.read, second.deals, second.gone) == (2, 9, 1)  # deals 4 and 10
    with Ledger(file) as ledger:
        assert len(ledger) == 2
        assert ledger.process is not None
        assert ledger.process.stage_ids == ("new", "talk", "offer")
        told = ledger.history("4").table
        assert told[told.what == "stage"][["old", "new"]].values.tolist() == [["new", "talk"]]
        assert ledger.pipeline().size == 9
    # deal 4 was made on day 4 and moved seven seconds later: exact, not the middle of a week
    p = fk.read(file)
    entered = p.stage_history.to_pandas().query("deal_id == '4'").entered_at.tolist()
    assert (entered[1] - entered[0]).total_seconds() == 7


def test_a_broken_pull_goes_on_behind_its_last_page(tmp_path: Path) -> None:
    file, whole = tmp_path / "sales.duckdb", pull(Book(10)).pulled
    pull(Book(1), file)
    with Ledger(file) as ledger:
        before = ledger.status().table.to_dict("records")
    broken = Book(10, breaks=2)
    with pytest.raises(PullFailed) as caught:
        pull(broken, file)
    assert caught.value.kind == "passing"
    with Ledger(file) as ledger:  # whole: as it was before
        assert ledger.status().table.to_dict("records") == before
    rest = Book(10)
    told = pull(rest, file)
    assert rest.asked == [("1", "6")]
    assert told.resumed
    assert told.read == 4
    assert told.pulled.sha == whole.sha
    with speaking("en"):
        assert "Went on where the last pull was broken off" in str(told)


def test_kill_minus_nine_at_any_moment_loses_and_doubles_nothing(tmp_path: Path) -> None:
    whole = pull(Book(40)).pulled
    here = Path(__file__)
    program = textwrap.dedent(f"""
        import importlib.util, sys
        spec = importlib.util.spec_from_file_location("book", {str(here)!r})
        book = importlib.util.module_from_spec(spec); spec.loader.exec_module(book)
        sys.stdout.write("ready\\n"); sys.stdout.flush()
        book.pull(book.Book(40, page=1), sys.argv[1])
    """)
    rng = random.Random(3)
    for turn in range(2):
        file = tmp_path / f"{turn}.duckdb"
        run = subprocess.Popen([sys.executable, "-c", program, file], stdout=subprocess.PIPE)
        assert run.stdout is not None
        assert run.stdout.readline() == b"ready\n"
        try:
            run.wait(rng.uniform(0.02, 0.5))
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
        run.wait()
        run.stdout.close()
        told = pull(Book(40, page=1), file)
        assert told.pulled.sha == whole.sha
        with Ledger(file) as ledger:
            assert ledger.pipeline().size == 40


def test_a_ledger_takes_one_crm(tmp_path: Path) -> None:
    file, other = tmp_path / "sales.duckdb", Book(2)
    pull(Book(2), file)
    other.place = "https://crm.example.org sales"
    with pytest.raises(FunnelkitError) as caught:
        pull(other, file)
    assert caught.value.key == "pulls.other_place"
    with Ledger(file) as ledger:
        assert len(ledger) == 1


def test_a_pull_becomes_a_pipeline_in_the_stages_of_the_crm() -> None:
    book = Book(6)
    book.moved = {2, 5}
    p = pipeline_of(pull(book).pulled)
    assert p.process.stage_ids == ("new", "talk", "offer")
    assert fk.funnel(p).table.deals.tolist() == [6, 2, 0, 0]
    assert process_of((Step("Lead"), Step("Need"), Step("Proposal"))).id == "b2b-six-stages"


# --- patience ---------------------------------------------------------------------------------


class TwoCurrencies(Book):
    def deal(self, i: int) -> dict[str, Any]:
        return super().deal(i) | {"currency": "USD" if i % 2 else "EUR"}


def test_several_currencies_are_asked_about_and_rates_are_told(tmp_path: Path) -> None:
    with pytest.raises(FunnelkitError) as asked:
        pull(TwoCurrencies(4), tmp_path / "a.duckdb")
    assert "EUR, USD" in str(asked.value)
    rates = {"exchange": {"EUR": 1, "USD": 0.5}}
    pull(TwoCurrencies(4), tmp_path / "b.duckdb", mapping=rates)
    with Ledger(tmp_path / "b.duckdb") as book:
        deals = book.pipeline().deals.to_pandas().set_index("deal_id")["amount"]
    assert deals.to_dict() == {"1": 50.0, "2": 200.0, "3": 150.0, "4": 400.0}


def test_what_may_pass_is_tried_again_with_growing_pauses() -> None:
    waits: list[float] = []
    patience = Patience(tries=5, first=1, longest=5, sleep=waits.append)
    turns = iter([ConnectionError("reset"), Refused(503, "busy"), Refused(429, "slow", 3.0)])

    def work() -> str:
        problem = next(turns, None)
        if problem is not None:
            raise problem
        return "done"

    given: dict[str, Any] = {"system": "X", "place": "y", "key": Secret(CANARY)}
    assert patience.call(work, failure, **given) == "done"
    assert len(waits) == 3
    assert 0.75 <= waits[0] <= 1
    assert 1.5 <= waits[1] <= 2
    assert waits[2] == 3  # what the server asked for
    asked = [patience.pause(turn, None) for turn in range(1, 9)]
    assert max(asked) <= 5
    assert patience.pause(1, 900.0) == 5


@pytest.mark.parametrize(
    ("status", "kind", "calls"),
    [(401, "key", 1), (403, "rights", 1), (500, "other", 1), (502, "passing", 3)],
)
def test_what_does_not_pass_is_told_at_once(status: int, kind: str, calls: int) -> None:
    tried = []

    def work() -> None:
        tried.append(1)
        raise Refused(status, "no")

    with pytest.raises(PullFailed) as caught:
        Patience(tries=3, sleep=lambda s: None).call(
            work, failure, system="X", place="y", key=Secret(CANARY)
        )
    assert (caught.value.kind, len(tried)) == (kind, calls)
    for lang in ("en", "zh"):
        with speaking(lang):
            assert str(caught.value)


def test_a_mistake_of_ours_is_no_failure_of_theirs() -> None:
    def work() -> None:
        raise KeyError("name")

    with pytest.raises(KeyError):
        Patience().call(work, failure, system="X", place="y", key=Secret(CANARY))


# --- keys -------------------------------------------------------------------------------------


def test_a_key_comes_from_the_environment_or_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FUNNELKIT_ODOO_KEY", raising=False)
    with pytest.raises(FunnelkitError) as caught:
        key_for("odoo", "https://crm.example.com sales")
    with speaking("en"):
        assert "FUNNELKIT_ODOO_KEY" in str(caught.value)
        assert "funnelkit-odoo" in str(caught.value)
    keyring = pytest.importorskip("keyring")
    from keyring.backend import KeyringBackend

    kept = {("funnelkit-odoo", "https://crm.example.com sales"): CANARY}

    class InMemory(KeyringBackend):
        priority = 1  # type: ignore[assignment]

        def get_password(self, service: str, username: str) -> str | None:
            return kept.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            raise AssertionError

        def delete_password(self, service: str, username: str) -> None:
            raise AssertionError

    before = keyring.get_keyring()
    keyring.set_keyring(InMemory())
    try:
        assert key_for("odoo", "https://crm.example.com sales").reveal() == CANARY
        monkeypatch.setenv("FUNNELKIT_ODOO_KEY", "of the environment")
        assert key_for("odoo", "https://crm.example.com sales").reveal() == "of the environment"
    finally:
        keyring.set_keyring(before)


def test_a_key_does_not_show_itself() -> None:
    key = Secret(CANARY)
    assert CANARY not in f"{key} {key!r} {vars(Secret)}"
    with pytest.raises(TypeError):
        pickle.dumps(key)


@pytest.mark.parametrize("system", ["odoo", "salesforce", "hubspot"])
def test_nothing_that_is_written_holds_the_key(
    system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any, capsys: Any
) -> None:
    """A server that says the key back: in no message, log, file, repr or traceback."""
    client = {"odoo": "odooly", "salesforce": "simple_salesforce", "hubspot": "hubspot"}[system]
    pytest.importorskip(client)
    monkeypatch.setenv(f"FUNNELKIT_{system.upper()}_KEY", CANARY)
    caplog.set_level(logging.DEBUG)
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    from funnelkit.data import pulls
    from funnelkit.data.pulls import http, salesforce

    class Echo(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            said = f'{{"message": "bad key {CANARY}", "arguments": ["{CANARY}"]}}'.encode()
            self.send_response(401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = answer

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Echo)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    patience = Patience(tries=2, sleep=lambda s: None)
    if system == "salesforce":  # its library speaks https only: the adapter answers in its place

        def session() -> Any:
            made = bounded()
            made.mount("https://", Plain())
            return made

        import requests

        class Plain(requests.adapters.HTTPAdapter):
            def send(self, request: Any, *more: Any, **given: Any) -> Any:
                request.url = request.url.replace("https://", "http://")
                return super().send(request, *more, **given)

        bounded = http.bounded
        monkeypatch.setattr(salesforce, "bounded", session)
    try:
        source: Any = {
            "odoo": lambda: pulls.Odoo(url, "sales", patience=patience),
            "salesforce": lambda: pulls.Salesforce(url, patience=patience),
            "hubspot": lambda: pulls.HubSpot(url, patience=patience),
        }[system]()
        file = tmp_path / "sales.duckdb"
        with pytest.raises(PullFailed) as caught:
            pull(source, file)
    finally:
        server.shutdown()
        server.server_close()
    assert caught.value.kind == "key"
    told = "".join(traceback.TracebackException.from_exception(
        caught.value, capture_locals=False).format())  # fmt: skip
    shown = [told, repr(caught.value), str(vars(caught.value)), repr(source), source.place]
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    for lang in ("en", "zh"):
        with speaking(lang):
            shown.append(str(caught.value))
    shown += [r.getMessage() for r in caplog.records] + list(capsys.readouterr())
    assert not [text for text in shown if CANARY in text]
    written = [f for f in tmp_path.rglob("*") if f.is_file()]
    assert not [f for f in written if CANARY.encode() in f.read_bytes()]


def test_the_command_refuses_without_showing_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("odooly")
    from typer.testing import CliRunner

    from funnelkit.cli import app
    from funnelkit.data.pulls import odoo

    monkeypatch.setenv("FUNNELKIT_ODOO_KEY", CANARY)
    monkeypatch.setattr(odoo, "Patience", lambda: Patience(sleep=lambda s: None))
    command = ["ledger", "pull", "odoo", str(tmp_path / "s.duckdb"), "--lang", "en"]

    def said(*more: str) -> str:
        run = CliRunner().invoke(app, [*command, *more])
        assert run.exit_code == 2
        assert CANARY not in run.output
        return run.output

    with speaking("en"):  # and back
        # nobody listens on the discard port
        gone = said("--url", "http://127.0.0.1:9", "--db", "sales")
        assert "did not answer after 5 tries" in gone
        assert "in clear" in said("--url", "http://crm.example.com", "--db", "sales")
        assert "also needs --db" in said("--url", "https://crm.example.com")


@pytest.mark.parametrize(
    ("given", "sent_to"),
    [
        ("https://u:p@crm.example.com:8443/odoo?token=x", "https://crm.example.com:8443"),
        ("crm.example.com", "https://crm.example.com"),
        ("http://localhost:8069/", "http://localhost:8069"),
    ],
)
def test_addresses_are_stripped_of_what_may_be_secret(given: str, sent_to: str) -> None:
    assert safe_url(given, "odoo") == sent_to


def test_a_missing_library_is_told_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNNELKIT_ODOO_KEY", CANARY)
    monkeypatch.setitem(sys.modules, "odooly", None)
    from funnelkit.data.pulls import Odoo

    with pytest.raises(FunnelkitError) as caught:
        Odoo("https://crm.example.com", "sales")
    with speaking("en"):
        assert "pip install 'funnelkit[odoo]'" in str(caught.value)


# --- Odoo's records ---------------------------------------------------------------------------

STEPS = [
    {"id": 7, "name": "New", "sequence": 0, "is_won": False},
    {"id": 3, "name": "Offer", "sequence": 5, "is_won": False},
    {"id": 9, "name": "Signed", "sequence": 70, "is_won": True},
    {"id": 4, "name": "Talk", "sequence": 2, "is_won": False},
]


def lead(stage: int, *, active: bool = True, **more: Any) -> dict[str, Any]:
    names = {s["id"]: s["name"] for s in STEPS}
    return {"id": 1, "name": "Deal", "stage_id": [stage, names[stage]], "active": active,
            "create_date": "2026-03-02 09:00:00", "write_date": "2026-03-09 09:00:00",
            "date_closed": False, **more}  # fmt: skip


def change(field: str, old: Any, new: Any, day: int, key: int) -> dict[str, Any]:
    at = dt.datetime(2026, 3, day, 9, tzinfo=dt.UTC)
    kind = "float" if field == "expected_revenue" else "integer"
    blank = {f"{s}_value_{k}": None for s in ("old", "new")
             for k in ("integer", "float", "char", "datetime")}  # fmt: skip
    return {**blank, "id": key, "field": field, "at": at,
            f"old_value_{kind}": old, f"new_value_{kind}": new}  # fmt: skip


def test_stages_lost_revived_and_won() -> None:
    log = [
        change("stage_id", 7, 4, 3, 1),
        change("active", 1, 0, 4, 2),
        change("active", 0, 1, 5, 3),
        change("expected_revenue", 100.0, 250.5, 5, 4),
        change("stage_id", 4, 9, 6, 5),
    ]
    visits, fields = from_changes(lead(9), log, Steps(STEPS))
    assert [(v["stage"], v["entered_at"].day) for v in visits] == [
        ("New", 2), ("Talk", 3), ("lost", 4), ("Talk", 5), ("won", 6)
    ]  # fmt: skip
    assert [(f["field"], f["old"], f["new"]) for f in fields] == [("amount", "100", "250.5")]
    told = deal_of(lead(9), visits, Steps(STEPS))
    assert (told["stage"], told["outcome"], told["closed_at"].day) == ("Talk", "won", 6)


def test_the_servers_own_csv_leaves_archived_empty(tmp_path: Path) -> None:
    """Two rows as the list view of Odoo 19 exports them."""
    file = tmp_path / "opportunities.csv"
    file.write_text(
        '"ID","Opportunity","Salesperson","Stage","Expected Revenue","Created on","Closed Date",'
        '"Active","Lost Reason"\n'
        '"5","Deal 3, 订单","Administrator","Qualified","74828.37","2026-06-02 18:11:31",'
        '"2026-06-24 12:00:52","","Too expensive"\n'
        '"4","Deal 5, 订单","Administrator","Qualified","41607.42","2026-05-25 18:09:26","",'
        '"True",""\n',
        "utf-8",
    )
    assert fk.read(file).frame().set_index("deal_id").outcome.to_dict() == {
        "4": "open", "5": "lost"
    }  # fmt: skip


def test_a_deal_that_never_moved_and_one_archived_without_a_trace() -> None:
    visits, _ = from_changes(lead(4), [], Steps(STEPS))
    assert [v["stage"] for v in visits] == ["Talk"]
    gone = lead(4, active=False, date_closed="2026-03-05 10:00:00")
    visits, _ = from_changes(gone, [], Steps(STEPS))
    assert [(v["stage"], v["entered_at"].day) for v in visits] == [("Talk", 2), ("lost", 5)]


def test_a_stage_that_was_deleted_keeps_the_label_it_had() -> None:
    log = [{**change("stage_id", 7, 55, 3, 1), "new_value_char": "Demo"},
           change("stage_id", 55, 3, 4, 2)]  # fmt: skip
    visits, _ = from_changes(lead(3), log, Steps(STEPS))
    assert [v["stage"] for v in visits] == ["New", "Demo", "Offer"]


def test_visits_reckoned_from_seconds_follow_the_order_of_the_process() -> None:
    spent = {"3": 50, "7": 86_400, "4": 3_600, "9": 10}
    visits = from_durations(lead(9, duration_tracking=spent), Steps(STEPS))
    assert [v["stage"] for v in visits] == ["New", "Talk", "Offer", "won"]
    first = visits[0]["entered_at"]
    assert [(v["entered_at"] - first).total_seconds() for v in visits] == [
        0, 86_400, 90_000, 90_050
    ]  # fmt: skip
    assert Failure("passing", "x").wait is None
