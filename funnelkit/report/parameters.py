"""The parameters of a report template: read from its first cell, checked before anything runs.

A template declares each parameter on a line of its own, ``name: type = default  # help``.
The help may end in what is allowed: ``[en, zh]`` (one of these), ``[1..1000]`` (from, to) or
``[YYYY-MM-DD]``.
"""

from __future__ import annotations

import ast
import datetime as dt
import io
import json
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.renamed import by_new_names
from funnelkit.words import say

_ALLOWED = re.compile(r"\s*\[([^\[\]]+)\]\s*$")
_DATE = "YYYY-MM-DD"
_TYPES: dict[str, Any] = {
    "str": str, "int": int, "float": float, "bool": bool, "list": list[str], "dict": dict[str, str],
}  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    """One line of a parameters cell."""

    name: str
    type: str
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def is_date(self) -> bool:
        """Whether the value is a calendar day (or empty)."""
        return self.choices == (_DATE,)

    @property
    def annotation(self) -> Any:
        """The type pydantic checks the value with."""
        if self.is_date:
            return Annotated[str, BeforeValidator(_day)]
        if self.choices:
            return Literal[self.choices]
        base = _TYPES[self.type]
        if self.type == "list":
            return Annotated[base, BeforeValidator(_split)]
        if self.type == "dict":
            return Annotated[base, BeforeValidator(_pairs)]
        return Annotated[base, Field(ge=self.low, le=self.high)] if self.low is not None else base


def read_cell(source: str) -> tuple[Parameter, ...]:
    """Read the parameters a cell declares.

    Examples
    --------
    >>> read_cell("top: int = 5  # How many to show [1..20]")[0].high
    20.0
    """
    comments = {
        token.start[0]: token.string.lstrip("# ").strip()
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    found = []
    for line in ast.parse(source).body:
        if not isinstance(line, ast.AnnAssign) or line.value is None:
            continue
        name, kind = ast.unparse(line.target), ast.unparse(line.annotation)
        text = comments.get(line.end_lineno or line.lineno, "")
        if kind not in _TYPES or not text:
            raise FunnelkitError(
                "report.bad_declaration", name=name, type=kind, allowed=sorted(_TYPES)
            )
        limits: dict[str, Any] = {}
        if bracket := _ALLOWED.search(text):
            low, dots, high = bracket[1].partition("..")
            if dots:
                limits = {"low": float(low), "high": float(high)}
            else:
                limits = {"choices": tuple(c.strip() for c in bracket[1].split(","))}
        found.append(
            Parameter(
                name, kind, ast.literal_eval(line.value), _ALLOWED.sub("", text).strip(), **limits
            )
        )
    return tuple(found)


def model_of(parameters: tuple[Parameter, ...]) -> type[BaseModel]:
    """Make the pydantic model of a template's parameters."""
    fields: dict[str, Any] = {p.name: (p.annotation, p.default) for p in parameters}
    return create_model("Parameters", __config__=ConfigDict(extra="forbid", frozen=True), **fields)


def checked(parameters: tuple[Parameter, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values a template runs with, defaults filled in, or refuse the first bad one."""
    known = {p.name: p for p in parameters}
    if "through" in known and "until" not in known:
        given = by_new_names(given, {"through": "until"})
    for name in given:
        if name not in known:
            key = "report.unknown_parameter" + ("_where" if "where" in known else "")
            raise FunnelkitError(key, found=name, allowed=nearest(name, known))
    try:
        values = model_of(parameters)(**given).model_dump()
    except ValidationError as problem:
        first = problem.errors()[0]
        raise _refusal(known[str(first["loc"][0])], given) from None
    since, until = values.get("since"), values.get("until")
    if since and until and since >= until:
        raise FunnelkitError("report.empty_period", since=since, until=until)
    through = values.get("through")
    if since and through and since > through:
        raise FunnelkitError("report.empty_through", since=since, through=through)
    return values


def _refusal(parameter: Parameter, given: Mapping[str, Any]) -> FunnelkitError:
    found = given[parameter.name]
    if parameter.is_date:
        return FunnelkitError("report.bad_date", name=parameter.name, found=found)
    if parameter.choices:
        return FunnelkitError(
            "report.not_a_choice",
            name=parameter.name,
            found=found,
            allowed=nearest(str(found), parameter.choices),
        )
    try:
        inside = float(found) == float(found) and parameter.low is not None
        if parameter.type == "int":
            inside = inside and float(found).is_integer()
    except (TypeError, ValueError, OverflowError):
        inside = False
    if inside and not isinstance(found, bool):
        return FunnelkitError(
            "report.out_of_range",
            name=parameter.name,
            found=found,
            low=f"{parameter.low:g}",
            high=f"{parameter.high:g}",
        )
    return FunnelkitError(
        "report.mistyped", name=parameter.name, found=found, type=_TypeName(parameter.type)
    )


class _TypeName:
    """A type in words, in the language current when it is shown."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __str__(self) -> str:
        return say(f"report.type_{self.kind}")

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


def _day(value: Any) -> str:
    if value == "":
        return ""
    if isinstance(value, dt.date):
        return value.isoformat()[:10]
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value), re.ASCII):
        raise ValueError(value)
    return dt.date.fromisoformat(str(value)).isoformat()


def _split(value: Any) -> Any:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _pairs(value: Any) -> Any:
    """Read ``region=East,owner=Li`` (or JSON, for values that hold a comma)."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("{"):
        return json.loads(value)
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    if not all(name.strip() and sign for name, sign, _ in pairs):
        raise ValueError(value)
    return {name.strip(): text.strip() for name, _, text in pairs}
