"""A room of thirty on this machine: how long a lesson, an answer, a crash take; what it holds.

    python -m benchmarks.room            # everything: some minutes
    python -m benchmarks.room --kills 3

Thirty scripted participants join together, open the first lesson and check answers while ten of
them move a what-if; the server is killed again and again and started on the same file. Everything
is bounded and stays on 127.0.0.1. The goals: all in the first lesson within 60 s; 95 % of the
answers told within 1 s; 6 GiB at most; no answer lost that was shown as saved; 1,000 wrong codes
let nobody in.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPResponse

PEOPLE, MOVING = 30, 10
#: Seconds of answering, and between two answers of one participant.
_WORK, _THINKS = 60, (2.0, 5.0)
#: Seconds between two positions of a slider that is being moved.
_MOVES = 0.4
GUESS = {"lead": 100, "contact": 60, "need": 30, "proposal": 15, "negotiation": 8, "close": 4}
ROOT = Path(__file__).parents[1]


class Server:
    """A running ``funnelkit room``."""

    def __init__(self, file: Path, lang: str) -> None:
        self.file, self.lang = file, lang

    def start(self) -> None:
        """Start it and read what it says."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "funnelkit.cli", "room", "--lang", self.lang, "--file",
             str(self.file)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
        )  # fmt: skip
        assert self.process.stdout is not None
        enter = next(line.strip() for line in self.process.stdout if "enter?key=" in line)
        self.base = enter.partition("trainer/")[0]
        base = sqlite3.connect(self.file)
        self.code = base.execute("select value from room where name = 'code'").fetchone()[0]
        base.close()

    def stop(self, sign: int = signal.SIGTERM) -> None:
        """End it by its process id."""
        self.process.send_signal(sign)
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def memory(self) -> int:
        """Return the bytes the server and all its desks hold, shared ones counted once."""
        return sum(map(_held, _family(self.process.pid)))


def _family(pid: int) -> list[int]:
    """Return a process and all that came from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, open_ = [], [pid]
    while open_:
        now = open_.pop()
        found.append(now)
        open_ += children.get(now, [])
    return found


def _held(pid: int) -> int:
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return int(re.search(r"^Pss:\s+(\d+)", told, re.M)[1]) * 1024  # type: ignore[index]


@dataclass
class Participant:
    """Somebody's browser."""

    server: Server
    name: str
    ticket: str = ""
    saved: list[str] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    failed: int = 0

    async def ask(self, path: str, form: dict[str, object] | None = None) -> HTTPResponse:
        """Ask for a page, or send a form."""
        base = self.server.base
        return await AsyncHTTPClient().fetch(
            base + path, raise_error=False, method="GET" if form is None else "POST",
            body=None if form is None else urlencode(form), follow_redirects=False,
            headers={"Origin": base.rstrip("/"), "Cookie": self.ticket}, request_timeout=60,
        )  # fmt: skip

    async def join(self, code: str) -> int:
        """Join the room."""
        form = {"name": self.name, "code": code, "word": "lighthouse"}
        reply = await self.ask("join", form)
        self.ticket = reply.headers.get("Set-Cookie", "").partition(";")[0]
        return reply.code

    async def page(self, path: str) -> str:
        """Open a page, waiting where it says so."""
        for _ in range(60):
            reply = await self.ask(path)
            if reply.code != 503:
                return reply.body.decode()
            await asyncio.sleep(2)
        return ""

    async def lesson(self) -> bool:
        """Open the first lesson."""
        return "data-ask" in await self.page("lesson/L01")

    async def check(self, until: float, think: tuple[float, float], rng: random.Random) -> None:
        """Answer, read, think, answer again."""
        while time.monotonic() < until:
            mark = str(rng.randrange(10**9))
            form = {"do": "check", **{f"L01.1:{k}": v for k, v in GUESS.items()},
                    "L01.1:lead": mark}  # fmt: skip
            begun = time.monotonic()
            try:
                reply = await self.ask("lesson/L01/ask/L01.1", form)
            except (HTTPClientError, OSError):  # the server was killed meanwhile
                self.failed += 1
                return
            if reply.code == 200 and b"fk-saved" in reply.body:
                self.took.append(time.monotonic() - begun)
                self.saved.append(mark)
            else:
                self.failed += 1
                return
            await asyncio.sleep(rng.uniform(*think))

    async def move(self, until: float, rng: random.Random) -> None:
        """Move a slider of a what-if and wait for each answer, as the page does."""
        page = await self.page("apps/levers")
        sliders = re.findall(
            r"type='range'[^>]*name='(\w+)' min='([\d.e+-]+)' max='([\d.e+-]+)'", page
        )
        while time.monotonic() < until:
            name, low, high = rng.choice(sliders)
            await self.ask("apps/levers", {name: rng.uniform(float(low), float(high))})
            await asyncio.sleep(_MOVES)


def kept(file: Path) -> set[str]:
    """Return the marks of all answers in the room's file."""
    base = sqlite3.connect(file)
    rows = base.execute("select event from events").fetchall()
    base.close()
    return {mark for (text,) in rows for mark in re.findall(r'lead\\": \\"(\d+)', text)}


async def lesson_run(server: Server) -> None:
    """Let all join together, answer while ten move what-ifs, and print how it went."""
    people = [Participant(server, f"Person {k:02}") for k in range(PEOPLE)]
    begun = time.monotonic()

    async def come(p: Participant) -> bool:
        return await p.join(server.code) == 303 and await p.lesson()

    there = sum(await asyncio.gather(*map(come, people)))
    print(
        f"joined and in the first lesson   {there} of {PEOPLE} in {time.monotonic() - begun:.1f} s"
    )
    until = time.monotonic() + _WORK
    work = [p.check(until, _THINKS, random.Random(k)) for k, p in enumerate(people)]
    work += [p.move(until, random.Random(100 + k)) for k, p in enumerate(people[:MOVING])]
    most = [0]

    async def watch() -> None:
        while time.monotonic() < until:
            most[0] = max(most[0], server.memory())
            await asyncio.sleep(2)

    await asyncio.gather(*work, watch())
    took = sorted(t for p in people for t in p.took)
    p95 = took[int(0.95 * (len(took) - 1))]
    failed = sum(p.failed for p in people)
    print(f"checks while {MOVING} move what-ifs     {len(took)} told, {failed} failed; median "
          f"{median(took):.2f} s, 95 % within {p95:.2f} s, longest {took[-1]:.2f} s")  # fmt: skip
    print(f"memory of server and desks       {most[0] / 2**30:.2f} GiB at most")


async def kills(server: Server, times: int) -> None:
    """Kill the server in the midst of answers, again and again; print what was lost."""
    rng = random.Random(7)
    said: list[str] = []
    for _ in range(times):
        people = [Participant(server, f"Killed {rng.randrange(10**9)}") for _ in range(6)]
        assert [await p.join(server.code) for p in people] == [303] * 6
        await people[0].lesson()
        until = time.monotonic() + 60
        work = [asyncio.ensure_future(p.check(until, (0.0, 0.1), rng)) for p in people]
        while time.monotonic() < until and not any(p.saved for p in people):
            await asyncio.sleep(0.05)
        await asyncio.sleep(rng.uniform(0.0, 2.0))
        server.stop(signal.SIGKILL)
        await asyncio.gather(*work)
        said += [mark for p in people for mark in p.saved]
        server.start()
    lost = set(said) - kept(server.file)
    print(f"kills                            {times}; {len(said)} answers shown as saved, "
          f"{len(lost)} lost")  # fmt: skip


async def wrong_codes(server: Server, tries: int = 1000) -> None:
    """Try wrong codes, twenty at a time, and print what they were told."""
    found: list[int] = []
    begun = time.monotonic()

    async def guess(k: int) -> None:
        for n in range(tries // 20):
            found.append(await Participant(server, f"Guess {k} {n}").join(f"{k:02}{n:04}"))

    await asyncio.gather(*(guess(k) for k in range(20)))
    told = {code: found.count(code) for code in sorted(set(found))}
    print(f"wrong codes                      {len(found)} in {time.monotonic() - begun:.1f} s: "
          f"{found.count(303)} let in; answers {told} (403 judged, 429 not)")  # fmt: skip


async def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--lang", default="zh")
    given = parser.parse_args()
    AsyncHTTPClient.configure(None, max_clients=100)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder, "room.sqlite"), given.lang)
        server.start()
        print(f"load of the machine at the start {os.getloadavg()[0]:.1f}")
        try:
            await lesson_run(server)
            await kills(server, given.kills)
            await wrong_codes(server)
        finally:
            server.stop()


if __name__ == "__main__":
    asyncio.run(main())
