"""Write a report as slides: the first screen, then a slide a section, its numbers as a chart.

Sentences beyond the first ones, and how the numbers are counted, stand in the speaker's notes.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from funnelkit.report.blocks import Headline, headline_of
from funnelkit.report.contents import Chapter, Contents, contents_of
from funnelkit.show.drawn_again import triangle
from funnelkit.show.slides import Bars, Bullets, Heat, Part, Slide, slides
from funnelkit.show.workbook import Sheet, letters
from funnelkit.words import say, sentences, speaking

#: How many slides there are, at least where the report has that much, and at most.
_LEAST, _MOST = 8, 12
#: Letters of the sentences that stand on a slide; a Chinese one counts twice.
_SAID = 420
#: Letters of a name beside its bar where a table stands beside the chart, and where none does.
_LONG, _LONGEST = 28, 48
#: Columns of a table of cohorts by age.
_AGES = 12
_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\d\"])|(?<=。)(?=.)")
#: Chapters that are for whoever checks the report; the checks of the data close the slides.
_BACK = ("opening", "definitions", "reproduce")


def to_pptx(
    notebook: Any, path: Path, *, title: str, lang: str, moment: str = "",
    template: str | None = None,
) -> None:  # fmt: skip
    """Write an executed notebook as slides; ``template`` is a company's own file."""
    from pptx import Presentation

    found, headline = contents_of(notebook), headline_of(notebook)
    made = dt.datetime.fromisoformat(moment) if moment else None
    look = Path(template) if template else None
    with speaking(lang):
        pages = list(_pages(found, headline, title))
        body = slides(title, pages, template=look, moment=made)
        # one that goes on to a second slide takes the place of a later section
        while (over := len(Presentation(io.BytesIO(body)).slides) - _MOST) > 0 and len(pages) > 2:
            pages = [*pages[: max(1, len(pages) - 1 - over)], pages[-1]]
            body = slides(title, pages, template=look, moment=made)
    path.write_bytes(body)


def _pages(found: Contents, headline: Headline | None, title: str) -> Iterator[Slide]:
    first = next((c for c in found.chapters if c.name == "glance"), None)
    about = " · ".join([title, *found.about])
    if first is not None:
        yield _screen(first, headline, found.points[0] if found.points else title, about)
    rest = [c for c in found.chapters if c is not first and c.name not in _BACK]
    room = _MOST - (first is not None)
    made = [slide for c in rest if (slide := _section(c, _first(c))) is not None]
    further = [
        slide for c in rest if c.name != "quality" for sheet in c.sheets[len(_first(c)) :]
        if len(sheet.table) > 1 and (slide := _section(c, [sheet], said=False)) is not None
    ]  # fmt: skip
    lack = max(0, _LEAST - (first is not None) - len(made))
    yield from _in_order(made, further[:lack])[:room]


def _in_order(made: Sequence[Slide], further: Sequence[Slide]) -> list[Slide]:
    """Put a chapter's second slide behind its first."""
    places = [slide.title for slide in made]
    return sorted([*made, *further], key=lambda slide: places.index(slide.title))


def _screen(chapter: Chapter, headline: Headline | None, lead: str, about: str) -> Slide:
    """Say what the first screen says, in its columns."""
    tables = iter(chapter.sheets)
    left: list[Part] = [about]
    right: list[Part] = []
    blocks = chapter.screen
    for k, block in enumerate(blocks):
        shown = [sheet.table for sheet in islice(tables, block["tables"])]
        if k == 0 and block["tables"]:  # where we stand; what changed is said
            left += shown[:1]
            left += _facts(headline, block["tells"])
            continue
        items = [text for text in block["items"] if text != lead]
        if items:
            acts = block["acts"] or not any(b["acts"] for b in blocks)
            (right if acts else left).append(Bullets(items, block["title"]))
    if not chapter.sheets:  # sentences alone need no second column
        left, right = [*left, *right], []
    return Slide(lead, left, right, chapter.notes)


def _facts(headline: Headline | None, told: Sequence[str]) -> list[Part]:
    """Return the headline numbers that no block of the screen shows, as sentences."""
    if headline is None:
        return []
    rest = [f for f in headline.facts if f.key not in told and f.value is not None]
    return [
        Bullets([say("report.fact_said" if f.note else "report.fact_bare", label=f.label,
                     value=f.text, note=f.note) for f in rest])
    ] if rest else []  # fmt: skip


def _first(chapter: Chapter) -> list[Sheet]:
    """Return what the first slide of a section shows: a table, and what a picture makes of it."""
    spread = [s for s in chapter.sheets[1:2] if s.chart in ("columns", "waterfall")]
    return [*chapter.sheets[:1], *spread]


def _section(chapter: Chapter, sheets: Sequence[Sheet], said: bool = True) -> Slide | None:
    """Return the slide of a section: what was found, and its numbers."""
    on, beside = _split(chapter.said if said else [])
    parts: list[Part] = []
    aside: list[Part] = []
    for sheet in sheets:
        table = sheet.table
        drawn = [c for c in table.columns if c.name and c.name in table.drawn]
        if not (sheet.chart and drawn and len(table) > 1):
            parts.append(table)
        elif sheet.chart == "triangle":
            parts.append(Heat(*triangle(table, _AGES)))
        elif parts and sheet.chart in ("columns", "waterfall"):  # what the first table draws
            parts, aside = [Bars(table, sheet.chart)], [*aside, *parts]
        else:
            named = max(letters(table.columns[0].write(row[0])) for row in table.rows)
            if named <= _LONGEST:  # else no bar is left beside its name
                parts.append(Bars(table, sheet.chart))
            if named <= _LONG:
                aside.append(replace(table, caption=""))
            elif named > _LONGEST:
                parts.append(table)
    if not parts and not on:
        return None
    if not parts:
        parts, on = [Bullets(on)], []
    return Slide(chapter.title, parts, aside, [*beside, *chapter.notes], on)


def _split(said: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the sentences that stand on a slide, and those for whoever speaks."""
    used = 0
    on: list[str] = []
    beside: list[str] = []
    for text in said:
        parts = re.split(_END, text)
        kept: list[str] = []
        for part in parts:
            used += sum(2 if ord(sign) > 0x2E80 else 1 for sign in part)
            if used <= _SAID or not (on or kept):
                kept.append(part)
        on += [sentences(kept)] if kept else []
        beside += [sentences(parts[len(kept) :])] if len(kept) < len(parts) else []
    return on, beside
