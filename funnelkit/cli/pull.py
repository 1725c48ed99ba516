"""``funnelkit ledger pull``: from a live CRM into the ledger."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from funnelkit.cli.base import Lang, speak
from funnelkit.cli.ledger import File, ledger_app
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.words import say

SYSTEMS = ("odoo", "salesforce", "hubspot")


@ledger_app.command("pull", help=say("pulls.cli_pull"))
def ledger_pull(
    system: Annotated[str, typer.Argument(metavar="SYSTEM", help=say("pulls.cli_system"))],
    file: File = Path("ledger.duckdb"),
    url: Annotated[str | None, typer.Option(help=say("pulls.cli_url"))] = None,
    db: Annotated[str | None, typer.Option(help=say("pulls.cli_db"))] = None,
    full: Annotated[bool, typer.Option("--full", help=say("pulls.cli_full"))] = False,
    process: Annotated[str | None, typer.Option(help=say("ledger.cli_process"))] = None,
    mapping: Annotated[str | None, typer.Option(help=say("pulls.cli_mapping"))] = None,
    answer: Annotated[
        list[str] | None, typer.Option("--answer", help=say("ledger.cli_answer"))
    ] = None,
    lang: Lang = None,
) -> None:
    """Pull what has changed since the last time, and say what came of it."""
    speak(lang)
    from funnelkit.data.pulls import pull

    source = _source(system, url, db)
    told = pull(
        source, file, process=process, mapping=mapping, answers=answer, full=full,
        on_page=_progress if sys.stderr.isatty() else None,
    )  # fmt: skip
    if sys.stderr.isatty():
        typer.echo("", err=True)
    typer.echo(str(told))


def _source(system: str, url: str | None, db: str | None) -> Any:
    from funnelkit.data import pulls

    if system not in SYSTEMS:
        raise FunnelkitError("pulls.no_system", found=system, allowed=nearest(system, SYSTEMS))
    if system == "hubspot":
        return pulls.HubSpot(url) if url else pulls.HubSpot()
    needed = {"--url": url, "--db": db} if system == "odoo" else {"--url": url}
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise FunnelkitError("pulls.no_address", system=system, missing=missing)
    return pulls.Odoo(url, db) if system == "odoo" else pulls.Salesforce(url)


def _progress(read: int) -> None:
    typer.echo("\r" + say("pulls.progress", read=read), nl=False, err=True)
