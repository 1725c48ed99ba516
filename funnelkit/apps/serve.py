"""The apps as pages: Voilà on this machine's own address, behind a token, its kernels warm.

Nothing is read here: each page's kernel reads and prepares the data by itself. What Voilà offers
beside the pages (folders, files, notebooks as code) is left out.
"""

from __future__ import annotations

import contextlib
import os
import webbrowser
from collections.abc import Callable
from pathlib import Path

from funnelkit.apps import NAMES
from funnelkit.apps.pages import leading_to
from funnelkit.apps.server import Pages, is_loopback, make_server
from funnelkit.apps.source import ROOM, Source
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.words import say

LOOPBACK = "127.0.0.1"


def serve(
    source: Source, names: tuple[str, ...] = NAMES, *, lang: str | None = None,
    ip: str = LOOPBACK, port: int | None = None, token: str | None = None,
    open_browser: bool = True, spare: int = 1, room: str | None = None,
    desk: Pages | None = None, tell: Callable[[str], None] = print,
) -> None:  # fmt: skip
    """Serve apps until interrupted.

    Parameters
    ----------
    source : Source
        The data; a file of one's own by its full path.
    names : tuple of str
        The apps, in the order of the start page.
    ip, port : str, int
        Without a port the first free one from 8866 on.
    token : str, optional
        A random one if not given.
    spare : int
        Kernels kept warm for each app.
    room : str, optional
        Shared folder of the game's teams; the trainer's page shows every board in it.
    desk : Pages, optional
        Who writes the pages in front of the apps.
    tell : callable
        Takes the lines a person reads, the address last.
    """
    if room is not None:
        os.environ[ROOM] = str(Path(room).resolve())
    said = say("learn.serving" if desk else "apps.serving")
    app = make_server(
        source, names, lang=lang, ip=ip, port=port, token=token, spare=spare, desk=desk,
        ready=lambda address, beside: _ready(address, beside, ip, open_browser, tell, said),
    )  # fmt: skip
    app.start()


def _ready(
    address: str, beside: Path, ip: str, open_browser: bool, tell: Callable[[str], None],
    said: str,
) -> None:  # fmt: skip
    if not is_loopback(ip):
        tell(say("apps.open_to_others"))
    tell(said)
    tell(address)
    if open_browser:
        # a browser is started with its address on the command line, which everybody on the
        # machine can read: it is given a page only this account can, and that leads on
        page = beside / "open.html"
        page.write_text(leading_to(address), "utf-8")
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(page.as_uri())


def known(names: list[str]) -> tuple[str, ...]:
    """Return the apps asked for, all of them where none is named.

    Raises
    ------
    FunnelkitError
        There is no app of a name.
    """
    for name in names:
        if name not in NAMES:
            raise FunnelkitError("apps.unknown", found=name, allowed=nearest(name, NAMES))
    return tuple(names) or NAMES
