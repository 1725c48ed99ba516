"""The alert on a ledger: silent, then one page and one draft, never twice the same."""

from __future__ import annotations

import datetime as dt
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from funnelkit.cli import app
from funnelkit.data.ledger import Ledger
from funnelkit.data.ledger.asked import Looks
from funnelkit.errors import FunnelkitError
from funnelkit.measures.diagnose import diagnose
from funnelkit.process import Process
from funnelkit.report.factory.watch import watch

AB = Process.from_stages({"a": "A", "b": "B"})


def export(upto: int, east: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Deals of 2025 month by month; from August on only a share of East's go on to B."""
    deals, log = [], []
    for month in range(1, upto + 1):
        came = pd.Timestamp(2025, month, 3)
        for region in ("East", "West", "North", "South"):
            for i in range(24):
                share = east if region == "East" and month >= 8 else 0.7
                name, on = f"{region}{month}-{i}", i < round(24 * share)
                deals.append(
                    {
                        "deal_id": name, "region": region, "owner": f"{region}{i % 3}",
                        "created_at": came, "outcome": "won" if on else "lost",
                        "closed_at": came + pd.Timedelta(days=9), "amount": 100.0,
                    }
                )  # fmt: skip
                log.append((name, "a", came))
                if on:
                    log.append((name, "b", came + pd.Timedelta(days=5)))
    return pd.DataFrame(deals), pd.DataFrame(log, columns=["deal_id", "stage", "entered_at"])


def filled(path: Path, upto: int, east: float) -> Path:
    with Ledger(path, AB) as ledger:
        deals, log = export(upto, east)
        ledger.add(deals, dt.date(2025, upto, 28), history=log)
    return path


def test_silent_where_nothing_is_amiss(tmp_path: Path) -> None:
    book = filled(tmp_path / "book.duckdb", 11, 0.7)
    ran = CliRunner().invoke(app, ["watch", str(book), "--out", str(tmp_path / "out")])
    assert (ran.exit_code, ran.output) == (0, "")
    assert not (tmp_path / "out").exists()


def test_one_page_one_draft_and_not_told_twice(tmp_path: Path) -> None:
    book, out = filled(tmp_path / "book.duckdb", 12, 0.2), tmp_path / "out"
    asked = ["watch", str(book), "--out", str(out), "--to", "lead@example.com", "--lang", "en"]
    ran = CliRunner().invoke(app, asked)
    assert ran.exit_code == 3, ran.output
    assert "East" in ran.output
    assert sorted(f.name for f in out.iterdir()) == [
        "watch-2025-12-28.eml", "watch-2025-12-28.html",
    ]  # fmt: skip
    page = (out / "watch-2025-12-28.html").read_text("utf-8")
    assert "East" in page
    assert "http" not in page.split("<body>")[1].replace("http://www.w3.org", "")
    letter = message_from_bytes((out / "watch-2025-12-28.eml").read_bytes(), policy=default)
    assert letter["To"] == "lead@example.com"
    assert letter["X-Unsent"] == "1"
    assert [part.get_filename() for part in letter.iter_attachments()] == ["watch-2025-12-28.html"]
    with Ledger(book) as ledger:
        deals, log = export(12, 0.2)
        ledger.add(deals, dt.date(2025, 12, 30), history=log)
        again = watch(ledger, out)
        assert (again.new, again.page) == ((), None)
        assert Looks(ledger).before(dt.date(2026, 1, 5)) == 2
    assert len(list(out.iterdir())) == 2


def test_more_looks_than_planned_count(tmp_path: Path) -> None:
    with Ledger(filled(tmp_path / "book.duckdb", 11, 0.7)) as ledger:
        looks = Looks(ledger)
        for k in range(14):
            looks.keep(dt.date(2025, 11, 1) + dt.timedelta(days=k), 12, ())
        assert watch(ledger, tmp_path, every="monthly").looks == 15
        assert watch(ledger, tmp_path, every="weekly").looks == 52


def test_refusals_before_anything_is_written(tmp_path: Path) -> None:
    with Ledger(filled(tmp_path / "book.duckdb", 11, 0.2)) as ledger:
        with pytest.raises(FunnelkitError):
            watch(ledger, tmp_path / "out", every="hourly")
        with pytest.raises(FunnelkitError):
            watch(ledger, tmp_path / "out", to="nobody")
    assert not (tmp_path / "out").exists()
    ran = CliRunner().invoke(app, ["watch", str(tmp_path / "none.duckdb")])
    assert ran.exit_code == 2


def test_what_is_added_later_changes_nothing_of_an_earlier_look(tmp_path: Path) -> None:
    def seen(name: str, later: float) -> tuple[str, ...]:
        book = filled(tmp_path / f"{name}.duckdb", 11, 0.2)
        with Ledger(book) as ledger:
            told = watch(ledger, tmp_path / name).new
        with Ledger(filled(tmp_path / f"{name}2.duckdb", 11, 0.2)) as ledger:
            deals, log = export(12, later)
            new = deals["created_at"] > pd.Timestamp(2025, 11, 28)
            later_ids = set(deals.loc[new, "deal_id"])
            earlier, early_log = export(11, 0.2)
            log = log[log["deal_id"].isin(later_ids)]
            ledger.add(
                pd.concat([earlier, deals[new]]), dt.date(2025, 12, 28),
                history=pd.concat([early_log, log]),
            )  # fmt: skip
            p = ledger.pipeline().at(dt.date(2025, 11, 28))
        again = diagnose(p, looks="weekly").act
        assert len(again) == len(told)
        return told

    assert seen("recovers", 0.9) == seen("worsens", 0.0) != ()
