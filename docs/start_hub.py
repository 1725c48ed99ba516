"""Start the JupyterHub recipe of docs/ROOM.md as it stands there; two users work at once.

``python docs/start_hub.py FOLDER`` with `jupyterhub`, `jupyterhub-nativeauthenticator` and
`configurable-http-proxy` installed. It signs up a trainer and two participants, lets them in,
starts both JupyterLabs, answers one exercise in each and holds their progress files apart.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from contextlib import suppress
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
BASE = "http://127.0.0.1:8000"
WORD = "a-word-for-the-recipe"
CODE = """
from funnelkit.teach.check import check
print(check("L01.1", {{"lead": 100, "contact": {share}, "need": 30, "proposal": 15,
                       "negotiation": 8, "close": 4}}))
"""


def recipe() -> str:
    """Return the configuration as the page shows it."""
    found = re.search(r"```python\n(.*?)```", (HERE / "ROOM.md").read_text("utf-8"), re.S)
    assert found is not None
    return found[1]


class Person:
    """Somebody's browser."""

    def __init__(self, name: str) -> None:
        self.name, self.token = name, ""
        self.jar = CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.jar)
        )

    def ask(self, path: str, body: bytes | None = None, method: str | None = None) -> str:
        """Ask the hub; a form holds the double of its cookie, as pages do."""
        headers = {"Authorization": f"token {self.token}"} if self.token else {}
        request = urllib.request.Request(BASE + path, body, headers, method=method)
        with self.opener.open(request, timeout=60) as reply:
            return str(reply.read().decode())

    def form(self, path: str, **fields: str) -> str:
        """Open a page and send its form."""
        page = self.ask(path)
        found = re.search(r'name="_xsrf" value="([^"]+)"', page)
        assert found is not None, page[:2000]
        return self.ask(path, urllib.parse.urlencode(fields | {"_xsrf": found[1]}).encode())

    def sign_up(self) -> str:
        """Ask to be let in."""
        return self.form("/hub/signup", username=self.name, signup_password=WORD,
                         signup_password_confirmation=WORD)  # fmt: skip

    def log_in(self) -> None:
        """Log in and take a token for what a page would do by itself."""
        self.form("/hub/login", username=self.name, password=WORD)
        who = {"auth": {"username": self.name, "password": WORD}}
        told = self.ask(f"/hub/api/users/{self.name}/tokens", json.dumps(who).encode())
        self.token = json.loads(told)["token"]

    def start(self) -> None:
        """Have the JupyterLab started and wait for it."""
        with suppress(urllib.error.HTTPError):  # it may be on its way since the login
            self.ask(f"/hub/api/users/{self.name}/server", b"{}")
        for _ in range(180):
            told = json.loads(self.ask(f"/hub/api/users/{self.name}"))
            if told["servers"].get("", {}).get("ready"):
                return
            time.sleep(1)
        raise TimeoutError(self.name)

    async def work(self, code: str) -> str:
        """Run code in a kernel of one's own and return what it prints."""
        from tornado.httpclient import HTTPRequest
        from tornado.websocket import websocket_connect

        home = f"/user/{self.name}/api/kernels"
        kernel = json.loads(await asyncio.to_thread(self.ask, home, b"{}"))["id"]
        address = f"{BASE.replace('http', 'ws')}{home}/{kernel}/channels"
        headers = {"Authorization": f"token {self.token}"}
        socket = await websocket_connect(HTTPRequest(address, headers=headers))
        asked: dict[str, Any] = {
            "header": {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "version": "5.3",
                       "username": self.name, "session": uuid.uuid4().hex},
            "parent_header": {}, "metadata": {}, "channel": "shell",
            "content": {"code": code, "silent": False},
        }  # fmt: skip
        await socket.write_message(json.dumps(asked))
        said = ""
        while True:
            told = await asyncio.wait_for(socket.read_message(), 120)
            message = json.loads(told or "{}")
            kind = message.get("msg_type")
            if kind == "stream":
                said += message["content"]["text"]
            elif kind == "error":
                raise RuntimeError("\n".join(message["content"]["traceback"]))
            elif kind == "execute_reply":
                socket.close()
                return said


async def both(people: list[Person]) -> list[str]:
    """Let two work at the same time."""
    work = [p.work(CODE.format(share=50 + k)) for k, p in enumerate(people)]
    return list(await asyncio.gather(*work))


def main(folder: Path) -> None:
    """Start the hub in a folder, let two people work, end it."""
    folder.mkdir(parents=True)
    (folder / "notebooks").symlink_to(HERE.parent / "notebooks")
    # nobody should run a hub as root; where tests do, Jupyter asks for this word
    root = 'c.Spawner.args = ["--allow-root"]\n' if getattr(os, "geteuid", lambda: 1)() == 0 else ""
    (folder / "jupyterhub_config.py").write_text(recipe() + root, "utf-8")
    program = shutil.which("jupyterhub") or str(Path(sys.executable).with_name("jupyterhub"))
    with (folder / "hub.log").open("w") as log:
        hub = subprocess.Popen(
            [program, "-f", "jupyterhub_config.py"], cwd=folder, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        try:
            walk(folder)
        finally:
            hub.send_signal(signal.SIGTERM)
            try:
                hub.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(hub.pid, signal.SIGKILL)


def walk(folder: Path) -> None:
    """Sign up, let in, start, work, look at what is kept."""
    trainer, anna, bob = people = [Person(n) for n in ("trainer", "anna", "bob")]
    for _ in range(120):
        try:
            trainer.ask("/hub/login")
            break
        except (urllib.error.URLError, ConnectionError):
            time.sleep(1)
    for person in people:
        person.sign_up()
    try:
        anna.log_in()
        raise AssertionError("nobody is let in before the trainer says so")
    except urllib.error.HTTPError:
        pass
    trainer.log_in()
    token, trainer.token = trainer.token, ""  # as a browser: by the cookie alone
    for person in (anna, bob):
        trainer.ask(f"/hub/authorize/{person.name}")
    trainer.token = token
    for person in (anna, bob):
        person.log_in()
    for person in (anna, bob):
        person.start()
    said = asyncio.run(both([anna, bob]))
    kept = [json.loads((folder / "people" / p.name / "funnelkit-progress.json").read_text("utf-8"))
            for p in (anna, bob)]  # fmt: skip
    for person, told, record in zip((anna, bob), said, kept, strict=True):
        print(person.name, "·", told.splitlines()[0], "· seed", record["seed"], "·",
              len(record["events"]), "answer ·", record["events"][0]["state"])  # fmt: skip
        assert (folder / "people" / person.name / "course" / "00_start_here.ipynb").is_file()
    assert kept[0]["seed"] != kept[1]["seed"]
    assert [len(k["events"]) for k in kept] == [1, 1]
    for person in (anna, bob):
        person.ask(f"/hub/api/users/{person.name}/server", method="DELETE")
    print("two users at once, each with their own lessons and progress")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
