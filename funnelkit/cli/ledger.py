"""``funnelkit ledger``: remembers what every export of a CRM said."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from funnelkit.cli.base import Lang, family, speak
from funnelkit.errors import FunnelkitError
from funnelkit.words import say

ledger_app = family("ledger", say("ledger.cli_help"))

File = Annotated[Path, typer.Argument(metavar="LEDGER", help=say("ledger.cli_file"))]


@ledger_app.command("init", help=say("ledger.cli_init"))
def ledger_init(
    file: File,
    process: Annotated[str | None, typer.Option(help=say("ledger.cli_process"))] = None,
    lang: Lang = None,
) -> None:
    """Make a ledger; one that is there stays as it is."""
    speak(lang)
    from funnelkit.data.ledger import Ledger

    with Ledger(file, process) as ledger:
        key = "ledger.exists" if len(ledger) else "ledger.made"
        typer.echo(say(key, file=str(file), n=len(ledger)))


@ledger_app.command("add", help=say("ledger.cli_add"))
def ledger_add(
    file: File,
    exports: Annotated[list[str], typer.Argument(help=say("ledger.cli_exports"))],
    seen_at: Annotated[
        str | None, typer.Option("--seen-at", help=say("ledger.cli_seen_at"))
    ] = None,
    answer: Annotated[
        list[str] | None, typer.Option("--answer", help=say("ledger.cli_answer"))
    ] = None,
    part: Annotated[bool, typer.Option("--part", help=say("ledger.cli_part"))] = False,
    mapping: Annotated[str | None, typer.Option(help=say("cli.report_mapping"))] = None,
    history: Annotated[str | None, typer.Option(help=say("cli.report_history"))] = None,
    fields: Annotated[str | None, typer.Option(help=say("cli.report_fields"))] = None,
    lang: Lang = None,
) -> None:
    """Add exports one after the other, each on its own; stop at the first that is refused."""
    speak(lang)
    from funnelkit.cli.asking import with_questions
    from funnelkit.data.ledger import Added, Ledger

    with Ledger(_there(file)) as ledger:
        for export in exports:

            def add(told: str | None, export: str = export) -> list[Added]:
                return ledger.add_each(
                    export, seen_at, history=history, fields=fields, mapping=told,
                    answers=answer, part=part,
                )  # fmt: skip

            for told in with_questions(add, export, mapping, history, fields, ledger.process):
                typer.echo(str(told))


@ledger_app.command("status", help=say("ledger.cli_status"))
def ledger_status(file: File, lang: Lang = None) -> None:
    """Print one line an export."""
    speak(lang)
    from funnelkit.data.ledger import Ledger

    with Ledger(_there(file), read_only=True) as ledger:
        typer.echo(str(ledger.status()))


@ledger_app.command("history", help=say("ledger.cli_history"))
def ledger_history(
    file: File,
    deal: Annotated[str, typer.Argument(help=say("ledger.cli_deal"))],
    lang: Lang = None,
) -> None:
    """Print one line a change."""
    speak(lang)
    from funnelkit.data.ledger import Ledger

    with Ledger(_there(file), read_only=True) as ledger:
        typer.echo(str(ledger.history(deal)))


@ledger_app.command("undo", help=say("ledger.cli_undo"))
def ledger_undo(
    file: File,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help=say("ledger.cli_import"))],
    lang: Lang = None,
) -> None:
    """Take an export out again."""
    speak(lang)
    from funnelkit.data.ledger import Ledger
    from funnelkit.data.ledger.results import day_of

    with Ledger(_there(file)) as ledger:
        gone = ledger.undo(number)
        typer.echo(
            say("ledger.undone", n=gone.import_id, file=gone.source, seen_at=day_of(gone.seen_at))
        )


@ledger_app.command("export", help=say("ledger.cli_export"))
def ledger_export(
    file: File,
    folder: Annotated[Path, typer.Argument(help=say("ledger.cli_folder"))],
    lang: Lang = None,
) -> None:
    """Write the ledger as CSV files; name the folder last."""
    speak(lang)
    from funnelkit.data.ledger import Ledger

    with Ledger(_there(file), read_only=True) as ledger:
        made = ledger.export(folder)
    typer.echo(say("ledger.exported", folder=str(made)))


def _there(file: Path) -> Path:
    """Refuse a ledger that does not exist: a mistyped name must not start an empty one."""
    if not file.is_file():
        raise FunnelkitError("ledger.no_file", file=str(file))
    return file
