"""The doors of the apps' server: every route and socket asks for host, origin and token first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.utils import ensure_async
from tornado import web
from tornado.ioloop import IOLoop
from voila.request_info_handler import RequestInfoSocketHandler
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler

from funnelkit.apps.pages import full_page, start_page, token_page
from funnelkit.words import LANGUAGES, speaking


class Door:
    """Lets in who comes to this host, from its own pages, with the token.

    Jupyter's handlers ask for host and token when they prepare, but some are made open to all,
    and who brings the token in a header is asked for no origin: here there is no exception.
    """

    request: Any
    current_user: Any
    _finished: bool
    #: True for the page that asks for the token alone.
    for_all = False

    async def prepare(self, **options: Any) -> None:
        """Ask for origin, host and token."""
        origin = self.request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc.lower() != self.request.host.lower():
            raise web.HTTPError(403)
        await ensure_async(super().prepare(**options))  # type: ignore[misc]
        if self.current_user is None and not (self.for_all or self._finished):
            raise web.HTTPError(403)


def closed(handler: type) -> type:
    """Put the door before a handler of Voilà's own; Tornado's plain ones know no token."""
    jupyter = () if issubclass(handler, JupyterHandler) else (JupyterHandler,)
    return type(handler.__name__, (Door, *jupyter, handler), {})


class Start(Door, JupyterHandler):
    """The list of the apps."""

    @web.authenticated
    def get(self) -> None:
        """Return the page."""
        server = self.settings["voila"]
        with speaking(_language(self)):
            self.finish(start_page(server.names, server.source, self.base_url))


class Desk(Door, JupyterHandler):
    """Pages that are written here, without a kernel: one question after the other."""

    def check_xsrf_cookie(self) -> None:
        """A form comes from a page, as a browser says, or with the token itself."""
        if self.request.headers.get("Origin") is None and not self.token_authenticated:
            raise web.HTTPError(403)

    @web.authenticated
    async def get(self, path: str) -> None:
        """Return a page."""
        desk = self.settings["voila"].desk
        await self._reply(desk.page, path, _language(self))

    @web.authenticated
    async def post(self, path: str) -> None:
        """Take a form."""
        desk = self.settings["voila"].desk
        sent = {  # the names of fields come as bytes read letter by letter
            name.encode("latin1").decode("utf-8", "replace"): [
                v.decode("utf-8", "replace") for v in values
            ]
            for name, values in self.request.body_arguments.items()
        }
        await self._reply(desk.send, path, sent, _language(self))

    async def _reply(self, work: Callable[..., Any], *asked: Any) -> None:
        server = self.settings["voila"]
        try:
            found = await IOLoop.current().run_in_executor(server.clerk, lambda: work(*asked))
        except LookupError:
            raise web.HTTPError(404) from None
        self.set_header("Cache-Control", "no-store")
        self.finish(found)


class Token(Door, JupyterHandler):
    """Asks for the token; whoever has it goes on to the page wanted."""

    for_all = True

    @allow_unauthenticated
    def get(self) -> None:
        """Return the question."""
        server = self.settings["voila"]
        wanted = self.get_query_argument("next", self.base_url)
        if not wanted.startswith(self.base_url) or wanted.startswith("//"):
            wanted = self.base_url
        self.set_status(403)
        with speaking(server.speech):
            self.finish(token_page(wanted))


class Page(Door, TornadoVoilaHandler):  # type: ignore[misc]
    """An app, or the page that waits for a place."""

    @web.authenticated
    async def get(self, path: str | None = None) -> None:
        """Return the page of an app; it begins by itself as soon as there is a place."""
        seats = self.settings["voila"].seats
        if seats.offer(self.notebook_path):
            await super().get(path)
            return
        self.set_status(503)
        self.set_header("Retry-After", str(seats.AGAIN))
        with speaking(_language(self)):
            self.finish(full_page(seats.most, seats.AGAIN))

    def should_use_rendered_notebook(self, *asked: Any) -> bool:
        """Every page takes a kernel of the pool, which is where they are counted."""
        return True


class Warm(Door, JupyterHandler):
    """How many kernels wait for an app's page: for whoever watches the server."""

    @web.authenticated
    def get(self, name: str) -> None:
        """Return the number."""
        self.finish(str(len(self.settings["voila"].seats.waiting(f"{name}.ipynb"))))


class Close(Door, VoilaShutdownKernelHandler):  # type: ignore[misc]
    """Ends the kernel of a page that is left.

    The browser sends this on leaving, without the double of the cookie that a form would
    hold. The cookie itself is asked for, and only the page knows its kernel's name.
    """

    def check_xsrf_cookie(self) -> None:
        """The door has asked for the origin."""


class Query(Door, WebSocketMixin, RequestInfoSocketHandler, JupyterHandler):  # type: ignore[misc]
    """Where a warm kernel waits for the request it is to answer; one socket a kernel."""

    kernel = ""

    def open(self, kernel_id: str) -> None:
        """Take the place of a kernel of this server, once."""
        asking = self.settings["voila"].seats.asking
        if kernel_id not in self.kernel_manager or kernel_id in asking:
            self.close()
            return
        self.kernel = kernel_id
        asking.add(kernel_id)
        super().open(kernel_id)

    def on_close(self) -> None:
        """Give the place back."""
        if self.kernel:
            self.settings["voila"].seats.asking.discard(self.kernel)
            RequestInfoSocketHandler._waiters.pop(self.kernel, None)


def _language(page: Any) -> str:
    speech = str(page.settings["voila"].speech)
    wanted = page.get_query_argument("lang", speech)
    return wanted if wanted in LANGUAGES else speech
