"""The same work for many seeds, one process a core; the answers come in the order of the seeds."""

from __future__ import annotations

import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")

#: After so many seeds a process gives way to a new one: engines keep what they were asked.
_SEEDS_A_PROCESS = 50


def each(work: Callable[[S], T], seeds: Iterable[S], say_every: int = 50) -> Iterator[T]:
    """Do some work for every seed; ``work`` is a function of a module, or a partial of one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    context = multiprocessing.get_context("spawn")  # a forked engine would hang
    with context.Pool(
        cores, warnings.simplefilter, ("ignore",), maxtasksperchild=_SEEDS_A_PROCESS
    ) as pool:
        for done, answer in enumerate(pool.imap(work, seeds), 1):
            if done % say_every == 0:
                print(f"  {done} done", file=sys.stderr, flush=True)
            yield answer
