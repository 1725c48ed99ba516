"""``funnelkit apps``: the what-if apps as pages in the browser."""

from __future__ import annotations

from typing import Annotated

import typer

from funnelkit.cli.base import Lang, app, listed, refuse_on_line, speak
from funnelkit.words import say


@app.command(help=say("apps.cli_help"))
def apps(
    context: typer.Context,
    data: Annotated[str, typer.Argument(help=say("apps.cli_data"))] = "industrial",
    lang: Lang = None,
    port: Annotated[int | None, typer.Option(help=say("apps.cli_port"))] = None,
    name: Annotated[str, typer.Option("--app", metavar="NAME", help=say("apps.cli_app"))] = "",
    open_: Annotated[bool, typer.Option("--open/--no-open", help=say("apps.cli_open"))] = True,
    ip: Annotated[str, typer.Option(help=say("apps.cli_ip"))] = "127.0.0.1",
    token: Annotated[
        str | None, typer.Option(envvar="FUNNELKIT_TOKEN", help=say("apps.cli_token"))
    ] = None,
    spare: Annotated[int, typer.Option(min=1, max=20, help=say("apps.cli_spare"))] = 1,
    room: Annotated[str | None, typer.Option(metavar="FOLDER", help=say("apps.cli_room"))] = None,
    mapping: Annotated[str | None, typer.Option(help=say("cli.report_mapping"))] = None,
    process: Annotated[str | None, typer.Option(help=say("cli.report_process"))] = None,
    history: Annotated[str | None, typer.Option(help=say("cli.report_history"))] = None,
    fields: Annotated[str | None, typer.Option(help=say("cli.report_fields"))] = None,
) -> None:
    """Serve the apps until Ctrl+C."""
    speak(lang)
    refuse_on_line(context, "token")
    from funnelkit.apps.serve import known, serve
    from funnelkit.apps.source import source_of
    from funnelkit.words import language

    options = {"mapping": mapping, "process": process, "history": history, "fields": fields}
    serve(
        source_of(data, options), known(listed(name)), lang=language(), ip=ip, port=port,
        token=token, open_browser=open_, spare=spare, room=room, tell=typer.echo,
    )  # fmt: skip
