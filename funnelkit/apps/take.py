"""What is taken home from an app: a workbook, a picture, the same as a report."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import yaml

from funnelkit.apps.app import Answer, OpenApp
from funnelkit.apps.source import Source
from funnelkit.page.controls import State
from funnelkit.page.parts import Sentence
from funnelkit.show.table import Table
from funnelkit.show.workbook import Front, Sheet, workbook
from funnelkit.words import language, say

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def to_workbook(opened: OpenApp, state: State, answer: Answer, source: Source) -> bytes:
    """Return the numbers of an answer as XLSX; the first sheet says what was set."""
    app = opened.app
    rows: list[str | tuple[str, ...]] = [app.about]
    if opened.pipeline.synthetic:
        rows.append(say("apps.synthetic"))
    rows += [
        (say("apps.data", data=source.label, as_of=opened.pipeline.as_of),),
        ("",),
        *((c.label, c.shown(state[c.name])) for c in opened.controls),
        ("",),
        *(part.text for part in answer.parts if isinstance(part, Sentence)),
    ]
    sheets = [
        Sheet(name, table if isinstance(table, Table) else Table.of(table))
        for name, table in answer.tables.items()
    ]
    return workbook(
        Front(say("apps.sheet_front"), app.title, rows),
        sheets,
        properties={"title": app.title, "comments": "funnelkit"},
    )


def report_command(template: str, given: Mapping[str, Any], source: Source) -> str:
    """Return the command that says an answer on paper."""
    words = ["funnelkit", "report", template, source.label, "--lang", language()]
    for name, value in source.options.items():
        words += [f"--{name.replace('_', '-')}", Path(value).name]
    for name, value in given.items():
        words += ["-p", f"{name}={_text(value)}"]
    return shlex.join(words)


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{k}={v}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return ",".join(str(v) for v in value)
    return str(value)


def report_rows(given: Mapping[str, Any], source: Source, name: str) -> str:
    """Return the parameters as a file for ``funnelkit report --rows``."""
    row: dict[str, Any] = {"name": name, "data": source.data, "lang": language()}
    row |= {k: v for k, v in source.options.items() if v}
    for key, value in given.items():
        if isinstance(value, Mapping):
            row |= {f"{key}.{k}": str(v) for k, v in value.items()}
        else:
            row[key] = list(value) if isinstance(value, tuple) else value
    return str(yaml.safe_dump([row], allow_unicode=True, sort_keys=False))


def link(name: str, body: bytes, kind: str) -> str:
    """Return a link that carries a file; the page opens it by itself."""
    data = base64.b64encode(body).decode("ascii")
    text = say("apps.ready", file=name)
    return (
        f'<a class="fk-take" download="{escape(name)}" href="data:{kind};base64,{data}">'
        f"{escape(text)}</a>"
    )
