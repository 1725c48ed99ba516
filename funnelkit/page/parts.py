"""Parts of a page: sentences, tables and headings, as HTML and as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

from funnelkit.words.formats import exact

if TYPE_CHECKING:
    import pandas as pd


class Part(Protocol):
    """Something that shows itself in a notebook."""

    def _repr_html_(self) -> str: ...


@dataclass(frozen=True)
class Sentence:
    """A paragraph; ``kind`` is the class it wears on the page."""

    text: str
    kind: str = ""

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        kind = f' class="{self.kind}"' if self.kind else ""
        return f"<p{kind}>{escape(self.text)}</p>"


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f"<h3>{escape(self.text)}</h3>"


@dataclass(frozen=True)
class Points:
    """A list of sentences."""

    items: tuple[str, ...]
    kind: str = ""

    def __repr__(self) -> str:
        return "\n".join(f"- {item}" for item in self.items)

    def _repr_html_(self) -> str:
        kind = f' class="{self.kind}"' if self.kind else ""
        return f"<ul{kind}>" + "".join(f"<li>{escape(i)}</li>" for i in self.items) + "</ul>"


@dataclass(frozen=True)
class Code:
    """A command to copy."""

    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f'<pre class="command">{escape(self.text)}</pre>'


def texts_of(shown: pd.DataFrame) -> list[list[str]]:
    """Return the rows of a shown table; a text that knows its number keeps it."""
    rows = shown.itertuples(index=False, name=None)
    return [[v if isinstance(v, str) else str(v) for v in row] for row in rows]


@dataclass(frozen=True)
class Table:
    """Rows of ready texts; the first column names the row, ``texts`` more columns are words."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str
    texts: frozenset[int] = frozenset()
    kinds: Sequence[str] = ()

    def __repr__(self) -> str:
        lines = [self.caption, *(" | ".join(row) for row in (self.columns, *self.rows))]
        return "\n".join(lines)

    def _cell(self, place: int, text: str) -> str:
        if place == 0:
            return f'<th scope="row">{escape(text)}</th>'
        kind = "" if place in self.texts else ' class="fk-num"'
        return f"<td{kind}{exact(text)}>{escape(text)}</td>"

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th scope="col"{"" if k == 0 or k in self.texts else " class=fk-num"}>'
            f"{escape(column)}</th>"
            for k, column in enumerate(self.columns)
        )
        kinds = list(self.kinds) or [""] * len(self.rows)
        body = "".join(
            (f'<tr class="{kind}">' if kind else "<tr>")
            + "".join(self._cell(k, text) for k, text in enumerate(row))
            + "</tr>"
            for row, kind in zip(self.rows, kinds, strict=True)
        )
        return (
            f'<div class="fk-table-wrap"><table><caption>{escape(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    name: str
    title: str
    parts: tuple[Any, ...]

    def __repr__(self) -> str:
        return "\n".join([self.title, *(repr(part) for part in self.parts)])

    def _repr_html_(self) -> str:
        body = "".join(part._repr_html_() for part in self.parts)
        return f'<section><h2 id="{self.name}">{escape(self.title)}</h2>{body}</section>'
