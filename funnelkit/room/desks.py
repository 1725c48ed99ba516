"""Who writes a page when: desks in lanes, a cap on each, first come first served.

Checking an answer never waits for what-ifs that move: they have a lane of their own. A desk
that nobody needed for a while is ended; one that dies or hangs is replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from funnelkit.room.desk import Job, Told, main

#: Seconds a desk may take for one thing; for the first one it loads what it needs.
_PATIENCE, _WARMING = 90, 180
#: Seconds after which a desk that nobody needs is ended.
_REST = 600.0
#: Desks of a lane: more would only share the same processor.
MOST = max(2, min(4, os.cpu_count() or 2))


class Lost(RuntimeError):
    """A desk ended before it answered."""


class Desk:
    """One process and the thread that talks to it."""

    def __init__(self, told: Told, lane: str) -> None:
        way = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        context: Any = multiprocessing.get_context(way)
        if way == "forkserver":
            context.set_forkserver_preload(["funnelkit.room.desk"])
        self.pipe: Connection
        self.pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(
            target=main, args=(theirs, told, lane), daemon=True, name=f"funnelkit-{lane}"
        )
        self.process.start()
        theirs.close()
        self.rested = time.monotonic()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=lane)
        self._warm = False

    def ask(self, job: Job) -> Any:
        """Have a job done; in the desk's own thread."""
        try:
            if not self._warm:
                self._wait(_WARMING)
                self._warm = True
            self.pipe.send(job)
            return self._wait(_PATIENCE)
        except (EOFError, OSError) as gone:
            raise Lost from gone

    def _wait(self, seconds: float) -> Any:
        if not self.pipe.poll(seconds):
            self.process.kill()
            raise EOFError
        return self.pipe.recv()

    async def do(self, job: Job) -> Any:
        """Have a job done without holding the server."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.ask, job)

    def end(self) -> None:
        """Close the pipe, which ends the process."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        with contextlib.suppress(OSError):
            self.pipe.close()
        self.process.terminate()


@dataclass
class Lane:
    """Desks for one kind of work, and who waits for one."""

    name: str
    told: Told
    least: int
    most: int = MOST
    desks: list[Desk] = field(default_factory=list)
    busy: set[Desk] = field(default_factory=set)
    queue: deque[tuple[int, asyncio.Future[Desk]]] = field(default_factory=deque)

    def begin(self) -> None:
        """Start the desks that are always there."""
        while len(self.desks) < self.least:
            self.desks.append(Desk(self.told, self.name))

    async def do(self, job: Job, key: int = 0) -> Any:
        """Have a job done by the desk that knows somebody's numbers, or by any that is free.

        Raises
        ------
        Lost
            The desk ended before it answered; another one stands in its place.
        """
        desk = await self._turn(key)
        try:
            return await desk.do(job)
        except Lost:
            self.desks.remove(desk)
            desk.end()
            raise
        finally:
            desk.rested = time.monotonic()
            self.busy.discard(desk)
            self._next(desk)

    async def _turn(self, key: int) -> Desk:
        free = [d for d in self.desks if d not in self.busy]
        if not free and not self.queue and len(self.desks) < self.most:
            self.desks.append(made := Desk(self.told, self.name))
            free = [made]
        if free and not self.queue:
            known = self.desks[key % len(self.desks)]
            chosen = known if known in free else free[0]
            self.busy.add(chosen)
            return chosen
        ticket: asyncio.Future[Desk] = asyncio.get_running_loop().create_future()
        self.queue.append((key, ticket))
        return await ticket

    def _next(self, desk: Desk) -> None:
        """Give a desk that is free to whoever waits longest."""
        while self.queue:
            if desk not in self.desks:
                self.desks.append(desk := Desk(self.told, self.name))
            _, ticket = self.queue.popleft()
            if not ticket.done():
                self.busy.add(desk)
                ticket.set_result(desk)
                return
        self.begin()

    def before(self, key: int) -> int:
        """Return how many wait before somebody; 0 for who is served."""
        return next((k for k, (who, _) in enumerate(self.queue, start=1) if who == key), 1) - 1

    def cull(self) -> None:
        """End desks that nobody needed for a while."""
        rested = time.monotonic() - _REST
        for desk in list(self.desks):
            if len(self.desks) > self.least and desk not in self.busy and desk.rested < rested:
                self.desks.remove(desk)
                desk.end()

    def end(self) -> None:
        """End all desks."""
        for desk in self.desks:
            desk.end()


class Desks:
    """The lanes of a room: ``ask`` for pages and answers, ``move`` for what-ifs."""

    def __init__(self, told: Told) -> None:
        self.ask = Lane("ask", told, MOST)
        self.move = Lane("move", told, 1)

    def begin(self) -> None:
        """Start the desks that are always there."""
        self.ask.begin()
        self.move.begin()

    def lane(self, path: str) -> Lane:
        """Return who answers a path."""
        parts = path.strip("/").split("/")
        return self.move if parts[0] in ("apps", "game") or "whatif" in parts else self.ask

    def cull(self) -> None:
        """End desks that nobody needed for a while."""
        self.ask.cull()
        self.move.cull()

    def end(self) -> None:
        """End all desks."""
        self.ask.end()
        self.move.end()
