"""The reports of a batch made by a cluster: the same jobs through Dask.

No folder is shared: a machine of the cluster needs this version of the kit and nothing else. The
template and the data that the batch has read travel there once; the files of each report come
back and are put in place here. There, too, every report runs in a warm worker of its own with its
own time limit (see `funnelkit.report.factory.pool`), so it fails, hangs or dies as it does here.
"""

from __future__ import annotations

import io
import queue
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from funnelkit import __version__
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.report.factory.broken import broken
from funnelkit.report.factory.far import let_go, make_there
from funnelkit.words import say

HERE = "processes"
KINDS = (HERE, "dask")
_CONNECT = 60
#: Seconds beyond a report's limit in which some answer has to come from a cluster that works.
_PATIENCE = 240.0
Answer = tuple[int, dict[str, Any], float]


@dataclass(frozen=True)
class Executor:
    """Who makes the reports: processes of this machine, or a cluster at an address.

    Examples
    --------
    >>> executor_of("dask:tcp://10.0.0.5:8786")
    Executor(kind='dask', address='tcp://10.0.0.5:8786')
    """

    kind: str = HERE
    address: str = ""


def executor_of(text: str | None) -> Executor:
    """Read ``processes``, ``dask`` or ``dask:ADDRESS``.

    Raises
    ------
    FunnelkitError
        Unknown, or its library is not installed.
    """
    kind, colon, address = (text or HERE).strip().partition(":")
    if kind not in KINDS or (colon and (kind == HERE or not address)):
        raise FunnelkitError(
            "factory.unknown_executor", found=str(text), allowed=nearest(kind, KINDS)
        )
    if kind != HERE:
        _library()
    return Executor(kind, address)


def _library() -> Any:
    try:
        import distributed
    except ImportError as problem:
        if problem.name != "distributed":
            raise
        raise FunnelkitError("factory.no_cluster_library", name="distributed") from None
    return distributed


def parcel_of(template: Path, handed: Path) -> bytes:
    """Pack what every machine needs: the template and the tables of the batch."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as parcel:  # Parquet is small already
        parcel.write(template, "template.ipynb")
        for path in sorted(handed.rglob("*")):
            if path.is_file():
                parcel.write(path, str(Path("handed", path.relative_to(handed))))
    return file.getvalue()


def run_elsewhere(
    executor: Executor, jobs: Sequence[dict[str, Any]], workers: int, limit: float
) -> Iterator[Answer]:
    """Have jobs done by a cluster; yields what `funnelkit.report.factory.pool.run_jobs` does.

    The files of a report are in the job's folder when its answer comes.
    """
    parcel = parcel_of(Path(jobs[0]["template"]), Path(jobs[0]["handed"]))
    count = max(1, min(workers, len(jobs)))
    for place, found, problem in _dask(executor.address, jobs, parcel, count, limit):
        if problem is not None:
            told = (str(problem).strip() or type(problem).__name__).splitlines()[0]
            yield place, {"unreached": told}, 0.0
            continue
        answer, files, seconds = found
        folder = Path(jobs[place]["folder"])
        try:
            for name, data in files.items():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
        except OSError as failed:
            answer = broken(failed)
        yield place, answer, seconds


Call = Iterator[tuple[int, Any, BaseException | None]]


def _dask(
    address: str, jobs: Sequence[dict[str, Any]], parcel: bytes, count: int, limit: float
) -> Call:
    distributed = _library()
    import dask

    with ExitStack() as stack:
        # a worker that does not end by itself is ended; nothing is worth waiting long for
        stack.enter_context(dask.config.set({"distributed.comm.timeouts.connect": f"{_CONNECT}s"}))
        try:
            if address:
                cluster: Any = address
            else:
                cluster = stack.enter_context(
                    distributed.LocalCluster(
                        n_workers=count, threads_per_worker=1, processes=True, host="127.0.0.1",
                        dashboard_address="127.0.0.1:0", memory_limit=0, silence_logs=50,
                    )
                )  # fmt: skip
            client = stack.enter_context(
                distributed.Client(cluster, timeout=_CONNECT, set_as_default=False)
            )
            client.wait_for_workers(1, timeout=_CONNECT)
        except (OSError, TimeoutError, ValueError) as problem:
            raise _unreached(address, problem) from None
        sent = client.scatter([parcel], broadcast=True, hash=False)[0]
        done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        batch = uuid4().hex
        futures = []
        for place, job in enumerate(jobs):
            future = client.submit(
                make_there, job, sent, batch, limit, __version__,
                key=f"funnelkit-{batch}-{place}", pure=False,
            )  # fmt: skip
            futures.append(future)
            future.add_done_callback(lambda one, place=place: done.put((place, one)))
        try:
            waiting = set(range(len(jobs)))
            while waiting:
                try:
                    place, future = done.get(timeout=limit + _PATIENCE)
                except queue.Empty:
                    yield from _silent(waiting, limit)
                    return
                waiting.discard(place)
                try:
                    yield place, future.result(timeout=_CONNECT), None
                except Exception as problem:  # the machine was lost more than once
                    yield place, None, problem
                future.release()
        finally:
            with suppress(Exception):
                client.cancel(futures, force=True)
                client.run(let_go, batch)


def _silent(waiting: set[int], limit: float) -> Call:
    for place in sorted(waiting):
        seconds = f"{limit + _PATIENCE:g}"
        yield place, None, TimeoutError(say("factory.silent", seconds=seconds))


def _unreached(address: str, problem: BaseException) -> FunnelkitError:
    lines = str(problem).strip().splitlines() or [type(problem).__name__]
    return FunnelkitError("factory.no_cluster", name=f"dask:{address}", why=lines[0])
