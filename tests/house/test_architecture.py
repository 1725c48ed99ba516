"""Every path that ARCHITECTURE.md names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
PATHS = sorted(
    {
        path
        for path in re.findall(r"`([a-z_]+/[\w./-]*)`", TEXT)
        if (ROOT / path.split("/")[0]).is_dir()
        or (ROOT / "funnelkit" / path.split("/")[0]).is_dir()
    }
)


@pytest.mark.parametrize("path", PATHS)
def test_a_path_of_the_plan_of_the_house_is_there(path: str) -> None:
    places = [ROOT / path, ROOT / "funnelkit" / path]
    built = path in (
        "funnelkit/data/bundled/",
        "funnelkit/report/templates/",
        "funnelkit/teach/exercises/",
    )
    assert built or any(p.exists() for p in places), f"{path} is not there"


def test_the_plan_answers_ten_questions() -> None:
    table = TEXT.split("## Ten questions")[1].split("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ") and "`" in line]
    assert len(rows) == 10
    assert all(re.search(r"`[^`]+`", row) for row in rows)
