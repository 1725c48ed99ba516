"""What a report shows, as values: it travels in the notebook beside the HTML a person sees.

A cell's output carries its headings, leading sentences and tables as blocks of plain values; the
workbook, the mail and the page's table of contents are made of them.  A template of one's own is
served too: a measure's result, a chart, a table or a pandas frame that a cell shows is a block.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from funnelkit.charts.chart import Chart
from funnelkit.charts.inline import inline
from funnelkit.measures.result import Result
from funnelkit.show.table import BLOCKS, Table
from funnelkit.show.workbook import Sheet


@dataclass
class Chapter:
    """What stands under one heading.

    Attributes
    ----------
    name, title : str
        Its heading.
    said : list of str
        Its sentences, what was found first.
    sheets : list of Sheet
        Its tables.
    notes : list of str
        How its numbers are counted.
    screen : list of dict
        The blocks of a first screen: ``title``, ``items``, whether somebody has to act
        (``acts``), the headline numbers it shows (``tells``) and how many ``tables`` it has.
    """

    name: str
    title: str
    said: list[str] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    screen: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Contents:
    """What the outputs of a notebook say.

    Attributes
    ----------
    about : list of str
        What the report is about: data, day, period.
    chapters : list of Chapter
        The headings and what stands below each, in order.
    points : list of str
        The leading sentences, each once.
    """

    about: list[str] = field(default_factory=list)
    chapters: list[Chapter] = field(default_factory=list)
    points: list[str] = field(default_factory=list)

    @property
    def sections(self) -> list[tuple[str, str]]:
        """The headings: name and title."""
        return [(chapter.name, chapter.title) for chapter in self.chapters if chapter.title]

    @property
    def sheets(self) -> list[Sheet]:
        """The tables, each under the title of its section."""
        return [sheet for chapter in self.chapters for sheet in chapter.sheets]


def carry() -> None:
    """Let the notebook that runs here carry blocks beside a chart, a result, a table, a frame."""
    import pandas as pd
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    if shell is not None:
        bundles = shell.display_formatter.mimebundle_formatter
        for kind in (Table, Chart, Result):
            bundles.for_type(kind, lambda part, **_: {BLOCKS: list(part.blocks())})
        inline.set(True)
        bundles.for_type(pd.DataFrame, lambda f, **_: {BLOCKS: list(Table.of(f).blocks())})


def contents_of(notebook: Any) -> Contents:
    """Collect the blocks of an executed notebook."""
    found = Contents()
    chapter = Chapter("", "")  # a template of one's own may show a table before any heading
    for cell in notebook.cells:
        if "not-in-report" in cell.metadata.get("tags", []):
            continue
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            for block in data.get(BLOCKS, ()):
                if block["kind"] == "section":
                    chapter = Chapter(block["name"], block["title"])
                elif block["kind"] == "about":
                    found.about += block["items"]
                    continue
                elif block["kind"] == "points":
                    found.points += [t for t in block["items"] if t not in found.points]
                elif block["kind"] in ("said", "notes"):
                    getattr(chapter, block["kind"]).extend(block["items"])
                elif block["kind"] == "screen":
                    chapter.screen += block["items"]
                elif block["kind"] == "deals":  # the page's own
                    continue
                else:
                    table = Sheet(chapter.title, Table.from_json(block), block["chart"])
                    _add(chapter.sheets, table)
                if not found.chapters or found.chapters[-1] is not chapter:
                    found.chapters.append(chapter)
    return found


def _add(sheets: list[Sheet], sheet: Sheet) -> None:
    """Add a table; the numbers of a picture that the section has already are not added again."""
    for k, known in enumerate(sheets):
        same = known.title == sheet.title and known.table.rows == sheet.table.rows
        if same and [c.label for c in known.table.columns] == [
            c.label for c in sheet.table.columns
        ]:
            if sheet.chart and not known.chart:
                drawn = replace(known.table, drawn=sheet.table.drawn)
                sheets[k] = replace(known, table=drawn, chart=sheet.chart)
            return
    sheets.append(sheet)
