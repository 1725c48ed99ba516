"""A file whose amounts stand under a heading nobody knows says so before its first number."""

from __future__ import annotations

from pathlib import Path

import funnelkit as fk
from funnelkit.data.quality import read_first
from funnelkit.words import speaking

DEALS = """Deal ID,Created,Stage,Owner,Closed,Status,{head},Colour
A1,2026-01-05,Lead,Ann,,Open,"12,500",red
A2,2026-01-06,Lead,Bob,2026-02-10,Won,9000,blue
A3,2026-01-08,Proposal,Ann,2026-03-10,Lost,7000,red
A4,2026-01-09,Proposal,Bob,,Open,,red
"""


def test_the_columns_with_numbers_are_named_and_how_to_say_which(tmp_path: Path) -> None:
    file = tmp_path / "deals.csv"
    file.write_text(DEALS.format(head="Deal worth"), "utf-8")
    p = fk.read(file)
    (found,) = [f for f in read_first(p) if f.reason == "no_amount_column"]
    assert found.more["columns"] == ["Deal worth"]  # neither days nor words
    for lang in ("en", "zh"):
        with speaking(lang):
            assert "mapping={'columns': {'amount': 'Deal worth'}}" in str(found)
    told = fk.read(file, mapping={"columns": {"amount": "Deal worth"}})
    assert told.frame()["amount"].fillna(0).tolist() == [12500.0, 9000.0, 7000.0, 0.0]
    assert not [f for f in told.findings if f.reason == "no_amount_column"]


def test_nothing_is_said_where_the_amount_is_known_or_no_column_holds_numbers(
    tmp_path: Path,
) -> None:
    file = tmp_path / "deals.csv"
    file.write_text(DEALS.format(head="Amount"), "utf-8")
    assert not [f for f in fk.read(file).findings if f.reason == "no_amount_column"]
    bare = [",".join(line.split(",")[:6]) for line in DEALS.splitlines()]
    file.write_text("\n".join(bare) + "\n", "utf-8")
    assert not [f for f in fk.read(file).findings if f.reason == "no_amount_column"]
