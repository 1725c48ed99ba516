"""The room's server: every route asks for a ticket first; pages are written by desks."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import signal
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, RequestHandler, StaticFileHandler

from funnelkit.apps.server import is_loopback
from funnelkit.charts.fonts import folder as fonts
from funnelkit.errors import FunnelkitError
from funnelkit.room.brake import SECONDS, Brake
from funnelkit.room.desk import Told
from funnelkit.room.desks import Desks, Lane, Lost
from funnelkit.room.doors import door_of, doors
from funnelkit.room.entrance import join_page, said_page, waiting_page
from funnelkit.room.store import NAME, Person, Store
from funnelkit.teach.site.shelf import Shelf
from funnelkit.words import LANGUAGES, say, speaking

T = TypeVar("T")
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'; form-action 'self'"
)
#: Seconds a page is waited for before its reader is told the place in the queue, and after
#: which that page asks again.
_SOON, _AGAIN = 4.0, 2
#: Letters of a personal word.
_WORD = (2, 60)
#: What a form may hold, in bytes.
_BODY = 1 << 20
#: Seconds a browser keeps its ticket: the days of a course.
_KEPT = 14 * 24 * 3600


class Room:
    """What the server of a room knows, beside what its file keeps.

    Parameters
    ----------
    told : Told
        Where the lessons, the data and the answers are.
    ip, port : str, int
        Where it listens.
    tls : ssl.SSLContext, optional
        The certificate, where there is one.
    """

    def __init__(self, told: Told, ip: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        self.told, self.ip, self.port, self.tls = told, ip, port, tls
        self.store, self.shelf = Store(told.file), Shelf(told.folder)
        self.code, self.key = self.store.code, self.store.key
        host = f"[{ip}]" if ":" in ip else ip
        self.address = f"{'https' if tls else 'http'}://{host}:{port}/"
        self.store.tell("address", self.address)
        self.desks = Desks(told)
        self.brake = Brake()
        #: Person to page and when it last gave a sign.
        self.there: dict[int, tuple[str, float]] = {}
        #: Pages being written for somebody who was told to wait.
        self.pending: dict[tuple[int, str], asyncio.Task[Any]] = {}
        #: The file is asked and written by one thread, one thing after the other.
        self._clerk = ThreadPoolExecutor(1, thread_name_prefix="clerk")

    async def ask(self, work: Callable[..., T], *given: Any) -> T:
        """Do something with the file."""
        return await asyncio.get_running_loop().run_in_executor(self._clerk, lambda: work(*given))

    def application(self) -> Application:
        """Return all routes; what is not named here is a participant's page, or none."""
        return Application(
            [
                (r"/join", Join),
                (r"/trainer/enter", Enter),
                (r"/trainer(?:/.*)?", Lead),
                (r"/now", Now),
                (r"/font/(.*)", Font, {"path": str(fonts())}),
                (r"/(.*)", Page),
            ],
            room=self, cookie=f"fk-room-{self.port}", leader=f"fk-trainer-{self.port}",
            log_function=lambda _: None,
        )  # fmt: skip

    def forget(self, key: tuple[int, str]) -> None:
        """Drop a page that is written and that nobody comes back for: it would grow old."""
        asyncio.get_running_loop().call_later(5 * _AGAIN, self.pending.pop, key, None)

    def presence(self) -> dict[int, tuple[str, float]]:
        """Return where everybody is, and seconds since the last sign."""
        now = time.monotonic()
        return {id: (page, now - at) for id, (page, at) in self.there.items()}

    async def serve(self, ready: Callable[[], None]) -> None:
        """Serve until SIGINT or SIGTERM."""
        server = HTTPServer(self.application(), ssl_options=self.tls, max_body_size=_BODY)
        server.listen(self.port, self.ip)
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows: Ctrl+C ends the loop
                loop.add_signal_handler(sign, ended.set)
        await loop.run_in_executor(None, self.desks.begin)
        await self.ask(lambda: self.shelf.fronts)  # read once, before somebody waits for it
        ready()
        tasks = [asyncio.create_task(self._cull()), asyncio.create_task(self._draw())]
        try:
            await ended.wait()
        finally:
            for task in tasks:
                task.cancel()
            server.stop()
            self.desks.end()
            self._clerk.shutdown(wait=True)
            self.store.close()

    async def _cull(self) -> None:
        while True:
            await asyncio.sleep(30)
            self.desks.cull()

    async def _draw(self) -> None:
        """Draw the pictures of a workshop's own lessons before anybody asks for them."""
        if self.told.folder is None:
            return
        for front in self.shelf.fronts:
            job = ("draw", (front.id, self.told.lang))
            with contextlib.suppress(Lost):
                while not await self.desks.ask.do(job):
                    await asyncio.sleep(3)


class Door(RequestHandler):
    """Lets in who comes to this host, from its own pages, with a ticket."""

    room: Room
    person: Person | None = None
    #: True for the two pages that hand out tickets.
    for_all = False
    #: True for the trainer's pages.
    for_trainer = False

    def set_default_headers(self) -> None:
        """Tell browsers what a page of a room may do."""
        self.set_header("Content-Security-Policy", _POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cache-Control", "no-store")
        self.clear_header("Server")

    async def prepare(self) -> None:
        """Ask for host, origin and ticket."""
        self.room = self.settings["room"]
        host = self.request.host.lower()
        name = urlsplit(f"//{host}").hostname or ""
        if is_loopback(self.room.ip) and not is_loopback(name):
            raise HTTPError(403)  # a foreign name that points here is no way in
        origin = self.request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host:
            raise HTTPError(403)
        if self.request.method not in ("GET", "HEAD") and origin is None:
            raise HTTPError(403)  # a form comes from a page, as every browser says
        if self.for_all:
            return
        ticket = self.get_cookie(self.settings["leader" if self.for_trainer else "cookie"], "")
        known, id = await self.room.ask(self.room.store.whose, ticket)
        if known and (id is None) == self.for_trainer:
            if id is not None:
                self.person = await self.room.ask(self.room.store.person, id)
            return
        if "text/html" in self.request.headers.get("Accept", "") and not self.for_trainer:
            self.redirect(f"/join?lang={self.lang}")
        else:
            raise HTTPError(403)

    @property
    def lang(self) -> str:
        """The language asked for, else the room's."""
        wanted = self.get_query_argument("lang", self.room.told.lang)
        return wanted if wanted in LANGUAGES else self.room.told.lang

    def sent(self) -> dict[str, list[str]]:
        """Return what a form holds; the names of fields come as bytes read letter by letter."""
        return {
            name.encode("latin1").decode("utf-8", "replace"): [
                v.decode("utf-8", "replace") for v in values
            ]
            for name, values in self.request.body_arguments.items()
        }

    def hand(self, name: str, ticket: str) -> None:
        """Give a browser its ticket."""
        self.set_cookie(
            self.settings[name], ticket, max_age=_KEPT, httponly=True, samesite="Lax",
            secure=self.room.tls is not None, path="/",
        )  # fmt: skip

    async def done(self, lane: Lane, job: Any, key: int = 0) -> Any:
        """Have a job done by a desk."""
        try:
            found = await lane.do(job, key)
        except Lost:
            raise HTTPError(503) from None
        if found is None:
            raise HTTPError(404)
        if found is False:
            raise HTTPError(500)
        return found

    def write_error(self, status_code: int, **given: Any) -> None:
        """Say in a sentence why there is no page."""
        with speaking(self.lang if hasattr(self, "room") else None):
            known = {403: "room.no_entry", 404: "room.no_page", 503: "room.once_more"}
            text = say(known.get(status_code, "room.failed"))
            self.finish(said_page(say("learn.refused"), text))


class Join(Door):
    """Asks for name, code and word, and lets in."""

    for_all = True

    def get(self) -> None:
        """Return the page that asks."""
        with speaking(self.lang):
            self.finish(join_page(self.get_query_argument("code", "")[:12]))

    async def post(self) -> None:
        """Let somebody in, or say what is wrong."""
        given = self.sent()
        name, code, word = (given.get(k, [""])[0].strip() for k in ("name", "code", "word"))
        name = " ".join("".join(c if c.isprintable() else " " for c in name).split())[:NAME]
        code = "".join(code.split()).replace("-", "").upper()
        where = str(self.request.remote_ip)
        if not self.room.brake.turn(where):
            self._again(429, code, name, "room.too_many")
            return
        if not hmac.compare_digest(code.encode(), self.room.code.encode()):
            await asyncio.sleep(self.room.brake.pause(where))
            self._again(403, "", name, "room.wrong_code")
            return
        self.room.brake.right(where)  # thirty who join together from one address are welcome
        if not name or not _WORD[0] <= len(word) <= _WORD[1]:
            self._again(400, code, name, "room.name_first" if not name else "room.word_first")
            return
        # a name's word is guessed from many addresses as little as from one
        called = f"name {name.casefold()}"
        if not self.room.brake.turn(called):
            self._again(429, code, name, "room.too_many")
            return
        person = await self.room.ask(self._person, name, word)
        if person is None:
            await asyncio.sleep(self.room.brake.pause(called))
            self._again(403, code, name, "room.wrong_word")
            return
        self.room.brake.right(called)
        self.hand("cookie", await self.room.ask(self.room.store.admit, person.id))
        self.redirect(f"/?lang={self.lang}", status=303)

    def _person(self, name: str, word: str) -> Person | None:
        store = self.room.store
        there = store.find(name)
        if there is None:
            return store.join(name, word)
        return there if store.knows(there, word) else None

    def _again(self, status: int, code: str, name: str, why: str) -> None:
        self.set_status(status)
        if status == 429:
            self.set_header("Retry-After", str(round(SECONDS)))
        with speaking(self.lang):
            self.finish(join_page(code, name, say(why, name=name)))


class Enter(Door):
    """Takes the trainer's key out of the address and lets in."""

    for_all = True

    async def get(self) -> None:
        """Hand out the trainer's ticket."""
        where = str(self.request.remote_ip)
        if not self.room.brake.turn(where):
            raise HTTPError(429)
        key = self.get_query_argument("key", "")
        if not hmac.compare_digest(key.encode(), self.room.key.encode()):
            await asyncio.sleep(self.room.brake.pause(where))
            raise HTTPError(403)
        self.room.brake.right(where)
        self.hand("leader", await self.room.ask(self.room.store.admit, None))
        self.redirect(f"/trainer?lang={self.lang}", status=303)


class Lead(Door):
    """The trainer's pages."""

    for_trainer = True

    async def get(self) -> None:
        """Return a page, or what changed on it."""
        job = ("trainer_show", (self.request.path, self.lang, self.room.presence()))
        self.finish(await self.done(self.room.desks.ask, job))

    async def post(self) -> None:
        """Do what the trainer decided."""
        job = ("trainer_take", (self.sent(), self.lang, self.room.presence()))
        self.finish(await self.done(self.room.desks.ask, job))


class Now(Door):
    """What a participant's page asks every few seconds, and the sign that somebody is there."""

    async def get(self) -> None:
        """Say where everybody was sent, whether this page is open, and how far the team is."""
        assert self.person is not None
        at = self.get_query_argument("at", "")[:60]
        self.room.there[self.person.id] = (at, time.monotonic())
        self.finish(await self.room.ask(self._now, at, self.person))

    def _now(self, at: str, person: Person) -> dict[str, Any]:
        store = self.room.store
        number, page = store.called()
        shut = not doors(self.room.shelf, store).get(door_of(at), True)
        moves = len(store.moves(person.team)) if person.team else 0
        return {"call": number, "page": page, "shut": shut, "moves": moves}


class Page(Door):
    """A participant's pages and forms."""

    async def get(self, path: str) -> None:
        """Return a page; one that takes long says meanwhile how many are before it."""
        assert self.person is not None
        room, who = self.room, self.person.id
        piece = path.endswith(("/drawn", "/board"))
        if not piece:
            room.there[who] = (path, time.monotonic())
        key, lane = (who, f"{path}?{self.lang}"), room.desks.lane(path)
        if key not in room.pending:
            job = ("show", (who, path, self.lang))
            room.pending[key] = made = asyncio.create_task(self.done(lane, job, who))
            made.add_done_callback(lambda _: room.forget(key))
        task = room.pending[key]
        await asyncio.wait([task], timeout=_SOON)
        if task.done():
            room.pending.pop(key, None)
            self.finish(task.result())
            return
        if piece:
            self.finish({"again": True})
            return
        self.set_status(503)
        self.set_header("Retry-After", str(_AGAIN))
        with speaking(self.lang):
            self.finish(waiting_page(lane.before(who), _AGAIN))

    async def post(self, path: str) -> None:
        """Take a form."""
        assert self.person is not None
        who = self.person.id
        job = ("take", (who, path, self.sent(), self.lang))
        self.finish(await self.done(self.room.desks.lane(path), job, who))


class Font(Door, StaticFileHandler):
    """The packaged Chinese font, for machines without one."""

    def set_extra_headers(self, path: str) -> None:
        """Let a browser keep it."""
        self.set_header("Cache-Control", "private, max-age=86400")


def certificate_of(file: str | None, key: str | None) -> ssl.SSLContext | None:
    """Return the certificate a room shows; None without one.

    Raises
    ------
    FunnelkitError
        The files are no certificate and its key.
    """
    if file is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(file, key)
    except (OSError, ssl.SSLError) as why:
        raise FunnelkitError("room.no_certificate", file=file, why=str(why)) from None
    return context
