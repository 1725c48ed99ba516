"""Times as CRM interfaces write them."""

from __future__ import annotations

import datetime as dt
from typing import Any


def instant(text: Any) -> dt.datetime | None:
    """Read an ISO time with its offset, or take an aware datetime as it is.

    Examples
    --------
    >>> instant("2026-05-20T19:50:06.000+0000").isoformat()
    '2026-05-20T19:50:06+00:00'
    >>> instant("2026-05-20T19:50:06.120Z").isoformat()
    '2026-05-20T19:50:06.120000+00:00'
    """
    if not text:
        return None
    found = text if isinstance(text, dt.datetime) else dt.datetime.fromisoformat(str(text))
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def day(text: Any) -> dt.date | None:
    """Read the day of an ISO date or time."""
    return dt.date.fromisoformat(str(text)[:10]) if text else None


def amount(value: Any) -> str | None:
    """Return a number as the text a field history holds.

    Examples
    --------
    >>> amount("1250.50"), amount(1000.0), amount(None)
    ('1250.5', '1000', None)
    """
    return None if value in (None, "") else f"{float(value):.15g}"
