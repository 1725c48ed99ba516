"""What a machine of a cluster does: make one report in a warm worker and send its files back."""

from __future__ import annotations

import atexit
import io
import shutil
import tempfile
import threading
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from funnelkit import __version__
from funnelkit.errors import FunnelkitError
from funnelkit.report.factory.pool import Worker
from funnelkit.words import speaking

_lock = threading.Lock()
_unpacked: dict[str, Path] = {}
_idle: list[Worker] = []


def make_there(
    job: Mapping[str, Any], parcel: bytes, batch: str, limit: float, version: str
) -> tuple[dict[str, Any], dict[str, bytes], float]:
    """Make one report from what the parcel of its batch holds.

    Returns
    -------
    (dict, dict, float)
        The worker's answer, the content of each file of the report, the seconds it took.
    """
    if version != __version__:
        with speaking(str(job["lang"])):
            problem = FunnelkitError("factory.other_version", here=version, there=__version__)
            return {"error": str(problem)}, {}, 0.0
    place = _place(parcel, batch)
    folder = Path(tempfile.mkdtemp(prefix="funnelkit-report-"))
    worker = _taken()
    start = time.perf_counter()
    try:
        told = {
            **job, "template": str(place / "template.ipynb"), "handed": str(place / "handed"),
            "folder": str(folder),
        }  # fmt: skip
        answer = worker.run(told, limit)
        seconds = time.perf_counter() - start
        names = answer.get("files") or [f"{job['stem']}.ipynb"]
        files = {n: (folder / n).read_bytes() for n in names if (folder / n).is_file()}
        return answer, files, seconds
    finally:
        with _lock:
            _idle.append(worker)
        shutil.rmtree(folder, ignore_errors=True)


def _taken() -> Worker:
    with _lock:
        return _idle.pop() if _idle else Worker(threads=1)  # a slot of a cluster is one core


def _place(parcel: bytes, batch: str) -> Path:
    """Unpack a parcel once a process, into a folder nobody else may write to."""
    with _lock:
        if batch not in _unpacked:
            folder = Path(tempfile.mkdtemp(prefix="funnelkit-batch-"))
            with zipfile.ZipFile(io.BytesIO(parcel)) as file:
                file.extractall(folder)
            _unpacked[batch] = folder
        return _unpacked[batch]


def let_go(batch: str = "") -> None:
    """End the workers that wait for a job and remove what a batch (or every batch) left."""
    with _lock:
        workers, _idle[:] = list(_idle), []
        for name in [batch] if batch else list(_unpacked):
            folder = _unpacked.pop(name, None)
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)
    for worker in workers:
        worker.end()


atexit.register(let_go)
