"""The workshop's slides as a file to be edited: text, tables and pictures as such, notes below."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

from funnelkit.show import slides as made
from funnelkit.show.column import Column
from funnelkit.show.slides.marks import add_text
from funnelkit.show.slides.room import LEAST
from funnelkit.show.table import Table
from funnelkit.teach.paper.brand import Brand, worn
from funnelkit.teach.paper.page import markdown
from funnelkit.teach.workshop.slides import Slide
from funnelkit.words import say

_LINES = {"p", "h1", "h2", "h3", "h4", "figcaption", "blockquote", "pre"}
_SILENT = {"style", "script", "svg", "title", "button"}


def deck(pages: Sequence[Slide], name: str) -> bytes:
    """Return the slides as a PPTX file, in the brand that pages wear."""
    told = [_page(page) for page in pages]
    body = made.slides(name, told)
    brand = worn()
    return body if brand is None else _branded(body, brand)


def _page(page: Slide) -> made.Slide:
    parts = [part for html in page.body for part in parts_of(str(html))]
    if page.minutes:
        parts.append(say("learn.minutes", minutes=page.minutes))
    notes = [line for note in page.notes for line in _text(str(markdown(note)))]
    return made.Slide(page.title, parts, notes=notes)


def _text(html: str) -> list[str]:
    found = []
    for part in parts_of(html):
        if isinstance(part, str):
            found.append(part)
        elif isinstance(part, made.Bullets):
            found += [f"– {item}" for item in part.items]
    return found


def parts_of(html: str) -> list[made.Part]:
    """Return what a piece of a page shows: lines, lists, tables and pictures in their order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.line()
    return reader.parts


class _Reader(HTMLParser):
    """Gathers the parts of a page's own HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[made.Part] = []
        self.words: list[str] = []
        self.items: list[str] = []
        self.rows: list[list[str]] = []
        self.caption = ""
        self.lists = self.silent = 0
        self.inside = False

    def line(self) -> str:
        """Return the words so far as one line, and add it where it stands by itself."""
        text = re.sub(r"\s+", " ", "".join(self.words)).strip()
        self.words = []
        if text and not self.inside and not self.lists:
            self.parts.append(text)
        return text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a part."""
        told = {key: value or "" for key, value in attrs}
        if tag in _SILENT:
            self.silent += 1
        elif tag in ("ul", "ol"):
            self._item()
            self.lists += 1
        elif tag == "table":
            self.line()
            self.rows, self.caption, self.inside = [], "", True
        elif tag == "tr":
            self.rows.append([])
        elif tag == "img":
            self._picture(told)
        elif tag == "br":
            self.words.append(" ")
        elif tag in _LINES and not self.inside and not self.lists:
            self.line()

    def handle_endtag(self, tag: str) -> None:
        """End a part."""
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in ("ul", "ol"):
            self._item()
            self.lists = max(0, self.lists - 1)
            if not self.lists and self.items:
                self.parts.append(made.Bullets(self.items))
                self.items = []
        elif tag == "li":
            self._item()
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append(self.line())
        elif tag == "caption":
            self.caption = self.line()
        elif tag == "table":
            self.inside = False
            self._table()
        elif tag in _LINES and not self.inside and not self.lists:
            self.line()

    def handle_data(self, data: str) -> None:
        """Gather words."""
        if not self.silent:
            self.words.append(data)

    def _item(self) -> None:
        text = self.line()
        if text and self.lists:
            self.items.append(text)

    def _table(self) -> None:
        rows = [row for row in self.rows if any(row)]
        if not rows:
            return
        wide = max(map(len, rows))
        heads, *rest = [[*row, *[""] * (wide - len(row))] for row in rows]
        kept = [k for k in range(wide) if any(row[k] for row in (heads, *rest))]
        columns = [Column(heads[k]) for k in kept]
        self.parts.append(Table(columns, [[row[k] for k in kept] for row in rest], self.caption))

    def _picture(self, told: dict[str, str]) -> None:
        found = re.fullmatch(r"data:image/png;base64,(.+)", told.get("src", ""), re.S)
        if found is not None:
            self.line()
            self.parts.append(made.Picture(base64.b64decode(found[1]), told.get("alt", "")))


def _branded(body: bytes, brand: Brand) -> bytes:
    """Write name and logo on every slide, and its titles in the company's colour."""
    from pptx import Presentation
    from pptx.dml.color import RGBColor
    from pptx.util import Pt

    file: Any = Presentation(io.BytesIO(body))
    main = dict(brand.colours).get("main")
    for slide in file.slides:
        add_text(slide, [brand.name], (36.0, 512.0, 500.0, 20.0), LEAST, True)
        if brand.picture:
            logo = slide.shapes.add_picture(io.BytesIO(brand.picture), Pt(0), Pt(6), height=Pt(22))
            if logo.width > Pt(200):
                logo.height = int(logo.height * Pt(200) / logo.width)
                logo.width = Pt(200)
            logo.left = file.slide_width - logo.width - Pt(20)
            logo.name = brand.name
        if main:
            for line in slide.shapes.title.text_frame.paragraphs:
                for part in line.runs:
                    part.font.color.rgb = RGBColor.from_string(main[1:].upper())
    held = io.BytesIO()
    file.save(held)
    return made.undated(held.getvalue())
