"""What is refused when an action is written down: nobody could follow it up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from funnelkit.control.verdicts import MEASURES, REST
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.words import date as written

DATES = ("start", "due", "review_date")


def pair(text: str | None) -> tuple[str, str] | None:
    """Return "column=group" as a pair."""
    if not text:
        return None
    column, _, value = text.partition("=")
    return column.strip(), value.strip()


def _group(value: str | Mapping[str, str] | None, name: str) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, Mapping):
        value = "; ".join(f"{k}={v}" for k, v in value.items())
    parts = pair(value)
    if parts is None or not all(parts) or ";" in value:
        raise FunnelkitError("control.bad_group", name=name, found=value)
    return f"{parts[0]}={parts[1]}"


def day_of(value: dt.date | str | None, name: str) -> dt.date:
    """Return a day, or refuse what is none."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise FunnelkitError("control.bad_date", name=name, found=value) from None


def checked(row: dict[str, Any]) -> dict[str, Any]:
    """Refuse an action nobody could follow up."""
    row = dict(row)
    for name in ("problem", "owner"):
        if not str(row[name] or "").strip():
            raise FunnelkitError("control.empty_field", name=name)
    if row["measure"] not in MEASURES:
        raise FunnelkitError(
            "control.unknown_measure",
            found=row["measure"],
            allowed=nearest(row["measure"], MEASURES),
        )
    if row["measure"] == "step_rate" and not row["stage"]:
        raise FunnelkitError("control.stage_needed", measure=row["measure"])
    for name in ("segment", "control"):
        row[name] = _group(row[name], name)
    if row["control"] and (not row["segment"] or row["control"] == row["segment"]):
        raise FunnelkitError("control.control_alone", found=row["control"], rest=REST)
    for name in DATES:
        row[name] = day_of(row[name], name)
    for name in ("due", "review_date"):
        if row[name] < row["start"]:
            raise FunnelkitError(
                "control.before_start", name=name, found=written(row[name]), start=row["start"]
            )
    return row


__all__ = ["DATES", "checked", "day_of", "pair"]
