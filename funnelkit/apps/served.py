"""The kernel's side of an app page: data read and prepared before anybody asks, then shown.

A page's notebook has two cells. The first reads and prepares, which Voilà does ahead of time;
the second waits for the request, takes language and state from its address and shows the app.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import traceback
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from funnelkit.apps import find_app
from funnelkit.apps.app import App, OpenApp, open_app
from funnelkit.apps.shell import Shell
from funnelkit.apps.source import DOOR, ROOM, TOKEN, VARIABLE, Source
from funnelkit.data import Pipeline
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.words import LANGUAGES, language, say, speaking


def told() -> dict[str, Any]:
    """Return what the server asks for, empty in a notebook opened by itself."""
    found: dict[str, Any] = json.loads(os.environ.get(VARIABLE) or "{}")
    return found


def read_source(source: Source) -> Pipeline:
    """Load a bundled pipeline or read the user's own.

    Raises
    ------
    FunnelkitError
        What the reader says.
    """
    from funnelkit.data.library import datasets, load
    from funnelkit.data.read import read

    if Path(source.data).exists():
        options: dict[str, Any] = dict(source.options)
        return read(source.data, **options)
    bundled = [str(name) for name in datasets()["name"]]
    if source.data not in bundled:
        raise FunnelkitError(
            "apps.no_data", found=source.label, allowed=nearest(source.label, bundled)
        )
    if source.options:
        raise FunnelkitError(
            "apps.bundled_takes_no", name=source.data, option=next(iter(source.options))
        )
    return load(source.data)


@dataclass(frozen=True)
class Refused:
    """A page that says why there is no app: what the reader found, in the page's language."""

    app: App
    problem: Exception
    lang: str

    def first(self) -> str:
        """Return the message as a page."""
        with speaking(self.lang):
            return self._written()

    def _written(self) -> str:
        if isinstance(self.problem, FunnelkitError):
            lines = str(self.problem).split("\n")
        else:
            lines = [say("apps.unexpected", error=type(self.problem).__name__)]
        said = "".join(f"<p class='fk-bad'>{escape(line)}</p>" for line in lines if line.strip())
        return (
            f"<header><h1>{escape(self.app.title)}</h1></header>"
            f"<div class='fk-refused' role='alert'><p>{escape(say('apps.refused'))}</p>{said}</div>"
            f"<p class='fk-muted'>{escape(say('apps.refused_next'))}</p>{_place(self.app)}"
        )

    def __repr__(self) -> str:
        with speaking(self.lang):
            return str(self.problem)

    def _repr_html_(self) -> str:
        return self.first()


def _place(app: App) -> str:
    return (
        f"<span class='fk-place' hidden data-lang='{language()}' "
        f"data-title='{escape(app.title)}'></span>"
    )


@dataclass(frozen=True)
class Ready:
    """An app prepared for whoever asks first."""

    app: App
    source: Source
    opened: OpenApp | None
    lang: str
    problem: Exception | None = None

    def show(self, query: str | None = None) -> Any:
        """Wait for the request and return the page with the state of its address."""
        served = bool(told())
        if query is None:
            query = _asked() if served else ""
        asked = dict(parse_qsl(query))
        wanted = asked.get("lang", "")
        lang = wanted if wanted in LANGUAGES else self.lang
        if self.opened is None:
            assert self.problem is not None
            return Refused(self.app, self.problem, lang)
        with speaking(lang):
            if self.app.name == "game" and asked.get("boards") and os.environ.get(ROOM):
                return _boards(Path(os.environ[ROOM]))
            # labels are written in the language of whoever asks
            controls = self.app.controls(self.opened.base)
            opened = OpenApp(self.app, self.opened.pipeline, self.opened.base, controls)
            return Shell(opened, query, source=self.source, served=served)


def _boards(folder: Path) -> Any:
    """Return the trainer's page of the game: every team's board."""
    import ipywidgets as w

    from funnelkit.apps.game.room import boards

    title = escape(say("apps.boards"))
    place = (
        f"<span class='fk-place' hidden data-query='boards=1' data-lang='{language()}' "
        f"data-title='{title}'></span>"
    )
    head = w.HTML(value=f"<header><h1>{title}</h1></header>{place}")
    shown = boards(folder)
    shown.add_class("fk-answer")
    page = w.VBox([head, shown])
    page.add_class("fk-shell")
    return page


def _asked() -> str:
    """Return the query of the request; a warm kernel waits here for it."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as aside:  # the kernel's own loop stands still meanwhile
        said = aside.submit(asyncio.run, _request()).result()
    return str(json.loads(said or "{}").get("QUERY_STRING", ""))


async def _request() -> str | bytes | None:
    """Wait at the server's door with the token; None when it is shut."""
    from tornado.httpclient import HTTPRequest
    from tornado.websocket import websocket_connect

    kernel = os.environ.get("VOILA_KERNEL_ID", "")
    request = HTTPRequest(
        f"{os.environ[DOOR]}/{kernel}", headers={"Authorization": f"token {os.environ[TOKEN]}"}
    )
    door = await websocket_connect(request)
    said = await door.read_message()
    # said goodbye properly: until then the server counts this kernel among those that wait
    door.close()
    await door.read_message()
    return said


def prepare_app(name: str, data: str = "industrial", lang: str | None = None) -> Ready:
    """Read the data and prepare an app, never raising what belongs into the page.

    Parameters
    ----------
    name : str
    data : str
        File or bundled name; what the server says goes first.
    lang : str, optional
    """
    asked = told()
    source = Source(str(asked.get("data", data)), dict(asked.get("options", {})))
    spoken = str(asked.get("lang") or lang or language())
    if asked:
        # a kernel that is ended while it starts complains at length of its closed sockets
        logging.getLogger("IPKernelApp").setLevel(logging.CRITICAL)
    app = find_app(name)
    with speaking(spoken):
        try:
            opened = open_app(app, read_source(source))
            if asked:
                _warm(Shell(opened, served=True))
        except Exception as problem:
            if not isinstance(problem, FunnelkitError):
                traceback.print_exc()
            return Ready(app, source, None, spoken, problem)
    return Ready(app, source, opened, spoken)


def _warm(shell: Shell) -> None:
    """Do everything once, so that the first answer and picture find their modules loaded."""
    shell.answer()
    shell.draw()
    shell.widget().close_all()
