"""The kernels of the apps' server: some kept warm, never more than the machine holds."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections import Counter
from typing import Any

from funnelkit.apps.gate import Gate

#: Kernels that warm up at the same time, and seconds one may take for it.
_AT_ONCE, _PATIENCE = 2, 120
#: What a warm kernel holds, in bytes.
_MEMORY = 450 << 20
#: No machine serves more pages well, whatever its memory.
_MOST = 24
#: A page that rests so long gives up its place when somebody waits for one.
_REST = dt.timedelta(minutes=10)


def most_seats() -> int:
    """Return how many kernels fit into half of the memory."""
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows
        whole = 8 << 30
    return max(2, min(_MOST, whole // 2 // _MEMORY))


class Seats:
    """Who gets a kernel, and when.

    Parameters
    ----------
    manager : VoilaKernelManager
        Keeps the pools; all kernels start and are given out through here.
    most : int
        Kernels alive at the same time, spare ones included.
    spare : int
        Kernels kept warm for each app.
    """

    #: Seconds after which a page without a place asks again.
    AGAIN = 4

    def __init__(self, manager: Any, most: int, spare: int) -> None:
        self.manager, self.most, self.spare = manager, most, spare
        self.gate = Gate(_AT_ONCE)
        #: Kernels that wait at the door for a request.
        self.asking: set[str] = set()
        self.starting: Counter[str] = Counter()
        self.promised: Counter[str] = Counter()
        self.leaving: set[str] = set()
        self.tasks: set[asyncio.Future[Any]] = set()
        self._start, manager._initialize = manager._initialize, self._in_turn

    @property
    def alive(self) -> int:
        """Kernels there are or that somebody was told to wait for."""
        there = len(set(self.manager.list_kernel_ids()) - self.leaving)
        return there + self.starting.total() + self.promised.total()

    def fill(self, books: list[str]) -> None:
        """Warm a kernel for each notebook, as far as the places go."""
        fit = max(1, (self.most - 1) // self.spare)
        for book in books[:fit]:
            self._fill(book)

    def _fill(self, book: str) -> None:
        pools = self.manager.kernel_pools_config | {book: {"pool_size": self.spare}}
        self.manager.kernel_pools_config = pools
        self.manager.fill_if_needed(delay=0, notebook_name=book)

    def offer(self, book: str) -> bool:
        """Whether a page gets a kernel now or soon; False where all places are taken."""
        pool = self.manager._pools.get(book, ())
        if (pool and pool[0].done()) or self.starting[book]:
            return True
        if self.alive >= self.most and not self._make_room(book):
            return False
        self.promised[book] += 1
        if pool:
            self.gate.want(book)
        else:
            self._fill(book)
        return True

    def _make_room(self, book: str) -> bool:
        """End a kernel nobody uses: one kept warm for another app, or the one longest at rest."""
        spare = [
            task.result()["kernel_id"]
            for name, pool in reversed(self.manager._pools.items())
            if name != book
            for task in pool
            if task.done() and not task.cancelled() and task.exception() is None
        ]
        now = dt.datetime.now(dt.UTC)
        pooled = set(spare) | self.asking
        used = [
            (getattr(self.manager.get_kernel(k), "last_activity", now), k)
            for k in self.manager.list_kernel_ids()
            if k not in pooled
        ]
        rested = [k for at, k in sorted(used) if now - at > _REST]
        for kernel in (*spare, *rested):
            if kernel not in self.leaving:
                self.leaving.add(kernel)
                self._do(self._end(kernel))
                return True
        return False

    async def _end(self, kernel: str) -> None:
        try:
            await self.manager.shutdown_kernel(kernel, now=True)
        finally:
            self.leaving.discard(kernel)

    def _do(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)  # a task nobody holds may be dropped
        task.add_done_callback(self.tasks.discard)

    async def _in_turn(self, book: str, *given: Any, **named: Any) -> Any:
        """Start a kernel when it is its turn and there is a place."""
        await self.gate.enter(book)
        while not self.promised[book] and self.alive >= self.most:
            self.gate.leave()
            await asyncio.sleep(0.2)
            await self.gate.enter(book)
        self.promised[book] = max(0, self.promised[book] - 1)
        self.starting[book] += 1
        try:
            found = await self._start(book, *given, **named)
        except BaseException:
            self.gate.leave()
            raise
        finally:
            self.starting[book] -= 1
        self._do(self._until_warm(found))
        return found

    async def _until_warm(self, started: Any) -> None:
        """Keep its place in the gate until a kernel waits for a request."""
        try:
            for _ in range(_PATIENCE * 5):
                if started["task"].done() or started["kernel_id"] in self.asking:
                    return
                await asyncio.sleep(0.2)
        finally:
            self.gate.leave()

    def stop(self) -> None:
        """Those that wait for their turn never start."""
        pools = self.manager._pools
        for name, pool in pools.items():
            for task in pool:
                task.cancel()
            pools[name] = [task for task in pool if task.done() and not task.cancelled()]

    def waiting(self, book: str) -> set[str]:
        """Return the kernels of an app that wait for a request."""
        told = self.manager.notebook_data.get(book, {})
        return self.asking & set(told.get("kernel_ids", ()))
