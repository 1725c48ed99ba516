"""From what Odoo recorded of an opportunity to its visits and changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from funnelkit.data.pulls.interface import Record, Step

#: Fields of a lead whose changes are kept, by their canonical names.
FIELDS = {
    "expected_revenue": "amount",
    "date_deadline": "expected_close",
    "user_id": "owner",
    "team_id": "region",
}
TRACKED = ("stage_id", "active", *FIELDS)


def moment(text: Any) -> dt.datetime | None:
    """Read the server's ``YYYY-MM-DD HH:MM:SS``, which is UTC.

    Examples
    --------
    >>> moment("2026-03-02 09:30:05").isoformat()
    '2026-03-02T09:30:05+00:00'
    """
    return dt.datetime.fromisoformat(str(text)).replace(tzinfo=dt.UTC) if text else None


def day(text: Any) -> dt.date | None:
    """Read the server's ``YYYY-MM-DD``."""
    return dt.date.fromisoformat(str(text)[:10]) if text else None


def name_of(value: Any) -> str | None:
    """Return the name of a related record (``[id, name]``)."""
    return str(value[1]) if isinstance(value, list | tuple) and value else None


def id_of(value: Any) -> int:
    """Return the id of a related record, 0 where there is none."""
    return int(value[0]) if isinstance(value, list | tuple) and value else 0


class Steps:
    """The stages of the server by id; one that has been deleted keeps its last label."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        ordered = sorted(rows, key=lambda r: (r["sequence"], r["id"]))
        self._of = {
            int(r["id"]): Step(str(r["name"]), "won" if r["is_won"] else "open") for r in ordered
        }
        self.order = {key: place for place, key in enumerate(self._of)}

    def __iter__(self) -> Any:
        return iter(self._of.values())

    def of(self, key: int, label: Any = None) -> Step:
        """Return the stage with this id."""
        if key not in self._of:
            self._of[key] = Step(str(label or key))
            self.order[key] = len(self.order)
        return self._of[key]


class Trail:
    """The visits of one deal, written as they happen: stages, losses, returns."""

    def __init__(self, deal: str) -> None:
        self.deal = deal
        self.rows: list[Record] = []

    def enter(self, stage: str, at: dt.datetime) -> None:
        """Note that the deal is in ``stage`` from now on; what it is in already is no move."""
        if self.rows and self.rows[-1]["stage"] == stage:
            return
        self.rows.append({"deal_id": self.deal, "stage": stage, "entered_at": at})


def shown(step: Step) -> str:
    """Return what stands in a visit: the label, or the outcome the stage means."""
    return step.label if step.outcome == "open" else step.outcome


def from_changes(
    lead: Mapping[str, Any], changes: Sequence[Mapping[str, Any]], steps: Steps
) -> tuple[list[Record], list[Record]]:
    """Return visits and field changes of one lead from its tracking values.

    ``changes`` come in order; each has ``field``, ``at`` and the tracking value's columns. The
    first stage is what the first change left. Archived in an open stage is lost, taken back from
    the archive is in its stage again.
    """
    trail = Trail(str(lead["id"]))
    moves = [c for c in changes if c["field"] == "stage_id"]
    marks = [c for c in changes if c["field"] == "active"]
    if moves:
        step = steps.of(moves[0]["old_value_integer"], moves[0]["old_value_char"])
    else:
        step = steps.of(id_of(lead["stage_id"]), name_of(lead["stage_id"]))
    active = bool(marks[0]["old_value_integer"]) if marks else bool(lead["active"])
    created = moment(lead["create_date"]) or dt.datetime.fromtimestamp(0, dt.UTC)
    trail.enter(shown(step), created)
    fields: list[Record] = []
    for change in changes:
        at, name = change["at"], change["field"]
        if name == "stage_id":
            step = steps.of(change["new_value_integer"], change["new_value_char"])
            if active or step.outcome == "won":
                trail.enter(shown(step), at)
        elif name == "active":
            active = bool(change["new_value_integer"])
            trail.enter(shown(step) if active or step.outcome == "won" else "lost", at)
        elif name in FIELDS:
            old, new = (_value(name, change, side) for side in ("old", "new"))
            fields.append(
                {"deal_id": trail.deal, "field": FIELDS[name], "old": old, "new": new,
                 "changed_at": at}
            )  # fmt: skip
    last = steps.of(id_of(lead["stage_id"]), name_of(lead["stage_id"]))
    if not lead["active"] and last.outcome == "open" and trail.rows[-1]["stage"] != "lost":
        # archived without a recorded change (an import, a script)
        trail.enter("lost", max(trail.rows[-1]["entered_at"], _closed(lead) or created))
    return trail.rows, fields


def _value(field: str, change: Mapping[str, Any], side: str) -> str | None:
    """Return one side of a change as the text a field history holds."""
    if field == "expected_revenue":
        return f"{change[f'{side}_value_float']:.12g}"
    if field == "date_deadline":
        found = day(change[f"{side}_value_datetime"])
        return found.isoformat() if found else None
    return change[f"{side}_value_char"] or None


def _closed(lead: Mapping[str, Any]) -> dt.datetime | None:
    return moment(lead.get("date_closed"))


def from_durations(lead: Mapping[str, Any], steps: Steps) -> list[Record]:
    """Reckon the visits from ``duration_tracking``: seconds spent in each stage, in all.

    The server gives neither order nor returns: stages are taken in the order of the process,
    the present one last, each entered when the seconds before it had passed. Exact for a deal
    that only moved forward.
    """
    trail = Trail(str(lead["id"]))
    at = moment(lead["create_date"]) or dt.datetime.fromtimestamp(0, dt.UTC)
    now = id_of(lead["stage_id"])
    spent = {int(k): int(v) for k, v in (lead.get("duration_tracking") or {}).items() if int(k)}
    for key in spent:
        steps.of(key)
    before = sorted((k for k in spent if k != now), key=lambda k: steps.order[k])
    for key in before:
        trail.enter(shown(steps.of(key)), at)
        at += dt.timedelta(seconds=spent[key])
    here = steps.of(now, name_of(lead["stage_id"]))
    trail.enter(shown(here), at)
    if not lead["active"] and here.outcome == "open":
        trail.enter("lost", max(at, _closed(lead) or moment(lead["write_date"]) or at))
    return trail.rows


def deal_of(lead: Mapping[str, Any], visits: Sequence[Record], steps: Steps) -> Record:
    """Return the canonical row of a lead."""
    here = steps.of(id_of(lead["stage_id"]), name_of(lead["stage_id"]))
    outcome = here.outcome
    if outcome == "open" and not lead["active"]:
        outcome = "lost"
    stages = [v["stage"] for v in visits if v["stage"] not in ("won", "lost")]
    last = visits[-1] if visits else None
    told = last["entered_at"] if last and last["stage"] == outcome else None
    return {
        "deal_id": str(lead["id"]),
        "name": lead["name"] or None,
        "account": name_of(lead.get("partner_id")) or lead.get("partner_name") or None,
        "owner": name_of(lead.get("user_id")),
        "region": name_of(lead.get("team_id")),
        "source": name_of(lead.get("source_id")),
        "amount": lead.get("expected_revenue"),
        "currency": name_of(lead.get("company_currency")),
        "created_at": moment(lead["create_date"]),
        "expected_close": day(lead.get("date_deadline")),
        "stage": here.label if here.outcome == "open" else (stages[-1] if stages else None),
        "outcome": outcome,
        "closed_at": None if outcome == "open" else (_closed(lead) or told),
        "loss_reason": name_of(lead.get("lost_reason_id")),
    }
