"""Databases by their address: opened for reading, named without their secrets.

The password of an address stays in the process that was given it: what is printed, written or
raised names the database by :func:`redacted`. Better than in the address, a password stands
where the database's own client looks for it (``~/.pgpass``, ``PGPASSWORD``), or the whole
address in the variable ``FUNNELKIT_CONNECT``.
"""

from __future__ import annotations

import contextlib
import os
import re
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_plus

import ibis
import ibis.expr.types as ir

from funnelkit.errors import FunnelkitError, nearest

VARIABLE = "FUNNELKIT_CONNECT"

#: Words of an address that may be shown; what any other one holds might be a secret.
_SHOWN = ("sslmode", "schema", "database", "warehouse", "role", "project_id", "dataset_id")
_SCHEMES = ("duckdb", "postgres", "postgresql", "spark", "sc", "snowflake", "bigquery",
            "databricks", "trino", "clickhouse", "mysql", "mssql", "sqlite")  # fmt: skip


def redacted(address: str) -> str:
    """Return an address without password, and without words that are not known to be harmless.

    Examples
    --------
    >>> redacted("postgres://ann:pa@ss/word@db.example:5432/crm?sslmode=require&token=x")
    'postgres://ann@db.example:5432/crm?sslmode=require'
    >>> redacted("duckdb:///data/crm.duckdb")
    'duckdb:///data/crm.duckdb'
    """
    scheme, mark, rest = address.partition("://")
    if not mark:
        return scheme if re.fullmatch(r"[\w+-]+", scheme) else "***"
    rest, _, words = rest.partition("?")
    # a password may itself hold any of the signs that part an address: the last @ ends it
    user, at, place = rest.rpartition("@")
    shown = [w for w in words.split("&") if w.partition("=")[0].lower() in _SHOWN]
    if "@" in words:  # the question mark was part of the password
        user, at, place, shown = user or rest, "@", words.rpartition("@")[2], []
        place = place.partition("?")[0]
    name = user.partition(":")[0] if at else ""
    return f"{scheme}://{name}{at if name else ''}{place}" + (
        f"?{'&'.join(shown)}" if shown else ""
    )


def secrets_of(address: str) -> list[str]:
    """Return what of an address must not be shown, as written and as meant."""
    rest = address.partition("://")[2]
    user, at, _ = rest.rpartition("@")
    found = {user.partition(":")[2]} if at else set()
    found |= {
        word.partition("=")[2]
        for word in rest.partition("?")[2].split("&")
        if word.partition("=")[0].lower() not in _SHOWN
    }
    found |= {meant for s in found for meant in (unquote(s), unquote_plus(s))}
    return sorted((s for s in found if s), key=len, reverse=True)


def hushed(text: str, address: str) -> str:
    """Return a text without the secrets of an address."""
    text = text.replace(address, redacted(address))
    for secret in secrets_of(address):
        text = text.replace(secret, "***")
    return text


def connect(address: str) -> Any:
    """Open the database at an address, for reading.

    Parameters
    ----------
    address : str
        ``duckdb://PATH``, ``postgres://USER@HOST/DATABASE``, ``spark`` (a session in this
        process), ``spark://MASTER`` or ``sc://HOST`` (Spark Connect), or any other address that
        :func:`ibis.connect` knows.

    Returns
    -------
    ibis backend
        To be given to :func:`funnelkit.read`, or one of its tables.

    Raises
    ------
    FunnelkitError
        Unknown kind of database, missing library, or no connection; without the password.
    """
    scheme = address.partition(":")[0].strip().lower()
    if scheme not in _SCHEMES:
        raise FunnelkitError(
            "connect.unknown", found=redacted(address), allowed=nearest(scheme, _SCHEMES)
        )
    why = ""
    try:
        if scheme == "duckdb":
            return _duckdb(address)
        if scheme in ("spark", "sc"):
            return _spark(address)
        return ibis.connect(address)
    except FunnelkitError:
        raise
    except ImportError as problem:
        extra = {"postgres": "postgres", "postgresql": "postgres", "spark": "spark", "sc": "spark"}
        install = f"funnelkit[{extra[scheme]}]" if scheme in extra else f"ibis-framework[{scheme}]"
        why, key = hushed(str(problem), address), "connect.no_library"
        raise FunnelkitError(key, address=redacted(address), why=why, install=install) from None
    except Exception as problem:
        why = hushed(str(problem), address).strip().partition("\n")[0]
    # raised out here: the caught error, which may hold the address, does not hang on to it
    raise FunnelkitError("connect.failed", address=redacted(address), why=why)


def _duckdb(address: str) -> Any:
    path = Path(address.partition("://")[2].partition("?")[0]).expanduser()
    if not path.is_file():
        here = sorted(p.name for p in path.parent.glob("*.*db*")) if path.parent.is_dir() else []
        key = "data.no_file_near" if here else "data.no_file"
        raise FunnelkitError(key, found=str(path), allowed=nearest(path.name, here))
    con = ibis.duckdb.connect(path, read_only=True)
    con.raw_sql("SET TimeZone = 'UTC'")
    return con


def _spark(address: str) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
        from pyspark.sql import SparkSession

        session: Any = SparkSession.builder
        master = address.partition("://")[2]
        if address.startswith("sc:"):
            session = session.remote(address)
        elif master:
            session = session.master(master if master.startswith("local") else address)
        elif SparkSession.getActiveSession() is None and "SPARK_REMOTE" not in os.environ:
            session = session.master("local[*]")
        # times without a zone are compared as they stand
        session = session.config("spark.sql.session.timeZone", "UTC")
        session = session.config("spark.sql.timestampType", "TIMESTAMP_NTZ")
        session = session.config("spark.ui.enabled", "false").getOrCreate()
        return ibis.pyspark.connect(session)


def table_of(con: Any, name: str, address: str = "") -> ir.Table:
    """Return a table by its name, ``schema.table`` where it is not in the usual schema.

    Spark also reads the path of a Parquet file or folder.

    Raises
    ------
    FunnelkitError
        There is no such table; names those there are, nearest first.
    """
    if con.name == "pyspark" and ("/" in name or name.endswith(".parquet")):
        return con.read_parquet(name)
    schema, _, table = name.rpartition(".")
    why = ""
    try:
        return con.table(table, database=tuple(schema.split(".")) if schema else None)
    except Exception as problem:
        why = hushed(str(problem), address).strip().partition("\n")[0]
    known: list[str] = []
    with contextlib.suppress(Exception):
        known = sorted(con.list_tables())
    allowed = nearest(name, known)
    raise FunnelkitError("connect.no_table", found=name, allowed=allowed, why=why)


_Used: dict[str, str | None] = {}


def use(address: str | None) -> None:
    """Take the tables that reports name from this database, here and in processes begun here.

    None takes back what was said here; an address in the environment from outside stays.
    """
    if "before" not in _Used:
        if address is None:
            return
        _Used["before"] = os.environ.get(VARIABLE)
    if address is not None:
        os.environ[VARIABLE] = address
        return
    before = _Used.pop("before")
    if before is None:
        os.environ.pop(VARIABLE, None)
    else:
        os.environ[VARIABLE] = before


def in_use() -> str | None:
    """Return the address that reports take their tables from, or None."""
    return os.environ.get(VARIABLE) or None


__all__ = ["VARIABLE", "connect", "hushed", "in_use", "redacted", "table_of", "use"]
