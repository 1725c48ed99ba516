"""Reading a plan: from YAML, a dict or a Plan, with errors that name the line."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path as File
from typing import Any

from pydantic import BaseModel, ValidationError

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.process import Process
from funnelkit.process.flaws import Flaw, Flaws, Path
from funnelkit.process.nodes import decode, read_nodes
from funnelkit.simulation import business as parts
from funnelkit.simulation.plan import Origin, Plan
from funnelkit.words import say

_PARTS: dict[str, type[BaseModel]] = {
    "stages": parts.StagePlan,
    "regions": parts.Region,
    "sources": parts.Source,
    "team": parts.Seller,
    "deal_size": parts.DealSize,
    "no_decision": parts.NoDecision,
    "pushes": parts.Pushes,
    **dict.fromkeys(("products", "competitors", "industries", "sizes", "tiers"), parts.Item),
}
_LIMITS = {
    "greater_than": ("gt", ">"),
    "greater_than_equal": ("ge", "≥"),
    "less_than": ("lt", "<"),
    "less_than_equal": ("le", "≤"),
}


class Said:
    """A text put into words only when shown, in the language current then."""

    def __init__(self, key: str, **values: Any) -> None:
        self.key, self.values = key, values

    def __str__(self) -> str:
        return say(f"simulate.{self.key}", **self.values)


def read_plan(source: Plan | Mapping[str, Any] | str | os.PathLike[str] | None) -> Plan:
    """Return the plan that ``source`` tells.

    Raises
    ------
    FunnelkitError
        No such file, no YAML, or a knob that does not exist or has an impossible value.
    """
    if isinstance(source, Plan):
        return source
    if source is None:
        return Plan.reference()
    if isinstance(source, Mapping):
        return _checked(dict(source), Origin())
    file = File(os.fspath(source))
    if not file.is_file():
        raise FunnelkitError("simulate.no_file", found=os.fspath(source))
    try:
        values, lines = read_nodes(decode(file.read_bytes(), file.name), file.name)
    except FunnelkitError as error:
        if error.key in ("process.empty_sheet", "process.not_text"):
            raise FunnelkitError("simulate.no_plan", file=file.name) from None
        raise
    return _checked(values, Origin(file.name, lines))


def process_of(
    plan: Plan, sheet: Process | str | os.PathLike[str] | dict[str, Any] | None
) -> Process:
    """Return the process a plan is simulated on; what does not fit the sheet is told by line.

    Raises
    ------
    FunnelkitError
        The plan speaks of a stage that the sheet does not have.
    """
    try:
        return plan.process(sheet)
    except Flaw as flaw:
        raise problem(flaw, plan.origin) from None


def _checked(values: Any, origin: Origin) -> Plan:
    try:
        plan = Plan.model_validate(values)
        plan._origin = origin
        return plan
    except ValidationError as error:
        details = [dict(e) for e in error.errors()]
        # of several ways a value could have been written the first is spoken of
        raise problem(_first(details), origin) from None


def _first(errors: list[dict[str, Any]]) -> Flaw:
    error = errors[0]
    path: Path = tuple(error["loc"])
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, Flaws):
        cause = cause.flaws[0]
    if isinstance(cause, Flaw):
        return Flaw((*path, *cause.path), cause.key, **cause.values)
    return _shape(error, path)


def problem(flaw: Flaw, origin: Origin) -> FunnelkitError:
    """Return a flaw of a plan as an error that says where it stands."""
    file, lines = origin.file, origin.lines
    spot = flaw.path
    while spot and spot not in lines:
        spot = spot[:-1]
    dotted = ".".join(str(p + 1) if isinstance(p, int) else p for p in flaw.path) or "-"
    place = (
        Said("place_line", file=file, line=lines.get(spot, 1))
        if file
        else Said("place_path", path=dotted)
    )
    values = dict(flaw.values)
    if "allowed" in values:
        values["allowed"] = nearest(values.get("found", ""), values["allowed"])
    return FunnelkitError(f"simulate.{flaw.key}", place=place, **values)


def _shape(error: dict[str, Any], path: Path) -> Flaw:
    """Say in the kit's words what is wrong with the shape of a plan."""
    kind, found, context = error["type"], error["input"], error.get("ctx", {})
    names = [p for p in path if isinstance(p, str) and p in (*Plan.model_fields, *_inner())]
    item = names[-1] if names else "plan"
    if kind == "extra_forbidden":
        key = str(path[-1])
        return Flaw(path, "unknown_key", found=key, allowed=_keys(path[:-1]))
    if kind == "missing":
        return Flaw(path[:-1], "missing_key", item=str(path[-1]))
    if item == "seasonality":
        return Flaw(("seasonality",), "bad_season", found=_short(found))
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", context["expected"])
        return Flaw(path, "not_one_of", item=item, found=found, allowed=allowed)
    if kind in _LIMITS:
        name, sign = _LIMITS[kind]
        return Flaw(path, "out_of_range", item=item, found=found, limit=f"{sign} {context[name]:g}")
    return Flaw(path, "wrong_type", item=item, found=_short(found))


def _inner() -> set[str]:
    return {name for part in _PARTS.values() for name in part.model_fields}


def _keys(path: Path) -> list[str]:
    for name in reversed([p for p in path if isinstance(p, str)]):
        if name in _PARTS:
            return list(_PARTS[name].model_fields)
    return list(Plan.model_fields)


def _short(found: Any) -> str:
    text = "" if found is None else str(found)
    return text if len(text) <= 40 else text[:39] + "…"
