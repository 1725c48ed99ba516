"""The page that links the reports of a batch, and the manifest that says how they were made."""

from __future__ import annotations

import datetime as dt
import json
import platform
from collections.abc import Iterable, Mapping
from html import escape
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from funnelkit import __version__
from funnelkit.files.whole import write_whole
from funnelkit.measures.result import column_label
from funnelkit.page.style import page_css, with_fonts
from funnelkit.report.factory.changes import changed, counts, since, sparkline
from funnelkit.report.factory.publish import MANIFEST
from funnelkit.show.column import TEXT
from funnelkit.words import date, say, speaking, tag

if TYPE_CHECKING:
    from funnelkit.report.blocks import Fact
    from funnelkit.report.factory.batch import Batch
    from funnelkit.report.factory.outcome import Run

_MANY = 4  # fewer reports are found by looking
_LIBRARIES = ("pandas", "numpy", "duckdb", "ibis-framework", "matplotlib", "pyarrow")


def write_index(batch: Batch, runs: list[Run]) -> Path:
    """Write ``index.html`` and ``manifest.json`` into the batch's folder; return the page."""
    batch.out.mkdir(parents=True, exist_ok=True)
    made = write_manifest(batch, runs)
    with speaking(batch.lang):
        page = _page(batch, runs, made)
    write_whole(batch.out / "index.html", with_fonts(page))
    return batch.out / "index.html"


def write_manifest(batch: Batch, runs: Iterable[Run]) -> dt.datetime:
    """Write what is made so far; return when."""
    made = dt.datetime.now(dt.UTC).replace(microsecond=0)
    text = json.dumps(_manifest(batch, list(runs), made), ensure_ascii=False, indent=2)
    write_whole(batch.out / MANIFEST, text.encode("utf-8", "replace").decode() + "\n")
    return made


def _manifest(batch: Batch, runs: list[Run], made: dt.datetime) -> dict[str, Any]:
    done = {run.job.stem for run in runs}
    waiting = [_waiting(job) for job in batch.jobs if job.stem not in done]
    return {
        "funnelkit": __version__,
        "python": platform.python_version(),
        "libraries": {name: metadata.version(name) for name in _LIBRARIES},
        "made": made.isoformat(),
        "finished": not waiting,
        "template": batch.template.name,
        "template_sha256": batch.template.checksum,
        "data": {"name": batch.name, "sha256": batch.checksum},
        "each": list(batch.each),
        "formats": list(batch.formats),
        "deals_without_value": batch.without,
        "reports": [*(_entry(run) for run in runs), *waiting],
        "before": since(batch.last),
    }


def _entry(run: Run) -> dict[str, Any]:
    return {
        "value": run.job.value or None,
        "stem": run.job.stem,
        "as_of": run.job.moment,
        "status": "ok" if run.ok else "failed",
        "error": run.error or None,
        "seconds": round(run.seconds, 2),
        "cells": None if run.cells is None else round(run.cells, 2),
        "files": list(run.files),
        "sha256": dict(run.sums),
        "fingerprint": run.job.mark,
        "parameters": run.job.values,
        "headline": [f.to_json() for f in run.headline.facts] if run.headline else [],
        "trend": list(run.headline.trend) if run.headline else [],
    }


def _waiting(job: Any) -> dict[str, Any]:
    return {
        "value": job.value or None, "stem": job.stem, "status": "waiting",
        "parameters": job.values, "headline": [], "trend": [],
    }  # fmt: skip


def _page(batch: Batch, runs: list[Run], made: dt.datetime) -> str:
    title = _title(batch)
    good = [run for run in runs if run.ok]
    lead = say("report.index_lead", data=batch.name, made=date(made.date()), version=__version__)
    badge = f'<p class="badge">{escape(say("report.synthetic"))}</p>' if batch.synthetic else ""
    notes = [say("report.index_done", done=len(good), all=len(runs))]
    if batch.without:
        notes.append(say("report.index_without", n=batch.without, column=_column(batch)))
    before = since(batch.last)
    search = script = ""
    if before:
        day = date(dt.datetime.fromisoformat(before["made"]).date())
        notes.append(say("report.index_before", day=day, **counts(before, runs)))
    if len(runs) >= _MANY:
        search = _search()
        text = (resources.files("funnelkit.report") / "page" / "index.js").read_text("utf-8")
        script = f"<script>\n{text}</script>\n"
    return f"""<!DOCTYPE html>
<html lang="{tag(batch.lang)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>
{page_css()}
</style>
</head>
<body class="fk-body">
<main class="fk-page index">
<header><h1>{escape(title)}</h1>{badge}</header>
<p class="lead">{escape(lead)}</p>
<p>{escape(" ".join(notes) if batch.lang == "en" else "".join(notes))}</p>
{search}{_table(batch, runs, before)}
<p class="fk-muted foot">{escape(say("report.index_hash", sha=batch.checksum))} \
<a href="manifest.json">manifest.json</a></p>
</main>
{script}</body>
</html>
"""


def _search() -> str:
    label = escape(say("report.index_search"))
    return (
        f'<p class="search"><label>{label} <input type="search" id="search"></label> '
        '<output id="matches" for="search"></output></p>\n'
    )


def _title(batch: Batch) -> str:
    name = batch.template.name
    try:
        return say(f"report.template_{name.replace('-', '_')}")
    except KeyError:
        return name


def _column(batch: Batch) -> str:
    return " · ".join(map(column_label, batch.each)) or say("report.col_report")


def _table(batch: Batch, runs: list[Run], before: Mapping[str, Any]) -> str:
    labels: dict[str, str] = {}
    for run in runs:
        for fact in run.headline.facts if run.headline else ():
            labels.setdefault(fact.key, fact.label)
    lines = any(run.headline and any(run.headline.trend) for run in runs)
    heads = [_column(batch), *labels.values(), *([say("report.index_trend")] if lines else [])]
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    earlier = before.get("reports", {})
    foot = _together(runs, labels, lines) if batch.each and len(runs) > 1 else ""
    body = "\n".join(_row(batch, run, labels, lines, earlier) for run in runs)
    return (
        f'<div class="fk-table-wrap"><table class="reports"><thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>{foot}</table></div>"
    )


def _together(runs: list[Run], labels: dict[str, str], lines: bool) -> str:
    """Return the row of all parts: amounts and counts added, shares of all that they are of."""
    made = [run.headline for run in runs if run.ok and run.headline]
    if not made:
        return ""
    facts: dict[str, list[Fact]] = {key: [] for key in labels}
    for headline in made:
        for fact in headline.facts:
            facts[fact.key].append(fact)
    cells = "".join(_sum(facts[key], label) for key, label in labels.items())
    if lines:
        months = [h.trend for h in made if h.trend]
        together = [sum(month) for month in zip(*months, strict=True)] if months else []
        cells += f"<td>{sparkline(together)}</td>"
    name = escape(say("report.index_together", n=len(made)))
    return f'\n<tfoot><tr class="fk-total"><th scope="row">{name}</th>{cells}</tr></tfoot>'


def _sum(facts: list[Fact], label: str) -> str:
    units = {fact.unit for fact in facts}
    unit = next(iter(units), TEXT)
    known = [(fact.value, fact.of) for fact in facts if fact.value is not None]
    if len(units) != 1 or not known:
        return "<td></td>"
    if all(of for _, of in known):
        total = sum(value * (of or 0.0) for value, of in known) / sum(of or 0.0 for _, of in known)
    elif all(fact.adds for fact in facts):
        total = sum(value for value, _ in known)
    else:  # a chance, a median: nothing to add
        return "<td></td>"
    return f'<td data-l="{escape(label)}">{escape(unit.write(total))}</td>'


def _row(
    batch: Batch, run: Run, labels: dict[str, str], lines: bool, earlier: Mapping[str, Any]
) -> str:
    name = escape(run.job.value or _title(batch))
    if run.ok and run.files:
        main, *others = run.files
        name = f'<a href="{escape(quote(main))}">{name}</a>' + "".join(
            f' <a class="also" href="{escape(quote(other))}">{escape(Path(other).suffix[1:])}</a>'
            for other in others
        )
    if not run.ok:
        text = say("report.index_failed", error=run.error)
        span = max(len(labels), 1) + lines
        return (
            f'<tr class="failed"><th scope="row">{name}</th>'
            f'<td colspan="{span}">{escape(text)}</td></tr>'
        )
    facts = {f.key: f for f in run.headline.facts} if run.headline else {}
    old = earlier.get(run.job.stem, {})
    cells = "".join(
        f"<td{_sorted_by(facts[key])}>{escape(facts[key].text)}<small>{escape(facts[key].note)}</small>"
        f"{changed(facts[key], old.get(key))}</td>"
        if key in facts
        else "<td></td>"
        for key in labels
    )
    if lines:
        cells += f"<td>{sparkline(run.headline.trend if run.headline else ())}</td>"
    return f'<tr><th scope="row">{name}</th>{cells}</tr>'


def _sorted_by(fact: Fact) -> str:
    value = "" if fact.value is None else f' data-value="{fact.value!r}"'
    return f'{value} data-l="{escape(fact.label)}"'
