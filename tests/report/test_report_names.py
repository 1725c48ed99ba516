"""File names of reports: whatever people type into a region field."""

from __future__ import annotations

from funnelkit.report.factory.names import file_names

AWKWARD = [
    "../../x", "..", "/etc/passwd", "C:\\x", "<script>alert(1)</script>", "🚀🚀", "a" * 300,
    "a" * 301, "", " ", "index", "manifest", "CON", "con", "East", "east", "EAST", "华东", "a/b",
    "a\\b", "a b", "a-b", ".hidden", "é", "e\u0301", "x\x00y", "line\nbreak", "100%", "q?#&",
    "\ud800",
]  # fmt: skip


def test_names_are_safe_unique_and_short() -> None:
    names = file_names(AWKWARD)
    assert len({n.casefold() for n in names}) == len(AWKWARD)
    for name in names:
        assert name
        assert all(c.isalnum() or c == "-" for c in name), name
        assert len(name) <= 70
        assert name.casefold() not in {"index", "manifest", "con", "nul", "aux", "prn"}


def test_plain_names_stay_as_they_are() -> None:
    assert file_names(["East", "华东", "New York"]) == ["East", "华东", "New-York"]


def test_the_same_values_get_the_same_names() -> None:
    assert file_names(AWKWARD) == file_names(AWKWARD)
