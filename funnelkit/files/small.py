"""Small JSON files from anywhere, read within bounds of size and depth."""

from __future__ import annotations

import json
import math
import re
import stat
from pathlib import Path
from typing import Any, NoReturn

from funnelkit.errors import FunnelkitError

#: Bytes a small file may have, and brackets inside brackets.
MOST, DEEPEST = 4 << 20, 32
_MARK = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]')


def read_json(path: Path, most: int = MOST) -> Any:
    """Return what a JSON file holds.

    Parameters
    ----------
    path : Path
    most : int
        Bytes it may have.

    Raises
    ------
    FunnelkitError
        It cannot be opened, is no plain file, too large, not UTF-8, no JSON, nested too deeply, or
        holds a number or text that is none: NaN, 1e999, half a character.
    """
    name = path.name
    text = _text(path, most)
    if _depth(text) > DEEPEST:
        raise FunnelkitError("files.too_deep", file=name, most=DEEPEST)
    try:
        found = json.loads(text, parse_constant=_refused, parse_float=_finite)
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # half a character fails here
    except UnicodeEncodeError:
        raise FunnelkitError("files.half_character", file=name) from None
    except _NoNumber as why:
        raise FunnelkitError("files.no_number", file=name, found=str(why)) from None
    except json.JSONDecodeError as why:
        raise FunnelkitError("files.no_json", file=name, row=why.lineno) from None
    except ValueError:  # an integer of thousands of digits
        raise FunnelkitError("files.no_number", file=name, found="…") from None
    return found


class _NoNumber(Exception):
    pass


def _text(path: Path, most: int) -> str:
    name = path.name
    try:
        told = path.stat()
        if not stat.S_ISREG(told.st_mode):  # a pipe would be waited for without end
            raise FunnelkitError("files.no_file", file=name)
        with path.open("rb") as file:
            body = file.read(most + 1)
    except OSError as why:
        raise FunnelkitError(
            "files.not_opened", file=name, why=why.strerror or type(why).__name__
        ) from None
    if len(body) > most:
        raise FunnelkitError("files.too_large", file=name, most=most >> 20)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as why:
        raise FunnelkitError(
            "files.not_utf8", file=name, row=body.count(b"\n", 0, why.start) + 1
        ) from None


def _depth(text: str) -> int:
    deepest = depth = 0
    for mark in _MARK.finditer(text):
        sign = mark[0][0]
        if sign != '"':
            depth += 1 if sign in "[{" else -1
            deepest = max(deepest, depth)
    return deepest


def _refused(word: str) -> NoReturn:
    raise _NoNumber(word)


def _finite(word: str) -> float:
    value = float(word)
    if not math.isfinite(value):
        raise _NoNumber(word[:40])
    return value
