"""The kit's side: a pipeline over the files, and the job that is measured."""

from __future__ import annotations

import datetime as dt

import pandas as pd

import funnelkit as fk
from benchmarks.data import AS_OF, Log

SEEN_FROM = dt.datetime.combine(AS_OF.astype(dt.datetime).date(), dt.time.max)


def over_files(log: Log) -> fk.Pipeline:
    """Return a pipeline that stands on the files as they are: nothing is read or checked."""
    from funnelkit.data.engines import connect
    from funnelkit.data.pipeline import DEALS, STAGE_HISTORY, conform
    from funnelkit.process import load_process

    con = connect()
    history = con.read_parquet(log.history, file_row_number=True).rename(seq="file_row_number")
    deals = con.read_parquet(log.deals)
    return fk.Pipeline(
        deals=conform(deals, DEALS),
        stage_history=conform(history, STAGE_HISTORY),
        field_history=None,
        process=load_process(None),
        as_of=SEEN_FROM,
        given=frozenset({*deals.columns, "stage_history"}),
    )


def read(log: Log) -> fk.Pipeline:
    """Read the files as any user would: recognised, every check run."""
    return fk.read(log.deals, history=log.history, as_of=SEEN_FROM)


def measures(p: fk.Pipeline) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Funnel by region, and the median time in stage by region."""
    return fk.funnel(p, by="region").table, fk.time_in_stage(p, by="region").table
