"""A folder holds few enough files to be read as a list."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST = 25
#: A file of texts a room of the house.
TEXTS = "words/catalogue"


def test_no_folder_is_too_full() -> None:
    home = ROOT / "funnelkit"
    folders = [f for f in home.rglob("*") if f.is_dir() and f.name != "__pycache__"]
    full = sorted(
        str(folder.relative_to(home).as_posix())
        for folder in folders
        if sum(file.is_file() for file in folder.iterdir()) > MOST
    )
    assert full == [TEXTS]
