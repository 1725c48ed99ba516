"""Databases by their address: what is refused, and that no password is ever shown."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest

import funnelkit as fk
from funnelkit.data.connect import connect, hushed, redacted, table_of
from funnelkit.words import speaking

CANARY, QUOTED = "CANARY-p@ss/w0rd", "CANARY-p%40ss%2Fw0rd"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgres://ann@db:5432/crm", "postgres://ann@db:5432/crm"),
        (f"postgres://ann:{QUOTED}@db:5432/crm", "postgres://ann@db:5432/crm"),
        (
            f"postgres://ann:{CANARY}@db/crm?sslmode=require",
            "postgres://ann@db/crm?sslmode=require",
        ),
        ("postgres://ann:CANARY?a@db/crm", "postgres://ann@db/crm"),
        ("snowflake://ann@acc/crm?token=CANARY&role=r", "snowflake://ann@acc/crm?role=r"),
        ("duckdb:///data/crm.duckdb", "duckdb:///data/crm.duckdb"),
        ("CANARY something", "***"),
    ],
)
def test_an_address_is_shown_without_its_secrets(address: str, shown: str) -> None:
    assert redacted(address) == shown


def test_a_message_of_a_library_loses_the_password_however_it_is_written() -> None:
    address = f"postgres://ann:{QUOTED}@db/crm"
    text = hushed(f"could not use {address}: password {CANARY}, also {QUOTED}", address)
    assert "CANARY" not in text
    assert "postgres://ann@db/crm" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_connection_is_told_without_the_password(lang: str) -> None:
    pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
    with pytest.raises(fk.FunnelkitError) as refused, speaking(lang):
        connect(f"postgres://ann:{QUOTED}@127.0.0.1:1/crm?connect_timeout=3")
    with speaking(lang):
        text = str(refused.value)
    assert "postgres://ann@127.0.0.1:1/crm" in text
    assert "CANARY" not in text
    chain: Any = refused.value
    while chain is not None:
        assert "CANARY" not in repr(chain)
        chain = chain.__cause__ or chain.__context__


def test_an_unknown_kind_of_database_names_those_there_are() -> None:
    with pytest.raises(fk.FunnelkitError, match="postgres"):
        connect("postgre://ann@db/crm")


def test_a_duckdb_file_by_its_table_names(tmp_path: Path) -> None:
    file = tmp_path / "crm.duckdb"
    tiny = fk.load("tiny")
    tiny.deals.to_parquet(tmp_path / "deals.parquet")
    with duckdb.connect(file) as con:
        con.execute(f"CREATE TABLE deals AS FROM '{tmp_path / 'deals.parquet'}'")
    there = connect(f"duckdb://{file}")
    p = fk.read(table_of(there, "deals"), process=tiny.process, as_of=tiny.as_of)
    assert fk.win_rate(p).table.equals(fk.win_rate(tiny).table)
    with pytest.raises(fk.FunnelkitError, match="deals"):
        table_of(there, "deal")
    there.disconnect()
    with pytest.raises(fk.FunnelkitError, match=r"crm\.duckdb"):
        connect(f"duckdb://{tmp_path / 'cmr.duckdb'}")


def test_the_command_makes_a_report_and_shows_no_password(filled: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "funnelkit.cli", "report", "funnel-review", "deals",
               "--history", "stage_history", "--fields", "field_history",
               "--connect", filled.address(), "--out", str(out),
               "--formats", "html,ipynb,xlsx"]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=280, check=False,
        env={**os.environ, "FUNNELKIT_LANG": "en"},
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    page = (out / "funnel-review.html").read_text(encoding="utf-8")
    assert "--connect" in page
    assert f"owner@127.0.0.1:{filled.port}/crm" in page
    written = [f.read_bytes() for f in out.rglob("*") if f.is_file()]
    with zipfile.ZipFile(out / "funnel-review.xlsx") as sheets:
        written += [sheets.read(name) for name in sheets.namelist()]
    for text in (said.encode(), *written):
        for secret in (CANARY, QUOTED, "CANARY"):
            assert secret.encode() not in text
