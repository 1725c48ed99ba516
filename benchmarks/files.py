"""Reading files people have: the kit on CSV and XLSX against what only parses them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

import funnelkit as fk
from benchmarks import ours
from benchmarks.data import Log, log_of
from benchmarks.funnel import same
from benchmarks.side import Figure, peak_bytes, show_times, turn_by_turn

MIB = 1024.0**2


def compare(n: int, sheets: int) -> list[Figure]:
    """Measure CSV with ``n`` deals and workbooks with ``sheets`` deals; same answers first."""
    return [*_text(log_of(n)), *_workbooks(log_of(sheets))]


def _text(log: Log) -> list[Figure]:
    deals, history = texts = [_as_csv(file) for file in (log.deals, log.history)]
    read = ours.measures(_read(deals, history))
    same("kit on CSV", read, ours.measures(ours.read(log)))
    best = turn_by_turn(
        {
            "kit, CSV read and checked": lambda: _read(deals, history).size,
            "kit, Parquet read and checked": lambda: ours.read(log).size,
            "DuckDB, CSV into a frame": lambda: [_frame(file).shape[0] for file in texts],
        }
    )
    show_times(f"{log.n:,} deals, {log.rows:,} stage changes as files", best)
    csv, parquet, duck = (best[name] for name in best)
    return [
        Figure(
            "CSV read and checked / DuckDB, CSV into a frame", csv.seconds / duck.seconds, most=3
        ),
        Figure("the same, CPU seconds", csv.cpu / duck.cpu),
        Figure("CSV / Parquet, both read and checked", csv.seconds / parquet.seconds, most=1.6),
        Figure("the same, CPU seconds", csv.cpu / parquet.cpu),
        Figure("peak memory of reading the CSV files", _peak(log.n) / MIB, "MiB", most=700),
    ]


def _workbooks(log: Log) -> list[Figure]:
    books = [_as_workbook(file) for file in (log.deals, log.history)]
    same("kit on XLSX", ours.measures(_read(*books)), ours.measures(ours.read(log)))
    best = turn_by_turn(
        {
            "kit, XLSX read and checked": lambda: _read(*books).size,
            "python-calamine alone": lambda: [_cells(book) for book in books],
        }
    )
    show_times(f"{log.n:,} deals, {log.rows:,} stage changes as workbooks", best)
    kit, alone = (best[name] for name in best)
    return [
        Figure("XLSX read and checked / python-calamine alone", kit.seconds / alone.seconds, most=2)
    ]


def _read(deals: Path, history: Path) -> fk.Pipeline:
    return fk.read(deals, history=history, as_of=ours.SEEN_FROM)


def _frame(file: Path) -> pd.DataFrame:
    return duckdb.connect().read_csv(str(file)).df()


def _cells(book: Path) -> int:
    from python_calamine import CalamineWorkbook

    return len(CalamineWorkbook.from_path(str(book)).get_sheet_by_index(0).to_python())


def _as_csv(file: Path) -> Path:
    target = file.with_suffix(".csv")
    if not target.exists():
        part = target.with_suffix(".part")
        pd.read_parquet(file).to_csv(part, index=False)
        part.rename(target)
    return target


def _as_workbook(file: Path) -> Path:
    import xlsxwriter

    target = file.with_suffix(".xlsx")
    if target.exists():
        return target
    frame = pd.read_parquet(file)
    part = target.with_suffix(".part.xlsx")
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"}
    with xlsxwriter.Workbook(part, options) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(frame.columns))
        rows: Any = frame.astype(object).where(frame.notna(), None).itertuples(index=False)
        for i, row in enumerate(rows, 1):
            for j, cell in enumerate(row):
                if isinstance(cell, pd.Timestamp):
                    sheet.write_datetime(i, j, cell.to_pydatetime())
                elif cell is not None:
                    sheet.write(i, j, cell)
    part.rename(target)
    return target


def _peak(n: int) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.files", str(n)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return float(json.loads(done.stdout.splitlines()[-1])["peak"])


def _job(n: int) -> dict[str, float]:
    log = log_of(n)
    started = time.perf_counter()
    _read(_as_csv(log.deals), _as_csv(log.history))
    return {"seconds": time.perf_counter() - started, "peak": peak_bytes()}


if __name__ == "__main__":
    print(json.dumps(_job(int(sys.argv[1]))))
