"""``funnelkit watch``: silent until something new needs somebody."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from funnelkit.cli.base import Lang, app, speak
from funnelkit.errors import FunnelkitError
from funnelkit.words import say

#: Exit code when something new was found: neither success nor an error, so a scheduler can tell.
NEW = 3


@app.command(help=say("diagnose.watch_help"))
def watch(
    ledger: Annotated[Path, typer.Argument(metavar="LEDGER", help=say("ledger.cli_file"))],
    out: Annotated[Path, typer.Option(help=say("diagnose.watch_out"))] = Path("watch"),
    every: Annotated[str, typer.Option(help=say("diagnose.watch_every"))] = "weekly",
    to: Annotated[str | None, typer.Option(help=say("diagnose.watch_to"))] = None,
    lang: Lang = None,
) -> None:
    """Look once; end with code 0 and no word, or name what is new and end with code 3."""
    speak(lang)
    from funnelkit.data.ledger import Ledger
    from funnelkit.report.factory.watch import watch as look

    if not ledger.is_file():
        raise FunnelkitError("data.no_file", found=str(ledger))
    with Ledger(ledger) as book:
        found = look(book, out, every=every, to=to)
    if found.new:
        typer.echo(str(found))
        raise typer.Exit(NEW)
