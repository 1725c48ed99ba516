"""What a CRM has to offer to be pulled, and what a pull hands on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

#: Where the moves come from: every change as it was recorded; reckoned from the seconds a deal
#: has spent in each stage; or nowhere.
History = Literal["changes", "durations", "none"]
#: A change is dated when its work began and seen when it is done: what began this long before
#: the mark is read again.
OVERLAP = dt.timedelta(minutes=10)

Record = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """A stage of the CRM: its label, and whether coming to it ends the deal."""

    label: str
    outcome: str = "open"


@dataclass(frozen=True)
class Page:
    """Some deals, each with its whole history.

    Attributes
    ----------
    deals : sequence of dict
        Canonical columns (``deal_id``, ``name`` ... ``competitor``); ``stage`` is the CRM's own
        label. Times are aware datetimes, days are dates.
    visits : sequence of dict
        ``deal_id, stage, entered_at`` in order; ``stage`` is a label or an outcome.
    changes : sequence of dict
        ``deal_id, field, old, new, changed_at`` in order.
    cursor : str
        Where to go on after this page.
    """

    deals: Sequence[Record]
    visits: Sequence[Record]
    changes: Sequence[Record]
    cursor: str
    history: History = "changes"


class Source(Protocol):
    """One CRM, one account: everything a pull asks of it.

    The marks and cursors are the source's own; a pull only keeps them and hands them back.
    """

    @property
    def name(self) -> str:
        """Return the kind of CRM: ``odoo``."""

    @property
    def place(self) -> str:
        """Return the address and account the marks belong to, without any secret."""

    def check(self) -> None:
        """Refuse now if the address, the account or the key is wrong."""

    def newest(self) -> str | None:
        """Return a mark up to which everything is read by a pull that starts now."""

    def changed_since(self, mark: str | None, after: str | None) -> Iterator[Page]:
        """Yield the deals changed since ``mark`` (all without one), from cursor ``after`` on."""

    def present(self) -> set[str] | None:
        """Return the ids there are now, to notice what has gone; None if it cannot be asked."""

    def steps(self) -> Sequence[Step]:
        """Return the stages in their order."""

    def notes(self) -> Mapping[str, Any]:
        """Return what should be said about this reading: catalogue key and values."""


@dataclass(frozen=True)
class Pulled:
    """All deals of a source as they are known after a pull, ready for a ledger or a pipeline.

    The times in the frames carry their zone (UTC), so that whoever takes them can put them on
    his clock.
    """

    deals: Any
    stage_history: Any
    field_history: Any
    steps: tuple[Step, ...]
    history: History
    seen_at: dt.datetime
    source: str
    sha: str
    notes: Mapping[str, Any] = field(default_factory=dict)
