"""Made-up deals with a stage history, as large as wanted: seeded, written in chunks, kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path("build/bench")
SEED = 20260101
CHUNK = 250_000
VERSION = 1  # of the recipe; a new one makes the stored files stale

STAGES = ("lead", "contact", "need", "proposal", "negotiation")
REGIONS = ("Central", "East", "North", "South", "West")
START = np.datetime64("2023-01-01T00:00:00", "s")
AS_OF = np.datetime64("2025-12-31T23:59:59", "s")
MOST_MOVES = 12

# From each stage: the chance that the deal ends there, of what goes on: one back, two on.
ENDS = np.array([0.33, 0.31, 0.24, 0.24, 0.80])
BACK, SKIP = 0.05, 0.08
MEDIAN_DAYS = np.array([5.0, 12.0, 18.0, 21.0, 25.0])
# The regions differ in pace and in luck, so that a wrong grouping would show.
PACE = np.array([1.0, 0.8, 1.1, 0.9, 1.3])
LUCK = np.array([0.25, 0.35, 0.20, 0.30, 0.15])


@dataclass(frozen=True)
class Log:
    """Two Parquet files: one row a deal, one row a stage entered."""

    deals: Path
    history: Path
    n: int

    @property
    def rows(self) -> int:
        """Rows of the stage history."""
        return int(pq.read_metadata(self.history).num_rows)


def log_of(n: int, folder: Path = FOLDER) -> Log:
    """Return the files with ``n`` deals, written now if they are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    log = Log(
        folder / f"deals-v{VERSION}-{n}.parquet", folder / f"history-v{VERSION}-{n}.parquet", n
    )
    if not (log.deals.exists() and log.history.exists()):
        _write(log)
    return log


def _write(log: Log) -> None:
    parts = {
        log.deals: log.deals.with_suffix(".part"),
        log.history: log.history.with_suffix(".part"),
    }
    writers: dict[Path, pq.ParquetWriter] = {}
    for first in range(0, log.n, CHUNK):
        tables = _chunk(first, min(CHUNK, log.n - first))
        for target, frame in zip((log.deals, log.history), tables, strict=True):
            table = pa.Table.from_pandas(frame, preserve_index=False)
            if target not in writers:
                writers[target] = pq.ParquetWriter(parts[target], table.schema)
            writers[target].write_table(table)
    for target, writer in writers.items():
        writer.close()
        parts[target].rename(target)  # only whole files carry the name


def _chunk(first: int, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw deals ``first`` to ``first + n``, all of them moving one step at a time."""
    rng = np.random.default_rng([SEED, first])
    region = rng.integers(len(REGIONS), size=n)
    span = int((AS_OF - START).astype(int))
    created = START.astype(int) + rng.integers(span, size=n)
    at = rng.choice(3, size=n, p=[0.82, 0.14, 0.04])
    moment = created.copy()
    closed = np.full(n, -1)
    won = np.zeros(n, bool)
    last = at.copy()
    alive = np.ones(n, bool)
    end = AS_OF.astype(int)
    visits: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for _ in range(MOST_MOVES):
        who = np.flatnonzero(alive)
        if not who.size:
            break
        here = at[who]
        last[who] = here
        visits.append((who, here, moment[who]))
        days = MEDIAN_DAYS[here] * PACE[region[who]] * rng.lognormal(0, 0.9, who.size)
        leaves = moment[who] + np.maximum((days * 86_400).astype(int), 1)
        stops = rng.random(who.size) < ENDS[here]
        draw = rng.random(who.size)
        step = np.where(draw < BACK, -1, np.where(draw < BACK + SKIP, 2, 1))
        target = np.maximum(here + step, 0)
        target = np.where(target == here, here + 1, target)
        stops |= target >= len(STAGES)
        known = leaves <= end
        done = known & stops
        closed[who[done]] = leaves[done]
        chance = np.where(here >= 3, LUCK[region[who]] * 2, LUCK[region[who]] / 20)
        won[who[done]] = rng.random(int(done.sum())) < chance[done]
        goes = known & ~stops
        at[who[goes]] = target[goes]
        moment[who[goes]] = leaves[goes]
        alive[who] = goes
    over = closed >= 0
    slow = rng.random(n) < 0.4
    outcome = np.where(~over, "open", np.where(won, "won", np.where(slow, "no_decision", "lost")))
    ids = np.char.add("D", np.char.zfill(np.arange(first, first + n).astype(str), 9))
    deals = pd.DataFrame(
        {
            "deal_id": ids,
            "owner": np.char.add("owner-", rng.integers(400, size=n).astype(str)),
            "region": np.array(REGIONS)[region],
            "amount": np.round(rng.lognormal(11, 1, n), 2),
            "created_at": _moments(created),
            "stage": np.array(STAGES)[last],
            "outcome": outcome,
            "closed_at": pd.Series(_moments(closed)).where(over),
        }
    )
    deal = np.concatenate([v[0] for v in visits])
    when = np.concatenate([v[2] for v in visits])
    order = np.argsort(when, kind="stable")  # as a log is written: by time
    history = pd.DataFrame(
        {
            "deal_id": ids[deal[order]],
            "stage": np.array(STAGES)[np.concatenate([v[1] for v in visits])[order]],
            "entered_at": _moments(when[order]),
        }
    )
    return deals, history


def _moments(seconds: np.ndarray) -> np.ndarray:
    return seconds.astype("datetime64[s]").astype("datetime64[us]")
