"""Calls to a server that are bounded in time, and stay with the server they were meant for."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from funnelkit.data.pulls.patience import PASSING, Failure
from funnelkit.errors import FunnelkitError

#: Seconds to wait for a connection, and for an answer.
TIMEOUT = (10, 120)


def safe_url(url: str, system: str) -> str:
    """Return an address to which a key may be sent: https, or this machine."""
    parts = urlsplit(url if "//" in url else f"https://{url}")
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        raise FunnelkitError("pulls.bad_url", found=_plain(parts), system=system)
    if parts.scheme == "http" and host not in ("localhost", "127.0.0.1", "::1"):
        raise FunnelkitError("pulls.not_https", found=_plain(parts), system=system)
    return _plain(parts)


def _plain(parts: Any) -> str:
    """Return the address without user, password, path and query: they may hold secrets."""
    port = f":{parts.port}" if parts.port else ""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return f"{parts.scheme}://{host}{port}"


def bounded() -> Any:
    """Return a session of ``requests`` in which no call waits for ever."""
    import requests
    from requests.adapters import HTTPAdapter

    class Bounded(HTTPAdapter):
        def send(self, request: Any, *more: Any, **given: Any) -> Any:
            given["timeout"] = given.get("timeout") or TIMEOUT
            return super().send(request, *more, **given)

    session = requests.Session()
    for start in ("https://", "http://"):
        session.mount(start, Bounded())
    # without this an entry in ~/.netrc replaces the key
    session.auth = lambda request: request
    return session


class Refused(Exception):
    """An answer that is no result: its status and what the server said."""

    def __init__(self, status: int, why: str, wait: float | None = None) -> None:
        super().__init__(status, why)
        self.status, self.why, self.wait = status, why, wait


class Session:
    """A session in the shape odooly calls.

    Odooly 2.6 waits for an answer for ever, and takes ``requests`` or ``urllib`` by the parity
    of the clock when it is imported; so it is handed this one.
    """

    def __init__(self) -> None:
        self._session = bounded()

    def request(
        self, url: str, *, method: str = "POST", data: Any = None, json: Any = None,
        headers: Any = None,
    ) -> Any:  # fmt: skip
        """Return the parsed answer, or raise :class:`Refused`."""
        answer = self._session.request(
            method, url, data=data, json=json, headers=headers,
            allow_redirects=False,  # the key goes to no other server
        )  # fmt: skip
        if answer.ok and not answer.is_redirect:
            return answer.json()
        asked = answer.headers.get("Retry-After", "")
        raise Refused(answer.status_code, _said(answer), float(asked) if asked.isdigit() else None)


def _said(answer: Any) -> str:
    """Return what the server said, in one line."""
    status = f"{answer.status_code} {answer.reason or ''}".strip()
    if answer.is_redirect:
        return f"{status}: {answer.headers.get('Location', '')}".partition("?")[0]
    try:
        told = answer.json()
        message = told.get("message") or (told.get("arguments") or [""])[0]
    except (ValueError, AttributeError, IndexError):
        return status
    lines = str(message).strip().splitlines()
    return f"{status}: {lines[0][:300]}" if lines else status


def failure(problem: Exception) -> Failure | None:
    """Tell what an exception of a call means; None for one that is a mistake of ours."""
    if isinstance(problem, Refused):
        if problem.status in PASSING:
            return Failure("passing", problem.why, problem.wait)
        if problem.status == 401:
            return Failure("key", problem.why)
        return Failure("rights" if problem.status == 403 else "other", problem.why)
    # requests derives all of its errors from OSError, also an answer cut off in the middle
    return Failure("passing", type(problem).__name__) if isinstance(problem, OSError) else None
