"""Deals of a HubSpot account through hubspot-api-client.

Not verified against the vendor: written after the documented answers, tested on such answers.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from funnelkit.data.pulls.http import TIMEOUT, safe_url
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

HOST = "https://api.hubapi.com"
_PROPERTIES = [
    "dealname", "amount", "deal_currency_code", "dealstage", "pipeline", "closedate", "createdate",
    "hubspot_owner_id", "hs_analytics_source", "closed_lost_reason", "hs_manual_forecast_category",
]  # fmt: skip
_TRACKED = {
    "amount": "amount",
    "closedate": "expected_close",
    "hubspot_owner_id": "owner",
    "hs_manual_forecast_category": "forecast_category",
}


class HubSpot:
    """The deals of one account.

    Parameters
    ----------
    url : str
        Address of the interface; the account is the key's.
    page : int
        Deals a page, at most 50: more are not given with their history.
    patience : Patience, optional
        How often a call is repeated.

    Notes
    -----
    The key is the access token of a private app, from ``FUNNELKIT_HUBSPOT_KEY`` or the keyring.
    """

    name = "hubspot"

    def __init__(
        self, url: str = HOST, *, page: int = 50, patience: Patience | None = None
    ) -> None:
        self.place = safe_url(url, self.name)
        self._page = min(page, 50)
        self._patience = patience or Patience()
        self._key: Secret = key_for(self.name, self.place)
        self._api = _client(self.place, self._key)
        self._stages: dict[str, Step] = {}
        self._pipelines: dict[str, str] = {}
        self._owners: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"HubSpot({self.place!r})"

    def _call(self, work: Callable[..., Any], *given: Any, **more: Any) -> Any:
        return self._patience.call(
            lambda: work(*given, **more, _request_timeout=TIMEOUT),
            failure, system="HubSpot", place=self.place, key=self._key,
        )  # fmt: skip

    def check(self) -> None:
        """See that the key opens the account; read its pipelines and owners."""
        found = self._call(self._api.crm.pipelines.pipelines_api.get_all, "deals")
        self._stages, self._pipelines = {}, {}
        for pipeline in sorted(found.results, key=lambda p: (p.display_order, p.id)):
            self._pipelines[str(pipeline.id)] = str(pipeline.label)
            for stage in sorted(pipeline.stages, key=lambda s: s.display_order):
                self._stages[str(stage.id)] = Step(str(stage.label), _outcome(stage.metadata))
        try:
            self._owners = dict(self._people())
        except PullFailed as refused:
            if refused.kind != "rights":
                raise
            self._owners = {}  # the ids stand for the names

    def _people(self) -> Iterator[tuple[str, str]]:
        given: dict[str, str] = {}
        while True:
            answer = self._call(self._api.crm.owners.owners_api.get_page, limit=100, **given)
            for one in answer.results:
                name = " ".join(x for x in (one.first_name, one.last_name) if x)
                yield str(one.id), name or str(one.email or one.id)
            after = answer.paging.next.after if answer.paging and answer.paging.next else None
            if not after:
                return
            given = {"after": str(after)}

    def _search(
        self, filters: list[Record], *, limit: int, newest: bool = False
    ) -> list[tuple[str, Record]]:
        by = "hs_lastmodifieddate" if newest else "hs_object_id"
        request = {
            "filterGroups": [{"filters": filters}] if filters else [],
            "sorts": [{"propertyName": by, "direction": "DESCENDING" if newest else "ASCENDING"}],
            "properties": ["hs_lastmodifieddate"],
            "limit": limit,
        }
        found = self._call(self._api.crm.deals.search_api.do_search, request)
        return [(str(r.id), dict(r.properties)) for r in found.results]

    def newest(self) -> str | None:
        """Return when a deal was changed last, by the system's clock."""
        found = self._search([], limit=1, newest=True)
        return str(found[0][1]["hs_lastmodifieddate"]) if found else None

    def changed_since(self, mark: str | None, after: str | None) -> Iterator[Page]:
        """Yield pages of changed deals in the order of their ids.

        Going on by id rather than by page number: a search ends after ten thousand results.
        """
        since, last = instant(mark), after or "0"
        changed: list[Record] = []
        if since is not None:
            stamp = int((since - OVERLAP).timestamp() * 1000)
            changed = [{"propertyName": "hs_lastmodifieddate", "operator": "GTE",
                        "value": str(stamp)}]  # fmt: skip
        while True:
            beyond = {"propertyName": "hs_object_id", "operator": "GT", "value": last}
            ids = [key for key, _ in self._search([beyond, *changed], limit=self._page)]
            if not ids:
                return
            last = ids[-1]
            yield self._paged(ids)
            if len(ids) < self._page:
                return

    def _paged(self, ids: Sequence[str]) -> Page:
        found = self._call(
            self._api.crm.deals.batch_api.read,
            {"inputs": [{"id": i} for i in ids], "properties": _PROPERTIES,
             "propertiesWithHistory": ["dealstage", *_TRACKED]},
        )  # fmt: skip
        deals: list[Record] = []
        visits: list[Record] = []
        changes: list[Record] = []
        for one in sorted(found.results, key=lambda r: int(r.id)):
            logs = {k: _ordered(v) for k, v in (one.properties_with_history or {}).items()}
            stays = self._visits(str(one.id), logs.get("dealstage", []), one.properties)
            deals.append(self._deal(str(one.id), one.properties, stays))
            visits += stays
            changes += self._changes(str(one.id), logs)
        return Page(deals, visits, changes, str(ids[-1]))

    def _step(self, key: Any) -> Step:
        return self._stages.get(str(key), Step(str(key)))

    def _visits(self, key: str, log: Sequence[tuple[Any, Any]], deal: Record) -> list[Record]:
        rows: list[Record] = []
        for value, at in log or [(deal.get("dealstage"), instant(deal.get("createdate")))]:
            if not value:
                continue
            step = self._step(value)
            stage = step.label if step.outcome == "open" else step.outcome
            if not rows or rows[-1]["stage"] != stage:
                rows.append({"deal_id": key, "stage": stage, "entered_at": at})
        return rows

    def _changes(self, key: str, logs: Mapping[str, Sequence[tuple[Any, Any]]]) -> list[Record]:
        rows: list[Record] = []
        for name, field in _TRACKED.items():
            told = [(self._text(name, value), at) for value, at in logs.get(name, [])]
            for (old, _), (new, at) in pairwise(told):
                if old != new:
                    rows.append({"deal_id": key, "field": field, "old": old, "new": new,
                                 "changed_at": at})  # fmt: skip
        return sorted(rows, key=lambda r: r["changed_at"])

    def _text(self, name: str, value: Any) -> str | None:
        if value in (None, ""):
            return None
        if name == "amount":
            return amount(value)
        if name == "closedate":
            return str(value)[:10]
        return self._owners.get(str(value), str(value)) if name == "hubspot_owner_id" else value

    def _deal(self, key: str, deal: Mapping[str, Any], visits: Sequence[Record]) -> Record:
        outcome = self._step(deal.get("dealstage")).outcome
        stages = [v["stage"] for v in visits if v["stage"] not in ("won", "lost")]
        closed = visits[-1]["entered_at"] if outcome != "open" and len(visits) > 1 else None
        if outcome != "open" and closed is None:
            closed = instant(deal.get("closedate"))
        return {
            "deal_id": key,
            "name": deal.get("dealname"),
            "owner": self._text("hubspot_owner_id", deal.get("hubspot_owner_id")),
            "source": deal.get("hs_analytics_source") or None,
            "amount": float(deal["amount"]) if deal.get("amount") else None,
            "currency": deal.get("deal_currency_code") or None,
            "created_at": instant(deal.get("createdate")),
            "expected_close": day(deal.get("closedate")),
            "stage": stages[-1] if stages else None,
            "outcome": outcome,
            "closed_at": closed,
            "loss_reason": (deal.get("closed_lost_reason") or None) if outcome == "lost" else None,
            "pipeline": self._pipelines.get(str(deal.get("pipeline")), deal.get("pipeline")),
            "forecast_category": deal.get("hs_manual_forecast_category") or None,
        }

    def present(self) -> None:
        """Return None: all ids would have to be read for it."""
        return

    def steps(self) -> Sequence[Step]:
        """Return the stages in their order, pipeline after pipeline."""
        return tuple(self._stages.values())

    def notes(self) -> Mapping[str, Any]:
        """Return what should be said about this reading."""
        return {"note_unverified": {"system": "HubSpot"}, "note_no_sweep": {"system": "HubSpot"}}


def _outcome(metadata: Mapping[str, Any]) -> str:
    if str(metadata.get("isClosed", "false")).lower() != "true":
        return "open"
    return "won" if float(metadata.get("probability") or 0) >= 1 else "lost"


def _ordered(values: Any) -> list[tuple[Any, dt.datetime]]:
    """Return the values of a property in the order of time; the newest comes first there."""
    told = [(v.value, instant(v.timestamp)) for v in reversed(values)]
    return sorted(((v, at) for v, at in told if at is not None), key=lambda pair: pair[1])


def _client(url: str, key: Secret) -> Any:
    try:
        import hubspot
    except ImportError:
        raise missing_extra("hubspot-api-client", "hubspot") from None
    given: dict[str, Any] = {} if url == HOST else {"host": url}
    return hubspot.HubSpot(access_token=key.reveal(), **given)


def failure(problem: Exception) -> Failure | None:
    """Tell what an exception of the library means; each of its parts has a class of its own."""
    import urllib3

    status = getattr(problem, "status", None)
    if isinstance(status, int) and type(problem).__module__.startswith("hubspot"):
        why = f"{status} {_said(getattr(problem, 'body', None))}".strip()
        headers = getattr(problem, "headers", None) or {}
        asked = str(headers.get("Retry-After", ""))
        if status in PASSING:
            return Failure("passing", why, float(asked) if asked.isdigit() else None)
        if status == 401:
            return Failure("key", why)
        return Failure("rights" if status == 403 else "other", why)
    if isinstance(problem, urllib3.exceptions.HTTPError | OSError):
        return Failure("passing", type(problem).__name__)
    return None


def _said(body: Any) -> str:
    try:
        return str(json.loads(body)["message"]).splitlines()[0][:300]
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
