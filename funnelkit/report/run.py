"""Run a template once, or once for each value of a column; a run that fails stops no other."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.report import source
from funnelkit.report.engine import run_notebook
from funnelkit.report.files import write_whole
from funnelkit.report.headline import Headline, headline_of
from funnelkit.report.names import file_names
from funnelkit.report.parameters import checked
from funnelkit.report.template import Template, find_template
from funnelkit.words import language, speaking

FORMATS = ("html", "ipynb")


@dataclass(frozen=True)
class Job:
    """One report to make: the value it is about, its file name, its parameters."""

    value: str
    stem: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One report made, or the reason why not."""

    job: Job
    seconds: float
    files: tuple[str, ...] = ()
    headline: Headline | None = None
    error: str = ""

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
    each: str = ""
    without: int = 0
    checksum: str = ""
    name: str = ""
    lang: str = field(default_factory=language)
    synthetic: bool = False


def plan(
    template: str | Path,
    data: str | Path,
    *,
    parameters: Mapping[str, Any] | None = None,
    each: str | None = None,
    formats: Sequence[str] = FORMATS,
    out: str | Path | None = None,
) -> Batch:
    """Check everything a batch of reports needs before the first kernel starts.

    Parameters
    ----------
    template : str or path
        Name of a template, or the path of a notebook with a cell tagged ``parameters``.
    data : str or path
        File of deals, or the name of a bundled pipeline.
    parameters : mapping, optional
        Values for the template's parameters.
    each : str, optional
        Column; one report is made for each of its values.
    formats : sequence of {"html", "ipynb"}
        What to keep of each report.
    out : path, optional
        Folder to write to; ``build/TEMPLATE`` when not given.

    Raises
    ------
    FunnelkitError
        For anything unknown, mistyped or out of range.
    """
    found = find_template(template)
    for name in formats:
        if name not in FORMATS:
            raise FunnelkitError(
                "report.unknown_format", found=name, allowed=nearest(name, FORMATS)
            )
    given = {"lang": language(), **(parameters or {}), "data": str(data)}
    values = source.absolute(checked(found.parameters, given))
    with speaking(values["lang"]):
        pipeline = source.part_of(source.open_pipeline(values), values.get("where") or {})
        jobs, without = _jobs(found, pipeline, values, each)
        return Batch(
            template=found,
            jobs=tuple(jobs),
            out=Path(out or Path("build") / found.name),
            formats=tuple(formats),
            each=each or "",
            without=without,
            checksum=source.checksum(values, pipeline),
            name=Path(str(data)).name,
            lang=values["lang"],
            synthetic=pipeline.synthetic,
        )


def _jobs(
    template: Template, pipeline: Any, values: dict[str, Any], each: str | None
) -> tuple[list[Job], int]:
    if not each:
        return [Job("", template.name, values)], 0
    known = [p.name for p in template.parameters]
    if "where" not in known:
        raise FunnelkitError("report.template_without_where", template=template.name)
    found = source.values_of(pipeline, each)
    if not found:
        raise FunnelkitError("report.empty_column", column=each)
    jobs = [
        Job(value, stem, {**values, "where": {**values["where"], each: value}})
        for value, stem in zip(found, file_names(found), strict=True)
    ]
    return jobs, source.without(pipeline, each)


def run_batch(batch: Batch) -> Iterator[Run]:
    """Make the reports of a batch one by one, each as soon as the one before is done."""
    batch.out.mkdir(parents=True, exist_ok=True)
    for job in batch.jobs:
        start = time.perf_counter()
        files: tuple[str, ...] = ()
        headline, error = None, ""
        try:
            headline, files = _make(batch, job)
        except FunnelkitError as problem:
            with speaking(batch.lang):
                error = str(problem)
        except Exception as problem:  # a report that breaks must not take the others with it
            error = f"{type(problem).__name__}: {problem}"
        yield Run(job, time.perf_counter() - start, files, headline, error)


def _make(batch: Batch, job: Job) -> tuple[Headline | None, tuple[str, ...]]:
    for ending in (*FORMATS, "failed.ipynb"):  # no older report may pass for this run's
        (batch.out / f"{job.stem}.{ending}").unlink(missing_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".running-", dir=batch.out))
    try:
        target = folder / f"{job.stem}.ipynb"
        try:
            notebook = run_notebook(batch.template.path, target, job.values)
        except FunnelkitError:
            if target.is_file():
                target.replace(batch.out / f"{job.stem}.failed.ipynb")
            raise
        headline = headline_of(notebook)
        files = []
        if "html" in batch.formats:
            from funnelkit.report.html import to_html

            title = headline.title if headline else job.stem
            write_whole(
                batch.out / f"{job.stem}.html", to_html(notebook, title=title, lang=batch.lang)
            )
            files.append(f"{job.stem}.html")
        if "ipynb" in batch.formats:
            target.replace(batch.out / target.name)
            files.append(target.name)
        return headline, tuple(files)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def report(
    template: str | Path,
    data: str | Path,
    *,
    parameters: Mapping[str, Any] | None = None,
    each: str | None = None,
    formats: Sequence[str] = FORMATS,
    out: str | Path | None = None,
) -> list[Run]:
    """Make a report, or one for each value of a column, with an index page that links them.

    See `plan` for the parameters.  Look at ``ok`` and ``error`` of each run: one that failed does
    not stop the others.
    """
    batch = plan(template, data, parameters=parameters, each=each, formats=formats, out=out)
    runs = list(run_batch(batch))
    finish(batch, runs)
    return runs


def finish(batch: Batch, runs: Iterable[Run]) -> Path:
    """Write the index page and the manifest of a batch; return the index."""
    from funnelkit.report.index import write_index

    return write_index(batch, list(runs))
