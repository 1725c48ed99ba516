"""Make reports: one, one for each value of some columns, or one for each row of a file.

Everything is checked before the first starts; a report that fails, hangs or dies stops no other.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.report import source
from funnelkit.report.cluster import HERE, Executor, executor_of
from funnelkit.report.engine import run_notebook
from funnelkit.report.handed import hand_over, key_of
from funnelkit.report.headline import Headline
from funnelkit.report.make import FORMATS, headline_from, write_formats
from funnelkit.report.names import file_names
from funnelkit.report.parameters import checked
from funnelkit.report.publish import (
    fingerprint,
    open_work,
    publish,
    read_manifest,
    whole_reports,
    withdraw,
)  # fmt: skip
from funnelkit.report.rows import bad_row, number_of, read_rows, refuse
from funnelkit.report.template import Template, find_template
from funnelkit.words import language, speaking

USUAL = ("html", "ipynb")
LIMIT = 300.0


@dataclass(frozen=True)
class Job:
    """One report to make: what it is about, its file name, its parameters, its fingerprint."""

    value: str
    stem: str
    values: dict[str, Any]
    mark: str = ""


@dataclass(frozen=True)
class Run:
    """One report made, or the reason why not."""

    job: Job
    seconds: float
    files: tuple[str, ...] = ()
    headline: Headline | None = None
    error: str = ""
    sums: Mapping[str, str] = field(default_factory=dict)
    kept: bool = False
    cells: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the report was made."""
        return not self.error


@dataclass(frozen=True)
class Batch:
    """Everything checked and ready to run; nothing has started yet."""

    template: Template
    jobs: tuple[Job, ...]
    out: Path
    formats: tuple[str, ...]
    each: tuple[str, ...] = ()
    without: int = 0
    checksum: str = ""
    name: str = ""
    lang: str = field(default_factory=language)
    synthetic: bool = False
    workers: int = 1
    limit: float = LIMIT
    fresh: bool = False
    resume: bool = False
    executor: Executor = field(default_factory=Executor)
    read: Mapping[str, tuple[Any, str]] = field(default_factory=dict, repr=False)
    last: Mapping[str, Any] = field(default_factory=dict, repr=False)


def plan(
    template: str | Path,
    data: str | Path,
    *,
    parameters: Mapping[str, Any] | None = None,
    each: str | Sequence[str] | None = None,
    rows: str | Path | None = None,
    formats: Sequence[str] = USUAL,
    out: str | Path | None = None,
    jobs: int = 1,
    limit: float = LIMIT,
    fresh: bool = False,
    resume: bool = False,
    executor: str | None = None,
) -> Batch:
    """Check everything a batch of reports needs before the first one starts.

    Parameters
    ----------
    template : str or path
        Name of a template, or the path of a notebook with a cell tagged ``parameters``.
    data : str or path
        File of deals, or the name of a bundled pipeline.
    parameters : mapping, optional
        Values for the template's parameters.
    each : str or list of str, optional
        Columns; one report is made for each combination of values that deals have.
    rows : path, optional
        CSV, XLSX or YAML file with the parameters of one report a row.
    formats : sequence of {"html", "ipynb", "xlsx", "pdf", "png"}
        What to keep of each report.
    out : path, optional
        Folder to write to; ``build/TEMPLATE`` when not given.
    jobs : int
        Reports made at the same time.
    limit : float
        Seconds after which a report is given up.
    fresh : bool
        Give each report a cold kernel that reads the data itself; slow, for a doubt.
    resume : bool
        Keep the reports of the last run that would come out the same.
    executor : str, optional
        ``processes`` of this machine, or a cluster: ``dask`` or ``ray`` for one of this machine,
        ``dask:ADDRESS`` or ``ray:ADDRESS`` for one that is there already.

    Raises
    ------
    FunnelkitError
        For anything unknown, mistyped or out of range.
    """
    found = find_template(template)
    _check_formats(formats)
    if each and rows:
        raise FunnelkitError("report.each_or_rows")
    who = executor_of(executor)
    if fresh and who.kind != HERE:
        raise FunnelkitError("factory.fresh_elsewhere")
    known = [p.name for p in found.parameters]
    if "data" not in known:
        raise FunnelkitError("report.template_without_data", template=found.name)
    given = {**(parameters or {}), "data": str(data)}
    if "lang" in known:
        given = {"lang": language(), **given}
    values = source.absolute(checked(found.parameters, given))
    lang = str(values.get("lang") or language())
    folder = Path(out or Path("build") / found.name)
    columns = tuple([each] if isinstance(each, str) else each or ())
    with speaking(lang):
        if rows is not None:
            labelled = read_rows(rows, found.parameters, given)
            read, jobs_, first = _of_rows(Path(rows), labelled)
        else:
            pipeline = source.open_pipeline(values)
            part = source.part_of(pipeline, values.get("where") or {})
            first = (pipeline, source.checksum(values, pipeline))
            read = {key_of(values): first}
            jobs_ = _of_columns(found, part, values, columns)
        template_text = found.path.read_bytes()
        marked = [
            Job(j.value, j.stem, j.values,
                fingerprint(template_text, j.values, read[key_of(j.values)][1], formats))
            for j in jobs_
        ]  # fmt: skip
        return Batch(
            template=found,
            jobs=tuple(marked),
            out=folder,
            formats=tuple(name for name in FORMATS if name in formats),
            each=columns,
            without=source.without(part, columns) if columns else 0,
            checksum=first[1],
            name=Path(str(data)).name,
            lang=lang,
            synthetic=first[0].synthetic,
            workers=max(1, jobs),
            limit=limit,
            fresh=fresh,
            resume=resume,
            executor=who,
            read=read,
            last=read_manifest(folder),
        )


def _check_formats(formats: Sequence[str]) -> None:
    for name in formats:
        if name not in FORMATS:
            raise FunnelkitError(
                "report.unknown_format", found=name, allowed=nearest(name, FORMATS)
            )
    if not formats:
        raise FunnelkitError("report.unknown_format", found="", allowed=list(FORMATS))
    if "pdf" in formats:
        from funnelkit.report.pdf import browser

        browser()


def _of_columns(
    template: Template, part: Any, values: dict[str, Any], columns: tuple[str, ...]
) -> list[Job]:
    if not columns:
        return [Job("", template.name, values)]
    if "where" not in [p.name for p in template.parameters]:
        raise FunnelkitError("report.template_without_where", template=template.name)
    found = source.combinations(part, columns)
    if not found:
        raise FunnelkitError("report.empty_column", column=" · ".join(columns))
    stems = file_names([" ".join(one) for one in found])
    return [
        Job(" · ".join(one), stem,
            {**values, "where": {**values["where"], **dict(zip(columns, one, strict=True))}})
        for one, stem in zip(found, stems, strict=True)
    ]  # fmt: skip


def _of_rows(
    file: Path, labelled: list[tuple[str, dict[str, Any]]]
) -> tuple[dict[str, tuple[Any, str]], list[Job], tuple[Any, str]]:
    """Open what the rows name, each data set once, and see that every part has deals."""
    read: dict[str, tuple[Any, str]] = {}
    jobs, problems = [], []
    stems = file_names([label.replace(" · ", " ") for label, _ in labelled])
    for (label, told), stem in zip(labelled, stems, strict=True):
        number = number_of(told)
        try:
            values = source.absolute(told)
            key = key_of(values)
            if key not in read:
                pipeline = source.open_pipeline(values)
                read[key] = (pipeline, source.checksum(values, pipeline))
            source.part_of(read[key][0], values.get("where") or {})
        except FunnelkitError as problem:
            cells = {f"where.{c}": v for c, v in (told.get("where") or {}).items()}
            problems.append(bad_row(file, number, problem, cells))
            continue
        jobs.append(Job(label, stem, values))
    refuse(problems)
    return read, jobs, next(iter(read.values()))


def run_batch(batch: Batch) -> Iterator[Run]:
    """Make the reports of a batch and yield each as soon as it is done.

    Reports that a resumed batch keeps come first.  After each, ``manifest.json`` tells what is
    there.
    """
    from funnelkit.report.index import write_manifest

    work = open_work(batch.out)
    kept = whole_reports(batch.out, batch.last) if batch.resume else {}
    runs: list[Run] = []
    try:
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
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _kept(job: Job, entry: Mapping[str, Any]) -> Run:
    facts = {"title": job.value, "lang": "en", "facts": entry["headline"], "trend": entry["trend"]}
    headline = headline_from(facts) if entry["headline"] else None
    return Run(
        job, float(entry["seconds"]), tuple(entry["files"]), headline, sums=entry["sha256"],
        kept=True, cells=entry.get("cells"),
    )  # fmt: skip


def _cold(batch: Batch, jobs: Sequence[Job], work: Path) -> Iterator[Run]:
    for job in jobs:
        start = time.perf_counter()
        folder = work / job.stem
        try:
            folder.mkdir()
            withdraw(batch.out, job.stem)
            notebook = run_notebook(
                batch.template.path, folder / f"{job.stem}.ipynb", job.values, batch.limit
            )
            lang = str(job.values.get("lang") or batch.lang)
            answer = write_formats(notebook, folder, job.stem, batch.formats, lang)
        except FunnelkitError as problem:
            with speaking(batch.lang):
                answer = {"error": str(problem)}
        except Exception as problem:  # a report that breaks must not take the others with it
            answer = {"error": f"{type(problem).__name__}: {problem}"}
        yield _settled(batch, job, folder, answer, time.perf_counter() - start)


def _warm(batch: Batch, jobs: Sequence[Job], work: Path) -> Iterator[Run]:
    from funnelkit.report.cluster import run_elsewhere
    from funnelkit.report.pool import run_jobs

    if not jobs:
        return
    handed = work / "handed"
    for values in {key_of(job.values): job.values for job in jobs}.values():
        hand_over(handed, values, *batch.read[key_of(values)])
    asked = []
    for job in jobs:
        folder = work / job.stem
        folder.mkdir()
        asked.append(
            {
                "template": str(batch.template.path), "values": job.values,
                "folder": str(folder), "stem": job.stem, "formats": list(batch.formats),
                "lang": str(job.values.get("lang") or batch.lang), "handed": str(handed),
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
        headline = headline_from(answer["headline"])
        cells = answer.get("cells")
        return Run(job, seconds, tuple(answer["files"]), headline, sums=sums, cells=cells)
    except OSError as problem:
        return Run(job, seconds, error=f"{type(problem).__name__}: {problem}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _reason(batch: Batch, answer: Mapping[str, Any]) -> str:
    with speaking(batch.lang):
        if "late" in answer:
            return str(FunnelkitError("report.late", seconds=f"{answer['late']:g}"))
        if "died" in answer:
            return str(FunnelkitError("report.died"))
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
    from funnelkit.report.index import write_index

    place = {job.stem: k for k, job in enumerate(batch.jobs)}
    try:
        return write_index(batch, sorted(runs, key=lambda run: place[run.job.stem]))
    except OSError as problem:
        raise FunnelkitError(
            "report.no_write", folder=str(batch.out), why=problem.strerror or str(problem)
        ) from None
