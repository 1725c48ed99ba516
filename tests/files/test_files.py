"""Files the kit keeps: whole, one writer at a time, within bounds, safe in a spreadsheet."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.errors import FunnelkitError
from funnelkit.files import lock
from funnelkit.files.small import read_json
from funnelkit.files.tables import csv_text, guarded, write_csv
from funnelkit.files.whole import clear_parts, write_whole
from funnelkit.words import speaking

HOSTILE = {
    "no_number": [b'{"a": 1e999}', b'{"a": NaN}', b"[-Infinity]", b'{"a": ' + b"9" * 5000 + b"}"],
    "too_deep": [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 33 + b"]" * 33],
    "half_character": [b'{"a": "\\ud800"}', b'{"\\udfff": 1}'],
    "not_utf8": [b'{"a": "\xff"}', '{"a": "汉"}'.encode("gbk"), "{}".encode("utf-16")],
    "no_json": [b"", b"{", b'{"a": 1} x', b"'a'"],
    "too_large": [b'"' + b"a" * (50 << 20) + b'"'],
}


@pytest.mark.parametrize("key", HOSTILE)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_hostile_file_is_refused_by_name(tmp_path: Path, key: str, lang: str) -> None:
    for body in HOSTILE[key]:
        path = tmp_path / "odd.json"
        path.write_bytes(body)
        with pytest.raises(FunnelkitError) as caught:
            read_json(path)
        assert caught.value.key == f"files.{key}", body[:40]
        with speaking(lang):
            assert "odd.json" in str(caught.value)


def test_folders_pipes_and_missing_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "dangling.json").symlink_to(tmp_path / "nowhere")
    refused = {"folder.json": "no_file", "dangling.json": "not_opened", "none": "not_opened"}
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.json")
        (tmp_path / "zero.json").symlink_to("/dev/zero")
        refused |= {"pipe.json": "no_file", "zero.json": "no_file"}
    for name, key in refused.items():
        with pytest.raises(FunnelkitError) as caught:
            read_json(tmp_path / name)
        assert caught.value.key == f"files.{key}"


def test_what_is_whole_is_read(tmp_path: Path) -> None:
    path = tmp_path / "good.json"
    path.write_text('{"a": "[[[\\"{ 汉 \\ud83d\\ude00", "b": [1, -2.5e3, null]}', "utf-8-sig")
    assert read_json(path) == {"a": '[[["{ 汉 😀', "b": [1, -2500.0, None]}


def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept.txt"
    write_whole(path, "old")

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["kept.txt"]


def test_parts_of_killed_writers_are_cleared(tmp_path: Path) -> None:
    for name in (".kept.txt-x1y2.part", ".other.txt-x1y2.part"):
        (tmp_path / name).write_text("half")
    clear_parts(tmp_path / "kept.txt")
    assert [p.name for p in tmp_path.iterdir()] == [".other.txt-x1y2.part"]


def test_a_lock_goes_with_its_process_and_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0)
    code = (
        "import sys, time; from pathlib import Path; from funnelkit.files.lock import locked\n"
        "with locked(Path(sys.argv[1])):\n  print('held', flush=True); time.sleep(60)"
    )
    path = tmp_path / "book.json"
    other = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"held"
        with pytest.raises(FunnelkitError) as caught, lock.locked(path):
            pass
        assert caught.value.key == "files.held"
    finally:
        other.kill()
        other.communicate(timeout=30)
    with lock.locked(path):
        pass


#: What OWASP lists as the beginnings of a formula, and the tricks around them.
FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1+1", "－x", "＠x",
    '=HYPERLINK("http://127.0.0.1","x")', "-2+3+cmd|' /C calc'!A0", "'=1+1", "''=1", " =1",
    "+49 30 x", "-no answer", "\u3000=1",
]  # fmt: skip
PLAIN = ["Acme", "-12.5", "+3", "-1,234.50", "1e5", "-", "+", "'t Hooft", "a=b", "-5 %", "王=1", ""]


def test_no_cell_is_a_formula_and_numbers_stay() -> None:
    for text in FORMULAS:
        assert guarded(text) == f"'{text}"
    for text in PLAIN:
        assert guarded(text) == text
    assert csv_text([[1, -2.5, None, "=x"]]) == "1,-2.5,,'=x\r\n"


def test_a_table_reads_back_equal(tmp_path: Path) -> None:
    names = [t for t in FORMULAS + PLAIN if t.strip() == t and t]
    n = len(names)
    frame = pd.DataFrame(
        {
            "deal_id": [f"=D{i}" for i in range(n)], "name": names, "stage": "lead",
            "outcome": "open", "amount": [-1.5] * n, "created_at": pd.Timestamp("2026-01-05"),
        }
    )  # fmt: skip
    path = tmp_path / "deals.csv"
    write_csv(path, frame)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    for row in rows[1:]:
        assert not re.match(r"[=@\t\r\n＝＋－＠]|[+-](?![\d.]*$).", row[0]), row
        assert row[1] in PLAIN or row[1].startswith("'")
    assert {row[4] for row in rows[1:]} == {"-1.5"}
    p = fk.read(path, as_of="2026-02-01")
    back = p.frame().set_index("deal_id")["name"]
    assert dict(back) == dict(zip(frame["deal_id"], names, strict=True))


def test_every_csv_goes_through_the_one_writer() -> None:
    root = Path(fk.__file__).parent
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if re.search(
            r"\.to_csv\(|csv\.(Dict)?[wW]riter\(|write_csv\(.*engine", path.read_text("utf-8")
        )
    }
    # a checksum of a frame, eight deals of the kit's own, and the record inside a wheel
    own = {"report/source.py", "simulation/datasets.py", "teach/workshop/starting.py"}
    assert found == {"files/tables.py", *own}
