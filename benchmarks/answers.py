"""How fast a server answers on 10,000 deals: every tool, thirty questions in a row.

``python -m benchmarks.answers``. The questions differ, so that nothing is answered from memory;
the first call of each tool pays for what is kept afterwards and is shown apart.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mcp import Client, StdioServerParameters

import funnelkit as fk
from funnelkit.answers.server import Asked
from funnelkit.words.language import speaking

COLUMNS = ("region", "source", "owner")
YEARS = (("2025-01-01", "2025-07-01"), ("2025-07-01", "2026-01-01"))


def questions() -> list[tuple[str, dict[str, Any]]]:
    """Return thirty different questions, every tool among them."""
    found: list[tuple[str, dict[str, Any]]] = [("about", {}), ("definitions", {})]
    for name in ("win_rate_closed", "funnel", "time_in_stage_first", "sales_cycle", "snapshot"):
        found += [("measure", {"name": name, "by": [by]}) for by in COLUMNS]
    found += [("compare", {"before": YEARS[0], "after": YEARS[1], "by": by}) for by in COLUMNS]
    found += [("deals", {"name": "win_rate", "by": [c], "column": "won"}) for c in COLUMNS]
    found += [("checkpoints", {}), ("checkpoints", {"lang": "zh"}), ("diagnose", {})]
    found += [("forecast", {"through": "2026-09-30", "method": "weighted"})]
    found += [("deal", {"deal_id": f"D-{k:05d}"}) for k in (11, 222, 3333)]
    return found


async def _ask(folder: Path) -> list[tuple[str, float]]:
    server = StdioServerParameters(
        command=sys.executable,
        args=[
            "-m",
            "funnelkit.cli",
            "mcp",
            str(folder / "deals.parquet"),
            "--deals",
            "--history",
            str(folder / "stage_history.parquet"),
            "--fields",
            str(folder / "field_history.parquet"),
        ],
        env={"PYTHONPATH": str(Path(fk.__file__).parents[1])},
    )
    times = []
    async with Client(server, read_timeout_seconds=600) as client:
        await client.list_tools()
        for name, given in questions():
            begun = time.perf_counter()
            found = await client.call_tool(name, given)
            times.append((name, time.perf_counter() - begun))
            if found.is_error:
                print(f"refused: {name} {given}: {found.content[0].text[:150]}")
    return times


def main() -> None:
    """Print the first call of each tool and the quantiles of the others."""
    with tempfile.TemporaryDirectory() as name:
        p = fk.load("industrial")
        _many(p, -(-10_000 // p.size), Path(name))
        _show("over stdio", asyncio.run(_ask(Path(name))))
        _show("processor time of the same", _busy(Path(name)))


def _busy(folder: Path) -> list[tuple[str, float]]:
    """Return the processor seconds that the same questions take."""
    p = fk.read(
        folder / "deals.parquet",
        history=folder / "stage_history.parquet",
        fields=folder / "field_history.parquet",
    )
    asked, times = Asked(p, with_deals=True), []
    for name, given in questions():
        begun = time.process_time()
        with speaking(given.get("lang")):
            getattr(asked, name)(**{k: v for k, v in given.items() if k != "lang"})
        times.append((name, time.process_time() - begun))
    return times


def _show(what: str, times: list[tuple[str, float]]) -> None:
    first: dict[str, float] = {}
    later = []
    for name, seconds in times:
        if name in first:
            later.append(seconds)
        first.setdefault(name, seconds)
    print(f"{what}, first call:", ", ".join(f"{n} {s:.2f} s" for n, s in first.items()))
    print(
        f"{len(later)} later calls: median {np.median(later):.3f} s, "
        f"p95 {np.quantile(later, 0.95):.3f} s, slowest {max(later):.3f} s"
    )


def _many(p: Any, factor: int, folder: Path) -> None:
    """Write the deals several times, under ids of their own, as files the kit reads."""
    tables = {
        "deals": p.frame(),
        "stage_history": p.stage_history.to_pandas(),
        "field_history": p.field_history.to_pandas(),
    }
    for name, table in tables.items():
        copies = [
            table.assign(deal_id=table["deal_id"] + (f"-{k}" if k else "")) for k in range(factor)
        ]
        pd.concat(copies).to_parquet(folder / f"{name}.parquet", index=False)


if __name__ == "__main__":
    main()
