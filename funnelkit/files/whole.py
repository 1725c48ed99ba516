"""Write files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: str | bytes) -> None:
    """Write beside ``path`` and move it there, so that no reader meets half a file.

    Raises
    ------
    OSError
        The folder takes no file, or the disk is full; what stood there before still does.
    """
    # half a character has no bytes: it becomes a question mark, not the end of the writing
    body = content.encode("utf-8", "replace") if isinstance(content, str) else content
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files private; these are for others to read
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def clear_parts(path: Path) -> None:
    """Remove what writers of ``path`` left that were killed; only for who holds its lock."""
    for part in path.parent.glob(f".{path.name}-*.part"):
        with suppress(OSError):
            part.unlink()
