"""Tables read once and handed to every report of a batch, so that none reads the export again.

The one who plans a batch has read the data already. It writes the canonical tables as Parquet
into a folder of its own, named by what was read; a report that asks for the same data finds them
there (`FUNNELKIT_HANDED` names the folder) and gets an equal pipeline.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from funnelkit.data import Pipeline, engines
from funnelkit.data.connect import in_use

VARIABLE = "FUNNELKIT_HANDED"
#: The parameters that decide what is read.
READING = ("data", "history", "fields", "mapping", "process", "as_of")
_MAIN = ("deals", "stage_history", "field_history")
_KEPT = ("stays", "furthest")


def key_of(values: Mapping[str, Any]) -> str:
    """Return the name of what these parameters read."""
    asked = json.dumps([str(values.get(name) or "") for name in READING], ensure_ascii=True)
    return hashlib.sha256(asked.encode()).hexdigest()[:20]


def hand_over(folder: Path, values: Mapping[str, Any], pipeline: Pipeline, checksum: str) -> Path:
    """Write a pipeline's tables for the reports that will ask for the same data.

    Parameters
    ----------
    folder : Path
        The batch's own folder; nobody else may write there, since part of it is unpickled.
    values : mapping
        The parameters the pipeline was read with.
    pipeline : Pipeline
        What was read.
    checksum : str
        The SHA-256 of what was read: a report need not compute it again.
    """
    target = folder / key_of(values)
    if target.is_dir() or in_use() is not None:  # the rows of a database stay there
        return target
    folder.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder, prefix=".part-"))
    tables = {name: getattr(pipeline, name) for name in _MAIN}
    if pipeline.stage_history is not None:
        tables |= {name: getattr(pipeline, name) for name in _KEPT}
    tables |= {f"tables.{name}": table for name, table in pipeline.tables.items()}
    schemas = {}
    con = engines.connect()
    for name, table in tables.items():
        if table is not None:
            table.to_parquet(str(beside / f"{name}.parquet"))
            schemas[name] = engines.parquet(beside / f"{name}.parquet", con).schema()
    bare = replace(
        pipeline, deals=None, stage_history=None, field_history=None, tables={}, truth=None,
        _kept={"size": pipeline.size, "currencies": pipeline.currencies},
    )  # fmt: skip
    (beside / "rest.pickle").write_bytes(pickle.dumps((bare, schemas, checksum)))
    try:
        beside.rename(target)
    except OSError:  # somebody else was first
        shutil.rmtree(beside, ignore_errors=True)
    return target


def handed(values: Mapping[str, Any]) -> Pipeline | None:
    """Return the pipeline that was handed over for these parameters, or None."""
    place = _place(values)
    if place is None:
        return None
    bare, schemas, _ = pickle.loads((place / "rest.pickle").read_bytes())
    threads = os.environ.get("FUNNELKIT_THREADS")
    con = engines.connect(**({"threads": int(threads)} if threads else {}))
    files = {
        name.replace(".", "_"): (place / f"{name}.parquet", schema)
        for name, schema in schemas.items()
    }
    found = dict(zip(schemas, engines.parquets(files, con).values(), strict=True))
    kept = {name: found[name] for name in _KEPT if name in found}
    beside = {n.partition(".")[2]: t for n, t in found.items() if n.startswith("tables.")}
    return replace(
        bare, **{name: found.get(name) for name in _MAIN}, tables=beside,
        _kept={**bare._kept, **kept},
    )  # fmt: skip


def handed_checksum(values: Mapping[str, Any]) -> str | None:
    """Return the checksum of what was handed over for these parameters, or None."""
    place = _place(values)
    if place is None:
        return None
    return str(pickle.loads((place / "rest.pickle").read_bytes())[2])


def own_tables(part: Pipeline) -> Pipeline:
    """Copy the rows of a part into tables of its own: many measures ask, the filter runs once."""
    con = part.deals.get_backend()
    deals = con.create_table("part_deals", part.deals.order_by("deal_id"), temp=True)

    def copy(name: str, table: Any, cut: bool = False) -> Any:
        if table is None:
            return None
        rows = table.semi_join(deals, "deal_id") if cut else table
        return con.create_table(f"part_{name}", rows, temp=True)

    beside = {
        name: copy(f"tables_{name}", table) if "deal_id" in table.columns else table
        for name, table in part.tables.items()
    }
    kept = {k: copy(k, t, cut=True) if k in _KEPT else t for k, t in part._kept.items()}
    return replace(
        part, deals=deals, stage_history=copy("stage_history", part.stage_history),
        field_history=copy("field_history", part.field_history), tables=beside, _kept=kept,
    )  # fmt: skip


def _place(values: Mapping[str, Any]) -> Path | None:
    folder = os.environ.get(VARIABLE)
    if not folder:
        return None
    place = Path(folder) / key_of(values)
    return place if place.is_dir() else None
