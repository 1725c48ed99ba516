"""Peak memory and time of the whole job in a process of its own, at two sizes."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

from benchmarks.data import Log, log_of
from benchmarks.side import Figure, peak_bytes

GIB = 1024.0**3


def compare(small: Log, large: Log) -> list[Figure]:
    """Run the job on both logs; the small one three times, as it is short."""
    little = min((_run(small.n) for _ in range(3)), key=lambda r: r["seconds"])
    big = _run(large.n)
    for n, run in ((small.n, little), (large.n, big)):
        print(
            f"{n:>12,} deals: read and checked {run['read']:.1f} s, measures "
            f"{run['measures']:.1f} s, CPU {run['cpu']:.1f} s, peak {run['peak'] / GIB:.2f} GiB"
        )
    size = f"{large.n // 1_000_000} M deals" if large.n >= 1_000_000 else f"{large.n:,} deals"
    times = large.n / small.n
    return [
        Figure(f"peak memory, {size}, read and measured", big["peak"] / GIB, "GiB", most=4),
        Figure(
            f"time of {times:g} times the deals", big["seconds"] / little["seconds"],
            most=1.1 * times,
        ),
        Figure("the same, CPU seconds", big["cpu"] / little["cpu"]),
        Figure("the same, measures alone", big["measures"] / little["measures"], most=1.1 * times),
    ]  # fmt: skip


def _run(n: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory", str(n)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _job(n: int) -> dict[str, float]:
    from benchmarks import ours

    log = log_of(n)
    started = time.perf_counter()
    pipeline = ours.read(log)
    read = time.perf_counter()
    ours.measures(pipeline)
    ended = time.perf_counter()
    use = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "read": read - started,
        "measures": ended - read,
        "seconds": ended - started,
        "cpu": use.ru_utime + use.ru_stime,
        "peak": peak_bytes(),
    }


if __name__ == "__main__":
    print(json.dumps(_job(int(sys.argv[1]))))
