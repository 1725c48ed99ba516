"""A real Odoo 19 for the tests of live pulls: made, started, stopped, its clock set.

    python tests/tools/odoo_server.py make HOME     # once, about two minutes; needs root and apt
    python tests/tools/odoo_server.py start HOME    # prints the address; `stop HOME` ends both
    FUNNELKIT_TEST_ODOO=HOME python -m pytest tests/data/test_odoo_live.py

Nothing of Odoo is installed: Debian's package of it is unpacked into HOME and runs in a virtual
environment there, on a PostgreSQL cluster that lies there too. Odoo 19 is in Debian's unstable
release only, so the package is fetched with package lists of its own. Both servers run under
libfaketime and read their time from HOME/clock.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

ADDONS = "usr/lib/python3/dist-packages/odoo/addons"
# What crm stands on; the manifests of all others are needed too, their contents are not.
MODULES = (
    "base rpc web base_setup bus http_routing resource utm web_tour html_editor mail auth_signup"
    " calendar contacts phone_validation sales_team portal digest crm"
).split()
PACKAGES = (
    "babel beautifulsoup4 chardet cryptography python-dateutil docutils geoip2 gevent greenlet idna"
    " Jinja2 libsass lxml lxml-html-clean MarkupSafe num2words openpyxl passlib Pillow polib psutil"
    " psycopg2-binary pyopenssl pypdf python-stdnum pytz reportlab requests rjsmin urllib3 vobject"
    " Werkzeug xlrd XlsxWriter xlwt"
).split()
USERS = {"manager": None, "seller": "group_sale_salesman_all_leads", "own": "group_sale_salesman"}
# A clock that is set while a sleep begins makes the sleep invalid, and the server's main loop ends.
AT_START = """
import time
really = time.sleep
def sleep(seconds):
    try:
        really(seconds)
    except OSError:
        pass
time.sleep = sleep
"""
MAKE_USERS = """
import datetime, json
until = datetime.datetime.now() + datetime.timedelta(days=3650)
keys = {}
for name, group in %r.items():
    if group is None:
        user = env.ref('base.user_admin')
        user.write({'password': 'manager-of-a-test'})
    else:
        groups = [env.ref('sales_team.' + group).id, env.ref('base.group_user').id]
        user = env['res.users'].create({'name': name, 'login': name, 'group_ids': [(6, 0, groups)]})
    limit = user.with_user(user)
    days = None if group is None else datetime.datetime.now() + datetime.timedelta(days=80)
    keys[name] = env['res.users.apikeys'].with_user(user)._generate('rpc', 'test', days or until)
env.cr.commit()
print('KEYS', json.dumps(keys))
"""


def run(*command: str | Path, **more: object) -> str:
    done = subprocess.run([str(c) for c in command], check=False, capture_output=True, text=True,
                          **more)  # type: ignore[call-overload]  # fmt: skip
    if done.returncode:
        tail = (done.stderr or done.stdout)[-1500:]
        raise RuntimeError(f"{command[0]} ended with {done.returncode}\n{tail}")
    return str(done.stdout)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class OdooServer:
    """One home folder with its server, database and clock."""

    def __init__(self, home: str | Path) -> None:
        self.home = Path(home).resolve()
        self.clock_file = self.home / "clock"
        self.port, self.pg_port = 0, 0
        self._odoo: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self.db = "crm"

    # -- making one ---------------------------------------------------------------------------

    def make(self) -> None:
        """Fetch, unpack, set up the database and three users with a key each."""
        if os.geteuid() != 0:
            raise RuntimeError("making a server needs root: apt and the user postgres")
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o755)
        tools = {"postgresql-15": self._pg("initdb", missing=True),
                 "faketime": self._faketime(missing=True)}  # fmt: skip
        needed = [package for package, found in tools.items() if not found]
        if needed:
            run("apt-get", "install", "-y", "-qq", *needed)
        self._unpack(self._fetch())
        run(sys.executable, "-m", "venv", self.home / "venv")
        run(self.home / "venv/bin/pip", "install", "-q", *PACKAGES)
        (self.home / "pg").mkdir(exist_ok=True)
        shutil.chown(self.home / "pg", "postgres", "postgres")
        self._as_postgres(
            self._pg("initdb"), "-D", self.home / "pg/data", "-A", "trust", "-E", "UTF8",
            "--locale=C",
        )  # fmt: skip
        self.set_clock(dt.datetime(2026, 1, 1))
        self._start_postgres()
        self._as_postgres(
            self._pg("createuser"), "-h", self.home / "pg", "-p", self.pg_port, "-d", "odoo"
        )
        self._configure()
        odoo = [self.home / "venv/bin/python", self.home / "root/usr/bin/odoo"]
        settings = ["-c", self.home / "odoo.conf", "-d", "crm"]
        run(*odoo, *settings, "-i", "crm,rpc", "--skip-auto-install", "--without-demo=all",
            "--stop-after-init", env=self._environment())  # fmt: skip
        said = run(*odoo, "shell", *settings, "--no-http", input=MAKE_USERS % USERS,
                   env=self._environment())  # fmt: skip
        keys = next(x for x in said.splitlines() if "KEYS " in x).partition("KEYS ")[2]
        (self.home / "keys.json").write_text(keys)
        self.stop()

    def _fetch(self) -> Path:
        apt = self.home / "apt"
        for folder in ("lists/partial", "cache/archives/partial"):
            (apt / folder).mkdir(parents=True, exist_ok=True)
        listed = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages")
        mirror = next(x for x in listed.splitlines() if x.rstrip("/").endswith("/debian"))
        (apt / "sources.list").write_text(
            f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {mirror} sid main\n"
        )
        options = [
            f"Dir::Etc::sourcelist={apt}/sources.list", "Dir::Etc::sourceparts=/dev/null",
            f"Dir::State::lists={apt}/lists", f"Dir::Cache={apt}/cache",
            "Acquire::Languages=none", "APT::Sandbox::User=root",
        ]  # fmt: skip
        given = [part for o in options for part in ("-o", o)]
        run("apt-get", "-qq", *given, "update")
        run("apt-get", "-qq", *given, "download", "odoo-19", cwd=self.home)
        found = sorted(self.home.glob("odoo-19_19.0*.deb"))
        if not found:
            raise RuntimeError("Debian's unstable release no longer carries Odoo 19.0")
        return found[-1]

    def _unpack(self, package: Path) -> None:
        root = self.home / "root"
        root.mkdir(exist_ok=True)
        whole = root / "package.tar"
        with whole.open("wb") as out:
            subprocess.run(["dpkg-deb", "--fsys-tarfile", package], stdout=out, check=True)
        tar = ["tar", "xf", whole, "-C", root]
        run(*tar, f"--exclude=./{ADDONS}/*", "--exclude=./usr/lib/python3/dist-packages/addons",
            "./usr/bin", "./usr/lib/python3/dist-packages/odoo")  # fmt: skip
        run(*tar, "--exclude=*/i18n/*", "--exclude=*/static/description/*",
            *(f"./{ADDONS}/{m}" for m in MODULES))  # fmt: skip
        run(*tar, "--wildcards", "--exclude=*/tests/*", f"./{ADDONS}/*.py")
        whole.unlink()

    def _configure(self) -> None:
        lines = {
            "db_host": self.home / "pg", "db_port": self.pg_port, "db_user": "odoo",
            "http_interface": "127.0.0.1", "http_port": self.port, "data_dir": self.home / "data",
            "list_db": False, "max_cron_threads": 0, "workers": 0,
            # the clock leaps by days: no request has really taken that long
            "limit_time_real": 10**9,
        }  # fmt: skip
        text = "".join(f"{k} = {v}\n" for k, v in lines.items())
        (self.home / "odoo.conf").write_text("[options]\n" + text)

    # -- running it ---------------------------------------------------------------------------

    @property
    def made(self) -> bool:
        return (self.home / "keys.json").exists()

    @property
    def keys(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.home / "keys.json").read_text())
        return found

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, fresh: str | None = None, of: str = "crm") -> None:
        """Start both servers; ``fresh`` names a database made as a copy of ``of``."""
        if self._lock is None:
            self._lock = (self.home / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeError(f"{self.home} is in use by another run") from None
        self._halt()
        self._start_postgres()
        if fresh:
            self.copy(of, fresh)
            self.db = fresh
        self.port = free_port()
        self._configure()
        self.start_odoo()

    def copy(self, old: str, new: str) -> None:
        """Copy a database nobody is connected to."""
        at = ["-h", self.home / "pg", "-p", self.pg_port, "-U", "odoo"]
        self._as_postgres(self._pg("dropdb"), *at, "--if-exists", new)
        self._as_postgres(self._pg("createdb"), *at, "-T", old, new)

    def start_odoo(self) -> None:
        fake = {"LD_PRELOAD": self._faketime("MT"), "FAKETIME_NO_CACHE": "1", "TZ": "UTC",
                "FAKETIME_TIMESTAMP_FILE": str(self.clock_file),
                # two seconds, the default, are short on a busy machine
                "ODOO_HTTP_SOCKET_TIMEOUT": "60"}  # fmt: skip
        (self.home / "start").mkdir(exist_ok=True)
        (self.home / "start/sitecustomize.py").write_text(AT_START)
        told = self._environment()
        told["PYTHONPATH"] += f":{self.home}/start"
        with (self.home / "server.log").open("ab") as log:
            self._odoo = subprocess.Popen(
                [self.home / "venv/bin/python", self.home / "root/usr/bin/odoo",
                 "-c", self.home / "odoo.conf", "-d", self.db],
                stdout=log, stderr=log, env={**told, **fake},
            )  # fmt: skip
        (self.home / "server.pid").write_text(str(self._odoo.pid))
        for _ in range(600):
            try:
                with urllib.request.urlopen(self.url + "/web/health", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(f"the server did not answer; see {self.home}/server.log")

    def kill_odoo(self) -> None:
        """End the server as a power cut would."""
        self._end(self.home / "server.pid", signal.SIGKILL)
        if self._odoo is not None:
            self._odoo.wait(10)
            self._odoo = None

    def stop(self) -> None:
        """End both servers and let others use the folder."""
        self._halt()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _halt(self) -> None:
        self.kill_odoo()
        self._end(self.home / "pg.pid", signal.SIGINT)

    def set_clock(self, now: dt.datetime) -> None:
        """Let both servers' time be ``now``; it stands still until it is set again."""
        part = self.home / "clock.part"
        part.write_text(f"{now:%Y-%m-%d %H:%M:%S}\n")
        part.chmod(0o644)
        part.replace(self.clock_file)

    def _start_postgres(self) -> None:
        self.pg_port = free_port()
        options = (f"-p {self.pg_port} -k {self.home}/pg -c listen_addresses=127.0.0.1"
                   " -c fsync=off -c full_page_writes=off")  # fmt: skip
        fake = {"LD_PRELOAD": self._faketime(), "FAKETIME_NO_CACHE": "1", "TZ": "UTC",
                "FAKETIME_TIMESTAMP_FILE": str(self.clock_file),
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}  # fmt: skip
        told = [f"{k}={v}" for k, v in fake.items()]
        self._as_postgres("env", *told, self._pg("pg_ctl"), "-D", self.home / "pg/data", "-w",
                          "-l", self.home / "pg/log", "-o", options, "start")  # fmt: skip
        pid = (self.home / "pg/data/postmaster.pid").read_text().split()[0]
        (self.home / "pg.pid").write_text(pid)

    def _end(self, file: Path, how: signal.Signals) -> None:
        if not file.exists():
            return
        pid = int(file.read_text())
        file.unlink()
        command = Path(f"/proc/{pid}/cmdline")
        if not command.exists() or str(self.home) not in command.read_text():
            return  # ended before, and the number may be another's by now
        os.kill(pid, how)
        for _ in range(200):
            if not command.exists() or not command.read_text():
                return
            time.sleep(0.05)

    def _environment(self) -> dict[str, str]:
        modules = self.home / "root/usr/lib/python3/dist-packages"
        return {**os.environ, "PYTHONPATH": str(modules)}

    def _as_postgres(self, *command: object) -> None:
        # nothing captured: the server would keep the pipe open
        subprocess.run(["runuser", "-u", "postgres", "--", *(str(c) for c in command)], check=True,
                       stdout=subprocess.DEVNULL, cwd="/")  # fmt: skip

    @staticmethod
    def _pg(name: str, missing: bool = False) -> str:
        found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
        if not found and not missing:
            raise RuntimeError("PostgreSQL is not installed")
        return str(found[-1]) if found else ""

    @staticmethod
    def _faketime(kind: str = "", missing: bool = False) -> str:
        found = sorted(Path("/usr/lib").glob(f"*/faketime/libfaketime{kind}.so.1"))
        if not found and not missing:
            raise RuntimeError("libfaketime is not installed")
        return str(found[-1]) if found else ""


if __name__ == "__main__":
    word, place = sys.argv[1:3]
    server = OdooServer(place)
    if word == "make":
        server.make()
    elif word == "start":
        server.set_clock(dt.datetime.now())
        server.start()
        sys.stdout.write(f"{server.url} {server.db}, keys in {server.home}/keys.json\n")
    else:
        server.stop()
