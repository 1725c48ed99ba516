"""What the funnel is worth to a team, and a week that fits the plan."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from funnelkit.process.text import Text
from funnelkit.teach.exercise import Case
from funnelkit.teach.kinds.faults import number_in
from funnelkit.teach.source import words

W = words("L07")

_HOURS = W["write_hours_as_a_number"]
_MONTHS = W["write_months_as_a_number"]
_TOO_MUCH = W["together_this_is_more_than"]
_NO_NEW = W["less_than_10_hours_for"]
_NO_LATE = W["less_than_12_hours_for"]


def _between(text: str, fault: Text) -> Text | None:
    told = number_in(text)
    return None if told is not None and 0 <= told <= 60 else fault


def _hours(text: str) -> Text | None:
    return _between(text, _HOURS)


def _months(text: str) -> Text | None:
    return _between(text, _MONTHS)


def _whole_week(filled: Mapping[str, str]) -> Text | None:
    hours = {k: number_in(v) or 0.0 for k, v in filled.items()}
    if sum(hours.values()) > 40:
        return _TOO_MUCH
    if hours["new"] < 10:
        return _NO_NEW
    return _NO_LATE if hours["late"] < 12 else None


def draw_week(r: random.Random) -> dict[str, Any]:
    return {
        "wins": r.choice([3, 6]),
        "won": r.choice([0.25, 0.5]),
        "offered": r.choice([0.5, 0.8]),
        "needed": r.choice([0.4, 0.5, 0.25]),
    }


def week(case: Case) -> list[float]:
    offers = case["wins"] / case["won"] / 12
    needs = offers / case["offered"]
    contacts = needs / case["needed"]
    return [contacts, needs, offers, contacts * 1 + needs * 4 + offers * 8]


def _quarter(case: Case) -> list[float]:
    return [12 * x for x in week(case)]


def _downward(case: Case) -> list[float]:
    """Return what multiplying in place of dividing gives."""
    offers = case["wins"] * case["won"] / 12
    needs = offers * case["offered"]
    contacts = needs * case["needed"]
    return [contacts, needs, offers, contacts + 4 * needs + 8 * offers]


def _one_hour_each(case: Case) -> list[float]:
    contacts, needs, offers, _ = week(case)
    return [contacts, needs, offers, contacts + needs + offers]
