"""Prepared answers, packed so that a page's source does not tell them.

They are compressed, veiled by a stream of bytes and written as base64. It keeps an answer from
who looks at the source or searches the files. It is no lock: the page itself opens the seal, and
so can anybody who runs its script in a debugger.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import numpy as np


def sealed(values: Any, name: str) -> str:
    """Return plain values as a text that only says something to the page's script.

    Parameters
    ----------
    values : object
        Anything JSON can hold.
    name : str
        What the stream of bytes begins from: the same name opens it.

    Examples
    --------
    >>> text = sealed({"right": 0.25}, "L03")
    >>> "right" in text, opened(text, "L03")
    (False, {'right': 0.25})
    """
    told = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return base64.b64encode(_veiled(packer.compress(told) + packer.flush(), name)).decode()


def opened(text: str, name: str) -> Any:
    """Return what was sealed under a name."""
    return json.loads(zlib.decompress(_veiled(base64.b64decode(text), name), -zlib.MAX_WBITS))


def _veiled(data: bytes, name: str) -> bytes:
    """Lay a stream of bytes over data, or lift it: xorshift32, seeded by FNV-1a of the name."""
    state = 2166136261
    for byte in name.encode():
        state = (state ^ byte) * 16777619 & 0xFFFFFFFF
    stream = np.empty(len(data), np.uint8)
    for k in range(len(data)):
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        stream[k] = state & 0xFF
    return (np.frombuffer(data, np.uint8) ^ stream).tobytes()
