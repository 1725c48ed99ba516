"""Open the pipeline a report is about, and name what was read so that others can repeat it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis

from funnelkit.data import Pipeline
from funnelkit.data.ask import mapping_beside
from funnelkit.data.connect import connect, hushed, in_use, redacted, table_of
from funnelkit.data.pipeline import start_of
from funnelkit.data.selecting import MEASURED
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.engine import within
from funnelkit.report.handed import VARIABLE, handed, handed_checksum, own_tables

#: Files some templates take beside the deals: a log of actions, a market, opening positions.
BESIDE = ("actions", "market", "positions")
FILES = ("data", "history", "fields", "mapping", "process", *BESIDE)
_PRIME = 2_147_483_647


def bundled_names() -> list[str]:
    """List the names of the pipelines that come with the kit."""
    from funnelkit.data.library import datasets

    return [str(name) for name in datasets()["name"]]


def absolute(values: Mapping[str, Any]) -> dict[str, Any]:
    """Name files by their full path: a report is made in another folder.

    Beside the data a template may read files of its own, an action log for one: every text with
    the ending of a file that is there counts as one.
    """
    named = dict(values)
    for key, value in values.items():
        if not isinstance(value, str) or not value:
            continue
        path = Path(value)
        if (key in FILES and path.exists()) or (path.suffix and path.is_file()):
            named[key] = str(path.resolve())
    beside = mapping_beside(named.get("data"))
    if beside is not None and "mapping" in named and not named["mapping"]:
        named["mapping"] = str(beside)  # the answers belong to what was read
    return named


def file_sums(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of each file that parameters name, by the parameter's name."""
    found = {}
    for key, value in values.items():
        if isinstance(value, str) and Path(value).is_absolute() and Path(value).is_file():
            with Path(value).open("rb") as file:
                found[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def open_pipeline(values: Mapping[str, Any]) -> Pipeline:
    """Read or load the pipeline that report parameters name."""
    from funnelkit.data.library import load
    from funnelkit.data.read import read

    ready = handed(values)
    if ready is not None:
        return ready
    address = in_use()
    if address is not None:
        return _from_database(address, values)
    name = str(values["data"])
    process, as_of = values.get("process") or None, values.get("as_of") or None
    if not Path(name).is_file() and not Path(name).is_dir():
        bundled = bundled_names()
        if name not in bundled:
            raise FunnelkitError("report.unknown_data", found=name, allowed=nearest(name, bundled))
        for key in ("history", "fields", "mapping", "process"):
            if values.get(key):
                raise FunnelkitError("report.bundled_takes_no", name=name, option=key)
        pipeline = load(name)
        return pipeline.at(as_of) if as_of else pipeline
    return read(
        name,
        history=values.get("history") or None,
        fields=values.get("fields") or None,
        mapping=values.get("mapping") or None,
        process=process,
        as_of=as_of,
    )


def _from_database(address: str, values: Mapping[str, Any]) -> Pipeline:
    """Read the tables that the parameters name; their rows stay where they are."""
    from funnelkit.data.read import read

    con = connect(address)
    tables = {
        key: table_of(con, str(values[key]), address)
        for key in ("data", "history", "fields")
        if values.get(key)
    }
    try:
        return read(
            tables.pop("data"),
            **tables,
            mapping=values.get("mapping") or None,
            process=values.get("process") or None,
            as_of=values.get("as_of") or None,
            name=str(values["data"]),
        )
    except FunnelkitError:
        raise
    except Exception as problem:
        why = hushed(f"{type(problem).__name__}: {problem}", address)
    raise FunnelkitError("connect.failed", address=redacted(address), why=why)


def part_of(pipeline: Pipeline, where: Mapping[str, str]) -> Pipeline:
    """Return the part a report is about: in a batch, where many measures ask, with own tables."""
    part = matching(pipeline, where)
    if where and os.environ.get(VARIABLE) and in_use() is None:
        return own_tables(part)
    return part


def matching(pipeline: Pipeline, where: Mapping[str, str]) -> Pipeline:
    """Return the part of a pipeline where each column has the value asked for.

    Parameters come as text; a column of numbers is matched by how its numbers are written.
    """
    wanted = {}
    for column, text in named(pipeline, where).items():
        known = {} if column in MEASURED else {str(v): v for v in _distinct(pipeline, column)}
        wanted[column] = known.get(text, text)
    return pipeline.where(**wanted) if wanted else pipeline


def check_period(pipeline: Pipeline, values: Mapping[str, Any]) -> None:
    """Refuse a period in which no deal was created or closed.

    Raises
    ------
    FunnelkitError
        Says from when to when there are deals.
    """
    since, until = (values.get(name) or None for name in ("since", "until"))
    if (since is None and until is None) or "through" in values:  # a forecast's lies ahead
        return
    deals = pipeline.deals
    start, end = (start_of(day) if day else None for day in (since, until))
    inside = [within(moment, start, end) for moment in (deals.created_at, deals.closed_at)]
    if not int(deals.filter(ibis.or_(*inside)).count().execute()):
        first = pipeline.first or pipeline.as_of
        raise FunnelkitError(
            "report.outside_data", since=since or "…", until=until or "…",
            first=first.date(), last=pipeline.as_of.date(),
        )  # fmt: skip


def named(pipeline: Pipeline, where: Mapping[str, str]) -> dict[str, str]:
    """Return what is asked of each column under the column's own name, not its file's heading."""
    return {pipeline.column(name): text for name, text in where.items()}


def values_of(pipeline: Pipeline, column: str) -> list[str]:
    """List the values of an attribute column as text, in order."""
    return sorted(str(value) for value in _distinct(pipeline, column))


def _distinct(pipeline: Pipeline, column: str) -> list[Any]:
    [column] = pipeline.groups(column)  # refuses a column that is not there
    values = pipeline.deals.select(column).distinct().to_pandas()[column]
    return list(values.dropna())


def combinations(pipeline: Pipeline, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """List the values, as text and in order, that deals have in these columns together."""
    columns = pipeline.groups(columns)
    frame = pipeline.deals.select(*columns).distinct().to_pandas().dropna()
    return sorted({tuple(map(str, row)) for row in frame.itertuples(index=False)})


def without(pipeline: Pipeline, columns: Sequence[str]) -> int:
    """Count the deals that have no value in one of these columns."""
    missing = ibis.or_(*(pipeline.deals[column].isnull() for column in columns))
    return int(pipeline.deals.filter(missing).count().execute())


def checksum(values: Mapping[str, Any], pipeline: Pipeline) -> str:
    """Return the SHA-256 of what was read: the files, or the deals of a bundled pipeline."""
    known = handed_checksum(values)
    if known is not None:
        return known
    digest = hashlib.sha256()
    if in_use() is not None:
        digest.update(_sums(pipeline).encode("utf-8"))
        files = []
    else:
        read = [key for key in FILES if key not in BESIDE]
        paths = [Path(str(values[key])) for key in read if values.get(key)]
        files = [path for path in paths if path.is_file()]
        files += [f for p in paths if p.is_dir() for f in sorted(p.iterdir()) if f.is_file()]
        if not files:
            frame = pipeline.frame().sort_values("deal_id")
            digest.update(frame.to_csv(index=False, lineterminator="\n").encode("utf-8"))
    beside = (Path(str(values.get(key) or "")) for key in BESIDE)
    for path in (*files, *(path for path in beside if path.is_file())):
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _sums(pipeline: Pipeline) -> str:
    """Return sums over hashes of every cell, made in the database: other cells, other sums."""
    if "sums" not in pipeline._kept:
        told = []
        for name in ("deals", "stage_history", "field_history"):
            table = getattr(pipeline, name)
            if table is None:
                continue
            row = ibis.coalesce(table.deal_id, "")
            cells = {
                column: ((row + "|" + table[column].cast("string").fill_null("")).hash() % _PRIME)
                .cast("int64")
                .sum()
                for column in table.columns
            }
            found = table.agg(n=table.count(), **cells).to_pyarrow().to_pylist()[0]
            told.append([name, *((c, int(v or 0)) for c, v in sorted(found.items()))])
        pipeline._kept["sums"] = repr(told)
    return str(pipeline._kept["sums"])
