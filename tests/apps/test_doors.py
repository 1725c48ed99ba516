"""The apps' server from outside: every route and socket it has, and what it says when full."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.ioloop import IOLoop
from tornado.websocket import websocket_connect

ROOT = Path(__file__).parents[2]
TOKEN = "for-the-doors-alone"
#: A server of two places that tells all its routes.
_SERVE = """
import json
from funnelkit.apps.server import make_server
from funnelkit.apps.source import Source

def ready(address, beside):
    routes = [
        [rule.matcher.regex.pattern, rule.target.__name__, hasattr(rule.target, "write_message")]
        for hosts in server.app.default_router.rules if hasattr(hosts.target, "rules")
        for rule in hosts.target.rules
    ]
    print(json.dumps([address.partition("?")[0], routes]), flush=True)

server = make_server(
    Source("tiny"), ("levers", "targets"), lang="en", ip="127.0.0.1", port=None,
    token=__import__("os").environ["FUNNELKIT_TOKEN"], spare=1, ready=ready, most=2,
)
server.start()
"""
_KERNEL = "11111111-2222-3333-4444-555555555555"


class Server:
    """A running server of two places."""

    def __init__(self) -> None:
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the server)
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SERVE], stdout=subprocess.PIPE, stderr=self.errors,
            cwd=ROOT, env=os.environ | {"FUNNELKIT_TOKEN": TOKEN},
        )  # fmt: skip
        assert self.process.stdout is not None
        told = self.process.stdout.readline()
        if not told:
            self.errors.seek(0)
            why = self.errors.read().decode()
            self.stop()
            pytest.fail(f"the server did not start: {why}")
        self.base, self.routes = json.loads(told)

    def stop(self) -> None:
        """End the server and all its kernels."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.process.communicate()
        self.errors.close()

    def ask(
        self, path: str, method: str = "GET", *, token: bool = False, **headers: str
    ) -> tuple[int, str]:
        """Return status and body of a request; redirects are not followed."""
        given = {k.replace("_", "-"): v for k, v in headers.items()}
        if token:
            given["Authorization"] = f"token {TOKEN}"
        request = urllib.request.Request(self.base + path, headers=given, method=method)
        try:
            with _OPENER.open(request, timeout=180) as reply:
                return int(reply.status), reply.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def warm(self, name: str) -> int:
        return int(self.ask(f"warm/{name}", token=True)[1])


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({}))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.stop()


def paths(server: Server) -> list[tuple[str, str, bool]]:
    """A path of every route, with its handler's name and whether it is a socket."""
    found = []
    for pattern, name, socket in server.routes:
        path = re.sub(r"\(\?P<\w+>[^)]*\)|\(\[0-9a-f-\]\+\)", _KERNEL, pattern)
        path = path.replace("([a-z]+)", "levers").replace("(.*)", "static/x.js").rstrip("$")
        assert not set(path) & set("()[]*+"), pattern
        found.append((path.lstrip("/"), name, socket))
    return found


def socket_status(server: Server, path: str, **headers: str) -> int:
    """Return the status with which a socket is refused, 101 for one that opens."""
    given = {k.replace("_", "-"): v for k, v in headers.items()}
    request = HTTPRequest(f"ws{server.base[4:]}{path}", headers=given, request_timeout=20)

    async def attempt() -> int:
        try:
            socket = await websocket_connect(request)
        except HTTPClientError as refused:
            return int(refused.code)
        socket.close()
        return 101

    return int(IOLoop().run_sync(attempt))


def test_every_route_asks_for_the_token(server: Server) -> None:
    all_paths = paths(server)
    assert len(all_paths) >= 12
    assert {"Query", "Page", "Close"} <= {name for _, name, _ in all_paths}
    for path, name, socket in all_paths:
        if name == "Token":  # it is what asks
            assert server.ask(path)[0] == 403
            continue
        if socket:
            assert socket_status(server, path) == 403, path
            assert socket_status(server, path, Authorization="token wrong") == 403, path
        for method in ("GET", "POST", "DELETE"):
            status, body = server.ask(path, method)
            assert status in (302, 403, 405), (path, method, status)
            assert "kernel" not in body.lower()
            assert server.ask(f"{path}?token=wrong", method)[0] in (302, 403, 405), path


def test_every_route_asks_for_host_and_origin(server: Server) -> None:
    for path, name, socket in paths(server):
        for headers in (
            {"Host": "elsewhere.example"}, {"Host": "elsewhere.example:8866"},
            {"Origin": "http://elsewhere.example"}, {"Origin": "null"},
            {"Origin": "http://127.0.0.1:1"},
        ):  # fmt: skip
            if socket:
                given = headers | {"Authorization": f"token {TOKEN}"}
                assert socket_status(server, path, **given) == 403, (path, headers)
            status, _ = server.ask(path, token=True, **headers)
            assert status == 403, (path, name, headers)
            assert server.ask(path, "POST", token=True, **headers)[0] in (403, 405)


def test_no_process_shows_the_token(server: Server) -> None:
    if not Path("/proc/self/cmdline").exists():
        pytest.skip("the system shows no list of processes here")
    _until(lambda: server.warm("levers") > 0)
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert TOKEN.encode() not in line.read_bytes(), line
        except OSError:
            continue


def test_strangers_at_the_kernels_door_change_nothing(server: Server) -> None:
    """Sockets of no kernel, twice and closed again, used to end every later visit."""
    _until(lambda: server.warm("levers") > 0)
    for _ in range(3):
        assert socket_status(server, f"voila/query/{_KERNEL}") == 403
        socket_status(server, f"voila/query/{_KERNEL}", Authorization=f"token {TOKEN}")
    status, page = server.ask("levers", token=True)
    assert status == 200
    assert "<h1>Levers</h1>" in page
    _close(server, page)


def _close(server: Server, page: str) -> None:
    kernel = re.search(r'"kernelId": "([0-9a-f-]+)"', page)
    assert kernel is not None
    assert server.ask(f"voila/api/shutdown/{kernel[1]}", "POST", token=True)[0] == 204


def _until(done: Any) -> None:
    for _ in range(600):
        if done():
            return
        time.sleep(0.2)
    raise AssertionError("waited in vain")


def test_a_full_house_says_so_and_goes_on(server: Server) -> None:
    pages = []
    for _ in range(2):
        status, page = server.ask("levers", token=True)
        assert status == 200
        assert "<h1>Levers</h1>" in page
        pages.append(page)
    # a kernel whose page is open waits no longer, and may be ended once it rests
    _until(lambda: server.warm("levers") == 0)
    for lang, title in (("en", "All places are taken"), ("zh", "名额已满")):
        status, full = server.ask(f"levers?lang={lang}&effort=0.2", token=True)
        assert status == 503
        assert title in full
        assert "http-equiv='refresh'" in full
        assert "Traceback" not in full
    assert server.ask("targets", token=True)[0] == 503
    _close(server, pages[0])
    _until(lambda: server.ask("levers", token=True)[0] == 200)
    _close(server, pages[1])


def test_servers_started_at_the_same_moment_find_a_port_each():
    """Both see the same port free; who comes second takes another."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(3) as pool:
        running = list(pool.map(lambda _: Server(), range(3)))
    try:
        assert len({one.base for one in running}) == 3
        assert [one.ask("", token=True)[0] for one in running] == [200, 200, 200]
    finally:
        for one in running:
            one.stop()
