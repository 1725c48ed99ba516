"""``funnelkit learn``, ``review``, ``certificate``, ``newhire``, ``lab``: doors of who learns."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from funnelkit.cli.base import Lang, app, refuse_on_line, speak
from funnelkit.errors import FunnelkitError
from funnelkit.words import language, say


@app.command(help=say("learn.cli_help"))
def learn(
    context: typer.Context,
    lang: Lang = None,
    port: Annotated[int | None, typer.Option(help=say("apps.cli_port"))] = None,
    open_: Annotated[bool, typer.Option("--open/--no-open", help=say("apps.cli_open"))] = True,
    token: Annotated[
        str | None, typer.Option(envvar="FUNNELKIT_TOKEN", help=say("apps.cli_token"))
    ] = None,
) -> None:
    """Serve the course until Ctrl+C."""
    speak(lang)
    refuse_on_line(context, "token")
    from funnelkit.apps.serve import serve
    from funnelkit.apps.source import Source
    from funnelkit.teach.learner.progress import here
    from funnelkit.teach.site.course import Course
    from funnelkit.teach.site.shelf import found_shelf

    shelf = found_shelf()
    source = Source("industrial-zh" if language() == "zh" else "industrial")
    if shelf.folder is not None:
        os.chdir(shelf.folder)  # kernels and practice data look for the workshop here
        source = Source(str(shelf.folder / "data"))
    serve(
        source, lang=language(), port=port, token=token, open_browser=open_,
        desk=Course(shelf, here()), tell=typer.echo,
    )  # fmt: skip


@app.command(help=say("quiz.review_help"))
def review(
    most: Annotated[int, typer.Option(help=say("quiz.review_most"))] = 20,
    lang: Lang = None,
) -> None:
    """Ask again what was right 3, 10 and 30 days ago."""
    speak(lang)
    import datetime as dt

    from funnelkit.teach.learner.progress import here
    from funnelkit.teach.terminal import review_all

    def ask(label: str) -> str:
        try:  # an empty line is an answer of its own: later
            return str(typer.prompt(label, default="", show_default=False))
        except typer.Abort:  # the end of the input, or Ctrl+C
            raise EOFError from None

    review_all(here(), dt.date.today(), ask, typer.echo, most)


@app.command(help=say("paths.cli_certificate"))
def certificate(
    path: Annotated[str, typer.Argument(help=say("paths.cli_role"))],
    name: Annotated[str, typer.Option(help=say("paths.your_name"))],
    out: Annotated[Path, typer.Option(help=say("paths.cli_out"))],
    progress: Annotated[Path | None, typer.Option(help=say("workshop.cli_progress"))] = None,
    brand: Annotated[str | None, typer.Option(help=say("brand.cli"))] = None,
    lang: Lang = None,
) -> None:
    """Write the certificate of a passed path; name the file last."""
    speak(lang)
    from funnelkit.teach.learner.progress import Progress, here
    from funnelkit.teach.paper.brand import read_brand, wearing
    from funnelkit.teach.paths.certificate import write

    kept = here() if progress is None else Progress.open(progress)
    with wearing(read_brand(brand)):
        typer.echo(str(write(path, name, kept, out)))


@app.command(help=say("workshop.cli_newhire"))
def newhire(
    start: Annotated[str, typer.Option(help=say("workshop.cli_first_day"))],
    out: Annotated[Path, typer.Option(help=say("workshop.cli_out"))],
    lang: Lang = None,
    process: Annotated[str | None, typer.Option(help=say("workshop.cli_process"))] = None,
    name: Annotated[str, typer.Option(help=say("workshop.cli_hire_name"))] = "",
    progress: Annotated[Path | None, typer.Option(help=say("workshop.cli_progress"))] = None,
    data: Annotated[str | None, typer.Option(help=say("workshop.cli_data"))] = None,
    owner: Annotated[str | None, typer.Option(help=say("workshop.cli_owner"))] = None,
) -> None:
    """Write the first ninety days of a new colleague; name the page last."""
    speak(lang)
    from funnelkit.teach.newhire import write

    made = write(
        out, start=start, process=process, name=name, progress=progress, data=data, owner=owner
    )
    typer.echo(str(made))


@app.command(
    help=say("cli.lab_help"),
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def lab(context: typer.Context, lang: Lang = None) -> None:
    """Open JupyterLab on the notebooks; what it is told further goes to JupyterLab."""
    speak(lang)
    import subprocess
    from importlib.util import find_spec

    if find_spec("jupyterlab") is None:
        raise FunnelkitError("cli.no_lab")
    from funnelkit.teach.lab import settings
    from funnelkit.teach.settings import workshop_folder

    beside = Path(__file__).resolve().parents[2] / "notebooks" / language()
    places = (workshop_folder() or Path.cwd(), beside)
    start = next((f for p in places if (f := p / "00_start_here.ipynb").is_file()), Path.cwd())
    with tempfile.TemporaryDirectory(prefix="funnelkit-lab-") as place:
        env = os.environ | {"FUNNELKIT_LANG": language()} | settings(Path(place))
        command = [sys.executable, "-m", "jupyterlab", str(start)]
        if language() == "zh":
            # JupyterLab's own menus; what users have set themselves goes before it
            locale = {"@jupyterlab/translation-extension:plugin": {"locale": "zh_CN"}}
            Path(place, "overrides.json").write_text(json.dumps(locale), "utf-8")
            command.append(f"--LabApp.app_settings_dir={place}")
        raise typer.Exit(subprocess.call([*command, *context.args], env=env))
