"""``funnelkit process``: shows, checks and starts process sheets."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from funnelkit.cli.base import Lang, family, listed, speak
from funnelkit.errors import FunnelkitError
from funnelkit.words import say

#: Said of a process without a stage that only won deals reach.
_NONE = "none"
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
    closing: Annotated[str | None, typer.Option(help=say("cli.process_new_closing"))] = None,
    lang: Lang = None,
) -> None:
    """Write a commented sheet to a file, or to the terminal when none is named."""
    speak(lang)
    from funnelkit.process import new

    names = listed(stages) if stages else None
    reached = _closing(names, closing) if names else None
    if file is not None:
        typer.echo(str(new(file, names, template, reached)))
        return
    with tempfile.TemporaryDirectory() as folder:
        made = new(Path(folder) / "new.yaml", names, template, reached)
        typer.echo(made.read_text("utf-8"), nl=False)


def _closing(names: list[str], told: str | None) -> str | None:
    """Return the stage that only won deals reach: as told, by its name, or as answered."""
    from funnelkit.process import Process
    from funnelkit.process.starter import closing_of

    last = str(Process.from_stages(names).stages[-1].name)  # a name of an outcome is no stage
    if told is not None:
        if told.strip() == last:
            return last
        if told.strip() == _NONE:
            return None
        raise FunnelkitError("cli.process_closing_last", found=told, last=last, none=_NONE)
    if (found := closing_of([last])) is not None:
        return found
    if not sys.stdin.isatty():
        raise FunnelkitError("cli.process_closing_open", last=last, none=_NONE)
    return last if typer.confirm(say("cli.process_closing_ask", last=last), err=True) else None
