"""Write slides that can be edited: real text, real tables, native charts, notes.

A slide is a title and parts, in one column or two.  What does not fit goes on to a slide that
follows; no text is smaller than 14 points.  A company's own file gives look, layouts and size.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from funnelkit.show.slides.deck import Deck
from funnelkit.show.slides.parts import Bars, Bullets, Heat, Part, Picture, Slide
from funnelkit.words import tag


def slides(
    title: str, pages: Sequence[Slide], *, template: Path | None = None,
    moment: dt.datetime | None = None,
) -> bytes:  # fmt: skip
    """Return a PPTX file in the current language.

    Parameters
    ----------
    title : str
        What the file is called in its properties.
    pages : sequence of Slide
        In their order; one that is too full continues on the next.
    template : path, optional
        A company's own PPTX or POTX file: its layouts and look, none of its slides.
    moment : datetime, optional
        When the file says it was made; the same input gives the same bytes.

    Raises
    ------
    FunnelkitError
        The template is no such file, or has no layout with a title.
    """
    deck = Deck(template)
    for page in pages:
        left: Slide | None = page
        while left is not None:
            left = deck.add(left)
    told = deck.file.core_properties
    told.title, told.author, told.last_modified_by = title, "funnelkit", "funnelkit"
    told.created = told.modified = moment or dt.datetime(2000, 1, 1)
    told.language = tag()
    buffer = io.BytesIO()
    deck.file.save(buffer)
    return undated(buffer.getvalue())


def check_template(file: Path) -> None:
    """Refuse a company's file that slides cannot be made from.

    Raises
    ------
    FunnelkitError
        It cannot be read, has no layout with a title, or leaves no room below it.
    """
    Deck(file)


def undated(body: bytes) -> bytes:
    """Return the archive with one date for every file in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return buffer.getvalue()


__all__ = [
    "Bars", "Bullets", "Heat", "Part", "Picture", "Slide", "check_template", "slides", "undated",
]  # fmt: skip
