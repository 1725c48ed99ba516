"""``funnelkit workshop``: builds a workshop and collects what the room did."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from funnelkit.cli.base import Lang, family, speak
from funnelkit.words import say

workshop_app = family("workshop", say("workshop.cli_help"))


@workshop_app.command("build", help=say("workshop.cli_build"))
def workshop_build(
    out: Annotated[Path, typer.Option(help=say("workshop.cli_out"))],
    agenda: Annotated[str, typer.Option(help=say("workshop.cli_agenda"))] = "one-day",
    lang: Lang = None,
    process: Annotated[str | None, typer.Option(help=say("workshop.cli_process"))] = None,
    plan: Annotated[str | None, typer.Option(help=say("workshop.cli_plan"))] = None,
    start: Annotated[str, typer.Option(help=say("workshop.cli_start"))] = "09:00",
    name: Annotated[str | None, typer.Option(help=say("workshop.cli_name"))] = None,
    seeds: Annotated[str, typer.Option(help=say("workshop.cli_seeds"))] = "",
    brand: Annotated[str | None, typer.Option(help=say("brand.cli"))] = None,
    wheels: Annotated[str, typer.Option(help=say("box.cli_wheels"))] = "",
    run: Annotated[bool, typer.Option(help=say("workshop.cli_run"))] = True,
) -> None:
    """Build a workshop; name the zip last."""
    speak(lang)
    from funnelkit.teach.workshop.box import build_box

    room = tuple(int(s) for s in seeds.replace("，", ",").split(",") if s.strip().isdigit())
    made = build_box(
        out,
        agenda=agenda,
        process=process,
        plan=plan,
        brand=brand,
        wheels=tuple(w.strip() for w in wheels.replace("，", ",").split(",") if w.strip()),
        start=start,
        name=name,
        seeds=room,
        run=run,
        tell=lambda line: typer.echo(line, err=True),
    )
    typer.echo(repr(made))
    typer.echo(say("workshop.made", folder=str(made.folder)))
    typer.echo(str(made.zip))


@workshop_app.command("collect", help=say("workshop.cli_collect"))
def workshop_collect(
    folder: Annotated[Path, typer.Argument(help=say("workshop.cli_folder"))],
    out: Annotated[Path | None, typer.Option(help=say("workshop.cli_room_out"))] = None,
    lang: Lang = None,
) -> None:
    """Print what the room did; name the page last when one is written."""
    speak(lang)
    from funnelkit.teach.workshop.collect import collect

    room = collect(folder)
    typer.echo(str(room))
    if out is not None:
        for path in room.save(out):
            typer.echo(str(path))
