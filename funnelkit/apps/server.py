"""Voilà with the apps' pages and nothing else: no folders, no files, no notebooks as code."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import sys
from collections.abc import Callable
from typing import Any, ClassVar

from funnelkit.apps.build import folder
from funnelkit.apps.gate import Gate
from funnelkit.apps.pages import TEMPLATES, resources, start_page, token_page
from funnelkit.apps.source import VARIABLE, Source
from funnelkit.errors import FunnelkitError
from funnelkit.words import language, speaking

PORT = 8866
#: Kernels that warm up at the same time, and seconds one may take for it.
_AT_ONCE, _PATIENCE = 2, 120
#: What a warm kernel holds, in bytes.
_MEMORY = 450 << 20
#: Pages come from here alone; the front of the widgets compiles its own code.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' ws: wss:; frame-ancestors 'self'; form-action 'self'"
)
#: Widgets need these parts of the front; others on the machine are left alone.
_FRONT = ["@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8"]


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
    token: str | None, spare: int, ready: Callable[[str], None],
) -> Any:  # fmt: skip
    """Return the server, ready to be started."""
    from traitlets.config import Config

    speech = lang or language()
    os.environ[VARIABLE] = json.dumps(
        {"data": source.data, "options": dict(source.options), "lang": speech}
    )
    os.environ["FUNNELKIT_LANG"] = speech
    _prepend("JUPYTER_PATH", str(TEMPLATES), os.pathsep)
    for name in ("NO_PROXY", "no_proxy"):  # kernels ask the server for the request
        _prepend(name, "127.0.0.1,localhost", ",")
    secret = token or secrets.token_urlsafe(24)
    settings: dict[str, Any] = {
        "Voila": {
            "ip": ip, "port": free_port(ip, port), "port_retries": 0, "open_browser": False,
            "token": secret, "log_level": "ERROR", "config_file_paths": [],
            "tornado_settings": {
                "headers": {
                    "Content-Security-Policy": _POLICY,
                    "X-Content-Type-Options": "nosniff",
                    "Referrer-Policy": "no-referrer",
                }
            },
        },
        "VoilaConfiguration": {
            "template": "funnelkit", "strip_sources": True, "show_tracebacks": False,
            "allow_template_override": "NO", "allow_theme_override": "NO",
            "preheat_kernel": True, "default_pool_size": 0, "file_allowlist": [],
            "extension_allowlist": _FRONT, "resources": {"funnelkit": resources(names, speech)},
        },
        "VoilaKernelManager": {
            "kernel_pools_config": {"default": {"pool_size": 0}}, "fill_delay": 0.2,
            "cull_idle_timeout": 3600, "cull_interval": 300,
        },
        # files that only this account can reach, where the system has them
        "KernelManager": {} if sys.platform == "win32" else {"transport": "ipc"},
        # a busy machine brings an output later than its reply: it is waited for
        "VoilaExecutor": {"timeout": 600, "iopub_timeout": 60},
    }  # fmt: skip
    server = _server_class()(config=Config(settings))
    server.names, server.speech, server.spare = names, speech, spare
    server.secret, server.ready, server.source = secret, ready, source
    server.initialize([str(folder())])
    return server


def _prepend(name: str, value: str, sign: str) -> None:
    known = os.environ.get(name, "")
    if value not in known:
        os.environ[name] = value + (sign + known if known else "")


def _server_class() -> Any:
    """Return Voilà with its own pages only."""
    from jupyter_server.auth.decorator import allow_unauthenticated
    from jupyter_server.base.handlers import JupyterHandler
    from tornado import web
    from tornado.ioloop import IOLoop
    from voila.app import Voila
    from voila.request_info_handler import (
        RequestInfoSocketHandler,
    )
    from voila.shutdown_kernel_handler import (
        VoilaShutdownKernelHandler,
    )
    from voila.tornado.handler import TornadoVoilaHandler

    class Start(JupyterHandler):
        """The list of the apps."""

        @web.authenticated
        def get(self) -> None:
            server = self.settings["voila"]
            lang = self.get_query_argument("lang", server.speech)
            with speaking(lang if lang in ("en", "zh") else server.speech):
                self.finish(start_page(server.names, server.source, self.base_url))

    class Token(JupyterHandler):
        """Asks for the token; whoever has it goes on to the page wanted."""

        @allow_unauthenticated
        def get(self) -> None:
            server = self.settings["voila"]
            wanted = self.get_query_argument("next", self.base_url)
            if not wanted.startswith(self.base_url) or wanted.startswith("//"):
                wanted = self.base_url
            self.set_status(403)
            with speaking(server.speech):
                self.finish(token_page(wanted))

    class Warm(JupyterHandler):
        """How many kernels wait for an app's page: for whoever watches the server."""

        @web.authenticated
        def get(self, name: str) -> None:
            self.finish(str(len(self.settings["voila"].waiting(name))))

    class Close(VoilaShutdownKernelHandler):  # type: ignore[misc]
        """Ends the kernel of a page that is left.

        The browser sends this on leaving, without the double of the cookie that a form would
        hold. The cookie itself is asked for, and only the page knows its kernel's name.
        """

        def check_xsrf_cookie(self) -> None:
            pass

    class Apps(Voila):  # type: ignore[misc]
        """Voilà that shows the apps and nothing else."""

        names: tuple[str, ...] = ()
        watches: ClassVar[set[Any]] = set()

        def init_settings(self) -> Any:
            settings = super().init_settings()
            settings["voila"] = self
            settings["login_url"] = f"{self.base_url}token"
            if is_loopback(self.ip):  # a foreign name that points here is no way in
                settings["allow_remote_access"] = False
                settings["local_hostnames"] = ["localhost", self.ip]
            IOLoop.current().add_callback(self.begin)
            return settings

        def init_handlers(self) -> Any:
            kept = ("/api/kernels/", "/voila/templates/", "/voila/static/", "/voila/api/themes/",
                    "/voila/query/", "/voila/labextensions/")  # fmt: skip
            found = [h for h in super().init_handlers() if any(part in h[0] for part in kept)]
            page = {
                "template_paths": self.template_paths,
                "config": self.config,
                "voila_configuration": self.voila_configuration,
            }
            apps = [
                (f"{self.base_url}{name}", TornadoVoilaHandler,
                 page | {"notebook_path": f"{name}.ipynb"})
                for name in self.names
            ]  # fmt: skip
            own = [(self.base_url, Start), (f"{self.base_url}token", Token),
                   (f"{self.base_url}warm/([a-z]+)", Warm),
                   (f"{self.base_url}voila/api/shutdown/(.*)", Close)]  # fmt: skip
            return [*own, *apps, *found]

        async def begin(self) -> None:
            """Say where the pages are, then warm their kernels, a few at a time."""
            self.ready(f"http://{self.ip}:{self.port}{self.base_url}?token={self.secret}")
            self.gate, manager = Gate(_AT_ONCE), self.kernel_manager
            self.start_kernel, manager._initialize = manager._initialize, self.in_turn
            self.give_kernel = manager.get_rendered_notebook
            manager.get_rendered_notebook = self.asked
            for name in self.names[: room_for(len(self.names), self.spare)]:
                book = f"{name}.ipynb"
                pools = manager.kernel_pools_config | {book: {"pool_size": self.spare}}
                manager.kernel_pools_config = pools
                manager.fill_if_needed(delay=0, notebook_name=book)

        async def in_turn(self, notebook_path: str, *given: Any, **named: Any) -> Any:
            """Start a spare kernel when it is its turn."""
            name = notebook_path.removesuffix(".ipynb")
            await self.gate.enter(name)
            try:
                found = await self.start_kernel(notebook_path, *given, **named)
            except BaseException:
                self.gate.leave()
                raise
            watch = asyncio.ensure_future(self.until_warm(found))
            self.watches.add(watch)  # a task nobody holds may be dropped
            watch.add_done_callback(self.watches.discard)
            return found

        async def until_warm(self, started: Any) -> None:
            """Keep its place until a kernel waits for a request."""
            try:
                for _ in range(_PATIENCE * 5):
                    if started["task"].done():
                        return
                    if started["kernel_id"] in RequestInfoSocketHandler._waiters:
                        return
                    await asyncio.sleep(0.2)
            finally:
                self.gate.leave()

        def stop(self) -> None:
            """End all kernels; those that wait for their turn never start."""
            pools = self.kernel_manager._pools
            for name, pool in pools.items():
                for task in pool:
                    task.cancel()
                pools[name] = [task for task in pool if task.done() and not task.cancelled()]
            super().stop()

        async def asked(self, notebook_name: str, *given: Any, **named: Any) -> Any:
            """Give a page its kernel; one that has not started yet goes first."""
            pool = self.kernel_manager._pools.get(notebook_name, ())
            if pool and not pool[0].done():
                self.gate.want(notebook_name.removesuffix(".ipynb"))
            return await self.give_kernel(notebook_name, *given, **named)

        def waiting(self, name: str) -> list[str]:
            """Return the kernels of an app that wait for a request."""
            pool = self.kernel_manager.notebook_data.get(f"{name}.ipynb", {})
            return [k for k in pool.get("kernel_ids", ()) if k in RequestInfoSocketHandler._waiters]

    return Apps


def room_for(apps: int, spare: int) -> int:
    """Return how many apps' kernels fit into two thirds of the memory."""
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows
        whole = 8 << 30
    return max(1, min(apps, int(whole * 2 / 3 / (_MEMORY * spare))))
