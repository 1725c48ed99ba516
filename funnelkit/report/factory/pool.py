"""A few workers, kept warm over a batch: jobs in, answers out, in the order they get done."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from funnelkit.report.factory.broken import broken
from funnelkit.report.factory.worker import end_group

_PACKAGE = Path(__file__).resolve().parents[3]
_START = 180.0
_GRACE = 10.0


class Worker:
    """One warm process; it is started when first needed and replaced when lost."""

    def __init__(self, threads: int = 0) -> None:
        self.threads = threads
        self.process: subprocess.Popen[bytes] | None = None
        self.lines: queue.Queue[bytes] = queue.Queue()
        self.child = 0
        self.ready = False
        self.complaints: IO[bytes] | None = None

    def start(self) -> None:
        """Start the process if there is none; do not wait for it."""
        if self.process is not None and self.process.poll() is None:
            return
        paths = filter(None, [str(_PACKAGE), os.getenv("PYTHONPATH")])
        env = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            # a fork takes no threads along, and so small a batch of numbers needs none
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }
        if self.threads:
            env["FUNNELKIT_THREADS"] = str(self.threads)
        self.lines = queue.Queue()
        self.complaints = tempfile.TemporaryFile()  # noqa: SIM115 - ends with the worker
        self.process = subprocess.Popen(
            [sys.executable, "-m", "funnelkit.report.factory.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.complaints,
            env=env, start_new_session=True,
        )  # fmt: skip
        self.ready = False
        threading.Thread(target=self._listen, args=(self.process, self.lines), daemon=True).start()

    @staticmethod
    def _listen(process: subprocess.Popen[bytes], lines: queue.Queue[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put(b"")

    def _next(self, deadline: float) -> dict[str, Any] | None:
        """Return the next answer; None when the process is gone; raise TimeoutError."""
        try:
            line = self.lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None
        return json.loads(line) if line.endswith(b"\n") else None

    def run(self, job: dict[str, Any], limit: float) -> dict[str, Any]:
        """Have a job done; an answer that does not come in time is one too."""
        self.start()
        try:
            if not self.ready:
                if self._next(time.monotonic() + _START) is None:
                    words = self._last_words()
                    self.end()
                    return {"error": words}
                self.ready = True
            self.child = 0
            assert self.process is not None
            assert self.process.stdin is not None
            self.process.stdin.write(json.dumps(job).encode() + b"\n")
            self.process.stdin.flush()
            deadline = time.monotonic() + limit
            found = self._next(deadline)
            if found is not None and "child" in found:
                self.child = found["child"]
                found = self._next(deadline)
        except TimeoutError:
            self._give_up()
            return {"late": limit}
        except BrokenPipeError:
            found = None
        if found is None:
            self.end()
            return {"died": 0}
        return found

    def _last_words(self) -> str:
        """Return what a worker that did not come up complained of last."""
        if self.complaints is None:
            return ""
        self.complaints.seek(0)
        lines = self.complaints.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "the worker did not start"

    def _give_up(self) -> None:
        """End the report that takes too long, and the worker with it where they are one."""
        if self.child:
            end_group(self.child)
            with suppress(TimeoutError):
                if self._next(time.monotonic() + _GRACE) is not None:
                    return
        self.end()

    def end(self) -> None:
        """End the process and its child."""
        if self.process is None:
            return
        if self.child:
            end_group(self.child)
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.complaints):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self.process = None


def run_jobs(
    jobs: Sequence[dict[str, Any]], workers: int, limit: float
) -> Iterator[tuple[int, dict[str, Any], float]]:
    """Have jobs done by warm workers.

    Yields
    ------
    (int, dict, float)
        The place of the job, its answer (``files`` and ``headline``; or ``error``, ``died`` or
        ``late``), and the seconds it took.
    """
    todo: queue.SimpleQueue[int] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, dict[str, Any], float]] = queue.SimpleQueue()
    for place in range(len(jobs)):
        todo.put(place)
    count = max(1, min(workers, len(jobs)))
    threads = max(1, (os.cpu_count() or 1) // count)
    crew = [Worker(threads if count > 1 else 0) for _ in range(count)]
    for worker in crew:
        worker.start()
    stopped = threading.Event()

    def work(worker: Worker) -> None:
        while not stopped.is_set():
            try:
                place = todo.get_nowait()
            except queue.Empty:
                return
            start = time.perf_counter()
            try:
                found = worker.run(jobs[place], limit)
            except Exception as problem:  # nothing may keep the others waiting
                worker.end()
                found = broken(problem)
            done.put((place, found, time.perf_counter() - start))

    helpers = [threading.Thread(target=work, args=(w,), daemon=True) for w in crew]
    for helper in helpers:
        helper.start()
    try:
        for _ in jobs:
            yield done.get()
    finally:
        stopped.set()
        for worker in crew:
            worker.end()
