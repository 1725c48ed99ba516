"""Six months of selling, driven through a real Odoo one call at a time, and remembered."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any

START = dt.datetime(2026, 2, 2, 8, 0, 0)
DAYS = 180
STAGES = {1: "New", 2: "Qualified", 3: "Proposition"}
WON = 4


def json2(url: str, db: str, key: str, path: str, **given: Any) -> Any:
    """One call, without any library."""
    request = urllib.request.Request(
        f"{url}/json/2/{path}", data=json.dumps(given).encode(), method="POST",
        headers={"Authorization": f"bearer {key}", "X-Odoo-Database": db,
                 "Content-Type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


@dataclass
class Driven:
    """What was done to one opportunity."""

    facts: dict[str, Any]
    visits: list[tuple[str, dt.datetime]] = field(default_factory=list)
    changes: list[tuple[str, str, str, dt.datetime]] = field(default_factory=list)
    outcome: str = "open"
    stage: int = 1
    amount: float = 0.0
    owner: str = ""
    returned: bool = False

    def enter(self, label: str, at: dt.datetime) -> None:
        self.visits.append((label, at))


def planned(n: int, seed: int) -> list[tuple[dt.datetime, int, str, Any]]:
    """Events of ``n`` deals in the order of time: (when, deal, what, with)."""
    rng = random.Random(seed)
    events: list[tuple[dt.datetime, int, str, Any]] = []
    end = START + dt.timedelta(days=DAYS)
    for deal in range(n):
        at = START + dt.timedelta(seconds=rng.randrange(140 * 86400))
        stage = 1
        events.append((at, deal, "create", round(rng.uniform(1, 90) * 1000, 2)))
        for _ in range(9):
            at += dt.timedelta(seconds=rng.randrange(3600, 25 * 86400))
            if at > end:
                break
            chance = rng.random()
            if chance < 0.12:
                events.append((at, deal, "amount", round(rng.uniform(1, 90) * 1000, 2)))
            elif chance < 0.17:
                events.append((at, deal, "owner", rng.choice([2, 5])))
            elif chance < 0.29:
                events.append((at, deal, "lose", rng.choice([1, 2, 3])))
                if rng.random() < 0.75:
                    break
                at += dt.timedelta(seconds=rng.randrange(3600, 9 * 86400))
                if at > end:
                    break
                events.append((at, deal, "revive", None))
            elif chance < 0.36 and stage > 1:
                stage -= 1
                events.append((at, deal, "stage", stage))
            elif stage == 3 or chance > 0.96:
                events.append((at, deal, "win", None))
                if rng.random() < 0.95:
                    break
                at += dt.timedelta(seconds=rng.randrange(60, 5 * 86400))
                if at > end:
                    break
                stage = 3
                events.append((at, deal, "stage", stage))
            else:
                stage += 1
                events.append((at, deal, "stage", stage))
                if chance > 0.9 and stage == 2:
                    stage = 3  # a second step within the same second
                    events.append((at, deal, "stage", stage))
    # stable: what falls into the same second keeps its order
    return sorted(events, key=lambda e: e[0])


def drive(server: Any, n: int = 300, seed: int = 8) -> dict[str, Driven]:
    """Do all of it, each event at its second of the server's clock."""
    key = server.keys["manager"]

    def call(path: str, **given: Any) -> Any:
        return json2(server.url, server.db, key, path, **given)

    server.set_clock(START)
    people = {r["id"]: r["name"] for r in call("res.users/search_read", domain=[], fields=["name"])}
    named = ("Trade fair", "Spring mailing")
    sources = call("utm.source/create", vals_list=[{"name": x} for x in named])
    reasons = {r["id"]: r["name"] for r in
               call("crm.lost.reason/search_read", domain=[], fields=["name"])}  # fmt: skip
    ids: dict[int, int] = {}
    done: dict[str, Driven] = {}
    for at, deal, what, value in planned(n, seed):
        server.set_clock(at)
        if what == "create":
            due = (at + dt.timedelta(days=60 + deal % 30)).date()
            facts = {"name": f"Deal {deal}, 订单", "partner_name": f"Firm {deal % 40}",
                     "expected_revenue": value, "date_deadline": due.isoformat()}  # fmt: skip
            source = sources[deal % 3] if deal % 3 < 2 else False
            made = call("crm.lead/create", vals_list=[
                {**facts, "type": "opportunity", "source_id": source, "user_id": 2}])  # fmt: skip
            ids[deal] = made[0]
            facts = {**facts, "created_at": at, "source": (*named, None)[deal % 3]}
            one = Driven(facts, amount=value, owner=people[2])
            one.enter("New", at)
            done[str(made[0])] = one
            continue
        record, one = [ids[deal]], done[str(ids[deal])]
        if what == "stage":
            call("crm.lead/write", ids=record, vals={"stage_id": value})
            one.returned |= value < one.stage or one.outcome == "won"
            one.stage, one.outcome = value, "open"
            one.enter(STAGES[value], at)
        elif what == "win":
            call("crm.lead/action_set_won", ids=record)
            one.outcome = "won"
            one.enter("won", at)
        elif what == "lose":
            call("crm.lead/action_set_lost", ids=record, lost_reason_id=value)
            one.outcome, one.facts["loss_reason"] = "lost", reasons[value]
            one.enter("lost", at)
        elif what == "revive":
            call("crm.lead/action_unarchive", ids=record)
            one.outcome, one.returned = "open", True
            one.facts.pop("loss_reason")
            one.enter(STAGES[one.stage], at)
        elif what == "amount":
            call("crm.lead/write", ids=record, vals={"expected_revenue": value})
            one.changes.append(("amount", f"{one.amount:.12g}", f"{value:.12g}", at))
            one.amount = value
        elif what == "owner":
            call("crm.lead/write", ids=record, vals={"user_id": value})
            if people[value] != one.owner:
                one.changes.append(("owner", one.owner, people[value], at))
                one.owner = people[value]
    server.set_clock(START + dt.timedelta(days=DAYS + 1))
    return done


def export_csv(server: Any, password: str) -> bytes:
    """The list view's own export, as the browser asks for it."""

    def opened(path: str, data: bytes | None, kind: str, cookie: str = "") -> tuple[Any, str]:
        request = urllib.request.Request(server.url + path, data=data)
        request.add_header("Content-Type", kind)
        if cookie:
            request.add_header("Cookie", cookie)
        answer = urllib.request.urlopen(request, timeout=60)
        # the server's clock is months behind ours: a cookie jar would drop its cookies
        given = re.search(r"session_id=[^;]+", str(answer.headers.get_all("Set-Cookie")))
        return answer.read(), given.group() if given else cookie

    login = {"db": server.db, "login": "admin", "password": password}
    body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": login}).encode()
    _, cookie = opened("/web/session/authenticate", body, "application/json")
    page, cookie = opened("/odoo", None, "text/html", cookie)
    token = re.search(rb'csrf_token: "([^"]+)"', page)
    assert token is not None
    columns = {
        ".id": "ID", "name": "Opportunity", "partner_name": "Company Name",
        "user_id": "Salesperson", "team_id": "Sales Team", "stage_id": "Stage",
        "source_id": "Source", "expected_revenue": "Expected Revenue",
        "company_currency": "Currency", "create_date": "Created on",
        "date_closed": "Closed Date", "date_deadline": "Expected Closing", "active": "Active",
        "lost_reason_id": "Lost Reason",
    }  # fmt: skip
    wanted = {
        "model": "crm.lead", "ids": False, "domain": [["type", "=", "opportunity"]],
        "fields": [{"name": k, "label": v} for k, v in columns.items()],
        "import_compat": False, "groupby": [],
        "context": {"active_test": False, "lang": "en_US", "tz": "UTC"},
    }  # fmt: skip
    form = {"data": json.dumps(wanted), "csrf_token": token.group(1).decode()}
    text, _ = opened("/web/export/csv", urllib.parse.urlencode(form).encode(),
                     "application/x-www-form-urlencoded", cookie)  # fmt: skip
    assert isinstance(text, bytes)
    return text
