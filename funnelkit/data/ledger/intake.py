"""What an export says, made ready for the ledger: rows, histories, and what could not be read."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.csv as pa_csv

from funnelkit.data import engines
from funnelkit.data.ask.written import mapping_beside
from funnelkit.data.contract import OUTCOMES
from funnelkit.data.defects import Findings
from funnelkit.data.pipeline import Pipeline
from funnelkit.data.reading.reading import Reading
from funnelkit.data.understanding.mapping import load_mapping
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.process import Process

#: Beyond this share of unreadable rows an export is not compared with its neighbours.
MOST_UNREADABLE = 0.1


@dataclass
class Intake:
    """One export, read.

    Attributes
    ----------
    deals : Arrow table
        One row a deal, canonical columns and attributes.
    visits, changes : Arrow table or None
        The histories the export itself brings.
    labels : dict
        What each stage label of the export was taken for.
    unknown : dict
        Stage labels nobody knows, with the number of deals and the nearest stages.
    unread : frozenset of str
        Deals that are in the export but could not be read.
    unsure : frozenset of str
        Columns with cells that could not be read.
    """

    deals: pa.Table
    visits: pa.Table | None
    changes: pa.Table | None
    given: frozenset[str]
    process: Process
    findings: Findings
    labels: dict[str, str | None] = field(default_factory=dict)
    unknown: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    unknown_deals: dict[str, list[str]] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()


def intake_of(
    source: Any,
    history: Any = None,
    fields: Any = None,
    *,
    seen_at: dt.datetime,
    mapping: Any = None,
    process: Process | str | None = None,
    known: Mapping[str, str | None] | None = None,
) -> Intake:
    """Read an export with the ledger's process and the labels it already knows."""
    if isinstance(source, Pipeline):
        return _of_pipeline(source, process if isinstance(process, Process) else None, known or {})
    told = load_mapping(mapping_beside(source) if mapping is None else mapping)
    stages: dict[str, str | None] = {**told.stages, **(known or {})}
    reading = Reading(
        source, history, fields, replace(told, stages=stages), process, None, "repair", None,
        taken_at=seen_at,
    )  # fmt: skip
    pipeline = reading.run()
    findings = pipeline.findings
    if findings.count("row_is_deal"):  # the same row number is another deal in the next export
        raise FunnelkitError("ledger.no_ids", file=reading.main[0].name)
    made = _tables(pipeline)
    unknown = {
        str(f.value): (f.count, list(f.more.get("allowed", ())))
        for f in findings
        if f.reason == "unknown_stage"
    }
    aside = findings.set_aside
    aside = aside[aside["table"] == "deals"] if len(aside) else aside
    rows = sum(n for _, n in pipeline.left_out)
    unread = frozenset(map(str, aside["deal_id"].dropna())) if len(aside) else frozenset()
    all_rows = made.deals.num_rows + rows
    if not unknown and (rows > MOST_UNREADABLE * all_rows or rows > max(len(aside), 1000)):
        raise FunnelkitError(
            "ledger.unreadable",
            rows=rows,
            of=all_rows,
            why="\n".join(f"- {f.text}" for f in findings.errors[:5]),
        )
    made.labels = dict(reading.meaning.stage_of)
    made.unknown = unknown
    parsed = reading.parsed.get("deals")
    if unknown and parsed is not None and "stage" in parsed.table.columns:
        rows_of = parsed.table.filter(parsed.table.stage.isin(list(unknown)))
        for row in rows_of.select("deal_id", "stage").to_pyarrow().to_pylist():
            made.unknown_deals.setdefault(row["stage"], []).append(row["deal_id"])
    if process is None:
        made.process = with_rates(made.process, told.exchange)
    made.unread = unread
    made.unsure = frozenset(f.column or "" for f in findings.errors if f.costs == "cell")
    if made.unsure:  # findings name columns as the file does
        names = reading.plan.deals.columns if reading.plan.deals else {}
        made.unsure = frozenset(c for c, own in names.items() if own in made.unsure)
    return made


def with_rates(process: Process, told: Mapping[str, float | None]) -> Process:
    """Return a process with the rates a mapping tells, and no others.

    For a sheet that nobody has chosen: its own rates are a sample, not what somebody sells at.
    """
    worth = {currency: rate for currency, rate in told.items() if rate is not None}
    main = next((c for c, rate in worth.items() if rate == 1), process.currency)
    rates = {c: rate for c, rate in worth.items() if c != main}
    return process.model_copy(update={"currency": main, "exchange": rates})


def _of_pipeline(p: Pipeline, process: Process | None, known: Mapping[str, str | None]) -> Intake:
    made = _tables(p)
    if process is None:
        return made
    meaning: dict[str, str | None] = {}
    for key in p.process.stage_ids:
        own = p.process.stage(key).labels
        target = known.get(key) or (key if key in process.stage_ids else None)
        meaning[key] = target or next((m for s in own if (m := process.match(s))), None)
    present = set(made.deals["stage"].drop_null().unique().to_pylist())
    if made.visits is not None:
        present |= set(made.visits["stage"].drop_null().unique().to_pylist()) - set(OUTCOMES)
    for key in sorted(present):
        if meaning.get(key) is None:
            count = made.deals["stage"].to_pylist().count(key)
            made.unknown[key] = (count, nearest(key, process.stage_ids))
    made.labels = {k: v for k, v in meaning.items() if k in present}
    turned = {k: v for k, v in made.labels.items() if v is not None and v != k}
    if turned:
        made.deals = _turned(made.deals, turned)
        made.visits = None if made.visits is None else _turned(made.visits, turned)
    made.process = process
    return made


def _turned(table: pa.Table, turned: Mapping[str, str]) -> pa.Table:
    stages = [turned.get(s, s) for s in table["stage"].to_pylist()]
    at = table.column_names.index("stage")
    return table.set_column(at, "stage", pa.array(stages, pa.string()))


def _tables(p: Pipeline) -> Intake:
    found = p.findings if isinstance(p.findings, Findings) else Findings(p.findings or ())
    visits = None if p.stage_history is None else p.stage_history.to_pyarrow()
    changes = None if p.field_history is None else p.field_history.to_pyarrow()
    return Intake(p.deals.to_pyarrow(), visits, changes, p.given, p.process, found)


def checksum(source: Any) -> str:
    """Return the SHA-256 of a file, of a folder's files, or of a table's content."""
    if isinstance(source, str | Path):
        path = Path(source).expanduser()
        if path.is_dir():
            whole = hashlib.sha256()
            for file in sorted(f for f in path.iterdir() if f.is_file()):
                whole.update(file.name.encode() + b"\0" + _file(file).encode())
            return whole.hexdigest()
        return _file(path)
    if isinstance(source, Pipeline):
        parts = [source.deals.order_by("deal_id")]
        for history, keys in (
            (source.stage_history, ["deal_id", "seq"]),
            (source.field_history, ["deal_id", "field", "seq"]),
        ):
            if history is not None:
                parts.append(history.order_by(keys))
        return _content([t.to_pyarrow() for t in parts])
    tables = source if isinstance(source, list | tuple) else [source]
    return _content([t for t in map(_arrow, tables) if t is not None])


def _arrow(table: Any) -> pa.Table | None:
    if table is None or isinstance(table, pa.Table):
        return table
    if isinstance(table, ibis.Table):
        return table.to_pyarrow()
    rows: pa.Table = engines.connect().to_pyarrow(ibis.memtable(table))
    return rows


def _content(tables: list[pa.Table]) -> str:
    whole = hashlib.sha256()
    for table in tables:
        whole.update(repr(table.schema.names).encode())
        # the text, not the buffers: what lies under an empty cell is nobody's content
        sink = pa.BufferOutputStream()
        try:
            pa_csv.write_csv(table, sink)
            whole.update(sink.getvalue())
        except pa.ArrowException:  # a column of lists has no text
            whole.update(repr(table.to_pylist()).encode())
    return whole.hexdigest()


def _file(path: Path) -> str:
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except FileNotFoundError:
        raise FunnelkitError("data.no_file", found=str(path)) from None
