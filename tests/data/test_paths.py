"""A path names one file, whatever signs are in it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from funnelkit.data.read import read

#: Each beside the files a pattern of the same letters would find.
NAMES = {
    "export[1]": ["export1"],
    "week?": ["week1", "week2"],
    "all*": ["all1", "all"],
    "[!a]b": ["xb"],
    "{a,b}": ["a", "b"],
    "it's": ["its"],
    "100%": ["100"],
    "~": ["x"],
    "sub=3": ["sub"],
}


def write(path: Path, deal: str) -> None:
    frame = pd.DataFrame({"deal_id": [deal], "stage": ["need"], "created_at": ["2026-01-05"]})
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".xlsx":
        with pd.ExcelWriter(path, engine="xlsxwriter") as book:
            frame.to_excel(book, index=False)
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(frame.to_csv(index=False).encode()))
    else:
        frame.to_csv(path, index=False)


@pytest.mark.parametrize("ending", ["parquet", "csv", "xlsx", "csv.gz"])
@pytest.mark.parametrize("name", NAMES)
def test_a_path_is_no_pattern(name: str, ending: str, tmp_path: Path) -> None:
    for other in NAMES[name]:
        write(tmp_path / f"{other}.{ending}", "other")
    write(tmp_path / f"{name}.{ending}", "meant")
    frame = read(tmp_path / f"{name}.{ending}").frame()
    assert frame["deal_id"].tolist() == ["meant"]


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_folder_may_have_any_name(ending: str, tmp_path: Path) -> None:
    folder = tmp_path / "stage=lead" / "week[1]"
    folder.mkdir(parents=True)
    (tmp_path / "stage=lead" / "week1").mkdir()
    write(tmp_path / "stage=lead" / "week1" / f"deals.{ending}", "other")
    write(folder / f"deals.{ending}", "meant")
    for source in (folder, folder / f"deals.{ending}"):
        frame = read(source).frame()
        assert (frame["deal_id"].tolist(), frame["stage"].tolist()) == (["meant"], ["need"])
