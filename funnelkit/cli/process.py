"""``funnelkit process``: shows, checks and starts process sheets."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from funnelkit.cli.base import Lang, family, speak
from funnelkit.words import say

process_app = family("process", say("cli.process_help"))


@process_app.command("show", help=say("cli.process_show_help"))
def process_show(
    name: Annotated[str | None, typer.Argument(help=say("cli.process_name"))] = None,
    lang: Lang = None,
) -> None:
    """Print a process as a stage sheet."""
    speak(lang)
    from funnelkit.process import show

    typer.echo(show(name))


@process_app.command("check", help=say("cli.process_check_help"))
def process_check(
    file: Annotated[str, typer.Argument(help=say("cli.process_file"))], lang: Lang = None
) -> None:
    """Print every problem of a sheet."""
    speak(lang)
    from funnelkit.process import check

    problems = check(file)
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(2)
    typer.echo(say("cli.process_sound", file=file))


@process_app.command("new", help=say("cli.process_new_help"))
def process_new(
    file: Annotated[Path | None, typer.Argument(help=say("cli.process_new_file"))] = None,
    stages: Annotated[str | None, typer.Option(help=say("cli.process_new_stages"))] = None,
    template: Annotated[str | None, typer.Option(help=say("cli.process_new_template"))] = None,
    lang: Lang = None,
) -> None:
    """Write a commented sheet to a file, or to the terminal when none is named."""
    speak(lang)
    from funnelkit.process import new

    names = [s.strip() for s in stages.replace("，", ",").split(",")] if stages else None
    if file is not None:
        typer.echo(str(new(file, names, template)))
        return
    with tempfile.TemporaryDirectory() as folder:
        typer.echo(new(Path(folder) / "new.yaml", names, template).read_text("utf-8"), nl=False)
