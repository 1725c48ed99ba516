"""References: the call by which a number can be had again, written, read and run.

``[fk.win_rate(p, by="region") @ rate, region="East"]`` names a call, one or more columns of its
table, and the row. Only measures can be called, only with plain values: a reference is data.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from funnelkit.answers.definitions import MEASURES
from funnelkit.answers.marked import clean
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.result import Result


@dataclass(frozen=True)
class Call:
    """A measure with its arguments, as it is called.

    Attributes
    ----------
    name : str
        The function: ``fk.<name>(p, ...)``.
    arguments : mapping
        By name; plain values.
    where : mapping
        The part of the pipeline it is asked of.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    where: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        part = f"p.where({_keywords(self.where)})" if self.where else "p"
        return f"fk.{self.name}({', '.join([part, *filter(None, [_keywords(self.arguments)])])})"

    def run(self, p: Pipeline) -> Result:
        """Ask the pipeline.

        Raises
        ------
        FunnelkitError
            No such measure or argument; whatever the measure refuses.
        """
        known = {m.call: m for m in MEASURES.values()}
        if self.name not in known:
            raise FunnelkitError(
                "answers.unknown_measure", found=self.name, allowed=nearest(self.name, known)
            )
        measure = known[self.name]
        for name in self.arguments:
            if name not in measure.options:
                raise FunnelkitError(
                    "answers.unknown_argument",
                    call=self.name,
                    found=name,
                    allowed=nearest(name, measure.options),
                )
        part = p.where(**self.where) if self.where else p
        found: Result = measure.function(part, **self.arguments)
        return found


@dataclass(frozen=True)
class Reference:
    """A call, the columns that are quoted, and the row they stand in."""

    call: Call
    columns: tuple[str, ...] = ()
    row: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = [*self.columns, *filter(None, [_keywords(self.row)])]
        return f"[{self.call} @ {', '.join(parts)}]" if parts else f"[{self.call}]"

    def find(self, result: Result) -> pd.Series[Any]:
        """Return the row of a result that is quoted.

        Raises
        ------
        FunnelkitError
            No such column, or none or several rows.
        """
        table = result.table
        for name in (*self.columns, *self.row):
            if name not in table:
                raise FunnelkitError(
                    "answers.no_column",
                    call=str(self.call),
                    found=name,
                    allowed=nearest(name, map(str, table.columns)),
                )
        for name, value in self.row.items():
            texts = table[name].astype("str")
            # a name is quoted without what cannot be seen
            labels = {clean(v): v for v in dict.fromkeys(texts)}
            labels |= {result.name_value(name, v): v for v in dict.fromkeys(texts)}
            table = table[texts == str(labels.get(str(value), value))]
        if len(table) != 1:
            keys = [c for c in result.table if result.table[c].dtype.kind not in "fiu"]
            raise FunnelkitError(
                "answers.no_row",
                call=str(self.call),
                n=len(table),
                found=_keywords(self.row) or "-",
                keys=keys,
            )
        return table.iloc[0]


def _keywords(values: Mapping[str, Any]) -> str:
    """Write keyword arguments; names that are no identifiers in a dictionary."""
    plain = [f"{k}={_literal(v)}" for k, v in values.items() if k.isidentifier()]
    others = {k: v for k, v in values.items() if not k.isidentifier()}
    if others:
        items = ", ".join(f"{json.dumps(k)}: {_literal(v)}" for k, v in others.items())
        plain.append(f"**{{{items}}}")
    return ", ".join(plain)


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple | list):
        inner = ", ".join(map(_literal, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' * (len(value) == 1)})"
    return repr(value)


_START = re.compile(r"\[fk\.")


def references_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and text of every reference; one that does not end is none."""
    at = 0
    while start := _START.search(text, at):
        end = _end(text, start.start())
        at = end or start.end()
        if end:
            yield start.start(), end, text[start.start() : end]


def _end(text: str, start: int) -> int:
    """Return where the bracket that opens at ``start`` is closed, outside of quotes; else 0."""
    depth, quote, k = 0, "", start
    while k < len(text):
        c = text[k]
        if quote:
            k += c == "\\"
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
        elif c in "[({":
            depth += 1
        elif c in "])}":
            depth -= 1
            if depth == 0:
                return k + 1
        k += 1
    return 0


def parse(text: str) -> Reference:
    """Read a reference.

    Raises
    ------
    FunnelkitError
        It is none.

    Examples
    --------
    >>> found = parse('[fk.win_rate(p, by="region") @ rate, region="East"]')
    >>> found.columns, dict(found.row), str(found.call)
    (('rate',), {'region': 'East'}, 'fk.win_rate(p, by="region")')
    """
    inner = text.strip().removeprefix("[").removesuffix("]")
    end = _end(inner, inner.find("("))
    rest = inner[end:].strip()
    try:
        if not end or (rest and not rest.startswith("@")):
            raise ValueError(text)
        call = _parsed_call(inner[:end])
        columns, row = _arguments(_expression(f"f({rest.removeprefix('@')})"), bare=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise FunnelkitError("answers.bad_reference", found=text[:200]) from None
    return Reference(call, tuple(columns), row)


def _expression(text: str) -> ast.Call:
    node = ast.parse(text.strip(), mode="eval").body
    if not isinstance(node, ast.Call):
        raise ValueError(text)
    return node


def _parsed_call(text: str) -> Call:
    node = _expression(text)
    name = ast.unparse(node.func)
    if not re.fullmatch(r"fk(\.\w+){1,2}", name) or not node.args:
        raise ValueError(text)
    name = name.removeprefix("fk.")
    first, where = node.args[0], {}
    if isinstance(first, ast.Call):
        if ast.unparse(first.func) != "p.where" or first.args:
            raise ValueError(text)
        where = _arguments(first)[1]
    elif ast.unparse(first) != "p":
        raise ValueError(text)
    given, named = _arguments(ast.Call(node.func, node.args[1:], node.keywords))
    options = next((m.options for m in MEASURES.values() if m.call == name), ())
    if len(given) > len(options):
        raise ValueError(text)
    return Call(name, {**dict(zip(options, given, strict=False)), **named}, where)


def _arguments(node: ast.Call, bare: bool = False) -> tuple[list[Any], dict[str, Any]]:
    """Return positional and named plain values; ``bare`` ones are names of columns."""
    given = []
    for arg in node.args:
        if bare:
            if not isinstance(arg, ast.Name):
                raise ValueError(ast.unparse(arg))
            given.append(arg.id)
        else:
            given.append(ast.literal_eval(arg))
    named: dict[str, Any] = {}
    for keyword in node.keywords:
        value = ast.literal_eval(keyword.value)
        if keyword.arg is None:
            if not isinstance(value, dict):
                raise ValueError(value)
            named.update({str(k): v for k, v in value.items()})
        else:
            named[keyword.arg] = value
    return given, named


__all__ = ["Call", "Reference", "parse", "references_in"]
