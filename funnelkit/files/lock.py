"""One writer of a file at a time, whichever process or notebook it is in."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from funnelkit.errors import FunnelkitError

#: Seconds to wait for others; a write takes milliseconds.
PATIENCE = 20
_PAUSE = 0.01


@contextmanager
def locked(path: Path, patience: float | None = None) -> Iterator[bool]:
    """Hold the lock of a file; the system lets go of it when a process is killed.

    The lock is an empty file beside it, since the file itself is replaced at every write. It is
    False where the folder knows no locks, as on some network drives.

    Raises
    ------
    FunnelkitError
        Somebody else has held it for ``patience`` seconds, ``PATIENCE`` if not given.
    OSError
        The folder takes no file.
    """
    patience = PATIENCE if patience is None else patience
    with lock_of(path).open("a+b") as file:
        end = time.monotonic() + patience
        while (taken := _taken(file)) is False:
            if time.monotonic() > end:
                raise FunnelkitError("files.held", file=path.name, seconds=patience)
            time.sleep(_PAUSE)
        try:
            yield bool(taken)
        finally:
            _let_go(file)


def lock_of(path: Path) -> Path:
    """Return the file that is the lock."""
    return path.with_name(f".{path.name}.lock")


if sys.platform == "win32":
    import msvcrt

    def _taken(file: IO[bytes]) -> bool | None:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _let_go(file: IO[bytes]) -> None:
        file.seek(0)
        with suppress(OSError):
            msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import errno
    import fcntl

    def _taken(file: IO[bytes]) -> bool | None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as why:
            # a network folder without locks: writing unlocked is better than not at all
            return None if why.errno in (errno.ENOLCK, errno.ENOTSUP) else False
        return True

    def _let_go(file: IO[bytes]) -> None:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_UN)
