"""What each canonical column holds, and typed columns brought to it without reading text."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir

#: What stands for a yes and for a no.
YES = frozenset({"true", "1", "yes", "y", "t", "是", "x", "1.0", "真", "ja", "oui"})
NO = frozenset({"false", "0", "no", "n", "f", "否", "0.0", "假", "nein", "non"})

DATES = (
    "created_at", "expected_close", "closed_at", "closing_date", "won_at", "lost_at",
    "entered_at", "changed_at",
    # of the tables beside the deals
    "at", "first_touch_at", "met_at", "dated", "made_at", "start_date",
    "agreed_on", "due_on", "shipped_on", "invoiced_on", "paid_on",
)  # fmt: skip
AMOUNTS = ("amount", "list_amount", "potential", "spend_total", "paid")
FLAGS = ("is_closed", "is_won", "deleted", "active", "won", "closed", "by_buyer", "disputed")
NUMBERS = ("probability", "discount_pct")
WHOLE = ("seq", "order", "n_contacts", "failed_tenders")
#: Attributes of the deals that are no text, whatever system they come from.
ATTRIBUTES = ("first_touch_at", "list_amount", "discount_pct", "n_contacts", "failed_tenders")
_FIRST = ibis.literal("1000-01-01", type="timestamp(6)")
_LAST = ibis.literal("9999-12-30", type="timestamp(6)")
_LAST_YEAR = 2200


def kind_of_column(canonical: str) -> str:
    """Return what a canonical column holds: date, amount, number, flag, whole or text."""
    if canonical in DATES or canonical.startswith("entered:"):
        return "date"
    if canonical in AMOUNTS:
        return "amount"
    if canonical in NUMBERS:
        return "number"
    if canonical in FLAGS:
        return "flag"
    return "whole" if canonical in WHOLE else "text"


def typed(
    column: ir.Value, kind: str, clock: dt.timedelta, *, whole_days: bool = False
) -> ir.Value | None:
    """The column in its canonical type where its own type allows it without reading text.

    Instants are moved to the clock, but not those of ``whole_days``.
    """
    own = column.type()
    if own.is_null():
        target = {"date": "timestamp(6)", "amount": "float64", "number": "float64",
                  "flag": "boolean", "whole": "int64", "text": "string"}[kind]  # fmt: skip
        return ibis.null(target)
    if kind == "text":
        if own.is_string():
            return column
        if own.is_floating():
            # ids that pandas turned into 1001.0 because one is missing
            text = column.cast("string").re_replace(r"\.0+$", "")
            return column.isnan().ifelse(ibis.null("string"), text)
        return column.cast("string")
    if kind == "date":
        if own.is_date():
            return column.cast("timestamp(6)")
        if own.is_timestamp():
            # what Python cannot hold is far beyond any date that is meant
            if (own.scale or 0) <= 6:
                column = ((column < _FIRST) | (column > _LAST)).ifelse(_LAST.cast(own), column)
            if own.timezone is None:
                return column.cast("timestamp(6)")
            moved = column.cast("timestamp('UTC')").cast("timestamp(6)")
            seconds = 0 if whole_days else int(clock.total_seconds())
            return moved + ibis.interval(seconds=seconds) if seconds else moved
        return None
    if kind in ("amount", "number"):
        if own.is_floating():
            known = ~(column.isnan() | column.isinf())
            return known.ifelse(column, None).cast("float64")
        return column.cast("float64") if own.is_numeric() else None
    if kind == "flag":
        if own.is_boolean():
            return column
        return column.cast("int64") == 1 if own.is_numeric() else None
    return column.cast("int64") if own.is_numeric() else None


def sentinel(column: ir.Value) -> ir.BooleanValue:
    """Dates that systems write for "never"."""
    year, month, day = column.year(), column.month(), column.day()
    turn = ((month == 1) & (day == 1)) | ((month == 12) & (day >= 30))
    odd = year.isin([1753, 1899, 1900, 1901, 1970, 2050, 2099, 2100, 2199]) & turn
    never = (year >= _LAST_YEAR) | (year < 1753) | odd
    # the calendar is only taken apart for the few dates outside of living memory
    far = (column < beyond(dt.datetime(1971, 1, 1))) | (column >= beyond(dt.datetime(2050, 1, 1)))
    return far.ifelse(never, False)


def beyond(moment: dt.datetime) -> ir.Scalar:
    """A moment as a literal of the database."""
    return ibis.literal(moment, type="timestamp(6)")
