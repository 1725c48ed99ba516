"""Sums as people write them: in an answer, and in an exercise that needs no program."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

_SIGNS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}  # fmt: skip


def _total(first: Any, *more: Any) -> Any:
    return sum(first) if isinstance(first, Iterable) else sum((first, *more))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sqrt": math.sqrt, "round": round, "floor": math.floor, "ceil": math.ceil, "abs": abs,
    "min": min, "max": max, "sum": _total,
}  # fmt: skip
_WRITTEN = str.maketrans("×·÷−–（），", "**/--(),")
_LONGEST, _LARGEST_POWER = 200, 64


class NoFormula(ValueError):
    """The text is no sum that can be worked out; the message says what is in the way."""


def work_out(text: str, names: Mapping[str, Any] | None = None) -> Any:
    """Work out a sum: numbers, names, ``+ - * / ^``, brackets and a few functions.

    Parameters
    ----------
    text : str
        The sum; ``×``, ``÷`` and ``12 %`` are understood.
    names : mapping, optional
        What the names in it stand for.

    Raises
    ------
    NoFormula
        It holds something else, divides by zero or is larger than any answer.

    Examples
    --------
    >>> work_out("120 × 25 % / 3"), work_out("2 - 0.5^2"), work_out("n * win", {"n": 8, "win": 0.5})
    (10.0, 1.75, 4.0)
    """
    plain = re.sub(r"(\d(?:[\d.]*\d)?)\s*[%％]", r"(\1/100)", text.translate(_WRITTEN))
    plain = plain.replace("^", "**").strip()
    if len(plain) > _LONGEST:
        raise NoFormula(text)
    try:
        tree = ast.parse(plain, mode="eval").body
        return _value(tree, names or {})
    except NoFormula:
        raise
    except (SyntaxError, ValueError, TypeError, ArithmeticError, LookupError, RecursionError):
        raise NoFormula(text) from None


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return value
        case ast.Name(id=name):
            if name not in names:
                raise NoFormula(name)
            return names[name]
        case ast.UnaryOp(op=ast.USub(), operand=part):
            return -_value(part, names)
        case ast.UnaryOp(op=ast.UAdd(), operand=part):
            return _value(part, names)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            base, power = _value(left, names), _value(right, names)
            if abs(power) > _LARGEST_POWER or abs(base) > 1e12:
                raise NoFormula(str(power))
            return base**power
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _SIGNS:
            return _SIGNS[type(sign)](_value(left, names), _value(right, names))
        case ast.Subscript(value=part, slice=place):
            return _value(part, names)[_value(place, names)]
        case ast.Call(func=ast.Name(id=name), args=parts, keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*(_value(part, names) for part in parts))
    raise NoFormula(ast.unparse(node))
