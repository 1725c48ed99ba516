"""Voilà with the apps' pages and nothing else: no folders, no files, no notebooks as code."""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from funnelkit.apps.build import folder
from funnelkit.apps.pages import TEMPLATES, resources
from funnelkit.apps.seats import most_seats
from funnelkit.apps.source import DOOR, TOKEN, VARIABLE, Source
from funnelkit.charts.fonts import folder as fonts
from funnelkit.errors import FunnelkitError
from funnelkit.words import language

PORT = 8866
#: Pages come from here alone; the front of the widgets compiles its own code.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' ws: wss:; frame-ancestors 'self'; form-action 'self'"
)
#: Where the list of the apps is when other pages stand in front.
_APPS = "apps"
#: Widgets need these parts of the front; others on the machine are left alone.
_FRONT = ["@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8"]


class Pages(Protocol):
    """Who writes pages: a path in, HTML or plain values out; LookupError where there is none."""

    def page(self, path: str, lang: str) -> str | dict[str, Any]:
        """Return a page."""

    def send(self, path: str, sent: Mapping[str, Sequence[str]], lang: str) -> dict[str, Any]:
        """Take a form."""


def is_loopback(ip: str) -> bool:
    """Whether only this machine can reach an address."""
    return ip in {"localhost", "::1"} or ip.startswith("127.")


def free_port(ip: str, wanted: int | None) -> int:
    """Return the port asked for, or the first free one.

    Raises
    ------
    FunnelkitError
        The port asked for is taken.
    """
    for port in [wanted] if wanted is not None else range(PORT, PORT + 50):
        with socket.socket() as probe:
            if sys.platform != "win32":  # there it would share a port that is in use
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ip, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise FunnelkitError("apps.port_taken", port=wanted or PORT)


def make_server(
    source: Source, names: tuple[str, ...], *, lang: str | None, ip: str, port: int | None,
    token: str | None, spare: int, ready: Callable[[str, Path], None], most: int | None = None,
    desk: Pages | None = None,
) -> Any:  # fmt: skip
    """Return the server, ready to be started.

    ``ready`` is given its address and a folder that only this account can read; ``most`` is the
    number of kernels alive at the same time, by the memory where None. With a ``desk`` its pages
    stand in front, and an app's kernel is started when somebody opens the app.
    """
    from traitlets.config import Config

    speech, home = lang or language(), _APPS if desk else ""
    os.environ[VARIABLE] = json.dumps(
        {"data": source.data, "options": dict(source.options), "lang": speech}
    )
    os.environ["FUNNELKIT_LANG"] = speech
    _prepend("JUPYTER_PATH", str(TEMPLATES), os.pathsep)
    secret = token or secrets.token_urlsafe(24)
    # a kernel's secret is in its environment, which only this account can read, never in a list
    # of processes
    os.environ[TOKEN] = secret
    settings: dict[str, Any] = {
        "Voila": {
            # one that is free now may be taken by another server before this one listens
            "ip": ip, "port": free_port(ip, port), "port_retries": 0 if port else 50,
            "open_browser": False,
            "token": secret, "log_level": "ERROR", "config_file_paths": [],
            "tornado_settings": {
                "headers": {
                    "Content-Security-Policy": _POLICY,
                    "X-Content-Type-Options": "nosniff",
                    "Referrer-Policy": "same-origin",
                }
            },
        },
        "VoilaConfiguration": {
            "template": "funnelkit", "strip_sources": True, "show_tracebacks": False,
            "allow_template_override": "NO", "allow_theme_override": "NO",
            "preheat_kernel": True, "default_pool_size": 0, "file_allowlist": [],
            "extension_allowlist": _FRONT,
            "resources": {"funnelkit": {**resources(names, speech), "home_path": home}},
        },
        "VoilaKernelManager": {
            "kernel_pools_config": {"default": {"pool_size": 0}}, "fill_delay": 0.2,
            "cull_idle_timeout": 3600, "cull_interval": 300, "cull_connected": True,
        },
        # files that only this account can reach, where the system has them
        "KernelManager": {} if sys.platform == "win32" else {"transport": "ipc"},
        # a busy machine brings an output later than its reply: it is waited for
        "VoilaExecutor": {"timeout": 600, "iopub_timeout": 60},
    }  # fmt: skip
    server = _server_class()(config=Config(settings))
    server.names, server.speech, server.spare = names, speech, spare
    server.secret, server.ready, server.source = secret, ready, source
    server.most, server.desk = most or most_seats(), desk
    server.initialize([str(folder())])
    return server


def _prepend(name: str, value: str, sign: str) -> None:
    known = os.environ.get(name, "")
    if value not in known:
        os.environ[name] = value + (sign + known if known else "")


def _server_class() -> Any:
    """Return Voilà with its own pages only; loaded when somebody serves."""
    from tornado.ioloop import IOLoop
    from tornado.web import StaticFileHandler
    from voila.app import Voila

    from funnelkit.apps.doors import Close, Desk, Page, Query, Start, Token, Warm, closed
    from funnelkit.apps.seats import Seats

    class Apps(Voila):  # type: ignore[misc]
        """Voilà that shows the apps and nothing else."""

        names: tuple[str, ...] = ()
        desk: Pages | None = None
        #: One thing after the other: what a page is made with is not made for two at once.
        clerk = ThreadPoolExecutor(1, thread_name_prefix="desk")

        def init_settings(self) -> Any:
            settings = super().init_settings()
            settings["voila"] = self
            settings["login_url"] = f"{self.base_url}token"
            if is_loopback(self.ip):  # a foreign name that points here is no way in
                settings["allow_remote_access"] = False
                settings["local_hostnames"] = ["localhost", self.ip]
            self.seats = Seats(self.kernel_manager, self.most, self.spare)
            IOLoop.current().add_callback(self.begin)
            return settings

        def init_handlers(self) -> Any:
            kept = ("/api/kernels/", "/voila/static/", "/voila/api/themes/",
                    "/voila/labextensions/")  # fmt: skip
            found = [
                (pattern, closed(handler), *rest)
                for pattern, handler, *rest in super().init_handlers()
                if any(part in pattern for part in kept)
            ]
            page = {
                "template_paths": self.template_paths,
                "config": self.config,
                "voila_configuration": self.voila_configuration,
            }
            apps = [
                (f"{self.base_url}{name}", Page, page | {"notebook_path": f"{name}.ipynb"})
                for name in self.names
            ]
            start = f"{self.base_url}{_APPS if self.desk else ''}"
            own = [(start, Start), (f"{self.base_url}token", Token),
                   (f"{self.base_url}warm/([a-z]+)", Warm),
                   (f"{self.base_url}voila/query/([0-9a-f-]+)", Query),
                   (f"{self.base_url}voila/api/shutdown/([0-9a-f-]+)", Close)]  # fmt: skip
            front = [
                (f"{self.base_url}((?:lesson/.*|quiz.*|review.*|progress)?)", Desk),
                (f"{self.base_url}font/(.*)", closed(StaticFileHandler), {"path": str(fonts())}),
            ]
            return [*own, *apps, *(front if self.desk else ()), *found]

        async def begin(self) -> None:
            """Say where the pages are, then warm their kernels, a few at a time."""
            address = f"http://{self.ip}:{self.port}{self.base_url}?token={self.secret}"
            # kernels ask here for their request
            here = "127.0.0.1" if self.ip in ("0.0.0.0", "localhost") else self.ip
            os.environ[DOOR] = f"ws://{here}:{self.port}/voila/query"
            self.ready(address, Path(self.connection_dir))
            if self.desk is not None:  # the first page finds its modules loaded
                self.clerk.submit(self.desk.page, "", self.speech)
            else:
                self.seats.fill([f"{name}.ipynb" for name in self.names])

        def stop(self) -> None:
            """End all kernels."""
            self.seats.stop()
            super().stop()

    return Apps
