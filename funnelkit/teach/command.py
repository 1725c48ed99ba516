"""The command ``funnelkit review``."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from funnelkit.words import say, set_language


def review(
    most: Annotated[int, typer.Option("--most", help=say("quiz.review_most"))] = 20,
    lang: Annotated[str | None, typer.Option("--lang", help=say("cli.lang"))] = None,
) -> None:
    """Ask again what was right 3, 10 and 30 days ago."""
    if lang:
        set_language(lang)
    from funnelkit.teach.progress import here
    from funnelkit.teach.terminal import review_all

    def ask(label: str) -> str:
        try:  # an empty line is an answer of its own: later
            return str(typer.prompt(label, default="", show_default=False))
        except typer.Abort:  # the end of the input, or Ctrl+C
            raise EOFError from None

    review_all(here(), dt.date.today(), ask, typer.echo, most)
