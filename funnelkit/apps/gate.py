"""Kernels start a few at a time: ten that start together keep those at work from answering."""

from __future__ import annotations

import asyncio


class Gate:
    """First come, first served, but somebody's waiting page goes before every spare kernel.

    Parameters
    ----------
    most : int
        How many may be inside at the same time.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.inside = 0
        self.queue: list[tuple[object, str]] = []
        self.wanted: list[str] = []

    async def enter(self, name: str) -> None:
        """Wait for a turn."""
        ticket = (object(), name)
        self.queue.append(ticket)
        try:
            while not self._turn(ticket):
                await asyncio.sleep(0.05)
        finally:
            self.queue.remove(ticket)
        self.inside += 1

    def leave(self) -> None:
        """Make room for the next."""
        self.inside -= 1

    def want(self, name: str) -> None:
        """Say that a page waits for a kernel of this name."""
        if any(queued == name for _, queued in self.queue):
            self.wanted.append(name)

    def _turn(self, ticket: tuple[object, str]) -> bool:
        if ticket[1] in self.wanted:
            self.wanted.remove(ticket[1])
            return True
        return self.inside < self.most and self.queue[0] is ticket
