"""``funnelkit simulate``: pipelines with a known truth, as a CRM exports them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from funnelkit.cli.base import Lang, app, speak
from funnelkit.errors import FunnelkitError
from funnelkit.words import language, say


@app.command(help=say("export.cli_help"))
def simulate(
    plan: Annotated[
        str | None, typer.Argument(metavar="PLAN.yml", help=say("export.cli_plan"))
    ] = None,
    out: Annotated[Path | None, typer.Option(help=say("export.cli_out"))] = None,
    layout: Annotated[str, typer.Option(help=say("export.cli_layout"))] = "kit",
    dirt: Annotated[float, typer.Option(help=say("export.cli_dirt"))] = 0.0,
    seed: Annotated[int, typer.Option(help=say("export.cli_seed"))] = 0,
    lang: Lang = None,
    process: Annotated[str | None, typer.Option(help=say("export.cli_process"))] = None,
    example: Annotated[bool, typer.Option("--example", help=say("export.cli_example"))] = False,
) -> None:
    """Simulate a plan and write it as a CRM exports it; name the folder last."""
    speak(lang)
    from funnelkit.simulation import Plan
    from funnelkit.simulation.command import DIRT, write

    if example:
        from funnelkit.process import load_process

        sheet = None if process is None else load_process(process)
        typer.echo(Plan.example(language(), sheet), nl=False)
        return
    if out is None:
        raise FunnelkitError("export.no_out")
    defects = write(plan, out, layout=layout, dirt=dirt, seed=seed, lang=lang, process=process)
    if defects:
        typer.echo(say("export.cli_planted", n=len(defects), file=str(out / DIRT)))
    typer.echo(say("export.cli_written", folder=str(out)))
