"""Hostile and damaged files end in the kit's own words, within four GiB of memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import funnelkit as fk
from funnelkit.errors import FunnelkitError


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    folder = tmp_path_factory.mktemp("hostile")
    script = Path(__file__).with_name("hostile.py")
    done = subprocess.run(
        [sys.executable, str(script), str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_ends_in_its_message(told: list[dict[str, str]]) -> None:
    assert len(told) == 31
    assert [f"{t['file']}: {t['key']}" for t in told] == [
        f"{t['file']}: {t['wanted']}" for t in told
    ]


def test_the_message_names_the_file_and_what_to_do_in_both_languages(
    told: list[dict[str, str]],
) -> None:
    for t in told:
        name = Path(t["file"]).name
        assert name in t["en"], t
        assert name in t["zh"], t
        assert any("\u4e00" <= c <= "\u9fff" for c in t["zh"]), t


def test_an_old_workbook_beyond_its_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Excel 97 cannot be looked into before it is opened: its bytes are counted."""
    monkeypatch.setattr("funnelkit.data.opening.limits.OLD_WORKBOOK", 1 << 20)
    path = tmp_path / "old.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * (1 << 20))
    with pytest.raises(FunnelkitError) as refusal:
        fk.read(path)
    assert refusal.value.key == "data.too_large"
    assert "old.xls" in str(refusal.value)
    assert "1 MiB" in str(refusal.value)


def test_a_cell_beyond_the_columns_of_excel_is_refused_at_once(tmp_path: Path) -> None:
    import zipfile

    import xlsxwriter

    whole, path = tmp_path / "whole.xlsx", tmp_path / "deals.xlsx"
    with xlsxwriter.Workbook(whole) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate((["deal_id", "stage"], ["a", "Contact"], ["b", "Contact"])):
            sheet.write_row(row, 0, cells)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'r="B2"', b'r="WOMB2"'))
    with pytest.raises(fk.FunnelkitError) as refused:
        fk.read(path)
    assert refused.value.key in ("data.far_cell", "data.damaged_file")
