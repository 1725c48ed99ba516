"""Opportunities of an Odoo server (19 or later) through its JSON-2 interface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from funnelkit.data.pulls.http import Session, failure, safe_url
from funnelkit.data.pulls.interface import OVERLAP, History, Page, Record, Step
from funnelkit.data.pulls.odoo_history import (
    TRACKED,
    Steps,
    deal_of,
    from_changes,
    from_durations,
    moment,
)
from funnelkit.data.pulls.patience import Patience, PullFailed, missing_extra
from funnelkit.data.pulls.secret import Secret, key_for

_FIELDS = (
    "name", "stage_id", "active", "user_id", "team_id", "partner_id", "partner_name", "source_id",
    "expected_revenue", "company_currency", "create_date", "write_date", "date_deadline",
    "date_closed", "lost_reason_id",
)  # fmt: skip
_VALUES = (
    "field_id", "mail_message_id", "old_value_integer", "old_value_float", "old_value_char",
    "old_value_datetime", "new_value_integer", "new_value_float", "new_value_char",
    "new_value_datetime",
)  # fmt: skip


class Odoo:
    """The opportunities of one database.

    Parameters
    ----------
    url, db : str
        The server and its database.
    page : int
        Deals a page.
    patience : Patience, optional
        How often a call is repeated.

    Notes
    -----
    The key is taken from ``FUNNELKIT_ODOO_KEY``, else from the keyring.
    """

    name = "odoo"

    def __init__(
        self, url: str, db: str, *, page: int = 200, patience: Patience | None = None
    ) -> None:
        self._url = safe_url(url, self.name)
        self.place = f"{self._url} {db}"
        self._db = db
        self._page = page
        self._patience = patience or Patience()
        self._key: Secret = key_for(self.name, self.place)
        self._json2 = _client(self._url, db, self._key)
        self._context: Record = {}
        self._known: Steps | None = None
        self._fields: list[str] = []
        self._tracked: dict[int, str] | None = None
        self._history: History = "changes"
        self._merged = 0

    def __repr__(self) -> str:
        return f"Odoo({self.place!r})"

    def call(self, model: str, method: str, **given: Any) -> Any:
        """Call a method of a model, with patience."""
        return self._patience.call(
            lambda: self._json2(model, method, (), {**given, "context": self._context}),
            failure,
            system="Odoo",
            place=self.place,
            key=self._key,
        )

    def check(self) -> None:
        """See that the key opens the database, and what it may read there."""
        own = self.call("res.users", "context_get")
        # archived deals are the lost ones; labels in the language of the key's user
        self._context = {"lang": own.get("lang"), "tz": "UTC", "active_test": False}
        readable = self.call("crm.lead", "fields_get", attributes=["type"])
        self._fields = [f for f in _FIELDS if f in readable]
        rows = self.call(
            "crm.stage", "search_read", domain=[], fields=["name", "sequence", "is_won"]
        )
        self._known = Steps(rows)
        try:
            found = self.call(
                "ir.model.fields", "search_read", fields=["name"],
                domain=[["model", "=", "crm.lead"], ["name", "in", list(TRACKED)]],
            )  # fmt: skip
            self._tracked = {int(r["id"]): str(r["name"]) for r in found}
            self.call("mail.tracking.value", "search_read", domain=[], fields=["id"], limit=1)
        except PullFailed as refused:
            if refused.kind != "rights":
                raise
            self._history = "durations"
            self._fields.append("duration_tracking")

    @property
    def _steps(self) -> Steps:
        if self._known is None:
            self.check()
        assert self._known is not None
        return self._known

    def newest(self) -> str | None:
        """Return when the opportunity changed last was changed, by the server's clock."""
        rows = self.call(
            "crm.lead", "search_read", domain=[["type", "=", "opportunity"]],
            fields=["write_date"], order="write_date desc", limit=1,
        )  # fmt: skip
        return str(rows[0]["write_date"]) if rows else None

    def changed_since(self, mark: str | None, after: str | None) -> Iterator[Page]:
        """Yield pages of changed opportunities in the order of their ids."""
        steps, last = self._steps, int(after or 0)
        changed: list[Any] = []
        if mark and (since := moment(mark)):
            changed = [["write_date", ">=", f"{since - OVERLAP:%Y-%m-%d %H:%M:%S}"]]
        while True:
            leads = self.call(
                "crm.lead", "search_read", fields=self._fields, order="id", limit=self._page,
                domain=[["type", "=", "opportunity"], ["id", ">", last], *changed],
            )  # fmt: skip
            if not leads:
                return
            last = int(leads[-1]["id"])
            yield self._paged(leads, steps)
            if len(leads) < self._page:
                return

    def _paged(self, leads: Sequence[Record], steps: Steps) -> Page:
        visits: list[Record] = []
        changes: list[Record] = []
        deals: list[Record] = []
        logs = self._changes([int(lead["id"]) for lead in leads])
        for lead in leads:
            if logs is None:
                stays = from_durations(lead, steps)
            else:
                stays, moved = from_changes(lead, logs.get(int(lead["id"]), []), steps)
                changes += moved
            visits += stays
            deals.append(deal_of(lead, stays, steps))
        return Page(deals, visits, changes, str(leads[-1]["id"]), self._history)

    def _changes(self, leads: list[int]) -> dict[int, list[Record]] | None:
        """Return the recorded changes by lead, in order; None where the key may not read them."""
        if self._tracked is None or self._history != "changes":
            return None
        of_leads = [
            ["mail_message_id.model", "=", "crm.lead"],
            ["mail_message_id.res_id", "in", leads],
            ["field_id", "in", list(self._tracked)],
        ]
        values = self._all("mail.tracking.value", of_leads, _VALUES)
        ids = sorted({int(v["mail_message_id"][0]) for v in values})
        messages: dict[int, Record] = {}
        for start in range(0, len(ids), 2000):
            part = ids[start : start + 2000]
            for m in self._all("mail.message", [["id", "in", part]], ("res_id", "date", "subject")):
                messages[int(m["id"])] = m
        found: dict[int, list[Record]] = {}
        merged = set()
        for value in values:
            message = messages.get(int(value["mail_message_id"][0]))
            if message is None:
                continue  # deleted between the two calls
            if message["subject"]:
                # history of an opportunity that was merged into this one: not its own
                merged.add(int(message["res_id"]))
                continue
            field = self._tracked[int(value["field_id"][0])]
            at = moment(message["date"])
            found.setdefault(int(message["res_id"]), []).append({**value, "field": field, "at": at})
        self._merged += len(merged)
        for log in found.values():
            # whole seconds tie; the ids do not
            log.sort(key=lambda c: (c["at"], c["id"]))
        return found

    def _all(self, model: str, domain: list[Any], fields: Sequence[str]) -> list[Record]:
        rows: list[Record] = []
        last = 0
        while True:
            part = self.call(
                model, "search_read", domain=[*domain, ["id", ">", last]], fields=list(fields),
                order="id", limit=2000,
            )  # fmt: skip
            rows += part
            if len(part) < 2000:
                return rows
            last = int(part[-1]["id"])

    def present(self) -> set[str]:
        """Return the ids of all opportunities the key can see."""
        found: set[str] = set()
        last = 0
        while True:
            rows = self.call(
                "crm.lead", "search", order="id", limit=10_000,
                domain=[["type", "=", "opportunity"], ["id", ">", last]],
            )  # fmt: skip
            found |= {str(r) for r in rows}
            if len(rows) < 10_000:
                return found
            last = int(rows[-1])

    def steps(self) -> Sequence[Step]:
        """Return the stages in their order."""
        return tuple(self._steps)

    def notes(self) -> Mapping[str, Any]:
        """Return which way the history was read, and what was left out of it."""
        said: dict[str, Any] = {}
        if self._history == "durations":
            said["note_durations"] = {}
        if self._merged:
            said["note_merged"] = {"deals": self._merged}
        return said


def _client(url: str, db: str, key: Secret) -> Any:
    try:
        import odooly

        session = Session()
    except ImportError:
        raise missing_extra("odooly", "odoo") from None
    # its JSON-2 part alone: Client would ask a person for a password where a key is refused
    json2 = odooly.Json2(SimpleNamespace(_server=url, _printer=None), db, key.reveal())
    json2._http = session
    return json2
