"""Read back what a report shows: headings, sentences and tables, numbers as numbers.

Works on any notebook whose outputs are HTML, so a workbook repeats exactly what the page says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from funnelkit.words.formats import Written

_HEADINGS = ("h1", "h2", "h3")
_TEXTS = ("p", "li", "caption", "figcaption", "summary", *_HEADINGS)


@dataclass
class Shown:
    """A table as the page shows it; ``drawn`` as in :class:`funnelkit.charts.Chart`."""

    title: str
    caption: str
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    drawn: str = ""


@dataclass
class Contents:
    """What the outputs of a notebook say."""

    title: str = ""
    points: list[str] = field(default_factory=list)
    tables: list[Shown] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self, contents: Contents) -> None:
        super().__init__(convert_charrefs=True)
        self.found = contents
        self.heading = self.caption = self.drawn = ""
        self.table: Shown | None = None
        self.text: list[str] | None = None
        self.inside: list[str] = []
        self.exact: str | None = None
        self.lead = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "img":
            self.found.pictures.append(str(known.get("src") or ""))
        elif tag == "ul":
            self.lead = "lead" in str(known.get("class"))
        elif tag == "figure":
            self.inside.append("figure")
            self.drawn = str(known.get("data-drawn") or "")
        elif tag == "table":
            self.table = Shown(self.heading, self.caption, drawn=self.drawn)
        elif tag == "tr" and self.table is not None:
            self.table.rows.append([])
        if tag in ("th", "td", *_TEXTS):
            self.text = []
        if tag in ("th", "td"):
            self.exact = known.get("data-value")

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "figure" and self.inside:
            self.inside.pop()
            self.caption = self.drawn = ""
        if tag == "table" and self.table is not None:
            rows = [row for row in self.table.rows if row]
            if len(rows) > 1:
                self.table.columns, self.table.rows = rows[0], rows[1:]
                self.found.tables.append(self.table)
            self.table, self.caption = None, self.caption if self.inside else ""
        if self.text is None or tag not in ("th", "td", *_TEXTS):
            return
        text, self.text = " ".join("".join(self.text).split()), None
        if tag in ("th", "td") and self.table is not None and self.table.rows:
            self.table.rows[-1].append(Written(text, self.exact) if self.exact else text)
        elif tag == "caption" and self.table is not None:
            self.table.caption = text
        elif tag == "figcaption":
            self.caption = text
        elif tag == "li" and self.lead:
            self.found.points.append(text)
        elif tag == "h1":
            self.found.title = self.found.title or text
        elif tag in _HEADINGS:
            self.heading, self.caption = text, ""


def contents_of(notebook: Any) -> Contents:
    """Read the HTML outputs of an executed notebook."""
    found = Contents()
    for cell in notebook.cells:
        if "not-in-report" in cell.metadata.get("tags", []):
            continue
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" in data:
                reader = _Reader(found)
                reader.feed("".join(data["text/html"]))
                reader.close()
            elif "image/png" in data:
                found.pictures.append(f"data:image/png;base64,{''.join(data['image/png'])}")
    return found
