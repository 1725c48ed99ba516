"""Why a report could not be made, as a worker tells it: the batch puts it into words."""

from __future__ import annotations

import errno
import os
from typing import Any

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def disk_full(problem: BaseException) -> bool:
    """Whether there was no room left; the engine says so in the words of the system.

    Examples
    --------
    >>> disk_full(OSError(errno.ENOSPC, "No space left on device")), disk_full(ValueError("x"))
    (True, False)
    """
    if isinstance(problem, OSError) and problem.errno in _FULL:
        return True
    return any(os.strerror(number) in str(problem) for number in _FULL)


def broken(problem: BaseException) -> dict[str, Any]:
    """Return the answer of a report that broke with a problem."""
    if disk_full(problem):
        return {"full": True}
    return {"error": f"{type(problem).__name__}: {problem}"}
