"""``funnelkit exercise``: a trainer's own exercises, started and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from funnelkit.cli.base import Lang, family, speak
from funnelkit.words import say

exercise_app = family("exercise", say("exercise.cli_help"))
File = Annotated[Path, typer.Argument(help=say("exercise.cli_file"))]


@exercise_app.command("new", help=say("exercise.cli_new"))
def exercise_new(
    file: File,
    kind: Annotated[str, typer.Option(help=say("exercise.cli_kind"))] = "number",
    lang: Lang = None,
) -> None:
    """Write a sound exercise to start from."""
    speak(lang)
    from funnelkit.teach.own import start

    typer.echo(say("exercise.started", file=str(start(file, kind))))


@exercise_app.command("check", help=say("exercise.cli_check"))
def exercise_check(
    file: File,
    page: Annotated[Path | None, typer.Option(help=say("exercise.cli_page"))] = None,
    lang: Lang = None,
) -> None:
    """Print every problem of a file; show what is sound as forms."""
    speak(lang)
    from funnelkit.files.whole import write_whole
    from funnelkit.teach.own import form_page, look

    found, problems = look(file)
    for problem in problems:
        typer.echo(str(problem), err=True)
    if problems:
        raise typer.Exit(2)
    shown = page or file.with_suffix(".html")
    write_whole(shown, form_page(found, file))
    typer.echo(say("exercise.sound", file=str(file), n=len(found), page=str(shown)))
