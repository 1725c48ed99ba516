"""``simulate``: a plan in, a pipeline whose truth is known out."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from funnelkit.data import engines
from funnelkit.data.pipeline import DEALS, FIELD_HISTORY, STAGE_HISTORY, Pipeline, conform
from funnelkit.process import Process
from funnelkit.process.flaws import Flaw
from funnelkit.simulation import cash, office, tables, work
from funnelkit.simulation.answer import answer_key
from funnelkit.simulation.engine import run
from funnelkit.simulation.plan import Plan
from funnelkit.simulation.reading import problem, process_of, read_plan
from funnelkit.simulation.records import write_down
from funnelkit.simulation.tender import with_tenders


def simulate(
    process: Process | str | os.PathLike[str] | dict[str, Any] | None = None,
    plan: Plan | Mapping[str, Any] | str | os.PathLike[str] | None = None,
    seed: int = 0,
) -> Pipeline:
    """Make up a business: deals with their whole history, and the truth behind them.

    Parameters
    ----------
    process : Process, name, path or dict, optional
        The sheet whose stages and targets are simulated; the plan's own stages go before.
    plan : Plan, dict or path of a YAML file, optional
        The business in the field's terms; the reference business when nothing is told.
    seed : int
        The same seed and plan give the same data, byte for byte.

    Returns
    -------
    Pipeline
        ``synthetic``, with all tables, and the answer key in ``truth``.

    Raises
    ------
    FunnelkitError
        A knob that does not exist or cannot have that value, with the line it stands in.

    Examples
    --------
    >>> p = simulate(plan={"deals": 200, "months": 6}, seed=1)
    >>> p.size, p.synthetic
    (200, True)
    """
    told = read_plan(plan)
    sheet = process_of(told, process)
    try:
        world = run(told, sheet, int(seed))
    except Flaw as flaw:
        raise problem(flaw, told.origin) from None
    records = write_down(world)
    beside = {
        "activities": work.activities(records),
        "contacts": work.contacts(records),  # counts the contacts the deals carry
        "evidence": work.evidence(records),
        "accounts": office.accounts(records),
        "reps": office.reps(records),
        "targets": office.targets(records),
        "forecasts": office.forecasts(records),
    }
    deals = tables.deals(records)
    if told.setting == "china":
        deals = with_tenders(records, deals)
    beside["leads"] = work.leads(records, deals)
    if sheet.payments:
        beside["payments"] = cash.payments(records)
    con = engines.connect()

    def load(name: str, table: pa.Table, schema: Mapping[str, str] | None = None) -> ir.Table:
        raw = con.create_table(name, ibis.memtable(table))
        # already in the right types and order: nothing is copied
        return raw if schema is None or _fits(raw, schema) else conform(raw, schema)

    history = load("stages", tables.stage_history(records), STAGE_HISTORY)
    truth = answer_key(records, told)
    kept = [load(n, t) for n, t in zip(("stays", "furthest"), tables.stays(records), strict=True)]
    given = {c for c in deals.column_names if deals[c].null_count < len(deals)} | {"closed_at"}
    facts = load("deals", deals, DEALS)
    loaded = {name: load(name, table) for name, table in beside.items()}
    fields = load("fields", tables.field_history(records), FIELD_HISTORY)
    return Pipeline(
        deals=facts,
        stage_history=history,
        field_history=fields,
        process=sheet,
        as_of=dt.datetime.combine(world.clock.as_of, dt.time.max),
        name=str(told.name) if told.name else "",
        given=frozenset(given | {"stage_history", "field_history"} | set(loaded)),
        synthetic=True,
        tables=loaded,
        truth=truth,
        _kept=dict(zip(("stays", "furthest"), kept, strict=True)),
    )


def _fits(table: ir.Table, schema: Mapping[str, str]) -> bool:
    found = {name: str(kind) for name, kind in table.schema().items()}
    return all(found.get(name) == kind for name, kind in schema.items())
