"""The same log in pm4py: directly-follows graph and performance graph."""

from __future__ import annotations

from typing import Any

import pandas as pd

from benchmarks.data import Log


def there() -> bool:
    """Say whether pm4py is installed (extra ``bench``)."""
    try:
        import pm4py  # noqa: F401
    except ImportError:
        return False
    return True


def ask(log: Log) -> tuple[dict[tuple[str, str], int], Any]:
    """Discover which stage follows which how often, and how long it takes."""
    import pm4py

    names = {"case_id_key": "deal_id", "activity_key": "stage", "timestamp_key": "entered_at"}
    events = pd.read_parquet(log.history)
    follows, _, _ = pm4py.discover_dfg(events, **names)
    pace, _, _ = pm4py.discover_performance_dfg(events, **names)
    return {pair: int(n) for pair, n in follows.items()}, pace
