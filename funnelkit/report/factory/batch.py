"""Everything a batch of reports needs, checked before the first one starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.report import source
from funnelkit.report.factory.cluster import HERE, Executor, executor_of
from funnelkit.report.factory.mail import read_recipients, recipients_of
from funnelkit.report.factory.make import FORMATS
from funnelkit.report.factory.names import file_names
from funnelkit.report.factory.publish import fingerprint, read_manifest
from funnelkit.report.factory.rows import bad_row, number_of, read_rows, refuse
from funnelkit.report.handed import key_of
from funnelkit.report.parameters import checked
from funnelkit.report.template import Template, find_template
from funnelkit.show.slides import check_template
from funnelkit.words import language, speaking

USUAL = ("html", "ipynb")
LIMIT = 300.0


@dataclass(frozen=True)
class Job:
    """One report to make: what it is about, its file name, its parameters, who gets it."""

    value: str
    stem: str
    values: dict[str, Any]
    mark: str = ""
    moment: str = ""  # the data's, so that files made twice are the same
    letter: Mapping[str, str] | None = None
    around: tuple[tuple[str, str], ...] = ()  # the reports before and after it: name, file


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
    slides: str | None = None


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
    mail: str | Path | None = None,
    pptx_template: str | Path | None = None,
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
    formats : sequence of {"html", "ipynb", "xlsx", "pptx", "pdf", "png"}
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
        ``processes`` of this machine, or a cluster: ``dask`` for one of this machine,
        ``dask:ADDRESS`` for one that is there already.
    mail : path, optional
        CSV, XLSX or YAML file that says who gets which report: for each of these an unsent
        e-mail is written into the folder ``mail``. Nothing is ever sent.
    pptx_template : path, optional
        A company's own PPTX or POTX file, whose look the slides get; asks for ``pptx``.

    Raises
    ------
    FunnelkitError
        For anything unknown, mistyped or out of range.
    """
    found = find_template(template)
    if mail is not None:
        formats = [*formats, "png"]  # what an e-mail shows
    if pptx_template is not None:
        formats = [*formats, "pptx"]
        check_template(Path(pptx_template))
    _check_formats(formats)
    look = Path(pptx_template).resolve() if pptx_template is not None else None
    letters = read_recipients(mail) if mail is not None else {}
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
            source.check_period(part, values)
            columns = tuple(part.groups(columns))
            first = (pipeline, source.checksum(values, pipeline))
            read = {key_of(values): first}
            jobs_ = _of_columns(found, part, values, columns)
        last = read_manifest(folder)
        template_text = found.path.read_bytes()
        told = recipients_of(letters, [j.value or j.stem for j in jobs_], mail)
        jobs_ = [
            _since_last(job, read[key_of(job.values)][0].as_of.isoformat(), last) for job in jobs_
        ]
        marked = []
        for k, (job, letter) in enumerate(zip(jobs_, told, strict=True)):
            pipeline, sum_ = read[key_of(job.values)]
            moment = pipeline.as_of.isoformat()
            mark = fingerprint(template_text, job.values, sum_, formats, letter, look)
            marked.append(
                replace(job, mark=mark, moment=moment, letter=letter, around=_around(jobs_, k))
            )
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
            last=last,
            slides=str(look) if look else None,
        )


def _since_last(job: Job, moment: str, last: Mapping[str, Any]) -> Job:
    """Let a report that may choose count its changes from the data of the last one in the folder.

    Made again from data of the same day it counts as the last one did.
    """
    if job.values.get("changed_since", "-"):
        return job  # given, or no parameter of the template
    for entry in last.get("reports", ()):
        if entry.get("stem") == job.stem and (seen := str(entry.get("as_of") or "")[:10]):
            day = seen if seen < moment[:10] else ""
            if seen == moment[:10]:
                day = str(entry.get("parameters", {}).get("changed_since") or "")
            return replace(job, values={**job.values, "changed_since": day})
    return job


def _around(jobs: Sequence[Job], place: int) -> tuple[tuple[str, str], ...]:
    """Return name and page of the report before and of the one after; a batch of one has none."""
    if len(jobs) < 2:
        return ()
    sides = (jobs[place - 1 : place], jobs[place + 1 : place + 2]) if place else ([], jobs[1:2])
    return tuple((side[0].value, f"{side[0].stem}.html") if side else ("", "") for side in sides)


def _check_formats(formats: Sequence[str]) -> None:
    for name in formats:
        if name not in FORMATS:
            raise FunnelkitError(
                "report.unknown_format", found=name, allowed=nearest(name, FORMATS)
            )
    if not formats:
        raise FunnelkitError("report.unknown_format", found="", allowed=list(FORMATS))
    if "pdf" in formats:
        from funnelkit.page.pdf import browser

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
            part = source.part_of(read[key][0], values.get("where") or {})
            source.check_period(part, values)
        except FunnelkitError as problem:
            cells = {f"where.{c}": v for c, v in (told.get("where") or {}).items()}
            problems.append(bad_row(file, number, problem, cells))
            continue
        jobs.append(Job(label, stem, values))
    refuse(problems)
    return read, jobs, next(iter(read.values()))
