"""``funnelkit mcp``, ``verify`` and ``definitions``: numbers to be quoted, and texts that do."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from funnelkit.cli.base import Lang, app, speak
from funnelkit.errors import FunnelkitError
from funnelkit.words import say

Data = Annotated[str, typer.Argument(help=say("answers.data"))]
Mapping = Annotated[str | None, typer.Option(help=say("cli.report_mapping"))]
Process = Annotated[str | None, typer.Option(help=say("cli.report_process"))]
History = Annotated[str | None, typer.Option(help=say("cli.report_history"))]
Fields = Annotated[str | None, typer.Option(help=say("cli.report_fields"))]


def _opened(data: str, **options: str | None) -> Any:
    from funnelkit.report.source import absolute, open_pipeline

    return open_pipeline(absolute({"data": data, **{k: v or "" for k, v in options.items()}}))


@app.command(help=say("answers.mcp_help"))
def mcp(
    data: Data,
    mapping: Mapping = None,
    process: Process = None,
    history: History = None,
    fields: Fields = None,
    deals: Annotated[bool, typer.Option("--deals", help=say("answers.mcp_deals"))] = False,
    lang: Lang = None,
) -> None:
    """Answer an assistant over stdio until it hangs up."""
    speak(lang)
    from funnelkit.answers.server import serve

    p = _opened(data, mapping=mapping, process=process, history=history, fields=fields)
    serve(p, deals, lang).run("stdio")


@app.command(help=say("answers.verify_help"))
def verify(
    text: Annotated[str, typer.Argument(help=say("answers.verify_text"))],
    data: Data,
    mapping: Mapping = None,
    process: Process = None,
    history: History = None,
    fields: Fields = None,
    lang: Lang = None,
) -> None:
    """Hold a text against the data; exit code 1 where a number is not what they say."""
    speak(lang)
    from funnelkit.answers.verify import verify as held

    try:
        raw = sys.stdin.buffer.read() if text == "-" else Path(text).read_bytes()
        written = raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise FunnelkitError("answers.no_text", file=text) from None
    p = _opened(data, mapping=mapping, process=process, history=history, fields=fields)
    found = held(written, p)
    typer.echo(str(found))
    if not found.right:
        raise typer.Exit(1)


@app.command(help=say("answers.definitions_help"))
def definitions(
    measure: Annotated[str | None, typer.Argument(help=say("answers.definitions_measure"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("answers.json"))] = False,
    lang: Lang = None,
) -> None:
    """Print one definition or all of them."""
    speak(lang)
    from funnelkit.answers.definitions import MEASURES, as_data, definition
    from funnelkit.answers.definitions import measure as known

    names = list(MEASURES) if measure is None else [known(measure).id]
    if as_json:
        chosen = [row for row in as_data() if row["id"] in names]
        typer.echo(json.dumps(chosen, ensure_ascii=False, indent=1))
        return
    for name in names:
        found = definition(name)
        typer.echo(f"{found.title}  ({name})")
        for word in ("formula", "definition", "denominator", "unit", "source"):
            if getattr(found, word):
                typer.echo(f"  {say(f'answers.{word}')}: {getattr(found, word)}")
        typer.echo(f"  {say('answers.example')}: {found.call}\n")
