"""Make reports: one, one for each value of some columns, or one for each row of a file.

A report that fails, hangs or dies stops no other.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path
from typing import Any

from funnelkit.errors import FunnelkitError
from funnelkit.report.blocks import Headline
from funnelkit.report.factory.batch import LIMIT, USUAL, Batch, Job, plan
from funnelkit.report.factory.broken import broken, disk_full
from funnelkit.report.factory.cluster import HERE
from funnelkit.report.factory.engine import run_notebook
from funnelkit.report.factory.index import write_index, write_manifest
from funnelkit.report.factory.make import write_formats
from funnelkit.report.factory.outcome import Run
from funnelkit.report.factory.publish import publish, whole_reports, withdraw, working
from funnelkit.report.handed import hand_over, key_of
from funnelkit.words import speaking

__all__ = [
    "LIMIT", "USUAL", "Batch", "Job", "Run", "finish", "plan", "report", "run_batch",
]  # fmt: skip
_writing = threading.Lock()  # drawing libraries share their caches between threads


def run_batch(batch: Batch) -> Iterator[Run]:
    """Make the reports of a batch and yield each as soon as it is done.

    Reports that a resumed batch keeps come first.  After each, ``manifest.json`` tells what is
    there.
    """
    with working(batch.out) as work:
        kept = whole_reports(batch.out, batch.last) if batch.resume else {}
        runs: list[Run] = []
        todo = []
        for job in batch.jobs:
            entry = kept.get(job.mark)
            if entry is not None and entry["files"][0].rpartition(".")[0] == job.stem:
                runs.append(_kept(job, entry))
            else:
                todo.append(job)
        yield from list(runs)
        for run in _cold(batch, todo, work) if batch.fresh else _warm(batch, todo, work):
            runs.append(run)
            with suppress(OSError):  # a full disk: the last write says so
                write_manifest(batch, runs)
            yield run


def _kept(job: Job, entry: Mapping[str, Any]) -> Run:
    facts = {"title": job.value, "lang": "en", "facts": entry["headline"], "trend": entry["trend"]}
    headline = Headline.from_json(facts) if entry["headline"] else None
    return Run(
        job, float(entry["seconds"]), tuple(entry["files"]), headline, sums=entry["sha256"],
        kept=True, cells=entry.get("cells"),
    )  # fmt: skip


def _cold(batch: Batch, jobs: Sequence[Job], work: Path) -> Iterator[Run]:
    """Give each report a kernel of its own; ``--jobs`` of them at a time."""

    def make(job: Job) -> tuple[Job, Path, dict[str, Any], float]:
        start = time.perf_counter()
        folder = work / job.stem
        try:
            folder.mkdir()
            withdraw(batch.out, job.stem)
            notebook = run_notebook(
                batch.template.path, folder / f"{job.stem}.ipynb", job.values, batch.limit
            )
            with _writing:
                answer = write_formats(
                    notebook, folder, job.stem, batch.formats, _lang(batch, job), job.moment,
                    job.letter, batch.slides, job.around,
                )  # fmt: skip
        except FunnelkitError as problem:
            with speaking(batch.lang):
                answer = {"error": str(problem)}
        except Exception as problem:  # a report that breaks must not take the others with it
            answer = broken(problem)
        return job, folder, answer, time.perf_counter() - start

    crew = ThreadPoolExecutor(max(1, min(batch.workers, len(jobs))), "funnelkit-cold")
    try:
        for done in as_completed([crew.submit(make, job) for job in jobs]):
            yield _settled(batch, *done.result())
    finally:
        crew.shutdown(wait=True, cancel_futures=True)


def _lang(batch: Batch, job: Job) -> str:
    return str(job.values.get("lang") or batch.lang)


def _warm(batch: Batch, jobs: Sequence[Job], work: Path) -> Iterator[Run]:
    from funnelkit.report.factory.cluster import run_elsewhere
    from funnelkit.report.factory.pool import run_jobs

    if not jobs:
        return
    handed = work / "handed"
    for values in {key_of(job.values): job.values for job in jobs}.values():
        try:
            hand_over(handed, values, *batch.read[key_of(values)])
        except Exception as problem:
            if not disk_full(problem):
                raise
            raise FunnelkitError("report.disk_full", folder=str(batch.out)) from None
    asked = []
    for job in jobs:
        folder = work / job.stem
        folder.mkdir()
        asked.append(
            {
                "template": str(batch.template.path), "values": job.values,
                "folder": str(folder), "stem": job.stem, "formats": list(batch.formats),
                "lang": _lang(batch, job), "handed": str(handed),
                "moment": job.moment, "letter": job.letter, "slides": batch.slides,
                "around": job.around,
            }
        )  # fmt: skip
    if batch.executor.kind == HERE:
        answers = run_jobs(asked, batch.workers, batch.limit)
    else:
        answers = run_elsewhere(batch.executor, asked, batch.workers, batch.limit)
    for place, answer, seconds in answers:
        job = jobs[place]
        with suppress(OSError):
            withdraw(batch.out, job.stem)
        yield _settled(batch, job, work / job.stem, answer, seconds)


def _settled(batch: Batch, job: Job, folder: Path, answer: dict[str, Any], seconds: float) -> Run:
    """Put the files of an answer in place, or say why there are none."""
    try:
        error = _reason(batch, answer)
        if error:
            failed = folder / f"{job.stem}.ipynb"
            if failed.is_file():
                failed.replace(batch.out / f"{job.stem}.failed.ipynb")
            return Run(job, seconds, error=error)
        sums = publish(batch.out, folder, answer["files"])
        headline = Headline.from_json(answer["headline"])
        cells = answer.get("cells")
        return Run(job, seconds, tuple(answer["files"]), headline, sums=sums, cells=cells)
    except OSError as problem:
        return Run(job, seconds, error=_reason(batch, broken(problem)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _reason(batch: Batch, answer: Mapping[str, Any]) -> str:
    with speaking(batch.lang):
        if "late" in answer:
            return str(FunnelkitError("report.late", seconds=f"{answer['late']:g}"))
        if "died" in answer:
            return str(FunnelkitError("report.died"))
        if "full" in answer:
            return str(FunnelkitError("report.disk_full", folder=str(batch.out)))
        if "unreached" in answer:
            return str(FunnelkitError("factory.unreached", why=answer["unreached"]))
    return str(answer.get("error", ""))


def report(
    template: str | Path,
    data: str | Path,
    **options: Any,
) -> list[Run]:
    """Make a report, or many, with an index page that links them.

    See `plan` for the options.  Look at ``ok`` and ``error`` of each run: one that failed does
    not stop the others.
    """
    batch = plan(template, data, **options)
    runs = list(run_batch(batch))
    finish(batch, runs)
    return runs


def finish(batch: Batch, runs: Iterable[Run]) -> Path:
    """Write the index page and the manifest of a batch; return the index."""
    place = {job.stem: k for k, job in enumerate(batch.jobs)}
    try:
        return write_index(batch, sorted(runs, key=lambda run: place[run.job.stem]))
    except OSError as problem:
        raise FunnelkitError(
            "report.no_write", folder=str(batch.out), why=problem.strerror or str(problem)
        ) from None
