"""``funnelkit inspect``, ``datasets`` and ``doctor``: what there is to work with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from funnelkit.cli.base import Lang, app, speak
from funnelkit.errors import FunnelkitError
from funnelkit.files.whole import write_whole
from funnelkit.words import say


@app.command(help=say("cli.inspect_help"))
def inspect(
    file: Annotated[str, typer.Argument(help=say("cli.inspect_file"))],
    lang: Lang = None,
    mapping: Annotated[str | None, typer.Option(help=say("cli.report_mapping"))] = None,
    process: Annotated[str | None, typer.Option(help=say("cli.report_process"))] = None,
    history: Annotated[str | None, typer.Option(help=say("cli.report_history"))] = None,
    fields: Annotated[str | None, typer.Option(help=say("cli.report_fields"))] = None,
    draft: Annotated[Path | None, typer.Option(help=say("cli.inspect_draft"))] = None,
    ask: Annotated[bool, typer.Option("--ask", help=say("cli.inspect_ask"))] = False,
    deals: Annotated[Path | None, typer.Option(help=say("cli.inspect_deals"))] = None,
    names: Annotated[bool, typer.Option("--names", help=say("cli.inspect_names"))] = False,
) -> None:
    """Say how a file is read; exit code 0 when it is, 1 when it asks, 2 when it is refused."""
    speak(lang)
    from funnelkit.data.inspect import inspect as look
    from funnelkit.files.tables import write_csv
    from funnelkit.measures.result import column_label

    if ask:
        from funnelkit.cli.asking import answer_all, need_somebody

        need_somebody()
        answer_all(file, mapping, history, fields, process)
        mapping = None  # the answers stand beside the file now
    if draft is not None and draft.exists():
        raise FunnelkitError("cli.draft_exists", file=str(draft))
    found = look(file, history=history, fields=fields, mapping=mapping, process=process)
    typer.echo(str(found))
    if draft is not None:
        write_whole(draft, found.mapping)
        typer.echo(say("cli.draft_written", file=str(draft)))
    if deals is not None:
        rows = found.deals(names=names)
        rows["check"] = [say(f"data.check_{check}") for check in rows["check"]]
        heads = {"check": say("data.col_check"), "row": say("data.col_row"),
                 "reason": say("data.col_reason")}  # fmt: skip
        rows = rows.rename(columns=lambda c: heads.get(c) or column_label(c))
        write_csv(deals, rows)
        typer.echo(say("cli.deals_written", file=str(deals), n=len(rows)))
    if found.code:
        raise typer.Exit(found.code)


@app.command(help=say("cli.datasets_help"))
def datasets(lang: Lang = None) -> None:
    """List the bundled data sets."""
    speak(lang)
    from rich.console import Console
    from rich.table import Table

    from funnelkit.data.library import datasets as bundled

    found = bundled()
    table = Table(box=None, pad_edge=False)
    for key in ("name", "deals", "about"):
        table.add_column(say(f"cli.col_{key}"), justify="right" if key == "deals" else "left")
    for row in found.to_dict("records"):
        table.add_row(str(row["name"]), f"{row['deals']:,}", str(row["about"]))
    Console().print(table)


@app.command(help=say("cli.doctor_help"))
def doctor(lang: Lang = None) -> None:
    """Check the machine, one OK or FAIL a line."""
    speak(lang)
    from funnelkit.report.factory.doctor import checks

    failed = 0
    for name, found, ok in checks():
        failed += not ok
        typer.echo(f"{'OK  ' if ok else 'FAIL'}  {name}: {found}")
    typer.echo(say("cli.doctor_failed", n=failed) if failed else say("cli.doctor_fine"))
    if failed:
        raise typer.Exit(1)
