"""The back of a report: quality of the data, definitions, how to reproduce it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funnelkit.data.connect import in_use, redacted
from funnelkit.page.parts import Code, Points, Sentence, Table, texts_of
from funnelkit.report import source
from funnelkit.report.template import defaults_of
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.report.frame import Report

_MOST_FINDINGS = 15


def quality(report: Report) -> tuple[Any, ...]:
    """Grade the pipeline and list what was found, errors first."""
    import funnelkit

    found = funnelkit.quality(report.pipeline)
    shown = found.readable()
    table = Table([str(c) for c in shown.columns], texts_of(shown), say("report.quality_caption"))
    parts: list[Any] = [Sentence(found.summary()), table, Sentence(found.definition, "fk-muted")]
    findings = [f for f in report.whole.findings if f.severity != "info"]
    if findings:
        parts.append(Points(tuple(f.text for f in findings[:_MOST_FINDINGS])))
    if len(findings) > _MOST_FINDINGS:
        parts.append(Sentence(say("report.more_findings", n=len(findings) - _MOST_FINDINGS)))
    if not findings:
        parts.append(Sentence(say("report.no_findings")))
    return tuple(parts)


def definitions(report: Report) -> tuple[Any, ...]:
    """Print the definition, the denominator and the scope of every measure that was used."""
    seen: dict[str, tuple[str, str, str, str]] = {}
    for result in report.results.values():
        row = (result.title, result.definition, result.denominator, str(result.scope))
        seen.setdefault(result.title, row)
    table = Table(
        [say(f"report.col_{c}") for c in ("measure", "definition", "denominator", "scope")],
        list(seen.values()),
        say("report.definitions_caption"),
        frozenset({1, 2, 3}),
    )
    return (Sentence(say("report.definitions_lead")), table)


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


def reproduce(report: Report, version: str, today: str) -> tuple[Any, ...]:
    """Name the command, the version, the data and their checksum."""
    rows = [
        (say("report.version"), f"funnelkit {version}"),
        (say("report.data_name"), Path(str(report.parameters["data"])).name),
        ("SHA-256", source.checksum(report.parameters, report.whole)),
        (say("report.process_name"), str(report.pipeline.process.name)),
        (say("report.made_on"), today),
    ]
    table = Table(
        [say("report.col_what"), say("report.col_value")],
        rows,
        say("report.reproduce_caption"),
        frozenset({1}),
    )
    return (
        Sentence(say("report.reproduce_lead")),
        Code(command(report.template, report.parameters)),
        table,
    )
