"""A million simulated deals, and the same funnel row by row: ``python -m benchmarks.simulate``."""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import sys
import time
import warnings

from benchmarks.side import Figure, show_figures

STAGES = ("lead", "contact", "need", "proposal", "negotiation")
RATES = (0.55, 0.40, 0.50, 0.60, 0.55)
DAYS = (5, 12, 24, 30, 20)

# A child of its own, so that its peak of memory is its own too.
_CHILD = """
import json, resource, sys, time, warnings
warnings.simplefilter("ignore")
begin = time.perf_counter()
from funnelkit.simulation import simulate
p = simulate(plan={"deals": int(sys.argv[1])}, seed=1)
took = time.perf_counter() - begin
used = resource.getrusage(resource.RUSAGE_SELF)
tables = {"deals": p.deals, "stage_history": p.stage_history, "field_history": p.field_history}
rows = {n: int(t.count().execute()) for n, t in {**tables, **p.tables}.items()}
peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps([took, used.ru_utime + used.ru_stime, peak, rows]))
"""


def ours(n: int) -> tuple[float, float, int, dict[str, int]]:
    """Return seconds, processor seconds, peak memory and the rows of every table."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(n)], check=True, capture_output=True, text=True
    )
    took, busy, peak, rows = json.loads(done.stdout.strip().splitlines()[-1])
    return took, busy, peak, rows


def row_by_row(n: int) -> tuple[float, int]:
    """Return the processor seconds a SimPy model of the same funnel needs, and the rows it wrote.

    A process a deal: it waits in each stage, goes back now and then, moves its close date and
    its amount, does activities, and writes each of it down as a row.
    """
    import simpy  # the extra ``bench``

    begin = time.process_time()
    draw = random.Random(1)
    env = simpy.Environment()
    rows: list[tuple[object, ...]] = []

    def deal(number: int, start: float):  # type: ignore[no-untyped-def]
        yield env.timeout(start)
        amount = 60_000 * math.exp(0.55 * draw.gauss(0, 1))
        owner, region = draw.randrange(12), draw.randrange(4)
        rows.append((number, "lead", owner, region, amount, env.now))
        due = math.inf
        for k, stage in enumerate(STAGES):
            goes = draw.random() < RATES[k]
            stay = DAYS[k] * 5 / 7 * math.exp(0.6 * draw.gauss(0, 1)) * (1 if goes else 1.7)
            rows.append((number, stage, env.now))
            if k == 2:
                due = env.now + 45 * (0.5 + 0.8 * draw.random())
                rows.append((number, "expected_close", None, due, env.now))
            if k >= 3:
                rows.append((number, "amount", amount, amount * 0.95, env.now))
            if k >= 2 and draw.random() < 0.05:
                rows.append((number, STAGES[k - 1], env.now))
                yield env.timeout(stay * 0.3)
                rows.append((number, stage, env.now))
            end = env.now + stay
            while env.now < end:
                wait = min(draw.expovariate(0.2), end - env.now)
                yield env.timeout(wait)
                rows.append((number, "call", env.now))
                if env.now > due:
                    due = env.now + 20
                    rows.append((number, "expected_close", None, due, env.now))
            if not goes:
                rows.append((number, "lost", env.now))
                return
        rows.append((number, "won", env.now))

    for number in range(n):
        env.process(deal(number, draw.random() * 520))
    env.run(until=521)
    return time.process_time() - begin, len(rows)


def compare(deals: int, slow: int) -> list[Figure]:
    """Measure both; the row-by-row model on fewer deals, scaled up in proportion."""
    took, busy, peak, rows = ours(deals)
    print(f"{deals:,} deals: {sum(rows.values()):,} rows in {len(rows)} tables")
    for name, n in rows.items():
        print(f"    {name:15s} {n:>12,}")
    other, written = row_by_row(slow)
    print(f"SimPy: measured on {slow:,} deals ({written:,} rows), scaled in proportion.")
    print("It writes fewer tables and loads them nowhere; both sides in processor time.")
    what = f"simulate {deals:,} deals"
    return [
        Figure(f"{what}: time", took, "s", most=30 * deals / 1e6),
        Figure(f"{what}: processor time", busy, "s"),
        Figure(f"{what}: peak memory", peak / 2**30, "GiB", most=4),
        Figure("the same funnel row by row in SimPy, scaled", other * deals / slow, "s"),
        Figure("SimPy against simulate", other * deals / slow / busy),
    ]


def main() -> int:
    ask = argparse.ArgumentParser(prog="python -m benchmarks.simulate", description=__doc__)
    ask.add_argument("--deals", type=int, default=1_000_000)
    ask.add_argument("--slow", type=int, default=50_000, help="deals of the row-by-row model")
    told = ask.parse_args()
    warnings.simplefilter("ignore")
    show_figures(compare(told.deals, told.slow))
    return 0


if __name__ == "__main__":
    sys.exit(main())
