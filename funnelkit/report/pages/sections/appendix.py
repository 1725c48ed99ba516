"""The back of a report: quality of the data, definitions, how to reproduce it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funnelkit.data.connect import in_use, redacted
from funnelkit.page.parts import Code, Folded, Points, Sentence
from funnelkit.report import source
from funnelkit.report.template import defaults_of
from funnelkit.show.column import TEXT, columns
from funnelkit.show.table import Table
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.report.pages.study.base import Study

_MOST_FINDINGS = 15


def quality(report: Study) -> tuple[Any, ...]:
    """Grade the pipeline and list what was found, errors first."""
    import funnelkit

    found = funnelkit.quality(report.pipeline)
    table = replace(found.shown(), caption=say("report.quality_caption"))
    parts: list[Any] = [Sentence(found.summary()), table, Sentence(found.definition, "fk-muted")]
    findings = [f for f in report.whole.findings if f.severity != "info"]
    if findings:
        parts.append(Points(tuple(f.text for f in findings[:_MOST_FINDINGS])))
    if len(findings) > _MOST_FINDINGS:
        parts.append(Sentence(say("report.more_findings", n=len(findings) - _MOST_FINDINGS)))
    if not findings:
        parts.append(Sentence(say("report.no_findings")))
    parts += [Sentence(text) for text in left_out_here(report)]
    return tuple(parts)


def left_out_here(report: Study) -> Iterator[str]:
    """Say what the page does not have, and why, each reason once."""
    reasons: dict[str, list[str]] = {}
    for title, why in report.lacking.items():
        reasons.setdefault(why, []).append(title)
    for why, titles in reasons.items():
        yield say("glance.left_out", what=titles, why=why)


def definitions(report: Study) -> tuple[Any, ...]:
    """Print the definition, the denominator and the scope of every measure that was used."""
    seen: dict[str, tuple[str, str, str, str]] = {}
    for result in report.results.values():
        row = (result.title, result.definition, result.denominator, str(result.scope))
        seen.setdefault(result.title, row)
    heads = columns("report.col_", measure=TEXT, definition=TEXT, denominator=TEXT, scope=TEXT)
    table = Table(heads, list(seen.values()))
    return (
        Sentence(say("report.definitions_lead"), "fk-muted"),
        Folded(say("report.definitions_caption"), table),
    )


def command(template: str, parameters: dict[str, Any]) -> str:
    """Return the command that makes this report; files by their name alone."""

    def written(name: str) -> str:
        value = parameters[name]
        if isinstance(value, dict):
            text = ",".join(f"{k}={v}" for k, v in value.items())
        elif isinstance(value, list):
            text = ",".join(value)
        else:
            text = Path(value).name if name in source.FILES else str(value)
        return shlex.quote(text)

    words = ["funnelkit", "report", template, written("data"), "--lang", parameters["lang"]]
    if (address := in_use()) is not None:
        words += ["--connect", shlex.quote(redacted(address))]
    for name, default in defaults_of(template).items():
        if name in ("data", "lang") or parameters[name] == default:
            continue
        if name in ("process", "mapping", "history", "fields"):
            words += [f"--{name}", written(name)]
        else:
            words += ["-p", f"{name}={written(name)}"]
    return " ".join(words)


def reproduce(report: Study, version: str, today: str) -> tuple[Any, ...]:
    """Name the command, the version, the data and their checksum."""
    rows = [
        (say("report.version"), f"funnelkit {version}"),
        (say("report.data_name"), Path(str(report.parameters["data"])).name),
        ("SHA-256", source.checksum(report.parameters, report.whole)),
        (say("report.process_name"), str(report.pipeline.process.name)),
        (say("report.made_on"), today),
    ]
    heads = columns("report.col_", what=TEXT, value=TEXT)
    table = Table(heads, rows, say("report.reproduce_caption"))
    return (
        Sentence(say("report.reproduce_lead")),
        Code(command(report.template, report.parameters)),
        Code(f"funnelkit report {report.template} --parameters"),
        table,
    )
