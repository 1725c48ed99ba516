"""Past dates that forecasts of several dates have in common, and what was said at them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from funnelkit.planning.forecasting.book import moment_of

P = ParamSpec("P")
T = TypeVar("T")

_MOST = 1_000


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
        key = hashlib.blake2b(digest_size=16)
        for value in (*args, *options.values()):
            _read(value, key)
        if key.digest() not in answers:
            if len(answers) >= _MOST:
                answers.clear()
            answers[key.digest()] = function(*args, **options)
        return answers[key.digest()]

    return once


def _read(value: Any, key: Any) -> None:
    if isinstance(value, np.ndarray):
        key.update(np.ascontiguousarray(value).data)
    elif is_dataclass(value):
        for one in fields(value):
            _read(getattr(value, one.name), key)
    else:
        key.update(repr(value).encode())
