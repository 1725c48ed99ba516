"""The embedded file in which what people do is kept: one DuckDB file, parts with a version."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from funnelkit.errors import FunnelkitError

#: What the system says where a file takes nothing more.
_UNWRITTEN = re.compile(
    "No space left on device|Disk quota exceeded|File too large|Read-only file system"
    "|Permission denied|Input/output error|Could not write file|not enough space"
)


class Store:
    """A DuckDB file (or memory) that several parts share, each with its own schema version.

    Parameters
    ----------
    path : str or Path, optional
        The file; in memory when not given.
    read_only : bool
        Only look at a file that exists: several programs may at the same time.

    Raises
    ------
    FunnelkitError
        Another program holds the file, it is no DuckDB file, or its folder does not exist.
    """

    def __init__(self, path: str | Path | None = None, *, read_only: bool = False) -> None:
        self.path = None if path is None else Path(path)
        self.read_only = read_only and self.path is not None
        if self.path is not None and not self.path.absolute().parent.is_dir():
            raise FunnelkitError("store.no_folder", file=str(self.path))
        fresh = self.path is not None and not self.path.exists()
        try:
            self._con: duckdb.DuckDBPyConnection | None = self._open()
        except duckdb.Error as problem:
            if fresh and self.path is not None:
                self.path.unlink(missing_ok=True)  # begun and never filled
            held = isinstance(problem, duckdb.IOException) and "lock" in str(problem).lower()
            key = "store.file_held" if held else "store.not_a_store"
            raise self._told(problem) or FunnelkitError(key, file=str(self.path)) from None
        if not self.read_only:
            self.run(
                "CREATE TABLE IF NOT EXISTS fk_schema (part VARCHAR PRIMARY KEY, version INTEGER)"
            )

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self.path is None:
            return duckdb.connect(":memory:")
        if self.read_only and not self.path.is_file():
            raise FunnelkitError("data.no_file", found=str(self.path))
        try:
            return duckdb.connect(str(self.path), read_only=self.read_only)
        except duckdb.ConnectionException:
            if not self.read_only:
                raise
            # open for writing elsewhere in this program: look through the same door
            return duckdb.connect(str(self.path))

    def has(self, name: str) -> bool:
        """Say whether a part's tables are there."""
        try:
            found = self.run("SELECT 1 FROM fk_schema WHERE part = ?", [name]).fetchone()
        except duckdb.CatalogException:
            return False
        return found is not None

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The open connection.

        Raises
        ------
        FunnelkitError
            It was shut.
        """
        if self._con is None:
            raise FunnelkitError("store.shut", file=str(self.path or ":memory:"))
        return self._con

    def run(self, query: str, values: list[Any] | None = None) -> duckdb.DuckDBPyConnection:
        """Run a query with its values.

        Raises
        ------
        FunnelkitError
            The disk is full or takes nothing; what the file held before stays.
        """
        try:
            return self.connection.execute(query, values or [])
        except duckdb.Error as problem:
            told = self._told(problem)
            if told is None:
                raise
            if isinstance(problem, duckdb.FatalException):  # nothing more goes through this door
                self.shut()
            raise told from None

    def _told(self, problem: duckdb.Error) -> FunnelkitError | None:
        """Say in words that nothing could be written; None for any other problem."""
        why = _UNWRITTEN.findall(str(problem))
        if not why:
            return None
        return FunnelkitError("store.not_written", file=str(self.path), why=why[-1])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: what is written inside is kept together or not at all."""
        self.run("BEGIN")
        try:
            yield
        except BaseException:
            # where nothing can be written the engine has gone back already
            with suppress(duckdb.Error, FunnelkitError):
                self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def part(self, name: str, version: int, steps: Mapping[int, str]) -> None:
        """Bring a part's tables to ``version``; ``steps[k]`` leads from k - 1 to k.

        Raises
        ------
        FunnelkitError
            The file was written by a later version of the kit.
        """
        found = self.run("SELECT version FROM fk_schema WHERE part = ?", [name]).fetchone()
        now = 0 if found is None else int(found[0])
        if now > version:
            raise FunnelkitError("store.newer_file", file=str(self.path), found=now, known=version)
        if now < version:
            with self.transaction():
                for k in range(now + 1, version + 1):
                    self.run(steps[k])
                self.run("INSERT OR REPLACE INTO fk_schema VALUES (?, ?)", [name, version])

    def shut(self) -> None:
        """Write everything out and let others open the file."""
        if self._con is not None:
            self._con.close()
            self._con = None


class OnStore:
    """Something that keeps itself in a store: with ``with`` the file is let go at the end."""

    _store: Store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shut()

    def shut(self) -> None:
        """Write everything out and let others open the file."""
        self._store.shut()


__all__ = ["OnStore", "Store"]
