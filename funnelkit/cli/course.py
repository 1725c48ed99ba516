"""``funnelkit course``: the course to be taken away, as plain files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from funnelkit.cli.base import Lang, family, speak
from funnelkit.words import LANGUAGES, language, say

course_app = family("course", say("offline.cli_help"))


@course_app.command("site", help=say("offline.cli_site"))
def course_site(
    out: Annotated[Path, typer.Option(help=say("offline.cli_out"))],
    lang: Lang = None,
    process: Annotated[str | None, typer.Option(help=say("workshop.cli_process"))] = None,
    plan: Annotated[str | None, typer.Option(help=say("workshop.cli_plan"))] = None,
    brand: Annotated[str | None, typer.Option(help=say("brand.cli"))] = None,
    scorm: Annotated[bool, typer.Option("--scorm", help=say("offline.cli_scorm"))] = False,
) -> None:
    """Write the course as plain files; name what to open last."""
    speak(lang)
    from funnelkit.teach.offline.scorm import packages
    from funnelkit.teach.offline.site import build_site

    languages = tuple(sorted(LANGUAGES, key=lambda known: known != language()))
    made = build_site(
        out, process=process, plan=plan, brand=brand, languages=languages,
        tell=lambda line: typer.echo(line, err=True),
    )  # fmt: skip
    size = f"{made.size / 1e6:.1f}"
    typer.echo(say("offline.made", files=made.files, size=size, place=str(made.page)))
    for path in packages(made.folder, languages, made.brand) if scorm else ():
        typer.echo(str(path))
