"""Opening a room: whose lessons, which data, where it listens, what the trainer is told."""

from __future__ import annotations

import asyncio
import io
import ipaddress
import os
from collections.abc import Callable
from pathlib import Path

from funnelkit.apps.server import free_port, is_loopback
from funnelkit.errors import FunnelkitError
from funnelkit.room.desk import Told
from funnelkit.room.server import Room, certificate_of
from funnelkit.room.store import NAME, Store
from funnelkit.teach.settings import FILE, settings
from funnelkit.teach.site.shelf import Shelf, found_shelf
from funnelkit.teach.workshop.collect import handed_in
from funnelkit.words import say


def open_room(
    box: Path | None,
    *,
    lang: str,
    file: Path,
    ip: str = "127.0.0.1",
    port: int | None = None,
    certificate: str | None = None,
    key: str | None = None,
    handed: Path | None = None,
    tell: Callable[[str], None] = print,
) -> None:
    """Serve a room until it is interrupted.

    Parameters
    ----------
    box : Path, optional
        A workshop's folder; the course of the folder one stands in without.
    lang : str
        Language the room begins with; a workshop speaks its own.
    file : Path
        What the room keeps; one that is there goes on where it was.
    ip, port : str, int
        Without a port the one used before, else the first free one from 8866 on.
    certificate, key : str, optional
        For a connection that nobody can read.
    handed : Path, optional
        Folder of progress files: their learners go on in the room.
    tell : callable
        Takes the lines a person reads.

    Raises
    ------
    FunnelkitError
        No workshop there, an address that is none, a file or certificate that cannot be used.
    """
    tls = certificate_of(certificate, key)
    if not is_loopback(ip):
        _address(ip)
    shelf, file = _shelf(box), file.resolve()
    store = Store(file)
    before = store.told("port", "")
    try:
        if handed is not None:
            take(store, handed, tell)
    finally:
        store.close()
    port = _port(ip, port, before)
    if shelf.folder is not None:
        os.chdir(shelf.folder)
        own = settings()
        lang = own.language if own else lang
    os.environ["FUNNELKIT_LANG"], os.environ["FUNNELKIT_PROGRESS"] = lang, "-"
    room = Room(Told(shelf.folder, _data(shelf, lang), file, lang), ip, port, tls)
    room.store.tell("port", str(port))
    asyncio.run(room.serve(lambda: _ready(room, tell)))


def take(store: Store, folder: Path, tell: Callable[[str], None]) -> None:
    """Let the learners of a folder of progress files in, with all they answered.

    Raises
    ------
    FunnelkitError
        No folder, or no progress file in it.
    """
    found = handed_in(folder)
    people = [(" ".join(name.split())[:NAME].strip(), kept) for name, kept in found.people]
    new = {name for name, kept in people if store.take(name, kept.seed, kept.events)}
    tell(say("room.taken", n=len(new)))
    if there := [name for name, _ in people if name not in new]:
        tell(say("room.taken_not", names=there))
    if found.damaged:
        tell(say("workshop.room_damaged", files=tuple(found.damaged)))
        for problem in found.damaged.values():
            tell(str(problem))


def _shelf(box: Path | None) -> Shelf:
    if box is None:
        return found_shelf()
    for folder in (box / "learner", box):
        if (folder / FILE).is_file() and any(folder.glob("L[0-9][0-9].ipynb")):
            return Shelf(folder.resolve())
    raise FunnelkitError("room.no_box", found=str(box), file=FILE)


def _data(shelf: Shelf, lang: str) -> str:
    if shelf.folder is not None:
        return str(shelf.folder / "data")
    return "industrial-zh" if lang == "zh" else "industrial"


def _address(ip: str) -> None:
    """Refuse what no browser can be told: every address at once, or a name that is none."""
    try:
        told = ipaddress.ip_address(ip)
    except ValueError:
        raise FunnelkitError("room.no_address", found=ip) from None
    if told.is_unspecified:
        raise FunnelkitError("room.every_address", found=ip)


def _port(ip: str, wanted: int | None, before: str) -> int:
    """Return the port asked for, else the one the participants' pages know, else a free one."""
    if wanted is None and before:
        try:
            return free_port(ip, int(before))
        except FunnelkitError:
            pass
    return free_port(ip, wanted)


def _ready(room: Room, tell: Callable[[str], None]) -> None:
    import segno

    picture = io.StringIO()
    segno.make(f"{room.address}join?code={room.code}").terminal(picture, compact=True, border=2)
    if not is_loopback(room.ip):
        tell(say("room.open_to_others" if room.tls else "room.open_without_tls"))
    else:
        tell(say("room.here_alone"))
    tell(picture.getvalue())
    tell(say("room.tell_join", address=f"{room.address}join"))
    tell(say("room.tell_code", code=room.code))
    tell(say("room.tell_file", file=str(room.told.file)))
    tell(say("room.tell_trainer"))
    tell(f"{room.address}trainer/enter?key={room.key}")
