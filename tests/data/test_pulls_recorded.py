"""Salesforce and HubSpot through their own libraries, on answers of the documented shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from funnelkit.data.ledger import Ledger
from funnelkit.data.pulls.patience import Patience, PullFailed
from funnelkit.data.pulls.run import pipeline_of, pull
from funnelkit.words import speaking

RECORDED = Path(__file__).parent / "recorded"
Answer = Callable[[str, str, Any], tuple[int, Any]]


@pytest.fixture
def quick() -> Patience:
    return Patience(tries=3, sleep=lambda s: None)


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], str]]:
    """Start a server that answers ``(method, path, body)`` with a status and a value."""
    running: list[ThreadingHTTPServer] = []

    def start(answer: Answer) -> str:
        class Handler(BaseHTTPRequestHandler):
            def reply(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, value = answer(self.command, self.path, json.loads(body or b"null"))
                said = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json;charset=UTF-8")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            do_GET = do_POST = reply

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def times(pulled: Any, table: str, *columns: str) -> list[tuple[Any, ...]]:
    frame = getattr(pulled, table)
    at = frame.entered_at if table == "stage_history" else frame.changed_at
    shown = at.dt.strftime("%Y-%m-%d %H:%M:%S")
    texts = frame[list(columns)].astype(object)
    texts = texts.where(texts.notna(), None)
    return [(*row, t) for row, t in zip(texts.itertuples(index=False), shown, strict=True)]


# --- Salesforce -------------------------------------------------------------------------------


@pytest.fixture
def salesforce(monkeypatch: pytest.MonkeyPatch, serve: Any, quick: Patience) -> Callable[..., Any]:
    pytest.importorskip("simple_salesforce")
    import requests

    from funnelkit.data.pulls import salesforce as module

    monkeypatch.setenv("FUNNELKIT_SALESFORCE_KEY", "token")
    told = json.loads((RECORDED / "salesforce.json").read_text("utf-8"))
    asked: list[str] = []

    def make(change: Callable[[str], tuple[int, Any] | None] = lambda query: None) -> Any:
        def answer(method: str, path: str, body: Any) -> tuple[int, Any]:
            parts = urlsplit(path)
            if parts.path.endswith("/describe"):
                return 200, told["describe"]
            if "01gD0000002HU6KIAW" in parts.path:
                return 200, told["OpportunityHistory"][1]
            query = parse_qs(parts.query)["q"][0]
            asked.append(query)
            other = change(query)
            if other is not None:
                return other
            name = query.partition(" FROM ")[2].split()[0]
            if query.startswith("SELECT SystemModstamp"):
                name = "Newest"
            elif query == "SELECT Id FROM Opportunity":
                name = "Ids"
            return 200, told[name][0]

        url = serve(answer)

        class Plain(requests.adapters.HTTPAdapter):
            """The library speaks https only; the server here does not."""

            def send(self, request: Any, *more: Any, **given: Any) -> Any:
                assert request.headers["Authorization"] == "Bearer token"
                request.url = request.url.replace("https://", "http://")
                return super().send(request, *more, **given)

        def session() -> Any:
            made = requests.Session()
            made.mount("https://", Plain())
            return made

        monkeypatch.setattr(module, "bounded", session)
        source = module.Salesforce(url, patience=quick)
        source.asked = asked  # type: ignore[attr-defined]
        return source

    return make


def test_salesforce_stages_owners_and_amounts(salesforce: Any) -> None:
    report = pull(salesforce())
    pulled = report.pulled
    assert times(pulled, "stage_history", "deal_id", "stage") == [
        ("0065g00000A1", "Prospecting", "2026-03-02 09:30:05"),
        ("0065g00000A1", "Proposal/Price Quote", "2026-04-01 08:15:59"),
        ("0065g00000A1", "won", "2026-05-18 15:12:44"),
        ("0065g00000B2", "Needs Analysis", "2026-04-11 10:00:00"),
        ("0065g00000B2", "Prospecting", "2026-04-13 10:00:00"),
        ("0065g00000C3", "lost", "2018-11-05 07:00:00"),
    ]
    assert times(pulled, "field_history", "deal_id", "field", "old", "new") == [
        ("0065g00000A1", "amount", "48000", "52000.5", "2026-03-20 11:00:00"),
        ("0065g00000A1", "expected_close", "2026-04-30", "2026-05-20", "2026-03-20 11:00:00"),
        ("0065g00000A1", "forecast_category", "Pipeline", "BestCase", "2026-04-01 08:15:59"),
        ("0065g00000A1", "forecast_category", "BestCase", "Closed", "2026-05-18 15:12:44"),
        ("0065g00000B2", "owner", "Bea Lind", "Tom Orr", "2026-05-02 06:00:00"),
    ]
    deals = pulled.deals.set_index("deal_id")
    assert deals.outcome.tolist() == ["won", "open", "lost"]
    assert deals.loc["0065g00000C3", "loss_reason"] == "Price"
    assert str(deals.loc["0065g00000C3", "closed_at"])[:10] == "2019-02-01"
    assert (deals.currency == "EUR").all()
    assert [s.label for s in pulled.steps][3:] == ["Signed", "Closed Lost"]
    with speaking("en"):
        assert "has not been verified against the vendor" in str(report)


def test_salesforce_asks_again_from_its_mark_only(salesforce: Any, tmp_path: Path) -> None:
    source, file = salesforce(), tmp_path / "sales.duckdb"
    pull(source, file)
    pull(source, file)
    asked = [q for q in source.asked if "StageName, IsClosed" in q]
    assert "WHERE" not in asked[0]
    # the newest change, less the ten minutes that are read twice
    assert "SystemModstamp >= 2026-06-30T07:50:00Z" in asked[1]
    with Ledger(file) as ledger:
        assert len(ledger) == 2
        assert ledger.pipeline().size == 3


def test_salesforce_without_tracked_owners_says_so(salesforce: Any) -> None:
    def refuse(query: str) -> tuple[int, Any] | None:
        if "FieldHistory" not in query:
            return None
        said = "sObject type 'OpportunityFieldHistory' is not supported."
        return 400, [{"message": said, "errorCode": "INVALID_TYPE"}]

    report = pull(salesforce(refuse))
    assert "owner" not in set(report.pulled.field_history.field)
    assert "note_no_owners" in report.pulled.notes


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(401, "INVALID_SESSION_ID", "key"), (403, "API_DISABLED_FOR_ORG", "rights"),
     (503, "SERVER_UNAVAILABLE", "passing")],
)  # fmt: skip
def test_salesforce_refusals(salesforce: Any, status: int, code: str, kind: str) -> None:
    source = salesforce(lambda query: (status, [{"message": "no", "errorCode": code}]))
    with pytest.raises(PullFailed) as caught:
        pull(source)
    assert caught.value.kind == kind
    assert code in str(caught.value)
    assert len(source.asked) == (3 if kind == "passing" else 1)


# --- HubSpot ----------------------------------------------------------------------------------


@pytest.fixture
def hubspot(monkeypatch: pytest.MonkeyPatch, serve: Any, quick: Patience) -> Callable[..., Any]:
    pytest.importorskip("hubspot")
    from funnelkit.data.pulls import HubSpot

    monkeypatch.setenv("FUNNELKIT_HUBSPOT_KEY", "token")
    told = json.loads((RECORDED / "hubspot.json").read_text("utf-8"))
    asked: list[Any] = []

    def make(change: Callable[[str], tuple[int, Any] | None] = lambda name: None) -> Any:
        def answer(method: str, path: str, body: Any) -> tuple[int, Any]:
            name = f"{method} {urlsplit(path).path}"
            asked.append((name, body))
            other = change(name)
            if other is not None:
                return other
            value = told[name]
            if name.endswith("/search"):  # what is newer than the mark and beyond the last id
                filters = body["filterGroups"][0]["filters"] if body["filterGroups"] else []
                beyond = [f["value"] for f in filters if f["operator"] == "GT"]
                rows = [r for r in value["results"] if int(r["id"]) > int((beyond or [0])[0])]
                value = {**value, "results": rows[: body["limit"]]}
            elif name.endswith("/read"):
                wanted = {i["id"] for i in body["inputs"]}
                value = {**value, "results": [r for r in value["results"] if r["id"] in wanted]}
            return 200, value

        source = HubSpot(serve(answer), patience=quick, page=1)
        source.asked = asked  # type: ignore[attr-defined]
        return source

    return make


def test_hubspot_stages_owners_and_amounts(hubspot: Any) -> None:
    report = pull(hubspot())
    pulled = report.pulled
    assert (report.read, report.pages) == (2, 2)
    assert times(pulled, "stage_history", "deal_id", "stage") == [
        ("901", "Appointment", "2026-03-02 09:30:05"),
        ("901", "Qualified", "2026-04-01 08:00:00"),
        ("901", "Appointment", "2026-05-04 08:00:01"),
        ("901", "lost", "2026-06-01 10:00:00"),
        ("902", "Qualified", "2026-04-02 09:00:00"),
    ]
    assert times(pulled, "field_history", "deal_id", "field", "old", "new") == [
        ("901", "amount", "48000", "52000.5", "2026-04-01 08:00:00"),
        ("901", "expected_close", "2026-05-31", "2026-06-01", "2026-06-01 10:00:00"),
        ("902", "owner", "Bea Lind", "tom@example.com", "2026-04-05 12:00:00"),
    ]
    deals = pulled.deals.set_index("deal_id")
    assert deals.loc["901", ["name", "owner", "stage", "outcome", "loss_reason"]].tolist() == [
        "Line 4", "Bea Lind", "Appointment", "lost", "Budget"
    ]  # fmt: skip
    assert deals.amount.isna().tolist() == [False, True]
    assert [s.label for s in pulled.steps] == [
        "Appointment", "Qualified", "Closed won", "Closed lost"
    ]  # fmt: skip
    p = pipeline_of(pulled)
    assert p.process.stage_ids == ("appointment", "qualified")
    with speaking("zh"):
        assert "尚未在厂商的真实系统上验证" in str(p.findings)


def test_hubspot_goes_on_by_id_and_from_its_mark(hubspot: Any, tmp_path: Path) -> None:
    source, file = hubspot(), tmp_path / "sales.duckdb"
    pull(source, file)
    pull(source, file)
    searches = [b for name, b in source.asked if name.endswith("/search") and b["filterGroups"]]
    first = searches[0]["filterGroups"][0]["filters"]
    assert first == [{"propertyName": "hs_object_id", "operator": "GT", "value": "0"}]
    later = searches[-1]["filterGroups"][0]["filters"]
    # 2026-06-01 10:00:00.500 less ten minutes, in milliseconds
    assert later[1] == {
        "propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": "1780307400500"
    }  # fmt: skip
    assert {b["limit"] for b in searches} == {1}


def test_hubspot_without_the_right_to_see_owners_keeps_their_ids(hubspot: Any) -> None:
    said = {"status": "error", "message": "requires scopes", "category": "MISSING_SCOPES"}
    report = pull(hubspot(lambda name: (403, said) if "owners" in name else None))
    assert set(report.pulled.deals.owner) == {"7001", "7002"}


@pytest.mark.parametrize(("status", "kind"), [(401, "key"), (429, "passing"), (404, "other")])
def test_hubspot_refusals(hubspot: Any, status: int, kind: str) -> None:
    source = hubspot(lambda name: (status, {"status": "error", "message": "said so"}))
    with pytest.raises(PullFailed) as caught:
        pull(source)
    assert caught.value.kind == kind
    assert "said so" in str(caught.value)
    assert len(source.asked) == (3 if kind == "passing" else 1)
