"""The page that links the reports of a batch, and the manifest that says how they were made."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from funnelkit import __version__
from funnelkit.measures.result import column_label
from funnelkit.report.files import write_whole
from funnelkit.report.html import HTML_LANG
from funnelkit.report.style import page_css
from funnelkit.words import date, say, speaking

if TYPE_CHECKING:
    from funnelkit.report.run import Batch, Run


def write_index(batch: Batch, runs: list[Run]) -> Path:
    """Write ``index.html`` and ``manifest.json`` into the batch's folder; return the page."""
    batch.out.mkdir(parents=True, exist_ok=True)
    made = dt.datetime.now(dt.UTC).replace(microsecond=0)
    with speaking(batch.lang):
        page = _page(batch, runs, made)
    manifest = json.dumps(_manifest(batch, runs, made), ensure_ascii=False, indent=2)
    write_whole(batch.out / "manifest.json", manifest + "\n")
    write_whole(batch.out / "index.html", page)
    return batch.out / "index.html"


def _manifest(batch: Batch, runs: list[Run], made: dt.datetime) -> dict[str, Any]:
    return {
        "funnelkit": __version__,
        "made": made.isoformat(),
        "template": batch.template.name,
        "data": {"name": batch.name, "sha256": batch.checksum},
        "each": batch.each or None,
        "deals_without_value": batch.without,
        "reports": [
            {
                "value": run.job.value or None,
                "status": "ok" if run.ok else "failed",
                "error": run.error or None,
                "seconds": round(run.seconds, 2),
                "files": list(run.files),
                "parameters": run.job.values,
                "headline": [asdict(f) for f in run.headline.facts] if run.headline else [],
            }
            for run in runs
        ],
    }


def _page(batch: Batch, runs: list[Run], made: dt.datetime) -> str:
    title = _title(batch)
    good = [run for run in runs if run.ok]
    lead = say("report.index_lead", data=batch.name, made=date(made.date()), version=__version__)
    badge = f'<p class="badge">{escape(say("report.synthetic"))}</p>' if batch.synthetic else ""
    notes = [say("report.index_done", done=len(good), all=len(runs))]
    if batch.without:
        notes.append(say("report.index_without", n=batch.without, column=_column(batch)))
    return f"""<!DOCTYPE html>
<html lang="{HTML_LANG[batch.lang]}">
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
{_table(batch, runs)}
<p class="fk-muted foot">{escape(say("report.index_hash", sha=batch.checksum))} \
<a href="manifest.json">manifest.json</a></p>
</main>
</body>
</html>
"""


def _title(batch: Batch) -> str:
    name = batch.template.name
    try:
        return say(f"report.template_{name.replace('-', '_')}")
    except KeyError:
        return name


def _column(batch: Batch) -> str:
    return column_label(batch.each) if batch.each else say("report.col_report")


def _table(batch: Batch, runs: list[Run]) -> str:
    labels: dict[str, str] = {}
    for run in runs:
        for fact in run.headline.facts if run.headline else ():
            labels.setdefault(fact.key, fact.label)
    head = "".join(
        f'<th scope="col">{escape(text)}</th>' for text in [_column(batch), *labels.values()]
    )
    body = "\n".join(_row(batch, run, labels) for run in runs)
    return (
        f'<div class="fk-table-wrap"><table class="reports"><thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def _row(batch: Batch, run: Run, labels: dict[str, str]) -> str:
    name = escape(run.job.value or _title(batch))
    if run.ok and run.files:
        main, *others = run.files
        name = f'<a href="{escape(quote(main))}">{name}</a>' + "".join(
            f' <a class="also" href="{escape(quote(other))}">{escape(Path(other).suffix[1:])}</a>'
            for other in others
        )
    if not run.ok:
        text = say("report.index_failed", error=run.error)
        span = max(len(labels), 1)
        return (
            f'<tr class="failed"><th scope="row">{name}</th>'
            f'<td colspan="{span}">{escape(text)}</td></tr>'
        )
    facts = {f.key: f for f in run.headline.facts} if run.headline else {}
    cells = "".join(
        f"<td>{escape(facts[key].text)}<small>{escape(facts[key].note)}</small></td>"
        if key in facts
        else "<td></td>"
        for key in labels
    )
    return f'<tr><th scope="row">{name}</th>{cells}</tr>'
