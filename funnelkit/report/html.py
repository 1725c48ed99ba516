"""Turn an executed notebook into one page that needs nothing else: no code, no outside address."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from funnelkit.page.style import page_css, with_fonts
from funnelkit.report.behind.page import ROOM, PlainLists
from funnelkit.report.contents import contents_of
from funnelkit.show.table import BLOCKS
from funnelkit.words import say, speaking, tag

_HERE = Path(__file__).resolve().parent
#: Bytes of a page, at most: it is sent by mail.
LIMIT = 700_000


def to_html(notebook: Any, *, title: str, lang: str, around: Sequence[Sequence[str]] = ()) -> str:
    """Render the page of an executed notebook.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The executed notebook; cells tagged ``not-in-report`` are left out.
    title : str
        What the browser shows in its tab.
    lang : {"en", "zh"}
        The language of the page.
    around : sequence of (str, str), optional
        Name and file of the report before this one in its batch, and of the one after.
    """
    lists = _lists(notebook)
    with speaking(lang):
        nav = say("report.nav")
        others = say("report.index_around")
        links = [("index.html", say("report.index_all"))] if around else []
        for key, (name, file) in zip(("before", "after"), around, strict=bool(around)):
            if file:
                links.append((quote(file), say(f"report.index_{key}_this", name=name)))
    page = {
        "title": title,
        "lang": tag(lang),
        "css": page_css(),
        "contents": contents_of(notebook).sections,
        "nav": nav,
        "around": links,
        "others": others,
        "script": _script() if lists else "",
    }
    body = _living(_template().render(nb=notebook, page=page))
    with speaking(lang):
        return _fitted(body, lists)


def _living(body: str) -> str:
    """Return the page without links to what it leaves out."""
    there = set(re.findall(r' id="([^"]+)"', body))
    return re.sub(
        r'<a href="#([^"]+)">([^<]*)</a>', lambda m: m[0] if m[1] in there else m[2], body
    )


def _fitted(body: str, lists: PlainLists | None) -> str:
    """Return the page with its fonts, its lists of deals cut where it would be too large."""
    made = _whole(body)
    if lists is None or len(made.encode()) <= LIMIT:
        return made
    known, room = lists.html(), ROOM
    bare = len(_whole(body.replace(known, lists.html(0))).encode())
    while (size := len(made.encode())) > LIMIT and room:  # fewer deals, fewer characters
        room = int(room * 0.98 * max(LIMIT - bare, 0) / max(size - bare, 1))
        made = _whole(body.replace(known, lists.html(room)))
    return made


def _whole(body: str) -> str:
    lines = (line.rstrip() for line in body.splitlines() if line.strip())
    return with_fonts("\n".join(lines) + "\n")


def _lists(notebook: Any) -> PlainLists | None:
    """Return the lists of deals that a cell carries; without them a page has no script."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for block in output.get("data", {}).get(BLOCKS, ()):
                if block["kind"] == "deals":
                    return PlainLists.from_block(block)
    return None


@cache
def _script() -> str:
    return "".join((_HERE / "page" / f).read_text("utf-8") for f in ("lists.js", "picture.js"))


@cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader

    pages = Environment(loader=FileSystemLoader(_HERE / "page"))
    pages.filters["markdown2html"] = _marked_up
    return pages.get_template("index.html.j2")


def _marked_up(text: str) -> str:
    """Turn the text of a template of one's own into HTML; the kit's have none to show."""
    from nbconvert.filters import markdown2html

    return str(markdown2html(text))
