"""Past dates that forecasts of several dates have in common, and what was said at them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from funnelkit.data.kept import kept
from funnelkit.planning.forecasting.book import moment_of

P = ParamSpec("P")
T = TypeVar("T")

_MOST = 1_000
_CODES = {"stage", "after"}


def months_back(moment: int, months: int) -> int:
    """Return the same day some months ago; the last of its month stays the last."""
    now = pd.Timestamp(moment, unit="us")
    then = now - pd.DateOffset(months=months)
    then = then + pd.offsets.MonthEnd(0) if now.is_month_end else then
    return moment_of(then.to_pydatetime())


def remembered(function: Callable[P, T]) -> Callable[P, T]:
    """Work a function of arrays out once for the same contents, whoever holds them.

    A back-test asks at each date what had been said at earlier ones.
    """
    answers: dict[bytes, T] = {}

    @wraps(function)
    def once(*args: P.args, **options: P.kwargs) -> T:
        key = b"".join(_print_of(value) for value in (*args, *options.values()))
        if key not in answers:
            if len(answers) >= _MOST:
                answers.clear()
            answers[key] = function(*args, **options)
        return answers[key]

    return once


def _print_of(value: object) -> bytes:
    return _of_columns(value) if is_dataclass(value) else repr(value).encode()


@kept
def _of_columns(value: Any) -> bytes:
    """Return what tells the contents of some columns from any others."""
    key = hashlib.sha256()
    for one in fields(value):
        column = getattr(value, one.name)
        if not isinstance(column, np.ndarray):
            key.update(repr(column).encode())
            continue
        if one.name in _CODES:  # stages and outcomes: short numbers, a quarter of the bytes
            column = column.astype(np.int16)
        key.update(np.ascontiguousarray(column).data)
    return key.digest()
