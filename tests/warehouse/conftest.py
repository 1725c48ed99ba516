"""A PostgreSQL server of the tests' own: started on 127.0.0.1, stopped by its process id."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import pytest

import funnelkit as fk
from funnelkit.data import Pipeline
from funnelkit.data.pipeline import from_frames

CANARY = "CANARY-p@ss/w0rd"
#: As it stands in an address.
QUOTED = "CANARY-p%40ss%2Fw0rd"
TABLES = ("deals", "stage_history", "field_history")


@dataclass(frozen=True)
class Server:
    """Where the server listens."""

    port: int

    def address(self, user: str = "owner", password: str = QUOTED) -> str:
        return f"postgres://{user}:{password}@127.0.0.1:{self.port}/crm"

    def connect(self, user: str = "owner") -> Any:
        return ibis.connect(self.address(user))


def _programs() -> Path | None:
    """Return the folder of PostgreSQL's programs: on the path, or where Debian puts them."""
    found = [Path(p) for p in (shutil.which("initdb"),) if p]
    found = [p.resolve() for p in found] or sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True
    )
    return found[0].parent if found else None


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    import psycopg

    base = Path(tempfile.mkdtemp(prefix="funnelkit-postgres-"))
    user = None
    if os.getuid() == 0:  # the server refuses to run as root
        user = "nobody"
        os.chown(base, pwd.getpwnam(user).pw_uid, -1)
    secret = base / "secret"
    secret.write_text(CANARY)
    secret.chmod(0o644)
    data = base / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "user": user, "cwd": base}
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "owner", "-A", "scram-sha-256", "--pwfile", secret,
         "-E", "UTF8", "--no-locale", "--no-sync"],
        check=True, timeout=60, **quiet,
    )  # fmt: skip
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port),
         "-c", "unix_socket_directories=", "-c", "fsync=off"],
        **quiet,
    )  # fmt: skip
    try:
        say = {"host": "127.0.0.1", "port": port, "user": "owner", "password": CANARY}
        for _ in range(150):
            try:
                con = psycopg.connect(dbname="postgres", autocommit=True, **say)
                break
            except psycopg.OperationalError:
                time.sleep(0.1)
        else:
            raise TimeoutError("PostgreSQL did not start")
        con.execute("CREATE DATABASE crm")
        con.execute("REVOKE TEMPORARY ON DATABASE crm FROM PUBLIC")
        con.execute(f"CREATE ROLE reader LOGIN PASSWORD '{CANARY}' IN ROLE pg_read_all_data")
        con.execute("ALTER ROLE reader SET default_transaction_read_only = on")
        con.close()
        yield Server(port)
    finally:
        process.send_signal(signal.SIGINT)  # ends the sessions that are left, then itself
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(base, ignore_errors=True)


@pytest.fixture(scope="session")
def here() -> Pipeline:
    """Every seventh deal of the bundled pipeline, with all its history, in process."""
    whole = fk.load("industrial")
    deals = whole.deals.order_by("deal_id").to_pandas().iloc[::7]
    frames = [
        table.to_pandas().loc[lambda t: t["deal_id"].isin(deals["deal_id"])]
        for table in (whole.stage_history, whole.field_history)
        if table is not None
    ]
    return from_frames(deals, *frames, process=whole.process, as_of=whole.as_of)


@pytest.fixture(scope="session")
def filled(server: Server, here: Pipeline) -> Server:
    """The server with the tables of ``here``, and four times as many under ``many_``."""
    con = server.connect()
    for name in TABLES:
        con.create_table(name, getattr(here, name).to_pandas())
    numbers = "SELECT t.*, k FROM {t} t, generate_series(0, 3) k"
    for name in TABLES:
        columns = [c for c in con.table(name).columns if c not in ("deal_id", "closed_at")]
        # the copies take some seconds longer, so that no duration comes twice
        late = "closed_at + k * interval '1.000001 second' AS closed_at," if name == "deals" else ""
        named = ", ".join(f'"{c}"' for c in columns)
        con.raw_sql(
            f"CREATE TABLE many_{name} AS SELECT deal_id || '-' || k AS deal_id, {late} {named}"
            f" FROM ({numbers.format(t=name)}) n"
        ).close()
    con.disconnect()
    return server
