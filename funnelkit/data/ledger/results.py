"""What the ledger answers: what an export told, how the ledger stands, what a deal went through."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from funnelkit.process import Process
from funnelkit.words import count, date, say

#: The order in which changes are told.
EVENTS = (
    "new", "stage", "outcome", "reopened", "amount", "expected_close", "owner",
    "forecast_category", "vanished", "revived",
)  # fmt: skip


@dataclass(frozen=True)
class Added:
    """What one export told.

    Attributes
    ----------
    import_id : int
        Its number, for ``undo``.
    counts : mapping of str to int
        Changes against the export before it, by kind (:data:`EVENTS`).
    already : bool
        The export was in the ledger: nothing changed.
    before, after : datetime or None
        The exports between which it took its place.
    """

    import_id: int
    seen_at: dt.datetime
    source: str
    deals: int
    counts: Mapping[str, int] = field(default_factory=dict)
    already: bool = False
    before: dt.datetime | None = None
    after: dt.datetime | None = None
    unread: int = 0

    def __str__(self) -> str:
        if self.already:
            return say(
                "ledger.already", file=self.source, n=self.import_id, seen_at=day_of(self.seen_at)
            )
        lines = [
            say(
                "ledger.added", file=self.source, deals=self.deals, n=self.import_id,
                seen_at=day_of(self.seen_at),
            )
        ]  # fmt: skip
        if self.before is None:
            lines.append(say("ledger.first"))
        else:
            told = [
                say("ledger.told", what=say(f"ledger.what_{k}"), n=self.counts[k])
                for k in EVENTS
                if self.counts.get(k)
            ]
            text = say("ledger.joiner").join(told) if told else say("ledger.told_nothing")
            lines.append(say("ledger.since", before=day_of(self.before), told=text))
        if self.after is not None:
            lines.append(say("ledger.older", after=day_of(self.after)))
        if self.unread:
            lines.append(say("ledger.unread", n=self.unread))
        return "\n".join(lines)

    __repr__ = __str__


@dataclass(frozen=True)
class Status:
    """How a ledger stands.

    Attributes
    ----------
    table : DataFrame
        One row an export, in time: ``import_id, seen_at, source, deals, whole, own_history,
        added_at, sha``, then a column a kind of change against the export before.
    deals, vanished : int
        Deals ever seen, and those no longer in the last export.
    size : int
        Bytes of the file; 0 in memory.
    """

    table: pd.DataFrame
    file: str
    deals: int
    vanished: int
    size: int
    process: Process | None = None

    def __str__(self) -> str:
        head = say(
            "ledger.status", file=self.file, exports=len(self.table), deals=self.deals,
            vanished=self.vanished, size=self.size / 1e6,
        )  # fmt: skip
        if self.table.empty:
            return head + "\n" + say("ledger.empty")
        return head + "\n" + self.shown().to_string(index=False)

    __repr__ = __str__

    def shown(self) -> pd.DataFrame:
        """Return the table as people read it, in the current language."""
        shown = pd.DataFrame({say("ledger.column_import_id"): self.table["import_id"]})
        shown[say("ledger.column_seen_at")] = [day_of(t) for t in self.table["seen_at"]]
        shown[say("ledger.column_source")] = self.table["source"]
        shown[say("ledger.column_deals")] = [count(n) for n in self.table["deals"]]
        for kind in EVENTS:
            if self.table[kind].any():
                shown[say(f"ledger.what_{kind}")] = [count(n) for n in self.table[kind]]
        shown["SHA-256"] = self.table["sha"].str[:8]
        return shown

    def _repr_html_(self) -> str:
        head = html.escape(str(self).split("\n", 1)[0])
        return f"<p>{head}</p>{self.shown().to_html(index=False, border=0)}"


@dataclass(frozen=True)
class DealHistory:
    """What one deal went through.

    Attributes
    ----------
    table : DataFrame
        One row a change: ``what, old, new, seen_after, seen_by, import_id, source, sha``. It
        happened in (seen_after, seen_by]; for the first sighting ``seen_after`` is missing.
    """

    deal_id: str
    table: pd.DataFrame
    process: Process | None = None

    def __str__(self) -> str:
        lines = [say("ledger.history", deal=self.deal_id, n=len(self.table))]
        for row in self.table.to_dict("records"):
            what = say(f"ledger.what_{row['what']}")
            if pd.isna(row["seen_after"]):
                when = say("ledger.when_by", by=day_of(row["seen_by"]))
            else:
                after, by = day_of(row["seen_after"]), day_of(row["seen_by"])
                when = say("ledger.when_between", after=after, by=by)
            if pd.isna(row["old"]) and pd.isna(row["new"]):
                change = ""
            else:
                values = [self._label(row["what"], row[c]) for c in ("old", "new")]
                change = say("ledger.from_to", old=values[0], new=values[1])
            lines.append(
                say("ledger.change", when=when, what=what, change=change, file=row["source"],
                    sha=row["sha"][:8])
            )  # fmt: skip
        return "\n".join(lines)

    __repr__ = __str__

    def _label(self, what: str, value: object) -> str:
        if value is None or pd.isna(value):  # type: ignore[call-overload]
            return "–"
        if what in ("stage", "outcome", "reopened") and self.process is not None:
            known = (*self.process.stage_ids, "won", "lost", "no_decision", "open")
            return self.process.label(str(value)) if str(value) in known else str(value)
        return str(value)

    def _repr_html_(self) -> str:
        head, *lines = [html.escape(line) for line in str(self).split("\n")]
        return f"<p>{head}</p><ul>{''.join(f'<li>{x}</li>' for x in lines)}</ul>"


def day_of(moment: dt.datetime) -> str:
    """Write a day for the end of one, else the minute."""
    moment = pd.Timestamp(moment).to_pydatetime()
    if moment.time() >= dt.time(23, 59, 59):
        return date(moment.date())
    return f"{date(moment.date())} {moment:%H:%M}"
