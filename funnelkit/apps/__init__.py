"""What-if apps for the meeting: controls, an answer with its uncertainty, no code.

Each app is a module of its own name with ``APP``; ``app`` says what an app is, ``shell`` shows it
with widgets, ``serve`` as pages in the browser.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from funnelkit.errors import FunnelkitError, nearest

if TYPE_CHECKING:
    from funnelkit.apps.app import App

#: In the order of the start page.
NAMES = (
    "levers",
    "targets",
    "checkpoints",
    "forecast",
    "diagnosis",
    "territory",
    "competitors",
    "bid",
    "act",
    "game",
)
__all__ = ["NAMES", "find_app"]


def find_app(name: str) -> App:
    """Return an app by its name.

    Raises
    ------
    FunnelkitError
        There is no app of that name.
    """
    if name not in NAMES:
        raise FunnelkitError("apps.unknown", found=name, allowed=nearest(name, NAMES))
    found: App = import_module(f"{__name__}.{name}").APP
    return found
