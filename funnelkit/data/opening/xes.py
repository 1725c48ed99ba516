"""Event logs in XES (IEEE 1849): one row an event, streamed, with no entity ever expanded."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

import ibis
import pyarrow as pa

from funnelkit.data.inner import ROW
from funnelkit.data.opening.sheet import Sheet
from funnelkit.errors import FunnelkitError

_BLOCK = 1 << 18
_VALUES = {"string", "date", "int", "float", "boolean", "id"}
_CASE = "case:"
#: A log has few attributes; a file that opens thousands is no log.
MOST_COLUMNS = 2_000


def is_xes(path: Path) -> bool:
    """Say whether a file is an event log: XML, plain or gzipped, whose root is ``log``."""
    try:
        with _open(path) as file:
            head = file.read(8192)
    except (OSError, EOFError, zlib.error):
        return False
    if b"\x00" in head[:4]:  # UTF-16
        head = head.replace(b"\x00", b"")
    text = head.decode("latin-1").lstrip("\ufeffï»¿ \r\n\t")
    if not text.startswith("<"):
        return False
    bare = re.sub(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE\s+\w+\s*(\[.*?\])?\s*>", "", text, flags=re.S)
    root = re.match(r"\s*<(?:\w+:)?(\w+)[\s>]", bare)
    # a DOCTYPE longer than the head is looked at by its name
    return bool(root and root[1] == "log") or bool(re.search(r"<!DOCTYPE\s+log\b", text))


def read_xes(path: Path) -> Sheet:
    """Read an event log: a column an attribute of the event, ``case:`` ones of the case.

    Raises
    ------
    FunnelkitError
        Not well formed, cut off, with entities of its own, or without any event.
    """
    events = _Events(path.name)
    parser = expat.ParserCreate(namespace_separator=None)
    parser.buffer_text = True
    parser.StartElementHandler = events.start
    parser.EndElementHandler = events.end
    # an entity may stand for gigabytes or for a file of this machine: none is taken
    parser.EntityDeclHandler = events.entity
    parser.UnparsedEntityDeclHandler = events.entity
    parser.ExternalEntityRefHandler = events.entity
    events.line = lambda: parser.CurrentLineNumber
    try:
        with _open(path) as file:
            for block in _blocks(file):
                parser.Parse(block, False)
            parser.Parse(b"", True)
    except expat.ExpatError as why:
        raise FunnelkitError("data.xes_broken", file=path.name, line=why.lineno) from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise FunnelkitError("data.truncated_file", file=path.name) from None
    if not events.rows:
        raise FunnelkitError("data.no_rows", file=path.name)
    columns = list(dict.fromkeys([*events.case_names, *events.names]))
    made = {c: pa.array([row.get(c) for row in events.rows], pa.string()) for c in columns}
    made[ROW] = pa.array(range(1, len(events.rows) + 1), pa.int64())  # events have no line each
    arrow = pa.table(made)
    return Sheet(
        path.name, columns, ibis.memtable(arrow), text=True, arrow=arrow, rows=arrow.num_rows
    )


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        yield block


class _Events:
    """Takes the elements as they come; only what an event says is kept."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.rows: list[dict[str, str]] = []
        self.names: dict[str, None] = {}
        self.case_names: dict[str, None] = {}
        self.line: Any = lambda: 0
        self._path: list[str] = []
        self._trace: dict[str, str] = {}
        self._event: dict[str, str] | None = None
        self._first = 0

    def entity(self, *_: Any) -> int:
        raise FunnelkitError("data.xes_entity", file=self.file, line=self.line())

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "trace":
            self._trace, self._first = {}, len(self.rows)
        elif name == "event":
            self._event = {}
        elif name in _VALUES and self._path:
            self._value(attributes)
        self._path.append(name)

    def _value(self, attributes: dict[str, str]) -> None:
        key, value = attributes.get("key"), attributes.get("value")
        holder = self._path[-1]
        if key is None or value is None:
            return
        if holder == "event" and self._event is not None:
            self._event[key] = value
            self.names[key] = None
        elif holder == "trace":
            self._trace[_CASE + key] = value
            self.case_names[_CASE + key] = None
        if len(self.names) + len(self.case_names) > MOST_COLUMNS:
            raise FunnelkitError("data.xes_broken", file=self.file, line=self.line())

    def end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        self._path.pop()
        if name == "event" and self._event is not None:
            self.rows.append(self._event)
            self._event = None
        elif name == "trace":
            # what the case says may stand behind its events
            for row in self.rows[self._first :]:
                row.update(self._trace)
