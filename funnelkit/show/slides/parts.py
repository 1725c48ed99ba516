"""What stands on a slide: sentences, tables, native charts, pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from funnelkit.show.table import Table


@dataclass(frozen=True)
class Bullets:
    """Sentences in a list, under a heading of their own where there is one."""

    items: Sequence[str]
    head: str = ""


@dataclass(frozen=True)
class Bars:
    """A native chart of the columns a table names as drawn; ``kind``: `show.drawn_again`."""

    table: Table
    kind: str = "bar"


@dataclass(frozen=True)
class Heat:
    """A table whose cells are shaded, each by how deep (0 to 1); None: not at all."""

    table: Table
    shades: Sequence[Sequence[float | None]]


@dataclass(frozen=True)
class Picture:
    """A PNG picture, with what it shows in words."""

    png: bytes
    told: str


Part = str | Bullets | Table | Heat | Bars | Picture


@dataclass(frozen=True)
class Slide:
    """One slide.

    Attributes
    ----------
    title : str
        Its heading.
    parts, aside : sequence of parts
        What stands in the column, and in a second one beside it. A text is a paragraph.
    lead : sequence of str
        Paragraphs above both columns.
    notes : sequence of str
        What the speaker reads below it.
    """

    title: str
    parts: Sequence[Part]
    aside: Sequence[Part] = ()
    notes: Sequence[str] = field(default=())
    lead: Sequence[str] = field(default=())
