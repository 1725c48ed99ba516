"""The command ``funnelkit``: reads options, prints, sets the exit code; the rooms do the work.

One file a family of commands. A new one takes ``app`` (or ``family``) from ``cli/base.py`` and
is named here.
"""

from __future__ import annotations

import sys

from funnelkit.cli import (  # noqa: F401
    answers,
    apps,
    course,
    exercise,
    learn,
    ledger,
    look,
    process,
    pull,
    report,
    room,
    simulate,
    watch,
    workshop,
)
from funnelkit.cli.base import app


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot write a name shows a substitute instead of stopping the work.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")
    app()


__all__ = ["app", "main"]
