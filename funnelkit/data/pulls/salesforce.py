"""Opportunities of a Salesforce organisation through simple-salesforce.

Not verified against the vendor: written after the documented answers, tested on such answers.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from funnelkit.data.pulls.http import bounded, safe_url
from funnelkit.data.pulls.interface import OVERLAP, Page, Record, Step
from funnelkit.data.pulls.patience import (
    PASSING,
    Failure,
    Patience,
    PullFailed,
    missing_extra,
)
from funnelkit.data.pulls.secret import Secret, key_for
from funnelkit.data.pulls.times import amount, day, instant

_FIELDS = (
    "Id", "Name", "Account.Name", "Owner.Name", "LeadSource", "Amount", "CloseDate", "CreatedDate",
    "StageName", "IsClosed", "IsWon", "Type", "ForecastCategoryName", "SystemModstamp",
)  # fmt: skip
#: Fields that only some organisations have.
_OPTIONAL = {"CurrencyIsoCode": "currency", "Loss_Reason__c": "loss_reason",
             "MainCompetitors__c": "competitor"}  # fmt: skip
_HISTORY = ("Amount", "CloseDate", "ForecastCategory")
_NAMES = {"Amount": "amount", "CloseDate": "expected_close",
          "ForecastCategory": "forecast_category"}  # fmt: skip
_USER_ID = "005"  # how ids of users begin


class Salesforce:
    """The opportunities of one organisation.

    Parameters
    ----------
    url : str
        The instance: ``https://firm.my.salesforce.com``.
    page : int
        Deals a page, at most 200: their ids stand in one query.
    patience : Patience, optional
        How often a call is repeated.

    Notes
    -----
    The key is an access token, from ``FUNNELKIT_SALESFORCE_KEY`` or the keyring.
    """

    name = "salesforce"

    def __init__(self, url: str, *, page: int = 200, patience: Patience | None = None) -> None:
        self.place = safe_url(url, self.name)
        self._page = min(page, 200)
        self._patience = patience or Patience()
        self._key: Secret = key_for(self.name, self.place)
        self._client = _client(self.place, self._key)
        self._optional: dict[str, str] = {}
        self._stages: list[Record] = []
        self._owners_tracked = True

    def __repr__(self) -> str:
        return f"Salesforce({self.place!r})"

    def _call(self, work: Callable[[], Any]) -> Any:
        return self._patience.call(
            work, failure, system="Salesforce", place=self.place, key=self._key
        )

    def _query(self, text: str) -> list[Record]:
        """Return all records of a query; each answer of a long one is asked for with patience."""
        answer = self._call(partial(self._client.query, text))
        rows = list(answer["records"])
        while not answer["done"]:
            more = partial(self._client.query_more, answer["nextRecordsUrl"], True)
            answer = self._call(more)
            rows += answer["records"]
        return rows

    def check(self) -> None:
        """See that the key opens the organisation, and which fields it has."""
        told = self._call(lambda: self._client.Opportunity.describe())
        there = {f["name"] for f in told["fields"]}
        self._optional = {k: v for k, v in _OPTIONAL.items() if k in there}
        self._stages = self._query(
            "SELECT MasterLabel, ApiName, SortOrder, IsClosed, IsWon FROM OpportunityStage"
            " ORDER BY SortOrder"
        )

    def newest(self) -> str | None:
        """Return when an opportunity was changed last, by the system's clock."""
        rows = self._query(
            "SELECT SystemModstamp FROM Opportunity ORDER BY SystemModstamp DESC LIMIT 1"
        )
        return str(rows[0]["SystemModstamp"]) if rows else None

    def changed_since(self, mark: str | None, after: str | None) -> Iterator[Page]:
        """Yield pages of changed opportunities in the order of their ids."""
        fields = ", ".join((*_FIELDS, *self._optional))
        since = instant(mark)
        last = after
        while True:
            limits = [f"Id > '{last}'"] if last else []
            if since is not None:
                stamp = (since - OVERLAP).astimezone(dt.UTC)
                limits.append(f"SystemModstamp >= {stamp:%Y-%m-%dT%H:%M:%SZ}")
            where = f" WHERE {' AND '.join(limits)}" if limits else ""
            rows = self._query(
                f"SELECT {fields} FROM Opportunity{where} ORDER BY Id LIMIT {self._page}"
            )
            if not rows:
                return
            last = str(rows[-1]["Id"])
            yield self._paged(rows)
            if len(rows) < self._page:
                return

    def _paged(self, rows: Sequence[Record]) -> Page:
        ids = ", ".join(f"'{r['Id']}'" for r in rows)
        history = self._query(
            "SELECT Id, OpportunityId, CreatedDate, StageName, Amount, CloseDate, ForecastCategory"
            f" FROM OpportunityHistory WHERE OpportunityId IN ({ids})"
            " ORDER BY OpportunityId, CreatedDate, Id"
        )
        owners = self._owners(ids)
        deals: list[Record] = []
        visits: list[Record] = []
        changes: list[Record] = []
        for row in rows:
            own = [h for h in history if h["OpportunityId"] == row["Id"]]
            stays, moves = self._followed(row, own)
            moves += [o for o in owners if o["deal_id"] == row["Id"]]
            deals.append(self._deal(row, stays))
            visits += stays
            changes += sorted(moves, key=lambda m: m["changed_at"])
        return Page(deals, visits, changes, str(rows[-1]["Id"]))

    def _owners(self, ids: str) -> list[Record]:
        """Return changes of the owner; none where the organisation does not track them."""
        if not self._owners_tracked:
            return []
        try:
            rows = self._query(
                "SELECT OpportunityId, CreatedDate, Field, OldValue, NewValue"
                f" FROM OpportunityFieldHistory WHERE OpportunityId IN ({ids})"
                " AND Field = 'Owner' ORDER BY OpportunityId, CreatedDate, Id"
            )
        except PullFailed as refused:
            if refused.kind not in ("rights", "other"):
                raise
            self._owners_tracked = False
            return []
        # a change of owner is written twice: once with the names, once with the ids
        return [
            {"deal_id": str(r["OpportunityId"]), "field": "owner", "old": r["OldValue"],
             "new": r["NewValue"], "changed_at": instant(r["CreatedDate"])}
            for r in rows if not str(r["NewValue"] or "").startswith(_USER_ID)
        ]  # fmt: skip

    def _followed(
        self, row: Record, history: Sequence[Record]
    ) -> tuple[list[Record], list[Record]]:
        """Return visits and changes: each row of the history is the state after a change."""
        key = str(row["Id"])
        visits: list[Record] = []
        changes: list[Record] = []
        before: Record | None = None
        for now in history:
            at = instant(now["CreatedDate"])
            stage = self._meaning(now["StageName"])
            if not visits or visits[-1]["stage"] != stage:
                visits.append({"deal_id": key, "stage": stage, "entered_at": at})
            for name in _HISTORY if before is not None else ():
                old, new = (_text(name, x[name]) for x in (before or {}, now))
                if old != new:
                    changes.append({"deal_id": key, "field": _NAMES[name], "old": old, "new": new,
                                    "changed_at": at})  # fmt: skip
            before = now
        if not visits:
            # older than the history: only the present is known
            stage = self._meaning(row["StageName"])
            visits = [{"deal_id": key, "stage": stage, "entered_at": instant(row["CreatedDate"])}]
        return visits, changes

    def _meaning(self, label: str) -> str:
        for stage in self._stages:
            if label in (stage["ApiName"], stage["MasterLabel"]):
                return _outcome(stage) or str(stage["MasterLabel"])
        return label

    def _deal(self, row: Record, visits: Sequence[Record]) -> Record:
        outcome = ("won" if row["IsWon"] else "lost") if row["IsClosed"] else "open"
        stages = [v["stage"] for v in visits if v["stage"] not in ("won", "lost")]
        closed: Any = None
        if outcome != "open":
            last = visits[-1]
            # the day of closing is all there is where the history does not reach back
            closed = last["entered_at"] if last["stage"] == outcome and len(visits) > 1 else None
            closed = closed or instant(row["CloseDate"])
        return {
            "deal_id": str(row["Id"]),
            "name": row["Name"],
            "account": (row.get("Account") or {}).get("Name"),
            "owner": (row.get("Owner") or {}).get("Name"),
            "source": row.get("LeadSource"),
            "amount": row.get("Amount"),
            "created_at": instant(row["CreatedDate"]),
            "expected_close": day(row.get("CloseDate")),
            "stage": stages[-1] if stages else None,
            "outcome": outcome,
            "closed_at": closed,
            "type": row.get("Type"),
            "forecast_category": row.get("ForecastCategoryName"),
            **{name: row.get(field) for field, name in self._optional.items()},
        }

    def present(self) -> set[str]:
        """Return the ids of all opportunities the key can see."""
        return {str(r["Id"]) for r in self._query("SELECT Id FROM Opportunity")}

    def steps(self) -> Sequence[Step]:
        """Return the stages in their order."""
        return tuple(Step(str(s["MasterLabel"]), _outcome(s) or "open") for s in self._stages)

    def notes(self) -> Mapping[str, Any]:
        """Return what should be said about this reading."""
        said: dict[str, Any] = {"note_unverified": {"system": "Salesforce"}}
        if not self._owners_tracked:
            said["note_no_owners"] = {}
        return said


def _outcome(stage: Mapping[str, Any]) -> str | None:
    if not stage["IsClosed"]:
        return None
    return "won" if stage["IsWon"] else "lost"


def _text(field: str, value: Any) -> str | None:
    return amount(value) if field == "Amount" else value


def _client(url: str, key: Secret) -> Any:
    try:
        from simple_salesforce.api import Salesforce as Client

        session = bounded()
    except ImportError:
        raise missing_extra("simple-salesforce", "salesforce") from None
    host = urlsplit(url).netloc
    return Client(instance=host, session_id=key.reveal(), session=session)


def failure(problem: Exception) -> Failure | None:
    """Tell what an exception of the library means."""
    from simple_salesforce.exceptions import SalesforceError

    if isinstance(problem, SalesforceError):
        why = f"{problem.status} {_said(problem.content)}".strip()
        if problem.status in PASSING:
            return Failure("passing", why)
        if problem.status == 401:
            return Failure("key", why)
        return Failure("rights" if problem.status == 403 else "other", why)
    return Failure("passing", type(problem).__name__) if isinstance(problem, OSError) else None


def _said(content: Any) -> str:
    """Return code and message of an answer: ``[{"message": ..., "errorCode": ...}]``."""
    try:
        told = json.loads(content) if isinstance(content, bytes | str) else content
        first = told[0] if isinstance(told, list) else told
        return f"{first['errorCode']}: {first['message']}".splitlines()[0][:300]
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
