"""Kernels take turns; a page that waits goes first."""

from __future__ import annotations

import asyncio

from funnelkit.apps.gate import Gate


def test_no_more_than_allowed_and_in_order():
    async def run() -> tuple[int, list[str]]:
        gate, most, order = Gate(2), 0, []

        async def start(name: str) -> None:
            nonlocal most
            await gate.enter(name)
            most = max(most, gate.inside)
            order.append(name)
            await asyncio.sleep(0.12)
            gate.leave()

        await asyncio.gather(*(start(n) for n in "abcde"))
        assert gate.inside == 0
        return most, order

    assert asyncio.run(run()) == (2, list("abcde"))


def test_a_waiting_page_goes_first():
    async def run() -> list[str]:
        gate, order = Gate(1), []

        async def start(name: str) -> None:
            await gate.enter(name)
            order.append(name)
            await asyncio.sleep(0.3)
            gate.leave()

        tasks = [asyncio.create_task(start(n)) for n in ("a", "b", "c")]
        await asyncio.sleep(0.1)
        gate.want("c")
        gate.want("nobody")  # its kernel waits already, or is none of ours
        await asyncio.gather(*tasks)
        assert not gate.wanted
        return order

    assert asyncio.run(run()) == ["a", "c", "b"]
