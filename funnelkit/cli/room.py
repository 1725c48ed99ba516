"""``funnelkit room``: one machine, many browsers, one trainer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from funnelkit.cli.base import Lang, app, speak
from funnelkit.words import say


@app.command(help=say("room.cli_help"))
def room(
    box: Annotated[Path | None, typer.Argument(metavar="[BOX]", help=say("room.cli_box"))] = None,
    lang: Lang = None,
    host: Annotated[str, typer.Option(help=say("room.cli_host"))] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help=say("room.cli_port"))] = None,
    file: Annotated[Path, typer.Option(help=say("room.cli_file"))] = Path("funnelkit-room.sqlite"),
    take: Annotated[Path | None, typer.Option(help=say("room.cli_take"))] = None,
    certificate: Annotated[str | None, typer.Option(help=say("room.cli_certificate"))] = None,
    certificate_key: Annotated[str | None, typer.Option(help=say("room.cli_key"))] = None,
) -> None:
    """Open a room until Ctrl+C."""
    speak(lang)
    from funnelkit.room.open import open_room
    from funnelkit.words import language

    open_room(
        box, lang=language(), ip=host, port=port, file=file, certificate=certificate,
        key=certificate_key, handed=take, tell=typer.echo,
    )  # fmt: skip
