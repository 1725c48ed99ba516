"""A pipeline: its deals, their histories, their process and the date they are seen from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

from funnelkit.data import engines
from funnelkit.data.contract import (
    DEALS,
    FIELD_HISTORY,
    OUTCOMES,
    STAGE_HISTORY,
    TABLES,
    conform,
    level_of,
)
from funnelkit.data.past import known_at, last_rows, not_later
from funnelkit.data.selecting import MEASURED, column_of, selected
from funnelkit.data.selecting import NO_GROUP as NO_GROUP
from funnelkit.data.selecting import end_of as end_of
from funnelkit.data.selecting import start_of as start_of
from funnelkit.data.stays import furthest_of, place_of, stays_of
from funnelkit.errors import FunnelkitError
from funnelkit.process import Process, load_process

if TYPE_CHECKING:
    import pandas as pd

# What a history says of a deal when the deals' own table does not.
_TOLD_BY_HISTORY = ("created_at", "stage", "outcome", "closed_at")
_NOT_FOR_GROUPS = {"deal_id", "name", *MEASURED}


@dataclass(frozen=True, eq=False)
class Pipeline:
    """Deals with their histories, as known at one date.

    Attributes
    ----------
    deals : ibis table
        One row a deal; all columns of :data:`DEALS`, then the attributes.
    stage_history : ibis table or None
        One row a visit: ``deal_id, stage, entered_at, seq``; None for a snapshot.
    field_history : ibis table or None
        One row a change: ``deal_id, field, old, new, changed_at, seq``.
    process : Process
        The stages in order and what the company asks of each.
    as_of : datetime
        The moment the pipeline is seen from; open deals are censored here.
    given : frozenset of str
        Which columns and tables the source really had.
    findings : object
        What the reader noticed; see :func:`funnelkit.quality`.
    left_out : tuple of (reason, deals)
        Deals that were set aside before any measure, by reason.
    synthetic : bool
        True for made-up data; every chart and page says so.
    tables : mapping of str to ibis table
        Further tables, by the names of :data:`TABLES`; empty where the source has none.
    timing : object
        How sure the times are, where moves were only seen between two exports; else None.
    truth : object
        What was planted in a simulated pipeline; None for any other.
    """

    deals: ir.Table
    stage_history: ir.Table | None
    field_history: ir.Table | None
    process: Process
    as_of: dt.datetime
    name: str = ""
    given: frozenset[str] = frozenset()
    findings: Any = ()
    left_out: tuple[tuple[str, int], ...] = ()
    synthetic: bool = False
    tables: Mapping[str, ir.Table] = field(default_factory=dict)
    timing: Any = None
    truth: Any = None
    _kept: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        from funnelkit.words import say

        return say(
            "pipeline.repr",
            name=self.name or "-",
            n=self.size,
            process=str(self.process.name),
            as_of=self.as_of,
        )

    @property
    def size(self) -> int:
        """Number of deals."""
        if "size" not in self._kept:
            self._kept["size"] = int(self.deals.count().execute())
        return int(self._kept["size"])

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies of the amounts, in order."""
        if "currencies" not in self._kept:
            found: list[str] = []
            if self.has("currency"):
                rows = self.deals.filter(
                    self.deals.amount.notnull() & self.deals.currency.notnull()
                )
                found = sorted(rows.select("currency").distinct()["currency"].to_pandas())
            self._kept["currencies"] = tuple(map(str, found))
        return tuple(self._kept["currencies"])

    @property
    def currency(self) -> str:
        """The one currency of the amounts; "" where there is none, or several."""
        return self.currencies[0] if len(self.currencies) == 1 else ""

    @property
    def attributes(self) -> list[str]:
        """Columns that can stand in ``by=``."""
        return [c for c in self.deals.columns if c not in _NOT_FOR_GROUPS]

    def frame(self) -> pd.DataFrame:
        """Return the deals as a pandas frame, ordered by ``deal_id``."""
        frame: pd.DataFrame = self.deals.order_by("deal_id").to_pandas()
        return frame

    def has(self, *names: str) -> bool:
        """Say whether the source had all of these columns or tables."""
        return all(n in self.given for n in names)

    def need(self, *names: str, what: str) -> None:
        """Refuse with a reason where the source lacks what a measure stands on.

        Raises
        ------
        FunnelkitError
            Names what is missing, what needs it and what to do.
        """
        missing = [n for n in names if n not in self.given]
        if missing:
            key = "pipeline.no_history" if "stage_history" in missing else "pipeline.missing"
            raise FunnelkitError(key, missing=missing, what=what, given=sorted(self.given))

    def need_open_amounts(self, what: str) -> None:
        """Refuse where amounts are known of won deals only.

        Raises
        ------
        FunnelkitError
            Names what needs the amounts of the other deals.
        """
        for found in self.findings:
            if found.reason == "amounts_of_won_only":
                raise FunnelkitError("pipeline.won_amounts", what=what, n=found.more["of"])

    def need_losses(self, what: str) -> None:
        """Refuse to make a headline of a rate where no loss is on record.

        Raises
        ------
        FunnelkitError
            Says how many deals are won and none lost.
        """
        for found in self.findings:
            if found.reason == "no_losses":
                raise FunnelkitError("pipeline.no_losses", what=what, n=found.count)

    def groups(self, by: str | Iterable[str] | None) -> list[str]:
        """Return ``by`` as a list of checked column names."""
        names = list(by) if isinstance(by, list | tuple | set | dict) else [by] if by else []
        headers = self._kept.get("headers", {})
        return [column_of(name, self.attributes, headers) for name in names]

    def column(self, name: str) -> str:
        """Return a column that parts are taken by, under its own name or its file's heading.

        Raises
        ------
        FunnelkitError
            There is none.
        """
        return column_of(name, [*self.attributes, *MEASURED], self._kept.get("headers", {}))

    def where(self, **wanted: Any) -> Pipeline:
        """Return the part of the pipeline with these attribute values.

        Parameters
        ----------
        **wanted
            ``column=value`` or ``column=[value, ...]``; None or "(none)" are the deals without.
            Amounts and days are selected by ranges, both ends counted, one of them may be open:
            ``amount="50000.."``, ``created_at="2026-01-01..2026-06-30"``.

        Raises
        ------
        FunnelkitError
            Unknown column, a value no deal has, or a range that is none.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"deal_id": ["a", "b"], "outcome": ["won", "open"],
        ...                       "region": ["East", "West"]})
        >>> from_frames(frame, as_of="2026-12-31").where(region="East").size
        1
        """
        deals = self.deals
        for name, value in wanted.items():
            deals = deals.filter(selected(self.deals, self.column(name), value))
        return self._with_deals(deals)

    def _with_deals(self, deals: ir.Table, **changes: Any) -> Pipeline:
        """Keep only the histories of ``deals``."""
        # the whole's stays serve a part too: measures join them to the deals of the part
        same = "stage_history" not in changes
        kept = {
            k: v
            for k, v in self._kept.items()
            if k == "headers" or (same and k in ("stays", "furthest"))
        }
        if self._kept.get("currencies") and len(self.currencies) == 1:
            kept["currencies"] = self.currencies  # a part of one currency's deals has no other
        for name in ("stage_history", "field_history"):
            table = changes.get(name, getattr(self, name))
            changes[name] = None if table is None else table.semi_join(deals, "deal_id")
        tables = changes.pop("tables", self.tables)
        changes["tables"] = {
            name: table.semi_join(deals, "deal_id") if "deal_id" in table.columns else table
            for name, table in tables.items()
        }
        return replace(self, deals=deals, _kept=kept, **changes)

    @property
    def stays(self) -> ir.Table:
        """One row a stay in an open stage; see :func:`funnelkit.data.stays.stays_of`.

        May hold stays of deals that are not in this part: join it to ``deals``.
        """
        if "stays" not in self._kept:
            assert self.stage_history is not None
            self._kept["stays"] = stays_of(self.stage_history, self.process)
        kept: ir.Table = self._kept["stays"]
        return kept

    @property
    def furthest(self) -> ir.Table:
        """One row a deal with ``furthest``, the place of the furthest stage it was ever in."""
        if "furthest" not in self._kept:
            assert self.stage_history is not None
            place = place_of(self.stage_history.stage, self.process)
            self._kept["furthest"] = furthest_of(self.stage_history.mutate(place=place))
        kept: ir.Table = self._kept["furthest"]
        return kept

    def at(self, date: dt.date | dt.datetime | str) -> Pipeline:
        """Return the pipeline as it was known at the end of ``date``, with nothing from later.

        A day means its end (midnight of the next day, not included); a full timestamp is taken
        as it stands. Deals whose creation or closing date is unknown cannot be placed in time:
        they are set aside and counted in ``left_out``. Attributes without a history keep the
        value they have today.

        Raises
        ------
        FunnelkitError
            The day lies after the data, or before the first deal.
        """
        moment = end_of(date)
        if moment.date() > self.as_of.date():
            raise FunnelkitError("pipeline.after_data", day=moment.date(), last=self.as_of.date())
        first = self.first
        if first is not None and moment < first:
            raise FunnelkitError("pipeline.before_data", day=moment.date(), first=first.date())
        return self.as_known(moment)

    @property
    def first(self) -> dt.datetime | None:
        """The moment the first deal is known of; None where no date tells."""
        if "first" not in self._kept:
            moments = [self.deals.created_at.min()]
            if self.stage_history is not None:
                moments.append(self.stage_history.entered_at.min())
            found = [_moment(moment.execute()) for moment in moments]
            known = [moment for moment in found if moment is not None]
            self._kept["first"] = min(known, default=None)
        moment: dt.datetime | None = self._kept["first"]
        return moment

    def as_known(self, date: dt.date | dt.datetime | str) -> Pipeline:
        """Return what `at` does, for any day: empty before the data, all of it after them."""
        moment = end_of(date)
        if moment >= self.as_of:
            return self
        known = known_at(
            self.deals, self.stage_history, self.field_history, self.changed_fields, moment
        )
        lost = (("not_dated", known.lost_track),) if known.lost_track else ()
        tables = {name: not_later(name, table, moment) for name, table in self.tables.items()}
        part = self._with_deals(
            known.deals, stage_history=known.stage_history, field_history=known.field_history,
            tables=tables,
        )  # fmt: skip
        # nothing is known of the time after the data: open deals stay censored where they end
        return replace(part, as_of=moment, left_out=self.left_out + lost)

    @property
    def changed_fields(self) -> frozenset[str]:
        """The columns of which changes were recorded."""
        if "changed_fields" not in self._kept:
            t = self.field_history
            names = [] if t is None else t.select("field").distinct()["field"].to_pandas().dropna()
            self._kept["changed_fields"] = frozenset(names)
        found: frozenset[str] = self._kept["changed_fields"]
        return found


def _moment(value: Any) -> dt.datetime | None:
    """Return a moment as Python has it; None where there is none."""
    if value is None or value != value:
        return None
    found: dt.datetime = value.to_pydatetime() if hasattr(value, "to_pydatetime") else value
    return found


def from_frames(
    deals: pd.DataFrame | None = None,
    stage_history: pd.DataFrame | None = None,
    field_history: pd.DataFrame | None = None,
    *,
    process: Process | str | dict[str, Any] | None = None,
    as_of: dt.date | dt.datetime | str | None = None,
    name: str = "",
    synthetic: bool = False,
    tables: Mapping[str, pd.DataFrame] | None = None,
) -> Pipeline:
    """Make a pipeline of clean frames; real files go through :func:`funnelkit.read`.

    Parameters
    ----------
    deals : DataFrame, optional
        ``deal_id`` and any other column of :data:`DEALS`; the history tells creation, stage,
        outcome and close where they are not among them, or the table is not given.
    stage_history, field_history : DataFrame, optional
        ``seq`` defaults to the order of the rows.
    as_of : date, optional
        Defaults to the end of the latest day in the data.
    tables : mapping of str to DataFrame, optional
        Further tables, by the names of :data:`TABLES`.

    Notes
    -----
    Times without a zone are taken as they stand; those with one become times of the
    process's calendar.
    """
    for given_as in (deals, stage_history, field_history):
        if given_as is not None and not hasattr(given_as, "columns"):
            kind = type(given_as).__name__
            raise FunnelkitError("pipeline.no_frame", found=str(given_as)[:60], kind=kind)
    con = engines.connect()
    sheet = load_process(process)

    def table(frame: pd.DataFrame, schema: Mapping[str, str], label: str) -> ir.Table:
        if "seq" in schema and "seq" not in frame:
            frame = frame.assign(seq=range(len(frame)))
        raw = ibis.memtable(_one_clock(frame, sheet))
        return con.create_table(label, conform(raw, schema))

    if stage_history is not None and sheet.closing is not None:
        # only won deals come to a closing stage: coming to it is winning
        closing = stage_history["stage"] == sheet.closing.id
        stage_history = stage_history.assign(stage=stage_history["stage"].mask(closing, "won"))
    history = None if stage_history is None else table(stage_history, STAGE_HISTORY, "stages")
    fields = None if field_history is None else table(field_history, FIELD_HISTORY, "fields")
    given: set[str] = set()
    if deals is not None:
        given |= {c for c in deals.columns if deals[c].notna().any()}
        if history is not None:
            told = derive_deals(history).to_pandas()
            new = [c for c in _TOLD_BY_HISTORY if c not in deals]
            given.update(new)
            deals = deals.assign(deal_id=deals["deal_id"].astype("str"))
            deals = deals.merge(told[["deal_id", *new]], on="deal_id", how="left")
        open_ = "open" if "outcome" not in deals else deals["outcome"].fillna("open")
        deals = deals.assign(outcome=open_)
        if "closed_at" in deals and (deals["outcome"] == "open").all():
            given.add("closed_at")  # empty because nothing is closed yet
        facts = table(deals, DEALS, "deals")
    elif history is not None:
        facts = con.create_table("deals", derive_deals(history))
        given |= {"deal_id", *_TOLD_BY_HISTORY}
    else:
        raise FunnelkitError("pipeline.nothing")
    given |= {
        n for n, t in (("stage_history", history), ("field_history", fields)) if t is not None
    }
    beside = {
        n: con.create_table(n, ibis.memtable(_one_clock(_levels(t), sheet)))
        for n, t in (tables or {}).items()
    }
    return Pipeline(
        deals=facts,
        stage_history=history,
        field_history=fields,
        process=sheet,
        as_of=latest(facts, history) if as_of is None else end_of(as_of),
        name=name,
        given=frozenset(given | set(beside)),
        synthetic=synthetic,
        tables=beside,
    )


def _levels(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the levels of a table of targets their ids, whatever words it has for them."""
    if "level" not in frame:
        return frame
    return frame.assign(level=frame["level"].map(level_of, na_action="ignore"))


def _one_clock(frame: pd.DataFrame, process: Process) -> pd.DataFrame:
    """Turn times with a zone into times of the process's calendar, as instants."""
    zoned = frame.select_dtypes("datetimetz").columns
    offset = process.calendar.offset
    times = {c: frame[c].dt.tz_convert("UTC").dt.tz_localize(None) + offset for c in zoned}
    return frame.assign(**times)


def derive_deals(history: ir.Table) -> ir.Table:
    """Make one row a deal of a history: created at its first row, closed by an outcome row."""
    last = last_rows(history)
    first = history.group_by("deal_id").agg(created_at=history.entered_at.min())
    one = first.inner_join(last, "deal_id")
    closed = one.last.isin(OUTCOMES)
    return conform(
        one.select(
            "deal_id",
            "created_at",
            stage=one.last_open,
            outcome=closed.ifelse(one.last, "open"),
            closed_at=closed.ifelse(one.last_at, ibis.null("timestamp(6)")),
        ),
        DEALS,
    )


def latest(deals: ir.Table, history: ir.Table | None) -> dt.datetime:
    """Return the latest moment anything was recorded."""
    moments = [deals.created_at.max(), deals.closed_at.max()]
    if history is not None:
        moments.append(history.entered_at.max())
    found = [m.execute() for m in moments]
    known = [m for m in found if m == m and m is not None]
    if not known:
        raise FunnelkitError("pipeline.no_dates")
    moment: dt.datetime = max(known).to_pydatetime()
    return dt.datetime.combine(moment.date(), dt.time.max)


__all__ = [
    "DEALS", "FIELD_HISTORY", "NO_GROUP", "OUTCOMES", "STAGE_HISTORY", "TABLES", "Pipeline",
    "conform", "derive_deals", "end_of", "from_frames", "latest", "start_of",
]  # fmt: skip
