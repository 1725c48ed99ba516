"""A page is at most as large as it may be: what finds no room is cut, and said."""

from __future__ import annotations

import re

import nbformat
import pytest

from funnelkit.report.behind.page import ROOM, PlainLists
from funnelkit.report.html import LIMIT, to_html
from funnelkit.show.table import BLOCKS
from funnelkit.words import say, speaking

#: Han characters in a row: each of 2,000 deals brings one that no other deal has.
HAN = 0x4E00


def lists(deals: int, told: str = "") -> PlainLists:
    """Three lists of the same deals, every second of them and the first."""
    rows = {
        k: [f"D-{k:05}", f"{chr(HAN + k % 2000)}公司：扩建项目", "张伟", "需求确认", "在途",
            f"{k}", "2026-01-05", "2026-09-30"]
        for k in range(1, deals + 1)
    }  # fmt: skip
    every = list(rows)
    return PlainLists(
        [("l-1", "A", deals, every), ("l-2", "B", deals // 2, every[::2]), ("l-3", "C", 1, [1])],
        rows, [1], told,
    )  # fmt: skip


@pytest.mark.parametrize("room", [5_000, 40_000, 200_000, ROOM])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_lists_take_no_more_than_their_room_and_say_what_they_carry(lang: str, room: int) -> None:
    made = lists(4000)
    with speaking(lang):
        html = made.html(room)
        carried = [len(r.split()) for r in re.findall(r'data-rows="([^"]*)"', html)]
        most = max(carried)
        assert escape_free(say("behind.lead", most=most)) in html
        assert say("behind.count_cut", n=4000, most=most) in html
    assert len(html.encode()) <= room + 1_000  # the words around the lists
    assert carried == [most, min(most, 2000), 1]
    rows = set(map(int, re.findall(r"<tr id=d(\d+)>", html)))
    assert rows == set(range(1, most + 1)) | set(range(1, min(2 * most, 4000), 2))


def escape_free(text: str) -> str:
    """The sentence as it stands in HTML: it has no sign to escape."""
    assert not set("<>&\"'") & set(text)
    return text


def test_a_page_without_room_says_how_many_deals_there_are() -> None:
    with speaking("en"):
        html = lists(4000).html(100)
        assert say("behind.lead_none") in html
        assert say("behind.count_cut", n=4000, most=0) in html


def test_courses_give_way_first() -> None:
    with speaking("en"):
        assert "fk-told" in lists(10, "{}" + " " * 60_000).html(ROOM)
        assert "fk-told" not in lists(10, "{}" + " " * 60_000).html(100_000)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("besides", [1_000, 300_000])
def test_a_page_keeps_to_its_limit_with_its_font(lang: str, besides: int) -> None:
    made = lists(4000)
    with speaking(lang):
        html = f"<section><h2 id='deals'>D</h2>{made.html()}</section>"
    data = {"text/html": html, BLOCKS: [made.block()]}
    output = nbformat.v4.new_output("display_data", data)
    text = {"text/html": f"<p>{'a ' * (besides // 2)}</p>"}
    filler = nbformat.v4.new_output("display_data", text)
    cells = [nbformat.v4.new_code_cell("x", outputs=[o]) for o in (filler, output)]
    page = to_html(nbformat.v4.new_notebook(cells=cells), title="T", lang=lang)
    assert len(page.encode()) <= LIMIT
    assert page.count("data-rows=") == 3
    assert len(re.findall(r"<tr id=d\d+>", page)) > 100
