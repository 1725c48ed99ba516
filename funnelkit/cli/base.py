"""What every command shares: the application, its errors as sentences, the language option.

Rooms are imported inside the commands, so that ``funnelkit --help`` does not wait for pandas.
"""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from funnelkit.errors import FunnelkitError
from funnelkit.words import say, set_language


class Group(TyperGroup):
    """Commands whose errors are sentences, never tracebacks."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; a refusal is printed and ends with exit code 2."""
        try:
            return super().invoke(ctx)
        except FunnelkitError as problem:
            message = str(problem)
            if "mapping={" in message:  # said for Python; here it is a file
                message += "\n" + say("cli.mapping_hint")
        except (typer.Exit, typer.Abort, KeyboardInterrupt, BrokenPipeError):
            raise
        except Exception as problem:
            if type(problem).__module__.startswith(("click", "typer")) or _debug():
                raise  # a wrong option has its own message
            message = say("cli.unexpected", error=f"{type(problem).__name__}: {problem}")
        typer.echo(message, err=True)
        raise typer.Exit(2)


def _debug() -> bool:
    return bool(os.environ.get("FUNNELKIT_DEBUG"))


app = typer.Typer(
    name="funnelkit",
    cls=Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=say("cli.help"),
)


def family(name: str, text: str) -> typer.Typer:
    """Add commands that share a first word: ``funnelkit NAME COMMAND``."""
    made = typer.Typer(cls=Group, no_args_is_help=True, help=text)
    app.add_typer(made, name=name)
    return made


Lang = Annotated[str | None, typer.Option("--lang", help=say("cli.lang"))]


def speak(lang: str | None) -> None:
    """Take the language of ``--lang``; without one the current language stays."""
    if lang is not None:
        set_language(lang)


@app.callback(invoke_without_command=True)
def _main(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help=say("cli.version"))] = False,
) -> None:
    if version:
        from funnelkit import __version__

        typer.echo(f"funnelkit {__version__}")
        raise typer.Exit


def refuse_on_line(context: typer.Context, secret: str) -> None:
    """Refuse a secret among the words of a command: everybody on the machine can read those."""
    source = context.get_parameter_source(secret)
    if source is not None and source.name == "COMMANDLINE":
        raise FunnelkitError("apps.token_on_line")


def listed(text: str) -> list[str]:
    """Return the parts of a list written with commas."""
    return [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]


def pairs(given: list[str]) -> dict[str, Any]:
    """Return what was given as ``NAME=VALUE``."""
    found: dict[str, Any] = {}
    for pair in given:
        name, sign, value = pair.partition("=")
        if not sign or not name.strip():
            raise FunnelkitError("cli.bad_pair", found=pair)
        found[name.strip()] = value
    return found
